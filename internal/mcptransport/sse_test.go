package mcptransport_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func TestSSEClientIsAnsweredOnItsStream(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	stream, path := s.sse()
	for _, c := range []struct{ send, id string }{
		{strings.Replace(mcptest.Initialize, "2025-06-18", "2024-11-05", 1), `"init"`},
		{`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, "2"},
		{mcptest.Call(`"three"`), `"three"`},
		{mcptest.Call("12345678901234567890"), "12345678901234567890"},
	} {
		if status := s.sent(path, c.send); status != http.StatusAccepted {
			t.Fatalf("%s: %d", c.send, status)
		}
		if r := stream.answer(); string(r.ID) != c.id || r.Result == nil {
			t.Errorf("%s: %+v", c.send, r)
		}
	}
}

// mcp-go's queue has a hundred events.
func TestNoAnswerIsLostWhileAnSSEClientIsSlow(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	stream, path := s.sse()
	const calls = 300
	for i := range calls {
		if status := s.sent(path, mcptest.Call(fmt.Sprint(i))); status != http.StatusAccepted {
			t.Fatalf("%d", status)
		}
	}
	seen := map[string]bool{}
	for range calls {
		seen[string(stream.answer().ID)] = true
	}
	if len(seen) != calls {
		t.Errorf("%d of %d answers", len(seen), calls)
	}
}

// mcp-go starts a goroutine for every POST, without a bound.
func TestCallsOfOneSSESessionAreBounded(t *testing.T) {
	release := make(chan struct{})
	g := mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}
	s := serveHTTP(t, newServer(g), mcptransport.Options{MaxCalls: 2, MaxQueued: 3}, nil)
	stream, path := s.sse()
	for i := range 6 {
		s.sent(path, mcptest.Call(fmt.Sprint(i)))
	}
	r := stream.answer()
	if string(r.ID) != "5" || r.Error == nil || r.Error.Code != -32000 {
		t.Errorf("%+v", r)
	}
	close(release)
	for range 5 {
		if r := stream.answer(); r.Result == nil {
			t.Errorf("%+v", r)
		}
	}
}

func TestSSERefusesWhatIsWrong(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{MaxMessage: 1000}, nil)
	_, path := s.sse()
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{http.MethodPost, path, "{", http.StatusBadRequest},
		{http.MethodPost, path, mcptest.Ping("1") + strings.Repeat(" ", 1000), http.StatusRequestEntityTooLarge},
		{http.MethodPost, "/message", mcptest.Ping("1"), http.StatusNotFound},
		{http.MethodPost, "/message?sessionId=x", mcptest.Ping("1"), http.StatusNotFound},
		{http.MethodGet, path, "", http.StatusMethodNotAllowed},
		{http.MethodPost, "/sse", mcptest.Ping("1"), http.StatusMethodNotAllowed},
	} {
		if resp := s.request(c.method, c.path, c.body); resp.StatusCode != c.want {
			t.Errorf("%s %s: %s", c.method, c.path, resp.Status)
		}
	}
}

func TestCallsOfAnSSEClientEndWithItsStream(t *testing.T) {
	entered, ended := make(chan string, 1), make(chan error, 1)
	g := mcptest.Gateway{OnCall: func(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		entered <- r.Method
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}
	s := serveHTTP(t, newServer(g), mcptransport.Options{}, nil)
	stream, path := s.sse()
	s.sent(path, mcptest.Call("1"))
	<-entered
	stream.cancel()
	<-ended
}
