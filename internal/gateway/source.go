package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
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

// need is a call that a question needs.
type need struct {
	call   tables.Call
	plan   *plan
	key    string      // of a single answer
	list   *cache.List // nil for a single answer
	rows   *cache.Rows // nil while it is not there
	failed *apierror.Error
	lacks  string // why the rows are not all
	empty  bool   // its range has no length
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
	if !noted && !a.look(n) {
		return nil, nil
	}
	if !noted {
		a.note(n)
	}
	switch n.used = true; {
	case n.rows != nil:
		return n.rows, nil
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
		if rows, err, ok := a.g.cache.LookupOne(elsewhereKey + n.key); ok && err == nil {
			n.rows = rows
		} else if rows, ok := a.g.cache.Lookup(*n.list); ok {
			n.rows = rows
		} else {
			n.rows = a.unfiltered(n)
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

// unfiltered returns the kept records of a list without the filters that Zoom would
// apply: SQLite applies them as well.
func (a *asking) unfiltered(n *need) *cache.Rows {
	if len(n.call.Filters) == 0 {
		return nil
	}
	c := n.call
	c.Filters = nil
	if rows, ok := a.g.cache.Lookup(*a.g.newNeed(c, a.r.TimeZone).list); ok {
		return rows
	}
	return nil
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
	for i, c := range calls {
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
	read := cache.Read{Spend: a.spend(n), Progress: func(p cache.Progress) { a.told(p.Records) }}
	if a.r.Fresh {
		read.Since = a.begun
		if n.list != nil {
			a.g.cache.Forget(*n.list, a.begun)
		}
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
	if _, over := errors.AsType[*overBudget](err); over && !a.r.Partial {
		return err
	}
	e := apierror.From(err)
	if _, over := errors.AsType[*overBudget](err); over {
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

// count counts a call that is made.
func (a *asking) count() {
	a.mu.Lock()
	a.made++
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
	first := true
	return func(calls int) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if !first {
			a.known += calls // beyond the one that was counted beforehand
		}
		if a.spent+calls > a.r.MaxCalls || a.r.DryRun && a.spent+calls > mostProbes {
			return &overBudget{table: n.call.Table, calls: calls}
		}
		a.spent += calls
		first = false
		return nil
	}
}

// tellEvery is how often progress is told at most.
const tellEvery = 250 * time.Millisecond

// told reports progress in calls, which never falls.
func (a *asking) told(records int) {
	if a.r.Progress == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.records = max(a.records, records)
	now := a.g.now()
	if a.made <= a.said || a.made < a.known && now.Sub(a.saidAt) < tellEvery {
		return
	}
	a.said, a.saidAt = a.made, now
	a.r.Progress(Progress{Pages: a.made, Records: a.records, TotalPages: max(a.known, a.made)})
}
