package jmespath

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// order compares two numbers or two strings.
func order(a, b any) int {
	switch a := a.(type) {
	case number:
		return a.compare(b.(number))
	case string:
		return strings.Compare(a, b.(string))
	}
	return 0
}

func round(f func(float64) float64) func(*evaluation, []any) (any, error) {
	return func(_ *evaluation, a []any) (any, error) {
		n := a[0].(number)
		x := f(n.float)
		if x == n.float {
			return n, nil
		}
		return number{float: x}, nil
	}
}

func change(f func(string) string) func(*evaluation, []any) (any, error) {
	return func(ev *evaluation, a []any) (any, error) {
		s := a[0].(string)
		return f(s), ev.spend(len(s) >> 3)
	}
}

// pick is max and min, with sign 1 and -1.
func pick(sign int) func(*evaluation, []any) (any, error) {
	return func(ev *evaluation, a []any) (any, error) {
		var best any
		for _, v := range a[0].(list) {
			if best == nil || sign*order(v, best) > 0 {
				best = v
			}
		}
		return best, ev.spend(len(a[0].(list)))
	}
}

// keyed is the elements of a list with the key that an expression gives each of
// them: all of them numbers, or all strings.
func (ev *evaluation) keyed(l list, by lambda) ([]keyed, error) {
	out := make([]keyed, len(l))
	for i, v := range l {
		k, err := by(v)
		if err != nil {
			return nil, err
		}
		switch k.(type) {
		case number, string:
		default:
			return nil, fmt.Errorf("the expression has to give numbers or strings and gave %s", typeName(k))
		}
		if i > 0 && typeName(k) != typeName(out[0].key) {
			return nil, fmt.Errorf("the expression gave both %s and %s", typeName(out[0].key), typeName(k))
		}
		out[i] = keyed{k, v}
	}
	return out, ev.spend(len(l) * 16)
}

type keyed struct{ key, value any }

func pickBy(sign int) func(*evaluation, []any) (any, error) {
	return func(ev *evaluation, a []any) (any, error) {
		l, err := ev.keyed(a[0].(list), a[1].(lambda))
		if err != nil || len(l) == 0 {
			return nil, err
		}
		best := l[0]
		for _, k := range l {
			if sign*order(k.key, best.key) > 0 {
				best = k
			}
		}
		return best.value, nil
	}
}

func total(l list) float64 {
	var sum float64
	for _, v := range l {
		sum += v.(number).float
	}
	return sum
}

// text is what to_string gives.
func (ev *evaluation) text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	out, err := ev.appendValue(nil, v, 0)
	if err != nil {
		return "", err
	}
	return string(out), ev.spend(len(out) >> 3)
}

func trimWith(plain func(string) string, set func(string, string) string) func(*evaluation, []any) (any, error) {
	return func(ev *evaluation, a []any) (any, error) {
		s := a[0].(string)
		if len(a) == 1 || a[1].(string) == "" {
			return plain(s), ev.spend(len(s) >> 3)
		}
		chars := a[1].(string)
		if err := ev.spend(len(s) * len(chars) >> 3); err != nil {
			return nil, err
		}
		return set(s, chars), nil
	}
}

// selectFunctions are the functions of expressions by name, made when first asked for.
var selectFunctions = sync.OnceValue(func() map[string]*selectFunction {
	return map[string]*selectFunction{
		"abs": {args: []argument{isNumber}, do: func(_ *evaluation, a []any) (any, error) {
			n := a[0].(number)
			n.float, n.text = math.Abs(n.float), strings.TrimPrefix(n.text, "-")
			return n, nil
		}},
		"ceil":  {args: []argument{isNumber}, do: round(math.Ceil)},
		"floor": {args: []argument{isNumber}, do: round(math.Floor)},
		"sum": {args: []argument{isNumbers}, do: func(ev *evaluation, a []any) (any, error) {
			return number{float: total(a[0].(list))}, nil
		}},
		"avg": {args: []argument{isNumbers}, do: func(ev *evaluation, a []any) (any, error) {
			l := a[0].(list)
			if len(l) == 0 {
				return nil, nil
			}
			return number{float: total(l) / float64(len(l))}, nil
		}},
		"max":    {args: []argument{isOrdered}, do: pick(1)},
		"min":    {args: []argument{isOrdered}, do: pick(-1)},
		"max_by": {args: []argument{isArray, isExpr}, do: pickBy(1)},
		"min_by": {args: []argument{isArray, isExpr}, do: pickBy(-1)},
		"sort": {args: []argument{isOrdered}, do: func(ev *evaluation, a []any) (any, error) {
			l := slices.Clone(a[0].(list))
			slices.SortStableFunc(l, order)
			return l, ev.spend(len(l) * 16)
		}},
		"sort_by": {args: []argument{isArray, isExpr}, do: func(ev *evaluation, a []any) (any, error) {
			l, err := ev.keyed(a[0].(list), a[1].(lambda))
			if err != nil {
				return nil, err
			}
			slices.SortStableFunc(l, func(a, b keyed) int { return order(a.key, b.key) })
			out := make(list, len(l))
			for i := range l {
				out[i] = l[i].value
			}
			return out, nil
		}},
		"group_by": {args: []argument{isArray, isExpr}, do: func(ev *evaluation, a []any) (any, error) {
			groups := map[string]list{}
			out := &object{}
			for _, v := range a[0].(list) {
				k, err := a[1].(lambda)(v)
				if err != nil {
					return nil, err
				}
				if k == nil {
					continue // in no group
				}
				key, ok := k.(string)
				if !ok {
					return nil, fmt.Errorf("the expression of group_by has to give strings and gave %s", typeName(k))
				}
				if _, ok := groups[key]; !ok {
					out.keys = append(out.keys, key)
				}
				groups[key] = append(groups[key], v)
			}
			for _, k := range out.keys {
				out.values = append(out.values, groups[k])
			}
			return out, ev.spend(len(a[0].(list)))
		}},
		"map": {args: []argument{isExpr, isArray}, do: func(ev *evaluation, a []any) (any, error) {
			l := a[1].(list)
			out := make(list, len(l))
			for i, v := range l {
				var err error
				if out[i], err = a[0].(lambda)(v); err != nil {
					return nil, err
				}
			}
			return out, ev.spend(len(l))
		}},
		"contains": {args: []argument{isSearch, isAny}, do: func(ev *evaluation, a []any) (any, error) {
			if s, ok := a[0].(string); ok {
				part, ok := a[1].(string)
				return ok && strings.Contains(s, part), ev.spend(len(s) >> 3)
			}
			for _, v := range a[0].(list) {
				if same, err := ev.equal(v, a[1], 0); same || err != nil {
					return same, err
				}
			}
			return false, nil
		}},
		"starts_with": {args: []argument{isString, isString}, do: func(_ *evaluation, a []any) (any, error) {
			return strings.HasPrefix(a[0].(string), a[1].(string)), nil
		}},
		"ends_with": {args: []argument{isString, isString}, do: func(_ *evaluation, a []any) (any, error) {
			return strings.HasSuffix(a[0].(string), a[1].(string)), nil
		}},
		"length": {args: []argument{isSized}, do: func(_ *evaluation, a []any) (any, error) {
			n := 0
			switch v := a[0].(type) {
			case string:
				n = len([]rune(v))
			case list:
				n = len(v)
			case *object:
				n = len(distinct(v).keys)
			}
			return number{float: float64(n)}, nil
		}},
		"keys": {args: []argument{isObject}, do: func(ev *evaluation, a []any) (any, error) {
			o := distinct(a[0].(*object))
			out := make(list, len(o.keys))
			for i, k := range o.keys {
				out[i] = k
			}
			return out, ev.spend(len(out))
		}},
		"values": {args: []argument{isObject}, do: func(ev *evaluation, a []any) (any, error) {
			o := distinct(a[0].(*object))
			return slices.Clone(o.values), ev.spend(len(o.values))
		}},
		"items": {args: []argument{isObject}, do: func(ev *evaluation, a []any) (any, error) {
			o := distinct(a[0].(*object))
			out := make(list, len(o.keys))
			for i, k := range o.keys {
				out[i] = list{k, o.values[i]}
			}
			return out, ev.spend(len(out))
		}},
		"from_items": {args: []argument{isArray}, do: func(ev *evaluation, a []any) (any, error) {
			out := &object{}
			for _, v := range a[0].(list) {
				v, err := ev.look(v)
				if err != nil {
					return nil, err
				}
				pair, ok := v.(list)
				if !ok || len(pair) != 2 {
					return nil, fmt.Errorf("from_items takes pairs of a name and a value")
				}
				name, ok := open(pair[0]).(string)
				if !ok {
					return nil, fmt.Errorf("from_items takes strings for names")
				}
				out.keys = append(out.keys, name)
				out.values = append(out.values, pair[1])
			}
			return distinct(out), ev.spend(len(out.keys))
		}},
		"merge": {args: []argument{isObject}, variadic: true, do: func(ev *evaluation, a []any) (any, error) {
			out := &object{}
			for _, v := range a {
				o := v.(*object)
				out.keys = append(out.keys, o.keys...)
				out.values = append(out.values, o.values...)
				if err := ev.spend(len(o.keys)); err != nil {
					return nil, err
				}
			}
			return distinct(out), nil
		}},
		"zip": {args: []argument{isArray}, variadic: true, do: func(ev *evaluation, a []any) (any, error) {
			shortest := math.MaxInt
			for _, v := range a {
				shortest = min(shortest, len(v.(list)))
			}
			if err := ev.spend(shortest * len(a)); err != nil {
				return nil, err
			}
			out := make(list, shortest)
			for i := range out {
				row := make(list, len(a))
				for j, v := range a {
					row[j] = v.(list)[i]
				}
				out[i] = row
			}
			return out, nil
		}},
		"reverse": {args: []argument{isSearch}, do: func(ev *evaluation, a []any) (any, error) {
			if s, ok := a[0].(string); ok {
				runes := []rune(s)
				slices.Reverse(runes)
				return string(runes), ev.spend(len(runes) >> 3)
			}
			l := slices.Clone(a[0].(list))
			slices.Reverse(l)
			return l, ev.spend(len(l))
		}},
		"join": {args: []argument{isString, isStrings}, do: func(ev *evaluation, a []any) (any, error) {
			size := 0
			parts := make([]string, len(a[1].(list)))
			for i, v := range a[1].(list) {
				parts[i] = v.(string)
				size += len(parts[i]) + len(a[0].(string))
			}
			if size > maxSelected {
				return nil, errTooMuch
			}
			return strings.Join(parts, a[0].(string)), ev.spend(size >> 3)
		}},
		"split": {args: []argument{isString, isString, isNumber}, optional: 1, do: func(ev *evaluation, a []any) (any, error) {
			most := -1
			if len(a) > 2 {
				n := a[2].(number).float
				if n < 0 || n != math.Trunc(n) {
					return nil, fmt.Errorf("argument 3 of split has to be a whole number that is not negative")
				}
				most = int(min(n, 1<<30)) + 1
			}
			s := a[0].(string)
			out := list{}
			if s != "" {
				for _, part := range strings.SplitN(s, a[1].(string), most) {
					out = append(out, part)
				}
			}
			return out, ev.spend(len(s))
		}},
		"replace": {args: []argument{isString, isString, isString, isNumber}, optional: 1, do: func(ev *evaluation, a []any) (any, error) {
			s, old, with, most := a[0].(string), a[1].(string), a[2].(string), -1
			if len(a) > 3 {
				n := a[3].(number).float
				if n < 0 || n != math.Trunc(n) {
					return nil, fmt.Errorf("argument 4 of replace has to be a whole number that is not negative")
				}
				most = int(min(n, 1<<30))
			}
			size := len(s) + (strings.Count(s, old)+1)*len(with)
			if size > maxSelected {
				return nil, errTooMuch
			}
			return strings.Replace(s, old, with, most), ev.spend(size >> 3)
		}},
		"lower":      {args: []argument{isString}, do: change(strings.ToLower)},
		"upper":      {args: []argument{isString}, do: change(strings.ToUpper)},
		"trim":       {args: []argument{isString, isString}, optional: 1, do: trimWith(strings.TrimSpace, strings.Trim)},
		"trim_left":  {args: []argument{isString, isString}, optional: 1, do: trimWith(func(s string) string { return strings.TrimLeft(s, " \t\r\n") }, strings.TrimLeft)},
		"trim_right": {args: []argument{isString, isString}, optional: 1, do: trimWith(func(s string) string { return strings.TrimRight(s, " \t\r\n") }, strings.TrimRight)},
		"not_null": {args: []argument{isAny}, variadic: true, do: func(_ *evaluation, a []any) (any, error) {
			for _, v := range a {
				if v != nil {
					return v, nil
				}
			}
			return nil, nil
		}},
		"to_array": {args: []argument{isAny}, do: func(_ *evaluation, a []any) (any, error) {
			if l, ok := a[0].(list); ok {
				return l, nil
			}
			return list{a[0]}, nil
		}},
		"to_string": {args: []argument{isAny}, do: func(ev *evaluation, a []any) (any, error) {
			return ev.text(a[0])
		}},
		"to_number": {args: []argument{isAny}, do: func(_ *evaluation, a []any) (any, error) {
			switch v := a[0].(type) {
			case number:
				return v, nil
			case string:
				// What stands in a string may be anything; only JSON's numbers keep their text.
				if f, err := strconv.ParseFloat(v, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
					if plainNumber(v) {
						return number{f, v}, nil
					}
					return number{float: f}, nil
				}
			}
			return nil, nil
		}},
		"type": {args: []argument{isAny}, do: func(_ *evaluation, a []any) (any, error) {
			return typeName(a[0]), nil
		}},
	}
})

// plainNumber reports whether a string is a number as JSON writes it, without an exponent.
func plainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, dot := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (len(whole) == 1 || whole[0] != '0') && (!dot || digits(fraction))
}

// distinct is an object in which every name stands once, with its last value.
func distinct(o *object) *object {
	place := make(map[string]int, len(o.keys))
	for _, k := range o.keys {
		place[k]++
	}
	if len(place) == len(o.keys) {
		return o
	}
	out := &object{}
	clear(place)
	for i, k := range o.keys {
		if at, ok := place[k]; ok {
			out.values[at] = o.values[i]
			continue
		}
		place[k] = len(out.keys)
		out.keys = append(out.keys, k)
		out.values = append(out.values, o.values[i])
	}
	return out
}
