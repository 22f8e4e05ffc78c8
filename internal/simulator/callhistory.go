package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// callSummary is one call as the account's history tells it.
type callSummary struct {
	CallID            string `json:"call_id"`
	Direction         string `json:"direction"`
	International     bool   `json:"international"`
	StartTime         string `json:"start_time"`
	AnswerTime        string `json:"answer_time,omitempty"`
	EndTime           string `json:"end_time"`
	Duration          int    `json:"duration"`
	ConnectType       string `json:"connect_type"`
	SBCID             string `json:"sbc_id,omitempty"`
	SBCName           string `json:"sbc_name,omitempty"`
	SIPGroupID        string `json:"sip_group_id,omitempty"`
	SIPGroupName      string `json:"sip_group_name,omitempty"`
	CallType          string `json:"call_type"`
	CallResult        string `json:"call_result"`
	HideCallerID      bool   `json:"hide_caller_id"`
	EndToEnd          bool   `json:"end_to_end"`
	CallerExtID       string `json:"caller_ext_id,omitempty"`
	CallerDIDNumber   string `json:"caller_did_number,omitempty"`
	CallerExtNumber   string `json:"caller_ext_number,omitempty"`
	CallerName        string `json:"caller_name"`
	CallerEmail       string `json:"caller_email,omitempty"`
	CallerExtType     string `json:"caller_ext_type,omitempty"`
	CallerNumberType  string `json:"caller_number_type,omitempty"`
	CallerDeviceType  string `json:"caller_device_type,omitempty"`
	CallerCountryISO  string `json:"caller_country_iso_code"`
	CallerCountryCode string `json:"caller_country_code"`
	CalleeExtID       string `json:"callee_ext_id,omitempty"`
	CalleeDIDNumber   string `json:"callee_did_number,omitempty"`
	CalleeExtNumber   string `json:"callee_ext_number,omitempty"`
	CalleeName        string `json:"callee_name"`
	CalleeEmail       string `json:"callee_email,omitempty"`
	CalleeExtType     string `json:"callee_ext_type,omitempty"`
	CalleeNumberType  string `json:"callee_number_type,omitempty"`
	CalleeDeviceType  string `json:"callee_device_type,omitempty"`
	CalleeCountryISO  string `json:"callee_country_iso_code"`
	CalleeCountryCode string `json:"callee_country_code"`
	Department        string `json:"department"`
	CostCenter        string `json:"cost_center"`
	SiteID            string `json:"site_id"`
	GroupID           string `json:"group_id"`
	SiteName          string `json:"site_name"`
	Spam              string `json:"spam,omitempty"`
	RecordingStatus   string `json:"recording_status"`
	CallerAccountCode string `json:"caller_account_code,omitempty"`
	CalleeAccountCode string `json:"callee_account_code,omitempty"`
}

// callLogRecord and callHistoryRecord are the deprecated and the present form;
// they differ in the name of the id.
type callLogRecord struct {
	ID string `json:"id"`
	*callSummary
}

type callHistoryRecord struct {
	UUID string `json:"call_history_uuid"`
	*callSummary
}

func itoa(n int) string { return strconv.Itoa(n) }

// accountCode is the code that an extension's calls are booked under.
func accountCode(e *extension) string {
	if e == nil || len(e.costCenter) < 4 {
		return ""
	}
	return e.costCenter[3:]
}

func (s *Simulator) summarize(c *call) *callSummary {
	seconds, _ := c.connected()
	if c.answer == 0 {
		seconds = int(c.end - c.start)
	}
	o := &callSummary{
		CallID: c.id, Direction: c.direction, International: c.international,
		StartTime: stamp(c.start), AnswerTime: stampOr(c.answer), EndTime: stamp(c.end), Duration: seconds,
		ConnectType: c.connect, CallType: c.callType(), CallResult: c.result, HideCallerID: c.hidden, EndToEnd: c.endToEnd,
		CallerExtID: c.from.extID(), CallerDIDNumber: c.from.number, CallerExtNumber: c.from.extNumber(), CallerName: c.from.name,
		CallerEmail: c.from.email(), CallerExtType: c.from.extType(), CallerNumberType: c.from.kind, CallerDeviceType: c.from.device(),
		CallerCountryISO: c.from.country, CallerCountryCode: c.from.code,
		CalleeExtID: c.to.extID(), CalleeDIDNumber: c.to.number, CalleeExtNumber: c.to.extNumber(), CalleeName: c.to.name,
		CalleeEmail: c.to.email(), CalleeExtType: c.to.extType(), CalleeNumberType: c.to.kind, CalleeDeviceType: c.to.device(),
		CalleeCountryISO: c.to.country, CalleeCountryCode: c.to.code,
		Department: c.owner.department, CostCenter: c.owner.costCenter, SiteID: c.owner.site.id, SiteName: c.owner.site.name,
		GroupID: c.owner.groupID, Spam: c.spam, RecordingStatus: c.recordingStatus(s.now().Unix()),
	}
	if c.from.internal() {
		o.CallerAccountCode = accountCode(c.from.ext)
	}
	if c.to.internal() {
		o.CalleeAccountCode = accountCode(c.to.ext)
	}
	// Chicago is connected by its own carrier over a session border controller.
	if at := c.owner.site; at.code == 30 && c.connect == "external" {
		o.SBCID, o.SBCName, o.SIPGroupID, o.SIPGroupName = s.keys.short(ref{kind: refMisc, day: 3, n: 1}), "sbc-chi-01",
			s.keys.short(ref{kind: refMisc, day: 3, n: 2}), "Chicago trunks"
	}
	return o
}

func (c *call) callType() string {
	if c.emergency {
		return "emergency"
	}
	return "general"
}

func (c *call) recordingStatus(now int64) string {
	if c.recording(now) != nil {
		return "recorded"
	}
	return "non_recorded"
}

var (
	extensionTypes = []string{
		"user", "call_queue", "auto_receptionist", "common_area", "zoom_room", "cisco_room", "shared_line_group",
		"group_call_pickup", "external_contact",
	}
	numberTypes = []string{
		"zoom_pstn", "zoom_toll_free_number", "external_pstn", "external_contact", "byoc", "byop", "3rd_party_contact_center",
		"zoom_service_number", "external_service_number", "zoom_contact_center", "meeting_phone_number", "meeting_id",
		"anonymous_number", "zoom_revenue_accelerator",
	}
	callResults = []string{
		"answered", "accepted", "picked_up", "connected", "succeeded", "voicemail", "hang_up", "canceled", "call_failed",
		"unconnected", "rejected", "busy", "ring_timeout", "overflowed", "no_answer", "invalid_key", "invalid_operation",
		"abandoned", "system_blocked", "service_unavailable",
	}
	userCallResults = []string{
		"answered", "connected", "voicemail", "hang_up", "no_answer", "invalid_operation", "abandoned", "blocked",
		"service_unavailable",
	}
)

// badHistoryParam names the parameter with a value outside its list, of those
// that both call histories share; empty when all is well.
func badHistoryParam(q *query, results []string) string {
	for _, p := range []struct {
		name    string
		allowed []string
	}{
		{"directions", []string{"inbound", "outbound"}},
		{"connect_types", []string{"internal", "external"}},
		{"number_types", numberTypes},
		{"call_types", []string{"general", "emergency"}},
		{"extension_types", extensionTypes},
		{"call_results", results},
		{"time_type", []string{"start_time", "end_time"}},
		{"recording_status", []string{"recorded", "non_recorded"}},
	} {
		if q.oneOf(p.name, p.allowed...) != nil {
			return p.name
		}
	}
	return ""
}

func (s *Simulator) accountCallHistory(q *query) (any, error) {
	if bad := badHistoryParam(q, callResults); bad != "" {
		return nil, invalidField(bad, "Invalid field.")
	}
	w, err := q.window(reachCalls)
	if err != nil {
		return nil, err
	}
	keyword, byEnd := q.get("keyword"), q.get("time_type") == "end_time"
	voicemail, aboutVoicemail := q.flag("with_voicemail")
	keep := func(c *call) bool {
		return c.mentions(keyword) && q.has("directions", c.direction) && q.has("connect_types", c.connect) &&
			q.has("number_types", c.from.kind, c.to.kind) && q.has("call_types", c.callType()) &&
			q.has("extension_types", c.from.extType(), c.to.extType()) && q.has("call_results", c.result) &&
			q.has("group_ids", c.owner.groupID) && q.has("site_ids", c.owner.site.id) &&
			q.isFold("department", c.owner.department) && q.isFold("cost_center", c.owner.costCenter) &&
			q.is("recording_status", c.recordingStatus(w.now)) && q.has("call_ids", c.id) &&
			(!aboutVoicemail || voicemail == (c.voicemail(w.now) != nil))
	}
	var all []*call
	s.calls.back(w.from-86400, w.to, func(c *call) bool {
		at := c.start
		if byEnd {
			at = c.end
		}
		if w.holds(at) && c.end <= w.now && keep(c) {
			all = append(all, c)
		}
		return true
	})
	if byEnd {
		slices.SortStableFunc(all, func(a, b *call) int { return int(b.end - a.end) })
	}
	page, next := paginate(s, q, all)
	var logs []callLogRecord
	var history []callHistoryRecord
	for _, c := range page {
		id, summary := s.keys.dated(c.history()), s.summarize(c)
		if q.visit.ended != endedOnly {
			history = append(history, callHistoryRecord{id, summary})
		}
		if q.visit.ended != endedLeftOut {
			logs = append(logs, callLogRecord{id, summary})
		}
	}
	return struct {
		CallLogs      []callLogRecord     `json:"call_logs,omitempty"`
		CallHistory   []callHistoryRecord `json:"call_history,omitempty"`
		From          string              `json:"from"`
		To            string              `json:"to"`
		PageCount     int                 `json:"page_count"`
		PageSize      int                 `json:"page_size"`
		TotalRecords  int                 `json:"total_records"`
		NextPageToken string              `json:"next_page_token"`
	}{logs, history, w.fromText, w.toText, pages(len(all), q.size), q.size, len(all), next}, nil
}

// pages is the number of pages that a number of records fills.
func pages(records, size int) int { return (records + size - 1) / size }

func (s *Simulator) getCallPath(q *query) (any, error) {
	id := q.path("callHistoryUuid")
	missing := refuse(http.StatusNotFound, 404, "Call history does not exist: %s.", id)
	ref, ok := s.keys.of(id, refCallHistory)
	if !ok {
		return nil, missing
	}
	c, ok := s.callOf(ref)
	if !ok {
		return nil, missing
	}
	return s.callPath(c, q.visit.ended), nil
}

// callPath is a call with all its steps.
func (s *Simulator) callPath(c *call, ended endedLists) object {
	id, sum := s.keys.dated(c.history()), s.summarize(c)
	o := object{
		"id": id, "call_history_uuid": id, "call_id": c.id, "connect_type": c.connect, "call_type": c.callType(),
		"direction": c.direction, "international": c.international, "hide_caller_id": c.hidden, "end_to_end": c.endToEnd,
		"caller_name": c.from.name, "callee_name": c.to.name, "department": sum.Department, "cost_center": sum.CostCenter,
		"site_id": sum.SiteID, "site_name": sum.SiteName, "group_id": sum.GroupID, "start_time": sum.StartTime, "end_time": sum.EndTime,
	}
	for name, value := range map[string]string{
		"caller_ext_id": sum.CallerExtID, "caller_did_number": sum.CallerDIDNumber, "caller_ext_number": sum.CallerExtNumber,
		"caller_email": sum.CallerEmail, "caller_ext_type": sum.CallerExtType, "callee_ext_id": sum.CalleeExtID,
		"callee_did_number": sum.CalleeDIDNumber, "callee_ext_number": sum.CalleeExtNumber, "callee_email": sum.CalleeEmail,
		"callee_ext_type": sum.CalleeExtType, "answer_time": sum.AnswerTime,
		"caller_acconut_code": sum.CallerAccountCode, // misspelt by Zoom
		"callee_account_code": sum.CalleeAccountCode,
	} {
		if value != "" {
			o[name] = value
		}
	}
	var paths, elements []object
	for i := range c.elements {
		element := s.pathStep(c, i)
		path := maps.Clone(element)
		path["id"] = s.keys.uuid(c.elementRef(i))
		element["call_element_id"] = s.keys.dated(c.elementRef(i))
		paths, elements = append(paths, path), append(elements, element)
	}
	ended.put(o, "call_path", paths, "call_elements", elements)
	return o
}

// pathStep is one step of a call, without its id.
func (s *Simulator) pathStep(c *call, i int) object {
	e := &c.elements[i]
	owner := e.to.ext
	if !e.to.internal() {
		owner = c.owner
	}
	o := object{
		"call_id": c.id, "connect_type": c.connect, "call_type": c.callType(), "direction": c.direction,
		"hide_caller_id": c.hidden, "end_to_end": c.endToEnd, "department": owner.department, "cost_center": owner.costCenter,
		"site_id": owner.site.id, "site_name": owner.site.name, "start_time": stamp(e.start), "end_time": stamp(e.end),
		"event": e.event, "result": e.result, "segment": e.segment, "node": e.node, "is_node": e.isNode,
		"hold_time": e.hold, "waiting_time": e.wait,
	}
	put := func(name, value string) {
		if value != "" {
			o[name] = value
		}
	}
	put("group_id", owner.groupID)
	put("answer_time", stampOr(e.answer))
	put("result_reason", e.reason)
	put("press_key", e.key)
	s.putParty(o, "caller", &e.from)
	s.putParty(o, "callee", &e.to)
	device := e.to.ext
	if c.direction == "outbound" && (device == nil || device.ip == "") {
		device = e.from.ext
	}
	if device != nil && device.ip != "" {
		put("device_private_ip", device.ip)
		put("device_public_ip", device.site.publicIP)
	}
	put("client_code", accountCode(owner))
	s.putTraces(o, e)
	return o
}

func (s *Simulator) putParty(o object, side string, p *party) {
	for _, f := range [...]struct{ name, value string }{
		{"_ext_id", p.extID()}, {"_name", p.name}, {"_email", p.email()}, {"_did_number", p.number}, {"_ext_number", p.extNumber()},
		{"_ext_type", p.extType()}, {"_number_type", p.kind}, {"_device_type", p.device()},
		{"_country_iso_code", p.country}, {"_country_code", p.code},
	} {
		if f.value != "" {
			o[side+f.name] = f.value
		}
	}
}

// putTraces adds who passed the call on, and what it left behind.
func (s *Simulator) putTraces(o object, e *element) {
	now := s.now().Unix()
	if e.operator != nil {
		o["operator_ext_number"], o["operator_ext_id"] = itoa(e.operator.number), e.operator.extID
		o["operator_ext_type"], o["operator_name"] = e.operator.kind.snake(), e.operator.name
	}
	if r := e.tape(now); r != nil {
		o["recording_id"] = s.keys.hex(r.ref(refRecording))
		o["recording_type"] = map[bool]string{true: "automatic", false: "ad-hoc"}[r.automatic]
	}
	if v := e.message(now); v != nil {
		o["voicemail_id"] = s.keys.hex(v.ref(refVoicemail))
	}
}

func (s *Simulator) getUserAiCallSummary(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	id := q.path("aiCallSummaryId")
	ref, ok := s.keys.of(id, refSummary)
	if ok {
		c, found := s.callOf(ref)
		if found && int(ref.sub) < len(c.elements) && c.elements[ref.sub].summary && c.elements[ref.sub].recording.taker == u.extension {
			return s.summaryView(q, c, int(ref.sub), u, id), nil
		}
	}
	return nil, refuse(http.StatusNotFound, 404, "AI call summary does not exist: %s.", id)
}

func (s *Simulator) summaryView(q *query, c *call, i int, u *user, id string) object {
	e := &c.elements[i]
	other := e.from
	if c.direction == "outbound" {
		other = e.to
	}
	t := c.topic
	if t == nil {
		t = &topics[generalTopic]
	}
	say := func(text string) string { return fill(text, u.name, c.says(&other), other.company) }
	minutes := max(1, e.talk/60)
	o := object{
		"ai_call_summary_id": id, "account_id": s.opts.AccountID, "call_id": c.id, "user_id": u.id,
		"call_summary_rate": "thumb_up", "transcript_language": "en", "call_summary": say(t.summary), "next_steps": say(t.nextSteps),
		"detailed_summary": fmt.Sprintf("%s The conversation took about %d min.", say(t.details), minutes),
		"created_time":     stamp(c.end), "modified_time": stamp(c.end), "edited": false,
	}
	if edited := c.end + 2400; e.talk%9 == 0 && edited <= q.now.Unix() {
		o["edited"], o["modified_time"], o["call_summary_rate"] = true, stamp(edited), "thumb_down"
	}
	return o
}
