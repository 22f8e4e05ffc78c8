package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// ProxyFacts say how a host is reached.
type ProxyFacts struct {
	Host string `json:"host"`
	// Proxy is its address without user and password; empty for none.
	Proxy string `json:"proxy,omitempty"`
}

// proxies returns the proxy that requests go through.
func (x *examination) proxies(_ context.Context, c *Check) {
	if len(x.bases) == 0 {
		c.skip(noAddress)
		return
	}
	var all []ProxyFacts
	proxied, secure := false, false
	for _, b := range x.bases {
		f := ProxyFacts{Host: b.url.Host}
		secure = secure || b.url.Scheme == "https"
		proxy, err := x.proxyOf(b.url)
		switch {
		case err != nil:
			// What the cause says would show the password.
			c.fail(&apierror.Error{Message: "the address of the proxy is not valid", Hint: "Check HTTPS_PROXY: http://host:port."})
			return
		case proxy != nil:
			proxied = true
			f.Proxy = proxy.Scheme + "://" + proxy.Host
			c.found(b.url.Host + " is reached through " + f.Proxy)
		default:
			c.found(b.url.Host + " is reached without a proxy")
		}
		all = append(all, f)
	}
	c.Facts = all
	set := func(name string) bool {
		return x.o.Auth.Getenv(name) != "" || x.o.Auth.Getenv(strings.ToLower(name)) != ""
	}
	if secure && !proxied && set("HTTP_PROXY") && !set("HTTPS_PROXY") {
		c.warn("HTTP_PROXY is set, which counts for plain http only", "If Zoom is to be reached through the proxy, set HTTPS_PROXY.")
	}
}

// proxyOf returns the proxy for an address, nil for none.
func (x *examination) proxyOf(u *url.URL) (*url.URL, error) {
	if x.o.HTTP.Proxy == nil {
		return nil, nil
	}
	return x.o.HTTP.Proxy(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
}

const noAddress = "there is no valid address to go to"

// NameFacts are the addresses of a name.
type NameFacts struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses,omitempty"`
}

// names looks up the hosts that are dialed: Zoom's, or the proxy's.
func (x *examination) names(ctx context.Context, c *Check) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	hosts := map[string][]string{} // whom a name is looked up for
	var order []string
	for _, b := range x.bases {
		name := b.url.Hostname()
		if proxy, err := x.proxyOf(b.url); err == nil && proxy != nil {
			name = proxy.Hostname()
		}
		if hosts[name] == nil {
			order = append(order, name)
		}
		hosts[name] = append(hosts[name], b.url.Host)
	}
	var all []NameFacts
	for _, name := range order {
		if _, err := netip.ParseAddr(name); err == nil {
			continue
		}
		addresses, err := x.o.LookupHost(ctx, name)
		if err == nil && len(addresses) == 0 {
			err = &net.DNSError{Err: "no addresses", Name: name, IsNotFound: true}
		}
		if err != nil {
			for _, host := range hosts[name] {
				x.unnamed[host] = true
			}
			e := zoom.NetworkError(ctx, err)
			if e.Kind == apierror.Timeout {
				e.Message = "the host " + name + " is not found in time"
			}
			c.fail(&apierror.Error{Message: e.Message, Hint: "Check the network and its DNS server. Where only a proxy leads out, set HTTPS_PROXY."})
			all = append(all, NameFacts{Name: name})
			continue
		}
		c.found(fmt.Sprintf("%s has %s", name, counted(len(addresses), "address", "addresses")))
		all = append(all, NameFacts{name, addresses})
	}
	if len(all) == 0 {
		c.skip("there is no name to look up")
		return
	}
	c.Facts = all
}

// ConnectionFacts say how a host answered.
type ConnectionFacts struct {
	Host string `json:"host"`
	// TLS is the version, empty for plain http.
	TLS string `json:"tls,omitempty"`
	// Issuer signed the host's certificate, which ends at NotAfter.
	Issuer   string    `json:"issuer,omitempty"`
	NotAfter time.Time `json:"not_after,omitzero"`
	// TookMS is the time from the start to the answer, in milliseconds.
	TookMS int64 `json:"took_ms,omitempty"`
}

// reading is what a host's clock said.
type reading struct {
	host  string
	ahead time.Duration // of ours
	doubt time.Duration
}

// connections asks every host for its front page's head, without a token.
func (x *examination) connections(ctx context.Context, c *Check) {
	x.authorities(c)
	if len(x.bases) == 0 {
		c.skip(noAddress)
		return
	}
	type result struct {
		facts   ConnectionFacts
		reading *reading
		fault   *apierror.Error
	}
	results := make([]result, len(x.bases))
	var group sync.WaitGroup
	for i, b := range x.bases {
		if x.unnamed[b.url.Host] {
			continue
		}
		group.Go(func() {
			r := &results[i]
			r.facts, r.reading, r.fault = x.connect(ctx, b.url)
		})
	}
	group.Wait()
	var all []ConnectionFacts
	tried := 0
	for i, b := range x.bases {
		if x.unnamed[b.url.Host] {
			continue
		}
		tried++
		r := results[i]
		if r.fault != nil {
			r.fault.Message = b.url.Host + ": " + r.fault.Message
			c.fail(r.fault)
			continue
		}
		x.reached[b.url.Host] = true
		if r.reading != nil {
			x.clocks = append(x.clocks, *r.reading)
		}
		switch {
		case r.facts.TLS == "":
			c.found(b.url.Host + " answers without TLS, on this machine only")
		default:
			c.found(fmt.Sprintf("%s answers with %s; its certificate is from %s", b.url.Host, r.facts.TLS, r.facts.Issuer))
		}
		all = append(all, r.facts)
	}
	if tried == 0 {
		c.skip("no host was found")
	}
	if len(all) > 0 {
		c.Facts = all
	}
}

func (x *examination) connect(ctx context.Context, u *url.URL) (ConnectionFacts, *reading, *apierror.Error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	facts := ConnectionFacts{Host: u.Host}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.Scheme+"://"+u.Host+"/", nil)
	if err != nil {
		return facts, nil, zoom.NetworkError(ctx, err)
	}
	req.Header.Set("User-Agent", x.o.UserAgent)
	began, start := x.o.Now(), time.Now()
	resp, err := x.o.HTTP.RoundTrip(req)
	took := time.Since(start)
	if err != nil {
		return facts, nil, x.unreached(ctx, u, err)
	}
	_ = resp.Body.Close() // the answer to HEAD has none
	facts.TookMS = took.Milliseconds()
	if resp.TLS != nil {
		facts.TLS = tls.VersionName(resp.TLS.Version)
		if len(resp.TLS.PeerCertificates) > 0 {
			leaf := resp.TLS.PeerCertificates[0]
			facts.Issuer, facts.NotAfter = issuer(leaf), leaf.NotAfter
		}
	}
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return facts, nil, nil
	}
	// The header drops the fraction of a second.
	return facts, &reading{
		host: u.Host, ahead: theirs.Add(time.Second / 2).Sub(began.Add(took / 2)), doubt: time.Second/2 + took/2,
	}, nil
}

// unreached says why a host did not answer; a proxy's own refusal comes first.
func (x *examination) unreached(ctx context.Context, u *url.URL, err error) *apierror.Error {
	e := zoom.NetworkError(ctx, err)
	e.Message = strings.TrimPrefix(e.Message, "no answer from Zoom: ")
	if errors.Is(err, context.DeadlineExceeded) {
		e.Message, e.Hint = "no answer in time", "Check the network and the firewall; where only a proxy leads out, set HTTPS_PROXY."
	}
	if proxy, perr := x.proxyOf(u); perr == nil && proxy != nil {
		switch {
		case strings.Contains(err.Error(), "Proxy Authentication Required"):
			e.Hint = "The proxy wants a user and a password: HTTPS_PROXY=http://user:password@host:port."
		case e.Kind == apierror.Network && e.Hint == "Check the network and HTTPS_PROXY, and try again.":
			e.Hint = "Check that the proxy " + proxy.Host + " runs and lets " + u.Host + " through."
		}
	}
	return e
}

// issuer names who signed a certificate.
func issuer(leaf *x509.Certificate) string {
	for _, name := range append(leaf.Issuer.Organization, leaf.Issuer.CommonName) {
		if name != "" {
			return name
		}
	}
	return "an authority without a name"
}

// maxAuthorities bounds SSL_CERT_FILE, in bytes.
const maxAuthorities = 16 << 20

// authorities checks SSL_CERT_FILE: the runtime silently ignores what it cannot
// read.
func (x *examination) authorities(c *Check) {
	const variable = "SSL_CERT_FILE"
	path := x.o.Auth.Getenv(variable)
	if path == "" {
		return
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		c.warn(variable+" is set, which has no meaning on this system", "Add the private authority to the system's own store.")
		return
	}
	n, err := certificates(path)
	if err != nil {
		c.warn(variable+": the file cannot be read: "+err.Error(), "It holds the path of a PEM file with the certificates of authorities.")
		return
	}
	if n == 0 {
		c.warn(variable+": there is no certificate in the file", "It holds the path of a PEM file with the certificates of authorities.")
		return
	}
	c.found(fmt.Sprintf("%s has %s", variable, counted(n, "authority", "authorities")))
}

func certificates(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, rootOf(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAuthorities))
	if err != nil {
		return 0, rootOf(err)
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return n, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err == nil {
			n++
		}
	}
}

// rootOf takes the path out of an error.
func rootOf(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

// ClockFacts compare this machine's clock with Zoom's.
type ClockFacts struct {
	Host string `json:"host"`
	// BehindMS is by how many milliseconds our clock is behind, with DoubtMS of
	// uncertainty; negative when it is ahead.
	BehindMS int64 `json:"behind_ms"`
	DoubtMS  int64 `json:"doubt_ms"`
}

// Bounds of how far our clock may be off.
const (
	clockWarns = 30 * time.Second
	clockFails = 5 * time.Minute
)

// clock compares our clock with the hosts' Date headers.
func (x *examination) clock(_ context.Context, c *Check) {
	if len(x.clocks) == 0 {
		c.skip("no host has told its time")
		return
	}
	best := x.clocks[0]
	for _, r := range x.clocks {
		if r.doubt < best.doubt {
			best = r
		}
	}
	c.Facts = ClockFacts{Host: best.host, BehindMS: best.ahead.Milliseconds(), DoubtMS: best.doubt.Milliseconds()}
	off := best.ahead.Abs()
	if off <= best.doubt+time.Second {
		c.found("as " + best.host + " has it")
		return
	}
	side := "behind"
	if best.ahead < 0 {
		side = "ahead of"
	}
	says := fmt.Sprintf("%s %s %s", off.Round(time.Second), side, best.host)
	next := "Set this machine's clock, by NTP if it can: certificates, the end of tokens and date ranges such as the last hour go by it."
	switch {
	case off > clockFails:
		c.fail(&apierror.Error{Message: says, Hint: next})
	case off > clockWarns:
		c.warn(says, next)
	default:
		c.found(says)
	}
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
