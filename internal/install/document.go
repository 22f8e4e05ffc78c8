package install

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// document is a configuration that is edited in place. A path leads through
// tables by their keys.
type document interface {
	get(path []string) (any, bool)
	set(path []string, v any) error
	unset(path []string) error
	bytes() []byte
}

// verify compares two configurations apart from the entry and its questions.
func (c Client) verify(before, after []byte, name string, ids []string) error {
	rest := func(config []byte) (map[string]any, error) {
		d, err := c.parse(config)
		if err != nil {
			return nil, err
		}
		root, _ := d.get(nil)
		m, ok := root.(map[string]any)
		if !ok {
			return nil, errors.New("it is no table")
		}
		if servers, ok := m[c.servers].(map[string]any); ok {
			delete(servers, name)
			if len(servers) == 0 {
				delete(m, c.servers)
			}
		}
		if inputs, ok := m["inputs"].([]any); ok && c.asks {
			inputs = slices.DeleteFunc(inputs, func(v any) bool {
				input, _ := v.(map[string]any)
				id, _ := input["id"].(string)
				return slices.Contains(ids, id)
			})
			if m["inputs"] = inputs; len(inputs) == 0 {
				delete(m, "inputs")
			}
		}
		return m, nil
	}
	was, err := rest(before)
	if err != nil {
		return err
	}
	is, err := rest(after)
	if err != nil {
		return fmt.Errorf("the result could not be read; nothing is written (a defect of this program): %w", err)
	}
	if !same(was, is) {
		return errors.New("something else would change; nothing is written (a defect of this program)")
	}
	return nil
}

// same compares what the parsers give; not-a-number is the same as itself here.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case []map[string]any:
		b, ok := b.([]map[string]any)
		return ok && slices.EqualFunc(a, b, func(a, b map[string]any) bool { return same(a, b) })
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || math.IsNaN(a) && math.IsNaN(b))
	}
	return reflect.DeepEqual(a, b)
}

// table is a table with its order. Values are strings, bools, []string and tables.
type table []member

type member struct {
	name  string
	value any
}

func (t table) get(name string) (any, bool) {
	for _, m := range t {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// plain is a value as the parsers give it.
func plain(v any) any {
	switch v := v.(type) {
	case table:
		m := make(map[string]any, len(v))
		for _, x := range v {
			m[x.name] = plain(x.value)
		}
		return m
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return v
}

// SyntaxError is a configuration that cannot be read.
type SyntaxError struct {
	Line, Column int // from 1; the column in bytes
	Problem      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

func (e *SyntaxError) position() (line, column int) { return e.Line, e.Column }

// syntaxError is a problem at an offset.
func syntaxError(text []byte, offset int, format string, args ...any) *SyntaxError {
	before := string(text[:max(0, min(offset, len(text)))])
	return &SyntaxError{
		Line: 1 + strings.Count(before, "\n"), Column: len(before) - strings.LastIndexByte(before, '\n'),
		Problem: fmt.Sprintf(format, args...),
	}
}
