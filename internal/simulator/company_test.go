package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestSameSeedAndClockGiveTheSameBytes(t *testing.T) {
	paths := []string{"/users", "/call_history", "/recordings", "/voice_mails", "/sms/sessions", "/fax/logs", "/reports/call_charges", "/reports/operationlogs"}
	first, second := newAccount(t, simulator.Options{}), newAccount(t, simulator.Options{})
	other := newAccount(t, simulator.Options{Seed: 7})
	for _, p := range paths {
		one, two := first.do(p, pairs(month()...)).Body.String(), second.do(p, pairs(month()...)).Body.String()
		if one != two {
			t.Errorf("%s differs between two accounts of one seed", p)
		}
		if one == other.do(p, pairs(month()...)).Body.String() {
			t.Errorf("%s is the same for another seed", p)
		}
	}
}

func TestHistoryDoesNotChangeAsTimePasses(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	past := []string{"from", "2026-03-01", "to", "2026-03-10", "page_size", "300"}
	before := a.do("/call_history", pairs(past...)).Body.String()
	a.clock.Advance(20 * time.Hour)
	a.login()
	if after := a.do("/call_history", pairs(past...)).Body.String(); after != before {
		t.Error("what was is no longer what it was")
	}
}

func TestTheCompany(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	users := a.all("/users", "users")
	if len(users) < 35 || len(users) > 45 {
		t.Errorf("%d users", len(users))
	}
	sites, extensions := map[string]bool{}, map[string]bool{}
	dashed, ada := "", false
	for _, u := range users {
		sites[text(u, "site", "id")] = true
		if extensions[text(u, "extension_number")] {
			t.Errorf("extension %s is used twice", text(u, "extension_number"))
		}
		extensions[text(u, "extension_number")] = true
		if strings.HasPrefix(text(u, "id"), "-") {
			dashed = text(u, "id")
		}
		ada = ada || text(u, "email") == "ada.lovelace+phone@example.com"
		if !strings.HasSuffix(text(u, "email"), "@example.com") {
			t.Errorf("email %s", text(u, "email"))
		}
		for _, p := range objects(u["phone_numbers"]) {
			if n := text(p, "number"); len(n) != 11 || n[0] != '1' || n[4:9] != "55501" {
				t.Errorf("number %s", n)
			}
		}
	}
	if len(sites) != 3 || dashed == "" || !ada {
		t.Errorf("%d sites, id with a dash %q, ada %v", len(sites), dashed, ada)
	}
	if got := text(a.get("/users/"+dashed), "id"); got != dashed {
		t.Errorf("user %q", got)
	}
}

func TestUserIsFoundByEmail(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	want := text(a.get("/users", "keyword", "ada.lovelace")["users"].([]any)[0].(map[string]any), "id")
	for _, id := range []string{"ada.lovelace%2Bphone@example.com", "ada.lovelace+phone@example.com", "ADA.Lovelace%2Bphone%40example.com"} {
		if got := text(a.get("/users/"+id), "id"); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	a.refused("/users/me", http.StatusBadRequest, 300)
	a.refused("/users/ada.lovelace%20phone@example.com", http.StatusNotFound, 1001)
	a.refused("/users/..%2F..%2Fusers", http.StatusNotFound, 1001)
}

func TestIVRLeadsToExtensions(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	known := map[string]string{}
	for _, l := range [][2]string{{"/users", "users"}, {"/call_queues", "call_queues"}, {"/auto_receptionists", "auto_receptionists"}} {
		for _, o := range a.all(l[0], l[1]) {
			known[text(o, "extension_id")] = text(o, "id")
		}
	}
	contacts := map[string]bool{}
	for _, o := range a.all("/external_contacts", "external_contacts") {
		contacts[text(o, "external_contact_id")] = true
	}
	for _, m := range a.all("/auto_receptionists", "auto_receptionists") {
		ivr := a.get("/auto_receptionists/" + text(m, "id") + "/ivr")
		if len(objects(ivr["key_actions"])) < 3 {
			t.Errorf("%s has few keys", text(m, "name"))
		}
		for _, k := range objects(ivr["key_actions"]) {
			id := text(k, "target", "id")
			if known[text(k, "target", "extension_id")] != id && !contacts[id] {
				t.Errorf("key %s of %s leads nowhere", text(k, "key"), text(m, "name"))
			}
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		simulator.New(simulator.Options{})
	}
}
