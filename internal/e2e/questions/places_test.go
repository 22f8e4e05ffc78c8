package questions_test

var aboutPlaces = []question{
	{
		name: "quality by site and provider",
		asks: "How good were the calls of October, by the site that was called and its internet provider: calls, poor ones, mean score in tenths?",
		sql: `SELECT s.name, m.callee_isp, count(*), sum(CAST(m.mos AS REAL) < 3.5), CAST(10 * sum(CAST(m.mos AS REAL)) / count(*) + 0.000001 AS INTEGER)
			FROM list_call_logs_metrics('2026-10') AS m JOIN list_phone_sites AS s ON s.id = m.callee_site_id GROUP BY 1, 2`,
		truth: func(a *account) []row {
			site := map[string]any{}
			for _, s := range a.list("/sites", "sites") {
				site[s.text("id")] = s.value("name")
			}
			var g groups
			for _, m := range a.within(october, "/metrics/call_logs", "call_logs") {
				if name := site[m.text("callee", "site_id")]; name != nil {
					g.add(row{name, m.value("callee", "isp")}, 1, is(m.number("mos") < 3.5), m.number("mos"))
				}
			}
			return g.rows(func(n []float64) row { return row{n[0], n[1], int(10*n[2]/n[0] + 0.000001)} })
		},
	},
	{
		name: "network of the worst calls",
		asks: "What jitter, loss and delay had the calls of last week with a score below 2.3, at the callee's end, when they began?",
		sql: `SELECT m.call_id, m.mos, json_extract(q.callee_qos_receiving, '$[0].qos.jitter'), json_extract(q.callee_qos_receiving, '$[0].qos.avg_loss'),
				json_extract(q.callee_qos_receiving, '$[0].qos.network_delay')
			FROM list_call_logs_metrics('2026-11-09..2026-11-15') AS m JOIN get_call_qo_s AS q ON q.callId = m.call_id
			WHERE m.mos < 2.3`,
		truth: func(a *account) []row {
			var out []row
			for _, m := range a.within(lastWeek, "/metrics/call_logs", "call_logs") {
				if m.number("mos") >= 2.3 {
					continue
				}
				first := a.get("/metrics/call_logs/"+m.text("call_id")+"/qos").records("callee_qos", "receiving")[0]
				out = append(out, row{m.value("call_id"), m.number("mos"), first.value("qos", "jitter"), first.value("qos", "avg_loss"), first.value("qos", "network_delay")})
			}
			return out
		},
	},
	{
		name: "people, queues and menus by site",
		asks: "How many people, queues and menus has each site?",
		sql: `SELECT s.name, (SELECT count(*) FROM list_phone_users AS u WHERE u.site_id = s.id),
				(SELECT count(*) FROM list_call_queues AS q WHERE q.site_id = s.id),
				(SELECT count(*) FROM list_auto_receptionists AS a WHERE a.site_id = s.id) FROM list_phone_sites AS s`,
		truth: func(a *account) []row {
			count := func(path, items, site string) (n int) {
				for _, o := range a.list(path, items) {
					if o.text("site", "id") == site {
						n++
					}
				}
				return n
			}
			var out []row
			for _, s := range a.list("/sites", "sites") {
				id := s.text("id")
				out = append(out, row{s.value("name"), count("/users", "users", id), count("/call_queues", "call_queues", id), count("/auto_receptionists", "auto_receptionists", id)})
			}
			return out
		},
	},
	{
		name: "a number's owner",
		asks: "Whose number is +1 617 555 0101?",
		sql: `SELECT 'user' AS kind, u.name FROM list_phone_users AS u, json_each(u.phone_numbers) AS n WHERE json_extract(n.value, '$.number') = '16175550101'
			UNION ALL SELECT 'queue', q.name FROM list_call_queues AS q, json_each(q.phone_numbers) AS n WHERE json_extract(n.value, '$.number') = '+16175550101'
			UNION ALL SELECT 'menu', a.name FROM list_auto_receptionists AS a, json_each(a.phone_numbers) AS n WHERE json_extract(n.value, '$.number') = '+16175550101'`,
		truth: func(a *account) []row {
			var out []row
			for kind, list := range map[string][2]string{"user": {"/users", "users"}, "queue": {"/call_queues", "call_queues"}, "menu": {"/auto_receptionists", "auto_receptionists"}} {
				for _, o := range a.list(list[0], list[1]) {
					for _, n := range o.records("phone_numbers") {
						if oneOf(n.text("number"), "16175550101", "+16175550101") {
							out = append(out, row{kind, o.value("name")})
						}
					}
				}
			}
			return out
		},
	},
}
