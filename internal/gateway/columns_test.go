package gateway_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

// docs/tables.md is written from the spec, and the tables come from the catalog: both
// have the same tables, arguments and columns.
func TestTheDocumentHasTheTablesThatThereAre(t *testing.T) {
	text, err := os.ReadFile("../../docs/tables.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for section := range strings.SplitSeq(string(text), "\n### ") {
		head, rest, _ := strings.Cut(section, "\n")
		sections[head] = rest
	}
	all := gateway.New(gateway.Options{}).Tables()
	if got, want := len(sections)-1, len(all); got != want {
		t.Errorf("got %d tables, want %d", got, want)
	}
	for _, table := range all {
		head := table.Name
		var needed, also []string
		for _, a := range table.Arguments {
			if name, optional := strings.CutSuffix(a, "?"); optional {
				also = append(also, "`"+name+"`")
			} else {
				needed = append(needed, a)
			}
		}
		if len(needed) > 0 {
			head += "(" + strings.Join(needed, ", ") + ")"
		}
		section, ok := sections[head]
		if !ok {
			t.Errorf("there is no section %s", head)
			continue
		}
		if line := "\nAlso takes " + strings.Join(also, ", ") + ".\n"; len(also) > 0 && !strings.Contains(section, line) {
			t.Errorf("%s: got %.200q, want the line %q", head, section, line)
		}
		columns := 0
		for _, c := range table.Columns {
			if !strings.Contains(section, "| `"+c.Name+"` | "+c.Type+" |") && !strings.Contains(section+", ", "`"+c.Name+"`") {
				t.Errorf("%s: the column %s is not there", table.Name, c.Name)
			}
			columns++
		}
		rows := strings.Count(section, "\n| `") - strings.Count(section, "\n| `…_")
		if _, plain, ok := strings.Cut(section, "\nAnd: "); ok {
			rows += strings.Count(plain, ", ") + 1
		} else if _, plain, ok := strings.Cut(section, "\nColumns: "); ok {
			rows += strings.Count(plain, ", ") + 1
		}
		if rows != columns {
			t.Errorf("%s: got %d columns, want %d", table.Name, rows, columns)
		}
	}
}

// What a caller may not call stands in no example, no source of a key and no error.
func TestTablesInAViewNameNoHiddenMethod(t *testing.T) {
	for _, limits := range [][2]string{
		{"", "get_call_path account_*"}, {"", "list_phone_users"}, {"list_call_queue_members", ""}, {"*_voice* get_voicemail*", "account_voice_mails"}, {"", "list_*"},
	} {
		g := view(t, demo(t, gateway.Options{}).Gateway, limits[0], limits[1])
		here := names(g)
		hidden := func(text string) string {
			for m := range catalog.All() {
				if !slices.Contains(here, m.Name) && regexp.MustCompile(`\b`+m.Name+`\b`).MatchString(text) {
					return m.Name
				}
			}
			return ""
		}
		if example := g.QueryExample(); hidden(example) != "" {
			t.Errorf("%v: the example of the tool has %s: %s", limits, hidden(example), example)
		}
		for _, table := range g.Tables() {
			text, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: table.Name, Columns: true})
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(text, &fields); err != nil {
				t.Fatal(err)
			}
			if said := string(fields["arguments"]) + string(fields["example"]); hidden(said) != "" {
				t.Errorf("%v: %s names %s: %s", limits, table.Name, hidden(said), text)
			}
			wrong := []string{"SELECT no_such FROM " + table.Name, "SELECT * FROM " + table.Name + "x"}
			if len(table.Arguments) > 0 && !strings.HasSuffix(table.Arguments[0], "?") {
				wrong = append(wrong, "SELECT * FROM "+table.Name) // it needs that
			}
			for _, sql := range wrong {
				_, err := g.Query(t.Context(), gateway.QueryRequest{SQL: sql, DryRun: true})
				if e, ok := errors.AsType[*apierror.Error](err); !ok || hidden(e.Text()) != "" {
					t.Errorf("%v: %s: got %v, want an error that names no hidden method", limits, sql, err)
				}
			}
		}
		for m := range catalog.All() {
			if slices.Contains(here, m.Name) || m.Kind == "binary" {
				continue
			}
			_, err := g.Query(t.Context(), gateway.QueryRequest{SQL: "SELECT * FROM " + m.Name})
			e := apierror.From(err)
			if err == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Message, "no such table") || hidden(strings.ReplaceAll(e.Text(), "no such table: "+m.Name, "")) != "" {
				t.Errorf("%v: %s: got %v", limits, m.Name, err)
			}
		}
	}
}
