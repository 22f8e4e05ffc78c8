package install

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/BurntSushi/toml"
)

type span struct{ from, to int }

// statement is a header or an assignment.
type statement struct {
	span             // from the first character to the last, without a comment
	line        span // whole lines
	path        []string
	key         int  // how many keys of the path an assignment has itself, 0 for a header
	value       span // of an assignment
	inArray     bool // below [[an array of tables]], where paths are not unique
	arrayHeader bool
}

// tooDeepTOML counts brackets wherever they are: strings with a thousand open
// ones are not worth a second scanner.
func tooDeepTOML(text []byte) int {
	depth := 0
	for i, c := range text {
		switch c {
		case '{', '[':
			if depth++; depth > maxDepth {
				return i
			}
		case '}', ']':
			depth = max(0, depth-1)
		}
	}
	return -1
}

// scan finds the statements. The text is known to be TOML.
func (d *tomlText) scan() error {
	d.statements, d.comments = nil, nil
	t := d.text
	var table []string
	inArray := false
	for i := 0; i < len(t); {
		switch c := t[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case c == '#':
			i = d.comment(i)
		case c == '[':
			s := statement{span: span{from: i}}
			s.arrayHeader = i+1 < len(t) && t[i+1] == '['
			i++
			if s.arrayHeader {
				i++
			}
			keys, end, err := d.keys(i)
			if err != nil {
				return err
			}
			end += bytes.IndexByte(t[end:], ']') + 1
			if s.arrayHeader {
				end++
			}
			s.to, s.path = end, keys
			table, inArray = keys, d.throughArray(keys)
			s.inArray = inArray
			i = d.finish(s)
		default:
			keys, end, err := d.keys(i)
			if err != nil {
				return err
			}
			s := statement{span: span{from: i}, path: slices.Concat(table, keys), key: len(keys), inArray: inArray}
			end += bytes.IndexByte(t[end:], '=') + 1
			for end < len(t) && (t[end] == ' ' || t[end] == '\t') {
				end++
			}
			s.value = span{end, d.valueEnd(end)}
			s.to = s.value.to
			i = d.finish(s)
		}
	}
	return nil
}

// finish adds a statement with its lines, and gives where the next line begins.
func (d *tomlText) finish(s statement) int {
	s.line.from = bytes.LastIndexByte(d.text[:s.from], '\n') + 1
	i := s.to
	for i < len(d.text) && d.text[i] != '\n' {
		if d.text[i] == '#' {
			i = d.comment(i)
			break
		}
		i++
	}
	if i < len(d.text) {
		i++
	}
	s.line.to = i
	d.statements = append(d.statements, s)
	return i
}

// comment notes the comment at i and gives its end, which is the line's.
func (d *tomlText) comment(i int) int {
	end := len(d.text)
	if n := bytes.IndexByte(d.text[i:], '\n'); n >= 0 {
		end = i + n
	}
	to := end
	if to > i && d.text[to-1] == '\r' {
		to--
	}
	d.comments = append(d.comments, span{i, to})
	return end
}

// throughArray tells whether a path leads into an array of tables.
func (d *tomlText) throughArray(path []string) bool {
	var v any = d.root
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return true
		}
		v = m[key]
	}
	_, ok := v.(map[string]any)
	return !ok
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+`)

// keys reads a dotted key and gives its end.
func (d *tomlText) keys(i int) (keys []string, end int, err error) {
	t := d.text
	blank := func() {
		for i < len(t) && (t[i] == ' ' || t[i] == '\t') {
			i++
		}
	}
	for {
		blank()
		if i >= len(t) {
			return nil, i, syntaxError(t, i, "a key is expected")
		}
		switch t[i] {
		case '"', '\'':
			to := stringEnd(t, i)
			var one struct{ K string }
			if _, err := toml.Decode("K = "+string(t[i:to]), &one); err != nil {
				return nil, i, syntaxError(t, i, "the key cannot be read")
			}
			keys, i = append(keys, one.K), to
		default:
			bare := bareKey.Find(t[i:])
			if bare == nil {
				return nil, i, syntaxError(t, i, "the key cannot be read")
			}
			keys, i = append(keys, string(bare)), i+len(bare)
		}
		end = i
		blank()
		if i >= len(t) || t[i] != '.' {
			return keys, end, nil
		}
		i++
	}
}

// stringEnd gives the end of the string at i, of one line or several.
func stringEnd(t []byte, i int) int {
	q := t[i]
	if long := bytes.Repeat([]byte{q}, 3); bytes.HasPrefix(t[i:], long) {
		for i += 3; i < len(t); i++ {
			if q == '"' && t[i] == '\\' {
				i++
				continue
			}
			if bytes.HasPrefix(t[i:], long) {
				// Up to two quotes may stand before the closing ones.
				for i += 3; i < len(t) && t[i] == q; i++ {
				}
				return i
			}
		}
		return len(t)
	}
	for i++; i < len(t) && t[i] != q; i++ {
		if q == '"' && t[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(t))
}

// valueEnd gives the end of the value at i.
func (d *tomlText) valueEnd(i int) int {
	t, depth, end := d.text, 0, i
	for i < len(t) {
		switch c := t[i]; {
		case c == '"' || c == '\'':
			i = stringEnd(t, i)
			end = i
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == '#' && depth == 0, c == '\n' && depth == 0:
			return end
		case c == '#':
			i = d.comment(i)
			continue
		}
		i++
		if c := t[i-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			end = i
		}
	}
	return end
}
