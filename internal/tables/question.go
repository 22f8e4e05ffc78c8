package tables

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/safejson"
)

const (
	maxSQL   = 32_000
	maxValue = 1 << 20
	// maxRuns bounds how often a statement runs: more than any join has levels.
	maxRuns = 30
	// MaxWanted is how many calls a run notes at most; it ends there.
	MaxWanted = 30_000
	// room is how many bytes of values are kept between the runs of a question, and of
	// one table.
	room = 64 << 20
)

// Rows of the result are kept in steps of keepStep bytes, and take rowCost times as
// much: short values have a header that is longer than they are.
const (
	keepStep = 32 << 10
	rowCost  = 3
)

// question is one statement under way.
type question struct {
	ctx    context.Context
	outer  context.Context // the caller's, which has no end of the question's own
	db     *sqlite3.Conn
	sql    string
	tables []*Table // that the statement names
	names  []string // of all tables
	vtabs  map[string]*vtab
	zone   *time.Location  // nil for UTC
	reads  map[string]bool // tables of which the record itself may be read
	source Source
	lock   bool   // a statement of our own
	why    string // what is wrong, where SQLite does not know
	failed error  // of the source

	release func()          // gives the memory of the database back
	keep    func(int) error // whether more values may be kept; nil for always

	first  *plan // the first one that lacked a call in this run
	wanted []wanted
	noted  map[string]bool
	held   map[string]Rows
	which  map[string]string  // of held, what tells rows apart
	loaded map[string]*loaded // by call and columns; nil for one that is too large
	bytes  int
	notes  []string

	seed     maphash.Seed
	numbered map[string][]int64   // by call
	streamed map[string]*streamed // by call and column
}

type wanted struct {
	plan *plan
	call Call
}

// Check finds what is wrong with a statement as far as that can be told without any
// rows. Errors are as those of Query.
func Check(ctx context.Context, sql string, all []Table) error {
	return ask(ctx, sql, all, nil, Options{}, func(q *question) error {
		_, err := q.prepare(sql)
		return err
	})
}

// Query answers a statement: one SELECT, WITH or VALUES over tables, with SQLite's
// functions and local(time, zone) and regexp (x REGEXP y, with RE2's syntax). local
// gives the date and time in a zone, such as 2026-10-05 14:03:11, for a time that is
// ISO 8601, in UTC where it says nothing, or seconds or milliseconds since 1970; NULL
// for anything else.
//
// Values are numbers where the column's type says so, else text, as it came; true and
// false are 1 and 0, objects and lists JSON text.
//
// An error in the statement is of kind invalid_params, with what is needed to write a
// better one; a run that takes too long is of kind timeout, one that takes too much
// memory of kind too_large. Errors of the source are returned as they are.
func Query(ctx context.Context, sql string, all []Table, source Source, o Options) (*Result, error) {
	o.MaxRows = cmp.Or(o.MaxRows, DefaultRows)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultBytes)
	var result *Result
	sql = strings.TrimPrefix(sql, "\ufeff")
	err := ask(ctx, sql, all, source, o, func(q *question) error {
		for range maxRuns {
			// How many rows there are decides the order of a join, so that every run has
			// its own plan.
			stmt, err := q.prepare(sql)
			if err != nil {
				return err
			}
			result, err = q.run(sql, stmt, o)
			_ = stmt.Close() // it has ended, with the error of the run
			if err != nil {
				return err
			}
			calls := q.next()
			if len(calls) == 0 {
				result.Notes = q.notes
				return nil
			}
			// Others can have the memory while the calls are made.
			q.close()
			if err := q.source.Fetch(ctx, calls); err != nil {
				q.failed = err
				return err
			}
			q.ctx = ctx // that of the run has ended
			if err := q.open(o); err != nil {
				return err
			}
		}
		return apierror.New(apierror.Internal, "the question still lacked calls after %d runs", maxRuns)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// ask opens a database with the tables that a statement names.
func ask(ctx context.Context, sql string, all []Table, source Source, o Options, do func(*question) error) (err error) {
	q := &question{sql: sql, outer: ctx, source: source, zone: o.Zone, vtabs: map[string]*vtab{}, reads: map[string]bool{}, noted: map[string]bool{}, held: map[string]Rows{}, which: map[string]string{}, loaded: map[string]*loaded{}, seed: maphash.MakeSeed(), numbered: map[string][]int64{}, streamed: map[string]*streamed{}}
	q.choose(sql, all)
	switch {
	case strings.TrimSpace(sql) == "":
		return q.wrong("there is no query", nil)
	case len(sql) > maxSQL:
		return q.wrong("the query is longer than "+strconv.Itoa(maxSQL)+" bytes", nil)
	case strings.ContainsRune(sql, 0):
		return q.wrong("the query has a NUL character", nil)
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(o.Timeout, DefaultTime))
	defer cancel()
	q.ctx = limited
	defer func() {
		// The database panics where its memory is at an end.
		if p := recover(); p != nil {
			err, _ = p.(error)
			if err == nil || !strings.HasSuffix(err.Error(), "out of memory") {
				panic(p)
			}
		}
		err = q.fault(ctx, err)
		q.close()
	}()
	q.keep = o.Keep
	if err := q.open(o); err != nil {
		return err
	}
	return do(q)
}

// open opens the database.
func (q *question) open(o Options) (err error) {
	size := cmp.Or(o.MaxMemory, DefaultMemory)
	if o.Open != nil {
		if size, q.release, err = o.Open(q.outer); err != nil {
			q.failed = err
			return err
		}
	}
	if q.db, err = sqlite3.OpenContext(sqlite3.WithMaxMemory(q.ctx, size), ":memory:"); err != nil {
		return err
	}
	clear(q.vtabs)
	return q.setUp()
}

// names reports whether a statement has a name that is no part of another.
func names(sql, name string) bool {
	word := func(b byte) bool { return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' }
	for at := 0; ; at++ {
		i := strings.Index(sql[at:], name)
		if i < 0 {
			return false
		}
		at += i
		if end := at + len(name); (at == 0 || !word(sql[at-1])) && (end == len(sql) || !word(sql[end])) {
			return true
		}
	}
}

// choose takes the tables that a statement names, so that a question does not pay for
// those that it has nothing to do with. More of them do no harm.
func (q *question) choose(sql string, all []Table) {
	low := strings.ToLower(sql)
	for i := range all {
		q.names = append(q.names, all[i].Name)
		if t := &all[i]; names(low, strings.ToLower(t.Name)) {
			q.tables = append(q.tables, t)
			q.reads[t.Name] = strings.Contains(low, recordName)
		}
	}
	if len(q.tables) == 0 && len(all) == 1 {
		q.tables = append(q.tables, &all[0]) // an error shows its columns
	}
}

// close closes the database. Its memory is not that of Go and goes only with it, so that
// it is closed in any state that a panic may have left it in.
func (q *question) close() {
	db := q.db
	q.db = nil
	if db != nil {
		for _, stmt := range slices.Collect(db.Stmts()) {
			calmly(stmt.Close)
		}
		calmly(db.Close)
	}
	if q.release != nil {
		q.release()
		q.release = nil
	}
}

// calmly calls a function whose failure, and whose panic, changes nothing.
func calmly(f func() error) {
	defer func() { _ = recover() }()
	_ = f()
}

func (q *question) prepare(sql string) (*sqlite3.Stmt, error) {
	stmt, tail, err := q.db.Prepare(sql)
	if err != nil {
		return nil, q.explain(sql, err)
	}
	if stmt == nil {
		return nil, q.wrong("there is no query", nil)
	}
	if next, _, err := q.db.Prepare(tail); next != nil || err != nil {
		return nil, q.wrong("only one statement is allowed", nil)
	}
	if !stmt.ReadOnly() || stmt.ColumnCount() == 0 || !asks(sql) {
		return nil, q.wrong("only SELECT, WITH and VALUES are allowed", nil)
	}
	if stmt.BindCount() > 0 {
		return nil, q.wrong("parameters (?, :name) are not supported: write the values into the query", nil)
	}
	return stmt, nil
}

// asks reports whether a statement begins as a question does.
func asks(sql string) bool {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f;")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
		default:
			word := strings.ToLower(sql[:min(6, len(sql))])
			return strings.HasPrefix(word, "select") || strings.HasPrefix(word, "with") || strings.HasPrefix(word, "values")
		}
	}
}

// run runs the statement over what is there. Its rows count only where nothing was
// wanted.
func (q *question) run(sql string, stmt *sqlite3.Stmt, o Options) (*Result, error) {
	limited, cancel := context.WithTimeout(q.outer, cmp.Or(o.Timeout, DefaultTime))
	defer cancel()
	q.ctx = limited
	q.db.SetInterrupt(limited)
	q.first, q.wanted, q.notes, q.why = nil, nil, nil, ""
	clear(q.noted)
	// Values as long as this, and not longer, can come of functions.
	q.db.Limit(sqlite3.LIMIT_LENGTH, maxValue)
	result := &Result{Rows: [][]json.RawMessage{}}
	n := stmt.ColumnCount()
	for i := range n {
		result.Columns = append(result.Columns, stmt.ColumnName(i))
	}
	size, kept := 0, 0
	for stmt.Step() {
		if q.first != nil {
			continue // the run goes on to see what it wants
		}
		if len(result.Rows) == o.MaxRows {
			result.More = true
			return result, nil
		}
		row := make([]json.RawMessage, n)
		for i := range row {
			row[i] = value(stmt, i)
			size += len(row[i]) + 1
		}
		if size > o.MaxBytes {
			result.More = true
			return result, nil
		}
		result.Rows = append(result.Rows, row)
		if more := size - kept; q.keep != nil && more >= keepStep {
			if q.failed = q.keep(rowCost * more); q.failed != nil {
				return nil, q.failed
			}
			kept = size
		}
	}
	if q.enough() {
		return result, nil // it was ended
	}
	return result, q.explain(sql, stmt.Err())
}

// want notes a call that is not there yet.
func (q *question) want(p *plan, c Call) {
	if q.first == nil {
		q.first = p
	}
	key := c.Key()
	if q.noted[key] {
		return
	}
	q.noted[key] = true
	q.wanted = append(q.wanted, wanted{p, c})
}

// enough reports whether a run has noted as many calls as it may.
func (q *question) enough() bool { return len(q.wanted) >= MaxWanted }

// next returns the calls to be made: those of the reference that lacked the first one,
// and those whose parameters are literals. What else was wanted may be so only because
// those calls had no rows.
func (q *question) next() []Call {
	var out []Call
	for _, w := range q.wanted {
		if w.plan == q.first || w.plan.fixed {
			out = append(out, w.call)
		}
	}
	return out
}

func (q *question) note(text string) {
	if !slices.Contains(q.notes, text) && len(q.notes) < 5 {
		q.notes = append(q.notes, text)
	}
}

// value reads a value of the answer.
func value(stmt *sqlite3.Stmt, i int) json.RawMessage {
	switch stmt.ColumnType(i) {
	case sqlite3.INTEGER:
		return strconv.AppendInt(nil, stmt.ColumnInt64(i), 10)
	case sqlite3.FLOAT:
		f := stmt.ColumnFloat(i)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return json.RawMessage("null")
		}
		return strconv.AppendFloat(nil, f, 'g', 15, 64)
	case sqlite3.TEXT:
		return safejson.AppendString(nil, stmt.ColumnRawText(i))
	case sqlite3.BLOB:
		return append(hex.AppendEncode([]byte{'"'}, stmt.ColumnRawBlob(i)), '"')
	}
	return json.RawMessage("null")
}

// fault makes one of what a question failed with. outer is the caller's context,
// which may have ended before the question's own.
func (q *question) fault(outer context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case q.failed != nil:
		return q.failed
	}
	if _, ok := errors.AsType[*apierror.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(outer.Err(), context.Canceled):
		return &apierror.Error{Kind: apierror.Canceled, Message: "the query was given up", Err: outer.Err()}
	case errors.Is(err, sqlite3.INTERRUPT), errors.Is(q.ctx.Err(), context.DeadlineExceeded):
		e := &apierror.Error{Kind: apierror.Timeout, Message: "the query took too long", Err: cmp.Or(q.ctx.Err(), err)}
		e.Hint = "Ask something simpler: no join without an equality, and an end to every recursion."
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
