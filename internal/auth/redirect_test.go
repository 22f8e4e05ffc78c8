package auth_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/auth"
)

// A token endpoint that sends elsewhere gets nothing: neither an app's secret nor
// a refresh token leaves the configured address.
func TestCredentialsFollowNoRedirect(t *testing.T) {
	var stolen atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stolen.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"bait","token_type":"bearer","refresh_token":"bait","expires_in":3600}`))
	}))
	defer thief.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s, c := newOAuthServer(t), new(clock)
		login := s.loggedIn(t, auth.NewStore(t.TempDir(), nil, auth.PlaceFile), c)
		c.advance(2 * time.Hour)
		s.answer = func(w http.ResponseWriter) bool {
			w.Header().Set("Location", thief.URL+"/oauth/token")
			w.WriteHeader(status)
			return true
		}
		app := s.settings(nil, c, "ZOOM_ACCOUNT_ID="+accountID, "ZOOM_CLIENT_ID="+clientID, "ZOOM_CLIENT_SECRET="+clientSecret)
		for what, set := range map[string]auth.Settings{"a login": login, "an app": app} {
			if token, err := source(t, set).Token(); err == nil {
				t.Errorf("%s, %d: %+v", what, status, token)
			}
		}
		if _, unrevoked, err := auth.Logout(t.Context(), login); err != nil || unrevoked == nil {
			t.Errorf("%d: logout: %v, %v", status, unrevoked, err)
		}
	}
	if n := stolen.Load(); n != 0 {
		t.Errorf("%d requests were sent elsewhere", n)
	}
}
