package catalog_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
)

func check(t *testing.T, method, params string) (catalog.Args, *apierror.Error) {
	t.Helper()
	m, ok := catalog.Lookup(method)
	if !ok {
		t.Fatalf("no method %s", method)
	}
	a, _, e := m.Check(json.RawMessage(params), catalog.Dates{Now: now})
	return a, e
}

func TestParametersAreAcceptedAsModelsSendThem(t *testing.T) {
	for _, c := range []struct {
		what, method, params, name string
		want                       any
	}{
		{"a number", "account_call_history", `{"page_size": 50}`, "page_size", int64(50)},
		{"a number as text", "account_call_history", `{"page_size": "50"}`, "page_size", int64(50)},
		{"a number with .0", "account_call_history", `{"page_size": 50.0}`, "page_size", int64(50)},
		{"a boolean", "account_call_history", `{"with_voicemail": false}`, "with_voicemail", false},
		{"a boolean as text", "account_call_history", `{"with_voicemail": "True"}`, "with_voicemail", true},
		{"a list", "account_call_history", `{"directions": ["inbound","outbound"]}`, "directions", []string{"inbound", "outbound"}},
		{"a list as text with commas", "account_call_history", `{"directions": "inbound, outbound"}`, "directions", []string{"inbound", "outbound"}},
		{"a list as JSON in text", "account_call_history", `{"directions": "[\"inbound\"]"}`, "directions", []string{"inbound"}},
		{"one value for a list", "account_call_history", `{"directions": "inbound"}`, "directions", []string{"inbound"}},
		{"numbers for a list of ids", "account_call_history", `{"call_ids": [7081466125443483485]}`, "call_ids", []string{"7081466125443483485"}},
		{"one number for a list", "list_past_call_metrics", `{"durations": 2}`, "durations", []int64{2}},
		{"numbers as text for a list", "list_past_call_metrics", `{"durations": "0,3"}`, "durations", []int64{0, 3}},
		{"as many elements as there may be", "list_past_call_metrics", `{"directions": "inbound,outbound,internal"}`, "directions", []string{"inbound", "outbound", "internal"}},
		{"params as JSON in text", "account_call_history", `"{\"page_size\": 7}"`, "page_size", int64(7)},
		{"an id as a number keeps its digits", "get_call_qo_s", `{"callId": 7081466125443483485}`, "callId", "7081466125443483485"},
		{"an address with a plus", "phone_user", `{"userId": "ada.lovelace+phone@example.com"}`, "userId", "ada.lovelace+phone@example.com"},
		{"an id that starts with a hyphen", "get_voicemail_details", `{"voicemailId": "-Qx9"}`, "voicemailId", "-Qx9"},
		{"a date", "account_call_history", `{"from": "2026-03-01", "to": "2026-03-08"}`, "from", "2026-03-01"},
		{"a date and time", "account_call_history", `{"from": "2026-03-01T08:00:00Z", "to": "2026-03-08"}`, "from", "2026-03-01T08:00:00Z"},
		{"a whole month", "account_call_history", `{"from": "2026-01-31", "to": "2026-02-28"}`, "to", "2026-02-28"},
		{"a time of another zone, sent in UTC", "account_call_history", `{"from": "2026-03-01T08:00:00+02:00", "to": "2026-03-08T00:00:00Z"}`, "from", "2026-03-01T06:00:00Z"},
		{"a date as people say it", "account_call_history", `{"from": "yesterday"}`, "from", "2026-03-13T00:00:00Z"},
		{"a lone start gets its end", "get_ps_operation_logs", `{"from": "2026-03-10"}`, "to", "2026-03-14"},
		{"text in any script", "list_phone_users", `{"keyword": "Łukasz 李"}`, "keyword", "Łukasz 李"},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, e := check(t, c.method, c.params)
			if e != nil {
				t.Fatal(e)
			}
			var got any
			switch c.want.(type) {
			case int64:
				got = *a.Int(c.name)
			case bool:
				got = *a.Bool(c.name)
			case string:
				got = a.String(c.name)
			case []string:
				got = a.Strings(c.name)
			case []int64:
				got = a.Ints(c.name)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestWhatAPageSetsNeverReplacesAList(t *testing.T) {
	a, e := check(t, "account_call_history", `{"directions": ["inbound"], "page_size": 50}`)
	if e != nil {
		t.Fatal(e)
	}
	page := a.With(map[string]any{"directions": "all", "page_size": int64(300)})
	if got, want := page.Strings("directions"), []string{"inbound"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got the directions %q, want %q", got, want)
	}
	if got, want := [2]int64{*page.Int("page_size"), *a.Int("page_size")}, [2]int64{300, 50}; got != want {
		t.Errorf("got the page sizes %d of the page and the call, want %d", got, want)
	}
}

func TestNothingGivenIsNothing(t *testing.T) {
	for _, params := range []string{"", "null", "{}", `""`, `"{}"`, `{"page_size": null, "next_page_token": ""}`} {
		a, e := check(t, "account_call_history", params)
		if e != nil {
			t.Errorf("%q: %v", params, e)
			continue
		}
		if a.Int("page_size") != nil || a.String("next_page_token") != "" || a.Strings("directions") != nil || a.Bool("with_voicemail") != nil {
			t.Errorf("%q: something appeared: %v", params, a)
		}
	}
}

func TestWrongParametersAreRefusedWithWhatWouldBeRight(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		what, method, params string
		param, says          string
	}{
		{"a list for params", "list_phone_users", `[1]`, "params", "want an object, got a list"},
		{"broken JSON", "list_phone_users", `{"page_size":`, "params", "ends too early"},
		{"text after the object", "list_phone_users", `"{} {}"`, "params", "more text after its end"},
		{"an unknown name with nothing but a list", "list_phone_users", `{"x": [null]}`, "x", "no such parameter"},
		{"an unknown name", "list_phone_users", `{"pagesize": 3}`, "pagesize", "no such parameter"},
		{"a name for a method that takes none", "phone_setting", `{"x": 3}`, "x", "takes none"},
		{"a missing id", "phone_user", `{}`, "userId", "take it from list_phone_users"},
		{"an empty id", "phone_user", `{"userId": " "}`, "userId", "required"},
		{"a null id", "phone_user", `{"userId": null}`, "userId", "required"},
		{"a placeholder", "phone_user", `{"userId": "<userId>"}`, "userId", "placeholder"},
		{"a climbing path", "phone_user", `{"userId": "../../users"}`, "userId", "cannot be an id"},
		{"two dots", "phone_user", `{"userId": ".."}`, "userId", "cannot be an id"},
		{"a slash", "get_call_path", `{"callHistoryUuid": "a/b"}`, "callHistoryUuid", "cannot be an id"},
		{"a query in an id", "get_call_path", `{"callHistoryUuid": "a?b=c"}`, "callHistoryUuid", "cannot be an id"},
		{"a fragment in an id", "get_call_path", `{"callHistoryUuid": "a#b"}`, "callHistoryUuid", "cannot be an id"},
		{"a control character", "list_phone_users", `{"keyword": "a\u0000b"}`, "keyword", "control characters"},
		{"a very long value", "list_phone_users", `{"keyword": "` + long + `"}`, "keyword", "the limit is"},
		{"an object for text", "list_phone_users", `{"keyword": {"a": 1}}`, "keyword", "want a string, got an object"},
		{"a boolean for text", "list_phone_users", `{"keyword": true}`, "keyword", "got a boolean"},
		{"text for a number", "list_phone_users", `{"page_size": "many"}`, "page_size", "want a whole number"},
		{"a fraction", "list_phone_users", `{"page_size": 2.5}`, "page_size", "want a whole number"},
		{"too large a page", "list_phone_users", `{"page_size": 101}`, "page_size", "the most is 100"},
		{"an empty page", "list_phone_users", `{"page_size": 0}`, "page_size", "the least is 1"},
		{"below a minimum", "sms_session_sync", `{"sessionId": "s", "count": 0}`, "count", "the least is 1"},
		{"a value that is not allowed", "list_phone_users", `{"status": "active"}`, "status", "not one of activate, deactivate, pending"},
		{"an element that is not allowed", "account_call_history", `{"directions": ["inbound", "sideways"]}`, "directions", "not one of inbound, outbound"},
		{"an id that was a float", "account_call_history", `{"call_ids": "7712027213650160808.0"}`, "call_ids", "ids are strings"},
		{"ids of which one was a float", "account_call_history", `{"call_ids": ["7712027213650160808", "7.71e18"]}`, "call_ids", "ids are strings"},
		{"an id that was a float, of a path", "get_call_qo_s", `{"callId": " 7.7120272136501607E+18 "}`, "callId", "ids are strings"},
		{"a number of a phone that was a float", "list_past_call_metrics", `{"phone_number": "4.93012345e11"}`, "phone_number", "ids are strings"},
		{"an id without anything", "get_call_qo_s", `{"callId": [""]}`, "callId", "want a string, got a list"},
		{"too many elements", "list_past_call_metrics", `{"directions": "inbound,outbound,internal,inbound"}`, "directions", "the most is 3"},
		{"a date that is none", "account_call_history", `{"from": "NOT-A-DATE"}`, "from", "is not a date"},
		{"a day that does not exist", "account_call_history", `{"from": "2026-02-30"}`, "from", "is not a date"},
		{"an end before its start", "account_call_history", `{"from": "2026-03-02", "to": "2026-03-01"}`, "to", "lies before from"},
		{"a range that Zoom would cut", "account_call_history", `{"from": "2026-01-31", "to": "2026-03-01"}`, "to", "a to of 2026-02-28 at most"},
		{"a time that Zoom no longer keeps", "account_call_history", `{"from": "2025-09-01", "to": "2025-09-08"}`, "from", "which is 2025-09-14"},
		{"the same parameter twice", "list_phone_users", `{"keyword": "a", "keyword": "b"}`, "keyword", "given twice"},
		{"too much", "list_phone_users", `{"keyword": "` + strings.Repeat("x", catalog.MaxParams) + `"}`, "params", "the limit is 65536"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, e := check(t, c.method, c.params)
			if e == nil {
				t.Fatal("accepted")
			}
			if e.Kind != apierror.InvalidParams || e.Method != c.method || e.Signature == "" || len(e.Example) == 0 {
				t.Errorf("incomplete: %+v", e)
			}
			for _, p := range e.Problems {
				if p.Param == c.param && strings.Contains(p.Message, c.says) {
					return
				}
			}
			t.Errorf("no problem with %q that says %q: %v", c.param, c.says, e.Problems)
		})
	}
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	_, e := check(t, "callqueueanalytics", `{"from": "x", "page_size": "y", "site": "z", "call_queue_ext_ids": {}}`)
	if e == nil {
		t.Fatal("accepted")
	}
	got := map[string]bool{}
	for _, p := range e.Problems {
		got[p.Param] = true
	}
	for _, want := range []string{"from", "page_size", "site", "call_queue_ext_ids"} {
		if !got[want] {
			t.Errorf("nothing about %s in %v", want, e.Problems)
		}
	}
	if len(e.Problems) != 4 {
		t.Errorf("%d problems: %v", len(e.Problems), e.Problems)
	}
}

func TestUnknownNamesComeWithTheNearest(t *testing.T) {
	for given, want := range map[string]string{"pageSize": "page_size", "site": "site_id", "user_status": "status", "next_token": "next_page_token"} {
		_, e := check(t, "list_phone_users", fmt.Sprintf(`{%q: "x"}`, given))
		if e == nil || len(e.Problems[0].Nearest) == 0 || e.Problems[0].Nearest[0] != want {
			t.Errorf("%s: want %s, got %+v", given, want, e)
		}
	}
}

// FuzzCheck holds that no input makes Check panic, and that what it accepts is
// within the bounds it promises.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, `"{\"page_size\":1}"`, `{"from":"2026-01-01","to":"2026-01-02"}`, `{"directions":["inbound"]}`, `[`, `{"keyword":"\ud800"}`, `{"page_size":1e3}`} {
		f.Add("account_call_history", seed)
	}
	f.Add("get_call_path", `{"callHistoryUuid":"../x"}`)
	f.Add("list_past_call_metrics", `{"durations":"1,2"}`)
	f.Fuzz(func(t *testing.T, name, params string) {
		m, ok := catalog.Lookup(name)
		if !ok {
			t.Skip()
		}
		a, _, e := m.Check(json.RawMessage(params), catalog.Dates{Now: now})
		if e != nil {
			if len(e.Problems) == 0 {
				t.Error("refused without a problem")
			}
			return
		}
		for _, p := range m.Params {
			if p.InPath && (a.String(p.Name) == "" || strings.ContainsAny(a.String(p.Name), "/\\?#")) {
				t.Errorf("%s = %q went through", p.Name, a.String(p.Name))
			}
			if n := a.Int(p.Name); n != nil && (p.Max != 0 && *n > p.Max || p.Min != 0 && *n < p.Min) {
				t.Errorf("%s = %d went through", p.Name, *n)
			}
		}
	})
}

func TestAWrongValueIsNeverCorrectedToItsOpposite(t *testing.T) {
	for _, c := range []struct {
		method, param, value string
		want                 []string
	}{
		{"account_call_history", "call_results", "missed", []string{"no_answer", "ring_timeout", "abandoned", "voicemail"}},
		{"account_call_history", "call_results", "Missed calls", []string{"no_answer", "ring_timeout", "abandoned", "voicemail"}},
		{"phone_user_call_history", "call_results", "missed_call", []string{"no_answer", "abandoned", "voicemail"}},
		{"phone_user_call_history", "call_results", "unanswered", []string{"no_answer", "abandoned", "voicemail"}},
		{"phone_user_call_history", "call_results", "ring_timeout", []string{"no_answer"}},
		{"phone_user_call_history", "call_results", "unconnected", nil},
		{"account_call_history", "call_results", "disconnected", nil},
		{"account_call_history", "call_results", "hangup", []string{"hang_up"}},
		{"account_call_history", "directions", "internal", []string{"connect_types: internal"}},
		{"phone_user_call_history", "directions", "Internal", []string{"connect_types: internal"}},
		{"list_past_call_metrics", "quality_type", "godo", []string{"good"}},
		// values that only a description named before
		{"list_call_logs_metrics", "quality_type", "poor", nil},
		{"get_phone_recordings", "recording_type", "on_demnd", []string{"OnDemand"}},
		{"get_phone_recordings", "owner_type", "call_queue", []string{"callQueue"}},
		{"get_phone_recordings", "query_date_type", "endtime", []string{"end_time"}},
		{"user_sms_session", "session_type", "queue", nil},
		{"get_sms_sessions", "session_type", "callqueue", []string{"call_queue"}},
		{"sync_user_call_history", "sync_type", "fsnc", []string{"FSync"}},
	} {
		m, _ := catalog.Lookup(c.method)
		raw, _ := json.Marshal(map[string]string{c.param: c.value})
		_, _, e := m.Check(raw, catalog.Dates{Now: time.Now()})
		if e == nil {
			t.Errorf("%s: %s=%s is accepted", c.method, c.param, c.value)
			continue
		}
		i := slices.IndexFunc(e.Problems, func(p apierror.Problem) bool { return p.Param == c.param })
		if i < 0 || !slices.Equal(e.Problems[i].Nearest, c.want) || !strings.Contains(e.Problems[i].Message, "is not one of") {
			t.Errorf("%s: %s=%s: %+v", c.method, c.param, c.value, e.Problems)
		}
	}
}
