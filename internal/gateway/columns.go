package gateway

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/tables"
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
	t.Example = g.example(m)
	all := columnsOf(m)
	said, size := heads(all)
	switch {
	case size > 2*columnsLimit:
		said = braces(all)
		t.Note = "In braces are the ends of names: a_{b, c} is a_b and a_c. Those in braces without a type are boolean."
	default:
		size = meanings(m, all, said, size)
	}
	t.Columns = said
	t.Arguments = g.said(m, size)
	return t
}

// said are the arguments of a table, with where their values come from, and with their
// values where they are needed or there is room.
func (g *Gateway) said(m *catalog.Method, size int) []string {
	var out []string
	sql := g.table(m)
	if sql.Ranged {
		out = append(out, "period ('last week', '2026-10', '2026-05..2026-10', '-7d')")
	}
	for _, name := range sql.Arguments() {
		plain, optional := strings.CutSuffix(name, "?")
		i := slices.IndexFunc(sql.Params, func(p tables.Param) bool { return p.Name == plain || p.Column == plain })
		values := strings.Join(m.Param(sql.Params[i].Name).Enum, "|")
		switch {
		case !optional && len(sql.Params[i].From) > 0:
			name += " = " + sql.Params[i].From[0]
		case values != "" && (!optional || size+len(values) < columnsLimit):
			name += ": " + values
			size += len(values) + 2
		}
		out = append(out, name)
	}
	return out
}

// columnsOf are the columns of a method that are not what it needs as well.
func columnsOf(m *catalog.Method) []catalog.Column {
	return slices.DeleteFunc(m.Columns(), func(c catalog.Column) bool {
		return slices.ContainsFunc(m.Params, func(p catalog.Param) bool {
			return needs(m, &p) && p.Name != ownID && strings.EqualFold(p.Name, c.Name)
		})
	})
}

// heads are the names of columns, with their types where they are no texts, and the
// bytes that they take.
func heads(all []catalog.Column) (out []string, size int) {
	for _, c := range all {
		head := c.Name
		if c.Type != "string" {
			head += " " + c.Type
		}
		out = append(out, head)
		size += len(head) + len(`"",`)
	}
	return out, size
}

// meanings adds to the heads of columns what is said of them, as far as there is room,
// and returns the bytes that they take then.
func meanings(m *catalog.Method, all []catalog.Column, heads []string, size int) int {
	type place struct{ i, rank, size int }
	var order []place
	for i, c := range all {
		values, _ := c.Field.Said()
		rank := 3
		switch {
		case slices.Contains(m.Matters, c.Path):
			rank = 0
		case c.Type == "integer" || c.Type == "number":
			rank = 1
		case strings.Contains(values, "|") || c.Type == "array":
			rank = 2
		}
		order = append(order, place{i, rank, len(c.Field.Leaf)})
	}
	slices.SortStableFunc(order, func(a, b place) int { return cmp.Or(a.rank-b.rank, a.size-b.size) })
	o := outliner{level: outlineAll, values: map[string]string{}}
	for _, p := range order {
		before := maps.Clone(o.values)
		said := o.meaning(all[p.i])
		if said == "" || p.rank > 0 && size+len(said) > columnsLimit {
			o.values = before // nothing may refer to what is not said
			continue
		}
		heads[p.i] += ": " + said
		size += len(said) + 2
	}
	return size
}

// meaning is what is said of a column beside its type: of a list, what its elements
// have.
func (o *outliner) meaning(c catalog.Column) string {
	if c.Type == "array" {
		var names []string
		for _, f := range c.Field.Fields {
			names = append(names, fieldName(f))
		}
		if len(names) == 0 {
			return ""
		}
		return "{" + strings.Join(names, ", ") + "}"
	}
	said := o.leaf(c.Path, c.Field)
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(said, c.Type), "; "))
}

// braces lists many columns, those of one object together.
func braces(all []catalog.Column) []string {
	var out []string
	for i := 0; i < len(all); {
		of, end := object(all[i]), i+1
		for end < len(all) && of != "" && object(all[end]) == of {
			end++
		}
		together := all[i:end]
		if i = end; len(together) == 1 {
			head, _ := heads(together)
			out = append(out, head...)
			continue
		}
		var ends []string
		for _, c := range together {
			name := strings.TrimPrefix(c.Name, of)
			if c.Type != "boolean" {
				name += " " + c.Type
			}
			ends = append(ends, name)
		}
		out = append(out, of+"{"+strings.Join(ends, ", ")+"}")
	}
	return out
}

// object is what the name of a column begins with where it is of an object in the record.
func object(c catalog.Column) string {
	return strings.TrimSuffix(c.Name, c.Names[len(c.Names)-1])
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
	o := outliner{level: outlineAll}
	for _, c := range columnsOf(m) {
		t.Columns = append(t.Columns, ColumnInfo{c.Name, c.Type, o.meaning(c)})
	}
	return t
}
