package simulator

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// callsPerDay is the usual number of calls by weekday, Sunday first.
var callsPerDay = [7]int{2, 31, 28, 27, 26, 22, 4}

// hourWeights shape a working day, from eight in the morning on.
var hourWeights = []int{6, 11, 12, 10, 7, 9, 11, 10, 6}

// callMaker makes the calls of one day.
type callMaker struct {
	s    *Simulator
	rand *rand.Rand
	day  int32
}

func (s *Simulator) callsOfDay(day int32) []*call {
	m := &callMaker{s: s, rand: s.keys.rand(streamCalls, day, 0), day: day}
	weekday := time.Unix(int64(day)*86400, 0).UTC().Weekday()
	n := callsPerDay[weekday] + m.rand.IntN(6)
	if weekday == time.Saturday || weekday == time.Sunday {
		n = callsPerDay[weekday] + m.rand.IntN(2)
	}
	calls := make([]*call, 0, n)
	for range n {
		calls = append(calls, m.call())
	}
	slices.SortStableFunc(calls, func(a, b *call) int { return int(a.start - b.start) })
	for i, c := range calls {
		c.day, c.n = day, uint16(i)
		// As in Zoom, a call id begins with the second in which the call began.
		c.id = strconv.FormatInt(c.start<<32|int64(m.rand.Uint32()), 10)
		m.finish(c)
	}
	return calls
}

// finish gives recordings and voicemails their place on the path.
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

// between gives a number from low to high.
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

// moment chooses when a call at a site begins; nearly all begin in office hours.
func (m *callMaker) moment(at *site) int64 {
	base := int64(m.day) * 86400
	if m.chance(5) {
		return base + int64(m.rand.IntN(86400-4000))
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
	return base + int64((hour*60+at.offset)*60%86400) + int64(m.rand.IntN(3500))
}

func (m *callMaker) user(prefer func(*user) int) *user {
	total := 0
	for _, u := range m.s.company.users {
		total += prefer(u)
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
	return &topics[5]
}

// call makes one call, without its place in the day.
func (m *callMaker) call() *call {
	switch pick := m.rand.IntN(1000); {
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
	case pick < 996:
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
		c.from.ext, c.outside, c.international = nil, nil, false
	}
	return c
}

// directCall goes from outside to a user's own number.
func (m *callMaker) directCall() *call {
	u := m.user(func(u *user) int { return u.weight })
	c := m.inbound(u.extension)
	m.ringUser(c, u, c.start, "incoming", 1)
	return c
}

// ringUser adds the step in which a user's phone rings, and what follows from it.
func (m *callMaker) ringUser(c *call, u *user, at int64, event string, segment int) {
	e := element{event: event, from: c.from, to: m.inside(u.extension), start: at, segment: segment}
	if len(c.elements) > 0 {
		e.to = m.short(u.extension)
		e.operator = c.elements[len(c.elements)-1].to.ext
	}
	ring := m.between(3, 18)
	switch pick := m.rand.IntN(100); {
	case pick < 66:
		m.answered(c, &e, u, at+int64(ring))
	case pick < 86:
		m.leaveVoicemail(c, &e, u.extension, at+int64(m.between(20, 30)))
	case pick < 93:
		e.result, e.end = "no_answer", at+int64(ring)
	case pick < 96:
		e.result, e.end = "rejected", at+int64(m.between(2, 8))
	case pick < 98:
		e.result, e.end = "busy", at+int64(m.between(1, 3))
	default:
		e.result, e.end = "ring_timeout", at+30
	}
	e.wait = int(max(e.answer, e.start) - e.start)
	if e.answer == 0 {
		e.wait = int(e.end - e.start)
	}
	c.result, c.end = e.result, e.end
	c.elements = append(c.elements, e)
	if e.result == "answered" && c.connect == "external" && c.queue == nil && m.chance(9) {
		m.transfer(c, u)
	}
}

// answered lets somebody take the call, and records it where that is the rule.
func (m *callMaker) answered(c *call, e *element, u *user, at int64) {
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
	c.taker = u
	switch {
	case c.queue != nil && c.queue.records:
		e.recording = m.record(c, u, c.queue.extension, true, e)
	case c.connect == "external" && (u.records == "both" || u.records == c.direction):
		e.recording = m.record(c, u, u.extension, true, e)
	case c.connect == "external" && m.chance(4):
		e.recording = m.record(c, u, u.extension, false, e)
	}
	e.summary = e.recording != nil && u.summaries && talk > 60
}

// transfer hands a call on to a colleague of another department.
func (m *callMaker) transfer(c *call, by *user) {
	last := &c.elements[len(c.elements)-1]
	to := m.user(func(u *user) int {
		if u == by {
			return 0
		}
		return u.weight
	})
	event := "direct_transfer"
	if m.chance(40) {
		event = "warm_transfer"
	}
	e := element{
		event: event, from: c.from, to: m.short(to.extension), operator: by.extension,
		start: last.end, segment: last.segment + 1,
	}
	m.answered(c, &e, to, last.end+int64(m.between(3, 15)))
	e.wait = int(e.answer - e.start)
	c.end = e.end
	c.elements = append(c.elements, e)
}

// leaveVoicemail lets the caller leave a message for an extension.
func (m *callMaker) leaveVoicemail(c *call, e *element, owner *extension, at int64) {
	length := m.between(9, 48)
	e.result, e.end = "voicemail", at+int64(4+length)
	e.voicemail = m.voicemail(c, owner, at+4, length)
}
