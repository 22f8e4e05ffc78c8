package auth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/zoom"
)

// throughFunc is a transport made of a function.
type throughFunc func(*http.Request) (*http.Response, error)

func (f throughFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzStoredLogin holds that whatever the file of a login has become, its tokens
// go to Zoom's token endpoint only, the access token given is the stored one
// while it is good and else a renewed one that is stored first, and an error
// says how to go on and shows no token.
func FuzzStoredLogin(f *testing.F) {
	const good = `{"version":1,"store":"file","oauth_url":"https://zoom.us/oauth","client_id":"client-id-0123456789","logged_in":"2026-05-04T11:00:00Z",` +
		`"refresh_token":"refresh-secret-0123456789","access_token":"access-secret-0123456789","expires":"2026-05-04T13:00:00Z","scopes":["phone:read:list_users:admin"],"api_url":"https://api-eu.zoom.us"}`
	answers := []string{
		`{"access_token":"fresh-access-0123456789","token_type":"bearer","refresh_token":"fresh-refresh-0123456789","expires_in":3600,"scope":"a b"}`,
		`{"reason":"Invalid Token!","error":"invalid_grant"}`, `<html>`, `{"access_token":""}`, `{"access_token":"fresh-access-0123456789","expires_in":-1}`,
	}
	f.Add([]byte(good), uint8(0))
	for i, change := range [][2]string{
		{"13:00:00Z", "11:30:00Z"}, {`"version":1`, `"version":2`}, {`"store":"file"`, `"store":"keyring"`}, {"https://zoom.us", "https://evil.example.com"}, {`"refresh_token"`, `"REFRESH_TOKEN"`},
		{"access-secret", `access\u0000secret\r\nX: y`}, {"2026-05-04T13", "9999-05-04T13"}, {`"expires":"2026-05-04T13:00:00Z",`, ""}, {`"client_id"`, `"confidential":true,"client_id"`}, {"https://api-eu", "http://10.0.0.1"},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		f.Add([]byte(text), uint8(i))
		f.Add([]byte(strings.Replace(text, "13:00:00Z", "11:30:00Z", 1)), uint8(i))
	}
	f.Add([]byte(good[:200]), uint8(0))
	f.Add([]byte("null"), uint8(0))
	dir := f.TempDir()
	path := filepath.Join(dir, "login.json")
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, stored []byte, which uint8) {
		if err := os.WriteFile(path, stored, 0o600); err != nil {
			t.Fatal(err)
		}
		var was struct {
			Version      int
			Store        string
			OAuthURL     string `json:"oauth_url"`
			ClientID     string `json:"client_id"`
			RefreshToken string `json:"refresh_token"`
			AccessToken  string `json:"access_token"`
			Expires      time.Time
			Confidential bool
		}
		readable := json.Unmarshal(stored, &was) == nil
		asked := 0
		used, err := auth.Source(auth.Settings{
			Getenv: environment(), Store: auth.NewStore(dir, nil, auth.PlaceFile), Now: func() time.Time { return now },
			HTTP: throughFunc(func(r *http.Request) (*http.Response, error) {
				asked++
				if err := r.ParseForm(); err != nil {
					t.Fatal(err)
				}
				form := r.PostForm
				if r.Method != http.MethodPost || r.URL.String() != "https://zoom.us/oauth/token" || form.Get("grant_type") != "refresh_token" || form.Get("refresh_token") != was.RefreshToken || was.RefreshToken == "" {
					t.Errorf("%s %s %v", r.Method, r.URL, form)
				}
				answer := answers[int(which)%len(answers)]
				status := http.StatusOK
				if strings.Contains(answer, "error") {
					status = http.StatusBadRequest
				}
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		token, err := used.Token()
		after, rerr := os.ReadFile(path)
		if rerr != nil {
			t.Fatal(rerr)
		}
		st, serr := used.Status()
		if err == nil {
			if !readable || was.OAuthURL != "https://zoom.us/oauth" || was.Version != 1 || was.Store == "keyring" || was.Confidential || serr != nil && asked == 0 {
				t.Fatalf("%q was taken: %v", stored, serr)
			}
			switch {
			case token.AccessToken == "":
				t.Errorf("%q: an empty token", stored)
			case asked == 0 && (token.AccessToken != was.AccessToken || !was.Expires.After(now) || !bytes.Equal(after, stored)):
				t.Errorf("%q: %+v without asking, %q", stored, token, after)
			case asked > 0 && (asked > 1 || token.AccessToken != "fresh-access-0123456789" || !bytes.Contains(after, []byte(token.AccessToken)) || was.AccessToken != "" && was.Expires.After(now.Add(2*time.Minute))):
				t.Errorf("%q: %+v after %d requests, %q", stored, token, asked, after)
			}
			return
		}
		e := apierror.From(zoom.TokenError(err, now)) // as the client shows it
		if e.Kind == apierror.Internal || e.Message == "" || e.Hint == "" || !utf8.ValidString(e.Text()) || len(e.Text()) > 4<<10 {
			t.Errorf("%q: %+v", stored, e)
		}
		for _, secret := range []string{was.RefreshToken, was.AccessToken} {
			if len(secret) >= 8 && (strings.Contains(e.Text(), secret) || serr != nil && strings.Contains(serr.Error(), secret)) {
				// A text that the file says elsewhere too is no secret.
				if !strings.Contains(was.OAuthURL+was.ClientID+"https://zoom.us/oauth"+path, secret) {
					t.Errorf("%q: the error shows a token: %s, %v", stored, e.Text(), serr)
				}
			}
		}
		if st.Kind != auth.KindNone && serr != nil {
			t.Errorf("%+v, %v", st, serr)
		}
	})
}
