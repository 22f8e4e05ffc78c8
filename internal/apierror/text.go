package apierror

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Text renders the error for people and models, the most useful first: what
// happened, everything that is wrong, and how to go on, a line each.
func (e *Error) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Kind, e.Message)
	line := func(label, value string) {
		if value != "" {
			b.WriteString("\n" + label + ": " + value)
		}
	}
	for _, p := range e.Problems.Shown() {
		b.WriteString("\n- ")
		if p.Param != "" {
			b.WriteString(p.Param + ": ")
		}
		b.WriteString(p.Message)
		if len(p.Nearest) > 0 {
			b.WriteString(" (nearest: " + strings.Join(p.Nearest, ", ") + ")")
		}
	}
	line("Nearest", strings.Join(e.Nearest, ", "))
	line("Hint", e.Hint)
	line("Missing settings", strings.Join(e.Missing, ", "))
	line("Missing scopes", strings.Join(e.Scopes, ", "))
	line("Try again after", e.RetryAt)
	if e.Budget != nil {
		line("Budget", e.Budget.String())
	}
	line("Signature", e.Signature)
	line("Example", string(e.Example))
	line("Zoom answered", e.zoomText())
	return b.String()
}

// zoomText is what Zoom said of the failure, on one line.
func (e *Error) zoomText() string {
	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, "HTTP "+strconv.Itoa(e.HTTPStatus))
	}
	if e.ZoomCode != 0 {
		parts = append(parts, "code "+strconv.Itoa(e.ZoomCode))
	}
	if e.ZoomMessage != "" {
		parts = append(parts, strconv.Quote(e.ZoomMessage))
	}
	if e.TrackingID != "" {
		parts = append(parts, "tracking id "+e.TrackingID)
	}
	return strings.Join(parts, ", ")
}

// Plain makes a text that somebody else wrote fit to stand in an error: one line
// of valid text, without control characters and without invisible ones, cut to a
// number of bytes with an ellipsis behind.
func Plain(s string, most int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
	return shorten(s, most)
}
