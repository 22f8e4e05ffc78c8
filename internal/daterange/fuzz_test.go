package daterange_test

import (
	"testing"
	"time"

	"zoom-phone-mcp/internal/daterange"
)

// zones have all that makes zones hard: half hours, whole days left out, clocks
// that change at midnight.
var zones = []string{
	"", "Europe/Berlin", "America/New_York", "America/Havana", "America/Santiago", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
	"Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Africa/Cairo", "America/St_Johns", "Asia/Gaza", "America/Scoresbysund", "Antarctica/Troll",
}

var limits = []daterange.Limits{month, days, year, noLimits, {Longest: "P30D"}, {Longest: "P1M", Reach: "P13M", Dates: true}}

func FuzzResolve(f *testing.F) {
	for i, text := range []string{
		"now", "today", "yesterday", "-7d", "-3m", "-24h", "last week", "this month", "last year", "monday", "last friday", "2026", "2026-10", "2026-10-05",
		"2026-W41", "2026-Q3", "2026-10-05T14:00:00+02:00", "2026-10-05 14:00", "last 7 days", "2 weeks ago", "2024-02-29", "2026-03-29 02:30",
		"2026-10-25 02:30", "2026-10-05T10:00:00.000Z", "2026-10-05T10:00:00.999+0100", "2026-10-05 10:00 01:00", "2011-12-30", "", "9999-12-31", "0000-00-00", "-00000d", "2026-01-31",
	} {
		f.Add(text, "", uint8(i), uint8(i), i%2 == 0, int64(1795459367))
		f.Add(text, "now", uint8(i+1), uint8(i/2), i%3 == 0, int64(1709164800))
		f.Add("2023-12-31", text, uint8(i+2), uint8(i/3), true, int64(1793000000+i*86400))
	}
	f.Fuzz(func(t *testing.T, from, to string, zone, limit uint8, split bool, clock int64) {
		if clock < 0 || clock > 7e9 {
			return
		}
		now := time.Unix(clock, 0).UTC()
		l := limits[int(limit)%len(limits)]
		a := daterange.Asked{From: from, To: to, Zone: zones[int(zone)%len(zones)], Split: split}
		r, problems := daterange.Resolve(a, l, now)
		if (r == nil) != (len(problems) > 0) {
			t.Fatalf("%+v: %+v and %v", a, r, problems)
		}
		if r == nil {
			for _, p := range problems {
				if p.Param == "" || p.Message == "" || len(p.Message) > 1000 {
					t.Fatalf("%+v: problem %+v", a, p)
				}
			}
			return
		}
		check(t, a, l, r)
	})
}

// check holds a range against what every range must be.
func check(t *testing.T, a daterange.Asked, l daterange.Limits, r *daterange.Range) {
	t.Helper()
	if r.Start.IsZero() {
		if r.From != "" || r.Long || len(r.Windows()) != 1 {
			t.Fatalf("%+v: without a start %+v", a, r)
		}
		return
	}
	if !r.Start.Before(r.End) || r.Start.Nanosecond() != 0 || r.End.Nanosecond() != 0 || r.Start.Location() != time.UTC || r.End.Location() != time.UTC {
		t.Fatalf("%+v: %v until %v", a, r.Start, r.End)
	}
	if r.Long && !a.Split {
		t.Fatalf("%+v: long without leave: %+v", a, r)
	}
	windows := r.Windows()
	start, end := r.Covered()
	if start.After(r.Start) || end.Before(r.End) || len(windows) == 0 || !windows[0].Start.Equal(start) || !windows[len(windows)-1].End.Equal(end) {
		t.Fatalf("%+v: %v until %v covers %v until %v in %+v", a, r.Start, r.End, start, end, windows)
	}
	for i, w := range windows {
		first, firstDay := sent(t, w.From, l.Dates)
		last, lastDay := sent(t, w.To, l.Dates)
		if lastDay {
			last = last.AddDate(0, 0, 1).Add(-time.Second)
		}
		if len(windows) > 1 && (!first.Equal(w.Start) || !last.Equal(w.End.Add(-time.Second))) {
			t.Fatalf("%+v: window %+v", a, w)
		}
		if i > 0 && !windows[i-1].End.Equal(w.Start) {
			t.Fatalf("%+v: a gap or overlap between %+v and %+v", a, windows[i-1], w)
		}
		if lastDay {
			last = last.Truncate(24 * time.Hour)
		}
		if limit := addNaively(first, l.Longest); l.Longest != "" && last.After(limit) {
			t.Fatalf("%+v: %+v is longer than %s (%v)", a, w, l.Longest, firstDay)
		}
	}
}

// sent reads what Zoom would be sent.
func sent(t *testing.T, s string, dates bool) (at time.Time, day bool) {
	t.Helper()
	if at, err := time.Parse(time.DateOnly, s); err == nil {
		return at, true
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil || dates || len(s) != len("2006-01-02T15:04:05Z") {
		t.Fatalf("sends %q", s)
	}
	return at, false
}

// addNaively is a calendar month, year or number of days later, found by
// counting days.
func addNaively(t time.Time, length string) time.Time {
	var months int
	switch length {
	case "P1M":
		months = 1
	case "P1Y":
		months = 12
	case "P30D":
		return t.Add(30 * 24 * time.Hour)
	}
	y, m := t.Year(), int(t.Month())-1+months
	y, m = y+m/12, m%12
	lengths := [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		lengths[1] = 29
	}
	d := min(t.Day(), lengths[m])
	return time.Date(y, time.Month(m+1), d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
