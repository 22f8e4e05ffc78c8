package mcptransport_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func newServer(g mcptest.Gateway) *server.MCPServer {
	return mcpserver.New(g, mcpserver.Options{Version: "1", Index: "the index"})
}

// connect starts a server and returns a client of it.
func connect(t testing.TB, g mcptest.Gateway, o mcptransport.Options) *mcptest.Client {
	t.Helper()
	return mcptest.Connect(t, newServer(g), o)
}

// web is a server on a loopback address.
type web struct {
	t    testing.TB
	url  string
	http *mcptransport.HTTP
}

// serveHTTP serves a caller, nil for one without bounds.
func serveHTTP(t testing.TB, s *server.MCPServer, o mcptransport.Options, c *caller.Caller) *web {
	t.Helper()
	return serveBy(t, o, func(h *mcptransport.HTTP) http.Handler { return as(c, route(h, s)) })
}

// serveBy serves what handler makes of a transport.
func serveBy(t testing.TB, o mcptransport.Options, handler func(*mcptransport.HTTP) http.Handler) *web {
	t.Helper()
	h := mcptransport.NewHTTP(o)
	server := httptest.NewServer(handler(h))
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.Shutdown(ctx) // at once
		server.CloseClientConnections()
		server.Close()
	})
	return &web{t: t, url: server.URL, http: h}
}

// as has requests come from a caller.
func as(c *caller.Caller, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c != nil {
			r = r.WithContext(caller.NewContext(r.Context(), c))
		}
		next.ServeHTTP(w, r)
	})
}

func route(h *mcptransport.HTTP, s *server.MCPServer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/mcp", h.Streamable(s))
	mux.Handle("/sse", h.SSE(s, "/message"))
	mux.Handle("/message", h.Messages(s))
	return mux
}

// request sends a request with headers given as name, value, ….
func (s *web) request(method, path, body string, headers ...string) *http.Response {
	s.t.Helper()
	return s.requestWith(s.t.Context(), method, path, body, headers...)
}

func (s *web) requestWith(ctx context.Context, method, path, body string, headers ...string) *http.Response {
	s.t.Helper()
	r := newRequest(ctx, method, s.url+path, body, headers...)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func newRequest(ctx context.Context, method, url, body string, headers ...string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// post sends a message and gives status and body.
func (s *web) post(body string, headers ...string) (int, string) {
	s.t.Helper()
	return readAll(s.t, s.request(http.MethodPost, "/mcp", body, headers...))
}

func readAll(t testing.TB, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// session initializes and gives the session's id.
func (s *web) session(headers ...string) string {
	s.t.Helper()
	resp := s.request(http.MethodPost, "/mcp", mcptest.Initialize, headers...)
	status, body := readAll(s.t, resp)
	id := resp.Header.Get("Mcp-Session-Id")
	if status != http.StatusOK || id == "" {
		s.t.Fatalf("initialize: %d %s", status, body)
	}
	return id
}

// stream is a stream of events that is being read.
type stream struct {
	t      testing.TB
	lines  *bufio.Reader
	cancel context.CancelFunc
}

// open opens a stream.
func (s *web) open(path string, headers ...string) *stream {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	resp := s.requestWith(ctx, http.MethodGet, path, "", headers...)
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		s.t.Fatalf("%s: %s", path, resp.Status)
	}
	s.t.Cleanup(cancel)
	return &stream{s.t, bufio.NewReader(resp.Body), cancel}
}

// next returns the data of the next event, and false at the end.
func (s *stream) next() (event, data string, ok bool) {
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", "", false
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "event: "):
			event = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && data != "":
			return event, data, true
		}
	}
}

// answer returns the next message.
func (s *stream) answer() mcptest.Response {
	s.t.Helper()
	event, data, ok := s.next()
	if !ok || event != "message" {
		s.t.Fatalf("event %q %q", event, data)
	}
	return mcptest.Parse(s.t, data)
}

// sse opens a stream of the SSE transport and gives the path for messages.
func (s *web) sse(headers ...string) (*stream, string) {
	s.t.Helper()
	stream := s.open("/sse", headers...)
	event, path, ok := stream.next()
	if !ok || event != "endpoint" || !strings.HasPrefix(path, "/message?sessionId=") {
		s.t.Fatalf("event %q %q", event, path)
	}
	return stream, path
}

// sent sends a message of the SSE transport.
func (s *web) sent(path, body string, headers ...string) int {
	s.t.Helper()
	status, _ := readAll(s.t, s.request(http.MethodPost, path, body, headers...))
	return status
}

// recorder takes an answer without a network, so that time can be faked.
type recorder struct {
	mu     sync.Mutex
	head   http.Header
	status int
	body   bytes.Buffer
	broken error // what Write answers
}

func newRecorder() *recorder { return &recorder{head: http.Header{}} }

func (r *recorder) Header() http.Header { return r.head }

func (r *recorder) WriteHeader(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken != nil {
		return 0, r.broken
	}
	return r.body.Write(b)
}

func (r *recorder) Flush() {}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.body.String()
}
