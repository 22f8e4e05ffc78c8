package simulator

import (
	"net/http"
	"strings"
)

// activity is what happened lately in a session.
type activity struct {
	session *session
	last    *message // newest message up to the moment of the query
	shown   bool     // by the filter
}

// sessionTypeIs filters by session_type, which hides what is not a user's
// unless it is asked for.
func sessionTypeIs(q *query, c *session) bool {
	switch want := q.get("session_type"); want {
	case "":
		return c.owner.kind == isUser
	case "all":
		return true
	default:
		return c.kind() == want
	}
}

func sessionParams(q *query) error {
	if q.oneOf("session_type", "", "user", "call_queue", "auto_receptionist", "service_endpoint", "all") != nil {
		return refuse(http.StatusBadRequest, 400, "SMS session type is invalid.")
	}
	return q.oneOf("filter_type", "sent_message_time", "received_message_time", "last_message_time", "sent_received_message_time")
}

// sessionsIn returns the sessions that the time filter shows, latest first.
func (s *Simulator) sessionsIn(q *query, w window, keep func(*session) bool) []activity {
	found := map[*session]*activity{}
	var order []*activity
	number := strings.TrimPrefix(q.get("phone_number"), "+")
	filter := q.get("filter_type")
	s.texts.back(w.from, w.now, func(m *message) bool {
		if m.at > w.now {
			return true
		}
		a := found[m.session]
		if a == nil {
			a = &activity{session: m.session, last: m}
			found[m.session] = a
			order = append(order, a)
			if filter == "" || filter == "last_message_time" {
				a.shown = w.holds(m.at)
			}
		}
		switch filter {
		case "sent_message_time":
			a.shown = a.shown || m.out && w.holds(m.at)
		case "received_message_time":
			a.shown = a.shown || !m.out && w.holds(m.at)
		case "sent_received_message_time":
			a.shown = a.shown || w.holds(m.at)
		}
		return true
	})
	var out []activity
	for _, a := range order {
		c := a.session
		if a.shown && keep(c) && sessionTypeIs(q, c) && (number == "" || number == c.ownerNumber() || number == c.peerNumber()) {
			out = append(out, *a)
		}
	}
	return out
}

func (s *Simulator) sessionView(a activity) object {
	return object{
		"last_access_time": stamp(a.last.at), "participants": a.session.participants(), "session_id": s.sessionID(a.session),
		"session_type": a.session.kind(),
	}
}

func (s *Simulator) sessionList(q *query, keep func(*session) bool) (any, error) {
	if err := sessionParams(q); err != nil {
		return nil, err
	}
	w, err := q.window(reachMessages)
	if err != nil {
		return nil, err
	}
	page, next := paginate(s, q, s.sessionsIn(q, w, keep))
	out := object{"next_page_token": next, "page_size": q.size}
	if len(page) > 0 {
		out["sms_sessions"] = mapped(page, s.sessionView)
	}
	return out, nil
}

func (s *Simulator) accountSmsSession(q *query) (any, error) {
	return s.sessionList(q, func(*session) bool { return true })
}

// belongs reports whether a user sees a session: their own, a colleague's with
// them, or one of a queue they are in.
func (s *Simulator) belongs(u *user, c *session) bool {
	if c.owner == u.extension || c.inside == u.extension {
		return true
	}
	if q := s.company.queueByID[c.owner.id]; q != nil {
		for _, member := range q.members {
			if member == u {
				return true
			}
		}
	}
	return false
}

func (s *Simulator) userSmsSession(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	return s.sessionList(q, func(c *session) bool { return s.belongs(u, c) })
}

func (s *Simulator) getSmsSessions(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	if err := sessionParams(q); err != nil {
		return nil, err
	}
	if q.get("sync_type") == "" {
		return nil, invalidField("sync_type", "This field is required.")
	}
	sync, err := s.newSync(q, "sessions "+u.id+" "+q.get("session_type"), 300)
	if err != nil {
		return nil, err
	}
	// A session stands where its last message does.
	var all []activity
	unread := map[*session]int{}
	answered := map[*session]bool{}
	seen := map[*session]bool{}
	s.texts.back(sync.from, sync.now, func(m *message) bool {
		c := m.session
		if m.at > sync.now || m.at < sync.from || !s.belongs(u, c) || !sessionTypeIs(q, c) {
			return true
		}
		if !seen[c] {
			seen[c] = true
			if m.at <= sync.to {
				all = append(all, activity{session: c, last: m})
			}
		}
		answered[c] = answered[c] || m.out
		if !answered[c] {
			unread[c]++
		}
		return true
	})
	n, token, err := sync.cut(len(all), func(i int) int64 { return all[i].last.at })
	if err != nil {
		return nil, err
	}
	out := object{"sync_token": token}
	if n > 0 {
		out["sms_sessions"] = mapped(all[:n], func(a activity) object {
			o := s.sessionView(a)
			latest := s.messageView(q, a.last, false)
			if files, ok := latest["attachments"].([]object); ok {
				latest["attachments"] = mapped(files, func(f object) object { return object{"id": f["id"], "type": f["type"]} })
			}
			o["latest_message"], o["unread_message_count"] = latest, unread[a.session]
			return o
		})
	}
	return out, nil
}
