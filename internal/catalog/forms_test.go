package catalog_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/catalog"
)

// TestEveryParameterTakesEveryForm holds every parameter of every method against
// all the ways in which clients write a value of its type, and nothing.
func TestEveryParameterTakesEveryForm(t *testing.T) {
	for m := range catalog.All() {
		required := map[string]string{}
		for _, p := range m.Params {
			if p.Required {
				required[p.Name] = plainForm(p)
			}
		}
		for _, p := range m.Params {
			want := args(t, m, required, p.Name, plainForm(p))
			if strings.HasPrefix(want, "invalid") {
				t.Errorf("%s: %s as %s: %s", m.Name, p.Name, plainForm(p), want)
			}
			for _, form := range formsOf(p) {
				if got := args(t, m, required, p.Name, form); got != want {
					t.Errorf("%s: %s as %s: %s, want %s", m.Name, p.Name, form, got, want)
				}
			}
			if p.Required {
				continue
			}
			want = args(t, m, required, "", "")
			for _, nothing := range []string{"null", `""`, `" "`} {
				if got := args(t, m, required, p.Name, nothing); got != want {
					t.Errorf("%s: %s as %s: %s, want %s", m.Name, p.Name, nothing, got, want)
				}
			}
		}
	}
}

// args says what a method makes of its required parameters and one more, written
// as an object and as text.
func args(t *testing.T, m *catalog.Method, required map[string]string, name, form string) string {
	t.Helper()
	var members []string
	for r, v := range required {
		if r != name {
			members = append(members, fmt.Sprintf("%q:%s", r, v))
		}
	}
	if name != "" {
		members = append(members, fmt.Sprintf("%q:%s", name, form))
	}
	object := "{" + strings.Join(members, ",") + "}"
	text, _ := json.Marshal(object) // a string always has an encoding
	twice, _ := json.Marshal(string(text))
	var said []string
	for _, raw := range []string{object, string(text), string(twice)} {
		a, _, e := m.Check(json.RawMessage(raw), catalog.Dates{Now: now})
		if e != nil {
			said = append(said, e.Text())
			continue
		}
		written, _ := json.Marshal(a.Written())
		said = append(said, string(written))
	}
	if said = slices.Compact(said); len(said) > 1 {
		t.Errorf("%s: %s in text is %q", m.Name, object, said)
	}
	return said[0]
}

// plainForm is a value of a parameter as its schema has it.
func plainForm(p catalog.Param) string {
	kind := p.Type
	if kind == "array" {
		kind = p.Items
	}
	value := map[string]string{"integer": "5", "boolean": "true", "string": `"x5"`}[kind]
	switch {
	case p.Time != "":
		value = `"2026-03-10"`
	case len(p.Enum) > 0 && kind == "integer":
		value = p.Enum[0]
	case len(p.Enum) > 0:
		value = fmt.Sprintf("%q", p.Enum[0])
	}
	if p.Type == "array" {
		return "[" + value + "]"
	}
	return value
}

func formsOf(p catalog.Param) []string {
	plain := plainForm(p)
	text := func(s string) string { return fmt.Sprintf("%q", s) }
	switch {
	case p.Type == "array":
		one := strings.Trim(plain, "[]")
		forms := []string{
			one, text(plain), text(" " + strings.Trim(one, `"`) + " "), text("," + strings.Trim(one, `"`) + ",, "), "[ " + one + " ]", `["",` + one + `,null," "]`, text(`["",` + one + "]"),
		}
		if p.Items == "string" {
			forms = append(forms, `[" `+strings.Trim(one, `"`)+` "]`)
		}
		if len(p.Enum) > 0 {
			forms = append(forms, strings.ToUpper(one), "["+strings.ToUpper(one)+"]")
		}
		return forms
	case p.Type == "integer":
		return []string{plain + ".0", plain + "e0", plain + "0E-1", text(plain), text(" " + plain + " "), text(plain + ".0")}
	case p.Type == "boolean":
		return []string{`"true"`, `"True"`, `"TRUE"`, `" true "`, `1`, `1.0`, `"1.0"`}
	}
	forms := []string{`" ` + strings.Trim(plain, `"`) + ` "`, `"\u00a0` + strings.Trim(plain, `"`) + `\t\n"`}
	if len(p.Enum) > 0 {
		forms = append(forms, strings.ToUpper(plain), strings.ToLower(plain))
	}
	return forms
}

// What holds nothing is not there, whatever its name is.
func TestUnknownNamesThatHoldNothingAreIgnored(t *testing.T) {
	for m := range catalog.All() {
		required := map[string]string{}
		for _, p := range m.Params {
			if p.Required {
				required[p.Name] = plainForm(p)
			}
		}
		want := args(t, m, required, "", "")
		for _, nothing := range []string{"null", `""`, `" "`} {
			if got := args(t, m, required, "foo", nothing); got != want {
				t.Errorf("%s: foo as %s: %s, want %s", m.Name, nothing, got, want)
			}
		}
	}
}

// Letter case tells nothing apart that is allowed, unless it does.
func TestAllowedValuesAreTakenInAnyLetterCase(t *testing.T) {
	p := catalog.Param{Name: "p", Type: "string", Enum: []string{"on", "On", "fSync"}}
	m := catalog.Method{Name: "m", Params: []catalog.Param{p}}
	for given, want := range map[string]string{"on": "on", "On": "On", "FSYNC": "fSync", "fsync": "fSync", "ON": "", "sync": ""} {
		a, _, e := m.Check(json.RawMessage(fmt.Sprintf(`{"p":%q}`, given)), catalog.Dates{Now: now})
		if (e == nil) != (want != "") || a.String("p") != want {
			t.Errorf("%s: %q, %v", given, a.String("p"), e)
		}
	}
}

// A text to search for may look like anything, and stays what it is.
func TestTextIsNeverTakenForAnotherForm(t *testing.T) {
	for _, text := range []string{"[]", "{}", "[1]", "null", "true", "1e2", "30.0", "7.71e18", "7712027213650160808.0", "INBOUND", `{"a":1}`} {
		raw, _ := json.Marshal(map[string]string{"keyword": text})
		a, e := check(t, "list_phone_users", string(raw))
		if e != nil || a.String("keyword") != text {
			t.Errorf("%q: %q, %v", text, a.String("keyword"), e)
		}
	}
}
