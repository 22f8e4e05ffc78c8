package tables

import (
	"strings"

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
