package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/gateway"
)

// Line separators, halves of characters and bytes that are none come from Zoom, and
// from expressions that make them.
func TestEveryAnswerIsSafeToSend(t *testing.T) {
	const text = "a\u2028b\u2029c\u0085d" + `\ud83d \uDC00\uD800` + "\xff"
	body := `{"page_size":30,"total_records":2,"next_page_token":"","users":[{"id":"1","name":"` + text + `","` + text + `":{"x":"` + text + `"}},{"id":"2","name":"plain"}]}`
	for _, r := range []gateway.CallRequest{
		{},
		{Exact: true},
		{AllPages: true},
		{Select: "users[].name"},
		{Select: "users[].[name, id]", Format: gateway.FormatCSV},
		{Select: "{\"\u2028\": users[].name, \"b\": `{\"\u0085\": \"\u2029\"}`, \"c\": '\u2028'}"},
		{Select: "users[?contains(name, 'b')][::-1] | [0].values(@)"},
		{SQL: "SELECT *, char(8232, 8233, 133) AS \"made\u2028\", CAST(x'ff' AS TEXT) AS half FROM records"},
		{SQL: "SELECT json_group_array(name) AS names FROM records"},
		{SQL: "SELECT name FROM records", Format: gateway.FormatCSV},
		{Format: gateway.FormatCSV},
	} {
		t.Run(fmt.Sprintf("%+q", r.Select+r.SQL+r.Format), func(t *testing.T) {
			g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
			r.Method = "list_phone_users"
			a, err := g.Call(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			for _, doc := range []json.RawMessage{a.JSON, a.Collected} {
				if !utf8.Valid(doc) || strings.ContainsAny(string(doc), "\u2028\u2029\u0085") || strings.Contains(strings.ToLower(string(doc)), `\ud`) {
					t.Errorf("%q", doc)
				}
			}
			if r.Format != gateway.FormatCSV && !json.Valid(a.JSON) {
				t.Errorf("%q", a.JSON)
			}
			if !utf8.ValidString(a.Text) {
				t.Errorf("%q", a.Text)
			}
			// Line ends stand inside of quotes, where a reader of CSV does not mind them.
			for i, quoted := range strings.Split(a.Text, `"`) {
				if i%2 == 0 && strings.ContainsAny(quoted, "\u2028\u2029\u0085") {
					t.Errorf("%q", a.Text)
				}
			}
		})
	}
}

func TestSafeAnswersMeanWhatZoomSaid(t *testing.T) {
	const sent = "{\"a\u2028\":\"one\u2029two\u0085 \\ud83d\\ude00 \\ud83d\"}"
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, sent) })
	for exact, want := range map[bool]string{
		true:  `{"a\u2028":"one\u2029two\u0085 \ud83d\ude00 �"}`,
		false: `{"a\u2028":"one\u2029two \ud83d\ude00 �"}`, // a control character is nothing to a model
	} {
		a, err := g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting", Exact: exact})
		if err != nil || string(a.JSON) != want {
			t.Errorf("%s, %v, want %s", a.JSON, err, want)
		}
	}
}
