package zoom

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// NewTransport is an HTTP transport with a bound on every stage before the body,
// enough idle connections for many calls at once, TLS 1.2 or newer, and the
// proxy of the environment. Redirects lead it to public addresses only.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, ControlContext: checkDial}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  60 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    128,
		MaxResponseHeaderBytes: 256 << 10,
		ForceAttemptHTTP2:      true,
		// A connection that a router has forgotten is found out before a call
		// waits for it in vain.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// ParseBaseURL checks a base URL: https, or http on a loopback host. Errors show
// nothing of it that can be a secret.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // without the URL itself
		}
		return nil, fmt.Errorf("zoom: base URL: %w", err)
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("zoom: base URL at %q: want scheme://host/path and nothing else", u.Host)
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

// NetworkError returns why there was no answer. The cause's text can hold the
// request's address and with it numbers and names, so only its root is shown.
func NetworkError(ctx context.Context, err error) *apierror.Error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	root := err
	if ue, ok := errors.AsType[*url.Error](err); ok {
		root = ue.Err
	}
	e := &apierror.Error{Kind: apierror.Network, Message: "no answer from Zoom: " + root.Error(), Err: err}
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var expired x509.CertificateInvalidError
	var foreign x509.HostnameError
	var timeout net.Error
	var redirect badRedirect
	var op *net.OpError
	switch {
	case errors.As(root, &dns):
		e.Message = "the host " + dns.Name + " cannot be found"
		e.Hint = "Check the network, DNS and HTTPS_PROXY."
	case errors.As(root, &unknown):
		e.Hint = "A certificate of an unknown authority: behind a proxy that inspects TLS, set SSL_CERT_FILE to its CA."
	case errors.As(root, &foreign):
		e.Hint = "The certificate is for another host: check ZOOM_API_URL and ZOOM_OAUTH_URL, and whether something on the way answers in Zoom's place."
	case errors.As(root, &expired):
		e.Hint = "Check this machine's clock, and the certificate of a proxy that inspects TLS."
	case errors.As(root, &op) && cannotAgree(op):
		e.Hint = "The two sides cannot agree on TLS; this program takes 1.2 or newer. Check what stands on the way."
	case errors.As(root, &redirect):
		e.Hint = "Something sends requests elsewhere: check ZOOM_API_URL, and whether a proxy on the way does it. If neither is, try again."
	case strings.Contains(root.Error(), "invalid proxy address"):
		e.Message = "the address of the proxy is not valid" // the cause would show its password
		e.Hint = "Check HTTPS_PROXY: http://host:port."
	case errors.Is(root, errStalled):
		e.Message = "Zoom's answer began and then stalled"
		e.Hint = "Try again, or ask for less: a smaller page_size or a shorter range."
	case errors.As(root, &timeout) && timeout.Timeout():
		e.Kind = apierror.Timeout
		e.Hint = "Zoom was too slow to answer. Try again."
	case errors.Is(root, io.ErrUnexpectedEOF), errors.Is(root, io.EOF):
		e.Message = "the connection broke before Zoom's answer was complete"
		e.Hint = "Try again."
	default:
		e.Hint = "Check the network and HTTPS_PROXY, and try again."
	}
	return e
}

// passing reports whether the cause of a network error may be gone at the next
// attempt. Certificates, names that do not exist and refused redirects stay.
func passing(err error) bool {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	var redirect badRedirect
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &certificate), errors.As(err, &notTLS), errors.As(err, &redirect):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	case errors.As(err, &op):
		return !cannotAgree(op)
	}
	return !strings.Contains(err.Error(), "invalid proxy address")
}

// cannotAgree reports whether two sides that reach each other have no TLS in common.
func cannotAgree(op *net.OpError) bool { return op.Op == "remote error" || op.Op == "local error" }

// neverSent reports whether a request failed before anything of it was sent.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
