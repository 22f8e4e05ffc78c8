package httpserver

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// A page in a browser can send requests to any address that the browser reaches.
// With a name of its own that it points at this machine (DNS rebinding) it could
// even read the answers. The Host header tells such requests apart, since it
// carries the page's name, and the Origin header all other requests of pages.

// hosts are the hosts that requests may be addressed to.
type hosts struct {
	names    map[string]bool // host or host:port, in lower case
	loopback bool            // listening on a loopback address
}

func newHosts(listening string, allowed []string) (hosts, error) {
	h := hosts{names: map[string]bool{}, loopback: isLoopback(listening)}
	if listening != "" {
		h.names[strings.ToLower(listening)] = true
	}
	for _, name := range allowed {
		if name == "" || strings.ContainsAny(name, "/@*, ") {
			return h, fmt.Errorf("allowed host %q: want a name or name:port", name)
		}
		h.names[strings.ToLower(strings.TrimSuffix(name, "."))] = true
	}
	return h, nil
}

// allow decides on a Host header. Addresses instead of names are safe: nobody can
// rebind them. On a loopback address only loopback ones make sense.
func (h hosts) allow(header string) bool {
	header = strings.ToLower(header)
	host, port := splitHost(header)
	host = strings.TrimSuffix(host, ".")
	if h.names[host] || port != "" && h.names[host+":"+port] {
		return true
	}
	if isLoopback(host) {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil && !h.loopback
}

// splitHost splits a Host header; an IPv6 address loses its brackets.
func splitHost(header string) (host, port string) {
	if host, port, err := net.SplitHostPort(header); err == nil {
		return host, port
	}
	return strings.TrimSuffix(strings.TrimPrefix(header, "["), "]"), ""
}

// origins are the pages that may send requests.
type origins struct{ allowed map[string]bool }

func newOrigins(list []string) (origins, error) {
	o := origins{allowed: map[string]bool{}}
	for _, s := range list {
		u, err := url.Parse(strings.ToLower(s))
		if err != nil || u.Scheme == "" || u.Host == "" || strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return o, fmt.Errorf("allowed origin %q: want scheme://host or scheme://host:port", s)
		}
		o.allowed[u.Scheme+"://"+u.Host] = true
	}
	return o, nil
}

// allow decides on an Origin header. Pages of the host that the request is
// addressed to may send it: that host has been let through already.
func (o origins) allow(origin, host string) bool {
	origin = strings.ToLower(origin)
	if o.allowed[origin] {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return withPort(u.Host, u.Scheme) == withPort(strings.ToLower(host), u.Scheme)
}

// fromAnotherPage reports whether a browser says that a page which is not ours sent a
// request. A page can have the browser read an address without an Origin, as an image or
// a link: it does not see the answer, but the call is made.
func fromAnotherPage(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		switch strings.ToLower(strings.TrimSpace(site)) {
		case "same-origin", "none": // none is what a person typed
		default:
			return true
		}
	}
	return false
}

func withPort(host, scheme string) string {
	name, port := splitHost(host)
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(name, port)
}

// Headers for pages that may send requests.
const (
	corsMethods = "GET, POST, DELETE"
	corsHeaders = "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name"
	corsExposed = "Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate, Retry-After, Content-Disposition"
)

// cors tells a browser that the page may read the answer. It answers preflights,
// which carry no credential, and tells so.
func (o origins) cors(w http.ResponseWriter, r *http.Request, origin string) (answered bool) {
	head := w.Header()
	head.Add("Vary", "Origin")
	head.Set("Access-Control-Allow-Origin", origin)
	head.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	head.Set("Access-Control-Allow-Methods", corsMethods)
	head.Set("Access-Control-Allow-Headers", corsHeaders)
	head.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
