package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/gateway"
)

// The records of a page keep their order where some lie outside the range, and the
// time that the range is held against is the one that the call chose.
func TestAPageHasTheRecordsOfItsRangeInTheirOrder(t *testing.T) {
	// Two days, of which the call asks for the second; ids say when a call starts and ends.
	const calls = `{"call_history":[
		{"call_history_uuid":"late","start_time":"2026-03-10T20:00:00Z","end_time":"2026-03-10T20:10:00Z"},
		{"call_history_uuid":"out of it","start_time":"2026-03-10T23:59:00Z","end_time":"2026-03-11T00:05:00Z"},
		{"call_history_uuid":"noon","start_time":"2026-03-10T12:00:00Z","end_time":"2026-03-10T12:10:00Z"},
		{"call_history_uuid":"yesterday","start_time":"2026-03-09T12:00:00Z","end_time":"2026-03-09T12:10:00Z"},
		{"call_history_uuid":"morning","start_time":"2026-03-10T08:00:00Z","end_time":"2026-03-10T08:10:00Z"},
		{"call_history_uuid":"into it","start_time":"2026-03-09T23:59:00Z","end_time":"2026-03-10T00:05:00Z"},
		{"call_history_uuid":"night","start_time":"2026-03-10T02:00:00Z","end_time":"2026-03-10T02:10:00Z"}]}`
	for timeType, want := range map[string][]string{
		"":           {"late", "out of it", "noon", "morning", "night"},
		"start_time": {"late", "out of it", "noon", "morning", "night"},
		"end_time":   {"late", "noon", "morning", "into it", "night"},
	} {
		for _, allPages := range []bool{false, true} {
			g := unlimited(t, gateway.Options{}, body(calls))
			params := map[string]any{"from": "2026-03-10", "to": "2026-03-10"}
			if timeType != "" {
				params["time_type"] = timeType
			}
			encoded, err := json.Marshal(params)
			if err != nil {
				t.Fatal(err)
			}
			a, err := g.Call(t.Context(), gateway.CallRequest{Method: "account_call_history", Params: encoded, AllPages: allPages})
			if err != nil {
				t.Fatal(err)
			}
			var page struct {
				Calls []struct {
					ID string `json:"call_history_uuid"`
				} `json:"call_history"`
			}
			if err := json.Unmarshal(a.JSON, &page); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range page.Calls {
				got = append(got, c.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("time_type %q, all pages %v: got %q, want %q", timeType, allPages, got, want)
			}
		}
	}
}

// A page token that is too long for a cursor is left out of it: the list is read from
// its first page on, and nothing comes twice or is lost.
func TestACursorHasRoomForAnyPageToken(t *testing.T) {
	for _, c := range []struct {
		length int // of Zoom's page tokens
		first  string
	}{
		{4096, strings.Repeat("x", 4094) + "20"},
		{4097, ""},
		{100_000, ""},
	} {
		t.Run(fmt.Sprint(c.length), func(t *testing.T) {
			var asked []string
			g := unlimited(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
				token := r.URL.Query().Get("next_page_token")
				asked = append(asked, token)
				at := 0
				if token != "" {
					if _, err := fmt.Sscan(strings.TrimLeft(token, "x"), &at); err != nil {
						t.Error(err)
					}
				}
				var page []string
				for i := at; i < at+10; i++ {
					page = append(page, fmt.Sprintf(`{"id":"u%d"}`, i))
				}
				next := ""
				if at+10 < 40 {
					next = fmt.Sprint(at + 10)
					next = strings.Repeat("x", c.length-len(next)) + next
				}
				fmt.Fprintf(w, `{"next_page_token":%q,"page_size":10,"total_records":40,"users":[%s]}`, next, strings.Join(page, ","))
			})
			r := gateway.CallRequest{Method: "list_phone_users", AllPages: true, MaxRecords: 20}
			var got []string
			for range 2 {
				asked = nil
				a, err := g.Call(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				var answer struct {
					Users     []struct{ ID string }
					Collected struct{ Cursor string }
				}
				if err := json.Unmarshal(a.JSON, &answer); err != nil {
					t.Fatal(err)
				}
				for _, u := range answer.Users {
					got = append(got, u.ID)
				}
				if r.Cursor = answer.Collected.Cursor; len(r.Cursor) > 8<<10 {
					t.Fatalf("got a cursor of %d bytes, want 8 KiB at most", len(r.Cursor))
				}
			}
			var want []string
			for i := range 40 {
				want = append(want, fmt.Sprintf("u%d", i))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want each of 40 once", got)
			}
			if len(asked) == 0 || asked[0] != c.first {
				t.Errorf("the cursor led to the page with a token of %d bytes, want %d", len(asked[0]), len(c.first))
			}
		})
	}
}

// An answer fits its bound with whatever has to be said of it.
func TestAnAnswerThatLacksMuchIsWithinItsBound(t *testing.T) {
	const bound = 4096
	var records []string
	for i := range 900 {
		records = append(records, fmt.Sprintf(`{"call_history_uuid":"%d"}`, i))
	}
	// Every month of the range has something to say of it.
	document := fmt.Sprintf(`{"call_history":[%s],"next_%stoken":"x"}`, strings.Join(records, ","), strings.Repeat("page_", 40))
	g := unlimited(t, gateway.Options{MaxResult: bound}, body(document))
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "account_call_history", Params: []byte(`{"from":"2025-10-01"}`), AllPages: true, Select: "call_history[].call_history_uuid"})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Incomplete) < 1000 || len(a.JSON) > bound || !strings.Contains(a.Incomplete, "it was cut between records") {
		t.Errorf("got %d bytes with %d about what is missing, want %d bytes at most: %s", len(a.JSON), len(a.Incomplete), bound, a.Incomplete)
	}
}

// A longer range is never advised to end in the future.
func TestAnAdvisedRangeEndsNow(t *testing.T) {
	g := unlimited(t, gateway.Options{}, body(`{"call_history":[]}`))
	for params, want := range map[string]string{
		`{"from":"2026-03-01","to":"2026-03-02"}`: `from: "2026-02-22", to: "2026-03-10", all_pages: true`,
		`{"from":"2026-03-10","to":"2026-03-11"}`: `from: "2026-03-03", to: "2026-03-14", all_pages: true`, // it is the 14th
	} {
		a, err := g.Call(t.Context(), request("account_call_history", params))
		if err != nil || !strings.Contains(strings.Join(a.Notes, " "), want) {
			t.Errorf("%s: got %+v %v, want %s", params, a, err, want)
		}
	}
}
