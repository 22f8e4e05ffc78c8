package shape_test

import (
	"encoding/json"
	"testing"

	"zoom-phone-mcp/internal/shape"
)

func TestRecordsAreSeenAtAGlanceAndNeverWhereThereAreNone(t *testing.T) {
	for body, want := range map[string]bool{
		`{"total":1,"users":[{"a":1}]}`:           true,
		`{"other":[{"a":[1]}],"users":[{"a":1}]}`: true,
		`{"users":[]}`:                       false,
		`{"users":null}`:                     false,
		`{"all_users":[{"a":1}],"users":[]}`: false,
		`{"x":"\"users\":[{","users":[]}`:    false,
		`{"other":[{"a":1}]}`:                false,
		`{}`:                                 false,
		`[{"a":1}]`:                          false, // the list has a name
		`{"a":1`:                             false,
	} {
		if got := shape.HasRecords(json.RawMessage(body), "users"); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
	for body, want := range map[string]bool{`[{"a":1}]`: true, `[]`: false, `{"users":[{"a":1}]}`: false, ``: false} {
		if got := shape.HasRecords(json.RawMessage(body), ""); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
