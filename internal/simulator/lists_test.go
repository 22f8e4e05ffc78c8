package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestPagingGivesEveryRecordOnce(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	user := "ada.lovelace%2Bphone@example.com"
	for _, c := range []struct{ path, name, id string }{
		{"/users", "users", "id"}, {"/call_history", "call_history", "call_id"}, {"/recordings", "recordings", "id"},
		{"/voice_mails", "voice_mails", "id"}, {"/fax/logs", "fax_logs", "fax_log_id"}, {"/reports/call_charges", "call_charges", "charge_id"},
		{"/reports/sms_charges", "sms_charges", "message_id"}, {"/metrics/past_calls", "call_logs", "call_id"},
		{"/carrier_reseller/numbers", "carrier_reseller_numbers", "phone_number"}, {"/external_contacts", "external_contacts", "external_contact_id"},
		{"/users/" + user + "/call_history", "call_elements", "call_element_id"},
	} {
		t.Run(c.path, func(t *testing.T) {
			a.t = t
			whole := a.all(c.path, c.name, month()...)
			small := append(month()[:4], "page_size", "7")
			pieces := a.all(c.path, c.name, small...)
			if len(whole) == 0 || len(whole) != len(pieces) {
				t.Fatalf("%d at once, %d in pieces", len(whole), len(pieces))
			}
			seen := map[string]bool{}
			for i := range whole {
				id := text(pieces[i], c.id)
				if id != text(whole[i], c.id) || seen[id] {
					t.Errorf("record %d is %s, want %s; seen before: %v", i, id, text(whole[i], c.id), seen[id])
				}
				seen[id] = true
			}
			if total := a.get(c.path, month()...)["total_records"]; total != nil && int(total.(float64)) != len(whole) {
				t.Errorf("total_records %v, %d records", total, len(whole))
			}
		})
	}
}

func TestPagesFitTogetherWhileTimePasses(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	first := a.get("/call_history", "page_size", "5")
	a.clock.Advance(14 * time.Minute)
	second := a.get("/call_history", "page_size", "5", "next_page_token", text(first, "next_page_token"))
	if first["total_records"] != second["total_records"] {
		t.Errorf("%v records, then %v", first["total_records"], second["total_records"])
	}
}

func TestPageTokensAreBoundAndEnd(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	token := text(a.get("/call_history", "page_size", "5"), "next_page_token")
	a.refused("/call_history", http.StatusBadRequest, 300, "next_page_token", token+"x")
	a.refused("/call_history", http.StatusBadRequest, 300, "next_page_token", token, "directions", "inbound")
	a.refused("/recordings", http.StatusBadRequest, 300, "next_page_token", token)
	a.refused("/reports/call_charges", http.StatusBadRequest, 400, "next_page_token", token)
	a.get("/call_history", "next_page_token", token)
	a.clock.Advance(16 * time.Minute)
	a.refused("/call_history", http.StatusBadRequest, 300, "next_page_token", token)
}

func TestPageSize(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	for _, c := range []struct {
		path, size string
		want       float64
	}{
		{"/call_history", "", 30}, {"/call_history", "300", 300}, {"/call_history", "5000", 300}, {"/users", "300", 100},
		{"/users", "zero", 30}, {"/users", "-4", 30}, {"/reports/sms_charges", "1000", 300},
	} {
		if got := a.get(c.path, "page_size", c.size)["page_size"]; got != c.want {
			t.Errorf("%s?page_size=%s: %v, want %v", c.path, c.size, got, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	for _, c := range []struct {
		path, name, field string
		query             []string
		from, to          string // all records lie between them
		some              bool
	}{
		{"/call_history", "call_history", "start_time", nil, "2026-03-17T19:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/call_history", "call_history", "start_time", []string{"from", "2026-03-10", "to", "2026-03-10"}, "2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z", true},
		{"/call_history", "call_history", "start_time", []string{"from", "2026-03-10T16:00:00Z", "to", "2026-03-10T18:30:00Z"}, "2026-03-10T16:00:00Z", "2026-03-10T18:30:00Z", true},
		{"/call_history", "call_history", "end_time", []string{"from", "2026-03-10T16:00:00Z", "to", "2026-03-10T18:30:00Z", "time_type", "end_time"}, "2026-03-10T16:00:00Z", "2026-03-10T18:30:00Z", true},
		{"/call_history", "call_history", "start_time", []string{"from", "2025-12-01", "to", "2026-03-10"}, "2025-12-01T00:00:00Z", "2026-01-01T23:59:59Z", true},
		{"/call_history", "call_history", "start_time", []string{"from", "2024-01-01", "to", "2024-01-20"}, "2025-09-18T00:00:00Z", "2025-09-18T00:00:00Z", false},
		{"/call_history", "call_history", "start_time", []string{"from", "NOT-A-DATE"}, "2026-03-17T19:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/recordings", "recordings", "date_time", nil, "2026-02-16T19:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/voice_mails", "voice_mails", "date_time", nil, "2026-02-16T19:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/metrics/call_logs", "call_logs", "date_time", nil, "2026-03-17T00:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/metrics/past_calls", "call_logs", "date_time", nil, "2026-02-16T19:00:00Z", "2026-03-18T19:00:00Z", true},
		{"/reports/operationlogs", "operation_logs", "time", []string{"from", "2026-03-10", "to", "2026-03-11"}, "2026-03-10T00:00:00Z", "2026-03-11T23:59:59Z", true},
		{"/reports/call_charges", "call_charges", "start_time", []string{"from", "2025-03-01", "to", "2025-03-20"}, "2025-03-01T00:00:00Z", "2025-03-20T23:59:59Z", true},
		{"/reports/sms_charges", "sms_charges", "sent_time", []string{"from", "2025-03-01", "to", "2025-03-20"}, "2025-03-01T00:00:00Z", "2025-03-20T23:59:59Z", true},
		{"/fax/logs", "fax_logs", "create_time", []string{"from", "2026-02-01", "to", "2026-02-20"}, "2026-02-01T00:00:00Z", "2026-02-20T23:59:59Z", true},
	} {
		records := a.all(c.path, c.name, c.query...)
		if c.some != (len(records) > 0) {
			t.Errorf("%s %v: %d records", c.path, c.query, len(records))
		}
		for _, r := range records {
			if at := text(r, c.field); at < c.from || at > c.to {
				t.Errorf("%s %v: record at %s", c.path, c.query, at)
				break
			}
		}
	}
	for _, p := range []string{"call", "sms", "fax"} {
		a.refused("/reports/"+p+"_charges", http.StatusBadRequest, 400, "from", "2024-12-01", "to", "2024-12-20")
	}
	if got := a.get("/recordings", "from", "2026-09-01", "to", "2026-09-10"); got["recordings"] != nil {
		t.Error("an empty collection is there")
	}
}

func TestCallHistoryFilters(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	all := a.all("/call_history", "call_history", month()...)
	sample := all[len(all)/2]
	for _, c := range []struct {
		name, value string
		fits        func(map[string]any) bool
	}{
		{"directions", "inbound", func(r map[string]any) bool { return text(r, "direction") == "inbound" }},
		{"connect_types", "internal", func(r map[string]any) bool { return text(r, "connect_type") == "internal" }},
		{"call_types", "emergency", func(r map[string]any) bool { return text(r, "call_type") == "emergency" }},
		{"call_results", "abandoned", func(r map[string]any) bool { return text(r, "call_result") == "abandoned" }},
		{"extension_types", "call_queue", func(r map[string]any) bool {
			return text(r, "caller_ext_type") == "call_queue" || text(r, "callee_ext_type") == "call_queue"
		}},
		{"number_types", "zoom_toll_free_number", func(r map[string]any) bool { return text(r, "callee_number_type") == "zoom_toll_free_number" }},
		{"site_ids", text(sample, "site_id"), func(r map[string]any) bool { return text(r, "site_id") == text(sample, "site_id") }},
		{"department", "Sales", func(r map[string]any) bool { return text(r, "department") == "Sales" }},
		{"cost_center", "CC-2100", func(r map[string]any) bool { return text(r, "cost_center") == "CC-2100" }},
		{"recording_status", "recorded", func(r map[string]any) bool { return text(r, "recording_status") == "recorded" }},
		{"recording_status", "non_recorded", func(r map[string]any) bool { return text(r, "recording_status") == "non_recorded" }},
		{"call_ids", text(sample, "call_id"), func(r map[string]any) bool { return text(r, "call_id") == text(sample, "call_id") }},
		{"keyword", text(sample, "call_id"), func(r map[string]any) bool { return text(r, "call_id") == text(sample, "call_id") }},
	} {
		want := 0
		for _, r := range all {
			if c.fits(r) {
				want++
			}
		}
		got := a.all("/call_history", "call_history", month(c.name, c.value)...)
		if len(got) != want || want == 0 || want == len(all) {
			t.Errorf("%s=%s: %d of %d records, want %d", c.name, c.value, len(got), len(all), want)
		}
	}
	both := len(a.all("/call_history", "call_history", month("directions", "inbound", "directions", "outbound")...))
	if both != len(all) {
		t.Errorf("both directions: %d of %d", both, len(all))
	}
	with := len(a.all("/call_history", "call_history", month("with_voicemail", "true")...))
	without := len(a.all("/call_history", "call_history", month("with_voicemail", "false")...))
	if with == 0 || with+without != len(all) {
		t.Errorf("%d with and %d without voicemail of %d", with, without, len(all))
	}
	// A member's name finds the queue's calls that rang there.
	if n := len(a.all("/call_history", "call_history", month("keyword", "Oskar Lindqvist")...)); n == 0 || n == len(all) {
		t.Errorf("keyword finds %d of %d", n, len(all))
	}
	a.refused("/call_history", http.StatusBadRequest, 300, "directions", "[inbound outbound]")
	a.refused("/users/ada.lovelace%2Bphone@example.com/call_history", http.StatusBadRequest, 301, "call_results", "missed")
}

func TestOtherFilters(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	site := text(a.all("/sites", "sites")[1], "id")
	for _, c := range []struct{ path, name, param, value, field string }{
		{"/users", "users", "site_id", site, "site.id"}, {"/users", "users", "department", "Finance", "department"},
		{"/users", "users", "cost_center", "CC-4100", "cost_center"}, {"/users", "users", "status", "deactivate", "status"},
		{"/call_queues", "call_queues", "site_id", site, "site.id"}, {"/sites", "sites", "site_name", "Boston Service Center", "name"},
		{"/carrier_reseller/numbers", "carrier_reseller_numbers", "assigned_status", "unassigned", "assigned_status"},
		{"/recordings", "recordings", "owner_type", "callQueue", "owner.type"}, {"/recordings", "recordings", "recording_type", "OnDemand", "recording_type"},
		{"/recordings", "recordings", "site_id", site, "site.id"}, {"/voice_mails", "voice_mails", "status", "unread", "status"},
		{"/voice_mails", "voice_mails", "owner_type", "callQueue", "owner.type"}, {"/fax/logs", "fax_logs", "site_id", site, "site_id"},
		{"/fax/logs", "fax_logs", "extension_type", "callQueue", "extension_type"},
		{"/reports/operationlogs", "operation_logs", "category_type", "Call Queue", "category_type"},
		{"/metrics/past_calls", "call_logs", "directions", "internal", "direction"},
		{"/sms/sessions", "sms_sessions", "session_type", "call_queue", "session_type"},
	} {
		base := month()
		if c.param == "session_type" {
			base = month("session_type", "all")
		}
		all := a.all(c.path, c.name, base...)
		got := a.all(c.path, c.name, month(c.param, c.value)...)
		want := 0
		path := strings.Split(c.field, ".")
		for _, r := range all {
			if text(r, path...) == c.value {
				want++
			}
		}
		for _, r := range got {
			if text(r, path...) != c.value {
				t.Errorf("%s?%s=%s shows %q", c.path, c.param, c.value, text(r, path...))
			}
		}
		if len(got) != want || (want == 0 && c.path != "/fax/logs") || len(got) == len(all) {
			t.Errorf("%s?%s=%s: %d of %d, want %d", c.path, c.param, c.value, len(got), len(all), want)
		}
	}
	if n := len(a.all("/users", "users", "status", "pending")); n == 0 {
		t.Error("nobody is pending")
	}
	if n := len(a.all("/users", "users", "calling_type", "300")); n == 0 || n > 20 {
		t.Errorf("%d users of the international plan", n)
	}
	listed := len(a.all("/sites/"+site+"/dial_by_name_directory/extensions", "result", "in_directory", "true"))
	everybody := len(a.all("/dial_by_name_directory/extensions", "result", "site_id", site))
	if listed == 0 || listed > everybody {
		t.Errorf("%d listed of %d", listed, everybody)
	}
	a.refused("/dial_by_name_directory/extensions", http.StatusBadRequest, 300)
	a.refused("/call_queue_analytics", http.StatusBadRequest, 300, "to", "2026-03-18")
	if got := a.get("/account_settings", "setting_types", "voicemail,sms"); len(got) != 2 {
		t.Errorf("%d settings, want 2", len(got))
	}
	a.refused("/account_settings", http.StatusBadRequest, 400, "setting_types", "voicemail,nonsense")
}

func TestPastCallsByDurationAndNumber(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	all := a.all("/metrics/past_calls", "call_logs", month()...)
	sum := 0
	for i := range 4 {
		got := a.all("/metrics/past_calls", "call_logs", month("durations", fmt.Sprint(i))...)
		if len(got) == 0 {
			t.Errorf("no calls of duration %d", i)
		}
		sum += len(got)
	}
	if sum != len(all) {
		t.Errorf("durations add up to %d of %d", sum, len(all))
	}
	number := text(all[0], "caller", "phone_number")
	extension := text(all[0], "callee", "extension_number") + text(all[0], "caller", "extension_number")
	for _, q := range [][]string{{"phone_number", number}, {"extension_number", extension[:4]}} {
		if n := len(a.all("/metrics/past_calls", "call_logs", month(q...)...)); n == 0 || n == len(all) {
			t.Errorf("%v shows %d of %d", q, n, len(all))
		}
	}
}

func TestUnknownThingsAreRefusedAsDocumented(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	const id = "AAAAAAAAAAAAAAAAAAAAAA"
	user := "/users/ada.lovelace%2Bphone@example.com"
	for _, c := range []struct {
		path         string
		status, code int
	}{
		{"/auto_receptionists/" + id, 400, 300}, {"/auto_receptionists/" + id + "/policies", 400, 300}, {"/auto_receptionists/" + id + "/ivr", 400, 400},
		{"/call_history/20260318-00000000-0000-0000-0000-000000000000", 404, 404}, {"/user/" + id + "/ai_call_summary/" + id, 404, 1001},
		{"/users/" + id + "/call_history", 404, 300}, {"/users/" + id + "/call_history/sync", 404, 300}, {"/call_queues/" + id, 404, 13000},
		{"/metrics/call_logs/7018317023722949162", 404, 404}, {"/metrics/call_logs/1/qos", 404, 404}, {"/extension/" + id + "/fax/logs", 404, 404},
		{"/fax/logs/" + id, 404, 40401}, {"/fax/logs/" + id + "/file/" + id, 404, 40401}, {"/call_logs/7018317023722949162/recordings", 404, 1001},
		{"/recording/download/" + id, 400, 404}, {"/recording_transcript/download/" + id, 400, 404}, {"/voice_mails/download/" + id, 400, 404},
		{"/users/" + id + "/recordings", 404, 1001}, {"/users/" + id + "/voice_mails", 404, 1001}, {"/users/" + id, 404, 1001},
		{"/users/" + id + "/settings", 404, 1001}, {"/users/" + id + "/sms/sessions", 404, 1001}, {user + "/call_logs/1/voice_mail", 404, 404},
		{"/sms/sessions/" + id, 404, 7013}, {"/sms/sessions/" + id + "/messages/" + id, 404, 2001}, {"/sms/sessions/" + id + "/sync?count=5", 404, 12004},
		{"/voice_mails/" + id, 400, 300}, {"/sites/" + id, 400, 400}, {"/sites/" + id + "/dial_by_name_directory/extensions", 400, 300},
		{"/policies/other", 400, 400}, {"/nowhere", 404, 2300}, {"//users", 404, 2300}, {"/users/../settings", 404, 2300}, {"/users/", 404, 2300},
	} {
		a.refused(c.path, c.status, c.code)
	}
}

func BenchmarkCallHistoryPage(b *testing.B) {
	t := &testing.T{}
	a := newAccount(t, simulator.Options{})
	q := pairs(month()...)
	for b.Loop() {
		if rec := a.do("/call_history", q); rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
}
