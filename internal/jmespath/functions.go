package jmespath

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// function is a function of expressions.
type function struct {
	takes    []string // the types of its arguments, as its error names them; empty for any
	variadic bool     // the last may be repeated
	overList bool     // what it says depends on every element of a list
	do       func(ev *evaluation, args [][]byte) ([]byte, error)
}

// functions are the functions of expressions by name, made when first asked for. None
// makes a text longer, and each takes time in proportion to its arguments.
var functions = sync.OnceValue(func() map[string]function {
	const object, text = "an object", "a string"
	return map[string]function{
		"contains":    {takes: []string{"a string or an array", ""}, overList: true, do: contains},
		"ends_with":   {takes: []string{text, text}, do: textual(strings.HasSuffix)},
		"keys":        {takes: []string{object}, do: eachMember(func(m member) []byte { return m.name })},
		"length":      {takes: []string{"a string, an array or an object"}, overList: true, do: length},
		"not_null":    {takes: []string{""}, variadic: true, do: notNull},
		"starts_with": {takes: []string{text, text}, do: textual(strings.HasPrefix)},
		"to_number":   {takes: []string{""}, do: toNumber},
		"type":        {takes: []string{""}, do: func(_ *evaluation, a [][]byte) ([]byte, error) { return safejson.Quote(kind(a[0])), nil }},
		"values":      {takes: []string{object}, do: eachMember(func(m member) []byte { return m.value })},
	}
})

// call evaluates the arguments, checks their types, and calls.
func (ev *evaluation) call(n parsing.ASTNode, current []byte) ([]byte, error) {
	name := n.Value.(string)
	f := functions()[name]
	args := make([][]byte, len(n.Children))
	for i, c := range n.Children {
		var err error
		if args[i], err = ev.eval(c, current); err != nil {
			return nil, err
		}
		if want := f.takes[min(i, len(f.takes)-1)]; want != "" && !strings.Contains(want, kind(args[i])) {
			return nil, fmt.Errorf("argument %d of %s has to be %s and is %s", i+1, name, want, kind(args[i]))
		}
		if err := ev.spend(len(args[i])); err != nil {
			return nil, err
		}
	}
	return f.do(ev, args)
}

func contains(ev *evaluation, a [][]byte) ([]byte, error) {
	if a[0][0] == '"' {
		return boolean(a[1][0] == '"' && strings.Contains(rawjson.Unquote(a[0]), rawjson.Unquote(a[1]))), nil
	}
	found := false
	err := ev.each(a[0], func(v []byte) (err error) {
		if !found {
			found, err = ev.equal(v, a[1], 0)
		}
		return err
	})
	return boolean(found), err
}

func textual(is func(s, part string) bool) func(*evaluation, [][]byte) ([]byte, error) {
	return func(_ *evaluation, a [][]byte) ([]byte, error) {
		return boolean(is(rawjson.Unquote(a[0]), rawjson.Unquote(a[1]))), nil
	}
}

// eachMember makes a list of one part of every member of an object.
func eachMember(part func(member) []byte) func(*evaluation, [][]byte) ([]byte, error) {
	return func(ev *evaluation, a [][]byte) ([]byte, error) {
		all, err := ev.members(a[0])
		out := []byte{'['}
		for i, m := range all {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, part(m)...)
		}
		return ev.keep(append(out, ']'), err)
	}
}

func length(ev *evaluation, a [][]byte) (_ []byte, err error) {
	n := 0
	switch v := a[0]; v[0] {
	case '"':
		n = utf8.RuneCountInString(rawjson.Unquote(v))
	case '[':
		n, err = ev.count(v)
	default:
		var all []member
		all, err = ev.members(v)
		n = len(all)
	}
	return strconv.AppendInt(nil, int64(n), 10), err
}

func notNull(_ *evaluation, a [][]byte) ([]byte, error) {
	for _, v := range a {
		if !isNull(v) {
			return v, nil
		}
	}
	return null(), nil
}

// toNumber reads the number that a text is, as JSON writes it and with all its digits.
func toNumber(_ *evaluation, a [][]byte) ([]byte, error) {
	v := a[0]
	if v[0] == '"' {
		v = []byte(strings.TrimSpace(rawjson.Unquote(v)))
	}
	if len(v) == 0 || kind(v) != "number" || !json.Valid(v) {
		return null(), nil
	}
	if _, err := strconv.ParseFloat(string(v), 64); err != nil {
		return null(), nil // out of range
	}
	return v, nil
}
