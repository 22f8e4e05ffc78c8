package simulator

import (
	"net/http"
	"strings"
	"time"
)

// reach says which stretch of time a method looks at.
type reach struct {
	months int           // longest range; more is silently cut
	back   int           // months of history; zero means all there is
	fresh  time.Duration // what is looked at when no range is given
	dates  bool          // from and to are days, whatever was sent
	strict bool          // refuse what lies further back, instead of cutting it
}

const day = 24 * time.Hour

// The stretches of the method families.
var (
	reachCalls      = reach{months: 1, back: 6, fresh: day}
	reachAnalytics  = reach{months: 12, back: 24, fresh: day}
	reachRecordings = reach{months: 1, back: 6, fresh: 30 * day}
	reachQueueTapes = reach{months: 1, back: 6, fresh: day}
	reachMessages   = reach{months: 1, back: 13, fresh: 30 * day}
	reachFaxes      = reach{months: 1, back: 13, fresh: 30 * day}
	reachMetrics    = reach{months: 1, back: 6, fresh: day, dates: true}
	reachPastCalls  = reach{months: 1, back: 6, fresh: 30 * day}
	reachCharges    = reach{months: 1, back: 13, fresh: 30 * day, strict: true}
	reachOperations = reach{months: 1, back: 13, fresh: day, dates: true}
)

// window is a stretch of time, both ends included, in Unix seconds.
type window struct {
	from, to int64
	// now bounds what has happened: to may lie before it, never after it.
	now int64
	// fromText and toText repeat the ends in the form in which they were given.
	fromText, toText string
}

func (w window) holds(unix int64) bool { return unix >= w.from && unix <= w.to }

// window reads from and to. What is not a time counts as absent, as in Zoom.
func (q *query) window(r reach) (window, error) {
	now := q.now.Unix()
	from, fromDay, hasFrom := parseTime(q.get("from"))
	to, toDay, hasTo := parseTime(q.get("to"))
	if r.dates {
		fromDay, toDay = true, true
	}
	if !hasTo {
		to, toDay = now, r.dates || r.fresh > day
	} else if toDay {
		to = to - to%86400 + 86399
	}
	if !hasFrom {
		from, fromDay = to-int64(r.fresh/time.Second), r.dates || r.fresh > day
	}
	if fromDay && (hasFrom || r.dates) {
		from -= from % 86400
	}
	if oldest := q.now.AddDate(0, -r.back, 0).Unix(); r.back > 0 && from < oldest-oldest%86400 {
		if r.strict {
			return window{}, refuse(http.StatusBadRequest, 400, "Invalid start date. Report is provided only for recent 13 months.")
		}
		from = oldest - oldest%86400
	}
	if r.strict && from > to {
		return window{}, refuse(http.StatusBadRequest, 400, "Invalid from/to time.")
	}
	if last := time.Unix(from, 0).UTC().AddDate(0, r.months, 0).Unix(); to > last {
		to = last
		if toDay {
			to = to - to%86400 + 86399
		}
	}
	w := window{from: from, to: to, now: now, fromText: stamp(from), toText: stamp(to)}
	if fromDay {
		w.fromText = date(from)
	}
	if toDay {
		w.toText = date(to)
	}
	w.to = min(w.to, now)
	return w, nil
}

// parseTime reads a date or a date-time; day reports that it was only a date.
func parseTime(text string) (unix int64, day, ok bool) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Unix(), true, t.Unix() > 0
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.Unix(), false, t.Unix() > 0
		}
	}
	return 0, false, false
}
