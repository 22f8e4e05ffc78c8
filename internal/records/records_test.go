package records_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/records"
)

func split(t testing.TB, body []byte, items string) []json.RawMessage {
	t.Helper()
	r, err := records.Split(body, items)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines makes records of JSON texts.
func lines(texts ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, s := range texts {
		out = append(out, json.RawMessage(s))
	}
	return out
}

func TestRecordsAreTheElementsAsTheyCame(t *testing.T) {
	for _, c := range []struct {
		what, body, items string
		want              []string
	}{
		{"a field", `{"a":1,"list":[{"x":1.10},{"y":"],["} , 3],"b":[]}`, "list", []string{`{"x":1.10}`, `{"y":"],["}`, "3"}},
		{"the body", ` [ {"a":1} , {"b":2} ] `, "", []string{`{"a":1}`, `{"b":2}`}},
		{"the body, though a field is named", `[1]`, "list", []string{"1"}},
		{"none", `{"list":[]}`, "list", nil},
		{"missing", `{"a":1}`, "list", nil},
		{"null", `{"list":null}`, "list", nil},
		{"a field of an inner object is another", `{"in":{"list":[1]},"list":[2]}`, "list", []string{"2"}},
		{"a key with an escape", `{"l\u0069st":[2]}`, "list", []string{"2"}},
		{"escapes at the end of a text", `{"list":["\\","\"",","]}`, "list", []string{`"\\"`, `"\""`, `","`}},
	} {
		t.Run(c.what, func(t *testing.T) {
			got := split(t, []byte(c.body), c.items)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestBodyWithoutAListHasNoRecords(t *testing.T) {
	for _, c := range []struct{ body, items string }{{`{"a":1}`, ""}, {`{"list":{"a":1}}`, "list"}, {`{"list":"x"}`, "list"}, {`"x"`, ""}} {
		_, err := records.Split([]byte(c.body), c.items)
		jsontest.WantError(t, err, apierror.InvalidParams, "list of records")
	}
	for _, body := range []string{``, `{`, `[1,`, `{"list":[1}`, `{"list":[`, `{"list"}`} {
		if r, err := records.Split([]byte(body), "list"); err == nil {
			t.Errorf("%q: %q", body, r)
		}
	}
}
