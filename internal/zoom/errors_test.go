package zoom_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

func TestEveryAnswerOfZoomBecomesAFaultThatLeadsOn(t *testing.T) {
	for _, c := range []struct {
		what   string
		status int
		body   string
		kind   apierror.Kind
		says   string // in the message or the hint
		scopes []string
	}{
		{"a missing scope, as Phone says it", 400, `{"code":104,"message":"Invalid access token, does not contain scopes:[phone:read:list_users:admin]."}`, apierror.MissingScope, "activate", []string{"phone:read:list_users:admin"}},
		{"alternative scopes", 400, `{"code":4711,"message":"Invalid access token, does not contain scopes:[a:read, b:read:admin]"}`, apierror.MissingScope, "activate", []string{"a:read", "b:read:admin"}},
		{"scopes behind a long text", 400, `{"code":4711,"message":"` + strings.Repeat("Invalid access token. ", 100) + `It does not contain scopes:[a:read, b:read:admin]"}`, apierror.MissingScope, "activate", []string{"a:read", "b:read:admin"}},
		{"a missing scope by code alone", 400, `{"code":4700,"message":"Token cannot be used."}`, apierror.MissingScope, "activate", nil},
		{"an ended token", 401, `{"code":124,"message":"Access token is expired."}`, apierror.Auth, "expired", nil},
		{"a second too full", 429, `{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}`, apierror.RateLimited, "second", nil},
		{"a day used up", 429, `{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details."}`, apierror.RateLimited, "today", nil},
		{"a limit in older words", 403, `{"code":403,"message":"the maximum number of api requests are already reached"}`, apierror.RateLimited, "not which", nil},
		{"a limit in older words, with another code", 400, `{"code":300,"message":"The maximum number of API requests has been reached."}`, apierror.RateLimited, "fewer at a time", nil},
		{"a limit with the code as text", 403, `{"code":"429","message":"You have reached the maximum per-second rate limit for this API. Try again later."}`, apierror.RateLimited, "second", nil},
		{"a limit by a code as text alone", 403, `{"code":"429","message":""}`, apierror.RateLimited, "second", nil},
		{"a limit with status 200", 200, `{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}`, apierror.RateLimited, "second", nil},
		{"a limit for the day with status 200", 200, `{"status":false,"errorCode":429,"errorMessage":"You have reached the maximum daily rate limit for this API."}`, apierror.RateLimited, "today", nil},
		{"a limit in older words for the day", 403, `{"code":200,"message":"You have exceeded the daily rate limit of 30000 API requests."}`, apierror.RateLimited, "today", nil},
		{"a limit of requests per day", 403, `{"message":"The number of API requests per day is exceeded"}`, apierror.RateLimited, "today", nil},
		{"a limit with status 503", 503, `{"code":429,"message":""}`, apierror.RateLimited, "second", nil},
		{"a gateway's limit", 403, `{"message":"API rate limit exceeded"}`, apierror.RateLimited, "fewer at a time", nil},
		{"a limit in plain text", 503, `Too Many Requests`, apierror.RateLimited, "fewer at a time", nil},
		{"a limit under other names", 403, `{"status":false,"errorCode":429,"errorMessage":"API request limit reached"}`, apierror.RateLimited, "fewer at a time", nil},
		{"a limit of something else", 400, `{"code":300,"message":"The maximum number of calls in the request is 300."}`, apierror.ZoomError, "invalid", nil},
		{"words of a limit in a 404", 404, `{"code":404,"message":"The site Rate limit tests does not exist."}`, apierror.NotFound, "list methods", nil},
		{"words of a limit in a 401", 401, `{"code":124,"message":"The API limit of this token is over."}`, apierror.Auth, "same cloud", nil},
		{"advice that nobody can follow", 429, `{"code":429,"message":"You have reached the daily limit. Please refer to the response header for details on when you can make another request."}`, apierror.RateLimited, "429 (code 429): You have reached the daily limit The", nil},
		{"no Zoom Phone", 403, `{"code":2031,"message":"Phone is not enabled."}`, apierror.Forbidden, "licence", nil},
		{"no Zoom Phone for the user", 403, `{"code":2013,"message":"Not a phone user."}`, apierror.Forbidden, "licence", nil},
		{"shared access", 403, `{"code":200,"message":"authenticated user has not permitted access to the targeted resource"}`, apierror.Forbidden, "shared access", nil},
		{"an unknown path", 404, `{"code":2300,"message":"This API endpoint is not recognized."}`, apierror.NotFound, "ZOOM_API_URL", nil},
		{"an unknown user", 404, `{"code":1001,"message":"User does not exist: x."}`, apierror.NotFound, "User does not exist", nil},
		{"a failed validation", 400, `{"code":300,"message":"Validation Failed.","errors":[{"field":"page_size","message":"Invalid field."}]}`, apierror.ZoomError, "describe_method", nil},
		{"alternative scopes in another writing", 401, `{"code":4711,"message":"Invalid access token, does not contain scopes [c:read]"}`, apierror.MissingScope, "hours", []string{"c:read"}},
		{"a missing scope without its text", 400, `{"code":104,"message":"Invalid access token."}`, apierror.MissingScope, "activate", nil},
		{"a token of somebody else", 401, `{"code":124,"message":"Invalid access token."}`, apierror.Auth, "same cloud", nil},
		{"an ended token with another status", 400, `{"code":124,"message":"Access token is expired."}`, apierror.Auth, "ZOOM_ACCESS_TOKEN", nil},
		{"an id that is not there, as 400", 400, `{"code":300,"message":"User does not exist: x."}`, apierror.NotFound, "list methods", nil},
		{"a site that is not there, as code 400", 400, `{"code":400,"message":"The site does not exist"}`, apierror.NotFound, "list methods", nil},
		{"a queue that is not there, as code 300", 400, `{"code":300,"message":"Call queue not found."}`, apierror.NotFound, "list methods", nil},
		{"a page token that is not there", 400, `{"code":300,"message":"The next page token does not exist."}`, apierror.ZoomError, "15 minutes", nil},
		{"a page token", 400, `{"code":300,"message":"Validation Failed.","errors":[{"field":"next_page_token","message":"Invalid field."}]}`, apierror.ZoomError, "15 minutes", nil},
		{"a page token as 400", 400, `{"code":400,"message":"The next page token is invalid or expired."}`, apierror.ZoomError, "first page", nil},
		{"a web page that forbids", 403, "<!DOCTYPE html><title>Blocked</title>", apierror.Forbidden, "proxy or firewall", nil},
		{"an empty body", 500, ``, apierror.ZoomError, "Internal Server Error", nil},
		{"a web page", 502, "\n<html>\n<h1>Bad gateway</h1>", apierror.ZoomError, "502: <html>", nil},
		{"broken JSON", 400, `{"code":300,`, apierror.ZoomError, `{"code":300,`, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-zm-trackingid", "WEB_7")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			_, err := u.client(t).ListPhoneUsers(t.Context(), zoom.ListPhoneUsersParams{})
			e := apierror.From(err)
			if e == nil || e.Kind != c.kind {
				t.Fatalf("got %v, want kind %s", err, c.kind)
			}
			if !strings.Contains(e.Message+" "+e.Hint, c.says) {
				t.Errorf("%q / %q does not say %q", e.Message, e.Hint, c.says)
			}
			if e.HTTPStatus != c.status || e.TrackingID != "WEB_7" || e.Method != "list_phone_users" {
				t.Errorf("%+v", e)
			}
			if !slices.Equal(e.Scopes, c.scopes) {
				t.Errorf("scopes %v, want %v", e.Scopes, c.scopes)
			}
		})
	}
}

func TestDownloadsThatAreRefusedAreToldApart(t *testing.T) {
	for _, c := range []struct {
		what   string
		status int
		body   string
		kind   apierror.Kind
		says   string
	}{
		{"no file", 400, `{"code":404,"message":"File not found"}`, apierror.NotFound, "no such file"},
		{"no fax log", 404, `{"code":40401,"message":"Fax log not found"}`, apierror.NotFound, "no such fax log"},
		{"no fax file", 404, `{"code":40402,"message":"Fax file does not exist"}`, apierror.NotFound, "no such file"},
		{"a transcript that cannot be", 400, `{"code":12000,"message":"unable"}`, apierror.NotFound, "there will be none"},
		{"transcripts disabled", 400, `{"code":12001,"message":"disabled"}`, apierror.Forbidden, "administrator"},
		{"a transcript in progress", 400, `{"code":12002,"message":"in progress"}`, apierror.NotReady, "few minutes"},
		{"a transcript that failed", 400, `{"code":12003,"message":"failed"}`, apierror.NotFound, "no transcript"},
		{"a web page with 200", 200, "<html>Sign in</html>", apierror.ZoomError, "web page"},
		{"nothing with 200", 200, "", apierror.ZoomError, "empty file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-zm-trackingid", "WEB_7")
				w.Header()["Content-Type"] = nil // nobody says what it is
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			_, err := u.client(t).PhoneDownloadRecordingTranscript(t.Context(), zoom.PhoneDownloadRecordingTranscriptParams{RecordingID: "r"})
			e := apierror.From(err)
			if e == nil || e.Kind != c.kind || !strings.Contains(e.Message+" "+e.Hint, c.says) {
				t.Fatalf("got %+v, want %s that says %q", e, c.kind, c.says)
			}
			if e.HTTPStatus != c.status || e.TrackingID != "WEB_7" || e.Method != "phone_download_recording_transcript" || e.Attempts != 1 {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestRefusedAddressOfAFileIsNotARefusedToken(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `<?xml version="1.0"?><Error>ExpiredToken</Error>`)
	}))
	defer store.Close()
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, store.URL+"/signed", http.StatusFound)
	})
	_, err := u.client(t).PhoneDownloadRecordingFile(t.Context(), zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
	if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError || e.HTTPStatus != 401 || !strings.Contains(e.Hint, "fresh address") {
		t.Errorf("%+v", e)
	}
	if n := u.tokens.Load(); n != 1 {
		t.Errorf("%d tokens for a refusal that is not about the token", n)
	}
}

func TestMeIsExplainedWhereZoomRefusesIt(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":1001,"message":"User does not exist: me."}`)
	})
	c := u.client(t)
	_, err := c.PhoneUser(t.Context(), zoom.PhoneUserParams{UserID: "me"})
	if e := apierror.From(err); e == nil || e.Kind != apierror.NotFound || !strings.Contains(e.Hint, "Server-to-Server") {
		t.Errorf("%+v", e)
	}
	_, err = c.PhoneUser(t.Context(), zoom.PhoneUserParams{UserID: "u1"})
	if e := apierror.From(err); e == nil || strings.Contains(e.Hint, "Server-to-Server") {
		t.Errorf("another id: %+v", e)
	}
}

func TestTokenThatIsEchoedStaysHidden(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"code":300,"message":"bad header: %s"}`, r.Header.Get("Authorization"))
	})
	_, err := u.client(t).PhoneSetting(t.Context())
	if e := apierror.From(err); e == nil || strings.Contains(e.Text(), "token-1") || !strings.Contains(e.Text(), "bad header") {
		t.Errorf("%v", e.Text())
	}
}

func TestFailuresOfTheTokenEndpointAreToldApart(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, says string
	}{
		{200, `<html>Sign in</html>`, "ZOOM_OAUTH_URL"},
		{429, `{"reason":"slow down"}`, "Wait a moment"},
		{400, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, "ZOOM_CLIENT_SECRET"},
		{400, `{"reason":"The app has been disabled by the developer","error":"invalid_client"}`, "activate"},
		{400, `{"reason":"Bad Request","error":"invalid_request"}`, "ZOOM_ACCOUNT_ID"},
		{400, `{"reason":"unsupported grant type","error":"unsupported_grant_type"}`, "Server-to-Server"},
		{400, `{"reason":"Invalid Token!","error":"invalid_grant"}`, "Log in again"},
		{503, `<html>down</html>`, "problem of its own"},
		{404, `<html>nothing</html>`, "ZOOM_OAUTH_URL"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}))
		client, err := zoom.New(zoom.Options{APIURL: s.URL, Tokens: serverToServer(t, s.URL, "a", "b", "hidden")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.PhoneSetting(t.Context())
		e := apierror.From(err)
		if e == nil || !strings.Contains(e.Hint, c.says) {
			t.Errorf("%s: %v, hint does not say %q", c.body, err, c.says)
			continue
		}
		if strings.Contains(e.Text(), "hidden") {
			t.Error("the secret shows")
		}
		s.Close()
	}
}

func TestAnswersThatAreNotWhatTheySeem(t *testing.T) {
	for _, c := range []struct {
		what   string
		answer http.HandlerFunc
		kind   apierror.Kind
		says   string
	}{
		{"a web page with 200", answerWith("<!doctype html>\n<p>Sign in</p>"), apierror.ZoomError, "not JSON: <!doctype html>"},
		{"nothing with 200", answerWith(""), apierror.ZoomError, "empty body"},
		{"a body that breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"users":[`)
		}, apierror.Network, "before Zoom's answer was complete"},
		{"a body that never ends", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := fmt.Fprint(w, `{"users":[`, strings.Repeat(" ", 1<<16)); err != nil {
					return
				}
			}
		}, apierror.TooLarge, "larger than 1048576 bytes"},
		{"a connection that is cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, apierror.Network, "connection broke"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			client, err := zoom.New(zoom.Options{APIURL: s.URL, MaxBody: 1 << 20, Attempts: 1, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.ListPhoneUsers(t.Context(), zoom.ListPhoneUsersParams{})
			if e := apierror.From(err); e == nil || e.Kind != c.kind || !strings.Contains(e.Message, c.says) {
				t.Errorf("got %v, want %s that says %q", err, c.kind, c.says)
			}
		})
	}
}

func TestDeadlineAndCancellationAreToldApart(t *testing.T) {
	u := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := u.client(t)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.PhoneSetting(short)
	if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout {
		t.Errorf("deadline: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.PhoneSetting(gone)
	if e := apierror.From(err); e == nil || e.Kind != apierror.Canceled {
		t.Errorf("cancellation: %v", err)
	}
}

func TestOnlyARequestThatGoesOnIsToldOfItsToken(t *testing.T) {
	for token, told := range map[string]bool{"": false, "abc": true} {
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"code":300,"message":"Validation failed."}`)
		})
		_, err := u.client(t).ListPhoneUsers(t.Context(), zoom.ListPhoneUsersParams{NextPageToken: token})
		if e := apierror.From(err); e == nil || strings.Contains(e.Hint, "next_page_token") != told {
			t.Errorf("with token %q: %+v", token, e)
		}
	}
}
