package simulator

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

// part is one step of a call in the history of a user who took part in it.
type part struct {
	call  *call
	index int
	user  *user
}

func (p part) step() *element { return &p.call.elements[p.index] }

// direction is that of the step as the user saw it.
func (p part) direction() string {
	if p.step().from.ext == p.user.extension {
		return "outbound"
	}
	return "inbound"
}

// partsIn returns a user's steps in a window, newest first.
func (s *Simulator) partsIn(u *user, w window, byEnd bool, keep func(part) bool) []part {
	var out []part
	s.calls.back(w.from-86400, w.to, func(c *call) bool {
		if c.end > w.now {
			return true
		}
		for _, i := range c.parts(u.extension) {
			p := part{c, i, u}
			at := p.step().start
			if byEnd {
				at = p.step().end
			}
			if w.holds(at) && keep(p) {
				out = append(out, p)
			}
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b part) int {
		if byEnd {
			return cmp.Compare(b.step().end, a.step().end)
		}
		return cmp.Compare(b.step().start, a.step().start)
	})
	return out
}

func (s *Simulator) phoneUserCallHistory(q *query) (any, error) {
	u, err := s.userParam(q, 300)
	if err != nil {
		return nil, err
	}
	if bad := badHistoryParam(q, userCallResults); bad != "" {
		return nil, refuse(http.StatusBadRequest, 301, "Invalid request param: %s.", bad)
	}
	w, err := q.window(reachCalls)
	if err != nil {
		return nil, err
	}
	voicemail, aboutVoicemail := q.flag("with_voicemail")
	all := s.partsIn(u, w, q.get("time_type") == "end_time", func(p part) bool {
		e, c := p.step(), p.call
		result := e.result
		if result == "system_blocked" {
			result = "blocked"
		}
		return c.mentions(q.get("keyword")) && q.has("directions", p.direction()) && q.has("connect_types", c.connect) &&
			q.has("number_types", e.from.kind, e.to.kind) && q.has("call_types", c.callType()) &&
			q.has("extension_types", e.from.extType(), e.to.extType()) && q.has("call_results", result) &&
			q.has("group_ids", u.groupID) && q.has("site_ids", u.site.id) && q.isFold("department", u.department) &&
			q.isFold("cost_center", u.costCenter) && q.is("recording_status", c.recordingStatus(w.now)) &&
			(!aboutVoicemail || voicemail == (c.voicemail(w.now) != nil))
	})
	page, next := paginate(s, q, all)
	out := object{
		"from": w.fromText, "to": w.toText, "next_page_token": next, "page_count": pages(len(all), q.size),
		"page_size": q.size, "total_records": len(all),
	}
	s.putParts(out, page, q.visit.ended, false)
	return out, nil
}

// putParts adds steps to an answer.
func (s *Simulator) putParts(out object, parts []part, ended endedLists, summaries bool) {
	if len(parts) == 0 {
		return
	}
	var logs, elements []object
	for _, p := range parts {
		element := s.partView(p, summaries)
		entry := maps.Clone(element)
		id := s.keys.dated(p.call.elementRef(p.index))
		entry["id"], entry["call_path_id"] = id, s.keys.dated(p.call.history())
		element["call_element_id"], element["call_history_uuid"] = id, entry["call_path_id"]
		logs, elements = append(logs, entry), append(elements, element)
	}
	ended.put(out, "call_logs", logs, "call_elements", elements)
}

func (s *Simulator) partView(p part, summaries bool) object {
	c, e := p.call, p.step()
	o := object{
		"call_id": c.id, "group_id": p.user.groupID, "connect_type": c.connect, "call_type": c.callType(), "direction": p.direction(),
		"hide_caller_id": c.hidden, "end_to_end": c.endToEnd, "start_time": stamp(e.start), "end_time": stamp(e.end),
		"event": e.event, "result": e.result, "talk_time": e.talk, "hold_time": e.hold, "wait_time": e.wait,
	}
	if e.answer != 0 {
		o["answer_time"] = stamp(e.answer)
	}
	if e.reason != "" {
		o["result_reason"] = e.reason
	}
	s.putParty(o, "caller", &e.from)
	s.putParty(o, "callee", &e.to)
	putDesk(o, "caller", &e.from)
	putDesk(o, "callee", &e.to)
	s.putTraces(o, e)
	if summaries && e.summary && e.recording.taker == p.user.extension {
		o["ai_call_summary_id"] = s.keys.short(c.summaryRef(p.index))
	}
	return o
}

// putDesk adds where in the company a party sits.
func putDesk(o object, side string, p *party) {
	if !p.internal() {
		return
	}
	o[side+"_site_id"] = p.ext.site.id
	if p.ext.department != "" {
		o[side+"_department"], o[side+"_cost_center"] = p.ext.department, p.ext.costCenter
		o[side+"_account_code"] = accountCode(p.ext)
	}
	if p.user != nil {
		o[side+"_employee_id"] = p.user.employeeID
	}
	if p.ext.ip != "" {
		o[side+"_device_private_ip"], o[side+"_device_public_ip"] = p.ext.ip, p.ext.site.publicIP
	}
}

func (s *Simulator) syncUserCallHistory(q *query) (any, error) {
	u, err := s.userParam(q, 300)
	if err != nil {
		return nil, err
	}
	sync, err := s.newSync(q, "call history "+u.id, 300)
	if err != nil {
		return nil, err
	}
	// A call shows up when it ends, and so it is synchronized by its end.
	var all []part
	s.calls.back(sync.from-86400, sync.to, func(c *call) bool {
		if c.end >= sync.from && c.end <= sync.to {
			for _, i := range c.parts(u.extension) {
				all = append(all, part{c, i, u})
			}
		}
		return true
	})
	slices.SortStableFunc(all, func(a, b part) int { return cmp.Compare(b.call.end, a.call.end) })
	n, token, err := sync.cut(len(all), func(i int) int64 { return all[i].call.end })
	if err != nil {
		return nil, err
	}
	out := object{"sync_token": token}
	s.putParts(out, all[:n], q.visit.ended, true)
	return out, nil
}
