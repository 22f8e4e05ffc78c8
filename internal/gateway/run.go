package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/sanitize"
	"zoom-phone-mcp/internal/tables"
)

// shapeTime bounds the shaping of an answer once it is there: the time for Zoom is
// another one, so that a slow list is not taken for a slow question.
const shapeTime = 15 * time.Second

// bodyCost is how often a body is in memory while an answer is made of it.
const bodyCost = 2

// run makes the answer, and puts first what it lacks.
func (g *Gateway) run(ctx context.Context, p *plan) (*Answer, error) {
	a, err := g.answer(ctx, p)
	if err == nil && !p.exactPage() {
		a.first()
	}
	return a, err
}

// exactPage reports whether the answer has the bytes that Zoom sent.
func (p *plan) exactPage() bool { return p.request.Exact && !p.collect && !p.shaped() }

// cleans reports whether invisible characters are taken out of the answer: always, unless
// a program takes Zoom's JSON, where those that steer a terminal are escapes.
func (p *plan) cleans() bool {
	asText := p.method.Kind == "transcript" && p.request.As != AsJSON
	return !p.request.Exact || asText || p.request.SQL != "" || p.request.Format == FormatCSV
}

// clean takes invisible characters out of every text of an answer.
func (a *Answer) clean() {
	json, inJSON := sanitize.JSON(a.JSON)
	text, inText := sanitize.Text(a.Text)
	a.JSON, a.Text, a.Meta.Removed = json, text, a.Meta.Removed+inJSON+inText
}

// shaped reports whether something is to be made of the records.
func (p *plan) shaped() bool {
	return p.request.SQL != "" || p.selection != nil || p.request.Format == FormatCSV
}

// answer calls Zoom, once or for every page, and shapes the answer.
func (g *Gateway) answer(ctx context.Context, p *plan) (*Answer, error) {
	if p.method.Kind == "binary" {
		return g.fetch(ctx, p)
	}
	limited, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	if p.request.SQL != "" && p.collect && p.request.Cursor == "" && p.request.MaxRecords == paginate.MostRecords {
		return g.askList(ctx, p)
	}
	if p.collect {
		res, meta, err := g.all(limited, p)
		if err != nil {
			return nil, err
		}
		if !res.Complete && p.question && !p.request.Partial {
			return nil, g.unanswered(p, res)
		}
		size := 0
		for _, record := range res.Records {
			size += len(record)
		}
		if err := budget.Take(ctx, int64(size)); err != nil {
			return nil, err
		}
		a := &Answer{JSON: res.Body(), Meta: meta, Incomplete: p.short(res)}
		a.Notes = about(p.method, res.Twin, res.Repeated, res.Outside)
		about := summary(res)
		return g.shape(ctx, p, a, res.Records, about)
	}
	a, err := g.call(limited, p.method, p.args)
	if err != nil {
		return nil, err
	}
	if err := budget.Take(ctx, bodyCost*int64(len(a.JSON)+len(a.Text))); err != nil {
		return nil, err
	}
	if p.cleans() {
		a.clean()
	}
	if p.method.Kind == "transcript" {
		a.Name = "transcript" + p.ids()
	}
	switch {
	case a.Text != "":
		return g.giveTranscript(p, a)
	case p.method.Kind == "transcript" && p.request.As != AsJSON:
		return g.renderTranscript(p, a)
	}
	return g.shape(ctx, p, a, nil, nil)
}

// collected says on how much an answer rests, and how to get the rest.
type collected struct {
	Complete bool   `json:"complete"`
	Records  int    `json:"records"`
	Before   int    `json:"records_before,omitempty"` // of the calls before, by its cursor
	Total    *int   `json:"total_records,omitempty"`
	Repeated int    `json:"came_twice,omitempty"`
	Outside  int    `json:"outside_range,omitempty"`
	Pages    int    `json:"pages,omitempty"`
	Calls    int    `json:"calls,omitempty"`   // of Zoom, that the answer needed
	Fetched  string `json:"fetched,omitempty"` // when the oldest part came, where it was kept for more than a minute
	From     string `json:"from,omitempty"`    // what Zoom was sent, or the ends of that
	To       string `json:"to,omitempty"`
	Stop     string `json:"stopped_by,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Cursor   string `json:"cursor,omitempty"`

	Windows []paginate.Window `json:"windows,omitempty"`
	Dropped []string          `json:"left_out_lists,omitempty"` // they repeat the records
	Failed  []failure         `json:"failed,omitempty"`
	Rows    *shown            `json:"rows,omitempty"`
	Cut     *cutOff           `json:"cut,omitempty"`
}

// shown reports that a question had more rows than are shown.
type shown struct {
	Shown int  `json:"shown"`
	More  bool `json:"more"`
}

func summary(r *paginate.Result) *collected {
	c := &collected{
		Complete: r.Complete, Records: len(r.Records), Before: r.Before, Repeated: r.Repeated, Outside: r.Outside, Pages: r.Pages,
		From: r.From, To: r.To, Stop: string(r.Stop), Reason: r.Reason, Cursor: r.Cursor, Dropped: r.Dropped,
	}
	if r.Total >= 0 {
		c.Total = &r.Total
	}
	if r.Split {
		c.Windows = r.Windows
	}
	if r.Twin {
		c.Dropped = nil
	}
	return c
}

// shape makes what was asked for of a body. records and about are those of a
// collection, nil for one page.
func (g *Gateway) shape(ctx context.Context, p *plan, a *Answer, list []json.RawMessage, about *collected) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, shapeTime)
	defer cancel()
	m := p.method
	a.Notes = append(a.Notes, g.notes(p, about)...)
	a.Meta.Untrusted = m.Untrusted
	if about == nil {
		var err error
		if list, err = g.page(p, a); err != nil {
			return nil, err
		}
	}
	if list != nil && len(list) == 0 {
		a.Notes = append(a.Notes, g.whyEmpty(p)...)
	}
	switch {
	case p.request.SQL != "":
		return g.askRecords(ctx, p, a, tables.Slice(list), about)
	case p.selection != nil:
		return g.answerSelection(ctx, p, a, about)
	case p.request.Format == FormatCSV:
		text, err := records.CSV(list, p.columns)
		if err != nil {
			return nil, err
		}
		return g.text(p, a, string(text), about)
	case about != nil:
		a.JSON = withMember(a.JSON, "collected", encode(about))
	case p.request.Exact:
		return a, nil
	}
	return g.fit(p, a, recordsField(m), about)
}

func (g *Gateway) answerSelection(ctx context.Context, p *plan, a *Answer, about *collected) (*Answer, error) {
	chosen, err := p.selection.Select(ctx, fillLists(a.JSON, p.method.Answer()))
	if err != nil {
		return nil, err
	}
	if p.cleans() {
		chosen, _ = sanitize.JSON(chosen) // an expression can write what it likes
	}
	if string(chosen) == "null" {
		a.Notes = append(a.Notes, "select matched nothing: the fields at the top are "+topFields(p.method)+".")
	}
	if p.request.Format == FormatCSV {
		list, err := records.Rows(chosen)
		if err != nil {
			return nil, err
		}
		text, err := records.CSV(list, named(p.selection.Columns()))
		if err != nil {
			return nil, err
		}
		return g.text(p, a, string(text), about)
	}
	if about == nil && a.Incomplete == "" {
		a.JSON, a.Array = chosen, len(chosen) > 0 && chosen[0] == '['
		return g.fit(p, a, "", nil)
	}
	a.JSON = withMember(json.RawMessage("{}"), "result", chosen)
	if about != nil {
		a.JSON = withMember(a.JSON, "collected", encode(about))
	}
	a.Array = false
	return g.fit(p, a, "result", about)
}

// named makes columns of names.
func named(names []string) []records.Column {
	var out []records.Column
	for _, name := range names {
		out = append(out, records.Column{Name: name})
	}
	return out
}

// text makes a table the answer.
func (g *Gateway) text(p *plan, a *Answer, table string, about *collected) (*Answer, error) {
	a.JSON, a.Array = nil, false
	a.Text = table
	a, err := g.fitText(p, a, "text/csv", about)
	if err == nil && about != nil {
		a.Collected = encode(about)
	}
	return a, err
}

// recordsField is the field with the records, empty where the body is the list.
func recordsField(m *catalog.Method) string {
	if m.Pagination == nil {
		return ""
	}
	return m.Pagination.Items
}

// withMember adds a member at the end of a JSON object.
func withMember(object json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.Grow(len(object) + len(name) + len(value) + 4)
	b.Write(object[:len(object)-1])
	if len(object) > 2 {
		b.WriteByte(',')
	}
	b.WriteString(strconv.Quote(name) + ":")
	b.Write(value)
	b.WriteByte('}')
	return b.Bytes()
}

func topFields(m *catalog.Method) string {
	out := ""
	for i, f := range m.Answer().Fields {
		if i > 0 {
			out += ", "
		}
		out += f.Name
	}
	return out
}
