package e2e_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptransport"
)

// foreign is where the clients of others are installed.
type foreign struct {
	dir  string
	node string
}

// clientsVariable, when set, leaves the clients of others out ("skip"), or makes it
// a failure that they cannot be installed ("require").
const clientsVariable = "ZOOM_PHONE_MCP_CLIENTS"

// installClients installs what clients/package-lock.json names. Where that cannot
// be, the test is skipped, unless clientsVariable requires it.
func installClients(t *testing.T) foreign {
	t.Helper()
	if os.Getenv(clientsVariable) == "skip" {
		t.Skip(clientsVariable + " is skip")
	}
	lacking := func(format string, args ...any) {
		t.Helper()
		if os.Getenv(clientsVariable) == "require" {
			t.Fatalf(format, args...)
		}
		t.Skipf(format, args...)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lacking("the clients of others need node: %v", err)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		lacking("the clients of others need npm: %v", err)
	}
	f := foreign{dir: t.TempDir(), node: node}
	if err := os.CopyFS(f.dir, os.DirFS("clients")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if out, err := f.run(t, 5*time.Minute, original, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"); err != nil {
		lacking("npm ci: %v\n%s", err, out)
	}
	t.Logf("npm ci took %v", time.Since(start).Round(time.Second))

	// The suites need a newer Node than Debian has; it comes as a package.
	if packaged, _ := filepath.Glob(filepath.Join(f.dir, "node_modules/node-linux-*/bin/node")); len(packaged) > 0 {
		f.node = packaged[0]
	}
	version, err := f.run(t, time.Minute, nil, f.node, "-p", "process.versions.node")
	if err != nil {
		t.Fatalf("node: %v\n%s", err, version)
	}
	major, _, _ := strings.Cut(string(version), ".")
	if n, err := strconv.Atoi(major); err != nil || n < 22 {
		lacking("the clients of others need node 22, this is %s", version)
	}
	return f
}

// run returns what a program writes.
func (f foreign) run(t *testing.T, atMost time.Duration, environment []string, program string, args ...string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), atMost)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), environment...)
	cmd.WaitDelay = 5 * time.Second
	return cmd.CombinedOutput()
}

func TestClientsOfOthersAreServed(t *testing.T) {
	f := installClients(t)
	const key = "zpm_clients_of_others_0123456789abcdef"
	secret := []string{"ZOOM_PHONE_MCP_API_KEY=" + key}
	locked := serveWeb(t, secret, "--demo")
	open := serveWeb(t, []string{"ZOOM_PHONE_MCP_API_KEY="}, "--demo")

	for kind, target := range map[string]string{"stdio": binary, "sse": locked.url, "http": locked.url, "mcp-remote": locked.url} {
		t.Run("the TypeScript SDK over "+kind, func(t *testing.T) {
			out, err := f.run(t, 2*time.Minute, secret, f.node, "clients.mjs", kind, target)
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}

	bearer := []string{"--header", "Authorization: Bearer " + key}
	for kind, target := range map[string][]string{
		"stdio": {binary, "stdio", "--demo"},
		"sse":   append([]string{locked.url + "/sse", "--transport", "sse"}, bearer...),
		"http":  append([]string{locked.url + "/mcp", "--transport", "http"}, bearer...),
	} {
		t.Run("the Inspector over "+kind, func(t *testing.T) {
			inspect := func(result any, args ...string) {
				t.Helper()
				command := slices.Concat([]string{"node_modules/@modelcontextprotocol/inspector-cli/build/cli.js", "--cli"}, target, args)
				out, err := f.run(t, time.Minute, nil, f.node, command...)
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if err := json.Unmarshal(out, result); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			var list struct{ Tools []struct{ Name string } }
			inspect(&list, "--method", "tools/list")
			if len(list.Tools) != 3 || list.Tools[0].Name != "call_zoom-phone" || list.Tools[1].Name != "describe_method" || list.Tools[2].Name != "query_zoom-phone" {
				t.Errorf("%+v", list)
			}
			var answer struct {
				IsError           bool
				StructuredContent struct{ Sites []struct{ Name string } }
			}
			inspect(&answer, "--method", "tools/call", "--tool-name", "call_zoom-phone", "--tool-arg", "method=list_phone_sites", `params={"page_size":1}`)
			if answer.IsError || len(answer.StructuredContent.Sites) != 1 || answer.StructuredContent.Sites[0].Name == "" {
				t.Errorf("%+v", answer)
			}
		})
	}

	t.Run("the conformance suite", func(t *testing.T) {
		summary := f.conformance(t, open.url+"/mcp", "conformance.yaml")
		// The suite has no opinion on how much it tried.
		for _, scenario := range []string{
			"server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "completion-complete",
			"server-sse-multiple-streams", "dns-rebinding-protection",
		} {
			if !strings.Contains(summary, "✓ "+scenario+": ") || strings.Contains(summary, "✓ "+scenario+": 0 passed") {
				t.Errorf("%s did not pass", scenario)
			}
		}
	})
	t.Run("the conformance suite with its examples", func(t *testing.T) {
		f.conformance(t, serveExamples(t), "conformance-examples.yaml")
	})
}

// conformance runs the official suite and gives its summary. What it may not pass,
// and that alone, stands in a file.
func (f foreign) conformance(t *testing.T, url, expectedFailures string) string {
	t.Helper()
	out, err := f.run(t, 2*time.Minute, nil, f.node, "node_modules/@modelcontextprotocol/conformance/dist/index.js",
		"server", "--url", url, "--suite", "all", "--expected-failures", expectedFailures)
	_, summary, found := strings.Cut(string(out), "=== SUMMARY ===")
	if err != nil || !found {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", summary)
	return summary
}

// serveExamples serves the tools, resources and prompts that the conformance suite
// asks for, over this program's transport, and gives the address.
func serveExamples(t *testing.T) string {
	t.Helper()
	s := mcpserver.New(nil, mcpserver.Options{OnlyDirect: true})
	addExamples(s)
	h := mcptransport.NewHTTP(mcptransport.Options{})
	web := httptest.NewServer(h.Streamable(s))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return web.URL
}

// addExamples adds what the conformance suite asks for by name.
func addExamples(s *server.MCPServer) {
	const data = "AAAA" // the suite does not look into files
	about, told := mcp.WithDescription("An example."), mcp.WithPromptDescription("An example.")
	text := mcp.NewTextContent("text")
	image := mcp.NewImageContent(data, "image/png")
	embedded := mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: "test://embedded", MIMEType: "text/plain", Text: "text"})
	for name, content := range map[string][]mcp.Content{
		"test_simple_text":            {text},
		"test_image_content":          {image},
		"test_audio_content":          {mcp.NewAudioContent(data, "audio/wav")},
		"test_embedded_resource":      {embedded},
		"test_multiple_content_types": {text, image, embedded},
	} {
		s.AddTool(mcp.NewTool(name, about), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: content}, nil
		})
	}
	s.AddTool(mcp.NewTool("test_error_handling", about), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("it went wrong"), nil
	})
	s.AddTool(mcp.NewTool("test_tool_with_progress", about), func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, progress := range []float64{0, 50, 100} {
			about := map[string]any{"progressToken": r.Params.Meta.ProgressToken, "progress": progress, "total": 100}
			if err := s.SendNotificationToClient(ctx, "notifications/progress", about); err != nil {
				return nil, err
			}
		}
		return mcp.NewToolResultText("done"), nil
	})
	s.AddTool(mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "An example.", json.RawMessage(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
		"$defs": {"address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
		"properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}}
	}`)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("done"), nil
	})

	read := func(contents mcp.ResourceContents) server.ResourceHandlerFunc {
		return func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{contents}, nil
		}
	}
	const static, file = "test://static-text", "test://static-binary"
	s.AddResource(mcp.NewResource(static, "text"), read(mcp.TextResourceContents{URI: static, MIMEType: "text/plain", Text: "text"}))
	s.AddResource(mcp.NewResource(file, "binary"), read(mcp.BlobResourceContents{URI: file, MIMEType: "image/png", Blob: data}))
	s.AddResourceTemplate(mcp.NewResourceTemplate("test://template/{id}/data", "template"),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, MIMEType: "text/plain", Text: r.Params.URI}}, nil
		})

	prompt := func(content func(arguments map[string]string) mcp.Content) server.PromptHandlerFunc {
		return func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return mcp.NewGetPromptResult("", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, content(r.Params.Arguments))}), nil
		}
	}
	s.AddPrompt(mcp.NewPrompt("test_simple_prompt", told), prompt(func(map[string]string) mcp.Content { return text }))
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_image", told), prompt(func(map[string]string) mcp.Content { return image }))
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_embedded_resource", told, mcp.WithArgument("resourceUri", mcp.RequiredArgument())),
		prompt(func(arguments map[string]string) mcp.Content {
			return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: arguments["resourceUri"], MIMEType: "text/plain", Text: "text"})
		}))
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_arguments", told, mcp.WithArgument("arg1", mcp.RequiredArgument()), mcp.WithArgument("arg2", mcp.RequiredArgument())),
		prompt(func(arguments map[string]string) mcp.Content {
			return mcp.NewTextContent(arguments["arg1"] + ", " + arguments["arg2"])
		}))
}
