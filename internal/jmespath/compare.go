package jmespath

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/rawjson"
)

func (ev *evaluation) comparison(n parsing.ASTNode, current []byte) ([]byte, error) {
	left, err := ev.eval(n.Children[0], current)
	if err != nil {
		return nil, err
	}
	right, err := ev.eval(n.Children[1], current)
	if err != nil {
		return nil, err
	}
	switch n.Value {
	case parsing.TOKEQ, parsing.TOKNE:
		same, err := ev.equal(left, right, 0)
		return boolean(same == (n.Value == parsing.TOKEQ)), err
	}
	a, b := kind(left), kind(right)
	if a == "string" || b == "string" {
		// Null, as the specification has it, would leave out records without a word.
		name := cmp.Or(fieldOf(n), "field")
		return nil, fmt.Errorf("<, <=, > and >= compare numbers and got %s and %s: write to_number(%s), or compare texts with sql: SELECT * FROM records WHERE %s > '…'", a, b, name, name)
	}
	if a != "number" || b != "number" {
		return null(), nil
	}
	switch order := compareNumbers(string(left), string(right)); n.Value {
	case parsing.TOKGT:
		return boolean(order > 0), nil
	case parsing.TOKGTE:
		return boolean(order >= 0), nil
	case parsing.TOKLT:
		return boolean(order < 0), nil
	default:
		return boolean(order <= 0), nil
	}
}

// equal compares two values wholly; the order of members does not matter.
func (ev *evaluation) equal(a, b []byte, depth int) (bool, error) {
	if depth > maxDepth {
		return false, errTooMuch
	}
	if err := ev.spend(min(len(a), len(b))); err != nil {
		return false, err
	}
	if bytes.Equal(a, b) || kind(a) != kind(b) {
		return kind(a) == kind(b), nil
	}
	switch kind(a) {
	case "number":
		return compareNumbers(string(a), string(b)) == 0, nil
	case "string":
		return (bytes.IndexByte(a, '\\') >= 0 || bytes.IndexByte(b, '\\') >= 0) && rawjson.Unquote(a) == rawjson.Unquote(b), nil
	case "array":
		return ev.equalLists(a, b, depth+1)
	case "object":
		return ev.equalObjects(a, b, depth+1)
	}
	return false, nil
}

func (ev *evaluation) equalLists(a, b []byte, depth int) (bool, error) {
	at := rawjson.SkipSpace(b, 1) // the next element of b
	same := true
	err := ev.each(a, func(v []byte) (err error) {
		end := rawjson.SkipValue(b, at)
		if !same || end < 0 {
			same = false
			return nil
		}
		if same, err = ev.equal(v, b[at:end], depth); err != nil {
			return err
		}
		if at = rawjson.SkipSpace(b, end); at < len(b) && b[at] == ',' {
			at = rawjson.SkipSpace(b, at+1)
		}
		return ev.spend(end - at)
	})
	return same && at == len(b)-1, err
}

func (ev *evaluation) equalObjects(a, b []byte, depth int) (bool, error) {
	left, err := ev.members(a)
	if err != nil {
		return false, err
	}
	right, err := ev.members(b)
	if err != nil || len(left) != len(right) {
		return false, err
	}
	values := make(map[string][]byte, len(right))
	for _, m := range right {
		values[rawjson.Unquote(m.name)] = m.value
	}
	for _, m := range left {
		other, ok := values[rawjson.Unquote(m.name)]
		if !ok {
			return false, nil
		}
		if same, err := ev.equal(m.value, other, depth); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// compareNumbers orders two numbers; integers exactly, however long they are.
func compareNumbers(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64) // infinite where it is too large
	y, _ := strconv.ParseFloat(b, 64)
	if order := cmp.Compare(x, y); order != 0 {
		return order
	}
	digits, minus := strings.CutPrefix(a, "-")
	others, too := strings.CutPrefix(b, "-")
	if minus != too || strings.ContainsAny(digits+others, ".eE") {
		return 0
	}
	order := cmp.Or(cmp.Compare(len(digits), len(others)), strings.Compare(digits, others))
	if minus {
		return -order
	}
	return order
}
