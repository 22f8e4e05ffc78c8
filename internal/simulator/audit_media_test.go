package simulator_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
)

// stepOf finds the step of a call that a field names.
func (l *ledger) stepOf(o row, field, id string) row {
	for _, e := range l.path[text(o, "call_id")] {
		if text(e, field) == id {
			return e
		}
	}
	return nil
}

// ids are the values of a field on all paths.
func (l *ledger) ids(field string) map[string]bool {
	out := map[string]bool{}
	l.steps(func(_, e row) {
		if id := text(e, field); id != "" {
			out[id] = true
		}
	})
	return out
}

func auditRecordings(t *testing.T, l *ledger) {
	left := l.ids("recording_id")
	owned := map[string]map[string]bool{}
	for _, r := range l.all("/recordings", "recordings", l.month()...) {
		id, e := text(r, "id"), l.stepOf(r, "call_element_id", text(r, "call_element_id"))
		if e == nil || text(e, "recording_id") != id {
			t.Fatalf("recording %s of no step: %v", id, e)
		}
		delete(left, id)
		owner := l.byID[text(r, "owner", "id")]
		if owner == nil || text(r, "owner", "name") != owner.name || text(r, "site", "id") != owner.site {
			t.Errorf("recording %s of %v at %v, who is %+v", id, r["owner"], r["site"], owner)
			continue
		}
		if owned[owner.id] == nil {
			owned[owner.id] = map[string]bool{}
		}
		owned[owner.id][id] = true
		if text(r, "date_time") != text(e, "answer_time") || text(r, "end_time") != text(e, "end_time") || int64(r["duration"].(float64)) != seconds(r, "end_time")-seconds(r, "date_time") {
			t.Errorf("recording %s from %s, %v s, of the step from %s to %s", id, text(r, "date_time"), r["duration"], text(e, "answer_time"), text(e, "end_time"))
		}
		for _, side := range []string{"caller", "callee"} {
			if text(r, side+"_number") != party(e, side) || text(r, side+"_name") != text(e, side+"_name") {
				t.Errorf("recording %s: %s %s %s, on the path %s %s", id, side, text(r, side+"_name"), text(r, side+"_number"), text(e, side+"_name"), party(e, side))
			}
		}
		for _, key := range []string{"call_id", "call_log_id", "call_element_id"} {
			if got := l.get("/call_logs/" + text(r, key) + "/recordings"); text(got, "call_id") != text(r, "call_id") {
				t.Errorf("recording by %s %s is of call %s", key, text(r, key), text(got, "call_id"))
			}
		}
		if text(r, "recording_type") != "Automatic" {
			continue
		}
		for _, c := range l.contacts {
			if c["auto_call_recorded"] == false && (text(c, "external_contact_id") == text(e, "caller_ext_id") || text(c, "external_contact_id") == text(e, "callee_ext_id")) {
				t.Errorf("recording %s of %s, whose calls are not recorded", id, text(c, "name"))
			}
		}
		if owner.kind == "user" && l.get("/users/" + owner.id)["policy"].(row)["auto_call_recording"].(row)["enable"] != true {
			t.Errorf("recording %s of %s, who records nothing", id, owner.name)
		}
	}
	for id := range left { // the rest lies in the trash
		if e := l.get("/call_logs/" + l.callOf("recording_id", id) + "/recordings"); text(e, "id") == id && text(e, "deleted_time") == "" {
			t.Errorf("recording %s is in no list", id)
		}
	}
	for id, want := range owned {
		list := map[string]string{"user": "/users/" + id + "/recordings", "call_queue": "/call_queues/" + id + "/recordings"}[l.byID[id].kind]
		got := map[string]bool{}
		for _, r := range l.all(list, "recordings", l.month()...) {
			got[text(r, "id")] = true
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s has %d recordings, the account lists %d", l.byID[id].name, len(got), len(want))
		}
	}
}

// callOf is the call of the step that has an id in a field.
func (l *ledger) callOf(field, id string) string {
	found := ""
	l.steps(func(c, e row) {
		if text(e, field) == id {
			found = text(c, "call_id")
		}
	})
	return found
}

// customer finds the words of somebody who speaks for another company.
var customer = regexp.MustCompile(`Larkspur|\b([Ww]e|[Oo]ur)\b`)

func auditVoicemails(t *testing.T, l *ledger) {
	left := l.ids("voicemail_id")
	states := map[string]int{}
	list := append(l.all("/voice_mails", "voice_mails", l.month()...), l.all("/voice_mails", "voice_mails", l.month("trashed", "true")...)...)
	for _, v := range list {
		id, e := text(v, "id"), l.stepOf(v, "call_element_id", text(v, "call_element_id"))
		if e == nil || text(e, "voicemail_id") != id || text(e, "result") != "voicemail" {
			t.Fatalf("voicemail %s of no step: %v", id, e)
		}
		delete(left, id)
		owner := l.byID[text(v, "owner", "id")]
		if owner == nil || owner.name != text(v, "owner", "name") || text(v, "callee_name") != owner.name || text(v, "callee_number") != owner.number {
			t.Errorf("voicemail %s of %v for %s %s", id, v["owner"], text(v, "callee_name"), text(v, "callee_number"))
			continue
		}
		if at := seconds(v, "date_time"); at < seconds(e, "start_time") || at+int64(v["duration"].(float64)) > seconds(e, "end_time") {
			t.Errorf("voicemail %s at %s, %v s, of the step from %s to %s", id, text(v, "date_time"), v["duration"], text(e, "start_time"), text(e, "end_time"))
		}
		if text(v, "caller_number") != party(e, "caller") || text(v, "caller_name") != text(e, "caller_name") {
			t.Errorf("voicemail %s is from %s %s, the step from %s", id, text(v, "caller_name"), text(v, "caller_number"), party(e, "caller"))
		}
		detail := l.get("/voice_mails/" + id)
		for _, field := range []string{"status", "call_id", "date_time", "duration", "caller_number", "deleted_time"} {
			if text(detail, field) != text(v, field) {
				t.Errorf("voicemail %s: %s is %q in the list, %q alone", id, field, text(v, field), text(detail, field))
			}
		}
		// Nobody listens before somebody works.
		worked := false
		for at := seconds(v, "date_time"); at < l.now.Unix() && !worked; at += 600 {
			worked = l.working(owner.site, at)
		}
		if text(v, "status") == "read" && !worked {
			t.Errorf("voicemail %s of %s is read before anybody works", id, text(v, "date_time"))
		}
		if text(v, "status") == "unread" && text(v, "deleted_time") != "" {
			t.Errorf("voicemail %s is thrown away unread", id)
		}
		states[text(v, "status")]++
		says := text(detail, "transcription", "content") + text(detail, "voice_mail_task", "content")
		if text(e, "connect_type") == "internal" && customer.MatchString(says) || strings.Contains(says, "Anonymous") {
			t.Errorf("voicemail from %s to %s: %s", text(v, "caller_name"), owner.name, says)
		}
		if owner.kind == "user" {
			if got := l.get("/users/" + owner.id + "/call_logs/" + text(v, "call_id") + "/voice_mail"); text(got, "id") != id || text(got, "status") != text(v, "status") {
				t.Errorf("voicemail of call %s is %s, want %s", text(v, "call_id"), text(got, "id"), id)
			}
		}
	}
	if len(left) != 0 || states["read"] == 0 || states["unread"] == 0 {
		t.Errorf("%d voicemails in no list, the others %v", len(left), states)
	}
	for _, u := range l.users {
		want := 0
		for _, v := range list {
			if text(v, "owner", "id") == text(u, "id") && text(v, "deleted_time") == "" {
				want++
			}
		}
		if got := l.all("/users/"+text(u, "id")+"/voice_mails", "voice_mails", l.month()...); len(got) != want {
			t.Errorf("%s has %d voicemails, the account lists %d", text(u, "name"), len(got), want)
		}
	}
}

// auditTrash looks at an older month: what lay in the trash for longer than the
// account keeps it has left every answer.
func auditTrash(t *testing.T, l *ledger) {
	kept := time.Duration(l.get("/account_settings")["auto_delete_data_after_retention_duration"].(row)["permanently_delete_after_days"].(float64)) * 24 * time.Hour
	old := []string{"from", l.now.AddDate(0, 0, -80).Format(time.DateOnly), "to", l.now.AddDate(0, 0, -53).Format(time.DateOnly), "page_size", "300"}
	for _, v := range l.all("/voice_mails", "voice_mails", append(old, "trashed", "true")...) {
		if since := l.now.Sub(time.Unix(seconds(v, "deleted_time"), 0)); since > kept {
			t.Errorf("voicemail %s has been in the trash for %s", text(v, "id"), since)
		}
	}
	listed := map[string]bool{}
	for _, list := range []string{"voice_mails", "recordings"} {
		for _, o := range l.all("/"+list, list, old...) {
			listed[text(o, "id")] = true
		}
	}
	for _, c := range l.all("/call_history", "call_history", old...) {
		for _, e := range objects(l.get("/call_history/" + text(c, "call_history_uuid"))["call_elements"]) {
			for _, field := range []string{"voicemail_id", "recording_id"} {
				if id := text(e, field); id != "" && !listed[id] {
					t.Errorf("%s %s is in no list", field, id)
				}
			}
		}
	}
}
