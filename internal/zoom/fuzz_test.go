package zoom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// fuzzToken is the token of the fuzzed calls. "{token}" in what is fuzzed stands for it.
const fuzzToken = "tokenHeadOfTheFuzzer.eyJzdWIiOiJmdXp6In0.0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var faultKinds = []apierror.Kind{
	apierror.Auth, apierror.MissingScope, apierror.Forbidden, apierror.NotFound, apierror.NotReady, apierror.RateLimited, apierror.ZoomError, apierror.Network, apierror.TooLarge,
}

// finalStatus makes a status that ends a request of any number.
func finalStatus(n uint16) uint16 {
	if n < 200 || n > 599 {
		return 200 + n%400
	}
	return n
}

// checkSaid holds what every text that came from elsewhere has to be in an error.
func checkSaid(t *testing.T, what, s string, most int) {
	t.Helper()
	switch {
	case len(s) > most:
		t.Errorf("%s has %d bytes: %.200q", what, len(s), s)
	case !utf8.ValidString(s):
		t.Errorf("%s is not text: %q", what, s)
	case strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	}):
		t.Errorf("%s has control characters: %q", what, s)
	case strings.Contains(s, fuzzToken[:16]):
		t.Errorf("%s has the token: %q", what, s)
	}
}

// checkFault holds that a fault made of an answer of somebody else leads on and
// carries nothing that harms.
func checkFault(t *testing.T, e *apierror.Error) {
	t.Helper()
	if !slices.Contains(faultKinds, e.Kind) || e.Message == "" || e.Hint == "" {
		t.Errorf("%+v", e)
	}
	checkSaid(t, "the message", e.Message, 700)
	checkSaid(t, "the hint", e.Hint, 700)
	checkSaid(t, "Zoom's message", e.ZoomMessage, 700)
	checkSaid(t, "the tracking id", e.TrackingID, 300)
	checkSaid(t, "the time", e.RetryAt, 30)
	if len(e.Problems) > 20 || len(e.Scopes) > 20 {
		t.Errorf("%d problems, %d scopes", len(e.Problems), len(e.Scopes))
	}
	for _, p := range e.Problems {
		if checkSaid(t, "a parameter", p.Param, 300); p.Message == "" {
			t.Errorf("a problem that says nothing: %+v", p)
		}
		checkSaid(t, "a problem", p.Message, 700)
	}
	for _, s := range e.Scopes {
		if checkSaid(t, "a scope", s, 700); s == "" {
			t.Error("an empty scope")
		}
	}
	// A line of the text is one of ours and not one that an answer made.
	if n, most := strings.Count(e.Text(), "\n"), len(e.Problems)+8; n > most {
		t.Errorf("%d lines: %s", n, e.Text())
	}
}

// FuzzErrorAnswers holds that whatever answers in Zoom's place, a call ends with
// a body that begins as JSON, a file, or an error that leads on: of a known kind,
// with a message and a next step, short, plain, and without the token.
func FuzzErrorAnswers(f *testing.F) {
	for i, body := range []string{
		`{"code":104,"message":"Invalid access token, does not contain scopes:[phone:read:list_users:admin, {token}]."}`,
		`{"code":124,"message":"Access token is expired."}`, tooFast, tooMany, trouble, validity,
		`{"code":300,"message":"Validation Failed.","errors":[{"field":"{token}","message":""},{"field":"\u001b[2J","message":"Invalid\nfield."}]}`,
		`{"code":12002,"message":"in progress"}`, `{"code":"300","message":["a"]}`, `{"code":1e99,"message":7,"errors":{}}`,
		"\n<html>\n<h1>{token}</h1>", strings.Repeat("x", 170) + "{token}", `{"message":"` + strings.Repeat("y", 570) + `{token}"}`, "\x1b]0;title\a\xff\u202e", "", "[]", `{"code":300,`,
		`{"message":"` + strings.Repeat(`\u2028`, 300) + `\u0074okenHeadOfTheFuzzer.eyJzdWIi"}`,
	} {
		f.Add(uint16([]int{400, 401, 429, 403, 404, 500, 302, 200}[i%8]), body, "WEB_1", uint8(i))
	}
	f.Add(uint16(400), "x", "{token}", uint8(0))
	f.Fuzz(func(t *testing.T, status uint16, body, trackingID string, method uint8) {
		put := func(s string) string { return strings.ReplaceAll(s, "{token}", fuzzToken) }
		status = finalStatus(status)
		client, err := zoom.New(zoom.Options{
			Attempts: 1, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: fuzzToken}),
			HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				return reply(r, int(status), put(body), "X-Zm-Trackingid: "+put(trackingID))
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		calls := []func(context.Context, *zoom.Client) error{callLight, callMedium, callHeavy, callIntensive}
		isFile := method%4 == 3
		err = calls[method%4](t.Context(), client)
		e := apierror.From(err)
		if e == nil {
			start := strings.TrimLeft(put(body), " \t\r\n\ufeff")
			if status > 299 || isFile && body == "" || !isFile && !strings.HasPrefix(start, "{") && !strings.HasPrefix(start, "[") {
				t.Fatalf("%d %q is a success", status, body)
			}
			return
		}
		checkFault(t, e)
		if e.HTTPStatus != int(status) && e.Kind != apierror.Network || e.Method == "" || e.Attempts != 1 {
			t.Errorf("%+v", e)
		}
	})
}

// FuzzTokenErrors holds the same of the answers of the token endpoint.
func FuzzTokenErrors(f *testing.F) {
	for i, body := range []string{
		`{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, `{"reason":"slow down"}`, `{"reason":"\u001b[31m\u202e","error":"invalid_grant"}`,
		`<html>\x00</html>`, `{"reason":"` + strings.Repeat("é", 2000) + `"}`, "", `{"reason":7,"error":[]}`, `{"error":"unsupported_grant_type"}`,
	} {
		f.Add(uint16([]int{400, 429, 401, 503, 404}[i%5]), body, "3", "WEB_1")
	}
	now := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status uint16, body, after, trackingID string) {
		resp, _ := reply(nil, int(finalStatus(status)), body)
		resp.Header.Set("Retry-After", after)
		resp.Header.Set("X-Zm-Trackingid", trackingID)
		e := zoom.TokenError(&oauth2.RetrieveError{Response: resp, Body: []byte(body)}, now)
		checkFault(t, e)
		if resp.StatusCode != 200 && e.HTTPStatus != resp.StatusCode {
			t.Errorf("%+v", e)
		}
		if e.RetryAt != "" {
			checkRetryAt(t, e.RetryAt, now)
		}
	})
}

// checkRetryAt holds that a time is one at which a new attempt makes sense: in
// the future, and not so far that nobody would come back.
func checkRetryAt(t *testing.T, text string, now time.Time) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !strings.HasSuffix(text, "Z") || !at.After(now) || at.After(now.Add(25*time.Hour+time.Second)) {
		t.Fatalf("retry at %q, at %s: %v", text, now, err)
	}
	return at
}

// FuzzRetryAfter holds that whatever stands in Retry-After, an error names a time
// that makes sense; that plain seconds and dates are understood as such, dates
// relative to the clock of Zoom; and that until then nothing more is sent.
func FuzzRetryAfter(f *testing.F) {
	const zoomDate = "Mon, 05 Oct 2026 09:00:00 GMT" // three hours behind
	for _, s := range []string{
		"3", "0", "-1", "1.5", "1e9", "NaN", "Inf", "0x10", " 7 ", "3, 5", "Tue, 06 Oct 2026 00:00:00 GMT", "2026-10-06T00:00:00Z", "2026-10-06T00:00:00+0000",
		"2026-10-06 00:00:00", "2026-10-06", "9999-12-31T23:59:59Z", "0001-01-01", "Monday, 05-Oct-26 13:00:00 GMT", "Mon Oct  5 13:00:00 2026", "soon", "",
		"99999999999999999999", "2026-10-05T12:00:00.000000001Z", "2026-10-05T24:00:00Z", "86400",
	} {
		f.Add(s, "", int64(0))
		f.Add(s, zoomDate, int64(999_999_999))
	}
	noon := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, date string, nanos int64) {
		now := noon.Add(time.Duration(nanos % int64(time.Hour)))
		for _, c := range []struct {
			body, kind string
			otherwise  time.Time // the answer to a header that says nothing
		}{
			{tooMany, "Daily-limit", time.Date(2026, 10, 6, 0, 0, 0, 0, time.UTC)},
			{`{"code":12002,"message":"in progress"}`, "", now.Add(3 * time.Minute)},
		} {
			sent := 0
			client, err := zoom.New(zoom.Options{
				Attempts: 1, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: fuzzToken}), Now: func() time.Time { return now },
				HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
					sent++
					resp, err := reply(r, http.StatusTooManyRequests, c.body, "Retry-After: "+after, "X-Ratelimit-Type: "+c.kind, "X-Ratelimit-Limit: 15000", "X-Ratelimit-Remaining: 0")
					if date != "" {
						resp.Header.Set("Date", date)
					}
					if c.kind == "" {
						resp.StatusCode = http.StatusBadRequest
					}
					return resp, err
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			e := apierror.From(callHeavy(t.Context(), client))
			if e == nil {
				t.Fatal("no fault")
			}
			checkFault(t, e)
			at := checkRetryAt(t, e.RetryAt, now)
			want, known := wantRetryAt(after, date, now)
			if !known || c.kind != "" && want.Sub(now) >= 25*time.Hour { // no day is as long as that
				want = c.otherwise
			}
			if off := at.Sub(want); off < 0 || off >= time.Second {
				t.Errorf("Retry-After %q, Date %q at %s: retry at %s, want %s", after, date, now, at, want)
			}
			if c.kind == "" {
				continue
			}
			// The day is over for this label: no second request.
			again := apierror.From(callHeavy(t.Context(), client))
			if again == nil || again.Kind != apierror.RateLimited || sent != 1 || again.RetryAt != e.RetryAt {
				t.Errorf("%d sent: %+v", sent, again)
			}
		}
	})
}

// wantRetryAt reads the header in the simplest way.
func wantRetryAt(after, date string, now time.Time) (time.Time, bool) {
	after = strings.TrimSpace(after)
	var at time.Time
	if n, err := strconv.ParseFloat(after, 64); err == nil {
		if n != n || n <= 0 {
			return at, false
		}
		at = now.Add(time.Duration(min(n, 1e6) * 1e9))
	} else {
		found := false
		for _, layout := range []string{
			http.TimeFormat, time.RFC850, time.ANSIC, time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02",
		} {
			if parsed, err := time.Parse(layout, after); err == nil {
				at, found = parsed, true
				break
			}
		}
		if !found {
			return at, false
		}
		if theirs, err := http.ParseTime(date); err == nil && now.Sub(theirs).Abs() > time.Minute {
			at = at.Add(now.Sub(theirs))
		}
		if !at.After(now) {
			return at, false
		}
	}
	if latest := now.Add(25 * time.Hour); at.After(latest) {
		at = latest
	}
	return at, true
}

// FuzzContentDisposition holds that a file's name is one element of a path in
// valid text, and that a name which is written as the standard wants it comes
// through as it was.
func FuzzContentDisposition(f *testing.F) {
	for _, s := range []string{
		`attachment; filename="call.mp3"`, `attachment; filename=two words.mp3`, `attachment; filename*=UTF-8''na%C3%AFve%20file.mp3; filename="x"`,
		`attachment; filename*=iso-8859-1'en'%A3.mp3`, `attachment; filename="../../etc/passwd"`, `attachment; filename="..\\..\\x"`, `attachment; filename*=UTF-8''%2e%2e%2fx`,
		`attachment; filename=".."`, "attachment; filename=\"a\xff\x01b\"", `filename`, `;;filename=;filename*='`, `attachment; filename*0="a"; filename*1="b"`, `attachment; filename="` + "=?UTF-8?B?w7w=?=" + `"`,
	} {
		f.Add(s, "report.mp3", "")
	}
	f.Add("", "Anruf für Łukasz.mp3", "signed.mp3")
	f.Add("", "x", "../../y")
	f.Fuzz(func(t *testing.T, header, name, query string) {
		get := func(disposition string) string {
			t.Helper()
			client, err := zoom.New(zoom.Options{
				Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: fuzzToken}),
				HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
					r = r.Clone(r.Context())
					r.URL.RawQuery = url.Values{"filename": {query}}.Encode()
					return reply(r, 200, "data", "Content-Type: audio/mpeg", "Content-Disposition: "+disposition)
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			file, err := client.DownloadFaxFile(t.Context(), zoom.DownloadFaxFileParams{FaxLogID: "l", FileID: "f"})
			if err != nil {
				t.Fatal(err)
			}
			file.Body.Close()
			return file.Name
		}
		got := get(header)
		if !utf8.ValidString(got) || strings.ContainsAny(got, `/\`) || strings.ContainsFunc(got, unicode.IsControl) || got == "." || got == ".." || len(got) > 3*(len(header)+len(query)) {
			t.Errorf("%q became %q", header, got)
		}
		if !utf8.ValidString(name) || name == "" || name == "." || name == ".." || strings.ContainsFunc(name, func(r rune) bool {
			return unicode.IsControl(r) || strings.ContainsRune(`/\`, r)
		}) {
			return
		}
		if got := get(fmt.Sprintf("attachment; filename*=UTF-8''%s", strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))); got != name {
			t.Errorf("the name %q became %q", name, got)
		}
	})
}
