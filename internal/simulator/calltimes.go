package simulator

// span is a stretch of time for which somebody is taken up by a call.
type span struct {
	who      any // an extension, or a caller outside
	from, to int64
	talk     bool // and not only by a phone that rings
}

// fits reports whether a call can have happened beside those of the day so far,
// and then notes whom it takes up: it ends before the day does, phones ring
// where they may, and nobody is in two calls at once.
func (m *callMaker) fits(c *call) bool {
	if c.end >= int64(m.day+1)*86400 {
		return false
	}
	known := len(m.busy)
	ok := (!c.from.internal() || m.take(known, span{c.from.ext, c.start, c.end, true})) &&
		(c.outside == nil || m.take(known, span{c.outside, c.start, c.end, true}))
	for i := 0; ok && i < len(c.elements); i++ {
		if e := &c.elements[i]; e.rings {
			optedOut := e.event == "ring_to_member" && e.to.user != nil && c.queue != nil && !c.queue.takes(e.to.user, e.start, m.pauses)
			ok = !optedOut && m.reachable(e.to.ext, e.start) && m.take(known, span{e.to.ext, e.start, e.end, e.answer != 0})
		}
	}
	if !ok {
		m.busy = m.busy[:known]
	}
	return ok
}

// take notes a span, unless it meets one of the same person among those known.
func (m *callMaker) take(known int, t span) bool {
	for i := range m.busy[:known] {
		if other := &m.busy[i]; t.from <= other.to && other.from <= t.to && other.who == t.who {
			return false
		}
	}
	m.busy = append(m.busy, t)
	return true
}

// reachable reports whether the phone of a user or of a common area rings at a moment.
func (m *callMaker) reachable(x *extension, at int64) bool {
	if u := m.s.company.userOf[x]; u != nil {
		return u.reachable(at)
	}
	return x.site.open(at)
}

// taken returns what takes somebody up at a moment, nil for nothing.
func (m *callMaker) taken(x *extension, at int64) *span {
	for i := range m.busy {
		if t := &m.busy[i]; at >= t.from && at <= t.to && t.who == x {
			return t
		}
	}
	return nil
}

// moment chooses when a call to a site begins; most begin in office hours.
func (m *callMaker) moment(at *site) int64 {
	if m.chance(9) {
		return int64(m.day)*86400 + int64(m.rand.IntN(86400-600))
	}
	return m.officeMoment(at)
}

// officeMoment chooses when somebody of a site calls: in office hours or, now and
// then, before them.
func (m *callMaker) officeMoment(at *site) int64 {
	if m.chance(3) {
		return at.clock(m.day, opening-3600+m.rand.IntN(3500))
	}
	pick := m.rand.IntN(82)
	hour := 8
	for _, w := range hourWeights {
		if pick < w {
			break
		}
		pick -= w
		hour++
	}
	return at.clock(m.day, hour*3600+m.rand.IntN(3500))
}
