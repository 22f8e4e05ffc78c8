package install

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// tomlText is a TOML document that is edited by its statements: headers and
// assignments, as whole lines. No TOML library for Go writes a document back as
// it was, so the text is edited, and the library checks it before and after.
type tomlText struct {
	bom        []byte
	text       []byte
	root       map[string]any
	statements []statement
	comments   []span
	nl         string
}

func parseTOML(config []byte) (*tomlText, error) {
	d := &tomlText{text: config, nl: "\n"}
	if bytes.HasPrefix(config, byteOrderMark) {
		d.bom, d.text = config[:len(byteOrderMark):len(byteOrderMark)], config[len(byteOrderMark):]
	}
	if i := bytes.IndexByte(d.text, '\n'); i > 0 && d.text[i-1] == '\r' {
		d.nl = "\r\n"
	}
	if err := d.parse(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *tomlText) parse() error {
	if at := tooDeepTOML(d.text); at >= 0 {
		return syntaxError(d.text, at, "more than %d brackets are open", maxDepth)
	}
	d.root = map[string]any{}
	if _, err := toml.Decode(string(d.text), &d.root); err != nil {
		if pe, ok := errors.AsType[toml.ParseError](err); ok {
			e := syntaxError(d.text, pe.Position.Start, "%s", tomlProblem(pe))
			if pe.Position.Line > 0 && e.Line != pe.Position.Line {
				e.Line, e.Column = pe.Position.Line, max(1, pe.Position.Col)
			}
			return e
		}
		return &SyntaxError{Line: 1, Column: 1, Problem: err.Error()}
	}
	return d.scan()
}

// quoted are parts of a message that repeat the file, which may hold secrets.
var quoted = regexp.MustCompile(`(?s)"[^"]*"|'[^']*'`)

func tomlProblem(pe toml.ParseError) string {
	message := pe.Message
	if message == "" {
		message = pe.Error()
		if i := strings.LastIndex(message, "): "); i >= 0 {
			message = message[i+3:]
		}
		message = strings.TrimPrefix(message, "toml: ")
	}
	return quoted.ReplaceAllStringFunc(message, func(part string) string {
		if len(part) > len(`'\u0000'`) {
			return "…"
		}
		return part // a character
	})
}

func (d *tomlText) get(path []string) (any, bool) {
	var v any = d.root
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// set assigns a value. A path of two keys that is not there becomes a new table
// at the end of the file.
func (d *tomlText) set(path []string, v any) error {
	for _, s := range d.statements {
		if s.inArray || s.key == 0 {
			continue
		}
		if slices.Equal(s.path, path) {
			return d.splice(splice{s.value.from, s.value.to, renderTOML(v)})
		}
		if hasPrefix(path, s.path) {
			return d.setInline(s, path, v)
		}
	}
	for depth := range path {
		if v, ok := d.get(path[:depth]); ok {
			if _, ok := v.(map[string]any); !ok {
				return syntaxError(d.text, d.position(path[:depth]), "%s is not a table", strings.Join(path[:depth], "."))
			}
		}
	}
	if t, ok := v.(table); ok && len(path) == 2 {
		return d.appendTable(path, t)
	}
	// Behind the last assignment that has the same table, however it is written.
	parent := path[:len(path)-1]
	best := -1
	for i, s := range d.statements {
		if s.inArray || s.arrayHeader {
			continue
		}
		tableOf := s.path[:len(s.path)-s.key]
		isHeader := s.key == 0 && slices.Equal(s.path, parent)
		if isHeader || s.key > 0 && hasPrefix(s.path, parent) && hasPrefix(parent, tableOf) {
			best = i
		}
	}
	if best < 0 {
		return d.appendTable(parent, table{{path[len(path)-1], v}})
	}
	s := d.statements[best]
	relative := path[len(s.path)-s.key:]
	indent := string(d.text[s.line.from:s.from])
	line := indent + renderKeys(relative) + " = " + renderTOML(v) + d.nl
	if s.line.to == len(d.text) && !bytes.HasSuffix(d.text, []byte("\n")) {
		line = d.nl + strings.TrimSuffix(line, d.nl)
	}
	return d.splice(splice{s.line.to, s.line.to, line})
}

// setInline changes a table that is written on one line. Only tables of strings
// are changed; what an entry has of them is its variables.
func (d *tomlText) setInline(s statement, path []string, v any) error {
	old, _ := d.get(s.path)
	m, _ := old.(map[string]any)
	rest := path[len(s.path):]
	if m == nil {
		return syntaxError(d.text, s.from, "%s is not a table", strings.Join(s.path, "."))
	}
	if len(s.path) < 3 || len(rest) != 1 {
		return syntaxError(d.text, s.from, "%s is written on one line; write it as a table of its own, [%s], or take the entry out first",
			strings.Join(s.path, "."), renderKeys(path[:min(2, len(path))]))
	}
	keys := d.order(s)
	if !slices.Contains(keys, rest[0]) && v != nil {
		keys = append(keys, rest[0])
	}
	var t table
	for _, key := range keys {
		value := m[key]
		if key == rest[0] {
			value = v
		}
		if value == nil {
			continue
		}
		if _, ok := value.(string); !ok {
			return syntaxError(d.text, s.from, "%s is expected to have nothing but strings", strings.Join(s.path, "."))
		}
		t = append(t, member{key, value})
	}
	return d.splice(splice{s.value.from, s.value.to, renderTOML(t)})
}

// order gives the keys of a table that is written on one line, as written.
func (d *tomlText) order(s statement) []string {
	var keys []string
	meta, err := toml.Decode("K = "+string(d.text[s.value.from:s.value.to]), &map[string]any{})
	if err != nil {
		return nil // it was decoded before
	}
	for _, k := range meta.Keys() {
		if len(k) == 2 {
			keys = append(keys, k[1])
		}
	}
	return keys
}

// position is the first statement of a path.
func (d *tomlText) position(path []string) int {
	for _, s := range d.statements {
		if hasPrefix(s.path, path) {
			return s.from
		}
	}
	return 0
}

// appendTable writes a table at the end, with one empty line before it.
func (d *tomlText) appendTable(path []string, t table) error {
	var b strings.Builder
	if len(d.text) > 0 {
		if !bytes.HasSuffix(d.text, []byte("\n")) {
			b.WriteString(d.nl)
		}
		b.WriteString(d.nl)
	}
	b.WriteString("[" + renderKeys(path) + "]" + d.nl)
	for _, m := range t {
		b.WriteString(renderKeys([]string{m.name}) + " = " + renderTOML(m.value) + d.nl)
	}
	return d.splice(splice{len(d.text), len(d.text), b.String()})
}

// unset takes out every statement about a path, with the comments between them.
func (d *tomlText) unset(path []string) error {
	var cuts []splice
	open := false
	for _, s := range d.statements {
		switch {
		case !s.inArray && s.key > 0 && hasPrefix(path, s.path) && len(path) > len(s.path):
			return d.setInline(s, path, nil)
		case !hasPrefix(s.path, path):
			open = false
			continue
		case open:
			cuts[len(cuts)-1].to = s.line.to
		default:
			cuts = append(cuts, splice{s.line.from, s.line.to, ""})
		}
		open = true
	}
	for i, c := range cuts {
		// The empty line before a table goes with it where it would stand alone, and
		// at the beginning of the file the one behind it.
		before := d.text[:c.from]
		rest := bytes.TrimLeft(d.text[c.to:], " \t")
		alone := len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r'
		if at := bytes.LastIndexByte(bytes.TrimSuffix(before, []byte("\n")), '\n') + 1; alone && d.text[c.from] == '[' && at < c.from &&
			len(bytes.TrimSpace(before[at:])) == 0 && (i == 0 || at >= cuts[i-1].to) {
			cuts[i].from = at
		} else if len(before) == 0 && alone {
			if n := bytes.IndexByte(d.text[c.to:], '\n'); n >= 0 {
				cuts[i].to += n + 1
			}
		}
	}
	return d.splice(cuts...)
}

func (d *tomlText) splice(list ...splice) error {
	old := d.text
	d.text = spliced(d.text, list)
	if err := d.parse(); err != nil {
		d.text = old
		return fmt.Errorf("an edit went wrong; nothing is written (a defect of this program): %w", err)
	}
	return nil
}

func (d *tomlText) bytes() []byte { return slices.Concat(d.bom, d.text) }

func renderKeys(path []string) string {
	parts := make([]string, len(path))
	for i, key := range path {
		if parts[i] = key; len(bareKey.FindString(key)) != len(key) || key == "" {
			parts[i] = quote(key)
		}
	}
	return strings.Join(parts, ".")
}

func renderTOML(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case bool:
		return fmt.Sprint(v)
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quote(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case table:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = renderKeys([]string{m.name}) + " = " + renderTOML(m.value)
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	panic(fmt.Sprintf("install: no form for %T", v))
}
