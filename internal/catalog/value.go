package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/lenient"
)

// check types one value. It returns a string, int64, bool, []string or []int64, and
// nil for an empty list.
func (p *Param) check(raw json.RawMessage) (any, *apierror.Problem) {
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
func (p *Param) checkScalar(kind string, raw json.RawMessage) (any, *apierror.Problem) {
	switch kind {
	case "integer":
		n, err := lenient.Int(raw)
		if err != nil {
			return nil, p.problem("%s", err)
		}
		return p.checkInt(n)
	case "boolean":
		v, err := lenient.Bool(raw)
		if err != nil {
			return nil, p.problem("%s", err)
		}
		return v, nil
	}
	read := lenient.Text
	if p.identifies() {
		read = lenient.ID
	}
	text, err := read(raw)
	if err != nil {
		return nil, p.problem("%s", err)
	}
	return p.checkString(p.spelled(strings.TrimSpace(text)))
}

// identifies reports whether the values are ids or numbers of phones.
func (p *Param) identifies() bool {
	name := strings.ToLower(strings.TrimSuffix(p.Name, "s"))
	return strings.HasSuffix(name, "id") || strings.HasSuffix(name, "number")
}

// spelled returns the allowed value that a text is in other letter case, where
// there is exactly one; otherwise the text.
func (p *Param) spelled(s string) string {
	found, n := s, 0
	for _, v := range p.Enum {
		if v == s {
			return s
		}
		if strings.EqualFold(v, s) {
			found = v
			n++
		}
	}
	if n != 1 {
		return s
	}
	return found
}

func (p *Param) checkInt(n int64) (any, *apierror.Problem) {
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

func (p *Param) checkString(s string) (any, *apierror.Problem) {
	switch {
	case len(s) > maxValue:
		return nil, p.problem("%d bytes long, the limit is %d", len(s), maxValue)
	case strings.ContainsFunc(s, unicode.IsControl):
		return nil, p.problem("control characters are not allowed")
	case strings.ContainsRune(s, unicode.ReplacementChar):
		return nil, p.problem("not valid text")
	case len(s) > 2 && s[0] == '<' && s[len(s)-1] == '>':
		return nil, p.problem("%s is a placeholder: put a real value%s", lenient.Shorten(s), p.from())
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, s):
		problem := p.problem("%q is not one of %s", lenient.Shorten(s), strings.Join(p.Enum, ", "))
		if len(s) <= maxShown {
			problem.Nearest = p.meant(s)
		}
		return nil, problem
	}
	if p.InPath {
		if s == "." || s == ".." || strings.ContainsAny(s, `/\?#`) {
			return nil, p.problem("%q cannot be an id: it goes into the path, where / \\ ? # and dots alone are not allowed", lenient.Shorten(s))
		}
	}
	return s, nil
}

// meant returns what a word that is no value of the enum may stand for.
func (p *Param) meant(s string) []string {
	word := strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(s))
	word = strings.TrimSuffix(strings.TrimSuffix(word, "s"), "_call")
	for _, w := range []string{word, word + "s"} {
		if values := p.Meant[w]; len(values) > 0 {
			return values
		}
	}
	return misspelt(s, p.Enum)
}

// checkArray accepts a list, one value, comma-separated text, or a list written
// as text.
func (p *Param) checkArray(raw json.RawMessage) (any, *apierror.Problem) {
	elements, problem := p.elements(raw)
	if problem != nil {
		return nil, problem
	}
	elements = slices.DeleteFunc(elements, lenient.Nothing)
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
			texts = append(texts, v)
		case int64:
			ints = append(ints, v)
		}
	}
	switch {
	case len(texts) > 0:
		return texts, nil
	case len(ints) > 0:
		return ints, nil
	}
	return nil, nil
}

func (p *Param) elements(raw json.RawMessage) ([]json.RawMessage, *apierror.Problem) {
	if list, ok := lenient.List(raw); ok {
		return list, nil
	}
	text, err := lenient.Text(raw)
	switch {
	case err != nil && lenient.Kind(raw) == lenient.KindNumber:
		return nil, p.problem("%s", err)
	case err != nil:
		return nil, p.problem("want a list of %ss, got %s", p.Items, lenient.Shown(raw))
	}
	var list []json.RawMessage
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, json.RawMessage(quote(strings.TrimSpace(part))))
	}
	return list, nil
}

func (p *Param) problem(format string, args ...any) *apierror.Problem {
	return &apierror.Problem{Param: p.Name, Message: fmt.Sprintf(format, args...)}
}
