package doctor_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/doctor"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

func TestEverythingInOrder(t *testing.T) {
	_, o := account(t, simulator.Options{Plan: simulator.PlanPro}, app())
	r := examine(t, o)
	if r.Status != doctor.OK {
		t.Errorf("status %s", r.Status)
	}
	got, all := statuses(r), map[string]doctor.Status{}
	for _, name := range []string{"configuration", "proxy", "dns", "tls", "clock", "token", "scopes", "call", "plan"} {
		all[name] = doctor.OK
	}
	all["dns"] = doctor.Skipped // it is an address
	if !maps.Equal(got, all) {
		t.Errorf("%v", got)
	}
	want(t, r, "plan", doctor.OK, "LIGHT 20/s", "15000", "Zoom counts the call as Light")
	golden(t, "well", r)
}

// TestFailuresOfTokens goes through the table of token failures.
func TestFailuresOfTokens(t *testing.T) {
	for _, c := range []struct {
		fault string
		says  string
		do    string
	}{
		{"wrong_credentials", "does not know this client id and secret", "ZOOM_CLIENT_SECRET"},
		{"app_disabled", "not activated", "activate"},
		{"wrong_account", "does not know this account id", "ZOOM_ACCOUNT_ID"},
		{"unsupported_grant", "not a Server-to-Server OAuth app", "Create an app"},
		{"dead_refresh_token", "the login has ended", "auth login"},
		{"token_rate_limit", "no more access tokens", "Wait"},
		{"server_error", "500", "Try again"},
		{"unavailable", "503", "Try again"},
		{"html", "not a token", "ZOOM_OAUTH_URL"},
		{"html_error", "502", "Try again"},
		{"empty_error", "400", "ZOOM_OAUTH_URL"},
		{"reset", "no answer from Zoom", "network"},
		{"hangup", "broke", "Try again"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			s, o := account(t, simulator.Options{}, app())
			s.Inject(simulator.Fault{Name: c.fault, Path: "/oauth/token"})
			r := examine(t, o)
			want(t, r, "token", doctor.Fail, c.says, c.do)
			want(t, r, "scopes", doctor.Skipped)
			want(t, r, "call", doctor.Skipped)
			want(t, r, "tls", doctor.OK)
			if r.Status != doctor.Fail {
				t.Error(r.Status)
			}
			if n := s.TokensMinted(); n != 0 {
				t.Errorf("%d tokens", n)
			}
		})
	}
}

func TestWrongSecretLooksLikeThis(t *testing.T) {
	_, o := account(t, simulator.Options{}, app("ZOOM_CLIENT_SECRET=hidden"))
	golden(t, "wrong-secret", examine(t, o))
}

// TestFailuresOfTheCall goes through what a token is refused with.
func TestFailuresOfTheCall(t *testing.T) {
	for _, c := range []struct {
		fault  string
		status doctor.Status
		says   []string
	}{
		{"phone_not_enabled", doctor.Fail, []string{"2031", "licence", "tracking id is SIM_"}},
		{"phone_not_enabled_2013", doctor.Fail, []string{"2013"}},
		{"not_permitted", doctor.Fail, []string{"shared access"}},
		{"invalid_token", doctor.Fail, []string{"Invalid access token"}},
		{"unknown_path", doctor.Fail, []string{"ZOOM_API_URL"}},
		{"missing_scope", doctor.Fail, []string{"phone:read:settings:admin", "too new"}},
		{"daily_limit", doctor.Warn, []string{"Try again after"}},
		{"html", doctor.Fail, []string{"not JSON"}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			s, o := account(t, simulator.Options{}, app())
			s.Inject(simulator.Fault{Name: c.fault, Path: "/v2/**"})
			r := examine(t, o)
			want(t, r, "token", doctor.OK)
			want(t, r, "call", c.status, append(c.says, "phone_setting")...)
			if r.Status != c.status {
				t.Error(r.Status)
			}
		})
	}
}

func TestTokenThatEndedEarlyIsReplacedAsCallsDo(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	s.Inject(simulator.Fault{Name: "token_revoked", Count: 1})
	r := examine(t, o)
	want(t, r, "call", doctor.OK)
	if n := s.TokensMinted(); n != 2 {
		t.Errorf("%d tokens", n)
	}
}

// count returns how many methods keep holds for.
func count(methods []*catalog.Method, keep func(*catalog.Method) bool) int {
	n := 0
	for _, m := range methods {
		if keep(m) {
			n++
		}
	}
	return n
}

// has reports whether one of the scopes is among those granted.
func has(scopes, granted []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(granted, s) })
}

// everything is how the table says that no scope is missing.
func everything() string {
	return fmt.Sprintf("they allow all %d methods", len(slices.Collect(catalog.All())))
}

func TestOneTokenIsEnough(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	examine(t, o)
	if n := s.TokensMinted(); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

func TestMissingScopesAreListedOnce(t *testing.T) {
	granted := []string{"phone:read:list_users:admin", "phone:read:list_call_logs:admin", "phone:read:user"}
	all := slices.Collect(catalog.All())
	allowed := count(all, func(m *catalog.Method) bool { return has(m.Scopes.Granular, granted) })
	_, o := account(t, simulator.Options{Scopes: granted}, app())
	r := examine(t, o)
	want(t, r, "scopes", doctor.Warn, fmt.Sprintf("they allow %d of %d methods", allowed, len(all)))
	f := check(t, r, "scopes").Facts.(doctor.ScopeFacts)
	if f.Allowed != allowed || f.Allowed+len(f.Missing) != len(all) || len(f.Granted) != 3 {
		t.Errorf("%+v", f)
	}
	unique := slices.Compact(slices.Sorted(slices.Values(f.Add)))
	if len(unique) != len(f.Add) || !slices.Contains(f.Add, "phone:read:settings:admin") || slices.Contains(f.Add, "phone:read:list_users:admin") {
		t.Errorf("to add: %v", f.Add)
	}
	for _, s := range f.Add {
		if !strings.HasSuffix(s, ":admin") {
			t.Errorf("%s is for users' own apps", s)
		}
	}
	if !slices.Equal(f.AddClassic, []string{"phone:read:admin"}) {
		t.Errorf("classic: %v", f.AddClassic)
	}
	// phone_setting is out of reach: another method is called.
	if m := check(t, r, "call").Facts.(doctor.CallFacts).Method; m != "list_phone_users" {
		t.Errorf("called %s", m)
	}
	want(t, r, "call", doctor.OK)
	if r.Status != doctor.Warn {
		t.Error(r.Status)
	}
	golden(t, "missing-scopes", r)

	// With what is to be added nothing is missing.
	_, o = account(t, simulator.Options{Scopes: slices.Concat(f.Granted, f.Add)}, app())
	want(t, examine(t, o), "scopes", doctor.OK, everything())
}

func TestAppWithClassicScopesIsGivenClassicOnes(t *testing.T) {
	_, o := account(t, simulator.Options{Scopes: []string{"phone_recording:read:admin"}}, app())
	c := check(t, examine(t, o), "scopes")
	if !slices.Equal(c.Paste, []string{"phone:read:admin"}) {
		t.Errorf("%v", c.Paste)
	}
	_, o = account(t, simulator.Options{Scopes: []string{"phone:read:admin"}}, app())
	want(t, examine(t, o), "scopes", doctor.OK, everything())
}

func TestScopesThatAllowNothing(t *testing.T) {
	s, o := account(t, simulator.Options{Scopes: []string{"user:read:user:admin"}}, app())
	r := examine(t, o)
	want(t, r, "scopes", doctor.Fail, "they allow 0 of ")
	want(t, r, "call", doctor.Skipped)
	if r.Status != doctor.Fail {
		t.Error(r.Status)
	}
	for _, q := range s.Requests() {
		if strings.HasPrefix(q.Path, "/v2/") {
			t.Errorf("sent %s", q.Path)
		}
	}
}

func TestReadyTokenTellsNoScopesAndIsTried(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	source, err := auth.Source(o.Auth)
	if err != nil {
		t.Fatal(err)
	}
	token, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	o.Auth.Getenv = variables{"ZOOM_ACCESS_TOKEN": token.AccessToken}.get
	r := examine(t, o)
	want(t, r, "configuration", doctor.OK, "ZOOM_ACCESS_TOKEN")
	want(t, r, "token", doctor.OK, "never renewed")
	want(t, r, "scopes", doctor.Skipped, "does not tell its scopes")
	want(t, r, "call", doctor.OK)

	s.SetScopes([]string{"phone:read:list_users:admin"})
	r = examine(t, o)
	want(t, r, "call", doctor.Warn, "phone:read:settings:admin", "others may work")

	s.RevokeTokens()
	want(t, examine(t, o), "call", doctor.Fail, "ZOOM_ACCESS_TOKEN")
}

func TestConfigurationSaysWhatIsWrong(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(simulator.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	without := func(v variables, names ...string) variables {
		for _, n := range names {
			delete(v, n)
		}
		return v
	}
	for _, c := range []struct {
		what   string
		v      variables
		status doctor.Status
		says   []string
	}{
		{"nothing", nil, doctor.Fail, []string{"ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET", "marketplace.zoom.us", "auth login", "--demo"}},
		{"a part", without(app(), "ZOOM_CLIENT_SECRET"), doctor.Fail, []string{"ZOOM_CLIENT_SECRET not set"}},
		{"a file", without(app("ZOOM_CLIENT_SECRET_FILE="+secret), "ZOOM_CLIENT_SECRET"), doctor.OK, []string{"ZOOM_CLIENT_SECRET_FILE"}},
		{"a file that is not there", without(app("ZOOM_CLIENT_SECRET_FILE=/nowhere/hidden"), "ZOOM_CLIENT_SECRET"), doctor.Fail, []string{"ZOOM_CLIENT_SECRET_FILE", "cannot be read"}},
		{"a file and a value", app("ZOOM_CLIENT_SECRET_FILE=" + secret), doctor.Fail, []string{"both set", "Keep one"}},
		{"a ready token before an app", app("ZOOM_ACCESS_TOKEN=hidden"), doctor.Warn, []string{"ZOOM_ACCESS_TOKEN comes first", "Unset"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, o := account(t, simulator.Options{}, c.v)
			r := examine(t, o)
			want(t, r, "configuration", c.status, c.says...)
			want(t, r, "tls", doctor.OK) // the network is looked at all the same
			want(t, r, "clock", doctor.OK)
		})
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		api, oauth string
		status     doctor.Status
		says       []string
	}{
		{"http://api.zoom.us/v2", zoom.DefaultOAuthURL, doctor.Fail, []string{"ZOOM_API_URL", "https"}},
		{"https://user:hidden@api.zoom.us/v2", zoom.DefaultOAuthURL, doctor.Fail, []string{"ZOOM_API_URL"}},
		{"https://api.zoom.us/v2?key=hidden", zoom.DefaultOAuthURL, doctor.Fail, []string{"ZOOM_API_URL"}},
		{zoom.DefaultAPIURL, "https://user:hidden@zoom.us:port/oauth", doctor.Fail, []string{"ZOOM_OAUTH_URL"}},
		{zoom.DefaultAPIURL, "https://zoomgov.com/oauth", doctor.Fail, []string{"different clouds"}},
		{"https://api.zoom.us", zoom.DefaultOAuthURL, doctor.Warn, []string{"/v2"}},
		{"https://zoom.example/v2", zoom.DefaultOAuthURL, doctor.Warn, []string{"not Zoom's"}},
	} {
		r := examine(t, doctor.Options{
			APIURL: c.api, HTTP: direct(), Auth: auth.Settings{Getenv: app().get, OAuthURL: c.oauth},
			LookupHost: nowhere,
		})
		want(t, r, "configuration", c.status, c.says...)
	}
}

// nowhere is a resolver that knows no name.
func nowhere(_ context.Context, name string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func TestNamesWithoutAddress(t *testing.T) {
	r := examine(t, doctor.Options{HTTP: direct(), LookupHost: nowhere, Auth: auth.Settings{Getenv: app().get}})
	want(t, r, "dns", doctor.Fail, "api.zoom.us cannot be found", "host zoom.us", "HTTPS_PROXY")
	for _, name := range []string{"tls", "clock", "token", "scopes", "call"} {
		want(t, r, name, doctor.Skipped)
	}
	golden(t, "no-dns", r)
}

func TestOneHostWithoutAddressLeavesTheOther(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	o.APIURL = "https://api.zoom.invalid/v2"
	r := examine(t, o)
	want(t, r, "dns", doctor.Fail, "api.zoom.invalid")
	want(t, r, "tls", doctor.OK)
	want(t, r, "token", doctor.OK)
	want(t, r, "call", doctor.Skipped, "api.zoom.invalid is not reached")
	if s.TokensMinted() != 1 {
		t.Error("no token")
	}
}

func TestClockThatIsOff(t *testing.T) {
	for _, c := range []struct {
		skew   time.Duration
		status doctor.Status
		says   string
	}{
		{0, doctor.OK, "as 127"},
		{10 * time.Second, doctor.OK, "behind"},
		{2 * time.Minute, doctor.Warn, "2m0s behind"},
		{-2 * time.Minute, doctor.Warn, "2m0s ahead of"},
		{10 * time.Minute, doctor.Fail, "10m0s behind"},
		{-48 * time.Hour, doctor.Fail, "48h0m0s ahead of"},
	} {
		// What the other clock's seconds leave out is below what is looked at.
		start := time.Now().Truncate(time.Second).Add(500 * time.Millisecond)
		_, o := account(t, simulator.Options{Now: func() time.Time { return start.Add(c.skew) }}, app())
		o.Now = func() time.Time { return start }
		want(t, examine(t, o), "clock", c.status, c.says)
	}
}

func TestTimeForAllChecksIsBounded(t *testing.T) {
	for _, path := range []string{"/", "/oauth/token", "/v2/**"} {
		s, o := account(t, simulator.Options{}, app())
		s.Inject(simulator.Fault{Name: "hang", Path: path})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		r := doctor.Run(ctx, o)
		cancel()
		if took := time.Since(start); took > 5*time.Second || r.Status != doctor.Fail || len(r.Checks) != 9 {
			t.Errorf("%s: %s after %v", path, r.Status, took)
		}
	}
}

func TestTextOfOthersDoesNotSteerTheTerminal(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	s.Inject(simulator.Fault{Status: 403, Body: `{"code":1,"message":"red \u001b[31m\u0007 text\u202e"}`, Path: "/v2/**"})
	text := table(t, examine(t, o))
	if !strings.Contains(text, "red") || strings.ContainsAny(text, "\x1b\a\u202e") {
		t.Errorf("%q", text)
	}
}

// loggedIn is an account whose user has logged in.
func loggedIn(t *testing.T, o simulator.Options) (*simulator.Server, doctor.Options) {
	t.Helper()
	s, opts := account(t, o, variables{"ZOOM_CLIENT_ID": simulator.ClientID})
	opts.Auth.Store = auth.NewStore(t.TempDir(), nil, auth.PlaceFile)
	opts.Auth.HTTP = opts.HTTP
	browser := func(address string) error {
		go func() {
			resp, err := http.Get(address)
			if err == nil {
				resp.Body.Close()
			}
		}()
		return nil
	}
	if _, err := auth.Login(t.Context(), opts.Auth, auth.LoginOptions{RedirectURL: "http://127.0.0.1:0/callback", Browser: browser, Out: &strings.Builder{}}); err != nil {
		t.Fatal(err)
	}
	return s, opts
}

func TestAppThatUsersManageIsOfferedNoScopesOfAdministrators(t *testing.T) {
	all := slices.Collect(catalog.All())
	forUsers := map[string]bool{}
	onlyAdmin := count(all, func(m *catalog.Method) bool {
		i := slices.IndexFunc(m.Scopes.Granular, func(s string) bool { return !strings.HasSuffix(s, ":admin") })
		if i >= 0 {
			forUsers[m.Scopes.Granular[i]] = true
		}
		return i < 0
	})
	allowed := count(all, func(m *catalog.Method) bool { return has(m.Scopes.Granular, []string{"phone:read:user"}) })
	_, o := loggedIn(t, simulator.Options{Scopes: []string{"phone:read:user"}})
	r := examine(t, o)
	want(t, r, "scopes", doctor.Warn, fmt.Sprintf("they allow %d of %d methods", allowed, len(all)), fmt.Sprintf("%d need an app that administrators manage", onlyAdmin))
	f := check(t, r, "scopes").Facts.(doctor.ScopeFacts)
	if len(f.Add) != len(forUsers)-1 || len(f.OnlyAdmin) != onlyAdmin || slices.ContainsFunc(slices.Concat(f.Add, f.AddClassic), func(s string) bool { return strings.HasSuffix(s, ":admin") }) {
		t.Errorf("%+v", f)
	}
	want(t, r, "scopes", doctor.Warn, f.OnlyAdmin...)
	_, o = loggedIn(t, simulator.Options{Scopes: slices.Concat(f.Granted, f.Add)})
	if c := check(t, examine(t, o), "scopes"); len(c.Paste) > 0 || len(c.Next) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestClassicAppThatUsersManageIsOfferedItsOwnScopes(t *testing.T) {
	_, o := loggedIn(t, simulator.Options{Scopes: []string{"phone_call_log:read"}})
	c := check(t, examine(t, o), "scopes")
	f := c.Facts.(doctor.ScopeFacts)
	if !slices.Contains(c.Paste, "phone:read") || slices.ContainsFunc(c.Paste, func(s string) bool { return strings.Count(s, ":") > 1 }) {
		t.Errorf("to add: %v", c.Paste)
	}
	if !slices.Contains(f.OnlyAdmin, "phone_setting") || slices.Contains(f.OnlyAdmin, "phone_user") {
		t.Errorf("only for administrators: %v", f.OnlyAdmin)
	}
	_, o = loggedIn(t, simulator.Options{Scopes: slices.Concat(f.Granted, c.Paste)})
	if c := check(t, examine(t, o), "scopes"); len(c.Paste) > 0 || len(c.Next) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestStoredLoginIsExaminedAndKeptWell(t *testing.T) {
	s, o := loggedIn(t, simulator.Options{})
	r := examine(t, o)
	want(t, r, "configuration", doctor.OK, "a user's login")
	want(t, r, "scopes", doctor.OK, everything())
	want(t, r, "call", doctor.OK)

	// Zoom has forgotten the access token: the login is renewed, and stays good.
	s.RevokeTokens()
	for range 2 {
		want(t, examine(t, o), "call", doctor.OK)
	}
	s.Inject(simulator.Fault{Name: "dead_refresh_token"})
	s.RevokeTokens()
	want(t, examine(t, o), "call", doctor.Fail, "login has ended", "auth login")
}

func TestPlanThatZoomContradicts(t *testing.T) {
	s, o := account(t, simulator.Options{}, app())
	s.Inject(simulator.Fault{Name: "slow", Delay: time.Millisecond, Path: "/v2/**", Header: http.Header{
		"X-Ratelimit-Type": {"Daily-limit"}, "X-Ratelimit-Limit": {"30000"}, "X-Ratelimit-Remaining": {"29000"}, "X-Ratelimit-Category": {"Light"},
	}})
	want(t, examine(t, o), "plan", doctor.Warn, "30000", "ZOOM_PLAN=business")
	o.Plan = zoom.Business()
	want(t, examine(t, o), "plan", doctor.OK)
	s.ClearFaults()
	s.Inject(simulator.Fault{Name: "slow", Delay: time.Millisecond, Path: "/v2/**", Header: http.Header{"X-Ratelimit-Category": {"Heavy"}}})
	want(t, examine(t, o), "plan", doctor.Warn, "Zoom counts the call as Heavy, this program as LIGHT")
}

func TestForeignAddressOfTheAPIIsNotFollowed(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"hidden","token_type":"bearer","expires_in":3600,"scope":"phone:read:admin","api_url":"https://evil.example"}`))
	}))
	defer tokens.Close()
	r := examine(t, doctor.Options{
		HTTP: direct(), Auth: auth.Settings{Getenv: app().get, OAuthURL: tokens.URL + "/oauth"}, LookupHost: nowhere,
	})
	want(t, r, "token", doctor.Warn, "not Zoom's", "ZOOM_OAUTH_URL")
}
