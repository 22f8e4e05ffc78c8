package httpserver_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/httpserver"
)

// handler is one that tells who came, and counts.
type handler struct {
	served atomic.Int64
	serve  http.HandlerFunc
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.served.Add(1)
	if h.serve != nil {
		h.serve(w, r)
		return
	}
	io.WriteString(w, callerOf(r).Name)
}

// at is a handler at paths.
func (h *handler) at(paths ...string) map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, path := range paths {
		out[path] = h
	}
	return out
}

func callerOf(r *http.Request) *caller.Caller {
	c, _ := caller.FromContext(r.Context())
	return c
}

var paths = []string{"/mcp", "/sse", "/message", "/metrics", "/api/zoom-phone/"}

// start makes a server and asks it without a network.
func start(t testing.TB, o httpserver.Options) (*httpserver.Server, *handler) {
	t.Helper()
	h := &handler{}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Handlers == nil {
		o.Handlers = h.at(paths...)
	}
	s, err := httpserver.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

// ask sends a request with headers given as name, value, ….
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(""))
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// run serves on a loopback address until the test ends, or stop is called, which
// waits for the end.
func run(t testing.TB, s *httpserver.Server) (addr string, stop func() error) {
	t.Helper()
	l, err := s.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { stop() })
	return l.Addr().(*net.TCPAddr).String(), stop
}

// issuer is an authorization server: its discovery document and its keys.
type issuer struct {
	url     string
	key     *rsa.PrivateKey
	kid     string
	asked   atomic.Int64 // for keys
	down    atomic.Bool
	hangs   atomic.Bool
	current atomic.Pointer[jose.JSONWebKeySet]
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i, over := &issuer{}, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.hangs.Load() {
			<-over
			return
		}
		if i.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys"})
		case "/keys":
			i.asked.Add(1)
			json.NewEncoder(w).Encode(i.current.Load())
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	i.url = server.URL
	i.rotate("first")
	return i
}

// rotate replaces the key.
func (i *issuer) rotate(kid string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	i.key, i.kid = key, kid
	i.current.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Algorithm: "RS256", Use: "sig"}}})
}

const audience = "https://phone.example.com/mcp"

// token makes a token; change may alter its claims.
func (i *issuer) token(now time.Time, change func(map[string]any)) string {
	claims := map[string]any{
		"iss": i.url, "aud": []string{audience}, "sub": "u1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if change != nil {
		change(claims)
	}
	return signed(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.kid}}, claims)
}

func signed(key jose.SigningKey, claims map[string]any) string {
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		panic(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return token
}

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC).Unix())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(c.at.Load(), 0) }
func (c *clock) forward(d time.Duration) { c.at.Add(int64(d / time.Second)) }
