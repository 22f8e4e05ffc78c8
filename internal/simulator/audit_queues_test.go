package simulator_test

import (
	"slices"
	"strings"
	"testing"
)

// auditMenus follows the keys that callers pressed.
func auditMenus(t *testing.T, l *ledger) {
	keys := map[string]row{} // by menu, hours and key
	for ext, h := range l.byExt {
		for _, hours := range []string{"business_hours", "closed_hours"} {
			if h.kind == "auto_receptionist" {
				for _, k := range objects(l.get("/auto_receptionists/"+h.id+"/ivr", "hours_type", hours)["key_actions"]) {
					keys[ext+hours+text(k, "key")] = k
				}
			}
		}
	}
	pressed := map[string]int{}
	for id, steps := range l.path {
		for i, e := range steps {
			ext, key := text(e, "callee_ext_id"), text(e, "press_key")
			if text(e, "callee_ext_type") != "auto_receptionist" || key == "" {
				continue
			}
			hours := "closed_hours"
			if l.working(l.byExt[ext].site, seconds(e, "start_time")) {
				hours = "business_hours"
			}
			k := keys[ext+hours+key]
			if (k == nil) != (text(e, "result") == "invalid_key") {
				t.Errorf("call %s: key %s of %s in %s: %v, %s", id, key, text(e, "callee_name"), hours, k, text(e, "result"))
				continue
			}
			leads := text(k, "target", "id")
			switch text(e, "result") {
			case "voicemail":
				v := l.get("/voice_mails/" + text(e, "voicemail_id"))
				if text(v, "callee_name") != text(k, "target", "display_name") {
					t.Errorf("call %s: key %s leads to the voicemail of %s, not of %s", id, key, text(v, "callee_name"), text(k, "target", "display_name"))
				}
			case "answered":
				if next := l.byExt[text(steps[i+1], "callee_ext_id")]; next.id != leads {
					t.Errorf("call %s: key %s leads to %s, not to %s", id, key, next.name, text(k, "target", "display_name"))
				}
			}
			pressed[hours]++
		}
	}
	if pressed["business_hours"] == 0 || pressed["closed_hours"] == 0 {
		t.Errorf("keys pressed: %v", pressed)
	}
}

func auditQueueMembers(t *testing.T, l *ledger) {
	// The state of every member, taken back from now by the log.
	now := map[string]bool{}
	for _, q := range l.queues {
		for _, m := range l.all("/call_queues/"+text(q, "id")+"/members", "call_queue_members") {
			now[text(q, "name")+"/"+text(m, "name")] = m["receive_call"].(bool)
		}
		members, _ := l.detail[text(q, "extension_id")]["members"].(row)
		for _, m := range objects(members["users"]) {
			if m["receive_call"] != now[text(q, "name")+"/"+text(m, "name")] {
				t.Errorf("%s, %s: the list and the detail disagree", text(q, "name"), text(m, "name"))
			}
		}
	}
	type change struct {
		at int64
		in bool
	}
	changes, last := map[string][]change{}, map[string]bool{}
	for _, o := range l.all("/reports/operationlogs", "operation_logs", l.month()...) { // newest first
		_, queue, _ := strings.Cut(text(o, "operation_detail"), "Call queue ")
		queue, rest, _ := strings.Cut(queue, " (Ext.")
		_, rest, _ = strings.Cut(rest, ": ")
		member, in, ok := strings.Cut(rest, " opted ")
		if !ok {
			continue
		}
		key, state := queue+"/"+member, strings.HasPrefix(in, "in")
		if _, ok := now[key]; !ok {
			t.Errorf("%s is no member", key)
		}
		if _, seen := last[key]; !seen && state != now[key] {
			t.Errorf("%s: the log says %v, the list %v", key, state, now[key])
		}
		if before, seen := last[key]; seen && before == state {
			t.Errorf("%s opts %v twice", key, state)
		}
		last[key] = state
		changes[key] = append(changes[key], change{seconds(o, "time"), state})
	}
	if len(changes) == 0 {
		t.Error("nobody opts out")
	}
	l.steps(func(c, e row) {
		if text(e, "event") != "ring_to_member" {
			return
		}
		by, member := text(e, "operator_ext_id"), text(e, "callee_ext_id")
		if !slices.Contains(l.members[by], member) {
			t.Errorf("call %s: %s rings %s, no member", text(c, "call_id"), text(e, "operator_name"), text(e, "callee_name"))
		}
		key := text(e, "operator_name") + "/" + text(e, "callee_name")
		if state, ok := now[key]; ok && text(e, "callee_ext_type") == "user" {
			for _, ch := range changes[key] {
				if ch.at <= seconds(e, "start_time") {
					state = ch.in
					break
				}
				state = !ch.in
			}
			if !state {
				t.Errorf("call %s at %s: %s rings, opted out", text(c, "call_id"), text(e, "start_time"), key)
			}
		}
	})
}

func auditQueueAnalytics(t *testing.T, l *ledger) {
	type tally struct{ inbound, completed, abandoned, overflowed, waited, longest, handled, outbound int64 }
	for _, days := range [][2]string{{l.from, l.to}, {l.calls[40]["start_time"].(string)[:10], l.calls[0]["start_time"].(string)[:10]}} {
		want := map[string]*tally{}
		for ext := range l.detail {
			want[ext] = &tally{}
		}
		l.steps(func(c, e row) {
			if at := text(c, "start_time")[:10]; at < days[0] || at > days[1] {
				return
			}
			if q := want[text(e, "caller_ext_id")]; q != nil {
				q.outbound++
			}
			q := want[text(e, "callee_ext_id")]
			if q == nil {
				return
			}
			wait := int64(e["waiting_time"].(float64))
			q.inbound++
			q.waited += wait
			q.longest = max(q.longest, wait)
			switch text(e, "result") {
			case "answered":
				q.completed++
				q.handled += seconds(e, "end_time") - seconds(e, "answer_time")
			case "abandoned":
				q.abandoned++
			default:
				q.overflowed++
			}
		})
		total := 0
		for _, q := range objects(l.get("/call_queue_analytics", "from", days[0], "to", days[1])["call_queues"]) {
			w := want[text(q, "call_queue_ext_id")]
			wanted := map[string]int64{
				"inbound_calls": w.inbound, "completed_calls": w.completed, "abandoned_calls": w.abandoned, "overflowed_calls": w.overflowed,
				"outbound_calls": w.outbound, "max_in_queue_wait_time": w.longest, "avg_in_queue_wait_time": w.waited / max(1, w.inbound),
				"avg_handle_time": w.handled / max(1, w.completed), "outbound_connected_calls": 0, "outbound_unconnected_calls": 0,
			}
			for field, n := range wanted {
				if got := int64(q[field].(float64)); got != n {
					t.Errorf("%s from %s to %s: %s is %d, counted %d", text(q, "call_queue_name"), days[0], days[1], field, got, n)
				}
			}
			total += int(w.inbound)
			delete(want, text(q, "call_queue_ext_id"))
		}
		if len(want) != 0 || total == 0 {
			t.Errorf("%d queues without figures, %d calls", len(want), total)
		}
	}
}
