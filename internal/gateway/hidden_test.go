package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

var identifier = regexp.MustCompile(`[A-Za-z0-9_]+`)

// named are the methods that a text names and a gateway does not have. Scopes are Zoom's,
// and some are called like methods.
func named(g *gateway.Gateway, text string) []string {
	has := map[string]bool{}
	for m := range g.Methods() {
		has[m.Name] = true
	}
	text = regexp.MustCompile(`\b\w+:read:[\w:]*`).ReplaceAllString(text, "")
	var out []string
	for _, word := range identifier.FindAllString(text, -1) {
		if _, isMethod := catalog.Lookup(word); isMethod && !has[word] {
			out = append(out, word)
		}
	}
	return out
}

// told are the texts that a caller of a gateway can get about its methods.
func told(t *testing.T, g *gateway.Gateway, questions bool) map[string]string {
	t.Helper()
	out := map[string]string{"index": g.Index(), "titles": g.Titles(), "names": strings.Join(g.MethodNames(""), " ")}
	add := func(what string, v any, err error) {
		text, wrong := json.Marshal(v)
		if wrong != nil {
			t.Fatal(wrong)
		}
		out[what] = string(text)
		if err != nil {
			e := apierror.From(err)
			text, wrong := json.Marshal(e)
			if wrong != nil {
				t.Fatal(wrong)
			}
			out[what] += string(text) + e.Text()
		}
	}
	add("tools", g.Tools(), nil)
	add("tables", g.Tables(), nil)
	for _, j := range g.Jobs() {
		add("prompt "+j.Name, j.Render(map[string]string{}), nil)
		add("about prompt "+j.Name, []any{j.Title, j.Description, j.Arguments}, nil)
	}
	for m := range g.Methods() {
		for _, r := range []gateway.DescribeRequest{{Method: m.Name}, {Method: m.Name, Full: true}, {Method: m.Name, Columns: true}, {Method: m.Name + "x"}, {}} {
			d, err := g.Describe(t.Context(), r)
			add(fmt.Sprintf("describe %+v", r), string(d), err)
		}
		table, err := g.Table(m.Name)
		add("table "+m.Name, table, err)
		var example struct{ Params json.RawMessage }
		if err := json.Unmarshal(m.Example(now()), &example); err != nil {
			t.Fatal(err)
		}
		real := strings.NewReplacer("<", "", ">", "").Replace(string(example.Params))
		for what, r := range map[string]gateway.CallRequest{
			"without parameters": {}, "placeholders": {Params: example.Params}, "right": {Params: json.RawMessage(real)},
			"an unknown parameter": {Params: json.RawMessage(`{"users":"x","from":"never","site_id":7.5}`)},
			"a wrong choice":       {Params: json.RawMessage(real), Select: "sort(x", AllPages: true},
			"a wrong question":     {Params: json.RawMessage(real), SQL: "SELECT nothing_such FROM records"},
			"a question":           {Params: json.RawMessage(real), SQL: "SELECT count(*) FROM records"},
			"a link":               {Params: json.RawMessage(`{"fileId":"https://zoom.us/v2/phone/recording/download/x"}`)},
		} {
			r.Method = m.Name
			a, err := g.Call(t.Context(), r)
			add("call "+m.Name+" "+what, a, err)
		}
		if !questions {
			continue
		}
		for _, sql := range []string{"SELECT * FROM " + m.Name, "SELECT nothing_such FROM " + m.Name + "x", "SELECT nothing_such FROM " + m.Name, "SELECT * FROM " + m.Name + "('last week', 'x', 'x')"} {
			a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: sql})
			add("query "+sql, a, err)
		}
	}
	return out
}

// A caller with limits reads no name of a method outside of them, in whatever way it
// asks, and whatever Zoom answers.
func TestNothingThatIsToldNamesAHiddenMethod(t *testing.T) {
	var asked atomic.Int64
	all := unlimited(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) % 3 {
		case 0:
			fmt.Fprint(w, `{"total_records":0}`)
		case 1:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":404,"message":"there is none"}`)
		default:
			fmt.Fprint(w, `{"total_records":900,"next_page_token":""}`)
		}
	})
	views := 0
	for m := range catalog.All() {
		g := view(t, all, m.Name, "")
		views++
		for how, text := range told(t, g, views%5 == 0) {
			if names := named(g, text); len(names) > 0 {
				t.Errorf("%s only: %s names %v: %.600s", m.Name, how, names, text)
			}
		}
	}
	for _, deny := range []string{"account_call_history get_call_path list_phone_users", "Recordings SMS Voicemails", "list_*"} {
		g := view(t, all, "", deny)
		for how, text := range told(t, g, deny == "list_*") {
			if names := named(g, text); len(names) > 0 {
				t.Errorf("all but %s: %s names %v: %.600s", deny, how, names, text)
			}
		}
	}
}

// What is left of a description is whole sentences, and the caller without limits reads
// all of it.
func TestSentencesThatNameAHiddenMethodAreLeftOut(t *testing.T) {
	has := func(names ...string) catalog.Hidden {
		return func(name string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") }
	}
	for _, c := range []struct{ text, want string }{
		{"Ids and names. Policies of one user: phone_user.", "Ids and names."},
		{"Policies of one user: phone_user. Ids and names.", "Ids and names."},
		{"Needs multiple sites (phone_setting). More.", "Needs multiple sites. More."},
		{"Only own legs are listed; others are in account_call_history.", "Only own legs are listed."},
		{"phone_user has it.", ""},
		{"Names like phone_users and xphone_user are none.", "Names like phone_users and xphone_user are none."},
		{"get_a_site has it (phone_user too). See get_a_site.", "get_a_site has it. See get_a_site."},
	} {
		if got := has("get_a_site").Prose(c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
	for m := range catalog.All() {
		seen := m.Among(func(string) bool { return true })
		if seen.Description != m.Description || seen.Schema != m.Schema || seen.Fields != m.Fields || len(seen.Notes) != len(m.Notes) || len(seen.Related) != len(m.Related) {
			t.Errorf("%s lost something", m.Name)
		}
		alone := m.Among(func(name string) bool { return name == m.Name })
		if alone.Description == "" || !json.Valid([]byte(alone.Schema)) || m.Fields != "" && !json.Valid([]byte(alone.Fields)) || len(alone.Columns()) != len(m.Columns()) {
			t.Errorf("%s is broken: %s", m.Name, alone.Description)
		}
	}
}
