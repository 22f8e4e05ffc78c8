package tables

import (
	"sort"
	"strconv"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// Open returns a cursor.
func (v *vtab) Open() (sqlite3.VTabCursor, error) { return &cursor{v: v}, nil }

// cursor walks over the rows of one call.
type cursor struct {
	v    *vtab
	call Call
	// Of rows that are loaded, or found by an index; else chunk by chunk.
	loaded  *loaded
	found   []int32 // rows, where an index found them
	indexed bool
	layout  *layout
	rows    Rows
	chunk   int
	index   *streamed // of rows that are not kept, nil for none
	records [][]byte
	data    []byte // of the records
	in      int    // the chunk's

	n, count int // the row, and how many there are
	cells    [][]byte
	fresh    bool // cells are those of the row
	bounds   []bound
	numbers  []int64 // of the rows, once they are asked for
}

// bound is a comparison with the time of a row. Both are compared as times, whatever
// form they are written in.
type bound struct {
	op   sqlite3.IndexConstraintOp
	text string
}

// holds reports whether a time, as instantText has it, lies within a bound.
func (b bound) holds(at string) bool {
	switch b.op {
	case sqlite3.INDEX_CONSTRAINT_GT:
		return at > b.text
	case sqlite3.INDEX_CONSTRAINT_GE:
		return at >= b.text
	case sqlite3.INDEX_CONSTRAINT_LT:
		return at < b.text
	case sqlite3.INDEX_CONSTRAINT_LE:
		return at <= b.text
	}
	return at == b.text
}

// instantText returns a time in the form in which times are compared: UTC without a
// zone, as fine as it was written; a text that is no time as it is.
func instantText(text string) string {
	const form = "2006-01-02T15:04:05"
	if len(text) == len(form)+1 && text[10] == 'T' && text[19] == 'Z' {
		return text[:len(form)]
	}
	if t, ok := parseTime(text); ok {
		if t = t.UTC(); len(text) == len(time.DateOnly) {
			return t.Format(time.DateOnly)
		}
		return t.Format(form + ".999999999")
	}
	return text
}

// sendable is a compared time as a call has it: a whole second, the next one where it
// is an upper bound.
func sendable(text string, upper bool) string {
	t, err := time.Parse("2006-01-02T15:04:05.999999999", text)
	if err != nil {
		return text
	}
	if whole := t.Truncate(time.Second); !upper || whole.Equal(t) {
		t = whole
	} else {
		t = whole.Add(time.Second)
	}
	return t.Format(time.RFC3339)
}

// instant is instantText for what a statement says: a day begins in its zone.
func (q *question) instant(text string) string {
	if q.zone != nil && q.zone != time.UTC {
		if day, err := time.ParseInLocation(time.DateOnly, text, q.zone); err == nil {
			text = day.UTC().Format(time.RFC3339)
		}
	}
	return instantText(text)
}

// Filter begins to read the rows of a call.
func (c *cursor) Filter(idxNum int, _ string, args ...sqlite3.Value) error {
	q, p := c.v.q, c.v.plans[idxNum]
	last := *c
	*c = cursor{v: c.v, call: Call{Table: c.v.t.Name, Params: map[string]string{}, Filters: map[string]string{}}}
	for i, u := range p.args {
		if u.role == roleNothing {
			continue
		}
		text, ok := argument(args[i])
		if !ok {
			return nil // nothing is equal to NULL, or before or after it
		}
		switch u.role {
		case rolePeriod:
			c.call.Period = text
		case roleParam:
			c.call.Params[u.param.Name] = text
		case roleFilter:
			c.call.Filters[u.param.Name] = text
		case roleFrom, roleTo, roleBound:
			if u.op == sqlite3.INDEX_CONSTRAINT_LE && len(text) == len(time.DateOnly) {
				q.note(c.v.t.Time + " <= '" + text + "' leaves out all of that day: write < and the day after.")
			}
			text = q.instant(text)
			c.bounds = append(c.bounds, bound{u.op, text})
			switch {
			case u.role == roleFrom:
				c.call.From = max(c.call.From, sendable(text, false))
				if u.op == sqlite3.INDEX_CONSTRAINT_EQ || u.op == sqlite3.INDEX_CONSTRAINT_IS {
					c.upTo(sendable(text, true))
				}
			case u.role == roleTo:
				c.upTo(sendable(text, true))
			}
		}
	}
	rows, err := q.source.Rows(q.ctx, c.call)
	if err != nil {
		q.failed = err
		return sqlite3.ERROR
	}
	if rows == nil {
		if q.want(p, c.call); q.enough() {
			return sqlite3.ABORT
		}
		return nil
	}
	q.hold(c.call, rows)
	return c.open(p, rows, args, &last)
}

// upTo bounds the range of the call.
func (c *cursor) upTo(text string) {
	if c.call.To == "" || text < c.call.To {
		c.call.To = text
	}
}

// argument returns a value as text; it is not ok for NULL.
func argument(v sqlite3.Value) (string, bool) {
	switch v.Type() {
	case sqlite3.NULL:
		return "", false
	case sqlite3.FLOAT:
		if f := v.Float(); f == float64(int64(f)) {
			return strconv.FormatInt(int64(f), 10), true
		}
	}
	return v.Text(), true
}

func (c *cursor) open(p *plan, rows Rows, args []sqlite3.Value, last *cursor) error {
	q := c.v.q
	if c.count = rows.Len(); p.fixed {
		c.v.rows = max(c.v.rows, c.count)
	}
	if len(p.used) == 0 {
		return nil // they are counted
	}
	d, err := q.load(c.v.t, c.call, p.used, rows)
	if err != nil {
		q.failed = err
		return sqlite3.ERROR
	}
	if d != nil {
		c.loaded, c.layout = d, d.layout
		if p.index >= 0 {
			text, _ := argument(args[len(p.args)-1])
			c.found, c.indexed = d.index(d.layout.slots[p.index])[alike(text)], true
			c.count = len(c.found)
		}
	} else {
		c.v.streams = true
		c.layout, c.rows, c.chunk, c.in = newLayout(c.v.t, p.used), rows, -1, 0
		if p.index >= 0 {
			index, err := q.indexOf(c.v.t, c.call, p.index, rows)
			if err != nil {
				q.failed = err
				return sqlite3.ERROR
			}
			text, _ := argument(args[len(p.args)-1])
			c.index, c.found, c.indexed = index, index.rows[alike(text)], true
			c.count = len(c.found)
			if last.index == index {
				c.chunk, c.records, c.data = last.chunk, last.records, last.data
			}
		} else if err := c.nextChunk(); err != nil {
			return err
		}
	}
	c.cells = make([][]byte, c.layout.count)
	return c.skip()
}

// skip goes on to a row that lies within the bounds.
func (c *cursor) skip() error {
	for len(c.bounds) > 0 && c.n < c.count {
		v := c.value(c.v.time)
		within := len(v) > 0 && v[0] != 'n'
		if within {
			at := instantText(plain(v))
			for _, b := range c.bounds {
				within = within && b.holds(at)
			}
		}
		if within {
			return nil
		}
		if err := c.advance(); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) nextChunk() error {
	c.records, c.in = c.records[:0], 0
	for c.chunk++; c.chunk < c.rows.Chunks() && len(c.records) == 0; c.chunk++ {
		records, err := c.rows.Chunk(c.chunk)
		if err != nil {
			c.v.q.failed = err
			return sqlite3.ERROR
		}
		// They are valid until another cursor reads on.
		c.data = c.data[:0]
		for _, r := range records {
			c.data = append(c.data, r...)
		}
		at := 0
		for _, r := range records {
			c.records = append(c.records, c.data[at:at+len(r):at+len(r)])
			at += len(r)
		}
	}
	c.chunk--
	return nil
}

// seek goes to a row of a table that is not kept.
func (c *cursor) seek(row int) error {
	at := sort.SearchInts(c.index.starts, row+1) - 1
	if at != c.chunk {
		c.chunk = at - 1
		if err := c.nextChunk(); err != nil {
			return c.v.q.failed
		}
	}
	c.in = row - c.index.starts[at]
	return nil
}

// Next goes on to the next row.
func (c *cursor) Next() error {
	if err := c.advance(); err != nil {
		return err
	}
	return c.skip()
}

func (c *cursor) advance() error {
	c.n++
	c.fresh = false
	if c.rows != nil && !c.indexed {
		if c.in++; c.in >= len(c.records) && c.n < c.count {
			return c.nextChunk()
		}
	}
	return nil
}

// EOF reports whether there is no row any more.
func (c *cursor) EOF() bool { return c.n >= c.count }

// RowID returns what tells the row from all others of the table.
func (c *cursor) RowID() (int64, error) {
	n := c.n
	if c.indexed {
		n = int(c.found[c.n])
	}
	if c.numbers == nil {
		var err error
		if c.numbers, err = c.v.q.numbersOf(c.call); err != nil {
			c.v.q.failed = err
			return 0, sqlite3.ERROR
		}
	}
	return c.numbers[n], nil
}

// Column returns a value of the row.
func (c *cursor) Column(ctx sqlite3.Context, n int) error {
	v := c.v
	param := v.params[n]
	switch {
	case v.own(n):
		value := c.value(n)
		if given, ok := c.given(param); ok && (len(value) == 0 || value[0] == 'n') {
			ctx.ResultText(given)
			return nil
		}
		answer(ctx, value, v.t.Columns[n].Type)
	case n == v.record:
		ctx.ResultRawText(c.value(len(v.t.Columns)))
	case n == v.period && c.call.Period != "":
		ctx.ResultText(c.call.Period)
	default:
		if given, ok := c.given(param); ok {
			ctx.ResultText(given)
			return nil
		}
		name := periodName
		if param != nil {
			name = param.Name
		}
		v.q.why = name + " of " + v.t.Name + " is a parameter of the call and not a field: compare it with = and a value, or give it as an argument of the table"
		return sqlite3.ERROR
	}
	return nil
}

func (c *cursor) given(p *Param) (string, bool) {
	if p == nil {
		return "", false
	}
	s, ok := c.call.Params[p.Name]
	return s, ok
}

func (c *cursor) value(column int) []byte {
	if c.layout == nil || c.layout.slots[column] < 0 {
		return nil
	}
	if !c.fresh {
		switch {
		case c.indexed && c.loaded == nil:
			if err := c.seek(int(c.found[c.n])); err != nil {
				c.v.q.failed = err // the next step of SQLite's ends with it
				return nil
			}
			c.layout.fill(c.records[c.in], c.cells)
		case c.indexed:
			c.loaded.row(int(c.found[c.n]), c.cells)
		case c.loaded != nil:
			c.loaded.row(c.n, c.cells)
		default:
			c.layout.fill(c.records[c.in], c.cells)
		}
		c.fresh = true
	}
	return c.cells[c.layout.slots[column]]
}
