package install

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// hidden stands for what is not shown, and changed for a new value of it.
const (
	hidden  = "…"
	changed = "… (changed)"
)

// maxLine is the longest line that a difference shows, in bytes.
const maxLine = 240

// Diff returns the change of the entry and of its questions as a unified
// difference; nothing else in a file ever changes, and nothing else is shown. It
// hides variables and headers, apart from references and from the values that e has
// and that are no secrets. It is for people; it cannot be applied. e may be the zero
// Entry with nothing but the name.
func (c Client) Diff(path string, before, after []byte, e Entry) string {
	if bytes.Equal(before, after) {
		return ""
	}
	was, is := c.shown(before, nil, e), c.shown(after, before, e)
	var b strings.Builder
	for _, line := range strings.SplitAfter(string(diff.Diff(path, was, path, is)), "\n")[1:] { // the first is a command
		if len(line) > maxLine {
			line = strings.ToValidUTF8(line[:maxLine], "") + hidden + "\n"
		}
		b.WriteString(line)
	}
	if b.Len() == 0 {
		return "--- " + path + "\n+++ " + path + "\n" + hidden + "\n"
	}
	return b.String()
}

// shown returns a configuration with nothing but the entry and its questions,
// without secrets. Values that old has otherwise are marked.
func (c Client) shown(config, old []byte, e Entry) []byte {
	d, err := c.parse(config)
	if err != nil {
		return []byte(hidden + "\n")
	}
	was, err := c.parse(old)
	if err != nil {
		was, _ = c.parse(nil)
	}
	only, _ := c.parse(nil)
	found := false
	show := func(path []string, shows func(key []string, text string) bool) {
		if v, ok := d.get(path); ok {
			found = true
			before, _ := was.get(path)
			_ = only.set(path, mask(nil, v, before, shows)) // an empty document takes everything
		}
	}
	show(c.path(e), e.shows)
	inputs, _ := d.get([]string{"inputs"})
	list, _ := inputs.([]any)
	for _, input := range list {
		question, _ := input.(map[string]any)
		if id, _ := question["id"].(string); c.asks && strings.HasPrefix(id, e.Name+"-") {
			show([]string{"inputs", id}, func(key []string, _ string) bool { return len(key) == 1 && slices.Contains(order, key[0]) })
		}
	}
	if !found {
		return nil
	}
	return only.bytes()
}

// mask returns a value without its secrets.
func mask(key []string, v, was any, shows func(key []string, text string) bool) any {
	switch v := v.(type) {
	case map[string]any:
		before, _ := was.(map[string]any)
		out := map[string]any{}
		for name, x := range v {
			out[name] = mask(append(slices.Clone(key), name), x, before[name], shows)
		}
		return out
	case []any:
		before, _ := was.([]any)
		out := []any{}
		for i, x := range v {
			var one any
			if i < len(before) {
				one = before[i]
			}
			out = append(out, mask(append(slices.Clone(key), ""), x, one, shows))
		}
		return out
	case bool, nil:
		return v
	}
	text, isString := v.(string)
	switch {
	case isString && shows(key, text):
		return text
	case was != nil && !reflect.DeepEqual(was, v):
		return changed
	}
	return hidden
}

// reference is a value that only says where the value is.
var reference = regexp.MustCompile(`^(Bearer )?\$\{[A-Za-z0-9_:-]*\}$`)

// flag is an argument that is a name alone. Whoever wrote the old entry may have put
// a key among the others.
var flag = regexp.MustCompile(`^(--[a-z][a-z-]{0,20}|-[a-z])$`)

// shows reports whether a text at a key of the entry may be seen.
func (e Entry) shows(key []string, text string) bool {
	if len(key) == 0 {
		return false
	}
	switch key[0] {
	case "env_vars":
		return len(key) == 2
	case "args":
		return slices.Contains(e.Args, text) || flag.MatchString(text)
	case "url", "serverUrl":
		return text == e.URL || !strings.ContainsAny(text, "?@")
	case "env", "headers", "http_headers":
		return reference.MatchString(text) || slices.ContainsFunc(e.Env, func(v Variable) bool {
			return !v.Secret && len(key) == 2 && v.Name == key[1] && v.Value == text
		})
	}
	return len(key) == 1 && slices.Contains(managed, key[0])
}
