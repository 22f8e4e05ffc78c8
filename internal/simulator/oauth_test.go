package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestTokenEndpointTellsFailuresApart(t *testing.T) {
	good := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	for _, c := range []struct {
		name          string
		opts          simulator.Options
		secret        string
		form          url.Values
		reason, error string
	}{
		{"wrong pair", simulator.Options{}, "wrong", good, "Invalid client_id or client_secret", "invalid_client"},
		{"disabled app", simulator.Options{AppDisabled: true}, simulator.ClientSecret, good, "The app has been disabled by the developer", "invalid_client"},
		{"wrong account", simulator.Options{}, simulator.ClientSecret, url.Values{"grant_type": {"account_credentials"}, "account_id": {"other"}}, "Bad Request", "invalid_request"},
		{"other grant", simulator.Options{}, simulator.ClientSecret, url.Values{"grant_type": {"client_credentials"}}, "unsupported grant type", "unsupported_grant_type"},
		{"dead refresh token", simulator.Options{}, simulator.ClientSecret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, "Invalid Token!", "invalid_grant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &account{t: t, Simulator: simulator.New(c.opts)}
			rec := a.tokenRequest(simulator.ClientID, c.secret, c.form)
			var got map[string]string
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if rec.Code != http.StatusBadRequest || got["reason"] != c.reason || got["error"] != c.error {
				t.Errorf("got %d %v", rec.Code, got)
			}
			if a.TokensMinted() != 0 {
				t.Error("a token was minted")
			}
		})
	}
}

func TestTokenAnswer(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	rec := a.tokenRequest(simulator.ClientID, simulator.ClientSecret, url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}})
	var got struct {
		TokenType string `json:"token_type"`
		ExpiresIn int    `json:"expires_in"`
		Scope     string `json:"scope"`
		APIURL    string `json:"api_url"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.TokenType != "bearer" || got.ExpiresIn != 3600 || got.APIURL != "http://example.com" || !strings.Contains(got.Scope, "phone:read:list_users:admin ") {
		t.Errorf("got %+v", got)
	}
	if a.TokensMinted() != 2 {
		t.Errorf("%d tokens minted, want 2", a.TokensMinted())
	}
}

func TestParametersInTheQueryStringAreNotRead(t *testing.T) {
	s := simulator.New(simulator.Options{})
	r := httptest.NewRequest(http.MethodPost, "/oauth/token?grant_type=account_credentials&account_id="+simulator.AccountID, nil)
	r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	if rec.Code != http.StatusBadRequest {
		t.Errorf("got %d", rec.Code)
	}
}

func TestTokensEnd(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.get("/users")
	a.clock.Advance(simulator.TokenLife - time.Second)
	a.get("/users")
	a.clock.Advance(time.Second)
	if msg := a.refused("/users", http.StatusUnauthorized, 124); msg != "Access token is expired." {
		t.Errorf("message %q", msg)
	}
	a.login()
	a.get("/users")
	a.RevokeTokens()
	if msg := a.refused("/users", http.StatusUnauthorized, 124); msg != "Invalid access token." {
		t.Errorf("message %q", msg)
	}
	a.token = "nonsense"
	a.refused("/users", http.StatusUnauthorized, 124)
}

func TestMissingScopeIsNamed(t *testing.T) {
	a := newAccount(t, simulator.Options{Scopes: []string{"phone:read:list_users:admin"}})
	a.get("/users")
	msg := a.refused("/call_history", http.StatusBadRequest, 104)
	if !strings.Contains(msg, "does not contain scopes:[phone:read:list_call_logs:admin]") {
		t.Errorf("message %q", msg)
	}
	msg = a.refused("/users/x", http.StatusBadRequest, 104)
	if !strings.Contains(msg, "scopes:[phone:read:user, phone:read:user:admin]") {
		t.Errorf("message %q", msg)
	}
	a.SetScopes(nil)
	a.get("/call_history")
}

func TestAccountWithoutPhone(t *testing.T) {
	a := newAccount(t, simulator.Options{PhoneDisabled: true})
	a.refused("/settings", http.StatusForbidden, 2031)
}
