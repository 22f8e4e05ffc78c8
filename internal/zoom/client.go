// Package zoom is a typed client of the Zoom Phone REST API, for the operations
// of spec/zoom-phone.yaml: requests, tokens, and Zoom's errors. The operations
// and the types of their answers are generated.
//
// It sends what the caller gave and nothing else: no documented default, no
// extra key. It gives back the bytes that Zoom sent. It must not know MCP,
// models or tools.
package zoom

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// The public hosts of Zoom.
const (
	DefaultAPIURL   = "https://api.zoom.us/v2"
	DefaultOAuthURL = "https://zoom.us/oauth"
)

// DefaultMaxBody bounds a JSON answer, in bytes.
const DefaultMaxBody = 64 << 20

// Options configure a Client. The zero value of a field means its default.
type Options struct {
	// APIURL is the base of all paths, default DefaultAPIURL. Plain http is
	// accepted for loopback hosts only.
	APIURL string
	// Tokens gives the access tokens. It is called without a lock by one
	// goroutine at a time; the client keeps a token until shortly before its end.
	Tokens oauth2.TokenSource
	// HTTP does the requests, default NewTransport.
	HTTP http.RoundTripper
	// UserAgent is sent with every request.
	UserAgent string
	// MaxBody bounds a JSON answer, default DefaultMaxBody.
	MaxBody int64
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// Client calls the Zoom Phone API. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	http      *http.Client
	tokens    *tokenKeeper
	userAgent string
	maxBody   int64
}

// New makes a client. It does not touch the network.
func New(o Options) (*Client, error) {
	if o.APIURL == "" {
		o.APIURL = DefaultAPIURL
	}
	base, err := ParseBaseURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		return nil, errors.New("zoom: no token source")
	}
	if o.HTTP == nil {
		o.HTTP = NewTransport()
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		base:      base,
		http:      &http.Client{Transport: o.HTTP, CheckRedirect: redirectPolicy(base)},
		tokens:    newTokenKeeper(o.Tokens, o.Now),
		userAgent: o.UserAgent,
		maxBody:   o.MaxBody,
	}, nil
}

// NewTransport is an HTTP transport with a bound on every stage before the body,
// enough idle connections for many calls at once, and the proxy of the environment.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		ForceAttemptHTTP2:     true,
	}
}

// ParseBaseURL checks a base URL: https, or http on a loopback host.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil {
		return nil, fmt.Errorf("zoom: base URL: %w", err)
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("zoom: base URL %q: want scheme://host/path and nothing else", u.Redacted())
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		return nil, fmt.Errorf("zoom: base URL %q: the token may only travel over https (http is for loopback hosts)", u.Redacted())
	}
	return u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// maxRedirects bounds the hops of a download.
const maxRedirects = 5

// redirectPolicy follows a download to the signed address that Zoom names, but
// never takes the token along and never leaves https for http. Where the base
// itself is a loopback address, loopback addresses are followed too.
func redirectPolicy(base *url.URL) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		next.Header.Del("Authorization")
		local := base.Scheme == "http" && isLoopback(next.URL.Hostname())
		if next.URL.Scheme != "https" && !local {
			return fmt.Errorf("redirect to %s refused: not https", next.URL.Host)
		}
		return nil
	}
}
