package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/collect"
	"zoom-phone-mcp/internal/shape"
)

// run calls Zoom, once or for every page, and shapes the answer.
func (g *Gateway) run(ctx context.Context, p *plan) (*Answer, error) {
	if p.collect {
		res, meta, err := g.all(ctx, p)
		if err != nil {
			return nil, err
		}
		a := &Answer{JSON: res.Body(), Meta: meta}
		about := summary(res)
		return g.shape(ctx, p, a, res.Records, about)
	}
	if p.method.Kind == "binary" {
		return g.fetch(ctx, p)
	}
	a, err := g.call(ctx, p.method, p.args)
	if err != nil {
		return nil, err
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
	Pages    int    `json:"pages,omitempty"`
	From     string `json:"from,omitempty"` // what Zoom was sent, or the ends of that
	To       string `json:"to,omitempty"`
	Stop     string `json:"stopped_by,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Cursor   string `json:"cursor,omitempty"`

	Windows []collect.Window `json:"windows,omitempty"`
	Dropped []string         `json:"left_out_lists,omitempty"` // they repeat the records
	Rows    *rows            `json:"rows,omitempty"`
	Cut     *cutOff          `json:"cut,omitempty"`
}

// rows tells that a question had more rows than are shown.
type rows struct {
	Shown int  `json:"shown"`
	More  bool `json:"more"`
}

func summary(r *collect.Result) *collected {
	c := &collected{
		Complete: r.Complete, Records: len(r.Records), Before: r.Before, Pages: r.Pages,
		From: r.From, To: r.To, Stop: string(r.Stop), Reason: r.Reason, Cursor: r.Cursor, Dropped: r.Dropped,
	}
	if r.Total >= 0 {
		c.Total = &r.Total
	}
	if r.Split {
		c.Windows = r.Windows
	}
	return c
}

// shape makes what was asked for of a body. records and about are those of a
// collection, nil for one page.
func (g *Gateway) shape(ctx context.Context, p *plan, a *Answer, records []json.RawMessage, about *collected) (*Answer, error) {
	m := p.method
	a.Notes = append(a.Notes, g.notes(p, about)...)
	a.Meta.Untrusted = m.Untrusted
	if len(m.Untrusted) > 0 && !p.request.Exact {
		clean, removed := shape.CleanFields(a.JSON, lastNames(m.Untrusted))
		if removed > 0 {
			a.JSON, a.Meta.Removed = clean, removed
			records = nil
		}
	}
	items := recordsField(m)
	listed := m.Pagination != nil || m.Kind == "array"
	table := p.request.SQL != "" || p.request.Format == FormatCSV
	known := records != nil // or else looked for, where they are needed or there may be none
	if listed && !known && (table || !shape.HasRecords(a.JSON, items)) {
		known = true
		var err error
		if records, err = shape.Records(a.JSON, items); err != nil {
			records = nil // an answer of another shape than documented has none
		}
	}
	if listed && known && len(records) == 0 {
		a.Notes = append(a.Notes, g.whyEmpty(p)...)
	}
	switch {
	case p.request.SQL != "":
		return g.answerQuery(ctx, p, a, records, about)
	case p.selection != nil:
		return g.answerSelection(ctx, p, a, about)
	case p.request.Format == FormatCSV:
		text, err := shape.CSV(records, p.columns)
		if err != nil {
			return nil, err
		}
		return g.text(p, a, string(text), about)
	case about != nil:
		a.JSON = withMember(a.JSON, "collected", encode(about))
	}
	return g.fit(p, a, items, about)
}

func (g *Gateway) answerQuery(ctx context.Context, p *plan, a *Answer, records []json.RawMessage, about *collected) (*Answer, error) {
	found, err := shape.Query(ctx, p.request.SQL, records, p.columns, shape.QueryOptions{})
	if err != nil {
		return nil, err
	}
	if about == nil {
		about = &collected{Complete: true, Records: len(records)}
	}
	about.Windows = nil // rows are not those of a window
	if found.More {
		about.Rows = &rows{len(found.Rows), true}
	}
	if p.request.Format == FormatCSV {
		return g.text(p, a, string(found.CSV()), about)
	}
	a.JSON, a.Array = withMember(found.JSON(), "collected", encode(about)), false
	return g.fit(p, a, "rows", about)
}

func (g *Gateway) answerSelection(ctx context.Context, p *plan, a *Answer, about *collected) (*Answer, error) {
	chosen, err := p.selection.Select(ctx, a.JSON)
	if err != nil {
		return nil, err
	}
	if string(chosen) == "null" {
		a.Notes = append(a.Notes, "select matched nothing: the fields at the top are "+topFields(p.method)+".")
	}
	if p.request.Format == FormatCSV {
		records, err := shape.Rows(chosen)
		if err != nil {
			return nil, err
		}
		text, err := shape.CSV(records, p.selection.Columns())
		if err != nil {
			return nil, err
		}
		return g.text(p, a, string(text), about)
	}
	if about == nil {
		a.JSON, a.Array = chosen, len(chosen) > 0 && chosen[0] == '['
		return g.fit(p, a, "", nil)
	}
	a.JSON = withMember(withMember(json.RawMessage("{}"), "result", chosen), "collected", encode(about))
	a.Array = false
	return g.fit(p, a, "result", about)
}

// text makes a table the answer.
func (g *Gateway) text(p *plan, a *Answer, table string, about *collected) (*Answer, error) {
	a.JSON, a.Array = nil, false
	a.Text = table
	if about != nil {
		a.Collected = encode(about)
	}
	return g.fitText(p, a, "text/csv")
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

// lastNames are the last names of field paths: content of transcription.content.
func lastNames(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = p[strings.LastIndexByte(p, '.')+1:]
	}
	return out
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
