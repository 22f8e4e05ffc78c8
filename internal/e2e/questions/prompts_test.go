package questions_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// prompt is one of the program's prompts with arguments, and what its statements
// have to answer, in their order. A truth gets the value that took the place of
// <column> in its statement.
type prompt struct {
	name      string
	arguments map[string]string
	calls     int
	truths    []func(a *account, value string) []row
}

var (
	backquoted = regexp.MustCompile("`([^`]+)`")
	fromAbove  = regexp.MustCompile(`<([a-z_]+)>`)
)

// statements are those of a plan: SELECTs, with the conditions that are to be added.
func statements(plan string) []string {
	var out []string
	for _, m := range backquoted.FindAllStringSubmatch(plan, -1) {
		switch text := m[1]; {
		case strings.HasPrefix(text, "SELECT "), strings.HasPrefix(text, "WITH "):
			out = append(out, text)
		case strings.HasPrefix(text, "AND "):
			last := &out[len(out)-1]
			at := strings.LastIndex(*last, " ORDER BY ")
			if i := strings.LastIndex(*last, " GROUP BY "); i >= 0 {
				at = i
			}
			*last = (*last)[:at] + " " + text + (*last)[at:]
		}
	}
	return out
}

var prompts = []prompt{
	{
		name: "queue_performance", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return queueFigures(a, "") }},
	},
	{
		name: "queue_performance", arguments: map[string]string{"period": "2026-10", "queue": "Customer Support", "time_zone": "UTC"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return queueFigures(a, "Customer Support") }},
	},
	{
		name: "missed_calls", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{missedPlaces, missedCallers},
	},
	{
		name: "missed_calls", arguments: map[string]string{"period": "2026-10", "queue": "Albuquerque Support"}, calls: 1000,
		truths: []func(*account, string) []row{missedPlaces, missedCallers, func(a *account, _ string) []row {
			var out []row
			for _, c := range a.calls(october) {
				for _, p := range a.legs(c) {
					if p.text("callee_ext_type") == "call_queue" && p.text("callee_name") == "Albuquerque Support" && p.text("result") != "answered" {
						out = append(out, row{c.value("start_time"), c.value("caller_name"), c.value("caller_did_number"), p.value("result"), p.value("waiting_time")})
					}
				}
			}
			return out
		}},
	},
	{
		name: "who_never_answers", arguments: map[string]string{"period": "2026-10", "queue": "Customer Support"}, calls: 1500,
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			type tally struct{ rung, answered, others int }
			rung := map[string]*tally{}
			for _, c := range a.calls(october) {
				for _, p := range a.legs(c) {
					if p.text("event") != "ring_to_member" || p.text("operator_name") != "Customer Support" {
						continue
					}
					t := rung[p.text("callee_ext_id")]
					if t == nil {
						t = &tally{}
						rung[p.text("callee_ext_id")] = t
					}
					t.rung++
					t.answered += int(is(p.text("result") == "answered"))
					t.others += int(is(p.text("result_reason") == "answered_by_other"))
				}
			}
			var out []row
			for _, q := range a.list("/call_queues", "call_queues") {
				if q.text("name") != "Customer Support" {
					continue
				}
				for _, m := range a.members(q) {
					r := row{m.value("name"), m.value("receive_call"), 0, nil, nil}
					if t := rung[m.text("extension_id")]; t != nil {
						r = row{r[0], r[1], t.rung, t.answered, nil}
						if t.others > 0 {
							r[4] = t.others
						}
					}
					out = append(out, r)
				}
			}
			return out
		}},
	},
	{
		name: "one_call", arguments: map[string]string{"period": "2026-10-05..2026-10-07", "call": "Albuquerque Support"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var out []row
			for _, c := range a.calls(threeDays) {
				legs := a.legs(c)
				if !slices.ContainsFunc(legs, func(p record) bool { return p.text("callee_name") == "Albuquerque Support" }) {
					continue
				}
				for _, p := range legs {
					out = append(out, row{
						c.value("call_id"), c.value("direction"), c.value("caller_name"), p.value("segment"), p.value("event"), p.value("callee_name"),
						p.value("press_key"), p.value("result"), p.value("start_time"), p.value("end_time"), p.value("recording_id"),
					})
				}
			}
			return out
		}, spokenWords},
	},
	{
		name: "case_recordings", arguments: map[string]string{"period": "2026-10", "party": "Lucia Ferrante"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var out []row
			for _, r := range partyRecordings(a) {
				out = append(out, row{
					r.value("date_time"), r.value("call_id"), r.value("id"), r.value("duration"), r.value("caller_name"), r.value("callee_name"),
					r.value("owner", "name"), r.value("transcript_download_url") != nil,
				})
			}
			return out
		}, func(a *account, _ string) []row {
			var out []row
			for _, r := range partyRecordings(a) {
				for _, line := range a.spoken(r.text("id")) {
					out = append(out, append(row{r.value("call_id")}, line...))
				}
			}
			return out
		}},
	},
	{
		name: "coaching", arguments: map[string]string{"period": "2026-10", "user": "amara.diallo@example.com"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var out []row
			for _, r := range a.within(october, "/recordings", "recordings") {
				if (r.text("accepted_by", "name") == "Amara Diallo" || r.text("outgoing_by", "name") == "Amara Diallo") && r.value("transcript_download_url") != nil {
					out = append(out, row{r.value("id"), r.value("date_time"), r.value("duration"), r.value("direction"), r.value("caller_name"), r.value("callee_name")})
				}
			}
			return out
		}, spokenWords, func(a *account, _ string) []row {
			user := "/users/amara.diallo@example.com"
			var out []row
			token, kind := "", "FSync"
			for {
				page := a.get(user+"/call_history/sync", "sync_type", kind, "count", "50", "sync_token", token)
				for _, h := range page.records("call_elements") {
					if id := h.text("ai_call_summary_id"); id != "" {
						s := a.get("/user/amara.diallo@example.com/ai_call_summary/" + id)
						out = append(out, row{h.value("start_time"), s.value("call_summary"), s.value("next_steps")})
					}
				}
				if next := page.text("sync_token"); len(page.records("call_elements")) > 0 && next != "" && next != token {
					token, kind = next, "BSync"
					continue
				}
				return out
			}
		}},
	},
	{
		name: "voice_quality", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return qualityEnds(a, "") }, worstCalls},
	},
	{
		name: "voice_quality", arguments: map[string]string{"period": "2026-10", "site": "Boston Service Center"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return qualityEnds(a, "Boston Service Center") }, worstCalls},
	},
	{
		name: "sms_hold", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return messageSessions(a, "") }, sessionWords},
	},
	{
		name: "sms_hold", arguments: map[string]string{"period": "2026-10", "number": "+13035550114"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return messageSessions(a, "13035550114") }, sessionWords},
	},
	{
		name: "charges", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var g groups
			add := func(kind, path, items string) {
				for _, c := range a.within(october, path, items) {
					if c.number("total_charge") > 0 {
						g.add(row{c.value("cost_center"), c.value("currency"), kind}, 1, c.number("total_charge"))
					}
				}
			}
			add("call", "/reports/call_charges", "call_charges")
			add("message", "/reports/sms_charges", "sms_charges")
			add("fax", "/reports/fax_charges", "fax_charges")
			return g.rows(nil)
		}},
	},
	{
		name: "unused_licences", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var out []row
			for _, p := range a.get("/calling_plans").records("calling_plans") {
				out = append(out, row{p.value("name"), p.value("subscribed"), p.value("assigned"), p.number("subscribed") - p.number("assigned")})
			}
			return out
		}, func(a *account, _ string) []row {
			var out []row
			for _, u := range a.users() {
				if len(u.records("calling_plans")) > 0 && len(a.history(u, october)) == 0 {
					out = append(out, row{u.value("name"), u.value("email"), u.value("extension_number"), u.value("site", "name"), u.value("department")})
				}
			}
			return out
		}},
	},
	{
		name: "voicemails_unreturned", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			last := map[string]string{}
			for _, c := range a.calls(october) {
				for _, number := range []string{c.text("callee_did_number"), c.text("callee_ext_number")} {
					if c.text("direction") == "outbound" && number != "" {
						last[number] = max(last[number], c.text("start_time"))
					}
				}
			}
			var out []row
			for _, v := range a.within(october, "/voice_mails", "voice_mails") {
				if number := v.text("caller_number"); v.text("status") == "unread" && number != "" && last[number] <= v.text("date_time") {
					out = append(out, row{v.value("id"), v.value("date_time"), v.value("owner", "name"), v.value("caller_name"), v.value("caller_number"), v.value("duration")})
				}
			}
			return out
		}, func(a *account, id string) []row {
			v := a.get("/voice_mails/" + id)
			return []row{{v.value("transcription", "content"), v.value("voice_mail_task", "content")}}
		}},
	},
	{
		name: "who_changed_what", arguments: map[string]string{"period": "2026-11-09..2026-11-15"},
		truths: []func(*account, string) []row{changesByDay, func(a *account, _ string) []row { return changes(a, "") }},
	},
	{
		name: "who_changed_what", arguments: map[string]string{"period": "2026-11-09..2026-11-15", "about": "Technical Service"},
		truths: []func(*account, string) []row{changesByDay, func(a *account, _ string) []row { return changes(a, "Technical Service") }},
	},
	{
		name: "where_does_it_go", arguments: map[string]string{"number": "Albuquerque Main Menu"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			return owners(a, func(o record) bool { return o.text("name") == "Albuquerque Main Menu" })
		}, menuKeys, queueMembers},
	},
	{
		name: "where_does_it_go", arguments: map[string]string{"number": "+16175550101"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			return owners(a, func(o record) bool {
				return slices.ContainsFunc(o.records("phone_numbers"), func(n record) bool { return strings.TrimPrefix(n.text("number"), "+") == "16175550101" })
			})
		}, menuKeys, queueMembers},
	},
	{
		name: "activity", arguments: map[string]string{"period": "2026-11-09..2026-11-15"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return activity(a, "") }},
	},
	{
		name: "activity", arguments: map[string]string{"period": "2026-11-09..2026-11-15", "department": "Sales", "time_zone": "UTC"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row { return activity(a, "Sales") }},
	},
	{
		name: "fax_compliance", arguments: map[string]string{"period": "2026-10"},
		truths: []func(*account, string) []row{func(a *account, _ string) []row {
			var g groups
			for _, f := range a.within(october, "/fax/logs", "fax_logs") {
				g.add(row{f.value("direction"), f.value("status")}, 1, f.number("file_pages_count"))
			}
			return g.rows(nil)
		}, func(a *account, _ string) []row {
			var out []row
			for _, f := range a.within(october, "/fax/logs", "fax_logs") {
				if f.text("status") != "failed" {
					continue
				}
				for _, d := range a.get("/fax/logs/" + f.text("fax_log_id")).records("array") {
					out = append(out, row{f.value("create_time"), f.value("sender_name"), f.value("receiver_number"), d.value("node"), d.value("status"), d.value("status_reason")})
				}
			}
			return out
		}},
	},
}

// Each prompt's statements, with its arguments, answer what the raw account counts.
func TestEveryStatementOfAPromptAnswersAsTheRawAccountCounts(t *testing.T) {
	a := open(t, branches)
	tried := map[string]bool{}
	for _, p := range prompts {
		tried[p.name] = true
		t.Run(fmt.Sprintf("%s %v", p.name, p.arguments), func(t *testing.T) {
			a := a.for_(t)
			var got struct {
				Messages []struct {
					Content struct {
						Text string `json:"text"`
					} `json:"content"`
				} `json:"messages"`
			}
			text := a.request("prompts/get", map[string]any{"name": p.name, "arguments": p.arguments})
			if err := json.Unmarshal(text, &got); err != nil || len(got.Messages) != 1 {
				t.Fatalf("%v: %s", err, text)
			}
			plan := got.Messages[0].Content.Text
			all := statements(plan)
			if len(all) != len(p.truths) || !strings.Contains(plan, "query_zoom-phone") {
				t.Fatalf("%d statements, %d truths:\n%s", len(all), len(p.truths), plan)
			}
			above := map[string]string{} // the first value of each column so far
			for i, sql := range all {
				value := ""
				sql = fromAbove.ReplaceAllStringFunc(sql, func(column string) string {
					value = above[strings.Trim(column, "<>")]
					return value
				})
				columns, rows, _ := a.table(sql, p.arguments["time_zone"], p.calls)
				for j, column := range columns {
					for _, r := range rows {
						if text, ok := r[j].(string); ok && above[column] == "" {
							above[column] = text
						}
					}
				}
				g, w := plain(rows), plain(p.truths[i](a, value))
				slices.Sort(g)
				slices.Sort(w)
				if len(w) == 0 {
					t.Errorf("%s: the account has nothing to count", sql)
				}
				if !slices.Equal(g, w) {
					t.Errorf("%s\n%s", sql, difference(g, w))
				}
			}
		})
	}
	var listed struct {
		Prompts []struct {
			Name string `json:"name"`
		} `json:"prompts"`
	}
	if err := json.Unmarshal(a.request("prompts/list", map[string]any{}), &listed); err != nil || len(listed.Prompts) != 15 {
		t.Fatalf("%d prompts: %v", len(listed.Prompts), err)
	}
	for _, p := range listed.Prompts {
		if !tried[p.Name] {
			t.Errorf("the prompt %s is not tried", p.Name)
		}
	}
}

func queueFigures(a *account, only string) []row {
	var out []row
	for _, q := range a.within(october, "/call_queue_analytics", "call_queues") {
		if q.number("inbound_calls") > 0 && (only == "" || q.text("call_queue_name") == only) {
			var r row
			for _, name := range []string{"call_queue_name", "inbound_calls", "completed_calls", "abandoned_calls", "overflowed_calls", "avg_in_queue_wait_time", "max_in_queue_wait_time"} {
				r = append(r, q.value(name))
			}
			out = append(out, r)
		}
	}
	return out
}

func missedPlaces(a *account, _ string) []row {
	var g groups
	for _, c := range a.calls(october) {
		if c.text("direction") == "inbound" && slices.Contains(missed, c.text("call_result")) {
			g.add(row{c.value("callee_name"), c.value("call_result")}, 1)
		}
	}
	return g.rows(nil)
}

func missedCallers(a *account, _ string) []row {
	type caller struct {
		row  row
		last string
		n    int
	}
	by := map[string]*caller{}
	for _, c := range a.calls(october) {
		if c.text("direction") == "inbound" && slices.Contains(missed, c.text("call_result")) {
			key := row{c.value("caller_name"), c.value("caller_did_number")}
			k := by[plain([]row{key})[0]]
			if k == nil {
				k = &caller{row: key}
				by[plain([]row{key})[0]] = k
			}
			k.n++
			k.last = max(k.last, c.text("start_time"))
		}
	}
	var all []*caller
	for _, k := range by {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b *caller) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(b.last, a.last)
	})
	var out []row
	for _, k := range all[:20] {
		out = append(out, append(k.row, k.n, k.last))
	}
	return out
}

// spoken are the lines of a recording: when, who, what.
func (a *account) spoken(recording string) []row {
	var out []row
	for _, line := range a.get("/recording_transcript/download/" + recording).records("timeline") {
		var speaker any = "Unknown speaker"
		if users := line.records("users"); len(users) > 0 {
			speaker = users[0].value("username")
		}
		out = append(out, row{line.text("ts")[:8], speaker, line.value("text")})
	}
	return out
}

func spokenWords(a *account, recording string) []row { return a.spoken(recording) }

func partyRecordings(a *account) []record {
	var out []record
	for _, r := range a.within(october, "/recordings", "recordings") {
		if r.text("caller_name") == "Lucia Ferrante" || r.text("callee_name") == "Lucia Ferrante" {
			out = append(out, r)
		}
	}
	return out
}

func qualityEnds(a *account, only string) []row {
	site := map[string]string{}
	for _, s := range a.list("/sites", "sites") {
		site[s.text("id")] = s.text("name")
	}
	var g groups
	for _, m := range a.within(october, "/metrics/call_logs", "call_logs") {
		for _, end := range []string{"caller", "callee"} {
			if name := site[m.text(end, "site_id")]; name != "" && (only == "" || name == only) {
				g.add(row{name, m.value(end, "isp"), m.value(end, "device_type")}, 1, is(m.number("mos") < 3.5))
			}
		}
	}
	return g.rows(nil)
}

func worstCalls(a *account, _ string) []row {
	calls := a.within(october, "/metrics/call_logs", "call_logs")
	slices.SortFunc(calls, func(x, y record) int {
		if d := x.number("mos") - y.number("mos"); d != 0 {
			return map[bool]int{true: 1, false: -1}[d > 0]
		}
		return strings.Compare(x.text("call_id"), y.text("call_id"))
	})
	var out []row
	for _, m := range calls[:3] {
		q := a.get("/metrics/call_logs/" + m.text("call_id") + "/qos")
		out = append(out, row{m.value("call_id"), m.number("mos"), q.value("caller_qos", "receiving"), q.value("callee_qos", "receiving")})
	}
	return out
}

func messageSessions(a *account, number string) []row {
	var out []row
	for _, s := range a.sessions() {
		participates := func(p record) bool { return p.text("phone_number") == number }
		if number != "" && !slices.ContainsFunc(s.records("participants"), participates) {
			continue
		}
		first, last, n, files := "", "", 0, 0
		for _, m := range a.within(october, "/sms/sessions/"+s.text("session_id"), "sms_histories") {
			at := m.text("date_time")
			if n == 0 || at < first {
				first = at
			}
			last, n, files = max(last, at), n+1, files+int(is(m.value("attachments") != nil))
		}
		var numbers []string
		for _, p := range s.records("participants") {
			numbers = append(numbers, p.text("phone_number"))
		}
		out = append(out, row{s.value("session_id"), s.value("session_type"), strings.Join(numbers, ", "), n, files, first, last})
	}
	return out
}

func sessionWords(a *account, session string) []row {
	var out []row
	for _, m := range a.within(october, "/sms/sessions/"+session, "sms_histories") {
		out = append(out, row{m.value("date_time"), m.value("direction"), m.value("sender", "display_name"), m.value("message"), m.value("delivery_status"), m.value("message_id")})
	}
	return out
}

func changesByDay(a *account, _ string) []row {
	var g groups
	for _, o := range a.within(lastWeek, "/reports/operationlogs", "operation_logs") {
		g.add(row{o.text("time")[:10], o.value("operator"), o.value("category_type")}, 1)
	}
	return g.rows(nil)
}

func changes(a *account, about string) []row {
	var out []row
	for _, o := range a.within(lastWeek, "/reports/operationlogs", "operation_logs") {
		if contains(o.text("operation_detail"), about) {
			out = append(out, row{o.value("time"), o.value("operator"), o.value("action"), o.value("category_type"), o.value("operation_detail")})
		}
	}
	return out
}

func owners(a *account, has func(record) bool) []row {
	var out []row
	for kind, list := range map[string][2]string{"user": {"/users", "users"}, "queue": {"/call_queues", "call_queues"}, "menu": {"/auto_receptionists", "auto_receptionists"}} {
		for _, o := range a.list(list[0], list[1]) {
			if has(o) {
				out = append(out, row{kind, o.value("id"), o.value("name")})
			}
		}
	}
	return out
}

func menuKeys(a *account, _ string) []row {
	var out []row
	for _, m := range a.list("/auto_receptionists", "auto_receptionists") {
		for _, hours := range []string{"business_hours", "closed_hours"} {
			for _, k := range a.get("/auto_receptionists/"+m.text("id")+"/ivr", "hours_type", hours).records("key_actions") {
				out = append(out, row{m.value("name"), hours, k.value("key"), k.value("action"), k.value("target", "display_name")})
			}
		}
	}
	return out
}

func queueMembers(a *account, _ string) []row {
	var out []row
	for _, q := range a.list("/call_queues", "call_queues") {
		members := a.members(q)
		var taking any
		if len(members) > 0 {
			n := 0.0
			for _, m := range members {
				n += is(m.value("receive_call") == true)
			}
			taking = n
		}
		out = append(out, row{q.value("name"), q.value("status"), len(members), taking})
	}
	return out
}

func activity(a *account, department string) []row {
	var out []row
	for _, u := range a.users() {
		if u.text("status") != "activate" || department != "" && u.text("department") != department {
			continue
		}
		var made, talks, seconds float64
		legs := a.history(u, lastWeek)
		for _, h := range legs {
			made += is(h.text("direction") == "outbound")
			talks += is(h.number("talk_time") > 0)
			seconds += h.number("talk_time")
		}
		r := row{u.value("name"), u.value("department"), len(legs), made, talks, int(seconds) / 60}
		if len(legs) == 0 {
			r = row{r[0], r[1], 0, nil, nil, nil}
		}
		out = append(out, r)
	}
	return out
}
