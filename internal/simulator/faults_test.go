package simulator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// exchange is what became of a request over a real connection.
type exchange struct {
	status  int
	header  http.Header
	body    string
	err     error // of the request or of its body
	account *listening
}

// listening is an account behind a listener, with a clock and a Sleep that only
// counts.
type listening struct {
	*account
	URL   string
	slept []time.Duration
}

func listen(t *testing.T, opts simulator.Options) *listening {
	t.Helper()
	l := &listening{}
	opts.Sleep = func(ctx context.Context, d time.Duration) error { l.slept = append(l.slept, d); return ctx.Err() }
	l.account = newAccount(t, opts)
	srv, err := l.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	l.URL = srv.URL
	return l
}

// fetch does a request and follows nothing.
func (l *listening) fetch(method, address string, form url.Values) exchange {
	l.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = l.URL + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		l.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	} else if !strings.Contains(address, "/oauth/") && !strings.Contains(address, "/files/") {
		r.Header.Set("Authorization", "Bearer "+l.token)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	x := exchange{account: l}
	res, err := client.Do(r)
	if err != nil {
		x.err = err
		return x
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	x.status, x.header, x.body, x.err = res.StatusCode, res.Header, string(b), err
	return x
}

func TestNamedFaults(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range faultCases {
		tested[c.fault.Name] = true
		t.Run(c.fault.Name, func(t *testing.T) {
			l := listen(t, simulator.Options{})
			l.Inject(c.fault)
			path, method := c.path, http.MethodGet
			var form url.Values
			if path == "" {
				path = "/v2/phone/users"
			}
			if path == tokenPath {
				method, form = http.MethodPost, pairs("grant_type", "account_credentials", "account_id", simulator.AccountID)
			}
			x := l.fetch(method, path, form)
			if x.status != c.status && x.err == nil {
				t.Errorf("status %d %s, want %d", x.status, x.body, c.status)
			}
			for name, want := range c.header {
				got := x.header.Get(name)
				if want == "-" && got != "" || want != "-" && got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if c.body != "" || c.check == nil && c.status >= 400 || c.check == nil && c.status == 200 && c.header == nil {
				if x.body != c.body || x.err != nil {
					t.Errorf("body %s, want %s (%v)", x.body, c.body, x.err)
				}
			}
			if c.body != "" && c.body[0] == '{' {
				if got := x.header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
					t.Errorf("content type %s", got)
				}
			}
			if x.status != 0 && x.header.Get("x-zm-trackingid") == "" {
				t.Error("no tracking id")
			}
			if c.check != nil {
				c.check(t, x)
			}
		})
	}
	for _, name := range simulator.FaultNames() {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

func TestFaultsFieldsReplaceThoseOfTheName(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.Inject(simulator.Fault{Name: "missing_scope", Status: 403, Body: `[{scopes}]`, Header: http.Header{"content-type": {"text/plain"}, "X-Zm-Trackingid": {"mine"}}})
	rec := a.do("/users", nil)
	if rec.Code != 403 || rec.Body.String() != "[phone:read:list_users:admin]" || rec.Header().Get("Content-Type") != "text/plain" || rec.Header().Get("x-zm-trackingid") != "mine" {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
}

func TestChanceIsRepeatable(t *testing.T) {
	run := func(seed uint64) (pattern string) {
		a := newAccount(t, simulator.Options{})
		a.Inject(simulator.Fault{Name: "unavailable", Path: "/v2/phone/**", Rate: 0.2, Seed: seed})
		for range 500 {
			if a.do("/settings", nil).Code == http.StatusServiceUnavailable {
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return pattern
	}
	one := run(1)
	if hits := strings.Count(one, "x"); hits < 70 || hits > 130 {
		t.Errorf("%d of 500 at a rate of 0.2", hits)
	}
	again, other, unseeded := run(1), run(2), run(0)
	if again != one || other == one || run(0) != unseeded {
		t.Error("chance does not follow the seed")
	}
}

func TestTheFirstFaultThatFitsIsApplied(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.Inject(simulator.Fault{Name: "unavailable", Path: "/v2/phone/sites/**"})
	a.Inject(simulator.Fault{Name: "not_found", Count: 1})
	a.Inject(simulator.Fault{Name: "no_file", Skip: 1, Count: 1})
	var got []int
	for _, path := range []string{"/sites/x", "/users", "/users", "/users", "/users", "/sites"} {
		got = append(got, a.do(path, nil).Code)
	}
	if want := []int{503, 404, 200, 400, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTokensEndEarlierThanTheySay(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	a.Inject(simulator.Fault{Name: "clock_skew", Path: tokenPath, Skew: time.Minute - simulator.TokenLife})
	a.login()
	a.get("/users")
	a.clock.Advance(time.Minute)
	a.refused("/users", http.StatusUnauthorized, 124)
}

func TestAFaultThatMakesNoSensePanics(t *testing.T) {
	for _, f := range []simulator.Fault{
		{Name: "no_such_fault"}, {Path: "["}, {Rate: 1.5}, {Skip: -1}, {Status: 99}, {Body: "x"}, {RetryAfter: "soon"}, {Name: "redirect_http", To: "nowhere"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", f)
				}
			}()
			newAccount(t, simulator.Options{}).Inject(f)
		}()
	}
}

func TestACallerThatGivesUpEndsAHang(t *testing.T) {
	s := simulator.New(simulator.Options{})
	s.Inject(simulator.Fault{Name: "hang"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v2/phone/users", nil).WithContext(ctx))
	if got := s.Requests(); len(got) != 1 || got[0].Status != 0 {
		t.Errorf("%+v", got)
	}
}
