package daterange

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"zoom-phone-mcp/internal/lenient"
)

// Forms lists the expressions that from and to take, for error messages and
// schemas.
const Forms = "now, today, yesterday, a weekday, last week, this month (week, month, quarter, year), last 7 days, " +
	"-7d (min, h, d, w, m for months, y), 2026, 2026-10, 2026-10-05, 2026-W41, 2026-Q3, 2026-10-05 14:00, or RFC 3339 (2026-10-05T14:00:00+02:00)"

// maxExpression is the length of the longest expression, in bytes.
const maxExpression = 64

// Years outside of these cannot be meant, and formats of dates end there.
const firstYear, lastYear = 1970, 2199

// moment is what an expression means.
type moment struct {
	// start counts as from, end (exclusive) as to.
	start, end time.Time
	// span reports that the expression names a stretch of time by itself.
	span bool
	// plain is the moment in Zoom's form where it was written as a date or a time
	// in UTC, and the zone's reading of it is that of UTC; else empty. day reports
	// that it is a bare date.
	plain string
	day   bool
	// fraction reports that it was written finer than Zoom's clock goes.
	fraction bool
}

// parse reads an expression.
func (c calendar) parse(text string) (moment, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxExpression {
		return moment{}, unknown(text)
	}
	m, err := c.read(text)
	switch {
	case errors.Is(err, errUnknown):
		return moment{}, unknown(text)
	case err != nil:
		return moment{}, fmt.Errorf("%q: %w", lenient.Shorten(text), err)
	case outside(m.start) || outside(m.end):
		return moment{}, fmt.Errorf("%q lies outside of the years %d to %d", lenient.Shorten(text), firstYear, lastYear)
	}
	return m, nil
}

var errUnknown = errors.New("unknown form")

func unknown(text string) error {
	return fmt.Errorf("%q is not a date: want %s", lenient.Shorten(text), Forms)
}

func outside(t time.Time) bool { return t.Year() < firstYear || t.Year() > lastYear }

var (
	isoMonth   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
	isoWeek    = regexp.MustCompile(`^(\d{4})-?w(\d{2})$`)
	isoQuarter = regexp.MustCompile(`^(\d{4})-?q([1-4])$`)
	isoYear    = regexp.MustCompile(`^\d{4}$`)
	relative   = regexp.MustCompile(`^-(\d{1,5}) ?([a-z]+)$`)
	ago        = regexp.MustCompile(`^(\d{1,5}) ?([a-z]+) ago$`)
	lastSpan   = regexp.MustCompile(`^(?:last|past) (\d{1,5}) ?([a-z]+)$`)
)

func (c calendar) read(text string) (moment, error) {
	if m, ok := c.written(text); ok {
		return m, nil
	}
	s := normalize(text)
	switch s {
	case "now":
		return instant(c.now), nil
	case "today":
		return c.days(c.today(), 1), nil
	case "yesterday":
		return c.days(c.today().AddDate(0, 0, -1), 1), nil
	case "tomorrow":
		return c.days(c.today().AddDate(0, 0, 1), 1), nil
	}
	if g := isoMonth.FindStringSubmatch(s); g != nil {
		t, err := time.Parse("2006-01", s)
		if err != nil {
			return moment{}, errors.New("there is no such month")
		}
		return c.between(t, addMonths(t, 1)), nil
	}
	if g := isoWeek.FindStringSubmatch(s); g != nil {
		return c.week(atoi(g[1]), atoi(g[2]))
	}
	if g := isoQuarter.FindStringSubmatch(s); g != nil {
		t := time.Date(atoi(g[1]), time.Month(3*atoi(g[2])-2), 1, 0, 0, 0, 0, time.UTC)
		return c.between(t, addMonths(t, 3)), nil
	}
	if isoYear.MatchString(s) {
		t := time.Date(atoi(s), 1, 1, 0, 0, 0, 0, time.UTC)
		return c.between(t, t.AddDate(1, 0, 0)), nil
	}
	for _, form := range []*regexp.Regexp{relative, ago} {
		if g := form.FindStringSubmatch(s); g != nil {
			early, late, err := c.back(atoi(g[1]), g[2])
			return moment{start: early, end: late.Add(oneSecond)}, err
		}
	}
	if g := lastSpan.FindStringSubmatch(s); g != nil {
		early, _, err := c.back(atoi(g[1]), g[2])
		return moment{start: early, end: c.now.Add(oneSecond), span: true}, err
	}
	return c.named(s)
}

// spaced finds an offset that stands apart from its time. The plus of an offset
// in an address is a space, unless it was encoded.
var spaced = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*) ([+-]?)(\d{2}:?\d{2}|Z|UTC|GMT)$`)

// written reads dates and times with all their digits.
func (c calendar) written(text string) (moment, bool) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		m := c.days(t, 1)
		m.span, m.day = false, true
		if m.start.Equal(t) && m.end.Equal(t.AddDate(0, 0, 1)) {
			m.plain = text
		}
		return m, true
	}
	if t, err := time.Parse(dateTime, text); err == nil { // with a fraction too
		m := instant(t)
		m.plain = m.start.Format(dateTime)
		return m, true
	}
	upper := strings.ToUpper(text)
	if g := spaced.FindStringSubmatch(upper); g != nil {
		switch {
		case unicode.IsLetter(rune(g[3][0])):
			upper = g[1] + "Z"
		default:
			upper = g[1] + cmp.Or(g[2], "+") + g[3]
		}
	}
	for _, day := range []string{"2006-01-02T", "2006-01-02 "} {
		for _, clock := range []string{"15:04:05", "15:04"} {
			for _, zone := range []string{"Z07:00", "Z0700", "Z07"} {
				if t, err := time.Parse(day+clock+zone, upper); err == nil {
					return instant(t.UTC()), true
				}
			}
			if t, err := time.Parse(day+clock, upper); err == nil {
				whole := t.Truncate(oneSecond)
				early, late := c.at(whole)
				return moment{start: early, end: late.Add(oneSecond), fraction: !t.Equal(whole)}, true
			}
		}
	}
	return moment{}, false
}

// normalize writes an expression in small letters and single spaces, so that
// last_week, last-week and Last  Week are one.
func normalize(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "−", "-"))
	s = strings.ReplaceAll(s, "_", " ")
	if s != "" && unicode.IsLetter(rune(s[0])) {
		s = strings.ReplaceAll(s, "-", " ")
	}
	return strings.Join(strings.Fields(s), " ")
}

// instant is the second in which a moment lies: Zoom knows nothing finer.
func instant(t time.Time) moment {
	second := t.Truncate(oneSecond)
	return moment{start: second, end: second.Add(oneSecond), fraction: !t.Equal(second)}
}

// today is the civil date.
func (c calendar) today() time.Time { return floorDay(c.civilNow()) }

// between is the span between two civil dates.
func (c calendar) between(from, to time.Time) moment {
	start, _ := c.at(from)
	end, _ := c.at(to)
	return moment{start: start, end: end, span: true}
}

func (c calendar) days(from time.Time, n int) moment { return c.between(from, from.AddDate(0, 0, n)) }

// monday is the first day of the week of a civil date.
func monday(t time.Time) time.Time {
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
}

func (c calendar) week(year, week int) (moment, error) {
	// January 4 always lies in week 1.
	start := monday(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)).AddDate(0, 0, 7*(week-1))
	if y, w := start.ISOWeek(); y != year || w != week {
		return moment{}, fmt.Errorf("%d has no week %d", year, week)
	}
	return c.days(start, 7), nil
}

// back is the moment a number of units ago: hours and less by the clock, days and
// more by the calendar.
func (c calendar) back(n int, unit string) (early, late time.Time, err error) {
	civil := c.civilNow()
	switch unit {
	case "min", "mins", "minute", "minutes":
		t := c.now.Add(-time.Duration(n) * time.Minute)
		return t, t, nil
	case "h", "hour", "hours":
		t := c.now.Add(-time.Duration(n) * time.Hour)
		return t, t, nil
	case "d", "day", "days":
		civil = civil.AddDate(0, 0, -n)
	case "w", "week", "weeks":
		civil = civil.AddDate(0, 0, -7*n)
	case "m", "mo", "month", "months":
		civil = addMonths(civil, -n)
	case "y", "year", "years":
		civil = addMonths(civil, -12*n)
	default:
		return early, late, errUnknown
	}
	early, late = c.at(civil)
	return early, late, nil
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// named reads last and this with a unit, and weekdays. A weekday is the latest
// such day, today included; with last, today is not.
func (c calendar) named(s string) (moment, error) {
	which, unit, two := strings.Cut(s, " ")
	if !two {
		which, unit = "", s
	}
	day := slices.IndexFunc(weekdays, func(name string) bool { return name == unit || name[:3] == unit })
	if day >= 0 && (which == "" || which == "last") {
		back := (int(c.today().Weekday()) - day + 7) % 7
		if back == 0 && which == "last" {
			back = 7
		}
		return c.days(c.today().AddDate(0, 0, -back), 1), nil
	}
	var n int
	switch which {
	case "this", "current":
	case "last", "previous":
		n = -1
	default:
		return moment{}, errUnknown
	}
	t := c.today()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch unit {
	case "day":
		return c.days(t.AddDate(0, 0, n), 1), nil
	case "week":
		return c.days(monday(t).AddDate(0, 0, 7*n), 7), nil
	case "month":
		return c.between(addMonths(first, n), addMonths(first, n+1)), nil
	case "quarter":
		first = addMonths(first, -(int(t.Month())-1)%3+3*n)
		return c.between(first, addMonths(first, 3)), nil
	case "year":
		first = time.Date(t.Year()+n, 1, 1, 0, 0, 0, 0, time.UTC)
		return c.between(first, first.AddDate(1, 0, 0)), nil
	}
	return moment{}, errUnknown
}

// atoi reads digits that a pattern has found.
func atoi(s string) int {
	n, _ := strconv.Atoi(s) // five digits at most
	return n
}
