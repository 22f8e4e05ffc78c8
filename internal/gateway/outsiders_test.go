package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/sanitize"
)

// hostile is a text with what nobody sees, as JSON: direction, zero width, tags, a
// variation selector behind a letter, C0 and C1.
const hostile = "\"pay\u202e\u2066\u200b\U000e0069\U000e0067\ufe01\u009b\\u001b]0;x\\u0007\\u0000.\""

// visible is what is left of it.
const visible = "pay]0;x."

// steers reports whether a text has a character that nobody sees, as itself or as an
// escape.
func steers(s string) bool {
	for _, escape := range []string{`\u001b`, `\u0007`, `\u0000`, `\u202e`, `\u200b`, `\u009b`} {
		if strings.Contains(s, escape) {
			return true
		}
	}
	return strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\r' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
	})
}

// hostileBody is an answer of a method with a hostile text in the place of every string.
func hostileBody(t *testing.T, m *catalog.Method) string {
	t.Helper()
	if m.Kind == "transcript" {
		return `{"type":"zoom_transcript","recording_start":"2026-10-01T00:00:00Z","timeline":[{"text":` + hostile + `,"raw_text":` + hostile +
			`,"ts":"00:00:01.000","end_ts":"00:00:02.000","users":[{"username":` + hostile + `}]}]}`
	}
	var shape any
	if err := json.Unmarshal([]byte(m.Fields), &shape); err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	var write func(v any) string
	write = func(v any) string {
		var parts []string
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				switch name {
				case "next_page_token", "sync_token", "page_count", "from", "to":
				case "date_time", "start_time":
					parts = append(parts, fmt.Sprintf("%q:%q", name, now().AddDate(0, 0, -4).Format(time.RFC3339)))
				default:
					parts = append(parts, fmt.Sprintf("%q:%s", name, write(inner)))
				}
			}
			return "{" + strings.Join(parts, ",") + "}"
		case []any:
			for _, inner := range v {
				parts = append(parts, write(inner))
			}
			return "[" + strings.Join(parts, ",") + "]"
		case string:
			if head, _, _ := strings.Cut(v, ";"); strings.HasPrefix(head, "integer") || strings.HasPrefix(head, "number") {
				return "1"
			} else if strings.HasPrefix(head, "boolean") {
				return "true"
			}
		}
		return hostile
	}
	text := write(shape)
	if m.Pagination != nil && !strings.Contains(text, `"total_records"`) {
		text = `{"total_records":1,` + text[1:]
	}
	return text
}

func TestNoFormOfAnyAnswerHidesAnything(t *testing.T) {
	for m := range catalog.All() {
		if m.Kind == "binary" {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			sent := hostileBody(t, m)
			g := unlimited(t, gateway.Options{}, body(sent))
			var example struct{ Params json.RawMessage }
			if err := json.Unmarshal([]byte(strings.NewReplacer("<", "", ">", "").Replace(string(m.Example(now())))), &example); err != nil {
				t.Fatal(err)
			}
			forms := map[string]gateway.CallRequest{"plain": {}, "select": {Select: "@"}, "select that writes": {Select: "{a: @, b: 'x\u202e'}"}}
			switch {
			case m.Kind == "transcript":
				forms["text"], forms["vtt"], forms["json"] = gateway.CallRequest{As: "text"}, gateway.CallRequest{As: "vtt"}, gateway.CallRequest{As: "json"}
				forms["text for a program"], forms["vtt for a program"] = gateway.CallRequest{As: "text", Exact: true}, gateway.CallRequest{As: "vtt", Exact: true}
			case m.Pagination != nil || m.Kind == "array":
				forms["csv"], forms["csv for a program"] = gateway.CallRequest{Format: "csv"}, gateway.CallRequest{Format: "csv", Exact: true}
				forms["sql"], forms["sql for a program"] = gateway.CallRequest{SQL: "SELECT *, char(27) || char(8238) AS made FROM records"}, gateway.CallRequest{SQL: "SELECT * FROM records", Exact: true}
				forms["sql as csv"] = gateway.CallRequest{SQL: "SELECT *, char(27) || char(917607) AS made FROM records", Format: "csv", Exact: true}
			}
			if m.Pagination != nil {
				forms["all pages"], forms["all pages as csv"] = gateway.CallRequest{AllPages: true}, gateway.CallRequest{AllPages: true, Format: "csv", Exact: true}
			}
			for form, r := range forms {
				r.Method, r.Params = m.Name, example.Params
				a, err := g.Call(t.Context(), r)
				if err != nil {
					t.Errorf("%s: %v", form, err)
					continue
				}
				text := string(a.JSON) + a.Text + string(a.Collected) + strings.Join(a.Notes, " ") + a.Incomplete
				if steers(text) {
					t.Errorf("%s: %q", form, text)
				}
				if !strings.Contains(text, visible) && strings.Contains(sent, hostile) {
					t.Errorf("%s: the texts are gone: %q", form, text)
				}
				if (a.Meta.Removed > 0) != strings.Contains(sent, hostile) && r.SQL == "" {
					t.Errorf("%s: %d removed", form, a.Meta.Removed)
				}
				if len(m.Untrusted) > 0 && len(a.Meta.Untrusted) == 0 {
					t.Errorf("%s: nothing says whose words they are", form)
				}
			}
		})
	}
}

func TestQuestionsOverTablesHideNothing(t *testing.T) {
	for _, c := range []struct {
		table, call string
		untrusted   []string
	}{
		{"account_call_history", "account_call_history('-7d')", []string{"caller_name", "caller_email", "spam"}},
		{"sms_session_details", "sms_session_details('-7d', 's')", []string{"message", "sender_display_name", "attachments"}},
		{"phone_download_recording_transcript", "phone_download_recording_transcript('r')", []string{"speaker", "text"}},
		{"get_voicemail_details", "get_voicemail_details('v')", []string{"transcription_content"}},
	} {
		m, _ := catalog.Lookup(c.table)
		sent := hostileBody(t, m)
		g := unlimited(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, sent) })
		for _, format := range []string{"json", "csv"} {
			a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: "SELECT *, char(27) AS made FROM " + c.call, Format: format, Partial: true})
			if err != nil {
				t.Errorf("%s: %v", c.table, err)
				continue
			}
			if text := string(a.JSON) + a.Text; steers(text) || !strings.Contains(text, visible) {
				t.Errorf("%s: %q", c.table, text)
			}
			for _, name := range c.untrusted {
				if !slices.Contains(a.Meta.Untrusted, name) {
					t.Errorf("%s: %s is not said to be of outside parties: %v", c.table, name, a.Meta.Untrusted)
				}
			}
		}
	}
}

// A text file is what a sender made it, as the content beside a link and as a resource.
func TestTextOfAFileHidesNothing(t *testing.T) {
	address := ""
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		if address == "" {
			address = "http://" + r.Host + "/file/abc"
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''no%E2%80%AEtes%1B.txt")
		fmt.Fprint(w, "Hello \u202e\U000e0069\x1b[2J there\n"+strings.Repeat("words ", 200))
	})
	if _, err := g.Call(t.Context(), request("phone_setting", "{}")); err == nil || address == "" {
		t.Fatal(err, address) // it is asked for its address alone
	}
	r := request("phone_download_recording_file", `{"fileId":"`+address+`"}`)
	r.Inline = true
	a, err := g.Call(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	f, err := g.FileContent(t.Context(), a.File.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{a.File.Data, f.Data} {
		if text := string(data); steers(text) || !strings.HasPrefix(text, "Hello [2J there\n") {
			t.Errorf("%q", text)
		}
	}
	if a.Meta.Removed != 3 || f.Removed != 3 || !slices.Contains(a.Meta.Untrusted, "text") || steers(a.File.Name) {
		t.Errorf("%+v, %d, %q", a.Meta, f.Removed, a.File.Name)
	}
}

func TestJSONForProgramsKeepsZoomsBytes(t *testing.T) {
	sent := `{"users":[{"name":` + hostile + `}]}`
	g := unlimited(t, gateway.Options{}, body(sent))
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users", Exact: true})
	clean, _ := sanitize.JSON([]byte(sent))
	if err != nil || !strings.Contains(string(a.JSON), "\u202e") || string(a.JSON) == string(clean) || strings.Contains(string(a.JSON), "\x1b") {
		t.Errorf("%q, %v", a.JSON, err)
	}
}
