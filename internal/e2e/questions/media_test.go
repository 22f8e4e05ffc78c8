package questions_test

import "strings"

// twoDays are those whose recordings are listened to.
var twoDays = span{"2026-11-09", "2026-11-10"}

var aboutMedia = []question{
	{
		name: "voicemails that nobody returned",
		asks: "Which voicemails from outside, left in the last week of October, did nobody answer with a call to the number until November 8?",
		sql: `SELECT v.id, v.owner_name, v.caller_name FROM account_voice_mails('2026-10-26..2026-11-01') AS v
			WHERE v.caller_number_type = 2 AND v.caller_number <> '' AND NOT EXISTS (
				SELECT 1 FROM account_call_history('2026-10-26..2026-11-08') AS c
				WHERE c.direction = 'outbound' AND c.callee_did_number = v.caller_number AND c.start_time > v.date_time)`,
		truth: func(a *account) []row {
			last := map[string]string{}
			for _, c := range a.calls(span{"2026-10-26", "2026-11-08"}) {
				if number := c.text("callee_did_number"); c.text("direction") == "outbound" {
					last[number] = max(last[number], c.text("start_time"))
				}
			}
			var out []row
			for _, v := range a.within(span{"2026-10-26", "2026-11-01"}, "/voice_mails", "voice_mails") {
				number := v.text("caller_number")
				if v.number("caller_number_type") == 2 && number != "" && last[number] <= v.text("date_time") {
					out = append(out, row{v.value("id"), v.value("owner", "name"), v.value("caller_name")})
				}
			}
			return out
		},
	},
	{
		name: "unread voicemails",
		asks: "How many voicemails of October are unread, by owner, and since when?",
		sql: `SELECT owner_name, owner_type, count(*), min(date_time) FROM account_voice_mails('2026-10')
			WHERE status = 'unread' GROUP BY owner_id`,
		truth: func(a *account) []row {
			var g groups
			first := map[any]string{}
			for _, v := range a.within(october, "/voice_mails", "voice_mails") {
				if v.text("status") != "unread" {
					continue
				}
				owner := v.value("owner", "name")
				g.add(row{owner, v.value("owner", "type")}, 1)
				if at := v.text("date_time"); first[owner] == "" || at < first[owner] {
					first[owner] = at
				}
			}
			var out []row
			for _, r := range g.rows(nil) {
				out = append(out, append(r, first[r[0]]))
			}
			return out
		},
	},
	{
		name: "words of voicemails",
		asks: "Which voicemails of November 9 and 10 speak of a calibration, and what do they say?",
		sql: `SELECT v.caller_name, v.date_time, d.transcription_content
			FROM account_voice_mails('2026-11-09..2026-11-10') AS v, get_voicemail_details(v.id) AS d
			WHERE d.transcription_content LIKE '%calibration%'`,
		truth: func(a *account) []row {
			var out []row
			for _, v := range a.within(twoDays, "/voice_mails", "voice_mails") {
				words := a.get("/voice_mails/"+v.text("id")).text("transcription", "content")
				if contains(words, "calibration") {
					out = append(out, row{v.value("caller_name"), v.value("date_time"), words})
				}
			}
			return out
		},
	},
	{
		name: "recordings by owner",
		asks: "How many recordings has each site of October, of whom, and how many minutes?",
		sql: `SELECT site_name, owner_type, recording_type, count(*), sum(duration) / 60
			FROM get_phone_recordings('2026-10') GROUP BY 1, 2, 3`,
		truth: func(a *account) []row {
			var g groups
			for _, r := range a.within(october, "/recordings", "recordings") {
				g.add(row{r.value("site", "name"), r.value("owner", "type"), r.value("recording_type")}, 1, r.number("duration"))
			}
			return g.rows(func(n []float64) row { return row{n[0], int(n[1]) / 60} })
		},
	},
	{
		name: "recordings without transcript",
		asks: "Which recordings of October have no transcript?",
		sql:  `SELECT id, owner_name, date_time FROM get_phone_recordings('2026-10') WHERE transcript_download_url IS NULL`,
		truth: func(a *account) []row {
			var out []row
			for _, r := range a.within(october, "/recordings", "recordings") {
				if r.value("transcript_download_url") == nil {
					out = append(out, row{r.value("id"), r.value("owner", "name"), r.value("date_time")})
				}
			}
			return out
		},
	},
	{
		name: "recordings that mention a word",
		asks: "In which recordings of these two days did somebody say please: in which call, who said what, and when in it?",
		sql: `SELECT r.call_id, r.date_time, t.clock, t.speaker, t.text
			FROM get_phone_recordings('2026-11-09..2026-11-10') AS r, phone_download_recording_transcript(r.id) AS t
			WHERE r.transcript_download_url IS NOT NULL AND t.text LIKE '%please%'`,
		calls: 600,
		truth: func(a *account) []row {
			var out []row
			for _, r := range a.within(twoDays, "/recordings", "recordings") {
				if r.value("transcript_download_url") == nil {
					continue
				}
				for _, line := range a.get("/recording_transcript/download/" + r.text("id")).records("timeline") {
					if !contains(line.text("text"), "please") {
						continue
					}
					var speaker any = "Unknown speaker" // as in every form of a transcript
					if users := line.records("users"); len(users) > 0 {
						speaker = users[0].value("username")
					}
					out = append(out, row{r.value("call_id"), r.value("date_time"), line.text("ts")[:8], speaker, line.value("text")})
				}
			}
			return out
		},
	},
	{
		name: "recorded calls by what was said first",
		asks: "How many recorded conversations of these two days did the company's side open with its name?",
		sql: `SELECT r.owner_name, count(*) FROM get_phone_recordings('2026-11-09..2026-11-10') AS r
			JOIN phone_download_recording_transcript AS t ON t.recordingId = r.id
			WHERE r.recording_type = 'Automatic' AND t.sentence = 1 AND t.text LIKE '%Larkspur%' GROUP BY 1`,
		calls: 600,
		truth: func(a *account) []row {
			var g groups
			for _, r := range a.within(twoDays, "/recordings", "recordings") {
				if r.text("recording_type") != "Automatic" {
					continue
				}
				lines := a.get("/recording_transcript/download/" + r.text("id")).records("timeline")
				if len(lines) > 0 && contains(lines[0].text("text"), "larkspur") {
					g.add(row{r.value("owner", "name")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "messages by session and direction",
		asks: "How many messages went in and out in each conversation of October?",
		sql: `SELECT s.session_id, m.direction, count(*) FROM account_sms_session('2026-10') AS s, sms_session_details('2026-10', s.session_id) AS m
			GROUP BY 1, 2`,
		calls: 600,
		truth: func(a *account) []row {
			var g groups
			for _, s := range a.sessions() {
				for _, m := range a.within(october, "/sms/sessions/"+s.text("session_id"), "sms_histories") {
					g.add(row{s.value("session_id"), m.value("direction")}, 1)
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "messages that did not arrive",
		asks: "Which messages of October could not be delivered, and to whom?",
		sql: `SELECT m.date_time, m.message, json_extract(m.to_members, '$[0].phone_number')
			FROM account_sms_session('2026-10') AS s JOIN sms_session_details AS m ON m.sessionId = s.session_id
			WHERE m.period = '2026-10' AND m.delivery_status = 'failed_to_deliver'`,
		calls: 600,
		truth: func(a *account) []row {
			var out []row
			for _, s := range a.sessions() {
				for _, m := range a.within(october, "/sms/sessions/"+s.text("session_id"), "sms_histories") {
					if m.text("delivery_status") == "failed_to_deliver" {
						out = append(out, row{m.value("date_time"), m.value("message"), m.records("to_members")[0].value("phone_number")})
					}
				}
			}
			return out
		},
	},
	{
		name: "faxes by result",
		asks: "How many faxes and pages came and went in September and October, and how did they end?",
		sql:  `SELECT direction, status, count(*), sum(file_pages_count) FROM get_accounts_fax_logs('2026-09..2026-10') GROUP BY 1, 2`,
		truth: func(a *account) []row {
			var g groups
			for _, month := range []span{september, october} {
				for _, f := range a.within(month, "/fax/logs", "fax_logs") {
					g.add(row{f.value("direction"), f.value("status")}, 1, f.number("file_pages_count"))
				}
			}
			return g.rows(nil)
		},
	},
	{
		name: "why faxes failed",
		asks: "Which faxes of October failed, after how many tries, and why each time?",
		sql: `SELECT f.fax_id, count(*), group_concat(d.status_reason, ', ' ORDER BY d.node)
			FROM get_accounts_fax_logs('2026-10') AS f JOIN get_fax_log_details AS d ON d.faxLogId = f.fax_log_id
			WHERE f.status = 'failed' GROUP BY 1`,
		truth: func(a *account) []row {
			var out []row
			for _, f := range a.within(october, "/fax/logs", "fax_logs") {
				if f.text("status") != "failed" {
					continue
				}
				var reasons []string
				for _, d := range a.get("/fax/logs/" + f.text("fax_log_id")).records("array") {
					reasons = append(reasons, d.text("status_reason"))
				}
				out = append(out, row{f.value("fax_id"), len(reasons), strings.Join(reasons, ", ")})
			}
			return out
		},
	},
}

// sessions are all conversations of October, also those of queues and menus.
func (a *account) sessions() []record {
	a.t.Helper()
	return a.within(october, "/sms/sessions", "sms_sessions", "session_type", "all", "filter_type", "sent_received_message_time")
}
