package simulator_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
)

func auditCallRecords(t *testing.T, l *ledger) {
	for id, c := range l.call {
		l.known(t, c, "caller", "callee")
		start, answer, end := seconds(c, "start_time"), seconds(c, "answer_time"), seconds(c, "end_time")
		since := cmp.Or(answer, start)
		if start > end || answer != 0 && (answer < start || answer > end) || int64(c["duration"].(float64)) != end-since {
			t.Errorf("call %s from %s, answered %s, to %s, %v s", id, text(c, "start_time"), text(c, "answer_time"), text(c, "end_time"), c["duration"])
		}
		if uuid := text(c, "call_history_uuid"); len(uuid) != 45 || uuid[:8] != strings.ReplaceAll(text(c, "start_time")[:10], "-", "") {
			t.Errorf("call history uuid %q of a call at %s", uuid, text(c, "start_time"))
		}
		if text(c, "site_name") != l.names[text(c, "site_id")] {
			t.Errorf("call %s: site %s is not %q", id, text(c, "site_id"), text(c, "site_name"))
		}
		if !slices.ContainsFunc(append(l.path[id], c), func(e row) bool {
			return l.belongsTo(c, text(e, "callee_ext_id")) || l.belongsTo(c, text(e, "caller_ext_id"))
		}) {
			t.Errorf("call %s belongs to %s, %s, of nobody on its path", id, text(c, "department"), text(c, "site_name"))
		}
		for _, e := range l.path[id] {
			if h := l.byExt[text(e, "callee_ext_id")]; h != nil && h.kind != "external_contact" && !l.belongsTo(e, h.ext) {
				t.Errorf("call %s: the step to %s belongs to %s, %s", id, h.name, text(e, "department"), text(e, "site_name"))
			}
		}
		abroad := text(c, "caller_country_iso_code") != text(c, "callee_country_iso_code")
		if c["international"] != abroad {
			t.Errorf("call %s: international %v from %s to %s", id, c["international"], text(c, "caller_country_iso_code"), text(c, "callee_country_iso_code"))
		}
	}
}

// belongsTo reports whether a record carries the site and the department of an extension.
func (l *ledger) belongsTo(o row, ext string) bool {
	h := l.byExt[ext]
	if h == nil || text(o, "site_id") != h.site {
		return false
	}
	listed := h.kind == "user" || h.kind == "call_queue" || h.kind == "auto_receptionist"
	return !listed || text(o, "department") == h.department && text(o, "cost_center") == h.costCenter
}

// known checks that the parties of a record are who they say.
func (l *ledger) known(t *testing.T, o row, sides ...string) {
	for _, side := range sides {
		ext := text(o, side+"_ext_id")
		if ext == "" {
			continue
		}
		h := l.byExt[ext]
		if h == nil {
			t.Errorf("call %s: %s %q (%s) is in no list", text(o, "call_id"), side, ext, text(o, side+"_ext_type"))
			continue
		}
		for field, want := range map[string]string{"_ext_type": h.kind, "_name": h.name, "_ext_number": h.number, "_email": h.email} {
			if got, ok := o[side+field]; ok && got != want && !(field == "_ext_number" && h.kind == "common_area") {
				t.Errorf("call %s: %s%s is %v, want %q", text(o, "call_id"), side, field, got, want)
			}
		}
		if n := text(o, side+"_did_number"); n != "" && !slices.Contains(h.numbers, n) {
			t.Errorf("call %s: %s %s has no number %s", text(o, "call_id"), side, h.name, n)
		}
	}
}

func auditCallPaths(t *testing.T, l *ledger) {
	results := map[string]int{}
	for id, c := range l.call {
		steps := l.path[id]
		first := steps[0]
		for _, field := range []string{"caller_ext_id", "callee_ext_id", "caller_did_number", "callee_did_number", "caller_name", "callee_name", "start_time", "direction", "connect_type", "call_type"} {
			if text(first, field) != text(c, field) {
				t.Errorf("call %s: %s is %q, of the first step %q", id, field, text(c, field), text(first, field))
			}
		}
		answered, last, recorded := int64(0), int64(0), "non_recorded"
		var seen []string
		for i, e := range steps {
			l.known(t, e, "caller", "callee", "operator")
			start, answer, end := seconds(e, "start_time"), seconds(e, "answer_time"), seconds(e, "end_time")
			wait := int64(e["waiting_time"].(float64))
			if start < seconds(c, "start_time") || end > seconds(c, "end_time") || start > end || answer != 0 && (answer < start || answer > end) ||
				start+wait > end || answer != 0 && start+wait != answer || e["hold_time"].(float64) > float64(end-answer) {
				t.Errorf("call %s (%s..%s): step %d %v", id, text(c, "start_time"), text(c, "end_time"), i, e)
			}
			if person := text(e, "callee_ext_type"); answer != 0 && (person == "user" || person == "common_area" || text(e, "event") == "outgoing") &&
				(answered == 0 || answer < answered) {
				answered = answer
			}
			if text(e, "recording_id") != "" {
				recorded = "recorded"
			}
			last = max(last, end)
			seen = append(seen, text(e, "result"))
		}
		if last != seconds(c, "end_time") || answered != seconds(c, "answer_time") || recorded != text(c, "recording_status") || !slices.Contains(seen, text(c, "call_result")) {
			t.Errorf("call %v has the steps %v", c, steps)
		}
		if talked := text(c, "call_result") == "answered" || text(c, "call_result") == "connected"; talked != (answered != 0) {
			t.Errorf("call %s: %s, answered at %q", id, text(c, "call_result"), text(c, "answer_time"))
		}
		results[text(c, "call_result")]++
	}
	for _, want := range []string{"answered", "connected", "voicemail", "abandoned", "no_answer", "hang_up", "busy", "canceled"} {
		if results[want] == 0 {
			t.Errorf("no call ends as %s: %v", want, results)
		}
	}
}

func auditHours(t *testing.T, l *ledger) {
	closed, common := map[string]int{}, 0
	l.steps(func(c, e row) {
		ext, start := text(e, "callee_ext_id"), seconds(e, "start_time")
		h := l.byExt[ext]
		if h == nil {
			return
		}
		if rang(e) && !l.within(ext, start) {
			t.Errorf("call %s: %s of %s rings at %s, %s", text(c, "call_id"), h.name, l.names[h.site], text(e, "start_time"), text(e, "result"))
		}
		if rang(e) && h.kind == "common_area" {
			common++
		}
		if h.kind != "call_queue" && h.kind != "auto_receptionist" || l.working(h.site, start) {
			return
		}
		closed[h.kind+" "+text(e, "result")]++
		if text(e, "result") == "answered" {
			t.Errorf("call %s: %s answers at %s, when it is closed", text(c, "call_id"), h.name, text(e, "start_time"))
		}
	})
	// What comes when nobody is there: messages, announcements, another queue.
	for _, want := range []string{"call_queue voicemail", "auto_receptionist voicemail", "auto_receptionist hang_up"} {
		if closed[want] == 0 {
			t.Errorf("nothing ends as %s in closed hours: %v", want, closed)
		}
	}
	if common == 0 {
		t.Error("no phone of a common area rings")
	}
}

// span is a stretch of time that somebody spends in a call.
type span struct {
	from, to int64
	call     string
}

func auditPeople(t *testing.T, l *ledger) {
	talks := map[string][]span{}
	for id, c := range l.call {
		who := map[string]span{}
		whole := span{seconds(c, "start_time"), seconds(c, "end_time"), id}
		for _, side := range []string{"caller", "callee"} {
			person := cmp.Or(text(c, side+"_ext_id"), text(c, side+"_did_number"))
			if kind := text(c, side+"_ext_type"); kind == "" || kind == "external_contact" || kind == "user" && side == "caller" {
				who[person] = whole
			}
		}
		for _, e := range l.path[id] {
			if rang(e) && text(e, "result") == "answered" {
				who[text(e, "callee_ext_id")] = span{seconds(e, "answer_time"), seconds(e, "end_time"), id}
			}
		}
		delete(who, "") // withheld numbers
		delete(who, "933")
		for person, s := range who {
			talks[person] = append(talks[person], s)
		}
	}
	for person, spans := range talks {
		slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
		for i := 1; i < len(spans); i++ {
			if spans[i].from < spans[i-1].to {
				t.Errorf("%s is in the calls %s and %s at once", person, spans[i-1].call, spans[i].call)
			}
		}
	}
	busy := 0
	l.steps(func(c, e row) {
		ext, start := text(e, "callee_ext_id"), seconds(e, "start_time")
		at := slices.ContainsFunc(talks[ext], func(s span) bool { return s.call != text(c, "call_id") && start >= s.from && start < s.to })
		switch {
		case rang(e) && at:
			t.Errorf("call %s rings at %s, who is on the phone", text(c, "call_id"), text(e, "callee_name"))
		case text(e, "result") == "busy" && text(e, "callee_ext_type") == "user":
			busy++
			if ring := slices.ContainsFunc(talks[ext], func(s span) bool { return start >= s.from-30 && start <= s.to }); !ring {
				t.Errorf("call %s finds %s busy, who does nothing", text(c, "call_id"), text(e, "callee_name"))
			}
		}
	})
	t.Logf("%d people, %d busy", len(talks), busy)
}

func auditUserHistories(t *testing.T, l *ledger) {
	want := map[string]map[string]row{} // by user's extension and step
	l.steps(func(c, e row) {
		for _, side := range []string{"caller", "callee"} {
			if ext := text(e, side+"_ext_id"); text(e, side+"_ext_type") == "user" {
				if want[ext] == nil {
					want[ext] = map[string]row{}
				}
				want[ext][text(e, "call_element_id")] = e
			}
		}
	})
	for _, u := range l.users {
		ext := text(u, "extension_id")
		own := l.all("/users/"+text(u, "id")+"/call_history", "call_elements", l.month()...)
		if len(own) != len(want[ext]) {
			t.Errorf("%s has %d steps, the paths of the account %d", text(u, "name"), len(own), len(want[ext]))
		}
		for _, e := range own {
			of := maps.Clone(want[ext][text(e, "call_element_id")])
			delete(of, "direction") // of the call there, of the user here
			delete(of, "group_id")
			for field, value := range of {
				if got, ok := e[field]; ok && got != value {
					t.Errorf("%s, step %s: %s is %v, on the path %v", text(u, "name"), text(e, "call_element_id"), field, got, value)
				}
			}
			if c := l.call[text(e, "call_id")]; text(c, "call_history_uuid") != text(e, "call_history_uuid") {
				t.Errorf("step of call %s, account's %v", text(e, "call_id"), c)
			}
			if answer := seconds(e, "answer_time"); answer != 0 && float64(seconds(e, "end_time")-answer) != e["talk_time"].(float64)+e["hold_time"].(float64) {
				t.Errorf("times of %v", e)
			}
		}
	}
}
