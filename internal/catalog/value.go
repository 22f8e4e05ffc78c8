package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"zoom-phone-mcp/internal/fault"
)

// check types one value. It gives a string, int64, bool, []string or []int64.
func (p *Param) check(raw json.RawMessage) (any, *fault.Problem) {
	if p.Type == "array" {
		return p.checkArray(raw)
	}
	v, problem := p.checkScalar(p.Type, raw)
	if problem != nil {
		return nil, problem
	}
	return v, nil
}

// checkScalar types a value that is not a list.
func (p *Param) checkScalar(kind string, raw json.RawMessage) (any, *fault.Problem) {
	text, isString, ok := scalarText(raw)
	if !ok {
		return nil, p.problem("want %s, got %s", p.wanted(kind), kindOf(raw))
	}
	switch kind {
	case "integer":
		return p.checkInt(text)
	case "boolean":
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, p.problem("want true or false, got %s", shorten(string(raw)))
	}
	if !isString && kindOf(raw) == "a boolean" {
		return nil, p.problem("want %s, got a boolean", p.wanted(kind))
	}
	return p.checkString(text)
}

func (p *Param) checkInt(text string) (any, *fault.Problem) {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, ".0"), 10, 64)
	if err != nil {
		return nil, p.problem("want a whole number, got %q", shorten(text))
	}
	switch {
	case p.Min != 0 && n < p.Min, p.Max != 0 && n < 1:
		return nil, p.problem("%d is too small: the least is %d", n, max(p.Min, 1))
	case p.Max != 0 && n > p.Max:
		return nil, p.problem("%d is too large: the most is %d", n, p.Max)
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, strconv.FormatInt(n, 10)):
		return nil, p.problem("%d is not one of %s", n, strings.Join(p.Enum, ", "))
	}
	return n, nil
}

func (p *Param) checkString(s string) (any, *fault.Problem) {
	switch {
	case len(s) > maxValue:
		return nil, p.problem("%d bytes long, the limit is %d", len(s), maxValue)
	case strings.ContainsFunc(s, unicode.IsControl):
		return nil, p.problem("control characters are not allowed")
	case strings.ContainsRune(s, unicode.ReplacementChar):
		return nil, p.problem("not valid text")
	case len(s) > 2 && s[0] == '<' && s[len(s)-1] == '>':
		return nil, p.problem("%s is a placeholder: put a real value%s", shorten(s), p.from())
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, s):
		problem := p.problem("%q is not one of %s", shorten(s), strings.Join(p.Enum, ", "))
		if len(s) <= maxShown {
			problem.Nearest = nearest(s, p.Enum, 3)
		}
		return nil, problem
	}
	if p.Required && strings.TrimSpace(s) == "" {
		return nil, p.problem("must not be empty%s", p.from())
	}
	if p.InPath {
		if s == "." || s == ".." || strings.ContainsAny(s, `/\?#`) {
			return nil, p.problem("%q cannot be an id: it goes into the path, where / \\ ? # and dots alone are not allowed", shorten(s))
		}
	}
	return s, nil
}

// checkArray accepts a list, one value, comma-separated text, or a list written
// as text.
func (p *Param) checkArray(raw json.RawMessage) (any, *fault.Problem) {
	elements, problem := p.elements(raw)
	if problem != nil {
		return nil, problem
	}
	most := p.MaxItems
	if most == 0 {
		most = maxArray
	}
	if len(elements) > most {
		return nil, p.problem("%d values, the most is %d", len(elements), most)
	}
	var texts []string
	var ints []int64
	for _, e := range elements {
		v, problem := p.checkScalar(p.Items, e)
		if problem != nil {
			return nil, problem
		}
		switch v := v.(type) {
		case string:
			if v == "" {
				return nil, p.problem("an empty value in the list")
			}
			texts = append(texts, v)
		case int64:
			ints = append(ints, v)
		}
	}
	if p.Items == "integer" {
		return ints, nil
	}
	return texts, nil
}

func (p *Param) elements(raw json.RawMessage) ([]json.RawMessage, *fault.Problem) {
	var list []json.RawMessage
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, p.problem("not a list: %s", err)
		}
		return list, nil
	}
	text, _, ok := scalarText(raw)
	if !ok {
		return nil, p.problem("want a list of %ss, got %s", p.Items, kindOf(raw))
	}
	if strings.HasPrefix(strings.TrimSpace(text), "[") && json.Unmarshal([]byte(text), &list) == nil {
		return list, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, json.RawMessage(quote(strings.TrimSpace(part))))
	}
	return list, nil
}

func (p *Param) problem(format string, args ...any) *fault.Problem {
	return &fault.Problem{Param: p.Name, Message: fmt.Sprintf(format, args...)}
}

// wanted names a type for people.
func (p *Param) wanted(kind string) string {
	if kind == "integer" {
		return "a whole number"
	}
	return "a " + kind
}

// scalarText gives a string's text, or the literal of a number or boolean, so
// that an id written as a number keeps its digits.
func scalarText(raw json.RawMessage) (text string, isString, ok bool) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", false, false
		}
		return text, true, true
	case '{', '[', 'n':
		return "", false, false
	}
	return string(raw), false, true
}

func kindOf(raw json.RawMessage) string {
	switch bytes.TrimSpace(raw)[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '"':
		return "text"
	}
	return "a number"
}
