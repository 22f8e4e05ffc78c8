package simulator

// span is a stretch of time for which somebody is taken up by a call.
type span struct {
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
	taken := make(map[any]span, 8)
	if c.from.internal() {
		taken[c.from.ext] = span{c.start, c.end, true}
	}
	if c.outside != nil {
		taken[c.outside] = span{c.start, c.end, true}
	}
	for i := range c.elements {
		e := &c.elements[i]
		if !e.rings {
			continue
		}
		if !m.reachable(e.to.ext, e.start) {
			return false
		}
		if e.event == "ring_to_member" && e.to.user != nil && c.queue != nil && !c.queue.takes(e.to.user, e.start, m.pauses) {
			return false
		}
		taken[e.to.ext] = span{e.start, e.end, e.answer != 0}
	}
	for who, t := range taken {
		for _, other := range m.busy[who] {
			if t.from <= other.to && other.from <= t.to {
				return false
			}
		}
	}
	for who, t := range taken {
		m.busy[who] = append(m.busy[who], t)
	}
	return true
}

// reachable reports whether the phone of a user or of a common area rings at a moment.
func (m *callMaker) reachable(x *extension, at int64) bool {
	if u := m.s.company.userOf[x]; u != nil {
		return u.reachable(at)
	}
	return x.site.open(at)
}

// taken gives the call that takes somebody up at a moment.
func (m *callMaker) taken(x *extension, at int64) (span, bool) {
	for _, t := range m.busy[x] {
		if at >= t.from && at <= t.to {
			return t, true
		}
	}
	return span{}, false
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
