package questions_test

import (
	"strings"
	"time"
)

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

var aboutTime = []question{
	{
		name: "calls by local hour",
		asks: "At which hour of the day, in Denver, do calls of October come in?",
		sql: `SELECT CAST(strftime('%H', local(start_time, 'America/Denver')) AS INTEGER), count(*)
			FROM account_call_history('2026-10') WHERE direction = 'inbound' GROUP BY 1`,
		zone: "America/Denver",
		truth: func(a *account) []row {
			denver := zone("America/Denver")
			var g groups
			// October by the clocks of Denver, which are on summer time all month.
			for _, c := range a.calls(span{"2026-10-01T06:00:00Z", "2026-11-01T05:59:59Z"}) {
				if c.text("direction") == "inbound" {
					g.add(row{c.when("start_time").In(denver).Hour()}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "busiest quarter of an hour",
		asks: "Which quarters of an hour, in Chicago, are the busiest of October?",
		sql: `SELECT strftime('%H:', t) || printf('%02d', strftime('%M', t) / 15 * 15) AS quarter, count(*)
			FROM (SELECT local(start_time, 'America/Chicago') AS t FROM account_call_history('2026-10')) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5`,
		ordered: true,
		truth: func(a *account) []row {
			chicago := zone("America/Chicago")
			var g groups
			for _, c := range a.calls(october) {
				g.add(row{c.when("start_time").In(chicago).Truncate(15 * time.Minute).Format("15:04")}, 1)
			}
			return top(g.rows(nil), 1, 5)
		},
	},
	{
		name: "after hours",
		asks: "How many calls came in outside the hours of the site that they were for, in October?",
		sql: `WITH zones AS (SELECT DISTINCT site_id, timezone FROM list_auto_receptionists)
			SELECT c.site_name, count(*) FROM account_call_history('2026-10') AS c JOIN zones AS z ON z.site_id = c.site_id
			WHERE c.direction = 'inbound' AND (strftime('%w', local(c.start_time, z.timezone)) IN ('0', '6')
				OR strftime('%H', local(c.start_time, z.timezone)) < '08' OR strftime('%H', local(c.start_time, z.timezone)) > '16')
			GROUP BY 1`,
		truth: func(a *account) []row {
			zones := map[string]*time.Location{}
			for _, m := range a.list("/auto_receptionists", "auto_receptionists") {
				zones[m.text("site", "id")] = zone(m.text("timezone"))
			}
			var g groups
			for _, c := range a.calls(october) {
				t := c.when("start_time").In(zones[c.text("site_id")])
				if c.text("direction") == "inbound" && (t.Weekday() == time.Saturday || t.Weekday() == time.Sunday || t.Hour() < 8 || t.Hour() > 16) {
					g.add(row{c.value("site_name")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "calls by site and week",
		asks: "How many calls had each site in each week of September and October, weeks beginning on Monday?",
		sql: `SELECT site_name, date(start_time, 'weekday 0', '-6 days') AS week, count(*)
			FROM account_call_history('2026-09..2026-10') GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(september, october) {
				t := c.when("start_time")
				monday := t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
				g.add(row{c.value("site_name"), monday.Format(time.DateOnly)}, 1)
			}
			return g.rows(nil)
		},
	},
	{
		name: "two months compared",
		asks: "How do September and October compare, by direction and result?",
		sql: `SELECT direction, call_result, sum(start_time < '2026-10-01'), sum(start_time >= '2026-10-01')
			FROM account_call_history('2026-09..2026-10') GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(september) {
				g.add(row{c.value("direction"), c.value("call_result")}, 1, 0)
			}
			for _, c := range a.calls(october) {
				g.add(row{c.value("direction"), c.value("call_result")}, 0, 1)
			}
			return g.rows(nil)
		},
	},
	{
		name: "two months joined",
		asks: "Which customers called more often in October than in September?",
		sql: `WITH s AS (SELECT caller_did_number AS number, count(*) AS n FROM account_call_history('2026-09') WHERE direction = 'inbound' GROUP BY 1),
				o AS (SELECT caller_did_number AS number, count(*) AS n FROM account_call_history('2026-10') WHERE direction = 'inbound' GROUP BY 1)
			SELECT o.number, coalesce(s.n, 0), o.n FROM o LEFT JOIN s ON s.number = o.number WHERE o.number IS NOT NULL AND o.n > coalesce(s.n, 0)`,
		truth: func(a *account) []row {
			var g groups
			for i, month := range []span{september, october} {
				for _, c := range a.calls(month) {
					if c.text("direction") == "inbound" && c.value("caller_did_number") != nil {
						g.add(row{c.value("caller_did_number")}, is(i == 0), is(i == 1))
					}
				}
			}
			return g.rows(func(n []float64) row {
				if n[1] <= n[0] {
					return nil
				}
				return row{n[0], n[1]}
			})
		},
	},
	{
		name: "share of answered calls by weekday",
		asks: "On which weekday do we answer the largest share of calls from outside? In percent.",
		sql: `SELECT strftime('%w', start_time), count(*), 100 * sum(call_result = 'answered') / count(*)
			FROM account_call_history('2026-08..2026-10') WHERE direction = 'inbound' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(span{"2026-08-01", "2026-08-31"}, september, october) {
				if c.text("direction") == "inbound" {
					g.add(row{string(rune('0' + c.when("start_time").Weekday()))}, 1, is(c.text("call_result") == "answered"))
				}
			}
			return g.rows(func(n []float64) row { return row{n[0], int(100*n[1]) / int(n[0])} })
		},
	},
	{
		name: "a range that comparisons give",
		asks: "How many calls were there on each day from October 28 to November 3, by Zoom's clock?",
		sql: `SELECT date(start_time), count(*) FROM account_call_history
			WHERE start_time >= '2026-10-28' AND start_time < '2026-11-04' GROUP BY 1`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(span{"2026-10-28", "2026-11-03"}) {
				g.add(row{c.text("start_time")[:10]}, 1)
			}
			return g.rows(nil)
		},
	},
	{
		name: "last week in words",
		asks: "How many calls did we have last week and the week before, by direction?",
		sql: `SELECT 'last week', direction, count(*) FROM account_call_history('last week') GROUP BY 2
			UNION ALL SELECT 'before', direction, count(*) FROM account_call_history('2026-W45') GROUP BY 2`,
		truth: func(a *account) []row {
			var g groups
			for _, c := range a.calls(lastWeek) {
				g.add(row{"last week", c.value("direction")}, 1)
			}
			for _, c := range a.calls(span{"2026-11-02", "2026-11-08"}) {
				g.add(row{"before", c.value("direction")}, 1)
			}
			return g.rows(nil)
		},
	},
}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}
