package simulator_test

import (
	"cmp"
	"strings"
	"testing"
)

func auditNumbers(t *testing.T, l *ledger) {
	owner := map[string]*holder{}
	for _, h := range l.byExt {
		for _, n := range h.numbers {
			if other := owner[n]; other != nil {
				t.Errorf("%s belongs to %s and %s", n, other.name, h.name)
			}
			owner[n] = h
		}
	}
	assigned := 0
	for _, n := range l.all("/carrier_reseller/numbers", "carrier_reseller_numbers") {
		h, status := owner[text(n, "phone_number")], text(n, "assigned_status")
		if (h != nil) != (status == "assigned") {
			t.Errorf("%s is %s, its owner %+v", text(n, "phone_number"), status, h)
		}
		if h != nil && h.kind == "external_contact" {
			t.Errorf("%s of a contact is the company's", text(n, "phone_number"))
		}
		if status == "assigned" {
			assigned++
		}
	}
	for n, h := range owner {
		if h.kind == "external_contact" {
			assigned++
		} else if !strings.HasPrefix(n, "+1") {
			t.Errorf("%s of %s", n, h.name)
		}
	}
	if assigned != len(owner) {
		t.Errorf("%d numbers have an owner, %d are assigned or outside", len(owner), assigned)
	}
}

// policies of sites, menus and users agree with the account's settings.
func auditPolicies(t *testing.T, l *ledger) {
	account, locks := l.get("/account_settings"), 0
	check := func(of string, policies row) {
		for name, v := range policies {
			policy, ok := v.(row)
			above, known := account[name].(row)
			if !ok || !known {
				continue
			}
			if locked := above["locked"] == true; policy["locked"] != nil && policy["locked"] != locked {
				t.Errorf("%s: %s is locked: %v, for the account %v", of, name, policy["locked"], locked)
			} else if locked {
				locks++
				if policy["enable"] != above["enable"] || policy["modified"] == true {
					t.Errorf("%s: %s is locked and yet its own", of, name)
				}
			}
			if by := text(policy, "locked_by"); policy["locked"] == true && by != "" && by != "account" || policy["locked"] == false && by == "account" {
				t.Errorf("%s: %s is locked (%v) by %s", of, name, policy["locked"], by)
			}
			if policy["modified"] == false && policy["enable"] != above["enable"] {
				t.Errorf("%s: %s is %v and not modified, for the account %v", of, name, policy["enable"], above["enable"])
			}
		}
	}
	for id, name := range l.names {
		check(name, l.get("/sites/" + id)["policy"].(row))
	}
	for _, h := range l.byID {
		switch h.kind {
		case "user":
			check(h.name, l.get("/users/" + h.id)["policy"].(row))
		case "auto_receptionist":
			check(h.name, l.get("/auto_receptionists/"+h.id+"/policies"))
		}
	}
	if locks == 0 {
		t.Error("nothing is locked")
	}
}

func auditOperations(t *testing.T, l *ledger) {
	emails, desks := map[string]*holder{}, map[string]bool{}
	for _, u := range l.users {
		emails[text(u, "email")] = l.byExt[text(u, "extension_id")]
		desk, _ := l.settings[text(u, "extension_id")]["desk_phone"].(row)
		desks[text(u, "name")] = len(objects(desk["devices"])) > 0
	}
	for _, o := range l.all("/reports/operationlogs", "operation_logs", l.month()...) {
		detail := text(o, "operation_detail")
		by := emails[text(o, "operator")]
		if by == nil || !l.working(by.site, seconds(o, "time")) {
			t.Errorf("operation of %s at %s", text(o, "operator"), text(o, "time"))
		}
		for _, u := range l.users {
			if name := text(u, "name"); strings.Contains(detail, name) {
				if !strings.Contains(detail, "opted") && !strings.Contains(detail, "(Ext. "+text(u, "extension_number")+")") || text(u, "status") != "activate" {
					t.Errorf("%s: %s is %s", detail, name, text(u, "status"))
				}
				if strings.Contains(detail, "desk phone") && !desks[name] {
					t.Errorf("%s: there is none", detail)
				}
			}
		}
	}
}

// auditPlaces looks at users, sites and licences.
func auditPlaces(t *testing.T, l *ledger) {
	addresses, plans := map[string]string{}, map[string]int{}
	for id := range l.names {
		a, _ := l.get("/sites/" + id)["default_emergency_address"].(row)
		addresses[text(a, "id")] = text(a, "address_line1") + text(a, "address_line2") + text(a, "zip")
	}
	for _, u := range l.users {
		d := l.get("/users/" + text(u, "id"))
		for _, field := range []string{"email", "department", "cost_center", "extension_number", "status", "phone_user_id"} {
			if text(d, field) != text(u, field) {
				t.Errorf("%s: %s is %q in the list, %q alone", text(u, "name"), field, text(u, field), text(d, field))
			}
		}
		if l.names[text(u, "site", "id")] != text(u, "site", "name") || text(d, "site_id") != text(u, "site", "id") {
			t.Errorf("%s is at site %v", text(u, "name"), u["site"])
		}
		a, _ := d["emergency_address"].(row)
		if want := addresses[text(a, "id")]; want != text(a, "address_line1")+text(a, "address_line2")+text(a, "zip") {
			t.Errorf("%s: address %v is elsewhere %q", text(u, "name"), a, want)
		}
		for _, p := range objects(u["calling_plans"]) {
			plans[text(p, "name")]++
		}
		if len(objects(u["calling_plans"])) > 0 != (text(u, "status") == "activate") {
			t.Errorf("%s is %s and has the plans %v", text(u, "name"), text(u, "status"), u["calling_plans"])
		}
		caller, _ := l.settings[text(u, "extension_id")]["outbound_caller"].(row)
		if own := objects(u["phone_numbers"]); digits(text(caller, "number")) != text(own[0], "number") {
			t.Errorf("%s calls out with %v", text(u, "name"), caller)
		}
	}
	for _, p := range objects(l.get("/calling_plans")["calling_plans"]) {
		if int(p["assigned"].(float64)) != plans[text(p, "name")] || p["subscribed"] != p["assigned"].(float64)+p["available"].(float64) || p["available"].(float64) < 0 {
			t.Errorf("plan %v, %d users have it", p, plans[text(p, "name")])
		}
	}
	for _, q := range l.queues {
		h := l.byExt[text(q, "extension_id")]
		d := l.detail[h.ext]
		zone := l.zones[h.site].String()
		if text(d, "timezone") != zone || text(d, "status") != text(q, "status") || cmp.Or(h.department, "none") == "none" {
			t.Errorf("%s: zone %s, of the site %s; %s", h.name, text(d, "timezone"), zone, text(d, "status"))
		}
	}
}
