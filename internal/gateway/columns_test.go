package gateway_test

import (
	"os"
	"strings"
	"testing"

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
