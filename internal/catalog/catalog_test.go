package catalog_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"zoom-phone-mcp/internal/catalog"
)

var now = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func TestRegistryHasEveryMethodOnce(t *testing.T) {
	seen := map[string]bool{}
	for m := range catalog.All() {
		if seen[m.Name] {
			t.Errorf("%s twice", m.Name)
		}
		seen[m.Name] = true
		if got, ok := catalog.Lookup(m.Name); !ok || got != m {
			t.Errorf("Lookup(%q) does not find it", m.Name)
		}
	}
	spec, err := os.ReadFile("../../spec/zoom-phone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inSpec := regexp.MustCompile(`(?m)^        method: (\w+)$`).FindAllSubmatch(spec, -1)
	if len(seen) != len(inSpec) || len(seen) == 0 {
		t.Errorf("%d methods, the spec has %d", len(seen), len(inSpec))
	}
	for _, m := range inSpec {
		if !seen[string(m[1])] {
			t.Errorf("%s is missing", m[1])
		}
	}
}

// TestEveryMethodKeepsTheRules holds what no single method's test would show.
func TestEveryMethodKeepsTheRules(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	period := regexp.MustCompile(`^P[1-9][0-9]*[DMY]$`)
	labels := map[string]bool{"": true, "LIGHT": true, "MEDIUM": true, "HEAVY": true, "RESOURCE-INTENSIVE": true}
	for m := range catalog.All() {
		t.Run(m.Name, func(t *testing.T) {
			if !name.MatchString(m.Name) {
				t.Error("not a method name")
			}
			if !labels[m.RateLimit] {
				t.Errorf("rate limit label %q", m.RateLimit)
			}
			if len(m.Scopes.Classic) == 0 || len(m.Scopes.Granular) == 0 {
				t.Error("no scopes")
			}
			if w := m.Window; w != nil {
				if !period.MatchString(w.Longest) || w.Reach != "" && !period.MatchString(w.Reach) {
					t.Errorf("window %+v", w)
				}
				if w.Precision != "date" && w.Precision != "date-time" {
					t.Errorf("precision %q", w.Precision)
				}
			}
			placeholders := strings.Count(m.Path, "{")
			for _, p := range m.Params {
				if p.InPath {
					placeholders--
					if !p.Required {
						t.Errorf("%s is in the path and not required", p.Name)
					}
				}
				if (p.Name == "from" || p.Name == "to") && (p.Time == "" || m.Window == nil) {
					t.Errorf("%s has no precision or the method no window", p.Name)
				}
			}
			if placeholders != 0 {
				t.Errorf("path %s and parameters do not fit", m.Path)
			}
			if m.Fields != "" && !json.Valid([]byte(m.Fields)) {
				t.Error("the fields are not JSON")
			}
			if m.Pagination != nil && len(m.Columns()) == 0 {
				t.Error("no columns")
			}
			if (m.Fields == "") != (m.Kind == "binary") {
				t.Errorf("kind %s with fields %.20q", m.Kind, m.Fields)
			}
			var schema any
			if err := json.Unmarshal([]byte(m.Schema), &schema); err != nil {
				t.Fatal(err)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("params.json", schema); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Compile("params.json"); err != nil {
				t.Errorf("the schema does not compile: %v", err)
			}
		})
	}
}

func TestSignatureNamesEveryParameter(t *testing.T) {
	m, _ := catalog.Lookup("list_past_call_metrics")
	want := "list_past_call_metrics(from?: date-time, to?: date-time, phone_number?: string, extension_number?: string, quality_type?: string, " +
		"department?: string, cost_center?: string, directions?: string[], durations?: integer[], site_id?: string, page_size?: integer, next_page_token?: string)"
	if got := m.Signature(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestExampleIsCompleteAndPassesItsOwnCheckOnceIDsAreReal(t *testing.T) {
	placeholder := regexp.MustCompile(`"<\w+>"`)
	for m := range catalog.All() {
		var example struct {
			Method string          `json:"method"`
			Params json.RawMessage `json:"params"`
		}
		text := m.Example(now)
		if err := json.Unmarshal(text, &example); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if example.Method != m.Name {
			t.Errorf("%s: example for %s", m.Name, example.Method)
		}
		real := placeholder.ReplaceAll(example.Params, []byte(`"abc123"`))
		if _, _, err := m.Check(real, catalog.Dates{Now: now}); err != nil {
			t.Errorf("%s: %s: %v", m.Name, real, err)
		}
	}
}

func TestNearestFindsWhatWasMeant(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"account_call_histroy", "account_call_history"},
		{"list_queues", "list_call_queues"},
		{"get_recordings", "get_phone_recordings"},
		{"queue_analytics", "callqueueanalytics"},
		{"ListPhoneUsers", "list_phone_users"},
		{"recording_transcript", "phone_download_recording_transcript"},
		{"transcript", "phone_download_recording_transcript"},
		{"fax_logs", "get_accounts_fax_logs"},
		{"list_users", "list_phone_users"},
	} {
		found := false
		got := catalog.Nearest(c.given, catalog.All())
		for _, n := range got {
			found = found || n == c.want
		}
		if !found {
			t.Errorf("Nearest(%q) = %v, want %s among them", c.given, got, c.want)
		}
		if len(got) > 3 {
			t.Errorf("Nearest(%q) gives %d names", c.given, len(got))
		}
	}
	if got := catalog.Nearest("xyzzy", catalog.All()); len(got) != 0 {
		t.Errorf("nonsense is like %v", got)
	}
}
