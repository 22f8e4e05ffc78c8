package e2e_test

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"

	"zoom-phone-mcp/internal/simulator"
)

// recovered is the outcome of a call that the fault did not stop.
const recovered = ""

// faultCase is one way in which Zoom misbehaves, and what becomes of a call.
type faultCase struct {
	fault   simulator.Fault
	method  string // default list_phone_users
	params  string // default {}
	outcome string // the kind of the error, or recovered
	says    string // words of the error, each of them, separated by |
	sent    int    // requests to the API, 0 for any number
}

// newest stands for the parameters of a download of the newest voicemail.
const newest = "newest"

// faultCases is what the program makes of every fault that the simulated account
// knows. Where a fault stands twice it comes once the first time, and for ever
// the second.
func faultCases() []faultCase {
	const (
		transcript = "phone_download_recording_transcript"
		voicemail  = "phone_download_voicemail_file"
		faxFile    = "downloadfaxfile"
		history    = "account_call_history"
		recording  = `{"recordingId":"r"}`
		file       = `{"fileId":"f"}`
	)
	named := func(name string) simulator.Fault { return simulator.Fault{Name: name} }
	once := func(name string) simulator.Fault { return simulator.Fault{Name: name, Path: "/v2/**", Count: 1} }
	always := func(name string) simulator.Fault { return simulator.Fault{Name: name, Path: "/v2/**"} }
	token := func(name string, count int) simulator.Fault {
		return simulator.Fault{Name: name, Path: "/oauth/token", Count: count}
	}
	after := func(name string, form simulator.RetryAfter, count int) simulator.Fault {
		return simulator.Fault{Name: name, Path: "/v2/**", RetryAfter: form, Count: count}
	}
	return []faultCase{
		// The token endpoint. Refusals are final; what may pass is tried again.
		{fault: named("wrong_credentials"), outcome: "auth", says: "client id and secret|ZOOM_CLIENT_SECRET"},
		{fault: named("app_disabled"), outcome: "auth", says: "not activated|marketplace.zoom.us"},
		{fault: named("wrong_account"), outcome: "auth", says: "account id|ZOOM_ACCOUNT_ID"},
		{fault: named("unsupported_grant"), outcome: "auth", says: "not a Server-to-Server OAuth app"},
		{fault: named("dead_refresh_token"), outcome: "auth", says: "login has ended|auth login"},
		{fault: named("dead_code"), outcome: "auth", says: "auth login"},
		{fault: named("login_denied"), outcome: recovered}, // it is for auth login
		{fault: named("foreign_api_url"), outcome: recovered, sent: 1},
		{fault: token("token_rate_limit", 0), outcome: "rate_limited", says: "no more access tokens"},
		{fault: token("server_error", 1), outcome: recovered},
		{fault: token("server_error", 0), outcome: "zoom_error", says: "token endpoint answered 500"},
		{fault: token("unavailable", 1), outcome: recovered},
		{fault: token("reset", 1), outcome: recovered},
		{fault: token("hangup", 1), outcome: recovered},
		{fault: token("truncated", 1), outcome: recovered},
		{fault: token("html", 0), outcome: "zoom_error", says: "not a token|ZOOM_OAUTH_URL"},
		{fault: token("not_http", 0), outcome: "network", says: "no access token"},

		// Refusals of the API.
		{fault: once("invalid_token"), outcome: recovered, sent: 2},
		{fault: always("invalid_token"), outcome: "auth", says: "does not accept the access token", sent: 6},
		{fault: once("expired_token"), outcome: recovered, sent: 2},
		{fault: always("expired_token"), outcome: "auth", says: "ended|clock", sent: 6},
		{fault: once("token_revoked"), outcome: recovered, sent: 2},
		{fault: always("missing_scope"), outcome: "missing_scope", says: "phone:read:list_users:admin|activate|tracking id", sent: 1},
		{fault: always("missing_scope_4711"), outcome: "missing_scope", says: "phone:read:list_users:admin|activate|code 4711", sent: 1},
		{fault: always("missing_scope_4700"), outcome: "missing_scope", says: "phone:read:list_users:admin|activate|HTTP 401", sent: 1},
		{fault: always("scope_removed"), outcome: "missing_scope", says: "phone:read:list_users:admin", sent: 1},
		{fault: always("phone_not_enabled"), outcome: "forbidden", says: "licence|code 2031", sent: 1},
		{fault: always("phone_not_enabled_2013"), outcome: "forbidden", says: "licence|code 2013", sent: 1},
		{fault: always("not_permitted"), outcome: "forbidden", says: "shared access", sent: 1},
		{fault: always("unknown_path"), outcome: "not_found", says: "ZOOM_API_URL|code 2300", sent: 1},
		{fault: always("validation_failed"), outcome: "zoom_error", says: "page_size: Invalid field|code 300", sent: 1},
		{fault: always("not_found"), method: "phone_user", params: `{"userId":"x"}`, outcome: "not_found", says: "list_phone_users", sent: 1},
		{fault: always("no_file"), method: voicemail, params: file, outcome: "not_found", says: "no such file", sent: 1},
		{fault: always("transcript_unable"), method: transcript, params: recording, outcome: "not_found", says: "there will be none", sent: 1},
		{fault: always("transcript_disabled"), method: transcript, params: recording, outcome: "forbidden", says: "administrator", sent: 1},
		{fault: always("transcript_in_progress"), method: transcript, params: recording, outcome: "in_progress", says: "2 minutes", sent: 1},
		{fault: always("transcript_failed"), method: transcript, params: recording, outcome: "not_found", says: "failed", sent: 1},
		{fault: always("fax_not_found"), method: "get_fax_log_details", params: `{"faxLogId":"x"}`, outcome: "not_found", says: "no such fax log", sent: 1},
		{fault: always("fax_file_not_found"), method: faxFile, params: `{"faxLogId":"x","fileId":"f"}`, outcome: "not_found", says: "no such file", sent: 1},
		{fault: once("server_error"), outcome: recovered, sent: 2},
		{fault: always("server_error"), outcome: "zoom_error", says: "500|problem of its own"},
		{fault: once("unavailable"), outcome: recovered, sent: 2},
		{fault: always("unavailable"), outcome: "zoom_error", says: "503"},

		// Limits. A second is waited for, a day never.
		{fault: after("rate_limit", simulator.RetryAfterSeconds, 1), outcome: recovered, sent: 2},
		{fault: after("rate_limit", simulator.RetryAfterHTTPDate, 1), outcome: recovered, sent: 2},
		{fault: after("rate_limit", simulator.RetryAfterISO, 1), outcome: recovered, sent: 2},
		{fault: after("rate_limit", simulator.RetryAfterAbsent, 1), outcome: recovered, sent: 2},
		{fault: once("rate_limit_bare"), outcome: recovered, sent: 2},
		{fault: always("rate_limit_bare"), outcome: "rate_limited", says: "Try again after"},
		{fault: after("daily_limit", simulator.RetryAfterSeconds, 0), outcome: "rate_limited", says: "today|T00:00:0", sent: 1},
		{fault: after("daily_limit", simulator.RetryAfterHTTPDate, 0), outcome: "rate_limited", says: "today|T00:00:00Z", sent: 1},
		{fault: after("daily_limit", simulator.RetryAfterISO, 0), outcome: "rate_limited", says: "today|T00:00:00Z", sent: 1},
		{fault: after("daily_limit", simulator.RetryAfterAbsent, 0), outcome: "rate_limited", says: "today|T00:00:00Z", sent: 1},
		{fault: named("daily_limit_heavy"), method: history, outcome: "rate_limited", says: "today|T00:00:00Z", sent: 1},
		{fault: named("daily_limit_heavy"), outcome: recovered, sent: 1}, // another label

		// Pages.
		{fault: named("bad_page_token"), params: `{"next_page_token":"x"}`, outcome: "zoom_error", says: "15 minutes|first page", sent: 1},
		{fault: named("bad_page_token_400"), params: `{"next_page_token":"x"}`, outcome: "zoom_error", says: "15 minutes|first page", sent: 1},
		{fault: named("expired_page_token"), params: `{"next_page_token":"x"}`, outcome: "zoom_error", says: "first page", sent: 1},
		{fault: named("repeated_page_token"), outcome: recovered, sent: 1}, // one page is one call
		{fault: named("empty_page"), outcome: recovered, sent: 1},

		// Lists that Zoom ends. An answer with the old one is an answer.
		{fault: named("ended_lists"), method: history, outcome: recovered, sent: 1},
		{fault: named("ended_lists_only"), method: history, outcome: recovered, sent: 1},

		// Bodies.
		{fault: always("html"), outcome: "zoom_error", says: "not JSON|proxy", sent: 1},
		{fault: once("html_error"), outcome: recovered, sent: 2},
		{fault: always("html_error"), outcome: "zoom_error", says: "502|web page"},
		{fault: always("empty"), outcome: "zoom_error", says: "empty body", sent: 1},
		{fault: always("empty_error"), outcome: "zoom_error", says: "400", sent: 1},
		{fault: always("not_json"), outcome: "zoom_error", says: "Zoom answered", sent: 1},
		{fault: once("truncated"), outcome: recovered, sent: 2},
		{fault: always("truncated"), outcome: "network", says: "broke"},
		{fault: always("cut_json"), outcome: "zoom_error", says: "breaks off"},
		{fault: always("endless"), outcome: "too_large", says: "1000000"},
		{fault: simulator.Fault{Name: "trickle", Path: "/v2/**", Delay: time.Second}, outcome: "timeout", says: "deadline"},
		{fault: always("wrong_types"), outcome: recovered, sent: 1}, // the bytes are the answer
		{fault: always("wrong_shape"), outcome: recovered, sent: 1},
		{fault: always("null"), outcome: "zoom_error", says: "not JSON", sent: 1},

		// Connections.
		{fault: simulator.Fault{Name: "slow", Path: "/v2/**", Delay: 500 * time.Millisecond}, outcome: recovered, sent: 1},
		{fault: always("hang"), outcome: "timeout", says: "deadline"},
		{fault: once("reset"), outcome: recovered},
		{fault: always("reset"), outcome: "network", says: "connection reset"},
		{fault: once("hangup"), outcome: recovered},
		{fault: always("hangup"), outcome: "network", says: "broke"},
		{fault: always("not_http"), outcome: "network", says: "malformed"},

		// Redirects. The token goes nowhere else.
		{fault: always("redirect_loop"), outcome: "network", says: "more than 5 redirects|ZOOM_API_URL", sent: 6},
		{fault: always("redirect_private"), outcome: "network", says: "not a public address", sent: 1},
		{fault: always("redirect_http"), outcome: "network", says: "not https", sent: 1},
		{fault: always("redirect_host"), outcome: "zoom_error", says: "answered 401"},
		{fault: always("redirect_host"), method: voicemail, params: newest, outcome: recovered, sent: 1}, // and one to the other host
		{fault: always("redirect_nowhere"), outcome: "zoom_error", says: "302|ZOOM_API_URL", sent: 1},

		// Clock.
		{fault: simulator.Fault{Name: "clock_skew", Skew: 10 * time.Minute}, outcome: recovered, sent: 1},
		{fault: simulator.Fault{Name: "clock_skew", Skew: -10 * time.Minute}, outcome: recovered, sent: 1},
	}
}

func TestEveryFaultOfZoomEndsInAnAnswerOrAStepToTake(t *testing.T) {
	cases := faultCases()
	for _, name := range simulator.FaultNames() {
		if !slices.ContainsFunc(cases, func(c faultCase) bool { return c.fault.Name == name }) {
			t.Errorf("nothing tells what becomes of %s", name)
		}
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %s", c.fault.Name, c.outcome), func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func (c *faultCase) run(t *testing.T) {
	account, err := simulator.Start(t.Context(), "", simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	program := connectWith(t, []string{
		"ZOOM_API_URL=" + account.APIURL(), "ZOOM_OAUTH_URL=" + account.OAuthURL(), "ZOOM_ACCOUNT_ID=" + simulator.AccountID,
		"ZOOM_CLIENT_ID=" + simulator.ClientID, "ZOOM_CLIENT_SECRET=" + simulator.ClientSecret, "ZOOM_MAX_RESPONSE_BYTES=1000000",
	}, "stdio", "--timeout", "4s")
	method, params := c.method, map[string]any{}
	if method == "" {
		method = "list_phone_users"
	}
	before := 0
	switch c.params {
	case "":
	case newest:
		params["fileId"], before = newestVoicemail(t, program), 1
	default:
		if err := json.Unmarshal([]byte(c.params), &params); err != nil {
			t.Fatal(err)
		}
	}
	account.Inject(c.fault)
	start := time.Now()
	// Whatever Zoom does, the protocol goes on: every failure is a result.
	r, err := call(t.Context(), program, "call_zoom-phone", map[string]any{"method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("answered after %v", took)
	}
	got, says := recovered, text(r)
	var standing struct{ Status string }
	if json.Unmarshal(r.RawStructuredContent, &standing) == nil && standing.Status == "in_progress" {
		got = standing.Status
	}
	if r.IsError {
		var f struct{ Error struct{ Kind, Hint string } }
		if err := json.Unmarshal(r.RawStructuredContent, &f); err != nil {
			t.Fatalf("%v: %s", err, r.RawStructuredContent)
		}
		got = f.Error.Kind
		if f.Error.Hint == "" {
			t.Errorf("no next step: %s", says)
		}
	}
	if got != c.outcome {
		t.Errorf("outcome %q, want %q: %.500s", got, c.outcome, says)
	}
	if got == recovered && method == "list_phone_users" && !strings.Contains(says, `"total_records":`) {
		t.Errorf("not the answer: %.300s", says)
	}
	for _, words := range strings.Split(c.says, "|") {
		if !strings.Contains(says, words) {
			t.Errorf("%q is not said: %s", words, says)
		}
	}
	sent := requests(account) - before
	for range 50 { // a request counts when it has been answered to its end
		if sent == c.sent {
			break
		}
		time.Sleep(2 * time.Millisecond)
		sent = requests(account) - before
	}
	if c.sent != 0 && sent != c.sent {
		t.Errorf("%d requests, want %d", sent, c.sent)
	}
	if sent > 12 || account.TokensMinted() > 6 {
		t.Errorf("%d requests, %d tokens", sent, account.TokensMinted())
	}
	if n := account.TokenLeaks(); n != 0 {
		t.Errorf("the token went elsewhere %d times", n)
	}
}

// requests counts what was sent to the API.
func requests(account *simulator.Server) (n int) {
	for _, q := range account.Requests() {
		if strings.HasPrefix(q.Path, "/v2/") {
			n++
		}
	}
	return n
}

// newestVoicemail returns the id of the newest voicemail's file.
func newestVoicemail(t *testing.T, c *client.Client) string {
	t.Helper()
	r, err := call(t.Context(), c, "call_zoom-phone", map[string]any{"method": "account_voice_mails", "params": map[string]any{"page_size": 1}})
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Voicemails []struct {
			DownloadURL string `json:"download_url"`
		} `json:"voice_mails"`
	}
	if err := json.Unmarshal(r.RawStructuredContent, &page); err != nil || len(page.Voicemails) == 0 {
		t.Fatalf("%v: %.300s", err, text(r))
	}
	return path.Base(page.Voicemails[0].DownloadURL)
}
