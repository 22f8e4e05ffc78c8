package simulator_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestServerListensAndEnds(t *testing.T) {
	for name, end := range map[string]func(*simulator.Server, context.CancelFunc) error{
		"by Close":       func(s *simulator.Server, _ context.CancelFunc) error { return s.Close() },
		"by its context": func(s *simulator.Server, cancel context.CancelFunc) error { cancel(); return s.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv, err := simulator.Start(ctx, "", simulator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.Get(srv.APIURL() + "/phone/users")
			if err != nil {
				t.Fatal(err)
			}
			got := body(t, res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized || !strings.Contains(got, `"code":124`) || res.Header.Get("x-zm-trackingid") == "" {
				t.Errorf("%d %s %v", res.StatusCode, got, res.Header)
			}
			if err := end(srv, cancel); err != nil {
				t.Errorf("ended with %v", err)
			}
			if _, err := http.Get(srv.APIURL() + "/phone/users"); err == nil {
				t.Error("still listening")
			}
		})
	}
}

func TestFaults(t *testing.T) {
	var slept time.Duration
	a := newAccount(t, simulator.Options{Sleep: func(_ context.Context, d time.Duration) error { slept += d; return nil }})
	remove := a.Inject(simulator.Fault{
		Method: http.MethodGet, Path: "/v2/phone/users", Skip: 1, Count: 2, Delay: 3 * time.Second, Status: http.StatusTooManyRequests,
		Body: `{"code":429,"message":"slow down"}`, Header: http.Header{"Retry-After": {"2"}, "X-RateLimit-Type": {"QPS"}},
	})
	var got []int
	for range 4 {
		got = append(got, a.do("/users", nil).Code)
	}
	if want := []int{200, 429, 429, 200}; len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("answers %v, want %v", got, want)
	}
	if slept != 6*time.Second {
		t.Errorf("slept %v", slept)
	}
	remove()
	remove = a.Inject(simulator.Fault{Path: "/v2/phone/call_queues/*", Status: http.StatusOK, Body: "<html>", Header: http.Header{"content-type": {"text/html"}}})
	rec := a.do("/call_queues/x", nil)
	if rec.Code != http.StatusOK || rec.Body.String() != "<html>" || rec.Header().Get("Content-Type") != "text/html" {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	if a.do("/call_queues", nil).Code != http.StatusOK {
		t.Error("another path was hit")
	}
	remove()
	a.refused("/call_queues/x", http.StatusNotFound, 13000)
	a.Inject(simulator.Fault{Header: http.Header{"X-Extra": {"1"}}})
	if rec := a.do("/settings", nil); rec.Code != http.StatusOK || rec.Header().Get("X-Extra") != "1" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

func TestRequestsAreKept(t *testing.T) {
	var told int
	var mu sync.Mutex
	a := newAccount(t, simulator.Options{OnRequest: func(simulator.Request) { mu.Lock(); told++; mu.Unlock() }})
	a.ResetRequests()
	a.do("/users/ada.lovelace%2Bphone@example.com", pairs("a", "b c"))
	a.do("/nowhere", nil)
	got := a.Requests()
	want := simulator.Request{
		Method: "GET", Path: "/v2/phone/users/ada.lovelace%2Bphone@example.com", Query: "a=b+c",
		Route: "GET /v2/phone/users/{userId}", Authorized: true, Status: 200,
	}
	if len(got) != 2 || got[0] != want || got[1].Status != 404 || got[1].Route != "" {
		t.Errorf("requests %+v", got)
	}
	if counts := a.RequestCounts(); counts[want.Route] != 1 || counts[""] != 1 {
		t.Errorf("counts %v", counts)
	}
	if told != 3 {
		t.Errorf("told of %d requests", told)
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	want := a.do("/call_history", pairs(month()...)).Body.String()
	fresh := newAccount(t, simulator.Options{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got := fresh.do("/call_history", pairs(month()...)).Body.String(); got != want {
				t.Error("an answer differs")
			}
			fresh.do("/recordings", nil)
			fresh.do("/sms/sessions", nil)
		})
	}
	wg.Wait()
}
