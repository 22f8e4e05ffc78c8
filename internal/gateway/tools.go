package gateway

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/lenient"
)

// Tool is a method as a tool of its own.
type Tool struct {
	Name, Title, Description string
	// Input is the JSON Schema of the parameters. Output is that of the answer,
	// so wide that nothing Zoom sends fails it; nil for files and transcripts.
	Input, Output json.RawMessage
}

// Tools returns every method that there is as a tool of its own.
func (g *Gateway) Tools() []Tool {
	var out []Tool
	for m := range g.Methods() {
		out = append(out, Tool{
			Name: m.Name, Title: m.Title, Description: m.Description,
			Input: inputSchema(m), Output: outputSchema(m),
		})
	}
	return out
}

// commonParams is how many parameters CommonParams names: models pay for each.
const commonParams = 6

// CommonParams are the properties, as JSON Schema, of the parameters that most of
// the methods have.
func (g *Gateway) CommonParams() json.RawMessage {
	type param struct {
		name, kind string
		methods    int
	}
	var all []param
	for m := range g.Methods() {
		for _, p := range m.Params {
			i := slices.IndexFunc(all, func(q param) bool { return q.name == p.Name })
			if i < 0 {
				i, all = len(all), append(all, param{name: p.Name, kind: p.Type})
			}
			if all[i].methods++; all[i].kind != p.Type {
				all[i].kind = "" // the methods do not agree
			}
		}
	}
	all = slices.DeleteFunc(all, func(p param) bool { return p.kind == "" || p.kind == "array" })
	slices.SortStableFunc(all, func(a, b param) int { return cmp.Compare(b.methods, a.methods) })
	var out []lenient.Member
	for _, p := range all[:min(commonParams, len(all))] {
		out = append(out, lenient.Member{Name: p.name, Value: json.RawMessage(`{"type":"` + p.kind + `"}`)})
	}
	return lenient.Encode(out)
}

// inputSchema is the method's own, with the arguments of the call that suit a file
// or a list.
func inputSchema(m *catalog.Method) json.RawMessage {
	more := map[string]string{
		"binary":     `"inline":{"type":"boolean","description":"For small files: the content beside the link."}`,
		"transcript": `"as":{"type":"string","enum":["text","vtt","json"],"description":"Default text."}`,
	}[m.Kind]
	if m.Pagination != nil {
		more = `"all_pages":{"type":"boolean","description":"Every page, not one."},` +
			`"sql":{"type":"string","description":"SQLite SELECT over all records, table records."}`
	}
	if more == "" {
		return json.RawMessage(m.Schema)
	}
	const properties = `"properties":{`
	before, after, _ := strings.Cut(m.Schema, properties)
	if !strings.HasPrefix(after, "}") {
		more += ","
	}
	return json.RawMessage(before + properties + more + after)
}

// outputSchema names the fields at the top. Zoom adds values to its enums, leaves
// fields out, sends null, and now a number, now a text: all of that fits.
func outputSchema(m *catalog.Method) json.RawMessage {
	answer := m.Answer()
	switch {
	case m.Kind == "binary" || m.Kind == "transcript":
		return nil // a link, or a text
	case answer.List:
		return json.RawMessage(`{"type":"object","properties":{"items":{"type":"array"}}}`)
	}
	var b strings.Builder
	b.WriteString(`{"type":"object","properties":{`)
	for i, f := range answer.Fields {
		if i > 0 {
			b.WriteByte(',')
		}
		kinds := `["string","number","boolean","null"]`
		switch {
		case f.List || f.Kind() == "array":
			kinds = `["array","null"]`
		case len(f.Fields) > 0 || f.Kind() == "object":
			kinds = `["object","array","null"]`
		}
		b.WriteString(`"` + f.Name + `":{"type":` + kinds + `}`)
	}
	b.WriteString("}}")
	return json.RawMessage(b.String())
}
