package catalog

import (
	"encoding/json"
	"strings"
)

// Field is a field of an answer, or an element of a list.
type Field struct {
	Name string
	// Leaf is the type and meaning of a scalar: "integer; seconds".
	Leaf string
	// List reports that there is a list of what follows.
	List   bool
	Fields []Field
}

// Said returns what is said of a scalar: its type or the values it can have, and
// what it means.
func (f Field) Said() (head, meaning string) {
	head, meaning, _ = strings.Cut(f.Leaf, "; ")
	return head, meaning
}

// Kind is the type of a scalar: string, integer, number, boolean, or object and
// array for what the description does not open.
func (f Field) Kind() string {
	kind, _ := f.Said()
	kind, _, _ = strings.Cut(kind, " ")
	switch kind {
	case "string", "integer", "number", "boolean", "object", "array", "any":
		return kind
	}
	return "string" // an enum
}

// Answer is the shape of the method's answer, as a field without a name.
func (m *Method) Answer() Field {
	d := json.NewDecoder(strings.NewReader(m.Fields))
	return readField(d)
}

// readField reads one value of a field tree. The trees are generated, and a test
// reads all of them, so there is no error to report.
func readField(d *json.Decoder) Field {
	token, err := d.Token()
	if err != nil {
		return Field{}
	}
	switch t := token.(type) {
	case string:
		return Field{Leaf: t}
	case json.Delim:
		var f Field
		if t == '[' {
			f = readField(d)
			f.List = true
		} else {
			for d.More() {
				name, _ := d.Token() // the name of a member
				child := readField(d)
				child.Name, _ = name.(string)
				f.Fields = append(f.Fields, child)
			}
		}
		_, _ = d.Token() // the end of the list or object
		return f
	}
	return Field{}
}

// Column is a scalar of the method's records as a table has it: fields of
// objects are named parent_child, lists are one column.
type Column struct {
	Name, Type string
	Field      Field
	Path       string // of the field in the answer: calls[].caller.name
}

// Columns are those of the records that the method lists, nil for a method
// without records.
func (m *Method) Columns() []Column {
	answer := m.Answer()
	if answer.List { // the answer itself is the list
		return columns(answer.Fields, "", "[]", nil)
	}
	if m.Pagination == nil {
		return nil
	}
	for _, f := range answer.Fields {
		if f.Name == m.Pagination.Items {
			return columns(f.Fields, "", f.Name+"[]", nil)
		}
	}
	return nil
}

func columns(fields []Field, prefix, path string, out []Column) []Column {
	for _, f := range fields {
		name, path := prefix+f.Name, path+"."+f.Name
		switch {
		case f.List:
			out = append(out, Column{name, "array", f, path + "[]"})
		case len(f.Fields) > 0:
			out = columns(f.Fields, name+"_", path, out)
		default:
			out = append(out, Column{name, f.Kind(), f, path})
		}
	}
	return out
}
