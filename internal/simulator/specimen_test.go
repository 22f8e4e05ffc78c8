package simulator_test

import (
	"net/http"
	"slices"
	"testing"

	"zoom-phone-mcp/internal/simulator"
)

// fromSchemas is an account for which nobody wrote any answer.
func fromSchemas(t *testing.T) *account {
	t.Helper()
	a := newAccount(t, simulator.Options{})
	a.AnswerFromSchemas()
	return a
}

func TestListMadeFromItsSchemaHasPagesTotalsAndARange(t *testing.T) {
	a := fromSchemas(t)
	ids := func(rows []row) []string {
		var out []string
		for _, r := range rows {
			out = append(out, text(r, "id"))
		}
		return out
	}
	whole := a.all("/voice_mails", "voice_mails", month()...)
	answer := a.get("/voice_mails", month()...)
	if len(whole) < 20 || answer["total_records"] != float64(len(whole)) || answer["from"] != "2026-02-19" || answer["to"] != "2026-03-18" {
		t.Errorf("%d records, total %v, from %v to %v", len(whole), answer["total_records"], answer["from"], answer["to"])
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(ids(whole)))); len(unique) != len(whole) {
		t.Errorf("%d ids of %d records", len(unique), len(whole))
	}
	pages := a.all("/voice_mails", "voice_mails", "from", "2026-02-19", "to", "2026-03-18", "page_size", "7")
	if !slices.Equal(ids(pages), ids(whole)) {
		t.Errorf("pages of 7: got %v, want %v", ids(pages), ids(whole))
	}
	for _, r := range whole {
		if at := text(r, "date_time"); at < "2026-02-19" || at > "2026-03-19" {
			t.Errorf("a record of %s", at)
		}
	}
	week := a.all("/voice_mails", "voice_mails", "from", "2026-03-01", "to", "2026-03-07")
	for _, id := range ids(week) {
		if !slices.Contains(ids(whole), id) {
			t.Errorf("%s is in the week and not in the month", id)
		}
	}
	if len(week) == 0 || len(week) >= len(whole) {
		t.Errorf("%d records of a week, %d of the month", len(week), len(whole))
	}
	if older := a.get("/voice_mails", "from", "2024-01-01", "to", "2024-01-20"); older["voice_mails"] != nil {
		t.Errorf("records from before Zoom keeps them: %v", older)
	}
}

func TestListMadeFromItsSchemaIsFiltered(t *testing.T) {
	a := fromSchemas(t)
	all := a.all("/voice_mails", "voice_mails", month()...)
	some := a.all("/voice_mails", "voice_mails", month("status", "unread")...)
	want := 0
	for _, r := range all {
		if text(r, "status") == "unread" {
			want++
		}
	}
	if want == 0 || want == len(all) || len(some) != want {
		t.Errorf("got %d of %d records, want %d", len(some), len(all), want)
	}
	for _, site := range a.all("/users", "users") {
		id := text(site, "site", "id")
		for _, u := range a.all("/users", "users", "site_id", id) {
			if text(u, "site", "id") != id {
				t.Errorf("got the site %s, want %s", text(u, "site", "id"), id)
			}
		}
	}
}

func TestObjectMadeFromItsSchemaIsTheOneAskedFor(t *testing.T) {
	a := fromSchemas(t)
	for _, q := range a.all("/call_queues", "call_queues") {
		one := a.get("/call_queues/" + text(q, "id"))
		for _, path := range [][]string{{"id"}, {"site", "id"}, {"site", "name"}, {"status"}} {
			if got, want := text(one, path...), text(q, path...); got != want || got == "" {
				t.Errorf("%v: got %q, want %q as in the list", path, got, want)
			}
		}
	}
	a.refused("/call_queues/x", http.StatusNotFound, 404)
	a.refused("/users/nobody@example.com/settings", http.StatusNotFound, 1001)
}
