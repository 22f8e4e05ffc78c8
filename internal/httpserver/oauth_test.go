package httpserver_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/httpserver"
)

func protect(t testing.TB, i *issuer, c *clock) (*httpserver.Server, *handler) {
	t.Helper()
	oauth, err := httpserver.NewOAuth(httpserver.OAuthOptions{Issuer: i.url, Audience: audience, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, httpserver.Options{OAuth: oauth})
}

func TestTokenOfTheIssuerIsAccepted(t *testing.T) {
	i, c := newIssuer(t), newClock()
	s, f := protect(t, i, c)
	var came *caller.Caller
	f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
	for range 3 {
		if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), nil)); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if !strings.HasPrefix(came.Name, "oauth:") || strings.Contains(came.Name, "u1") || came.Label != "oauth" || !came.Until.Equal(c.now().Add(time.Hour)) {
		t.Errorf("%+v", came)
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("the issuer was asked for keys %d times", n)
	}
}

func TestTokensThatAreNotGoodHereAreRefusedEverywhere(t *testing.T) {
	i, c := newIssuer(t), newClock()
	s, f := protect(t, i, c)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := c.now()
	claims := map[string]any{"iss": i.url, "aud": audience, "sub": "u1", "exp": now.Add(time.Hour).Unix()}
	public, _ := json.Marshal(i.key.Public())
	with := func(name string, value any) string {
		return i.token(now, func(claims map[string]any) { claims[name] = value })
	}
	good := i.token(now, nil)
	for what, token := range map[string]string{
		"expired":             with("exp", now.Add(-time.Second).Unix()),
		"without an end":      with("exp", nil),
		"not yet":             with("nbf", now.Add(time.Hour).Unix()),
		"another audience":    with("aud", "https://other.example.com/mcp"),
		"no audience":         with("aud", nil),
		"another issuer":      with("iss", "https://issuer.example.com"),
		"no subject":          with("sub", ""),
		"another key":         signed(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: stranger, KeyID: i.kid}}, claims),
		"a key nobody knows":  signed(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: stranger, KeyID: "unknown"}}, claims),
		"signed with the key": signed(jose.SigningKey{Algorithm: jose.HS256, Key: public}, claims),
		"not signed":          "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".",
		"cut":                 good[:len(good)-4],
		"changed":             strings.Split(good, ".")[0] + "." + strings.Split(with("sub", "u2"), ".")[1] + "." + strings.Split(good, ".")[2],
		"no token":            "a.b.c",
	} {
		for _, path := range append([]string{"/nothing"}, paths...) {
			w := ask(s, http.MethodPost, path, "Authorization", "Bearer "+token)
			challenge := w.Header().Get("WWW-Authenticate")
			if w.Code != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) ||
				!strings.Contains(challenge, `resource_metadata="https://phone.example.com/.well-known/oauth-protected-resource/mcp"`) {
				t.Errorf("%s at %s: %d %s", what, path, w.Code, challenge)
			}
		}
	}
	w := ask(s, http.MethodPost, "/mcp")
	if challenge := w.Header().Get("WWW-Authenticate"); w.Code != http.StatusUnauthorized || strings.Contains(challenge, "error") || !strings.Contains(challenge, "resource_metadata") {
		t.Errorf("without a token: %d %s", w.Code, challenge)
	}
	if n := f.served.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestMetadataTellsWhoIssuesTokens(t *testing.T) {
	i := newIssuer(t)
	s, _ := protect(t, i, newClock())
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource/mcp/"} {
		w := ask(s, http.MethodGet, path)
		var m struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Methods  []string `json:"bearer_methods_supported"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != http.StatusOK || m.Resource != audience ||
			!slices.Equal(m.Servers, []string{i.url}) || !slices.Equal(m.Methods, []string{"header"}) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := ask(s, http.MethodPost, "/.well-known/oauth-protected-resource"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	for _, path := range []string{"/.well-known/oauth-protected-resources", "/.well-known/oauth-authorization-server"} {
		if w := ask(s, http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// The server starts without its issuer, and stands by its keys while it is away.
func TestIssuerMayBeAway(t *testing.T) {
	i, c := newIssuer(t), newClock()
	i.down.Store(true)
	s, _ := protect(t, i, c)
	status := func(token string) int {
		return ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+token).Code
	}
	w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), nil))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Fatalf("away from the start: %d", w.Code)
	}
	i.down.Store(false)
	c.forward(6 * time.Second)
	if got := status(i.token(c.now(), nil)); got != http.StatusOK {
		t.Fatalf("back again: %d", got)
	}
	i.down.Store(true)
	c.forward(2 * time.Hour)
	if got := status(i.token(c.now(), nil)); got != http.StatusOK {
		t.Errorf("away again, with the key known: %d", got)
	}
	i.down.Store(false)
	i.rotate("second")
	c.forward(6 * time.Second)
	if got := status(i.token(c.now(), nil)); got != http.StatusOK {
		t.Errorf("with a new key: %d", got)
	}
}

// What cannot be a token of the issuer is refused without it.
func TestWhatIsNoTokenIsRefusedWhileTheIssuerIsAway(t *testing.T) {
	i, c := newIssuer(t), newClock()
	i.down.Store(true)
	s, _ := protect(t, i, c)
	for _, token := range []string{"an-api-key-of-another-server", "a.b", "a.b.c.d"} {
		if got := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+token).Code; got != http.StatusUnauthorized {
			t.Errorf("%s: got status %d, want %d", token, got, http.StatusUnauthorized)
		}
	}
}

func TestMadeUpKeysDoNotReachTheIssuer(t *testing.T) {
	i, c := newIssuer(t), newClock()
	s, _ := protect(t, i, c)
	key, kid := i.key, i.kid
	i.kid = "made up"
	for range 50 {
		if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), nil)); w.Code != http.StatusUnauthorized {
			t.Fatalf("%d", w.Code)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("the issuer was asked %d times", n)
	}
	i.key, i.kid = key, kid
	if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), nil)); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
}

// While new keys are being fetched the old ones serve, and a token whose key nobody knows
// holds up none but its own request.
func TestAnIssuerThatHangsStallsNobody(t *testing.T) {
	i, c := newIssuer(t), newClock()
	s, _ := protect(t, i, c)
	status := func(token string) int {
		return ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+token).Code
	}
	if got := status(i.token(c.now(), nil)); got != http.StatusOK {
		t.Fatal(got)
	}
	i.hangs.Store(true)
	c.forward(2 * time.Hour)
	good := i.token(c.now(), nil)
	kid := i.kid
	i.kid = "made up"
	madeUp := i.token(c.now(), nil)
	i.kid = kid
	go status(madeUp)
	began := time.Now()
	for range 20 {
		if got := status(good); got != http.StatusOK {
			t.Fatal(got)
		}
		go status(madeUp)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("twenty callers with good tokens waited %v for the issuer", took)
	}
}

// What stands in logs tells callers apart and says nothing about them.
func TestNamesOfCallersByTokenHaveNoSubject(t *testing.T) {
	i, c := newIssuer(t), newClock()
	s, f := protect(t, i, c)
	names := map[string]bool{}
	f.serve = func(_ http.ResponseWriter, r *http.Request) { names[callerOf(r).Name] = true }
	for _, subject := range []string{"ann@example.com", "ben@example.com", "ann@example.com"} {
		ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), func(claims map[string]any) { claims["sub"] = subject }))
	}
	for name := range names {
		if strings.Contains(name, "@") || strings.Contains(name, "example") {
			t.Error(name)
		}
	}
	if len(names) != 2 {
		t.Errorf("two callers have the names %v", names)
	}
}

func TestClaimsLimitCallersToMethods(t *testing.T) {
	i, c := newIssuer(t), newClock()
	var rules []httpserver.OAuthRule
	for _, text := range []string{"groups=support:list_call_queues,get_*", "groups=audit:Recordings", "scope=zoom:phone:read:list_phone_users", "admin=true:*"} {
		rule, err := httpserver.ParseOAuthRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	oauth, err := httpserver.NewOAuth(httpserver.OAuthOptions{Issuer: i.url, Audience: audience, Now: c.now, Allow: rules})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{OAuth: oauth})
	var came *caller.Caller
	f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
	for _, x := range []struct {
		claim string
		value any
		want  string
	}{
		{"groups", "support", "get_* list_call_queues"},
		{"groups", []string{"audit", "other", "support"}, "Recordings get_* list_call_queues"},
		{"scope", "openid zoom:phone:read email", "list_phone_users"},
		{"admin", true, "*"},
		{"admin", false, ""},
		{"groups", "Support", ""},
		{"groups", "support-team", ""},
		{"groups", []any{1, nil}, ""},
		{"roles", "support", ""},
		{"groups", nil, ""},
	} {
		came = nil
		w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+i.token(c.now(), func(claims map[string]any) { claims[x.claim] = x.value }))
		switch {
		case x.want == "" && (w.Code != http.StatusForbidden || came != nil || !strings.Contains(w.Header().Get("WWW-Authenticate"), "insufficient_scope")):
			t.Errorf("%s=%v: %d %v", x.claim, x.value, w.Code, came)
		case x.want != "" && (came == nil || strings.Join(came.Allow, " ") != x.want):
			t.Errorf("%s=%v: %d %+v", x.claim, x.value, w.Code, came)
		}
	}
	for _, wrong := range []string{"", "groups", "groups=support", "=support:x", "groups=:x", "groups=support:", "groups=support:a,,b"} {
		if rule, err := httpserver.ParseOAuthRule(wrong); err == nil {
			t.Errorf("%q is %+v", wrong, rule)
		}
	}
}

func TestOAuthSettingsThatAreWrong(t *testing.T) {
	for _, o := range []httpserver.OAuthOptions{
		{Issuer: "http://issuer.example.com", Audience: audience},
		{Issuer: "issuer.example.com", Audience: audience},
		{Issuer: "https://issuer.example.com"},
		{Issuer: "https://issuer.example.com", Audience: "zoom-phone"}, // and no URL of this server
		{Issuer: "https://user:password@issuer.example.com", Audience: audience},
	} {
		if _, err := httpserver.NewOAuth(o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
	if _, err := httpserver.NewOAuth(httpserver.OAuthOptions{Issuer: "https://issuer.example.com", Audience: "zoom-phone", Resource: audience}); err != nil {
		t.Error(err)
	}
}
