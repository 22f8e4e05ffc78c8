package questions_test

import (
	"slices"
	"strings"
)

// aboutForms asks in forms of SQL that reach tables in other ways: keys from lists,
// texts and subqueries, ranges from columns, joins from the other side.
var aboutForms = []question{
	{
		name: "left join with a key from the left",
		asks: "How many legs of calls had everybody in Boston last week, also nobody's?",
		sql: `SELECT u.name, count(h.call_element_id) FROM list_phone_users AS u
			LEFT JOIN phone_user_call_history('2026-11-09..2026-11-15', u.id) AS h
			WHERE u.site_name = 'Boston Service Center' GROUP BY u.id`,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				if u.text("site", "name") == "Boston Service Center" {
					out = append(out, row{u.value("name"), len(a.history(u, lastWeek))})
				}
			}
			return out
		},
	},
	{
		name: "left join with a condition on the right",
		asks: "How many calls did everybody of Sales make last week, also who made none?",
		sql: `SELECT u.name, count(c.call_id) FROM list_phone_users AS u
			LEFT JOIN account_call_history('2026-11-09..2026-11-15') AS c ON c.caller_ext_id = u.extension_id AND c.direction = 'outbound' AND c.connect_type = 'external'
			WHERE u.department = 'Sales' GROUP BY u.id`,
		truth: func(a *account) []row {
			n := map[string]int{}
			for _, c := range a.calls(lastWeek) {
				if c.text("direction") == "outbound" && c.text("connect_type") == "external" {
					n[c.text("caller_ext_id")]++
				}
			}
			var out []row
			for _, u := range a.users() {
				if u.text("department") == "Sales" {
					out = append(out, row{u.value("name"), n[u.text("extension_id")]})
				}
			}
			return out
		},
	},
	{
		name: "a count in the list of columns",
		asks: "How many legs of calls had everybody in Boston last week?",
		sql: `SELECT name, (SELECT count(*) FROM phone_user_call_history('2026-11-09..2026-11-15', u.id)) FROM list_phone_users AS u
			WHERE site_name = 'Boston Service Center'`,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				if u.text("site", "name") == "Boston Service Center" {
					out = append(out, row{u.value("name"), len(a.history(u, lastWeek))})
				}
			}
			return out
		},
	},
	{
		name: "keys from a subquery",
		asks: "Which area codes have the people of Logistics?",
		sql: `SELECT area_code, count(*) FROM phone_user_settings
			WHERE userId IN (SELECT id FROM list_phone_users WHERE department = 'Logistics') GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, u := range a.users() {
				if u.text("department") == "Logistics" {
					g.add(row{a.get("/users/" + u.text("id") + "/settings").value("area_code")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "keys that are written out",
		asks: "Which extensions have Ada Lovelace and Tobias Fennimore?",
		sql: `SELECT userId, extension_number, status FROM phone_user
			WHERE userId IN ('ada.lovelace+phone@example.com', 'tobias.fennimore@example.com')`,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				if oneOf(u.text("name"), "Ada Lovelace", "Tobias Fennimore") {
					out = append(out, row{u.value("email"), u.value("extension_number"), u.value("status")})
				}
			}
			return out
		},
	},
	{
		name: "keys from the longest",
		asks: "How many legs had each of the twenty longest calls of October?",
		sql: `SELECT call_id, count(*) FROM get_call_path WHERE callHistoryUuid IN (
				SELECT call_history_uuid FROM account_call_history('2026-10') ORDER BY duration DESC, call_id LIMIT 20) GROUP BY 1`,
		truth: func(a *account) []row {
			calls := a.calls(october)
			slices.SortFunc(calls, func(x, y record) int {
				if d := y.number("duration") - x.number("duration"); d != 0 {
					return int(d)
				}
				return strings.Compare(x.text("call_id"), y.text("call_id"))
			})
			var out []row
			for _, c := range calls[:20] {
				out = append(out, row{c.value("call_id"), len(a.legs(c))})
			}
			return out
		},
	},
	{
		name: "keys that are mostly missing",
		asks: "Which voicemails were left on October 6 in calls that went through a menu?",
		sql: `SELECT c.call_id, v.duration, v.status FROM account_call_history('2026-10-06') AS c
			JOIN get_call_path AS p ON p.callHistoryUuid = c.call_history_uuid
			JOIN get_voicemail_details AS v ON v.voicemailId = p.voicemail_id
			WHERE c.callee_ext_type = 'auto_receptionist'`,
		truth: func(a *account) []row {
			var out []row
			for _, c := range a.calls(span{"2026-10-06", "2026-10-06"}) {
				if c.text("callee_ext_type") != "auto_receptionist" {
					continue
				}
				for _, p := range a.legs(c) {
					if id := p.text("voicemail_id"); id != "" {
						v := a.get("/voice_mails/" + id)
						out = append(out, row{c.value("call_id"), v.value("duration"), v.value("status")})
					}
				}
			}
			return out
		},
	},
	{
		name: "ranges from a list",
		asks: "How many calls had each of these months?",
		sql: `WITH months(month) AS (VALUES ('2026-08'), ('2026-09'), ('2026-10'))
			SELECT month, count(*) FROM months, account_call_history(month) GROUP BY 1`,
		truth: func(a *account) []row {
			return []row{
				{"2026-08", len(a.calls(span{"2026-08-01", "2026-08-31"}))}, {"2026-09", len(a.calls(september))}, {"2026-10", len(a.calls(october))},
			}
		},
	},
	{
		name: "moments between two",
		asks: "How many calls began after noon of October 5 and up to noon of the 6th, by direction?",
		sql: `SELECT direction, count(*) FROM account_call_history
			WHERE start_time > '2026-10-05T12:00:00Z' AND start_time <= '2026-10-06T12:00:00Z' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(span{"2026-10-05", "2026-10-06"}) {
				if at := c.text("start_time"); at > "2026-10-05T12:00:00Z" && at <= "2026-10-06T12:00:00Z" {
					g.add(row{c.value("direction")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "two ranges in one",
		asks: "How do October 6 and November 6 compare?",
		sql: `SELECT 'October', count(*) FROM account_call_history WHERE start_time BETWEEN '2026-10-06' AND '2026-10-07'
			UNION ALL SELECT 'November', count(*) FROM account_call_history WHERE start_time >= '2026-11-06' AND start_time < '2026-11-07'`,
		truth: func(a *account) []row {
			return []row{
				{"October", len(a.calls(span{"2026-10-06", "2026-10-06"}))}, {"November", len(a.calls(span{"2026-11-06", "2026-11-06"}))},
			}
		},
	},
	{
		name: "a day of twenty-five hours",
		asks: "How many calls were there on the day the clocks of Denver went back, and the day after?",
		sql:  `SELECT date(local(start_time, 'America/Denver')), count(*) FROM account_call_history('2026-11-01..2026-11-02') GROUP BY 1`,
		zone: "America/Denver",
		truth: func(a *account) []row {
			return []row{
				{"2026-11-01", len(a.calls(span{"2026-11-01T06:00:00Z", "2026-11-02T06:59:59Z"}))},
				{"2026-11-02", len(a.calls(span{"2026-11-02T07:00:00Z", "2026-11-03T06:59:59Z"}))},
			}
		},
	},
	{
		name: "hours without a call",
		asks: "How many calls began in each hour of October 6, also in hours without any?",
		sql: `WITH RECURSIVE hours(hour) AS (SELECT 0 UNION ALL SELECT hour + 1 FROM hours WHERE hour < 23)
			SELECT hour, count(c.call_id) FROM hours LEFT JOIN account_call_history('2026-10-06') AS c ON CAST(strftime('%H', c.start_time) AS INTEGER) = hour
			GROUP BY 1 ORDER BY 1`,
		ordered: true,
		truth: func(a *account) []row {
			out := make([]row, 24)
			n := make([]int, 24)
			for _, c := range a.calls(span{"2026-10-06", "2026-10-06"}) {
				n[c.when("start_time").Hour()]++
			}
			for hour := range out {
				out[hour] = row{hour, n[hour]}
			}
			return out
		},
	},
	{
		name: "values of a join that Zoom could filter by",
		asks: "How many calls of October went in each direction?",
		sql: `WITH d(way) AS (VALUES ('outbound'), ('inbound'), ('sideways'))
			SELECT d.way, count(c.call_id) FROM d LEFT JOIN account_call_history('2026-10') AS c ON c.direction = d.way GROUP BY 1`,
		truth: func(a *account) []row {
			n := map[string]int{}
			for _, c := range a.calls(october) {
				n[c.text("direction")]++
			}
			return []row{{"outbound", n["outbound"]}, {"inbound", n["inbound"]}, {"sideways", 0}}
		},
	},
	{
		name: "one condition or another",
		asks: "How many calls of October were missed or made to the outside, by result?",
		sql: `SELECT call_result, count(*) FROM account_call_history('2026-10')
			WHERE call_result IN ('no_answer', 'voicemail', 'No_Answer') OR direction = 'outbound' AND connect_type = 'external' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(october) {
				if oneOf(c.text("call_result"), "no_answer", "voicemail") || c.text("direction") == "outbound" && c.text("connect_type") == "external" {
					g.add(row{c.value("call_result")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "words in other letters",
		asks: "How many legs of incoming calls of October 6 were answered, by what they were?",
		sql: `SELECT p.event, count(*) FROM account_call_history('2026-10-06') AS c JOIN get_call_path AS p ON p.callHistoryUuid = c.call_history_uuid
			WHERE c.direction = 'Inbound' AND p.result IN ('Answered', 'ANSWERED') GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(span{"2026-10-06", "2026-10-06"}) {
				if c.text("direction") != "inbound" {
					continue
				}
				for _, p := range a.legs(c) {
					if p.text("result") == "answered" {
						g.add(row{p.value("event")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "ranks within groups",
		asks: "Who made most calls of each department in October?",
		sql: `SELECT department, caller_name, calls FROM (
				SELECT department, caller_name, count(*) AS calls, row_number() OVER (PARTITION BY department ORDER BY count(*) DESC, caller_name) AS place
				FROM account_call_history('2026-10') WHERE direction = 'outbound' GROUP BY department, caller_name)
			WHERE place = 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(october) {
				if c.text("direction") == "outbound" {
					g.add(row{c.value("department"), c.value("caller_name")}, 1)
				}
			}
			best := map[any]row{}
			for _, r := range g.rows(nil) {
				b := best[r[0]]
				if b == nil || number(r[2]) > number(b[2]) || number(r[2]) == number(b[2]) && r[1].(string) < b[1].(string) {
					best[r[0]] = r
				}
			}
			var out []row
			for _, r := range best {
				out = append(out, r)
			}
			return out
		},
	},
	{
		name: "what is in one week and not in the other",
		asks: "Which numbers called last week and not in the week before?",
		sql: `SELECT caller_did_number FROM account_call_history('2026-W46') WHERE direction = 'inbound' AND caller_did_number IS NOT NULL
			EXCEPT SELECT caller_did_number FROM account_call_history('2026-W45') WHERE direction = 'inbound'`,
		truth: func(a *account) []row {
			seen := map[string]bool{}
			for _, c := range a.calls(span{"2026-11-02", "2026-11-08"}) {
				if c.text("direction") == "inbound" {
					seen[c.text("caller_did_number")] = true
				}
			}
			var out []row
			for _, c := range a.calls(lastWeek) {
				if number := c.text("caller_did_number"); c.text("direction") == "inbound" && number != "" && !seen[number] {
					seen[number] = true
					out = append(out, row{number})
				}
			}
			return out
		},
	},
	{
		name: "a search that Zoom makes",
		asks: "How did the legs of October that rang at members of Billing end?",
		sql: `SELECT p.callee_name, p.result, count(*) FROM account_call_history('2026-10') AS c
			JOIN get_call_path AS p ON p.callHistoryUuid = c.call_history_uuid
			WHERE c.keyword = 'Billing' AND p.event = 'ring_to_member' AND p.operator_name = 'Billing' GROUP BY 1, 2`,
		calls: 1000,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(october) {
				for _, p := range a.legs(c) {
					if p.text("event") == "ring_to_member" && p.text("operator_name") == "Billing" {
						g.add(row{p.value("callee_name"), p.value("result")}, 1)
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "a parameter that is no column",
		asks: "Where do the keys of the menus lead when the offices are closed?",
		sql: `SELECT a.name, json_extract(k.value, '$.key'), json_extract(k.value, '$.target.display_name')
			FROM list_auto_receptionists AS a JOIN get_auto_receptionist_ivr AS i ON i.autoReceptionistId = a.id, json_each(i.key_actions) AS k
			WHERE i.hours_type = 'closed_hours'`,
		truth: func(a *account) []row {
			var out []row
			for _, m := range a.list("/auto_receptionists", "auto_receptionists") {
				for _, k := range a.get("/auto_receptionists/"+m.text("id")+"/ivr", "hours_type", "closed_hours").records("key_actions") {
					out = append(out, row{m.value("name"), k.value("key"), k.value("target", "display_name")})
				}
			}
			return out
		},
	},
	{
		name: "three levels of a join",
		asks: "On which desk phones of members of Customer Support do its calls ring?",
		sql: `SELECT m.name, json_extract(d.value, '$.display_name') FROM list_call_queues AS q
			JOIN list_call_queue_members AS m ON m.callQueueId = q.id
			JOIN phone_user_settings AS s ON s.userId = m.id, json_each(s.desk_phone_devices) AS d
			WHERE q.name = 'Customer Support' AND m.level = 'user'`,
		truth: func(a *account) []row {
			var out []row
			for _, q := range a.list("/call_queues", "call_queues") {
				if q.text("name") != "Customer Support" {
					continue
				}
				for _, m := range a.members(q) {
					for _, d := range a.get("/users/"+m.text("id")+"/settings").records("desk_phone", "devices") {
						out = append(out, row{m.value("name"), d.value("display_name")})
					}
				}
			}
			return out
		},
	},
	{
		name: "a setting of the account beside those of people",
		asks: "Is transcription of voicemails on for the account, and for how many people of Sales is it off?",
		sql: `SELECT a.voicemail_transcription_enable, sum(NOT p.policy_voicemail_transcription_enable)
			FROM list_zoom_phone_account_settings AS a, list_phone_users AS u, phone_user(u.id) AS p WHERE u.department = 'Sales'`,
		truth: func(a *account) []row {
			off := 0.0
			for _, u := range a.users() {
				if u.text("department") == "Sales" {
					off += is(a.get("/users/"+u.text("id")).value("policy", "voicemail_transcription", "enable") == false)
				}
			}
			return []row{{a.get("/account_settings").value("voicemail_transcription", "enable"), off}}
		},
	},
	{
		name: "everybody in the directory",
		asks: "How many people of each site are found by dialling their name?",
		sql: `SELECT s.name, count(*) FROM list_phone_sites AS s JOIN list_users_from_directory AS d ON d.site_id = s.id
			WHERE d.in_directory = 'true' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, s := range a.list("/sites", "sites") {
				for range a.list("/dial_by_name_directory/extensions", "result", "site_id", s.text("id"), "in_directory", "true") {
					g.add(row{s.value("name")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
}
