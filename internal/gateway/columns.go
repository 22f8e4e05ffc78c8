package gateway

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"zoom-phone-mcp/internal/catalog"
)

// columnsLimit is the size of a table's description, in bytes, up to which
// meanings and values are added to the names of columns.
const columnsLimit = 1300

// table describes the table that sql sees.
type table struct {
	Method  string          `json:"method"`
	Table   string          `json:"table,omitempty"`
	Columns []string        `json:"sql_columns,omitempty"`
	Note    string          `json:"note,omitempty"`
	Example json.RawMessage `json:"example"`
}

// columns describes the table of a method's records: every column with its type,
// text where there is none, and as much of what is said of them as there is room
// for: first that without which an answer is misread, then units, then values.
func (g *Gateway) columns(m *catalog.Method) table {
	t := table{Method: m.Name, Example: m.Example(g.now())}
	all := m.Columns()
	if len(all) == 0 {
		t.Note = "no list of records: sql does not work on this answer, select does"
		return t
	}
	t.Table = "records"
	type place struct{ i, rank, size int }
	var order []place
	size := 0
	for i, c := range all {
		head := c.Name
		if c.Type != "string" {
			head += " " + c.Type
		}
		t.Columns = append(t.Columns, head)
		size += len(head) + len(`"",`)
		values, _ := c.Field.Said()
		rank := 3
		switch {
		case slices.Contains(m.Matters, c.Path):
			rank = 0
		case c.Type == "integer" || c.Type == "number":
			rank = 1
		case strings.Contains(values, "|"):
			rank = 2
		}
		order = append(order, place{i, rank, len(c.Field.Leaf)})
	}
	slices.SortStableFunc(order, func(a, b place) int { return cmp.Or(a.rank-b.rank, a.size-b.size) })
	o := outliner{level: outlineAll, values: map[string]string{}}
	for _, p := range order {
		c := all[p.i]
		said := o.leaf(c.Path, c.Field)
		said = strings.TrimPrefix(strings.TrimPrefix(said, c.Type), "; ")
		if said == "" || c.Type == "array" || p.rank > 0 && size+len(said) > columnsLimit {
			continue
		}
		t.Columns[p.i] += ": " + said
		size += len(said) + 2
	}
	t.Example = withMember(t.Example, "sql", encode("SELECT "+example(all)+" FROM records GROUP BY 1 ORDER BY 2 DESC"))
	return t
}

// example chooses what a statement may count: the first column with few values,
// or else the first text.
func example(all []catalog.Column) string {
	by := all[0].Name
	for _, c := range all {
		values, _ := c.Field.Said()
		if c.Type == "string" && strings.Contains(values, "|") {
			by = c.Name
			break
		}
	}
	if strings.ContainsFunc(by, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		by = strconv.Quote(by)
	}
	return by + ", count(*) AS n"
}
