package records

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// querying is a database with the empty table, while it is used.
type querying struct {
	ctx  context.Context
	db   *sqlite3.Conn
	t    *table
	used []bool // columns that the query reads
	lock bool   // the authorizer is at work
	why  error  // of a function of ours that failed
}

// query makes the database, does something with it and makes a fault of what
// went wrong.
func query(ctx context.Context, t *table, sql string, o QueryOptions, do func(*querying) error) (err error) {
	if strings.TrimSpace(sql) == "" {
		return sqlFault(t, "there is no query", nil)
	}
	if len(sql) > maxSQL {
		return sqlFault(t, "the query is longer than "+strconv.Itoa(maxSQL)+" bytes", nil)
	}
	if strings.ContainsRune(sql, 0) {
		return sqlFault(t, "the query has a NUL character", nil)
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(o.Timeout, DefaultQueryTime))
	defer cancel()
	q := &querying{ctx: limited, t: t, used: make([]bool, len(t.columns))}
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
	q.db, err = sqlite3.OpenContext(sqlite3.WithMaxMemory(limited, cmp.Or(o.MaxMemory, DefaultQueryMemory)), ":memory:")
	if err != nil {
		return err
	}
	if err := q.setUp(); err != nil {
		return err
	}
	return do(q)
}

func (q *querying) close() {
	defer func() { _ = recover() }() // after a panic the database may be in any state
	if q.db == nil {
		return
	}
	for _, stmt := range slices.Collect(q.db.Stmts()) {
		_ = stmt.Close()
	}
	_ = q.db.Close()
}

// setUp makes the table and takes away everything that a question does not need.
func (q *querying) setUp() error {
	q.db.SetInterrupt(q.ctx)
	var b strings.Builder
	b.WriteString("PRAGMA temp_store=MEMORY; PRAGMA journal_mode=OFF; CREATE TABLE records(")
	for i, c := range q.t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(sqlite3.QuoteIdentifier(c.Name) + " " + affinity(c.Type))
	}
	if len(q.t.columns) == 0 {
		b.WriteString("value TEXT")
	}
	b.WriteString(")")
	if err := q.db.Exec(b.String()); err != nil {
		return err
	}
	for _, op := range []sqlite3.DBConfig{sqlite3.DBCONFIG_DQS_DML, sqlite3.DBCONFIG_DQS_DDL, sqlite3.DBCONFIG_TRUSTED_SCHEMA} {
		if _, err := q.db.Config(op, false); err != nil {
			return err
		}
	}
	if _, err := q.db.Config(sqlite3.DBCONFIG_DEFENSIVE, true); err != nil {
		return err
	}
	if err := q.register(); err != nil {
		return err
	}
	for id, limit := range map[sqlite3.LimitCategory]int{
		sqlite3.LIMIT_SQL_LENGTH: maxSQL + 64*maxColumns, sqlite3.LIMIT_EXPR_DEPTH: 200, sqlite3.LIMIT_COMPOUND_SELECT: 50,
		sqlite3.LIMIT_ATTACHED: 0, sqlite3.LIMIT_LIKE_PATTERN_LENGTH: 200, sqlite3.LIMIT_WORKER_THREADS: 0, sqlite3.LIMIT_TRIGGER_DEPTH: 0,
	} {
		q.db.Limit(id, limit)
	}
	return q.db.SetAuthorizer(q.authorize)
}

// affinity is how SQLite treats the values of a column.
func affinity(typ string) string {
	switch typ {
	case "integer", "boolean":
		return "INTEGER"
	case "number":
		return "NUMERIC"
	}
	return "TEXT"
}

// tables are what a query may read beside its own parts; the others are views of
// the database on itself.
var tables = map[string]bool{"records": true, "json_each": true, "json_tree": true}

// authorize is asked by SQLite for everything that a statement would do. It also
// learns which columns the query reads.
func (q *querying) authorize(action sqlite3.AuthorizerActionCode, name, column, _, _ string) sqlite3.AuthorizerReturnCode {
	if q.lock {
		return sqlite3.AUTH_OK // a statement of our own
	}
	switch action {
	case sqlite3.AUTH_SELECT, sqlite3.AUTH_RECURSIVE:
		return sqlite3.AUTH_OK
	case sqlite3.AUTH_READ:
		table := strings.ToLower(name)
		// A part of the query that is read without any column comes by its own name.
		own := column == "" && !strings.HasPrefix(table, "sqlite_") && !strings.HasPrefix(table, "pragma_")
		if !tables[table] && !own {
			return sqlite3.AUTH_DENY
		}
		for i, c := range q.t.columns {
			if strings.EqualFold(c.Name, column) {
				q.used[i] = true
			}
		}
		return sqlite3.AUTH_OK
	case sqlite3.AUTH_FUNCTION:
		if functions()[strings.ToLower(column)] {
			return sqlite3.AUTH_OK
		}
		if q.why == nil {
			q.why = errors.New("the function " + column + " is not available")
		}
	}
	return sqlite3.AUTH_DENY
}

// prepare makes the one statement.
func (q *querying) prepare(sql string) (*sqlite3.Stmt, error) {
	stmt, tail, err := q.db.Prepare(sql)
	if err != nil {
		return nil, q.explain(sql, err)
	}
	if stmt == nil {
		return nil, sqlFault(q.t, "there is no query", nil)
	}
	if next, _, err := q.db.Prepare(tail); next != nil || err != nil {
		return nil, sqlFault(q.t, "only one statement is allowed", nil)
	}
	if !stmt.ReadOnly() || stmt.ColumnCount() == 0 || !asks(sql) {
		return nil, sqlFault(q.t, "only SELECT, WITH and VALUES are allowed", nil)
	}
	if stmt.BindCount() > 0 {
		return nil, sqlFault(q.t, "parameters (?, :name) are not supported: write the values into the query", nil)
	}
	return stmt, nil
}

// asks reports whether the first word is one of a question. The authorizer refuses
// everything that does something; this keeps EXPLAIN out too.
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

// fill puts the records into the table, as far as the query reads them.
func (q *querying) fill(records []json.RawMessage) error {
	var names, marks strings.Builder
	var cols []int
	for i, used := range q.used {
		if !used || q.t.fields[i] == nil {
			continue
		}
		if len(cols) > 0 {
			names.WriteString(", ")
			marks.WriteString(", ")
		}
		names.WriteString(sqlite3.QuoteIdentifier(q.t.columns[i].Name))
		marks.WriteByte('?')
		cols = append(cols, i)
	}
	insert := "INSERT INTO records(" + names.String() + ") VALUES (" + marks.String() + ")"
	if len(cols) == 0 {
		insert = "INSERT INTO records DEFAULT VALUES"
	}
	q.lock = true
	defer func() { q.lock = false }()
	stmt, _, err := q.db.Prepare(insert)
	if err != nil {
		return err
	}
	defer stmt.Close()
	if err := q.db.Exec("BEGIN"); err != nil {
		return err
	}
	cells := make([][]byte, len(q.t.columns))
	for n, r := range records {
		if n%256 == 0 && q.ctx.Err() != nil {
			return q.ctx.Err()
		}
		if len(cols) > 0 {
			q.t.row(r, cells)
		}
		for i, col := range cols {
			if err := bind(stmt, i+1, cells[col], q.t.columns[col].Type); err != nil {
				return err
			}
		}
		if err := stmt.Exec(); err != nil {
			return err
		}
	}
	return q.db.Exec("COMMIT")
}

// bind sets a parameter to the value that stands in JSON.
func bind(stmt *sqlite3.Stmt, i int, v []byte, typ string) error {
	switch {
	case len(v) == 0 || v[0] == 'n':
		return stmt.BindNull(i)
	case v[0] == '"':
		return stmt.BindText(i, rawjson.Unquote(v))
	case v[0] == '{' || v[0] == '[':
		return stmt.BindRawText(i, v)
	case v[0] == 't' || v[0] == 'f':
		return stmt.BindBool(i, v[0] == 't')
	case affinity(typ) == "TEXT":
		return stmt.BindRawText(i, v) // with its digits
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return stmt.BindInt64(i, n)
	}
	if kindOf(v) == kindReal {
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			return stmt.BindFloat(i, f)
		}
	}
	return stmt.BindRawText(i, v)
}

// read runs the statement.
func (q *querying) read(sql string, stmt *sqlite3.Stmt, result *QueryResult, o QueryOptions) error {
	// Values as long as this, and not longer, can come of functions.
	q.db.Limit(sqlite3.LIMIT_LENGTH, maxValue)
	n := stmt.ColumnCount()
	for i := range n {
		result.Columns = append(result.Columns, stmt.ColumnName(i))
	}
	size := 0
	for stmt.Step() {
		if len(result.Rows) == o.MaxRows {
			result.More = true
			return nil
		}
		row := make([]json.RawMessage, n)
		for i := range row {
			row[i] = value(stmt, i)
			size += len(row[i]) + 1
		}
		if size > o.MaxBytes {
			result.More = true
			return nil
		}
		result.Rows = append(result.Rows, row)
	}
	return q.explain(sql, stmt.Err())
}

// value is a value of the current row as JSON.
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
		return safejson.Quote(stmt.ColumnRawText(i))
	case sqlite3.BLOB:
		return append(hex.AppendEncode([]byte{'"'}, stmt.ColumnRawBlob(i)), '"')
	}
	return json.RawMessage("null")
}
