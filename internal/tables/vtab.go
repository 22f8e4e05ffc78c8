package tables

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// A table's columns in SQL are, in this order, those of the records, period, the
// parameters that no column has the name of, and record, which is the record as JSON
// text.
const (
	periodName = "period"
	recordName = "record"
)

// vtab is a table as SQLite sees it.
type vtab struct {
	q *question
	t *Table
	// period is the place of the hidden column period, -1 for none, and record that
	// of the record.
	period, record int
	params         map[int]*Param // by column
	time           int            // the column with the time of a record, -1 for none
	plans          []*plan
	// missing are the parameters that some reference to the table says nothing of, and
	// late those whose value no order of the join brings in time.
	missing, late map[string]bool
	// rows is how many the largest call had that a literal asked for, 0 where none is
	// there yet; streams reports that they are too large to be kept and found by value.
	rows    int
	streams bool
}

// plan is how one reference to a table is read.
type plan struct {
	args  []use // what SQLite gives, in this order
	used  []int // columns that are read
	fixed bool  // the call's parameters are literals
	index int   // the column that the last argument is compared with, -1 for none
}

type role int

const (
	rolePeriod role = iota
	roleParam
	roleFilter
	roleNothing
	roleFrom
	roleTo
	roleBound // of rows, within the range that was given
	roleIndex
)

// use is what an argument is for.
type use struct {
	role   role
	column int
	param  *Param
	op     sqlite3.IndexConstraintOp // of a bound
}

func (q *question) connect(t *Table) (*vtab, error) {
	v := &vtab{q: q, t: t, period: -1, time: -1, params: map[int]*Param{}, missing: map[string]bool{}, late: map[string]bool{}}
	var b strings.Builder
	b.WriteString("CREATE TABLE x(")
	columns := map[string]int{}
	add := func(name, decl string) int {
		if len(columns) > 0 {
			b.WriteString(", ")
		}
		b.WriteString(sqlite3.QuoteIdentifier(name) + " " + decl)
		n := len(columns)
		columns[strings.ToLower(name)] = n
		return n
	}
	for i, c := range t.Columns {
		decl := affinity(c.Type)
		if c.Words {
			decl += " COLLATE NOCASE"
		}
		add(c.Name, decl)
		if c.Name == t.Time {
			v.time = i
		}
	}
	if _, taken := columns[periodName]; t.Ranged && !taken {
		v.period = add(periodName, "TEXT HIDDEN")
	}
	for i := range t.Params {
		p := &t.Params[i]
		name := p.column()
		at, taken := columns[strings.ToLower(name)]
		if !taken {
			at = add(name, "TEXT HIDDEN")
		}
		v.params[at] = p
	}
	v.record = -1
	if _, taken := columns[recordName]; !taken {
		v.record = add(recordName, "TEXT HIDDEN")
	}
	b.WriteString(")")
	if err := q.db.DeclareVTab(b.String()); err != nil {
		return nil, err
	}
	q.vtabs[t.Name] = v
	return v, q.db.VTabConfig(sqlite3.VTAB_INNOCUOUS)
}

// own reports whether a column is one of the records.
func (v *vtab) own(column int) bool { return column >= 0 && column < len(v.t.Columns) }

// Estimates for the planner, in rows. A call costs far more than the rows it gives, so
// that a key is found before it is used.
const (
	rowsOfCall = 25
	rowsOfList = 2_000
	rowsOfDays = 50_000
)

// BestIndex makes a plan out of the comparisons that SQLite offers.
func (v *vtab) BestIndex(info *sqlite3.IndexInfo) error {
	p := &plan{fixed: true, index: -1, used: v.used(info.ColumnsUsed)}
	given := map[string]bool{}  // parameters, and the period
	wanted := map[string]bool{} // the same, also where the value comes too late
	use1 := func(i int, u use, omit bool) {
		p.args = append(p.args, u)
		info.ConstraintUsage[i] = sqlite3.IndexConstraintUsage{ArgvIndex: len(p.args), Omit: omit}
		if _, err := info.RHSValue(i); err != nil && u.role != roleIndex {
			p.fixed = false
		}
	}
	var bounds []int
	for i, c := range info.Constraint {
		if c.Op == sqlite3.INDEX_CONSTRAINT_LIMIT || c.Op == sqlite3.INDEX_CONSTRAINT_OFFSET || c.Column < 0 {
			continue
		}
		equal := c.Op == sqlite3.INDEX_CONSTRAINT_EQ || c.Op == sqlite3.INDEX_CONSTRAINT_IS
		param := v.params[c.Column]
		if equal && c.Usable {
			if wrong := v.odd(info, i); wrong != "" {
				v.q.why = wrong
				return sqlite3.ERROR
			}
		}
		switch {
		case c.Column == v.period && equal:
			wanted[periodName] = true
			if !c.Usable {
				return v.tooLate(periodName)
			}
			if !given[periodName] {
				given[periodName] = true
				use1(i, use{role: rolePeriod, column: c.Column}, true)
			}
		case param != nil && equal && (param.Required || !v.own(c.Column)):
			wanted[param.Name] = true
			if !c.Usable {
				if v.own(c.Column) {
					continue // another comparison may bring it
				}
				return v.tooLate(param.Name)
			}
			if !given[param.Name] {
				if value, err := info.RHSValue(i); err == nil && value.Type() == sqlite3.NULL && !param.Required {
					use1(i, use{role: roleNothing}, true) // an argument that is left out
					continue
				}
				given[param.Name] = true
				use1(i, use{role: roleParam, column: c.Column, param: param}, true)
			}
		case c.Column == v.time && c.Usable && (equal || c.Op == sqlite3.INDEX_CONSTRAINT_GE || c.Op == sqlite3.INDEX_CONSTRAINT_GT ||
			c.Op == sqlite3.INDEX_CONSTRAINT_LE || c.Op == sqlite3.INDEX_CONSTRAINT_LT):
			bounds = append(bounds, i)
		case v.own(c.Column) && equal && c.Usable && v.t.Columns[c.Column].Param != "":
			// Only a literal is sent: a join would make a call for every value.
			param := v.param(v.t.Columns[c.Column].Param)
			if _, err := info.RHSValue(i); err == nil && param != nil && !given[param.Name] && info.Constraint[i].Op == sqlite3.INDEX_CONSTRAINT_EQ && !info.In(i, -1) {
				given[param.Name] = true
				use1(i, use{role: roleFilter, column: c.Column, param: param}, false)
			}
		}
	}
	if v.t.Ranged && !given[periodName] {
		for _, i := range bounds {
			switch op := info.Constraint[i].Op; op {
			case sqlite3.INDEX_CONSTRAINT_LE, sqlite3.INDEX_CONSTRAINT_LT:
				use1(i, use{role: roleTo, column: v.time, op: op}, true)
			case sqlite3.INDEX_CONSTRAINT_EQ, sqlite3.INDEX_CONSTRAINT_IS:
				use1(i, use{role: roleFrom, column: v.time, op: op}, false)
				given[periodName] = true
			default:
				use1(i, use{role: roleFrom, column: v.time, op: op}, true)
				given[periodName] = true
			}
		}
	} else {
		for _, i := range bounds {
			if op := info.Constraint[i].Op; op != sqlite3.INDEX_CONSTRAINT_EQ && op != sqlite3.INDEX_CONSTRAINT_IS {
				use1(i, use{role: roleBound, column: v.time, op: op}, true)
			}
		}
	}
	if len(bounds) > 0 && !contains(p.used, v.time) {
		p.used = append(p.used, v.time)
	}
	for _, name := range v.needs() {
		if !given[name] {
			if wanted[name] {
				return v.tooLate(name)
			}
			v.missing[name] = true
			return sqlite3.CONSTRAINT
		}
	}
	keyed := !p.fixed
	rows := float64(rowsOfList)
	switch {
	case keyed:
		rows = rowsOfCall
	case v.rows > 0:
		rows = float64(v.rows)
	case v.t.Ranged:
		rows = rowsOfDays
	}
	cost := rows
	if keyed {
		cost += 1000
	}
	if i := v.indexable(info); i >= 0 {
		p.index = info.Constraint[i].Column
		use1(i, use{role: roleIndex, column: p.index}, false)
		if !contains(p.used, p.index) {
			p.used = append(p.used, p.index)
		}
		cost = cost/50 + 10
		rows = rows/50 + 1
		if v.streams {
			cost *= 20 // every row is unpacked
		}
	}
	info.EstimatedCost, info.EstimatedRows = cost, int64(rows)
	info.IdxNum = len(v.plans)
	v.plans = append(v.plans, p)
	return nil
}

// odd says what is wrong with an equality that SQLite would answer with no rows.
func (v *vtab) odd(info *sqlite3.IndexInfo, i int) string {
	c := info.Constraint[i]
	if c.Column == v.record && v.record >= 0 {
		return v.t.Name + " has fewer arguments than were given: " + v.t.Signature()
	}
	if !v.own(c.Column) || v.t.Columns[c.Column].Type != "boolean" {
		return ""
	}
	value, err := info.RHSValue(i)
	if err != nil || value.Type() != sqlite3.TEXT {
		return ""
	}
	switch strings.ToLower(value.Text()) {
	case "true", "false":
		return v.t.Columns[c.Column].Name + " is 1 or 0: write true or false without quotes"
	}
	return ""
}

// indexable returns a comparison by which rows can be found, -1 for none.
func (v *vtab) indexable(info *sqlite3.IndexInfo) int {
	for i, c := range info.Constraint {
		if v.own(c.Column) && c.Usable && c.Op == sqlite3.INDEX_CONSTRAINT_EQ && info.ConstraintUsage[i].ArgvIndex == 0 {
			return i
		}
	}
	return -1
}

func (v *vtab) param(name string) *Param {
	for i := range v.t.Params {
		if v.t.Params[i].Name == name {
			return &v.t.Params[i]
		}
	}
	return nil
}

// needs are the names of what a call cannot do without.
func (v *vtab) needs() []string {
	var out []string
	if v.t.Ranged {
		out = append(out, periodName)
	}
	for _, p := range v.t.Params {
		if p.Required {
			out = append(out, p.Name)
		}
	}
	return out
}

func (v *vtab) tooLate(name string) error {
	v.late[name] = true
	return sqlite3.CONSTRAINT
}

// used are the columns of the records that SQLite reads: the last bit of its mask
// stands for all that have none of their own.
func (v *vtab) used(mask uint64) []int {
	var out []int
	for i := range v.t.Columns {
		if mask>>min(i, 63)&1 != 0 {
			out = append(out, i)
		}
	}
	if v.record >= 0 && mask>>min(v.record, 63)&1 != 0 && (v.record < 63 || v.q.reads[v.t.Name]) {
		out = append(out, len(v.t.Columns))
	}
	return out
}

func contains(list []int, n int) bool {
	for _, m := range list {
		if m == n {
			return true
		}
	}
	return false
}

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

// instantText returns a time in the form in which times are compared, the one that most
// records have; a text that is no time as it is.
func instantText(text string) string {
	const form = "2006-01-02T15:04:05Z"
	if len(text) == len(form) && text[10] == 'T' && text[19] == 'Z' {
		return text
	}
	if t, ok := parseTime(text); ok {
		if t = t.UTC(); len(text) == len(time.DateOnly) {
			return t.Format(time.DateOnly)
		}
		return t.Format(form)
	}
	return text
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
				c.call.From = max(c.call.From, text)
				if u.op == sqlite3.INDEX_CONSTRAINT_EQ || u.op == sqlite3.INDEX_CONSTRAINT_IS {
					if c.call.To == "" || text < c.call.To {
						c.call.To = text
					}
				}
			case u.role == roleTo && (c.call.To == "" || text < c.call.To):
				c.call.To = text
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
