package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

// account is a simulated account with a gateway on it.
type account struct {
	*gateway.Gateway
	sim *simulator.Server
}

func demo(t *testing.T, o gateway.Options) *account {
	t.Helper()
	sim, err := simulator.Start(t.Context(), "", simulator.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	o.Client, err = zoom.New(zoom.Options{APIURL: sim.APIURL(), Plan: zoom.Unlimited(), Now: now, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token(t, sim)})})
	if err != nil {
		t.Fatal(err)
	}
	o.Now = now
	return &account{gateway.New(o), sim}
}

// token asks the simulated account for a token, with nothing of the client.
func token(t *testing.T, sim *simulator.Server) string {
	t.Helper()
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sim.OAuthURL()+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.AccessToken
}

// pages reads a list page by page, with nothing of the gateway.
func (a *account) pages(t *testing.T, path, items string, query url.Values) []map[string]any {
	t.Helper()
	bearer := token(t, a.sim)
	var out []map[string]any
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.sim.APIURL()+path+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var page map[string]json.RawMessage
		if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(body, &page) != nil {
			t.Fatalf("%d %s %v", resp.StatusCode, body, err)
		}
		var records []map[string]any
		if err := json.Unmarshal(page[items], &records); err != nil {
			t.Fatal(err)
		}
		out = append(out, records...)
		var next string
		_ = json.Unmarshal(page["next_page_token"], &next) // absent on the last page
		if next == "" {
			return out
		}
		query.Set("next_page_token", next)
	}
}

func (a *account) call(t *testing.T, r gateway.CallRequest) *gateway.Answer {
	t.Helper()
	out, err := a.Call(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type about struct {
	Collected struct {
		Complete bool
		Records  int
		Pages    int
		Calls    int
		Cursor   string
		Reason   string
		From, To string
		Windows  []any
		Cut      *struct {
			Kept    int    `json:"kept"`
			LeftOut int    `json:"left_out"`
			Whole   string `json:"whole"`
		}
	}
}

func TestMissedCallsPerQueueAndWeekdayAreOneCall(t *testing.T) {
	a := demo(t, gateway.Options{})
	answer := a.call(t, gateway.CallRequest{
		Method: "account_call_history", Params: json.RawMessage(`{"from":"last month","directions":"inbound"}`),
		TimeZone: "America/Denver", MaxRecords: 100000,
		SQL: `SELECT callee_name, strftime('%w', local(start_time, 'America/Denver')) AS weekday, count(*) AS missed FROM records
			WHERE callee_ext_type = 'call_queue' AND call_result IN ('no_answer','abandoned','ring_timeout','voicemail') GROUP BY 1, 2`,
	})
	if len(answer.JSON) > 2048 {
		t.Errorf("%d bytes", len(answer.JSON))
	}
	var got struct {
		Rows [][]any
		about
	}
	if err := json.Unmarshal(answer.JSON, &got); err != nil {
		t.Fatal(err)
	}
	if !got.Collected.Complete || got.Collected.Records == 0 {
		t.Errorf("%+v", got.Collected)
	}
	zone, err := time.LoadLocation("America/Denver")
	if err != nil {
		t.Fatal(err)
	}
	month := time.Date(2026, 2, 1, 0, 0, 0, 0, zone)
	end := month.AddDate(0, 1, 0)
	want := map[string]int{}
	for _, r := range a.pages(t, "/phone/call_history", "call_history", url.Values{
		"from": {"2026-02-01T00:00:00Z"}, "to": {"2026-03-01T00:00:00Z"}, "directions": {"inbound"}, "page_size": {"100"},
	}) {
		count(t, want, r, month, end, zone)
	}
	for _, r := range a.pages(t, "/phone/call_history", "call_history", url.Values{
		"from": {"2026-03-01T00:00:01Z"}, "to": {"2026-03-02T00:00:00Z"}, "directions": {"inbound"}, "page_size": {"100"},
	}) {
		count(t, want, r, month, end, zone)
	}
	have := map[string]int{}
	for _, row := range got.Rows {
		have[fmt.Sprint(row[0], " ", row[1])] = int(row[2].(float64))
	}
	if !maps.Equal(have, want) {
		t.Errorf("got  %v\nwant %v", have, want)
	}
}

func count(t *testing.T, into map[string]int, r map[string]any, from, to time.Time, zone *time.Location) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, r["start_time"].(string))
	if err != nil {
		t.Fatal(err)
	}
	missed := strings.Contains(" no_answer abandoned ring_timeout voicemail ", fmt.Sprintf(" %v ", r["call_result"]))
	if !at.Before(from) && at.Before(to) && missed && r["callee_ext_type"] == "call_queue" {
		into[fmt.Sprint(r["callee_name"], " ", int(at.In(zone).Weekday()))]++
	}
}

func TestTwelveMonthsOfChargesAreOneCall(t *testing.T) {
	a := demo(t, gateway.Options{})
	var pages int
	answer := a.call(t, gateway.CallRequest{
		Method: "get_call_charges_usage_report", Params: json.RawMessage(`{"from":"-12m"}`), MaxRecords: 100000,
		SQL:      "SELECT count(*), count(DISTINCT substr(end_time, 1, 7)) FROM records",
		Progress: func(p gateway.Progress) { pages = p.Pages },
	})
	var got struct {
		Rows [][]float64
		about
	}
	if err := json.Unmarshal(answer.JSON, &got); err != nil {
		t.Fatal(err)
	}
	if !got.Collected.Complete || got.Rows[0][0] < 1000 || got.Rows[0][1] < 12 || int(got.Rows[0][0]) != got.Collected.Records {
		t.Errorf("%s", answer.JSON)
	}
	if pages != got.Collected.Calls || pages < 12 {
		t.Errorf("progress told of %d calls, there were %d", pages, got.Collected.Calls)
	}
}

func TestCursorGoesOnWhereACollectionStopped(t *testing.T) {
	a := demo(t, gateway.Options{})
	request := gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"-40d"}`), AllPages: true, MaxRecords: 300, Exact: true}
	seen := map[string]bool{}
	for calls := 1; ; calls++ {
		var got struct {
			History []struct {
				ID string `json:"call_history_uuid"`
			} `json:"call_history"`
			about
		}
		if err := json.Unmarshal(a.call(t, request).JSON, &got); err != nil {
			t.Fatal(err)
		}
		for _, r := range got.History {
			if seen[r.ID] {
				t.Errorf("%s twice", r.ID)
			}
			seen[r.ID] = true
		}
		if got.Collected.Complete {
			break
		}
		if got.Collected.Cursor == "" || got.Collected.Reason == "" || calls > 10 {
			t.Fatalf("%+v", got.Collected)
		}
		request.Cursor = got.Collected.Cursor
	}
	var all struct {
		History []json.RawMessage `json:"call_history"`
	}
	request.Cursor, request.MaxRecords = "", 5000
	if err := json.Unmarshal(a.call(t, request).JSON, &all); err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(all.History) || len(seen) < 600 {
		t.Errorf("%d records in parts, %d at once", len(seen), len(all.History))
	}
}

func TestLongAnswerIsCutBetweenRecordsAndStaysReadable(t *testing.T) {
	a := demo(t, gateway.Options{MaxResult: 20000})
	request := gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"-20d","page_size":100}`)}
	answer := a.call(t, request)
	var got struct {
		History []json.RawMessage `json:"call_history"`
		Cut     struct {
			Kept    int    `json:"kept"`
			LeftOut int    `json:"left_out"`
			Whole   string `json:"whole"`
		}
	}
	if err := json.Unmarshal(answer.JSON, &got); err != nil {
		t.Fatal(err)
	}
	if len(answer.JSON) > 20000 || got.Cut.Kept != len(got.History) || got.Cut.Kept == 0 || got.Cut.Kept+got.Cut.LeftOut != 100 {
		t.Errorf("%d bytes, %d records, %+v", len(answer.JSON), len(got.History), got.Cut)
	}
	if !strings.Contains(answer.Incomplete, got.Cut.Whole) || !strings.HasPrefix(string(answer.JSON), `{"incomplete":"100 of `) {
		t.Errorf("got %q and %.100s, want both to begin with what is missing", answer.Incomplete, answer.JSON)
	}
	id := strings.TrimPrefix(got.Cut.Whole, "zoom-phone://results/")
	var whole []byte
	for n := 1; ; n++ {
		page, err := a.Result(id, n)
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, page.Data...)
		if n == page.Pages {
			break
		}
	}
	request.Exact = true
	if want := a.call(t, request).JSON; string(whole) != string(want) {
		t.Errorf("the kept answer has %d bytes, the exact one %d", len(whole), len(want))
	}
	if _, err := a.Result("nothing", 1); apierror.From(err) == nil || apierror.From(err).Kind != apierror.NotFound {
		t.Errorf("an unknown id: %v", err)
	}
}

func TestShapingArgumentsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	a := demo(t, gateway.Options{})
	a.sim.ResetRequests()
	for _, c := range []struct {
		what, says string
		request    gateway.CallRequest
	}{
		{"a broken expression", "select", gateway.CallRequest{Method: "list_phone_users", Select: "users[].{"}},
		{"a broken statement", "sql", gateway.CallRequest{Method: "list_phone_users", SQL: "SELEC 1"}},
		{"a write", "sql", gateway.CallRequest{Method: "list_phone_users", SQL: "DELETE FROM records"}},
		{"both", "not both", gateway.CallRequest{Method: "list_phone_users", Select: "users", SQL: "SELECT 1"}},
		{"pages where there are none", "without pages", gateway.CallRequest{Method: "phone_setting", AllPages: true}},
		{"a table of what is no list", "no list", gateway.CallRequest{Method: "phone_setting", Format: "csv"}},
		{"an unknown format", "json or csv", gateway.CallRequest{Method: "list_phone_users", Format: "xml"}},
		{"too many records", "100000", gateway.CallRequest{Method: "list_phone_users", AllPages: true, MaxRecords: 100001}},
		{"an unknown zone", "time_zone", gateway.CallRequest{Method: "account_call_history", TimeZone: "Europe/Nowhere"}},
		{"a foreign cursor", "cursor", gateway.CallRequest{Method: "list_phone_users", Cursor: "abc"}},
	} {
		_, err := a.Call(t.Context(), c.request)
		if e := apierror.From(err); e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), c.says) {
			t.Errorf("%s: %v does not say %q", c.what, err, c.says)
		}
	}
	if n := len(a.sim.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestSelectionAndTablesOfOnePage(t *testing.T) {
	a := demo(t, gateway.Options{})
	chosen := a.call(t, gateway.CallRequest{Method: "list_phone_users", Params: json.RawMessage(`{"page_size":2}`), Select: "users[].{n: name, x: extension_number}"})
	if want := `{"incomplete":"2 of 41 records are here; all_pages: true reads the rest, next_page_token the next page.",` +
		`"result":[{"n":"Ada Lovelace","x":1001},{"n":"Tobias Fennimore","x":1002}]}`; string(chosen.JSON) != want {
		t.Errorf("got %s, want %s", chosen.JSON, want)
	}
	whole := a.call(t, gateway.CallRequest{Method: "list_call_queues", Select: "call_queues[0].[name]"})
	if !whole.Array || whole.Incomplete != "" || whole.JSON[0] != '[' {
		t.Errorf("got %s, want the list alone where nothing is missing", whole.JSON)
	}
	table := a.call(t, gateway.CallRequest{Method: "list_phone_users", Params: json.RawMessage(`{"page_size":2}`), Format: "csv"})
	if lines := strings.Split(table.Text, "\r\n"); len(lines) != 4 || !strings.Contains(lines[0], "site_name") || !strings.Contains(lines[1], "Ada Lovelace") {
		t.Errorf("%q", table.Text)
	}
	nothing := a.call(t, gateway.CallRequest{Method: "list_phone_users", Params: json.RawMessage(`{"page_size":100}`), Select: "people"})
	if string(nothing.JSON) != "null" || !strings.Contains(strings.Join(nothing.Notes, " "), "users") {
		t.Errorf("%s %q", nothing.JSON, nothing.Notes)
	}
}

func TestEmptyAnswerExplainsItself(t *testing.T) {
	a := demo(t, gateway.Options{})
	answer := a.call(t, gateway.CallRequest{Method: "account_sms_session", Params: json.RawMessage(`{"phone_number":"19999999999"}`)})
	notes := strings.Join(answer.Notes, " ")
	for _, want := range []string{"last 30 days", "session_type: all", "phone_number"} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing about %q in %s", want, notes)
		}
	}
}

func TestWhatWasSentIsSaidWhenItIsNotWhatWasWritten(t *testing.T) {
	a := demo(t, gateway.Options{})
	answer := a.call(t, gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"yesterday"}`), TimeZone: "Asia/Tokyo"})
	if notes := strings.Join(answer.Notes, " "); !strings.Contains(notes, "2026-03-12T15:00:00Z") {
		t.Errorf("%s", notes)
	}
	plain := a.call(t, gateway.CallRequest{Method: "list_phone_sites"})
	if len(plain.Notes) != 0 {
		t.Errorf("a plain call has notes: %q", plain.Notes)
	}
}

func TestJobsOfferTheAccountsNames(t *testing.T) {
	a := demo(t, gateway.Options{})
	if got := a.JobValues(t.Context(), "queue_performance", "queue", "supp"); len(got) != 1 || got[0] != "Customer Support" {
		t.Errorf("%q", got)
	}
	if got := a.JobValues(t.Context(), "queue_performance", "period", "last"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	a.sim.ResetRequests()
	a.JobValues(t.Context(), "missed_calls", "queue", "")
	if n := len(a.sim.Requests()); n != 0 {
		t.Errorf("%d requests for names that were offered a moment ago", n)
	}
	if got := a.JobValues(t.Context(), "nothing", "queue", ""); got != nil {
		t.Errorf("%q", got)
	}
	if got := a.MethodNames("call_queue"); len(got) == 0 || got[0] != "list_call_queues" {
		t.Errorf("%q", got)
	}
}

func TestJobsOfAViewNameNoHiddenMethod(t *testing.T) {
	a := demo(t, gateway.Options{})
	view, err := a.View(gateway.Filter{Allow: []string{"callqueueanalytics", "list_call_queues", "get_ps_operation_logs"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range view.Jobs() {
		names = append(names, j.Name)
	}
	if fmt.Sprint(names) != "[queue_performance who_changed_what]" {
		t.Errorf("%q", names)
	}
	if got := view.JobValues(t.Context(), "missed_calls", "period", ""); got != nil {
		t.Errorf("values for a job that is hidden: %q", got)
	}
}

// Attempts and waiting of a collection are those of all its pages.
func TestAttemptsOfACollectionAreThoseOfAllPages(t *testing.T) {
	sent := 0
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		switch sent++; {
		case sent == 2:
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"code":500,"message":"Internal error."}`)
		case r.URL.Query().Get("next_page_token") == "":
			fmt.Fprint(w, `{"sites":[{"id":"a"}],"next_page_token":"2"}`)
		default:
			fmt.Fprint(w, `{"sites":[{"id":"b"}],"next_page_token":""}`)
		}
	})
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites", AllPages: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Meta.Attempts, 3; got != want {
		t.Errorf("got %d attempts, want %d", got, want)
	}
}

// A question behind a cursor is not about the records before it, which is said.
func TestQuestionBehindACursorSaysWhatItLeavesOut(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("next_page_token") == "" {
			fmt.Fprint(w, `{"sites":[{"id":"a"}],"total_records":2,"next_page_token":"2"}`)
			return
		}
		fmt.Fprint(w, `{"sites":[{"id":"b"}],"total_records":2,"next_page_token":""}`)
	})
	first, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites", AllPages: true, MaxRecords: 1})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Collected struct{ Cursor string } }
	if err := json.Unmarshal(first.JSON, &got); err != nil || got.Collected.Cursor == "" {
		t.Fatalf("got %s, want a cursor", first.JSON)
	}
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites", Cursor: got.Collected.Cursor, SQL: "SELECT count(*) AS n FROM records"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "1 records of earlier calls are left out"; !strings.Contains(a.Incomplete, want) || !strings.Contains(string(a.JSON), `"rows":[[1]]`) {
		t.Errorf("got %q with %s, want %q with a count of 1", a.Incomplete, a.JSON, want)
	}
}

// What comes while a list without an end is read belongs to it.
func TestRecordsAfterNowBelongToAnOpenRange(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"call_history":[{"id":"new","start_time":%q}],"next_page_token":""}`, now().Add(time.Minute).UTC().Format(time.RFC3339))
	})
	for params, want := range map[string]bool{`{"from":"yesterday","to":"now"}`: false, `{"from":"-7d"}`: true} {
		a, err := g.Call(t.Context(), gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(params)})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(a.JSON), `"new"`); got != want {
			t.Errorf("%s: got the record of a minute later %v, want %v", params, got, want)
		}
	}
}
