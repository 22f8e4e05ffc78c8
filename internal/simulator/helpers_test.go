package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// noon is a Wednesday evening in London and noon in Denver, so that the day has calls.
var noon = time.Date(2026, 3, 18, 19, 0, 0, 0, time.UTC)

// clock is a clock that only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// account is a simulated account with a token, asked without a network.
type account struct {
	t *testing.T
	*simulator.Simulator
	clock *clock
	token string
}

func newAccount(t *testing.T, opts simulator.Options) *account {
	t.Helper()
	a := &account{t: t, clock: &clock{now: noon}}
	if opts.Now == nil {
		opts.Now = a.clock.Now
	}
	a.Simulator = simulator.New(opts)
	a.login()
	return a
}

func (a *account) login() {
	a.t.Helper()
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	rec := a.tokenRequest(simulator.ClientID, simulator.ClientSecret, form)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || answer.AccessToken == "" {
		a.t.Fatalf("no token: %d %s", rec.Code, rec.Body)
	}
	a.token = answer.AccessToken
}

func (a *account) tokenRequest(id, secret string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	return rec
}

// do asks for a path below /v2/phone, or an absolute URL.
func (a *account) do(path string, query url.Values) *httptest.ResponseRecorder {
	a.t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = "http://sim.example.com/v2/phone" + path
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer "+a.token)
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	return rec
}

// get asks for a path and wants an object.
func (a *account) get(path string, query ...string) map[string]any {
	a.t.Helper()
	rec := a.do(path, pairs(query...))
	if rec.Code != http.StatusOK {
		a.t.Fatalf("GET %s %v: %d %s", path, query, rec.Code, rec.Body)
	}
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		a.t.Fatalf("GET %s: %v", path, err)
	}
	return out
}

// refused asks for a path and wants a refusal.
func (a *account) refused(path string, status, code int, query ...string) string {
	a.t.Helper()
	rec := a.do(path, pairs(query...))
	var out struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	if rec.Code != status || out.Code != code || out.Message == "" {
		a.t.Errorf("GET %s %v: got %d %s, want %d with code %d", path, query, rec.Code, rec.Body, status, code)
	}
	return out.Message
}

// all collects a list page by page.
func (a *account) all(path, name string, query ...string) []map[string]any {
	a.t.Helper()
	var out []map[string]any
	q := pairs(query...)
	for page := 0; ; page++ {
		rec := a.do(path, q)
		if rec.Code != http.StatusOK {
			a.t.Fatalf("GET %s %v: %d %s", path, q, rec.Code, rec.Body)
		}
		var body map[string]json.RawMessage
		var items []map[string]any
		var next string
		if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
			a.t.Fatal(err)
		}
		if body[name] != nil {
			if err := json.Unmarshal(body[name], &items); err != nil {
				a.t.Fatal(err)
			}
		}
		out = append(out, items...)
		_ = json.Unmarshal(body["next_page_token"], &next)
		if next == "" {
			return out
		}
		if page > 500 {
			a.t.Fatalf("GET %s never ends", path)
		}
		q.Set("next_page_token", next)
	}
}

func pairs(query ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return q
}

// month is the month before noon, with large pages.
func month(more ...string) []string {
	return append([]string{"from", "2026-02-19", "to", "2026-03-18", "page_size", "300"}, more...)
}

func text(o map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		o, _ = o[name].(map[string]any)
	}
	switch v := o[path[len(path)-1]].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return fmt.Sprint(int64(v))
	default:
		return fmt.Sprint(v)
	}
}

func objects(v any) []map[string]any {
	list, _ := v.([]any)
	out := make([]map[string]any, len(list))
	for i, x := range list {
		out[i], _ = x.(map[string]any)
	}
	return out
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
