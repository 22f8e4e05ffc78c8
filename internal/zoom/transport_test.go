//go:build unix && !darwin

// Where the system keeps its authorities elsewhere, SSL_CERT_FILE has no meaning.

package zoom_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/zoom"
)

// authority makes a private CA, the file with its certificate, and a
// certificate of it for api.zoom.us and the loopback address.
func authority(t *testing.T) (caFile string, server tls.Certificate) {
	t.Helper()
	make := func(c, parent *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		if signer == nil {
			signer = key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Private CA"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, caKey := make(ca, ca, nil)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"api.zoom.us"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, key := make(leaf, ca, caKey)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o600); err != nil {
		t.Fatal(err)
	}
	return caFile, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// overTLS starts an upstream that speaks TLS up to a version.
func overTLS(t *testing.T, certificate tls.Certificate, newest uint16) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(answerWith(`{"tls":true}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: newest}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// callInChild makes a call in a process with an environment and gives what it printed.
func callInChild(t *testing.T, address string, environment ...string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(environment, childAPIURL+"="+address, "GOCOVERDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	return string(out)
}

func TestPrivateAuthorityIsTrustedThroughSSL_CERT_FILE(t *testing.T) {
	caFile, certificate := authority(t)
	s := overTLS(t, certificate, tls.VersionTLS13)
	if out := callInChild(t, s.URL, "SSL_CERT_FILE="+caFile, "SSL_CERT_DIR="+t.TempDir()); out != `answer: {"tls":true}` {
		t.Errorf("with the authority: %s", out)
	}
	if out := callInChild(t, s.URL); !strings.Contains(out, "network") || !strings.Contains(out, "SSL_CERT_FILE") {
		t.Errorf("without it: %s", out)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	caFile, certificate := authority(t)
	for version, works := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		s := overTLS(t, certificate, version)
		out := callInChild(t, s.URL, "SSL_CERT_FILE="+caFile, "SSL_CERT_DIR="+t.TempDir())
		if strings.HasPrefix(out, "answer:") != works || !works && !strings.Contains(out, "protocol version") {
			t.Errorf("%s: %s", tls.VersionName(version), out)
		}
	}
}

// tunnel is a proxy that leads every CONNECT to one address.
func tunnel(t *testing.T, to string) (address string, asked *atomic.Value) {
	t.Helper()
	asked = &atomic.Value{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		asked.Store(r.Host)
		upstream, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer upstream.Close()
		w.WriteHeader(http.StatusOK)
		client, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer client.Close()
		go func() { _, _ = io.Copy(upstream, buffered) }() // ends with the connection
		_, _ = io.Copy(client, upstream)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestProxyOfTheEnvironmentIsUsed(t *testing.T) {
	caFile, certificate := authority(t)
	s := overTLS(t, certificate, tls.VersionTLS13)
	proxy, asked := tunnel(t, s.Listener.Addr().String())
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		out := callInChild(t, zoom.DefaultAPIURL, name+"="+proxy, "SSL_CERT_FILE="+caFile, "SSL_CERT_DIR="+t.TempDir())
		if out != `answer: {"tls":true}` || asked.Load() != "api.zoom.us:443" {
			t.Errorf("%s: the proxy was asked for %v: %s", name, asked.Load(), out)
		}
	}
}

func TestPasswordOfAProxyStaysHidden(t *testing.T) {
	out := callInChild(t, zoom.DefaultAPIURL, "HTTPS_PROXY=http://user:s3cret word@proxy.example:3128")
	if !strings.Contains(out, "HTTPS_PROXY") || strings.Contains(out, "s3cret") {
		t.Error(out)
	}
	out = callInChild(t, zoom.DefaultAPIURL, "HTTPS_PROXY=http://user:s3cret@127.0.0.1:1")
	if !strings.Contains(out, "HTTPS_PROXY") || strings.Contains(out, "s3cret") {
		t.Error(out)
	}
}
