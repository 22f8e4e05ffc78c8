package jmespath

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
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
	by       bool     // the last argument is an expression on each element: &field
	do       func(ev *evaluation, args [][]byte) ([]byte, error)
}

// functions are the functions of expressions by name, made when first asked for. None
// makes a text longer; what is sorted is counted by comparison.
var functions = sync.OnceValue(func() map[string]function {
	const object, text, list = "an object", "a string", "an array"
	return map[string]function{
		"avg":         {takes: []string{list}, overList: true, do: sums(true)},
		"contains":    {takes: []string{"a string or an array", ""}, overList: true, do: contains},
		"ends_with":   {takes: []string{text, text}, do: textual(strings.HasSuffix)},
		"keys":        {takes: []string{object}, do: eachMember(func(m member) []byte { return m.name })},
		"length":      {takes: []string{"a string, an array or an object"}, overList: true, do: length},
		"max":         {takes: []string{list}, overList: true, do: end(1)},
		"max_by":      {takes: []string{list, ""}, overList: true, by: true, do: end(1)},
		"min":         {takes: []string{list}, overList: true, do: end(-1)},
		"min_by":      {takes: []string{list, ""}, overList: true, by: true, do: end(-1)},
		"not_null":    {takes: []string{""}, variadic: true, do: notNull},
		"reverse":     {takes: []string{list}, overList: true, do: reverse},
		"sort":        {takes: []string{list}, overList: true, do: sorted},
		"sort_by":     {takes: []string{list, ""}, overList: true, by: true, do: sorted},
		"starts_with": {takes: []string{text, text}, do: textual(strings.HasPrefix)},
		"sum":         {takes: []string{list}, overList: true, do: sums(false)},
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
	ev.by = nil
	for i, c := range n.Children {
		var err error
		if f.by && i == 1 {
			by := c.Children[0]
			args, ev.by = args[:1], func(v []byte) ([]byte, error) { return ev.eval(by, v) }
			break
		}
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

// ranked is an element of a list with what it is sorted by: a number or a text.
type ranked struct {
	element []byte
	number  float64
	text    string
}

// rank returns the elements of a list with what they are sorted by: themselves, or what
// the expression says of each, all numbers or all texts.
func (ev *evaluation) rank(list []byte) (out []ranked, texts bool, err error) {
	by := ev.by
	err = ev.each(list, func(v []byte) error {
		key := v
		if by != nil {
			if key, err = by(v); err != nil {
				return err
			}
		}
		r := ranked{element: v}
		switch kind(key) {
		case "number":
			r.number, _ = strconv.ParseFloat(string(key), 64)
		case "string":
			r.text = rawjson.Unquote(key)
		default:
			return fmt.Errorf("what is sorted or compared has to be all numbers or all texts, and one is %s: filter first, [?field != null]", kind(key))
		}
		isText := key[0] == '"'
		if len(out) > 0 && isText != texts {
			return errors.New("what is sorted or compared has to be all numbers or all texts, and there are both")
		}
		texts = isText
		if ev.made += len(r.text) + memberCost; ev.made > maxMade {
			return errTooMuch
		}
		out = append(out, r)
		return nil
	})
	return out, texts, err
}

// order compares what elements are sorted by; the work is counted.
func (ev *evaluation) order(texts bool, err *error) func(a, b ranked) int {
	return func(a, b ranked) int {
		if *err != nil {
			return 0
		}
		if !texts {
			*err = ev.spend(0)
			return cmp.Compare(a.number, b.number)
		}
		*err = ev.spend(min(len(a.text), len(b.text)))
		return strings.Compare(a.text, b.text)
	}
}

func sorted(ev *evaluation, a [][]byte) ([]byte, error) {
	all, texts, err := ev.rank(a[0])
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, ev.order(texts, &err))
	out := make([]byte, 0, len(a[0]))
	out = append(out, '[')
	for i, r := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, r.element...)
	}
	return ev.keep(append(out, ']'), err)
}

// end returns the largest or smallest element, null for an empty list. Of equal ones it
// is the first.
func end(sign int) func(*evaluation, [][]byte) ([]byte, error) {
	return func(ev *evaluation, a [][]byte) ([]byte, error) {
		all, texts, err := ev.rank(a[0])
		if err != nil || len(all) == 0 {
			return null(), err
		}
		best, order := all[0], ev.order(texts, &err)
		for _, r := range all[1:] {
			if order(r, best)*sign > 0 {
				best = r
			}
		}
		return best.element, err
	}
}

func reverse(ev *evaluation, a [][]byte) ([]byte, error) {
	back := -1
	return ev.keep(ev.slice(a[0], []*int{nil, nil, &back}))
}

// sums returns the sum of a list of numbers, or their mean, which an empty list has none of.
func sums(mean bool) func(*evaluation, [][]byte) ([]byte, error) {
	return func(ev *evaluation, a [][]byte) ([]byte, error) {
		total, n := 0.0, 0
		err := ev.each(a[0], func(v []byte) error {
			if kind(v) != "number" {
				return fmt.Errorf("sum and avg want numbers, and one is %s", kind(v))
			}
			f, err := strconv.ParseFloat(string(v), 64)
			total, n = total+f, n+1
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case mean && n == 0:
			return null(), nil
		case mean:
			total /= float64(n)
		}
		if math.IsInf(total, 0) || math.IsNaN(total) {
			return null(), nil
		}
		return safejson.Marshal(total)
	}
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
