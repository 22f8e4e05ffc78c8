package questions_test

import (
	"slices"
	"strings"
)

var aboutQueues = []question{
	{
		name: "legs of a queue by result",
		asks: "How did the calls that reached Customer Support end, also those that came through a menu?",
		sql: `SELECT p.result, count(*) FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE p.callee_ext_type = 'call_queue' AND p.callee_name = 'Customer Support' GROUP BY 1`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "call_queue" && p.text("callee_name") == "Customer Support" {
						g.add(row{p.value("result")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "queue legs that a menu sent",
		asks: "Which menu sent how many callers to which queue?",
		sql: `SELECT p.operator_name, p.callee_name, count(*) FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE c.callee_ext_type = 'auto_receptionist' AND p.callee_ext_type = 'call_queue' AND p.operator_ext_type = 'auto_receptionist' GROUP BY 1, 2`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				if c.text("callee_ext_type") != "auto_receptionist" {
					continue
				}
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "call_queue" && p.text("operator_ext_type") == "auto_receptionist" {
						g.add(row{p.value("operator_name"), p.value("callee_name")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "offered and answered by member",
		asks: "Which members of Customer Support let calls ring?",
		sql: `SELECT p.callee_name, count(*) AS offered, sum(p.result = 'answered') AS answered
			FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE p.event = 'ring_to_member' AND p.operator_name = 'Customer Support' GROUP BY 1`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if p.text("event") == "ring_to_member" && p.text("operator_name") == "Customer Support" {
						g.add(row{p.value("callee_name")}, 1, is(p.text("result") == "answered"))
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "members who were never rung",
		asks: "Which members of which queue take its calls and got none on these three days?",
		sql: `WITH rung AS (
				SELECT DISTINCT p.operator_ext_id AS queue, p.callee_ext_id AS member
				FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p WHERE p.event = 'ring_to_member')
			SELECT q.name, m.name FROM list_call_queues AS q JOIN list_call_queue_members AS m ON m.callQueueId = q.id
			WHERE m.receive_call AND NOT EXISTS (SELECT 1 FROM rung WHERE queue = q.extension_id AND member = m.extension_id)`,
		calls: 2000,
		truth: func(a *account) []row {
			rung := map[string]bool{}
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if p.text("event") == "ring_to_member" {
						rung[p.text("operator_ext_id")+p.text("callee_ext_id")] = true
					}
				}
			}
			var out []row
			for _, q := range a.list("/call_queues", "call_queues") {
				for _, m := range a.members(q) {
					if m.value("receive_call") == true && !rung[q.text("extension_id")+m.text("extension_id")] {
						out = append(out, row{q.value("name"), m.value("name")})
					}
				}
			}
			return out
		},
	},
	{
		name: "members of several queues",
		asks: "Who is in more than one queue, and in which?",
		sql: `SELECT m.name, count(*), group_concat(q.name, ', ' ORDER BY q.name)
			FROM list_call_queues AS q, list_call_queue_members(q.id) AS m WHERE m.level = 'user' GROUP BY m.id HAVING count(*) > 1`,
		truth: func(a *account) []row {
			queues, names := map[string][]string{}, map[string]any{}
			for _, q := range a.list("/call_queues", "call_queues") {
				for _, m := range a.members(q) {
					if m.text("level") == "user" {
						queues[m.text("id")] = append(queues[m.text("id")], q.text("name"))
						names[m.text("id")] = m.value("name")
					}
				}
			}
			var out []row
			for id, list := range queues {
				if slices.Sort(list); len(list) > 1 {
					out = append(out, row{names[id], len(list), strings.Join(list, ", ")})
				}
			}
			return out
		},
	},
	{
		name: "members by queue",
		asks: "How many members has each queue, and which have none?",
		sql: `SELECT q.name, q.status, count(m.id) FROM list_call_queues AS q
			LEFT JOIN list_call_queue_members AS m ON m.callQueueId = q.id GROUP BY q.id`,
		truth: func(a *account) []row {
			var out []row
			for _, q := range a.list("/call_queues", "call_queues") {
				out = append(out, row{q.value("name"), q.value("status"), len(a.members(q))})
			}
			return out
		},
	},
	{
		name: "members who opted out",
		asks: "Who is in a queue and takes none of its calls at present?",
		sql: `SELECT q.name, m.name FROM list_call_queues AS q JOIN list_call_queue_members AS m ON m.callQueueId = q.id
			WHERE q.status = 'active' AND NOT m.receive_call`,
		truth: func(a *account) []row {
			var out []row
			for _, q := range a.list("/call_queues", "call_queues") {
				for _, m := range a.members(q) {
					if q.text("status") == "active" && m.value("receive_call") == false {
						out = append(out, row{q.value("name"), m.value("name")})
					}
				}
			}
			return out
		},
	},
	{
		name: "calls that entered two queues",
		asks: "Which calls entered more than one queue, and where did they begin?",
		sql: `SELECT c.call_id, c.callee_name, count(DISTINCT p.callee_ext_id) AS queues
			FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE p.callee_ext_type = 'call_queue' GROUP BY 1 HAVING queues > 1`,
		calls: 2000,
		truth: func(a *account) []row {
			var out []row
			for _, c := range a.calls(threeDays) {
				queues := map[string]bool{}
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "call_queue" {
						queues[p.text("callee_ext_id")] = true
					}
				}
				if len(queues) > 1 {
					out = append(out, row{c.value("call_id"), c.value("callee_name"), len(queues)})
				}
			}
			return out
		},
	},
	{
		name: "queue wait",
		asks: "How long did callers wait in each queue, on average and at most, in whole seconds?",
		sql: `SELECT p.callee_name, count(*), sum(p.waiting_time) / count(*), max(p.waiting_time)
			FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE p.callee_ext_type = 'call_queue' GROUP BY p.callee_ext_id`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			longest := map[any]float64{}
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "call_queue" {
						g.add(row{p.value("callee_name")}, 1, p.number("waiting_time"))
						longest[p.value("callee_name")] = max(longest[p.value("callee_name")], p.number("waiting_time"))
					}
				}
			}
			var out []row
			for _, r := range g.rows(nil) {
				out = append(out, row{r[0], r[1], int(number(r[2])) / int(number(r[1])), longest[r[0]]})
			}
			return out
		},
	},
	{
		name: "queue figures of a month",
		asks: "How did the queues do in October: calls in, answered, abandoned, share abandoned in percent?",
		sql: `SELECT call_queue_name, inbound_calls, completed_calls, abandoned_calls, 100 * abandoned_calls / inbound_calls
			FROM callqueueanalytics('2026-10') WHERE inbound_calls > 0`,
		truth: func(a *account) []row {
			var out []row
			for _, q := range a.within(october, "/call_queue_analytics", "call_queues") {
				if n := q.number("inbound_calls"); n > 0 {
					out = append(out, row{q.value("call_queue_name"), n, q.value("completed_calls"), q.value("abandoned_calls"), int(100*q.number("abandoned_calls")) / int(n)})
				}
			}
			return out
		},
	},
	{
		name: "keys that callers press",
		asks: "Which keys are pressed in which menu?",
		sql: `SELECT p.callee_name, p.press_key, count(*) FROM account_call_history('2026-10-05..2026-10-07') AS c, get_call_path(c.call_history_uuid) AS p
			WHERE p.callee_ext_type = 'auto_receptionist' AND p.press_key IS NOT NULL GROUP BY 1, 2`,
		calls: 2000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(threeDays) {
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "auto_receptionist" && p.value("press_key") != nil {
						g.add(row{p.value("callee_name"), p.value("press_key")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "keys that reach nobody",
		asks: "Which keys of which menus lead to a queue without members?",
		sql: `SELECT a.name, json_extract(k.value, '$.key'), q.name FROM list_auto_receptionists AS a, get_auto_receptionist_ivr(a.id) AS i,
				json_each(i.key_actions) AS k, list_call_queues AS q
			WHERE json_extract(k.value, '$.target.id') = q.id
				AND NOT EXISTS (SELECT 1 FROM list_call_queue_members AS m WHERE m.callQueueId = q.id)`,
		truth: func(a *account) []row {
			empty := map[string]any{}
			for _, q := range a.list("/call_queues", "call_queues") {
				if len(a.members(q)) == 0 {
					empty[q.text("id")] = q.value("name")
				}
			}
			var out []row
			for _, m := range a.list("/auto_receptionists", "auto_receptionists") {
				for _, k := range a.get("/auto_receptionists/" + m.text("id") + "/ivr").records("key_actions") {
					if name := empty[k.text("target", "id")]; name != nil {
						out = append(out, row{m.value("name"), k.value("key"), name})
					}
				}
			}
			return out
		},
	},
}

func (a *account) members(queue record) []record {
	return a.list("/call_queues/"+queue.text("id")+"/members", "call_queue_members")
}
