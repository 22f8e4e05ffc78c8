package gateway

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"unicode"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/safejson"
)

// Bounds of a description that was not asked for in full, in bytes: fields that are
// longer than meaningsLimit lose the meanings of texts. Where the fields are longer
// than fieldsLimit even so, or all of it is longer than briefLimit, they lose values
// and types, and then what is below the top.
const (
	meaningsLimit = 500
	fieldsLimit   = 3000
	briefLimit    = 4800
)

// description is what describe_method answers, in the order in which it is read.
type description struct {
	Service     string          `json:"service"`
	Method      string          `json:"method"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description"`
	HTTP        *route          `json:"http,omitempty"`
	REST        *route          `json:"rest,omitempty"`
	Params      json.RawMessage `json:"params"`
	Response    response        `json:"response"`

	Pagination       *catalog.Pagination       `json:"pagination,omitempty"`
	Window           *catalog.Window           `json:"window,omitempty"`
	Scopes           *catalog.Scopes           `json:"scopes,omitempty"`
	RateLimit        *string                   `json:"rate_limit_label"`
	Budget           *apierror.Budget          `json:"budget,omitempty"`
	Deprecated       *catalog.Deprecation      `json:"deprecated,omitempty"`
	DeprecatedFields []catalog.DeprecatedField `json:"deprecated_fields,omitempty"`
	IDs              map[string][]string       `json:"ids_from,omitempty"`
	Untrusted        []string                  `json:"untrusted,omitempty"`
	Related          []string                  `json:"related,omitempty"`
	Notes            []string                  `json:"notes,omitempty"`
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

// Describe returns a method's description as a JSON object. Every error is a
// *apierror.Error.
func (g *Gateway) Describe(_ context.Context, r DescribeRequest) (json.RawMessage, error) {
	if r.Service != "" && !strings.EqualFold(r.Service, Service) {
		e := apierror.New(apierror.InvalidParams, "there is no service %q", cut(r.Service))
		e.Problems = []apierror.Problem{{Param: "service", Message: "the only service is " + Service, Nearest: []string{Service}}}
		e.Hint = "Leave service out, or give " + Service + "."
		return nil, e
	}
	m, e := g.lookup(r.Method)
	if e != nil {
		return nil, e
	}
	if r.Columns {
		return encode(g.columns(m)), nil
	}
	d := description{
		Service: Service, Method: m.Name, Description: m.Description,
		Params: json.RawMessage(m.Schema), Response: describeResponse(m),
		Pagination: m.Pagination, Window: m.Window,
		Deprecated: m.Deprecated, DeprecatedFields: m.DeprecatedFields,
		Untrusted: m.Untrusted, Related: m.Related, Notes: m.Notes, Example: m.Example(g.now()),
		Budget: g.strained(m),
	}
	if m.RateLimit != "" {
		d.RateLimit = &m.RateLimit
	}
	for _, p := range m.Params {
		for _, s := range p.Sources {
			if d.IDs == nil {
				d.IDs = map[string][]string{}
			}
			d.IDs[p.Name] = append(d.IDs[p.Name], s.Method+" "+s.Field)
		}
	}
	if r.Full {
		d.Title, d.Scopes = m.Title, &m.Scopes
		d.HTTP, d.REST = &route{"GET", m.Path}, &route{"GET", m.REST}
	} else {
		d.shorten(m)
	}
	return encode(d), nil
}

// obvious takes out of a JSON Schema what the rest of it says as well, or the index.
var obvious = strings.NewReplacer(
	`,"additionalProperties":false`, "", `"type":"string","enum":`, `"enum":`, `,"description":"Records per page."`, "",
)

// shorten leaves out what a model knows from the index, needs for nothing, or can
// ask for.
func (d *description) shorten(m *catalog.Method) {
	d.Params = json.RawMessage(obvious.Replace(m.Schema))
	for _, p := range m.Params {
		// A filter such as department has the name of the field that it looks at.
		if !p.Required && !slices.ContainsFunc(d.IDs[p.Name], func(s string) bool { return !strings.HasSuffix(s, "."+p.Name) }) {
			delete(d.IDs, p.Name)
		}
	}
	d.Related = slices.DeleteFunc(slices.Clone(d.Related), d.names)
	d.Untrusted = lastNames(d.Untrusted)
	if m.Fields == "" {
		return
	}
	// The fields say it of lists at the top.
	d.DeprecatedFields = slices.DeleteFunc(slices.Clone(d.DeprecatedFields), func(f catalog.DeprecatedField) bool { return deprecated(m, f.Field) != "" })
	note := d.Response.Note
	for level := outlineAll; level <= outlineTop; level++ {
		d.Response.Fields = outline(m, level)
		d.Response.Note = strings.Trim(note+"; "+outlineNotes[level], "; ")
		if level >= outlineNames { // fields further down are not described
			d.DeprecatedFields = slices.DeleteFunc(slices.Clone(d.DeprecatedFields), func(f catalog.DeprecatedField) bool { return strings.Contains(f.Field, ".") })
		}
		size := len(d.Response.Fields)
		if size <= fieldsLimit && (level > outlineAll || size <= meaningsLimit) && len(encode(d)) <= briefLimit {
			return
		}
	}
}

// lastNames are the last names of field paths, each once: content of
// transcription.content.
func lastNames(paths []string) []string {
	var out []string
	for _, p := range paths {
		name := p[strings.LastIndexByte(p, '.')+1:]
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// names reports whether the description names a method beside those that are
// related.
func (d *description) names(method string) bool {
	words := strings.FieldsFunc(d.Description+" "+strings.Join(d.Notes, " "), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
	if slices.Contains(words, method) {
		return true
	}
	for _, sources := range d.IDs {
		if slices.ContainsFunc(sources, func(s string) bool { return strings.HasPrefix(s, method+" ") }) {
			return true
		}
	}
	return false
}

func describeResponse(m *catalog.Method) response {
	r := response{Kind: m.Kind, Fields: json.RawMessage(m.Fields)}
	switch m.Kind {
	case "binary":
		r.Note = "a file, kept for a day at most: a link with type, size, sha256; inline: true adds a small file's content"
	case "array":
		// An array has one element, the object that stands for all.
		r.Fields = json.RawMessage(strings.TrimSuffix(strings.TrimPrefix(m.Fields, "["), "]"))
		r.Note = "fields of each element"
	case "transcript":
		r.Kind, r.Note = "binary", "a text of times, speakers and words; as: vtt for subtitles, as: json for Zoom's own fields, which select works on"
	}
	return r
}

func fullTitle(m *catalog.Method) string { return ": " + m.Title }

// heading is a star where the method takes a period, and its title, unless its name
// says the same.
func heading(m *catalog.Method) string {
	star := ""
	if m.Window != nil {
		star = "*"
	}
	words := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(m.Title, "'s", "")), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		if !slices.Contains(fillers, w) && !strings.Contains(m.Name, strings.TrimSuffix(w, "s")) {
			return star + ": " + m.Title
		}
	}
	return star
}

// fillers are words of titles that a name need not have.
var fillers = []string{"get", "list", "a", "an", "the", "of", "from", "by", "and", "phone", "detail", "details"}

// index is a list of methods: a line each, with the parameters that must be given.
func index(methods iter.Seq[*catalog.Method], title func(*catalog.Method) string) string {
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
		b.WriteString(title(m))
		b.WriteByte('\n')
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
