// Package upstream_test runs mcp-go's own servers, configured as well as they can
// be, and holds why this program has transports of its own. Every test fails once
// mcp-go has changed, and says which code can go then; docs/upstream.md is the list.
package upstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// patience is how long a test waits for what has to come, and moment for what is
// not expected to.
const (
	patience = 10 * time.Second
	moment   = 200 * time.Millisecond
)

// fixed fails a test whose need is gone.
func fixed(t *testing.T, what, own string) {
	t.Helper()
	t.Errorf("mcp-go has fixed this: %s. The own code %s can go, and with it this test and its line in docs/upstream.md", what, own)
}

// tool is a server with one tool, wait, whose calls end when they are let go or
// cancelled.
type tool struct {
	*server.MCPServer
	started   chan string // the name argument of every call
	release   chan struct{}
	cancelled chan string
	running   atomic.Int64
}

func newTool(t *testing.T) *tool {
	w := &tool{
		MCPServer: server.NewMCPServer("upstream", "1"),
		started:   make(chan string, 1000), release: make(chan struct{}), cancelled: make(chan string, 1000),
	}
	t.Cleanup(w.letGo)
	w.AddTool(mcp.NewTool("wait", mcp.WithString("name")), func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		name := r.GetString("name", "")
		w.running.Add(1)
		defer w.running.Add(-1)
		w.started <- name
		select {
		case <-w.release:
			return mcp.NewToolResultText("done " + name), nil
		case <-ctx.Done():
			w.cancelled <- name
			return nil, ctx.Err()
		}
	})
	return w
}

// letGo ends all calls.
func (w *tool) letGo() {
	select {
	case <-w.release:
	default:
		close(w.release)
	}
}

// call is a call of the tool.
func call(id any, name string) string {
	coded, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"wait","arguments":{"name":%q}}}`, coded, name)
}

// cancel is a notification that a request is not wanted any more.
func cancel(id any) string {
	coded, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, coded)
}

// stdio is mcp-go's stdio server with a client.
type stdio struct {
	t       *testing.T
	in      *io.PipeWriter
	answers chan string
	ended   chan struct{}
}

func listen(t *testing.T, w *tool, options ...server.StdioOption) *stdio {
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	s := server.NewStdioServer(w.MCPServer)
	s.SetErrorLogger(log.New(io.Discard, "", 0))
	for _, o := range options {
		o(s)
	}
	c := &stdio{t: t, in: toServer, answers: make(chan string, 100), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		_ = s.Listen(t.Context(), in, out)
		out.Close()
	}()
	go func() {
		defer close(c.answers)
		r := bufio.NewReader(fromServer)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			c.answers <- strings.TrimSpace(line)
		}
	}()
	t.Cleanup(func() {
		toServer.Close()
		w.letGo()
		<-c.ended
	})
	return c
}

func (c *stdio) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// answer returns the next answer, empty where none comes within a time.
func (c *stdio) answer(within time.Duration) string {
	select {
	case a := <-c.answers:
		return a
	case <-time.After(within):
		return ""
	}
}

// want returns what comes on a channel, and fails the test where nothing does.
func want[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

func TestStdioReadsLinesOfAnyLength(t *testing.T) {
	c := listen(t, newTool(t))
	const long = 16 << 20
	go func() { // the server may refuse it before it has read all of it
		_, _ = io.WriteString(c.in, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"padding":"`+strings.Repeat("x", long)+"\"}}\n")
	}()
	if a := c.answer(time.Minute); !strings.Contains(a, `"result"`) {
		fixed(t, "a line of stdin had no bound (now one of 16 MiB gets "+a+")", "lineReader")
	}
}

func TestStdioChangesTheDigitsOfLargeIDs(t *testing.T) {
	c := listen(t, newTool(t))
	c.send(`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`)
	if a := c.answer(patience); strings.Contains(a, `"id":9007199254740993`) {
		fixed(t, "ids above 2^53 lost digits", "survivesFloat")
	}
}

func TestStdioTakesOneIDForAnother(t *testing.T) {
	w := newTool(t)
	c := listen(t, w)
	c.send(call(1, "number"))
	want(t, w.started)
	c.send(cancel("1"))
	select {
	case <-w.cancelled:
	case <-time.After(moment):
		fixed(t, `cancelling the request "1" cancelled the request 1`, "idKey")
	}
}

func TestStdioForgetsACallWhoseIDComesAgain(t *testing.T) {
	w := newTool(t)
	c := listen(t, w)
	c.send(call(1, "first"))
	want(t, w.started)
	c.send(call(1, "second"))
	select {
	case <-w.started:
	case a := <-c.answers:
		fixed(t, "a second request with the id of one under way was served (now it gets "+a+")", "requests.begin")
		return
	}
	c.send(cancel(1))
	c.send(cancel(1))
	if got := want(t, w.cancelled); got != "second" {
		t.Fatalf("cancelled %q, want the second", got)
	}
	select {
	case <-w.cancelled:
		fixed(t, "the first of two calls with one id could not be cancelled", "requests.begin")
	case <-time.After(moment):
	}
}

func TestStdioCancelsPendingCallsAtTheEndOfItsInput(t *testing.T) {
	w := newTool(t)
	c := listen(t, w)
	c.send(call(1, "a"))
	want(t, w.started)
	c.in.Close()
	select {
	case <-w.cancelled:
	case <-time.After(moment):
		w.letGo()
		if a := c.answer(patience); strings.Contains(a, "done a") {
			fixed(t, "calls were cancelled when stdin ended, so that `printf … | server` lost its answers", "conn.drain")
		}
	}
}

func TestStdioAnswersACancelledCall(t *testing.T) {
	w := newTool(t)
	c := listen(t, w)
	c.send(call(1, "a"))
	want(t, w.started)
	c.send(cancel(1))
	want(t, w.cancelled)
	if a := c.answer(moment); a == "" {
		fixed(t, "a cancelled call was answered although its client does not wait for an answer", "requests.release")
	}
}

func TestStdioRunsACallThatWasCancelledInTheQueue(t *testing.T) {
	w := newTool(t)
	c := listen(t, w, server.WithWorkerPoolSize(1))
	c.send(call(1, "first"))
	want(t, w.started)
	c.send(call(2, "queued"))
	c.send(cancel(2))
	w.letGo()
	select {
	case <-w.started:
	case <-time.After(moment):
		fixed(t, "a call that was cancelled while it waited was run", "requests.admit")
	}
}

func TestStdioStopsReadingWhenItsQueueIsFull(t *testing.T) {
	w := newTool(t)
	c := listen(t, w, server.WithWorkerPoolSize(1), server.WithQueueSize(1))
	c.send(call(1, "runs"))
	want(t, w.started)
	c.send(call(2, "queued"))
	c.send(call(3, "too many"))
	pinged := make(chan struct{})
	go func() {
		defer close(pinged)
		_, _ = io.WriteString(c.in, `{"jsonrpc":"2.0","id":4,"method":"ping"}`+"\n")
	}()
	for {
		a := c.answer(moment)
		if a == "" {
			break // nothing is read until a call ends
		}
		if strings.Contains(a, `"id":4`) {
			fixed(t, "a full queue ran a call in the loop that reads, so that no ping and no cancellation came through", "requests.begin")
			break
		}
	}
	w.letGo()
	want(t, pinged)
}

func TestStdioRefusesBatches(t *testing.T) {
	c := listen(t, newTool(t))
	c.send(`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]`)
	if a := c.answer(patience); strings.HasPrefix(a, "[") || strings.Contains(a, `"result"`) {
		fixed(t, "batches, which protocol version 2025-03-26 has, were refused", "parseBatch")
	}
}
