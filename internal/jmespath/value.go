package jmespath

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// A value of an expression is nil, bool, string, number, list, *object, lambda,
// or raw: JSON that nobody has looked into yet. What is only passed on stays raw,
// with its digits, its order and its escapes, and costs nothing.
type (
	raw  []byte
	list []any
	// object keeps the order of its members.
	object struct {
		keys   []string
		values list
		// source is what the object was read from, nil for one that was made.
		source raw
	}
	// number has the text it was read from, empty for one that was computed.
	number struct {
		float float64
		text  string
	}
)

// get returns a member, nil where there is none. Of equal keys the last counts.
func (o *object) get(key string) any {
	for i := len(o.keys) - 1; i >= 0; i-- {
		if o.keys[i] == key {
			return o.values[i]
		}
	}
	return nil
}

// set adds or replaces a member.
func (o *object) set(key string, value any) {
	for i := range o.keys {
		if o.keys[i] == key {
			o.values[i] = value
			return
		}
	}
	o.keys = append(o.keys, key)
	o.values = append(o.values, value)
}

// open reads one level of a raw value.
func open(v any) any {
	d, ok := v.(raw)
	if !ok {
		return v
	}
	i := rawjson.SkipSpace(d, 0)
	if i >= len(d) {
		return nil
	}
	switch d[i] {
	case 'n':
		return nil
	case 't', 'f':
		return d[i] == 't'
	case '"':
		if end := rawjson.SkipString(d, i); end >= 0 {
			return rawjson.Unquote(d[i:end])
		}
		return nil
	case '[':
		l := list{}
		rawjson.EachElement(d, i, func(v rawjson.Span) bool {
			l = append(l, raw(d[v.Start:v.End]))
			return true
		})
		return l
	case '{':
		o := &object{source: d}
		rawjson.EachMember(d, i, func(k, v rawjson.Span) bool {
			o.keys = append(o.keys, rawjson.Unquote(d[k.Start:k.End]))
			o.values = append(o.values, raw(d[v.Start:v.End]))
			return true
		})
		return o
	}
	text := string(bytes.TrimRight(d[i:], " \t\r\n"))
	f, _ := strconv.ParseFloat(text, 64) // infinite where it is too large
	return number{f, text}
}

// falsy reports whether JMESPath takes an opened value for false.
func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case list:
		return len(v) == 0
	case *object:
		return len(v.keys) == 0
	}
	return false
}

// integerText returns the digits of an integer that is written plainly.
func (n number) integerText() (digits string, negative, ok bool) {
	digits = n.text
	if digits == "" && n.float == math.Trunc(n.float) && math.Abs(n.float) < 1<<53 {
		digits = strconv.FormatFloat(n.float, 'f', -1, 64)
	}
	digits, negative = strings.CutPrefix(digits, "-")
	return digits, negative, digits != "" && !strings.ContainsAny(digits, ".eE")
}

// compare orders two numbers; integers exactly, however long they are.
func (n number) compare(m number) int {
	switch {
	case n.float < m.float:
		return -1
	case n.float > m.float:
		return 1
	}
	a, minusA, okA := n.integerText()
	b, minusB, okB := m.integerText()
	if !okA || !okB || minusA != minusB {
		return 0
	}
	sign := 1
	if minusA {
		sign = -1
	}
	if len(a) != len(b) {
		return sign * (len(a) - len(b))
	}
	return sign * strings.Compare(a, b)
}

// appendNumber writes a number; one that JSON cannot hold becomes null.
func appendNumber(out []byte, n number) []byte {
	if n.text != "" {
		return append(out, n.text...)
	}
	if math.IsInf(n.float, 0) || math.IsNaN(n.float) {
		return append(out, "null"...)
	}
	if abs := math.Abs(n.float); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(out, n.float, 'e', -1, 64)
	}
	return strconv.AppendFloat(out, n.float, 'f', -1, 64)
}

// typeName is the name that JMESPath has for the type of an opened value.
func typeName(v any) string {
	switch v.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case number:
		return "number"
	case list:
		return "array"
	case *object:
		return "object"
	case lambda:
		return "expression"
	}
	return "null"
}

// literal makes a value of what the parser decoded.
func literal(v any) any {
	switch v := v.(type) {
	case float64:
		return number{float: v}
	case []any:
		l := make(list, len(v))
		for i := range v {
			l[i] = literal(v[i])
		}
		return l
	case map[string]any:
		text, err := safejson.Marshal(v)
		if err != nil {
			return nil
		}
		return raw(text)
	}
	return v
}
