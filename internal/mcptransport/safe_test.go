package mcptransport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/resultstore"
)

// unsafe is what breaks lines, events and strict readers; unsafeJSON is the same
// inside a JSON string, with halves of characters and a byte that is none.
const (
	unsafe     = "a\u2028b\u2029c\u0085d"
	unsafeJSON = unsafe + `\ud83d \udc00\ud800` + "\xff"
)

// unsafeGateway has them in everything that a gateway can give.
func unsafeGateway() mcptest.Gateway {
	document := json.RawMessage(`{"` + unsafeJSON + `":["` + unsafeJSON + `"]}`)
	return mcptest.Gateway{
		OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
			if r.Progress != nil {
				r.Progress(gateway.Progress{Pages: 1, Records: 1})
			}
			note := []string{unsafe + "\xff"}
			switch r.Method {
			case "document":
				return &gateway.Answer{JSON: document, Notes: note, Meta: gateway.Meta{Untrusted: note}}, nil
			case "list":
				return &gateway.Answer{JSON: json.RawMessage("[" + string(document) + "]"), Array: true}, nil
			case "text":
				return &gateway.Answer{Text: unsafe + "\xff", Collected: document}, nil
			case "status":
				return &gateway.Answer{Text: unsafe, Status: document}, nil
			case "file":
				return &gateway.Answer{File: &gateway.File{Name: unsafe, MediaType: "application/json", Text: true, Data: document}}, nil
			case "blob":
				return &gateway.Answer{File: &gateway.File{Name: unsafe, MediaType: "application/" + unsafe, Data: document}}, nil
			}
			return nil, &apierror.Error{
				Kind: apierror.ZoomError, Message: unsafe + "\xff", Hint: unsafe, ZoomMessage: unsafe,
				Problems: []apierror.Problem{{Param: unsafe, Message: unsafe}},
			}
		},
		OnDescribe: func(context.Context, gateway.DescribeRequest) (json.RawMessage, error) { return document, nil },
	}
}

// unsafeGuide is the same of a guide.
type unsafeGuide struct{}

func (unsafeGuide) MethodNames(string) []string { return nil }

func (unsafeGuide) Jobs() []gateway.Job {
	return []gateway.Job{{Name: "job", Title: unsafe, Description: unsafe, Render: func(given map[string]string) string { return "plan " + given["period"] }}}
}

func (unsafeGuide) JobValues(context.Context, string, string, string) []string {
	return []string{unsafe}
}

func (unsafeGuide) FileContent(context.Context, string) (*gateway.File, error) {
	return &gateway.File{Name: unsafe, MediaType: "text/plain", Text: true, Data: []byte(unsafe + "\xff")}, nil
}

func (unsafeGuide) Result(string, int) (*resultstore.Page, error) {
	return &resultstore.Page{MediaType: "text/csv", Data: []byte(unsafe)}, nil
}

// assertSafe checks what a client reads as one message.
func assertSafe(t *testing.T, what, message string) {
	t.Helper()
	if !utf8.ValidString(message) || strings.ContainsAny(message, "\u0085\u2028\u2029") {
		t.Errorf("%s: %q", what, message)
	}
	// A strict reader of strings finds only whole characters. Here all halves come
	// without their partner.
	if strings.Contains(message, `\ud83d`) || strings.Contains(message, `\udc00`) || strings.Contains(message, `\ud800`) {
		t.Errorf("%s has half a character: %q", what, message)
	}
}

func TestEveryMessageIsSafeOnEveryTransport(t *testing.T) {
	request := func(method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":"%s","method":"%s","params":{%s"_meta":{"progressToken":"%s"}}}`, unsafe, method, params, unsafe)
	}
	calling := func(name, arguments string) string {
		return request("tools/call", fmt.Sprintf(`"name":"%s","arguments":%s,`, name, arguments))
	}
	requests := map[string]string{
		"an unknown tool":          calling(unsafe, "{}"),
		"an argument nobody knows": calling("call_zoom-phone", `{"method":"document","`+unsafe+`":"`+unsafe+`"}`),
		"a wrong argument":         calling("call_zoom-phone", `{"method":"document","format":"`+unsafe+`"}`),
		"a description":            calling("describe_method", `{"method":"document"}`),
		"an unknown method":        request(unsafe, ""),
		"a method that is long":    request(strings.Repeat(unsafe, 40), ""),
		"the tools":                request("tools/list", ""),
		"the prompts":              request("prompts/list", ""),
		"the resources":            request("resources/templates/list", ""),
		"a prompt":                 request("prompts/get", `"name":"job","arguments":{"period":"`+unsafe+`"},`),
		"a prompt nobody knows":    request("prompts/get", `"name":"`+unsafe+`",`),
		"a completion":             request("completion/complete", `"ref":{"type":"ref/prompt","name":"job"},"argument":{"name":"period","value":""},`),
		"a method as a resource":   request("resources/read", `"uri":"zoom-phone://methods/document",`),
		"a result as a resource":   request("resources/read", `"uri":"zoom-phone://results/r",`),
		"a file as a resource":     request("resources/read", `"uri":"zoom-phone://files/f",`),
		"an unknown resource":      request("resources/read", `"uri":"zoom-phone://`+unsafe+`",`),
		"a broken message":         `{"` + unsafe + `":`,
		"a wrong id":               `{"jsonrpc":"2.0","id":["` + unsafe + `"],"method":"ping"}`,
		"a version nobody speaks":  request("initialize", `"protocolVersion":"`+unsafe+`","capabilities":{},"clientInfo":{"name":"`+unsafe+`","version":"1"},`),
		"a batch":                  "[" + calling("call_zoom-phone", `{"method":"document"}`) + "," + request(unsafe, "") + "]",
	}
	for _, method := range []string{"document", "list", "text", "status", "file", "blob", "error"} {
		requests[method] = calling("call_zoom-phone", `{"method":"`+method+`","inline":true}`)
	}
	o := mcpserver.Options{Version: unsafe, Index: unsafe, Guide: unsafeGuide{}, Direct: []gateway.Tool{{
		Name: "direct", Title: unsafe, Description: unsafe, Input: json.RawMessage(`{"type":"object","properties":{"` + unsafeJSON + `":{}}}`),
	}}}
	for what, message := range requests {
		t.Run(what, func(t *testing.T) {
			server := mcpserver.New(unsafeGateway(), o)
			var lines strings.Builder
			if err := mcptransport.ServeStdio(t.Context(), server, strings.NewReader(message), &lines, mcptransport.Options{}); err != nil {
				t.Fatal(err)
			}
			assertSafe(t, "stdio", lines.String())
			if lines.Len() == 0 {
				t.Error("stdio: no answer")
			}
			s := serveHTTP(t, server, mcptransport.Options{}, nil)
			_, document := s.post(message, "Accept", "application/json")
			assertSafe(t, "a document", document)
			if document == "" {
				t.Error("no document")
			}
			_, events := s.post(message)
			assertSafe(t, "Streamable HTTP", events)
			stream, path := s.sse()
			if s.sent(path, message) == http.StatusAccepted {
				for {
					_, data, ok := stream.next()
					assertSafe(t, "SSE", data)
					if !ok {
						t.Fatal("SSE: no answer")
					}
					if !strings.Contains(data, "notifications/progress") {
						break
					}
				}
			}
		})
	}
}

// What was escaped means the same, and a document inside of a text is safe as well.
func TestEscapedCharactersArriveAsTheyWere(t *testing.T) {
	c := connect(t, unsafeGateway(), mcptransport.Options{})
	for method, want := range map[string]string{
		"document": `{"a\u2028b\u2029c\u0085d� ���":["a\u2028b\u2029c\u0085d� ���"]}`,
		"text":     unsafe + "�",
		"status":   unsafe,
	} {
		got := c.Ask(mcptest.Tool("1", "call_zoom-phone", `{"method":"`+method+`"}`)).Result
		if got == nil || len(got.Content) == 0 || got.Content[0].Text != want {
			t.Errorf("%s: %+v, want %q", method, got, want)
		}
	}
}
