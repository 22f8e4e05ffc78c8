package install

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/tailscale/hujson"
)

// tomlText is a TOML document that is edited by its statements: headers and
// assignments, as whole lines. No TOML library for Go writes a document back as
// it was, so the text is edited, and the library reads it before and after.
type tomlText struct {
	bom        []byte
	text       []byte
	nl         string
	root       map[string]any
	statements []statement
}

// statement is a header or an assignment.
type statement struct {
	line    span // whole lines, with a comment behind
	code    span // without
	path    []string
	keys    int  // how many keys of the path an assignment has itself, 0 for a header
	value   span // of an assignment
	inArray bool // of [[an array of tables]] or below, where paths are not unique
}

type span struct{ from, to int }

func parseTOML(config []byte) (*tomlText, error) {
	d := &tomlText{}
	d.bom, d.text, d.nl = split(config)
	return d, d.parse()
}

// tomlTokens matches strings of all kinds, comments, line ends, brackets, equals
// signs, and what else stands between white space.
var tomlTokens = regexp.MustCompile(`(?s)"""(?:\\.|[^\\])*?"""{1,3}|'''.*?'''{1,3}|"(?:\\.|[^"\\])*"|'[^']*'|#[^\n]*|\n|[\[\]{}=]|[^\s"'#\[\]{}=]+`)

func (d *tomlText) parse() error {
	// Strings with a thousand open brackets are not worth another scan.
	if err := checkDepth(d.text, func(_ []byte, at int) int { return at }); err != nil {
		return err
	}
	d.root = map[string]any{}
	_, err := toml.Decode(string(d.text), &d.root)
	if pe, ok := errors.AsType[toml.ParseError](err); ok {
		return &SyntaxError{max(1, pe.Position.Line), max(1, pe.Position.Col), withoutText(pe.Message)}
	}
	if err != nil {
		return syntaxError(d.text, 0, "%v", err)
	}
	d.scan()
	return nil
}

// quoted are parts of a message that repeat the file, which may hold secrets.
var quoted = regexp.MustCompile(`(?s)"[^"]*"|'[^']*'`)

// withoutText returns a message that repeats no more than a character.
func withoutText(message string) string {
	return quoted.ReplaceAllStringFunc(message, func(part string) string {
		if len(part) > len(`'\u0000'`) {
			return "…"
		}
		return part
	})
}

// scan finds the statements. The text is known to be TOML.
func (d *tomlText) scan() {
	d.statements = nil
	var table []string
	var inArray bool
	var s statement
	depth, equals := 0, 0
	end := func(at int) {
		s.line.to = at
		switch {
		case s.code.to == 0: // an empty line, or a comment
		case equals == 0:
			table = keys(d.text[s.code.from:s.code.to])
			v, _ := d.get(table)
			_, isTable := v.(map[string]any)
			s.path, inArray = table, !isTable
			s.inArray = inArray
			d.statements = append(d.statements, s)
		default:
			own := keys(bytes.TrimSpace(d.text[s.code.from:equals]))
			s.path, s.keys, s.inArray = slices.Concat(table, own), len(own), inArray
			s.value.to = s.code.to
			d.statements = append(d.statements, s)
		}
		s, equals = statement{line: span{from: at}}, 0
	}
	for at := 0; ; {
		token := tomlTokens.FindIndex(d.text[at:])
		if token == nil {
			break
		}
		from, to := at+token[0], at+token[1]
		at = to
		switch d.text[from] {
		case '#':
			continue
		case '\n':
			if depth == 0 {
				end(to)
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '=':
			if equals == 0 {
				equals = from
				continue
			}
		}
		if s.code.to == 0 {
			s.code.from = from
		}
		if s.code.to = to; equals > 0 && s.value.from == 0 {
			s.value.from = from
		}
	}
	end(len(d.text))
}

// keys returns the keys of a header, or of what stands before an equals sign.
func keys(statement []byte) (path []string) {
	if header := bytes.Trim(statement, "[]"); bareKeys.Match(header) {
		return strings.Split(string(header), ".")
	}
	if statement[0] != '[' {
		statement = append(slices.Clip(statement), "= 0"...)
	}
	var v any = map[string]any{}
	_, _ = toml.Decode(string(statement), &v) // it was decoded before
	for {
		if list, ok := v.([]map[string]any); ok && len(list) == 1 {
			v = list[0]
		}
		m, _ := v.(map[string]any)
		if len(m) == 0 {
			return path
		}
		for key := range m {
			path, v = append(path, key), m[key]
		}
	}
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

// set assigns a value. A table of two keys that is not there becomes a new one at
// the end of the file.
func (d *tomlText) set(path []string, v any) error {
	for depth := range path {
		v, there := d.get(path[:depth])
		if _, ok := v.(map[string]any); there && !ok {
			i := slices.IndexFunc(d.statements, func(s statement) bool { return hasPrefix(s.path, path[:depth]) })
			return syntaxError(d.text, d.statements[i].code.from, "%s is not a table", strings.Join(path[:depth], "."))
		}
	}
	for _, s := range d.statements {
		switch {
		case s.inArray || s.keys == 0:
		case slices.Equal(s.path, path):
			return d.splice(splice{s.value, inline(v)})
		case hasPrefix(path, s.path):
			return d.setInline(s, path, v)
		}
	}
	// An old table may be spread over several places.
	if err := d.unset(path); err != nil {
		return err
	}
	if t, ok := v.(map[string]any); ok && len(path) == 2 {
		return d.appendTable(path, t)
	}
	// Behind the last assignment that has the same table, however it is written.
	parent, best := path[:len(path)-1], -1
	for i, s := range d.statements {
		header := s.path[:len(s.path)-s.keys]
		if !s.inArray && hasPrefix(s.path, parent) && hasPrefix(parent, header) && (s.keys > 0 || len(s.path) == len(parent)) {
			best = i
		}
	}
	if best < 0 {
		return d.appendTable(parent, map[string]any{path[len(path)-1]: v})
	}
	s := d.statements[best]
	indent := string(d.text[s.line.from:s.code.from])
	line := indent + renderKeys(path[len(s.path)-s.keys:]...) + " = " + inline(v) + d.nl
	if s.line.to == len(d.text) && !bytes.HasSuffix(d.text, []byte("\n")) {
		line = d.nl + strings.TrimSuffix(line, d.nl)
	}
	return d.splice(splice{span{s.line.to, s.line.to}, line})
}

// setInline changes a table that is written on one line, or takes the key out if v
// is nil. Only tables of strings are changed; what an entry has of them is its
// variables.
func (d *tomlText) setInline(s statement, path []string, v any) error {
	old, _ := d.get(s.path)
	m, _ := old.(map[string]any)
	name := strings.Join(s.path, ".")
	if len(s.path) < 3 || len(path) != len(s.path)+1 {
		return syntaxError(d.text, s.code.from, "%s is written on one line; write it as a table of its own, [%s], or take the entry out first",
			name, renderKeys(path[:min(2, len(path))]...))
	}
	m = maps.Clone(m)
	if m[path[len(path)-1]] = v; v == nil {
		delete(m, path[len(path)-1])
	}
	for _, v := range m {
		if _, ok := v.(string); !ok {
			return syntaxError(d.text, s.code.from, "%s is expected to have nothing but strings", name)
		}
	}
	return d.splice(splice{s.value, inline(m)})
}

// appendTable writes a table at the end, with one empty line before it.
func (d *tomlText) appendTable(path []string, t map[string]any) error {
	var b strings.Builder
	if len(d.text) > 0 {
		if !bytes.HasSuffix(d.text, []byte("\n")) {
			b.WriteString(d.nl)
		}
		b.WriteString(d.nl)
	}
	b.WriteString("[" + renderKeys(path...) + "]" + d.nl)
	for _, name := range ordered(t) {
		b.WriteString(renderKeys(name) + " = " + inline(t[name]) + d.nl)
	}
	return d.splice(splice{span{len(d.text), len(d.text)}, b.String()})
}

// unset removes every statement about a path, with the comments between them.
func (d *tomlText) unset(path []string) error {
	var cuts []splice
	open := false
	for _, s := range d.statements {
		switch {
		case !s.inArray && s.keys > 0 && hasPrefix(path, s.path) && len(path) > len(s.path):
			return d.setInline(s, path, nil)
		case !hasPrefix(s.path, path):
			open = false
			continue
		case open:
			cuts[len(cuts)-1].to = s.line.to
		default:
			cuts = append(cuts, splice{s.line, ""})
		}
		open = true
	}
	// The empty line before a table goes with it where there is one behind it too, and
	// at the beginning of the file the one behind it.
	for i, c := range cuts {
		behind := emptyLine.Find(d.text[c.to:])
		before := emptyLineBefore.FindSubmatch(d.text[:c.from])
		if c.from == 0 {
			cuts[i].to += len(behind)
		} else if before != nil && d.text[c.from] == '[' && (behind != nil || c.to == len(d.text)) {
			cuts[i].from -= len(before[1])
		}
	}
	return d.splice(cuts...)
}

var (
	emptyLine       = regexp.MustCompile(`^[ \t]*\r?\n`)
	emptyLineBefore = regexp.MustCompile(`(?:^|\n)([ \t]*\r?\n)$`)
)

// splice is a part of the text and what takes its place.
type splice struct {
	span
	text string
}

// splice does splices, which are in order and do not overlap, and parses the result.
func (d *tomlText) splice(list ...splice) error {
	var text []byte
	at := 0
	for _, s := range list {
		text = append(append(text, d.text[at:s.from]...), s.text...)
		at = s.to
	}
	d.text = append(text, d.text[at:]...)
	if err := d.parse(); err != nil {
		return fmt.Errorf("an edit went wrong; nothing is written (a defect of this program): %w", err)
	}
	return nil
}

func (d *tomlText) bytes() []byte { return slices.Concat(d.bom, d.text) }

var (
	bareKey  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	bareKeys = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
)

func renderKeys(path ...string) string {
	parts := slices.Clone(path)
	for i, key := range parts {
		if !bareKey.MatchString(key) {
			parts[i] = inline(key)
		}
	}
	return strings.Join(parts, ".")
}

// inline returns a value on one line.
func inline(v any) string {
	switch v := v.(type) {
	case string: // the escapes of JSON are those of TOML
		return strings.ReplaceAll(string(hujson.String(v)), "\x7f", `\u007f`)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = inline(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		var parts []string
		for _, name := range ordered(v) {
			parts = append(parts, renderKeys(name)+" = "+inline(v[name]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v) // true or false
}
