package daterange

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Windows and small containers have no time zones; this adds 450 kB
	"unicode"

	"zoom-phone-mcp/internal/lenient"
)

// maxZone is longer than every IANA name, in bytes.
const maxZone = 64

// Zone finds a time zone by its IANA name, in any case. An empty name is UTC. The
// machine's own zone has no name here: where the server runs says nothing about
// the caller.
func Zone(name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if name == "" || strings.EqualFold(name, "UTC") || strings.EqualFold(name, "Z") {
		return time.UTC, nil
	}
	if len(name) <= maxZone && !strings.EqualFold(name, "local") && !strings.EqualFold(name, "localtime") {
		for _, n := range []string{name, capitals(name), strings.ToUpper(name)} {
			if loc, err := time.LoadLocation(n); err == nil {
				return loc, nil
			}
		}
	}
	return nil, fmt.Errorf("%q is not a time zone: want an IANA name such as Europe/Berlin or America/New_York", lenient.Shorten(name))
}

// capitals writes the parts of a zone's name as the database does.
func capitals(name string) string {
	first := true
	return strings.Map(func(r rune) rune {
		up := first
		first = r == '/' || r == '_' || r == '-'
		if up {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, name)
}

// calendar is a clock in a zone. It works on civil times: what a wall clock in
// the zone shows, written as if it were UTC.
type calendar struct {
	now time.Time // UTC
	loc *time.Location
}

// civilNow is what a wall clock shows now.
func (c calendar) civilNow() time.Time {
	t := c.now.In(c.loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// at returns the moments at which a wall clock shows a civil time: two different
// ones when clocks were set back over it. A time that the zone skips is the
// moment of the change.
func (c calendar) at(civil time.Time) (early, late time.Time) {
	// No zone is as far as 15 hours from UTC, so these lie before and after every
	// moment that could be meant.
	before := civil.Add(-offset(civil.Add(-15*time.Hour), c.loc))
	after := civil.Add(-offset(civil.Add(15*time.Hour), c.loc))
	isBefore, isAfter := c.shows(before, civil), c.shows(after, civil)
	switch {
	case isBefore && isAfter:
		if after.Before(before) {
			before, after = after, before
		}
		return before, after
	case isBefore:
		return before, before
	case isAfter:
		return after, after
	}
	// Read with the offset before the change, the time falls behind the change.
	change, _ := before.In(c.loc).ZoneBounds()
	change = change.UTC()
	return change, change
}

func (c calendar) shows(t, civil time.Time) bool {
	return t.Add(offset(t, c.loc)).Equal(civil)
}

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}
