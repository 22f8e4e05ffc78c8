package shape

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// skipSpace gives the index of the first byte from i on that is not white space.
func skipSpace(d []byte, i int) int {
	for i < len(d) && (d[i] == ' ' || d[i] == '\n' || d[i] == '\t' || d[i] == '\r') {
		i++
	}
	return i
}

// skipString gives the index behind the string that starts at d[i], or -1.
func skipString(d []byte, i int) int {
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

// skipValue gives the index behind the value that starts at d[i], or -1.
func skipValue(d []byte, i int) int {
	if i >= len(d) {
		return -1
	}
	switch d[i] {
	case '"':
		return skipString(d, i)
	case '{', '[':
		for depth := 0; i < len(d); i++ {
			switch d[i] {
			case '"':
				if i = skipString(d, i); i < 0 {
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
	for i < len(d) && !strings.ContainsRune(" \n\t\r,]}:[{\"", rune(d[i])) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// span is where something stands in a document: d[start:end].
type span struct{ start, end int }

func (s span) len() int { return s.end - s.start }

// eachElement calls do for every element of the array that starts at d[i], until
// it gives false. It gives the index behind the array, or -1 when it was stopped
// or the document is malformed.
func eachElement(d []byte, i int, do func(value span) bool) int {
	if i >= len(d) || d[i] != '[' {
		return -1
	}
	if i = skipSpace(d, i+1); i < len(d) && d[i] == ']' {
		return i + 1
	}
	for {
		end := skipValue(d, i)
		if end < 0 || !do(span{i, end}) {
			return -1
		}
		if i = skipSpace(d, end); i >= len(d) {
			return -1
		}
		switch d[i] {
		case ']':
			return i + 1
		case ',':
			i = skipSpace(d, i+1)
		default:
			return -1
		}
	}
}

// eachMember calls do for every member of the object that starts at d[i], as
// eachElement does for elements. The key comes with its quotes.
func eachMember(d []byte, i int, do func(key, value span) bool) int {
	if i >= len(d) || d[i] != '{' {
		return -1
	}
	if i = skipSpace(d, i+1); i < len(d) && d[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(d) || d[i] != '"' {
			return -1
		}
		key := span{start: i}
		if key.end = skipString(d, i); key.end < 0 {
			return -1
		}
		if i = skipSpace(d, key.end); i >= len(d) || d[i] != ':' {
			return -1
		}
		i = skipSpace(d, i+1)
		end := skipValue(d, i)
		if end < 0 || !do(key, span{i, end}) {
			return -1
		}
		if i = skipSpace(d, end); i >= len(d) {
			return -1
		}
		switch d[i] {
		case '}':
			return i + 1
		case ',':
			i = skipSpace(d, i+1)
		default:
			return -1
		}
	}
}

// unquote reads a JSON string with its quotes.
func unquote(d []byte) string {
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
