package catalog

import (
	"encoding/json"
	"slices"
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

// Said returns the description of a scalar: its type or the values it can have, and
// what it means.
func (f Field) Said() (head, meaning string) {
	head, meaning, _ = strings.Cut(f.Leaf, "; ")
	return head, meaning
}

// Words reports whether the values of a scalar are words out of a list.
func (f Field) Words() bool {
	head, _ := f.Said()
	return strings.Contains(head, "|")
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

// Column is a field of the method's records as a table has it: fields of objects are
// named parent_child, lists are one column.
type Column struct {
	Name, Type string
	Field      Field
	Path       string   // of the field in the answer: calls[].caller.name
	Names      []string // of the objects around the field in a record, and its own
}

// Columns are those of the method's rows: of the records that it lists, of the list
// that its table names, with the other fields of the answer behind them, or of the
// answer itself. Files have none.
func (m *Method) Columns() []Column {
	out := m.fields()
	for i, c := range out {
		if m.Table != nil && slices.Contains(m.Table.Numbers, c.Name) {
			out[i].Type = "number"
		}
	}
	return out
}

func (m *Method) fields() []Column {
	answer := m.Answer()
	switch {
	case m.Kind == "transcript":
		return columns(spoken, nil, "", nil)
	case answer.List: // the answer itself is the list
		return columns(answer.Fields, nil, "[]", nil)
	}
	items := m.Rows()
	if items == "" {
		return columns(answer.Fields, nil, "", nil)
	}
	var out []Column
	for _, f := range answer.Fields {
		if f.Name == items {
			out = columns(f.Fields, nil, f.Name+"[]", nil)
		}
	}
	if m.Pagination != nil {
		return out
	}
	var around []Field
	for _, f := range answer.Fields {
		deprecated := slices.ContainsFunc(m.DeprecatedFields, func(d DeprecatedField) bool { return d.Field == f.Name })
		taken := slices.ContainsFunc(out, func(c Column) bool { return strings.EqualFold(c.Names[0], f.Name) })
		if f.Name != items && !deprecated && !taken {
			around = append(around, f)
		}
	}
	return columns(around, nil, "", out)
}

// spoken are the fields of a transcript's rows.
var spoken = []Field{
	{Name: "sentence", Leaf: "integer; from 1"},
	{Name: "speaker", Leaf: "string"},
	{Name: "starts", Leaf: "number; seconds from the beginning"},
	{Name: "ends", Leaf: "number; seconds from the beginning"},
	{Name: "clock", Leaf: "string; starts as 00:01:02"},
	{Name: "text", Leaf: "string"},
}

// Rows is the field with the list whose elements are rows, empty where there is none.
func (m *Method) Rows() string {
	switch {
	case m.Pagination != nil:
		return m.Pagination.Items
	case m.Table != nil:
		return m.Table.Items
	}
	return ""
}

func columns(fields []Field, names []string, path string, out []Column) []Column {
	for _, f := range fields {
		path := strings.TrimPrefix(path+"."+f.Name, ".")
		names := append(slices.Clip(names), f.Name)
		name := strings.Join(names, "_")
		switch {
		case f.List:
			out = append(out, Column{name, "array", f, path + "[]", names})
		case len(f.Fields) > 0:
			out = columns(f.Fields, names, path, out)
		default:
			out = append(out, Column{name, f.Kind(), f, path, names})
		}
	}
	return out
}
