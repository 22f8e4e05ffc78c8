package simulator

import (
	"time"
	_ "time/tzdata" // zones, where the system has none
)

// The company works from Monday to Friday, from opening to closing by the clock
// of the site, except on holidays.
const (
	opening = 8 * 3600
	closing = 17 * 3600
)

// lunchTime is how long the break of the day is.
const lunchTime = 45 * 60

// festivals are the days on which the company is closed, every year.
var festivals = []struct {
	name  string
	month time.Month
	day   int
}{{"New Year", time.January, 1}, {"Independence Day", time.July, 4}, {"Winter Break", time.December, 25}}

// weekdayOf is the weekday of a day counted from 1970, which began on a Thursday.
func weekdayOf(day int32) time.Weekday { return time.Weekday((day + 4) % 7) }

// workingDay reports whether the company works on a day counted from 1970.
func workingDay(day int32) bool {
	if weekday := weekdayOf(day); weekday == time.Saturday || weekday == time.Sunday {
		return false
	}
	_, month, date := time.Unix(int64(day)*86400, 0).UTC().Date()
	for _, f := range festivals {
		if month == f.month && date == f.day {
			return false
		}
	}
	return true
}

// clock returns the moment at which the site's clocks show so many seconds after
// midnight, on the date that a day has in UTC. Office hours of all sites lie
// within that day in UTC.
func (at *site) clock(day int32, seconds int) int64 {
	y, m, d := time.Unix(int64(day)*86400, 0).UTC().Date()
	return time.Date(y, m, d, 0, 0, seconds, 0, at.zone).Unix()
}

// local returns the day and the seconds since midnight by the clocks of the site.
func (at *site) local(unix int64) (day int32, seconds int) {
	_, offset := time.Unix(unix, 0).In(at.zone).Zone()
	unix += int64(offset)
	return dayOf(unix), int(unix % 86400)
}

// open reports whether the site works at a moment.
func (at *site) open(unix int64) bool {
	day, seconds := at.local(unix)
	return seconds >= opening && seconds < closing && workingDay(day)
}

// nextOpen returns the moment itself while the site is open, or else the next opening.
func (at *site) nextOpen(unix int64) int64 {
	for day := dayOf(unix); !at.open(unix); day++ {
		if next := at.clock(day, opening); workingDay(day) && next >= unix {
			return next
		}
	}
	return unix
}

// lunch returns when the user's break of a weekday begins, in seconds since
// midnight. Departments with a call queue take it in shifts.
func (u *user) lunch(weekday time.Weekday) int {
	if !u.shifts {
		return 12 * 3600
	}
	return (11 + (u.number+int(weekday)+1)%3) * 3600
}

// reachable reports whether the user's phone rings at a moment: within hours and
// outside the break.
func (u *user) reachable(unix int64) bool {
	day, seconds := u.site.local(unix)
	if u.status != "activate" || seconds < opening || seconds >= closing || !workingDay(day) {
		return false
	}
	from := u.lunch(weekdayOf(day))
	return seconds < from || seconds >= from+lunchTime
}

// pause is a stretch of a working day in which a member takes no calls of a queue.
type pause struct {
	queue    *queue
	member   *user
	from, to int64
}

// pausesOfDay returns the pauses of a day: members opt out, and in again later.
func (s *Simulator) pausesOfDay(day int32) []pause {
	if !workingDay(day) {
		return nil
	}
	r := s.keys.rand(streamPauses, day, 0)
	var out []pause
	for _, q := range s.company.queues {
		if len(q.members) == 0 {
			continue
		}
		member := q.members[r.IntN(len(q.members))]
		if !q.active || len(q.members) < 4 || q.optedOut[member] || r.IntN(100) >= 35 {
			continue
		}
		from := q.site.clock(day, 9*3600+r.IntN(5*3600))
		out = append(out, pause{q, member, from, from + int64(1800+r.IntN(8000))})
	}
	return out
}

// takes reports whether a member of a queue takes its calls at a moment, given
// the pauses of that day.
func (c *queue) takes(member *user, at int64, pauses []pause) bool {
	for _, p := range pauses {
		if p.queue == c && p.member == member && at >= p.from && at < p.to {
			return false
		}
	}
	return !c.optedOut[member]
}
