package questions_test

import (
	"slices"
	"testing"
)

// The truths are held against each other where the account tells a thing in two ways.
func TestTruthsAgreeWithEachOther(t *testing.T) {
	a := open(t, branches)
	t.Run("queues", func(t *testing.T) {
		a := a.for_(t)
		large, empty := 0, 0
		for _, q := range a.list("/call_queues", "call_queues") {
			members, detail := a.members(q), a.get("/call_queues/"+q.text("id"))
			if n := len(detail.records("members", "users")) + len(detail.records("members", "common_areas")); n != len(members) {
				t.Errorf("%s has %d members in the list, %d in the detail", q.text("name"), len(members), n)
			}
			large += int(is(len(members) > 30))
			empty += int(is(len(members) == 0))
		}
		if large == 0 || empty == 0 {
			t.Errorf("%d queues over several pages, %d without members", large, empty)
		}
	})
	t.Run("legs and analytics", func(t *testing.T) {
		a := a.for_(t)
		var g groups
		for _, c := range a.calls(threeDays) {
			for _, p := range a.legs(c) {
				if p.text("callee_ext_type") == "call_queue" {
					g.add(row{p.value("callee_name")}, 1)
				}
			}
		}
		var analytics []row
		for _, q := range a.within(threeDays, "/call_queue_analytics", "call_queues") {
			if n := q.number("inbound_calls"); n > 0 {
				analytics = append(analytics, row{q.value("call_queue_name"), n})
			}
		}
		same(t, g.rows(nil), analytics)
	})
	t.Run("users' histories and paths", func(t *testing.T) {
		a := a.for_(t)
		var paths, histories groups
		names := map[string]any{}
		for _, u := range a.users() {
			names[u.text("extension_id")] = u.value("name")
			for range a.history(u, threeDays) {
				histories.add(row{u.value("name")}, 1)
			}
		}
		for _, c := range a.calls(threeDays) {
			for _, p := range a.legs(c) {
				for _, side := range []string{"caller_ext_id", "callee_ext_id"} {
					if name := names[p.text(side)]; name != nil {
						paths.add(row{name}, 1)
					}
				}
			}
		}
		same(t, histories.rows(nil), paths.rows(nil))
	})
	t.Run("charges and calls", func(t *testing.T) {
		a := a.for_(t)
		var charges, calls groups
		for _, c := range a.within(october, "/reports/call_charges", "call_charges") {
			charges.add(row{c.value("direction"), c.value("department")}, 1)
		}
		for _, c := range a.calls(october) {
			if c.value("answer_time") != nil {
				calls.add(row{c.value("direction"), c.value("department")}, 1)
			}
		}
		same(t, charges.rows(nil), calls.rows(nil))
	})
}

func same(t *testing.T, got, want []row) {
	t.Helper()
	g, w := plain(got), plain(want)
	slices.Sort(g)
	slices.Sort(w)
	if len(g) == 0 || !slices.Equal(g, w) {
		t.Error(difference(g, w))
	}
}
