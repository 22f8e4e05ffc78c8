package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
)

// company answers users and, for every user but some, settings; it counts its calls.
type company struct {
	users  int
	calls  atomic.Int64
	status func(user string) int
}

func (c *company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.calls.Add(1)
	if !strings.HasSuffix(r.URL.Path, "/settings") {
		users(c.users)(w, r)
		return
	}
	user := strings.Split(r.URL.Path, "/")[3]
	switch status := c.status(user); status {
	case 200:
		fmt.Fprintf(w, `{"area_code":%q}`, "4"+user[len(user)-1:])
	case 0:
		select { // it hangs
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	default:
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%d,"message":"no"}`, 300)
	}
}

const settingsOfAll = "SELECT count(*), count(s.area_code) FROM list_phone_users u LEFT JOIN phone_user_settings(u.id) s"

func rowsOf(t *testing.T, a *gateway.Answer) (rows string, about struct {
	Complete bool
	Calls    int
	Failed   []struct {
		Table string
		Key   map[string]string
		Kind  apierror.Kind
	}
}) {
	t.Helper()
	var got struct {
		Rows      json.RawMessage
		Collected json.RawMessage
	}
	if err := json.Unmarshal(a.JSON, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got.Collected, &about); err != nil {
		t.Fatal(err)
	}
	return string(got.Rows), about
}

func TestAQuestionMakesEveryCallOnce(t *testing.T) {
	c := &company{users: 60, status: func(string) int { return 200 }}
	g := unlimited(t, gateway.Options{}, c.ServeHTTP)
	for range 2 {
		a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll})
		if err != nil {
			t.Fatal(err)
		}
		if rows, about := rowsOf(t, a); rows != "[[60,60]]" || !about.Complete || c.calls.Load() != 61 {
			t.Errorf("got %s, %+v in %d calls; want all 60 in 61", rows, about, c.calls.Load())
		}
	}
}

func TestACallThatFailsForOneKeyIsNamed(t *testing.T) {
	for _, status := range []int{404, 403, 500, 0} {
		c := &company{users: 9, status: func(user string) int {
			if user == "u4" {
				return status
			}
			return 200
		}}
		g := unlimited(t, gateway.Options{QueryTime: 3 * time.Second}, c.ServeHTTP)
		a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll})
		if err != nil {
			t.Errorf("%d: %v", status, err)
			continue
		}
		rows, about := rowsOf(t, a)
		if rows != "[[9,8]]" || about.Complete || !strings.Contains(a.Incomplete, "1 of 9 calls of phone_user_settings failed") {
			t.Errorf("%d: got %s, %+v, %q", status, rows, about, a.Incomplete)
		}
		if len(about.Failed) != 1 || about.Failed[0].Key["userId"] != "u4" {
			t.Errorf("%d: got %+v, want u4", status, about.Failed)
		}
	}
	c := &company{users: 9, status: func(string) int { return 404 }}
	_, err := unlimited(t, gateway.Options{}, c.ServeHTTP).Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll})
	if e := apierror.From(err); e == nil || e.Kind != apierror.NotFound {
		t.Errorf("got %v, want the failure where all fail", err)
	}
}

func TestTheCostIsKnownBeforeItIsPaid(t *testing.T) {
	c := &company{users: 250, status: func(string) int { return 200 }}
	g := unlimited(t, gateway.Options{}, c.ServeHTTP)
	_, err := g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll, MaxCalls: 40})
	e := apierror.From(err)
	if e == nil || e.Kind != apierror.TooLarge || !strings.Contains(e.Message, "250 more calls of phone_user_settings (LIGHT)") || !strings.Contains(e.Hint, "max_calls: 253") {
		t.Errorf("got %v %v", err, e)
	}
	if c.calls.Load() != 3 {
		t.Errorf("%d calls, want those that were needed to know", c.calls.Load())
	}
	a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll, DryRun: true})
	if err != nil || !strings.Contains(string(a.JSON), `"calls":250`) || c.calls.Load() != 3 {
		t.Errorf("got %v %v in %d calls", a, err, c.calls.Load())
	}
	// A part is the caller's word.
	a, err = g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll, MaxCalls: 40, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows, about := rowsOf(t, a); rows != "[[250,40]]" || about.Complete || !strings.Contains(a.Incomplete, "210 of 250 calls") || c.calls.Load() != 43 {
		t.Errorf("got %s, %+v, %q in %d calls; want 40 of 250", rows, about, a.Incomplete, c.calls.Load())
	}
	// Of a list, too.
	long := unlimited(t, gateway.Options{}, users(5000))
	a, err = long.Query(t.Context(), gateway.QueryRequest{SQL: "SELECT count(*) FROM list_phone_users", MaxCalls: 20, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows, about := rowsOf(t, a); rows == "[[0]]" || rows == "[[5000]]" || about.Complete || !strings.Contains(a.Incomplete, "max_calls (20) was reached") {
		t.Errorf("got %s, %+v, %q; want a part", rows, about, a.Incomplete)
	}
}

func TestARangeIsOneArgument(t *testing.T) {
	g := unlimited(t, gateway.Options{}, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	for sql, want := range map[string]string{
		"SELECT count(*) FROM account_call_history('2026-09-01', '2026-09-30')":                               "a range is one argument",
		"SELECT count(*) FROM account_call_history WHERE start_time >= '-7d'":                                 "is not a time such as",
		"SELECT count(*) FROM account_call_history('..2026-09-30')":                                           "has no beginning",
		"SELECT count(*) FROM account_call_history WHERE start_time >= '2026-09-01' AND time_type='end_time'": "give a period",
	} {
		_, err := g.Query(t.Context(), gateway.QueryRequest{SQL: sql})
		e, _ := errors.AsType[*apierror.Error](err)
		if e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), want) {
			t.Errorf("%s: got %v, want %q", sql, err, want)
		}
	}
	a, err := g.Query(t.Context(), gateway.QueryRequest{SQL: "SELECT count(*) FROM account_call_history WHERE start_time >= '2026-09-02' AND start_time < '2026-09-01'"})
	if err != nil {
		t.Fatal(err)
	}
	if rows, about := rowsOf(t, a); rows != "[[0]]" || !about.Complete {
		t.Errorf("got %s %+v, want none for a range without length", rows, about)
	}
}

func TestProgressCountsCalls(t *testing.T) {
	c := &company{users: 120, status: func(string) int { time.Sleep(20 * time.Millisecond); return 200 }}
	g := unlimited(t, gateway.Options{}, c.ServeHTTP)
	var told []gateway.Progress
	_, err := g.Query(t.Context(), gateway.QueryRequest{SQL: settingsOfAll, Progress: func(p gateway.Progress) { told = append(told, p) }})
	if err != nil || len(told) == 0 {
		t.Fatalf("got %v, told %v", err, told)
	}
	for i, p := range told {
		if i > 0 && p.Pages <= told[i-1].Pages || p.TotalPages < p.Pages {
			t.Errorf("told %+v after %+v", p, told[max(i-1, 0)])
		}
	}
	if last := told[len(told)-1]; last.TotalPages != 122 {
		t.Errorf("the last is %+v, want 122 in all", last)
	}
}
