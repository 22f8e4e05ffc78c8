// Package spec_test holds spec/zoom-phone.yaml against OpenAPI 3.1 and, where the
// collected facts about Zoom's API are at hand, against those.
package spec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("zoom-phone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSpecIsValidOpenAPI(t *testing.T) {
	doc := load(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi: %s, want 3.1", doc.OpenAPI)
	}
}

// An answer with one of these fields at its top is taken for an error; see
// internal/zoom.
func TestNoAnswerLooksLikeAnError(t *testing.T) {
	doc := load(t)
	for path, item := range doc.Paths.Map() {
		media := item.Get.Responses.Value("200").Value.Content.Get("application/json")
		if media == nil {
			continue
		}
		schemas := append(openapi3.SchemaRefs{media.Schema}, media.Schema.Value.AllOf...)
		for _, schema := range schemas {
			for name, f := range schema.Value.Properties {
				switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
				case "code", "errorcode", "error", "success":
					t.Errorf("%s: the answer has a field %s", path, name)
				case "status":
					if !f.Value.Type.Is("string") {
						t.Errorf("%s: the answer has a status that is no text", path)
					}
				}
			}
		}
	}
}

func TestEverythingThatAModelReadsIsDescribed(t *testing.T) {
	doc := load(t)
	for path, item := range doc.Paths.Map() {
		op := item.Get
		described(t, path, op.Description, 400)
		for _, p := range op.Parameters {
			described(t, path+" "+p.Value.Name, p.Value.Description, 300)
		}
		media := op.Responses.Value("200").Value.Content.Get("application/json")
		if media == nil {
			continue
		}
		for name, f := range fieldsOf(media.Schema, nil) {
			if f.Description == "" && name != "id" && name != "name" {
				t.Errorf("%s: the field %s has no description", path, name)
			}
		}
	}
}

func described(t *testing.T, what, text string, most int) {
	t.Helper()
	switch {
	case text == "":
		t.Errorf("%s: no description", what)
	case utf8.RuneCountInString(text) > most:
		t.Errorf("%s: the description has %d characters, a model pays for each: %d at most", what, utf8.RuneCountInString(text), most)
	case strings.Contains(text, "http://") || strings.Contains(text, "https://"):
		t.Errorf("%s: a link in the description", what)
	}
}

// fieldsOf returns the top-level fields of an answer.
func fieldsOf(ref *openapi3.SchemaRef, into map[string]*openapi3.Schema) map[string]*openapi3.Schema {
	if into == nil {
		into = map[string]*openapi3.Schema{}
	}
	s := ref.Value
	if s.Type.Is("array") {
		return fieldsOf(s.Items, into)
	}
	for name, f := range s.Properties {
		into[name] = f.Value
	}
	for _, part := range slices.Concat(s.AllOf, s.OneOf) {
		fieldsOf(part, into)
	}
	return into
}

// facts is the file with what is known about Zoom's API. It is not a part of the
// project; without it there is nothing to compare with.
const factsFile = "../../shared/zoom-api/facts.json"

type facts struct {
	Methods []struct {
		Method          string   `json:"method"`
		OperationID     string   `json:"operation_id"`
		ZoomPath        string   `json:"zoom_path"`
		ProductRESTPath string   `json:"product_rest_path"`
		Tag             string   `json:"tag"`
		RateLimitLabel  *string  `json:"rate_limit_label"`
		Scopes          []string `json:"scopes"`
		GranularScopes  []string `json:"granular_scopes"`
		Deprecated      bool     `json:"deprecated"`
		Params          []struct {
			Name     string         `json:"name"`
			In       string         `json:"in"`
			Required bool           `json:"required"`
			Schema   map[string]any `json:"schema"`
		} `json:"params"`
		ProductResponseKind   string `json:"product_response_kind"`
		ProductResponseFields any    `json:"product_response_fields"`
		Responses             map[string]struct {
			Content    map[string]map[string]any `json:"content"`
			ErrorCodes []int                     `json:"error_codes"`
		} `json:"responses"`
	} `json:"methods"`
}

// extension is the part of x-zoom-phone that the facts know.
type extension struct {
	Method    string  `json:"method"`
	REST      string  `json:"rest"`
	RateLimit *string `json:"rate_limit"`
	Scopes    struct {
		Classic  []string `json:"classic"`
		Granular []string `json:"granular"`
	} `json:"scopes"`
	Answer string           `json:"answer"`
	Errors map[string][]int `json:"errors"`
}

// corrections are the places where the spec is right and the collected document
// is not.
var corrections = map[string]string{
	"phone_user_call_history recording_status default":  `the document's default is "", which its own enum does not allow`,
	"phone_user_settings .delegation.privileges enum":   "the document puts the elements' values on the list",
	"phone_user_settings .delegation.privileges[] enum": "see above",
}

func TestSpecAgreesWithTheFacts(t *testing.T) {
	text, err := os.ReadFile(factsFile)
	if err != nil {
		t.Skip("the facts about Zoom's API are not here:", err)
	}
	var want facts
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	doc := load(t)
	differ := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) && corrections[what] == "" {
			t.Errorf("%s: the spec has %v, the facts have %v", what, got, want)
		}
	}
	if len(want.Methods) == 0 {
		t.Fatal("no methods in the facts")
	}
	for _, m := range want.Methods {
		item := doc.Paths.Value(m.ZoomPath)
		if item == nil {
			t.Errorf("%s: no path %s", m.Method, m.ZoomPath)
			continue
		}
		op := item.Get
		var x extension
		remarshal(t, op.Extensions["x-zoom-phone"], &x)
		differ(m.Method+" method", x.Method, m.Method)
		differ(m.Method+" operation id", op.OperationID, m.OperationID)
		differ(m.Method+" rest", x.REST, m.ProductRESTPath)
		differ(m.Method+" tag", op.Tags, []string{m.Tag})
		differ(m.Method+" rate limit", deref(x.RateLimit), deref(m.RateLimitLabel))
		differ(m.Method+" classic scopes", x.Scopes.Classic, m.Scopes)
		differ(m.Method+" granular scopes", x.Scopes.Granular, m.GranularScopes)
		differ(m.Method+" deprecated", op.Deprecated, m.Deprecated)
		if x.Answer != "transcript" {
			differ(m.Method+" answer", x.Answer, m.ProductResponseKind)
		}
		if len(op.Parameters) != len(m.Params) {
			t.Errorf("%s: %d parameters, the facts have %d", m.Method, len(op.Parameters), len(m.Params))
		}
		for _, p := range m.Params {
			got := op.Parameters.GetByInAndName(p.In, p.Name)
			what := m.Method + " " + p.Name
			if got == nil {
				t.Errorf("%s: missing in %s", what, p.In)
				continue
			}
			differ(what+" required", got.Required, p.Required)
			_, isTime := got.Extensions["x-time"]
			if isTime {
				delete(p.Schema, "format") // the document says date where date-times are accepted too
			}
			var schema map[string]any
			remarshal(t, got.Schema.Value, &schema)
			compareKeywords(what, schema, p.Schema, differ)
		}
		for code, r := range m.Responses {
			if len(r.ErrorCodes) > 0 {
				differ(m.Method+" errors "+code, x.Errors[code], r.ErrorCodes)
			}
		}
		document := m.Responses["200"].Content["application/json"]
		if document == nil {
			continue
		}
		media := op.Responses.Value("200").Value.Content.Get("application/json")
		if media == nil {
			t.Errorf("%s: no JSON answer", m.Method)
			continue
		}
		got, wanted := map[string]map[string]any{}, map[string]map[string]any{}
		flattenRef(t, media.Schema, "", got)
		flatten(document, "", wanted)
		for path, schema := range wanted {
			if got[path] == nil {
				t.Errorf("%s: the response field %s is missing", m.Method, path)
				continue
			}
			compareKeywords(m.Method+" "+path, got[path], schema, differ)
		}
		for path := range got {
			if wanted[path] == nil {
				t.Errorf("%s: the response field %s is invented", m.Method, path)
			}
		}
	}
}

// keywords are compared one by one; descriptions and structure are not among them.
var keywords = []string{"type", "enum", "default", "minimum", "maximum", "maxItems", "maxLength", "minLength", "format", "deprecated", "required"}

func compareKeywords(what string, got, want map[string]any, differ func(string, any, any)) {
	for _, k := range keywords {
		if k == "type" && (got[k] == nil || want[k] == nil) && (got[k] == "object" || want[k] == "object") {
			continue // properties or allOf say it as well
		}
		if k == "enum" && want[k] == nil {
			continue // the facts have these values in a sentence only
		}
		differ(what+" "+k, got[k], want[k])
	}
	if g, ok := got["items"].(map[string]any); ok {
		w, _ := want["items"].(map[string]any)
		for _, k := range keywords {
			if k != "required" {
				differ(what+"[] "+k, g[k], w[k])
			}
		}
	}
}

// flatten returns every field below a schema by its path.
func flatten(s map[string]any, path string, into map[string]map[string]any) {
	for name, v := range properties(s) {
		into[path+"."+name] = v
		flatten(v, path+"."+name, into)
	}
	if items, ok := s["items"].(map[string]any); ok {
		flatten(items, path+"[]", into)
	}
	for _, k := range []string{"allOf", "oneOf"} {
		parts, _ := s[k].([]any)
		for _, p := range parts {
			flatten(p.(map[string]any), path, into)
		}
	}
}

func properties(s map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	p, _ := s["properties"].(map[string]any)
	for name, v := range p {
		out[name] = v.(map[string]any)
	}
	return out
}

func flattenRef(t *testing.T, ref *openapi3.SchemaRef, path string, into map[string]map[string]any) {
	s := ref.Value
	for name, f := range s.Properties {
		into[path+"."+name] = plain(t, f)
		flattenRef(t, f, path+"."+name, into)
	}
	if s.Items != nil {
		flattenRef(t, s.Items, path+"[]", into)
	}
	for _, part := range slices.Concat(s.AllOf, s.OneOf) {
		flattenRef(t, part, path, into)
	}
}

// plain is a schema's own keywords, references resolved.
func plain(t *testing.T, ref *openapi3.SchemaRef) map[string]any {
	s := *ref.Value
	s.Properties = nil
	s.AllOf, s.OneOf = nil, nil
	out := map[string]any{}
	items := s.Items
	s.Items = nil
	remarshal(t, &s, &out)
	if items != nil {
		out["items"] = plain(t, items)
	}
	return out
}

func remarshal(t *testing.T, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

func deref(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}

// docs/scopes.md tells by it which scopes to leave out.
func TestWhatIsSaidOrWrittenOpensATopic(t *testing.T) {
	topics := map[string]string{"sms": "SMS, who", "fax": "faxes, ", "voicemail": "voicemails, ", "recording": "recordings, "}
	for path, item := range load(t).Paths.Map() {
		x := item.Get.Extensions["x-zoom-phone"].(map[string]any)
		scopes, opens := fmt.Sprint(x["scopes"].(map[string]any)["granular"]), fmt.Sprint(x["opens"])
		for word, topic := range topics {
			if strings.Contains(scopes, word) && !strings.Contains(opens, topic) {
				t.Errorf("%s: %s opens %s", path, scopes, opens)
			}
		}
		if strings.Contains(scopes, "voicemail") && x["answer"] == "object" && !strings.Contains(opens, "voicemails, lists") {
			t.Errorf("%s: %s opens %s", path, scopes, opens)
		}
	}
}
