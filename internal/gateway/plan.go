package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/jmespath"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/tables"
)

// plan is a call whose request was understood: everything that can be wrong with
// it has been found before anything is sent.
type plan struct {
	method    *catalog.Method
	args      catalog.Args
	span      *daterange.Range
	request   CallRequest
	collect   bool   // every page, not one
	question  bool   // the answer is right with every record only
	instead   string // the method that has what this list cannot give, if there is one
	selection *jmespath.Expression
	columns   []records.Column
	// undocumented reports that sql names a column that the records are not described with.
	undocumented bool
	link         *url.URL // a signed address that was given in the place of an id
}

// The formats of an answer.
const (
	FormatJSON = "json"
	FormatCSV  = "csv"
)

// plan checks a request.
func (g *Gateway) plan(ctx context.Context, r CallRequest) (*plan, *apierror.Error) {
	m, e := g.lookup(r.Method)
	if e != nil {
		g.observe(Record{}, e)
		return nil, e
	}
	r, lifted := lift(m, r)
	r.plain(m)
	p := &plan{method: m}
	if r.SQL != "" || r.Format == FormatCSV {
		p.columns = columns(m) // they are read from the method's fields, which takes a while
	}
	if r.Params, p.link, e = g.link(m, r.Params); e != nil {
		g.observe(Record{Method: m.Name, Label: m.RateLimit}, e)
		return nil, e
	}
	if m.Kind == "transcript" && r.As == "" {
		r.As = AsText
		if r.Exact || r.Select != "" {
			r.As = AsJSON
		}
	}
	p.request = r
	if m.Pagination != nil && g.has(m.Pagination.Elsewhere) {
		p.instead = m.Pagination.Elsewhere
	}
	problems := append(lifted, p.checkShape(ctx)...)
	p.gather()
	if p.link == nil {
		p.args, p.span, e = m.Check(r.Params, catalog.Dates{Now: g.now(), Zone: r.TimeZone, Split: p.collect && !totals(m), Totals: totals(m)})
	}
	if e == nil && len(problems) > 0 {
		e = m.Invalid(g.now(), problems)
	} else if e != nil {
		e.Problems = append(e.Problems, problems...)
	}
	if e != nil {
		g.observe(Record{Method: m.Name, Label: m.RateLimit}, e)
		return nil, e
	}
	return p, nil
}

// gather decides which records a call is about. A question over records means all of
// them, and so do --all-pages and the like where a program asks, not a model whose
// context they would fill. A cursor belongs to a collection.
func (p *plan) gather() {
	r := &p.request
	if p.method.Pagination == nil {
		return
	}
	p.question = r.SQL != "" || p.selection != nil && p.selection.Aggregates() && !p.paging()
	p.collect = r.AllPages || r.Cursor != "" || p.question
	if p.collect && r.MaxRecords == 0 && (p.question || r.Exact) {
		r.MaxRecords = paginate.MostRecords
	}
}

// paging reports whether the caller asks for a page in the middle of a list.
func (p *plan) paging() bool {
	given, err := lenient.Object(p.request.Params)
	return err == nil && slices.ContainsFunc(given, func(g lenient.Member) bool {
		return g.Name == p.method.Pagination.Next && !lenient.Nothing(g.Value)
	})
}

func totals(m *catalog.Method) bool { return m.Window != nil && m.Window.Totals }

// columns are those of a method's records, as the tables want them.
func columns(m *catalog.Method) []records.Column {
	var out []records.Column
	for _, c := range m.Columns() {
		out = append(out, records.Column{Name: c.Name, Type: c.Type, Path: c.Names})
	}
	return out
}

// checkShape finds what is wrong with the arguments that shape the answer.
func (p *plan) checkShape(ctx context.Context) []apierror.Problem {
	var out []apierror.Problem
	r, m := p.request, p.method
	complain := func(param, format string, args ...any) {
		out = append(out, apierror.Problem{Param: param, Message: fmt.Sprintf(format, args...)})
	}
	wrong := func(param string, err error) {
		e := apierror.From(err)
		message := e.Message
		if e.Hint != "" {
			message += ". " + e.Hint
		}
		out = append(out, apierror.Problem{Param: param, Message: message, Nearest: e.Nearest})
		out = append(out, e.Problems...)
	}
	paged, listed := m.Pagination != nil, m.Pagination != nil || m.Kind == "array"
	if !paged {
		for _, a := range []struct {
			name  string
			given bool
		}{{"all_pages", r.AllPages}, {"max_records", r.MaxRecords != 0}, {"cursor", r.Cursor != ""}} {
			if a.given {
				complain(a.name, "leave it out: %s answers without pages", m.Name)
			}
		}
	}
	if !listed && (r.SQL != "" || r.Format == FormatCSV) {
		complain("sql", "leave sql and csv out: %s answers no list of records; select works", m.Name)
	}
	if r.MaxRecords < 0 || r.MaxRecords > paginate.MostRecords {
		complain("max_records", "from 1 to %d", paginate.MostRecords)
	}
	if r.Format != "" && r.Format != FormatJSON && r.Format != FormatCSV {
		complain("format", "json or csv")
	}
	if r.Select != "" && r.SQL != "" {
		complain("select", "give select or sql, not both")
	}
	if r.Select != "" {
		s, err := jmespath.Compile(r.Select)
		switch {
		case errors.Is(err, jmespath.ErrComputes) && !listed:
			complain("select", "%s, and %s answers no list of records for it: select the fields, and compute with what comes", jmespath.ErrComputes, m.Name)
		case err != nil:
			wrong("select", err)
		default:
			for _, d := range m.Renamed() {
				if s.Names(d.Field) {
					complain("select", "%s is the old name of the list: write %s", d.Field, d.Instead)
				}
			}
		}
		p.selection = s
	}
	if r.SQL != "" && listed {
		err := tables.Check(ctx, r.SQL, []tables.Table{recordsTable(p.method, p.columns)})
		if _, ok := errors.AsType[*tables.UnknownColumn](err); ok {
			p.undocumented = true // the records may have it
		} else if err != nil {
			wrong("sql", err)
		}
	}
	if m.Kind == "binary" && p.selection != nil {
		complain("select", "leave it out: %s answers with a file", m.Name)
	}
	switch {
	case m.Kind != "transcript" && r.As != "":
		complain("as", "leave it out: only transcripts have forms")
	case r.As != "" && r.As != AsText && r.As != AsVTT && r.As != AsJSON:
		complain("as", "text, vtt or json")
	case r.As != "" && r.As != AsJSON && r.Select != "":
		complain("as", "select works on json only")
	}
	if r.Inline && m.Kind != "binary" {
		complain("inline", "leave it out: %s does not answer with a file", m.Name)
	}
	return out
}

// query is the list that a plan asks for, as far as pages are concerned.
func (p *plan) query() paginate.Query {
	m := p.method
	q := paginate.Query{
		Method: paginate.Method{
			Name: m.Name, Items: m.Pagination.Items, Twin: m.Twin(), Next: m.Pagination.Next, Size: m.Pagination.Size,
			MaxSize: int64(m.Pagination.MaxSize), Sync: m.Pagination.Style == "sync", ID: m.Pagination.ID, Totals: totals(m),
			Dead: !slices.ContainsFunc(m.Params, func(q catalog.Param) bool { return q.Name == m.Pagination.Next }),
		},
		Params: p.args.Written(), Zone: p.request.TimeZone, Range: p.span,
		MaxRecords: p.request.MaxRecords, Cursor: p.request.Cursor,
	}
	if s := m.Pagination.OldestFirst; s != nil && q.Params[s.Param] != nil {
		q.OldestFirst = fmt.Sprint(q.Params[s.Param]) == s.Value
	}
	q.Method.Elsewhere = p.instead
	if m.Window != nil {
		limits := m.Limits()
		q.Method.Limits = &limits
		q.Method.Times, q.Method.Settles = m.Window.Times, m.Window.Settles
		if by := m.Window.TimesBy; by != "" {
			q.Method.Times = q.Method.Times[:1]
			if chosen := fmt.Sprint(q.Params[by]); slices.Contains(m.Window.Times, chosen) {
				q.Method.Times = []string{chosen}
			}
		}
		if q.Method.Twin != "" {
			// Its records have a time of another name.
			q.Method.TwinTime = "date_time"
		}
		if p.span != nil {
			q.Start = p.span.Start
			if q.Params["to"] != nil {
				q.End = p.span.End // else it is now, and what comes meanwhile belongs to it
			}
		}
	}
	return q
}

// all collects every page of a list.
func (g *Gateway) all(ctx context.Context, p *plan) (*paginate.Result, Meta, error) {
	m := p.method
	var mu sync.Mutex
	var sum Meta
	page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		a, err := g.call(ctx, m, p.args.With(set))
		if err != nil {
			return nil, err
		}
		if p.cleans() {
			a.clean()
		}
		mu.Lock()
		defer mu.Unlock()
		a.Meta.Removed += sum.Removed
		a.Meta.Attempts += sum.Attempts
		a.Meta.WaitedMS += sum.WaitedMS
		sum = a.Meta
		return a.JSON, nil
	}
	res, err := g.collect(ctx, p, page)
	return res, sum, err
}

// pages tells of every page, nil where nobody wants to know.
func (p *plan) pages() func(paginate.Progress) {
	tell := p.request.Progress
	if tell == nil {
		return nil
	}
	return func(c paginate.Progress) {
		tell(Progress{Pages: c.Pages, Records: c.Records, Window: c.Window, Windows: c.Windows})
	}
}
