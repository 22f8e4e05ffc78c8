package simulator

import "net/http"

// voicemail is a message somebody left.
type voicemail struct {
	call     *call
	element  int
	owner    *extension
	start    int64
	duration int // seconds
	kind     string
	readAt   int64 // Unix seconds; 0 for never
	trashed  bool
	state    int // of the transcription, in Zoom's numbers
}

func (m *callMaker) voicemail(c *call, owner *extension, at int64, length int) *voicemail {
	v := &voicemail{owner: owner, start: at, duration: length, kind: "normal", trashed: m.chance(4), state: 2}
	// It is listened to when somebody works, if at all, and thrown away only then.
	if listened := m.chance(72); listened || v.trashed {
		v.readAt = owner.site.nextOpen(v.end()) + int64(60*m.between(4, 230))
	}
	if c.topic == nil || m.chance(3) {
		v.state = 422
	}
	return v
}

func (v *voicemail) ref(kind refKind) ref {
	return ref{kind: kind, day: v.call.day, n: v.call.n, sub: uint8(v.element)}
}

func (v *voicemail) end() int64 { return v.start + int64(v.duration) }

// trashTime is when a voicemail that is thrown away was.
func (v *voicemail) trashTime() int64 { return max(v.end(), v.readAt) + trashDelay }

func (v *voicemail) gone(now int64) bool { return v.trashed && now > v.trashTime() }

func (v *voicemail) status(now int64) string {
	if v.readAt != 0 && now >= v.readAt {
		return "read"
	}
	return "unread"
}

// text is what the transcription says.
func (v *voicemail) text() string {
	c := v.call
	if c.topic == nil {
		return ""
	}
	return fill(c.topic.voicemail, v.owner.name, c.says(&c.from), c.from.company)
}

func (s *Simulator) voicemailsIn(w window, keep func(*voicemail) bool) []*voicemail {
	var out []*voicemail
	s.calls.back(w.from-86400, w.to, func(c *call) bool {
		if v := c.voicemail(w.now); v != nil && c.end <= w.now && w.holds(v.start) && keep(v) {
			out = append(out, v)
		}
		return true
	})
	return out
}

func (s *Simulator) voicemailByID(id string, kind refKind) (*voicemail, bool) {
	ref, ok := s.keys.of(id, kind)
	if !ok {
		return nil, false
	}
	c, ok := s.callOf(ref)
	if !ok || int(ref.sub) >= len(c.elements) {
		return nil, false
	}
	v := c.elements[ref.sub].message(s.now().Unix())
	return v, v != nil
}

func (s *Simulator) voicemailView(q *query, v *voicemail) object {
	c := v.call
	o := object{
		"call_id":             c.id,
		"call_log_id":         s.keys.uuid(c.logRef()),
		"call_element_id":     s.keys.dated(c.elementRef(v.element)),
		"caller_name":         c.from.name,
		"caller_number":       c.from.dial(),
		"caller_number_type":  c.from.numberType(),
		"callee_name":         v.owner.name,
		"callee_number":       itoa(v.owner.number),
		"callee_number_type":  1,
		"date_time":           stamp(v.start),
		"download_url":        q.url("/v2/phone/voice_mails/download/" + s.keys.short(v.ref(refVoicemailFile))),
		"duration":            v.duration,
		"id":                  s.keys.hex(v.ref(refVoicemail)),
		"status":              v.status(q.now.Unix()),
		"callee_account_code": accountCode(v.owner),
	}
	if c.from.internal() {
		o["caller_account_code"] = accountCode(c.from.ext)
	}
	return o
}

// voicemailDetail adds what only the views of one voicemail tell.
func (s *Simulator) voicemailDetail(q *query, v *voicemail) object {
	o := s.voicemailView(q, v)
	o["call_history_id"] = s.keys.dated(v.call.history())
	script := object{"status": v.state, "engine": "zoom"}
	switch {
	case q.now.Unix() < v.end()+scriptDelay:
		script["status"] = 1
	case v.state == 2:
		script["content"] = v.text()
	}
	o["transcription"] = script
	return o
}

func (s *Simulator) accountVoiceMails(q *query) (any, error) {
	if err := s.voicemailParams(q); err != nil {
		return nil, err
	}
	w, err := q.window(reachRecordings)
	if err != nil {
		return nil, err
	}
	trashed, _ := q.flag("trashed")
	now := q.now.Unix()
	all := s.voicemailsIn(w, func(v *voicemail) bool {
		return v.gone(now) == trashed && anyOr(q, "status", v.status(now), "all") && q.is("site_id", v.owner.site.id) &&
			anyOr(q, "owner_type", v.owner.kind.camel(), "null") && q.is("voicemail_type", v.kind)
	})
	return s.voicemailList(q, w, all, func(v *voicemail) object {
		o := s.voicemailView(q, v)
		o["owner"] = s.owner(v.owner)
		if trashed {
			trash(o, v.trashTime(), now)
		}
		return o
	}), nil
}

func (s *Simulator) voicemailParams(q *query) error {
	if err := q.oneOf("status", "all", "read", "unread"); err != nil {
		return err
	}
	if err := q.oneOf("owner_type", "null", "user", "callQueue", "sharedLineGroup", "autoReceptionist", "commonArea", "sharedOffice"); err != nil {
		return err
	}
	return q.oneOf("voicemail_type", "normal", "spam", "maybeSpam")
}

func (s *Simulator) voicemailList(q *query, w window, all []*voicemail, view func(*voicemail) object) object {
	page, next := paginate(s, q, all)
	out := object{
		"from": date(w.from), "to": date(w.to), "next_page_token": next, "page_count": pages(len(all), q.size),
		"page_size": q.size, "total_records": len(all),
	}
	if len(page) > 0 {
		out["voice_mails"] = mapped(page, view)
	}
	return out
}

func (s *Simulator) phoneUserVoiceMails(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	if err := s.voicemailParams(q); err != nil {
		return nil, err
	}
	w, err := q.window(reachRecordings)
	if err != nil {
		return nil, err
	}
	trashed, _ := q.flag("trash")
	now := q.now.Unix()
	all := s.voicemailsIn(w, func(v *voicemail) bool {
		return v.owner == u.extension && v.gone(now) == trashed && anyOr(q, "status", v.status(now), "all")
	})
	return s.voicemailList(q, w, all, func(v *voicemail) object {
		o := s.voicemailView(q, v)
		o["call_history_id"] = s.keys.dated(v.call.history())
		return o
	}), nil
}

func (s *Simulator) getVoicemailDetails(q *query) (any, error) {
	v, ok := s.voicemailByID(q.path("voicemailId"), refVoicemail)
	if !ok {
		return nil, refuse(http.StatusBadRequest, 300, "Voice mail does not exist: %s.", q.path("voicemailId"))
	}
	o := s.voicemailDetail(q, v)
	if now := q.now.Unix(); v.gone(now) {
		trash(o, v.trashTime(), now)
	}
	o["intent_detect_status"] = "success"
	o["intent_results"] = []object{{"intent_id": s.keys.short(ref{kind: refMisc, day: 2, n: uint16(v.duration % 5)}), "confidence_score": 0.5 + float64(v.duration%40)/100}}
	task := object{"status": "no_task", "feedback": "none"}
	if v.state == 2 && v.call.topic != nil {
		task = object{
			"status": "success", "content": fill(v.call.topic.task, v.owner.name, v.call.says(&v.call.from), v.call.from.company),
			"feedback": [...]string{"none", "thumbs_up"}[v.duration%2],
		}
	}
	o["voice_mail_task"] = task
	return o, nil
}

func (s *Simulator) getVoicemailDetailsByCallIdOrCallLogId(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	c, ok := s.callByAny(q.path("id"))
	if ok {
		if v := c.voicemail(q.now.Unix()); v != nil && v.owner == u.extension {
			return s.voicemailDetail(q, v), nil
		}
	}
	return nil, refuse(http.StatusNotFound, 404, "Voice mail does not exist: %s.", q.path("id"))
}

func (s *Simulator) phoneDownloadVoicemailFile(q *query) (any, error) {
	id := q.path("fileId")
	if _, ok := s.voicemailByID(id, refVoicemailFile); !ok {
		return nil, refuse(http.StatusBadRequest, 404, "File does not exist.")
	}
	return s.hand(q, "voicemail", id), nil
}
