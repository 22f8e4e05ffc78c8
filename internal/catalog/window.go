package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/fault"
)

// parseTime reads a date (yyyy-mm-dd, the start of that day in UTC) or, where
// the precision is date-time, RFC 3339 in UTC. Zoom ignores everything else in
// silence and answers without a filter.
func parseTime(s, precision string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if precision == "date" {
		return time.Time{}, fmt.Errorf("%q is not a date: want yyyy-mm-dd", shorten(s))
	}
	if t, err := time.Parse("2006-01-02T15:04:05Z", s); err == nil {
		return t, nil
	}
	if _, err := time.Parse(time.RFC3339, s); err == nil {
		return time.Time{}, fmt.Errorf("%q is not in UTC: want yyyy-mm-ddThh:mm:ssZ", shorten(s))
	}
	return time.Time{}, fmt.Errorf("%q is not a date: want yyyy-mm-dd or yyyy-mm-ddThh:mm:ssZ, in UTC", shorten(s))
}

// checkWindow holds a date range against what one call can answer: Zoom cuts a
// longer range in silence, and answers nothing for what it no longer keeps.
func (m *Method) checkWindow(a Args, now time.Time) []fault.Problem {
	w := m.Window
	if w == nil {
		return nil
	}
	var problems []fault.Problem
	from, to := a.String("from"), a.String("to")
	start, startErr := parseTime(from, w.Precision)
	end, endErr := parseTime(to, w.Precision) // what cannot be read is reported with the value
	if startErr == nil && w.Reach != "" {
		// A day is granted: Zoom's clock and the caller's calendar may differ.
		if earliest := subtractPeriod(now.UTC(), w.Reach).Truncate(24 * time.Hour); start.Before(earliest.AddDate(0, 0, -1)) {
			problems = append(problems, fault.Problem{Param: "from", Message: fmt.Sprintf(
				"%s lies before what Zoom keeps: %s back, which is %s", from, sayPeriod(w.Reach), earliest.Format(time.DateOnly))})
		}
	}
	if startErr != nil || endErr != nil {
		return problems
	}
	if end.Before(start) {
		return append(problems, fault.Problem{Param: "to", Message: fmt.Sprintf("%s lies before from (%s)", to, from)})
	}
	if last := addPeriod(start, w.Longest); end.After(last) {
		problems = append(problems, fault.Problem{Param: "to", Message: fmt.Sprintf(
			"the range is longer than %s, and Zoom would cut it in silence: with this from, to can be %s at most; ask for the rest in further calls",
			sayPeriod(w.Longest), last.Format(layout(to)))})
	}
	return problems
}

// layout gives the format in which a caller wrote a time.
func layout(s string) string {
	if strings.ContainsRune(s, 'T') {
		return "2006-01-02T15:04:05Z"
	}
	return time.DateOnly
}

// period splits an ISO 8601 period of one part (P1M, P13M, P2Y, P30D). The spec's
// test holds that all periods are of this kind.
func period(s string) (n int, unit byte) {
	if len(s) < 3 || s[0] != 'P' {
		return 0, 0
	}
	n, err := strconv.Atoi(s[1 : len(s)-1])
	if err != nil {
		return 0, 0
	}
	return n, s[len(s)-1]
}

func subtractPeriod(t time.Time, s string) time.Time { return shift(t, s, -1) }

func addPeriod(t time.Time, s string) time.Time { return shift(t, s, 1) }

// shift moves a time by a period, forwards (1) or backwards (-1).
func shift(t time.Time, s string, direction int) time.Time {
	n, unit := period(s)
	n *= direction
	switch unit {
	case 'Y':
		return addMonths(t, 12*n)
	case 'M':
		return addMonths(t, n)
	}
	return t.AddDate(0, 0, n)
}

// addMonths adds months; a day that the target month lacks becomes its last, so
// that January 31 plus a month is the end of February and not March.
func addMonths(t time.Time, n int) time.Time {
	sum := t.AddDate(0, n, 0)
	if sum.Day() != t.Day() {
		sum = sum.AddDate(0, 0, -sum.Day())
	}
	return sum
}

func sayPeriod(s string) string {
	n, unit := period(s)
	name := map[byte]string{'Y': "year", 'M': "month", 'D': "day"}[unit]
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}
