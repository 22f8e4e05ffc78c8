package records

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/rawjson"
)

// Bounds of a table.
const (
	maxColumns = 400
	maxNesting = 5 // levels of objects that become columns; below, they are JSON text
)

// Column is a column of the table that records make.
type Column struct {
	// Name is the field's name; of a field in an object parent_child.
	Name string `json:"name"`
	// Type is integer, number, boolean, string or array. It is what the values
	// are where there are any, else what was said of the column.
	Type string `json:"type"`
	// Path are the names of the objects around the field, and its own.
	Path []string `json:"-"`
}

// kinds is a set of the kinds of values that a field has in the records.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBool
	kindInt  // fits into 64 bits
	kindReal // any other number but
	kindBig  // an integer that fits into nothing
	kindText
	kindArray
	kindObject // too deep to be columns
)

// table tells which fields the records have and which columns they become.
type table struct {
	top     *field
	columns []Column
	fields  []*field // beside columns; nil where no record has the field
	// lists reports that every record is a list; places are the fields of its
	// elements, in order.
	lists  bool
	places []*field
}

// field is a field of the records, or an object on the way to one.
type field struct {
	name     string
	children []*field
	// byKey and byName find children by the key as it is written, without quotes,
	// and by what it means: the same key may be written in two ways.
	byKey, byName map[string]*field
	depth         int
	kinds         kinds
	col           int  // index of the column, -1 for none
	count         *int // of the fields of the table
}

// newTable finds the columns of records: the known ones first, then whatever
// else the records have, in the order in which it comes.
func newTable(records []json.RawMessage, known []Column) (*table, error) {
	t := &table{top: &field{col: -1, count: new(int)}, lists: allLists(records)}
	var places []Column
	if t.lists {
		known, places = nil, known
	}
	for _, r := range records {
		if !t.learn(r, places) {
			return nil, apierror.New(apierror.Internal, "a record is not JSON all the way")
		}
		if *t.top.count > 10*maxColumns {
			return nil, tooWide()
		}
	}
	if err := t.name(known); err != nil {
		return nil, err
	}
	return t, nil
}

// allLists reports whether every record is a list, one of them at least with an
// element. Null stands for a record without values.
func allLists(records []json.RawMessage) bool {
	filled := false
	for _, d := range records {
		i := rawjson.SkipSpace(d, 0)
		if i >= len(d) || d[i] != '[' && d[i] != 'n' {
			return false
		}
		if d[i] == '[' && !filled {
			i = rawjson.SkipSpace(d, i+1)
			filled = i < len(d) && d[i] != ']'
		}
	}
	return filled
}

func (t *table) learn(d []byte, places []Column) bool {
	i := rawjson.SkipSpace(d, 0)
	if i < len(d) && d[i] == '{' {
		return t.top.learn(d, i)
	}
	if t.lists {
		if d[i] == 'n' {
			return true
		}
		n := 0
		return rawjson.EachElement(d, i, func(v rawjson.Span) bool {
			c := t.place(n, places)
			n++
			if c == nil {
				return true // the table is too wide, which its caller says
			}
			if d[v.Start] == '{' {
				return c.learn(d, v.Start)
			}
			c.kinds |= kindOf(d[v.Start:v.End])
			return true
		}) >= 0
	}
	// A record that is no object is a value alone.
	v := t.top.add([]byte("value"))
	end := rawjson.SkipValue(d, i)
	if end < 0 {
		return false
	}
	v.kinds |= kindOf(d[i:end])
	return true
}

// place is the field of the element at n in records that are lists; nil where
// there are too many.
func (t *table) place(n int, names []Column) *field {
	if n < len(t.places) {
		return t.places[n]
	}
	*t.top.count++
	if n > maxColumns {
		*t.top.count = 10*maxColumns + 1
		return nil
	}
	c := &field{name: "column" + strconv.Itoa(n+1), depth: 1, col: -1, count: t.top.count}
	if n < len(names) && names[n].Name != "" {
		c.name = names[n].Name
	}
	t.places = append(t.places, c)
	t.top.children = append(t.top.children, c)
	return c
}

func (f *field) learn(d []byte, i int) bool {
	return rawjson.EachMember(d, i, func(k, v rawjson.Span) bool {
		c := f.add(d[k.Start+1 : k.End-1])
		if d[v.Start] == '{' && c.depth < maxNesting {
			return c.learn(d, v.Start)
		}
		c.kinds |= kindOf(d[v.Start:v.End])
		return true
	}) >= 0
}

func (f *field) add(key []byte) *field {
	if c := f.byKey[string(key)]; c != nil {
		return c
	}
	name := string(key)
	if bytes.IndexByte(key, '\\') >= 0 {
		name = rawjson.Unquote([]byte(`"` + name + `"`))
	}
	if f.byKey == nil {
		f.byKey, f.byName = map[string]*field{}, map[string]*field{}
	}
	c := f.byName[name]
	if c == nil {
		c = &field{name: name, depth: f.depth + 1, col: -1, count: f.count}
		*f.count++
		f.byName[name] = c
		f.children = append(f.children, c)
	}
	f.byKey[string(key)] = c
	return c
}

func kindOf(v []byte) kinds {
	switch v[0] {
	case '"':
		return kindText
	case '[':
		return kindArray
	case '{':
		return kindObject
	case 't', 'f':
		return kindBool
	case 'n':
		return kindNull
	}
	if bytes.ContainsAny(v, ".eE") {
		return kindReal
	}
	if len(v) > 18 {
		if _, err := strconv.ParseInt(string(v), 10, 64); err != nil {
			return kindBig
		}
	}
	return kindInt
}

// columnType is the type of a column by its values, or empty when there are none.
func (k kinds) columnType() string {
	k &^= kindNull
	switch {
	case k == 0:
		return ""
	case k == kindBool:
		return "boolean"
	case k&^(kindBool|kindInt) == 0:
		return "integer"
	case k&^(kindBool|kindInt|kindReal) == 0:
		return "number"
	case k&(kindText|kindBig) == 0:
		return "array"
	}
	return "string"
}

// name gives every field its column.
func (t *table) name(known []Column) error {
	index := map[string]int{} // by name in lower case: SQL does not tell case apart
	for _, c := range known {
		key := strings.ToLower(columnName(c.Name))
		if _, twice := index[key]; twice || len(t.columns) == maxColumns {
			continue
		}
		index[key] = len(t.columns)
		t.columns = append(t.columns, Column{Name: columnName(c.Name), Type: c.Type, Path: c.Path})
		t.fields = append(t.fields, nil)
	}
	var leaves []leaf
	t.top.leaves("", nil, &leaves)
	// Where two fields would make the same name, the one that stands higher has it.
	byDepth := slices.Clone(leaves)
	slices.SortStableFunc(byDepth, func(a, b leaf) int { return a.depth - b.depth })
	names := map[*field]string{}
	taken := map[string]bool{}
	for _, l := range byDepth {
		name := l.path
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = l.path + "_" + strconv.Itoa(n)
		}
		taken[strings.ToLower(name)] = true
		names[l.field] = name
	}
	for _, l := range leaves {
		key := strings.ToLower(names[l.field])
		i, ok := index[key]
		if !ok {
			if l.kinds == kindNull && len(l.children) > 0 {
				continue // an object that is missing in some records
			}
			if len(t.columns) == maxColumns {
				return tooWide()
			}
			i = len(t.columns)
			t.columns = append(t.columns, Column{Name: names[l.field], Path: l.names})
			t.fields = append(t.fields, nil)
		}
		t.fields[i] = l.field
		if t.columns[i].Path == nil {
			t.columns[i].Path = l.names
		}
		l.col = i
		if typ := l.kinds.columnType(); typ != "" {
			t.columns[i].Type = typ
		}
	}
	for i := range t.columns {
		if t.columns[i].Type == "" {
			t.columns[i].Type = "string"
		}
	}
	return nil
}

func tooWide() *apierror.Error {
	e := apierror.New(apierror.InvalidParams, "the records have more than %d fields, too many for a table", maxColumns)
	e.Hint = "Choose the fields you need with select."
	return e
}

type leaf struct {
	*field
	path  string
	names []string
}

// leaves collects the fields that hold values.
func (f *field) leaves(path string, above []string, out *[]leaf) {
	for _, c := range f.children {
		names := append(slices.Clip(above), c.name)
		name := columnName(c.name)
		if path != "" {
			name = path + "_" + name
		}
		if c.kinds != 0 {
			*out = append(*out, leaf{c, name, names})
		}
		c.leaves(name, names, out)
	}
}

// columnName makes a name that SQL and CSV can hold.
func columnName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "_"
	}
	return s
}

// row puts the values of a record into cells, one for each column; a value that
// the record does not have is nil. Cells are parts of the record.
func (t *table) row(d []byte, cells [][]byte) {
	clear(cells)
	i := rawjson.SkipSpace(d, 0)
	if i >= len(d) {
		return
	}
	if d[i] == '{' {
		t.top.row(d, i, cells)
		return
	}
	if t.lists {
		n := 0
		if d[i] == '[' {
			rawjson.EachElement(d, i, func(v rawjson.Span) bool {
				c := t.places[n]
				n++
				if d[v.Start] == '{' {
					c.row(d, v.Start, cells)
				} else if c.col >= 0 {
					cells[c.col] = d[v.Start:v.End]
				}
				return true
			})
		}
		return
	}
	if v := t.top.byKey["value"]; v != nil && v.col >= 0 {
		cells[v.col] = d[i:rawjson.SkipValue(d, i)]
	}
}

func (f *field) row(d []byte, i int, cells [][]byte) {
	rawjson.EachMember(d, i, func(k, v rawjson.Span) bool {
		c := f.byKey[string(d[k.Start+1:k.End-1])]
		switch {
		case c == nil:
		case d[v.Start] == '{' && c.depth < maxNesting:
			c.row(d, v.Start, cells)
		case c.col >= 0:
			cells[c.col] = d[v.Start:v.End]
		}
		return true
	})
}

// Columns returns the columns of a table of records: the known
// ones, whether or not a record has them, then all others that a record has.
func Columns(records []json.RawMessage, known []Column) ([]Column, error) {
	t, err := newTable(records, known)
	if err != nil {
		return nil, err
	}
	return t.columns, nil
}
