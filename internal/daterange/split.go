package daterange

import (
	"fmt"
	"strconv"
	"time"
)

// Window is a part of a range that one call can answer.
type Window struct {
	// Start and End are the window, half-open, in UTC.
	Start, End time.Time
	// From and To are what Zoom is sent for it; empty ones are not sent.
	From, To string
}

// Windows returns the calls that a range needs, the oldest first: one, exactly as
// From and To say, unless the range is Long.
func (r *Range) Windows() []Window {
	if !r.Long {
		return []Window{{Start: r.start, End: r.end, From: r.From, To: r.To}}
	}
	return Split(r.start, r.end, r.limits)
}

// Covered is the stretch that is sent for: the range itself, or the whole UTC
// days around it. Both ends are zero where Zoom chooses one.
func (r *Range) Covered() (start, end time.Time) { return r.start, r.end }

// Split cuts [start, end) into windows of the longest range that Zoom takes, the
// oldest first. Windows touch and never overlap; where Zoom takes days, their
// ends are the ends of days. A month is a calendar month, and the end of January
// plus a month is the end of February: never longer than Zoom allows.
func Split(start, end time.Time, l Limits) []Window {
	start, end = start.UTC(), end.UTC()
	var out []Window
	for start.Before(end) {
		next := add(start, l.Longest)
		// Zoom takes a month and the second at its end: nothing is asked anew for
		// that second alone.
		if !next.After(start) || !l.Dates && !next.Before(end.Add(-oneSecond)) || next.After(end) {
			next = end
		}
		w := Window{Start: start, End: next}
		last := next.Add(-oneSecond)
		if l.Dates {
			w.From, w.To = start.Format(time.DateOnly), last.Format(time.DateOnly)
		} else {
			w.From, w.To = start.Format(dateTime), last.Format(dateTime)
		}
		out = append(out, w)
		start = next
	}
	return out
}

// Between returns the range of a stretch that one call can answer. It is sent as
// windows are; where Zoom takes days, the stretch has to be of whole days.
func Between(start, end time.Time, l Limits) *Range {
	r := &Range{Start: start.UTC(), End: end.UTC(), Zone: time.UTC, limits: l, start: start.UTC(), end: end.UTC()}
	if w := Split(start, end, l); len(w) > 0 {
		r.From, r.To, r.Long = w[0].From, w[len(w)-1].To, len(w) > 1
	}
	return r
}

// earliest is the first day of which Zoom still has data.
func (l Limits) earliest(now time.Time) (time.Time, bool) {
	if l.Reach == "" {
		return time.Time{}, false
	}
	return floorDay(shift(now.UTC(), l.Reach, -1)), true
}

// Earliest is the first day of which Zoom still has data, in UTC; zero where no
// limit is known.
func (l Limits) Earliest(now time.Time) time.Time {
	t, _ := l.earliest(now)
	return t
}

func floorDay(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }

// length splits an ISO 8601 period of one part.
func length(s string) (n int, unit byte) {
	if len(s) < 3 || s[0] != 'P' {
		return 0, 0
	}
	n, err := strconv.Atoi(s[1 : len(s)-1])
	if err != nil {
		return 0, 0
	}
	return n, s[len(s)-1]
}

func add(t time.Time, s string) time.Time { return shift(t, s, 1) }

// shift moves a time by a period, forwards (1) or backwards (-1).
func shift(t time.Time, s string, direction int) time.Time {
	n, unit := length(s)
	n *= direction
	switch unit {
	case 'Y':
		return addMonths(t, 12*n)
	case 'M':
		return addMonths(t, n)
	}
	return t.AddDate(0, 0, n)
}

// addMonths adds months; a day that the target month lacks becomes its last.
func addMonths(t time.Time, n int) time.Time {
	sum := t.AddDate(0, n, 0)
	if sum.Day() != t.Day() {
		sum = sum.AddDate(0, 0, -sum.Day())
	}
	return sum
}

func sayLength(s string) string {
	n, unit := length(s)
	name := map[byte]string{'Y': "year", 'M': "month", 'D': "day"}[unit]
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}
