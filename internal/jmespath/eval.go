package jmespath

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// evaluation is one run of an expression.
type evaluation struct {
	ctx   context.Context
	root  any
	steps int
}

var errTooMuch = errors.New("too much")

// scope is the variables of let, the innermost first.
type scope struct {
	name  string
	value any
	outer *scope
}

// lambda is an expression as the argument of a function.
type lambda func(any) (any, error)

// spend counts work, in elements looked at, and ends what is too much.
func (ev *evaluation) spend(n int) error {
	before := ev.steps
	if ev.steps += n + 1; ev.steps > maxSteps {
		return errTooMuch
	}
	if before>>12 != ev.steps>>12 {
		return ev.ctx.Err()
	}
	return nil
}

// look opens a value and counts what that takes.
func (ev *evaluation) look(v any) (any, error) {
	d, ok := v.(raw)
	if !ok {
		return v, nil
	}
	return open(d), ev.spend(len(d) >> 6)
}

// eval returns the value of a node for a current value. Results may be raw.
func (ev *evaluation) eval(n parsing.ASTNode, current any, vars *scope) (any, error) {
	if err := ev.spend(0); err != nil {
		return nil, err
	}
	switch n.NodeType {
	case parsing.ASTIdentity, parsing.ASTCurrentNode:
		return current, nil
	case parsing.ASTRootNode:
		return ev.root, nil
	case parsing.ASTLiteral:
		return literal(n.Value), nil
	case parsing.ASTField:
		v, err := ev.look(current)
		if o, ok := v.(*object); ok {
			return o.get(n.Value.(string)), err
		}
		return nil, err
	case parsing.ASTIndex:
		v, err := ev.look(current)
		if l, ok := v.(list); ok {
			i := n.Value.(int)
			if i < 0 {
				i += len(l)
			}
			if i >= 0 && i < len(l) {
				return l[i], err
			}
		}
		return nil, err
	case parsing.ASTSlice:
		return ev.slice(n, current)
	case parsing.ASTSubexpression, parsing.ASTIndexExpression:
		left, err := ev.evalOpen(n.Children[0], current, vars)
		if err != nil || left == nil {
			return nil, err
		}
		return ev.eval(n.Children[1], left, vars)
	case parsing.ASTPipe:
		left, err := ev.evalOpen(n.Children[0], current, vars)
		if err != nil {
			return nil, err
		}
		return ev.eval(n.Children[1], left, vars)
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection, parsing.ASTFlatten:
		return ev.project(n, current, vars)
	case parsing.ASTMultiSelectHash, parsing.ASTMultiSelectList:
		return ev.build(n, current, vars)
	case parsing.ASTOrExpression, parsing.ASTAndExpression:
		left, err := ev.evalOpen(n.Children[0], current, vars)
		if err != nil || falsy(left) == (n.NodeType == parsing.ASTAndExpression) {
			return left, err
		}
		return ev.eval(n.Children[1], current, vars)
	case parsing.ASTNotExpression:
		v, err := ev.evalOpen(n.Children[0], current, vars)
		return falsy(v), err
	case parsing.ASTComparator:
		return ev.comparison(n, current, vars)
	case parsing.ASTArithmeticExpression, parsing.ASTArithmeticUnaryExpression:
		return ev.arithmetic(n, current, vars)
	case parsing.ASTFunctionExpression:
		return ev.call(n, current, vars)
	case parsing.ASTExpRef:
		return lambda(func(v any) (any, error) { return ev.evalOpen(n.Children[0], v, vars) }), nil
	case parsing.ASTLetExpression:
		for _, b := range n.Children[0].Children {
			v, err := ev.eval(b.Children[1], current, vars)
			if err != nil {
				return nil, err
			}
			vars = &scope{b.Children[0].Value.(string), v, vars}
		}
		return ev.eval(n.Children[1], current, vars)
	case parsing.ASTVariable:
		for s := vars; s != nil; s = s.outer {
			if s.name == n.Value.(string) {
				return s.value, nil
			}
		}
		return nil, nil
	}
	return nil, errors.New("the expression has a part that is not supported")
}

// evalOpen is eval with one level of the result opened.
func (ev *evaluation) evalOpen(n parsing.ASTNode, current any, vars *scope) (any, error) {
	v, err := ev.eval(n, current, vars)
	if err != nil {
		return nil, err
	}
	return ev.look(v)
}

// project evaluates one expression on many values.
func (ev *evaluation) project(n parsing.ASTNode, current any, vars *scope) (any, error) {
	left, err := ev.evalOpen(n.Children[0], current, vars)
	if err != nil {
		return nil, err
	}
	if s, ok := left.(string); ok && n.NodeType == parsing.ASTProjection {
		// A slice of a string is no projection, though it is parsed as one.
		if first := n.Children[0]; first.NodeType == parsing.ASTIndexExpression && first.Children[1].NodeType == parsing.ASTSlice {
			return s, nil
		}
	}
	elements, ok := left.(list)
	if o, isObject := left.(*object); isObject && n.NodeType == parsing.ASTValueProjection {
		elements, ok = o.values, true
	} else if n.NodeType == parsing.ASTValueProjection {
		ok = false
	}
	if !ok {
		return nil, nil
	}
	if n.NodeType == parsing.ASTFlatten {
		return ev.flatten(elements)
	}
	if n.Children[1].NodeType == parsing.ASTIdentity && n.NodeType == parsing.ASTProjection {
		return ev.withoutNulls(elements)
	}
	out := make(list, 0, len(elements)/4)
	for _, e := range elements {
		if e, err = ev.look(e); err != nil {
			return nil, err
		}
		if n.NodeType == parsing.ASTFilterProjection {
			keep, err := ev.evalOpen(n.Children[2], e, vars)
			if err != nil {
				return nil, err
			}
			if falsy(keep) {
				continue
			}
		}
		v, err := ev.eval(n.Children[1], e, vars)
		if err != nil {
			return nil, err
		}
		if !isNull(v) {
			out = append(out, v)
		}
	}
	return out, nil
}

func isNull(v any) bool {
	if d, ok := v.(raw); ok {
		return bytes.HasPrefix(d, []byte("n"))
	}
	return v == nil
}

func (ev *evaluation) withoutNulls(elements list) (any, error) {
	if err := ev.spend(len(elements)); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(elements, isNull) {
		return elements, nil
	}
	return slices.DeleteFunc(slices.Clone(elements), isNull), nil
}

func (ev *evaluation) flatten(elements list) (any, error) {
	out := make(list, 0, len(elements))
	for _, e := range elements {
		if d, ok := e.(raw); ok && d[rawjson.SkipSpace(d, 0)] == '[' {
			e = open(e)
			if err := ev.spend(len(d) >> 6); err != nil {
				return nil, err
			}
		}
		if inner, ok := e.(list); ok {
			out = append(out, inner...)
			if err := ev.spend(4 * len(inner)); err != nil {
				return nil, err
			}
		} else {
			out = append(out, e)
		}
	}
	return out, ev.spend(len(elements))
}

// build makes an object or an array.
func (ev *evaluation) build(n parsing.ASTNode, current any, vars *scope) (any, error) {
	// Opened once, for all its parts.
	current, err := ev.look(current)
	if err != nil {
		return nil, err
	}
	if n.NodeType == parsing.ASTMultiSelectList {
		out := make(list, len(n.Children))
		for i, c := range n.Children {
			if out[i], err = ev.eval(c, current, vars); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	out := &object{}
	for _, c := range n.Children {
		v, err := ev.eval(c.Children[0], current, vars)
		if err != nil {
			return nil, err
		}
		out.set(c.Value.(string), v)
	}
	return out, nil
}

// slice is [start:stop:step], of an array or a string.
func (ev *evaluation) slice(n parsing.ASTNode, current any) (any, error) {
	v, err := ev.look(current)
	if err != nil {
		return nil, err
	}
	parts := n.Value.([]*int)
	switch v := v.(type) {
	case list:
		out := list{}
		for _, i := range indexes(len(v), parts) {
			out = append(out, v[i])
		}
		return out, ev.spend(len(v))
	case string:
		runes := []rune(v)
		var out []rune
		for _, i := range indexes(len(runes), parts) {
			out = append(out, runes[i])
		}
		return string(out), ev.spend(len(v) >> 3)
	}
	return nil, nil
}

// indexes are the places that a slice takes of n.
func indexes(n int, parts []*int) []int {
	step := 1
	if parts[2] != nil {
		step = *parts[2]
	}
	bound := func(p *int, otherwise, low, high int) int {
		if p == nil {
			return otherwise
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	var out []int
	if step > 0 {
		stop := bound(parts[1], n, 0, n)
		for i := bound(parts[0], 0, 0, n); i < stop; i += min(step, n+1) {
			out = append(out, i)
		}
		return out
	}
	stop := bound(parts[1], -1, -1, n-1)
	for i := bound(parts[0], n-1, -1, n-1); i > stop; i += max(step, -n-1) {
		out = append(out, i)
	}
	return out
}

// appendValue writes a value as JSON.
func (ev *evaluation) appendValue(out []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth || len(out) > maxSelected {
		return nil, errTooMuch
	}
	if err := ev.spend(0); err != nil {
		return nil, err
	}
	var err error
	switch v := v.(type) {
	case raw:
		return append(out, v...), nil
	case bool:
		if v {
			return append(out, "true"...), nil
		}
		return append(out, "false"...), nil
	case string:
		return safejson.AppendString(out, v), nil
	case number:
		return appendNumber(out, v), nil
	case list:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = ev.appendValue(out, e, depth+1); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case *object:
		if v.source != nil {
			return append(out, v.source...), nil
		}
		out = append(out, '{')
		for i, k := range v.keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(safejson.AppendString(out, k), ':')
			if out, err = ev.appendValue(out, v.values[i], depth+1); err != nil {
				return nil, err
			}
		}
		return append(out, '}'), nil
	}
	return append(out, "null"...), nil
}
