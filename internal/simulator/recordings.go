package simulator

import (
	"net/http"
	"strings"
)

// recording is the recording of one step of a call.
type recording struct {
	call      *call
	element   int
	owner     *extension // the user or the queue it belongs to
	taker     *extension // the user or common area that spoke
	automatic bool
	start     int64
	duration  int // seconds
	trashed   bool
	script    scriptState
}

// scriptState tells what became of a recording's transcript.
type scriptState uint8

const (
	scriptReady  scriptState = iota
	scriptUnable             // could not be transcribed
	scriptOff                // transcription is switched off for this kind of recording
)

const (
	scriptDelay = 300       // seconds until a transcript is ready
	trashDelay  = 3 * 86400 // seconds after which a trashed thing was put there
	trashDays   = 30        // days until the trash is emptied
)

func (m *callMaker) record(c *call, taker, owner *extension, automatic bool, e *element) *recording {
	r := &recording{owner: owner, taker: taker, automatic: automatic, start: e.answer, duration: int(e.end - e.answer)}
	switch {
	case !automatic:
		r.script = scriptOff
	case m.chance(3) || c.topic == nil:
		r.script = scriptUnable
	}
	r.trashed = m.chance(2)
	return r
}

func (r *recording) ref(kind refKind) ref {
	return ref{kind: kind, day: r.call.day, n: r.call.n, sub: uint8(r.element)}
}

func (r *recording) end() int64 { return r.start + int64(r.duration) }

// gone reports whether the recording lies in the trash.
func (r *recording) gone(now int64) bool { return r.trashed && now > r.end()+trashDelay }

func (r *recording) mode() string {
	if r.automatic {
		return "Automatic"
	}
	return "OnDemand"
}

// recordingsIn returns the recordings of a window, newest first; byEnd compares
// their end instead of their start.
func (s *Simulator) recordingsIn(w window, byEnd bool, keep func(*recording) bool) []*recording {
	var out []*recording
	s.calls.back(w.from-86400, w.to, func(c *call) bool {
		for i := len(c.elements) - 1; i >= 0; i-- {
			r := c.elements[i].recording
			if r == nil || c.end > w.now || r.gone(w.now) {
				continue
			}
			at := r.start
			if byEnd {
				at = r.end()
			}
			if w.holds(at) && keep(r) {
				out = append(out, r)
			}
		}
		return true
	})
	return out
}

// recordingByID finds a recording by its id or by its file id.
func (s *Simulator) recordingByID(id string, kind refKind) (*recording, bool) {
	ref, ok := s.keys.of(id, kind)
	if !ok {
		return nil, false
	}
	c, ok := s.callOf(ref)
	if !ok || int(ref.sub) >= len(c.elements) {
		return nil, false
	}
	r := c.elements[ref.sub].tape(s.now().Unix())
	return r, r != nil
}

// recordingView has the fields that the lists of recordings share.
func (s *Simulator) recordingView(q *query, r *recording) object {
	c := r.call
	e := &c.elements[r.element]
	o := object{
		"call_id":            c.id,
		"call_log_id":        s.keys.uuid(c.logRef()),
		"call_element_id":    s.keys.dated(c.elementRef(r.element)),
		"caller_name":        e.from.name,
		"caller_number":      e.from.dial(),
		"caller_number_type": e.from.numberType(),
		"callee_name":        e.to.name,
		"callee_number":      e.to.dial(),
		"callee_number_type": e.to.numberType(),
		"date_time":          stamp(r.start),
		"direction":          c.direction,
		"download_url":       q.url("/v2/phone/recording/download/" + s.keys.short(r.ref(refRecordingFile))),
		"duration":           r.duration,
		"id":                 s.keys.hex(r.ref(refRecording)),
		"meeting_uuid":       s.keys.short(r.ref(refMeeting)) + "==",
	}
	by := object{"name": r.taker.name, "extension_number": itoa(r.taker.number)}
	if c.direction == "outbound" {
		o["outgoing_by"] = by
		o["caller_account_code"] = accountCode(r.taker)
	} else {
		o["accepted_by"] = by
		o["callee_account_code"] = accountCode(r.taker)
	}
	return o
}

func (s *Simulator) transcriptURL(q *query, r *recording) string {
	return q.url("/v2/phone/recording_transcript/download/" + s.keys.hex(r.ref(refRecording)))
}

// owner is an owner as recordings and voicemails name it.
func (s *Simulator) owner(e *extension) object {
	o := object{"extension_number": e.number, "id": e.id, "name": e.name, "type": e.kind.camel()}
	if u := s.company.userOf[e]; u != nil && u.status != "activate" {
		o["extension_status"] = "inactive"
	}
	return o
}

func (s *Simulator) getPhoneRecordings(q *query) (any, error) {
	if err := q.oneOf("query_date_type", "start_time", "end_time"); err != nil {
		return nil, err
	}
	w, err := q.window(reachRecordings)
	if err != nil {
		return nil, err
	}
	all := s.recordingsIn(w, q.get("query_date_type") == "end_time", func(r *recording) bool {
		return anyOr(q, "owner_type", r.owner.kind.camel(), "all", "null") &&
			anyOr(q, "recording_type", r.mode(), "all", "null") &&
			anyOr(q, "site_id", r.owner.site.id, "All sites") &&
			anyOr(q, "group_id", r.taker.groupID, "All groups")
	})
	page, next := paginate(s, q, all)
	out := object{"next_page_token": next, "page_size": q.size, "total_records": len(all)}
	if len(page) > 0 {
		out["recordings"] = mapped(page, func(r *recording) object {
			o := s.recordingView(q, r)
			o["auto_delete_policy"], o["auto_delete_enable"] = "1 year", true
			o["disclaimer_status"] = r.duration % 3
			o["end_time"] = stamp(r.end())
			o["owner"] = s.owner(r.owner)
			o["recording_type"] = r.mode()
			o["site"] = siteView(r.owner.site)
			if r.script != scriptOff {
				o["transcript_download_url"] = s.transcriptURL(q, r)
			}
			return o
		})
	}
	return out, nil
}

// anyOr is query.is for a parameter that has words for "all of them".
func anyOr(q *query, name, value string, all ...string) bool {
	for _, word := range all {
		if strings.EqualFold(q.get(name), word) {
			return true
		}
	}
	return q.isFold(name, value)
}

func (s *Simulator) phoneUserRecordings(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	w, err := q.window(reachRecordings)
	if err != nil {
		return nil, err
	}
	all := s.recordingsIn(w, false, func(r *recording) bool { return r.owner == u.extension })
	page, next := paginate(s, q, all)
	out := object{
		"from": date(w.from), "to": date(w.to), "next_page_token": next, "page_count": pages(len(all), q.size),
		"page_size": q.size, "total_records": len(all),
	}
	if len(page) > 0 {
		out["recordings"] = mapped(page, func(r *recording) object {
			o := s.recordingView(q, r)
			o["call_history_id"] = s.keys.dated(r.call.history())
			if r.script != scriptOff {
				o["transcript_download_url"] = s.transcriptURL(q, r)
			}
			return o
		})
	}
	return out, nil
}

func (s *Simulator) getCallQueueRecordings(q *query) (any, error) {
	queue, err := s.queueParam(q)
	if err != nil {
		return nil, err
	}
	w, err := q.window(reachQueueTapes)
	if err != nil {
		return nil, err
	}
	all := s.recordingsIn(w, false, func(r *recording) bool { return r.owner == queue.extension })
	out := list(s, q, "recordings", mapped(all, func(r *recording) object {
		e := &r.call.elements[r.element]
		return object{
			"callee_name": e.to.name, "callee_number": e.to.dial(), "callee_number_type": itoa(e.to.numberType()),
			"caller_name": e.from.name, "caller_number": e.from.dial(), "caller_number_type": e.from.numberType(),
			"date_time": date(r.start), "direction": r.call.direction, "duration": r.duration,
			"download_url": q.url("/v2/phone/recording/download/" + s.keys.short(r.ref(refRecordingFile))),
			"id":           s.keys.hex(r.ref(refRecording)),
		}
	}))
	out["from"], out["to"] = w.fromText, w.toText
	return out, nil
}

func (s *Simulator) getPhoneRecordingsByCallIdOrCallLogId(q *query) (any, error) {
	missing := refuse(http.StatusNotFound, 1001, "Recording does not exist: %q.", q.path("id"))
	c, ok := s.callByAny(q.path("id"))
	if !ok {
		return nil, missing
	}
	now := q.now.Unix()
	r := c.recording(now)
	if ref, ok := s.keys.of(q.path("id"), refElement); ok && int(ref.sub) < len(c.elements) {
		r = c.elements[ref.sub].tape(now)
	}
	if r == nil {
		return nil, missing
	}
	o := s.recordingView(q, r)
	o["call_history_id"] = s.keys.dated(c.history())
	o["end_time"] = stamp(r.end())
	o["owner"] = s.owner(r.owner)
	o["recording_type"] = r.mode()
	o["file_url"] = o["download_url"]
	o["disclaimer_status"] = r.duration % 3
	if r.gone(now) {
		trash(o, r.end()+trashDelay, now)
	}
	return o, nil
}

// trash adds what is told of a thing in the trash. The field's misspelling is Zoom's.
func trash(o object, since, now int64) {
	o["deleted_time"] = stamp(since)
	o["days_left_auto_permantely_delete"] = max(0, trashDays-int((now-since)/86400))
	o["soft_deleted_type"] = "Manual"
}

func (s *Simulator) phoneDownloadRecordingFile(q *query) (any, error) {
	id := q.path("fileId")
	r, ok := s.recordingByID(id, refRecordingFile)
	if !ok || r.gone(q.now.Unix()) {
		return nil, refuse(http.StatusBadRequest, 404, "File does not exist.")
	}
	return s.hand(q, "recording", id), nil
}

func (s *Simulator) phoneDownloadRecordingTranscript(q *query) (any, error) {
	id := q.path("recordingId")
	r, ok := s.recordingByID(id, refRecording)
	switch {
	case !ok || r.gone(q.now.Unix()):
		return nil, refuse(http.StatusBadRequest, 404, "File does not exist.")
	case r.script == scriptOff:
		return nil, refuse(http.StatusBadRequest, 12001, "Admin has disabled this transcription.")
	case r.script == scriptUnable:
		return nil, refuse(http.StatusBadRequest, 12000, "Unable to transcribe this recording.")
	case q.now.Unix() < r.end()+scriptDelay:
		return nil, refuse(http.StatusBadRequest, 12002, "This recording is still in the process of being transcribed. Reopen this recording in a few minutes.")
	}
	return &download{location: s.signedURL(q, "transcript", id)}, nil
}
