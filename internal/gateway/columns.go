package gateway

import (
	"cmp"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
)

// columnsLimit is the size of a table's description, in bytes, up to which
// meanings and values are added to the names of columns.
const columnsLimit = 1300

// described is a table as describe_method has it: what SQL needs, and no more.
type described struct {
	Table string `json:"table"`
	// Arguments are the hidden columns, in order.
	Arguments []string `json:"arguments,omitempty"`
	Columns   []string `json:"columns,omitempty"`
	Note      string   `json:"note,omitempty"`
	Example   string   `json:"example,omitempty"`
}

// columns describes the table that a method is: every column with its type, text where
// there is none, and as much of what is said of them as there is room for: first that
// without which an answer is misread, then units, then values.
func (g *Gateway) columns(m *catalog.Method) described {
	t := described{Table: m.Name}
	if m.Kind == "binary" {
		t.Note = "a file, and no table"
		return t
	}
	sql := g.table(m)
	if sql.Ranged {
		t.Arguments = append(t.Arguments, "period ('last week', '2026-10', '2026-05..2026-10', '-7d')")
	}
	for _, name := range sql.Arguments() {
		for _, p := range sql.Params {
			if p.Name == name && len(p.From) > 0 {
				name += " = " + p.From[0]
				break
			}
		}
		t.Arguments = append(t.Arguments, name)
	}
	all := m.Columns()
	t.Example = g.example(m)
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
	return t
}

// TableInfo is a method as a table, for people.
type TableInfo struct {
	Name, Title string
	// Arguments are what the table takes in parentheses, in order; those that may be
	// left out carry a question mark.
	Arguments []string
	Columns   []ColumnInfo
	Example   string
}

// ColumnInfo is a column of a table. Its meaning is empty where its name says all.
type ColumnInfo struct{ Name, Type, Meaning string }

// Tables returns the tables that there are.
func (g *Gateway) Tables() []TableInfo {
	var out []TableInfo
	for m := range g.Methods() {
		if m.Kind != "binary" {
			out = append(out, g.tableInfo(m))
		}
	}
	return out
}

// Table returns a table. Every error is an *apierror.Error.
func (g *Gateway) Table(name string) (*TableInfo, error) {
	m, e := g.lookup(name)
	if e != nil {
		return nil, e
	}
	if m.Kind == "binary" {
		return nil, apierror.New(apierror.InvalidParams, "%s answers with a file, and is no table", m.Name)
	}
	t := g.tableInfo(m)
	return &t, nil
}

func (g *Gateway) tableInfo(m *catalog.Method) TableInfo {
	sql := g.table(m)
	t := TableInfo{Name: m.Name, Title: m.Title, Example: g.example(m)}
	if sql.Ranged {
		t.Arguments = append(t.Arguments, "period")
	}
	t.Arguments = append(t.Arguments, sql.Arguments()...)
	arguments := map[string]bool{}
	for _, a := range sql.Params {
		arguments[strings.ToLower(a.Name)] = a.Required
	}
	o := outliner{level: outlineAll}
	for _, c := range m.Columns() {
		if arguments[strings.ToLower(c.Name)] {
			continue // it is an argument, and not a column as well
		}
		meaning := strings.TrimPrefix(strings.TrimPrefix(o.leaf(c.Path, c.Field), c.Type), "; ")
		if c.Type == "array" {
			meaning = ""
		}
		t.Columns = append(t.Columns, ColumnInfo{c.Name, c.Type, strings.TrimSpace(meaning)})
	}
	return t
}
