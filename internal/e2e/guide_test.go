package e2e_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// demo starts the program on its simulated account.
func demo(t *testing.T, args ...string) *client.Client {
	t.Helper()
	c := client.NewClient(transport.NewStdio(binary, nil, append([]string{"stdio", "--demo"}, args...)...))
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-06-18"
	hello.Params.ClientInfo = mcp.Implementation{Name: "e2e", Version: "1"}
	r, err := c.Initialize(t.Context(), hello)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Instructions) / 4; n == 0 || n > 200 {
		t.Errorf("the instructions cost %d tokens", n)
	}
	return c
}

func TestResourcesPromptsAndCompletionsLeadTheWay(t *testing.T) {
	c := demo(t)
	var read mcp.ReadResourceRequest
	read.Params.URI = "zoom-phone://methods"
	index, err := c.ReadResource(t.Context(), read)
	if err != nil || !strings.Contains(index.Contents[0].(mcp.TextResourceContents).Text, "account_call_history") {
		t.Errorf("%+v, %v", index, err)
	}
	read.Params.URI = "zoom-phone://methods/get_a_site"
	site, err := c.ReadResource(t.Context(), read)
	if err != nil || !json.Valid([]byte(site.Contents[0].(mcp.TextResourceContents).Text)) {
		t.Errorf("%+v, %v", site, err)
	}
	read.Params.URI = "zoom-phone://results/nothing"
	if _, err := c.ReadResource(t.Context(), read); err == nil {
		t.Error("a result that does not exist was read")
	}

	prompts, err := c.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
	if err != nil || len(prompts.Prompts) != 15 {
		t.Fatalf("%d prompts, %v", len(prompts.Prompts), err)
	}
	var get mcp.GetPromptRequest
	get.Params.Name, get.Params.Arguments = "missed_calls", map[string]string{"period": "last week", "queue": "Billing"}
	plan, err := c.GetPrompt(t.Context(), get)
	if err != nil {
		t.Fatal(err)
	}
	if text := plan.Messages[0].Content.(mcp.TextContent).Text; !strings.Contains(text, `account_call_history('last week')`) || !strings.Contains(text, "Billing") || strings.Contains(text, "{time_zone}") {
		t.Errorf("%s", text)
	}
	get.Params.Arguments = nil
	if _, err := c.GetPrompt(t.Context(), get); err == nil {
		t.Error("a prompt without what it needs")
	}

	var complete mcp.CompleteRequest
	complete.Params.Ref = mcp.PromptReference{Type: "ref/prompt", Name: "queue_performance"}
	complete.Params.Argument.Name, complete.Params.Argument.Value = "queue", "tech"
	offered, err := c.Complete(t.Context(), complete)
	if err != nil || !slices.Equal(offered.Completion.Values, []string{"Technical Service"}) {
		t.Errorf("%+v, %v", offered, err)
	}
	complete.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: "zoom-phone://methods/{name}"}
	complete.Params.Argument.Name, complete.Params.Argument.Value = "name", "fax"
	offered, err = c.Complete(t.Context(), complete)
	if err != nil || !slices.Contains(offered.Completion.Values, "get_accounts_fax_logs") {
		t.Errorf("%+v, %v", offered, err)
	}
}

func TestProgressIsToldPageByPage(t *testing.T) {
	c := demo(t)
	var told atomic.Int64
	c.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == "notifications/progress" && n.Params.AdditionalFields["progressToken"] == "p" {
			told.Add(1)
		}
	})
	var r mcp.CallToolRequest
	r.Params.Name = "call_zoom-phone"
	r.Params.Arguments = map[string]any{"method": "account_call_history", "params": map[string]any{"from": "-2m"}, "sql": "SELECT count(*) FROM records", "max_records": "5000"}
	r.Params.Meta = &mcp.Meta{ProgressToken: "p"}
	answer, err := c.CallTool(t.Context(), r)
	if err != nil || answer.IsError || !strings.Contains(text(answer), `"complete":true`) {
		t.Fatalf("%v %s", err, text(answer))
	}
	if n := told.Load(); n < 3 {
		t.Errorf("%d notifications for more than a thousand records", n)
	}
}

func TestMethodsCanBeToolsOfTheirOwn(t *testing.T) {
	c := demo(t, "--expose", "direct", "--methods", "Sites", "--methods", "get_fax_*")
	tools, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range tools.Tools {
		names = append(names, tool.Name)
	}
	var want []string
	for _, o := range operations(t, loadSpec(t)) {
		if slices.Contains(o.op.Tags, "Sites") || strings.HasPrefix(o.method, "get_fax_") {
			want = append(want, o.method)
		}
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) || len(want) < 3 {
		t.Fatalf("got the tools %q, want %q", names, want)
	}
	answer, err := call(t.Context(), c, "list_phone_sites", map[string]any{"page_size": 1})
	if err != nil || answer.IsError || !strings.Contains(text(answer), `"sites":[{`) {
		t.Errorf("%v %s", err, text(answer))
	}
	if answer, err = call(t.Context(), c, "get_a_site", map[string]any{"siteId": 7}); err != nil || !answer.IsError {
		t.Errorf("%v %s", err, text(answer))
	}
}

func TestAnswersCanBeSentOnce(t *testing.T) {
	for mode, want := range map[string][2]bool{"both": {true, true}, "text": {true, false}, "structured": {false, true}} {
		c := demo(t, "--result", mode)
		answer, err := call(t.Context(), c, "call_zoom-phone", map[string]any{"method": "list_phone_sites"})
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{len(answer.Content) > 0, answer.StructuredContent != nil}; got != want {
			t.Errorf("%s: text and structured content %v, want %v", mode, got, want)
		}
	}
}
