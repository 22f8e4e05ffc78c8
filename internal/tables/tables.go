// Package tables answers SQL over tables whose rows come from calls.
//
// Every method is a table. A parameter that a method cannot do without is a key
// column: a value for it, by an equality, a join or as an argument of the table, is
// one call. The planner of SQLite finds the order in which the values are there.
//
// A statement runs over what is known. A table that lacks a call answers no rows and
// notes the call; the noted calls are made, side by side, and the statement runs
// again, until a run lacks nothing: that run's rows are the answer. As many runs are
// needed as the join has levels.
//
// It must not know Zoom, methods or how a call is made.
package tables

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is what a statement can name.
type Table struct {
	Name    string
	Columns []Column
	// Params are the parameters of a call, hidden columns in this order, which is also
	// that of the table's arguments.
	Params []Param
	// Ranged reports that a call wants a range of time: the hidden column period, the
	// first argument, or comparisons with the column Time, which may be empty.
	Ranged bool
	Time   string
	// Example makes a statement that runs as it stands, for errors. Without it they count
	// the rows, which is right for a table without parameters.
	Example func() string
}

// Column is a field of the records.
type Column struct {
	// Name is the field's name; of a field in an object parent_child.
	Name string
	// Type is integer, number, boolean, string or array.
	Type string
	// Words reports that the values are words out of a list, whose letter case does not
	// matter.
	Words bool
	// Path are the names of the objects around the field, and its own.
	Path []string
	// Param is the parameter by which a call answers only the records that have one
	// value here, empty where there is none.
	Param string
}

// Param is a parameter of a call.
type Param struct {
	Name string
	// Column is the name of the hidden column, Name where it is empty.
	Column   string
	Required bool
	// From says where values come from, as table.column.
	From []string
}

func (p Param) column() string { return cmp.Or(p.Column, p.Name) }

// Call is a call that a table needs.
type Call struct {
	Table string
	// Params are the values by name, numbers in decimal.
	Params map[string]string
	// Filters are values of further parameters that only spare records: the statement
	// is checked against the records as well.
	Filters map[string]string
	// Period is the range as it was written. Without it From is the lower and To,
	// which may be empty, the upper bound that comparisons leave.
	Period, From, To string
}

// Key tells calls apart.
func (c Call) Key() string {
	var b strings.Builder
	for _, s := range []string{c.Table, c.Period, c.From, c.To} {
		b.WriteString(strconv.Quote(s))
	}
	for _, values := range []map[string]string{c.Params, c.Filters} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			b.WriteString(strconv.Quote(name) + strconv.Quote(values[name]))
		}
		b.WriteByte(';')
	}
	return b.String()
}

// Rows are the records of a call, JSON objects most often, in pieces.
type Rows interface {
	Len() int
	Chunks() int
	// Chunk returns the records of a piece, counted from 0. They are valid until the
	// next call.
	Chunk(i int) ([]json.RawMessage, error)
}

// Source makes calls.
type Source interface {
	// Rows returns the records of a call, nil where it was not made yet. An error ends
	// the question.
	Rows(ctx context.Context, c Call) (Rows, error)
	// Fetch makes calls for which there were no rows. An error ends the question.
	Fetch(ctx context.Context, calls []Call) error
}

// Defaults of Options.
const (
	DefaultRows   = 1000
	DefaultBytes  = 1 << 20
	DefaultMemory = 256 << 20
	DefaultTime   = 15 * time.Second
)

// Options bound a question. The zero value of a field means its default.
type Options struct {
	// MaxRows and MaxBytes bound the result. What is beyond is left out and flagged.
	MaxRows, MaxBytes int
	// MaxMemory is how many bytes the database may take.
	MaxMemory int64
	// Open is asked before the database is opened, which it is for each run anew, how
	// many bytes it may take; close is called when it is closed. Nil is for MaxMemory.
	Open func(ctx context.Context) (bytes int64, close func(), err error)
	// Keep is asked whether so many more bytes may be kept until the question ends:
	// values, which are read again where they may not, and rows of the result, for which
	// its error ends the question. Nil is for always.
	Keep func(bytes int) error
	// Zone is where a day begins that a time is compared with, nil for UTC. Times without
	// an offset are UTC in any case, as those are that SQLite makes.
	Zone *time.Location
	// Timeout is the time for one run of the statement, without the calls.
	Timeout time.Duration
}
