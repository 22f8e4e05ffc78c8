package spec_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// everyField calls f for every field of every answer, at every depth.
func everyField(doc *openapi3.T, f func(method, path string, s *openapi3.Schema)) {
	var walk func(method, path string, ref *openapi3.SchemaRef)
	walk = func(method, path string, ref *openapi3.SchemaRef) {
		s := ref.Value
		for name, p := range s.Properties {
			f(method, path+"."+name, p.Value)
			walk(method, path+"."+name, p)
		}
		if s.Items != nil {
			walk(method, path+"[]", s.Items)
		}
		for _, part := range slices.Concat(s.AllOf, s.OneOf) {
			walk(method, path, part)
		}
	}
	for _, item := range doc.Paths.Map() {
		if media := item.Get.Responses.Value("200").Value.Content.Get("application/json"); media != nil {
			walk(ours(item.Get)["method"].(string), "", media.Schema)
		}
	}
}

func ours(op *openapi3.Operation) map[string]any {
	x, _ := op.Extensions["x-zoom-phone"].(map[string]any)
	return x
}

// timed are names of numbers that measure time; units are the words that say in what.
var (
	timed = regexp.MustCompile(`(?:^|_)(?:duration|period|interval|timeout|days|time)(?:_|$)`)
	units = regexp.MustCompile(`(?i)\b(?:seconds?|minutes?|days?|milliseconds?|hours?|unit|time_unit)\b`)
)

func TestNumbersThatMeasureTimeSayInWhat(t *testing.T) {
	seen := 0
	everyField(load(t), func(method, path string, s *openapi3.Schema) {
		name := path[strings.LastIndexByte(path, '.')+1:]
		if !s.Type.Is("integer") && !s.Type.Is("number") || s.Deprecated || !timed.MatchString(name) || strings.HasPrefix(path, ".call_logs[]") && s.Description == "" || strings.HasPrefix(path, ".call_path[]") {
			return // the old lists are described by the new ones
		}
		seen++
		if !units.MatchString(s.Description) && name != "retry_times" {
			t.Errorf("%s%s: %q names no unit", method, path, s.Description)
		}
	})
	if seen < 25 {
		t.Errorf("only %d such fields: the test looks in the wrong place", seen)
	}
}

// TestEveryDurationSaysOfWhat: a recording, a call and a charge have durations, and
// they are not the same.
func TestEveryDurationSaysOfWhat(t *testing.T) {
	everyField(load(t), func(method, path string, s *openapi3.Schema) {
		if !strings.HasSuffix(path, ".duration") || s.Description == "" && strings.HasPrefix(path, ".call_logs[]") {
			return
		}
		if words := strings.Fields(s.Description); len(words) < 4 {
			t.Errorf("%s%s: %q", method, path, s.Description)
		}
	})
}

// TestNoDescriptionContradictsItsDefault: "default recorded" beside "both when left
// out" leaves a model with nothing.
func TestNoDescriptionContradictsItsDefault(t *testing.T) {
	for _, item := range load(t).Paths.Map() {
		for _, ref := range item.Get.Parameters {
			p := ref.Value
			d := p.Schema.Value.Default
			if d == nil || p.Name == "page_size" {
				continue
			}
			text := strings.ToLower(p.Description)
			if !strings.Contains(text, "left out") && !strings.Contains(text, "leave out") {
				continue
			}
			value := strings.ToLower(fmt.Sprint(d))
			says := strings.Contains(text, value) || strings.HasPrefix(value, "all") && strings.Contains(text, "for all") || strings.Contains(text, strings.SplitN(value, "_", 2)[0])
			if !says {
				t.Errorf("%s %s: %q, and the default is %v", ours(item.Get)["method"], p.Name, p.Description, d)
			}
			if strings.Contains(text, "both when left out") || strings.Contains(text, "all when left out") && !strings.HasPrefix(value, "all") {
				t.Errorf("%s %s: %q contradicts the default %v", ours(item.Get)["method"], p.Name, p.Description, d)
			}
		}
	}
}

// TestWholeDaysAreNotOfferedTimes: a method that takes days only must not say that it
// takes times.
func TestWholeDaysAreNotOfferedTimes(t *testing.T) {
	for _, item := range load(t).Paths.Map() {
		for _, ref := range item.Get.Parameters {
			if p := ref.Value; p.Extensions["x-time"] == "date" && strings.Contains(p.Description, "RFC 3339") {
				t.Errorf("%s %s: %q", ours(item.Get)["method"], p.Name, p.Description)
			}
		}
	}
}

// TestWhatMisledAModelIsSaid holds what a model needs to know where it reads it. Each
// line was a wrong answer once.
func TestWhatMisledAModelIsSaid(t *testing.T) {
	said := map[string]string{} // by method, all that its description says before the fields
	related := map[string][]string{}
	for _, item := range load(t).Paths.Map() {
		x := ours(item.Get)
		name := x["method"].(string)
		said[name] = item.Get.Description
		for _, key := range []string{"notes", "hides"} {
			said[name] += " " + fmt.Sprint(x[key])
		}
		for _, r := range x["related"].([]any) {
			related[name] = append(related[name], r.(string))
		}
	}
	for _, c := range []struct{ method, pattern string }{
		{"account_call_history", `(?i)callee is the first stop.*menu.*get_call_path`},
		{"account_call_history", `keyword.*any it|keyword.*all that it may be a stop of`},
		{"account_call_history", `callqueueanalytics`},
		{"account_call_history", `common area`},
		{"get_call_path", `only place that names the queue`},
		{"list_call_queue_members", `get_a_call_queue has all members`},
		{"list_cr_phone_numbers", `only list here of numbers that nobody\s+has`},
		{"list_call_queues", `(?i)opening hours are in no method`},
		{"get_a_call_queue", `(?i)opening hours are in no method`},
		{"list_phone_sites", `(?i)opening hours are in no method`},
		{"get_a_site", `(?i)opening hours are in no method`},
		{"list_auto_receptionists", `(?i)opening hours are in no method`},
		{"get_auto_receptionist_detail", `(?i)opening hours are in no method`},
		{"get_auto_receptionist_ivr", `(?i)closed hours .* in no method`},
	} {
		if !regexp.MustCompile(`(?s)` + c.pattern).MatchString(said[c.method]) {
			t.Errorf("%s does not say %s: %s", c.method, c.pattern, said[c.method])
		}
	}
	for method, want := range map[string]string{
		"account_call_history": "callqueueanalytics", "list_call_queue_members": "get_a_call_queue", "get_call_path": "list_call_queues",
	} {
		if !slices.Contains(related[method], want) {
			t.Errorf("%s does not name %s as related", method, want)
		}
	}
}

// TestMissedCallsAreOneList: a sentence about missed calls names the values that the
// word missed stands for, all of them and no others.
func TestMissedCallsAreOneList(t *testing.T) {
	for _, item := range load(t).Paths.Map() {
		x := ours(item.Get)
		for _, ref := range item.Get.Parameters {
			p := ref.Value
			var want []string
			meant, _ := p.Extensions["x-meant"].(map[string]any)
			for words, values := range meant {
				if strings.HasPrefix(words, "missed") {
					want = strings.Fields(strings.Trim(fmt.Sprint(values), "[]"))
				}
			}
			if want == nil {
				continue
			}
			slices.Sort(want)
			said := strings.Join([]string{item.Get.Description, fmt.Sprint(x["notes"]), fmt.Sprint(x["hides"]), p.Description}, ". ")
			for sentence := range strings.SplitSeq(said, ". ") {
				if !regexp.MustCompile(`(?i)\bmissed\b`).MatchString(sentence) {
					continue
				}
				var named []string
				for _, v := range p.Schema.Value.Items.Value.Enum {
					if regexp.MustCompile(`\b` + v.(string) + `\b`).MatchString(sentence) {
						named = append(named, v.(string))
					}
				}
				if slices.Sort(named); len(named) > 0 && !slices.Equal(named, want) {
					t.Errorf("%s: missed is %v, and %q", x["method"], want, sentence)
				}
			}
		}
	}
}

// TestParametersSayWhatTheyTake: what stands in a description is also in the sources,
// and an end that need not be given says what it is then.
func TestParametersSayWhatTheyTake(t *testing.T) {
	for _, item := range load(t).Paths.Map() {
		name := ours(item.Get)["method"]
		for _, ref := range item.Get.Parameters {
			p := ref.Value
			if email := regexp.MustCompile(`or e-?mail`).MatchString(p.Description); email != strings.Contains(fmt.Sprint(p.Extensions["x-source"]), "users[].email") {
				t.Errorf("%s %s: %q comes from %v", name, p.Name, p.Description, p.Extensions["x-source"])
			}
			if p.Name == "to" && p.Extensions["x-time"] != nil && !regexp.MustCompile(`left out.*end of a span in from.*now`).MatchString(strings.ToLower(p.Description)) {
				t.Errorf("%s to: %q", name, p.Description)
			}
			if p.Name == "from" && regexp.MustCompile(`fax_?logs`).MatchString(name.(string)) && !strings.Contains(p.Description, "no range") {
				t.Errorf("%s from: %q", name, p.Description)
			}
		}
	}
}

// TestTitlesTellWhatAMethodGives: the index of methods has nothing but titles.
func TestTitlesTellWhatAMethodGives(t *testing.T) {
	titles := map[string]string{}
	for _, item := range load(t).Paths.Map() {
		name := ours(item.Get)["method"].(string)
		for other, title := range titles {
			if title == item.Get.Summary {
				t.Errorf("%s and %s are both %q", name, other, title)
			}
		}
		titles[name] = item.Get.Summary
	}
	for method, pattern := range map[string]string{
		"list_call_logs_metrics": "quality", "list_past_call_metrics": "quality", "get_call_log_metrics_details": "quality", "get_call_path": "one call",
		"list_cr_phone_numbers": "unassigned", "list_users_from_directory": "account-wide", "list_users_from_directory_by_site": "site's own",
	} {
		if !regexp.MustCompile(pattern).MatchString(titles[method]) {
			t.Errorf("%s is %q", method, titles[method])
		}
	}
}
