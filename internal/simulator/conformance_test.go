package simulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"zoom-phone-mcp/internal/simulator"
)

// specMethod is one operation of the spec.
type specMethod struct {
	name, path, answer string
	label              string
	granular, classic  []string
	items              string // the field with the records of a list
	op                 *openapi3.Operation
}

func specMethods(t *testing.T) map[string]*specMethod {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../spec/zoom-phone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*specMethod{}
	for path, item := range doc.Paths.Map() {
		for verb, op := range item.Operations() {
			x, ok := op.Extensions["x-zoom-phone"].(map[string]any)
			if !ok || verb != http.MethodGet {
				t.Fatalf("%s %s is no method of Zoom Phone", verb, path)
			}
			m := &specMethod{name: x["method"].(string), path: path, answer: x["answer"].(string), op: op}
			m.label, _ = x["rate_limit"].(string)
			scopes := x["scopes"].(map[string]any)
			m.granular, m.classic = texts(scopes["granular"]), texts(scopes["classic"])
			if p, ok := x["pagination"].(map[string]any); ok {
				m.items, _ = p["items"].(string)
			}
			out[m.name] = m
		}
	}
	return out
}

func texts(v any) []string {
	var out []string
	for _, s := range v.([]any) {
		out = append(out, s.(string))
	}
	return out
}

// explorer calls methods as the spec says, with parameters out of earlier answers.
type explorer struct {
	*account
	methods map[string]*specMethod
	answers map[string]any // by URL; nil for refusals
}

// url is the address of a call: the parameters given, the month before noon, and
// large pages.
func (e *explorer) url(m *specMethod, given map[string]string) string {
	where, query := m.path, url.Values{}
	for _, ref := range m.op.Parameters {
		p := ref.Value
		value, ok := given[p.Name]
		switch {
		case ok:
		case p.Name == "from":
			value = "2026-02-19"
		case p.Name == "to":
			value = "2026-03-18"
		case p.Name == "page_size":
			value = "300"
		case p.Name == "session_type":
			value = "all"
		case p.Required && len(p.Schema.Value.Enum) > 0:
			value = fmt.Sprint(p.Schema.Value.Enum[0])
		case p.Required && p.Schema.Value.Type.Is("integer"):
			value = "20"
		case p.Required:
			e.t.Fatalf("%s: nothing to give for %s", m.name, p.Name)
		default:
			continue
		}
		if p.In == openapi3.ParameterInPath {
			where = strings.ReplaceAll(where, "{"+p.Name+"}", url.PathEscape(value))
		} else {
			query.Set(p.Name, value)
		}
	}
	return "http://sim.example.com/v2" + where + "?" + query.Encode()
}

// ask returns the JSON answer of a call, nil for a refusal.
func (e *explorer) ask(m *specMethod, given map[string]string) any {
	address := e.url(m, given)
	if answer, ok := e.answers[address]; ok {
		return answer
	}
	var answer any
	if rec := e.do(address, nil); rec.Code == http.StatusOK {
		d := json.NewDecoder(rec.Body)
		d.UseNumber()
		if err := d.Decode(&answer); err != nil {
			e.t.Errorf("%s: %v", m.name, err)
		}
	}
	e.answers[address] = answer
	return answer
}

// assign looks for values of the required parameters of a method, one after the
// other, until good accepts them. Values come from the answers that x-source
// names.
func (e *explorer) assign(m *specMethod, given map[string]string, good func(map[string]string) bool) bool {
	for _, ref := range m.op.Parameters {
		p := ref.Value
		sources, ok := p.Extensions["x-source"].([]any)
		if _, done := given[p.Name]; done || !p.Required || !ok {
			continue
		}
		for _, source := range sources {
			from := source.(map[string]any)
			field := from["field"].(string)
			found := e.assign(e.methods[from["method"].(string)], given, func(known map[string]string) bool {
				answer := e.ask(e.methods[from["method"].(string)], known)
				for _, value := range pick(answer, strings.Split(field, ".")) {
					next := maps.Clone(known)
					next[p.Name] = value
					if e.assign(m, next, good) {
						return true
					}
				}
				return false
			})
			if found {
				return true
			}
		}
		return false
	}
	return good(given)
}

// pick returns the values of a field such as users[].site.id.
func pick(v any, field []string) []string {
	if len(field) == 0 {
		if v == nil || v == "" {
			return nil
		}
		value := fmt.Sprint(v)
		if strings.HasPrefix(value, "http://") { // a file id is the end of an address
			value = path.Base(value)
		}
		return []string{value}
	}
	name, isList := strings.CutSuffix(field[0], "[]")
	if name != "" {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	if !isList {
		return pick(v, field[1:])
	}
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		out = append(out, pick(item, field[1:])...)
	}
	return out
}

func TestEveryMethodAnswersAsTheSpecSays(t *testing.T) {
	for _, operation := range simulator.AnswersWithoutPath() {
		t.Errorf("the answer of %s is never given: the spec has no such operation", operation)
	}
	answersAsTheSpecSays(t, newAccount(t, simulator.Options{Downloads: simulator.DownloadDirect}))
}

// What the account answers where nobody wrote an answer is tried on every method.
func TestAnswersMadeFromSchemasAreAsTheSpecSays(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.AnswerFromSchemas()
	answersAsTheSpecSays(t, a)
}

func answersAsTheSpecSays(t *testing.T, a *account) {
	all := specMethods(t)
	e := &explorer{account: a, methods: all, answers: map[string]any{}}
	for name, m := range all {
		t.Run(name, func(t *testing.T) {
			e.t = t
			ok := e.assign(m, map[string]string{}, func(given map[string]string) bool {
				if m.answer == "binary" || m.answer == "transcript" {
					return e.sendsFile(m, given)
				}
				answer := e.ask(m, given)
				if answer == nil || m.items != "" && len(pick(answer, []string{m.items + "[]"})) == 0 {
					return false
				}
				schema := m.op.Responses.Value("200").Value.Content.Get("application/json").Schema
				for _, problem := range conform(schema, answer, name) {
					t.Error(problem)
				}
				return true
			})
			if !ok {
				t.Error("no parameters lead to an answer")
			}
		})
	}
}

func (e *explorer) sendsFile(m *specMethod, given map[string]string) bool {
	rec := e.do(e.url(m, given), nil)
	if rec.Code == http.StatusFound {
		rec = e.do(rec.Header().Get("Location"), nil)
	}
	if rec.Code != http.StatusOK {
		return false
	}
	if rec.Body.Len() < 100 {
		e.t.Errorf("%d bytes", rec.Body.Len())
	}
	isJSON := json.Valid(rec.Body.Bytes())
	if isJSON != (m.answer == "transcript") {
		e.t.Errorf("a %s, and JSON: %v", m.answer, isJSON)
	}
	return true
}

// fields collects the fields that a schema knows, and which of them are required.
func fields(ref *openapi3.SchemaRef, known map[string]*openapi3.SchemaRef, required *[]string) {
	for name, f := range ref.Value.Properties {
		known[name] = f
	}
	*required = append(*required, ref.Value.Required...)
	for _, part := range ref.Value.AllOf {
		fields(part, known, required)
	}
	for _, part := range slices.Concat(ref.Value.OneOf, ref.Value.AnyOf) {
		var optional []string // another alternative may do without
		fields(part, known, &optional)
	}
}

// types collects the types that a schema allows.
func types(ref *openapi3.SchemaRef) []string {
	var out []string
	if ref.Value.Type != nil {
		out = ref.Value.Type.Slice()
	}
	for _, part := range slices.Concat(ref.Value.AllOf, ref.Value.OneOf, ref.Value.AnyOf) {
		out = append(out, types(part)...)
	}
	return out
}

// conform tells where a value departs from its schema.
func conform(ref *openapi3.SchemaRef, v any, at string) []string {
	var kind string
	var problems []string
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		known, required := map[string]*openapi3.SchemaRef{}, []string(nil)
		fields(ref, known, &required)
		for _, name := range required {
			if _, ok := v[name]; !ok {
				problems = append(problems, at+": without "+name)
			}
		}
		for name, field := range v {
			if known[name] == nil {
				problems = append(problems, at+": the spec does not know "+name)
				continue
			}
			problems = append(problems, conform(known[name], field, at+"."+name)...)
		}
	case []any:
		kind = "array"
		if ref.Value.Items == nil {
			break
		}
		for _, item := range v {
			if more := conform(ref.Value.Items, item, at+"[]"); len(more) > 0 {
				return more // one record tells enough
			}
		}
	case json.Number:
		kind = "number"
		if !strings.ContainsAny(v.String(), ".eE") {
			kind = "integer"
		}
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	}
	allowed := types(ref)
	if !slices.Contains(allowed, kind) && !(kind == "integer" && slices.Contains(allowed, "number")) {
		problems = append(problems, fmt.Sprintf("%s: %v is %s, not %v", at, v, kind, allowed))
	}
	return problems
}

func TestLabelsAndScopesAreThoseOfTheSpec(t *testing.T) {
	for name, m := range specMethods(t) {
		target := "http://sim.example.com/v2" + strings.NewReplacer("{", "", "}", "").Replace(m.path)
		a := newAccount(t, simulator.Options{Plan: simulator.PlanPro, Scopes: []string{}})
		rec := a.do(target, nil)
		if got := rec.Header().Get("X-RateLimit-Category"); !strings.EqualFold(got, m.label) {
			t.Errorf("%s: label %q, want %q", name, got, m.label)
		}
		if want := "scopes:[" + strings.Join(m.granular, ", ") + "]"; !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: %s, want %s", name, rec.Body, want)
		}
		for _, scope := range slices.Concat(m.granular, m.classic) {
			a.SetScopes([]string{scope})
			a.clock.Advance(time.Minute)
			if rec := a.do(target, nil); strings.Contains(rec.Body.String(), "does not contain scopes") {
				t.Errorf("%s: %s is not enough: %s", name, scope, rec.Body)
			}
		}
		a.SetScopes([]string{"phone_number:read", "phone:read"})
		a.clock.Advance(time.Minute)
		if rec := a.do(target, nil); !slices.Contains(m.classic, "phone:read") && !strings.Contains(rec.Body.String(), "scopes:["+strings.Join(m.classic, ", ")+"]") {
			t.Errorf("%s: with classic scopes: %s", name, rec.Body)
		}
	}
}
