package fault

import (
	"fmt"
	"strings"
)

// Text renders the error for people and models: what happened, everything that
// is wrong, and how to go on, a line each.
func (e *Error) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", e.Kind, e.Message)
	for _, p := range e.Problems {
		b.WriteString("- ")
		if p.Param != "" {
			b.WriteString(p.Param + ": ")
		}
		b.WriteString(p.Message)
		if len(p.Nearest) > 0 {
			b.WriteString("; did you mean " + strings.Join(p.Nearest, ", ") + "?")
		}
		b.WriteByte('\n')
	}
	if len(e.Nearest) > 0 {
		b.WriteString("Did you mean " + strings.Join(e.Nearest, ", ") + "?\n")
	}
	if len(e.Scopes) > 0 {
		b.WriteString("Scopes: " + strings.Join(e.Scopes, " ") + "\n")
	}
	if e.Hint != "" {
		b.WriteString(e.Hint + "\n")
	}
	if e.RetryAt != "" {
		b.WriteString("Try again: " + e.RetryAt + "\n")
	}
	if e.Signature != "" {
		b.WriteString("Signature: " + e.Signature + "\n")
	}
	if len(e.Example) > 0 {
		b.WriteString("Example: " + string(e.Example) + "\n")
	}
	if e.TrackingID != "" {
		b.WriteString("Zoom's tracking id: " + e.TrackingID + "\n")
	}
	return b.String()
}
