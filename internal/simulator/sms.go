package simulator

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// session is a conversation by message between an extension of the company and
// somebody else. It exists for good; what is said is made day by day.
type session struct {
	n        uint16
	owner    *extension
	peer     *caller    // outside, or
	inside   *extension // a colleague
	delivery string     // of what is sent: delivered, or failed_to_deliver for a number that takes none
}

// message is one message. at is in Unix seconds.
type message struct {
	day     int32
	n       uint16
	session *session
	at      int64
	out     bool // sent by the owner of the session
	text    string
	picture bool
	status  string
	sentAs  *user // who wrote for a queue or an auto receptionist
}

// sessions chooses who writes to whom.
func (b *builder) sessions() {
	add := func(owner *extension, peer *caller, inside *extension) {
		s := &session{n: uint16(len(b.c.sessions)), owner: owner, peer: peer, inside: inside, delivery: "delivered"}
		if len(b.c.sessions)%17 == 16 {
			s.delivery = "failed_to_deliver"
		}
		b.c.sessions = append(b.c.sessions, s)
	}
	// International messages are switched off.
	near := slices.DeleteFunc(slices.Clone(b.c.callers), func(o *caller) bool { return o.country != "US" })
	peer := func(n int) *caller { return near[n%len(near)] }
	for i, u := range b.c.users {
		if u.weight < 4 {
			continue
		}
		add(u.extension, peer(i*3), nil)
		if u.department == "Sales" || u.department == "Service" {
			add(u.extension, peer(i*5+1), nil)
		}
	}
	for i, q := range b.c.queues {
		if q.active && len(q.members) > 0 {
			add(q.extension, peer(i*7+2), nil)
			add(q.extension, peer(i*7+11), nil)
		}
	}
	for i, a := range b.c.receptionists {
		add(a.extension, peer(i*9+4), nil)
	}
	add(b.named("Oskar Lindqvist").extension, nil, b.named("Emeka Nwosu").extension)
	add(b.named("Amara Diallo").extension, nil, b.named("Josephine Arkwright").extension)
}

// conversationsPerDay is the usual number of exchanges by weekday, Sunday first.
var conversationsPerDay = [7]int{0, 5, 5, 4, 4, 3, 0}

func (s *Simulator) messagesOfDay(day int32) []*message {
	r := s.keys.rand(streamMessages, day, 0)
	if !workingDay(day) {
		return nil
	}
	var out []*message
	talking := map[*session]bool{} // one conversation a day
	for range s.offices()*conversationsPerDay[weekdayOf(day)] + r.IntN(2) {
		chat := s.company.sessions[r.IntN(len(s.company.sessions))]
		if talking[chat] {
			continue
		}
		talking[chat] = true
		at := chat.owner.site.clock(day, opening+r.IntN(7*3600))
		var author *user
		if q := s.company.queueByID[chat.owner.id]; q != nil {
			author = q.members[1+r.IntN(len(q.members)-1)]
		}
		lines := texts[r.IntN(len(texts))]
		if chat.delivery != "delivered" {
			lines = unanswered // nobody replies to what never came
		}
		for _, line := range lines {
			text, incoming := strings.CutPrefix(line, "<")
			m := &message{
				day: day, session: chat, at: at, out: !incoming, text: text, picture: strings.HasPrefix(text, "Photo"), status: "received",
			}
			if m.out {
				m.status, m.sentAs = chat.delivery, author
			}
			out = append(out, m)
			at += int64(40 + r.IntN(1100))
		}
	}
	slices.SortStableFunc(out, func(a, b *message) int { return cmp.Compare(a.at, b.at) })
	for i, m := range out {
		m.n = uint16(i)
	}
	return out
}

func (c *session) kind() string { return c.owner.kind.snake() }

// peerNumber is the other side's number without the plus.
func (c *session) peerNumber() string {
	if c.inside != nil {
		return c.inside.phones[0].number
	}
	return strings.TrimPrefix(c.peer.number, "+")
}

func (c *session) ownerNumber() string { return c.owner.phones[0].number }

func (s *Simulator) sessionID(c *session) string {
	return s.keys.hex(ref{kind: refSession, n: c.n})
}

func (s *Simulator) sessionByID(id string) (*session, bool) {
	r, ok := s.keys.of(id, refSession)
	if !ok || int(r.n) >= len(s.company.sessions) {
		return nil, false
	}
	return s.company.sessions[r.n], true
}

func (m *message) ref(kind refKind) ref { return ref{kind: kind, day: m.day, n: m.n} }

// messageByRef finds a message by its own id or by that of its attachment.
func (s *Simulator) messageByRef(id string, kind refKind) (*message, bool) {
	r, ok := s.keys.of(id, kind)
	if !ok {
		return nil, false
	}
	day := s.texts.day(r.day)
	if int(r.n) >= len(day) || day[r.n].at > s.now().Unix() {
		return nil, false
	}
	return day[r.n], true
}

// messageType is Zoom's number: 1 SMS, 2 MMS, 5 to another country, 6 within Zoom.
func (m *message) messageType() int {
	switch {
	case m.session.inside != nil:
		return 6
	case m.session.peer.country != "US":
		return 5
	case m.picture:
		return 2
	}
	return 1
}

// messageParty is a party of a conversation.
func messageParty(name, number string, e *extension) object {
	o := object{"display_name": name, "phone_number": number}
	if e != nil {
		o["owner"] = object{"id": e.id, "type": e.kind.camel()}
	}
	return o
}

func (c *session) ownerParty() object { return messageParty(c.owner.name, c.ownerNumber(), c.owner) }

func (c *session) peerParty() object {
	if c.inside != nil {
		return messageParty(c.inside.name, c.peerNumber(), c.inside)
	}
	return messageParty(c.peer.name, c.peerNumber(), nil)
}

// participants are both parties, the owner of the session first.
func (c *session) participants() []object {
	owner, peer := c.ownerParty(), c.peerParty()
	owner["is_session_owner"], peer["is_session_owner"] = true, false
	return []object{owner, peer}
}

func (s *Simulator) messageView(q *query, m *message, delivery bool) object {
	sender, to := m.session.peerParty(), m.session.ownerParty()
	direction := "In"
	if m.out {
		sender, to, direction = to, sender, "Out"
		if m.sentAs != nil {
			sender["display_name"] = m.sentAs.name
		}
	}
	o := object{
		"date_time": stamp(m.at), "direction": direction, "message": m.text, "message_id": "IQ-" + s.keys.short(m.ref(refMessage)),
		"message_type": m.messageType(), "sender": sender, "to_members": []object{to},
	}
	if delivery {
		o["delivery_status"] = m.status
	}
	if m.picture {
		id := s.keys.short(m.ref(refAttachment))
		o["attachments"] = []object{{
			"download_url": s.signedURL(q, "attachment", id), "id": id, "name": "photo.png", "size": len(picture(m.at)), "type": "PNG",
		}}
	}
	return o
}

var deliveryStatuses = []string{"all", "received", "delivered", "failed_to_send", "sent", "failed_to_deliver", "unknown"}

// sessionMessages returns a session's messages in a window, newest first.
func (s *Simulator) sessionMessages(c *session, from, to int64) []*message {
	var out []*message
	s.texts.back(from, to, func(m *message) bool {
		if m.session == c && m.at >= from && m.at <= to {
			out = append(out, m)
		}
		return true
	})
	return out
}

func (s *Simulator) sessionParam(q *query, status, code int, message string) (*session, error) {
	c, ok := s.sessionByID(q.path("sessionId"))
	if !ok {
		return nil, refuse(status, code, "%s: %s.", message, q.path("sessionId"))
	}
	return c, nil
}

func (s *Simulator) smsSessionDetails(q *query) (any, error) {
	c, err := s.sessionParam(q, http.StatusNotFound, 7013, "Error retrieving SMS history. Session does not exist")
	if err != nil {
		return nil, err
	}
	if err := q.oneOf("delivery_status", deliveryStatuses...); err != nil {
		return nil, err
	}
	w, err := q.window(reachMessages)
	if err != nil {
		return nil, err
	}
	all := selected(s.sessionMessages(c, w.from, w.to), func(m *message) bool { return anyOr(q, "delivery_status", m.status, "all") })
	if q.get("sort") == "1" {
		slices.Reverse(all)
	}
	page, next := paginate(s, q, all)
	out := object{"next_page_token": next, "page_size": q.size}
	if len(page) > 0 {
		out["sms_histories"] = mapped(page, func(m *message) object { return s.messageView(q, m, true) })
	}
	return out, nil
}

func (s *Simulator) smsByMessageId(q *query) (any, error) {
	missing := refuse(http.StatusNotFound, 2001, "Message does not exist: %s.", q.path("messageId"))
	c, ok := s.sessionByID(q.path("sessionId"))
	if !ok {
		return nil, missing
	}
	m, ok := s.messageByRef(strings.TrimPrefix(q.path("messageId"), "IQ-"), refMessage)
	if !ok || m.session != c {
		return nil, missing
	}
	return s.messageView(q, m, true), nil
}

func (s *Simulator) smsSessionSync(q *query) (any, error) {
	c, err := s.sessionParam(q, http.StatusNotFound, 12004, "Session does not exist")
	if err != nil {
		return nil, err
	}
	if q.get("count") == "" {
		return nil, invalidField("count", "This field is required.")
	}
	sync, err := s.newSync(q, "session "+q.path("sessionId"), 300)
	if err != nil {
		return nil, err
	}
	all := s.sessionMessages(c, sync.from, sync.to)
	n, token, err := sync.cut(len(all), func(i int) int64 { return all[i].at })
	if err != nil {
		return nil, err
	}
	out := object{"sync_token": token}
	if n > 0 {
		out["sms_histories"] = mapped(all[:n], func(m *message) object { return s.messageView(q, m, false) })
	}
	return out, nil
}
