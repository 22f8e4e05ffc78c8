package mcpserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
)

// fakeGateway answers as a test says; without a function it echoes.
type fakeGateway struct {
	call     func(context.Context, gateway.CallRequest) (*gateway.Answer, error)
	describe func(context.Context, gateway.DescribeRequest) (json.RawMessage, error)
}

func (g fakeGateway) Call(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
	if g.call != nil {
		return g.call(ctx, r)
	}
	params := r.Params
	if params == nil {
		params = json.RawMessage("null")
	}
	return &gateway.Answer{JSON: fmt.Appendf(nil, `{"method":%s,"params":%s}`, quoted(r.Method), params)}, nil
}

func (g fakeGateway) Describe(ctx context.Context, r gateway.DescribeRequest) (json.RawMessage, error) {
	if g.describe != nil {
		return g.describe(ctx, r)
	}
	return fmt.Appendf(nil, `{"service":%s,"method":%s,"full":%t}`, quoted(r.Service), quoted(r.Method), r.Full), nil
}

// quoted is a text as JSON.
func quoted(s string) []byte {
	text, _ := json.Marshal(s) // every string has a form
	return text
}

func answerJSON(body string) func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
	return func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
		return &gateway.Answer{JSON: json.RawMessage(body), Array: strings.HasPrefix(body, "[")}, nil
	}
}

// response is one line of the server.
type response struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  *result         `json:"result"`
	Error   *rpcError       `json:"error"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type result struct {
	Meta       map[string]any  `json:"_meta"`
	ResultType string          `json:"resultType"`
	IsError    bool            `json:"isError"`
	Content    []content       `json:"content"`
	Structured json.RawMessage `json:"structuredContent"`

	ProtocolVersion   string           `json:"protocolVersion"`
	SupportedVersions []string         `json:"supportedVersions"`
	Tools             []map[string]any `json:"tools"`
}

type content struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Data     []byte `json:"data"`
	MIMEType string `json:"mimeType"`
	URI      string `json:"uri"`
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Resource struct {
		URI      string `json:"uri"`
		MIMEType string `json:"mimeType"`
		Blob     []byte `json:"blob"`
	} `json:"resource"`
}

// client talks to a server over pipes.
type client struct {
	t     testing.TB
	in    *io.PipeWriter
	out   *io.PipeReader
	lines *bufio.Reader
	done  chan error // what ServeStdio returned
	stop  context.CancelFunc
}

// connect starts a server. It is ended with the test at the latest.
func connect(t testing.TB, g fakeGateway, o mcpserver.Options) *client {
	t.Helper()
	return connectTo(t, mcpserver.New(g, o))
}

func connectTo(t testing.TB, s *mcpserver.Server) *client {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	c := &client{t: t, in: inWrite, out: outRead, lines: bufio.NewReader(outRead), done: make(chan error, 1), stop: stop}
	go func() {
		err := s.ServeStdio(ctx, inRead, outWrite)
		// Whoever still writes learns that nobody reads.
		inRead.Close()
		outWrite.Close()
		c.done <- err
	}()
	t.Cleanup(func() {
		stop()
		inWrite.Close()
		outRead.Close()
	})
	return c
}

func (c *client) send(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(c.in, line+"\n"); err != nil {
			c.t.Fatalf("send: %v", err)
		}
	}
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("read: %v (line so far %q)", err, line)
	}
	return line
}

func (c *client) receive() response {
	c.t.Helper()
	return parse(c.t, c.line())
}

// ask sends one line and gives the next answer.
func (c *client) ask(line string) response {
	c.t.Helper()
	c.send(line)
	return c.receive()
}

// rest returns all lines up to the end of the output, and what ServeStdio returned.
func (c *client) rest() ([]string, error) {
	c.t.Helper()
	all, err := io.ReadAll(c.lines)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	var lines []string
	for line := range strings.Lines(string(all)) {
		lines = append(lines, line)
	}
	return lines, <-c.done
}

func parse(t testing.TB, line string) response {
	t.Helper()
	var r response
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("not a JSON-RPC message: %q: %v", line, err)
	}
	if r.JSONRPC != "2.0" {
		t.Fatalf("not a JSON-RPC message: %q", line)
	}
	return r
}

// tool makes a tools/call request; id and arguments are JSON.
func tool(id, name, arguments string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, name, arguments)
}

func call(id string) string { return tool(id, "call_zoom-phone", `{"method":"list_phone_users"}`) }

func cancelled(id string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, id)
}

func ping(id string) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, id) }

const initialize = `{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// blockUntil answers once release is closed, and obeys its context.
func blockUntil(release <-chan struct{}, entered chan<- string) func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
	return func(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		if entered != nil {
			entered <- r.Method
		}
		select {
		case <-release:
			return &gateway.Answer{JSON: json.RawMessage(`{"ok":true}`)}, nil
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err())
		}
	}
}
