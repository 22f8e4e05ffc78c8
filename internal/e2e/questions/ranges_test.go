package questions_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Ranges that overlap, touch and lie in each other, asked in any order of one
// program, which keeps what it has read, have the records that the raw account has
// between their ends.
func TestRangesInAnyOrderHaveWhatLiesBetweenTheirEnds(t *testing.T) {
	a := open(t, 1)
	months := []span{
		{"2026-07-01", "2026-07-31"}, {"2026-08-01", "2026-08-31"}, september, october, {"2026-11-01", "2026-11-18"},
	}
	for _, list := range []struct {
		table, path, items, time string
	}{
		{"account_call_history", "/call_history", "call_history", "start_time"},
		{"get_phone_recordings", "/recordings", "recordings", "date_time"},
		{"account_voice_mails", "/voice_mails", "voice_mails", "date_time"},
		{"get_call_charges_usage_report", "/reports/call_charges", "call_charges", "start_time"},
		{"list_call_logs_metrics", "/metrics/call_logs", "call_logs", "date_time"},
		{"get_ps_operation_logs", "/reports/operationlogs", "operation_logs", "time"},
		{"get_accounts_fax_logs", "/fax/logs", "fax_logs", "create_time"},
	} {
		t.Run(list.table, func(t *testing.T) {
			a := a.for_(t)
			var times []time.Time
			for _, month := range months {
				for _, r := range a.within(month, list.path, list.items) {
					times = append(times, r.when(list.time))
				}
			}
			r := rand.New(rand.NewPCG(14, 0))
			first := time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)
			for range rounds {
				from := first.Add(time.Duration(r.IntN(138*86400)) * time.Second)
				length := []int{3600, 86400, 9 * 86400, 70 * 86400}[r.IntN(4)]
				to := from.Add(time.Duration(1+r.IntN(length)) * time.Second)
				var where string
				at := []string{"", "", "America/Denver", "Asia/Tokyo"}[r.IntN(4)]
				switch kind := r.IntN(5); {
				case kind < 2: // whole days of a zone, as a period or by comparison
					y, m, d := from.Date()
					from = time.Date(y, m, d, 0, 0, 0, 0, zone(at))
					to = from.AddDate(0, 0, 1+r.IntN(40))
					where = fmt.Sprintf("('%s..%s')", from.Format(time.DateOnly), to.AddDate(0, 0, -1).Format(time.DateOnly))
					if kind == 1 {
						where = fmt.Sprintf(" WHERE %s >= '%s' AND %[1]s < '%[3]s'", list.time, from.Format(time.DateOnly), to.Format(time.DateOnly))
					}
				case kind == 2: // as a record has it, at the ends
					from, to = times[r.IntN(len(times))], times[r.IntN(len(times))]
					if from.After(to) {
						from, to = to, from
					}
					where = fmt.Sprintf(" WHERE %s >= '%s' AND %[1]s <= '%[3]s'", list.time, from.Format(time.RFC3339), to.Format(time.RFC3339))
					to = to.Add(time.Second)
				default:
					where = fmt.Sprintf(" WHERE %s >= '%s' AND %[1]s < '%[3]s'", list.time, from.Format(time.RFC3339), to.Format(time.RFC3339))
				}
				n := 0
				var low, high any
				for _, when := range times {
					if when.Before(from) || !when.Before(to) {
						continue
					}
					n++
					text := when.Format(time.RFC3339)
					if low == nil || text < low.(string) {
						low = text
					}
					if high == nil || text > high.(string) {
						high = text
					}
				}
				sql := fmt.Sprintf("SELECT count(*), min(%s), max(%[1]s) FROM %s%s", list.time, list.table, where)
				if got, want := a.ask(t, sql, at, 0)[0], plain([]row{{n, low, high}})[0]; got != want {
					t.Errorf("%s in %q: %s, want %s", sql, at, got, want)
				}
			}
		})
	}
}
