package sanitize_test

import (
	"testing"

	"zoom-phone-mcp/internal/sanitize"
)

func TestOnlyNamedFieldsAreCleaned(t *testing.T) {
	for _, c := range []struct {
		body, want string
		removed    int
	}{
		{`{"message":"a\u202eb","id":"x\u202ey"}`, `{"message":"ab","id":"x\u202ey"}`, 1},
		{`{"list":[{"message" : "\u0000a"},{"message":"b"}],"n":1}`, `{"list":[{"message" : "a"},{"message":"b"}],"n":1}`, 1},
		{`{"note":"message","x":"\u0000"}`, `{"note":"message","x":"\u0000"}`, 0},
		{`{"message":{"deep":"\u0000"}}`, `{"message":{"deep":"\u0000"}}`, 0},
		{`{"message":"say \"message\": \u200b\u0007 now"}`, `{"message":"say \"message\":  now"}`, 2},
		{`["message","\u0000"]`, `["message","\u0000"]`, 0},
	} {
		got, n := sanitize.Fields([]byte(c.body), []string{"message"})
		if string(got) != c.want || n != c.removed {
			t.Errorf("%s\ngot  %s, %d\nwant %s, %d", c.body, got, n, c.want, c.removed)
		}
	}
}
