package install

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// mask hides what nobody should see. The number of lines stays.
func (c Client) mask(config []byte, e Entry) []byte {
	if len(config) == 0 {
		return nil
	}
	d, err := c.parse(config)
	if err != nil {
		// Only what was parsed is ever shown.
		return bytes.Repeat([]byte(hidden+"\n"), 1+bytes.Count(config, []byte("\n")))
	}
	v := visible{client: c, entry: e}
	var hide []splice
	switch d := d.(type) {
	case *jsonText:
		if len(bytes.TrimSpace(config)) == 0 {
			return config
		}
		hide = v.json(d)
		return spliced(d.text, hide)
	case *tomlText:
		hide = v.toml(d)
		return spliced(d.text, hide)
	}
	return nil
}

// reference is a value that only says where the value is.
var reference = regexp.MustCompile(`^(Bearer )?\$\{[A-Za-z0-9_:-]*\}$`)

// harmless are arguments that are names alone. Whoever wrote the old entry may have
// put a key among the others.
var harmless = regexp.MustCompile(`^(-{0,2}[a-z][a-z-]{0,20})?$`)

// visible decides what may be seen.
type visible struct {
	client Client
	entry  Entry
}

// value tells whether the value at a path may be seen.
func (v visible) value(path []string, text string) bool {
	if len(path) < 3 || path[0] != v.client.servers || path[1] != v.entry.Name {
		return false
	}
	switch path[2] {
	case "args":
		return slices.Contains(v.entry.Args, text) || harmless.MatchString(text)
	case "env", "headers", "http_headers":
		if len(path) < 4 {
			return false
		}
		return reference.MatchString(text) || slices.ContainsFunc(v.entry.Env, func(x Variable) bool {
			return !x.Secret && x.Name == path[3] && x.Value == text
		})
	}
	return slices.Contains(managed, path[2])
}

// json gives what to hide in a JSON document.
func (v visible) json(d *jsonText) []splice {
	var hide []splice
	comments := func(from, to int) {
		for from < to {
			isLine, end := comment(d.text, from)
			if end == from {
				from++
				continue
			}
			end = min(end, to)
			mark := "/* " + hidden + " */"
			if isLine {
				mark = "// " + hidden
				if d.text[end-1] == '\r' {
					end--
				}
			}
			hide = append(hide, splice{from, end, masked(mark, d.text[from:end])})
			from = end
		}
	}
	var walk func(x *hujson.Value, path []string)
	walk = func(x *hujson.Value, path []string) {
		comments(x.StartOffset-len(x.BeforeExtra), x.StartOffset)
		switch value := x.Value.(type) {
		case *hujson.Object:
			for i := range value.Members {
				m := &value.Members[i]
				comments(m.Name.StartOffset-len(m.Name.BeforeExtra), m.Name.StartOffset)
				comments(m.Name.EndOffset, m.Name.EndOffset+len(m.Name.AfterExtra))
				name, _ := m.Name.Value.(hujson.Literal)
				walk(&m.Value, append(path[:len(path):len(path)], name.String()))
			}
			comments(x.EndOffset-1-len(value.AfterExtra), x.EndOffset-1)
		case *hujson.Array:
			inputs := len(path) == 1 && path[0] == "inputs" && v.client.asks
			for i := range value.Elements {
				element := &value.Elements[i]
				below := append(path[:len(path):len(path)], "")
				if o, ok := d.decode(element).(map[string]any); ok && inputs {
					if id, _ := o["id"].(string); strings.HasPrefix(id, v.entry.Name+"-") {
						below = []string{v.client.servers, v.entry.Name, "type"} // a question of ours
					}
				}
				walk(element, below)
			}
			comments(x.EndOffset-1-len(value.AfterExtra), x.EndOffset-1)
		case hujson.Literal:
			if kind := value.Kind(); kind == '"' && !v.value(path, value.String()) {
				hide = append(hide, splice{x.StartOffset, x.EndOffset, `"` + hidden + `"`})
			} else if kind == '0' && !v.value(path, "") {
				hide = append(hide, splice{x.StartOffset, x.EndOffset, hidden})
			}
		}
		comments(x.EndOffset, min(x.EndOffset+len(x.AfterExtra), len(d.text)))
	}
	walk(&d.root, nil)
	return hide
}

// toml gives what to hide in a TOML document.
func (v visible) toml(d *tomlText) []splice {
	var hide []splice
	covered := 0
	ranges := make([]splice, 0, len(d.comments)+len(d.statements))
	for _, c := range d.comments {
		ranges = append(ranges, splice{c.from, c.to, "# " + hidden})
	}
	for _, s := range d.statements {
		if s.key == 0 {
			continue
		}
		path := s.path
		have, _ := d.get(path)
		text, isString := have.(string)
		_, isTable := have.(map[string]any)
		list, isList := have.([]any)
		switch {
		case isList && !s.inArray && !slices.ContainsFunc(list, func(x any) bool { text, ok := x.(string); return !ok || !v.value(path, text) }):
		case s.inArray, isList, isTable && !v.strings(path, have), !isTable && !v.value(path, text):
			mark := hidden
			switch {
			case isString:
				mark = `"` + hidden + `"`
			case isTable && !s.inArray && v.value(append(path[:len(path):len(path)], ""), "${}"):
				mark = v.oneLine(d, s, have)
			}
			ranges = append(ranges, splice{s.value.from, s.value.to, mark})
		}
	}
	slices.SortFunc(ranges, func(a, b splice) int { return a.from - b.from })
	for _, r := range ranges {
		if r.from < covered || r.to == r.from {
			continue // a comment within a value that is hidden as a whole
		}
		covered = r.to
		hide = append(hide, splice{r.from, r.to, masked(r.text, d.text[r.from:r.to])})
	}
	return hide
}

// oneLine shows a table on one line with its keys.
func (v visible) oneLine(d *tomlText, s statement, have any) string {
	m, _ := have.(map[string]any)
	var t table
	for _, key := range d.order(s) {
		text, ok := m[key].(string)
		if !ok || !v.value(append(s.path[:len(s.path):len(s.path)], key), text) {
			text = hidden
		}
		t = append(t, member{key, text})
	}
	return renderTOML(t)
}

// strings tells whether every value of a table on one line may be seen.
func (v visible) strings(path []string, have any) bool {
	for name, x := range have.(map[string]any) {
		text, ok := x.(string)
		if !ok || !v.value(append(path[:len(path):len(path)], name), text) {
			return false
		}
	}
	return true
}

// masked gives the mark, on as many lines as the text has.
func masked(mark string, text []byte) string {
	n := bytes.Count(text, []byte("\n"))
	if n == 0 {
		return mark
	}
	if !utf8.Valid(text) {
		mark = hidden
	}
	return mark + strings.Repeat("\n"+hidden, n)
}
