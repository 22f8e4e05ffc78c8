package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/spool"
	"zoom-phone-mcp/internal/zoom"
)

// busyMonth is an account with a call every so often, the newest first.
type busyMonth struct {
	newest  time.Time
	step    time.Duration
	records int
	calls   atomic.Int64
}

func (m *busyMonth) record(i int) string {
	return fmt.Sprintf(`{"call_history_uuid":"u%d","start_time":%q}`, i, m.newest.Add(-time.Duration(i)*m.step).Format(time.RFC3339))
}

func (m *busyMonth) RoundTrip(r *http.Request) (*http.Response, error) {
	m.calls.Add(1)
	select {
	case <-time.After(150 * time.Millisecond):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	q := r.URL.Query()
	at := func(name string, day time.Duration) time.Time {
		if t, err := time.Parse(time.DateOnly, q.Get(name)); err == nil {
			return t.Add(day)
		}
		t, err := time.Parse(time.RFC3339, q.Get(name))
		if err != nil {
			panic(err)
		}
		return t
	}
	from, to := at("from", 0), at("to", 24*time.Hour-time.Second)
	first := 0
	if to.Before(m.newest) {
		first = int((m.newest.Sub(to) + m.step - 1) / m.step)
	}
	end := min(int(m.newest.Sub(from)/m.step)+1, m.records)
	size, _ := strconv.Atoi(q.Get("page_size"))
	offset, _ := strconv.Atoi(q.Get("next_page_token"))
	var list []string
	for i := first + offset; i < min(first+offset+size, end); i++ {
		list = append(list, m.record(i))
	}
	next := ""
	if first+offset+size < end {
		next = strconv.Itoa(offset + size)
	}
	body := fmt.Sprintf(`{"total_records":%d,"call_history":[%s],"next_page_token":%q}`, max(end-first, 0), strings.Join(list, ","), next)
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// month is a gateway on a month of many calls, on a plan of ten a second.
func month(t *testing.T, records int) (*gateway.Gateway, *busyMonth) {
	time.Sleep(time.Until(time.Date(2000, 6, 15, 18, 42, 47, 0, time.UTC)))
	m := &busyMonth{newest: time.Now().UTC(), records: records, step: (30 * 24 * time.Hour / time.Duration(records)).Truncate(time.Second)}
	c, err := zoom.New(zoom.Options{HTTP: m, Plan: zoom.Business(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
	if err != nil {
		t.Fatal(err)
	}
	kept := spool.New(spool.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	return gateway.New(gateway.Options{Client: c, Spool: kept, MaxResult: -1}), m
}

func TestACollectionOfManyPagesIsReadSideBySideInTheOrderOfTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, m := month(t, 99_000)
		r := gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"-30d"}`), AllPages: true, MaxRecords: 100_000, Exact: true}
		last := gateway.Progress{}
		r.Progress = func(p gateway.Progress) { last = p }
		began := time.Now()
		a, err := g.Call(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		took, calls := time.Since(began), m.calls.Load()
		var got struct {
			Total     int                                  `json:"total_records"`
			Calls     []struct{ Call_history_uuid string } `json:"call_history"`
			Collected struct {
				Complete bool
				Records  int
			}
		}
		if err := json.Unmarshal(a.JSON, &got); err != nil {
			t.Fatal(err)
		}
		for i, call := range got.Calls {
			if call.Call_history_uuid != fmt.Sprint("u", i) {
				t.Fatalf("record %d is %s", i, call.Call_history_uuid)
			}
		}
		if len(got.Calls) != 99_000 || !got.Collected.Complete || got.Collected.Records != 99_000 || got.Total != 99_000 {
			t.Errorf("%d records, %+v, total %d", len(got.Calls), got.Collected, got.Total)
		}
		if took > 40*time.Second || calls > 345 || last.Pages != int(calls) {
			t.Errorf("took %s, %d calls, %+v", took, calls, last)
		}
		if _, err := g.Call(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if more := m.calls.Load() - calls; more > 8 {
			t.Errorf("%d calls more, although days that are over do not change", more)
		}
	})
}

// What a call that ran out of time has read is there for the next one.
func TestACollectionGoesOnWhereItsTimeWasOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, m := month(t, 60_000)
		r := gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"-29d"}`), AllPages: true, MaxRecords: 100_000}
		for tries := 1; ; tries++ {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			a, err := g.Call(ctx, r)
			cancel()
			if err == nil {
				if !strings.Contains(string(a.JSON), `"complete":true`) || tries < 2 {
					t.Errorf("try %d: %.100s", tries, a.JSON)
				}
				break
			}
			if e, ok := errors.AsType[*apierror.Error](err); !ok || e.Kind != apierror.Timeout && e.Kind != apierror.RateLimited || tries > 4 {
				t.Fatal(err)
			}
		}
		if n := m.calls.Load(); n > 240 {
			t.Errorf("%d calls for 194 pages", n)
		}
	})
}

// A list of which only the first records are wanted is not read beyond them.
func TestACollectionReadsNoMoreThanIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, m := month(t, 99_000)
		a, err := g.Call(t.Context(), gateway.CallRequest{Method: "account_call_history", Params: json.RawMessage(`{"from":"-30d"}`), AllPages: true, MaxRecords: 6000})
		if err != nil || !strings.Contains(a.Incomplete, "6,000") || !strings.Contains(string(a.JSON), `"cursor":"`) {
			t.Errorf("%v %v", a, err)
		}
		if n := m.calls.Load(); n != 20 {
			t.Errorf("%d calls", n)
		}
	})
}
