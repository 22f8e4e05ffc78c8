//go:build unix && !darwin

package zoom_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/hermetic"
	"zoom-phone-mcp/internal/zoom"
)

// zoomAt starts an https upstream that is called api.zoom.us, and a client whose
// transport is the program's own. The base resolves to a loopback address: what
// is configured is asked wherever it is.
func zoomAt(t *testing.T, handler http.HandlerFunc) (c *zoom.Client, port string, hits *atomic.Int64) {
	t.Helper()
	caFile, certificate := authority(t)
	pem, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	hits = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		handler(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	transport := zoom.NewTransport()
	transport.TLSClientConfig.RootCAs = roots
	t.Cleanup(transport.CloseIdleConnections)
	c, err = zoom.New(zoom.Options{
		APIURL: "https://api.zoom.us:" + port + "/v2", HTTP: transport, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token-1"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, port, hits
}

// TestNamesThatResolveToPrivateAddressesAreNotDialed: the redirect's host looks
// like any other; what it resolves to decides.
func TestNamesThatResolveToPrivateAddressesAreNotDialed(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1", "10.0.0.1", "172.31.255.1", "192.168.0.1", "169.254.169.254", "100.64.1.1", "224.0.0.5", "0.0.0.0", "255.255.255.255",
		"::1", "::", "fe80::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::",
	} {
		t.Run(address, func(t *testing.T) {
			resolve(t, func(name string) netip.Addr {
				if name == "api.zoom.us" {
					return netip.MustParseAddr("127.0.0.1")
				}
				return netip.MustParseAddr(address)
			})
			c, _, hits := zoomAt(t, func(w http.ResponseWriter, r *http.Request) {
				_, port, _ := net.SplitHostPort(r.Host)
				http.Redirect(w, r, "https://files.example.com:"+port+"/x", http.StatusFound)
			})
			_, err := recordingFile(t.Context(), c)
			e := wantFault(t, err, apierror.Network, "no public address")
			if hits.Load() != 1 || e.Attempts != 1 {
				t.Errorf("%d requests, %+v", hits.Load(), e)
			}
		})
	}
}

// TestANameThatChangesItsAddressIsCaught: the second download of one host is
// checked as the first one is, when it is dialed.
func TestANameThatChangesItsAddressIsCaught(t *testing.T) {
	var private atomic.Bool
	var asked atomic.Int64
	resolve(t, func(name string) netip.Addr {
		switch {
		case name == "api.zoom.us":
			return netip.MustParseAddr("127.0.0.1")
		case private.Load():
			asked.Add(1)
			return netip.MustParseAddr("127.0.0.1")
		}
		return netip.Addr{}
	})
	var to string
	c, port, hits := zoomAt(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2") {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		fmt.Fprint(w, "ID3 secrets of this machine")
	})
	to = "https://files.example.com:" + port + "/x"
	_, err := recordingFile(t.Context(), c)
	wantFault(t, err, apierror.Network, "cannot be found")
	private.Store(true)
	before := hits.Load()
	_, err = recordingFile(t.Context(), c)
	wantFault(t, err, apierror.Network, "no public address")
	if asked.Load() == 0 || hits.Load() != before+1 {
		t.Errorf("%d questions, %d requests", asked.Load(), hits.Load()-before)
	}
	address, _ := url.Parse(to)
	_, err = c.Fetch(t.Context(), address)
	wantFault(t, err, apierror.Network, "no public address")
}

// TestTheConfiguredBaseMayBePrivate: calls, and redirects to the same host, are
// not guarded.
func TestTheConfiguredBaseMayBePrivate(t *testing.T) {
	resolve(t, func(string) netip.Addr { return netip.MustParseAddr("127.0.0.1") })
	c, _, hits := zoomAt(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/phone/recording/download/f" {
			http.Redirect(w, r, "/files/x", http.StatusFound)
			return
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went along")
		}
		fmt.Fprint(w, "ID3")
	})
	f, err := recordingFile(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	f.Body.Close()
	if hits.Load() != 2 {
		t.Errorf("%d requests", hits.Load())
	}
}

// TestAProxyMayBePrivate: behind a proxy it is the proxy that is dialed, also for
// a redirect.
func TestAProxyMayBePrivate(t *testing.T) {
	caFile, certificate := authority(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			http.Redirect(w, r, "https://api.zoom.us:444/signed", http.StatusFound)
			return
		}
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.StartTLS()
	defer s.Close()
	proxy, asked := tunnel(t, s.Listener.Addr().String())
	out := callInChild(t, zoom.DefaultAPIURL, "HTTPS_PROXY="+proxy, "SSL_CERT_FILE="+caFile, "SSL_CERT_DIR="+t.TempDir())
	if out != `answer: {"path":"/signed"}` || asked.Load() != "api.zoom.us:444" {
		t.Errorf("the proxy was asked for %v: %s", asked.Load(), out)
	}
}

func TestTheEnvironmentOfOthersChangesNothing(t *testing.T) {
	hermetic.Check(t, "^(TestTheConfiguredBaseMayBePrivate|TestPasswordOfAProxyStaysHidden)$")
}
