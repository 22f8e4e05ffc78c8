package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

const anyPort = "http://127.0.0.1:0/callback"

// screen is what the user sees; the flow writes and the test reads.
type screen struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestLoginFromEndToEnd(t *testing.T) {
	for _, secret := range []string{"", clientSecret} {
		t.Run(fmt.Sprintf("secret %q", secret), func(t *testing.T) {
			s, c := newOAuthServer(t), new(clock)
			s.secret = secret
			dir := t.TempDir()
			set := s.settings(auth.NewStore(dir, nil, auth.PlaceAuto), c, "ZOOM_CLIENT_ID="+clientID, "ZOOM_CLIENT_SECRET="+secret)
			out := new(screen)
			st, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: anyPort, Browser: s.browse, Out: out})
			if err != nil {
				t.Fatal(err)
			}
			if st.Kind != auth.KindLogin || st.ClientID != "clie…89" || st.Store != auth.PlaceFile || !strings.HasPrefix(st.Path, dir) ||
				!st.Expires.Equal(c.now().Add(time.Hour)) || len(st.Scopes) != 2 || !st.LoggedIn.Equal(c.now()) {
				t.Errorf("%+v", st)
			}
			if secretsIn(out.String()) {
				t.Errorf("a secret on the screen: %s", out)
			}
			token, err := source(t, set).Token()
			if err != nil || token.AccessToken != "access-2-secret" || token.Extra("api_url") != "https://api-eu.zoom.us" || token.Extra("scope") != s.scopes {
				t.Errorf("%v, %v", token, err)
			}
		})
	}
}

func secretsIn(text string) bool {
	return strings.Contains(text, "-secret") || strings.Contains(text, clientSecret) || strings.Contains(text, "code_1")
}

// page opens an address and gives the status and the text of the page it ends on.
func page(t *testing.T, address string) (int, string) {
	resp, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(text)
}

func TestAnswersOfTheBrowser(t *testing.T) {
	for _, c := range []struct {
		what   string
		query  func(state string) url.Values
		status int
		says   string
	}{
		{"denied", func(state string) url.Values { return url.Values{"error": {"access_denied"}, "state": {state}} }, 400, "access was denied"},
		{"another error", func(state string) url.Values {
			return url.Values{"error": {"invalid_scope"}, "error_description": {"<b>no</b>"}, "state": {state}}
		}, 400, `"invalid_scope"`},
		{"no code", func(state string) url.Values { return url.Values{"state": {state}} }, 400, "no code"},
		{"a code that Zoom does not know", func(state string) url.Values { return url.Values{"code": {"unknown"}, "state": {state}} }, 200, "does not take the code"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newOAuthServer(t)
			set := s.settings(auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), new(clock), "ZOOM_CLIENT_ID="+clientID)
			shown := make(chan string, 1)
			var back string
			_, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: anyPort, Out: new(screen), Browser: func(address string) error {
				u, err := url.Parse(address)
				if err != nil {
					return err
				}
				back = u.Query().Get("redirect_uri")
				go func() {
					// The icon is asked for first and ends nothing.
					if status, _ := page(t, strings.Replace(back, "/callback", "/favicon.ico", 1)); status != http.StatusNotFound {
						t.Errorf("icon: %d", status)
					}
					// Any page can send the browser here: its answers end nothing either.
					for range 20 {
						for _, foreign := range []string{"?code=code_1&state=x", "?code=code_1", "", "?error=access_denied&state=", "?state=x&state=" + u.Query().Get("state")} {
							if status, text := page(t, back+foreign); status != http.StatusBadRequest || !strings.Contains(text, "its state is wrong") {
								t.Errorf("%s: %d %s", foreign, status, text)
							}
						}
					}
					status, text := page(t, back+"?"+c.query(u.Query().Get("state")).Encode())
					if status != c.status || strings.Contains(text, "<b>") {
						t.Errorf("page %d: %s", status, text)
					}
					shown <- text
				}()
				return nil
			}})
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, c.says) || e.Hint == "" {
				t.Errorf("%+v does not say %q", e, c.says)
			}
			<-shown
			if u, err := url.Parse(back); err == nil {
				if conn, err := net.Dial("tcp", u.Host); err == nil {
					conn.Close()
					t.Error("the listener is still there")
				}
			}
			if st, err := source(t, set).Status(); err == nil {
				t.Errorf("a login was stored: %+v", st)
			}
		})
	}
}

func TestTheUserDenies(t *testing.T) {
	s := newOAuthServer(t)
	s.deny = true
	_, err := auth.Login(t.Context(), s.settings(auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), new(clock), "ZOOM_CLIENT_ID="+clientID),
		auth.LoginOptions{RedirectURL: anyPort, Browser: s.browse, Out: new(screen)})
	if e := apierror.From(err); e == nil || !strings.Contains(e.Message, "denied") || !strings.Contains(e.Hint, "administrator") {
		t.Errorf("%+v", e)
	}
}

// prompt is a screen that calls back with the address it was shown.
type prompt struct{ seen func(address string) }

func (p prompt) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "/authorize?") {
			p.seen(strings.TrimSpace(line))
		}
	}
	return len(b), nil
}

func TestLoginByPasting(t *testing.T) {
	for _, c := range []struct {
		what  string
		paste func(back *url.URL) string
		says  string // empty: it works
	}{
		{"the address", func(u *url.URL) string { return u.String() + "\n" }, ""},
		{"the address with a fragment and quotes", func(u *url.URL) string { return ` "` + u.String() + `#_=_" ` + "\r\n" }, ""},
		{"the query alone", func(u *url.URL) string { return u.RawQuery + "\n" }, ""},
		{"the code alone, without a line end", func(u *url.URL) string { return u.Query().Get("code") }, ""},
		{"an address of another login", func(u *url.URL) string { return strings.Replace(u.String(), "state=", "state=A", 1) + "\n" }, "state is wrong"},
		{"another page", func(*url.URL) string { return "https://zoom.us/profile\n" }, "state is wrong"},
		{"nothing", func(*url.URL) string { return "\n" }, "nothing was pasted"},
		{"the end of the input", func(*url.URL) string { return "" }, "nothing was pasted: EOF"},
		{"too much", func(*url.URL) string { return strings.Repeat("x", 20000) }, "too long"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newOAuthServer(t)
			set := s.settings(auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), new(clock), "ZOOM_CLIENT_ID="+clientID)
			in, user := io.Pipe()
			defer in.Close()
			out := prompt{func(address string) {
				go func() {
					browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
					resp, err := browser.Get(address)
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					back, err := resp.Location()
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.WriteString(user, c.paste(back)) // the flow may have heard enough
					user.Close()
				}()
			}}
			// No listener is possible at such an address.
			_, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: "https://app.example.com/zoom", In: in, Out: out})
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := source(t, set).Token(); err != nil {
					t.Error(err)
				}
				return
			}
			if e := apierror.From(err); e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}

func TestNobodyFinishesTheLogin(t *testing.T) {
	t.Run("by pasting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, user := io.Pipe()
			defer user.Close()
			begin := time.Now()
			set := auth.Settings{Getenv: environment("ZOOM_CLIENT_ID=" + clientID), Store: auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), HTTP: nowhere{}}
			_, err := auth.Login(t.Context(), set, auth.LoginOptions{In: in, Out: new(screen)})
			if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout || time.Since(begin) != 5*time.Minute {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
			in.Close()
		})
	})
	set := func(t *testing.T) auth.Settings {
		return auth.Settings{Getenv: environment("ZOOM_CLIENT_ID=" + clientID), Store: auth.NewStore(t.TempDir(), nil, auth.PlaceAuto)}
	}
	t.Run("in the browser", func(t *testing.T) {
		_, err := auth.Login(t.Context(), set(t), auth.LoginOptions{
			RedirectURL: anyPort, Out: new(screen), Timeout: 20 * time.Millisecond, Browser: func(string) error { return nil },
		})
		if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout || !strings.Contains(e.Hint, "--no-browser") {
			t.Errorf("%+v", e)
		}
	})
	t.Run("on purpose", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := auth.Login(ctx, set(t), auth.LoginOptions{
			RedirectURL: anyPort, Out: new(screen), Browser: func(string) error { cancel(); return nil },
		})
		if e := apierror.From(err); e == nil || e.Kind != apierror.Canceled {
			t.Errorf("%+v", e)
		}
	})
}

// nowhere is a network that is not there.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }

func TestLoginsThatCannotBegin(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	browser := func(string) error { return nil }
	for _, c := range []struct {
		what, variable, redirect, says string
		dir                            string
	}{
		{"no app", "", anyPort, "ZOOM_CLIENT_ID", t.TempDir()},
		{"a port that is taken", "ZOOM_CLIENT_ID=x", "http://" + taken.Addr().String() + "/callback", "--port", t.TempDir()},
		{"a redirect URL elsewhere", "ZOOM_CLIENT_ID=x", "https://app.example.com/zoom", "--no-browser", t.TempDir()},
		{"no place for the login", "ZOOM_CLIENT_ID=x", anyPort, "ZOOM_LOGIN_DIR", ""},
		{"a folder that cannot be", "ZOOM_CLIENT_ID=x", anyPort, "ZOOM_LOGIN_DIR", filepath.Join(file, "login")},
	} {
		t.Run(c.what, func(t *testing.T) {
			set := auth.Settings{Getenv: environment(c.variable), Store: auth.NewStore(c.dir, nil, auth.PlaceAuto), HTTP: nowhere{}}
			_, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: c.redirect, Out: new(screen), Browser: browser})
			if e := apierror.From(err); e == nil || !strings.Contains(e.Text(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}

func TestTheBrowserDoesNotOpen(t *testing.T) {
	s := newOAuthServer(t)
	out := new(screen)
	set := s.settings(auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), new(clock), "ZOOM_CLIENT_ID="+clientID)
	_, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: anyPort, Out: out, Browser: func(address string) error {
		return errors.Join(s.browse(address), errors.New("no display"))
	}})
	if err != nil || !strings.Contains(out.String(), "/authorize?") || !strings.Contains(out.String(), "no display") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestRefusalsAtTheEndOfALogin(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, says string
		kind       apierror.Kind
	}{
		{400, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, "public client", apierror.Auth},
		{400, `{"reason":"The app has been disabled by the developer","error":"invalid_client"}`, "activate", apierror.Auth},
		{400, `{"reason":"Redirect URI mismatch.","error":"invalid_request"}`, "redirect URLs", apierror.Auth},
		{400, `{"reason":"unsupported grant type","error":"unsupported_grant_type"}`, "Server-to-Server", apierror.Auth},
		{429, `{}`, "Wait", apierror.RateLimited},
		{503, `<html>`, "problem of its own", apierror.ZoomError},
		{403, `<html>`, "HTTPS_PROXY", apierror.Auth},
	} {
		s := newOAuthServer(t)
		s.answer = func(w http.ResponseWriter) bool {
			w.Header().Set("x-zm-trackingid", "WEB_7")
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
			return true
		}
		_, err := auth.Login(t.Context(), s.settings(auth.NewStore(t.TempDir(), nil, auth.PlaceAuto), new(clock), "ZOOM_CLIENT_ID="+clientID),
			auth.LoginOptions{RedirectURL: anyPort, Out: new(screen), Browser: s.browse})
		if e := apierror.From(err); e == nil || e.Kind != c.kind || !strings.Contains(e.Hint, c.says) || e.HTTPStatus != c.status || e.TrackingID != "WEB_7" {
			t.Errorf("%s: %+v", c.body, e)
		}
	}
}
