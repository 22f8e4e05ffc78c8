package mcptransport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func TestEveryRevisionWithAHandshakeIsServedOverStreamableHTTP(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	for _, version := range []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"} {
		t.Run(version, func(t *testing.T) {
			resp := s.request(http.MethodPost, "/mcp", strings.Replace(mcptest.Initialize, "2025-06-18", version, 1))
			id := resp.Header.Get("Mcp-Session-Id")
			if _, body := readAll(t, resp); mcptest.Parse(t, body).Result.ProtocolVersion != version {
				t.Fatalf("%s", body)
			}
			if status, body := s.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Mcp-Session-Id", id); status != http.StatusAccepted || body != "" {
				t.Errorf("notification: %d %q", status, body)
			}
			_, body := s.post(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, "Mcp-Session-Id", id, "Mcp-Protocol-Version", version)
			if r := mcptest.Parse(t, body); r.Result == nil || len(r.Result.Tools) != 3 {
				t.Errorf("%s", body)
			}
			_, body = s.post(mcptest.Call("3"), "Mcp-Session-Id", id, "Mcp-Protocol-Version", version)
			if r := mcptest.Parse(t, body); string(r.ID) != "3" || r.Result == nil || r.Result.IsError {
				t.Errorf("%s", body)
			}
		})
	}
}

// statelessRequest makes a request of protocol version 2026-07-28.
func statelessRequest(id, method, params string) (body string, headers []string) {
	if params != "" {
		params += ","
	}
	body = fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`, id, method, params)
	headers = []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method}
	if method == "tools/call" {
		headers = append(headers, "Mcp-Name", "call_zoom-phone")
	}
	return body, headers
}

func TestStatelessRevisionIsServedOverStreamableHTTP(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	body, headers := statelessRequest("1", "server/discover", "")
	resp := s.request(http.MethodPost, "/mcp", body, headers...)
	if resp.Header.Get("Mcp-Session-Id") != "" {
		t.Error("a session in a protocol without sessions")
	}
	if _, body := readAll(t, resp); len(mcptest.Parse(t, body).Result.SupportedVersions) != len(mcp.ValidProtocolVersions) {
		t.Errorf("%s", body)
	}
	body, headers = statelessRequest("2", "tools/call", `"name":"call_zoom-phone","arguments":{"method":"phone_setting"}`)
	if status, body := s.post(body, headers...); status != http.StatusOK || mcptest.Parse(t, body).Result.ResultType != "complete" {
		t.Errorf("%d %s", status, body)
	}
	for _, c := range []struct {
		what, body string
		headers    []string
		status     int
		code       int
	}{
		{"method that does not exist", strings.Replace(body, "tools/call", "tools/fly", 1), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/fly"}, 404, mcp.METHOD_NOT_FOUND},
		{"ping was removed", strings.Replace(body, "tools/call", "ping", 1), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "ping"}, 404, mcp.METHOD_NOT_FOUND},
		{"no version header", body, []string{"Mcp-Method", "tools/call", "Mcp-Name", "call_zoom-phone"}, 400, mcp.HEADER_MISMATCH},
		{"another version in the header", body, []string{"Mcp-Protocol-Version", "2025-06-18", "Mcp-Method", "tools/call", "Mcp-Name", "call_zoom-phone"}, 400, mcp.HEADER_MISMATCH},
		{"no method header", body, []string{"Mcp-Protocol-Version", "2026-07-28"}, 400, mcp.HEADER_MISMATCH},
		{"another tool in the header", body, []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "describe_method"}, 400, mcp.HEADER_MISMATCH},
		{"no version in the body", mcptest.Call("2"), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "call_zoom-phone"}, 400, mcp.INVALID_PARAMS},
		{"a resumed stream", body, append(headers, "Last-Event-Id", "1"), 400, mcp.HEADER_MISMATCH},
		{"a future version", strings.Replace(body, "2026-07-28", "2031-01-01", 1), []string{"Mcp-Protocol-Version", "2031-01-01", "Mcp-Method", "tools/call", "Mcp-Name", "call_zoom-phone"}, 400, mcp.UNSUPPORTED_PROTOCOL_VERSION},
		{"a batch", "[" + body + "]", headers, 400, mcp.INVALID_REQUEST},
	} {
		t.Run(c.what, func(t *testing.T) {
			status, body := s.post(c.body, c.headers...)
			if r := mcptest.Parse(t, body); status != c.status || r.Error == nil || r.Error.Code != c.code {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		resp := s.request(method, "/mcp", "", "Mcp-Protocol-Version", "2026-07-28", "Mcp-Session-Id", s.session())
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %s", method, resp.Status)
		}
	}
}

func TestSubscriptionOfAStatelessClientIsAStreamThatEnds(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	body, headers := statelessRequest(`"sub"`, "subscriptions/listen", `"notifications":{"toolsListChanged":true}`)
	resp := s.request(http.MethodPost, "/mcp", body, headers...)
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%s", got)
	}
	_, text := readAll(t, resp)
	if !strings.Contains(text, "notifications/subscriptions/acknowledged") || strings.Count(text, "event: message") != 2 {
		t.Errorf("%s", text)
	}
}

func TestClientWithoutASessionIsServed(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	for _, body := range []string{mcptest.Call("7"), `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`, mcptest.Ping("7")} {
		if status, text := s.post(body, "Mcp-Protocol-Version", "2025-11-25"); status != http.StatusOK || string(mcptest.Parse(t, text).ID) != "7" {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if streamable, _ := s.http.Sessions(); streamable != 0 {
		t.Errorf("%d sessions", streamable)
	}
}

func TestByteOrderMarkBeforeAMessageIsSkipped(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	for _, mark := range []string{"\ufeff", "\ufeff\r\n ", "\n\ufeff"} {
		if status, body := s.post(mark + mcptest.Call("3") + "\n"); status != http.StatusOK || !strings.Contains(body, `"id":3`) {
			t.Errorf("%q: %d %s", mark, status, body)
		}
	}
}

func TestBatchIsAnsweredAsOne(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	status, text := s.post("[" + mcptest.Ping("1") + `,{"jsonrpc":"2.0","method":"notifications/initialized"},` + mcptest.Call("2") + "]")
	var answers []mcptest.Response
	if err := json.Unmarshal([]byte(text), &answers); err != nil || status != http.StatusOK || len(answers) != 2 {
		t.Errorf("%d %s", status, text)
	}
	if status, text := s.post(`[{"jsonrpc":"2.0","method":"notifications/initialized"}]`); status != http.StatusAccepted || text != "" {
		t.Errorf("%d %s", status, text)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	id := s.session()
	for _, c := range []struct {
		what, body string
		headers    []string
		status     int
	}{
		{"no JSON", "{", nil, 400},
		{"nothing", " ", nil, 400},
		{"not JSON-RPC", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, nil, 400},
		{"an empty batch", "[]", nil, 400},
		{"another media type", mcptest.Ping("1"), []string{"Content-Type", "text/plain"}, 415},
		{"a form", mcptest.Ping("1"), []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"an unknown protocol version", mcptest.Ping("1"), []string{"Mcp-Protocol-Version", "1999-01-01"}, 400},
		{"a session that never was", mcptest.Ping("1"), []string{"Mcp-Session-Id", "AAAAAAAAAAAAAAAAAAAAAAAAAA"}, 404},
		{"another verb", "", []string{"Mcp-Session-Id", id}, 405},
	} {
		t.Run(c.what, func(t *testing.T) {
			method := http.MethodPost
			if c.status == 405 {
				method = http.MethodPut
			}
			if status, text := readAll(t, s.request(method, "/mcp", c.body, c.headers...)); status != c.status {
				t.Errorf("%d %s", status, text)
			}
		})
	}
}

// mcp-go accepts a session after it was deleted.
func TestSessionEndsWithDelete(t *testing.T) {
	entered := make(chan string, 1)
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(nil, entered)}), mcptransport.Options{}, nil)
	id := s.session()
	under := make(chan int, 1)
	go func() {
		resp, err := http.DefaultClient.Do(newRequest(context.Background(), http.MethodPost, s.url+"/mcp", mcptest.Call("1"), "Mcp-Session-Id", id))
		if err != nil {
			under <- 0
			return
		}
		resp.Body.Close()
		under <- resp.StatusCode
	}()
	<-entered
	if status, _ := readAll(t, s.request(http.MethodDelete, "/mcp", "", "Mcp-Session-Id", id)); status != http.StatusOK {
		t.Fatalf("DELETE: %d", status)
	}
	if status := <-under; status != http.StatusServiceUnavailable {
		t.Errorf("the call under way: %d", status)
	}
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		body := ""
		if method == http.MethodPost {
			body = mcptest.Ping("1")
		}
		if status, _ := readAll(t, s.request(method, "/mcp", body, "Mcp-Session-Id", id)); status != http.StatusNotFound {
			t.Errorf("%s after DELETE: %d", method, status)
		}
	}
	if streamable, _ := s.http.Sessions(); streamable != 0 {
		t.Errorf("%d sessions", streamable)
	}
}

func TestSessionBelongsToTheCallerThatOpenedIt(t *testing.T) {
	server := newServer(mcptest.Gateway{})
	limited := mcpserver.New(mcptest.Gateway{}, mcpserver.Options{Version: "1", Index: "less"})
	s := serveBy(t, mcptransport.Options{}, func(h *mcptransport.HTTP) http.Handler {
		all, less := route(h, server), route(h, limited)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next := all
			if r.Header.Get("X-Limited") != "" {
				next = less
			}
			as(&caller.Caller{Name: r.Header.Get("X-Name")}, next).ServeHTTP(w, r)
		})
	})
	id := s.session("X-Name", "ann")
	_, path := s.sse("X-Name", "ann")
	for _, c := range []struct {
		headers []string
		want    int
	}{
		{[]string{"X-Name", "ann"}, http.StatusOK},
		{[]string{"X-Name", "ben"}, http.StatusNotFound},
		{[]string{"X-Name", "ann", "X-Limited", "1"}, http.StatusNotFound}, // her rights have changed
	} {
		if status, _ := s.post(mcptest.Ping("1"), append(c.headers, "Mcp-Session-Id", id)...); status != c.want {
			t.Errorf("%v: %d", c.headers, status)
		}
		want := c.want
		if want == http.StatusOK {
			want = http.StatusAccepted
		}
		if status := s.sent(path, mcptest.Ping("1"), c.headers...); status != want {
			t.Errorf("SSE %v: %d", c.headers, status)
		}
	}
	// The transports' sessions are not one another's.
	_, sse, _ := strings.Cut(path, "=")
	if status, _ := s.post(mcptest.Ping("1"), "X-Name", "ann", "Mcp-Session-Id", sse); status != http.StatusNotFound {
		t.Errorf("a session of SSE on Streamable HTTP: %d", status)
	}
}

// In mcp-go's stateless mode, one client's cancellation ends another's call that
// has the same id.
func TestCancellationReachesTheOwnSessionOnly(t *testing.T) {
	type ended struct {
		who string
		err error
	}
	entered, outcomes := make(chan string, 8), make(chan ended, 8)
	release := make(chan struct{})
	g := mcptest.Gateway{OnCall: func(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		entered <- r.Method
		select {
		case <-release:
		case <-ctx.Done():
		}
		outcomes <- ended{r.Method, ctx.Err()}
		return &gateway.Answer{JSON: json.RawMessage(`{}`)}, nil
	}}
	s := serveHTTP(t, newServer(g), mcptransport.Options{}, nil)
	sessions := map[string]string{"mine": s.session(), "another": s.session(), "none": ""}
	statuses := make(chan int, len(sessions))
	for who, id := range sessions {
		go func() {
			r := newRequest(context.Background(), http.MethodPost, s.url+"/mcp", mcptest.Tool("1", "call_zoom-phone", `{"method":"`+who+`"}`))
			if id != "" {
				r.Header.Set("Mcp-Session-Id", id)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				statuses <- 0
				return
			}
			resp.Body.Close()
			statuses <- resp.StatusCode
		}()
		<-entered
	}
	if status, _ := s.post(mcptest.Cancelled("1")); status != http.StatusAccepted {
		t.Fatalf("without a session: %d", status)
	}
	if status, _ := s.post(mcptest.Cancelled("1"), "Mcp-Session-Id", sessions["mine"]); status != http.StatusAccepted {
		t.Fatalf("%d", status)
	}
	if e := <-outcomes; e.who != "mine" || e.err == nil {
		t.Errorf("%+v", e)
	}
	if status := <-statuses; status != http.StatusAccepted {
		t.Errorf("the cancelled call was answered with %d", status)
	}
	close(release)
	for range 2 {
		if e := <-outcomes; e.err != nil {
			t.Errorf("%s was cancelled too", e.who)
		}
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("%d", status)
		}
	}
}

func TestCallEndsWhenItsClientVanishes(t *testing.T) {
	entered, ended := make(chan string, 1), make(chan error, 1)
	g := mcptest.Gateway{OnCall: func(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		entered <- r.Method
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, apierror.New(apierror.Canceled, "canceled")
	}}
	s := serveHTTP(t, newServer(g), mcptransport.Options{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		resp, err := http.DefaultClient.Do(newRequest(ctx, http.MethodPost, s.url+"/mcp", mcptest.Call("1"), "Mcp-Session-Id", s.session()))
		if err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the call goes on")
	}
}

// Proxies close what is silent for a minute; a call may take two.
func TestLongCallBecomesAStreamWithSignsOfLife(t *testing.T) {
	release := make(chan struct{})
	s := serveHTTP(t, newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}), mcptransport.Options{KeepAlive: 5 * time.Millisecond}, nil)
	resp := s.request(http.MethodPost, "/mcp", mcptest.Call("1")) // the head comes before the answer
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%q", got)
	}
	close(release)
	_, text := readAll(t, resp)
	if !strings.HasPrefix(text, ": keep-alive\n\n") || !strings.HasSuffix(text, "\n\n") {
		t.Errorf("%q", text)
	}
	_, data, _ := strings.Cut(text, "event: message\ndata: ")
	if r := mcptest.Parse(t, data); string(r.ID) != "1" || r.Result == nil {
		t.Errorf("%q", text)
	}
}

func TestStreamOfASessionGivesWayToANewOne(t *testing.T) {
	s := serveHTTP(t, newServer(mcptest.Gateway{}), mcptransport.Options{}, nil)
	id := s.session()
	first := s.open("/mcp", "Mcp-Session-Id", id, "Accept", "text/event-stream")
	second := s.open("/mcp", "Mcp-Session-Id", id, "Accept", "text/event-stream")
	if _, _, ok := first.next(); ok {
		t.Error("the first stream goes on")
	}
	s.request(http.MethodDelete, "/mcp", "", "Mcp-Session-Id", id)
	if _, _, ok := second.next(); ok {
		t.Error("the stream goes on without its session")
	}
	for _, c := range []struct {
		headers []string
		want    int
	}{
		{nil, http.StatusMethodNotAllowed}, // a client without a session has no stream
		{[]string{"Mcp-Session-Id", "unknown"}, http.StatusNotFound},
		{[]string{"Mcp-Session-Id", s.session(), "Accept", "application/json"}, http.StatusNotAcceptable},
	} {
		if resp := s.request(http.MethodGet, "/mcp", "", c.headers...); resp.StatusCode != c.want {
			t.Errorf("%v: %s", c.headers, resp.Status)
		}
	}
}

// What a call says while it runs comes before its answer, on the stream of its
// own request.
func TestProgressOfACallComesBeforeItsAnswer(t *testing.T) {
	g := mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		for pages := range 3 {
			r.Progress(gateway.Progress{Pages: pages + 1})
		}
		return &gateway.Answer{JSON: json.RawMessage(`{}`)}, nil
	}}
	s := serveHTTP(t, newServer(g), mcptransport.Options{}, nil)
	session := s.session()
	listening := s.open("/mcp", "Mcp-Session-Id", session)
	message := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_zoom-phone","arguments":{"method":"list_phone_users","all_pages":true},"_meta":{"progressToken":"p"}}}`
	for _, accept := range []string{"application/json, text/event-stream", "application/json"} {
		resp := s.request(http.MethodPost, "/mcp", message, "Mcp-Session-Id", session, "Accept", accept)
		_, text := readAll(t, resp)
		if !strings.Contains(accept, "event-stream") {
			if r := mcptest.Parse(t, text); r.Result == nil {
				t.Errorf("%s", text)
			}
			continue
		}
		events := strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n")
		if len(events) != 4 || !strings.Contains(events[3], `"result"`) {
			t.Errorf("%s", text)
		}
		for i, event := range events[:min(3, len(events))] {
			if !strings.Contains(event, "notifications/progress") || !strings.Contains(event, fmt.Sprintf(`"progress":%d`, i+1)) {
				t.Errorf("event %d: %s", i, event)
			}
		}
	}
	s.request(http.MethodDelete, "/mcp", "", "Mcp-Session-Id", session)
	if event, data, ok := listening.next(); ok {
		t.Errorf("on the session's stream: %s %s", event, data)
	}
}

// What stands around the transport, such as who calls and where files are, reaches
// calls through the context.
func TestCallsHaveWhatTheContextOfTheirRequestHas(t *testing.T) {
	seen := make(chan string, 1)
	g := mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
		c, _ := caller.FromContext(ctx)
		seen <- c.Name
		return &gateway.Answer{JSON: json.RawMessage(`{}`)}, nil
	}}
	s := serveHTTP(t, newServer(g), mcptransport.Options{}, &caller.Caller{Name: "ann"})
	_, path := s.sse()
	for way, send := range map[string]func(){
		"without a session": func() { s.post(mcptest.Call("1")) },
		"in a session":      func() { s.post(mcptest.Call("1"), "Mcp-Session-Id", s.session()) },
		"over SSE":          func() { s.sent(path, mcptest.Call("1")) },
	} {
		send()
		if got := <-seen; got != "ann" {
			t.Errorf("%s: got the caller %q, want ann", way, got)
		}
	}
}
