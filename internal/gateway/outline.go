package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"zoom-phone-mcp/internal/catalog"
)

// The levels to which the shape of an answer is shortened, until a description
// fits: without meanings, then the names of the records' fields alone, then no
// further than the fields at the top.
const (
	outlineTypes = iota
	outlineNames
	outlineTop
)

var outlineNotes = [...]string{
	outlineTypes: "meanings left out; full: true has them",
	outlineNames: "record fields by name only; full: true has their types and meanings",
	outlineTop:   "top fields only; full: true has all",
}

// outline is the shape of a method's answer at a level. Lists that Zoom is about
// to drop are one word in all of them.
func outline(m *catalog.Method, level int) json.RawMessage {
	root := m.Answer()
	var b bytes.Buffer
	var write func(f catalog.Field, depth int)
	write = func(f catalog.Field, depth int) {
		gone := depth == 1 && slices.ContainsFunc(m.DeprecatedFields, func(d catalog.DeprecatedField) bool { return d.Field == f.Name })
		switch {
		case len(f.Fields) == 0 || gone || level == outlineTop && depth > 0:
			kind := f.Kind()
			if len(f.Fields) > 0 {
				kind = "object"
			}
			if f.List {
				kind = "array of " + kind
			}
			if gone {
				kind += ", deprecated"
			}
			if len(f.Fields) == 0 && level == outlineTypes {
				kind, _, _ = strings.Cut(f.Leaf, ";")
				if f.List {
					kind = "array of " + kind
				}
			}
			b.WriteString(strconv.Quote(kind))
		case level == outlineNames && depth > 0:
			names := strings.Join(names(f.Fields, ""), " ")
			if f.List {
				b.WriteString("[" + strconv.Quote(names) + "]")
			} else {
				b.WriteString(strconv.Quote(names))
			}
		default:
			list := f.List && !(depth == 0 && m.Kind == "array")
			if list {
				b.WriteByte('[')
			}
			b.WriteByte('{')
			for i, child := range f.Fields {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(strconv.Quote(child.Name) + ":")
				write(child, depth+1)
			}
			b.WriteByte('}')
			if list {
				b.WriteByte(']')
			}
		}
	}
	write(root, 0)
	return b.Bytes()
}

// names are those of fields at every depth: a, b.c, d[].e.
func names(fields []catalog.Field, prefix string) []string {
	var out []string
	for _, f := range fields {
		name := prefix + f.Name
		if f.List {
			name += "[]"
		}
		if len(f.Fields) == 0 {
			out = append(out, name)
			continue
		}
		out = append(out, names(f.Fields, name+".")...)
	}
	return out
}
