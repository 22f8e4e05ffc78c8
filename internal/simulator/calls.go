package simulator

import (
	"strconv"
	"strings"
)

// call is one call from end to end. Times are Unix seconds, 0 for never.
type call struct {
	day   int32
	n     uint16
	id    string
	start int64
	end   int64
	// answer is when somebody inside or outside took the call.
	answer int64

	direction     string // inbound or outbound, seen from the company
	connect       string // internal or external
	emergency     bool
	result        string
	international bool
	hidden        bool // caller id withheld
	endToEnd      bool
	spam          string
	from, to      party
	owner         *extension // whose department, cost center and site the record carries
	elements      []element
	topic         *topic

	queue   *queue     // the queue whose members take it, nil for none
	visits  []visited  // the queues it reached
	taker   *extension // who of the company talked, last
	outside *caller
}

// visited is a call in a queue.
type visited struct {
	queue   *queue
	outcome string // completed, abandoned or overflowed
	waited  int    // seconds
	wrapUp  int    // seconds of work after the call
}

// party is one end of a call or of a part of it.
type party struct {
	ext     *extension // nil for somebody outside who is no contact
	user    *user      // the user behind ext, nil for other extensions
	name    string
	number  string // E.164, empty when withheld or when only an extension was dialled
	kind    string // number type
	country string
	code    string
	company string
}

// element is one step on a call's path.
type element struct {
	event, result, reason string
	from, to              party
	operator              *extension
	key                   string
	start, answer, end    int64
	segment, node, isNode int
	hold, wait, talk      int
	recording             *recording
	voicemail             *voicemail
	summary               bool
	rings                 bool // a phone of the company, that of to
}

// account is the record id of the call in the account's history.
func (c *call) history() ref { return ref{kind: refCallHistory, day: c.day, n: c.n} }

func (c *call) elementRef(i int) ref {
	return ref{kind: refElement, day: c.day, n: c.n, sub: uint8(i)}
}

func (c *call) logRef() ref { return ref{kind: refCallLog, day: c.day, n: c.n} }

func (c *call) summaryRef(i int) ref {
	return ref{kind: refSummary, day: c.day, n: c.n, sub: uint8(i)}
}

// connected reports whether people spoke, and for how many seconds.
func (c *call) connected() (seconds int, ok bool) {
	return int(c.end - c.answer), c.answer != 0 && c.end > c.answer
}

// recording is the first recording of the call that is still kept, nil for none.
func (c *call) recording(now int64) *recording {
	for i := range c.elements {
		if r := c.elements[i].tape(now); r != nil {
			return r
		}
	}
	return nil
}

// voicemail is the voicemail left in the call that is still kept, nil for none.
func (c *call) voicemail(now int64) *voicemail {
	for i := range c.elements {
		if v := c.elements[i].message(now); v != nil {
			return v
		}
	}
	return nil
}

// tape is the recording of a step, nil for none and after the trash was emptied.
func (e *element) tape(now int64) *recording {
	if r := e.recording; r != nil && !(r.trashed && purged(r.end()+trashDelay, now)) {
		return r
	}
	return nil
}

// message is the voicemail of a step, nil for none and after the trash was emptied.
func (e *element) message(now int64) *voicemail {
	if v := e.voicemail; v != nil && !(v.trashed && purged(v.trashTime(), now)) {
		return v
	}
	return nil
}

// purged reports whether what was put into the trash then is no longer there.
func purged(since, now int64) bool { return now >= since+trashDays*86400 }

// says is the name by which a party of the call gives itself, which a caller does
// who withholds number and name.
func (c *call) says(p *party) string {
	if c.hidden && p.kind == "anonymous_number" {
		return c.outside.name
	}
	return p.name
}

// mentions reports whether anyone on the call's path matches a keyword.
func (c *call) mentions(keyword string) bool {
	if keyword == "" || strings.Contains(c.id, keyword) {
		return true
	}
	keyword = strings.ToLower(keyword)
	if c.from.matches(keyword) || c.to.matches(keyword) {
		return true
	}
	for i := range c.elements {
		if c.elements[i].from.matches(keyword) || c.elements[i].to.matches(keyword) {
			return true
		}
	}
	return false
}

func (p *party) matches(keyword string) bool {
	if strings.Contains(strings.ToLower(p.name), keyword) || strings.Contains(p.number, keyword) {
		return true
	}
	return p.ext != nil && (strings.Contains(p.ext.email, keyword) || strconv.Itoa(p.ext.number) == keyword)
}

func (p *party) extID() string {
	if p.ext == nil {
		return ""
	}
	return p.ext.extID
}

func (p *party) extType() string {
	if p.ext == nil {
		return ""
	}
	return p.ext.kind.snake()
}

func (p *party) extNumber() string {
	if p.ext == nil {
		return ""
	}
	return strconv.Itoa(p.ext.number)
}

func (p *party) email() string {
	if p.ext == nil {
		return ""
	}
	return p.ext.email
}

// internal reports whether the party belongs to the company.
func (p *party) internal() bool { return p.ext != nil && p.ext.kind != isContact }

// device is what the party used, empty outside the company.
func (p *party) device() string {
	if p.ext == nil {
		return ""
	}
	return p.ext.client
}

// dial is the number in the form of recordings, voicemails and charges: the
// extension inside the company, E.164 outside.
func (p *party) dial() string {
	if p.internal() {
		return p.extNumber()
	}
	return p.number
}

// numberType is 1 for an internal, 2 for an external number and 3 for an emergency number.
func (p *party) numberType() int {
	switch {
	case p.internal():
		return 1
	case p.kind == "zoom_service_number":
		return 3
	}
	return 2
}

// callByID finds a call by its call id, whose upper half is its starting second.
func (s *Simulator) callByID(id string) (*call, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || len(id) != 19 {
		return nil, false
	}
	for _, c := range s.calls.day(dayOf(n >> 32)) {
		if c.id == id {
			return s.visible(c)
		}
	}
	return nil, false
}

// callOf finds the call that an identifier belongs to.
func (s *Simulator) callOf(r ref) (*call, bool) {
	calls := s.calls.day(r.day)
	if int(r.n) >= len(calls) {
		return nil, false
	}
	return s.visible(calls[r.n])
}

// visible hides what has not happened yet.
func (s *Simulator) visible(c *call) (*call, bool) {
	return c, c.end <= s.now().Unix()
}

// callByAny finds a call by call id, call log id or call history id.
func (s *Simulator) callByAny(id string) (*call, bool) {
	if c, ok := s.callByID(id); ok {
		return c, true
	}
	r, ok := s.keys.of(id, refCallHistory, refCallLog, refElement)
	if !ok {
		return nil, false
	}
	return s.callOf(r)
}

// callsIn returns the finished calls of a window, newest first.
func (s *Simulator) callsIn(w window, keep func(*call) bool) []*call {
	var out []*call
	s.calls.back(w.from, w.to, func(c *call) bool {
		if w.holds(c.start) && c.end <= w.now && keep(c) {
			out = append(out, c)
		}
		return true
	})
	return out
}
