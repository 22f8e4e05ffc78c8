package apierror_test

import (
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
)

func TestTextOfOthersBecomesOnePlainLine(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"Validation Failed.", 100, "Validation Failed."},
		{" two\nlines\tand\r\nmore \x1b[2J", 100, "two lines and  more  [2J"},
		{"a\u202eb\u200bc\ufeffd\ufe0f\U000e0041", 100, "abcd"},
		{"\u0085\u2028a\u2029b\u009b", 100, "a b"},
		{"a\xffb", 100, "a\ufffdb"},
		{"äöü", 4, "äö…"},
		{"äöü", 3, "ä…"},
		{"äöü", 6, "äöü"},
		{strings.Repeat("\u200b", 1000) + "x", 1, "x"},
		{"", 0, ""},
		{"Grüße, 你好", 100, "Grüße, 你好"},
	} {
		if got := apierror.Plain(c.in, c.most); got != c.want {
			t.Errorf("%q within %d became %q, want %q", c.in, c.most, got, c.want)
		}
	}
}
