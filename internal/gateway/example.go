package gateway

import (
	"maps"
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

// QueryExample is a statement that joins two tables, for those who have never seen one:
// best a table of a period and what hangs on its rows. Empty where there is no table.
func (g *Gateway) QueryExample() string {
	best, found := "", -1
	for m := range g.Methods() {
		if m.Kind == "binary" {
			continue
		}
		example, rank := g.example(m), 0
		switch {
		case strings.Contains(example, "'<"):
			continue
		case strings.Contains(example, "') AS x, "):
			rank = 4
		case strings.Contains(example, " AS x, "):
			rank = 2
		}
		if strings.Contains(example, "GROUP BY") {
			rank++
		}
		if rank > found {
			best, found = example, rank
		}
	}
	return best
}

// from names a table as t, with all that it needs: a value is a column of a table that
// is joined before it, or the first one that Zoom takes.
func (g *Gateway) from(m *catalog.Method) string {
	j := joins{g: g, aliases: map[string]string{}}
	given, _ := j.values(m, nil, mostJoined)
	return strings.Join(append(j.before, reference(m, given)+" AS t"), ", ")
}

// mostJoined is how many tables an example joins before the one that it is of, each for
// a value of the next.
const mostJoined = 2

// joins are the tables that an example joins.
type joins struct {
	g       *Gateway
	before  []string
	aliases map[string]string // by method
}

// values finds values for what a table needs, by parameter, and reports whether there is
// one for each. known are those of the table for which it is joined.
func (j *joins) values(m *catalog.Method, known map[string]string, depth int) (map[string]string, bool) {
	given, all := map[string]string{}, true
	for _, p := range m.Params {
		switch {
		case !needs(m, &p):
			continue
		case known[p.Name] != "":
			given[p.Name] = known[p.Name]
		case len(p.Enum) > 0:
			given[p.Name] = "'" + p.Enum[0] + "'"
		}
		for near := 0; near < depth && given[p.Name] == ""; near++ { // with as few tables as can be
			for _, s := range p.Sources {
				if given[p.Name] = j.column(s, given, near); given[p.Name] != "" {
					break
				}
			}
		}
		if given[p.Name] == "" {
			given[p.Name], all = "'<"+p.Name+">'", false // only hidden methods have it
		}
	}
	return given, all
}

// column joins the table of a source and names its column, empty where it cannot.
func (j *joins) column(s catalog.Source, given map[string]string, depth int) string {
	column := sourceColumn(s)
	m := j.g.method(s.Method)
	if m == nil || column == "" {
		return ""
	}
	if j.aliases[m.Name] == "" {
		hangs := slices.ContainsFunc(m.Params, func(p catalog.Param) bool { return needs(m, &p) })
		if len(j.before) > 0 && !hangs {
			return "" // it would be joined to every row
		}
		before, aliases := slices.Clip(j.before), maps.Clone(j.aliases)
		values, all := j.values(m, given, depth)
		if !all {
			j.before, j.aliases = before, aliases
			return ""
		}
		j.aliases[m.Name] = string("xyzvw"[len(j.before)%5])
		j.before = append(j.before, reference(m, values)+" AS "+j.aliases[m.Name])
	}
	return j.aliases[m.Name] + "." + tables.Name(column)
}

// reference is a table with its arguments.
func reference(m *catalog.Method, given map[string]string) string {
	var args []string
	if m.Window != nil {
		args = append(args, "'last week'")
	}
	for _, p := range m.Params {
		if needs(m, &p) {
			args = append(args, given[p.Name])
		}
	}
	if len(args) == 0 {
		return m.Name
	}
	return m.Name + "(" + strings.Join(args, ", ") + ")"
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
