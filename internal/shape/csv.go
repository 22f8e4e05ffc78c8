package shape

import (
	"bytes"
	"encoding/json"
	"slices"
)

// CSV writes records as RFC 4180 has it: a header, a line for each record, CR LF
// behind every line. Objects become columns named parent_child, arrays JSON text;
// numbers keep their digits; null, a missing field and an empty text are all
// empty. Columns that no record has are left out; the known ones name the header
// of a table without records.
//
// A text that a spreadsheet would take for a formula gets an apostrophe in front:
// one that starts with =, @, tab or CR, and one that starts with + or - unless it
// is a phone number, a plain number, or an id.
func CSV(records []json.RawMessage, known []Column) ([]byte, error) {
	if len(records) > 0 {
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
			out = appendCSV(out, unquote(v))
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
	if !bytes.ContainsAny(b, ",\"\r\n") && (len(b) == 0 || b[0] != ' ' && b[len(b)-1] != ' ') {
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

// formula tells whether a spreadsheet may take a text for a formula.
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

// id tells whether a text has the characters of Zoom's ids only: without a
// bracket, operator or separator no formula can do anything.
func id(b []byte) bool {
	for _, c := range b {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
