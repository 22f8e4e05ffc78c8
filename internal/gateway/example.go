package gateway

import (
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/tables"
)

// needs reports whether a table needs a value for a parameter, apart from its period.
func needs(m *catalog.Method, p *catalog.Param) bool {
	return p.Required && p.Time == "" && (m.Table == nil || m.Table.Send[p.Name] == "")
}

// example is a statement over a table that runs as it stands.
func (g *Gateway) example(m *catalog.Method) string {
	columns := columnsOf(m)
	if by := counted(m, columns); by != "" && !totals(m) {
		return "SELECT t." + tables.Name(by) + ", count(*) AS n FROM " + g.from(m) + " GROUP BY 1 ORDER BY 2 DESC"
	}
	var names, numbers, others []string
	for _, c := range columns {
		name := "t." + tables.Name(c.Name)
		switch {
		case c.Type == "array":
		case strings.HasSuffix(c.Name, "name"):
			names = append(names, name)
		case c.Type == "integer" && totals(m):
			numbers = append(numbers, name)
		default:
			others = append(others, name)
		}
	}
	names = append(names[:min(len(names), 1)], append(numbers, others...)...)
	return "SELECT " + strings.Join(names[:min(len(names), 3)], ", ") + " FROM " + g.from(m)
}

// from names a table as t, with all that it needs: a value is a column of a table that
// is joined before it, or the first one that Zoom takes.
func (g *Gateway) from(m *catalog.Method) string {
	var before []string // the tables that are joined before it
	aliases, given := map[string]string{}, map[string]string{}
	for _, p := range m.Params {
		if !needs(m, &p) {
			continue
		}
		if len(p.Enum) > 0 {
			given[p.Name] = "'" + p.Enum[0] + "'"
			continue
		}
		for _, s := range g.sources(&p) {
			column := sourceColumn(s)
			of, ok := catalog.Lookup(s.Method)
			if !ok || column == "" {
				continue
			}
			if aliases[of.Name] == "" {
				// A second table that hangs on nothing would be joined to every row.
				hangs := slices.ContainsFunc(of.Params, func(p catalog.Param) bool { return needs(of, &p) })
				named, ok := reference(of, given)
				if !ok || len(before) > 0 && !hangs {
					continue
				}
				aliases[of.Name] = string("xyz"[len(before)%3])
				before = append(before, named+" AS "+aliases[of.Name])
			}
			given[p.Name] = aliases[of.Name] + "." + tables.Name(column)
			break
		}
		if given[p.Name] == "" {
			given[p.Name] = "'<" + p.Name + ">'" // the hidden methods have it
		}
	}
	named, _ := reference(m, given)
	return strings.Join(append(before, named+" AS t"), ", ")
}

// reference is a table with its arguments, and reports whether all of them are given.
func reference(m *catalog.Method, given map[string]string) (string, bool) {
	var args []string
	if m.Window != nil {
		args = append(args, "'last week'")
	}
	for _, p := range m.Params {
		if !needs(m, &p) {
			continue
		}
		if given[p.Name] == "" {
			return "", false
		}
		args = append(args, given[p.Name])
	}
	if len(args) == 0 {
		return m.Name, true
	}
	return m.Name + "(" + strings.Join(args, ", ") + ")", true
}

// counted chooses the column by whose values an example counts: one of the records
// themselves that has few, empty where there is none.
func counted(m *catalog.Method, columns []catalog.Column) string {
	best, found := "", 100
	for _, c := range columns {
		rank := 0
		switch {
		case c.Type != "string" || strings.HasSuffix(c.Name, "locked_by") || strings.HasSuffix(c.Name, "language"):
			continue
		case c.Field.Words() && slices.Contains(m.Matters, c.Path):
		case c.Field.Words():
			rank = 1
		case strings.HasSuffix(c.Name, "status"), strings.HasSuffix(c.Name, "type"):
			rank = 2
		case c.Name == "department", c.Name == "site_name", strings.HasSuffix(c.Name, "country_name"):
			rank = 3
		default:
			continue
		}
		if rank += 4 * (len(c.Names) - 1); rank < found {
			best, found = c.Name, rank
		}
	}
	return best
}
