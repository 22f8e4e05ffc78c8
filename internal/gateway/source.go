package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/safejson"
	"zoom-phone-mcp/internal/tables"
	"zoom-phone-mcp/internal/transcript"
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
	used   bool
}

// need returns what a call needs. The same call is the same need.
func (a *asking) need(c tables.Call) *need {
	key := c.Key()
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.needs[key]; n != nil {
		return n
	}
	n := a.g.newNeed(c, a.r.TimeZone)
	a.needs[key] = n
	return n
}

func (g *Gateway) newNeed(c tables.Call, zone string) *need {
	m, _ := catalog.Lookup(c.Table)
	n := &need{call: c, plan: &plan{method: m, collect: true, question: true, request: CallRequest{Method: m.Name, TimeZone: zone, MaxRecords: paginate.MostRecords}}}
	p := n.plan
	if c.Period == "" {
		p.request.TimeZone = "" // bounds of comparisons are UTC
	}
	params := map[string]string{}
	if m.Table != nil {
		maps.Copy(params, m.Table.Send)
	}
	maps.Copy(params, c.Params)
	if m.Window != nil {
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

// span are from and to for the range of a call.
func span(c tables.Call, dates bool) (from, to string) {
	if c.Period != "" {
		if from, to, ok := strings.Cut(c.Period, ".."); ok {
			return strings.TrimSpace(from), strings.TrimSpace(to)
		}
		if _, err := time.Parse(time.DateOnly, strings.TrimSpace(c.Period)); err == nil {
			return c.Period, c.Period
		}
		return c.Period, ""
	}
	return bound(c.From, false, dates), bound(c.To, true, dates)
}

// bound is a bound that a comparison gives, as from or to of a call. A day as the upper
// bound is over before it begins, and the last one that counts is the day before.
func bound(text string, upper, dates bool) string {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err == nil && upper:
		return day.AddDate(0, 0, -1).Format(time.DateOnly)
	case err != nil && dates && len(text) > len(time.DateOnly):
		return text[:len(time.DateOnly)]
	}
	return text
}

// Rows returns the records of a call, nil where it was not made yet.
func (a *asking) Rows(_ context.Context, c tables.Call) (tables.Rows, error) {
	n := a.need(c)
	n.used = true
	switch {
	case n.failed != nil:
		return tables.Slice{}, nil
	case n.rows != nil:
		return n.rows, nil
	case a.r.Fresh:
		return nil, nil
	case n.list != nil:
		if rows, err, ok := a.g.cache.LookupOne(elsewhereKey + n.key); ok && err == nil {
			n.rows = rows
			return rows, nil
		}
		if rows, ok := a.g.cache.Lookup(*n.list); ok {
			n.rows = rows
			return rows, nil
		}
		if whole := a.unfiltered(n); whole != nil {
			n.rows = whole
			return whole, nil
		}
		return nil, nil
	}
	rows, err, ok := a.g.cache.LookupOne(n.key)
	switch {
	case !ok:
		return nil, nil
	case err != nil:
		n.failed = apierror.From(err)
		return tables.Slice{}, nil
	}
	n.rows = rows
	return rows, nil
}

// unfiltered returns the kept records of a list without the filters that Zoom would
// apply: SQLite applies them as well.
func (a *asking) unfiltered(n *need) *cache.Rows {
	t := n.plan.method.Table
	if t == nil {
		return nil
	}
	c := n.call
	c.Params = maps.Clone(c.Params)
	for _, param := range t.Filters {
		delete(c.Params, param)
	}
	if len(c.Params) == len(n.call.Params) {
		return nil
	}
	if rows, ok := a.g.cache.Lookup(*a.g.newNeed(c, a.r.TimeZone).list); ok {
		return rows
	}
	return nil
}

// Fetch makes the calls, side by side. What fails for one of them is noted, and ends
// the question only where it would be the same for all.
func (a *asking) Fetch(ctx context.Context, calls []tables.Call) error {
	var missing []*need
	for _, c := range calls {
		if n := a.need(c); n.failed == nil {
			missing = append(missing, n)
		}
	}
	a.mu.Lock()
	a.known = a.spent + len(missing)
	a.mu.Unlock()
	if len(missing) == 0 {
		return nil
	}
	if a.r.DryRun && (a.spent+len(missing) > mostProbes || missing[0].list == nil) || a.spent+len(missing) > a.r.MaxCalls {
		return &overBudget{table: missing[0].call.Table, calls: len(missing)}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for _, n := range missing {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return a.fetch(ctx, n) })
	}
	return group.Wait()
}

// mostProbes is how many calls of lists a dry run makes, to know how many calls hang on
// what they have.
const mostProbes = 10

// fetch makes one call.
func (a *asking) fetch(ctx context.Context, n *need) error {
	read := cache.Read{Spend: a.spend(n), Progress: func(p cache.Progress) { a.told(p.Records) }}
	if a.r.Fresh {
		read.Since = a.begun
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
		rows, err = a.g.cache.ReadOne(ctx, n.key, read, func(ctx context.Context) ([]json.RawMessage, error) { a.count(); return a.g.one(ctx, n.plan) })
	}
	if err == nil {
		n.rows = rows
		return nil
	}
	if _, over := err.(*overBudget); over {
		return err
	}
	e := apierror.From(err)
	switch {
	case a.r.Partial && rows != nil && n.list != nil && e.Kind != apierror.Canceled:
		n.rows, n.lacks = rows, strings.TrimSuffix(e.Message, ".")+"."
		return nil
	case ends(e, n):
		return a.g.explain(n.plan, e)
	}
	n.failed = e
	return nil
}

// elsewhereKey marks records that come from another method than the list's own.
const elsewhereKey = "elsewhere\x00"

// elsewhere asks the method that has all records of a list which Zoom does not give
// whole.
func (a *asking) elsewhere(ctx context.Context, n *need) ([]json.RawMessage, error) {
	p := n.plan.method.Pagination
	c := tables.Call{Table: p.Elsewhere, Params: maps.Clone(n.call.Params)}
	other := a.g.newNeed(c, "")
	if other.failed != nil {
		return nil, other.failed
	}
	a.count()
	bodies, err := a.g.one(ctx, other.plan)
	if err != nil || len(bodies) == 0 {
		return nil, err
	}
	var out []json.RawMessage
	for _, l := range p.ElsewhereLists {
		body := bodies[0]
		for _, name := range l.Path {
			body = rawjson.Member(body, name)
		}
		if len(body) == 0 || body[0] != '[' {
			continue
		}
		list, err := records.Split(body, "")
		if err != nil {
			return nil, err
		}
		set := encode(l.Set)
		for _, record := range list {
			out = append(out, beside(set, "", []json.RawMessage{without(record, l.Set)})...)
		}
	}
	return out, nil
}

// without returns a record without some of its fields.
func without(record json.RawMessage, fields map[string]string) json.RawMessage {
	var out []lenient.Member
	rawjson.EachMember(record, rawjson.SkipSpace(record, 0), func(k, v rawjson.Span) bool {
		if name := rawjson.Unquote(record[k.Start:k.End]); fields[name] == "" {
			out = append(out, lenient.Member{Name: name, Value: record[v.Start:v.End]})
		}
		return true
	})
	return lenient.Encode(out)
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

// one makes a call that answers at once, and returns the rows of its answer.
func (g *Gateway) one(ctx context.Context, p *plan) ([]json.RawMessage, error) {
	m := p.method
	answer, err := g.call(ctx, m, p.args)
	if err != nil {
		return nil, err
	}
	answer.clean()
	if m.Kind == "transcript" {
		return spoken(answer)
	}
	body := renamed(m, answer.JSON)
	items, listed := m.Rows(), len(body) > 0 && body[0] == '['
	switch {
	case listed != m.Answer().List:
		e := apierror.New(apierror.ZoomError, "Zoom's answer is %s where the method answers with %s", shape(listed), shape(!listed))
		e.Method = m.Name
		return nil, e
	case listed:
		return records.Split(body, "")
	case items == "":
		return []json.RawMessage{body}, nil
	}
	list, err := records.Split(body, items)
	if err != nil {
		return nil, err
	}
	return beside(body, items, list), nil
}

func shape(list bool) string {
	if list {
		return "a list"
	}
	return "an object"
}

// beside puts the fields of an answer beside those of the elements of its list, except
// those that an element has itself.
func beside(body json.RawMessage, items string, list []json.RawMessage) []json.RawMessage {
	type member struct{ key, value []byte }
	var around []member
	rawjson.EachMember(body, rawjson.SkipSpace(body, 0), func(k, v rawjson.Span) bool {
		if !rawjson.IsKey(body, k, items) {
			around = append(around, member{body[k.Start:k.End], body[v.Start:v.End]})
		}
		return true
	})
	for i, element := range list {
		if len(element) < 2 || element[0] != '{' {
			continue
		}
		out := json.RawMessage{'{'}
		for _, a := range around {
			if rawjson.Member(element, rawjson.Unquote(a.key)) == nil {
				out = append(append(append(append(out, a.key...), ':'), a.value...), ',')
			}
		}
		if out = append(out, element[1:]...); string(element) == "{}" && len(out) > 2 {
			out = append(out[:len(out)-2], '}')
		}
		list[i] = out
	}
	return list
}

// spoken are the rows of a transcript, one for each sentence.
func spoken(a *Answer) ([]json.RawMessage, error) {
	if a.Text != "" {
		return []json.RawMessage{encode(map[string]any{"sentence": 1, "text": a.Text})}, nil
	}
	t, err := transcript.Parse(a.JSON)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for i, line := range t.Lines {
		out = append(out, encode(map[string]any{
			"sentence": i + 1, "speaker": line.Speaker, "starts": line.Start.Seconds(), "ends": line.End.Seconds(),
			"clock": clock(line.Start), "text": line.Text,
		}))
	}
	return out, nil
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// overBudget ends a question that needs more calls than it may make.
type overBudget struct {
	table string
	calls int // that are known to be needed now
}

func (e *overBudget) Error() string { return fmt.Sprintf("%d more calls of %s", e.calls, e.table) }

// price is what calls cost.
type price struct {
	Table   string  `json:"table"`
	Calls   int     `json:"calls"`
	Label   string  `json:"label,omitempty"`
	Pace    string  `json:"pace,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Day     string  `json:"part_of_the_day,omitempty"`
}

// price works out what calls of a table cost.
func (a *asking) price(table string, calls int) price {
	m, _ := catalog.Lookup(table)
	p := price{Table: table, Calls: calls, Label: m.RateLimit}
	if a.g.client == nil {
		return p
	}
	b := a.g.client.BudgetOf(m.Name, m.RateLimit)
	p.Pace = b.Limit
	var most int
	var unit string
	if n, _ := fmt.Sscanf(b.Limit, "%d/%s", &most, &unit); n == 2 && most > 0 {
		p.Seconds = math.Ceil(float64(calls) / float64(most))
		if unit == "min" {
			p.Seconds *= 60
		}
	}
	if b.DailyLimit > 0 && b.DailyRemaining != nil {
		p.Day = fmt.Sprintf("%d of the %s calls that are left today", calls, thousands(*b.DailyRemaining))
	}
	return p
}

func (p price) String() string {
	s := fmt.Sprintf("%s more %s of %s", thousands(p.Calls), plural(p.Calls, "call"), p.Table)
	if p.Label != "" {
		s += " (" + p.Label + ")"
	}
	if p.Seconds > 0 {
		s += fmt.Sprintf(", about %s at the plan's pace of %s", time.Duration(p.Seconds*float64(time.Second)), p.Pace)
	}
	if p.Day != "" {
		s += ", " + p.Day
	}
	return s
}

// tooMany is the error of a question that needs more calls than it may make.
func (a *asking) tooMany(over *overBudget) *apierror.Error {
	p := a.price(over.table, over.calls)
	e := apierror.New(apierror.TooLarge, "this question needs %s; it may make %s (max_calls) and has made %s, which are kept", p, thousands(a.r.MaxCalls), thousands(a.made))
	need := a.spent + over.calls
	hint := fmt.Sprintf("Give max_calls: %d, or more if the join goes on from there", need)
	if need > mostCalls {
		hint = "That is more than one question may make"
	}
	e.Hint = hint + ". Or ask about fewer: a shorter period, a WHERE on the table before, or a subquery with a LIMIT in its place: FROM (SELECT … LIMIT 20) AS c, " + over.table + "(…)."
	e.Method = over.table
	return e
}

// cost answers what a question would cost.
func (a *asking) cost(over *overBudget) *Answer {
	out := struct {
		Says     string `json:"says"`
		Needs    *price `json:"needs,omitempty"`
		Made     int    `json:"calls_made"`
		MaxCalls int    `json:"max_calls"`
	}{Says: "All that the question needs is kept: it makes no call.", Made: a.made, MaxCalls: a.r.MaxCalls}
	if over != nil {
		p := a.price(over.table, over.calls)
		out.Needs, out.Says = &p, "The question needs "+p.String()+". Tables that are joined to it come on top: a call for each key."
	}
	return &Answer{JSON: encode(out)}
}
