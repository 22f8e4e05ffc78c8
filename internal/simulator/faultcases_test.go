package simulator_test

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// faultCase is one named fault with what a client sees of it.
type faultCase struct {
	fault  simulator.Fault
	path   string // default /v2/phone/users, or the token endpoint for a status 400 with reason
	status int    // default: no answer
	body   string // exact, unless check is set
	header map[string]string
	check  func(*testing.T, exchange)
}

const tokenPath = "/oauth/token"

func oauthBody(reason, code string) string {
	return `{"reason":"` + reason + `","error":"` + code + `"}`
}

func apiBody(code, message string) string { return `{"code":` + code + `,"message":"` + message + `"}` }

const (
	usersScopes = "scopes:[phone:read:list_users:admin]"
	badPage     = "The next page token is invalid or expired."
	perDay      = `{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}`
)

func named(name string) simulator.Fault { return simulator.Fault{Name: name} }

var faultCases = []faultCase{
	{fault: named("wrong_credentials"), path: tokenPath, status: 400, body: oauthBody("Invalid client_id or client_secret", "invalid_client")},
	{fault: named("app_disabled"), path: tokenPath, status: 400, body: oauthBody("The app has been disabled by the developer", "invalid_client")},
	{fault: named("wrong_account"), path: tokenPath, status: 400, body: oauthBody("Bad Request", "invalid_request")},
	{fault: named("unsupported_grant"), path: tokenPath, status: 400, body: oauthBody("unsupported grant type", "unsupported_grant_type")},
	{fault: named("dead_refresh_token"), path: tokenPath, status: 400, body: oauthBody("Invalid Token!", "invalid_grant")},
	{fault: named("dead_code"), path: tokenPath, status: 400, body: oauthBody("Invalid authorization code", "invalid_grant")},
	{fault: named("token_rate_limit"), path: tokenPath, status: 429, body: oauthBody("Too many requests", "rate_limit_exceeded")},
	{
		fault: named("login_denied"), status: 302,
		path:   "/oauth/authorize?response_type=code&client_id=" + simulator.ClientID + "&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fback&state=st&code_challenge=x",
		header: map[string]string{"Location": "http://localhost:1/back?error=access_denied&state=st"},
	},
	{fault: named("foreign_api_url"), path: tokenPath, status: 200, check: contains(`"api_url":"https://api.zoom.example.com"`, `"access_token"`)},
	{fault: simulator.Fault{Name: "foreign_api_url", To: "https://10.0.0.1"}, path: tokenPath, status: 200, check: contains(`"api_url":"https://10.0.0.1"`)},

	{fault: named("invalid_token"), status: 401, body: apiBody("124", "Invalid access token.")},
	{fault: named("expired_token"), status: 401, body: apiBody("124", "Access token is expired.")},
	{fault: simulator.Fault{Name: "token_revoked", Count: 1}, status: 401, body: apiBody("124", "Invalid access token."), check: afterLogin},
	{fault: named("missing_scope"), status: 400, body: apiBody("104", "Invalid access token, does not contain "+usersScopes+".")},
	{fault: named("missing_scope_4711"), status: 400, body: apiBody("4711", "Invalid access token, does not contain "+usersScopes+".")},
	{fault: named("missing_scope_4700"), status: 401, body: apiBody("4700", "Invalid access token, does not contain "+usersScopes)},
	{fault: named("scope_removed"), status: 400, body: apiBody("104", "Invalid access token, does not contain "+usersScopes+".")},
	{fault: simulator.Fault{Name: "scope_removed", Scopes: []string{"phone:read:list_sites:admin"}}, status: 200, check: contains(`"users"`)},
	{fault: simulator.Fault{Name: "scope_removed", Scopes: []string{"phone:read:list_sites:admin"}}, path: tokenPath, status: 200, check: lacks("list_sites")},
	{fault: named("phone_not_enabled"), status: 403, body: apiBody("2031", "Zoom Phone has not been enabled for this account.")},
	{fault: named("phone_not_enabled_2013"), status: 403, body: apiBody("2013", "This user has not enabled Zoom Phone.")},
	{fault: named("not_permitted"), status: 403, body: apiBody("403", "authenticated user has not permitted access to the targeted resource")},
	{fault: named("unknown_path"), status: 404, body: apiBody("2300", "This API endpoint is not recognized.")},
	{fault: named("validation_failed"), status: 400, body: `{"code":300,"message":"Validation Failed.","errors":[{"field":"page_size","message":"Invalid field."}]}`},
	{fault: named("not_found"), status: 404, body: apiBody("404", "The requested resource does not exist.")},
	{fault: named("no_file"), status: 400, body: apiBody("404", "File does not exist.")},
	{fault: named("transcript_unable"), status: 400, body: apiBody("12000", "Unable to transcribe this recording.")},
	{fault: named("transcript_disabled"), status: 400, body: apiBody("12001", "Admin has disabled this transcription.")},
	{fault: named("transcript_in_progress"), status: 400, body: apiBody("12002", "This recording is still in the process of being transcribed. Reopen this recording in a few minutes.")},
	{fault: named("transcript_failed"), status: 400, body: apiBody("12003", "Transcription of this recording failed.")},
	{fault: named("fax_not_found"), status: 404, body: apiBody("40401", "Fax log not found.")},
	{fault: named("fax_file_not_found"), status: 404, body: apiBody("40402", "Fax file not found.")},
	{fault: named("server_error"), status: 500, body: apiBody("500", "Internal server error.")},
	{fault: named("unavailable"), status: 503, header: map[string]string{"Content-Type": "text/html"}, check: contains("503 Service")},

	{
		fault: named("rate_limit"), status: 429, body: perSecond,
		header: map[string]string{"X-RateLimit-Category": "Medium", "X-RateLimit-Type": "QPS", "Retry-After": "-"},
	},
	{fault: simulator.Fault{Name: "rate_limit", RetryAfter: simulator.RetryAfterSeconds}, status: 429, body: perSecond, header: map[string]string{"Retry-After": "1"}},
	{fault: named("rate_limit_bare"), status: 429, body: perSecond, header: map[string]string{"X-RateLimit-Category": "-", "X-RateLimit-Type": "-", "Retry-After": "-"}},
	{
		fault: named("daily_limit"), path: "/v2/phone/call_history", status: 429, body: perDay,
		header: map[string]string{
			"X-RateLimit-Category": "Heavy", "X-RateLimit-Type": "Daily-limit", "X-RateLimit-Limit": "15000", "X-RateLimit-Remaining": "0",
			"Retry-After": "2026-03-19T00:00:00Z",
		},
	},
	{
		fault: simulator.Fault{Name: "daily_limit", RetryAfter: simulator.RetryAfterHTTPDate}, status: 429, body: perDay,
		header: map[string]string{"Retry-After": "Thu, 19 Mar 2026 00:00:00 GMT"},
	},
	{fault: simulator.Fault{Name: "daily_limit", RetryAfter: simulator.RetryAfterAbsent}, status: 429, body: perDay, header: map[string]string{"Retry-After": "-"}},
	{fault: named("daily_limit_heavy"), path: "/v2/phone/call_history", status: 429, body: perDay},
	{fault: named("daily_limit_heavy"), status: 200, check: contains(`"users"`)},

	{fault: named("bad_page_token"), status: 400, body: apiBody("300", badPage)},
	{fault: named("bad_page_token_400"), status: 400, body: apiBody("400", badPage)},
	{fault: named("expired_page_token"), path: "/v2/phone/call_history?page_size=2", status: 200, check: func(t *testing.T, x exchange) {
		second := x.account.fetch(http.MethodGet, "/v2/phone/call_history?page_size=2&next_page_token="+x.nextPage(), nil)
		if second.status != 400 || second.body != apiBody("300", badPage) {
			t.Errorf("%d %s", second.status, second.body)
		}
	}},
	{fault: named("repeated_page_token"), path: "/v2/phone/users?page_size=2", status: 200, check: func(t *testing.T, x exchange) {
		second := x.account.fetch(http.MethodGet, "/v2/phone/users?page_size=2&next_page_token="+x.nextPage(), nil)
		if second.nextPage() != x.nextPage() || second.body == x.body || !strings.Contains(second.body, `"users"`) {
			t.Errorf("%s after %s", second.body, x.body)
		}
	}},
	{fault: named("ended_lists"), path: "/v2/phone/call_history", status: 200, check: both(contains(`"call_logs":[{`, `"call_history":[{`), endedOfOneCall("call_path", "call_elements"))},
	{fault: named("ended_lists_only"), path: "/v2/phone/call_history", status: 200, check: both(contains(`"call_logs":[{`), lacks(`"call_history":`), endedOfOneCall("call_path"))},
	{fault: simulator.Fault{Name: "empty_page", Count: 2}, path: "/v2/phone/users?page_size=2", status: 200, check: func(t *testing.T, x exchange) {
		if strings.Contains(x.body, `"users"`) || x.nextPage() == "" {
			t.Errorf("not empty: %s", x.body)
		}
		second := x.account.fetch(http.MethodGet, "/v2/phone/users?page_size=2&next_page_token="+x.nextPage(), nil)
		if strings.Contains(second.body, `"users"`) || second.nextPage() == "" || second.nextPage() == x.nextPage() {
			t.Errorf("second: %s", second.body)
		}
		third := x.account.fetch(http.MethodGet, "/v2/phone/users?page_size=2&next_page_token="+second.nextPage(), nil)
		if users := func(body string) string { return body[strings.Index(body, `"users"`):] }; users(third.body) != users(x.account.plain("/v2/phone/users?page_size=2")) {
			t.Errorf("the records do not come later: %s", third.body)
		}
	}},

	{fault: named("html"), status: 200, header: map[string]string{"Content-Type": "text/html;charset=UTF-8"}, check: contains("<!DOCTYPE html>")},
	{fault: named("html_error"), status: 502, header: map[string]string{"Content-Type": "text/html"}, check: contains("<h1>502")},
	{fault: named("empty"), status: 200, body: ""},
	{fault: named("empty_error"), status: 400, body: ""},
	{fault: named("null"), status: 200, body: "null"},
	{fault: named("not_json"), status: 400, body: `{"code":300,"message":"Validation Failed.",}`},
	{fault: named("truncated"), status: 200, check: func(t *testing.T, x exchange) {
		whole := x.account.plain("/v2/phone/users")
		if !errors.Is(x.err, io.ErrUnexpectedEOF) || x.body != whole[:len(whole)/2] {
			t.Errorf("%d of %d bytes, %v", len(x.body), len(whole), x.err)
		}
	}},
	{fault: simulator.Fault{Name: "truncated", Bytes: 7}, status: 200, check: func(t *testing.T, x exchange) {
		if !errors.Is(x.err, io.ErrUnexpectedEOF) || len(x.body) != 7 {
			t.Errorf("%q, %v", x.body, x.err)
		}
	}},
	{fault: simulator.Fault{Name: "cut_json", Bytes: 20}, status: 200, check: func(t *testing.T, x exchange) {
		if x.err != nil || x.body != x.account.plain("/v2/phone/users")[:20] {
			t.Errorf("%q, %v", x.body, x.err)
		}
	}},
	{fault: simulator.Fault{Name: "endless", Bytes: 3 << 20}, status: 200, header: map[string]string{"Content-Length": "-"}, check: func(t *testing.T, x exchange) {
		if len(x.body) != 3<<20 || !strings.HasPrefix(x.body, `{"next_page_token":"AAA`) {
			t.Errorf("%d bytes: %.40s", len(x.body), x.body)
		}
	}},
	{fault: simulator.Fault{Name: "trickle", Bytes: 1000, Delay: 2 * time.Second}, status: 200, check: func(t *testing.T, x exchange) {
		pauses := (len(x.body) + 999) / 1000
		if x.body != x.account.plain("/v2/phone/users") || len(x.account.slept) != pauses || x.account.slept[0] != 2*time.Second {
			t.Errorf("%d bytes, slept %v", len(x.body), x.account.slept)
		}
	}},
	{fault: named("wrong_types"), path: "/v2/phone/call_history?page_size=1", status: 200, check: func(t *testing.T, x exchange) {
		for _, want := range []string{`"page_size":"1"`, `"international":"false"`} {
			if !strings.Contains(x.body, want) {
				t.Errorf("without %s: %s", want, x.body)
			}
		}
		if i := strings.Index(x.body, `"call_id":`); i < 0 || x.body[i+10] == '"' || strings.Contains(x.body, "e+") {
			t.Errorf("call_id is no number: %s", x.body)
		}
	}},
	{fault: named("wrong_shape"), status: 200, check: contains(`[{"`)},

	{fault: named("slow"), status: 200, check: slept(5 * time.Second)},
	{fault: simulator.Fault{Name: "slow", Delay: 3 * time.Second}, status: 200, check: slept(3 * time.Second)},
	{fault: named("hang"), status: 200, check: slept(24 * time.Hour)},
	{fault: named("reset"), check: func(t *testing.T, x exchange) {
		if !isReset(x.err) {
			t.Errorf("%v", x.err)
		}
	}},
	{fault: simulator.Fault{Name: "reset", Bytes: 30}, check: func(t *testing.T, x exchange) {
		if !isReset(x.err) {
			t.Errorf("%d %q %v", x.status, x.body, x.err)
		}
	}},
	{fault: named("hangup"), check: func(t *testing.T, x exchange) {
		if !errors.Is(x.err, io.EOF) {
			t.Errorf("%v", x.err)
		}
	}},
	{fault: named("not_http"), check: func(t *testing.T, x exchange) {
		if x.err == nil || !strings.Contains(x.err.Error(), "malformed HTTP") {
			t.Errorf("%v", x.err)
		}
	}},

	{fault: named("redirect_loop"), path: "/v2/phone/users?a=b", status: 302, check: func(t *testing.T, x exchange) {
		if got := x.header.Get("Location"); got != x.account.URL+"/v2/phone/users?a=b" {
			t.Errorf("location %s", got)
		}
	}},
	{fault: named("redirect_private"), status: 302, header: map[string]string{"Location": "https://169.254.169.254/latest/meta-data/"}},
	{fault: simulator.Fault{Name: "redirect_private", To: "https://10.1.2.3/", Status: 307}, status: 307, header: map[string]string{"Location": "https://10.1.2.3/"}},
	{fault: named("redirect_http"), status: 302, header: map[string]string{"Location": "http://files.zoom.example.com/file"}},
	{fault: named("redirect_nowhere"), status: 302, header: map[string]string{"Location": "-"}},
	{fault: named("redirect_host"), status: 302, check: leaksAreSeen},

	{fault: simulator.Fault{Name: "clock_skew", Skew: -30 * time.Minute}, status: 200, header: map[string]string{"Date": "Wed, 18 Mar 2026 18:30:00 GMT"}},
	{fault: named("clock_skew"), status: 200, header: map[string]string{"Date": "Wed, 18 Mar 2026 19:10:00 GMT"}},
	{fault: simulator.Fault{Name: "clock_skew", Skew: time.Hour}, status: 401, body: apiBody("124", "Access token is expired.")},
}

// nextPage is the page token of an answer.
func (x exchange) nextPage() string {
	_, rest, _ := strings.Cut(x.body, `"next_page_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// plain is the body of a path without faults.
func (l *listening) plain(path string) string {
	l.t.Helper()
	l.ClearFaults()
	return l.fetch(http.MethodGet, path, nil).body
}

func contains(parts ...string) func(*testing.T, exchange) {
	return func(t *testing.T, x exchange) {
		for _, part := range parts {
			if !strings.Contains(x.body, part) {
				t.Errorf("without %s: %.300s", part, x.body)
			}
		}
	}
}

func lacks(part string) func(*testing.T, exchange) {
	return func(t *testing.T, x exchange) {
		if strings.Contains(x.body, part) {
			t.Errorf("with %s: %.300s", part, x.body)
		}
	}
}

// both are several checks of one answer.
func both(checks ...func(*testing.T, exchange)) func(*testing.T, exchange) {
	return func(t *testing.T, x exchange) {
		for _, check := range checks {
			check(t, x)
		}
	}
}

// endedOfOneCall checks that a call and a user's history have these lists while
// the fault lasts, and their successors alone after it.
func endedOfOneCall(lists ...string) func(*testing.T, exchange) {
	return func(t *testing.T, x exchange) {
		id := regexp.MustCompile(`"(?:id|call_history_uuid)":"(\d{8}-[^"]+)"`).FindStringSubmatch(x.body)[1]
		for _, list := range lists {
			contains(`"`+list+`":[{`)(t, x.account.fetch(http.MethodGet, "/v2/phone/call_history/"+id, nil))
		}
		own := "/v2/phone/users/oskar.lindqvist@example.com/call_history"
		for _, path := range []string{own + "?from=2026-03-10&to=2026-03-18", own + "/sync"} {
			contains(`"call_logs":[{`)(t, x.account.fetch(http.MethodGet, path, nil))
		}
		x.account.ClearFaults()
		for _, path := range []string{"/v2/phone/call_history", "/v2/phone/call_history/" + id, own + "?from=2026-03-10&to=2026-03-18", own + "/sync"} {
			after := x.account.fetch(http.MethodGet, path, nil)
			both(lacks(`"call_logs":`), lacks(`"call_path":`))(t, after)
			if !strings.Contains(after.body, `"call_history":[{`) && !strings.Contains(after.body, `"call_elements":[{`) {
				t.Errorf("%s: %.200s", path, after.body)
			}
		}
	}
}

func slept(d time.Duration) func(*testing.T, exchange) {
	return func(t *testing.T, x exchange) {
		if !slices.Equal(x.account.slept, []time.Duration{d}) || !strings.Contains(x.body, `"users"`) {
			t.Errorf("slept %v: %.100s", x.account.slept, x.body)
		}
	}
}

func afterLogin(t *testing.T, x exchange) {
	x.account.login()
	if again := x.account.fetch(http.MethodGet, "/v2/phone/users", nil); again.status != http.StatusOK {
		t.Errorf("with a new token: %d %s", again.status, again.body)
	}
}

// leaksAreSeen follows the redirect to another host with the token and without it.
func leaksAreSeen(t *testing.T, x exchange) {
	location := x.header.Get("Location")
	if !strings.HasPrefix(location, strings.Replace(x.account.URL, "127.0.0.1", "localhost", 1)+"/v2/phone/users") {
		t.Fatalf("location %s", location)
	}
	if x.account.TokenLeaks() != 0 {
		t.Error("a leak before anything was followed")
	}
	if got := x.account.fetch(http.MethodGet, location, nil); got.status != http.StatusBadRequest || x.account.TokenLeaks() != 1 {
		t.Errorf("with a token: %d %s, %d leaks", got.status, got.body, x.account.TokenLeaks())
	}
	x.account.ClearFaults()
	recording := text(objects(x.account.get("/recordings", "from", "2026-02-19", "to", "2026-03-18")["recordings"])[0], "download_url")
	recording = strings.Replace(recording, "http://sim.example.com", x.account.URL, 1)
	x.account.Inject(named("redirect_host"))
	signed := x.account.fetch(http.MethodGet, recording, nil).header.Get("Location")
	if !strings.HasPrefix(signed, "http://localhost:") || !strings.Contains(signed, "/files/recording/") {
		t.Fatalf("signed %q: %s", signed, x.account.fetch(http.MethodGet, recording, nil).body)
	}
	if file := x.account.fetch(http.MethodGet, signed, nil); file.status != http.StatusOK || !strings.HasPrefix(file.body, "RIFF") || x.account.TokenLeaks() != 1 {
		t.Errorf("without a token: %d, %d leaks", file.status, x.account.TokenLeaks())
	}
}

// isReset reports whether a connection was reset. Windows has an error of its own for
// that, which can come as the end of the connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || runtime.GOOS == "windows" && err != nil
}
