package mcptransport_test

import (
	"fmt"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// What is not used of a request may have any form: the request is served.
func TestWhatIsNotUsedOfARequestMayHaveAnyForm(t *testing.T) {
	c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
	odd := []string{`[]`, `{}`, `null`, `""`, `"x"`, `7`, `1e999`, `true`, `[1,{"a":1e999}]`, `{"a":{"b":[]},"listChanged":"yes"}`}
	for _, form := range odd {
		for _, request := range []struct{ method, params string }{
			{"initialize", `{"protocolVersion":"2025-06-18","capabilities":%s,"clientInfo":{"name":"c","version":"1"}}`},
			{"initialize", `{"protocolVersion":"2025-06-18","capabilities":{"roots":%[1]s,"sampling":%[1]s,"elicitation":%[1]s,"tasks":%[1]s,"experimental":%[1]s,"extensions":%[1]s,"other":%[1]s},"clientInfo":{"name":"c","version":"1"}}`},
			{"initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":%s}`},
			{"initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":%[1]s,"version":%[1]s,"icons":%[1]s,"title":%[1]s},"_meta":%[1]s}`},
			{"initialize", `{"protocolVersion":%s}`},
			{"ping", `%s`},
			{"ping", `{"_meta":%[1]s,"x":%[1]s}`},
			{"tools/list", `{"_meta":%[1]s,"x":%[1]s}`},
			{"tools/list", `{"_meta":{"progressToken":%[1]s,"traceparent":%[1]s,"x":%[1]s}}`},
			{"tools/call", `{"name":"call_zoom-phone","arguments":{"method":"m"},"_meta":%[1]s,"task":%[1]s,"inputResponses":%[1]s,"requestState":%[1]s,"x":%[1]s}`},
			{"tools/call", `{"name":" call_zoom-phone ","arguments":{"method":"m"},"_meta":{"progressToken":%[1]s,"io.modelcontextprotocol/clientInfo":%[1]s,"io.modelcontextprotocol/clientCapabilities":%[1]s,"io.modelcontextprotocol/logLevel":%[1]s}}`},
		} {
			params := form
			if request.params != "%s" {
				params = fmt.Sprintf(request.params, form)
			}
			message := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, request.method, params)
			if got := c.Ask(message); got.Error != nil || got.Result == nil || got.Result.IsError {
				t.Errorf("%s: %+v %+v", message, got.Error, got.Result)
			}
		}
	}
}

// The parameters of a request are read like the arguments of a tool.
func TestParametersOfARequestComeInEveryForm(t *testing.T) {
	c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
	for _, message := range []string{
		`"method":"tools/list","params":[]`, `"method":"tools/list","params":""`, `"method":"tools/list","params":null`, `"method":"tools/list","params":"{}"`,
		`"method":"tools/list","params":{"cursor":""}`, `"method":"tools/list","params":{"cursor":null}`,
		`"method":"tools/call","params":"{\"name\":\"call_zoom-phone\",\"arguments\":\"{\\\"method\\\":\\\"m\\\"}\"}"`,
	} {
		if got := c.Ask(`{"jsonrpc":"2.0","id":1,` + message + `}`); got.Error != nil || got.Result == nil || got.Result.IsError {
			t.Errorf("%s: %+v %+v", message, got.Error, got.Result)
		}
	}
	for message, says := range map[string]string{
		`"method":"tools/call","params":[1]`:                                                                  "params: want an object, got a list",
		`"method":"tools/call","params":{"name":{}}`:                                                          "name: want a string, got an object",
		`"method":"tools/list","params":{"cursor":"bm9uc2U="}`:                                                `cursor: there is no such page, since the list comes whole; got the text "bm9uc2U="`,
		`"method":"tools/call","params":"{\"name\": \"call_z"`:                                                "params: this is not JSON: it ends too early",
		`"method":"prompts/get","params":{"name":["a"]}`:                                                      "name: want a string, got a list",
		`"method":"resources/read","params":{"uri":["a"]}`:                                                    "uri: want a string, got a list",
		`"method":"resources/read","params":{"uri":"zoom-phone://results/` + strings.Repeat("x", 5000) + `"}`: "uri: want at most 4096 bytes",
		`"method":"completion/complete","params":{"ref":"x"}`:                                                 `ref: want an object, got the text "x"`,
		`"method":"completion/complete","params":{"ref":{}}`:                                                  `ref: want the type ref/prompt or ref/resource, got ""`,
		`"method":"completion/complete","params":{"ref":[]}`:                                                  `ref: want the type ref/prompt or ref/resource, got ""`,
		`"method":"completion/complete"`:                                                                      "ref: is required",
		`"method":"prompts/get","params":{"arguments":[1]}`:                                                   "arguments: want an object, got a list",
		`"method":"prompts/get","params":{"arguments":{"a":[]}}`:                                              "arguments: a: want a string, got a list",
	} {
		if got := c.Ask(`{"jsonrpc":"2.0","id":1,` + message + `}`); got.Error == nil || got.Error.Code != -32602 || !strings.Contains(got.Error.Message, says) {
			t.Errorf("%s: %+v, want %q", message, got.Error, says)
		}
	}
}
