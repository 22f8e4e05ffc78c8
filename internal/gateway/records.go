package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/sanitize"
	"zoom-phone-mcp/internal/tables"
)

// recordsName is the one table of a call's sql.
const recordsName = "records"

// recordsTable is the table of the records of a method, which have these columns.
func recordsTable(m *catalog.Method, columns []records.Column) tables.Table {
	t := tables.Table{Name: recordsName}
	if m.Window != nil && len(m.Window.Times) > 0 {
		t.Time = m.Window.Times[0]
	}
	words := map[string]bool{}
	for _, c := range m.Columns() {
		words[c.Name] = c.Field.Words()
	}
	for _, c := range columns {
		t.Columns = append(t.Columns, tables.Column{Name: c.Name, Type: c.Type, Path: c.Path, Words: words[c.Name]})
	}
	return t
}

// there is the source of a table whose rows are there.
type there struct{ rows tables.Rows }

// Rows returns the rows.
func (t there) Rows(context.Context, tables.Call) (tables.Rows, error) { return t.rows, nil }

// Fetch is never called.
func (there) Fetch(context.Context, []tables.Call) error { return nil }

// askList answers the sql of a call over every record of its list, out of what is kept
// or with calls side by side.
func (g *Gateway) askList(ctx context.Context, p *plan) (*Answer, error) {
	limit := g.patience(p.request.Exact)
	reading, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a := &asking{g: g, begun: g.now(), r: QueryRequest{SQL: p.request.SQL, MaxCalls: mostCalls, Progress: p.request.Progress}}
	n := g.listNeed(p)
	if p.undocumented {
		if err := g.learn(reading, p); err != nil {
			return nil, err
		}
	}
	rows, err := g.cache.Read(reading, a.counted(n), cache.Read{Spend: a.spend(n), Progress: func(c cache.Progress) { a.told(n, c) }})
	out := &Answer{}
	about := &collected{Complete: err == nil, Calls: a.sent()}
	if rows != nil {
		about.Records = rows.Len()
		if at := rows.Fetched(); !at.IsZero() && a.begun.Sub(at) > time.Minute {
			about.Fetched = at.UTC().Format(time.RFC3339)
		}
	}
	if p.span != nil {
		about.From, about.To = p.span.From, p.span.To
	}
	switch {
	case err == nil:
	case ctx.Err() != nil || !p.request.Partial || rows == nil || rows.Len() == 0 && apierror.From(err).HTTPStatus != 0:
		return nil, g.notAll(p, a, rows, apierror.From(err), limit)
	default:
		about.Reason = apierror.From(err).Message
		out.more(fmt.Sprintf("%s records could be read: %s. The answer rests on these alone.", thousands(rows.Len()), strings.TrimSuffix(about.Reason, ".")))
	}
	out.Notes = g.notes(p, about)
	out.Meta.Untrusted = p.method.Untrusted
	if rows.Len() == 0 {
		out.Notes = append(out.Notes, g.whyEmpty(p)...)
	}
	return g.askRecords(ctx, p, out, rows, about)
}

// patience is the time for the answer to a question. Programs have the time of a call.
func (g *Gateway) patience(exact bool) time.Duration {
	if exact {
		return g.timeout
	}
	return min(g.timeout, g.queryTime)
}

// notAll is the error of a question that is about every record, not all of which
// could be read.
func (g *Gateway) notAll(p *plan, a *asking, rows *cache.Rows, e *apierror.Error, limit time.Duration) *apierror.Error {
	c := *e
	c.Method = p.method.Name
	if e.Kind == apierror.Canceled || a.sent() <= 1 && e.Kind != apierror.Timeout && (rows == nil || rows.Len() == 0) {
		return &c // it failed at once, and says why
	}
	read := 0
	if rows != nil {
		read = rows.Len()
	}
	c.Message = fmt.Sprintf("the question is about every record, and only %s could be read in %s calls: %s", thousands(read), thousands(a.sent()), strings.TrimSuffix(e.Message, "."))
	switch e.Kind {
	case apierror.Timeout:
		c.Message = fmt.Sprintf("the time for one answer (%s) was over before every record was read, in %s calls; what they brought is kept", limit, thousands(a.sent()))
		c.Hint = "Ask the same question again to go on where it stopped, or about a shorter range."
	case apierror.RateLimited:
		c.Hint = "Ask again when Zoom takes calls again: what was read is kept for 15 minutes."
	default:
		c.Hint = "Ask again, or about a shorter range."
		if p.method.Window == nil {
			c.Hint = "Ask again, or filter with the method's parameters."
		}
		if p.instead != "" {
			c.Hint = strings.TrimSpace(p.elsewhere())
		}
	}
	c.Hint += " partial: true answers from what can be read, and says so first."
	return &c
}

// listNeed is the need of a call's list.
func (g *Gateway) listNeed(p *plan) *need {
	m := p.method
	n := &need{plan: p, call: tables.Call{Table: m.Name}, key: listKey(m, p.args)}
	n.list = &cache.List{Key: n.key, Query: p.query(), Page: func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		answer, err := g.call(ctx, m, p.args.With(set))
		if err != nil {
			return nil, err
		}
		answer.clean()
		return answer.JSON, nil
	}}
	return n
}

// listKey tells lists apart: the method and its parameters, without the range and the
// size of a page.
func listKey(m *catalog.Method, args catalog.Args) string {
	written := args.Written()
	delete(written, "from")
	delete(written, "to")
	if m.Pagination != nil {
		delete(written, m.Pagination.Size)
	}
	return m.Name + "\x00" + string(encode(written))
}

// learn looks for columns that are not documented on the list's first page, before all
// of it is read.
func (g *Gateway) learn(ctx context.Context, p *plan) error {
	set := map[string]any{}
	if p.span != nil {
		windows := p.span.Windows()
		set["from"], set["to"] = windows[len(windows)-1].From, windows[len(windows)-1].To
	}
	answer, err := g.call(ctx, p.method, p.args.With(set))
	if err != nil {
		return err
	}
	look, err := paginate.LookAt(answer.JSON, p.query())
	if err != nil {
		return err
	}
	if p.columns, err = records.Columns(look.Records, p.columns); err != nil {
		return err
	}
	p.undocumented = false
	return tables.Check(ctx, p.request.SQL, []tables.Table{recordsTable(p.method, p.columns)})
}

// askRecords answers the sql of a call over records that are there.
func (g *Gateway) askRecords(ctx context.Context, p *plan, a *Answer, rows tables.Rows, about *collected) (*Answer, error) {
	columns := p.columns
	if list, ok := rows.(tables.Slice); ok {
		var err error
		if columns, err = records.Columns(list, columns); err != nil {
			return nil, err
		}
	}
	zone, err := daterange.Zone(p.request.TimeZone)
	if err != nil {
		return nil, err
	}
	found, err := ask(ctx, p.request.SQL, []tables.Table{recordsTable(p.method, columns)}, there{rows}, tables.Options{Zone: zone})
	if err != nil {
		return nil, err
	}
	if about == nil {
		about = &collected{Complete: true, Records: rows.Len()}
	}
	about.Windows = nil // rows are not those of a window
	return g.result(p, a, found, about)
}

// result makes the answer of the rows that SQL found.
func (g *Gateway) result(p *plan, a *Answer, found *tables.Result, about *collected) (*Answer, error) {
	a.Notes = append(a.Notes, found.Notes...)
	// Records are clean, but SQL makes characters of numbers.
	for i := range found.Columns {
		found.Columns[i], _ = sanitize.Text(found.Columns[i])
	}
	for _, row := range found.Rows {
		for i := range row {
			row[i], _ = sanitize.JSON(row[i])
		}
	}
	if found.More {
		about.Rows = &shown{len(found.Rows), true}
		a.more(fmt.Sprintf("Only the first %d rows are here. Group, filter or choose fewer columns, or read on with LIMIT and OFFSET.", len(found.Rows)))
	}
	if p.request.Format == FormatCSV {
		return g.text(p, a, string(found.CSV()), about)
	}
	a.JSON, a.Array = withMember(found.JSON(), "collected", encode(about)), false
	return g.fit(p, a, "rows", about)
}
