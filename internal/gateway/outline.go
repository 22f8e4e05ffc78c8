package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
)

// The levels to which the shape of an answer is shortened, until a description
// fits: the meanings of texts go first, then everything but names, then all below
// the top. Units of numbers and values that a field can have are the last to go.
const (
	outlineAll = iota
	outlineValues
	outlineNames
	outlineTop
)

var outlineNotes = [...]string{
	outlineValues: "full: true has more meanings",
	outlineNames:  "deeper fields by name only: full: true has types and meanings",
	outlineTop:    "top fields only: full: true has all",
}

// outline is the shape of a method's answer at a level: an object with the fields
// at the top, and one text for what is below each. Lists that Zoom is about to
// drop are one word.
func outline(m *catalog.Method, level int) json.RawMessage {
	o := outliner{level: level, matters: m.Matters, values: map[string]string{}, shapes: map[string]string{}}
	for _, p := range m.Params {
		if v := strings.Join(p.Enum, "|"); len(v) > sameFrom {
			o.values[v] = "as parameter " + p.Name
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range m.Answer().Fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(f.Name))
		b.WriteByte(':')
		b.Write(encode(o.top(m, f)))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// sameFrom is the length, in bytes, from which values or fields that came before
// are not said again.
const sameFrom = 30

type outliner struct {
	level   int
	matters []string // paths of fields whose meaning is said at every level but that of names
	// values and shapes are where values of a field and fields of an object were
	// said already.
	values, shapes map[string]string
}

// top is a field of the answer itself.
func (o *outliner) top(m *catalog.Method, f catalog.Field) any {
	var shown any
	if gone := deprecated(m, f.Name); gone != "" {
		return gone
	}
	page := m.Pagination != nil && (f.Name == m.Pagination.Next || f.Name == "page_size" || f.Name == "page_count" || f.Name == "total_records")
	switch {
	case len(f.Fields) > 0 && o.level == outlineTop:
		if f.List {
			return "array of object"
		}
		return "object"
	case len(f.Fields) > 0:
		shown = o.fields(fieldName(f), f.Fields)
	case page && !slices.Contains(m.Matters, f.Name) || o.level >= outlineNames && !slices.Contains(m.Matters, f.Name):
		shown = f.Kind()
	default:
		shown = o.leaf(f.Name, f)
		if shown == "" {
			shown = "string"
		}
	}
	if f.List {
		return []any{shown}
	}
	return shown
}

// deprecated says of a list or object at the top that it is about to go, empty of
// any other field.
func deprecated(m *catalog.Method, name string) string {
	for _, d := range m.Renamed() {
		if d.Field == name {
			text := "deprecated, use " + d.Instead
			if d.Ends != "" {
				text += ", ends " + d.Ends
			}
			return text
		}
	}
	return ""
}

// fields lists the fields of an object, names that need no word on one line.
func (o *outliner) fields(of string, fields []catalog.Field) string {
	key := shapeKey(fields)
	if before, ok := o.shapes[key]; ok {
		return "as " + before
	}
	var lines []string
	plain := false // whether the last line is names alone
	sides := o.bothSides(of, fields)
	for _, f := range fields {
		if side, rest, ok := strings.Cut(f.Name, "_"); ok && sides[rest] && strings.HasPrefix(side, "calle") {
			if side == "caller" && rest == firstOf(fields, sides) {
				lines, plain = append(lines, o.sidesLine(of, fields, sides)), false
			}
			continue
		}
		name := fieldName(f)
		word := ""
		if len(f.Fields) == 0 {
			if word = o.leaf(of+"."+name, f); word != "" {
				word = ": " + word
			}
		} else if inner := o.fields(of+"."+name, f.Fields); strings.HasPrefix(inner, "as ") {
			word = ": " + inner
		} else {
			word = "{" + inner + "}"
			if strings.Contains(inner, "\n") {
				word = "{\n" + inner + "\n}"
			}
		}
		if !strings.HasPrefix(word, ": ") && !strings.Contains(word, "\n") {
			if plain {
				lines[len(lines)-1] += ", " + name + word
			} else {
				lines = append(lines, name+word)
			}
			plain = true
			continue
		}
		plain = false
		lines = append(lines, name+word)
	}
	text := strings.Join(lines, "\n")
	if len(text) > sameFrom {
		o.shapes[key] = of
	}
	return text
}

// bothSides finds what is said alike of the caller and the callee, by the ends of
// the fields' names; nil where that is not worth a line of its own.
func (o *outliner) bothSides(of string, fields []catalog.Field) map[string]bool {
	said, both := map[string]string{}, map[string]bool{}
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(f.Name, "caller_"); ok && len(f.Fields) == 0 && !f.List {
			said[rest] = o.meant(of+"."+f.Name, f)
		}
	}
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(f.Name, "callee_"); ok && len(f.Fields) == 0 && !f.List {
			if before, ok := said[rest]; ok && before == o.meant(of+"."+f.Name, f) {
				both[rest] = true
			}
		}
	}
	if len(both) < 4 {
		return nil
	}
	return both
}

// firstOf is the first of the names that both sides have.
func firstOf(fields []catalog.Field, sides map[string]bool) string {
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(f.Name, "caller_"); ok && sides[rest] {
			return rest
		}
	}
	return ""
}

// sidesLine lists what both sides have.
func (o *outliner) sidesLine(of string, fields []catalog.Field, sides map[string]bool) string {
	var out []string
	for _, f := range fields {
		rest, ok := strings.CutPrefix(f.Name, "caller_")
		if !ok || !sides[rest] {
			continue
		}
		if word := o.leaf(of+"."+f.Name, f); word != "" {
			rest += " (" + word + ")"
		}
		out = append(out, rest)
	}
	return "caller_ and callee_ each with: " + strings.Join(out, ", ")
}

// shapeKey is the same for objects with the same fields.
func shapeKey(fields []catalog.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(fieldName(f) + " " + f.Leaf + "{" + shapeKey(f.Fields) + "}")
	}
	return b.String()
}

// leaf says the type of a scalar, its values and its meaning, empty for a string
// that explains itself.
func (o *outliner) leaf(of string, f catalog.Field) string {
	head, meaning := o.said(of, f)
	kind := f.Kind()
	switch {
	case head == "string":
		return meaning
	case kind != "string" && explains(meaning, head[len(kind):]):
		head = kind // the meaning names every value
	case len(head) > sameFrom && o.values != nil:
		if before, ok := o.values[head]; ok {
			head = before
		} else {
			o.values[head] = "as " + f.Name
		}
	}
	if meaning == "" {
		return head
	}
	return head + "; " + meaning
}

// said returns the type or values of a scalar, and the meaning as far as the level
// has room for it.
func (o *outliner) said(of string, f catalog.Field) (head, meaning string) {
	head, meaning = f.Said()
	kind := f.Kind()
	if kind == "boolean" {
		head = kind // true or false
	}
	if o.level >= outlineNames && !slices.Contains(o.matters, of) {
		return "string", "" // a name alone
	}
	if o.level >= outlineValues && (kind == "string" || kind == "boolean") && !slices.Contains(o.matters, of) {
		meaning = ""
	}
	return head, meaning
}

// meant is all that is said of a scalar, as one text to compare.
func (o *outliner) meant(of string, f catalog.Field) string {
	head, meaning := o.said(of, f)
	return head + "; " + meaning
}

// fieldName is a field's name as paths have it.
func fieldName(f catalog.Field) string {
	if f.List {
		return f.Name + "[]"
	}
	return f.Name
}

// explains reports whether a meaning names every value of an enum.
func explains(meaning, values string) bool {
	words := strings.FieldsFunc(meaning, func(r rune) bool { return strings.ContainsRune(" ,;:.", r) })
	for v := range strings.SplitSeq(strings.TrimSpace(values), "|") {
		if v != "" && !slices.Contains(words, v) {
			return false
		}
	}
	return true
}
