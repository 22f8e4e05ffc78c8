package simulator_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// The paths stand for their labels.
const (
	lightPath     = "/settings"
	mediumPath    = "/users"
	heavyPath     = "/call_history"
	intensivePath = "/fax/logs/x/file/y"
)

const perSecond = `{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}`

func TestPlansLimitEachLabelInFixedWindows(t *testing.T) {
	for _, c := range []struct {
		plan   simulator.Plan
		path   string
		limit  int
		window time.Duration
	}{
		{simulator.PlanPro, lightPath, 20, time.Second},
		{simulator.PlanPro, mediumPath, 10, time.Second},
		{simulator.PlanPro, heavyPath, 5, time.Second},
		{simulator.PlanPro, intensivePath, 5, time.Minute},
		{simulator.PlanBusiness, lightPath, 40, time.Second},
		{simulator.PlanBusiness, mediumPath, 20, time.Second},
		{simulator.PlanBusiness, heavyPath, 10, time.Second},
		{simulator.PlanBusiness, intensivePath, 10, time.Minute},
	} {
		t.Run(string(c.plan)+c.path, func(t *testing.T) {
			a := newAccount(t, simulator.Options{Plan: c.plan})
			a.clock.Advance(c.window - 100*time.Millisecond) // near the end of a window
			for window := range 3 {
				for i := range c.limit {
					if rec := a.do(c.path, nil); rec.Code == http.StatusTooManyRequests {
						t.Fatalf("window %d: request %d is refused", window, i)
					}
				}
				rec := a.do(c.path, nil)
				if rec.Code != http.StatusTooManyRequests || rec.Body.String() != perSecond || rec.Header().Get("X-RateLimit-Type") != "QPS" {
					t.Fatalf("window %d: %d %v %s", window, rec.Code, rec.Header(), rec.Body)
				}
				if _, ok := rec.Header()["Retry-After"]; ok {
					t.Error("Retry-After without having been asked for")
				}
				if window == 0 {
					a.clock.Advance(100 * time.Millisecond) // the next window, not a full one later
				} else {
					a.clock.Advance(c.window)
				}
			}
		})
	}
}

func TestLabelsDoNotShareWindows(t *testing.T) {
	a := newAccount(t, simulator.Options{Plan: simulator.PlanPro})
	for range 30 {
		a.do(lightPath, nil)
	}
	for _, path := range []string{mediumPath, heavyPath} {
		if rec := a.do(path, nil); rec.Code != http.StatusOK {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

func TestTheDaysBudgetIsShared(t *testing.T) {
	a := newAccount(t, simulator.Options{Plan: simulator.PlanPro, DailyBudget: 4})
	for i, path := range []string{heavyPath, intensivePath, heavyPath, intensivePath} {
		rec := a.do(path, nil)
		h := rec.Header()
		if rec.Code == http.StatusTooManyRequests || h.Get("X-RateLimit-Type") != "Daily-limit" || h.Get("X-RateLimit-Limit") != "4" ||
			h.Get("X-RateLimit-Remaining") != string(rune('3'-i)) {
			t.Errorf("request %d: %d %v", i, rec.Code, h)
		}
	}
	for path, category := range map[string]string{heavyPath: "Heavy", intensivePath: "Resource-intensive"} {
		rec := a.do(path, nil)
		h := rec.Header()
		if rec.Code != http.StatusTooManyRequests || !strings.Contains(rec.Body.String(), `"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."`) ||
			h.Get("X-RateLimit-Category") != category || h.Get("X-RateLimit-Type") != "Daily-limit" || h.Get("X-RateLimit-Limit") != "4" ||
			h.Get("X-RateLimit-Remaining") != "0" || h.Get("Retry-After") != "2026-03-19T00:00:00Z" {
			t.Errorf("%s: %d %v %s", path, rec.Code, h, rec.Body)
		}
	}
	a.get(lightPath)
	a.get(mediumPath)
	a.clock.Advance(5 * time.Hour) // midnight
	a.login()
	a.get(heavyPath)
}

func TestRetryAfterHasFourForms(t *testing.T) {
	for form, want := range map[simulator.RetryAfter][2]string{
		simulator.RetryAfterSeconds:  {"1", "18000"},
		simulator.RetryAfterHTTPDate: {"Wed, 18 Mar 2026 19:00:01 GMT", "Thu, 19 Mar 2026 00:00:00 GMT"},
		simulator.RetryAfterISO:      {"2026-03-18T19:00:01Z", "2026-03-19T00:00:00Z"},
		simulator.RetryAfterAbsent:   {"", ""},
	} {
		a := newAccount(t, simulator.Options{Plan: simulator.PlanPro, DailyBudget: 5, RetryAfter: form})
		for range 10 {
			a.do(mediumPath, nil)
		}
		for range 5 {
			a.do(heavyPath, nil)
		}
		for i, path := range []string{mediumPath, heavyPath} {
			rec := a.do(path, nil)
			if got := rec.Header().Get("Retry-After"); rec.Code != http.StatusTooManyRequests || got != want[i] {
				t.Errorf("%q, %s: %d %q, want %q", form, path, rec.Code, got, want[i])
			}
		}
	}
}

func TestWithoutAPlanNothingIsLimited(t *testing.T) {
	for _, plan := range []simulator.Plan{"", simulator.PlanNone} {
		a := newAccount(t, simulator.Options{Plan: plan})
		for range 100 {
			if rec := a.do(heavyPath, nil); rec.Code != http.StatusOK || rec.Header().Get("X-RateLimit-Type") != "" {
				t.Fatalf("%d %v", rec.Code, rec.Header())
			}
		}
	}
}

func TestCallersAtOnceShareTheLimit(t *testing.T) {
	a := newAccount(t, simulator.Options{Plan: simulator.PlanPro})
	var wg sync.WaitGroup
	var passed atomic.Int32
	for range 100 {
		wg.Go(func() {
			if a.do(lightPath, nil).Code == http.StatusOK {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 20 {
		t.Errorf("%d of 100 passed in one second, want 20", passed.Load())
	}
}
