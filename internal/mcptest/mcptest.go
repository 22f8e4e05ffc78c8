// Package mcptest has a client of stdio and a gateway that answers as a test says, for
// tests of what is served over MCP.
package mcptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptransport"
)

// Gateway answers as a test says; without a function it echoes.
type Gateway struct {
	OnCall     func(context.Context, gateway.CallRequest) (*gateway.Answer, error)
	OnDescribe func(context.Context, gateway.DescribeRequest) (json.RawMessage, error)
}

// Call implements mcpserver.Gateway.
func (g Gateway) Call(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
	if g.OnCall != nil {
		return g.OnCall(ctx, r)
	}
	params := r.Params
	if params == nil {
		params = json.RawMessage("null")
	}
	return &gateway.Answer{JSON: fmt.Appendf(nil, `{"method":%s,"params":%s}`, quoted(r.Method), params)}, nil
}

// Describe implements mcpserver.Gateway.
func (g Gateway) Describe(ctx context.Context, r gateway.DescribeRequest) (json.RawMessage, error) {
	if g.OnDescribe != nil {
		return g.OnDescribe(ctx, r)
	}
	return fmt.Appendf(nil, `{"service":%s,"method":%s,"full":%t}`, quoted(r.Service), quoted(r.Method), r.Full), nil
}

// Query implements mcpserver.Gateway.
func (g Gateway) Query(_ context.Context, r gateway.QueryRequest) (*gateway.Answer, error) {
	return &gateway.Answer{JSON: fmt.Appendf(nil, `{"sql":%s}`, quoted(r.SQL))}, nil
}

// quoted is a text as JSON.
func quoted(s string) []byte {
	text, _ := json.Marshal(s) // every string has a form
	return text
}

// AnswerJSON has a call answered with a body.
func AnswerJSON(body string) func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
	return func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
		return &gateway.Answer{JSON: json.RawMessage(body), Array: strings.HasPrefix(body, "[")}, nil
	}
}

// Response is one line of the server.
type Response struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  *Result         `json:"result"`
	Error   *Error          `json:"error"`
}

// Error is that of a response.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Result is that of a response, of any method.
type Result struct {
	Meta       map[string]any  `json:"_meta"`
	ResultType string          `json:"resultType"`
	IsError    bool            `json:"isError"`
	Content    []Content       `json:"content"`
	Structured json.RawMessage `json:"structuredContent"`

	ProtocolVersion   string           `json:"protocolVersion"`
	SupportedVersions []string         `json:"supportedVersions"`
	Tools             []map[string]any `json:"tools"`
}

// Content is an element of a result.
type Content struct {
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

// Client talks to a server over pipes.
type Client struct {
	In   *io.PipeWriter
	Out  *io.PipeReader
	Done chan error // what ServeStdio returned
	Stop context.CancelFunc

	t     testing.TB
	lines *bufio.Reader
}

// Connect starts a server. It is ended with the test at the latest.
func Connect(t testing.TB, s *server.MCPServer, o mcptransport.Options) *Client {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	c := &Client{In: inWrite, Out: outRead, Done: make(chan error, 1), Stop: stop, t: t, lines: bufio.NewReader(outRead)}
	go func() {
		err := mcptransport.ServeStdio(ctx, s, inRead, outWrite, o)
		// Whoever still writes learns that nobody reads.
		inRead.Close()
		outWrite.Close()
		c.Done <- err
	}()
	t.Cleanup(func() {
		stop()
		inWrite.Close()
		outRead.Close()
	})
	return c
}

// Send sends lines.
func (c *Client) Send(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(c.In, line+"\n"); err != nil {
			c.t.Fatalf("send: %v", err)
		}
	}
}

// Line returns the next line.
func (c *Client) Line() string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("read: %v (line so far %q)", err, line)
	}
	return line
}

// Receive returns the next message.
func (c *Client) Receive() Response {
	c.t.Helper()
	return Parse(c.t, c.Line())
}

// Ask sends one line and returns the next answer.
func (c *Client) Ask(line string) Response {
	c.t.Helper()
	c.Send(line)
	return c.Receive()
}

// Rest returns all lines up to the end of the output, and what ServeStdio returned.
func (c *Client) Rest() ([]string, error) {
	c.t.Helper()
	all, err := io.ReadAll(c.lines)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	var lines []string
	for line := range strings.Lines(string(all)) {
		lines = append(lines, line)
	}
	return lines, <-c.Done
}

// Parse reads a message.
func Parse(t testing.TB, line string) Response {
	t.Helper()
	var r Response
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("not a JSON-RPC message: %q: %v", line, err)
	}
	if r.JSONRPC != "2.0" {
		t.Fatalf("not a JSON-RPC message: %q", line)
	}
	return r
}

// Tool makes a tools/call request; id and arguments are JSON.
func Tool(id, name, arguments string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, name, arguments)
}

// Call makes a call of call_zoom-phone.
func Call(id string) string { return Tool(id, "call_zoom-phone", `{"method":"list_phone_users"}`) }

// Cancelled makes the cancellation of a request.
func Cancelled(id string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, id)
}

// Ping makes a ping.
func Ping(id string) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, id) }

// Initialize is what a client begins with.
const Initialize = `{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// BlockUntil answers once release is closed, and obeys its context.
func BlockUntil(release <-chan struct{}, entered chan<- string) func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
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

// AssertSameJSON checks that two documents mean the same, digit by digit.
func AssertSameJSON(t testing.TB, a, b []byte) {
	t.Helper()
	read := func(text []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber() // every digit counts
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		return v
	}
	if !reflect.DeepEqual(read(a), read(b)) {
		t.Fatalf("not the same:\n%q\n%q", a, b)
	}
}
