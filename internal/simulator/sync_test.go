package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// synchronize reads everything backwards and gives the ids and the last token.
func synchronize(a *account, path, name, id string, query ...string) (seen map[string]int, token string) {
	seen = map[string]int{}
	mode, first := "FSync", ""
	for range 1000 {
		out := a.get(path, append(query, "sync_type", mode, "sync_token", token)...)
		for _, o := range objects(out[name]) {
			seen[text(o, id)]++
		}
		token = text(out, "sync_token")
		if first == "" {
			first = token
		}
		if out[name] == nil {
			return seen, token
		}
		mode = "BSync"
	}
	a.t.Fatalf("%s never ends", path)
	return nil, ""
}

func TestSynchronizationSeesEveryRecordOnce(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	user := text(a.all("/users", "users", "keyword", "Oskar")[0], "id")
	session := text(a.all("/sms/sessions", "sms_sessions", month("session_type", "all")...)[0], "session_id")
	for _, c := range []struct {
		path, name, id string
		query          []string
	}{
		{"/users/" + user + "/call_history/sync", "call_elements", "call_element_id", []string{"count", "40"}},
		{"/sms/sessions/" + session + "/sync", "sms_histories", "message_id", []string{"count", "3"}},
		{"/users/" + user + "/sms/sessions/sync", "sms_sessions", "session_id", []string{"count", "2", "session_type", "all"}},
	} {
		seen, token := synchronize(a, c.path, c.name, c.id, c.query...)
		if len(seen) < 4 {
			t.Errorf("%s: %d records", c.path, len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s seen %d times", c.path, id, n)
			}
		}
		// Nothing new yet; a day later there may be, and what was seen is not new.
		if out := a.get(c.path, append(c.query, "sync_type", "ISync", "sync_token", token)...); out[c.name] != nil {
			t.Errorf("%s: new records %v", c.path, out[c.name])
		}
		a.refused(c.path, http.StatusBadRequest, 300, append(c.query, "sync_type", "ISync", "sync_token", "nonsense")...)
	}
}

func TestIncreaseSyncBringsWhatHappenedSince(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	user := text(a.all("/users", "users", "keyword", "Oskar")[0], "id")
	path := "/users/" + user + "/call_history/sync"
	out := a.get(path, "sync_type", "FSync", "count", "250")
	seen := map[string]bool{}
	for _, o := range objects(out["call_elements"]) {
		seen[text(o, "call_element_id")] = true
	}
	a.clock.Advance(26 * time.Hour)
	a.login()
	fresh := a.get(path, "sync_type", "ISync", "count", "250", "sync_token", text(out, "sync_token"))
	if fresh["call_elements"] == nil {
		t.Fatal("a day later nothing is new")
	}
	for _, o := range objects(fresh["call_elements"]) {
		if seen[text(o, "call_element_id")] {
			t.Errorf("%s is not new", text(o, "call_element_id"))
		}
	}
	a.refused(path, http.StatusBadRequest, 7035, "sync_type", "ISync", "count", "1", "sync_token", text(out, "sync_token"))
}

func TestSessionsOfUsersAreTheDefault(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	for _, s := range a.all("/sms/sessions", "sms_sessions", month()...) {
		if text(s, "session_type") != "user" {
			t.Errorf("session of a %s without being asked for", text(s, "session_type"))
		}
	}
	kinds := map[string]int{}
	for _, s := range a.all("/sms/sessions", "sms_sessions", month("session_type", "all")...) {
		kinds[text(s, "session_type")]++
	}
	if kinds["user"] == 0 || kinds["call_queue"] == 0 || kinds["auto_receptionist"] == 0 {
		t.Errorf("sessions %v", kinds)
	}
	a.refused("/sms/sessions", http.StatusBadRequest, 400, "session_type", "callQueue")
}

func TestMessagesOfASession(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	session := a.all("/sms/sessions", "sms_sessions", month()...)[0]
	path := "/sms/sessions/" + text(session, "session_id")
	down := a.all(path, "sms_histories", month("sort", "2")...)
	up := a.all(path, "sms_histories", month("sort", "1")...)
	if len(down) == 0 || text(down[0], "message_id") != text(up[len(up)-1], "message_id") || text(down[0], "date_time") != text(session, "last_access_time") {
		t.Errorf("newest message %v, session %v", down, session)
	}
	number := text(objects(session["participants"])[1], "phone_number")
	for _, s := range a.all("/sms/sessions", "sms_sessions", month("phone_number", number)...) {
		p := objects(s["participants"])
		if text(p[0], "phone_number") != number && text(p[1], "phone_number") != number {
			t.Errorf("session %v does not have %s", s, number)
		}
	}
	received := a.all(path, "sms_histories", month("delivery_status", "received")...)
	for _, m := range received {
		if text(m, "direction") != "In" {
			t.Errorf("received message %v", m)
		}
	}
	if len(received) == 0 || len(received) == len(down) {
		t.Errorf("%d of %d messages received", len(received), len(down))
	}
}
