package simulator

import "slices"

func (m *callMaker) pickQueue() *queue {
	total := 0
	for _, q := range m.s.company.queues {
		total += q.weight
	}
	pick := m.rand.IntN(total)
	for _, q := range m.s.company.queues {
		if pick -= q.weight; pick < 0 {
			return q
		}
	}
	panic("unreachable: the weights add up")
}

// queueCall goes from outside to a call queue's own number.
func (m *callMaker) queueCall() *call {
	q := m.pickQueue()
	c := m.inbound(q.extension)
	if len(q.phones) > 1 && m.chance(40) {
		c.to.number, c.to.kind = "+"+q.phones[1].number, "zoom_toll_free_number"
	}
	m.enterQueue(c, q, c.start, "incoming", 1)
	return c
}

// enterQueue adds the steps of waiting in a queue and of being served. Where the
// queue is closed, another one that is open takes the call, or its voicemail.
func (m *callMaker) enterQueue(c *call, q *queue, at int64, event string, segment int) {
	c.queue, c.owner = q, q.extension
	if c.topic.department != q.department {
		c.topic = m.topicFor(q.department)
	}
	head := element{event: event, from: c.from, to: c.to, start: at, segment: segment}
	if len(c.elements) > 0 {
		head.to = m.short(q.extension)
		head.operator = c.elements[len(c.elements)-1].to.ext
	}
	place := len(c.elements)
	c.elements = append(slices.Grow(c.elements, 5), head)
	v := visited{queue: q}
	if !q.site.open(at) {
		m.closedQueue(c, &head, &v)
	} else {
		m.openQueue(c, &head, &v)
	}
	head.wait = v.waited
	c.elements[place] = head
	c.visits = append(c.visits, v)
	switch {
	case head.result != "overflowed":
		c.result, c.end = head.result, max(c.end, head.end)
	case !q.site.open(at):
		m.enterQueue(c, q.elsewhere, head.end, "overflow", segment+1)
	default:
		e := element{event: "overflow", from: c.from, to: m.short(q.overflow.extension), operator: q.extension, start: head.end, segment: segment + 2}
		m.leaveVoicemail(c, &e, q.overflow.extension, head.end+int64(m.between(5, 20)))
		e.waits()
		c.elements = append(c.elements, e)
		c.visits = append(c.visits, visited{queue: q.overflow, outcome: "overflowed", waited: e.wait})
		c.result, c.end = "overflowed", e.end
	}
}

// closedQueue is what a caller meets outside the hours of a queue.
func (m *callMaker) closedQueue(c *call, head *element, v *visited) {
	switch {
	case v.queue.elsewhere != nil && v.queue.elsewhere.site.open(head.start+2):
		v.outcome, v.waited, head.result, head.end = "overflowed", 2, "overflowed", head.start+2
	case m.chance(75):
		v.outcome, v.waited = "overflowed", m.between(6, 12)
		m.leaveVoicemail(c, head, v.queue.extension, head.start+int64(v.waited))
	default:
		v.outcome, v.waited = "abandoned", m.between(4, 12)
		head.result, head.end = "abandoned", head.start+int64(v.waited)
	}
}

// openQueue lets a caller wait, and be served or not.
func (m *callMaker) openQueue(c *call, head *element, v *visited) {
	wait, pick := m.between(4, 45), m.rand.IntN(100)
	if m.chance(25) {
		wait += m.between(20, 150)
	}
	free := m.freeMembers(v.queue, head.start)
	if len(free) == 0 && pick < 76 {
		pick = 76 + pick/4 // nobody is there
	}
	switch {
	case pick < 76:
		m.ringMembers(c, v.queue, free, head.start, wait, head.segment+1, true)
		c.end = c.elements[len(c.elements)-1].end
		v.outcome, v.wrapUp = "completed", m.between(10, 70)
		head.result, head.answer, head.node, head.end = "answered", head.start+int64(wait), 1, c.end
	case pick < 89:
		wait += m.between(10, 90)
		m.ringMembers(c, v.queue, free, head.start, wait, head.segment+1, false)
		v.outcome, head.result, head.end = "abandoned", "abandoned", head.start+int64(wait)
	default:
		wait += m.between(30, 90)
		m.ringMembers(c, v.queue, free, head.start, wait, head.segment+1, false)
		v.outcome, head.result, head.end = "overflowed", "overflowed", head.start+int64(wait)
		if pick < 95 {
			m.leaveVoicemail(c, head, v.queue.extension, head.end)
		}
	}
	v.waited = wait
}

// freeMembers are those of a queue whose phones may ring, in the order of this call.
func (m *callMaker) freeMembers(q *queue, at int64) []*extension {
	free := slices.Clone(q.commonAreas)
	for _, u := range q.members {
		if q.takes(u, at, m.pauses) {
			free = append(free, u.extension)
		}
	}
	free = slices.DeleteFunc(free, func(x *extension) bool {
		return m.taken(x, at) != nil || !m.reachable(x, at)
	})
	m.rand.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	return free
}

// ringMembers adds a step for each member whose phone rang. With served the
// last of them takes the call after wait seconds.
func (m *callMaker) ringMembers(c *call, q *queue, members []*extension, at int64, wait, segment int, served bool) {
	rung := members[:min(len(members), m.between(1, 3))]
	if q.simultaneous {
		rung = members[:min(len(members), 4)]
	}
	step := wait / max(1, len(rung))
	for i, x := range rung {
		e := element{
			event: "ring_to_member", from: c.from, to: m.short(x), operator: q.extension,
			start: at, segment: segment, isNode: 1, rings: true,
		}
		if !q.simultaneous {
			e.start = at + int64(i*step)
		}
		taken := at + int64(wait)
		switch last := i == len(rung)-1; {
		case last && served:
			m.answered(c, &e, x, taken)
		case q.simultaneous && served:
			e.result, e.reason, e.end = "no_answer", "answered_by_other", taken
		case m.chance(15):
			e.result, e.end = "rejected", e.start+int64(min(step, 6))
		case q.simultaneous || last:
			e.result, e.end = "no_answer", taken
		default:
			e.result, e.end = "ring_timeout", e.start+int64(step)
		}
		e.waits()
		c.elements = append(c.elements, e)
	}
}

// menuCall goes from outside to an auto receptionist and on by a key.
func (m *callMaker) menuCall() *call {
	menus := m.s.company.receptionists
	a := menus[m.rand.IntN(len(menus))]
	c := m.inbound(a.extension)
	at, segment := c.start, 1
	for {
		listen := m.between(6, 28)
		e := element{event: "incoming", from: c.from, to: m.inside(a.extension), start: at, answer: at + 1, end: at + int64(listen), segment: segment, node: 1, wait: 1}
		if len(c.elements) > 0 {
			e.event, e.to, e.operator = "forward", m.short(a.extension), c.elements[len(c.elements)-1].to.ext
		}
		c.owner = a.extension
		if !a.site.open(at) {
			m.closedMenu(c, a, &e)
			return c
		}
		if m.chance(7) {
			e.result, e.node = "hang_up", 0
			if m.chance(20) {
				e.result, e.key = "invalid_key", "8"
			}
			c.elements = append(c.elements, e)
			c.result, c.end = e.result, e.end
			return c
		}
		k := a.keys[m.rand.IntN(len(a.keys))]
		if segment > 2 || k.target.kind == isContact {
			k = a.keys[len(a.keys)-1] // nobody goes in circles for ever, and the carrier calls directly
		}
		e.result, e.key = "answered", k.key
		if k.voicemail {
			m.leaveVoicemail(c, &e, k.target, e.end)
		}
		at, segment = e.end, segment+1
		c.elements = append(c.elements, e)
		if k.voicemail {
			c.result, c.end = e.result, e.end
			return c
		}
		switch k.target.kind {
		case isReceptionist:
			a = m.menu(k.target)
		case isQueue:
			m.enterQueue(c, m.queueOf(k.target), at, "forward", segment)
			return c
		default:
			m.ringUser(c, m.s.company.userOf[k.target], at, "forward", segment)
			return c
		}
	}
}

// closedMenu plays that nobody is there: the caller leaves a message by one of the
// keys, or the call ends after the announcement.
func (m *callMaker) closedMenu(c *call, a *receptionist, e *element) {
	if m.chance(65) {
		k := a.closed[min(m.rand.IntN(3), len(a.closed)-1)]
		e.key = k.key
		m.leaveVoicemail(c, e, k.target, e.end)
	} else {
		e.result, e.node = "hang_up", 0
	}
	c.elements = append(c.elements, *e)
	c.result, c.end = e.result, e.end
}

func (m *callMaker) menu(e *extension) *receptionist { return m.s.company.menuByID[e.id] }

func (m *callMaker) queueOf(e *extension) *queue { return m.s.company.queueByID[e.id] }

// outgoingCall goes from a user to somebody outside.
func (m *callMaker) outgoingCall() *call {
	u := m.user(func(u *user) int { return u.weight })
	o := m.outside()
	for o.country != "US" && !m.s.abroad(u) {
		o = m.outside()
	}
	c := &call{
		direction: "outbound", connect: "external", outside: o, from: m.inside(u.extension), to: m.foreign(o),
		owner: u.extension, start: m.officeMoment(u.site), international: o.country != "US", topic: m.topicFor(u.department),
	}
	e := element{event: "outgoing", from: c.from, to: c.to, start: c.start, segment: 1}
	ring := m.between(4, 20)
	switch pick := m.rand.IntN(100); {
	case pick < 70:
		m.answered(c, &e, u.extension, c.start+int64(ring))
		e.result = "connected"
	case pick < 85:
		e.result, e.end = "no_answer", c.start+int64(m.between(20, 40))
	case pick < 90:
		e.result, e.end = "busy", c.start+int64(m.between(2, 5))
	case pick < 97:
		e.result, e.end = "canceled", c.start+int64(ring)
	default:
		e.result, e.end = "call_failed", c.start+int64(m.between(1, 3))
	}
	e.waits()
	c.result, c.end = e.result, e.end
	c.elements = []element{e}
	return c
}

// internalCall goes from one user to another, or to the phone of the site's common area.
func (m *callMaker) internalCall() *call {
	u := m.user(func(u *user) int { return u.weight })
	c := &call{
		direction: "outbound", connect: "internal", from: m.short(u.extension), owner: u.extension,
		start: m.officeMoment(u.site), topic: &insideTopics[m.rand.IntN(len(insideTopics))],
	}
	if m.chance(7) {
		m.commonAreaCall(c, u.site.commonArea)
		return c
	}
	v := m.user(func(v *user) int {
		if v == u {
			return 0
		}
		return v.weight
	})
	c.to, c.endToEnd = m.short(v.extension), u.deskPhone == "" && v.deskPhone == "" && m.chance(30)
	m.ringUser(c, v, c.start, "outgoing", 1)
	c.elements[0].to = c.to
	return c
}

// commonAreaCall rings the phone of a common area, which has no voicemail.
func (m *callMaker) commonAreaCall(c *call, x *extension) {
	c.to = m.short(x)
	e := element{event: "outgoing", from: c.from, to: c.to, start: c.start, segment: 1, rings: true}
	if m.chance(65) {
		m.answered(c, &e, x, c.start+int64(m.between(5, 20)))
	} else {
		e.result, e.end = "no_answer", c.start+int64(m.between(15, 40))
	}
	e.waits()
	c.result, c.end, c.elements = e.result, e.end, []element{e}
}

// sharedLineCall goes from outside to a shared line group.
func (m *callMaker) sharedLineCall() *call {
	groups := m.s.company.sharedLines
	g := groups[m.rand.IntN(len(groups))]
	c := m.inbound(g.extension)
	head := element{event: "shared_line_incoming", from: c.from, to: c.to, start: c.start, segment: 1}
	members := slices.DeleteFunc(slices.Clone(g.members), func(u *user) bool {
		return m.taken(u.extension, c.start) != nil || !u.reachable(c.start)
	})
	if len(members) == 0 || m.chance(25) {
		wait := 25
		if len(members) == 0 {
			wait = m.between(2, 8)
		}
		m.leaveVoicemail(c, &head, g.extension, c.start+int64(wait))
		head.waits()
		c.result, c.end = head.result, head.end
		c.elements = []element{head}
		return c
	}
	taken := c.start + int64(m.between(4, 20))
	by := m.rand.IntN(len(members))
	c.elements = []element{head}
	for i, u := range members {
		e := element{
			event: "ring_to_member", from: c.from, to: m.short(u.extension), operator: g.extension, start: c.start, segment: 2,
			isNode: 1, rings: true,
		}
		if i == by {
			m.answered(c, &e, u.extension, taken)
			c.end = e.end
		} else {
			e.result, e.reason, e.end = "no_answer", "answered_by_other", taken
		}
		e.waits()
		c.elements = append(c.elements, e)
	}
	head.result, head.answer, head.end, head.node, head.wait = "answered", taken, c.end, 1, int(taken-c.start)
	c.elements[0], c.result = head, "answered"
	return c
}

// junkCall is an unwanted call: blocked, or let through with a warning.
func (m *callMaker) junkCall() *call {
	u := m.user(func(u *user) int { return u.weight })
	c := m.inbound(u.extension)
	c.outside, c.topic, c.hidden, c.international = nil, nil, false, false
	c.from = party{name: "Unknown", number: "+1900555019" + string(rune('0'+m.rand.IntN(10))), kind: "external_pstn", country: "US", code: "1"}
	c.spam = "Spam"
	e := element{event: "incoming", from: c.from, to: c.to, start: c.start, segment: 1, result: "system_blocked", end: c.start + 1}
	if m.chance(40) {
		c.spam = "Maybe Spam"
		m.leaveVoicemail(c, &e, u.extension, c.start+2)
		e.voicemail.kind = "maybeSpam"
	}
	e.waits()
	c.result, c.end = e.result, e.end
	c.elements = []element{e}
	return c
}

// emergencyCall is a test of the emergency address by way of 933.
func (m *callMaker) emergencyCall() *call {
	admins := m.s.company.admins
	u := admins[m.rand.IntN(len(admins))]
	c := &call{
		direction: "outbound", connect: "external", emergency: true, from: m.inside(u.extension),
		to:    party{name: "Emergency address test", number: "933", kind: "zoom_service_number", country: "US", code: "1"},
		owner: u.extension, start: m.officeMoment(u.site), result: "connected",
	}
	c.answer = c.start + 2
	c.end = c.answer + int64(m.between(20, 40))
	c.taker = u.extension
	c.elements = []element{{
		event: "outgoing", from: c.from, to: c.to, start: c.start, answer: c.answer, end: c.end,
		result: "connected", segment: 1, node: 1, wait: 2, talk: int(c.end - c.answer),
	}}
	return c
}

// involves reports whether an extension takes part in a step, as caller or callee.
func (e *element) involves(x *extension) bool { return e.from.ext == x || e.to.ext == x }

// parts returns the steps in which an extension takes part.
func (c *call) parts(x *extension) []int {
	var out []int
	for i := range c.elements {
		if c.elements[i].involves(x) {
			out = append(out, i)
		}
	}
	return slices.Clip(out)
}
