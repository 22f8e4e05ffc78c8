package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/safejson"
	"zoom-phone-mcp/internal/tables"
)

// sideBySide is how many calls of one question are under way at a time. The limiter
// spaces them out.
const sideBySide = 64

// dated is what stands in the place of another argument where somebody took the ends of
// a range for two.
var dated = regexp.MustCompile(`^\d{4}-\d{2}(?:-\d{2})?(?:T[\d:]+Z?)?$`)

// need is a call that a question needs.
type need struct {
	call   tables.Call
	plan   *plan
	key    string       // of a single answer
	list   *cache.List  // nil for a single answer
	rows   *cache.Rows  // nil while it is not there
	part   tables.Slice // what a budget that was too small brought of a list
	failed *apierror.Error
	lacks  string // why the rows are not all
	empty  bool   // its range has no length
	told   cache.Progress
	used   bool
}

// need returns what a call needs, and reports whether it is noted already. The same
// call is the same need.
func (a *asking) need(c tables.Call) (n *need, noted bool) {
	key := c.Key()
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.needs[key]; n != nil {
		return n, true
	}
	return a.g.newNeed(c, a.r.TimeZone), false
}

func (a *asking) note(n *need) {
	a.mu.Lock()
	a.needs[n.call.Key()] = n
	a.mu.Unlock()
}

func (g *Gateway) newNeed(c tables.Call, zone string) *need {
	m := g.method(c.Table)
	n := &need{call: c, plan: &plan{method: m, collect: true, question: true, request: CallRequest{Method: m.Name, TimeZone: zone, MaxRecords: paginate.MostRecords}}}
	p := n.plan
	if c.Period == "" {
		p.request.TimeZone = "" // bounds of comparisons are UTC
	}
	params := map[string]string{}
	if m.Table != nil {
		maps.Copy(params, m.Table.Send)
	}
	for name, value := range c.Filters {
		// A value that is not documented may be in the records all the same.
		if q := m.Param(name); q != nil && (len(q.Enum) == 0 || slices.ContainsFunc(q.Enum, func(known string) bool { return strings.EqualFold(known, value) })) {
			params[name] = value
		}
	}
	maps.Copy(params, c.Params)
	if m.Window != nil {
		for name, value := range c.Params {
			if dated.MatchString(value) {
				n.failed = m.Invalid(g.now(), []apierror.Problem{{Param: name, Message: fmt.Sprintf("%q is a date: a range is one argument, '2026-10-01..2026-10-31'", value)}})
				return n
			}
		}
		if n.empty, n.failed = bounded(m, c); n.empty || n.failed != nil {
			return n
		}
		params["from"], params["to"] = span(c, m.Window.Precision == "date")
	}
	var raw []lenient.Member
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if params[name] != "" {
			raw = append(raw, lenient.Member{Name: name, Value: safejson.AppendString(nil, params[name])})
		}
	}
	if m.Pagination != nil && g.has(m.Pagination.Elsewhere) {
		p.instead = m.Pagination.Elsewhere
	}
	var e *apierror.Error
	p.args, p.span, e = m.Check(lenient.Encode(raw), catalog.Dates{Now: g.now(), Zone: p.request.TimeZone, Split: !totals(m), Totals: totals(m)})
	if e != nil {
		n.failed = e
		return n
	}
	if m.Pagination != nil {
		listed := g.listNeed(p)
		n.key, n.list = listed.key, listed.list
		return n
	}
	n.key = listKey(m, p.args)
	if p.span != nil {
		n.key += "\x00" + p.span.From + "\x00" + p.span.To
	}
	return n
}

// Rows returns the records of a call, nil where it was not made yet.
func (a *asking) Rows(_ context.Context, c tables.Call) (tables.Rows, error) {
	n, noted := a.need(c)
	if whole := a.whole(c); whole != nil {
		// A statement that reads both never reads two ages of them.
		n.rows = whole
	} else if !noted && !a.look(n) {
		return nil, nil
	}
	if !noted {
		a.note(n)
	}
	switch n.used = true; {
	case n.rows != nil:
		return n.rows, nil
	case n.part != nil:
		return n.part, nil
	case n.failed != nil || n.empty:
		return tables.Slice{}, nil
	}
	n.used = false
	return nil, nil
}

// look finds out what is known of a need, and reports whether that is all.
func (a *asking) look(n *need) bool {
	switch {
	case n.failed != nil || n.empty:
		return true
	case a.r.Fresh:
		return false
	case n.list != nil:
		if rows, ok := a.g.cache.Lookup(*n.list); ok {
			n.rows = rows
		} else if rows, err, ok := a.g.cache.LookupOne(elsewhereKey + n.key); ok && err == nil {
			n.rows = rows
		}
		return n.rows != nil
	}
	rows, err, ok := a.g.cache.LookupOne(n.key)
	switch {
	case !ok:
		return false
	case err != nil:
		n.failed = apierror.From(err)
	default:
		n.rows = rows
	}
	return true
}

// whole returns the records of a list without the filters that Zoom would apply, which
// SQLite applies as well; nil where they are not there.
func (a *asking) whole(c tables.Call) *cache.Rows {
	if len(c.Filters) == 0 {
		return nil
	}
	c.Filters = nil
	a.mu.Lock()
	w := a.needs[c.Key()]
	a.mu.Unlock()
	if w != nil && w.rows != nil {
		return w.rows
	}
	if w = a.g.newNeed(c, a.r.TimeZone); a.r.Fresh || w.list == nil {
		return nil
	}
	rows, _ := a.g.cache.Lookup(*w.list)
	return rows
}

// Fetch makes the calls, side by side. What fails for one of them is noted, and ends
// the question only where it would be the same for all. Where a part is enough, what
// cannot be had is noted as well.
func (a *asking) Fetch(ctx context.Context, calls []tables.Call) error {
	a.mu.Lock()
	room := max(a.r.MaxCalls-a.spent, 0)
	a.mu.Unlock()
	probes := a.r.DryRun && (a.spent+len(calls) > mostProbes || catalogOf(calls[0]).Pagination == nil)
	if probes || len(calls) > room && !a.r.Partial {
		return &overBudget{table: calls[0].Table, calls: len(calls)}
	}
	var missing []*need
	asked := map[string]bool{}
	for _, c := range calls {
		asked[c.Key()] = len(c.Filters) == 0
	}
	for i, c := range calls {
		if plain := c; len(c.Filters) > 0 {
			if plain.Filters = nil; asked[plain.Key()] {
				continue // the whole list comes
			}
		}
		n, noted := a.need(c)
		if !noted {
			a.note(n)
		}
		if n.failed == nil && i >= room {
			n.failed = apierror.New(apierror.TooLarge, "max_calls (%d) was reached", a.r.MaxCalls)
		}
		if n.failed == nil && !n.empty {
			missing = append(missing, n)
		}
	}
	a.mu.Lock()
	a.known = a.spent + len(missing)
	a.mu.Unlock()
	ctx, cancel := context.WithDeadline(ctx, a.until)
	defer cancel()
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for _, n := range missing {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error { return a.fetch(inner, n) })
	}
	err := group.Wait()
	if err == nil && ctx.Err() != nil {
		err = &apierror.Error{Kind: apierror.Timeout, Message: "the time for one answer was over", Err: ctx.Err()}
	}
	if err == nil || !a.r.Partial || errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	for _, n := range missing {
		if n.rows == nil && n.failed == nil {
			n.failed = apierror.From(err)
		}
	}
	return nil
}

func catalogOf(c tables.Call) *catalog.Method {
	m, _ := catalog.Lookup(c.Table)
	return m
}

// mostProbes is how many calls of lists a dry run makes, to know how many calls hang on
// what they have.
const mostProbes = 10

// fetch makes one call.
func (a *asking) fetch(ctx context.Context, n *need) error {
	read := cache.Read{Spend: a.spend(n), Progress: func(p cache.Progress) { a.told(n, p) }}
	if a.r.Fresh {
		read.Since, read.Anew = a.begun, true
	}
	var err error
	var rows *cache.Rows
	if n.list != nil {
		rows, err = a.g.cache.Read(ctx, a.counted(n), read)
		if p := n.plan.method.Pagination; err != nil && rows != nil && n.plan.instead != "" && len(p.ElsewhereLists) > 0 && apierror.From(err).Kind == apierror.ZoomError {
			read.Progress = nil
			all, elsewhere := a.g.cache.ReadOne(ctx, elsewhereKey+n.key, read, func(ctx context.Context) ([]json.RawMessage, error) { return a.elsewhere(ctx, n) })
			if elsewhere == nil && all.Len() >= rows.Len() {
				rows, err = all, nil
			}
		}
	} else {
		// One call that hangs does not use up the time of all.
		one, cancel := context.WithTimeout(ctx, a.g.queryTime*2/3)
		defer cancel()
		rows, err = a.g.cache.ReadOne(one, n.key, read, func(ctx context.Context) ([]json.RawMessage, error) { a.count(); return a.g.one(ctx, n.plan) })
	}
	if err == nil {
		n.rows = rows
		return nil
	}
	_, over := errors.AsType[*overBudget](err)
	if over && !a.r.Partial {
		return err
	}
	if over && n.list != nil && (rows == nil || rows.Len() == 0) {
		return a.some(ctx, n)
	}
	e := apierror.From(err)
	if over {
		e = apierror.New(apierror.TooLarge, "max_calls (%d) was reached", a.r.MaxCalls)
	}
	if e.Kind == apierror.Canceled && errors.Is(ctx.Err(), context.Canceled) {
		return e
	}
	switch {
	case a.r.Partial && rows != nil && n.list != nil && e.Kind != apierror.Canceled:
		n.rows, n.lacks = rows, strings.TrimSuffix(e.Message, ".")+"."
		return nil
	case a.r.Partial && e.Kind != apierror.Canceled, e.Kind == apierror.Timeout && ctx.Err() == nil && len(n.call.Params) > 0:
	case ends(e, n):
		return a.g.explain(n.plan, e)
	}
	n.failed = e
	return nil
}

// ends reports whether a failure is one of all calls, and not of this one alone.
func ends(e *apierror.Error, n *need) bool {
	switch e.Kind {
	case apierror.NotFound, apierror.Forbidden, apierror.InvalidParams, apierror.NotReady, apierror.ZoomError, apierror.Network:
		return len(n.call.Params) == 0
	}
	return true
}

// some reads as many pages of a list as the budget has left.
func (a *asking) some(ctx context.Context, n *need) error {
	a.mu.Lock()
	calls := a.r.MaxCalls - a.spent
	a.spent = a.r.MaxCalls
	a.mu.Unlock()
	q := n.list.Query
	q.MaxRecords = min(max(calls*int(q.Method.MaxSize), 1), paginate.MostRecords)
	over := apierror.New(apierror.TooLarge, "max_calls (%d) was reached", a.r.MaxCalls)
	page := a.counted(n).Page
	res, err := paginate.All(ctx, q, func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		if calls--; calls < 0 {
			return nil, over
		}
		return page(ctx, set)
	}, paginate.Options{Now: a.g.now})
	switch {
	case res == nil || len(res.Records) == 0:
		if n.failed = over; err != nil {
			n.failed = apierror.From(err)
		}
	default:
		n.part, n.lacks = res.Records, over.Message+"."
	}
	return nil
}

// count counts a call that is made.
func (a *asking) count() {
	a.mu.Lock()
	a.sentCalls.Add(1)
	a.mu.Unlock()
}

// counted is a need's list whose calls are counted.
func (a *asking) counted(n *need) cache.List {
	l := *n.list
	l.Page = func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		a.count()
		return n.list.Page(ctx, set)
	}
	return l
}

// spend counts calls against the question's budget.
func (a *asking) spend(n *need) func(calls int) error {
	return func(calls int) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.spent+calls > a.r.MaxCalls || a.r.DryRun && a.spent+calls > mostProbes {
			return &overBudget{table: n.call.Table, calls: calls}
		}
		a.spent += calls
		return nil
	}
}

// tellEvery is how often progress is told at most.
const tellEvery = 250 * time.Millisecond

// told reports progress in calls, which never falls: of all that the question waits
// for, whoever makes them.
func (a *asking) told(n *need, p cache.Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls += p.Calls - n.told.Calls
	a.records += p.Records - n.told.Records
	a.known += max(p.Of-1, p.Calls-1, 0) - max(n.told.Of-1, n.told.Calls-1, 0)
	n.told = p
	now := time.Now()
	if a.r.Progress == nil || a.calls <= a.said || a.calls < a.known && now.Sub(a.saidAt) < tellEvery {
		return
	}
	a.said, a.saidAt = a.calls, now
	a.r.Progress(Progress{Pages: a.calls, Records: max(a.records, 0), TotalPages: max(a.known, a.calls)})
}
