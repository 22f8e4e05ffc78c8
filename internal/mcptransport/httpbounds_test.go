package mcptransport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// mcp-go reads a body of any length.
func TestBodiesAreBounded(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	long := mcptest.Tool("1", "call_zoom-phone", `{"method":"`+strings.Repeat("x", 4<<20)+`"}`)
	if status, _ := s.post(long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a length over the bound: %d", status)
	}
	endless := newRequest(t.Context(), http.MethodPost, s.url+"/mcp", "")
	endless.Body, endless.ContentLength = io.NopCloser(zeros{}), -1
	resp, err := http.DefaultClient.Do(endless)
	if err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a body without an end: %s", resp.Status)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

func TestBodyHasToArriveInTime(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{BodyTimeout: 20 * time.Millisecond}, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	answer, err := io.ReadAll(c) // the server closes the connection
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("%q, %v", answer, err)
	}
}

// A client that takes long to ask its next question is not one whose body is late.
func TestBodyTimeoutEndsWithTheBody(t *testing.T) {
	release := make(chan struct{})
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}), mcptransport.Options{BodyTimeout: 20 * time.Millisecond}, nil)
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	if status, body := s.post(mcptest.Call("1"), "Accept", "application/json"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// A client that does not read its stream holds memory and places; after a while
// it is cut.
func TestClientThatDoesNotReadIsCut(t *testing.T) {
	answer := json.RawMessage(`{"a":"` + strings.Repeat("x", 4<<20) + `"}`)
	ended := make(chan struct{})
	g := mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
		return &gateway.Answer{JSON: answer}, nil
	}}
	room := func(context.Context, int) (func(), bool) { return func() { close(ended) }, true }
	s := serveHTTP(t, newServer(g), mcptransport.Options{WriteTimeout: 50 * time.Millisecond}, &caller.Caller{Room: room})
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := mcptest.Call("1")
	fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the answer is still being written")
	}
}

// inBubble makes a transport whose time is faked, and gives requests to it.
func inBubble(g mcptest.Gateway, o mcptransport.Options) (*mcptransport.HTTP, func(method, path, body string, c *caller.Caller, headers ...string) *recorder) {
	h := mcptransport.NewHTTP(o)
	served := route(h, newServer(g))
	return h, func(method, path, body string, c *caller.Caller, headers ...string) *recorder {
		w := newRecorder()
		as(c, served).ServeHTTP(w, newRequest(context.Background(), method, "http://localhost"+path, body, headers...))
		return w
	}
}

// In mcp-go sessions stay for ever unless told otherwise.
func TestIdleSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, do := inBubble(mcptest.Gateway{}, mcptransport.Options{IdleTimeout: time.Minute})
		p := &caller.Caller{Name: "test"}
		used := do(http.MethodPost, "/mcp", mcptest.Initialize, p).head.Get("Mcp-Session-Id")
		unused := do(http.MethodPost, "/mcp", mcptest.Initialize, p).head.Get("Mcp-Session-Id")
		for range 3 {
			time.Sleep(40 * time.Second)
			if w := do(http.MethodPost, "/mcp", mcptest.Ping("1"), p, "Mcp-Session-Id", used); w.status != http.StatusOK {
				t.Fatalf("the session in use: %d", w.status)
			}
		}
		if w := do(http.MethodPost, "/mcp", mcptest.Ping("1"), p, "Mcp-Session-Id", unused); w.status != http.StatusNotFound {
			t.Errorf("the idle session: %d", w.status)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if streamable, _ := h.Sessions(); streamable != 0 {
			t.Errorf("%d sessions", streamable)
		}
	})
}

func TestSessionWithAStreamOrACallIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		_, do := inBubble(mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}, mcptransport.Options{IdleTimeout: time.Minute})
		gone := make(chan struct{})
		p, streaming := &caller.Caller{Name: "test"}, &caller.Caller{Name: "test", Gone: gone}
		withStream := do(http.MethodPost, "/mcp", mcptest.Initialize, p).head.Get("Mcp-Session-Id")
		withCall := do(http.MethodPost, "/mcp", mcptest.Initialize, p).head.Get("Mcp-Session-Id")
		go do(http.MethodGet, "/mcp", "", streaming, "Mcp-Session-Id", withStream)
		go do(http.MethodPost, "/mcp", mcptest.Call("1"), p, "Mcp-Session-Id", withCall)
		time.Sleep(time.Hour)
		for _, id := range []string{withStream, withCall} {
			if w := do(http.MethodPost, "/mcp", mcptest.Ping("2"), p, "Mcp-Session-Id", id); w.status != http.StatusOK {
				t.Errorf("%d", w.status)
			}
		}
		close(release)
		close(gone)
		time.Sleep(2 * time.Minute) // both are idle now, and end
	})
}

func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, do := inBubble(mcptest.Gateway{}, mcptransport.Options{MaxSessions: 4, MaxCallerSessions: 2, IdleTimeout: time.Minute})
		gone := make(chan struct{})
		named := func(name string) *caller.Caller { return &caller.Caller{Name: name, Gone: gone} }
		open := func(name string) string {
			return do(http.MethodPost, "/mcp", mcptest.Initialize, named(name)).head.Get("Mcp-Session-Id")
		}
		alive := func(name, id string) bool {
			return do(http.MethodPost, "/mcp", mcptest.Ping("1"), named(name), "Mcp-Session-Id", id).status == http.StatusOK
		}
		first := open("ann")
		time.Sleep(time.Second)
		second := open("ann")
		time.Sleep(time.Second)
		third := open("ann") // the longest idle one gives way
		if alive("ann", first) || !alive("ann", second) || !alive("ann", third) {
			t.Error("another session gave way than the longest idle")
		}
		// Streams do not give way.
		for range 2 {
			go do(http.MethodGet, "/sse", "", named("ben"))
		}
		synctest.Wait()
		if w := do(http.MethodGet, "/sse", "", named("ben")); w.status != http.StatusTooManyRequests || w.head.Get("Retry-After") == "" {
			t.Errorf("over the caller's bound: %d", w.status)
		}
		go do(http.MethodGet, "/mcp", "", named("ann"), "Mcp-Session-Id", second)
		go do(http.MethodGet, "/mcp", "", named("ann"), "Mcp-Session-Id", third)
		synctest.Wait()
		if w := do(http.MethodPost, "/mcp", mcptest.Initialize, named("cleo")); w.status != http.StatusServiceUnavailable || w.head.Get("Retry-After") == "" {
			t.Errorf("over all bounds: %d", w.status)
		}
		if streamable, sse := h.Sessions(); streamable != 2 || sse != 2 {
			t.Errorf("%d and %d sessions", streamable, sse)
		}
		close(gone)
		time.Sleep(2 * time.Minute)
		if streamable, sse := h.Sessions(); streamable+sse != 0 {
			t.Errorf("%d and %d sessions at the end", streamable, sse)
		}
	})
}

func TestSilentStreamsGetSignsOfLifeAndEndWithTheCredential(t *testing.T) {
	for _, path := range []string{"/sse", "/mcp"} {
		for _, how := range []string{"expired", "withdrawn", "client broken"} {
			t.Run(path+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := mcptransport.NewHTTP(mcptransport.Options{KeepAlive: 15 * time.Second})
					gone := make(chan struct{})
					c := &caller.Caller{Name: "test", Gone: gone}
					served := as(c, route(h, newServer(mcptest.Gateway{})))
					var headers []string
					if path == "/mcp" {
						w := newRecorder()
						served.ServeHTTP(w, newRequest(context.Background(), http.MethodPost, "http://localhost/mcp", mcptest.Initialize))
						headers = []string{"Mcp-Session-Id", w.head.Get("Mcp-Session-Id")}
					}
					if how == "expired" {
						c.Until = time.Now().Add(time.Minute + time.Second)
					}
					w, ended := newRecorder(), make(chan struct{})
					go func() {
						served.ServeHTTP(w, newRequest(context.Background(), http.MethodGet, "http://localhost"+path, "", headers...))
						close(ended)
					}()
					synctest.Wait()
					before := strings.Count(w.text(), ": keep-alive\n\n")
					time.Sleep(time.Minute + 500*time.Millisecond)
					if n := strings.Count(w.text(), ": keep-alive\n\n") - before; n != 4 {
						t.Errorf("%d signs of life in a minute", n)
					}
					switch how {
					case "withdrawn":
						close(gone)
					case "client broken":
						w.mu.Lock()
						w.broken = errors.New("broken pipe")
						w.mu.Unlock()
					}
					time.Sleep(16 * time.Second)
					select {
					case <-ended:
					default:
						t.Error("the stream goes on")
						close(gone)
					}
					time.Sleep(time.Hour) // the session becomes idle and ends
				})
			})
		}
	}
}

func TestCallsThatAreNotAdmittedComeBackLater(t *testing.T) {
	admitted := 0
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, &caller.Caller{Room: func(_ context.Context, calls int) (func(), bool) {
		admitted += calls
		return nil, false
	}})
	_, path := s.sse()
	for _, c := range []struct{ path, body string }{
		{"/mcp", mcptest.Call("1")}, {"/mcp", "[" + mcptest.Call("1") + "," + mcptest.Call("2") + "," + mcptest.Ping("3") + "]"}, {path, mcptest.Call("1")},
	} {
		resp := s.request(http.MethodPost, c.path, c.body)
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", c.body, resp.Status)
		}
	}
	if admitted != 4 {
		t.Errorf("room was asked for %d calls", admitted)
	}
	if status, _ := s.post(mcptest.Ping("1")); status != http.StatusOK {
		t.Errorf("a ping: %d", status)
	}
}

func TestShutdownAnswersCallsAndEndsStreams(t *testing.T) {
	entered, release := make(chan string, 2), make(chan struct{})
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(release, entered)}), mcptransport.Options{}, nil)
	id := s.session()
	listening := s.open("/mcp", "Mcp-Session-Id", id)
	stream, path := s.sse()
	idle, _ := s.sse()
	s.sent(path, mcptest.Call("1"))
	answered := make(chan int, 1)
	go func() {
		resp, err := http.DefaultClient.Do(newRequest(context.Background(), http.MethodPost, s.url+"/mcp", mcptest.Call("2"), "Mcp-Session-Id", id))
		if err != nil {
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-entered
	<-entered
	down := make(chan error, 1)
	go func() { down <- s.http.Shutdown(context.Background()) }()
	for _, silent := range []*streamEnd{{"idle SSE", idle}, {"listening", listening}} {
		if _, _, ok := silent.next(); ok {
			t.Errorf("%s goes on", silent.name)
		}
	}
	if status, _ := s.post(mcptest.Ping("1")); status != http.StatusServiceUnavailable {
		t.Errorf("a new request: %d", status)
	}
	close(release)
	if r := stream.answer(); r.Result == nil {
		t.Errorf("%+v", r)
	}
	if _, _, ok := stream.next(); ok {
		t.Error("the stream goes on")
	}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if err := <-down; err != nil {
		t.Errorf("%v", err)
	}
}

type streamEnd struct {
	name string
	*stream
}

func TestShutdownIsBounded(t *testing.T) {
	entered := make(chan string, 1)
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(nil, entered)}), mcptransport.Options{}, nil)
	stream, path := s.sse()
	s.sent(path, mcptest.Call("1"))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.http.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	for {
		if _, _, ok := stream.next(); !ok {
			break
		}
	}
}

// Clients vanish without a word; nothing of them may stay.
func TestNothingStaysOfClientsThatVanish(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(nil, nil)}), mcptransport.Options{IdleTimeout: 50 * time.Millisecond}, nil)
	s.post(mcptest.Ping("1"))
	http.DefaultClient.CloseIdleConnections()
	before := settledGoroutines()
	for range 20 {
		stream, path := s.sse()
		s.sent(path, mcptest.Call("1"))
		id := s.session()
		listening := s.open("/mcp", "Mcp-Session-Id", id)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			resp, err := http.DefaultClient.Do(newRequest(ctx, http.MethodPost, s.url+"/mcp", mcptest.Call("1"), "Mcp-Session-Id", id))
			if err == nil {
				resp.Body.Close()
			}
		}()
		stream.cancel()
		listening.cancel()
		cancel()
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		http.DefaultClient.CloseIdleConnections()
		streamable, sse := s.http.Sessions()
		if n := runtime.NumGoroutine(); streamable+sse == 0 && n <= before+2 {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("%d and %d sessions, %d goroutines, before %d", streamable, sse, n, before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// settledGoroutines is how many goroutines there are once the ones that are
// ending have ended.
func settledGoroutines() int {
	n := runtime.NumGoroutine()
	for range 20 {
		time.Sleep(5 * time.Millisecond)
		n = min(n, runtime.NumGoroutine())
	}
	return n
}

// Where all sessions are taken, those of the same caller give way first.
func TestCallerThatOpensSessionsTakesNobodyElsesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, do := inBubble(mcptest.Gateway{}, mcptransport.Options{MaxSessions: 2, MaxCallerSessions: 2, IdleTimeout: time.Minute})
		named := func(name string) *caller.Caller { return &caller.Caller{Name: name} }
		open := func(name string) string {
			return do(http.MethodPost, "/mcp", mcptest.Initialize, named(name)).head.Get("Mcp-Session-Id")
		}
		anns := open("ann")
		time.Sleep(time.Second)
		for range 5 {
			open("ben")
		}
		if got := do(http.MethodPost, "/mcp", mcptest.Ping("1"), named("ann"), "Mcp-Session-Id", anns).status; got != http.StatusOK {
			t.Errorf("the other caller's session: got status %d, want %d", got, http.StatusOK)
		}
		time.Sleep(2 * time.Minute)
		if streamable, _ := h.Sessions(); streamable != 0 {
			t.Errorf("got %d sessions at the end, want 0", streamable)
		}
	})
}
