package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// row is an object of an answer.
type row = map[string]any

// holder is whatever an extension belongs to, as the lists of the account tell it.
type holder struct {
	id, ext, kind, name, number, email, site string
	department, costCenter                   string
	numbers                                  []string // E.164
}

// ledger is what an auditor writes down who knows nothing but the answers of the
// account: a month of it.
type ledger struct {
	*account
	from, to string
	now      time.Time
	byExt    map[string]*holder
	byID     map[string]*holder
	zones    map[string]*time.Location // by site
	names    map[string]string         // of sites
	users    []row
	settings map[string]row      // of users by extension id
	queues   []row               // as listed
	detail   map[string]row      // of queues, by extension id
	members  map[string][]string // extension ids of those whom queues and shared lines ring, by theirs
	contacts []row
	calls    []row
	call     map[string]row   // by call id
	path     map[string][]row // steps, by call id
}

// TestAudit counts over the answers of several accounts, each at another moment:
// at noon, in summer time, in a winter night, in the afternoon. Whatever one
// answer tells has to agree with the others.
func TestAudit(t *testing.T) {
	for _, c := range []struct {
		seed     uint64
		branches int
		now      time.Time
	}{
		{0, 0, noon}, {7, 0, time.Date(2026, 7, 15, 20, 30, 0, 0, time.UTC)}, {99, 0, time.Date(2026, 11, 14, 5, 0, 0, 0, time.UTC)},
		{0, 0, time.Date(2026, 1, 13, 22, 10, 0, 0, time.UTC)}, {0, 2, noon},
	} {
		t.Run(fmt.Sprintf("seed %d with %d branches on %s", c.seed, c.branches, c.now.Format(time.DateOnly)), func(t *testing.T) {
			t.Parallel()
			l := audit(t, c.now, simulator.Options{Seed: c.seed, Branches: c.branches})
			for name, check := range map[string]func(*testing.T, *ledger){
				"call records": auditCallRecords, "paths": auditCallPaths, "hours": auditHours, "menus": auditMenus, "people": auditPeople,
				"queue members": auditQueueMembers, "queue analytics": auditQueueAnalytics, "histories of users": auditUserHistories,
				"recordings": auditRecordings, "trash": auditTrash, "voicemails": auditVoicemails, "charges": auditCharges, "quality": auditQuality,
				"messages": auditMessages, "faxes": auditFaxes, "filters": auditFilters, "numbers": auditNumbers, "policies": auditPolicies,
				"operations": auditOperations, "people and places": auditPlaces,
			} {
				t.Run(name, func(t *testing.T) { l.t = t; check(t, l) })
			}
		})
	}
}

func audit(t *testing.T, now time.Time, o simulator.Options) *ledger {
	t.Helper()
	o.Now = func() time.Time { return now }
	l := &ledger{
		account: newAccount(t, o), now: now,
		from: now.AddDate(0, 0, -27).Format(time.DateOnly), to: now.Format(time.DateOnly),
		byExt: map[string]*holder{}, byID: map[string]*holder{}, zones: map[string]*time.Location{}, names: map[string]string{},
		settings: map[string]row{}, detail: map[string]row{}, members: map[string][]string{}, call: map[string]row{}, path: map[string][]row{},
	}
	l.readCompany()
	for _, c := range l.all("/call_history", "call_history", l.month()...) {
		l.calls = append(l.calls, c)
		l.call[text(c, "call_id")] = c
		l.path[text(c, "call_id")] = objects(l.get("/call_history/" + text(c, "call_history_uuid"))["call_elements"])
	}
	if len(l.calls) < 300 {
		t.Fatalf("only %d calls", len(l.calls))
	}
	return l
}

func (l *ledger) month(more ...string) []string {
	return append([]string{"from", l.from, "to", l.to, "page_size", "300"}, more...)
}

func (l *ledger) hold(o row, kind string) *holder {
	h := &holder{
		id: text(o, "id"), ext: text(o, "extension_id"), kind: kind, name: text(o, "name") + text(o, "display_name"),
		number: text(o, "extension_number"), email: text(o, "email"), site: text(o, "site", "id"),
		department: text(o, "department"), costCenter: text(o, "cost_center"),
	}
	for _, p := range objects(o["phone_numbers"]) {
		h.numbers = append(h.numbers, "+"+strings.TrimPrefix(text(p, "number"), "+"))
	}
	if l.byExt[h.ext] != nil && l.byExt[h.ext].kind != kind {
		l.t.Errorf("extension %s is a %s and a %s", h.ext, l.byExt[h.ext].kind, kind)
	}
	l.byExt[h.ext], l.byID[h.id] = h, h
	return h
}

func (l *ledger) readCompany() {
	for _, s := range l.all("/sites", "sites") {
		l.names[text(s, "id")] = text(s, "name")
	}
	for _, m := range l.all("/auto_receptionists", "auto_receptionists") {
		l.hold(m, "auto_receptionist")
		zone, err := time.LoadLocation(text(m, "timezone"))
		if err != nil {
			l.t.Fatal(err)
		}
		l.zones[text(m, "site", "id")] = zone
	}
	l.users = l.all("/users", "users")
	for _, u := range l.users {
		l.settings[l.hold(u, "user").ext] = l.get("/users/" + text(u, "id") + "/settings")
	}
	for _, g := range l.all("/shared_line_groups", "shared_line_groups") {
		l.hold(g, "shared_line_group")
		for ext, s := range l.settings {
			lines, _ := s["shared_lines_call_setting"].(row)["shared_line_groups"].(row)
			for _, own := range objects(lines["shared_line_group"]) {
				if text(own, "slg_id") == text(g, "id") {
					l.members[text(g, "extension_id")] = append(l.members[text(g, "extension_id")], ext)
				}
			}
		}
	}
	l.queues = l.all("/call_queues", "call_queues")
	for _, q := range l.queues {
		h, d := l.hold(q, "call_queue"), l.get("/call_queues/"+text(q, "id"))
		h.department, h.costCenter = text(d, "department"), text(d, "cost_center")
		l.detail[h.ext] = d
		for _, m := range l.all("/call_queues/"+h.id+"/members", "call_queue_members") {
			if ext := text(m, "extension_id"); text(m, "level") == "commonArea" {
				common := l.hold(m, "common_area")
				common.site = h.site // queues ring the phones of their own site
			} else if l.byExt[ext] == nil || l.byExt[ext].name != text(m, "name") {
				l.t.Errorf("member %v of %s is nobody", m, h.name)
			}
			l.members[h.ext] = append(l.members[h.ext], text(m, "extension_id"))
		}
	}
	l.contacts = l.all("/external_contacts", "external_contacts")
	for _, c := range l.contacts {
		l.byExt[text(c, "external_contact_id")] = &holder{
			id: text(c, "external_contact_id"), kind: "external_contact", name: text(c, "name"), number: text(c, "extension_number"),
			email: text(c, "email"), numbers: texts(c["phone_numbers"]),
		}
	}
}

// steps returns every step of every call.
func (l *ledger) steps(yield func(call, step row)) {
	for _, c := range l.calls {
		for _, e := range l.path[text(c, "call_id")] {
			yield(c, e)
		}
	}
}

// seconds is a time of an answer, 0 for none.
func seconds(o row, name string) int64 {
	t, err := time.Parse(time.RFC3339, text(o, name))
	if err != nil {
		return 0
	}
	return t.Unix()
}

// rang reports whether the phone of the callee rang in a step.
func rang(e row) bool {
	if kind := text(e, "callee_ext_type"); kind != "user" && kind != "common_area" {
		return false
	}
	return slices.Contains([]string{"answered", "no_answer", "rejected", "ring_timeout"}, text(e, "result"))
}

// working reports whether it is a working hour at a site; the holidays are those
// that every menu names, whatever the year.
func (l *ledger) working(site string, unix int64) bool {
	t := time.Unix(unix, 0).In(l.zones[site])
	if day := t.Format("01-02"); day == "01-01" || day == "07-04" || day == "12-25" {
		return false
	}
	return t.Weekday() >= time.Monday && t.Weekday() <= time.Friday && t.Hour() >= 8 && t.Hour() < 17
}

// within reports whether a user's phone may ring by the hours and breaks of the
// user's own settings.
func (l *ledger) within(ext string, unix int64) bool {
	h := l.byExt[ext]
	if h.kind != "user" {
		return l.working(h.site, unix)
	}
	t := time.Unix(unix, 0).In(l.zones[h.site])
	clock, weekday := t.Format("15:04"), float64(t.Weekday()+1)
	inside := func(hours []row) bool {
		return slices.ContainsFunc(hours, func(o row) bool {
			return (o["weekday"] == nil || o["weekday"] == weekday) && o["type"] != 0.0 && clock >= text(o, "from") && clock < text(o, "to")
		})
	}
	s := l.settings[ext]
	for _, b := range objects(s["break_hours"]) {
		setting, _ := b["break_hour_setting"].(row)
		if days := objects(setting["days"]); inside(days) || days == nil && clock >= text(setting, "from") && clock < text(setting, "to") {
			return false
		}
	}
	hours, _ := s["business_hours_settings"].(row)
	return l.working(h.site, unix) && inside(objects(hours["business_hours"]))
}
