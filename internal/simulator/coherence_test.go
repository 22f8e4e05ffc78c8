package simulator_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/simulator"
)

// extensionIDs are the ids of everything that can be dialled, with their kind.
func extensionIDs(a *account) map[string]string {
	out := map[string]string{}
	for kind, l := range map[string][2]string{
		"user": {"/users", "users"}, "call_queue": {"/call_queues", "call_queues"},
		"auto_receptionist": {"/auto_receptionists", "auto_receptionists"}, "shared_line_group": {"/shared_line_groups", "shared_line_groups"},
	} {
		for _, o := range a.all(l[0], l[1], "page_size", "100") {
			out[text(o, "extension_id")] = kind
		}
	}
	return out
}

func history(a *account, more ...string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, c := range a.all("/call_history", "call_history", month(more...)...) {
		out[text(c, "call_id")] = c
	}
	return out
}

func TestCallsReferToExtensionsAndSites(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	known := extensionIDs(a)
	calls := history(a)
	if len(calls) < 300 {
		t.Fatalf("only %d calls in a month", len(calls))
	}
	for id, c := range calls {
		if len(id) != 19 || strings.Trim(id, "0123456789") != "" {
			t.Errorf("call id %q", id)
		}
		if uuid := text(c, "call_history_uuid"); len(uuid) != 45 || uuid[:8] != strings.ReplaceAll(text(c, "start_time")[:10], "-", "") {
			t.Errorf("call history uuid %q of a call at %s", uuid, text(c, "start_time"))
		}
		for _, side := range []string{"caller", "callee"} {
			ext, kind := text(c, side+"_ext_id"), text(c, side+"_ext_type")
			if kind != "external_contact" && ext != "" && known[ext] != kind {
				t.Errorf("call %s: %s %s is a %s, not a %s", id, side, ext, known[ext], kind)
			}
			if n := text(c, side+"_did_number"); n != "" && n != "933" && n[0] != '+' {
				t.Errorf("number %s without a plus", n)
			}
		}
	}
}

func TestEveryStepOfACallFits(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	known := extensionIDs(a)
	for id, c := range history(a) {
		path := a.get("/call_history/" + text(c, "call_history_uuid"))
		steps := objects(path["call_elements"])
		if len(steps) == 0 || text(path, "call_id") != id {
			t.Fatalf("call %s has the path %v", id, path)
		}
		recorded := false
		for i, e := range steps {
			for _, side := range []string{"caller", "callee", "operator"} {
				if ext, kind := text(e, side+"_ext_id"), text(e, side+"_ext_type"); ext != "" && kind != "external_contact" && known[ext] != kind {
					t.Errorf("call %s, step %d: %s %q is no %s", id, i, side, ext, kind)
				}
			}
			if text(e, "start_time") < text(c, "start_time") || text(e, "end_time") > text(c, "end_time") || text(e, "end_time") < text(e, "start_time") {
				t.Errorf("call %s (%s..%s): step %d %s from %s to %s", id, text(c, "start_time"), text(c, "end_time"), i, text(e, "event"), text(e, "start_time"), text(e, "end_time"))
			}
			if e["segment"].(float64) < 1 {
				t.Errorf("call %s: segment %v", id, e["segment"])
			}
			recorded = recorded || text(e, "recording_id") != ""
		}
		if recorded != (text(c, "recording_status") == "recorded") {
			t.Errorf("call %s is %s", id, text(c, "recording_status"))
		}
	}
}

func TestRecordingsAndVoicemailsBelongToCalls(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	calls := history(a)
	recordings := a.all("/recordings", "recordings", month()...)
	if len(recordings) < 50 {
		t.Errorf("only %d recordings", len(recordings))
	}
	for _, r := range recordings {
		c := calls[text(r, "call_id")]
		if c == nil || text(c, "recording_status") != "recorded" {
			t.Fatalf("recording %s of call %s: %v", text(r, "id"), text(r, "call_id"), c)
		}
		for _, key := range []string{"call_id", "call_log_id", "call_element_id"} {
			if got := a.get("/call_logs/" + text(r, key) + "/recordings"); text(got, "call_id") != text(r, "call_id") {
				t.Errorf("recording by %s %s is of call %s", key, text(r, key), text(got, "call_id"))
			}
		}
	}
	voicemails := a.all("/voice_mails", "voice_mails", month()...)
	if len(voicemails) < 20 {
		t.Errorf("only %d voicemails", len(voicemails))
	}
	for _, v := range voicemails {
		c := calls[text(v, "call_id")]
		if c == nil {
			t.Fatalf("voicemail %s of no call", text(v, "id"))
		}
		if got := a.get("/voice_mails/" + text(v, "id")); text(got, "call_id") != text(v, "call_id") {
			t.Errorf("voicemail %s has call %s", text(v, "id"), text(got, "call_id"))
		}
		if text(v, "owner", "type") == "user" {
			got := a.get("/users/" + text(v, "owner", "id") + "/call_logs/" + text(v, "call_id") + "/voice_mail")
			if text(got, "id") != text(v, "id") {
				t.Errorf("voicemail of call %s is %s, want %s", text(v, "call_id"), text(got, "id"), text(v, "id"))
			}
		}
	}
}

func TestChargesBelongToWhatTheyAreFor(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	calls := history(a)
	charged := 0
	for _, ch := range a.all("/reports/call_charges", "call_charges", month()...) {
		c := calls[text(ch, "call_id")]
		if c == nil {
			t.Fatalf("charge for call %s, which is not", text(ch, "call_id"))
		}
		if minutes := int(ch["duration"].(float64)); minutes != (int(c["duration"].(float64))+59)/60 {
			t.Errorf("call of %v s charged as %d min", c["duration"], minutes)
		}
		if text(ch, "total_charge") != "0" {
			charged++
		}
	}
	if got := len(a.all("/reports/call_charges", "call_charges", month("show_charges_only", "true")...)); got != charged || charged == 0 {
		t.Errorf("%d charges cost something, the filter shows %d", charged, got)
	}
	faxes := map[string]bool{}
	for _, f := range a.all("/fax/logs", "fax_logs", month()...) {
		faxes[text(f, "fax_id")] = true
	}
	fc := a.all("/reports/fax_charges", "fax_charges", month()...)
	for _, ch := range fc {
		if !faxes[text(ch, "fax_id")] {
			t.Errorf("charge for fax %s, which is not", text(ch, "fax_id"))
		}
	}
	if len(fc) == 0 {
		t.Error("no fax charges")
	}
	seen := 0
	for _, ch := range a.all("/reports/sms_charges", "sms_charges", month()...) {
		if seen++; seen > 40 {
			break
		}
		m := a.get("/sms/sessions/" + text(ch, "session_id") + "/messages/" + text(ch, "message_id"))
		if text(m, "date_time") != text(ch, "sent_time") {
			t.Errorf("charge %v for message %v", ch, m)
		}
	}
}

func TestUserHistoryIsPartOfTheAccountsHistory(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	calls := history(a)
	seen := map[string]bool{}
	for _, u := range a.all("/users", "users") {
		for _, e := range a.all("/users/"+text(u, "id")+"/call_history", "call_elements", month()...) {
			if text(e, "caller_ext_id") != text(u, "extension_id") && text(e, "callee_ext_id") != text(u, "extension_id") {
				t.Errorf("%s is no party of %v", text(u, "name"), e)
			}
			c := calls[text(e, "call_id")]
			if c == nil || text(c, "call_history_uuid") != text(e, "call_history_uuid") {
				t.Errorf("step of call %s, account's %v", text(e, "call_id"), c)
			}
			seen[text(e, "call_id")] = true
		}
	}
	if len(seen) < len(calls)*8/10 {
		t.Errorf("users took part in %d of %d calls", len(seen), len(calls))
	}
}

func TestSummariesBelongToCalls(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	found := 0
	for _, u := range a.all("/users", "users", "department", "Sales") {
		for _, c := range objects(a.get("/users/"+text(u, "id")+"/call_history/sync", "sync_type", "FSync", "count", "100")["call_elements"]) {
			id := text(c, "ai_call_summary_id")
			if id == "" {
				continue
			}
			found++
			got := a.get("/user/" + text(u, "email") + "/ai_call_summary/" + id)
			if text(got, "call_id") != text(c, "call_id") || text(got, "user_id") != text(u, "id") || strings.Contains(text(got, "call_summary"), "{") {
				t.Errorf("summary %v of call %v", got, c)
			}
		}
	}
	if found == 0 {
		t.Error("no summaries")
	}
}

func TestMembersOfALargeQueueComeInPages(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	largest := 0
	for _, q := range a.all("/call_queues", "call_queues") {
		path := "/call_queues/" + text(q, "id")
		members := a.all(path+"/members", "call_queue_members")
		detail, _ := a.get(path)["members"].(map[string]any)
		if len(members) != len(objects(detail["users"]))+len(objects(detail["common_areas"])) {
			t.Errorf("%s: %d members, detail %v", text(q, "name"), len(members), detail)
		}
		largest = max(largest, len(members))
	}
	if largest <= 30 {
		t.Errorf("the largest queue has %d members", largest)
	}
}

func TestQueueAnalyticsAddUp(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	total := 0.0
	for _, q := range objects(a.get("/call_queue_analytics", "from", "2026-02-19", "to", "2026-03-18")["call_queues"]) {
		n := q["inbound_calls"].(float64)
		total += n
		if n != q["completed_calls"].(float64)+q["abandoned_calls"].(float64)+q["overflowed_calls"].(float64) {
			t.Errorf("%s does not add up: %v", text(q, "call_queue_name"), q)
		}
		if q["outbound_calls"].(float64) != q["outbound_connected_calls"].(float64)+q["outbound_unconnected_calls"].(float64) {
			t.Errorf("%s does not add up: %v", text(q, "call_queue_name"), q)
		}
	}
	if total < 100 {
		t.Errorf("%v calls in queues", total)
	}
	a.refused("/call_queue_analytics", http.StatusBadRequest, 300, "to", "2026-03-18")
}

func TestQualityBelongsToCalls(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	calls := history(a)
	kinds := map[bool]int{}
	for _, m := range a.all("/metrics/call_logs", "call_logs", "from", "2026-03-10", "to", "2026-03-18", "page_size", "100") {
		if calls[text(m, "call_id")] == nil {
			t.Fatalf("quality of call %s, which is not", text(m, "call_id"))
		}
		kinds[text(m, "mos") >= "3.5"]++
		if got := a.get("/metrics/call_logs/" + text(m, "call_id")); text(got, "mos") != text(m, "mos") {
			t.Errorf("detail of %s differs", text(m, "call_id"))
		}
		if qos := a.get("/metrics/call_logs/" + text(m, "call_id") + "/qos"); qos["caller_qos"] == nil {
			t.Errorf("no figures for %s", text(m, "call_id"))
		}
	}
	good := len(a.all("/metrics/call_logs", "call_logs", "from", "2026-03-10", "to", "2026-03-18", "quality_type", "good"))
	bad := len(a.all("/metrics/call_logs", "call_logs", "from", "2026-03-10", "to", "2026-03-18", "quality_type", "bad"))
	if want := map[bool]int{true: good, false: bad}; !maps.Equal(kinds, want) || bad == 0 {
		t.Errorf("good and bad: %v, by filter %v", kinds, want)
	}
}
