package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/tables"
)

// DefaultMaxCalls is how many calls one question may make unless it says otherwise.
const DefaultMaxCalls = 300

// mostCalls is how many calls a question may ask for.
const mostCalls = 30_000

// QueryRequest is a question over tables: every method is one.
type QueryRequest struct {
	SQL string
	// TimeZone is an IANA zone that decides what a day of a period is; empty for UTC.
	TimeZone string
	// Format is FormatJSON, which is the default, or FormatCSV.
	Format string
	// MaxCalls is how many calls of Zoom the question may make, DefaultMaxCalls when 0.
	MaxCalls int
	// DryRun asks for the number of calls instead of the answer.
	DryRun bool
	// Partial allows an answer over records that are not all of them; it says so first.
	Partial bool
	// Fresh asks Zoom anew for what is kept.
	Fresh bool
	// MaxRows bounds the rows of the answer, tables.DefaultRows when 0.
	MaxRows int
	// Exact is for programs: nothing is cut for its length, and the time is the
	// caller's own.
	Exact bool
	// Progress is told of calls; nil for nobody.
	Progress func(Progress)
}

// Query answers a question over tables. Every error is an *apierror.Error.
func (g *Gateway) Query(ctx context.Context, r QueryRequest) (*Answer, error) {
	a, wrong := g.newAsking(r)
	if wrong != nil {
		return nil, wrong
	}
	a.until = time.Now().Add(g.patience(r.Exact))
	o := r.options()
	o.Zone = a.zone
	found, err := ask(ctx, r.SQL, g.tables(), a, o)
	if err == nil {
		err = a.allFailed()
	}
	if err != nil {
		return a.ended(ctx, err)
	}
	if r.DryRun {
		return a.cost(nil), nil
	}
	return a.answer(found)
}

// ask answers a statement within the memory that there is. A question that needs much
// of it waits for its turn a second time.
func ask(ctx context.Context, sql string, all []tables.Table, source tables.Source, o tables.Options) (*tables.Result, error) {
	o.Keep = func(bytes int) error { return budget.Take(ctx, int64(bytes)) }
	for large := false; ; large = true {
		o.Open = func(ctx context.Context) (int64, func(), error) {
			return budget.Database(ctx, large, tables.DefaultMemory)
		}
		found, err := tables.Query(ctx, sql, all, source, o)
		if err == nil || large || !budget.Bounded(ctx) || apierror.From(err).Kind != apierror.TooLarge {
			return found, err
		}
	}
}

// mostExact bounds an answer to a program, in bytes.
const mostExact = 64 << 20

// options are the bounds of the rows.
func (r QueryRequest) options() tables.Options {
	o := tables.Options{MaxRows: r.MaxRows}
	if r.Exact {
		o.MaxBytes = mostExact
	}
	return o
}

func (g *Gateway) newAsking(r QueryRequest) (*asking, *apierror.Error) {
	var problems []apierror.Problem
	complain := func(param, format string, args ...any) {
		problems = append(problems, apierror.Problem{Param: param, Message: fmt.Sprintf(format, args...)})
	}
	if strings.TrimSpace(r.SQL) == "" {
		complain("sql", "required: one SELECT over tables, which bear the names of the methods")
	}
	zone, err := daterange.Zone(r.TimeZone)
	if err != nil {
		complain("time_zone", "%s", err)
	}
	if r.Format != "" && r.Format != FormatJSON && r.Format != FormatCSV {
		complain("format", "json or csv")
	}
	if r.MaxCalls < 0 || r.MaxCalls > mostCalls {
		complain("max_calls", "from 1 to %d", mostCalls)
	}
	if len(problems) > 0 {
		e := apierror.New(apierror.InvalidParams, "nothing was sent: %d %s with the question", len(problems), plural(len(problems), "problem"))
		e.Problems = problems
		return nil, e
	}
	if r.MaxCalls == 0 {
		r.MaxCalls = DefaultMaxCalls
	}
	return &asking{g: g, r: r, zone: zone, begun: g.now(), needs: map[string]*need{}}, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// tables are the methods that there are, as SQL sees them. Files are none.
func (g *Gateway) tables() []tables.Table {
	var out []tables.Table
	for m := range g.Methods() {
		if m.Kind != "binary" {
			out = append(out, g.table(m))
		}
	}
	return out
}

// ownID is a parameter with the name of a field of the records that is another id.
const ownID = "id"

// table is a method as SQL sees it.
func (g *Gateway) table(m *catalog.Method) tables.Table {
	columns := m.Columns()
	t := tables.Table{Name: m.Name, Ranged: m.Window != nil, Example: func() string { return g.example(m) }}
	if t.Ranged && len(m.Window.Times) > 0 {
		t.Time = m.Window.Times[0]
	}
	for _, c := range columns {
		column := tables.Column{Name: c.Name, Type: c.Type, Path: c.Names, Words: c.Field.Words()}
		if m.Table != nil {
			column.Param = m.Table.Filters[c.Name]
		}
		t.Columns = append(t.Columns, column)
	}
	for _, p := range m.Params {
		if p.Time != "" || m.Pagination != nil && (p.Name == m.Pagination.Next || p.Name == m.Pagination.Size || p.Name == "sync_type") {
			continue
		}
		q := tables.Param{Name: p.Name, Required: needs(m, &p)}
		for _, s := range p.Sources {
			if column := sourceColumn(s); column != "" {
				q.From = append(q.From, s.Method+"."+column)
			}
		}
		if q.Required && p.Name == ownID {
			q.Column = "key"
			t.Params = append(t.Params, q)
			continue
		}
		t.Params = append(t.Params, q)
		if q.Required {
			// It is an argument, and not a column of the records as well.
			t.Columns = slices.DeleteFunc(t.Columns, func(c tables.Column) bool { return strings.EqualFold(c.Name, p.Name) })
		}
	}
	// What must be given comes first among the arguments.
	slices.SortStableFunc(t.Params, func(a, b tables.Param) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return t
}

// sourceColumn is the column of a table with the field of a source, empty where it
// lies inside of a list.
func sourceColumn(s catalog.Source) string {
	m, ok := catalog.Lookup(s.Method)
	if !ok {
		return ""
	}
	for _, c := range m.Columns() {
		if c.Path == s.Field {
			return c.Name
		}
	}
	return ""
}

// asking is a question under way: the source of its tables.
type asking struct {
	g     *Gateway
	r     QueryRequest
	zone  *time.Location // of the days that times are compared with
	begun time.Time

	mu        sync.Mutex
	needs     map[string]*need // by the key of the call
	spent     int              // calls of the budget that are used or bespoken
	known     int              // calls that are known to be needed, those that were made among them
	sentCalls atomic.Int64     // also of what goes on when the question has ended
	until     time.Time        // when the calls have to end, by the runtime's clock

	calls, records, said int // what was told of progress
	saidAt               time.Time
}

// answer makes the answer of rows.
func (a *asking) answer(found *tables.Result) (*Answer, error) {
	out := &Answer{}
	about := a.about(out)
	p := &plan{request: CallRequest{SQL: a.r.SQL, Exact: a.r.Exact, Format: a.r.Format}}
	out, err := a.g.result(p, out, found, about)
	if err == nil {
		out.first()
	}
	return out, err
}

// failure is a call of a question that failed.
type failure struct {
	Table  string            `json:"table"`
	Key    map[string]string `json:"key,omitempty"`
	Kind   apierror.Kind     `json:"kind"`
	Reason string            `json:"reason"`
}

// mostFailures is how many failures an answer lists.
const mostFailures = 20

// about says on what an answer rests, and in out what it lacks.
func (a *asking) about(out *Answer) *collected {
	c := &collected{Complete: true, Calls: a.sent()}
	oldest := a.begun
	untrusted := map[string]bool{}
	failed, nothing, calls := map[string]int{}, map[string]int{}, map[string]int{}
	for _, n := range a.needs {
		if !n.used {
			continue
		}
		calls[n.call.Table]++
		for _, name := range untrustedColumns(n.plan.method) {
			untrusted[name] = true
		}
		switch {
		case n.failed != nil:
			if t := n.plan.method.Table; n.failed.Kind == apierror.NotFound && t != nil && t.Absent {
				nothing[n.call.Table]++
				continue
			}
			failed[n.call.Table]++
			if len(c.Failed) < mostFailures {
				c.Failed = append(c.Failed, failure{n.call.Table, n.call.Params, n.failed.Kind, n.failed.Message})
			}
		case n.part != nil:
			c.Records += len(n.part)
		case n.rows != nil:
			c.Records += n.rows.Len()
			if at := n.rows.Fetched(); !at.IsZero() && at.Before(oldest) {
				oldest = at
			}
		}
		if n.lacks != "" {
			c.Complete = false
			if len(n.call.Params) > 0 && len(c.Failed) < mostFailures {
				c.Failed = append(c.Failed, failure{n.call.Table, n.call.Params, apierror.ZoomError, n.lacks})
			}
			out.more(n.call.Table + ": " + n.lacks)
		}
	}
	slices.SortFunc(c.Failed, func(x, y failure) int { return strings.Compare(x.Table+fmt.Sprint(x.Key), y.Table+fmt.Sprint(y.Key)) })
	for table, n := range failed {
		c.Complete = false
		out.more(fmt.Sprintf("%s of %s calls of %s failed, so rows are missing: see collected.failed.", thousands(n), thousands(calls[table]), table))
	}
	for table, n := range nothing {
		out.Notes = append(out.Notes, fmt.Sprintf("For %s of %s calls of %s Zoom has nothing (not_found), so there are no rows for them.", thousands(n), thousands(calls[table]), table))
	}
	if age := a.begun.Sub(oldest); age > time.Minute {
		c.Fetched = oldest.UTC().Format(time.RFC3339)
	}
	for name := range untrusted {
		out.Meta.Untrusted = append(out.Meta.Untrusted, name)
	}
	slices.Sort(out.Meta.Untrusted)
	return c
}

// untrustedColumns are the columns of a table whose text comes from outside the company.
func untrustedColumns(m *catalog.Method) []string {
	if m.Kind == "transcript" {
		return []string{"speaker", "text"}
	}
	var out []string
	for _, c := range m.Columns() {
		// A column can hold a list, with such fields in its elements.
		if slices.ContainsFunc(m.Untrusted, func(f string) bool {
			return f == c.Path || strings.HasPrefix(f, c.Path+".") || strings.HasPrefix(f, c.Path+"[]")
		}) {
			out = append(out, c.Name)
		}
	}
	return out
}

// allFailed is the failure of a table all of whose calls failed.
func (a *asking) allFailed() error {
	failed, well := map[string]*need{}, map[string]bool{}
	for _, n := range a.needs {
		switch {
		case !n.used:
		case n.failed != nil:
			failed[n.call.Table] = n
		default:
			well[n.call.Table] = true
		}
	}
	for table, n := range failed {
		if !well[table] && !a.r.DryRun {
			e := a.g.explain(n.plan, n.failed)
			return e
		}
	}
	return nil
}

// ended makes the error of a question that has no answer, or the answer to what it
// would cost.
func (a *asking) ended(outer context.Context, err error) (*Answer, error) {
	if over, ok := errors.AsType[*overBudget](err); ok {
		if a.r.DryRun {
			return a.cost(over), nil
		}
		return nil, a.tooMany(over)
	}
	e := *apierror.From(err)
	if e.Kind == apierror.InvalidParams && e.Method != "" {
		a.ofTable(&e)
	}
	if e.Kind == apierror.Timeout && outer.Err() == nil && a.sent() > 0 && !time.Now().Before(a.until) {
		of := ""
		if a.known > a.sent() {
			of = " of about " + thousands(a.known)
		}
		e.Message = fmt.Sprintf("the time for one answer (%s) was over after %s%s calls; what they brought is kept", a.g.patience(a.r.Exact), thousands(a.sent()), of)
		e.Hint = "Ask the same question again to go on: no call is made twice within 15 minutes (without fresh)."
	}
	if e.Kind == apierror.InvalidParams && a.sent() == 0 && !strings.HasPrefix(e.Message, "nothing was sent") {
		e.Message = "nothing was sent: " + e.Message
	}
	return nil, &e
}

// ofTable says the problems with a call's parameters as those of a table's arguments.
func (a *asking) ofTable(e *apierror.Error) {
	m := a.g.method(e.Method)
	if m == nil {
		return
	}
	t := a.g.table(m)
	e.Message = "an argument of " + m.Name + " is wrong"
	e.Problems = slices.Clone(e.Problems)
	for i, p := range e.Problems {
		if p.Param == "from" || p.Param == "to" {
			e.Problems[i].Param = "period"
		}
	}
	e.Signature, e.Example = t.Signature(), nil
	e.Hint = "A period is one of these forms, or two with .. between them: '2026-10-01..2026-10-15'."
	if !t.Ranged {
		e.Hint = "For example: " + t.Example() + "."
	}
}

// sent is how many calls were made so far.
func (a *asking) sent() int { return int(a.sentCalls.Load()) }
