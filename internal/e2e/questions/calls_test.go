package questions_test

import (
	"slices"
	"strings"
)

// missed are the results of calls that nobody took.
var missed = []string{"no_answer", "abandoned", "ring_timeout", "voicemail", "busy", "rejected"}

var aboutCalls = []question{
	{
		name: "outbound calls by department",
		asks: "How many calls did each department make to the outside in October, and how many reached somebody?",
		sql: `SELECT department, count(*), sum(call_result = 'connected')
			FROM account_call_history('2026-10') WHERE direction = 'outbound' AND connect_type = 'external' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(october) {
				if c.text("direction") == "outbound" && c.text("connect_type") == "external" {
					g.add(row{c.value("department")}, 1, is(c.text("call_result") == "connected"))
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "missed calls by caller",
		asks: "Who called us most often in October without being answered?",
		sql: `SELECT caller_name, caller_did_number, count(*) AS tries, max(start_time)
			FROM account_call_history('2026-10')
			WHERE direction = 'inbound' AND call_result IN ('no_answer', 'abandoned', 'ring_timeout', 'voicemail', 'busy', 'rejected')
			GROUP BY 1, 2 HAVING tries > 5`,
		truth: func(a *account) []row {
			var g groups
			last := map[string]string{}
			for _, c := range a.calls(october) {
				if c.text("direction") == "inbound" && slices.Contains(missed, c.text("call_result")) {
					key := row{c.value("caller_name"), c.value("caller_did_number")}
					g.add(key, 1)
					name := plain([]row{key})[0]
					last[name] = max(last[name], c.text("start_time"))
				}
			}
			var out []row
			for _, r := range g.rows(nil) {
				if number(r[2]) > 5 {
					out = append(out, append(r, last[plain([]row{r[:2]})[0]]))
				}
			}
			return out
		},
	},
	{
		name: "missed calls of people who are known",
		asks: "Which external contacts did we miss in October, and what do we know of them?",
		sql: `SELECT x.name, x.description, count(*) FROM list_external_contacts AS x
			JOIN account_call_history('2026-10') AS c ON c.caller_ext_id = x.external_contact_id
			WHERE c.direction = 'inbound' AND c.call_result IN ('no_answer', 'abandoned', 'ring_timeout', 'voicemail', 'busy', 'rejected')
			GROUP BY x.external_contact_id`,
		truth: func(a *account) []row {
			var g groups
			known := map[string]record{}
			for _, x := range a.list("/external_contacts", "external_contacts") {
				known[x.text("external_contact_id")] = x
			}
			for _, c := range a.calls(october) {
				if x := known[c.text("caller_ext_id")]; x != nil && c.text("direction") == "inbound" && slices.Contains(missed, c.text("call_result")) {
					g.add(row{x.value("name"), x.value("description")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "top external numbers",
		asks: "With which ten numbers outside did we talk most in October, in either direction?",
		sql: `SELECT CASE direction WHEN 'inbound' THEN caller_did_number ELSE callee_did_number END AS number,
				count(*) AS calls, sum(unixepoch(end_time) - unixepoch(answer_time)) AS seconds
			FROM account_call_history('2026-10')
			WHERE connect_type = 'external' AND answer_time IS NOT NULL AND number IS NOT NULL
			GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
		ordered: true,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(october) {
				who := c.value("caller_did_number")
				if c.text("direction") == "outbound" {
					who = c.value("callee_did_number")
				}
				if c.text("connect_type") == "external" && c.text("answer_time") != "" && who != nil {
					g.add(row{who}, 1, c.when("end_time").Sub(c.when("answer_time")).Seconds())
				}
			}
			return top(g.rows(nil), 1, 10)
		},
	},
	{
		name: "longest calls",
		asks: "Which were the ten longest calls of September and October?",
		sql: `SELECT call_id, caller_name, callee_name, duration FROM account_call_history('2026-09..2026-10')
			ORDER BY duration DESC, call_id LIMIT 10`,
		ordered: true,
		truth: func(a *account) []row {
			calls := a.calls(september, october)
			slices.SortFunc(calls, func(x, y record) int {
				if d := y.number("duration") - x.number("duration"); d != 0 {
					return int(d)
				}
				return strings.Compare(x.text("call_id"), y.text("call_id"))
			})
			var out []row
			for _, c := range calls[:10] {
				out = append(out, row{c.value("call_id"), c.value("caller_name"), c.value("callee_name"), c.value("duration")})
			}
			return out
		},
	},
	{
		name: "repeat callers",
		asks: "Which numbers called us at least three times on one day last week?",
		sql: `SELECT date(start_time), caller_did_number, count(*) FROM account_call_history('2026-11-09..2026-11-15')
			WHERE direction = 'inbound' AND caller_did_number IS NOT NULL GROUP BY 1, 2 HAVING count(*) >= 3`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(lastWeek) {
				if c.text("direction") == "inbound" && c.value("caller_did_number") != nil {
					g.add(row{c.text("start_time")[:10], c.value("caller_did_number")}, 1)
				}
			}
			return g.rows(func(n []float64) row {
				if n[0] < 3 {
					return nil
				}
				return row{n[0]}
			})
		},
	},
	{
		name: "calls with more than two legs",
		asks: "How many calls of these three days had more than two legs, by the number of legs?",
		sql: `SELECT legs, count(*) FROM (
				SELECT c.call_id, count(*) AS legs FROM account_call_history('2026-10-05..2026-10-07') AS c,
					get_call_path(c.call_history_uuid) AS p GROUP BY 1)
			WHERE legs > 2 GROUP BY 1`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				if n := len(a.legs(c)); n > 2 {
					g.add(row{n}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "transfers",
		asks: "Who handed calls on to whom, and how?",
		sql: `SELECT p.operator_name, p.callee_name, p.event, count(*) FROM account_call_history('2026-10-05..2026-10-07') AS c
			JOIN get_call_path AS p ON p.callHistoryUuid = c.call_history_uuid
			WHERE p.event IN ('direct_transfer', 'warm_transfer') GROUP BY 1, 2, 3`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if oneOf(p.text("event"), "direct_transfer", "warm_transfer") {
						g.add(row{p.value("operator_name"), p.value("callee_name"), p.value("event")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "one call from end to end",
		asks: "What happened, leg by leg, to the longest call to Albuquerque Support in these three days?",
		sql: `SELECT p.segment, p.event, p.callee_name, p.result, p.start_time, p.end_time FROM get_call_path AS p
			WHERE p.callHistoryUuid = (SELECT call_history_uuid FROM account_call_history('2026-10-05..2026-10-07')
				WHERE callee_name = 'Albuquerque Support' ORDER BY duration DESC, call_id LIMIT 1)`,
		truth: func(a *account) []row {
			var longest record
			for _, c := range a.calls(threeDays) {
				if c.text("callee_name") != "Albuquerque Support" {
					continue
				}
				d := c.number("duration") - longest.number("duration")
				if longest == nil || d > 0 || d == 0 && c.text("call_id") < longest.text("call_id") {
					longest = c
				}
			}
			var out []row
			for _, p := range a.legs(longest) {
				out = append(out, row{p.value("segment"), p.value("event"), p.value("callee_name"), p.value("result"), p.value("start_time"), p.value("end_time")})
			}
			return out
		},
	},
	{
		name: "unwanted calls",
		asks: "How many calls were marked as spam, and what became of them?",
		sql:  `SELECT spam, call_result, count(*) FROM account_call_history('2026-09..2026-10') WHERE spam IS NOT NULL GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(september, october) {
				if c.value("spam") != nil {
					g.add(row{c.value("spam"), c.value("call_result")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "calls between departments",
		asks: "Which departments call each other, last week?",
		sql: `SELECT f.department, t.department, count(*) FROM account_call_history('2026-11-09..2026-11-15') AS c
			JOIN list_phone_users AS f ON f.extension_id = c.caller_ext_id
			JOIN list_phone_users AS t ON t.extension_id = c.callee_ext_id
			WHERE c.connect_type = 'internal' GROUP BY 1, 2`,
		truth: func(a *account) []row {
			department := map[string]any{}
			for _, u := range a.users() {
				department[u.text("extension_id")] = u.value("department")
			}
			var g groups
			for _, c := range a.calls(lastWeek) {
				from, to := department[c.text("caller_ext_id")], department[c.text("callee_ext_id")]
				if c.text("connect_type") == "internal" && from != nil && to != nil {
					g.add(row{from, to}, 1)
				}
			}
			return g.rows(nil)
		},
	},
}
