package mcpserver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
)

func TestToolListIsSmallReadOnlyAndFlat(t *testing.T) {
	index := strings.Repeat("list_call_queue_members(callQueueId*) members of a queue, page\n", 58)[:2400]
	c := connect(t, mcptest.Gateway{}, mcpserver.Options{Version: "1.2.3", Index: index})
	c.Send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	line := c.Line()
	if tokens := len(line) / 4; tokens >= 1500 {
		t.Errorf("the tool list takes %d tokens, bound is 1500", tokens)
	}
	listed := mcptest.Parse(t, line).Result.Tools
	names := map[string]map[string]any{}
	found := 0
	for _, tool := range listed {
		names[tool["name"].(string)] = tool
		found += strings.Count(tool["description"].(string), index)
	}
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"call_zoom-phone", "describe_method", "query_zoom-phone"}) {
		t.Fatalf("tools are %v", got)
	}
	if found != 1 {
		t.Errorf("the index occurs %d times", found)
	}
	properties := map[string][]string{
		"call_zoom-phone":  {"all_pages", "as", "cursor", "format", "inline", "max_records", "method", "params", "partial", "select", "sql", "time_zone"},
		"describe_method":  {"columns", "full", "method", "service"},
		"query_zoom-phone": {"dry_run", "format", "fresh", "max_calls", "partial", "sql", "time_zone"},
	}
	for name, tool := range names {
		want := map[string]any{"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true}
		got := tool["annotations"].(map[string]any)
		delete(got, "title")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: annotations %v", name, got)
		}
		schema := tool["inputSchema"].(map[string]any)
		if schema["type"] != "object" || schema["additionalProperties"] != false {
			t.Errorf("%s: schema is not a closed object: %v", name, schema)
		}
		for _, word := range []string{"anyOf", "oneOf", "allOf"} {
			if schema[word] != nil {
				t.Errorf("%s: schema has %s", name, word)
			}
		}
		if got := slices.Sorted(maps.Keys(schema["properties"].(map[string]any))); !slices.Equal(got, properties[name]) {
			t.Errorf("%s: properties %v", name, got)
		}
	}
}

func TestAnswersAreTextAndStructuredContent(t *testing.T) {
	tests := []struct{ name, body, structured string }{
		{"object", `{"a":[1,{"b":"<x> & \"q\" \\ \u2028\n"}],"n":9223372036854775807123}`, ""},
		{"empty object", `{}`, ""},
		{"array", `[{"a":1},{"a":2}]`, `{"items":[{"a":1},{"a":2}]}`},
		{"empty array", `[]`, `{"items":[]}`},
		{"scalar", `true`, `{"value":true}`},
		{"characters", "{\"a\":\"żółć 😀 \x7f\"}", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, mcptest.Gateway{OnCall: mcptest.AnswerJSON(test.body)}, mcpserver.Options{})
			got := c.Ask(mcptest.Call("1")).Result
			if got.IsError || len(got.Content) != 1 || got.Content[0].Type != "text" || got.Content[0].Text != test.body {
				t.Errorf("content %+v", got.Content)
			}
			want := test.structured
			if want == "" {
				want = test.body
			}
			if string(got.Structured) != want {
				t.Errorf("structuredContent %s, want %s", got.Structured, want)
			}
		})
	}
}

func TestAnswerThatIsNotOneLineOfUTF8BecomesOne(t *testing.T) {
	body := "{\n\t\"a\": \"x\xff\xfey\",\r\n\"b\": 1}\n"
	c := connect(t, mcptest.Gateway{OnCall: mcptest.AnswerJSON(body)}, mcpserver.Options{})
	got := c.Ask(mcptest.Call("1")).Result
	const want = `{"a":"x��y","b":1}`
	if got.Content[0].Text != want || string(got.Structured) != want {
		t.Errorf("text %q, structuredContent %q", got.Content[0].Text, got.Structured)
	}
}

func TestDescriptionIsTextAndStructuredContent(t *testing.T) {
	c := connect(t, mcptest.Gateway{}, mcpserver.Options{})
	got := c.Ask(mcptest.Tool("1", "describe_method", `{"service":"zoom-phone","method":"list_sites","full":true}`)).Result
	const want = `{"service":"zoom-phone","method":"list_sites","full":true}`
	if got.IsError || got.Content[0].Text != want || string(got.Structured) != want {
		t.Errorf("%+v", got)
	}
}

func TestParamsReachTheGatewayAsTheyWereSent(t *testing.T) {
	tests := []struct{ arguments, params string }{
		{`{"method":"m","params":{"id":9007199254740993,"x": 1.0e2}}`, `{"id":9007199254740993,"x": 1.0e2}`},
		{`{"method":"m","params":"{\"id\":1}"}`, `"{\"id\":1}"`},
		{`{"method":"m","params":null}`, ``},
		{`{"method":" m "}`, ``},
	}
	for _, test := range tests {
		t.Run(test.arguments, func(t *testing.T) {
			var got gateway.CallRequest
			c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
				got = r
				return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
			}}, mcpserver.Options{})
			if r := c.Ask(mcptest.Tool("1", "call_zoom-phone", test.arguments)); r.Result.IsError {
				t.Fatalf("failed: %s", r.Result.Structured)
			}
			if got.Method != "m" || string(got.Params) != test.params {
				t.Errorf("method %q, params %q", got.Method, got.Params)
			}
		})
	}
}

func TestWrongArgumentsAreExplainedAndNotSent(t *testing.T) {
	tests := []struct {
		name, tool, arguments string
		want                  []string // in the text, in this order
		example               string
	}{
		{"parameter beside method", "call_zoom-phone", `{"method":"account_call_history","from":"2026-01-01","params":{"to":"2026-01-02"}}`,
			[]string{"invalid_params: ", "- from: ", "go into params", "Hint: ", "Example: "},
			`{"method":"account_call_history","params":{"from":"2026-01-01","to":"2026-01-02"}}`},
		{"parameter beside params in a string", "call_zoom-phone", `{"method":"m","page_size":30,"params":"{\"id\":9007199254740993}"}`,
			[]string{"- page_size: "}, `{"method":"m","params":{"id":9007199254740993,"page_size":30}}`},
		{"misspelt params", "call_zoom-phone", `{"method":"m","parameters":{"a":1}}`,
			[]string{"- parameters: ", "nearest: params"}, `{"method":"m","params":{"a":1}}`},
		{"a short parameter beside method", "call_zoom-phone", `{"method":"m","to":"today"}`,
			[]string{"- to: ", "go into params"}, `{"method":"m","params":{"to":"today"}}`},
		{"an argument twice", "call_zoom-phone", `{"method":"m","sql":"a","sql":"b"}`, []string{"- sql: given twice"}, `{"method":"m","params":{}}`},
		{"a fraction", "call_zoom-phone", `{"method":"m","max_records":2.5}`, []string{"- max_records: want a whole number, got the number 2.5"}, `{"method":"m","params":{}}`},
		{"text that is no JSON for params", "call_zoom-phone", `{"method":"m","params":"{\"a\":","all_pages":"maybe"}`,
			[]string{"- all_pages: want true or false", "- params: this is not JSON: it ends too early"}, `{"method":"m","params":{}}`},
		{"misspelt method", "call_zoom-phone", `{"Method":"m"}`,
			[]string{"- method: is required", "- Method: ", "nearest: method"}, ``},
		{"argument of the other tool", "call_zoom-phone", `{"full":true,"method":"m"}`,
			[]string{"- full: ", "leave it out"}, `{"method":"m","params":{}}`},
		{"everything wrong at once", "call_zoom-phone", `{"method":true,"params":3,"x":1}`,
			[]string{"- method: want a string, got a boolean", "- x: ", "go into params", "- params: want an object, got the number 3"}, ``},
		{"nothing", "call_zoom-phone", `{}`, []string{"- method: is required"}, ``},
		{"null", "call_zoom-phone", `null`, []string{"- method: is required"}, ``},
		{"array", "call_zoom-phone", `["m"]`, []string{"- arguments: want an object, got a list"}, ``},
		{"text", "describe_method", `"m"`, []string{"- arguments: want an object, got the text \"m\""}, ``},
		{"wrong flag", "describe_method", `{"method":"m","full":"maybe"}`, []string{"- full: want true or false, got the text \"maybe\""}, `{"method":"m"}`},
		{"wrong service", "describe_method", `{"method":"m","service":["zoom-phone"]}`, []string{"- service: want a string, got a list"}, `{"method":"m"}`},
		{"unknown argument", "describe_method", `{"name":"m","verbose":true}`,
			[]string{"- method: is required", "- name: ", "nearest: method", "- verbose: "}, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, mcptest.Gateway{
				OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
					t.Error("the gateway was called")
					return nil, errors.New("called")
				},
				OnDescribe: func(context.Context, gateway.DescribeRequest) (json.RawMessage, error) {
					t.Error("the gateway was called")
					return nil, errors.New("called")
				},
			}, mcpserver.Options{})
			got := c.Ask(mcptest.Tool("1", test.tool, test.arguments)).Result
			if got == nil || !got.IsError {
				t.Fatalf("not an error: %+v", got)
			}
			rest := got.Content[0].Text
			for _, want := range test.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("no %q in:\n%s", want, got.Content[0].Text)
				}
				rest = after
			}
			var s struct{ Error apierror.Error }
			if err := json.Unmarshal(got.Structured, &s); err != nil || s.Error.Kind != apierror.InvalidParams {
				t.Errorf("structuredContent %s", got.Structured)
			}
			if string(s.Error.Example) != test.example {
				t.Errorf("example %s, want %s", s.Error.Example, test.example)
			}
		})
	}
}

func TestFailuresSayWhatToDo(t *testing.T) {
	failure := &apierror.Error{
		Kind: apierror.RateLimited, Message: "too fast & <often>", Hint: "Wait.", Method: "m",
		Problems: []apierror.Problem{{Param: "from", Message: "is no date", Nearest: []string{"to"}}, {Message: "too much"}},
		Nearest:  []string{"n1", "n2"}, Signature: "m(a, b)", Example: json.RawMessage(`{"method":"m"}`),
		Scopes: []string{"phone:read"}, Missing: []string{"ZOOM_CLIENT_ID"}, HTTPStatus: 429, ZoomCode: 300,
		ZoomMessage: "Slow \"down\"", TrackingID: "v=2", RetryAt: "2026-01-01T00:00:00Z",
		Err: errors.New("secret cause"),
	}
	c := connect(t, mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) { return nil, failure }}, mcpserver.Options{})
	got := c.Ask(mcptest.Call("1")).Result
	const text = `rate_limited: too fast & <often>
- from: is no date (nearest: to)
- too much
Nearest: n1, n2
Hint: Wait.
Missing settings: ZOOM_CLIENT_ID
Missing scopes: phone:read
Try again after: 2026-01-01T00:00:00Z
Signature: m(a, b)
Example: {"method":"m"}
Zoom answered: HTTP 429, code 300, "Slow \"down\"", tracking id v=2`
	if !got.IsError || got.Content[0].Text != text {
		t.Errorf("text:\n%s", got.Content[0].Text)
	}
	var s struct {
		Error map[string]any `json:"error"`
	}
	if err := json.Unmarshal(got.Structured, &s); err != nil {
		t.Fatal(err)
	}
	plain, _ := json.Marshal(failure)
	var want map[string]any
	_ = json.Unmarshal(plain, &want)
	if !reflect.DeepEqual(s.Error, want) {
		t.Errorf("structuredContent %s", got.Structured)
	}
}

func TestErrorsOfAnotherTypeAreInternal(t *testing.T) {
	for name, g := range map[string]mcptest.Gateway{
		"plain error": {OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) { return nil, errors.New("boom") }},
		"no answer":   {OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) { return nil, nil }},
		"empty":       {OnCall: mcptest.AnswerJSON("")},
		"no JSON":     {OnCall: mcptest.AnswerJSON("{\nnonsense")},
		"broken example": {OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			return nil, &apierror.Error{Kind: apierror.Internal, Message: "m", Example: json.RawMessage(`{`)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := connect(t, g, mcpserver.Options{}).Ask(mcptest.Call("1")).Result
			var s struct{ Error apierror.Error }
			if err := json.Unmarshal(got.Structured, &s); err != nil || !got.IsError || s.Error.Kind != apierror.Internal || s.Error.Message == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestFilesBecomeTheContentThatFits(t *testing.T) {
	tests := []struct{ mediaType, data, kind string }{
		{"audio/mpeg", "\x00\xff\xfb\x90", "audio"},
		{"audio/mp4; codecs=x", strings.Repeat("\x01\x02", 100_000), "audio"},
		{"image/tiff", "II*\x00", "image"},
		{"text/vtt; charset=utf-8", "WEBVTT\n\n\"x\"\t\x01", "text"},
		{"application/json", `{"timeline":[]}`, "text"},
		{"application/vnd.zoom+json", "{}", "text"},
		{"application/pdf", "%PDF\xff", "resource"},
		{"application/octet-stream", "", "resource"},
		{"", "?", "resource"},
		{"not a type;;", "?", "resource"},
	}
	for _, test := range tests {
		t.Run(test.mediaType, func(t *testing.T) {
			sum := sha256.Sum256([]byte(test.data))
			file := &gateway.File{ID: "K7", Path: "/kept/a", Name: "a b/ü.bin", MediaType: test.mediaType, Bytes: int64(len(test.data)), SHA256: hex.EncodeToString(sum[:]), Data: []byte(test.data)}
			c := connect(t, mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
				return &gateway.Answer{File: file}, nil
			}}, mcpserver.Options{})
			got := c.Ask(mcptest.Call("1")).Result
			if got.IsError || len(got.Content) != 3 || got.Content[2].Type != test.kind {
				t.Fatalf("%+v", got)
			}
			if link := got.Content[0]; link.Type != "resource_link" || link.URI != "zoom-phone://files/K7" || link.Name != file.Name || link.MIMEType != file.MediaType || link.Size != file.Bytes {
				t.Errorf("link %+v", link)
			}
			part := got.Content[2]
			switch test.kind {
			case "text":
				if part.Text != test.data {
					t.Errorf("text %q", part.Text)
				}
			case "resource":
				if string(part.Resource.Blob) != test.data || part.Resource.MIMEType != test.mediaType ||
					part.Resource.URI != "zoom-phone://files/K7" {
					t.Errorf("resource %+v", part.Resource)
				}
			default:
				if string(part.Data) != test.data || part.MIMEType != test.mediaType {
					t.Errorf("%d bytes of %q", len(part.Data), part.MIMEType)
				}
			}
			want, _ := json.Marshal(map[string]any{
				"uri": "zoom-phone://files/K7", "name": file.Name, "media_type": file.MediaType, "bytes": file.Bytes, "sha256": file.SHA256, "path": "/kept/a",
			})
			mcptest.AssertSameJSON(t, got.Structured, want)
			mcptest.AssertSameJSON(t, []byte(got.Content[1].Text), want)
		})
	}
}

func TestUnknownToolNamesTheTools(t *testing.T) {
	c := connect(t, mcptest.Gateway{}, mcpserver.Options{})
	for _, name := range []string{"list_phone_users", "", strings.Repeat("x", 100_000)} {
		got := c.Ask(mcptest.Tool("1", name, `{}`)).Error
		if got == nil || got.Code != -32602 || !strings.Contains(got.Message, "call_zoom-phone") || !strings.Contains(got.Message, "describe_method") {
			t.Fatalf("%+v", got)
		}
		if len(got.Message) > 400 {
			t.Errorf("message of %d bytes", len(got.Message))
		}
	}
}

func TestLogHasOutcomesAndNoPayloads(t *testing.T) {
	var log bytes.Buffer
	g := mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		switch r.Method {
		case "good_method":
			return &gateway.Answer{JSON: json.RawMessage(`{"private":1}`)}, nil
		default:
			return nil, apierror.New(apierror.UnknownMethod, "no private method")
		}
	}}
	c := connect(t, g, mcpserver.Options{Log: zerolog.New(&log)})
	c.Ask(mcptest.Tool("1", "call_zoom-phone", `{"method":"good_method","params":{"q":"private"}}`))
	c.Ask(mcptest.Tool("2", "call_zoom-phone", `{"method":"private_method"}`))
	c.Ask(mcptest.Tool("3", "call_zoom-phone", `{"method":"good_method","private":1}`))
	c.Ask(`{"jsonrpc":"2.0","id":[1],"method":"private"}`)
	c.Ask(`{"private`)
	c.In.Close()
	<-c.Done
	s := log.String()
	for _, want := range []string{`"method":"good_method"`, `"outcome":"ok"`, `"outcome":"unknown_method"`, `"outcome":"invalid_params"`, `"duration":`} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in the log:\n%s", want, s)
		}
	}
	if strings.Contains(s, "private") {
		t.Errorf("payload in the log:\n%s", s)
	}
}
