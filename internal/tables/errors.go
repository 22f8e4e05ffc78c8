package tables

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"zoom-phone-mcp/internal/apierror"
)

// Bounds of what an error shows of a statement and of the tables, in bytes.
const (
	maxShownName    = 64
	maxShownMessage = 500
	maxShownColumns = 120
)

// UnknownColumn is the error for a column that no table has.
type UnknownColumn struct {
	Column string
	fault  *apierror.Error
}

func (e *UnknownColumn) Error() string { return e.fault.Error() }

// Unwrap returns the error as it is shown.
func (e *UnknownColumn) Unwrap() error { return e.fault }

// wrong is a fault of the statement, with what is needed to write a better one.
func (q *question) wrong(message string, nearest []string) *apierror.Error {
	e := apierror.New(apierror.InvalidParams, "the query is wrong: %s", apierror.Plain(message, maxShownMessage))
	for i, name := range nearest {
		nearest[i] = apierror.Plain(name, maxShownName)
	}
	e.Problems = []apierror.Problem{{Param: "sql", Message: apierror.Plain(message, maxShownMessage), Nearest: nearest}}
	var hint []string
	room := maxShownColumns
	for _, t := range q.tables {
		var names []string
		for _, c := range t.Columns {
			if len(names) == room {
				names = append(names, fmt.Sprintf("and %d more", len(t.Columns)-room))
				break
			}
			names = append(names, apierror.Plain(c.Name, maxShownName))
		}
		room = max(room-len(names), 20)
		said := "Columns of " + t.Name + ": " + strings.Join(names, ", ") + "."
		if len(names) == 0 {
			said = t.Name + " has no columns, for there are no records."
		}
		if args := t.arguments(); args != "" {
			said += " Arguments: " + args + "."
		}
		hint = append(hint, said)
	}
	e.Hint = strings.Join(hint, " ")
	if len(q.tables) > 0 {
		e.Hint = "For example: " + q.tables[0].example() + ". " + e.Hint
	}
	return e
}

// arguments are what a table can be given in parentheses, in order.
func (t *Table) arguments() string {
	var out []string
	if t.Ranged {
		out = append(out, periodName+" such as 'last week' or '2026-10'")
	}
	out = append(out, t.Arguments()...)
	return strings.Join(out, ", ")
}

// Arguments are the parameters that a table takes in parentheses behind its period, in
// order; those that may be left out carry a question mark. A parameter that has the name
// of a column is none.
func (t *Table) Arguments() []string {
	var out []string
	for _, p := range t.Params {
		if slices.ContainsFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, p.column()) }) {
			continue
		}
		name := p.column()
		if !p.Required {
			name += "?"
		}
		out = append(out, name)
	}
	return out
}

// Signature is the table with its arguments on one line; those that may be left out
// carry a question mark.
func (t *Table) Signature() string {
	var args []string
	if t.Ranged {
		args = append(args, periodName)
	}
	args = append(args, t.Arguments()...)
	return t.Name + "(" + strings.Join(args, ", ") + ")"
}

// example is a statement over the table: its own, or one that counts its rows, by a
// name or a text where there is one.
func (t *Table) example() string {
	if t.Example != nil {
		return t.Example()
	}
	by := ""
	for _, c := range t.Columns {
		if c.Type == "string" && c.Name == apierror.Plain(c.Name, maxShownName) && (by == "" || strings.HasSuffix(c.Name, "name") && !strings.HasSuffix(by, "name")) {
			by = c.Name
		}
	}
	if by == "" {
		return "SELECT count(*) FROM " + t.Name
	}
	return "SELECT t." + Name(by) + ", count(*) AS n FROM " + t.Name + " AS t GROUP BY 1 ORDER BY 2 DESC"
}

// Name is a column's name as a query has to write it.
func Name(name string) string {
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return sqlite3.QuoteIdentifier(name)
		}
	}
	return name
}

// prefixes of SQLite's messages that say nothing.
var prefixes = []string{"sqlite3: SQL logic error: ", "sqlite3: authorization denied: ", "sqlite3: string or blob too big: ", "sqlite3: "}

var tooManyArguments = regexp.MustCompile(`^too many arguments on (\S+?)\(\)`)

// explain makes a fault of SQLite's error.
func (q *question) explain(sql string, err error) error {
	if err == nil || q.failed != nil || q.ctx.Err() != nil || errors.Is(err, sqlite3.INTERRUPT) || full(err) {
		return err
	}
	if q.why != "" {
		return q.wrong(q.why, nil)
	}
	message := err.Error()
	if e, ok := errors.AsType[*sqlite3.Error](err); ok {
		for _, prefix := range prefixes {
			if rest, found := strings.CutPrefix(message, prefix); found {
				message = rest
				break
			}
		}
		if rest := e.SQL(); rest != "" && strings.HasSuffix(sql, rest) {
			message += " (at character " + strconv.Itoa(len([]rune(sql[:len(sql)-len(rest)]))+1) + ")"
		}
	}
	switch {
	case strings.HasPrefix(message, "no query solution"):
		return q.noKey()
	case errors.Is(err, sqlite3.AUTH) && !strings.Contains(message, "prohibited"):
		return q.wrong("only reading the tables is allowed: one SELECT, WITH or VALUES", nil)
	case strings.HasPrefix(message, "no such column: "):
		name := strings.TrimPrefix(message, "no such column: ")
		name, _, _ = strings.Cut(name, " (at character")
		name, _, _ = strings.Cut(name, " - should")
		name = strings.Trim(name[strings.LastIndexByte(name, '.')+1:], `"`)
		return &UnknownColumn{name, q.wrong(message, apierror.Nearest(name, q.columns(), 5))}
	case strings.HasPrefix(message, "no such table: "), strings.HasPrefix(message, "no such function: "):
		_, name, _ := strings.Cut(message, ": ")
		name, _, _ = strings.Cut(name, " (at character")
		if near := apierror.Nearest(name, q.names, 3); strings.HasPrefix(message, "no such table: ") {
			if len(q.names) == 1 && q.names[0] == "records" {
				message += "; the table is named " + q.names[0]
			}
			return q.wrong(message, near)
		}
	}
	if m := tooManyArguments.FindStringSubmatch(message); m != nil {
		for _, t := range q.tables {
			if strings.EqualFold(t.Name, m[1]) && t.arguments() == "" {
				message = t.Name + " takes no arguments"
			}
		}
	}
	return q.wrong(message, nil)
}

// columns are the names of all columns of the tables that the statement names.
func (q *question) columns() []string {
	seen := map[string]bool{}
	for _, t := range q.tables {
		for _, c := range t.Columns {
			seen[c.Name] = true
		}
		for _, p := range t.Params {
			seen[p.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// noKey says which table lacks a value for what it cannot do without, and where one
// comes from.
func (q *question) noKey() *apierror.Error {
	for _, t := range q.tables {
		v := q.vtabs[t.Name]
		if v == nil {
			continue
		}
		for _, name := range v.needs() {
			if v.missing[name] && !v.late[name] {
				return q.lacks(t, name)
			}
		}
	}
	for _, t := range q.tables {
		v := q.vtabs[t.Name]
		if v == nil || len(v.late) == 0 {
			continue
		}
		name := slices.Sorted(maps.Keys(v.late))[0]
		e := q.wrong(fmt.Sprintf("no order of the tables brings a value for %s of %s in time: it is compared with something that needs %s first", name, t.Name, t.Name), nil)
		e.Hint = "Compare it with a literal, or with a column of a table that needs nothing of this one. A RIGHT or FULL JOIN cannot bring it: use LEFT JOIN. " + e.Hint
		return e
	}
	return q.wrong("no order of the tables brings the values that they need", nil)
}

func (q *question) lacks(t *Table, name string) *apierror.Error {
	q.tables = append([]*Table{t}, slices.DeleteFunc(slices.Clone(q.tables), func(o *Table) bool { return o == t })...)
	if name == periodName {
		message := t.Name + " needs a period: " + t.Name + "('last week'), a month such as '2026-10', '2026-10-01..2026-10-15' or '-7d'"
		if t.Time != "" {
			message += "; or a lower bound such as " + Name(t.Time) + " >= '2026-10-01'"
		}
		return q.wrong(message, nil)
	}
	message := t.Name + " needs a value for " + name
	var from []string
	for _, p := range t.Params {
		if p.Name == name {
			from = p.From
		}
	}
	if len(from) > 0 {
		message += ", which comes from " + strings.Join(from, " or ")
	}
	if low := strings.ToLower(q.sql); strings.Contains(low, "right") || strings.Contains(low, "full") {
		message += "; a RIGHT or FULL JOIN cannot bring it: write it as a LEFT JOIN behind the table that does"
	}
	return q.wrong(message, nil)
}
