package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/auth"
)

// oauthServer is a small stand-in for Zoom's OAuth service. It is stricter than
// Zoom: a refresh token that is used twice ends the login.
type oauthServer struct {
	*httptest.Server
	secret string // of the app; empty for a public client
	deny   bool   // the user says no
	scopes string
	long   string                         // a tail that makes access tokens long
	before func()                         // runs before the token endpoint answers
	answer func(http.ResponseWriter) bool // answers for the token and revoke endpoints, if it wants to

	mu        sync.Mutex
	codes     map[string]url.Values // what the authorization was asked with
	n         int
	refresh   string // the one refresh token that counts
	access    string // the newest access token
	refreshes int
	reused    bool
	revoked   []string
}

const (
	clientID     = "client-id-0123456789"
	clientSecret = "s3cret_client_secret"
	accountID    = "account-id-0123456789"
)

func newOAuthServer(t *testing.T) *oauthServer {
	s := &oauthServer{codes: map[string]url.Values{}, scopes: "phone:read:list_users:admin phone:read:call_log:admin"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", s.authorize)
	mux.HandleFunc("POST /oauth/token", s.token)
	mux.HandleFunc("POST /oauth/revoke", s.revoke)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *oauthServer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 20 {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if s.deny {
		answer.Set("error", "access_denied")
	} else {
		s.mu.Lock()
		s.n++
		code := fmt.Sprintf("code_%d", s.n)
		s.codes[code] = q
		s.mu.Unlock()
		answer.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

// knows reports whether a request names the app as it has to.
func (s *oauthServer) knows(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if s.secret == "" {
		return !basic && r.PostFormValue("client_id") == clientID && r.PostFormValue("client_secret") == ""
	}
	return basic && id == clientID && secret == s.secret
}

func (s *oauthServer) token(w http.ResponseWriter, r *http.Request) {
	if s.before != nil {
		s.before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if s.answer != nil && s.answer(w) {
		return
	}
	refuse := func(reason, code string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"reason":%q,"error":%q}`, reason, code)
	}
	if r.PostFormValue("grant_type") == "account_credentials" {
		fmt.Fprintf(w, `{"access_token":"account-token","token_type":"bearer","expires_in":3600,"scope":%q}`, s.scopes)
		return
	}
	if !s.knows(r) {
		refuse("Invalid client_id or client_secret", "invalid_client")
		return
	}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		asked, ok := s.codes[r.PostFormValue("code")]
		delete(s.codes, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
			refuse("Invalid authorization code", "invalid_grant")
			return
		}
	case "refresh_token":
		s.refreshes++
		if s.refresh == "" || r.PostFormValue("refresh_token") != s.refresh {
			s.reused, s.refresh = true, ""
			refuse("Invalid Token!", "invalid_grant")
			return
		}
	default:
		refuse("unsupported grant type", "unsupported_grant_type")
		return
	}
	s.n++
	s.refresh, s.access = fmt.Sprintf("refresh-%d-secret", s.n), fmt.Sprintf("access-%d-secret", s.n)+s.long
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","refresh_token":%q,"expires_in":3600,"scope":%q,"api_url":"https://api-eu.zoom.us"}`, s.access, s.refresh, s.scopes)
}

func (s *oauthServer) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer != nil && s.answer(w) {
		return
	}
	if !s.knows(r) || r.PostFormValue("token") != s.access {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"reason":"Invalid Token!","error":"invalid_request"}`)
		return
	}
	s.revoked = append(s.revoked, r.PostFormValue("token"))
	fmt.Fprint(w, `{"status":"success"}`)
}

// state is what the server holds: the tokens that count, and the refreshes.
func (s *oauthServer) state() (refresh, access string, refreshes int, reused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refresh, s.access, s.refreshes, s.reused
}

// browse is a user with a browser who says yes.
func (s *oauthServer) browse(address string) error {
	go func() {
		resp, err := s.Client().Get(address)
		if err == nil {
			resp.Body.Close()
		}
	}()
	return nil
}

// clock is a clock that tests move.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).Add(time.Duration(c.ahead.Load()))
}

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// environment returns variables from pairs "NAME=value".
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if n, value, _ := strings.Cut(p, "="); n == name {
				return value
			}
		}
		return ""
	}
}

// settings are those of a public client with a store in dir.
func (s *oauthServer) settings(store *auth.Store, c *clock, variables ...string) auth.Settings {
	return auth.Settings{Getenv: environment(variables...), OAuthURL: s.URL + "/oauth", Store: store, Now: c.now}
}

// loggedIn logs in and gives the settings of a server that uses the login.
func (s *oauthServer) loggedIn(t *testing.T, store *auth.Store, c *clock) auth.Settings {
	t.Helper()
	set := s.settings(store, c, "ZOOM_CLIENT_ID="+clientID, "ZOOM_CLIENT_SECRET="+s.secret)
	_, err := auth.Login(t.Context(), set, auth.LoginOptions{
		RedirectURL: "http://127.0.0.1:0/callback", Browser: s.browse, Out: new(strings.Builder), Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func source(t *testing.T, set auth.Settings) *auth.Credential {
	t.Helper()
	c, err := auth.Source(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
