package paginate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/simulator"
)

// account is a simulated account, asked over HTTP with nothing of this project
// between.
type account struct {
	t     *testing.T
	sim   *simulator.Server
	clock *clock
	token string
	calls int
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{t: t, clock: &clock{now: start}}
	var err error
	if a.sim, err = simulator.Start(t.Context(), "", simulator.Options{Now: a.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.sim.Close() })
	a.login()
	return a
}

func (a *account) login() {
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.sim.OAuthURL()+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if status, body := a.do(r); status != http.StatusOK || json.Unmarshal(body, &answer) != nil {
		a.t.Fatalf("no token: %d %s", status, body)
	}
	a.token = answer.AccessToken
}

func (a *account) do(r *http.Request) (status int, body []byte) {
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		a.t.Fatal(err)
	}
	return res.StatusCode, body
}

// get asks for a path; what is not a success becomes a fault, as the client would
// make it.
func (a *account) get(path string, query url.Values) (json.RawMessage, error) {
	a.calls++
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.sim.APIURL()+path+"?"+query.Encode(), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	status, body := a.do(r)
	if status == http.StatusOK {
		return body, nil
	}
	var z struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &z)
	return nil, &apierror.Error{Kind: apierror.ZoomError, HTTPStatus: status, ZoomCode: z.Code, ZoomMessage: z.Message, Message: string(body)}
}

// page is the Page of a path with the caller's parameters.
func (a *account) page(path string, given url.Values) paginate.Page {
	return func(_ context.Context, set map[string]any) (json.RawMessage, error) {
		q := url.Values{}
		for name, values := range given {
			q[name] = values
		}
		for name, v := range set {
			q.Set(name, fmt.Sprint(v))
		}
		return a.get(path, q)
	}
}

// loop is the plain way: page after page of one query.
func (a *account) loop(path, items string, query url.Values) []string {
	a.t.Helper()
	var out []string
	for q := query; ; {
		body, err := a.get(path, q)
		if err != nil {
			a.t.Fatalf("%s %v: %v", path, q, err)
		}
		var fields map[string]json.RawMessage
		var records []json.RawMessage
		var next string
		if err := json.Unmarshal(body, &fields); err != nil {
			a.t.Fatal(err)
		}
		if fields[items] != nil {
			if err := json.Unmarshal(fields[items], &records); err != nil {
				a.t.Fatal(err)
			}
		}
		_ = json.Unmarshal(fields["next_page_token"], &next)
		out = append(out, texts(records)...)
		if next == "" {
			return out
		}
		q.Set("next_page_token", next)
	}
}

// method is what the collection has to know of a method in the catalog.
func method(t *testing.T, name string, ids ...string) (paginate.Method, string) {
	t.Helper()
	m, ok := catalog.Lookup(name)
	if !ok {
		t.Fatalf("no method %s", name)
	}
	out := paginate.Method{Name: name, Items: m.Pagination.Items, Next: m.Pagination.Next, Size: m.Pagination.Size, Sync: m.Pagination.Style == "sync", ID: ids}
	for _, p := range m.Params {
		if p.Name == out.Size {
			out.MaxSize = p.Max
		}
	}
	if w := m.Window; w != nil {
		out.Limits = &daterange.Limits{Longest: w.Longest, Reach: w.Reach, Dates: w.Precision == "date"}
	}
	return out, m.Path
}

func TestFiveMonthsOfCallsEqualTheMonthByMonthLoop(t *testing.T) {
	a := newAccount(t)
	defer a.sim.Inject(simulator.Fault{Name: "ended_lists"})() // an account before Zoom ends call_logs
	m, path := method(t, "account_call_history")
	r, problems := daterange.Resolve(daterange.Asked{From: "2026-06", To: "2026-10", Split: true}, *m.Limits, a.clock.now)
	if problems != nil {
		t.Fatal(problems)
	}
	q := paginate.Query{Method: m, Params: map[string]any{"from": "2026-06", "to": "2026-10"}, Range: r, MaxRecords: paginate.MostRecords}
	res, err := paginate.All(t.Context(), q, a.page(path, nil), paginate.Options{Now: a.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for month := time.October; month >= time.June; month-- {
		first := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		want = append(want, a.loop(path, "call_history", url.Values{
			"page_size": {"300"}, "from": {first.Format(time.DateOnly)}, "to": {first.AddDate(0, 1, -1).Format(time.DateOnly)},
		})...)
	}
	if len(want) < 1000 || !res.Complete || !slices.Equal(texts(res.Records), want) || res.Total != len(want) || !slices.Equal(res.Dropped, []string{"call_logs"}) {
		t.Errorf("%d records in %d pages, want %d; complete %v, total %d, dropped %v", len(res.Records), res.Pages, len(want), res.Complete, res.Total, res.Dropped)
	}
	t.Logf("%d calls in %d pages", len(want), res.Pages)
}

// Weeks are cut at other places than months, and give the same records.
func TestListsOfTheAccountEqualTheWeekByWeekLoop(t *testing.T) {
	a := newAccount(t)
	for _, c := range []struct {
		name  string
		ids   []string
		given url.Values
	}{
		{name: "account_voice_mails"},
		{name: "get_phone_recordings"},
		{name: "get_accounts_fax_logs"},
		{name: "get_call_charges_usage_report", given: url.Values{"show_charges_only": {"true"}}},
		{name: "get_sms_charges_usage_report"},
		{name: "getfaxchargesusagereport"},
		{name: "get_ps_operation_logs"},
		{name: "list_past_call_metrics", given: url.Values{"quality_type": {"bad"}}},
		{name: "account_sms_session", ids: []string{"session_id"}, given: url.Values{"session_type": {"all"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a.t = t
			m, path := method(t, c.name, c.ids...)
			if m.MaxSize == 0 {
				m.MaxSize = 300
			}
			const zone = "America/New_York"
			r, problems := daterange.Resolve(daterange.Asked{From: "2026-08-15", To: "2026-11-04 12:00", Zone: zone, Split: true}, *m.Limits, a.clock.now)
			if problems != nil {
				t.Fatal(problems)
			}
			q := paginate.Query{Method: m, Params: map[string]any{"from": "…"}, Zone: zone, Range: r, MaxRecords: paginate.MostRecords}
			res, err := paginate.All(t.Context(), q, a.page(path, c.given), paginate.Options{Now: a.clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			begin, end := r.Covered()
			for at := end; at.After(begin); at = at.AddDate(0, 0, -7) {
				w := daterange.Split(later(begin, at.AddDate(0, 0, -7)), at, daterange.Limits{Dates: m.Limits.Dates})[0]
				query := url.Values{"page_size": {"100"}, "from": {w.From}, "to": {w.To}}
				for name, values := range c.given {
					query[name] = values
				}
				want = append(want, a.loop(path, m.Items, query)...)
			}
			if len(want) == 0 || len(res.Windows) < 3 || !res.Complete || !slices.Equal(texts(res.Records), want) {
				t.Errorf("%d records in %d pages of %d windows, want %d; complete %v", len(res.Records), res.Pages, len(res.Windows), len(want), res.Complete)
			}
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A message session that was used in several months is listed by each of them.
func TestMessageSessionsComeOnce(t *testing.T) {
	a := newAccount(t)
	m, path := method(t, "account_sms_session", "session_id")
	r, problems := daterange.Resolve(daterange.Asked{From: "-3m", Split: true}, *m.Limits, a.clock.now)
	if problems != nil {
		t.Fatal(problems)
	}
	given := url.Values{"session_type": {"all"}, "filter_type": {"sent_received_message_time"}}
	res, err := paginate.All(t.Context(), paginate.Query{Method: m, Range: r, MaxRecords: paginate.MostRecords}, a.page(path, given), paginate.Options{Now: a.clock.Now})
	if err != nil || !res.Complete {
		t.Fatalf("%+v %v", res, err)
	}
	seen := map[string]bool{}
	for _, record := range res.Records {
		var s struct {
			ID string `json:"session_id"`
		}
		if err := json.Unmarshal(record, &s); err != nil || seen[s.ID] {
			t.Errorf("%s: twice, or %v", s.ID, err)
		}
		seen[s.ID] = true
	}
	if res.Repeated == 0 || len(seen) == 0 {
		t.Errorf("%d sessions, %d repeated", len(seen), res.Repeated)
	}
}

// Pages of the simulated account go stale like Zoom's.
func TestTheAccountsTokensEnd(t *testing.T) {
	a := newAccount(t)
	m, path := method(t, "account_call_history")
	r, _ := daterange.Resolve(daterange.Asked{From: "2026-09", To: "2026-10", Split: true}, *m.Limits, a.clock.now)
	slow := a.page(path, nil)
	q := paginate.Query{Method: m, Range: r, MaxRecords: 700}
	frozen := a.clock.now // the collection's own clock stands still, so that Zoom has to say it
	pages := 0
	res, err := paginate.All(t.Context(), q, func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		if pages++; pages == 3 {
			a.clock.Advance(16 * time.Minute)
		}
		return slow(ctx, set)
	}, paginate.Options{Now: func() time.Time { return frozen }})
	if err != nil || res.Restarts != 1 || len(res.Records) != 700 || res.Complete {
		t.Fatalf("%+v %v", res, err)
	}
	got := texts(res.Records)
	for !res.Complete {
		a.clock.Advance(16 * time.Minute)
		a.login()
		q.Cursor = res.Cursor
		if res, err = paginate.All(t.Context(), q, slow, paginate.Options{Now: a.clock.Now}); err != nil {
			t.Fatal(err)
		}
		got = append(got, texts(res.Records)...)
	}
	want := append(a.loop(path, "call_history", url.Values{"page_size": {"300"}, "from": {"2026-10-01"}, "to": {"2026-10-31"}}),
		a.loop(path, "call_history", url.Values{"page_size": {"300"}, "from": {"2026-09-01"}, "to": {"2026-09-30"}})...)
	if !slices.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
}

func TestSynchronizationOfTheAccount(t *testing.T) {
	a := newAccount(t)
	users := a.loop("/phone/users", "users", url.Values{"page_size": {"1"}, "keyword": {"Oskar"}})
	var user struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(users[0]), &user); err != nil {
		t.Fatal(err)
	}
	m, path := method(t, "sync_user_call_history")
	path = strings.Replace(path, "{userId}", user.ID, 1)
	q := paginate.Query{Method: m, MaxRecords: paginate.MostRecords}
	whole, err := paginate.All(t.Context(), q, a.page(path, nil), paginate.Options{Now: a.clock.Now})
	if err != nil || !whole.Complete || whole.Pages < 3 || len(whole.Records) < 200 {
		t.Fatalf("%+v %v", whole, err)
	}
	q.MaxRecords = 150
	var got []string
	for {
		res, err := paginate.All(t.Context(), q, a.page(path, nil), paginate.Options{Now: a.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, texts(res.Records)...)
		if q.Cursor = res.Cursor; res.Complete {
			break
		}
	}
	if !slices.Equal(got, texts(whole.Records)) {
		t.Errorf("in parts %d records, at once %d", len(got), len(whole.Records))
	}
}
