package jmespath

import (
	"context"
	"errors"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// evaluation is one run of an expression. Every value is JSON: a part of the document,
// which costs nothing and keeps its digits, its order and its escapes, or bytes that the
// expression made.
type evaluation struct {
	ctx  context.Context
	work int // bytes read and written
	made int // bytes of values that are no part of the document
	// by is the expression by which the function being called sorts, nil for none.
	by func(v []byte) ([]byte, error)
}

var errTooMuch = errors.New("too much")

// spend counts work, ends what is too much, and asks every megabyte whether the
// caller still waits.
func (ev *evaluation) spend(n int) error {
	before := ev.work
	if ev.work += n + stepCost; ev.work > maxWork {
		return errTooMuch
	}
	if before>>20 != ev.work>>20 {
		return ev.ctx.Err()
	}
	return nil
}

// keep counts the memory of a value that was made.
func (ev *evaluation) keep(v []byte, err error) ([]byte, error) {
	if ev.made += len(v); err == nil && ev.made > maxMade {
		return nil, errTooMuch
	}
	return v, err
}

// eval returns the value of a node for a current value.
func (ev *evaluation) eval(n parsing.ASTNode, current []byte) ([]byte, error) {
	if err := ev.spend(0); err != nil {
		return nil, err
	}
	switch n.NodeType {
	case parsing.ASTIdentity, parsing.ASTCurrentNode:
		return current, nil
	case parsing.ASTLiteral:
		return n.Value.([]byte), nil
	case parsing.ASTField:
		return ev.field(current, n.Value.(string))
	case parsing.ASTIndex:
		return ev.index(current, n.Value.(int))
	case parsing.ASTSlice:
		return ev.keep(ev.slice(current, n.Value.([]*int)))
	case parsing.ASTSubexpression, parsing.ASTIndexExpression, parsing.ASTPipe:
		left, err := ev.eval(n.Children[0], current)
		if err != nil || isNull(left) && n.NodeType != parsing.ASTPipe {
			return left, err
		}
		return ev.eval(n.Children[1], left)
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection, parsing.ASTFlatten:
		left, err := ev.eval(n.Children[0], current)
		if err != nil {
			return nil, err
		}
		if same, err := ev.unchanged(n, left); same || err != nil {
			return left, err
		}
		if n.NodeType == parsing.ASTFlatten {
			return ev.keep(ev.flatten(left))
		}
		return ev.keep(ev.project(nil, n, left))
	case parsing.ASTMultiSelectHash, parsing.ASTMultiSelectList:
		return ev.keep(ev.build(nil, n, current))
	case parsing.ASTOrExpression, parsing.ASTAndExpression:
		left, err := ev.eval(n.Children[0], current)
		if err != nil || falsy(left) == (n.NodeType == parsing.ASTAndExpression) {
			return left, err
		}
		return ev.eval(n.Children[1], current)
	case parsing.ASTNotExpression:
		v, err := ev.eval(n.Children[0], current)
		if err != nil {
			return nil, err
		}
		return boolean(falsy(v)), nil
	case parsing.ASTComparator:
		return ev.comparison(n, current)
	case parsing.ASTFunctionExpression:
		return ev.call(n, current)
	}
	return nil, errors.New("the expression has a part that is not supported")
}

// append adds the value of a node to out: what eval returns, without a copy between
// where the expression makes it.
func (ev *evaluation) append(out []byte, n parsing.ASTNode, current []byte) ([]byte, error) {
	switch n.NodeType {
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection:
		left, err := ev.eval(n.Children[0], current)
		if err != nil {
			return nil, err
		}
		return ev.project(out, n, left)
	case parsing.ASTMultiSelectHash, parsing.ASTMultiSelectList:
		return ev.build(out, n, current)
	}
	v, err := ev.eval(n, current)
	if err != nil {
		return nil, err
	}
	return ev.write(out, v)
}

// write adds a value to out.
func (ev *evaluation) write(out, v []byte) ([]byte, error) {
	if len(out)+len(v) > maxSelected {
		return nil, errTooMuch
	}
	return append(out, v...), ev.spend(len(v))
}

// each calls do for every element of a list.
func (ev *evaluation) each(list []byte, do func(v []byte) error) error {
	var err error
	rawjson.EachElement(list, 0, func(s rawjson.Span) bool {
		if err = ev.spend(s.Len()); err == nil {
			err = do(list[s.Start:s.End])
		}
		return err == nil
	})
	return err
}

// count returns the number of elements of a list.
func (ev *evaluation) count(list []byte) (int, error) {
	n := 0
	err := ev.each(list, func([]byte) error { n++; return nil })
	return n, err
}

// field returns a member of an object, the last of several with the name. Lists are
// walked over by element, so that a long one can be left.
func (ev *evaluation) field(d []byte, name string) ([]byte, error) {
	var err error
	var out []byte
	rawjson.Walk(d, 0, func(key rawjson.Span, at int) int {
		var end int
		if at < len(d) && d[at] == '[' {
			end = rawjson.EachElement(d, at, func(s rawjson.Span) bool {
				err = ev.spend(s.Len())
				return err == nil
			})
		} else {
			end = rawjson.SkipValue(d, at)
		}
		if end >= 0 && rawjson.IsKey(d, key, name) {
			out = d[at:end]
		}
		return end
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = null()
	}
	return out, ev.spend(len(d))
}

type member struct{ name, value []byte }

// members returns those of an object: every name once, with its last value.
func (ev *evaluation) members(d []byte) ([]member, error) {
	var out []member
	var err error
	place := map[string]int{}
	rawjson.EachMember(d, 0, func(k, v rawjson.Span) bool {
		if err = ev.spend(v.End - k.Start); err != nil {
			return false
		}
		name := rawjson.Unquote(d[k.Start:k.End])
		if i, ok := place[name]; ok {
			out[i].value = d[v.Start:v.End]
			return true
		}
		place[name] = len(out)
		out = append(out, member{d[k.Start:k.End], d[v.Start:v.End]})
		if ev.made += len(name) + memberCost; ev.made > maxMade {
			err = errTooMuch
		}
		return err == nil
	})
	return out, err
}

// unchanged reports whether a flattening, or a projection of the elements as they are,
// makes the list that it was given.
func (ev *evaluation) unchanged(n parsing.ASTNode, left []byte) (bool, error) {
	var different byte
	switch {
	case n.NodeType == parsing.ASTFlatten:
		different = '['
	case n.NodeType == parsing.ASTProjection && n.Children[1].NodeType == parsing.ASTIdentity:
		different = 'n'
	}
	same := different != 0 && left[0] == '['
	if !same {
		return false, nil
	}
	err := ev.each(left, func(v []byte) error {
		same = same && v[0] != different
		return nil
	})
	return same, err
}

// project adds the list of what one expression makes of many values.
func (ev *evaluation) project(out []byte, n parsing.ASTNode, left []byte) ([]byte, error) {
	isObject := n.NodeType == parsing.ASTValueProjection
	if isObject && left[0] != '{' || !isObject && left[0] != '[' {
		return ev.write(out, null())
	}
	out = append(out, '[')
	start := len(out)
	one := func(v []byte) error {
		if n.NodeType == parsing.ASTFilterProjection {
			if keep, err := ev.eval(n.Children[2], v); err != nil || falsy(keep) {
				return err
			}
		}
		before := len(out)
		if before > start {
			out = append(out, ',')
		}
		at := len(out)
		var err error
		if out, err = ev.append(out, n.Children[1], v); err == nil && isNull(out[at:]) {
			out = out[:before]
		}
		return err
	}
	if !isObject {
		err := ev.each(left, one)
		return append(out, ']'), err
	}
	all, err := ev.members(left)
	for i := 0; i < len(all) && err == nil; i++ {
		err = one(all[i].value)
	}
	return append(out, ']'), err
}

// flatten makes one list of a list and the lists in it.
func (ev *evaluation) flatten(list []byte) ([]byte, error) {
	if list[0] != '[' {
		return null(), nil
	}
	out := []byte{'['}
	add := func(v []byte) (err error) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out, err = ev.write(out, v)
		return err
	}
	err := ev.each(list, func(v []byte) error {
		if v[0] == '[' {
			return ev.each(v, add)
		}
		return add(v)
	})
	return append(out, ']'), err
}

// build adds an object or a list.
func (ev *evaluation) build(out []byte, n parsing.ASTNode, current []byte) ([]byte, error) {
	opening, closing := byte('['), byte(']')
	if n.NodeType == parsing.ASTMultiSelectHash {
		opening, closing = '{', '}'
	}
	out = append(out, opening)
	for i, c := range n.Children {
		if i > 0 {
			out = append(out, ',')
		}
		if c.NodeType == parsing.ASTKeyValPair {
			out = append(safejson.AppendString(out, c.Value.(string)), ':')
			c = c.Children[0]
		}
		var err error
		if out, err = ev.append(out, c, current); err != nil {
			return nil, err
		}
	}
	return append(out, closing), nil
}

// index returns an element of a list, from its end for negative numbers.
func (ev *evaluation) index(d []byte, at int) ([]byte, error) {
	out, i := null(), 0
	if at < 0 {
		n, err := ev.count(d)
		if err != nil || n+at < 0 {
			return out, err
		}
		at += n
	}
	err := ev.each(d, func(v []byte) error {
		if i == at {
			out = v
		}
		i++
		return nil
	})
	return out, err
}

// slice is [start:stop:step] of a list.
func (ev *evaluation) slice(d []byte, parts []*int) ([]byte, error) {
	switch d[0] {
	case '"':
		return nil, errors.New("slices are of lists; of text, sql has SELECT substr(field, 1, 10) FROM records")
	case '[':
	default:
		return null(), nil
	}
	n, err := ev.count(d)
	if err != nil {
		return nil, err
	}
	step, start, stop, low, high := 1, 0, n, 0, n
	if parts[2] != nil {
		step = *parts[2]
	}
	if step < 0 {
		start, stop, low, high = n-1, -1, -1, n-1
	}
	for i, bound := range []*int{&start, &stop} {
		if p := parts[i]; p != nil {
			at := *p
			if at < 0 {
				at += n
			}
			*bound = min(max(at, low), high)
		}
	}
	// chosen calls do for every element of the slice, in the order of the list.
	chosen := func(do func(v []byte)) error {
		i := -1
		return ev.each(d, func(v []byte) error {
			if i++; (i-start)%step == 0 && (step > 0 && i >= start && i < stop || step < 0 && i <= start && i > stop) {
				do(v)
			}
			return nil
		})
	}
	size := 1
	if err := chosen(func(v []byte) { size += len(v) + 1 }); err != nil {
		return nil, err
	}
	if size = max(size, 2); size > maxSelected {
		return nil, errTooMuch
	}
	out := make([]byte, size)
	front, back := 1, size
	err = chosen(func(v []byte) {
		if step > 0 {
			front += copy(out[front:], v) + 1
			out[front-1] = ','
		} else { // from its end
			back -= len(v) + 1
			out[back+copy(out[back:], v)] = ','
		}
	})
	out[0], out[size-1] = '[', ']'
	return out, err
}

func null() []byte { return []byte("null") }

func isNull(v []byte) bool { return v[0] == 'n' }

func boolean(b bool) []byte {
	if b {
		return []byte("true")
	}
	return []byte("false")
}

// falsy reports whether JMESPath takes a value for false.
func falsy(v []byte) bool {
	switch v[0] {
	case 'n', 'f':
		return true
	case '"':
		return len(v) == 2
	case '[', '{':
		return rawjson.SkipSpace(v, 1) >= len(v)-1
	}
	return false
}

// kind is the name that JMESPath has for the type of a value.
func kind(v []byte) string {
	switch v[0] {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '[':
		return "array"
	case '{':
		return "object"
	}
	return "number"
}
