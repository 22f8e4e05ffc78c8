package main

import (
	"bytes"
	"fmt"
	"strings"
)

// typePrinter writes the answers' types: one named Go type for every component
// and every object inside an answer.
type typePrinter struct {
	m    *model
	b    bytes.Buffer
	used map[string]bool
	// shapes has the name of every inner type by its fields, so that an object
	// that stands in several answers is declared once.
	shapes map[string]string
}

// printTypes writes internal/zoom/types.gen.go.
func printTypes(m *model) ([]byte, error) {
	p := &typePrinter{m: m, used: map[string]bool{}, shapes: map[string]string{}}
	p.b.WriteString(header("zoom"))
	for _, n := range m.Types {
		p.used[n.Name] = true
	}
	for _, n := range m.Types {
		p.declare(n.Name, n.Name, n.Type, "is a shape that several answers share")
	}
	for _, me := range m.Methods {
		if me.Response == nil {
			continue
		}
		p.declare(answerType(me), me.GoName, me.Response, "is the answer of [Client."+me.GoName+"]")
	}
	return p.b.Bytes(), nil
}

// answerType is the Go name of a method's answer.
func answerType(me method) string { return me.GoName + "Response" }

// declare prints a named type and, after it, the types of the objects inside,
// whose names start with prefix.
func (p *typePrinter) declare(name, prefix string, t *typ, what string) {
	doc := what
	if t.Description != "" {
		doc = "is: " + lowerFirst(strings.TrimSuffix(t.Description, "."))
	}
	fmt.Fprintf(&p.b, "// %s %s.\n", name, doc)
	var inner []namedType
	switch {
	case t.Ref != "":
		fmt.Fprintf(&p.b, "type %s = %s\n\n", name, t.Ref)
	case t.Kind == "array":
		fmt.Fprintf(&p.b, "type %s %s\n\n", name, p.goType(prefix, t, &inner))
	default:
		fmt.Fprintf(&p.b, "type %s ", name)
		p.structBody(prefix, t, &inner)
		p.b.WriteByte('\n')
	}
	p.parts(inner)
}

// parts prints the objects inside a type as one group, depth by depth.
func (p *typePrinter) parts(group []namedType) {
	if len(group) == 0 {
		return
	}
	var inner []namedType
	p.b.WriteString("type (\n")
	for _, n := range group {
		fmt.Fprintf(&p.b, "%s ", n.Name)
		p.structBody(n.Name, n.Type, &inner)
	}
	p.b.WriteString(")\n\n")
	p.parts(inner)
}

func (p *typePrinter) structBody(prefix string, t *typ, inner *[]namedType) {
	p.b.WriteString("struct {\n")
	embedded := map[string]bool{}
	for _, part := range t.AllOf {
		if part.Ref != "" {
			fmt.Fprintf(&p.b, "\t%s\n", part.Ref)
			for _, f := range p.m.flat(part) {
				embedded[f.Name] = true
			}
		}
	}
	seen := map[string]string{}
	for _, f := range p.m.flat(t) {
		if embedded[f.Name] {
			continue
		}
		goField := goName(f.Name)
		if other, ok := seen[goField]; ok {
			goField += "2" // two names of Zoom's that differ in punctuation only
			_ = other
		}
		seen[goField] = f.Name
		fmt.Fprintf(&p.b, "\t%s %s `json:%q`%s\n", goField, p.goType(prefix+goField, f.Type, inner), f.Name, comment(f.Type))
	}
	p.b.WriteString("}\n")
}

// goType gives a schema's Go type; an object inside gets a name and is put on inner.
func (p *typePrinter) goType(name string, t *typ, inner *[]namedType) string {
	switch {
	case t.Ref != "":
		return t.Ref
	case t.Kind == "array":
		return "[]" + p.goType(singular(name), t.Items, inner)
	case p.m.isObject(t):
		shape := fieldTree(p.m, bare(t))
		if known, ok := p.shapes[shape]; ok {
			return known
		}
		for p.used[name] {
			name += "Item"
		}
		p.used[name] = true
		p.shapes[shape] = name
		*inner = append(*inner, namedType{name, t})
		return name
	}
	return goScalar(t.Kind)
}

// bare is a schema without its descriptions and enums, which Go types do not show.
func bare(t *typ) *typ {
	b := *t
	b.Description, b.Enum = "", nil
	b.Fields = make([]field, len(t.Fields))
	for i, f := range t.Fields {
		b.Fields[i] = field{f.Name, bare(f.Type)}
	}
	if t.Items != nil {
		b.Items = bare(t.Items)
	}
	return &b
}

func goScalar(kind string) string {
	switch kind {
	case "integer":
		return "int64"
	case "number":
		return "float64"
	case "boolean":
		return "bool"
	}
	return "string"
}

func comment(t *typ) string {
	switch {
	case t.Deprecated && t.Description != "":
		return " // Deprecated. " + t.Description
	case t.Deprecated:
		return " // Deprecated."
	case t.Description != "":
		return " // " + t.Description
	}
	return ""
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
