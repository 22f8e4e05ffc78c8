package simulator_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// digits is a number without the plus.
func digits(number string) string { return strings.TrimPrefix(number, "+") }

// party returns how records name a side of a step: by extension inside, by number outside.
func party(e row, side string) string {
	switch text(e, side+"_ext_type") {
	case "", "external_contact":
		return text(e, side+"_did_number")
	}
	return text(e, side+"_ext_number")
}

// tenThousandths are dollars as a whole number of hundredths of a cent.
func tenThousandths(amount string) int {
	n, _ := strconv.ParseFloat(amount, 64)
	return int(n*10000 + 0.5)
}

func auditCharges(t *testing.T, l *ledger) {
	plans := map[string][]string{}
	for _, u := range l.users {
		for _, p := range objects(u["calling_plans"]) {
			plans[text(u, "extension_id")] = append(plans[text(u, "extension_id")], text(p, "type"))
		}
	}
	charged := map[string]bool{}
	for _, ch := range l.all("/reports/call_charges", "call_charges", l.month()...) {
		c := l.call[text(ch, "call_id")]
		if c == nil || charged[text(ch, "call_id")] {
			t.Fatalf("charge for call %s, charged before or never made", text(ch, "call_id"))
		}
		charged[text(ch, "call_id")] = true
		for _, field := range []string{"start_time", "answer_time", "end_time", "direction", "department", "cost_center"} {
			if text(ch, field) != text(c, field) {
				t.Errorf("charge of call %s: %s is %q, of the call %q", text(c, "call_id"), field, text(ch, field), text(c, field))
			}
		}
		minutes := int(ch["duration"].(float64))
		if minutes != (int(c["duration"].(float64))+59)/60 || tenThousandths(text(ch, "total_charge")) != minutes*tenThousandths(text(ch, "rate")) {
			t.Errorf("call of %v s charged as %d min at %s: %s", c["duration"], minutes, text(ch, "rate"), text(ch, "total_charge"))
		}
		for _, side := range []string{"caller", "callee"} {
			if text(ch, side+"_number") != party(c, side) {
				t.Errorf("charge of call %s: %s %s is %s", text(c, "call_id"), side, text(ch, side+"_number"), party(c, side))
			}
		}
	}
	for id, c := range l.call {
		if charged[id] != (text(c, "answer_time") != "") {
			t.Errorf("call %s, answered at %q, has a charge: %v", id, text(c, "answer_time"), charged[id])
		}
		if c["international"] == true && text(c, "direction") == "outbound" && !slices.Contains(plans[text(c, "caller_ext_id")], "300") {
			t.Errorf("call %s goes abroad from %s, who may not", id, text(c, "caller_name"))
		}
	}
}

func auditQuality(t *testing.T, l *ledger) {
	want := map[string]bool{}
	for id, c := range l.call {
		if text(c, "answer_time") != "" {
			want[id] = true
		}
	}
	rows := l.all("/metrics/call_logs", "call_logs", "from", l.from, "to", l.to, "page_size", "100")
	bySite, byNumber, byDepartment := map[string]int{}, map[string]int{}, map[string]int{}
	numbers, places := map[string]*holder{}, map[string]string{}
	for _, h := range l.byExt {
		numbers[h.number] = h
	}
	for _, m := range rows {
		id := text(m, "call_id")
		c := l.call[id]
		if !want[id] {
			t.Fatalf("quality of call %s, which nobody took", id)
		}
		delete(want, id)
		if text(m, "date_time") != text(c, "start_time") || text(m, "duration") != text(c, "duration") || strings.TrimSuffix(text(m, "direction"), "internal") != map[bool]string{true: "", false: text(c, "direction")}[text(c, "connect_type") == "internal"] {
			t.Errorf("quality %v of call %v", m, c)
		}
		sites, departments := map[string]bool{}, map[string]bool{}
		for _, side := range []string{"caller", "callee"} {
			end, _ := m[side].(row)
			byNumber[digits(text(end, "phone_number"))]++
			site := text(end, "site_id")
			if site == "" {
				if text(c, side+"_ext_type") != "" && text(c, side+"_ext_type") != "external_contact" || text(end, "phone_number") != text(c, side+"_did_number") {
					t.Errorf("call %s: no site of %s", id, side)
				}
				continue
			}
			h := numbers[text(end, "extension_number")]
			if h == nil {
				common := slices.ContainsFunc(l.path[id], func(e row) bool {
					return text(e, "callee_ext_type") == "common_area" && text(e, "callee_ext_number") == text(end, "extension_number")
				})
				if !common {
					t.Errorf("call %s: extension %s is nobody", id, text(end, "extension_number"))
				}
			} else if h.kind != "user" || h.site != site || text(end, "phone_number") != "" && !slices.Contains(h.numbers, text(end, "phone_number")) {
				t.Errorf("call %s: %s (%s) with number %s at site %s", id, h.name, h.kind, text(end, "phone_number"), l.names[site])
			} else {
				departments[h.department] = true
			}
			if at, ok := places[text(end, "device_public_ip")]; ok && at != site {
				t.Errorf("call %s: address %s at two sites", id, text(end, "device_public_ip"))
			}
			places[text(end, "device_public_ip")] = site
			sites[site] = true
		}
		for site := range sites {
			bySite[site]++
		}
		for d := range departments {
			byDepartment[d]++
		}
	}
	if len(want) != 0 {
		t.Errorf("%d answered calls without quality", len(want))
	}
	count := func(path string, more ...string) int { return len(l.all(path, "call_logs", l.month(more...)...)) }
	for site, n := range bySite {
		for _, path := range []string{"/metrics/call_logs", "/metrics/past_calls"} {
			if got := count(path, "site_id", site); got != n {
				t.Errorf("%s shows %d calls of %s, %d rows have that site", path, got, l.names[site], n)
			}
		}
	}
	for _, d := range []string{"Support", "Sales"} {
		if got := count("/metrics/past_calls", "department", d); got < byDepartment[d] || got == len(rows) {
			t.Errorf("%d calls of %s, %d rows are", got, d, byDepartment[d])
		}
	}
	number := slices.MaxFunc(slices.Collect(maps.Keys(byNumber)), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(byNumber[a], byNumber[b]))
	})
	if got := count("/metrics/past_calls", "phone_number", number); got != byNumber[number] {
		t.Errorf("%d calls of %s, %d rows are", got, number, byNumber[number])
	}
}

func auditMessages(t *testing.T, l *ledger) {
	type message struct{ at, session string }
	sent := map[string]message{}
	for _, s := range l.all("/sms/sessions", "sms_sessions", l.month("session_type", "all")...) {
		id := text(s, "session_id")
		for _, p := range objects(s["participants"]) {
			if owner := text(p, "owner", "id"); owner != "" && (l.byID[owner] == nil || !slices.Contains(l.byID[owner].numbers, "+"+digits(text(p, "phone_number")))) {
				t.Errorf("session %s: %v is nobody", id, p)
			}
			if !strings.HasPrefix(text(p, "phone_number"), "1") {
				t.Errorf("session %s with %s, though messages abroad are off", id, text(p, "phone_number"))
			}
		}
		failed, got := 0, 0
		last := ""
		for _, m := range l.all("/sms/sessions/"+id, "sms_histories", l.month("sort", "1")...) {
			at := text(m, "date_time")
			sent[text(m, "message_id")] = message{at, id}
			site := l.byID[text(objects(s["participants"])[0], "owner", "id")].site
			if at < last || !l.working(site, seconds(m, "date_time")) {
				t.Errorf("session %s: message at %s after %s", id, at, last)
			}
			last = at
			if text(m, "delivery_status") == "failed_to_deliver" {
				failed++
			}
			if text(m, "direction") == "In" {
				got++
			}
		}
		if last != text(s, "last_access_time") || failed > 0 && got > 0 {
			t.Errorf("session %s: last message %s, session %s; %d undelivered, %d replies", id, last, text(s, "last_access_time"), failed, got)
		}
	}
	if len(sent) == 0 {
		t.Error("no messages")
	}
	for _, ch := range l.all("/reports/sms_charges", "sms_charges", l.month()...) {
		m := sent[text(ch, "message_id")]
		if m.at != text(ch, "sent_time") || m.session != text(ch, "session_id") {
			t.Errorf("charge %v for message %v", ch, m)
		}
		delete(sent, text(ch, "message_id"))
	}
	if len(sent) != 0 {
		t.Errorf("%d messages without a charge", len(sent))
	}
}

func auditFaxes(t *testing.T, l *ledger) {
	sent := map[string]row{}
	for _, f := range l.all("/fax/logs", "fax_logs", l.month()...) {
		h := l.byExt[text(f, "extension_id")]
		inside := map[string]string{"inbound": "receiver", "outbound": "sender"}[text(f, "direction")]
		if h == nil || !slices.Contains(h.numbers, text(f, inside+"_number")) || text(f, "site_id") != h.site || text(f, inside+"_extension_id") != h.ext {
			t.Errorf("fax %v of %+v", f, h)
		} else if !l.working(h.site, seconds(f, "create_time")) {
			t.Errorf("fax of %s at %s", h.name, text(f, "create_time"))
		}
		if text(f, "status") == "sent" {
			sent[text(f, "fax_id")] = f
		}
	}
	for _, ch := range l.all("/reports/fax_charges", "fax_charges", l.month()...) {
		f := sent[text(ch, "fax_id")]
		if text(f, "sender_number") != text(ch, "sender_number") || text(f, "file_pages_count") != text(ch, "total_pages") || seconds(ch, "end_time") <= seconds(f, "create_time") {
			t.Errorf("charge %v for fax %v", ch, f)
		}
		delete(sent, text(ch, "fax_id"))
	}
	if len(sent) != 0 {
		t.Errorf("%d faxes without a charge", len(sent))
	}
}

func auditFilters(t *testing.T, l *ledger) {
	count := func(fits func(row) bool) int {
		n := 0
		for _, c := range l.calls {
			if fits(c) {
				n++
			}
		}
		return n
	}
	for param, field := range map[string]string{
		"site_ids": "site_id", "department": "department", "cost_center": "cost_center", "directions": "direction", "call_results": "call_result",
		"group_ids": "group_id", "connect_types": "connect_type", "call_types": "call_type", "recording_status": "recording_status",
	} {
		values := map[string]bool{}
		for _, c := range l.calls {
			if v := text(c, field); v != "" {
				values[v] = true
			}
		}
		for value := range values {
			want := count(func(c row) bool { return text(c, field) == value })
			if got := len(l.all("/call_history", "call_history", l.month(param, value)...)); got != want {
				t.Errorf("%s=%s shows %d calls, %d are so", param, value, got, want)
			}
		}
	}
	for _, days := range []int{3, 10} {
		from := l.now.AddDate(0, 0, -days)
		to := from.Add(9 * time.Hour)
		want := count(func(c row) bool { at := seconds(c, "start_time"); return at >= from.Unix() && at <= to.Unix() })
		if got := l.all("/call_history", "call_history", "from", from.Format(time.RFC3339), "to", to.Format(time.RFC3339)); len(got) != want {
			t.Errorf("%s to %s: %d calls, want %d", from, to, len(got), want)
		}
	}
	with := len(l.all("/call_history", "call_history", l.month("with_voicemail", "true")...))
	want := count(func(c row) bool {
		return slices.ContainsFunc(l.path[text(c, "call_id")], func(e row) bool { return text(e, "voicemail_id") != "" })
	})
	if with != want {
		t.Errorf("%d calls with a voicemail, on paths %d", with, want)
	}
	first := l.get("/call_history", l.month("page_size", "7")...)
	if fmt.Sprint(first["total_records"]) != fmt.Sprint(len(l.calls)) {
		t.Errorf("total_records %v of %d", first["total_records"], len(l.calls))
	}
}
