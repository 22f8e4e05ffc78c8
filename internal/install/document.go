package install

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// document is a configuration that is edited in place. A path leads through
// tables by their keys, and to a question in "inputs" by its id.
type document interface {
	get(path []string) (any, bool)
	set(path []string, v any) error
	unset(path []string) error
	bytes() []byte
}

func (c Client) parse(config []byte) (document, error) {
	if c.toml {
		return parseTOML(config)
	}
	return parseJSON(config)
}

// order is how the keys of an entry and of a question are written. Names that it
// does not have, such as those of variables, come first, in alphabetical order.
var order = slices.Concat(managed[:1], []string{"id", "description", "password"}, managed[1:], []string{"inputs"})

// ordered returns the keys of a table in the order in which they are written.
func ordered(m map[string]any) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a), slices.Index(order, b)), cmp.Compare(a, b))
	})
}

// split returns the parts of a configuration: its byte order mark and its text,
// and how lines end.
func split(config []byte) (bom, text []byte, nl string) {
	text, marked := bytes.CutPrefix(config, []byte("\ufeff"))
	if marked {
		bom = []byte("\ufeff")
	}
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return bom, text, "\r\n"
	}
	return bom, text, "\n"
}

// SyntaxError is a configuration that cannot be read.
type SyntaxError struct {
	Line, Column int // from 1; the column in bytes
	Problem      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// syntaxError returns a problem at an offset.
func syntaxError(text []byte, offset int, format string, args ...any) *SyntaxError {
	before := text[:max(0, min(offset, len(text)))]
	return &SyntaxError{
		Line: 1 + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Problem: fmt.Sprintf(format, args...),
	}
}

// maxDepth is the deepest nesting that is accepted; the parsers call themselves.
const maxDepth = 1000

// checkDepth refuses a text with too many open brackets. skip returns the end of a
// string or comment that begins at an offset, or the offset.
func checkDepth(text []byte, skip func(text []byte, at int) int) error {
	depth := 0
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return syntaxError(text, at, "more than %d brackets are open", maxDepth)
			}
		case '}', ']':
			depth = max(0, depth-1)
		case '"', '/':
			at = max(at, skip(text, at)-1)
		}
	}
	return nil
}
