package jmespath

import (
	"fmt"
	"maps"
	"slices"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"
)

// argument is what a function takes in one place.
type argument int

const (
	isAny argument = iota
	isNumber
	isString
	isArray
	isObject
	isExpr
	isSized  // string, array or object
	isSearch // string or array
	isNumbers
	isStrings
	isOrdered // array of numbers or of strings
)

var argumentNames = map[argument]string{
	isNumber: "a number", isString: "a string", isArray: "an array", isObject: "an object", isSized: "a string, array or object",
	isSearch: "a string or an array", isNumbers: "an array of numbers", isStrings: "an array of strings",
	isOrdered: "an array of numbers or of strings",
}

// selectFunction is a function of expressions. Its arguments come opened, the
// elements of arrays too where their type is asked for.
type selectFunction struct {
	args     []argument
	optional int  // how many of the last may be missing
	variadic bool // the last may be repeated
	do       func(ev *evaluation, args []any) (any, error)
}

func (f *selectFunction) arity() (least, most int) {
	if f.variadic {
		return len(f.args), -1
	}
	return len(f.args) - f.optional, len(f.args)
}

func functionNames() []string { return slices.Sorted(maps.Keys(selectFunctions())) }

// call evaluates the arguments, checks their types, and calls.
func (ev *evaluation) call(n parsing.ASTNode, current any, vars *scope) (any, error) {
	name := n.Value.(string)
	f := selectFunctions()[name]
	args := make([]any, len(n.Children))
	for i, c := range n.Children {
		v, err := ev.evalOpen(c, current, vars)
		if err != nil {
			return nil, err
		}
		want := f.args[min(i, len(f.args)-1)]
		if want == isNumbers || want == isStrings || want == isOrdered {
			if l, ok := v.(list); ok {
				if v, err = ev.opened(l); err != nil {
					return nil, err
				}
			}
		}
		if !want.takes(v) {
			return nil, fmt.Errorf("argument %d of %s has to be %s and is %s", i+1, name, argumentNames[want], want.instead(v))
		}
		args[i] = v
	}
	return f.do(ev, args)
}

// instead says what was given that is not taken.
func (a argument) instead(v any) string {
	l, ok := v.(list)
	switch {
	case !ok:
		return typeName(v)
	case a == isNumbers && all[string](l):
		return "an array of strings; make numbers of them: list[].to_number(field)"
	}
	return "an array of something else"
}

// opened is a list with opened elements.
func (ev *evaluation) opened(l list) (list, error) {
	out := make(list, len(l))
	for i, e := range l {
		var err error
		if out[i], err = ev.look(e); err != nil {
			return nil, err
		}
	}
	return out, ev.spend(len(l))
}

func (a argument) takes(v any) bool {
	switch v := v.(type) {
	case number:
		return a == isAny || a == isNumber
	case string:
		return a == isAny || a == isString || a == isSized || a == isSearch
	case *object:
		return a == isAny || a == isObject || a == isSized
	case lambda:
		return a == isExpr
	case list:
		switch a {
		case isNumbers:
			return all[number](v)
		case isStrings:
			return all[string](v)
		case isOrdered:
			return all[number](v) || all[string](v)
		}
		return a == isAny || a == isArray || a == isSized || a == isSearch
	}
	return a == isAny
}

func all[T any](l list) bool {
	return !slices.ContainsFunc(l, func(v any) bool { _, ok := v.(T); return !ok })
}
