package tables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

func (q *question) setUp() error {
	q.db.SetInterrupt(q.ctx)
	if err := q.db.Exec("PRAGMA temp_store=MEMORY; PRAGMA journal_mode=OFF"); err != nil {
		return err
	}
	for _, t := range q.tables {
		//lint:ignore SA1019 the method that takes its place needs Go 1.27
		err := sqlite3.CreateModule(q.db, t.Name, nil, func(*sqlite3.Conn, string, string, string, ...string) (*vtab, error) { return q.connect(t) })
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
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

// maxColumns is more than any table has.
const maxColumns = 1000

func affinity(typ string) string {
	switch typ {
	case "integer", "boolean":
		return "INTEGER"
	case "number":
		return "NUMERIC"
	}
	return "TEXT"
}

// authorize lets a statement read the tables, compute, and nothing else.
func (q *question) authorize(action sqlite3.AuthorizerActionCode, name, column, _, _ string) sqlite3.AuthorizerReturnCode {
	switch action {
	case sqlite3.AUTH_SELECT, sqlite3.AUTH_RECURSIVE:
		return sqlite3.AUTH_OK
	case sqlite3.AUTH_CREATE_VTABLE, sqlite3.AUTH_UPDATE, sqlite3.AUTH_INSERT:
		if q.lock {
			return sqlite3.AUTH_OK
		}
	case sqlite3.AUTH_READ:
		table := strings.ToLower(name)
		if table == "json_each" || table == "json_tree" || slices.ContainsFunc(q.tables, func(t *Table) bool { return strings.EqualFold(t.Name, name) }) {
			return sqlite3.AUTH_OK
		}
		// A part of the query that is read without any column comes by its own name.
		if column == "" && !strings.HasPrefix(table, "sqlite_") && !strings.HasPrefix(table, "pragma_") {
			return sqlite3.AUTH_OK
		}
	case sqlite3.AUTH_FUNCTION:
		if functions()[strings.ToLower(column)] {
			return sqlite3.AUTH_OK
		}
		if q.why == "" {
			q.why = "the function " + column + " is not available"
		}
	}
	return sqlite3.AUTH_DENY
}
