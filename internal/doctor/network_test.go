package doctor_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/doctor"
	"zoom-phone-mcp/internal/simulator"
)

// overTLS serves a simulated account over TLS, with a certificate that nobody
// knows, and gives the options to examine it with under a name of it.
func overTLS(t *testing.T, host string) (*httptest.Server, doctor.Options) {
	t.Helper()
	s := httptest.NewUnstartedServer(simulator.New(simulator.Options{}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes
	s.StartTLS()
	t.Cleanup(s.Close)
	if host == "" {
		host = s.Listener.Addr().String()
	}
	return s, doctor.Options{
		APIURL: "https://" + host + "/v2", HTTP: direct(),
		Auth: auth.Settings{Getenv: app().get, OAuthURL: "https://" + host + "/oauth"},
	}
}

// trusting is the options with an authority.
func trusting(o doctor.Options, s *httptest.Server) doctor.Options {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	o.HTTP.TLSClientConfig.RootCAs = pool
	return o
}

func TestCertificateOfAPrivateAuthority(t *testing.T) {
	s, o := overTLS(t, "")
	r := examine(t, o)
	want(t, r, "tls", doctor.Fail, "certificate", "SSL_CERT_FILE")
	want(t, r, "token", doctor.Skipped, "not reached")
	want(t, r, "call", doctor.Skipped)

	r = examine(t, trusting(o, s))
	want(t, r, "tls", doctor.OK, "TLS 1.3", "Acme Co")
	want(t, r, "call", doctor.OK)
	f := check(t, r, "tls").Facts.([]doctor.ConnectionFacts)
	if len(f) != 1 || f[0].NotAfter.IsZero() {
		t.Errorf("%+v", f)
	}
}

func TestCertificateOfAnotherHost(t *testing.T) {
	s, o := overTLS(t, "127.0.0.2:1")
	o.HTTP.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
	}
	want(t, examine(t, trusting(o, s)), "tls", doctor.Fail, "127.0.0.2:1", "for another host")
}

func TestOldTLSIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(simulator.New(simulator.Options{}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	s.StartTLS()
	defer s.Close()
	r := examine(t, trusting(doctor.Options{
		APIURL: s.URL + "/v2", HTTP: direct(), Auth: auth.Settings{Getenv: app().get, OAuthURL: s.URL + "/oauth"},
	}, s))
	want(t, r, "tls", doctor.Fail, "protocol version", "1.2 or newer")
}

// SSL_CERT_FILE is the runtime's to read; here is only what is said of it.
func TestFileOfAuthorities(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		_, o := account(t, simulator.Options{}, app("SSL_CERT_FILE=x"))
		want(t, examine(t, o), "tls", doctor.Warn, "no meaning on this system")
		return
	}
	s, _ := overTLS(t, "")
	dir := t.TempDir()
	good, other := filepath.Join(dir, "good.pem"), filepath.Join(dir, "other.pem")
	one := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	for name, text := range map[string][]byte{good: bytes.Repeat(one, 2), other: []byte("not a certificate")} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		path, says string
		status     doctor.Status
	}{
		{good, "2 authorities", doctor.OK},
		{other, "no certificate", doctor.Warn},
		{filepath.Join(dir, "hidden"), "cannot be read", doctor.Warn},
	} {
		_, o := account(t, simulator.Options{}, app("SSL_CERT_FILE="+c.path))
		want(t, examine(t, o), "tls", c.status, c.says)
	}
}

// proxy leads every CONNECT to one address, or refuses it with a status.
func proxy(t *testing.T, to string, refusal int) (address *url.URL, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if refusal != 0 || r.Method != http.MethodConnect {
			w.WriteHeader(refusal)
			return
		}
		upstream, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		defer upstream.Close()
		client, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer client.Close()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n") // the client notices when it is missing
		go func() { _, _ = io.Copy(upstream, buffered) }()       // ends with the connection
		_, _ = io.Copy(client, upstream)
	}))
	t.Cleanup(s.Close)
	address, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("somebody", "hidden")
	return address, asked
}

func TestEverythingGoesThroughTheProxy(t *testing.T) {
	s, o := overTLS(t, "example.com") // a name of the certificate's
	address, asked := proxy(t, s.Listener.Addr().String(), 0)
	o.HTTP.Proxy = http.ProxyURL(address)
	o.LookupHost = nowhere // the proxy looks names up
	r := examine(t, trusting(o, s))
	want(t, r, "proxy", doctor.OK, "example.com is reached through http://"+address.Host)
	want(t, r, "dns", doctor.Skipped)
	want(t, r, "tls", doctor.OK)
	want(t, r, "token", doctor.OK)
	want(t, r, "call", doctor.OK)
	if asked.Load() == 0 {
		t.Error("nobody asked the proxy")
	}
	if text := table(t, r) + facts(t, r); strings.Contains(text, "somebody") {
		t.Errorf("the user of the proxy is shown: %s", text)
	}
}

func TestProxyThatIsInTheWay(t *testing.T) {
	for _, c := range []struct {
		what    string
		refusal int
		says    []string
	}{
		{"it wants a password", http.StatusProxyAuthRequired, []string{"Proxy Authentication Required", "user:password"}},
		{"it does not let the host through", http.StatusForbidden, []string{"Forbidden", "lets example.com through"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, o := overTLS(t, "example.com")
			address, _ := proxy(t, "", c.refusal)
			o.HTTP.Proxy = http.ProxyURL(address)
			want(t, examine(t, trusting(o, s)), "tls", doctor.Fail, c.says...)
		})
	}
	t.Run("it does not run", func(t *testing.T) {
		s, o := overTLS(t, "example.com")
		o.HTTP.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1", User: url.UserPassword("somebody", "hidden")})
		want(t, examine(t, trusting(o, s)), "tls", doctor.Fail, "127.0.0.1:1", "runs")
	})
	t.Run("its name has no address", func(t *testing.T) {
		s, o := overTLS(t, "example.com")
		o.HTTP.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.invalid:3128"})
		r := examine(t, trusting(o, s))
		want(t, r, "dns", doctor.Fail, "proxy.invalid cannot be found")
		want(t, r, "tls", doctor.Skipped)
	})
	t.Run("its address is not one", func(t *testing.T) {
		s, o := overTLS(t, "example.com")
		o.HTTP.Proxy = func(*http.Request) (*url.URL, error) {
			return nil, errors.New(`invalid proxy address "http://user:hidden word@proxy:1"`)
		}
		o.LookupHost = nowhere
		want(t, examine(t, trusting(o, s)), "proxy", doctor.Fail, "not valid", "HTTPS_PROXY")
	})
}

func TestProxyForPlainHTTPOnlyIsPointedOut(t *testing.T) {
	r := examine(t, doctor.Options{HTTP: direct(), LookupHost: nowhere, Auth: auth.Settings{Getenv: app("HTTP_PROXY=http://proxy:1").get}})
	want(t, r, "proxy", doctor.Warn, "HTTP_PROXY", "set HTTPS_PROXY")
}
