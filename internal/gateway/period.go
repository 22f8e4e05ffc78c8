package gateway

import (
	"fmt"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/tables"
)

// bounded looks at the bounds that comparisons give a range: whether they leave nothing,
// and what is wrong with them.
func bounded(m *catalog.Method, c tables.Call) (empty bool, wrong *apierror.Error) {
	fail := func(format string, args ...any) (bool, *apierror.Error) {
		e := apierror.New(apierror.InvalidParams, "the period of %s is wrong", m.Name)
		e.Method, e.Problems = m.Name, []apierror.Problem{{Param: "from", Message: fmt.Sprintf(format, args...)}}
		return false, e
	}
	if c.Period != "" {
		if from, _, ok := strings.Cut(c.Period, ".."); ok && strings.TrimSpace(from) == "" {
			return fail("%q has no beginning", c.Period)
		}
		return false, nil
	}
	if by := c.Params[m.Window.TimesBy]; by != "" && by != m.Window.Times[0] {
		return fail("with %s %s the range is one of other times than %s: give a period", m.Window.TimesBy, by, m.Window.Times[0])
	}
	from, ok := moment(c.From)
	if !ok {
		return fail("%q is not a time such as 2026-10-05 or 2026-10-05T14:00:00Z; 'last week', '2026-10' and the like are periods: %s('last week')", cut(c.From), m.Name)
	}
	if c.To == "" {
		return false, nil
	}
	to, ok := moment(c.To)
	if !ok {
		return fail("%q is not a time such as 2026-10-05 or 2026-10-05T14:00:00Z", cut(c.To))
	}
	return to.Before(from) || to.Equal(from) && len(c.To) == len(time.DateOnly), nil
}

// moment reads a time as comparisons give it.
func moment(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// span are from and to for the range of a call.
func span(c tables.Call, dates bool) (from, to string) {
	if c.Period != "" {
		if from, to, ok := strings.Cut(c.Period, ".."); ok {
			return strings.TrimSpace(from), strings.TrimSpace(to)
		}
		if _, err := time.Parse(time.DateOnly, strings.TrimSpace(c.Period)); err == nil {
			return c.Period, c.Period
		}
		return c.Period, ""
	}
	return bound(c.From, false, dates), bound(c.To, true, dates)
}

// bound is a bound that a comparison gives, as from or to of a call. A day as the upper
// bound is over before it begins, and the last one that counts is the day before.
func bound(text string, upper, dates bool) string {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err == nil && upper:
		return day.AddDate(0, 0, -1).Format(time.DateOnly)
	case err != nil && dates && len(text) > len(time.DateOnly):
		return text[:len(time.DateOnly)]
	}
	return text
}
