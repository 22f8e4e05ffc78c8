package questions_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// condition is a condition of SQL and what it means.
type condition struct {
	sql   string
	holds func(record) bool
}

// conditions that Zoom could filter by, may not filter by, or only in part.
func conditions(r *rand.Rand, depth int) condition {
	if depth > 0 && r.IntN(3) > 0 {
		x, y := conditions(r, depth-1), conditions(r, depth-1)
		switch r.IntN(3) {
		case 0:
			return condition{"(" + x.sql + " OR " + y.sql + ")", func(c record) bool { return x.holds(c) || y.holds(c) }}
		case 1:
			return condition{"NOT (" + x.sql + ")", func(c record) bool { return !x.holds(c) }}
		}
		return condition{"(" + x.sql + " AND " + y.sql + ")", func(c record) bool { return x.holds(c) && y.holds(c) }}
	}
	columns := map[string][]string{
		"direction": {"inbound", "outbound"}, "connect_type": {"internal", "external"},
		"call_result": {"answered", "connected", "voicemail", "no_answer", "abandoned", "overflowed", "hang_up", "busy"},
		"department":  {"Sales", "Support", "Finance", "sales"}, "recording_status": {"recorded", "non_recorded"},
	}
	names := make([]string, 0, len(columns))
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names)
	name := names[r.IntN(len(names))]
	values := columns[name]
	one, two := values[r.IntN(len(values))], values[r.IntN(len(values))]
	switch r.IntN(5) {
	case 0:
		return condition{fmt.Sprintf("%s <> '%s'", name, one), func(c record) bool { return c.text(name) != one }}
	case 1:
		return condition{fmt.Sprintf("%s IN ('%s', '%s')", name, one, two), func(c record) bool { return oneOf(c.text(name), one, two) }}
	case 2:
		return condition{fmt.Sprintf("%s NOT IN ('%s', '%s')", name, one, two), func(c record) bool { return !oneOf(c.text(name), one, two) }}
	case 3:
		return condition{fmt.Sprintf("%s LIKE '%s'", name, strings.ToUpper(one)), func(c record) bool { return strings.EqualFold(c.text(name), one) }}
	}
	return condition{fmt.Sprintf("'%s' = %s", one, name), func(c record) bool { return c.text(name) == one }}
}

// Whatever of a condition Zoom is asked for, the answer is that of the condition: also
// where some of the lists are kept already, and beside each other in a join.
func TestConditionsMeanInAnyOrderWhatSQLSays(t *testing.T) {
	a := open(t, 1)
	days := a.calls(twoDays)
	r := rand.New(rand.NewPCG(14, 1))
	for range rounds {
		x, y := conditions(r, 2), conditions(r, 1)
		both, left := 0, 0
		for _, c := range days {
			both += int(is(x.holds(c) && y.holds(c)))
			left += int(is(x.holds(c)))
		}
		for _, q := range []struct {
			sql  string
			want row
		}{
			{"SELECT count(*) FROM account_call_history('2026-11-09..2026-11-10') WHERE " + x.sql, row{left}},
			{"SELECT count(*), count(d.call_id) FROM (SELECT call_id FROM account_call_history('2026-11-09..2026-11-10') WHERE " + x.sql +
				") AS c LEFT JOIN (SELECT call_id FROM account_call_history('2026-11-09..2026-11-10') WHERE " + y.sql + ") AS d ON d.call_id = c.call_id", row{left, both}},
		} {
			if got, want := a.ask(t, q.sql, "", 0)[0], plain([]row{q.want})[0]; got != want {
				t.Errorf("%s: %s, want %s", q.sql, got, want)
			}
		}
	}
}

// The sql of a call is the same language over one table: in letter case, times in other
// forms, days of a zone.
func TestSQLOfACallMeansWhatItMeansOverTables(t *testing.T) {
	a := open(t, 1)
	for _, where := range []string{
		"direction = 'Inbound' AND call_result IN ('Answered', 'NO_ANSWER')",
		"start_time >= '2026-10-05 14:00' AND start_time < '2026-10-05 19:30:00'",
		"start_time >= '2026-10-06T02:00:00+02:00' AND start_time <= '2026-10-06T20:00:00+02:00'",
		"start_time >= '2026-10-05' AND start_time < '2026-10-06'",
		"date(start_time) = '2026-10-05'",
	} {
		for _, zone := range []string{"UTC", "Asia/Tokyo"} {
			_, want, _ := a.table("SELECT count(*), min(start_time), max(start_time) FROM account_call_history('2026-10') WHERE "+where, zone, 0)
			_, got, _ := a.answer("call_zoom-phone", map[string]any{
				"method": "account_call_history", "params": map[string]any{"from": "2026-10"}, "time_zone": zone,
				"sql": "SELECT count(*), min(start_time), max(start_time) FROM records WHERE " + where,
			})
			if g, w := plain(got)[0], plain(want)[0]; g != w || strings.HasPrefix(w, "0 ") {
				t.Errorf("%s in %s: %s, want %s", where, zone, g, w)
			}
		}
	}
}
