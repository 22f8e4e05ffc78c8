package questions_test

var aboutPeople = []question{
	{
		name: "users without a call",
		asks: "Who took part in no call at all in October?",
		sql: `SELECT u.name, u.status FROM list_phone_users AS u
			WHERE NOT EXISTS (SELECT 1 FROM phone_user_call_history('2026-10', u.id))`,
		calls: 600,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				if len(a.history(u, october)) == 0 {
					out = append(out, row{u.value("name"), u.value("status")})
				}
			}
			return out
		},
	},
	{
		name: "users without a call by the account's history",
		asks: "Who made no call and whom did nobody call directly in October?",
		sql: `SELECT name FROM list_phone_users WHERE extension_id NOT IN (
				SELECT caller_ext_id FROM account_call_history('2026-10') WHERE caller_ext_id IS NOT NULL
				UNION SELECT callee_ext_id FROM account_call_history('2026-10') WHERE callee_ext_id IS NOT NULL)`,
		truth: func(a *account) []row {
			seen := map[string]bool{}
			for _, c := range a.calls(october) {
				seen[c.text("caller_ext_id")], seen[c.text("callee_ext_id")] = true, true
			}
			var out []row
			for _, u := range a.users() {
				if !seen[u.text("extension_id")] {
					out = append(out, row{u.value("name")})
				}
			}
			return out
		},
	},
	{
		name: "a setting of every user",
		asks: "Which area code has everybody, and who has assistants?",
		sql: `SELECT u.name, s.area_code, json_array_length(s.delegation_assistants)
			FROM list_phone_users AS u, phone_user_settings(u.id) AS s`,
		calls: 600,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				s := a.get("/users/" + u.text("id") + "/settings")
				out = append(out, row{u.value("name"), s.value("area_code"), len(s.records("delegation", "assistants"))})
			}
			return out
		},
	},
	{
		name: "desk phones",
		asks: "How many desk phones are there at each site, by state?",
		sql: `SELECT u.site_name, json_extract(d.value, '$.status'), count(*)
			FROM list_phone_users AS u, phone_user_settings(u.id) AS s, json_each(s.desk_phone_devices) AS d GROUP BY 1, 2`,
		calls: 600,
		truth: func(a *account) []row {
			var g groups
			for _, u := range a.users() {
				for _, d := range a.get("/users/"+u.text("id")+"/settings").records("desk_phone", "devices") {
					g.add(row{u.value("site", "name"), d.value("status")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "users without recording",
		asks: "For whom is automatic recording off, by department?",
		sql: `SELECT u.department, count(*) FROM list_phone_users AS u, phone_user(u.id) AS p
			WHERE NOT p.policy_auto_call_recording_enable GROUP BY 1`,
		calls: 600,
		truth: func(a *account) []row {
			var g groups
			for _, u := range a.users() {
				if a.get("/users/"+u.text("id")).value("policy", "auto_call_recording", "enable") == false {
					g.add(row{u.value("department")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "unused licences",
		asks: "Which calling plans are held by people who had no call in October?",
		sql: `SELECT json_extract(p.value, '$.name') AS plan, u.name FROM list_phone_users AS u, json_each(u.calling_plans) AS p
			WHERE NOT EXISTS (SELECT 1 FROM phone_user_call_history('2026-10', u.id))`,
		calls: 600,
		truth: func(a *account) []row {
			var out []row
			for _, u := range a.users() {
				if len(a.history(u, october)) > 0 {
					continue
				}
				for _, p := range u.records("calling_plans") {
					out = append(out, row{p.value("name"), u.value("name")})
				}
			}
			return out
		},
	},
	{
		name: "licences that nobody has",
		asks: "How many licences of each plan are bought, assigned and left?",
		sql:  `SELECT name, subscribed, assigned, subscribed - assigned FROM list_calling_plans`,
		truth: func(a *account) []row {
			held := map[string]float64{}
			for _, u := range a.users() {
				for _, p := range u.records("calling_plans") {
					held[p.text("name")]++
				}
			}
			var out []row
			for _, p := range a.get("/calling_plans").records("calling_plans") {
				n := held[p.text("name")]
				out = append(out, row{p.value("name"), p.value("subscribed"), n, p.number("subscribed") - n})
			}
			return out
		},
	},
	{
		name: "average talk time by user",
		asks: "How long did the people of Support talk in a call last week, on average, in whole seconds?",
		sql: `SELECT u.name, count(*), sum(h.talk_time) / count(*) FROM list_phone_users AS u, phone_user_call_history('2026-11-09..2026-11-15', u.id) AS h
			WHERE u.department = 'Support' AND h.talk_time > 0 GROUP BY u.id`,
		truth: func(a *account) []row {
			var g groups
			for _, u := range a.users() {
				if u.text("department") != "Support" {
					continue
				}
				for _, h := range a.history(u, lastWeek) {
					if h.number("talk_time") > 0 {
						g.add(row{u.value("name")}, 1, h.number("talk_time"))
					}
				}
			}
			return g.rows(func(n []float64) row { return row{n[0], int(n[1]) / int(n[0])} })
		},
	},
	{
		name: "a user's calls in three months",
		asks: "How many legs of calls had Amara Diallo in August, September and October, in and out?",
		sql: `SELECT substr(h.start_time, 1, 7), h.direction, count(*), sum(h.talk_time)
			FROM list_phone_users AS u JOIN phone_user_call_history AS h ON h.userId = u.id
			WHERE u.name = 'Amara Diallo' AND h.period = '2026-08..2026-10' GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, u := range a.users() {
				if u.text("name") == "Amara Diallo" {
					for _, h := range a.history(u, span{"2026-08-01", "2026-08-31"}, september, october) {
						g.add(row{h.text("start_time")[:7], h.value("direction")}, 1, h.number("talk_time"))
					}
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "first call of the day by user",
		asks: "When did the sales people of Chicago make their first call of each day last week?",
		sql: `SELECT c.caller_name, date(c.start_time), min(c.start_time) FROM account_call_history('2026-11-09..2026-11-15') AS c
			JOIN list_phone_users AS u ON u.extension_id = c.caller_ext_id
			WHERE c.direction = 'outbound' AND u.department = 'Sales' AND u.site_name = 'Chicago Sales Office' GROUP BY 1, 2`,
		truth: func(a *account) []row {
			sales := map[string]bool{}
			for _, u := range a.users() {
				sales[u.text("extension_id")] = u.text("department") == "Sales" && u.text("site", "name") == "Chicago Sales Office"
			}
			first := map[[2]string]string{}
			for _, c := range a.calls(lastWeek) {
				key := [2]string{c.text("caller_name"), c.text("start_time")[:10]}
				if at := c.text("start_time"); c.text("direction") == "outbound" && sales[c.text("caller_ext_id")] && (first[key] == "" || at < first[key]) {
					first[key] = at
				}
			}
			var out []row
			for key, at := range first {
				out = append(out, row{key[0], key[1], at})
			}
			return out
		},
	},
	{
		name: "administrators' changes",
		asks: "Who changed how much of what in October?",
		sql: `SELECT operator, category_type, action, count(*), max(time) FROM get_ps_operation_logs('2026-10')
			WHERE operation_detail NOT LIKE '%opted%' GROUP BY 1, 2, 3`,
		truth: func(a *account) []row {
			var g groups
			last := map[string]string{}
			for _, o := range a.within(october, "/reports/operationlogs", "operation_logs") {
				if contains(o.text("operation_detail"), "opted") {
					continue
				}
				key := row{o.value("operator"), o.value("category_type"), o.value("action")}
				g.add(key, 1)
				last[plain([]row{key})[0]] = max(last[plain([]row{key})[0]], o.text("time"))
			}
			var out []row
			for _, r := range g.rows(nil) {
				out = append(out, append(r, last[plain([]row{r[:3]})[0]]))
			}
			return out
		},
	},
}

// history is a user's own.
func (a *account) history(user record, spans ...span) []record {
	a.t.Helper()
	var out []record
	for _, s := range spans {
		out = append(out, a.within(s, "/users/"+user.text("id")+"/call_history", "call_elements")...)
	}
	return out
}
