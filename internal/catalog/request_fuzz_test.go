package catalog_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/zoom"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzRequest holds that the request which parameters become is what the caller
// said: one GET to the method's path with every value in a segment of its own,
// and a query with the parameters that were given, in their values, and no other.
func FuzzRequest(f *testing.F) {
	var methods []*catalog.Method
	at := map[string]uint8{}
	for m := range catalog.All() {
		at[m.Name] = uint8(len(methods))
		methods = append(methods, m)
	}
	for name, params := range map[string]string{
		"phone_user": `{"userId":"ada+phone@example.com"}`, "account_call_history": `{"from":"last week","directions":["inbound"],"with_voicemail":"true","keyword":"a&b=c#d?e/f%2f+g h"}`,
		"list_phone_users": `{"keyword":"Łukasz \u2028 ' \" <>","page_size":1e0,"status":"activate"}`, "get_call_path": `{"callLogId":"..%2f..%2fusers"}`,
		"list_past_call_metrics": `{"durations":"0, 3","from":"2026-03-01","to":"2026-03-02","page_size":"7.0"}`, "get_call_qo_s": `{"callId":7081466125443483485}`,
		"downloadfaxfile": `{"faxLogId":"a b","fileId":"=;,:@&$!*'()~"}`, "list_call_queues": `"{\"page_size\":30,\"department\":null,\"cost_center\":\"\"}"`,
		"get_voicemail_details": `{"voicemailId":"-Qx9 "}`, "list_phone_sites": `{"next_page_token":"a\u0000"}`,
		"account_sms_session": `{"from":"2026-03-01T00:00:00.000Z","to":"2026-03-02T23:59:59.999+01:00"}`, "get_ps_operation_logs": `{"from":"2026-03-01T00:00:00.5Z","to":"2026-03-02 10:00 0100"}`,
	} {
		f.Add(at[name], params)
	}
	for _, m := range methods {
		f.Add(at[m.Name], string(m.Example(now)))
	}
	f.Fuzz(func(t *testing.T, method uint8, params string) {
		m := methods[int(method)%len(methods)]
		args, span, e := m.Check(json.RawMessage(params), catalog.Dates{Now: now})
		if e != nil {
			if len(e.Problems) == 0 || e.Message == "" || !json.Valid(e.Example) {
				t.Errorf("refused without a way on: %+v", e)
			}
			return
		}
		var sent []*http.Request
		client, err := zoom.New(zoom.Options{
			Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
			HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r)
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Call(t.Context(), client, args)
		if err != nil || len(sent) != 1 {
			t.Fatalf("%s %s: %d requests, %v", m.Name, params, len(sent), err)
		}
		if out.File != nil {
			out.File.Body.Close()
		}
		r := sent[0]
		// What goes over the wire, and what the other side reads of it.
		var wire bytes.Buffer
		if err := r.Write(&wire); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(wire.String(), "\r\n")
		target, ok := strings.CutPrefix(line, "GET ")
		target, ok2 := strings.CutSuffix(target, " HTTP/1.1")
		u, err := url.ParseRequestURI(target)
		if !ok || !ok2 || err != nil || r.URL.Scheme != "https" || r.URL.Host != "api.zoom.us" || r.Host != "api.zoom.us" || r.Body != nil || r.URL.User != nil || r.URL.Fragment != "" {
			t.Fatalf("%s %s: %q, %v", m.Name, params, line, err)
		}
		if strings.Trim(target, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/?&=+") != "" {
			t.Errorf("%q has characters that need an escape", target)
		}
		given := givenBy(t, params)
		checkPath(t, m, u, given)
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			t.Fatal(err)
		}
		for key, values := range query {
			p := m.Param(key)
			if p == nil || p.InPath {
				t.Fatalf("%s %s: the query has %s", m.Name, params, key)
			}
			if p.Time != "" && span != nil {
				// Zoom's form of a time that the caller may have said in another way.
				if len(values) != 1 || values[0] != args.String(key) || !daterange.Sendable(values[0]) {
					t.Errorf("%s %s: %s is %q", m.Name, params, key, values)
				}
				continue
			}
			if want := given[key]; !slices.Equal(values, valuesOf(p, want)) {
				t.Errorf("%s %s: %s is %q, want %q", m.Name, params, key, values, valuesOf(p, want))
			}
		}
		for key, raw := range given {
			if p := m.Param(key); !p.InPath && !nothing(p, raw) && len(query[key]) == 0 {
				t.Errorf("%s %s: %s was given and not sent", m.Name, params, key)
			}
		}
	})
}

// checkPath holds that a path is the method's, each parameter one segment of it.
func checkPath(t *testing.T, m *catalog.Method, u *url.URL, given map[string]json.RawMessage) {
	t.Helper()
	want, got := strings.Split("/v2"+m.Path, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		t.Fatalf("%s: the path %s", m.Name, u.EscapedPath())
	}
	for i, segment := range want {
		name, isParam := strings.CutPrefix(segment, "{")
		text, err := url.PathUnescape(got[i])
		if err != nil {
			t.Fatal(err)
		}
		if isParam {
			name = strings.TrimSuffix(name, "}")
			segment = said(m.Param(name), "string", given[name])
		}
		if text != segment || text == "" && i > 0 || text == "." || text == ".." {
			t.Errorf("%s: segment %q of %s, want %q", m.Name, text, u.EscapedPath(), segment)
		}
	}
}

// givenBy returns the parameters as the caller wrote them.
func givenBy(t *testing.T, params string) map[string]json.RawMessage {
	t.Helper()
	text := []byte(strings.TrimSpace(params))
	var inner string
	if json.Unmarshal(text, &inner) == nil {
		text = []byte(inner)
	}
	given := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, _ := d.Token(); start != json.Delim('{') {
		return given // nothing, or null
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		// A parameter may stand there twice if it says something once only.
		if name := key.(string); len(given[name]) == 0 || string(given[name]) == "null" || strings.TrimSpace(scalar(given[name])) == "" {
			given[name] = raw
		}
	}
	return given
}

// nothing reports whether a value leaves its parameter out.
func nothing(p *catalog.Param, raw json.RawMessage) bool {
	s := strings.TrimSpace(scalar(raw))
	return s == "" || s == "null" && raw[0] != '"' || p.Type == "array" && strings.HasPrefix(s, "[") && strings.TrimSpace(s[1:]) == "]"
}

// scalar is the text of a string, a number or a boolean.
func scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// valuesOf is what a parameter says, in the form in which Zoom is told it.
func valuesOf(p *catalog.Param, raw json.RawMessage) []string {
	if len(raw) == 0 {
		return nil
	}
	kind, list := p.Type, []json.RawMessage{raw}
	if p.Type == "array" {
		kind = p.Items
		text := raw
		if s := strings.TrimSpace(scalar(raw)); strings.HasPrefix(s, "[") {
			text = json.RawMessage(s)
		}
		if list = nil; json.Unmarshal(text, &list) != nil {
			for part := range strings.SplitSeq(scalar(raw), ",") {
				quoted, _ := json.Marshal(strings.TrimSpace(part))
				list = append(list, quoted)
			}
		}
	}
	var out []string
	for _, e := range list {
		s := said(p, kind, e)
		out = append(out, s)
	}
	return out
}

// said is what one value says of a parameter, in digits where it is a number.
func said(p *catalog.Param, kind string, raw json.RawMessage) string {
	s := scalar(raw)
	if kind != "string" || p.InPath || p.Time != "" || len(p.Enum)+len(p.Sources) > 0 {
		s = strings.TrimSpace(s)
	}
	if kind == "boolean" {
		switch s {
		case "1":
			return "true"
		case "0":
			return "false"
		}
		return strings.ToLower(s)
	}
	_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if (kind == "integer" || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte(`"`))) && len(exponent) < 5 {
		if n, ok := new(big.Rat).SetString(s); ok && n.IsInt() {
			return n.Num().String()
		}
	}
	return s
}
