package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/restapi"
	"zoom-phone-mcp/internal/zoom"
)

// TestDefaultsWrittenOutChangeNothing holds that any method is answered as without
// them when a strict client has a model write every argument, beside the parameters
// or among them.
func TestDefaultsWrittenOutChangeNothing(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"page_size":30,"total_records":0,"timeline":[{"text":"Hello.","ts":"00:00:01.000","end_ts":"00:00:02.000"}]}`)
	}))
	t.Cleanup(upstream.Close)
	client, err := zoom.New(zoom.Options{APIURL: upstream.URL, Plan: zoom.Unlimited(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(gateway.Options{Client: client, Now: now})
	outcome := func(r gateway.CallRequest) string {
		a, err := g.Call(t.Context(), r)
		if err != nil {
			return apierror.From(err).Text()
		}
		file := a.File != nil
		return fmt.Sprint(string(a.JSON), a.Text, string(a.Collected), a.Notes, file)
	}
	defaults := `"all_pages":false,"max_records":1000.0,"cursor":"","select":null,"sql":"","format":"json","as":" text ","inline":"False","time_zone":"UTC"`
	for m := range catalog.All() {
		var example struct{ Params map[string]any }
		if err := json.Unmarshal(m.Example(now()), &example); err != nil {
			t.Fatal(err)
		}
		for name, v := range example.Params {
			if s, ok := v.(string); ok {
				example.Params[name] = strings.Trim(s, "<>")
			}
		}
		params, _ := json.Marshal(example.Params)
		want := outcome(gateway.CallRequest{Method: m.Name, Params: params})
		if strings.HasPrefix(want, string(apierror.InvalidParams)) {
			t.Errorf("%s: %s", m.Name, want)
		}
		beside := gateway.CallRequest{Method: m.Name, Params: params}
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+defaults+"}"), &all); err != nil {
			t.Fatal(err)
		}
		for name, v := range all {
			if known, err := beside.Set(name, v); !known || err != nil {
				t.Errorf("%s: %t, %v", name, known, err)
			}
		}
		if got := outcome(beside); got != want {
			t.Errorf("%s with the defaults: %s, want %s", m.Name, got, want)
		}
		among := strings.TrimSuffix(string(params), "}")
		if among != "{" {
			among += ","
		}
		if got := outcome(request(m.Name, among+defaults+"}")); got != want {
			t.Errorf("%s with the defaults among the parameters: %s, want %s", m.Name, got, want)
		}
	}
}

// Arguments of the call among the parameters count as those beside them, and a
// contradiction is refused.
func TestArgumentsOfTheCallAmongTheParametersCount(t *testing.T) {
	a := demo(t, gateway.Options{})
	for params, r := range map[string]gateway.CallRequest{
		`{"page_size":2,"all_pages":" TRUE "}`:                  {AllPages: true, Params: json.RawMessage(`{"page_size":2}`)},
		`{"select":"sites[].name"}`:                             {Select: "sites[].name"},
		`{"sql":"SELECT count(*) FROM records"}`:                {SQL: "SELECT count(*) FROM records"},
		`"{\"format\":\"csv\",\"page_size\":1.0}"`:              {Format: "csv", Params: json.RawMessage(`{"page_size":1}`)},
		`{"all_pages":true,"max_records":"2","select":"sites"}`: {AllPages: true, MaxRecords: 2, Select: "sites"},
	} {
		r.Method = "list_phone_sites"
		want, got := a.call(t, r), demo(t, gateway.Options{}).call(t, request("list_phone_sites", params))
		if string(got.JSON) != string(want.JSON) || got.Text != want.Text || !reflect.DeepEqual(got.Notes, want.Notes) {
			t.Errorf("%s: %s %s, want %s %s", params, got.JSON, got.Text, want.JSON, want.Text)
		}
	}
	for params, want := range map[string]gateway.CallRequest{
		`{"params":{}}`: {}, `{"params":[]}`: {}, `{"params":null,"foo":null,"bar":""}`: {}, `{"params":"{}"}`: {},
		`{"params":{"page_size":2},"all_pages":true}`:              {AllPages: true, Params: json.RawMessage(`{"page_size":2}`)},
		`{"page_size":2,"params":"{\"select\":\"sites[].name\"}"}`: {Select: "sites[].name", Params: json.RawMessage(`{"page_size":2}`)},
		`{"format":"CSV"}`: {Format: "csv"},
	} {
		want.Method = "list_phone_sites"
		expected, got := a.call(t, want), a.call(t, request("list_phone_sites", params))
		if string(got.JSON) != string(expected.JSON) || got.Text != expected.Text {
			t.Errorf("%s: %s %s, want %s %s", params, got.JSON, got.Text, expected.JSON, expected.Text)
		}
	}
	twice := request("list_phone_sites", `{"select":"a"}`)
	twice.Select = "b"
	for r, says := range map[*gateway.CallRequest]string{
		&twice: "select: given twice",
		new(request("list_phone_sites", `{"params":3}`)):                             "params: want an object, got the number 3",
		new(request("list_phone_sites", `{"params":{"page_size":2},"page_size":3}`)): "page_size: given twice",
		new(request("list_phone_sites", `{"params":{"foo":2}}`)):                     "foo: no such parameter",
		new(request("list_phone_sites", `{"all_pages":"perhaps"}`)):                  `all_pages: want true or false, got the text "perhaps"`,
		new(request("list_phone_sites", `{"max_records":2.5}`)):                      "max_records: want a whole number, got the number 2.5",
	} {
		if _, err := a.Call(t.Context(), *r); err == nil || !strings.Contains(apierror.From(err).Text(), says) {
			t.Errorf("%s: %v, want %s", r.Params, err, says)
		}
	}
}

func TestCommonParamsAreThoseOfMostMethodsThatThereAre(t *testing.T) {
	a := demo(t, gateway.Options{})
	const want = `{"page_size":{"type":"integer"},"next_page_token":{"type":"string"},"from":{"type":"string"},"to":{"type":"string"},"site_id":{"type":"string"},"userId":{"type":"string"}}`
	if got := string(a.CommonParams()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	view, err := a.View(gateway.Filter{Allow: []string{"get_a_site"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(view.CommonParams()); got != `{"siteId":{"type":"string"}}` {
		t.Errorf("a view has %s", got)
	}
}

// words are those of Go's decoders, which mean nothing to a client.
var words = []string{"json:", "unmarshal", "strconv", "unparsable", "invalid character", "illegal base64", "unexpected end of", "invalid URL escape", "net/url", "Go value", "Go struct"}

func assertNoDecodersWords(t *testing.T, asked, answered string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(answered, w) {
			t.Errorf("%.300s\nhas %q: %.600s", asked, w, answered)
		}
	}
}

// oddities makes values of all sorts, some of them with the names that requests
// have.
type oddities struct{ *rand.Rand }

var scalars = []string{
	`null`, `true`, `0`, `-1`, `2.5`, `30.0`, `1e2`, `1e300`, `1e999`, `9007199254740993`, `7.08e18`, `""`, `" "`, `"x"`, `"[]"`, `"{}"`, `"{"`, `"{\"a\":"`, `"\ud800"`, `"True"`, `"1e2"`, `"%zz"`,
	`"ref/prompt"`, `"ref/resource"`, `"queue_performance"`, `"call_zoom-phone"`, `"describe_method"`, `"list_phone_sites"`, `"account_call_history"`, `"phone_setting"`, `"zoom-phone://methods/%zz"`,
	`"zoom-phone://results/x?page=99999999999999999999"`, `"zoom-phone://files/%"`, `"yesterday"`, `"sites[99999999999999999999]"`, "\"`1e999`\"", `"SELECT json('{') FROM records"`, `"c1.e30"`, `"2026-07-28"`, `"2025-06-18"`,
}

func (o oddities) scalar() string { return scalars[o.IntN(len(scalars))] }

// value is a scalar, a list or an object, which may be written as text.
func (o oddities) value(names []string, depth int) string {
	out := o.scalar()
	switch kind := o.IntN(6); {
	case depth == 0:
		return out
	case kind == 0:
		out = "[" + o.scalar() + "," + o.value(names, depth-1) + "]"
	case kind == 1:
		out = []string{"[]", "{}"}[o.IntN(2)]
	case kind < 4:
		out = o.object(names, depth-1)
	}
	if o.IntN(6) == 0 {
		text, _ := json.Marshal(out)
		out = string(text)
	}
	return out
}

func (o oddities) object(names []string, depth int) string {
	var members []string
	for range o.IntN(5) {
		members = append(members, fmt.Sprintf("%q:%s", names[o.IntN(len(names))], o.value(names, depth)))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestNoAnswerHasADecodersWords asks what no schema allows, on every way in.
func TestNoAnswerHasADecodersWords(t *testing.T) {
	a := demo(t, gateway.Options{})
	s := mcpserver.New(a.Gateway, mcpserver.Options{Version: "test", Index: a.Index(), Guide: a.Gateway, Direct: a.Tools()})
	o := oddities{rand.New(rand.NewPCG(12, 2))}
	methods := []string{
		"initialize", "ping", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read", "resources/subscribe", "prompts/get", "completion/complete",
		"logging/setLevel", "tasks/get", "tasks/list", "server/discover", "no/such", "notifications/cancelled", "notifications/initialized", "roots/list",
	}
	names := []string{
		"_meta", "progressToken", "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientInfo", "io.modelcontextprotocol/clientCapabilities", "io.modelcontextprotocol/logLevel",
		"name", "arguments", "uri", "cursor", "ref", "type", "argument", "value", "context", "level", "taskId", "task", "protocolVersion", "capabilities", "clientInfo", "version", "roots", "requestId", "period", "queue",
	}
	calling := append(gateway.ArgumentNames(), "method", "params", "page_size", "from", "to", "keyword", "service", "full", "columns", "site_name")
	var messages []string
	for i := range 2500 {
		method := methods[i%len(methods)]
		params := o.value(names, 3)
		switch i % 5 {
		case 0:
			method, params = "tools/call", fmt.Sprintf(`{"name":"call_zoom-phone","arguments":%s,"_meta":%s}`, o.object(calling, 2), o.value(names, 2))
		case 1:
			method, params = "tools/call", fmt.Sprintf(`{"name":%q,"arguments":{"method":"list_phone_sites",%q:%s}}`, []string{"call_zoom-phone", "describe_method", "list_phone_sites"}[i%3], calling[i%len(calling)], o.value(calling, 2))
		case 2:
			method, params = "completion/complete", fmt.Sprintf(`{"ref":{"type":"ref/prompt","name":"queue_performance"},"argument":%s,"context":%s}`, o.value(names, 1), o.value(names, 1))
		}
		messages = append(messages, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, i, method, params))
	}
	messages = append(messages, `{"jsonrpc":"2.0","id":1,`, `{'a':1}`, `[{]`, `{"jsonrpc":"2.0","id":1,"method":"ping"}}`, `"`, `{"jsonrpc":2.0,"id":{},"method":[]}`)
	for _, m := range messages {
		var out strings.Builder
		if err := mcptransport.ServeStdio(t.Context(), s, strings.NewReader(m), &out, mcptransport.Options{}); err != nil {
			t.Fatal(err)
		}
		assertNoDecodersWords(t, m, out.String())
	}

	h := mcptransport.NewHTTP(mcptransport.Options{})
	t.Cleanup(func() { _ = h.Shutdown(t.Context()) })
	streamable := h.Streamable(s)
	for i, m := range messages[2000:] {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(m))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if i%2 == 0 {
			r.Header.Set("Mcp-Protocol-Version", "2026-07-28")
		}
		w := httptest.NewRecorder()
		streamable.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Result().Body)
		assertNoDecodersWords(t, m, string(body))
	}

	rest := restapi.New(a.Gateway, zerolog.Nop())
	for i := range 500 {
		name := calling[i%len(calling)]
		query := url.Values{name: {strings.Trim(o.value(calling, 1), `"`)}}.Encode()
		if i%10 == 0 {
			query = name + "=%zz;"
		}
		w := httptest.NewRecorder()
		rest.ServeHTTP(w, httptest.NewRequest(http.MethodGet, restapi.Prefix+"sites?"+query, nil))
		assertNoDecodersWords(t, query, w.Body.String())
	}
}
