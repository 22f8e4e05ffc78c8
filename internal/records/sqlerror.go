package records

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"zoom-phone-mcp/internal/apierror"
)

// unknownColumn is the fault of a query that names a column that there is not.
type unknownColumn struct{ fault *apierror.Error }

func (e *unknownColumn) Error() string { return e.fault.Error() }

// Bounds of what an error shows of a query and of the records' fields, in bytes.
const (
	maxShownName    = 64
	maxShownMessage = 500
)

// sqlFault is a fault of the query, with what is needed to write a better one.
func sqlFault(t *table, message string, nearest []string) *apierror.Error {
	e := apierror.New(apierror.InvalidParams, "the query is wrong")
	for i, name := range nearest {
		nearest[i] = apierror.Plain(name, maxShownName)
	}
	e.Problems = []apierror.Problem{{Param: "sql", Message: apierror.Plain(message, maxShownMessage), Nearest: nearest}}
	var names []string
	for _, c := range t.columns {
		names = append(names, apierror.Plain(c.Name, maxShownName))
		if len(names) == 120 && len(t.columns) > 120 {
			names = append(names, "and "+strconv.Itoa(len(t.columns)-120)+" more")
			break
		}
	}
	columns := "none, for there are no records"
	if len(names) > 0 {
		columns = strings.Join(names, ", ")
	}
	e.Hint = "Ask with one SELECT over the table records, for example: " + t.example() + ". Its columns: " + columns + "."
	return e
}

// example is a query that works: it counts by a name, or else by any text.
func (t *table) example() string {
	by := ""
	for _, c := range t.columns {
		if c.Type == "string" && c.Name == apierror.Plain(c.Name, maxShownName) && (by == "" || strings.HasSuffix(c.Name, "name") && !strings.HasSuffix(by, "name")) {
			by = c.Name
		}
	}
	if by == "" {
		return "SELECT count(*) FROM records"
	}
	return "SELECT " + sqlName(by) + ", count(*) AS n FROM records GROUP BY 1 ORDER BY 2 DESC"
}

// sqlName is a column's name as a query has to write it.
func sqlName(name string) string {
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return sqlite3.QuoteIdentifier(name)
		}
	}
	return name
}

// fault makes one of what a query failed with. outer is the caller's context,
// which may have ended before the query's own.
func (q *querying) fault(outer context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*unknownColumn](err); ok {
		return e.fault
	}
	if e, ok := errors.AsType[*apierror.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(outer.Err(), context.Canceled):
		return &apierror.Error{Kind: apierror.Canceled, Message: "the query was given up", Err: outer.Err()}
	case errors.Is(err, sqlite3.INTERRUPT) || q.ctx.Err() != nil:
		e := &apierror.Error{Kind: apierror.Timeout, Message: "the query took too long", Err: cmp.Or(q.ctx.Err(), err)}
		e.Hint = "Ask something simpler: no join of records with itself without an equality, and an end to every recursion."
		return e
	case full(err):
		e := &apierror.Error{Kind: apierror.TooLarge, Message: "the query takes too much memory", Err: err}
		e.Hint = "Name the columns you need instead of *, group, or ask for a shorter range."
		return e
	}
	return &apierror.Error{Kind: apierror.Internal, Message: "the query could not be run", Err: err}
}

func full(err error) bool {
	return errors.Is(err, sqlite3.NOMEM) || errors.Is(err, sqlite3.FULL) || strings.HasSuffix(err.Error(), "out of memory")
}

// explain makes a fault of SQLite's error.
func (q *querying) explain(sql string, err error) error {
	if err == nil || q.ctx.Err() != nil || errors.Is(err, sqlite3.INTERRUPT) || full(err) {
		return err
	}
	if q.why != nil {
		return sqlFault(q.t, q.why.Error(), nil)
	}
	message := err.Error()
	e, ok := errors.AsType[*sqlite3.Error](err)
	if ok {
		for _, prefix := range []string{"sqlite3: SQL logic error: ", "sqlite3: authorization denied: ", "sqlite3: string or blob too big: ", "sqlite3: "} {
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
	case errors.Is(err, sqlite3.AUTH) && !strings.Contains(message, "prohibited"):
		return sqlFault(q.t, "only reading the table records is allowed: one SELECT, WITH or VALUES", nil)
	case strings.HasPrefix(message, "no such column: "):
		name := strings.TrimPrefix(message, "no such column: ")
		name, _, _ = strings.Cut(name, " (at character")
		name, _, _ = strings.Cut(name, " - should")
		name = strings.Trim(name[strings.LastIndexByte(name, '.')+1:], `"`)
		return &unknownColumn{sqlFault(q.t, message, q.t.nearest(name))}
	case strings.HasPrefix(message, "no such table: "):
		message += "; the table is named records"
	}
	return sqlFault(q.t, message, nil)
}

// nearest gives up to five columns with a name like this one.
func (t *table) nearest(name string) []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name
	}
	return apierror.Nearest(name, names, 5)
}
