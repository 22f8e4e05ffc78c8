package gateway

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/fault"
	"zoom-phone-mcp/internal/safejson"
)

// briefLimit is the size of a description, in bytes, up to which it shows the
// response's fields at every depth without being asked to.
const briefLimit = 4800

// description is what describe_method answers, in the order in which it is read.
type description struct {
	Service     string          `json:"service"`
	Method      string          `json:"method"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	HTTP        route           `json:"http"`
	REST        route           `json:"rest"`
	Params      json.RawMessage `json:"params"`
	Response    response        `json:"response"`

	Pagination       *catalog.Pagination       `json:"pagination,omitempty"`
	Window           *catalog.Window           `json:"window,omitempty"`
	Scopes           catalog.Scopes            `json:"scopes"`
	RateLimit        *string                   `json:"rate_limit_label"`
	Budget           *fault.Budget             `json:"budget,omitempty"`
	Deprecated       *catalog.Deprecation      `json:"deprecated,omitempty"`
	DeprecatedFields []catalog.DeprecatedField `json:"deprecated_fields,omitempty"`
	IDs              map[string][]string       `json:"ids_from,omitempty"`
	Untrusted        []string                  `json:"untrusted,omitempty"`
	Related          []string                  `json:"related,omitempty"`
	Notes            []string                  `json:"notes,omitempty"`
	Columns          []string                  `json:"sql_columns,omitempty"`
	Example          json.RawMessage           `json:"example"`
}

type route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

type response struct {
	Kind   string          `json:"kind"`
	Fields json.RawMessage `json:"fields,omitempty"`
	Note   string          `json:"note,omitempty"`
}

// Describe gives a method's description as a JSON object. Every error is a
// *fault.Error.
func (g *Gateway) Describe(_ context.Context, r DescribeRequest) (json.RawMessage, error) {
	if r.Service != "" && r.Service != Service {
		e := fault.New(fault.InvalidParams, "there is no service %q", cut(r.Service))
		e.Problems = []fault.Problem{{Param: "service", Message: "the only service is " + Service, Nearest: []string{Service}}}
		e.Hint = "Leave service out, or give " + Service + "."
		return nil, e
	}
	m, e := g.lookup(r.Method)
	if e != nil {
		return nil, e
	}
	d := description{
		Service: Service, Method: m.Name, Title: m.Title, Description: m.Description,
		HTTP: route{"GET", m.Path}, REST: route{"GET", m.REST},
		Params: json.RawMessage(m.Schema), Response: describeResponse(m),
		Pagination: m.Pagination, Window: m.Window, Scopes: m.Scopes,
		Deprecated: m.Deprecated, DeprecatedFields: m.DeprecatedFields,
		Untrusted: m.Untrusted, Related: g.only(m.Related), Notes: m.Notes, Example: m.Example(g.now()),
		Budget: g.strained(m),
	}
	if m.RateLimit != "" {
		d.RateLimit = &m.RateLimit
	}
	for _, p := range m.Params {
		for _, s := range g.sources(&p) {
			if d.IDs == nil {
				d.IDs = map[string][]string{}
			}
			d.IDs[p.Name] = append(d.IDs[p.Name], s.Method+" "+s.Field)
		}
	}
	if r.Columns {
		d.Columns = columnNames(m)
	}
	text := encode(d)
	for level := outlineTypes; len(text) > briefLimit && !r.Full && m.Fields != "" && level <= outlineTop; level++ {
		d.Response.Fields = outline(m, level)
		d.Response.Note = outlineNotes[level]
		text = encode(d)
	}
	return text, nil
}

// columnNames are the columns of the table that sql sees, with their types.
func columnNames(m *catalog.Method) []string {
	var out []string
	for _, c := range m.Columns() {
		if c.Type == "string" {
			out = append(out, c.Name)
			continue
		}
		out = append(out, c.Name+" "+c.Type)
	}
	return out
}

func describeResponse(m *catalog.Method) response {
	r := response{Kind: m.Kind, Fields: json.RawMessage(m.Fields)}
	switch m.Kind {
	case "binary":
		r.Note = "a file, kept for a day at most: a link with type, size, duration, sha256; inline: true adds a small file's content"
	case "array":
		// An array has one element, the object that stands for all.
		r.Fields = json.RawMessage(strings.TrimSuffix(strings.TrimPrefix(m.Fields, "["), "]"))
		r.Note = "fields of each element"
	case "transcript":
		r.Kind, r.Note = "binary", "a text of times, speakers and words; as: vtt for subtitles, as: json for Zoom's own fields, which select works on"
	}
	return r
}

// Index is the list of all methods that a model reads first: a line each, with
// the parameters that must be given.
func Index() string { return index(catalog.All()) }

func index(methods iter.Seq[*catalog.Method]) string {
	var b strings.Builder
	for m := range methods {
		b.WriteString(m.Name)
		sep := "("
		for _, p := range m.Params {
			if p.Required {
				b.WriteString(sep + p.Name)
				sep = ","
			}
		}
		if sep == "," {
			b.WriteByte(')')
		}
		b.WriteString(": " + m.Title + "\n")
	}
	return b.String()
}

// encode writes compact JSON.
func encode(v any) json.RawMessage {
	text, err := safejson.Marshal(v)
	if err != nil {
		panic(err) // the catalog is generated and its JSON is tested
	}
	return text
}
