package install

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// jsonText is a JSON document, maybe with comments and trailing commas. It is
// edited in the syntax tree, which has every space and comment of the file.
// (hujson.Patch drops comments beside a value that it removes and does not indent
// one that it adds.)
type jsonText struct {
	bom  []byte
	text []byte // without the byte order mark, as it was read
	root hujson.Value
	// How it is written: line ends, a step of indentation, what stands behind colons
	// and commas within a line, and whether it has more lines than one.
	nl, unit, space string
	spread          bool
}

var jsonComments = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)

// skipJSON returns the end of the string or comment at an offset.
func skipJSON(text []byte, at int) int {
	end := []byte("\n")
	switch {
	case text[at] == '"':
		for at++; at < len(text) && text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		return at + 1
	case bytes.HasPrefix(text[at:], []byte("/*")):
		end = []byte("*/")
	case !bytes.HasPrefix(text[at:], []byte("//")):
		return at
	}
	if n := bytes.Index(text[at+2:], end); n >= 0 {
		return at + 2 + n + len(end)
	}
	return len(text)
}

// parseJSON reads a configuration. Nothing but white space is an empty one.
func parseJSON(config []byte) (*jsonText, error) {
	d := &jsonText{unit: "  ", space: " "}
	d.bom, d.text, d.nl = split(config)
	if len(bytes.TrimSpace(d.text)) == 0 {
		d.text = []byte("{}" + d.nl)
	}
	for i, r := range string(d.text) {
		if r == utf8.RuneError && !bytes.HasPrefix(d.text[i:], []byte("\ufffd")) {
			return nil, syntaxError(d.text, i, "the file is not UTF-8")
		}
	}
	if err := checkDepth(d.text, skipJSON); err != nil {
		return nil, err
	}
	// A comment may end with the file; the parser wants a line end.
	root, err := hujson.Parse(append(slices.Clip(d.text), '\n'))
	if err != nil {
		return nil, d.problem(err)
	}
	root.AfterExtra = root.AfterExtra[:len(root.AfterExtra)-1]
	d.root = root
	object, ok := root.Value.(*hujson.Object)
	if !ok {
		return nil, syntaxError(d.text, root.StartOffset, "an object is expected")
	}
	d.spread = len(object.Members) == 0 || bytes.IndexByte(d.text[root.StartOffset:root.EndOffset], '\n') >= 0
	if len(object.Members) > 0 {
		first := object.Members[0]
		if indent := indentation("", first.Name.BeforeExtra); indent != "" {
			d.unit = indent
		}
		if len(first.Value.BeforeExtra) == 0 {
			d.space = ""
		}
	}
	return d, nil
}

// problem returns the parser's error without a literal, which may be a secret.
func (d *jsonText) problem(err error) *SyntaxError {
	e := syntaxError(d.text, len(d.text), "%v", err)
	var line, column int
	if n, _ := fmt.Sscanf(err.Error(), "hujson: line %d, column %d:", &line, &column); n == 2 {
		if line <= 1+bytes.Count(d.text, []byte("\n")) {
			e.Line, e.Column = line, column
		}
		_, e.Problem, _ = strings.Cut(strings.TrimPrefix(err.Error(), "hujson: "), ": ")
	}
	if what, _, ok := strings.Cut(e.Problem, "invalid literal: "); ok {
		e.Problem = what + "invalid literal"
	}
	return e
}

func (d *jsonText) bytes() []byte { return slices.Concat(d.bom, d.root.Pack()) }

// container is an object, or the list of questions as an object with their ids.
type container struct {
	value  *hujson.Value
	items  []hujson.ObjectMember
	after  *hujson.Extra // what stands before the closing bracket
	indent string        // of the line on which the container begins
	spread bool          // its items stand on lines of their own
}

// isQuestions reports whether a path is that of the list of questions.
func isQuestions(path []string) bool { return slices.Equal(path, []string{"inputs"}) }

// container returns the container at a path, nil if there is none. ok is false if
// something else is there.
func (d *jsonText) container(path []string) (c *container, ok bool) {
	c = &container{value: &d.root}
	if len(path) > 0 {
		parent, _ := d.container(path[:len(path)-1])
		if parent == nil {
			return nil, true
		}
		i := parent.index(path[len(path)-1])
		if i < 0 {
			return nil, true
		}
		item := &parent.items[i]
		c.value, c.indent = &item.Value, indentation(parent.indent, item.Name.BeforeExtra, item.Name.AfterExtra, item.Value.BeforeExtra)
	}
	switch x := c.value.Value.(type) {
	case *hujson.Object:
		c.items, c.after = x.Members, &x.AfterExtra
	case *hujson.Array:
		c.after = &x.AfterExtra
		for _, e := range x.Elements {
			object, _ := decode(e).(map[string]any)
			id, _ := object["id"].(string)
			c.items = append(c.items, hujson.ObjectMember{Name: hujson.Value{BeforeExtra: e.BeforeExtra, Value: hujson.String(id)}, Value: e})
		}
	default:
		return c, false
	}
	if n := len(c.items); n > 0 {
		c.spread = bytes.IndexByte(slices.Concat(c.items[0].Name.BeforeExtra, c.items[n-1].Name.BeforeExtra, *c.after), '\n') >= 0
	} else {
		c.spread = len(path) == 0 || d.spread
	}
	return c, isQuestions(path) == (c.value.Value.Kind() == '[')
}

// index returns the place of an item, -1 if there is none. Of members with the same
// name the last one counts, as it does for the clients, and the first question.
func (c *container) index(name string) int {
	found := -1
	for i, item := range c.items {
		if item.Name.Value.(hujson.Literal).String() == name {
			if found = i; c.value.Value.Kind() == '[' {
				break
			}
		}
	}
	return found
}

// store puts the items back after a change.
func (c *container) store() {
	switch x := c.value.Value.(type) {
	case *hujson.Object:
		x.Members = c.items
	case *hujson.Array:
		x.Elements = nil
		for _, item := range c.items {
			item.Value.BeforeExtra = item.Name.BeforeExtra
			x.Elements = append(x.Elements, item.Value)
		}
	}
}

func (d *jsonText) get(path []string) (any, bool) {
	if len(path) == 0 {
		return decode(d.root), true
	}
	c, ok := d.container(path[:len(path)-1])
	if c == nil || !ok {
		return nil, false
	}
	if i := c.index(path[len(path)-1]); i >= 0 {
		return decode(c.items[i].Value), true
	}
	return nil, false
}

// decode returns a value as encoding/json has it, with numbers as they are written.
func decode(v hujson.Value) (out any) {
	v = v.Clone()
	v.Standardize()
	decoder := json.NewDecoder(bytes.NewReader(v.Pack()))
	decoder.UseNumber()
	_ = decoder.Decode(&out) // it was parsed before
	return out
}

// set puts a value at a path, with the containers that are missing on the way.
func (d *jsonText) set(path []string, v any) error {
	parent, name := path[:len(path)-1], path[len(path)-1]
	c, ok := d.container(parent)
	switch {
	case !ok && isQuestions(parent):
		return syntaxError(d.text, c.value.StartOffset, "inputs is not an array")
	case !ok:
		return syntaxError(d.text, c.value.StartOffset, "%s is not an object", strings.Join(parent, "."))
	case c == nil && isQuestions(parent):
		if err := d.set(parent, []any{}); err != nil {
			return err
		}
		return d.set(path, v)
	case c == nil:
		return d.set(parent, map[string]any{name: v})
	}
	if i := c.index(name); i >= 0 {
		c.items[i].Value.Value = d.build(v, indentation(c.indent, c.items[i].Name.BeforeExtra), c.spread)
	} else {
		d.insert(c, name, v)
	}
	c.store()
	return nil
}

func (d *jsonText) unset(path []string) error {
	c, ok := d.container(path[:len(path)-1])
	if c == nil || !ok {
		return nil
	}
	for i := c.index(path[len(path)-1]); i >= 0; i = c.index(path[len(path)-1]) {
		c.remove(i)
	}
	c.store()
	return nil
}

// insert puts an item behind all others and behind the comments after them.
func (d *jsonText) insert(c *container, name string, v any) {
	item := hujson.ObjectMember{Name: hujson.Value{Value: hujson.String(name)}, Value: hujson.Value{BeforeExtra: d.gap(c.spread)}}
	indent := c.indent + d.unit
	end, _ := lastComment(*c.after)
	before, tail := (*c.after)[:end], (*c.after)[end:]
	gap := d.space
	if n := len(c.items); n > 0 {
		last := c.items[n-1]
		indent = indentation(indent, last.Name.BeforeExtra)
		if last.Value.AfterExtra != nil { // it has a trailing comma
			item.Value.AfterExtra = hujson.Extra{}
		}
	} else if gap = ""; !c.spread {
		tail = nil
	} else if bytes.IndexByte(tail, '\n') < 0 {
		tail = hujson.Extra(d.nl + c.indent)
	}
	if c.spread {
		gap = d.nl + indent
	}
	item.Name.BeforeExtra = slices.Concat(before, hujson.Extra(gap))
	item.Value.Value = d.build(v, indent, c.spread)
	*c.after = tail
	c.items = append(c.items, item)
}

// remove removes an item and its white space. Comments stay.
func (c *container) remove(i int) {
	item, last := c.items[i], i == len(c.items)-1
	before := item.Name.BeforeExtra
	if last && i > 0 {
		// The item before keeps its comma if this one has a trailing comma.
		previous := &c.items[i-1].Value
		if item.Value.AfterExtra == nil {
			before, previous.AfterExtra = slices.Concat(previous.AfterExtra, before), nil
		} else if previous.AfterExtra == nil {
			previous.AfterExtra = hujson.Extra{}
		}
	}
	next := c.after
	if !last {
		next = &c.items[i+1].Name.BeforeExtra
	}
	behind := *next
	if len(bytes.TrimSpace(item.Value.AfterExtra)) > 0 {
		behind = slices.Concat(item.Value.AfterExtra, behind)
	}
	end, toLineEnd := lastComment(before)
	rest := bytes.TrimLeft(behind, " \t")
	lineEnds := len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r')
	switch {
	case len(c.items) == 1 && end == 0 && len(bytes.TrimSpace(behind)) == 0:
		*next = nil
	case lineEnds || last && !toLineEnd:
		*next = slices.Concat(before[:end], behind)
	default: // what follows on the line takes the place
		*next = slices.Concat(before, rest)
	}
	c.items = slices.Delete(c.items, i, i+1)
}

// lastComment returns the end of the last comment, without its line end, and
// whether it goes on to the end of its line.
func lastComment(extra hujson.Extra) (end int, toLineEnd bool) {
	all := jsonComments.FindAllIndex(extra, -1)
	if len(all) == 0 {
		return 0, false
	}
	from, end := all[len(all)-1][0], all[len(all)-1][1]
	return from + len(bytes.TrimRight(extra[from:end], "\r")), extra[from+1] == '/'
}

// indentation returns the white space at the beginning of the line that extras end
// on; outer is that of the line before.
func indentation(outer string, extras ...hujson.Extra) string {
	for _, extra := range extras {
		if i := bytes.LastIndexByte(extra, '\n'); i >= 0 {
			line := extra[i+1:]
			outer = string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
		}
	}
	return outer
}

// build returns a value that begins on a line with an indentation.
func (d *jsonText) build(v any, indent string, spread bool) hujson.ValueTrimmed {
	switch v := v.(type) {
	case string:
		return hujson.String(v)
	case []any:
		array := &hujson.Array{}
		for i, x := range v {
			e := hujson.Value{Value: d.build(x, indent, false)}
			if i > 0 {
				e.BeforeExtra = d.gap(spread)
			}
			array.Elements = append(array.Elements, e)
		}
		return array
	case map[string]any:
		object := &hujson.Object{}
		c := &container{&hujson.Value{Value: object}, nil, &object.AfterExtra, indent, spread}
		for _, name := range ordered(v) {
			d.insert(c, name, v[name])
		}
		c.store()
		return object
	}
	text, _ := json.Marshal(v) // true, false, null or a number
	return hujson.Literal(text)
}

// gap returns what stands behind a colon, and within a line behind a comma.
func (d *jsonText) gap(spread bool) hujson.Extra {
	if spread {
		return hujson.Extra(" ")
	}
	return hujson.Extra(d.space)
}
