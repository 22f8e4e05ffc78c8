package lenient

import (
	"encoding/json"
	"unicode/utf8"
)

// The functions below go through JSON that is known to be valid. They copy
// nothing but names and texts with escapes.

// members are those of an object.
func members(raw json.RawMessage) []Member {
	var out []Member
	for i := next(raw, 1); raw[i] != '}'; {
		end := skip(raw, i)
		name, _ := unquote(raw[i:end]) // a key is always a string
		start := next(raw, next(raw, end)+1)
		end = skip(raw, start)
		out = append(out, Member{name, raw[start:end:end]})
		if i = next(raw, end); raw[i] == ',' {
			i = next(raw, i+1)
		}
	}
	return out
}

// elements are those of a list.
func elements(raw json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	for i := next(raw, 1); raw[i] != ']'; {
		end := skip(raw, i)
		out = append(out, raw[i:end:end])
		if i = next(raw, end); raw[i] == ',' {
			i = next(raw, i+1)
		}
	}
	return out
}

// next returns where the first byte from i on is that is no white space.
func next(raw []byte, i int) int {
	for raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r' {
		i++
	}
	return i
}

// skip returns where the value ends that begins at i.
func skip(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			switch depth--; depth {
			case 0:
				return i + 1
			case -1:
				return i // of the value around a number or word
			}
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// unquote returns what a JSON string says; false where it is none.
func unquote(raw json.RawMessage) (string, bool) {
	if inner := raw[1:max(1, len(raw)-1)]; len(raw) > 1 && raw[len(raw)-1] == '"' && plain(inner) {
		return string(inner), true
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// plain reports whether the inside of a string stands for itself.
func plain(inner []byte) bool {
	for _, c := range inner {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.Valid(inner)
}
