package upstream_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// serve runs a handler until the test's end.
func serve(t *testing.T, w *tool, h http.Handler) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		w.letGo()
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// post sends a message, with header lines as "Name: value", and returns the answer.
func post(ctx context.Context, url, message string, header ...string) (status int, body string, h http.Header, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(message))
	if err != nil {
		return 0, "", nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(read), resp.Header, err
}

// modern makes a message one of protocol version 2026-07-28.
func modern(message string) string {
	const params = `"params":{`
	meta := fmt.Sprintf(`"_meta":{%q:%q,%q:{"name":"c","version":"1"},%q:{}},`, mcp.MetaKeyProtocolVersion, mcp.ProtocolVersion20260728, mcp.MetaKeyClientInfo, mcp.MetaKeyClientCapabilities)
	return strings.Replace(message, params, params+meta, 1)
}

// TestOneClientCancelsTheCallOfAnother is the program of the report in
// docs/upstream.md: two clients that know nothing of each other count their
// requests from 1, as all do.
func TestOneClientCancelsTheCallOfAnother(t *testing.T) {
	for name, c := range map[string]struct {
		options []server.StreamableHTTPOption
		message func(string) string
		header  []string
	}{
		"stateless": {[]server.StreamableHTTPOption{server.WithStateLess(true)}, func(m string) string { return m }, nil},
		// In the default configuration it is the protocol version that has no sessions.
		"2026-07-28": {nil, modern, []string{"Mcp-Protocol-Version: " + mcp.ProtocolVersion20260728, "Mcp-Name: wait"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTool(t)
			s := serve(t, w, server.NewStreamableHTTPServer(w.MCPServer, c.options...))
			answered := make(chan string, 1)
			go func() {
				_, body, _, err := post(t.Context(), s.URL, c.message(call(1, "of one client")), append(c.header, "Mcp-Method: tools/call")...)
				answered <- fmt.Sprint(body, err)
			}()
			select {
			case <-w.started:
			case a := <-answered:
				t.Fatalf("the call was not served: %s", a)
			}
			other := &http.Transport{} // another client, with a connection of its own
			defer other.CloseIdleConnections()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(c.message(cancel(1))))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			for _, line := range append(c.header, "Mcp-Method: notifications/cancelled") {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			resp, err := other.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			said, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			select {
			case <-w.cancelled:
			case <-time.After(moment):
				fixed(t, fmt.Sprintf("a client without a session could cancel the calls of others (now it gets %d %s)", resp.StatusCode, said), "HTTP.single")
			}
		})
	}
}

func TestHTTPReadsBodiesOfAnyLength(t *testing.T) {
	w := newTool(t)
	s := serve(t, w, server.NewStreamableHTTPServer(w.MCPServer, server.WithStateLess(true)))
	status, body, _, err := post(t.Context(), s.URL, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"padding":"`+strings.Repeat("x", 16<<20)+`"}}`)
	if err != nil || status != http.StatusOK || !strings.Contains(body, `"result"`) {
		fixed(t, fmt.Sprintf("a body had no bound (now one of 16 MiB gets %d %.100s %v)", status, body, err), "HTTP.read")
	}
}

// A handler can bound bodies in front of mcp-go, which answers them as if they were
// broken.
func TestHTTPTakesABodyOverABoundForABrokenOne(t *testing.T) {
	w := newTool(t)
	s := serve(t, w, http.MaxBytesHandler(server.NewStreamableHTTPServer(w.MCPServer, server.WithStateLess(true)), 1000))
	status, body, _, err := post(t.Context(), s.URL, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"padding":"`+strings.Repeat("x", 2000)+`"}}`)
	if err == nil && status == http.StatusRequestEntityTooLarge {
		fixed(t, fmt.Sprintf("a body over a handler's bound was not answered with 413 (now it is: %s)", body), "HTTP.read")
	}
}

func TestHTTPMakesSessionsWithoutBound(t *testing.T) {
	w := newTool(t)
	s := serve(t, w, server.NewStreamableHTTPServer(w.MCPServer, server.WithStateful(true), server.WithSessionIdleTTL(time.Hour)))
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`
	const many = 2000
	first := ""
	for i := range many {
		status, body, h, err := post(t.Context(), s.URL, initialize)
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusOK {
			fixed(t, fmt.Sprintf("sessions had no bound (now the %dth gets %d %s)", i+1, status, body), "sessions.add")
			return
		}
		if first == "" {
			first = h.Get(server.HeaderKeySessionID)
		}
	}
	if status, body, _, err := post(t.Context(), s.URL, `{"jsonrpc":"2.0","id":2,"method":"ping"}`, server.HeaderKeySessionID+": "+first); err != nil || status != http.StatusOK {
		fixed(t, fmt.Sprintf("sessions had no bound (now the first of %d gets %d %s %v)", many, status, body, err), "sessions.add")
	}
}

// sse opens a stream and returns the address for its messages and its events.
func sse(t *testing.T, url string) (address string, events <-chan string, leave func()) {
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/sse", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	data := make(chan string, 1000)
	go func() {
		defer close(data)
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if d, ok := strings.CutPrefix(strings.TrimSpace(line), "data:"); ok {
				data <- strings.TrimSpace(d)
			}
		}
	}()
	address = want(t, data)
	if strings.HasPrefix(address, "/") {
		address = url + address
	}
	return address, data, leave
}

func TestSSETakesEveryCallUpAtOnce(t *testing.T) {
	w := newTool(t)
	s := serve(t, w, server.NewSSEServer(w.MCPServer))
	address, _, _ := sse(t, s.URL)
	const many = 500
	for i := range many {
		status, body, _, err := post(t.Context(), address, call(i, "a"))
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusAccepted {
			fixed(t, fmt.Sprintf("a session of SSE took up any number of calls (now the %dth gets %d %s)", i+1, status, body), "requests.begin")
			return
		}
	}
	for range many {
		select {
		case <-w.started:
		case <-time.After(moment):
			fixed(t, fmt.Sprintf("any number of calls of SSE ran at once (now %d)", w.running.Load()), "requests.admit")
			return
		}
	}
}

func TestSSEGoesOnWithCallsOfASessionThatEnded(t *testing.T) {
	w := newTool(t)
	s := serve(t, w, server.NewSSEServer(w.MCPServer))
	address, _, leave := sse(t, s.URL)
	if status, body, _, err := post(t.Context(), address, call(1, "a")); err != nil || status != http.StatusAccepted {
		t.Fatal(status, body, err)
	}
	want(t, w.started)
	leave()
	select {
	case <-w.cancelled:
		fixed(t, "calls went on whose SSE stream had ended", "httpSession.end")
	case <-time.After(moment):
	}
}
