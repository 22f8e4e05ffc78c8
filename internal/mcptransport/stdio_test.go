package mcptransport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func TestEveryProtocolVersionIsServed(t *testing.T) {
	for _, version := range mcp.LegacyProtocolVersions() {
		c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
		got := c.Ask(strings.Replace(mcptest.Initialize, "2025-06-18", version, 1))
		if got.Result == nil || got.Result.ProtocolVersion != version {
			t.Errorf("%s: %+v", version, got)
		}
		c.Send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
		if got := c.Ask(mcptest.Call("1")); got.Result == nil || got.Result.IsError {
			t.Errorf("%s: %+v", version, got)
		}
	}
	// 2026-07-28 has no handshake.
	c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
	discovered := c.Ask(strings.Replace(strings.Replace(modern, "tools/call", "server/discover", 1), `"name":"call_zoom-phone","arguments":{"method":"m"}`, `"x":1`, 1))
	if discovered.Result == nil || !slices.Contains(discovered.Result.SupportedVersions, "2026-07-28") {
		t.Errorf("server/discover: %+v", discovered)
	}
	got := c.Ask(modern)
	if got.Result == nil || got.Result.IsError || got.Result.ResultType != "complete" || got.Result.Meta["io.modelcontextprotocol/serverInfo"] == nil {
		t.Errorf("tools/call: %+v", got.Result)
	}
}

func TestInitializeIsAnsweredBeforeWhatFollows(t *testing.T) {
	s := newServer(mcptest.Gateway{})
	for range 20 {
		var out strings.Builder
		in := strings.NewReader(mcptest.Initialize + "\n" + mcptest.Ping("1") + "\n" + mcptest.Call("2"))
		if err := mcptransport.ServeStdio(t.Context(), s, in, &out, mcptransport.Options{}); err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(out.String(), "\n"); string(mcptest.Parse(t, first).ID) != `"init"` {
			t.Fatalf("first answer is %s", first)
		}
	}
}

func TestManyCallsReachTheGatewayAtOnceAndHoldNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, entered := make(chan struct{}), make(chan string, 100)
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(release, entered)}, mcptransport.Options{})
		for i := range 64 {
			c.Send(mcptest.Call(fmt.Sprint(i)))
		}
		synctest.Wait()
		if len(entered) != 64 {
			t.Fatalf("%d of 64 calls reached the gateway", len(entered))
		}
		for _, line := range []string{mcptest.Ping(`"p"`), mcptest.Initialize, `{"jsonrpc":"2.0","id":"l","method":"tools/list"}`, mcptest.Tool(`"d"`, "describe_method", `{"method":"m"}`)} {
			if got := c.Ask(line); got.Result == nil {
				t.Errorf("behind 64 calls: %+v", got)
			}
		}
		close(release)
		seen := map[string]bool{}
		for range 64 {
			seen[string(c.Receive().ID)] = true
		}
		if len(seen) != 64 {
			t.Errorf("%d of 64 calls were answered", len(seen))
		}
	})
}

func TestCallsBeyondTheLimitWaitAndThenAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, entered := make(chan struct{}), make(chan string, 10)
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(release, entered)}, mcptransport.Options{MaxCalls: 2, MaxQueued: 2})
		c.Send(mcptest.Call("1"), mcptest.Call("2"), mcptest.Call("3"), mcptest.Call("4"))
		synctest.Wait()
		if len(entered) != 2 {
			t.Fatalf("%d calls run, limit is 2", len(entered))
		}
		if got := c.Ask(mcptest.Call("5")); got.Error == nil || got.Error.Code != -32000 || string(got.ID) != "5" {
			t.Errorf("call beyond the queue: %+v", got)
		}
		if got := c.Ask(mcptest.Ping("6")); got.Error != nil {
			t.Errorf("ping: %+v", got)
		}
		// A call that waits can be cancelled, and makes room.
		c.Send(mcptest.Cancelled("3"))
		synctest.Wait()
		c.Send(mcptest.Call("7"))
		synctest.Wait()
		close(release)
		var ids []string
		for range 4 {
			got := c.Receive()
			if got.Result == nil {
				t.Errorf("%+v", got)
			}
			ids = append(ids, string(got.ID))
		}
		slices.Sort(ids)
		if !slices.Equal(ids, []string{"1", "2", "4", "7"}) {
			t.Errorf("answered were %v", ids)
		}
	})
}

func TestRequestsThatHoldTooMuchMemoryAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}, mcptransport.Options{MaxMessage: 1000})
		big := strings.Repeat("x", 800)
		for i := range 30 {
			go c.Send(mcptest.Tool(fmt.Sprint(i), "call_zoom-phone", `{"method":"m","params":{"a":"`+big+`"}}`))
		}
		refused := 0
		for range 30 - 17 {
			if got := c.Receive(); got.Error != nil && got.Error.Code == -32000 {
				refused++
			}
		}
		if refused != 13 {
			t.Errorf("%d calls refused", refused)
		}
		close(release)
		for range 17 {
			if got := c.Receive(); got.Result == nil {
				t.Errorf("%+v", got)
			}
		}
	})
}

func TestCancelledCallStopsAndIsNotAnswered(t *testing.T) {
	for _, test := range []struct{ name, id, by string }{
		{"number", "9007199254740993", "9007199254740993"},
		{"string", `"ab"`, `"\u0061b"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended atomic.Int32
				g := mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
					<-ctx.Done()
					ended.Add(1)
					return nil, ctx.Err()
				}}
				c := connect(t, g, mcptransport.Options{})
				// A neighbour that looks the same in a float64, or as text.
				c.Send(mcptest.Call("9007199254740992"), mcptest.Call(`"9007199254740993"`), mcptest.Call(test.id))
				for i := range 61 {
					c.Send(mcptest.Call(fmt.Sprint(i)))
				}
				synctest.Wait()
				c.Send(mcptest.Cancelled(test.by))
				synctest.Wait()
				if ended.Load() != 1 {
					t.Fatalf("%d calls ended, want 1", ended.Load())
				}
				// The id is free again, and the next answer is not the call's.
				if got := c.Ask(mcptest.Ping(test.id)); string(got.ID) != test.id || got.Result == nil || got.Result.Content != nil {
					t.Errorf("%+v", got)
				}
				c.Stop()
				lines, _ := c.Rest()
				if len(lines) > 0 {
					t.Errorf("answers after the end: %v", lines)
				}
			})
		})
	}
}

func TestIDOfACancelledCallIsFreeWhileTheCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := connect(t, mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			<-release
			return &gateway.Answer{JSON: json.RawMessage(`{}`)}, nil
		}}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		synctest.Wait()
		c.Send(mcptest.Cancelled("1"))
		if got := c.Ask(mcptest.Ping("1")); got.Error != nil {
			t.Errorf("%+v", got)
		}
		close(release)
		c.In.Close()
		if lines, err := c.Rest(); len(lines) > 0 || err != nil {
			t.Errorf("%v, %v", lines, err)
		}
	})
}

// A call that was cancelled can end after its id has been used again.
func TestEndOfACancelledCallLeavesItsIDToTheNewerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, stopped := make(chan struct{}), make(chan struct{})
		first := true
		c := connect(t, mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
			if first {
				first = false
				<-release // and not the context's end
				return &gateway.Answer{JSON: json.RawMessage(`{"call":1}`)}, nil
			}
			<-ctx.Done()
			close(stopped)
			return nil, ctx.Err()
		}}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		synctest.Wait()
		c.Send(mcptest.Cancelled("1"), mcptest.Call("1"))
		synctest.Wait()
		close(release)
		synctest.Wait()
		if got := c.Ask(mcptest.Ping("1")); got.Error == nil || got.Error.Code != -32600 {
			t.Errorf("third use of the id: got result %v and error %v, want error -32600 since the second goes on", got.Result, got.Error)
		}
		c.Send(mcptest.Cancelled("1"))
		synctest.Wait()
		select {
		case <-stopped:
		default:
			t.Error("got a call that goes on, want the newer one cancelled by its id")
		}
		c.In.Close()
		if lines, err := c.Rest(); len(lines) > 0 || err != nil {
			t.Errorf("got %q and %v, want no answer to a cancelled call", lines, err)
		}
	})
}

func TestSecondUseOfAnIDIsRefusedAndTheFirstGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}, mcptransport.Options{})
		c.Send(mcptest.Call(`"a"`))
		if got := c.Ask(mcptest.Ping(`"\u0061"`)); got.Error == nil || got.Error.Code != -32600 {
			t.Errorf("second use: %+v", got)
		}
		close(release)
		if got := c.Receive(); got.Result == nil || string(got.ID) != `"a"` {
			t.Errorf("first use: %+v", got)
		}
		if got := c.Ask(mcptest.Ping(`"a"`)); got.Error != nil {
			t.Errorf("use after the answer: %+v", got)
		}
	})
}

func TestBatchIsAnsweredWithABatch(t *testing.T) {
	tests := []struct {
		name, line string
		want       map[string]int // code by id; 0 is a result
	}{
		{"requests", "[" + mcptest.Ping("1") + "," + mcptest.Call(`"b"`) + "," + mcptest.Call("3") + "]", map[string]int{"1": 0, `"b"`: 0, "3": 0}},
		{"with a notification", `[{"jsonrpc":"2.0","method":"notifications/initialized"},` + mcptest.Ping("1") + "]", map[string]int{"1": 0}},
		{"with nonsense", "[7," + mcptest.Ping("1") + `,{"jsonrpc":"2.0","id":2}]`, map[string]int{"null": -32600, "1": 0, "2": -32600}},
		{"of one", " [ " + mcptest.Ping("1") + " ] ", map[string]int{"1": 0}},
		{"nonsense alone", `["a"]`, map[string]int{"null": -32600}},
		{"with initialize", "[" + mcptest.Initialize + "]", map[string]int{`"init"`: 0}},
		{"of a hundred", "[" + strings.Repeat("0,", 99) + mcptest.Ping("1") + "]", map[string]int{"null": -32600, "1": 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
			c.Send(test.line)
			var members []json.RawMessage
			if line := c.Line(); json.Unmarshal([]byte(line), &members) != nil {
				t.Fatalf("not a batch: %s", line)
			}
			got := map[string]int{}
			for _, m := range members {
				r := mcptest.Parse(t, string(m))
				got[string(r.ID)] = 0
				if r.Error != nil {
					got[string(r.ID)] = r.Error.Code
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("answers %v, want %v", got, test.want)
			}
		})
	}
}

func TestBatchWithoutRequestsIsNotAnswered(t *testing.T) {
	c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
	c.Send(`[{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":9,"result":{}},` + mcptest.Cancelled("1") + "]")
	if got := c.Ask(mcptest.Ping("1")); string(got.ID) != "1" {
		t.Errorf("%+v", got)
	}
}

func TestCancelledMemberOfABatchIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(release, nil)}, mcptransport.Options{})
		c.Send("["+mcptest.Call("1")+","+mcptest.Call("2")+"]", "["+mcptest.Call("3")+"]")
		c.Send(mcptest.Cancelled("1"), mcptest.Cancelled("3"))
		synctest.Wait()
		close(release)
		if line := c.Line(); !strings.HasPrefix(line, `[{"jsonrpc":"2.0","id":2,`) || strings.Contains(line, `"id":1`) {
			t.Errorf("%s", line)
		}
		c.In.Close()
		if lines, err := c.Rest(); len(lines) > 0 || err != nil {
			t.Errorf("%v, %v", lines, err)
		}
	})
}

func TestNotificationsOfACallComeBeforeItsAnswer(t *testing.T) {
	const calls, steps = 30, 5
	g := mcptest.Gateway{OnCall: func(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		s := server.ServerFromContext(ctx)
		for i := range steps {
			err := s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": r.Method, "progress": i})
			if err != nil {
				return nil, err
			}
		}
		return &gateway.Answer{JSON: json.RawMessage(`{"method":"` + r.Method + `"}`)}, nil
	}}
	c := connect(t, g, mcptransport.Options{})
	c.Ask(mcptest.Initialize)
	var sent sync.WaitGroup
	sent.Go(func() {
		for i := range calls {
			c.Send(mcptest.Tool(fmt.Sprint(i), "call_zoom-phone", fmt.Sprintf(`{"method":"m%d"}`, i)))
		}
	})
	progress := map[string]int{}
	for answered := 0; answered < calls; {
		got := c.Receive()
		if got.Method == "notifications/progress" {
			var p struct {
				ProgressToken string
				Progress      int
			}
			_ = json.Unmarshal(got.Params, &p)
			if p.Progress != progress[p.ProgressToken] {
				t.Errorf("%s: step %d after %d", p.ProgressToken, p.Progress, progress[p.ProgressToken])
			}
			progress[p.ProgressToken]++
			continue
		}
		answered++
		if name := "m" + string(got.ID); got.Result == nil || got.Result.IsError || progress[name] != steps {
			t.Errorf("%s answered after %d of %d notifications: %+v", name, progress[name], steps, got)
		}
	}
	sent.Wait()
}

func TestNotificationsThatNobodyReadsAreDroppedAndNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(mcptest.Gateway{})
		c := mcptest.Connect(t, s, mcptransport.Options{})
		c.Ask(mcptest.Initialize)
		for i := range 10_000 {
			s.SendNotificationToAllClients("notifications/message", map[string]any{"n": i})
		}
		c.In.Close()
		lines, err := c.Rest()
		if err != nil || len(lines) == 0 || len(lines) > 300 {
			t.Errorf("%d notifications, %v", len(lines), err)
		}
		last := -1
		for _, line := range lines {
			var p struct{ N int }
			if err := json.Unmarshal(mcptest.Parse(t, line).Params, &p); err != nil || p.N <= last {
				t.Errorf("behind %d: %s", last, line)
			}
			last = p.N
		}
	})
}

func TestSubscriptionIsAcknowledgedUnderItsID(t *testing.T) {
	listen := func(id string) string {
		m := strings.Replace(modern, "tools/call", "subscriptions/listen", 1)
		m = strings.Replace(m, `"name":"call_zoom-phone"`, `"notifications":{"toolsListChanged":true}`, 1)
		return strings.Replace(m, `"id":1,`, `"id":`+id+`,`, 1)
	}
	c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
	const key = `"io.modelcontextprotocol/subscriptionId":"s-1"`
	c.Send(listen(`"s-1"`))
	for range 2 {
		if line := c.Line(); !strings.Contains(line, key) {
			t.Errorf("%s", line)
		}
	}
	if got := c.Ask(listen("9007199254740993")); got.Error == nil || got.Error.Code != -32600 {
		t.Errorf("id that mcp-go would change: %+v", got)
	}
}

// A subscription stays open until someone ends it; the end of the input does.
func TestSubscriptionDoesNotKeepTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(mcptest.Gateway{})
		server.WithToolCapabilities(true)(s)
		c := mcptest.Connect(t, s, mcptransport.Options{})
		m := strings.Replace(modern, "tools/call", "subscriptions/listen", 1)
		c.Send(strings.Replace(m, `"name":"call_zoom-phone"`, `"notifications":{"toolsListChanged":true}`, 1))
		if got := c.Receive(); got.Method != "notifications/subscriptions/acknowledged" {
			t.Fatalf("%+v", got)
		}
		c.In.Close()
		start := time.Now()
		if lines, err := c.Rest(); err != nil || len(lines) != 1 || time.Since(start) != 0 {
			t.Errorf("%v, %v after %v", lines, err, time.Since(start))
		}
	})
}

func TestTwoSessionsDoNotMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, entered := make(chan struct{}), make(chan string, 2)
		s := newServer(mcptest.Gateway{OnCall: mcptest.BlockUntil(release, entered)})
		a, b := mcptest.Connect(t, s, mcptransport.Options{}), mcptest.Connect(t, s, mcptransport.Options{})
		a.Send(mcptest.Call("1"))
		b.Send(mcptest.Call("1"))
		synctest.Wait()
		b.Send(mcptest.Cancelled("1"))
		synctest.Wait()
		close(release)
		if got := a.Receive(); got.Result == nil || got.Result.IsError {
			t.Errorf("%+v", got)
		}
		b.In.Close()
		if lines, err := b.Rest(); len(lines) > 0 || err != nil {
			t.Errorf("%v, %v", lines, err)
		}
	})
}

// Answers that are being written at the same time must not mix.
func TestAnswersAreWholeLines(t *testing.T) {
	c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		n := len(r.Method) * 7_000
		return &gateway.Answer{JSON: json.RawMessage(`{"a":"` + strings.Repeat("\\n", n) + `"}`)}, nil
	}}, mcptransport.Options{})
	go func() {
		for i := range 40 {
			c.Send(mcptest.Tool(fmt.Sprint(i), "call_zoom-phone", fmt.Sprintf(`{"method":%q}`, strings.Repeat("m", 1+i%12))))
		}
		c.In.Close()
	}()
	lines, err := c.Rest()
	if err != nil || len(lines) != 40 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines {
		got := mcptest.Parse(t, line)
		var s struct{ A string }
		if err := json.Unmarshal(got.Result.Structured, &s); err != nil || len(s.A)%7_000 != 0 || got.Result.Content[0].Text != string(got.Result.Structured) {
			t.Fatalf("answer %s is broken", got.ID)
		}
	}
}
