package mcptransport_test

import (
	"strings"
	"testing"

	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// badLines are lines that are not a request that can be served, with the code of
// the error and the id they are answered with; code 0 is no answer.
var badLines = []struct {
	name, line string
	code       int
	id         string
}{
	{"nothing", "", 0, ""},
	{"space", " \t ", 0, ""},
	{"carriage return", "\r", 0, ""},
	{"no JSON", "hello", -32700, "null"},
	{"half an object", `{"jsonrpc":"2.0","id":1`, -32700, "null"},
	{"two objects", mcptest.Ping("1") + mcptest.Ping("2"), -32700, "null"},
	{"control characters", "\x00\x01\x02", -32700, "null"},
	{"nested too deep", strings.Repeat("[", 20_000), -32700, "null"},
	{"objects nested too deep", strings.Repeat(`{"a":`, 20_000), -32700, "null"},
	{"number", "42", -32600, "null"},
	{"string", `"ping"`, -32600, "null"},
	{"null", "null", -32600, "null"},
	{"empty object", "{}", -32600, "null"},
	{"no version", `{"id":1,"method":"ping"}`, -32600, "1"},
	{"wrong version", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, -32600, "1"},
	{"version is a number", `{"jsonrpc":2.0,"id":1,"method":"ping"}`, -32600, "1"},
	{"no method", `{"jsonrpc":"2.0","id":1}`, -32600, "1"},
	{"method is a number", `{"jsonrpc":"2.0","id":1,"method":1}`, -32600, "1"},
	{"method is empty", `{"jsonrpc":"2.0","id":1,"method":""}`, -32600, "1"},
	{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"no/such"}`, -32601, "1"},
	{"endless method", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 10_000) + `"}`, -32601, "1"},
	{"id is an object", `{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, -32600, "null"},
	{"id is an array", `{"jsonrpc":"2.0","id":[1],"method":"ping"}`, -32600, "null"},
	{"id is a boolean", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, -32600, "null"},
	{"id is null", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, -32600, "null"},
	{"notification with id null", `{"jsonrpc":"2.0","id":null,"method":"notifications/initialized"}`, 0, ""},
	{"params is an array", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}`, -32602, "1"},
	{"params is a string", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"x"}`, -32602, "1"},
	{"params of a wrong shape", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":[7]}}`, -32602, "1"},
	{"no params", `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, -32602, "1"},
	{"notification with wrong params", `{"jsonrpc":"2.0","method":"notifications/initialized","params":[1]}`, 0, ""},
	{"unknown notification", `{"jsonrpc":"2.0","method":"notifications/no-such","params":{}}`, 0, ""},
	{"request without an id", `{"jsonrpc":"2.0","method":"tools/list"}`, 0, ""},
	{"cancel of nothing", mcptest.Cancelled("77"), 0, ""},
	{"cancel without an id", `{"jsonrpc":"2.0","method":"notifications/cancelled"}`, 0, ""},
	{"cancel of an object", mcptest.Cancelled("{}"), 0, ""},
	{"result nobody asked for", `{"jsonrpc":"2.0","id":1,"result":{}}`, 0, ""},
	{"error nobody asked for", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}`, 0, ""},
	{"unknown protocol version", strings.Replace(modern, "2026-07-28", "2031-01-01", 1), -32022, "1"},
	{"handshake of a protocol without one", strings.Replace(modern, "tools/call", "initialize", 1), -32601, "1"},
	{"empty batch", "[]", -32600, "null"},
	{"batch that is no JSON", "[" + mcptest.Ping("1"), -32700, "null"},
	{"batch of too many", "[" + strings.Repeat("1,", 100) + "1]", -32600, "null"},
	{"too long", `{"jsonrpc":"2.0","id":1,"method":"ping","x":"` + strings.Repeat("x", 1<<20) + `"}`, -32600, "null"},
}

func TestBadLinesAreAnsweredAndTheServerGoesOn(t *testing.T) {
	for _, test := range badLines {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, mcptest.Gateway{}, mcptransport.Options{MaxMessage: 1 << 20})
			c.Send(test.line)
			if test.code != 0 {
				got := c.Receive()
				if got.Error == nil || got.Error.Code != test.code || string(got.ID) != test.id {
					t.Errorf("id %s, error %+v; want id %s, code %d", got.ID, got.Error, test.id, test.code)
				}
				if got.Error != nil && (got.Error.Message == "" || len(got.Error.Message) > 500) {
					t.Errorf("message %.600q", got.Error.Message)
				}
			}
			if got := c.Ask(mcptest.Ping(`"next"`)); string(got.ID) != `"next"` || got.Error != nil {
				t.Errorf("next request: %+v", got)
			}
		})
	}
}

func TestLineFormsThatAreFine(t *testing.T) {
	for name, in := range map[string]string{
		"carriage returns":    mcptest.Initialize + "\r\n\r\n" + mcptest.Ping("2") + "\r\n",
		"byte order mark":     "\xef\xbb\xbf" + mcptest.Ping("2") + "\n",
		"several such marks":  "\xef\xbb\xbf" + mcptest.Initialize + "\n \xef\xbb\xbf " + mcptest.Ping("2") + "\r\n",
		"a mark alone":        "\xef\xbb\xbf\n" + mcptest.Ping("2") + "\n",
		"last line open":      mcptest.Ping("2"),
		"space around":        "\n\n  " + mcptest.Ping("2") + " \t\n",
		"space inside":        "{ \"jsonrpc\" : \"2.0\" ,\t\"id\" : 2 , \"method\" : \"ping\" }\n",
		"as long as may be":   `{"jsonrpc":"2.0","id":2,"method":"ping","x":"` + strings.Repeat("x", 1000-47) + "\"}\r\n",
		"behind a long line":  strings.Repeat("x", 300_000) + "\n" + mcptest.Ping("2") + "\n",
		"behind a long line2": strings.Repeat("x", 1001) + "\n" + mcptest.Ping("2"),
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			s := newServer(mcptest.Gateway{})
			if err := mcptransport.ServeStdio(t.Context(), s, strings.NewReader(in), &out, mcptransport.Options{MaxMessage: 1000}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), `{"jsonrpc":"2.0","id":2,"result":{}}`+"\n") {
				t.Errorf("output %q", out.String())
			}
		})
	}
}

func TestIDsComeBackAsTheyWere(t *testing.T) {
	for _, id := range []string{
		"0", "-1", "1.50", "1e400", "9007199254740993", strings.Repeat("9", 5000),
		`""`, `"a"`, `"\u0061\"\\\n\u2028"`, `"` + strings.Repeat("x", 100_000) + `"`, `"ü😀"`,
	} {
		t.Run(id[:min(len(id), 20)], func(t *testing.T) {
			c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
			for _, line := range []string{mcptest.Ping(id), mcptest.Call(id), mcptest.Tool(id, "no_such", "{}")} {
				if got := c.Ask(line); string(got.ID) != id {
					t.Errorf("id %.100s came back as %.100s", id, got.ID)
				}
			}
		})
	}
	t.Run("invalid UTF-8", func(t *testing.T) {
		c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
		c.Send(mcptest.Ping("\"a\xff\""))
		if line := c.Line(); !strings.Contains(line, `"id":"a`+"�"+`"`) {
			t.Errorf("line %q", line)
		}
	})
}
