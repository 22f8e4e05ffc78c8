package daterange_test

import (
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
)

// now is a Monday afternoon in Berlin and the same day in Los Angeles.
var now = time.Date(2026, 11, 23, 18, 42, 47, 123456789, time.UTC)

var (
	month    = daterange.Limits{Longest: "P1M", Reach: "P6M"}
	days     = daterange.Limits{Longest: "P1M", Dates: true}
	year     = daterange.Limits{Longest: "P1Y", Reach: "P2Y"}
	noLimits = daterange.Limits{}
)

func resolve(t *testing.T, a daterange.Asked, l daterange.Limits) *daterange.Range {
	t.Helper()
	r, problems := daterange.Resolve(a, l, now)
	if len(problems) > 0 {
		t.Fatalf("%+v: %v", a, problems)
	}
	return r
}

func TestExpressions(t *testing.T) {
	const berlin, angeles = "Europe/Berlin", "America/Los_Angeles"
	for _, c := range []struct{ zone, text, start, end string }{
		{"", "now", "2026-11-23T18:42:47Z", "2026-11-23T18:42:48Z"},
		{"", "today", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"", "Yesterday", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"},
		{berlin, "yesterday", "2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z"},
		{angeles, "today", "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"},
		{"Pacific/Auckland", "today", "2026-11-23T11:00:00Z", "2026-11-24T11:00:00Z"}, // already Tuesday there
		{"", "-24h", "2026-11-22T18:42:47Z", "2026-11-22T18:42:48Z"},
		{"", "-90min", "2026-11-23T17:12:47Z", "2026-11-23T17:12:48Z"},
		{"", "-7d", "2026-11-16T18:42:47Z", "2026-11-16T18:42:48Z"},
		{"", "−7d", "2026-11-16T18:42:47Z", "2026-11-16T18:42:48Z"},
		{"", "7 days ago", "2026-11-16T18:42:47Z", "2026-11-16T18:42:48Z"},
		{"", "last 7 days", "2026-11-16T18:42:47Z", "2026-11-23T18:42:48Z"},
		{"", "past 2 weeks", "2026-11-09T18:42:47Z", "2026-11-23T18:42:48Z"},
		{"", "-2w", "2026-11-09T18:42:47Z", "2026-11-09T18:42:48Z"},
		{"", "-3m", "2026-08-23T18:42:47Z", "2026-08-23T18:42:48Z"},
		{berlin, "-1m", "2026-10-23T17:42:47Z", "2026-10-23T17:42:48Z"}, // the same wall clock, in summer time
		{"", "-1y", "2025-11-23T18:42:47Z", "2025-11-23T18:42:48Z"},
		{"", "this week", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
		{"", "last week", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"", "LAST_WEEK", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"", "last-week", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"", "previous  month", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"", "this month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"},
		{berlin, "last month", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"}, // with the end of summer time in it
		{"", "this quarter", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"", "last quarter", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		{"", "last year", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"", "this year", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"", "monday", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"", "last Monday", "2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z"},
		{"", "tue", "2026-11-17T00:00:00Z", "2026-11-18T00:00:00Z"},
		{"", "last sunday", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"", "2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"", "2026-10", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"", "2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"", "2026-10-05", "2026-10-05T00:00:00Z", "2026-10-06T00:00:00Z"},
		{"", "2026-W41", "2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"},
		{"", "2026w01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"},
		{"", "2020-W53", "2020-12-28T00:00:00Z", "2021-01-04T00:00:00Z"},
		{"", "2021-W01", "2021-01-04T00:00:00Z", "2021-01-11T00:00:00Z"},
		{"", "2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		{"", "2026-10-05 14:00", "2026-10-05T14:00:00Z", "2026-10-05T14:00:01Z"},
		{berlin, "2026-10-05 14:00", "2026-10-05T12:00:00Z", "2026-10-05T12:00:01Z"},
		{berlin, "2026-10-05T14:00:30", "2026-10-05T12:00:30Z", "2026-10-05T12:00:31Z"},
		{angeles, "2026-10-05T14:00:00+02:00", "2026-10-05T12:00:00Z", "2026-10-05T12:00:01Z"},
		{"", "2026-10-05t14:00:00.750z", "2026-10-05T14:00:00Z", "2026-10-05T14:00:01Z"},
		{"", "2026-10-05 14:00-07:00", "2026-10-05T21:00:00Z", "2026-10-05T21:00:01Z"},
		// Clocks go forward at 02:00 on March 29 in Berlin and back at 03:00 on October 25.
		{berlin, "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{berlin, "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{berlin, "2026-03-29 02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:01Z"},
		{berlin, "2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:01Z"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:01Z"},
		{"america/new_york", "2026-03-08 02:15", "2026-03-08T07:00:00Z", "2026-03-08T07:00:01Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:01Z"}, // half an hour
		// Days that begin at one o'clock, or with an hour that comes twice.
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"Asia/Kolkata", "2026-10", "2026-09-30T18:30:00Z", "2026-10-31T18:30:00Z"},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"}, // the day before the one that never was
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		from := resolve(t, daterange.Asked{From: c.text, To: "2199-12-30", Zone: c.zone}, noLimits)
		to := resolve(t, daterange.Asked{To: c.text, Zone: c.zone}, noLimits)
		if got := from.Start.Format(time.RFC3339); got != c.start {
			t.Errorf("%s %q starts %s, want %s", c.zone, c.text, got, c.start)
		}
		if got := to.End.Format(time.RFC3339); got != c.end {
			t.Errorf("%s %q ends %s, want %s", c.zone, c.text, got, c.end)
		}
	}
}

func TestWhatCannotBeReadTellsTheForms(t *testing.T) {
	for _, text := range []string{
		"soon", "2026-13", "2026-02-30", "2026-W54", "2025-W53", "2026-W00", "2026-Q5", "26-10-05", "05/10/2026", "-7", "7d", "-7x", "last", "last fortnight",
		"next week", "this monday", "last 7", "1969-12-31", "-99999y", "9999-12-31", "2200", "2026-10-05 25:00", strings.Repeat("9", 500), "\x00", "-0x7d", "2026-1-5",
	} {
		_, problems := daterange.Resolve(daterange.Asked{From: text, To: "now"}, noLimits, now)
		if len(problems) != 1 || problems[0].Param != "from" {
			t.Errorf("%q: %v", text, problems)
			continue
		}
		if m := problems[0].Message; len(m) > 500 || strings.ContainsFunc(m, func(r rune) bool { return r < ' ' }) {
			t.Errorf("%q: message %q", text, m)
		}
	}
	_, problems := daterange.Resolve(daterange.Asked{From: "soon", To: "later"}, noLimits, now)
	if len(problems) != 2 || !strings.Contains(problems[0].Message, daterange.Forms) || problems[1].Param != "to" {
		t.Errorf("both ends wrong: %v", problems)
	}
	for _, zone := range []string{"Local", "localtime", "Europe/Atlantis", "+02:00", "../../etc/passwd", strings.Repeat("a", 300)} {
		_, problems := daterange.Resolve(daterange.Asked{From: "today", Zone: zone}, noLimits, now)
		if len(problems) != 1 || problems[0].Param != "time_zone" || !strings.Contains(problems[0].Message, "Europe/Berlin") {
			t.Errorf("zone %q: %v", zone, problems)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	for _, c := range []struct {
		name     string
		asked    daterange.Asked
		limits   daterange.Limits
		from, to string
		note     string // part of the only note, or empty for none
	}{
		// Plain dates and times are sent as they were written.
		{"dates", daterange.Asked{From: "2026-10-01", To: "2026-10-05"}, month, "2026-10-01", "2026-10-05", ""},
		{"a month and its last day", daterange.Asked{From: "2026-10-01", To: "2026-11-01"}, month, "2026-10-01", "2026-11-01", ""},
		{"times", daterange.Asked{From: "2026-10-01T08:00:00Z", To: "2026-11-01T08:00:00Z"}, month, "2026-10-01T08:00:00Z", "2026-11-01T08:00:00Z", ""},
		{"a date and a time", daterange.Asked{From: "2026-10-01", To: "2026-10-05T08:00:00Z"}, month, "2026-10-01T00:00:00Z", "2026-10-05T08:00:00Z", ""},
		{"a time in UTC with another zone", daterange.Asked{From: "2026-10-01T08:00:00Z", To: "2026-10-02T08:00:00Z", Zone: "Asia/Tokyo"}, month, "2026-10-01T08:00:00Z", "2026-10-02T08:00:00Z", ""},
		{"a zone that is like UTC", daterange.Asked{From: "2026-11-02", To: "2026-11-05", Zone: "Europe/London"}, month, "2026-11-02", "2026-11-05", ""},
		{"dates to come", daterange.Asked{From: "2026-11-20", To: "2026-12-01"}, month, "2026-11-20", "2026-12-01", ""},
		{"all in the future", daterange.Asked{From: "2026-11-24", To: "2026-12-01"}, month, "2026-11-24", "2026-12-01", "lies in the future"},
		{"days for days", daterange.Asked{From: "2026-10-01", To: "2026-11-01"}, days, "2026-10-01", "2026-11-01", ""},
		{"nothing", daterange.Asked{Zone: "Europe/Berlin"}, month, "", "", ""},
		// In Zoom's form, however they were written. A fraction stands for its second.
		{"no fraction, written out", daterange.Asked{From: "2026-10-01T08:00:00.000Z", To: "2026-10-02T08:00:00.000000Z"}, month, "2026-10-01T08:00:00Z", "2026-10-02T08:00:00Z", ""},
		{"the last millisecond of a day", daterange.Asked{From: "2026-10-01T00:00:00.000Z", To: "2026-10-01T23:59:59.999Z"}, month, "2026-10-01T00:00:00Z", "2026-10-01T23:59:59Z", "whole seconds"},
		{"within one second", daterange.Asked{From: "2026-10-01T08:00:00.750Z", To: "2026-10-01T08:00:00.250Z"}, month, "2026-10-01T08:00:00Z", "2026-10-01T08:00:00Z", "whole seconds"},
		{"a month with fractions", daterange.Asked{From: "2026-10-01T08:00:00.900Z", To: "2026-11-01T08:00:00.100Z"}, month, "2026-10-01T08:00:00Z", "2026-11-01T08:00:00Z", "whole seconds"},
		{"a local fraction", daterange.Asked{From: "2026-10-01T10:00:00", To: "2026-10-01T10:59:59.9", Zone: "Europe/Berlin"}, month, "2026-10-01T08:00:00Z", "2026-10-01T08:59:59Z", "whole seconds"},
		{"a lone to with a fraction", daterange.Asked{To: "2026-11-10T08:00:00.5Z"}, noLimits, "", "2026-11-10T08:00:00Z", "whole seconds"},
		{"fractions for days", daterange.Asked{From: "2026-10-05T00:00:00.000Z", To: "2026-10-05T23:59:59.000Z"}, days, "2026-10-05", "2026-10-05", ""},
		// Everything else in Zoom's form, to the second before the end.
		{"a local day", daterange.Asked{From: "2026-10-05", To: "2026-10-05", Zone: "Europe/Berlin"}, month, "2026-10-04T22:00:00Z", "2026-10-05T21:59:59Z", ""},
		{"a month", daterange.Asked{From: "2026-10", To: "2026-10"}, month, "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", ""},
		{"a month alone", daterange.Asked{From: "2026-10"}, month, "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", "from alone is a span: 2026-10-01 00:00:00 UTC until 2026-11-01 00:00:00 UTC"},
		{"last week alone, in a zone", daterange.Asked{From: "last week", Zone: "Europe/Berlin"}, month, "2026-11-15T23:00:00Z", "2026-11-22T22:59:59Z", "2026-11-16 00:00:00 +01:00 (Europe/Berlin)"},
		{"what is not over ends now", daterange.Asked{From: "this month"}, month, "2026-11-01T00:00:00Z", "2026-11-23T18:42:47Z", "span"},
		{"an offset", daterange.Asked{From: "2026-10-05T00:00:00+02:00", To: "2026-10-05T23:59:59+02:00"}, month, "2026-10-04T22:00:00Z", "2026-10-05T21:59:59Z", ""},
		{"spans from one to the other", daterange.Asked{From: "2026-W41", To: "2026-W42"}, month, "2026-10-05T00:00:00Z", "2026-10-18T23:59:59Z", ""},
		// A lone from.
		{"a lone date", daterange.Asked{From: "2026-11-10"}, month, "2026-11-10", "2026-11-23", "set to now"},
		{"a lone date, more than a month ago", daterange.Asked{From: "2026-10-01"}, month, "2026-10-01", "2026-10-31", "1 month later"},
		{"a lone time", daterange.Asked{From: "2026-11-10T08:00:00Z"}, month, "2026-11-10T08:00:00Z", "2026-11-23T18:42:47Z", "set to now"},
		{"a lone time, long ago", daterange.Asked{From: "2026-08-31T08:00:00Z"}, month, "2026-08-31T08:00:00Z", "2026-09-30T07:59:59Z", "1 month later"},
		{"minus a week", daterange.Asked{From: "-7d"}, month, "2026-11-16T18:42:47Z", "2026-11-23T18:42:47Z", "set to now"},
		{"minus a month", daterange.Asked{From: "-1m"}, month, "2026-10-23T18:42:47Z", "2026-11-23T18:42:47Z", "set to now"},
		{"minus the reach", daterange.Asked{From: "-6m"}, month, "2026-05-23T18:42:47Z", "2026-06-23T18:42:46Z", "1 month later"},
		{"without limits", daterange.Asked{From: "2020-01-01"}, noLimits, "2020-01-01", "2026-11-23", "set to now"},
		// A lone to.
		{"a lone to", daterange.Asked{To: "2026-11-10"}, month, "", "2026-11-10", "Zoom chooses the start"},
		{"a lone expression", daterange.Asked{To: "yesterday"}, month, "", "2026-11-22T23:59:59Z", "Zoom chooses the start"},
		{"a lone to for days", daterange.Asked{To: "2026-11-10T08:00:00Z"}, days, "", "2026-11-10", "Zoom chooses the start"},
		// Days where Zoom takes days.
		{"whole days", daterange.Asked{From: "yesterday"}, days, "2026-11-22", "2026-11-22", "span"},
		{"local days", daterange.Asked{From: "2026-10-05", To: "2026-10-06", Zone: "America/New_York"}, days, "2026-10-05", "2026-10-07", "wider than 2026-10-05 00:00:00 -04:00"},
		{"times for days", daterange.Asked{From: "2026-10-05T08:00:00Z", To: "2026-10-05T09:00:00Z"}, days, "2026-10-05", "2026-10-05", "wider"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resolve(t, c.asked, c.limits)
			if r.From != c.from || r.To != c.to {
				t.Errorf("sent %q to %q, want %q to %q", r.From, r.To, c.from, c.to)
			}
			if notes := strings.Join(r.Notes, " "); (c.note == "") != (notes == "") || !strings.Contains(notes, c.note) {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
			if w := r.Windows(); r.Long || len(w) != 1 || w[0].From != r.From || w[0].To != r.To {
				t.Errorf("windows %+v", w)
			}
		})
	}
}

func TestOnlyTwoFormsAreSendable(t *testing.T) {
	for text, want := range map[string]bool{
		"2026-10-05": true, "2026-10-05T10:00:00Z": true,
		"": false, "2026-10": false, "2026-10-05T10:00:00.000Z": false, "2026-10-05T10:00:00,5Z": false, "2026-10-05t10:00:00z": false, "2026-10-05T10:00:00+00:00": false,
		"2026-10-05T10:00Z": false, "2026-10-05 10:00:00": false, " 2026-10-05": false, "2026-02-30": false, "1759658400": false, "2026-10-05T1:00:00Z": false,
	} {
		if got := daterange.Sendable(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestRangesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		asked       daterange.Asked
		limits      daterange.Limits
		param, want string
	}{
		{daterange.Asked{From: "2026-10-05", To: "2026-10-04"}, month, "to", "2026-10-04 lies before from (2026-10-05)"},
		{daterange.Asked{From: "now", To: "yesterday"}, month, "to", "lies before from"},
		{daterange.Asked{From: "2026-10-01", To: "2026-11-02"}, month, "to", "give a to of 2026-11-01 at most"},
		{daterange.Asked{From: "2026-10-01T00:00:00Z", To: "2026-11-01T00:00:01Z"}, month, "to", "give a to of 2026-11-01T00:00:00Z at most"},
		{daterange.Asked{From: "2026-08-31", To: "2026-10-01"}, month, "to", "2026-09-30 at most"},
		{daterange.Asked{From: "this quarter"}, month, "from", "all_pages: true"},
		{daterange.Asked{From: "2026-05-21", To: "2026-05-22"}, month, "from", "6 months back, which is 2026-05-23"},
		{daterange.Asked{From: "2026", Split: true}, month, "from", "2026-05-23"},
		{daterange.Asked{From: "2024"}, year, "from", "2 years back, which is 2024-11-23"},
		{daterange.Asked{From: "tomorrow", To: "2027-12-31", Split: true}, month, "from", "lies in the future"},
		{daterange.Asked{From: "2026-12-01"}, month, "from", "lies in the future: it is 2026-11-23T18:42:47Z"},
		{daterange.Asked{From: "2011-12-30", To: "2011-12-30", Zone: "Pacific/Apia"}, noLimits, "to", "lies before from"},
	} {
		r, problems := daterange.Resolve(c.asked, c.limits, now)
		if len(problems) != 1 || problems[0].Param != c.param || !strings.Contains(problems[0].Message, c.want) {
			t.Errorf("%+v: %+v %v, want %s: … %s …", c.asked, r, problems, c.param, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		asked  daterange.Asked
		limits daterange.Limits
		want   string
	}{
		{daterange.Asked{From: "2026-06-15", To: "2026-09-01"}, month,
			"2026-06-15T00:00:00Z 2026-07-14T23:59:59Z | 2026-07-15T00:00:00Z 2026-08-14T23:59:59Z | 2026-08-15T00:00:00Z 2026-09-01T23:59:59Z"},
		{daterange.Asked{From: "2026-07-31T06:00:00Z", To: "2026-10-30T05:59:59Z"}, month, // the ends of months are not outrun
			"2026-07-31T06:00:00Z 2026-08-31T05:59:59Z | 2026-08-31T06:00:00Z 2026-09-30T05:59:59Z | 2026-09-30T06:00:00Z 2026-10-30T05:59:59Z"},
		{daterange.Asked{From: "2024-01-31", To: "2024-03-29"}, days, // with a leap day
			"2024-01-31 2024-02-28 | 2024-02-29 2024-03-28 | 2024-03-29 2024-03-29"},
		{daterange.Asked{From: "2023-01-31", To: "2023-03-28"}, days, "2023-01-31 2023-02-27 | 2023-02-28 2023-03-27 | 2023-03-28 2023-03-28"},
		{daterange.Asked{From: "2026-09-30"}, month, // until now
			"2026-09-30T00:00:00Z 2026-10-29T23:59:59Z | 2026-10-30T00:00:00Z 2026-11-23T18:42:47Z"},
		{daterange.Asked{From: "2026-10-01", To: "2026-12-31"}, month, // and no further
			"2026-10-01T00:00:00Z 2026-10-31T23:59:59Z | 2026-11-01T00:00:00Z 2026-11-23T18:42:47Z"},
		{daterange.Asked{From: "this quarter"}, days, "2026-10-01 2026-10-31 | 2026-11-01 2026-11-23"},
		{daterange.Asked{From: "2026-Q3", Zone: "Europe/Berlin"}, month,
			"2026-06-30T22:00:00Z 2026-07-30T21:59:59Z | 2026-07-30T22:00:00Z 2026-08-30T21:59:59Z | 2026-08-30T22:00:00Z 2026-09-30T21:59:59Z"},
		{daterange.Asked{From: "-2y"}, year, "2024-11-23T18:42:47Z 2025-11-23T18:42:46Z | 2025-11-23T18:42:47Z 2026-11-23T18:42:47Z"},
	} {
		c.asked.Split = true
		r := resolve(t, c.asked, c.limits)
		var got []string
		for _, w := range r.Windows() {
			got = append(got, w.From+" "+w.To)
		}
		if s := strings.Join(got, " | "); !r.Long || s != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.asked, s, c.want)
		}
	}
}

// What the catalog takes today is sent as it was written, and what is sent
// passes the catalog's own checks.
func TestSentRangesPassTheCatalog(t *testing.T) {
	for m := range catalog.All() {
		if m.Window == nil {
			continue
		}
		l := daterange.Limits{Longest: m.Window.Longest, Reach: m.Window.Reach, Dates: m.Window.Precision == "date"}
		given := `{`
		for _, p := range m.Params {
			if p.Required && p.Time == "" {
				given += `"` + p.Name + `":"x",`
			}
		}
		for _, a := range []daterange.Asked{
			{From: "-6m", Split: true}, {From: "-1m"}, {From: "last month", Zone: "America/Los_Angeles"}, {From: "2026-08", Zone: "Pacific/Kiritimati"},
			{From: "2026-06-01", To: "2026-11-30", Split: true}, {From: "2026-07-31", To: "2026-08-31"}, {From: "2026-11-22"},
		} {
			r := resolve(t, a, l)
			for _, w := range r.Windows() {
				if _, _, err := m.Check([]byte(given+`"from":"`+w.From+`","to":"`+w.To+`"}`), catalog.Dates{Now: now}); err != nil {
					t.Errorf("%s %+v: %s to %s: %v", m.Name, a, w.From, w.To, err)
				}
			}
		}
	}
}
