package zoom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxRedirects bounds the hops of a download.
const maxRedirects = 5

// badRedirect is a redirect that is not followed.
type badRedirect string

func (e badRedirect) Error() string { return string(e) }

// redirectPolicy follows a download to the signed address that Zoom names, but
// never takes the token along, never leaves https for http, and never goes to an
// address that is not public. The configured base itself may be private, and
// where it is a loopback address, loopback addresses are followed too.
//
// It knows names and literal addresses. What a name resolves to is checked when
// it is dialed; behind a proxy, which resolves names itself, it is not known.
func redirectPolicy(base *url.URL) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return badRedirect(fmt.Sprintf("more than %d redirects", maxRedirects))
		}
		next.Header.Del("Authorization")
		next.Header.Del("Referer") // a signed address is a credential
		return mayFollow(base, next.URL)
	}
}

// mayFollow reports whether a request without a token may go to an address.
func mayFollow(base, u *url.URL) error {
	if sameOrigin(base, u) {
		return nil
	}
	host, err := resolvable(u.Hostname())
	if err != nil {
		return badRedirect(fmt.Sprintf("redirect to %+q refused: no name that can be looked up", u.Host))
	}
	local := isLoopback(host) && isLoopback(base.Hostname())
	switch {
	case u.Scheme != "https" && !(local && u.Scheme == "http" && base.Scheme == "http"):
		return badRedirect(fmt.Sprintf("redirect to %s refused: not https", u.Host))
	case !local && !publicHost(host):
		return badRedirect(fmt.Sprintf("redirect to %s refused: not a public address", u.Host))
	}
	return nil
}

// resolvable returns a host as it is looked up: in ASCII, by the mapping of IDNA, which
// makes ordinary digits and dots of fullwidth ones and the like. Other digits than those
// of ASCII are refused: some resolvers read an address in them.
func resolvable(host string) (string, error) {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return host, nil
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", err
	}
	shown, err := idna.Lookup.ToUnicode(name)
	if err == nil && strings.ContainsFunc(shown, func(r rune) bool { return r >= utf8.RuneSelf && unicode.IsNumber(r) }) {
		err = errors.New("digits of another script")
	}
	return name, err
}

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// publicHost reports whether a host can be a public one by its looks.
func publicHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return public(ip)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	i := strings.LastIndexByte(host, '.')
	switch last := host[i+1:]; {
	case i < 0, last == "", last == "localhost", last == "local", last == "internal", last == "onion", strings.HasSuffix(host, ".home.arpa"):
		return false
	case strings.Trim(last, "0123456789") == "", strings.HasPrefix(last, "0x"):
		return false // an address in a form that only some resolvers know
	}
	return true
}

// notPublic are the networks that netip has no name for.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' own (CGNAT)
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"), // Teredo
	netip.MustParsePrefix("fec0::/10"),
}

// Networks of version 6 whose addresses hold one of version 4.
var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // in the last four bytes
	sixToFour = netip.MustParsePrefix("2002::/16")    // behind the prefix
)

// public reports whether an address can be that of a file store: a redirect to
// this machine, its network or a cloud's metadata is never legitimate.
// Networks for benchmarks and documentation count as public: some VPN clients
// stand for public hosts with them.
func public(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if b := ip.As16(); nat64.Contains(ip) {
		ip = netip.AddrFrom4([4]byte(b[12:]))
	} else if sixToFour.Contains(ip) {
		ip = netip.AddrFrom4([4]byte(b[2:6]))
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// errand is a request without a token: it goes where Zoom said, and the dialer
// checks where that is.
type errand struct {
	loopback bool        // loopback addresses are fine
	proxied  atomic.Bool // what is dialed is a proxy
}

type errandKey struct{}

// marker tells the dialer which connections are for requests without a token.
// A transport that does not come from NewTransport has to guard itself.
type marker struct {
	to   http.RoundTripper
	base *url.URL
}

func (m marker) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" && !sameOrigin(m.base, r.URL) {
		r = r.WithContext(context.WithValue(r.Context(), errandKey{}, &errand{loopback: isLoopback(m.base.Hostname())}))
	}
	return m.to.RoundTrip(r)
}

// proxy is the proxy of the environment. It resolves names by itself, so that
// nothing can be checked when it is dialed.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if e, ok := r.Context().Value(errandKey{}).(*errand); ok && u != nil {
		e.proxied.Store(true)
	}
	return u, err
}

// checkDial is asked before every connection, when the name is resolved: a name
// that changes its address is caught too.
func checkDial(ctx context.Context, _, address string, _ syscall.RawConn) error {
	e, ok := ctx.Value(errandKey{}).(*errand)
	if !ok || e.proxied.Load() {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err == nil && (public(to.Addr()) || e.loopback && to.Addr().Unmap().IsLoopback()) {
		return nil
	}
	return badRedirect("redirect refused: its host has no public address")
}
