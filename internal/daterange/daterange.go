// Package daterange reads dates as people write them ("last week", "-7d", "2026-10",
// RFC 3339) and turns them into the from and to that Zoom takes, in as many
// windows as one range needs.
//
// A range is half-open, [start, end), in UTC. Zoom's own ranges are closed at
// both ends, to the second: what is sent as to is the last second that belongs to
// the range, so that neighbouring windows share no record. A bare date sent as to
// means that whole day.
//
// It must not know methods, requests or answers. The clock and the zone are
// passed in.
package daterange

import (
	"fmt"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/lenient"
)

// Limits are what Zoom sets for the range of one method. Lengths are ISO 8601
// periods of one part: P1M, P13M, P1Y, P30D. An empty length is no limit.
type Limits struct {
	Longest string // the longest range of one call
	Reach   string // how far back Zoom keeps data
	// Dates reports that Zoom takes whole days (yyyy-mm-dd) and nothing finer.
	Dates bool
}

// Asked is a range as a caller wrote it.
type Asked struct {
	// From and To are expressions; Forms lists them. Empty means not given.
	From, To string
	// Zone is an IANA time zone name, empty for UTC. It decides what a day is
	// and when "last week" began.
	Zone string
	// Split allows a range longer than Limits.Longest, to be asked for in
	// windows; see Range.Windows.
	Split bool
	// Totals reports that records are sums over the range, so that no windows can be
	// put together: nothing else is advised then.
	Totals bool
}

// Range is a range that was understood.
type Range struct {
	// Start and End are what was asked for, in UTC and whole seconds, half-open.
	// Where Zoom chooses an end itself that end is zero.
	Start, End time.Time
	// From and To are what Zoom is to be sent, or, where the range needs several
	// windows, the ends of the whole. Empty ones are not sent.
	From, To string
	// Zone is the zone that decided.
	Zone *time.Location
	// Long reports that one call cannot answer the range, Cut that the range ends
	// before now for that reason.
	Long, Cut bool
	// Notes say what was decided without being asked, a sentence each.
	Notes []string

	limits     Limits
	start, end time.Time // what is sent covers this: whole days where Zoom takes days
}

// oneSecond is the precision of Zoom's clock.
const oneSecond = time.Second

// dateTime is the form in which Zoom takes a time.
const dateTime = "2006-01-02T15:04:05Z"

// Sendable reports whether a text is a date or a time in one of the two forms
// that Zoom understands; it silently ignores others, or refuses them.
func Sendable(text string) bool {
	for _, form := range []string{time.DateOnly, dateTime} {
		// Parsing alone would accept a fraction of a second.
		if t, err := time.Parse(form, text); err == nil && t.Format(form) == text {
			return true
		}
	}
	return false
}

// Resolve turns what a caller wrote into a range. Its rules:
//
//   - A span ("last week", "2026-10", "yesterday") gives its start to from and its
//     end to to; alone in from it gives both.
//   - Hours and minutes ago are counted by the clock, days and more by the
//     calendar: -7d is this time of day a week ago, and so begins "last 7 days".
//   - A lone from that is a moment or a plain date (2026-10-05) runs until now, or,
//     unless Split, until the longest range that one call may have is over.
//   - A lone to stays alone: Zoom chooses the start.
//   - A moment in to belongs to the range, to the second: all of the second in
//     which it lies, where it was written with a fraction. Neither end loses a
//     record that way.
//   - A local time that occurs twice means the earlier one in from and the later
//     one in to; one that the zone skips means the moment of the change.
//   - Plain dates and times in UTC are sent as they were written, in Zoom's form,
//     unless the range must be split or one end is a date and the other a time. Everything else is sent as Zoom's precision
//     wants it, and ends now at the latest.
//
// Problems are named by parameter: from, to or time_zone.
func Resolve(a Asked, l Limits, now time.Time) (*Range, []apierror.Problem) {
	loc, err := Zone(a.Zone)
	if err != nil {
		return nil, []apierror.Problem{{Param: "time_zone", Message: err.Error()}}
	}
	r := &Range{Zone: loc, limits: l}
	now = now.UTC().Truncate(oneSecond)
	c := calendar{now: now, loc: loc}
	var problems []apierror.Problem
	read := func(param, text string) (m moment, given bool) {
		if strings.TrimSpace(text) == "" {
			return moment{}, false
		}
		m, err := c.parse(text)
		if err != nil {
			problems = append(problems, apierror.Problem{Param: param, Message: err.Error()})
		}
		return m, true
	}
	from, hasFrom := read("from", a.From)
	to, hasTo := read("to", a.To)
	switch {
	case len(problems) > 0:
		return nil, problems
	case !hasFrom && !hasTo:
		return r, nil
	}
	if from.fraction || to.fraction {
		r.note("Zoom counts whole seconds: the second in which a fraction lies belongs to the range.")
	}
	if !hasFrom {
		r.loneTo(to)
		return r, nil
	}
	if problems = r.set(a, from, to, hasTo, now); len(problems) > 0 {
		return nil, problems
	}
	return r, nil
}

// set fills a range that has a start.
func (r *Range) set(a Asked, from, to moment, hasTo bool, now time.Time) []apierror.Problem {
	l := r.limits
	exact := from.plain != "" && (!l.Dates || from.day)
	r.Start = from.start
	switch {
	case hasTo:
		r.End = to.end
		exact = exact && to.plain != "" && from.day == to.day // Zoom wants both ends in one form
	case from.span:
		r.End = from.end
		exact = false
		r.note("from alone is a span: %s.", r.say())
	default:
		if p := r.openEnd(a, now); p != nil {
			return []apierror.Problem{*p}
		}
	}
	if !r.Start.Before(r.End) {
		p := apierror.Problem{Param: "to", Message: fmt.Sprintf("%s lies before from (%s)", lenient.Shorten(a.To), lenient.Shorten(a.From))}
		if !hasTo {
			p = apierror.Problem{Param: "from", Message: fmt.Sprintf("%s never happened in %s", lenient.Shorten(a.From), r.Zone)}
		}
		return []apierror.Problem{p}
	}
	future := r.Start.After(now)
	if latest := now.Add(oneSecond); !exact && !future && r.End.After(latest) {
		r.End = latest
	}
	if earliest, ok := l.earliest(now); ok && r.Start.Before(earliest.AddDate(0, 0, -1)) {
		return []apierror.Problem{{Param: "from", Message: fmt.Sprintf("%s lies before what Zoom keeps: %s back, which is %s",
			lenient.Shorten(a.From), sayLength(l.Reach), earliest.Format(time.DateOnly))}}
	}
	r.send(exact, from, to)
	if future {
		r.note("The range lies in the future (it is %s): nothing can be there yet.", now.Format(dateTime))
	}
	return r.checkLength(a, future, now)
}

// openEnd returns a lone from its end.
func (r *Range) openEnd(a Asked, now time.Time) *apierror.Problem {
	if r.Start.After(now) {
		return &apierror.Problem{Param: "from", Message: fmt.Sprintf("%s lies in the future: it is %s", lenient.Shorten(a.From), now.Format(dateTime))}
	}
	r.End = now.Add(oneSecond)
	said := "now"
	if last := add(r.Start, r.limits.Longest); !a.Split && r.limits.Longest != "" && last.Before(now) {
		r.End, r.Cut = last, true
		said = sayLength(r.limits.Longest) + " later, the longest range of one call"
		if !a.Totals {
			said += "; all_pages: true goes on until now"
		}
	}
	r.note("to was not given and is set to %s.", said)
	return nil
}

// send decides what Zoom is sent, and covers.
func (r *Range) send(exact bool, from, to moment) {
	last := r.End.Add(-oneSecond)
	r.start, r.end = r.Start, r.End
	if r.limits.Dates {
		r.start, r.end = floorDay(r.Start), floorDay(last).AddDate(0, 0, 1)
	}
	switch {
	case exact && to.plain != "":
		r.From, r.To = from.plain, to.plain
	case exact && from.day:
		r.From, r.To = from.plain, last.Format(time.DateOnly)
	case exact:
		r.From, r.To = from.plain, last.Format(dateTime)
	case r.limits.Dates:
		r.From, r.To = r.start.Format(time.DateOnly), last.Format(time.DateOnly)
		if r.Start.After(r.start) || r.End.Before(r.end) {
			r.note("Zoom takes whole UTC days here: %s to %s is sent, which is wider than %s.", r.From, r.To, r.say())
		}
	default:
		r.From, r.To = r.Start.Format(dateTime), last.Format(dateTime)
	}
}

// checkLength refuses or marks a range that is too long for one call.
func (r *Range) checkLength(a Asked, future bool, now time.Time) []apierror.Problem {
	l := r.limits
	if l.Longest == "" {
		return nil
	}
	// Zoom takes a month and the day on which it ends, as "2026-09-01 to 2026-10-01".
	point, limit := r.end.Add(-oneSecond), add(r.start, l.Longest)
	asDates := len(r.To) == len(time.DateOnly)
	if asDates {
		point = floorDay(point)
	}
	if !point.After(limit) {
		return nil
	}
	switch {
	case !a.Split:
		layout := dateTime
		if asDates {
			layout = time.DateOnly
		}
		param := "to"
		if a.To == "" {
			param = "from"
		}
		advice := "ask with all_pages: true, or give"
		if a.Totals {
			advice = "each record is a sum over the range, so ask once for each part of it, the first with"
		}
		return []apierror.Problem{{Param: param, Message: fmt.Sprintf(
			"the range is longer than %s, and Zoom would cut it in silence: %s a to of %s at most",
			sayLength(l.Longest), advice, limit.Format(layout))}}
	case future:
		return []apierror.Problem{{Param: "from", Message: fmt.Sprintf("%s lies in the future: it is %s", lenient.Shorten(a.From), now.Format(dateTime))}}
	}
	r.Long = true
	if latest := now.Add(oneSecond); r.end.After(latest) {
		r.End, r.end = latest, latest
		if l.Dates {
			r.end = floorDay(now).AddDate(0, 0, 1)
		}
	}
	return nil
}

// loneTo is a range of which only the end was given.
func (r *Range) loneTo(to moment) {
	r.End = to.end
	last := to.end.Add(-oneSecond)
	switch {
	case to.plain != "" && (!r.limits.Dates || to.day):
		r.To = to.plain
	case r.limits.Dates:
		r.To = last.Format(time.DateOnly)
	default:
		r.To = last.Format(dateTime)
	}
	r.note("from was not given: Zoom chooses the start. Give from to be sure of it.")
}

func (r *Range) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// say writes the range in its zone, for people: both ends, the second exclusive.
func (r *Range) say() string {
	return fmt.Sprintf("%s until %s", sayTime(r.Start, r.Zone), sayTime(r.End, r.Zone))
}

// String says the range for people, in its zone; empty where none was given.
func (r *Range) String() string {
	switch {
	case r.Start.IsZero() && r.End.IsZero():
		return ""
	case r.Start.IsZero():
		return "until " + sayTime(r.End, r.Zone)
	}
	return r.say()
}

func sayTime(t time.Time, loc *time.Location) string {
	if loc == nil || loc == time.UTC {
		return t.Format("2006-01-02 15:04:05") + " UTC"
	}
	return t.In(loc).Format("2006-01-02 15:04:05 -07:00") + " (" + loc.String() + ")"
}
