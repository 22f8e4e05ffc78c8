package questions_test

var aboutMoney = []question{
	{
		name: "charged calls by cost centre",
		asks: "What did the calls of October cost, by cost centre?",
		sql: `SELECT cost_center, currency, count(*), round(sum(CAST(total_charge AS REAL)), 4), sum(duration)
			FROM get_call_charges_usage_report('2026-10') WHERE CAST(total_charge AS REAL) > 0 GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.within(october, "/reports/call_charges", "call_charges") {
				if c.number("total_charge") > 0 {
					g.add(row{c.value("cost_center"), c.value("currency")}, 1, c.number("total_charge"), c.number("duration"))
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "dearest calls",
		asks: "Which five calls of September and October were the dearest?",
		sql: `SELECT c.call_id, c.calling_party_name, c.callee_number, c.total_charge FROM get_call_charges_usage_report('2026-09..2026-10') AS c
			ORDER BY c.total_charge DESC, c.call_id LIMIT 5`,
		ordered: true,
		truth: func(a *account) []row {
			var rows []row
			for _, month := range []span{september, october} {
				for _, c := range a.within(month, "/reports/call_charges", "call_charges") {
					rows = append(rows, row{c.value("call_id"), c.value("calling_party_name"), c.value("callee_number"), c.number("total_charge"), c.number("total_charge")})
				}
			}
			out := top(rows, 4, 5)
			for i := range out {
				out[i] = out[i][:4]
			}
			return out
		},
	},
	{
		name: "all charges by department",
		asks: "What did each department pay for calls and messages in October?",
		sql: `SELECT department, sum(kind = 'call'), sum(kind = 'message'), round(sum(CAST(charge AS REAL)), 4) FROM (
				SELECT department, 'call' AS kind, total_charge AS charge FROM get_call_charges_usage_report('2026-10')
				UNION ALL SELECT department, 'message', total_charge FROM get_sms_charges_usage_report('2026-10'))
			WHERE CAST(charge AS REAL) > 0 GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.within(october, "/reports/call_charges", "call_charges") {
				if c.number("total_charge") > 0 {
					g.add(row{c.value("department")}, 1, 0, c.number("total_charge"))
				}
			}
			for _, m := range a.within(october, "/reports/sms_charges", "sms_charges") {
				if m.number("total_charge") > 0 {
					g.add(row{m.value("department")}, 0, 1, m.number("total_charge"))
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "charges of faxes",
		asks: "What did faxes cost in October, at home and abroad?",
		sql: `SELECT fax_type, charge_status, count(*), sum(charged_pages), round(sum(CAST(total_charge AS REAL)), 4)
			FROM getfaxchargesusagereport('2026-10') GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, f := range a.within(october, "/reports/fax_charges", "fax_charges") {
				g.add(row{f.value("fax_type"), f.value("charge_status")}, 1, f.number("charged_pages"), f.number("total_charge"))
			}
			return g.rows(nil)
		},
	},
	{
		name: "cost of calls by their end",
		asks: "What did the calls of October that lasted longer than ten minutes cost, by who made them?",
		sql: `SELECT c.caller_email, count(*), round(sum(CAST(r.total_charge AS REAL)), 4) FROM account_call_history('2026-10') AS c
			JOIN get_call_charges_usage_report('2026-10') AS r ON r.call_id = c.call_id
			WHERE c.direction = 'outbound' AND c.duration > 600 GROUP BY 1`,
		truth: func(a *account) []row {
			charge := map[string]record{}
			for _, c := range a.within(october, "/reports/call_charges", "call_charges") {
				charge[c.text("call_id")] = c
			}
			var g groups
			for _, c := range a.calls(october) {
				if r := charge[c.text("call_id")]; r != nil && c.text("direction") == "outbound" && c.number("duration") > 600 {
					g.add(row{c.value("caller_email")}, 1, r.number("total_charge"))
				}
			}
			return g.rows(nil)
		},
	},
}
