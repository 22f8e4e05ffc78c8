package cache

import (
	"cmp"
	"slices"
	"time"

	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

const (
	// slack is how far two readings of the clock for one call may lie apart.
	slack = 2 * time.Second
	// justNow is how long ago a range may end that was meant to end now: what is asked
	// in it may take a while before it is looked for.
	justNow = 20 * time.Second
)

// entry is what is known of the lists with one key.
type entry struct {
	segments []*item
	pieces   []*piece
	// uncut reports that records lack the time by which they would be sorted into
	// segments, wholeDays that Zoom answers ranges of hours for the days around them.
	uncut, wholeDays bool
}

// entry returns the one of a key.
func (c *Cache) entry(key string) *entry {
	e := c.lists[key]
	if e == nil {
		e = &entry{}
		c.lists[key] = e
	}
	return e
}

// tidy forgets an entry that has nothing.
func (c *Cache) tidy(key string) {
	if e := c.lists[key]; e != nil && len(e.segments)+len(e.pieces) == 0 && !e.uncut && !e.wholeDays {
		delete(c.lists, key)
	}
}

// stretch is a stretch of time, half-open.
type stretch struct{ start, end time.Time }

// without returns what is left of stretches, which are in order, without [start, end).
func without(open []stretch, start, end time.Time) []stretch {
	var out []stretch
	for _, o := range open {
		if !o.start.Before(end) || !start.Before(o.end) {
			out = append(out, o)
			continue
		}
		if o.start.Before(start) {
			out = append(out, stretch{o.start, start})
		}
		if end.Before(o.end) {
			out = append(out, stretch{end, o.end})
		}
	}
	return out
}

// plan is what a read needs.
type plan struct {
	uses  []use     // that are kept
	joins []*piece  // that are being fetched
	gaps  []stretch // that nobody fetches; one for a list that is not cut
	cut   bool
}

func (p *plan) whole() bool { return len(p.joins)+len(p.gaps) == 0 }

// plan looks for what a read needs that was asked at a time. With part, what is kept only as a part counts too.
func (e *entry) plan(l List, now, asked, since time.Time, anew, part bool) plan {
	q := l.Query
	start, end := covered(q)
	m := q.Method
	if Cuts(q) && !e.uncut {
		return e.planCut(q, start, end, now, asked, since, anew, part)
	}
	p := plan{}
	from, to := ends(q)
	fits := func(iStart, iEnd time.Time, iFrom, iTo string, began time.Time, timeless bool) bool {
		if end.IsZero() || iEnd.IsZero() {
			return end.IsZero() && iEnd.IsZero() && from == iFrom && to == iTo
		}
		wider := len(m.Times) > 0 && !m.Totals && !m.Sync && !timeless
		begins := iStart.Equal(start) || wider && iStart.Before(start)
		ends := iEnd.Equal(end) || wider && iEnd.After(end) || reaches(iEnd, began) && isNow(end, asked) && start.Before(iEnd)
		return begins && ends
	}
	best := (*item)(nil)
	for _, it := range e.segments {
		if it.counts(now, since, anew) && fits(it.start, it.end, it.from, it.to, it.fetched, it.timeless) && (best == nil || it.fetched.After(best.fetched)) {
			best = it
		}
	}
	if best != nil {
		p.uses = []use{narrow(q, best, start, end)}
		return p
	}
	for _, o := range e.pieces {
		if !o.cut && !o.began.Before(since) && fits(o.start, o.end, o.from, o.to, o.began, false) {
			p.joins = append(p.joins, o)
			return p
		}
	}
	p.gaps = []stretch{{start, end}}
	return p
}

// Cuts reports whether a list is kept in segments, so that long stretches of it are
// read in parts, side by side.
func Cuts(q paginate.Query) bool {
	_, end := covered(q)
	m := q.Method
	return !end.IsZero() && m.Limits != nil && !m.Totals && !m.Sync && !m.Dead && len(m.Times) == 1
}

// planCut is plan for a list that is kept in segments.
func (e *entry) planCut(q paginate.Query, start, end, now, asked, since time.Time, anew, part bool) plan {
	p := plan{cut: true}
	open := []stretch{{start, end}}
	newest := slices.Clone(e.segments)
	slices.SortStableFunc(newest, func(a, b *item) int { return b.fetched.Compare(a.fetched) })
	var tail time.Time // how far what reaches until now does
	for _, it := range newest {
		if it.end.IsZero() || !it.counts(now, since, anew) || it.pending != nil && !part {
			continue
		}
		for _, o := range open {
			from, until := later(o.start, it.start), earlier(o.end, it.end)
			if from.Before(until) {
				p.uses = append(p.uses, narrow(q, it, from, until))
				if reaches(it.end, it.fetched) && now.Sub(it.fetched) < Life && !it.fetched.Before(since) && it.end.Equal(until) {
					tail = later(tail, until)
				}
			}
		}
		open = without(open, it.start, it.end)
	}
	gaps := open
	for _, o := range e.pieces {
		if !o.cut || o.timeless {
			continue
		}
		if left := without(gaps, o.start, o.end); !slices.Equal(left, gaps) {
			p.joins = append(p.joins, o)
			gaps = left
			if reaches(o.end, o.began) && !o.began.Before(since) {
				tail = later(tail, o.end)
			}
		}
	}
	// What came in the few minutes since the newest was fetched can wait.
	if n := len(gaps) - 1; n >= 0 && gaps[n].end.Equal(end) && gaps[n].start.Equal(tail) && tail.After(start) && isNow(end, asked) {
		gaps = gaps[:n]
	}
	p.gaps = gaps
	slices.SortFunc(p.uses, func(a, b use) int {
		if q.OldestFirst {
			return cmp.Compare(a.item.start.Unix(), b.item.start.Unix())
		}
		return cmp.Compare(b.item.start.Unix(), a.item.start.Unix())
	})
	return p
}

// reaches reports whether a stretch that was fetched from a time on ended then, or
// later.
func reaches(end, fetched time.Time) bool { return !end.Before(fetched.Add(-slack)) }

// isNow reports whether a range ended when it was asked for, or will.
func isNow(end, asked time.Time) bool { return !end.Before(asked.Add(-justNow)) }

// narrow is the use of an item for [from, until) and within the bounds of a query.
func narrow(q paginate.Query, it *item, from, until time.Time) use {
	u := use{item: it}
	if !q.Start.IsZero() {
		from = later(from, q.Start)
	}
	if !q.End.IsZero() {
		until = earlier(until, q.End)
	}
	if len(q.Method.Times) > 0 && !it.end.IsZero() && (from.After(it.start) || until.Before(it.end)) {
		u.from, u.until, u.method = from, until, &q.Method
	}
	return u
}

// covered is the range that is sent for, zero where there is none or Zoom chooses an
// end.
func covered(q paginate.Query) (start, end time.Time) {
	if q.Range != nil {
		if start, end = q.Range.Covered(); !start.IsZero() && !end.IsZero() {
			return start, end
		}
	}
	return time.Time{}, time.Time{}
}

// ends are those of the range as they are sent.
func ends(q paginate.Query) (from, to string) {
	if q.Range != nil {
		return q.Range.From, q.Range.To
	}
	return "", ""
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// windows are the calls that a gap needs, one each.
func windows(q paginate.Query, g stretch) []*daterange.Range {
	start, end := covered(q)
	if g.start.Equal(start) && g.end.Equal(end) && !q.Range.Long {
		return []*daterange.Range{q.Range} // in the caller's own words
	}
	var out []*daterange.Range
	for _, w := range daterange.Split(g.start, g.end, *q.Method.Limits) {
		out = append(out, daterange.Between(w.Start, w.End, *q.Method.Limits))
	}
	return out
}
