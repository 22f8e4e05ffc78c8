package httpserver_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/httpserver"
)

// certificate writes a certificate for 127.0.0.1 with a serial number.
func certificate(t *testing.T, certFile, keyFile string, serial int64, changed time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	for _, name := range []string{certFile, keyFile} {
		if err := os.Chtimes(name, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateIsReadAnewWhenItChanges(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certificate(t, certFile, keyFile, 1, c.now())
	cert, err := httpserver.LoadCertificate(certFile, keyFile, zerolog.Nop(), c.now)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := start(t, httpserver.Options{Certificate: cert})
	addr, _ := run(t, s)
	serial := func() int64 {
		conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("%d", n)
	}
	c.forward(2 * time.Second)
	certificate(t, certFile, keyFile, 2, c.now())
	if n := serial(); n != 2 {
		t.Errorf("after a change: %d", n)
	}
	c.forward(2 * time.Second)
	write(t, keyFile, "broken")
	if n := serial(); n != 2 {
		t.Errorf("with a broken key: %d", n)
	}
	certificate(t, certFile, keyFile, 3, c.now())
	cert.Reload()
	if n := serial(); n != 3 {
		t.Errorf("after a reload: %d", n)
	}
	if conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1")
	}
	if _, err := httpserver.LoadCertificate(certFile, certFile, zerolog.Nop(), nil); err == nil {
		t.Error("a certificate without its key")
	}
}

func TestCallsAreBoundedPerCallerAndInAll(t *testing.T) {
	secrets := []string{strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)}
	path := filepath.Join(t.TempDir(), "keys")
	var text string
	for i, s := range secrets {
		text += fmt.Sprintf("k%d %s\n", i, sum(s))
	}
	write(t, path, text)
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		counted := &counts{}
		s, f := start(t, httpserver.Options{Keys: keys, MaxCalls: 5, MaxCallerCalls: 2, Observer: counted})
		callers := map[string]*caller.Caller{}
		f.serve = func(_ http.ResponseWriter, r *http.Request) { callers[callerOf(r).Label] = callerOf(r) }
		for _, key := range secrets {
			ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+key)
		}
		ctx := t.Context()
		admit := func(who string, n int) func() {
			release, ok := callers[who].Admit(ctx, n)
			if !ok {
				return nil
			}
			return release
		}
		one, two := admit("k0", 1), admit("k0", 1)
		if one == nil || two == nil || admit("k0", 1) != nil {
			t.Fatal("the bound of one caller")
		}
		others, last := admit("k1", 2), admit("k2", 1)
		if others == nil || last == nil || admit("k2", 1) != nil {
			t.Error("the bound of all")
		}
		two()
		two() // a second time is nothing
		if admit("k2", 1) == nil || admit("k0", 1) != nil {
			t.Error("one place was freed")
		}
		if admit("k1", 3) != nil {
			t.Error("more at once than there are places")
		}
		// A place that becomes free in a moment is worth waiting for.
		time.AfterFunc(100*time.Millisecond, others)
		if admit("k1", 1) == nil {
			t.Error("the caller did not wait")
		}
		if counted.admitted["k0"] != 2 || counted.admitted["k1"] != 3 || counted.refused["busy"] != 4 {
			t.Errorf("%v", counted)
		}
	})
}

// A call that was refused must not make room for the next.
func TestBoundOfACallerHoldsAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came *caller.Caller
		s, f := start(t, httpserver.Options{MaxCalls: 100, MaxCallerCalls: 2})
		f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
		ask(s, http.MethodPost, "/mcp")
		release, ok := came.Admit(t.Context(), 2)
		if !ok {
			t.Fatal("got no room for 2 calls, want it")
		}
		for range 3 {
			if _, ok := came.Admit(t.Context(), 1); ok {
				t.Error("got room for a third call, want none")
			}
		}
		release()
		if _, ok := came.Admit(t.Context(), 2); !ok {
			t.Error("got no room after the end of the calls, want it for 2")
		}
	})
}

func TestEndTakesNothingNewAndAnswersWhatIsUnderWay(t *testing.T) {
	f := &handler{}
	entered, release := make(chan struct{}), make(chan struct{})
	f.serve = func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "done")
	}
	drained := make(chan struct{})
	s, _ := start(t, httpserver.Options{Handlers: f.at("/mcp"), Drain: func(context.Context) error {
		close(drained)
		return nil
	}})
	addr, stop := run(t, s)
	answers := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/mcp")
		if err != nil {
			answers <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answers <- string(body)
	}()
	<-entered
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	<-drained
	if w := ask(s, http.MethodGet, "/readyz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready while ending: %d", w.Code)
	}
	if w := ask(s, http.MethodGet, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("healthy while ending: %d", w.Code)
	}
	close(release)
	if got := <-answers; got != "done" {
		t.Errorf("%q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("still listening")
	}
}

func TestEndIsBounded(t *testing.T) {
	f := &handler{serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	s, _ := start(t, httpserver.Options{Handlers: f.at("/mcp"), Grace: 50 * time.Millisecond, Drain: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	addr, stop := run(t, s)
	done := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/mcp")
		if err == nil {
			resp.Body.Close()
		}
		done <- err
	}()
	for f.served.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the request was not cut")
	}
}

func TestConnectionsAndHeadersAreBounded(t *testing.T) {
	s, _ := start(t, httpserver.Options{MaxConnections: 2})
	addr, _ := run(t, s)
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	status := func(c net.Conn, extra string) (string, error) {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", paths[0], addr, extra)
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		return bufio.NewReader(c).ReadString('\n')
	}
	first, second := dial(), dial()
	for _, c := range []net.Conn{first, second} {
		if line, err := status(c, ""); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	third := dial() // the others have shown who they are, and stay
	if line, err := status(third, ""); err == nil {
		t.Errorf("a third connection: %q", line)
	}
	first.Close()
	_ = third.SetReadDeadline(time.Now().Add(10 * time.Second))
	if line, err := bufio.NewReader(third).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Errorf("after one has left: %q, %v", line, err)
	}
	if line, err := status(second, "X-Long: "+strings.Repeat("x", 100<<10)+"\r\n"); err == nil && !strings.Contains(line, "431") {
		t.Errorf("a long header: %q", line)
	}
}

func TestConnectionsWithoutACredentialMakeRoom(t *testing.T) {
	key := strings.Repeat("k", 40)
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: key})
	if err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]httpserver.Options{
		"in all": {Keys: keys, MaxConnections: 20}, "of one address": {Keys: keys, MaxConnections: 1000, MaxAddressConnections: 20},
	} {
		s, _ := start(t, o)
		addr, _ := run(t, s)
		dial := func() net.Conn {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		}
		ask := func(c net.Conn, credential string) (string, error) {
			fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", paths[0], addr, credential)
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			return bufio.NewReader(c).ReadString('\n')
		}
		good := "Authorization: Bearer " + key + "\r\n"
		mine := dial()
		if line, err := ask(mine, good); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("%s: %q, %v", what, line, err)
		}
		var idle []net.Conn
		for range 100 {
			c := dial()
			if len(idle)%2 == 0 {
				_, _ = ask(c, "") // it may have been closed already
			}
			idle = append(idle, c)
		}
		for what2, c := range map[string]net.Conn{"one that is open": mine, "a new one": dial()} {
			if line, err := ask(c, good); err != nil || !strings.Contains(line, "200") {
				t.Errorf("%s, %s: %q, %v", what, what2, line, err)
			}
		}
		for _, b := range s.Bounds() {
			if b.Name == "connections" && (b.Used > 20 || b.Used == 0) {
				t.Errorf("%s: %d connections are open", what, b.Used)
			}
		}
		_ = idle[0].SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(idle[0]); err != nil {
			t.Errorf("%s: the oldest idle connection is not closed: %v", what, err)
		}
	}
}

func TestAnAddressHasAnEnd(t *testing.T) {
	s, _ := start(t, httpserver.Options{MaxConnections: 100, MaxAddressConnections: 2})
	addr, _ := run(t, s)
	for i := range 4 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", paths[0], addr)
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		line, err := bufio.NewReader(c).ReadString('\n')
		if served := err == nil && strings.Contains(line, "200"); served != (i < 2) {
			t.Errorf("connection %d: %q, %v", i+1, line, err)
		}
	}
}

// A body that nobody wants must not hold the connection.
func TestBodyOfARefusedRequestHasToArriveInTime(t *testing.T) {
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: strings.Repeat("k", 40)})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := start(t, httpserver.Options{Keys: keys, BodyTimeout: 20 * time.Millisecond})
	addr, _ := run(t, s)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n\r\n{", addr)
	answer, err := io.ReadAll(c) // the server closes the connection
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestPanicOfAHandlerEndsItsRequestOnly(t *testing.T) {
	var log strings.Builder
	f := &handler{serve: func(http.ResponseWriter, *http.Request) { panic("secret of a caller") }}
	s, _ := start(t, httpserver.Options{Handlers: f.at("/mcp"), Log: zerolog.New(&log)})
	if w := ask(s, http.MethodGet, "/mcp"); w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
	if !strings.Contains(log.String(), "panic") || strings.Contains(log.String(), "secret of a caller") {
		t.Errorf("%s", log.String())
	}
}

func TestLogHasNeitherPathsNorKeys(t *testing.T) {
	var log strings.Builder
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: strings.Repeat("k", 40)})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := start(t, httpserver.Options{Keys: keys, Log: zerolog.New(&log)})
	ask(s, http.MethodGet, "/api/zoom-phone/users/private-id?q=private-query", "Authorization", "Bearer "+strings.Repeat("k", 40))
	ask(s, "PRIVATE-VERB", "/private-path", "Authorization", "Bearer private-token", "Host", "private-host")
	if text := log.String(); strings.Contains(strings.ToLower(text), "private") || strings.Contains(text, "kkkk") || !strings.Contains(text, "key:default") {
		t.Error(text)
	}
}
