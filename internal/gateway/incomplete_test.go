package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

// unlimited makes a gateway on an upstream, without the pace of a plan.
func unlimited(t *testing.T, o gateway.Options, answer http.HandlerFunc) *gateway.Gateway {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	client, err := zoom.New(zoom.Options{APIURL: s.URL, Plan: zoom.Unlimited(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret-token"})})
	if err != nil {
		t.Fatal(err)
	}
	o.Client, o.Now = client, now
	return gateway.New(o)
}

// users answers a list of n users, page by page.
func users(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var size, at int
		fmt.Sscan(r.URL.Query().Get("page_size"), &size)
		fmt.Sscan(r.URL.Query().Get("next_page_token"), &at)
		if size == 0 {
			size = 30
		}
		var out []string
		for i := at; i < min(n, at+size); i++ {
			out = append(out, fmt.Sprintf(`{"id":"u%d","name":"User %d","extension_number":%d}`, i, i, 1000+i))
		}
		next := ""
		if at+size < n {
			next = fmt.Sprint(at + size)
		}
		fmt.Fprintf(w, `{"next_page_token":%q,"page_size":%d,"total_records":%d,"users":[%s]}`, next, size, n, strings.Join(out, ","))
	}
}

// body answers every call with one document.
func body(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) }
}

// A question over a longer list is right or an error, whatever asks it.
func TestAQuestionIsAboutEveryRecord(t *testing.T) {
	g := unlimited(t, gateway.Options{}, users(1234))
	for _, c := range []struct {
		name    string
		request gateway.CallRequest
		want    string
	}{
		{"sql", gateway.CallRequest{SQL: "SELECT count(*) AS n FROM records"}, `"rows":[[1234]]`},
		{"sql with the default written out", gateway.CallRequest{SQL: "SELECT count(*) AS n FROM records", MaxRecords: 1000}, `"rows":[[1234]]`},
		{"sql among the parameters", gateway.CallRequest{Params: []byte(`{"sql":"SELECT max(extension_number) FROM records"}`)}, `"rows":[[2233]]`},
		{"length", gateway.CallRequest{Select: "length(users)"}, `"result":1234`},
		{"a function behind a pipe", gateway.CallRequest{Select: "users[?extension_number > `2000`] | length(@)"}, `"result":233`},
		{"a function over a projection", gateway.CallRequest{Select: "contains(users[].extension_number, `2233`)"}, `"result":true`},
		{"functions in an object", gateway.CallRequest{Select: "{n: length(users), last: users[-1].name}"}, `"result":{"n":1234,"last":"User 1233"}`},
	} {
		c.request.Method = "list_phone_users"
		a, err := g.Call(t.Context(), c.request)
		if err != nil || !strings.Contains(string(a.JSON), c.want) || !strings.Contains(string(a.JSON), `"complete":true`) || a.Incomplete != "" {
			t.Errorf("%s: got %v %v, want %s", c.name, a, err, c.want)
		}
	}
	// With every bound that can be in the way it is an error, and a part only where
	// that was asked for.
	r := gateway.CallRequest{Method: "list_phone_users", SQL: "SELECT count(*) AS n FROM records", MaxRecords: 500}
	_, err := g.Call(t.Context(), r)
	if e := apierror.From(err); e == nil || e.Kind != apierror.TooLarge || !strings.Contains(e.Message, "500 of 1,234") || !strings.Contains(e.Hint, "max_records") || !strings.Contains(e.Hint, "partial: true") {
		t.Errorf("got %v, want what was read and what to do", err)
	}
	r.Partial = true
	a, err := g.Call(t.Context(), r)
	if err != nil || !strings.HasPrefix(string(a.JSON), `{"incomplete":"500 of 1,234 records: `) || !strings.Contains(string(a.JSON), `"rows":[[500]]`) {
		t.Errorf("got %v %v, want the part, which says so first", a, err)
	}
}

// What a page lacks stands first, in every form.
func TestAPageSaysFirstWhatItLacks(t *testing.T) {
	g := unlimited(t, gateway.Options{}, users(40))
	const lacks = "30 of 40 records are here; all_pages: true reads the rest, next_page_token the next page."
	for _, c := range []struct {
		name    string
		request gateway.CallRequest
		json    string
		text    string
	}{
		{"a page", gateway.CallRequest{}, `{"incomplete":"` + lacks + `","next_page_token":"30"`, ""},
		{"fields", gateway.CallRequest{Select: "users[0].name"}, `{"incomplete":"` + lacks + `","result":"User 0"}`, ""},
		{"a table", gateway.CallRequest{Format: "csv"}, "", "id,name,extension_number"},
		{"exact fields", gateway.CallRequest{Select: "users[0].name", Exact: true}, `{"incomplete":"` + lacks + `","result":"User 0"}`, ""},
		{"an exact page", gateway.CallRequest{Exact: true}, `{"next_page_token":"30","page_size":30,`, ""},
	} {
		c.request.Method = "list_phone_users"
		a, err := g.Call(t.Context(), c.request)
		if err != nil || a.Incomplete != lacks || !strings.HasPrefix(string(a.JSON), c.json) || !strings.Contains(a.Text, c.text) {
			t.Errorf("%s: got %v %v, want %q first", c.name, a, err, lacks)
		}
	}
	for _, r := range []gateway.CallRequest{
		{AllPages: true}, {Params: []byte(`{"page_size":100}`)}, {Params: []byte(`{"all_pages":"true"}`)}, {Format: "csv", AllPages: true},
	} {
		r.Method = "list_phone_users"
		if a, err := g.Call(t.Context(), r); err != nil || a.Incomplete != "" || strings.Contains(string(a.JSON), "incomplete") {
			t.Errorf("%s: got %v %v, want nothing to be missing", r.Params, a, err)
		}
	}
	last, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users", Params: []byte(`{"next_page_token":"30"}`), Format: "csv"})
	if err != nil || last.Incomplete != "10 of 40 records are here, the last page; all_pages: true reads all of them." {
		t.Errorf("got %v %v, want the last page to be a page", last, err)
	}
}

func TestAnIncompleteListSaysSoInEveryForm(t *testing.T) {
	for _, c := range []struct{ name, method, params, body, says string }{
		{"fewer than the total", "list_phone_users", `{}`, `{"users":[{"id":"a"}],"total_records":3}`, "there are 3, gave 1, and no token"},
		{"another token", "sms_session_details", `{"sessionId":"s"}`, `{"sms_histories":[{"message_id":"m"}],"sync_token":"more"}`, "a field sync_token"},
		{"more pages", "account_voice_mails", `{}`, `{"voice_mails":[{"id":"m"}],"page_count":4}`, "there are 4 pages, gave 1"},
		{"a full page", "list_external_contacts", `{}`, `{"external_contacts":[{"name":"a"},{"name":"b"}],"page_size":2}`, "full and has neither"},
		{"another list", "list_phone_users", `{}`, `{"people":[{"id":"a"}]}`, "one named people"},
	} {
		g := unlimited(t, gateway.Options{}, body(c.body))
		for name, r := range map[string]gateway.CallRequest{
			"a page": {}, "an exact page": {Exact: true}, "all pages": {AllPages: true}, "a table": {Format: "csv"}, "fields": {Select: "next_page_token"},
			"part of a question": {SQL: "SELECT count(*) FROM records", Partial: true},
		} {
			r.Method, r.Params = c.method, []byte(c.params)
			a, err := g.Call(t.Context(), r)
			if err != nil || !strings.Contains(a.Incomplete, c.says) {
				t.Errorf("%s, %s: got %+v %v, want %q", c.name, name, a, err, c.says)
				continue
			}
			if !r.Exact && a.Text == "" && !strings.HasPrefix(string(a.JSON), `{"incomplete":`) {
				t.Errorf("%s, %s: got %s, want what is missing first", c.name, name, a.JSON)
			}
		}
		_, err := g.Call(t.Context(), gateway.CallRequest{Method: c.method, Params: []byte(c.params), SQL: "SELECT count(*) FROM records"})
		if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: a question: got %v, want an error that says %q", c.name, err, c.says)
		}
	}
}

// An error that comes as a success is an error.
func TestAnErrorInAnAnswerIsAnError(t *testing.T) {
	for _, c := range []struct {
		body string
		kind apierror.Kind
		says string
	}{
		{`{"code":300,"message":"Validation Failed."}`, apierror.ZoomError, "Validation Failed"},
		{`{"code":"300","message":"Validation Failed."}`, apierror.ZoomError, "Validation Failed"},
		{`{"status":false,"errorCode":3001,"errorMessage":"No such list."}`, apierror.ZoomError, "No such list"},
		{`{"code":124,"message":"Invalid access token."}`, apierror.Auth, "access token"},
		{`{"code":104,"message":"Invalid access token, does not contain scopes:[phone:read:list_users:admin]"}`, apierror.MissingScope, "phone:read:list_users:admin"},
		{`{"error":"internal"}`, apierror.ZoomError, "internal"},
		{`{"code":300,"message":"Internal","data":{"x":1}}`, apierror.ZoomError, "Internal"},
		{`{"status":false,"errorCode":300,"errorMessage":"bad","trace":["a"]}`, apierror.ZoomError, "bad"},
		{`{"statusCode":500,"path":"/x"}`, apierror.ZoomError, "500"},
		{`{"message":"No such thing"}`, apierror.ZoomError, "No such thing"},
		{`{"code":300,"message":"` + strings.Repeat("x", 9000) + `"}`, apierror.ZoomError, "xxx"},
		{`{"code":300,"message":"x","next_page_token":"","errors":[{"field":"from","message":"bad"}]}`, apierror.ZoomError, "x"},
	} {
		g := unlimited(t, gateway.Options{}, body(c.body))
		for _, r := range []gateway.CallRequest{{Method: "list_phone_users"}, {Method: "list_phone_users", AllPages: true}, {Method: "phone_setting", Exact: true}} {
			_, err := g.Call(t.Context(), r)
			if e := apierror.From(err); e == nil || e.Kind != c.kind || !strings.Contains(e.Text(), c.says) {
				t.Errorf("%s: got %v, want %s and %q", c.body, err, c.kind, c.says)
			}
		}
	}
	for _, fine := range []string{`{"code":200,"message":"ok","users":[]}`, `{"code":0,"users":[{"id":"a"}]}`, `{"message":"hello","users":[{"id":"a"}]}`, `{}`, `{"users":[],"status":"active"}`} {
		g := unlimited(t, gateway.Options{}, body(fine))
		if a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users"}); err != nil || a.Incomplete != "" {
			t.Errorf("%s: got %v %v, want a complete answer", fine, a, err)
		}
	}
}

// A list under its old name is the list; one under both names comes once, except
// where the caller wants the bytes.
func TestTheOldNameOfAList(t *testing.T) {
	old := `{"call_logs":[{"id":"1"},{"id":"2"}],"total_records":2}`
	both := `{"call_logs":[{"id":"1"}],"call_history":[{"call_history_uuid":"1"}],"total_records":1}`
	g := unlimited(t, gateway.Options{}, body(old))
	history := gateway.CallRequest{Method: "account_call_history"}
	for want, change := range map[string]func(*gateway.CallRequest){
		`{"call_history":[{"id":"1"},{"id":"2"}]`: func(*gateway.CallRequest) {},
		`"rows":[[2]]`:                func(r *gateway.CallRequest) { r.SQL = "SELECT count(*) FROM records" },
		`"result":2`:                  func(r *gateway.CallRequest) { r.Select = "length(call_history)" },
		`["1","2"]`:                   func(r *gateway.CallRequest) { r.Select = "call_history[].id" },
		`"complete":true,"records":2`: func(r *gateway.CallRequest) { r.AllPages = true },
		old:                           func(r *gateway.CallRequest) { r.Exact = true },
		"id\r\n1\r\n2\r\n":            func(r *gateway.CallRequest) { r.Format = "csv" },
	} {
		r := history
		change(&r)
		a, err := g.Call(t.Context(), r)
		if err != nil || !strings.Contains(string(a.JSON)+a.Text, want) || strings.Contains(strings.Join(a.Notes, " "), "Nothing was found") {
			t.Errorf("got %+v %v, want %s", a, err, want)
		}
	}
	g = unlimited(t, gateway.Options{}, body(both))
	if a, err := g.Call(t.Context(), history); err != nil || string(a.JSON) != `{"call_history":[{"call_history_uuid":"1"}],"total_records":1}` {
		t.Errorf("got %+v %v, want the list once", a, err)
	}
	history.Exact = true
	if a, err := g.Call(t.Context(), history); err != nil || string(a.JSON) != both {
		t.Errorf("got %+v %v, want the bytes", a, err)
	}
	path := gateway.CallRequest{Method: "get_call_path", Params: []byte(`{"callHistoryUuid":"u"}`)}
	for in, want := range map[string]string{
		`{"call_path":[{"a":1}],"id":"x"}`:                      `{"call_elements":[{"a":1}],"id":"x"}`,
		`{"call_path":[{"a":1}],"call_elements":[{"b":1}]}`:     `{"call_elements":[{"b":1}]}`,
		`{"call_elements":[],"call_path":[{"a":1}]}`:            `{"call_elements":[{"a":1}]}`,
		`{"call_elements":null,"call_path":[{"a":1}]}`:          `{"call_elements":[{"a":1}]}`,
		`{"call_elements":[{"b":1}],"other":{"call_path":[1]}}`: `{"call_elements":[{"b":1}],"other":{"call_path":[1]}}`,
	} {
		g := unlimited(t, gateway.Options{}, body(in))
		if a, err := g.Call(t.Context(), path); err != nil || string(a.JSON) != want {
			t.Errorf("got %+v %v, want %s", a, err, want)
		}
	}
}

// An expression that reads a list by its old name would find nothing there.
func TestAnExpressionWithTheOldNameIsCorrected(t *testing.T) {
	g := unlimited(t, gateway.Options{}, body(`{}`))
	for method, c := range map[string]struct{ params, old, now string }{
		"account_call_history":    {`{}`, "call_logs", "call_history"},
		"phone_user_call_history": {`{"userId":"u"}`, "call_logs", "call_elements"},
		"get_call_path":           {`{"callHistoryUuid":"u"}`, "call_path", "call_elements"},
	} {
		for _, expression := range []string{"length(%s)", "%s[].id", "{n: contains(%s[].duration, `1`)}"} {
			_, err := g.Call(t.Context(), gateway.CallRequest{Method: method, Params: []byte(c.params), Select: fmt.Sprintf(expression, c.old)})
			if e := apierror.From(err); e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), "write "+c.now) {
				t.Errorf("%s: got %v, want the name %s", method, err, c.now)
			}
		}
	}
	if _, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_call_logs_metrics", Select: "length(call_logs)"}); err != nil {
		t.Errorf("got %v where the name is the list's own", err)
	}
}

// A list that is documented to come at once may not have: a token or a total says so.
func TestAListWithoutPagesCanLackRecords(t *testing.T) {
	for _, in := range []string{`{"calling_plans":[{"name":"a"}],"next_page_token":"x"}`, `{"calling_plans":[{"name":"a"}],"total_records":40}`} {
		g := unlimited(t, gateway.Options{}, body(in))
		a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_calling_plans"})
		if err != nil || !strings.HasPrefix(string(a.JSON), `{"incomplete":"1`) {
			t.Errorf("%s: got %v %v, want what is missing first", in, a, err)
		}
		if _, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_calling_plans", Select: "length(calling_plans)"}); err == nil {
			t.Errorf("%s: a question was answered", in)
		}
	}
	g := unlimited(t, gateway.Options{}, body(`{"calling_plans":[{"name":"a"}],"next_page_token":"","total_records":1}`))
	if a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_calling_plans", Select: "length(calling_plans)"}); err != nil || string(a.JSON) != "1" {
		t.Errorf("got %v %v, want 1", a, err)
	}
}

// A lone from that is further back than one call reaches says what was asked for.
func TestARangeThatOneCallCannotHaveIsSaid(t *testing.T) {
	g := unlimited(t, gateway.Options{}, body(`{"call_history":[{"call_history_uuid":"a"}],"total_records":1}`))
	for _, r := range []gateway.CallRequest{{}, {Format: "csv"}, {Select: "call_history[].call_id"}, {Exact: true}} {
		r.Method, r.Params = "account_call_history", []byte(`{"from":"2026-01-01"}`)
		if a, err := g.Call(t.Context(), r); err != nil || !strings.HasPrefix(a.Incomplete, "Only the range from 2026-01-01") {
			t.Errorf("got %v %v, want the range first", a, err)
		}
	}
	r := gateway.CallRequest{Method: "account_call_history", Params: []byte(`{"from":"2026-03-01"}`)}
	if a, err := g.Call(t.Context(), r); err != nil || a.Incomplete != "" {
		t.Errorf("got %v %v, want nothing to be missing", a, err)
	}
}

// A documented list that is missing or null is empty.
func TestAMissingListIsEmpty(t *testing.T) {
	for _, in := range []string{`{}`, `{"users":null}`, `{"next_page_token":"","users":[]}`} {
		g := unlimited(t, gateway.Options{}, body(in))
		for want, r := range map[string]gateway.CallRequest{
			`"result":0`:       {Select: "length(users)"},
			`[]`:               {Select: "users[].id"},
			`"result":false`:   {Select: "contains(users[].id, '1')"},
			`"rows":[[0]]`:     {SQL: "SELECT count(*) FROM records"},
			`"users":[]`:       {AllPages: true},
			"extension_number": {Format: "csv"},
			`"result":{"n":0`:  {Select: "{n: length(users), s: users[-1].id}"},
		} {
			r.Method = "list_phone_users"
			if a, err := g.Call(t.Context(), r); err != nil || !strings.Contains(string(a.JSON)+a.Text, want) || a.Incomplete != "" {
				t.Errorf("%s: got %+v %v, want %s", in, a, err, want)
			}
		}
	}
	// Lists inside of records too, and those of answers that are no list.
	g := unlimited(t, gateway.Options{}, body(`{"users":[{"id":"a"},{"id":"b","phone_numbers":[{"number":"1"}]},{"id":"c","phone_numbers":null}]}`))
	if a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users", Select: "users[].length(phone_numbers)"}); err != nil || string(a.JSON) != "[0,1,0]" {
		t.Errorf("got %+v %v, want [0,1,0]", a, err)
	}
	g = unlimited(t, gateway.Options{}, body(`{"id":"x"}`))
	if a, err := g.Call(t.Context(), gateway.CallRequest{Method: "get_call_path", Params: []byte(`{"callHistoryUuid":"u"}`), Select: "length(call_elements)"}); err != nil || string(a.JSON) != "0" {
		t.Errorf("got %+v %v, want 0", a, err)
	}
	// What is not documented is not there.
	if _, err := g.Call(t.Context(), gateway.CallRequest{Method: "get_call_path", Params: []byte(`{"callHistoryUuid":"u"}`), Select: "length(call_element)"}); apierror.From(err) == nil || apierror.From(err).Kind != apierror.InvalidParams {
		t.Errorf("got %v, want an error for a field that does not exist", err)
	}
}

// Time that runs out while pages are read is told as that, not as a slow question.
func TestTheTimeOfACollectionIsToldAsThat(t *testing.T) {
	var calls atomic.Int64
	g := unlimited(t, gateway.Options{Timeout: 300 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 2 {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
			return
		}
		users(1000)(w, r)
	})
	_, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users", SQL: "SELECT count(*) FROM records"})
	e := apierror.From(err)
	if e == nil || e.Kind != apierror.Timeout || !strings.Contains(e.Message, "before every record was read, in 3 calls") || !strings.Contains(e.Hint, "partial: true") || strings.Contains(e.Text(), "simpler") {
		t.Errorf("got %v, want what was read in that time", err)
	}
}

// A hint never advises what the call did.
func TestHintsKnowWhatWasAsked(t *testing.T) {
	g := unlimited(t, gateway.Options{}, body(`{}`))
	for _, r := range []gateway.CallRequest{
		{Method: "callqueueanalytics", Params: []byte(`{"from":"-20m","to":"now"}`), AllPages: true},
		{Method: "callqueueanalytics", Params: []byte(`{"from":"-20m"}`), AllPages: true},
		{Method: "account_call_history", Params: []byte(`{"from":"-5m"}`), AllPages: true},
		{Method: "account_call_history", Params: []byte(`{"from":"-40d","to":"-35d"}`), AllPages: true},
		{Method: "account_call_history", AllPages: true},
	} {
		a, err := g.Call(t.Context(), r)
		said := ""
		if err != nil {
			said = apierror.From(err).Text()
		} else {
			said = strings.Join(a.Notes, " ") + a.Incomplete
		}
		if strings.Contains(said, "all_pages: true") {
			t.Errorf("%s %s: got %s, which advises what was done", r.Method, r.Params, said)
		}
	}
}
