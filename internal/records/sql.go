package records

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"zoom-phone-mcp/internal/safejson"
)

// Defaults of QueryOptions.
const (
	DefaultQueryRows   = 1000
	DefaultQueryBytes  = 1 << 20
	DefaultQueryMemory = 256 << 20
	DefaultQueryTime   = 10 * time.Second
)

// QueryOptions bound a query. The zero value of a field means its default.
type QueryOptions struct {
	// MaxRows and MaxBytes bound the result, default DefaultQueryRows and
	// DefaultQueryBytes. What is beyond is left out and flagged.
	MaxRows, MaxBytes int
	// MaxMemory is how many bytes the database may take, default DefaultQueryMemory.
	MaxMemory int64
	// Timeout is the time for filling the table and for the query together,
	// default DefaultQueryTime.
	Timeout time.Duration
}

// QueryResult is what a query found.
type QueryResult struct {
	Columns []string
	// Rows hold values of JSON: integers with all their digits, other numbers with
	// 15 significant ones, texts, null. A BLOB is its hexadecimal digits.
	Rows [][]json.RawMessage
	// More reports that there were more rows than the bounds allow.
	More bool
}

// JSON is {"columns":[…],"rows":[[…],…]}: names stand once and not in every row,
// which is what an array of objects would cost.
func (r *QueryResult) JSON() json.RawMessage {
	out := []byte(`{"columns":[`)
	for i, c := range r.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = safejson.AppendString(out, c)
	}
	out = append(out, `],"rows":[`...)
	for i, row := range r.Rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for j, v := range row {
			if j > 0 {
				out = append(out, ',')
			}
			out = append(out, v...)
		}
		out = append(out, ']')
	}
	return append(out, "]}"...)
}

// CSV is the result as CSV writes records.
func (r *QueryResult) CSV() []byte {
	var out []byte
	for i, c := range r.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCSV(out, c)
	}
	out = append(out, "\r\n"...)
	for _, row := range r.Rows {
		out = appendLine(out, row)
	}
	return out
}

// maxSQL bounds the length of a query, and maxValue that of a value in it, in bytes.
const (
	maxSQL   = 10_000
	maxValue = 1 << 20
)

// CheckQuery finds what is wrong with a query as far as that can be told without
// the records: everything but columns that only they can have. Errors are as
// those of Query.
func CheckQuery(ctx context.Context, sql string, known []Column) error {
	t, err := newTable(nil, known)
	if err != nil {
		return err
	}
	return query(ctx, t, sql, QueryOptions{}, func(q *querying) error {
		_, err := q.prepare(sql)
		if _, ok := errors.AsType[*unknownColumn](err); ok {
			return nil
		}
		return err
	})
}

// Query answers a question over records: they are the table records of an SQLite
// database in memory, with a column for every known column and every field that
// a record has. Fields of objects are columns named
// parent_child, arrays and objects further down are JSON text.
//
// A column holds integers, or numbers, where all its values are such; else text,
// as it came; true and false are 1 and 0. Numbers that come as text (charges) stay
// text: sum and avg take them, comparing and sorting needs CAST(x AS REAL). An
// integer beyond 64 bits makes its column text. An index that SQLite finds useful
// it makes itself.
//
// Beside SQLite's functions there are local(time, zone), and regexp (x REGEXP y,
// with RE2's syntax). local gives the date and time in a zone, such as
// 2026-10-05 14:03:11, for a time that is ISO 8601, in UTC where it says nothing,
// or seconds or milliseconds since 1970; NULL for anything else.
//
// sql is one SELECT, WITH or VALUES. An error in it is of kind invalid_params,
// with SQLite's message, the columns there are and those with a similar name; a
// query that takes too long is of kind timeout, one that takes too much memory of
// kind too_large.
func Query(ctx context.Context, sql string, records []json.RawMessage, known []Column, o QueryOptions) (*QueryResult, error) {
	t, err := newTable(records, known)
	if err != nil {
		return nil, err
	}
	o.MaxRows = cmp.Or(o.MaxRows, DefaultQueryRows)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultQueryBytes)
	result := &QueryResult{Rows: [][]json.RawMessage{}}
	err = query(ctx, t, sql, o, func(q *querying) error {
		stmt, err := q.prepare(sql)
		if err != nil {
			return err
		}
		if err := q.fill(records); err != nil {
			return err
		}
		return q.read(sql, stmt, result, o)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}
