// Package rawjson traverses the bytes of JSON documents without decoding them:
// members of objects, elements of arrays, strings. Documents are known to be
// valid, or their walk reports that they are not; malformed input never panics.
//
// It must not know what the documents mean.
package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Span is where something stands in a document: d[Start:End].
type Span struct{ Start, End int }

// Len returns the length in bytes.
func (s Span) Len() int { return s.End - s.Start }

// SkipSpace returns the index of the first byte from i on that is not white space.
func SkipSpace(d []byte, i int) int {
	for i < len(d) && (d[i] == ' ' || d[i] == '\n' || d[i] == '\t' || d[i] == '\r') {
		i++
	}
	return i
}

// SkipString returns the index behind the string that starts at d[i], or -1.
func SkipString(d []byte, i int) int {
	for j := i + 1; j < len(d); {
		n := bytes.IndexByte(d[j:], '"')
		if n < 0 {
			return -1
		}
		j += n
		slashes := 0
		for d[j-1-slashes] == '\\' {
			slashes++ // ends at the opening quote at the latest
		}
		if slashes%2 == 0 {
			return j + 1
		}
		j++
	}
	return -1
}

// SkipValue returns the index behind the value that starts at d[i], or -1.
func SkipValue(d []byte, i int) int {
	if i >= len(d) {
		return -1
	}
	switch d[i] {
	case '"':
		return SkipString(d, i)
	case '{', '[':
		for depth := 0; i < len(d); i++ {
			switch d[i] {
			case '"':
				if i = SkipString(d, i); i < 0 {
					return -1
				}
				i--
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	start := i
	for i < len(d) && !ends[d[i]] {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// ends are the bytes that end a number or a word.
var ends = func() (t [256]bool) {
	for _, c := range []byte(" \n\t\r,]}:[{\"") {
		t[c] = true
	}
	return t
}()

// EachElement calls do for every element of the array that starts at d[i], until
// it returns false. It returns the index behind the array, or -1 when it was
// stopped or the document is malformed.
func EachElement(d []byte, i int, do func(value Span) bool) int {
	if i >= len(d) || d[i] != '[' {
		return -1
	}
	if i = SkipSpace(d, i+1); i < len(d) && d[i] == ']' {
		return i + 1
	}
	for {
		end := SkipValue(d, i)
		if end < 0 || !do(Span{i, end}) {
			return -1
		}
		if i = SkipSpace(d, end); i >= len(d) {
			return -1
		}
		switch d[i] {
		case ']':
			return i + 1
		case ',':
			i = SkipSpace(d, i+1)
		default:
			return -1
		}
	}
}

// EachMember calls do for every member of the object that starts at d[i], as
// EachElement does for elements. The key comes with its quotes.
func EachMember(d []byte, i int, do func(key, value Span) bool) int {
	return Walk(d, i, func(key Span, at int) int {
		end := SkipValue(d, at)
		if end < 0 || !do(key, Span{at, end}) {
			return -1
		}
		return end
	})
}

// Walk calls do for every member of the object that starts at d[i] with its key and
// the index at which its value starts. do walks over the value itself: it returns
// the index behind it, or -1 to stop. So a long value is read once and not skipped
// before. Walk returns what EachMember does.
func Walk(d []byte, i int, do func(key Span, at int) int) int {
	if i >= len(d) || d[i] != '{' {
		return -1
	}
	if i = SkipSpace(d, i+1); i < len(d) && d[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(d) || d[i] != '"' {
			return -1
		}
		key := Span{Start: i}
		if key.End = SkipString(d, i); key.End < 0 {
			return -1
		}
		if i = SkipSpace(d, key.End); i >= len(d) || d[i] != ':' {
			return -1
		}
		if i = do(key, SkipSpace(d, i+1)); i < 0 {
			return -1
		}
		if i = SkipSpace(d, i); i >= len(d) {
			return -1
		}
		switch d[i] {
		case '}':
			return i + 1
		case ',':
			i = SkipSpace(d, i+1)
		default:
			return -1
		}
	}
}

// Member returns the value of a member of the object that d is; the last one of
// several with the name. It is nil where there is none.
func Member(d []byte, name string) []byte {
	var out []byte
	EachMember(d, SkipSpace(d, 0), func(k, v Span) bool {
		if IsKey(d, k, name) {
			out = d[v.Start:v.End]
		}
		return true
	})
	return out
}

// Locate finds the array of records in a body. Where the field is missing or
// null it is found and empty, of length 0; whole is false for malformed bodies.
func Locate(d []byte, items string) (list Span, found, whole bool) {
	i := SkipSpace(d, 0)
	if i >= len(d) {
		return Span{}, false, false
	}
	if d[i] == '[' {
		end := SkipValue(d, i)
		return Span{Start: i, End: end}, true, end >= 0
	}
	if d[i] != '{' || items == "" {
		return Span{}, false, SkipValue(d, i) >= 0
	}
	found = true
	whole = EachMember(d, i, func(key, v Span) bool {
		if !IsKey(d, key, items) {
			return true
		}
		// As with every reader of JSON here, the last of equal keys counts.
		switch d[v.Start] {
		case '[':
			list, found = v, true
		case 'n':
			list, found = Span{}, true
		default:
			list, found = Span{}, false
		}
		return true
	}) >= 0
	return list, found, whole
}

// IsKey reports whether the key, a string with its quotes, means name.
func IsKey(d []byte, key Span, name string) bool {
	text := d[key.Start:key.End]
	return string(text[1:len(text)-1]) == name || len(text) > len(name)+2 && bytes.IndexByte(text, '\\') >= 0 && Unquote(text) == name
}

// Unquote reads a JSON string with its quotes.
func Unquote(d []byte) string {
	if len(d) < 2 {
		return ""
	}
	if bytes.IndexByte(d, '\\') < 0 {
		inner := d[1 : len(d)-1]
		if utf8.Valid(inner) {
			return string(inner)
		}
		return strings.ToValidUTF8(string(inner), "\ufffd")
	}
	var s string
	_ = json.Unmarshal(d, &s) // malformed text reads as empty
	return s
}
