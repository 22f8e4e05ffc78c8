package simulator

import (
	"math/rand/v2"
	"slices"
	"strconv"
)

// callsPerDay is the usual number of calls by weekday, Sunday first.
var callsPerDay = [7]int{2, 31, 28, 27, 26, 22, 4}

// hourWeights shape a working day, from eight in the morning on.
var hourWeights = []int{6, 11, 12, 10, 7, 9, 11, 10, 6}

// callMaker makes the calls of one day.
type callMaker struct {
	s      *Simulator
	rand   *rand.Rand
	day    int32
	pauses []pause
	calls  []*call
	busy   []span
}

// attempts is how often a call is made anew that does not fit among the others.
const attempts = 40

func (s *Simulator) callsOfDay(day int32) []*call {
	m := &callMaker{s: s, rand: s.keys.rand(streamCalls, day, 0), day: day, pauses: s.pausesOfDay(day)}
	n := callsPerDay[weekdayOf(day)] + m.rand.IntN(6)
	if !workingDay(day) {
		n = 2 + m.rand.IntN(4)
	}
	n *= s.offices()
	m.calls = make([]*call, 0, n)
	for range n {
		for range attempts {
			if c := m.call(); m.fits(c) {
				m.calls = append(m.calls, c)
				break
			}
		}
	}
	slices.SortStableFunc(m.calls, func(a, b *call) int { return int(a.start - b.start) })
	for i, c := range m.calls {
		c.day, c.n = day, uint16(i)
		// As in Zoom, a call id begins with the second in which the call began.
		c.id = strconv.FormatInt(c.start<<32|int64(m.rand.Uint32()), 10)
		m.finish(c)
	}
	return m.calls
}

// finish returns recordings and voicemails their place on the path.
func (m *callMaker) finish(c *call) {
	for i := range c.elements {
		e := &c.elements[i]
		if e.recording != nil {
			e.recording.call, e.recording.element = c, i
		}
		if e.voicemail != nil {
			e.voicemail.call, e.voicemail.element = c, i
		}
	}
}

// chance is true in the given percentage of cases.
func (m *callMaker) chance(percent int) bool { return m.rand.IntN(100) < percent }

// between returns a number from low to high.
func (m *callMaker) between(low, high int) int { return low + m.rand.IntN(high-low+1) }

// talk is a length of conversation in seconds: many short, few long.
func (m *callMaker) talk() int {
	d := m.between(25, 200)
	if m.chance(30) {
		d += m.between(60, 500)
	}
	if m.chance(6) {
		d += m.between(300, 1500)
	}
	return d
}

// user chooses a user by weight; nil where none has any.
func (m *callMaker) user(prefer func(*user) int) *user {
	total := 0
	for _, u := range m.s.company.users {
		total += prefer(u)
	}
	if total == 0 {
		return nil
	}
	pick := m.rand.IntN(total)
	for _, u := range m.s.company.users {
		if pick -= prefer(u); pick < 0 {
			return u
		}
	}
	panic("unreachable: the weights add up")
}

func (m *callMaker) outside() *caller {
	callers := m.s.company.callers
	if m.chance(45) {
		return callers[m.rand.IntN(14)] // regulars
	}
	return callers[m.rand.IntN(len(callers))]
}

func (m *callMaker) inside(e *extension) party {
	return party{
		ext: e, user: m.s.company.userOf[e], name: e.name, number: e.did(), kind: "zoom_pstn",
		country: "US", code: "1", company: companyName,
	}
}

// short is inside without the number, for parts of a path that used no number.
func (m *callMaker) short(e *extension) party {
	p := m.inside(e)
	p.number, p.kind = "", ""
	return p
}

func (m *callMaker) foreign(o *caller) party {
	p := party{name: o.name, number: o.number, kind: "external_pstn", country: o.country, code: o.code, company: o.company}
	if o.contact != nil {
		p.ext, p.kind = o.contact.extension, "external_contact"
	}
	return p
}

// topicFor chooses what a call to a department is about.
func (m *callMaker) topicFor(department string) *topic {
	for range 4 {
		t := &topics[m.rand.IntN(len(topics))]
		if t.department == "" || t.department == department {
			return t
		}
	}
	return &topics[generalTopic]
}

// call makes one call, without its place in the day. Where nobody works, calls
// only come in.
func (m *callMaker) call() *call {
	pick := m.rand.IntN(1000)
	if !workingDay(m.day) && pick >= 600 && pick < 962 {
		pick = m.rand.IntN(600)
	}
	switch {
	case pick < 200:
		return m.directCall()
	case pick < 440:
		return m.queueCall()
	case pick < 600:
		return m.menuCall()
	case pick < 850:
		return m.outgoingCall()
	case pick < 962:
		return m.internalCall()
	case pick < 982:
		return m.sharedLineCall()
	case pick < 996 || !workingDay(m.day):
		return m.junkCall()
	default:
		return m.emergencyCall()
	}
}

// inbound begins a call from outside to an extension.
func (m *callMaker) inbound(to *extension) *call {
	o := m.outside()
	c := &call{
		direction: "inbound", connect: "external", outside: o, from: m.foreign(o), to: m.inside(to), owner: to,
		start: m.moment(to.site), international: o.country != "US",
	}
	c.topic = m.topicFor(to.department)
	if m.chance(3) {
		c.hidden, c.from.number, c.from.kind, c.from.name = true, "", "anonymous_number", "Anonymous"
		c.from.ext = nil
	}
	return c
}

// directCall goes from outside to a user's own number.
func (m *callMaker) directCall() *call {
	u := m.user(func(u *user) int { return u.weight })
	c := m.inbound(u.extension)
	// Now and then somebody calls who is on the phone.
	if len(m.calls) > 0 && m.chance(6) {
		other := m.calls[m.rand.IntN(len(m.calls))]
		if v := m.s.company.userOf[other.taker]; v != nil {
			u, c.to, c.owner = v, m.inside(v.extension), v.extension
			c.start, c.topic = other.end-int64(m.between(5, 20)), m.topicFor(v.department)
		}
	}
	m.ringUser(c, u, c.start, "incoming", 1)
	return c
}

// ringUser adds the step in which a user is called, and what follows from it.
func (m *callMaker) ringUser(c *call, u *user, at int64, event string, segment int) {
	e := element{event: event, from: c.from, to: m.inside(u.extension), start: at, segment: segment}
	if len(c.elements) > 0 {
		e.to = m.short(u.extension)
		e.operator = c.elements[len(c.elements)-1].to.ext
		c.owner = u.extension
	}
	ring := m.between(3, 18)
	taken := m.taken(u.extension, at)
	onPhone := taken != nil && taken.talk
	e.rings = u.reachable(at) && !onPhone
	switch pick := m.rand.IntN(100); {
	case !e.rings && pick < 75: // closed, at lunch or on the phone: the greeting follows at once
		m.leaveVoicemail(c, &e, u.extension, at+int64(m.between(1, 4)))
	case !e.rings && onPhone:
		e.result, e.end = "busy", at+int64(m.between(1, 3))
	case !e.rings:
		e.result, e.end = "hang_up", at+int64(m.between(3, 14))
	case pick < 67:
		m.answered(c, &e, u.extension, at+int64(ring))
	case pick < 87:
		m.leaveVoicemail(c, &e, u.extension, at+int64(m.between(20, 30)))
	case pick < 94:
		e.result, e.end = "no_answer", at+int64(ring)
	case pick < 98:
		e.result, e.end = "rejected", at+int64(m.between(2, 8))
	default:
		e.result, e.end = "ring_timeout", at+30
	}
	e.waits()
	c.result, c.end = e.result, e.end
	c.elements = append(c.elements, e)
	if e.result == "answered" && c.connect == "external" && c.queue == nil && m.chance(9) {
		m.transfer(c, u)
	}
}

// waits notes how long the caller heard it ring, until an answer, a greeting or the end.
func (e *element) waits() {
	until := e.end
	switch {
	case e.answer != 0:
		until = e.answer
	case e.voicemail != nil:
		until = e.voicemail.start - greetingTime
	}
	e.wait = int(until - e.start)
}

// answered lets a phone of the company take the call, and records it where that
// is the rule.
func (m *callMaker) answered(c *call, e *element, x *extension, at int64) {
	talk := m.talk()
	e.answer, e.result, e.node = at, "answered", 1
	if m.chance(18) {
		e.hold = m.between(10, 90)
	}
	e.talk = talk
	e.end = at + int64(talk+e.hold)
	if c.answer == 0 {
		c.answer = at
	}
	c.taker = x
	u := m.s.company.userOf[x]
	// Automatic recording asks what the contact allows.
	allowed := c.hidden || c.outside == nil || c.outside.contact == nil || c.outside.contact.recorded
	switch {
	case c.queue != nil && c.queue.records:
		if allowed {
			e.recording = m.record(c, x, c.queue.extension, true, e)
		}
	case c.connect == "external" && u != nil && (u.records == "both" || u.records == c.direction):
		if allowed {
			e.recording = m.record(c, x, x, true, e)
		}
	case c.connect == "external" && u != nil && m.chance(4):
		e.recording = m.record(c, x, x, false, e)
	}
	e.summary = e.recording != nil && u != nil && u.summaries && talk > 60
}

// transfer hands a call on to a colleague whose phone may ring; where there is
// none the call ends.
func (m *callMaker) transfer(c *call, by *user) {
	last := &c.elements[len(c.elements)-1]
	to := m.user(func(u *user) int {
		if u == by || m.taken(u.extension, last.end) != nil || !u.reachable(last.end) {
			return 0
		}
		return u.weight
	})
	if to == nil {
		return
	}
	event := "direct_transfer"
	if m.chance(40) {
		event = "warm_transfer"
	}
	e := element{
		event: event, from: c.from, to: m.short(to.extension), operator: by.extension,
		start: last.end, segment: last.segment + 1, rings: true,
	}
	m.answered(c, &e, to.extension, last.end+int64(m.between(3, 15)))
	e.waits()
	c.end = e.end
	c.elements = append(c.elements, e)
}

// greetingTime is how long a greeting is heard before a message can be left.
const greetingTime = 4

// leaveVoicemail lets the caller leave a message for an extension.
func (m *callMaker) leaveVoicemail(c *call, e *element, owner *extension, at int64) {
	length := m.between(14, 48)
	e.result, e.end = "voicemail", at+int64(greetingTime+length)
	e.voicemail = m.voicemail(c, owner, at+greetingTime, length)
}
