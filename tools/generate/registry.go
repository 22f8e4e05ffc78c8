package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// printRegistry writes internal/catalog/registry.gen.go: every method as data,
// with its binding to the typed client.
func printRegistry(m *model) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header("catalog"))
	b.WriteString("import (\n\t\"context\"\n\n\t\"zoom-phone-mcp/internal/zoom\"\n)\n\n")
	b.WriteString("// methods are all methods, in the order of the spec.\nvar methods = [...]Method{\n")
	for _, me := range m.Methods {
		printMethod(&b, m, me)
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func printMethod(b *bytes.Buffer, m *model, me method) {
	x := me.Ext
	fmt.Fprintf(b, "\t{\n\t\tName: %q, Title: %q, Tag: %q,\n", me.Name, me.Title, me.Tag)
	fmt.Fprintf(b, "\t\tDescription: %q,\n", me.Description)
	fmt.Fprintf(b, "\t\tPath: %q, REST: %q, Kind: %q,", me.Path, x.REST, x.Answer)
	if len(me.RESTNames) > 0 {
		fmt.Fprintf(b, " RESTParams: %#v,", me.RESTNames)
	}
	if x.RateLimit != nil {
		fmt.Fprintf(b, " RateLimit: %q,", *x.RateLimit)
	}
	fmt.Fprintf(b, "\n\t\tScopes: Scopes{Classic: %s, Granular: %s},\n", goStrings(x.Scopes.Classic), goStrings(x.Scopes.Granular))
	if p := x.Pagination; p != nil {
		fmt.Fprintf(b, "\t\tPagination: &Pagination{Style: %q, Items: %q, Next: %q, Size: %q", p.Style, p.Items, p.Next, p.Size)
		if size := me.maxSize(); size > 0 {
			fmt.Fprintf(b, ", MaxSize: %d", size)
		}
		if len(p.ID) > 0 {
			fmt.Fprintf(b, ", ID: %s", goStrings(p.ID))
		}
		for name, value := range p.OldestFirst {
			fmt.Fprintf(b, ", OldestFirst: &Setting{%q, %q}", name, value)
		}
		if p.Elsewhere != "" {
			fmt.Fprintf(b, ", Elsewhere: %q, ElsewhereLists: []ElsewhereList{", p.Elsewhere)
			for _, l := range p.ElsewhereLists {
				fmt.Fprintf(b, "{%s, %#v}, ", goStrings(strings.Split(l.List, ".")), l.Set)
			}
			b.WriteString("}")
		}
		b.WriteString("},\n")
	}
	if f := x.File; f != nil {
		fmt.Fprintf(b, "\t\tFile: &File{Sort: %q, Name: %q},\n", f.Sort, f.Name)
	}
	if w := x.Window; w != nil {
		fmt.Fprintf(b, "\t\tWindow: &Window{Longest: %q, Reach: %q, Default: %q, Precision: %q, Totals: %v", w.Longest, w.Reach, w.Default, w.Precision, w.Totals)
		if len(w.Times) > 0 {
			fmt.Fprintf(b, ", Times: %s, TimesBy: %q", goStrings(w.Times), w.TimesBy)
		}
		if w.Settles {
			b.WriteString(", Settles: true")
		}
		b.WriteString("},\n")
	}
	if t := x.Table; t != nil {
		fmt.Fprintf(b, "\t\tTable: &Table{Items: %q, Send: %#v, Filters: %#v, Numbers: %s, Absent: %v},\n", t.Items, t.Send, t.Filters, goStrings(t.Numbers), t.Absent)
	}
	if me.Deprecated {
		d := deprecation{}
		if x.Deprecated != nil {
			d = *x.Deprecated
		}
		fmt.Fprintf(b, "\t\tDeprecated: &Deprecation{Instead: %q, Ends: %q},\n", d.Instead, d.Ends)
	}
	if len(x.DeprecatedFields) > 0 {
		b.WriteString("\t\tDeprecatedFields: []DeprecatedField{\n")
		for _, f := range x.DeprecatedFields {
			fmt.Fprintf(b, "\t\t\t{Field: %q, Instead: %q, Ends: %q},\n", f.Field, f.Instead, f.Ends)
		}
		b.WriteString("\t\t},\n")
	}
	if len(me.Untrusted) > 0 {
		fmt.Fprintf(b, "\t\tUntrusted: %s,\n", goStrings(me.Untrusted))
	}
	if len(x.Matters) > 0 {
		fmt.Fprintf(b, "\t\tMatters: %s,\n", goStrings(x.Matters))
	}
	if len(x.Hides) > 0 {
		b.WriteString("\t\tHides: []Hides{\n")
		for _, h := range x.Hides {
			fmt.Fprintf(b, "\t\t\t{Unless: %q, Says: %q},\n", h.Unless, h.Says)
		}
		b.WriteString("\t\t},\n")
	}
	if len(x.Related) > 0 {
		fmt.Fprintf(b, "\t\tRelated: %s,\n", goStrings(x.Related))
	}
	if len(x.Notes) > 0 {
		fmt.Fprintf(b, "\t\tNotes: %s,\n", goStrings(x.Notes))
	}
	if len(me.Params) > 0 {
		b.WriteString("\t\tParams: []Param{\n")
		for _, p := range me.Params {
			printParam(b, p)
		}
		b.WriteString("\t\t},\n")
	}
	fmt.Fprintf(b, "\t\tSchema: %s,\n", goRaw(paramSchema(me)))
	if me.Response != nil {
		fmt.Fprintf(b, "\t\tFields: %s,\n", goRaw(fieldTree(m, me.Response)))
	}
	printBinding(b, me)
	b.WriteString("\t},\n")
}

// maxSize is the largest page that a method gives, 0 where nobody says.
func (me method) maxSize() int {
	p := me.Ext.Pagination
	for _, q := range me.Params {
		if q.Name == p.Size && q.Schema.Max != nil {
			return int(*q.Schema.Max)
		}
	}
	return p.MaxSize
}

func printParam(b *bytes.Buffer, p param) {
	kind, s := p.Schema.Kind, p.Schema
	fmt.Fprintf(b, "\t\t\t{Name: %q, Type: %q", p.Name, kind)
	if kind == "array" {
		s = p.Schema.Items
		fmt.Fprintf(b, ", Items: %q", s.Kind)
		if n := p.Schema.MaxItems; n != nil {
			fmt.Fprintf(b, ", MaxItems: %d", *n)
		}
	}
	if p.In == "path" {
		b.WriteString(", InPath: true")
	}
	if p.Required {
		b.WriteString(", Required: true")
	}
	if s.Min != nil {
		fmt.Fprintf(b, ", Min: %d", int64(*s.Min))
	}
	if s.Max != nil {
		fmt.Fprintf(b, ", Max: %d", int64(*s.Max))
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		fmt.Fprintf(b, ", Enum: %s", goStrings(values))
	}
	if p.Time != "" {
		fmt.Fprintf(b, ", Time: %q", p.Time)
	}
	if n := p.NotFound; n != nil {
		fmt.Fprintf(b, ", NotFound: &NotFound{%q, %q, %q}", n.Says, n.Instead, n.How)
	}
	if len(p.Meant) > 0 {
		b.WriteString(", Meant: map[string][]string{")
		for _, words := range sortedKeys(p.Meant) {
			for word := range strings.FieldsSeq(words) {
				fmt.Fprintf(b, "%q: %#v, ", word, p.Meant[words])
			}
		}
		b.WriteString("}")
	}
	if len(p.Sources) > 0 {
		b.WriteString(", Sources: []Source{")
		for i, s := range p.Sources {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "{%q, %q}", s.Method, s.Field)
		}
		b.WriteString("}")
	}
	b.WriteString("},\n")
}

func printBinding(b *bytes.Buffer, me method) {
	wrap := "body"
	if me.Response == nil || me.Ext.Answer == "transcript" {
		wrap = "file"
	}
	args := "_ Args"
	var fields []string
	for _, p := range me.Params {
		args = "a Args"
		fields = append(fields, fmt.Sprintf("%s: a.%s(%q)", p.GoName, getter(p), p.Name))
	}
	call := "c." + me.GoName + "(ctx)"
	if len(fields) > 0 {
		call = fmt.Sprintf("c.%s(ctx, zoom.%s{%s})", me.GoName, paramsType(me), strings.Join(fields, ", "))
	}
	fmt.Fprintf(b, "\t\tCall: func(ctx context.Context, c *zoom.Client, %s) (Outcome, error) { return %s(%s) },\n", args, wrap, call)
}

// getter names the method of Args that returns a parameter's typed value; with add in
// front, that of a request which adds it.
func getter(p param) string {
	switch p.Schema.Kind {
	case "integer":
		return "Int"
	case "boolean":
		return "Bool"
	case "array":
		if p.Schema.Items.Kind == "integer" {
			return "Ints"
		}
		return "Strings"
	}
	return "String"
}

// paramSchema is the JSON Schema of a method's parameters, compact, in the spec's order.
func paramSchema(me method) string {
	var b bytes.Buffer
	b.WriteString(`{"type":"object","properties":{`)
	var required []string
	for i, p := range me.Params {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:{", jsonText(p.Name))
		s := *p.Schema
		if p.HideDefault {
			s.Default = nil
		}
		printSchema(&b, &s)
		if p.Description != "" {
			fmt.Fprintf(&b, `,"description":%s`, jsonText(p.Description))
		}
		b.WriteByte('}')
		if p.Required {
			required = append(required, p.Name)
		}
	}
	b.WriteByte('}')
	if len(required) > 0 {
		fmt.Fprintf(&b, `,"required":%s`, jsonText(required))
	}
	b.WriteString(`,"additionalProperties":false}`)
	return b.String()
}

func printSchema(b *bytes.Buffer, t *typ) {
	fmt.Fprintf(b, `"type":%q`, t.Kind)
	if t.Format != "" && t.Format != "int64" {
		fmt.Fprintf(b, `,"format":%q`, t.Format)
	}
	if len(t.Enum) > 0 {
		fmt.Fprintf(b, `,"enum":%s`, jsonText(t.Enum))
	}
	if t.Default != nil && t.Default != "" {
		fmt.Fprintf(b, `,"default":%s`, jsonText(t.Default))
	}
	if t.Min != nil {
		fmt.Fprintf(b, `,"minimum":%s`, number(*t.Min))
	}
	if t.Max != nil {
		fmt.Fprintf(b, `,"maximum":%s`, number(*t.Max))
	}
	if t.MaxItems != nil {
		fmt.Fprintf(b, `,"maxItems":%d`, *t.MaxItems)
	}
	if t.Items != nil {
		b.WriteString(`,"items":{`)
		printSchema(b, t.Items)
		b.WriteByte('}')
	}
}

// fieldTree is an answer's shape as JSON: objects are objects, arrays have one
// element, and a leaf is its type with what it means.
func fieldTree(m *model, t *typ) string {
	var b bytes.Buffer
	printTree(&b, m, t)
	return b.String()
}

func printTree(b *bytes.Buffer, m *model, t *typ) {
	r := m.resolve(t)
	note := t.Description
	if note == "" && t.Ref != "" && !m.isObject(r) {
		note = r.Description
	}
	switch {
	case r.Kind == "array":
		b.WriteByte('[')
		printTree(b, m, r.Items)
		b.WriteByte(']')
	case m.isObject(r):
		fields := m.flat(r)
		if len(fields) == 0 {
			b.WriteString(jsonText(leaf("object", nil, note)))
			return
		}
		b.WriteByte('{')
		for i, f := range fields {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%s:", jsonText(f.Name))
			printTree(b, m, f.Type)
		}
		b.WriteByte('}')
	default:
		kind := r.Kind
		if kind == "" {
			kind = "any"
		}
		b.WriteString(jsonText(leaf(kind, r.Enum, note)))
	}
}

// leaf says a scalar in one string: "string; seconds" or "a|b; what it means".
func leaf(kind string, enum []any, note string) string {
	s := kind
	if len(enum) > 0 {
		var values []string
		for _, v := range enum {
			values = append(values, fmt.Sprint(v))
		}
		s = strings.Join(values, "|")
		if kind != "string" {
			s = kind + " " + s
		}
	}
	if note != "" {
		s += "; " + strings.TrimSuffix(note, ".")
	}
	return s
}

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the values come from a JSON document
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func goStrings(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

// goRaw prints a long text as a raw string where it can be one.
func goRaw(s string) string {
	if strings.Contains(s, "`") {
		return strconv.Quote(s)
	}
	return "`" + s + "`"
}
