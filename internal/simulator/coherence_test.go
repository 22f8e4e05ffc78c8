package simulator_test

import (
	"maps"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/simulator"
)

func history(a *account, more ...string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, c := range a.all("/call_history", "call_history", month(more...)...) {
		out[text(c, "call_id")] = c
	}
	return out
}

func TestChargesThatCostSomething(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	charged := 0
	for _, ch := range a.all("/reports/call_charges", "call_charges", month()...) {
		if text(ch, "total_charge") != "0" {
			charged++
		}
	}
	if got := len(a.all("/reports/call_charges", "call_charges", month("show_charges_only", "true")...)); got != charged || charged == 0 {
		t.Errorf("%d charges cost something, the filter shows %d", charged, got)
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
