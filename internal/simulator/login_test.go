package simulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

const (
	redirectURI = "http://127.0.0.1:7777/callback"
	verifier    = "a-verifier-of-enough-characters-for-the-standard-0123456789"
)

// loginTokens are what the token endpoint gives a user's app.
type loginTokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
	ExpiresIn    int    `json:"expires_in"`
	Reason       string `json:"reason"`
	Error        string `json:"error"`
}

// authorize opens the authorization page and gives what comes back to the app.
func (a *account) authorize(change ...string) (back url.Values, page *httptest.ResponseRecorder) {
	a.t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	q := pairs("response_type", "code", "client_id", simulator.ClientID, "redirect_uri", redirectURI, "state", "s&=t",
		"code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256")
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	page = httptest.NewRecorder()
	a.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/oauth/authorize?"+q.Encode(), nil))
	to, err := url.Parse(page.Header().Get("Location"))
	if err != nil {
		a.t.Fatal(err)
	}
	return to.Query(), page
}

// post sends a form to an OAuth endpoint, without a secret.
func (a *account) post(path string, form ...string) (int, loginTokens) {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(pairs(form...).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	var out loginTokens
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		a.t.Fatalf("%s: %v", rec.Body, err)
	}
	return rec.Code, out
}

func (a *account) redeem(code string, change ...string) (int, loginTokens) {
	a.t.Helper()
	form := []string{"grant_type", "authorization_code", "client_id", simulator.ClientID, "code", code, "redirect_uri", redirectURI, "code_verifier", verifier}
	for i := 0; i < len(change); i += 2 {
		for j := 0; j < len(form); j += 2 {
			if form[j] == change[i] {
				form[j+1] = change[i+1]
			}
		}
	}
	return a.post("/oauth/token", form...)
}

func (a *account) refresh(token string) (int, loginTokens) {
	a.t.Helper()
	return a.post("/oauth/token", "grant_type", "refresh_token", "client_id", simulator.ClientID, "refresh_token", token)
}

func TestAUserLogsInAndIsMe(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.refused("/users/me", http.StatusBadRequest, 300) // with the app's own token
	back, page := a.authorize()
	if page.Code != http.StatusFound || !strings.HasPrefix(page.Header().Get("Location"), redirectURI+"?") || back.Get("state") != "s&=t" {
		t.Fatalf("%d %v", page.Code, page.Header())
	}
	status, tokens := a.redeem(back.Get("code"))
	if status != http.StatusOK || tokens.RefreshToken == "" || tokens.ExpiresIn != 3600 || !strings.Contains(tokens.Scope, "phone:read:user:admin") {
		t.Fatalf("%d %+v", status, tokens)
	}
	a.token = tokens.AccessToken
	me := a.get("/users/me")
	if text(a.get("/users/"+text(me, "id")), "email") != text(me, "email") || text(me, "email") == "" {
		t.Errorf("me is %v", me)
	}
	a.get("/users/me/call_history")
	a.get("/users")
}

func TestAnotherUserCanLogIn(t *testing.T) {
	everybody := newAccount(t, simulator.Options{}).all("/users", "users")
	want := text(everybody[len(everybody)-1], "email")
	a := newAccount(t, simulator.Options{LoginAs: want})
	back, _ := a.authorize()
	_, tokens := a.redeem(back.Get("code"))
	a.token = tokens.AccessToken
	if got := text(a.get("/users/me"), "email"); got != want {
		t.Errorf("me is %s, want %s", got, want)
	}
}

func TestTheAppsSecretWorksInPlaceOfAChallenge(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	back, _ := a.authorize("code_challenge", "", "code_challenge_method", "")
	form := pairs("grant_type", "authorization_code", "code", back.Get("code"), "redirect_uri", redirectURI)
	if rec := a.tokenRequest(simulator.ClientID, simulator.ClientSecret, form); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "refresh_token") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestCodesAreRefused(t *testing.T) {
	dead := [2]string{"Invalid authorization code", "invalid_grant"}
	for _, c := range []struct {
		name   string
		page   []string
		wait   time.Duration
		redeem []string
		twice  bool
		want   [2]string
	}{
		{name: "wrong verifier", redeem: []string{"code_verifier", "another"}, want: dead},
		{name: "no verifier", redeem: []string{"code_verifier", ""}, want: dead},
		{name: "no challenge and no secret", page: []string{"code_challenge", ""}, redeem: []string{"code_verifier", ""}, want: dead},
		{name: "too late", wait: 5*time.Minute + time.Second, want: dead},
		{name: "used before", twice: true, want: dead},
		{name: "unknown", redeem: []string{"code", "nonsense"}, want: dead},
		{name: "other redirect", redeem: []string{"redirect_uri", "http://127.0.0.1:1/"}, want: [2]string{"Redirect URI mismatch.", "invalid_request"}},
		{name: "other app", redeem: []string{"client_id", "other"}, want: [2]string{"Invalid client_id or client_secret", "invalid_client"}},
		{name: "no grant known", redeem: []string{"grant_type", "account_credentials"}, want: [2]string{"Invalid client_id or client_secret", "invalid_client"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t, simulator.Options{})
			back, _ := a.authorize(c.page...)
			a.clock.Advance(c.wait)
			if c.twice {
				a.redeem(back.Get("code"))
			}
			status, got := a.redeem(back.Get("code"), c.redeem...)
			if status != http.StatusBadRequest || [2]string{got.Reason, got.Error} != c.want {
				t.Errorf("%d %+v", status, got)
			}
		})
	}
	a := newAccount(t, simulator.Options{})
	back, _ := a.authorize()
	a.clock.Advance(5 * time.Minute)
	if status, got := a.redeem(back.Get("code")); status != http.StatusOK {
		t.Errorf("after five minutes: %d %+v", status, got)
	}
}

func TestTheAuthorizationPageRefuses(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	for _, change := range [][]string{
		{"client_id", "other"}, {"redirect_uri", "https://evil.example.com/"}, {"redirect_uri", "http://127.0.0.1.example.com/"}, {"redirect_uri", "javascript:1"},
	} {
		if _, page := a.authorize(change...); page.Code != http.StatusBadRequest || page.Header().Get("Location") != "" {
			t.Errorf("%v: %d %v", change, page.Code, page.Header())
		}
	}
	for want, change := range map[string][]string{"invalid_request": {"response_type", "token"}} {
		if back, _ := a.authorize(change...); back.Get("error") != want || back.Get("code") != "" || back.Get("state") == "" {
			t.Errorf("%v: %v", change, back)
		}
	}
	a = newAccount(t, simulator.Options{RedirectURIs: []string{"https://app.example.com/back"}})
	if _, page := a.authorize(); page.Code != http.StatusBadRequest {
		t.Errorf("loopback is not on the list: %d", page.Code)
	}
	if back, _ := a.authorize("redirect_uri", "https://app.example.com/back"); back.Get("code") == "" {
		t.Errorf("on the list: %v", back)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	back, _ := a.authorize()
	_, first := a.redeem(back.Get("code"))
	status, second := a.refresh(first.RefreshToken)
	if status != http.StatusOK || second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken {
		t.Fatalf("%d %+v", status, second)
	}
	dead := func(token, why string) {
		t.Helper()
		if status, got := a.refresh(token); status != http.StatusBadRequest || got.Reason != "Invalid Token!" || got.Error != "invalid_grant" {
			t.Errorf("%s: %d %+v", why, status, got)
		}
	}
	dead(first.RefreshToken, "used")
	dead("nonsense", "unknown")
	dead(second.AccessToken, "an access token")
	for _, token := range []string{first.AccessToken, second.AccessToken} {
		a.token = token
		a.get("/users/me")
	}
	a.clock.Advance(90*24*time.Hour - time.Second)
	status, third := a.refresh(second.RefreshToken)
	if status != http.StatusOK {
		t.Fatalf("%d %+v", status, third)
	}
	a.RevokeTokens()
	a.token = third.AccessToken
	a.refused("/users/me", http.StatusUnauthorized, 124)
	_, fourth := a.refresh(third.RefreshToken)
	a.clock.Advance(90 * 24 * time.Hour)
	dead(fourth.RefreshToken, "old")
}

func TestTokensAreRevoked(t *testing.T) {
	login := func(t *testing.T) (*account, loginTokens) {
		a := newAccount(t, simulator.Options{})
		back, _ := a.authorize()
		_, tokens := a.redeem(back.Get("code"))
		return a, tokens
	}
	ended := func(t *testing.T, a *account, tokens loginTokens) {
		t.Helper()
		a.token = tokens.AccessToken
		a.refused("/users/me", http.StatusUnauthorized, 124)
		if status, _ := a.refresh(tokens.RefreshToken); status != http.StatusBadRequest {
			t.Errorf("the refresh token lives: %d", status)
		}
	}
	t.Run("by access token", func(t *testing.T) {
		a, tokens := login(t)
		if status, got := a.post("/oauth/revoke", "client_id", simulator.ClientID, "token", tokens.AccessToken); status != http.StatusOK {
			t.Errorf("%d %+v", status, got)
		}
		ended(t, a, tokens)
	})
	t.Run("by refresh token", func(t *testing.T) {
		a, tokens := login(t)
		if status, got := a.post("/oauth/revoke", "client_id", simulator.ClientID, "token", tokens.RefreshToken); status != http.StatusOK {
			t.Errorf("%d %+v", status, got)
		}
		ended(t, a, tokens)
	})
	t.Run("by the account", func(t *testing.T) {
		a, tokens := login(t)
		a.RevokeLogins()
		ended(t, a, tokens)
	})
	t.Run("the app's own", func(t *testing.T) {
		a, _ := login(t)
		old := a.token
		a.post("/oauth/revoke", "client_id", simulator.ClientID, "token", old)
		a.refused("/users", http.StatusUnauthorized, 124)
		a.login()
		a.get("/users")
	})
	t.Run("refusals", func(t *testing.T) {
		a, tokens := login(t)
		if status, got := a.post("/oauth/revoke", "client_id", "other", "token", tokens.AccessToken); status != http.StatusBadRequest || got.Error != "invalid_client" {
			t.Errorf("%d %+v", status, got)
		}
		if status, got := a.post("/oauth/revoke", "client_id", simulator.ClientID, "token", "nonsense"); status != http.StatusBadRequest || got.Error != "invalid_grant" {
			t.Errorf("%d %+v", status, got)
		}
	})
}

func TestAPIURLOfTokenAnswers(t *testing.T) {
	for option, want := range map[string]string{"": `"api_url":"http://example.com"`, "https://api-eu.example.com": `"api_url":"https://api-eu.example.com"`} {
		a := newAccount(t, simulator.Options{APIURL: option})
		rec := a.tokenRequest(simulator.ClientID, simulator.ClientSecret, pairs("grant_type", "account_credentials", "account_id", simulator.AccountID))
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q: %s", option, rec.Body)
		}
	}
	a := newAccount(t, simulator.Options{APIURL: simulator.NoAPIURL})
	rec := a.tokenRequest(simulator.ClientID, simulator.ClientSecret, pairs("grant_type", "account_credentials", "account_id", simulator.AccountID))
	if strings.Contains(rec.Body.String(), "api_url") {
		t.Errorf("%s", rec.Body)
	}
}

func TestOneRefreshTokenIsWorthOneRefresh(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	back, _ := a.authorize()
	_, tokens := a.redeem(back.Get("code"))
	var wg sync.WaitGroup
	var good atomic.Int32
	for range 20 {
		wg.Go(func() {
			if status, _ := a.refresh(tokens.RefreshToken); status == http.StatusOK {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("%d refreshes, want 1", good.Load())
	}
}
