package install

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

func (d *jsonText) set(path []string, v any) error {
	if at, parent, index := d.find(path); at != nil {
		it := d.items(parent)[index]
		indent, _ := d.indent(it.start)
		return d.splice(splice{at.StartOffset, at.EndOffset, d.render(v, indent, d.spread(parent))})
	}
	// The tables that are missing on the way are made with the value.
	for depth := len(path) - 1; depth >= 0; depth-- {
		parent, _, _ := d.find(path[:depth])
		if parent == nil {
			continue
		}
		if _, ok := parent.Value.(*hujson.Object); !ok {
			return syntaxError(d.text, parent.StartOffset, "%s is not an object", strings.Join(path[:depth], "."))
		}
		for i := len(path) - 1; i > depth; i-- {
			v = table{{path[i], v}}
		}
		return d.insert(parent, path[depth], v)
	}
	return nil
}

func (d *jsonText) unset(path []string) error {
	for {
		_, parent, index := d.find(path)
		if parent == nil {
			return nil
		}
		if err := d.remove(parent, index); err != nil {
			return err
		}
	}
}

// setElement puts an object with an id into an array, in place of one with the
// same id.
func (d *jsonText) setElement(array string, v table) error {
	id, _ := v.get("id")
	at, index := d.elementAt(array, id.(string))
	if at == nil {
		// The array is made as an empty one, which a splice can go into.
		if err := d.set([]string{array}, []string{}); err != nil {
			return err
		}
		at, index = d.elementAt(array, id.(string))
	}
	if _, ok := at.Value.(*hujson.Array); !ok {
		return syntaxError(d.text, at.StartOffset, "%s is not an array", array)
	}
	if index < 0 {
		return d.insert(at, "", v)
	}
	it := d.items(at)[index]
	indent, _ := d.indent(it.start)
	return d.splice(splice{it.start, it.end, d.render(v, indent, d.spread(at))})
}

func (d *jsonText) unsetElement(array, id string) error {
	for {
		at, index := d.elementAt(array, id)
		if index < 0 {
			return nil
		}
		if err := d.remove(at, index); err != nil {
			return err
		}
	}
}

// insert puts a member, or an element if the name is empty, behind all others.
func (d *jsonText) insert(parent *hujson.Value, name string, v any) error {
	items := d.items(parent)
	open, end := parent.StartOffset, parent.EndOffset-1
	// The new item stands behind the last thing that is not white space.
	last, trailing := open+1, false
	if len(items) > 0 {
		last = items[len(items)-1].end
		if comma, _ := skip(d.text, last); d.text[comma] == ',' {
			last, trailing = comma+1, true
		}
	}
	at := lastComment(d.text, last, end)
	spread := d.spread(parent)
	outer, _ := d.indent(open)
	indent := outer + d.unit
	if len(items) > 0 {
		if own, alone := d.indent(items[len(items)-1].start); alone {
			indent = own
		}
	}
	body := d.render(v, indent, spread)
	if name != "" {
		body = quote(name) + ":" + d.space(spread) + body
	}
	if len(items) == 0 {
		if !spread {
			return d.splice(splice{at, end, body})
		}
		tail := string(d.text[at:end])
		if !strings.Contains(tail, "\n") {
			tail = d.nl + outer
		}
		return d.splice(splice{at, end, d.nl + indent + body + tail})
	}
	before := d.space(spread)
	if spread {
		before = d.nl + indent
	}
	if trailing {
		return d.splice(splice{at, at, before + body + ","})
	}
	return d.splice(splice{last, last, ","}, splice{at, at, before + body})
}

// remove takes an item out with its comma and the white space that stood for it.
// Comments stay.
func (d *jsonText) remove(parent *hujson.Value, index int) error {
	items := d.items(parent)
	it := items[index]
	anchor := parent.StartOffset + 1 // where the white space and comments before the item begin
	if index > 0 {
		anchor, _ = skip(d.text, items[index-1].end)
		anchor++ // its comma
	}
	_, afterLineComment := skip(d.text[:it.start], anchor)
	from := lastComment(d.text, anchor, it.start)

	var cuts []splice
	to := it.end
	if comma, _ := skip(d.text, it.end); d.text[comma] == ',' {
		if len(bytes.TrimSpace(d.text[it.end:comma])) == 0 {
			to = comma + 1
		} else {
			cuts = append(cuts, splice{comma, comma + 1, ""}) // a comment stands between
		}
	} else if index > 0 {
		comma, _ := skip(d.text, items[index-1].end)
		cuts = append(cuts, splice{comma, comma + 1, ""})
	}
	rest := bytes.TrimLeft(d.text[to:], " \t")
	lineEnds := len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r'
	switch {
	case len(items) == 1 && len(cuts) == 0 && from == parent.StartOffset+1 && len(bytes.TrimSpace(d.text[to:parent.EndOffset-1])) == 0:
		to = parent.EndOffset - 1 // nothing is left, not even a comment
	case lineEnds || !afterLineComment && index == len(items)-1:
	default:
		// What follows on the line takes the place.
		from = it.start
		to += len(d.text[to:]) - len(rest)
	}
	return d.splice(append(cuts, splice{from, to, ""})...)
}

// spread tells whether the items of a container stand on lines of their own.
func (d *jsonText) spread(v *hujson.Value) bool {
	items := d.items(v)
	if len(items) == 0 {
		return v.StartOffset == d.root.StartOffset || bytes.IndexByte(d.text[d.root.StartOffset:d.root.EndOffset], '\n') >= 0
	}
	last := items[len(items)-1]
	return bytes.IndexByte(d.text[v.StartOffset:items[0].start], '\n') >= 0 ||
		bytes.IndexByte(d.text[last.end:v.EndOffset], '\n') >= 0 ||
		len(items) > 1 && bytes.IndexByte(d.text[items[len(items)-2].end:last.start], '\n') >= 0
}

// space is what stands behind a colon, and in a line behind a comma.
func (d *jsonText) space(spread bool) string {
	if spread {
		return " "
	}
	if root, ok := d.root.Value.(*hujson.Object); ok && len(root.Members) > 0 && len(root.Members[0].Value.BeforeExtra) == 0 {
		return ""
	}
	return " "
}

// indent is the white space at the beginning of the line of an offset, and
// whether nothing else stands before it.
func (d *jsonText) indent(at int) (indent string, alone bool) {
	line := d.text[bytes.LastIndexByte(d.text[:at], '\n')+1 : at]
	rest := bytes.TrimLeft(line, " \t")
	return string(line[:len(line)-len(rest)]), len(rest) == 0
}

// render writes a value that begins on a line with an indentation.
func (d *jsonText) render(v any, indent string, spread bool) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case bool:
		return strconv.FormatBool(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		return "[" + strings.Join(quoted, ","+d.space(spread)) + "]"
	case table:
		if len(v) == 0 {
			return "{}"
		}
		begin, between, end := "{", ","+d.space(false), "}"
		inner := indent + d.unit
		if spread {
			begin, between, end = "{"+d.nl+inner, ","+d.nl+inner, d.nl+indent+"}"
		}
		members := make([]string, len(v))
		for i, m := range v {
			members[i] = quote(m.name) + ":" + d.space(spread) + d.render(m.value, inner, spread)
		}
		return begin + strings.Join(members, between) + end
	}
	panic(fmt.Sprintf("install: no form for %T", v))
}

// quote writes a string for JSON and, since TOML knows the same escapes, for TOML.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a buffer takes everything, and a string can be encoded
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// splice replaces the bytes between two offsets.
type splice struct {
	from, to int
	text     string
}

// splice does several splices, which do not overlap, and parses the result.
func (d *jsonText) splice(list ...splice) error {
	old := d.text
	d.text = spliced(d.text, list)
	if err := d.parse(); err != nil {
		err = fmt.Errorf("an edit went wrong; nothing is written (a defect of this program): %w", err)
		d.text = old
		return err
	}
	return nil
}

func spliced(text []byte, list []splice) []byte {
	slices.SortStableFunc(list, func(a, b splice) int { return a.from - b.from })
	var b []byte
	at := 0
	for _, s := range list {
		b = append(b, text[at:s.from]...)
		b = append(b, s.text...)
		at = s.to
	}
	return append(b, text[at:]...)
}
