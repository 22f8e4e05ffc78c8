package mcptransport_test

import (
	"context"
	"encoding/json"
	"io"
	"testing"

	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// mcp-go's client sees the same over all transports.
func TestMCPClientReadsEveryKindOfResult(t *testing.T) {
	g := mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		switch r.Method {
		case "file":
			return &gateway.Answer{File: &gateway.File{ID: "K", Name: "a.mp3", MediaType: "audio/mpeg", Data: []byte("ID3")}}, nil
		case "failure":
			return nil, apierror.New(apierror.NotFound, "no such thing")
		default:
			return &gateway.Answer{JSON: json.RawMessage(`[{"a":1}]`), Array: true}, nil
		}
	}}
	s := mcpserver.New(g, mcpserver.Options{Version: "1"})
	inProcess, err := mcpclient.NewInProcessClient(s)
	if err != nil {
		t.Fatal(err)
	}
	stdio := mcptest.Connect(t, s, mcptransport.Options{})
	web := serveHTTP(t, s, mcptransport.Options{}, nil)
	streamable, err := transport.NewStreamableHTTP(web.url + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	sse, err := transport.NewSSE(web.url + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*mcpclient.Client{
		"stdio":      mcpclient.NewClient(transport.NewIO(stdio.Out, stdio.In, io.NopCloser(nil))),
		"in process": inProcess,
		"streamable": mcpclient.NewClient(streamable),
		"SSE":        mcpclient.NewClient(sse),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			defer client.Close()
			if err := client.Start(ctx); err != nil {
				t.Fatal(err)
			}
			var hello mcp.InitializeRequest
			hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
			if _, err := client.Initialize(ctx, hello); err != nil {
				t.Fatal(err)
			}
			listed, err := client.ListTools(ctx, mcp.ListToolsRequest{})
			if err != nil || len(listed.Tools) != 3 {
				t.Fatalf("%+v, %v", listed, err)
			}
			call := func(method string) *mcp.CallToolResult {
				var request mcp.CallToolRequest
				request.Params.Name = "call_zoom-phone"
				request.Params.Arguments = map[string]any{"method": method}
				result, err := client.CallTool(ctx, request)
				if err != nil {
					t.Fatalf("%s: %v", method, err)
				}
				return result
			}
			if text := textOf(t, call("list")); text != `[{"a":1}]` {
				t.Errorf("text %q", text)
			}
			if got := call("failure"); !got.IsError || textOf(t, got) != "not_found: no such thing" {
				t.Errorf("%+v", got)
			}
			for i, want := range map[int]string{
				0: `{"type":"resource_link","uri":"zoom-phone://files/K","name":"a.mp3","description":"","mimeType":"audio/mpeg","size":0}`,
				2: `{"type":"audio","mimeType":"audio/mpeg","data":"SUQz"}`,
			} {
				encoded, err := json.Marshal(call("file").Content[i])
				if err != nil {
					t.Fatal(err)
				}
				mcptest.AssertSameJSON(t, encoded, []byte(want))
			}
		})
	}
}

func textOf(t *testing.T, r *mcp.CallToolResult) string {
	t.Helper()
	encoded, err := json.Marshal(r.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	var c mcptest.Content
	if err := json.Unmarshal(encoded, &c); err != nil || c.Type != "text" {
		t.Fatalf("not a text: %s", encoded)
	}
	return c.Text
}
