package install

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// maxDepth is the deepest nesting that is accepted; the parser calls itself.
const maxDepth = 1000

// jsonText is a JSON document, maybe with comments and trailing commas, that is
// edited by splices. After each of them it is parsed anew.
type jsonText struct {
	bom  []byte
	text []byte // without the byte order mark
	root hujson.Value
	nl   string // line end
	unit string // one step of indentation
}

var byteOrderMark = []byte("\ufeff")

// parseJSON reads a configuration. Nothing but white space is an empty one.
func parseJSON(config []byte) (*jsonText, error) {
	d := &jsonText{nl: "\n", unit: "  "}
	d.text = config
	if bytes.HasPrefix(config, byteOrderMark) {
		d.bom, d.text = config[:len(byteOrderMark):len(byteOrderMark)], config[len(byteOrderMark):]
	}
	if i := bytes.IndexByte(d.text, '\n'); i > 0 && d.text[i-1] == '\r' {
		d.nl = "\r\n"
	}
	if len(bytes.TrimSpace(d.text)) == 0 {
		d.text = []byte("{}" + d.nl)
	}
	if err := d.parse(); err != nil {
		return nil, err
	}
	if _, ok := d.root.Value.(*hujson.Object); !ok {
		return nil, syntaxError(d.text, d.root.StartOffset, "an object is expected")
	}
	if items := d.items(&d.root); len(items) > 0 {
		if indent, alone := d.indent(items[0].start); alone && indent != "" && bytes.IndexByte(d.text[:items[0].start], '\n') >= 0 {
			d.unit = indent
		}
	}
	return d, nil
}

var positioned = regexp.MustCompile(`(?s)^hujson: line (\d+), column (\d+): (.*)$`)

func (d *jsonText) parse() error {
	for i := 0; i < len(d.text); {
		r, n := utf8.DecodeRune(d.text[i:])
		if r == utf8.RuneError && n == 1 {
			return syntaxError(d.text, i, "the file is not UTF-8")
		}
		i += n
	}
	if at := tooDeep(d.text); at >= 0 {
		return syntaxError(d.text, at, "more than %d brackets are open", maxDepth)
	}
	// A comment may end with the file; the parser wants a line end.
	root, err := hujson.Parse(append(slices.Clip(d.text), '\n'))
	if err == nil {
		d.root = root
		return nil
	}
	m := positioned.FindStringSubmatch(err.Error())
	if m == nil {
		return &SyntaxError{Line: 1, Column: 1, Problem: err.Error()}
	}
	e := &SyntaxError{Problem: m[3]}
	e.Line, _ = strconv.Atoi(m[1])   // the pattern has digits only
	e.Column, _ = strconv.Atoi(m[2]) // likewise
	if e.Line > 1+bytes.Count(d.text, []byte("\n")) {
		e.Line, e.Column = syntaxError(d.text, len(d.text), "").position()
	}
	if what, _, ok := strings.Cut(e.Problem, "invalid literal: "); ok {
		e.Problem = what + "invalid literal" // which may be somebody's secret
	}
	return e
}

// tooDeep gives the place where too many brackets are open, or -1.
func tooDeep(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return i
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '/':
			if _, end := comment(text, i); end > i {
				i = end - 1
			}
		}
	}
	return -1
}

// comment gives the end of the comment at i, i itself if there is none.
func comment(text []byte, i int) (line bool, end int) {
	switch {
	case bytes.HasPrefix(text[i:], []byte("//")):
		if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
			return true, i + n
		}
		return true, len(text)
	case bytes.HasPrefix(text[i:], []byte("/*")):
		if n := bytes.Index(text[i+2:], []byte("*/")); n >= 0 {
			return false, i + 2 + n + 2
		}
		return false, len(text)
	}
	return false, i
}

// skip goes over white space and comments. line tells whether the last thing
// other than white space is a comment that ends with its line.
func skip(text []byte, i int) (end int, line bool) {
	for i < len(text) {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '/':
			isLine, n := comment(text, i)
			if n == i {
				return i, line
			}
			line, i = isLine, n
		default:
			return i, line
		}
	}
	return i, line
}

// lastComment gives the end of the last comment between two offsets, which have
// white space and comments between them, or the first offset. The line end is not
// part of a comment, but spaces before it are.
func lastComment(text []byte, from, to int) int {
	end := from
	for i := from; i < to; i++ {
		if _, n := comment(text, i); n > i {
			i, end = n-1, n
			if text[end-1] == '\r' {
				end--
			}
		}
	}
	return end
}

// item is a member of an object or an element of an array, without its comma.
type item struct {
	name       string
	start, end int
	value      *hujson.Value
}

func (d *jsonText) items(v *hujson.Value) []item {
	var items []item
	switch x := v.Value.(type) {
	case *hujson.Object:
		for i := range x.Members {
			m := &x.Members[i]
			name, _ := m.Name.Value.(hujson.Literal)
			items = append(items, item{name.String(), m.Name.StartOffset, m.Value.EndOffset, &m.Value})
		}
	case *hujson.Array:
		for i := range x.Elements {
			e := &x.Elements[i]
			items = append(items, item{"", e.StartOffset, e.EndOffset, e})
		}
	}
	return items
}

// find gives the value at a path and its member. Of members with the same name
// the last one counts, as it does for the clients.
func (d *jsonText) find(path []string) (v *hujson.Value, parent *hujson.Value, index int) {
	v, index = &d.root, -1
	for _, name := range path {
		if _, ok := v.Value.(*hujson.Object); !ok {
			return nil, nil, -1
		}
		items := d.items(v)
		parent, index = v, -1
		for i, it := range items {
			if it.name == name {
				index = i
			}
		}
		if index < 0 {
			return nil, nil, -1
		}
		v = items[index].value
	}
	return v, parent, index
}

func (d *jsonText) get(path []string) (any, bool) {
	v, _, _ := d.find(path)
	if v == nil {
		return nil, false
	}
	return d.decode(v), true
}

// decode gives a value as encoding/json has it, with numbers as they are written.
func (d *jsonText) decode(v *hujson.Value) any {
	switch x := v.Value.(type) {
	case *hujson.Object:
		m := make(map[string]any, len(x.Members))
		for _, it := range d.items(v) {
			m[it.name] = d.decode(it.value)
		}
		return m
	case *hujson.Array:
		list := make([]any, 0, len(x.Elements))
		for _, it := range d.items(v) {
			list = append(list, d.decode(it.value))
		}
		return list
	case hujson.Literal:
		switch x.Kind() {
		case '"':
			return x.String()
		case 't', 'f':
			return x.Bool()
		case 'n':
			return nil
		}
		return json.Number(x)
	}
	return nil
}

// element gives the element of an array that has an id, nil if there is none.
func (d *jsonText) element(array, id string) any {
	if _, index := d.elementAt(array, id); index >= 0 {
		v, _, _ := d.find([]string{array})
		return d.decode(d.items(v)[index].value)
	}
	return nil
}

func (d *jsonText) elementAt(array, id string) (v *hujson.Value, index int) {
	v, _, _ = d.find([]string{array})
	if v == nil {
		return nil, -1
	}
	if _, ok := v.Value.(*hujson.Array); !ok {
		return v, -1
	}
	return v, slices.IndexFunc(d.items(v), func(it item) bool {
		o, _ := d.decode(it.value).(map[string]any)
		return o["id"] == id
	})
}

func (d *jsonText) bytes() []byte { return slices.Concat(d.bom, d.text) }
