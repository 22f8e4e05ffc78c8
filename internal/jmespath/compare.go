package jmespath

import (
	"math"
	"slices"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"
)

func (ev *evaluation) comparison(n parsing.ASTNode, current any, vars *scope) (any, error) {
	left, err := ev.evalOpen(n.Children[0], current, vars)
	if err != nil {
		return nil, err
	}
	right, err := ev.evalOpen(n.Children[1], current, vars)
	if err != nil {
		return nil, err
	}
	switch n.Value {
	case parsing.TOKEQ:
		return ev.equal(left, right, 0)
	case parsing.TOKNE:
		same, err := ev.equal(left, right, 0)
		return !same, err
	}
	a, okA := left.(number)
	b, okB := right.(number)
	if !okA || !okB {
		return nil, nil
	}
	switch order := a.compare(b); n.Value {
	case parsing.TOKGT:
		return order > 0, nil
	case parsing.TOKGTE:
		return order >= 0, nil
	case parsing.TOKLT:
		return order < 0, nil
	default:
		return order <= 0, nil
	}
}

// maxDepth bounds the nesting of values that are compared or written.
const maxDepth = 10_000

// equal compares two values wholly; the order of fields does not matter.
func (ev *evaluation) equal(a, b any, depth int) (bool, error) {
	a, err := ev.look(a)
	if err != nil {
		return false, err
	}
	if b, err = ev.look(b); err != nil {
		return false, err
	}
	if depth > maxDepth {
		return false, errTooMuch
	}
	if err := ev.spend(0); err != nil {
		return false, err
	}
	switch a := a.(type) {
	case number:
		b, ok := b.(number)
		return ok && a.compare(b) == 0, nil
	case list:
		b, ok := b.(list)
		if !ok || len(a) != len(b) {
			return false, nil
		}
		for i := range a {
			if same, err := ev.equal(a[i], b[i], depth+1); !same {
				return false, err
			}
		}
		return true, nil
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.keys) != len(b.keys) {
			return false, nil
		}
		if err := ev.spend(len(a.keys) * len(a.keys) >> 4); err != nil {
			return false, err
		}
		for i, k := range a.keys {
			if !slices.Contains(b.keys, k) {
				return false, nil
			}
			if same, err := ev.equal(a.values[i], b.get(k), depth+1); !same {
				return false, err
			}
		}
		return true, nil
	case lambda:
		return false, nil
	}
	if _, ok := b.(lambda); ok {
		return false, nil
	}
	switch b.(type) {
	case list, *object, number:
		return false, nil
	}
	return a == b, nil
}

func (ev *evaluation) arithmetic(n parsing.ASTNode, current any, vars *scope) (any, error) {
	var f [2]float64
	for i, c := range n.Children {
		v, err := ev.evalOpen(c, current, vars)
		if err != nil {
			return nil, err
		}
		x, ok := v.(number)
		if !ok {
			return nil, nil
		}
		f[i] = x.float
	}
	a, b := f[0], f[1]
	if len(n.Children) == 1 {
		if n.Value == parsing.TOKMinus {
			return number{float: -a}, nil
		}
		return number{float: a}, nil
	}
	switch n.Value {
	case parsing.TOKPlus:
		a += b
	case parsing.TOKMinus:
		a -= b
	case parsing.TOKStar, parsing.TOKMultiply:
		a *= b
	case parsing.TOKDivide:
		a /= b
	case parsing.TOKModulo:
		a = math.Mod(a, b)
	case parsing.TOKDiv:
		a = math.Floor(a / b)
	}
	return number{float: a}, nil
}
