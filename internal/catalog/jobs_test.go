package catalog_test

import (
	"regexp"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/catalog"
)

func TestEveryJobIsAPlanOverRealMethods(t *testing.T) {
	n := 0
	names := map[string]bool{}
	for m := range catalog.All() {
		names[m.Name] = true
	}
	word := regexp.MustCompile(`\b[a-z]+(?:_[a-z0-9]+)+\b`)
	methodLike := regexp.MustCompile(`^(get|list|account|phone|sms|sync|user)_`)
	for j := range catalog.Jobs() {
		n++
		given := map[string]string{}
		for _, a := range j.Arguments {
			given[a.Name] = "VALUE-" + a.Name
		}
		full := j.Render(given)
		for _, a := range j.Arguments {
			if !strings.Contains(full, "VALUE-"+a.Name) {
				t.Errorf("%s: the argument %s changes nothing", j.Name, a.Name)
			}
		}
		required := map[string]string{}
		for _, a := range j.Arguments {
			if a.Required {
				required[a.Name] = "VALUE"
			}
		}
		short := j.Render(required)
		if strings.ContainsAny(short, "{") && regexp.MustCompile(`\{[a-z_]+\}`).MatchString(short) || strings.Contains(short, `""`) {
			t.Errorf("%s: an argument that was not given shows:\n%s", j.Name, short)
		}
		found := 0
		for _, w := range word.FindAllString(full, -1) {
			if names[w] {
				found++
			}
		}
		if found == 0 && !strings.Contains(full, "callqueueanalytics") {
			t.Errorf("%s names no method", j.Name)
		}
		for _, w := range word.FindAllString(full, -1) {
			if methodLike.MatchString(w) && !names[w] && !isField(w) {
				t.Errorf("%s: %s is neither a method nor a field", j.Name, w)
			}
		}
		if len(full)/4 > 600 {
			t.Errorf("%s costs %d tokens", j.Name, len(full)/4)
		}
	}
	if n != 15 {
		t.Errorf("%d jobs", n)
	}
}

// isField reports whether some answer has a field of this name.
func isField(name string) bool {
	for m := range catalog.All() {
		if strings.Contains(m.Fields, `"`+name+`":`) {
			return true
		}
	}
	return false
}

func TestQuotesInAnArgumentStayInsideTheTextsOfSQL(t *testing.T) {
	for j := range catalog.Jobs() {
		if j.Name != "who_never_answers" {
			continue
		}
		plan := j.Render(map[string]string{"queue": "Nurses' line", "period": "last week"})
		if !strings.Contains(plan, "in the queue Nurses' line does") || !strings.Contains(plan, "q.name = 'Nurses'' line'") {
			t.Error(plan)
		}
	}
}
