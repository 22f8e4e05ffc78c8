package simulator

import (
	"net"
	"net/http"
	"net/url"
)

var redirectFaults = []faultKind{
	{name: "redirect_loop", group: "Redirects", fits: atAPI, act: redirectLoop, about: "a redirect to the very address that was asked for"},
	{name: "redirect_private", group: "Redirects", fits: atAPI, act: redirectTo("https://169.254.169.254/latest/meta-data/"), about: "a redirect to a private address, `to` or that of a cloud's metadata"},
	{name: "redirect_http", group: "Redirects", fits: atAPI, act: redirectTo("http://files.zoom.example.com/file"), about: "a redirect to plain http, `to` or a host that does not exist"},
	{name: "redirect_host", group: "Redirects", fits: atAPI, act: redirectHost, about: "a redirect to this simulator under another name, `to` or localhost for 127.0.0.1: downloads to a signed URL, other paths to themselves; there, a request with a token gets 400 and counts as a leak"},
	{name: "redirect_nowhere", group: "Redirects", fits: atAPI, act: redirectNowhere, about: "a redirect without Location"},
}

func redirectLoop(_ *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
	redirect(w, origin(r)+r.URL.RequestURI(), f)
}

func redirectTo(address string) func(*Simulator, *statusWriter, *http.Request, *visit, *Fault) {
	return func(_ *Simulator, w *statusWriter, _ *http.Request, _ *visit, f *Fault) {
		if f.To != "" {
			redirect(w, f.To, f)
			return
		}
		redirect(w, address, f)
	}
}

func redirectNowhere(_ *Simulator, w *statusWriter, _ *http.Request, _ *visit, f *Fault) {
	redirect(w, "", f)
}

func redirectHost(s *Simulator, w *statusWriter, r *http.Request, v *visit, f *Fault) {
	if s.isElsewhere(r.Host) { // redirected already
		s.answer(w, r)
		return
	}
	base := f.To
	if base == "" {
		base = otherName(r)
	}
	if u, err := url.Parse(base); err == nil { // a wrong one is not injected
		s.markElsewhere(u.Host)
	}
	v.downloads = base
	c := s.capture(w, r)
	if c.status == http.StatusOK { // a JSON answer: nothing to sign
		w.Header().Del("Content-Length")
		redirect(w, base+r.URL.RequestURI(), f)
		return
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes())
}

// redirect sends the caller elsewhere. An empty address leaves Location out.
func redirect(w http.ResponseWriter, address string, f *Fault) {
	if address != "" {
		w.Header().Set("Location", address)
	}
	w.Header().Del("Content-Type")
	status := http.StatusFound
	if f.Status != 0 {
		status = f.Status
	}
	w.WriteHeader(status)
}

// otherName is the origin of a request with another name for the same host: a
// second host, as far as clients can tell.
func otherName(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	name := "localhost"
	if u.Hostname() == name {
		name = "127.0.0.1"
	}
	u.Host = name
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		u.Host = net.JoinHostPort(name, port)
	}
	return u.String()
}

// elsewhereKept bounds how many hosts are remembered.
const elsewhereKept = 64

func (s *Simulator) markElsewhere(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.elsewhere) < elsewhereKept {
		s.elsewhere[host] = true
	}
}

func (s *Simulator) isElsewhere(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.elsewhere[host]
}

// TokenLeaks tells how many requests brought an Authorization header to a host
// that a redirect led to, where it must not go.
func (s *Simulator) TokenLeaks() int { return int(s.leaks.Load()) }
