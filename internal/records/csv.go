package records

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"zoom-phone-mcp/internal/rawjson"
)

// CSV writes records as RFC 4180 has it: a header, a line for each record, CR LF
// behind every line. Objects become columns named parent_child, arrays JSON text;
// numbers keep their digits; null, a missing field and an empty text are all
// empty. Columns that no record has are left out; the known ones name the header
// of a table without records. Records that are lists have a column for every
// place, which the known ones name; a list that is shorter ends in empty values.
//
// A text that a spreadsheet would take for a formula gets an apostrophe in front:
// one that starts with =, @, tab or CR, and one that starts with + or - unless it
// is a phone number, a plain number, or an id.
func CSV(records []json.RawMessage, known []Column) ([]byte, error) {
	if len(records) > 0 && !allLists(records) {
		known = nil
	}
	t, err := newTable(records, known)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, r := range records {
		size += len(r) / 2
	}
	out := make([]byte, 0, size+1<<10)
	for i, c := range t.columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCSV(out, c.Name)
	}
	out = append(out, "\r\n"...)
	cells := make([][]byte, len(t.columns))
	for _, r := range records {
		t.row(r, cells)
		out = appendLine(out, cells)
	}
	return out, nil
}

// Rows returns the records of a table of what select chose: the elements of a list,
// none of null, and anything else as the one record that it is.
func Rows(chosen json.RawMessage) ([]json.RawMessage, error) {
	i := rawjson.SkipSpace(chosen, 0)
	switch {
	case i < len(chosen) && chosen[i] == '[':
		return Split(chosen, "")
	case i < len(chosen) && chosen[i] == 'n':
		return nil, nil
	}
	return []json.RawMessage{chosen[i:]}, nil
}

// Lines returns rows of JSON values as CSV, with the names of their columns first.
func Lines(columns []string, rows [][]json.RawMessage) []byte {
	var out []byte
	for i, c := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCSV(out, c)
	}
	out = append(out, "\r\n"...)
	for _, row := range rows {
		out = appendLine(out, row)
	}
	return out
}

// appendLine writes values of JSON, nil for none, as a line of CSV.
func appendLine[T ~[]byte](out []byte, cells []T) []byte {
	start := len(out)
	for i, v := range cells {
		if i > 0 {
			out = append(out, ',')
		}
		switch {
		case len(v) == 0 || v[0] == 'n':
		case v[0] == '"':
			out = appendCSV(out, rawjson.Unquote(v))
		case v[0] == '{' || v[0] == '[':
			out = appendCSV(out, v)
		default:
			out = append(out, v...)
		}
	}
	if len(out) == start && len(cells) == 1 {
		out = append(out, `""`...) // an empty line would be no record
	}
	return append(out, "\r\n"...)
}

func appendCSV[T ~string | ~[]byte](out []byte, s T) []byte {
	b := []byte(s)
	if formula(b) {
		b = slices.Insert(bytes.Clone(b), 0, '\'')
	}
	if !separates(b) && (len(b) == 0 || b[0] != ' ' && b[len(b)-1] != ' ') {
		return append(out, b...)
	}
	out = append(out, '"')
	for _, c := range b {
		if c == '"' {
			out = append(out, '"')
		}
		out = append(out, c)
	}
	return append(out, '"')
}

// separates reports whether a text has something that ends a value or, for any
// reader of lines, a line.
func separates(b []byte) bool {
	for i, c := range b {
		switch {
		case c < ' ', c == ',', c == '"':
			return true
		case c < utf8.RuneSelf:
		case bytes.HasPrefix(b[i:], []byte("\u2028")), bytes.HasPrefix(b[i:], []byte("\u2029")), bytes.HasPrefix(b[i:], []byte("\u0085")):
			return true
		}
	}
	return false
}

// formula reports whether a spreadsheet may take a text for a formula.
func formula(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch b[0] {
	case '=', '@', '\t', '\r':
		return true
	case '+', '-':
		if b[0] == '-' && id(b) {
			return false // an id would not be one with an apostrophe in front
		}
		for _, c := range b[1:] {
			if (c < '0' || c > '9') && c != ' ' && c != '.' && c != '(' && c != ')' && c != '-' {
				return true
			}
		}
	}
	return false
}

// id reports whether a text has the characters of Zoom's ids only: without a
// bracket, operator or separator no formula can do anything.
func id(b []byte) bool {
	for _, c := range b {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
