package zoom_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// window counts requests as somebody may who enforces a limit: in windows that
// begin at a clock's strokes, and in windows that slide.
type window struct {
	calls int
	per   time.Duration

	mu   sync.Mutex
	seen []time.Time
}

// take is false for a request too many by either count. As with Zoom, a refused
// request does not count.
func (w *window) take(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	fixed, sliding := 0, 0
	for _, at := range slices.Backward(w.seen) {
		if now.Sub(at) >= w.per {
			break
		}
		sliding++
		if at.Truncate(w.per).Equal(now.Truncate(w.per)) {
			fixed++
		}
	}
	if fixed >= w.calls || sliding >= w.calls {
		return false
	}
	w.seen = append(w.seen, now)
	return true
}

func TestEveryLabelKeepsThePaceOfThePlan(t *testing.T) {
	type label struct {
		name  string
		call  func(context.Context, *zoom.Client) error
		limit int
		per   time.Duration
	}
	for _, plan := range []struct {
		plan   zoom.Plan
		labels []label
	}{
		{zoom.Pro(), []label{{"light", callLight, 20, time.Second}, {"medium", callMedium, 10, time.Second}, {"heavy", callHeavy, 5, time.Second},
			{"no label", callUnlabelled, 5, time.Second}, {"intensive", callIntensive, 5, time.Minute}}},
		{zoom.Business(), []label{{"light", callLight, 40, time.Second}, {"medium", callMedium, 20, time.Second}, {"heavy", callHeavy, 10, time.Second},
			{"no label", callUnlabelled, 10, time.Second}, {"intensive", callIntensive, 10, time.Minute}}},
	} {
		for _, l := range plan.labels {
			t.Run(plan.plan.Name+" "+l.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := window{calls: l.limit, per: l.per}
					var refused atomic.Int64
					c := connect(t, zoom.Options{Plan: plan.plan}, func(r *http.Request) (*http.Response, error) {
						// The way takes 20 to 70 ms, another time for every request.
						time.Sleep(20*time.Millisecond + rand.N(50*time.Millisecond))
						if !w.take(time.Now()) {
							refused.Add(1)
						}
						return reply(r, 200, "{}")
					})
					start := time.Now()
					const calls = 200
					var wg sync.WaitGroup
					for range calls {
						wg.Go(func() {
							if err := l.call(t.Context(), c); err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
					if n := refused.Load(); n > 0 {
						t.Errorf("%d of %d would have been refused", n, calls)
					}
					ideal := time.Duration(calls) * l.per / time.Duration(l.limit)
					if took := time.Since(start); took > ideal*20/19+time.Second {
						t.Errorf("took %s, Zoom would allow %s", took, ideal)
					}
				})
			})
		}
	}
}

func TestFirstFewOfARatePerMinuteNeedNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "II*") })
		start := time.Now()
		for i := range 6 {
			if err := callIntensive(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); (took > time.Second) != (i == 5) {
				t.Errorf("file %d came after %s", i+1, took)
			}
		}
	})
}

func TestUnlimitedPlanPacesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{Plan: zoom.Unlimited()}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		start := time.Now()
		for range 20_000 { // more than a day's budget
			if err := callHeavy(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("waited %s", took)
		}
	})
}

func TestCallsGetTheirTurnInTheOrderTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			order = append(order, r.URL.Query().Get("next_page_token"))
			return reply(r, 200, "{}")
		})
		var wg sync.WaitGroup
		for i := range 26 {
			ctx := t.Context()
			if i%5 == 3 {
				ctx = within(t, 500*time.Millisecond+time.Duration(i)*time.Millisecond)
			}
			wg.Go(func() {
				_, _ = c.ListCallQueues(ctx, zoom.ListCallQueuesParams{NextPageToken: string(rune('a' + i))})
			})
			synctest.Wait()
		}
		wg.Wait()
		if !slices.IsSorted(order) || len(order) < 21 || len(order) == 26 {
			t.Errorf("%d: %v", len(order), order)
		}
	})
}

func TestWaitThatCannotEndInTimeIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			return reply(r, 200, "{}")
		})
		var wg sync.WaitGroup
		for range 46 { // ten seconds of HEAVY
			wg.Go(func() {
				if err := callHeavy(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		e := wantFault(t, callHeavy(within(t, 5*time.Second), c), apierror.RateLimited, "HEAVY, 5/s on the plan pro, 45 waiting")
		if time.Since(start) > 0 || sent.Load() != 1 || e.Attempts != 0 {
			t.Errorf("answered after %s, %d sent, %+v", time.Since(start), sent.Load(), e)
		}
		at, err := time.Parse(time.RFC3339, e.RetryAt)
		if wait := at.Sub(start); err != nil || wait < 10*time.Second || wait > 12*time.Second || at.Location() != time.UTC {
			t.Errorf("retry_at %q is %s away: %v", e.RetryAt, wait, err)
		}
		if *e.Budget.DailyRemaining != 15_000-46 {
			t.Errorf("%+v", e.Budget)
		}
		if err := callLight(within(t, time.Second), c); err != nil {
			t.Errorf("another label: %v", err)
		}
		wg.Wait()
	})
}

func TestCallThatGivesUpItsPlaceLeavesItToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		gone, cancel := context.WithCancel(t.Context())
		start := time.Now()
		var wg sync.WaitGroup
		if err := callHeavy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			wg.Go(func() { wantFault(t, callHeavy(gone, c), apierror.Canceled, "canceled") })
		}
		synctest.Wait()
		wg.Go(func() {
			if err := callHeavy(t.Context(), c); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 300*time.Millisecond {
				t.Errorf("took %s behind calls that had left", took)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		if b := c.Budget(); *b[2].DailyRemaining != 14_998 {
			t.Errorf("calls that left are counted: %d remain", *b[2].DailyRemaining)
		}
	})
}

func TestRefusalForTheSecondPausesAndSlowsTheLabelForEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refuse atomic.Int64
		var mu sync.Mutex
		var sent []time.Time
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			sent = append(sent, time.Now())
			mu.Unlock()
			if refuse.Add(-1) >= 0 {
				return reply(r, 429, tooFast, "Retry-After: 3", "X-RateLimit-Type: QPS")
			}
			return reply(r, 200, "{}")
		})
		refuse.Store(1)
		start := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := callMedium(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := callLight(t.Context(), c); err != nil || time.Since(start) > 0 {
			t.Errorf("another label waits too: %v", err)
		}
		wantFault(t, callMedium(within(t, time.Second), c), apierror.RateLimited, "MEDIUM")
		wg.Wait()
		// One was refused; the others came after the pause, at half the speed.
		sent = slices.DeleteFunc(sent, func(at time.Time) bool { return at.Equal(start) })
		first, second := sent[0].Sub(start), sent[1].Sub(sent[0])
		if len(sent) != 10 || first < 3*time.Second || first > 3100*time.Millisecond || second < 150*time.Millisecond {
			t.Errorf("%d sent, the first after %s, the second %s later", len(sent), first, second)
		}
		time.Sleep(10 * time.Second)
		start = time.Now()
		for range 10 {
			_ = callMedium(t.Context(), c)
		}
		if took := time.Since(start); took > 1100*time.Millisecond {
			t.Errorf("the speed did not come back: 10 calls took %s", took)
		}
	})
}

// Requests that were under way together are refused together: that is one crowd,
// which slows the label once.
func TestCrowdOfRefusalsSlowsTheLabelOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var later []time.Time
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			sent := time.Now()
			if sent.Sub(start) < 2*time.Second {
				time.Sleep(2 * time.Second)
				return reply(r, 429, tooFast, "Retry-After: 3", "X-RateLimit-Type: QPS")
			}
			mu.Lock()
			later = append(later, sent)
			mu.Unlock()
			return reply(r, 200, "{}")
		})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := callMedium(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(later) != 10 {
			t.Fatalf("got %d calls after the refusals, want 10", len(later))
		}
		// Half the pace of 20 a second is a call every 110 ms; an eighth would be one every 440 ms.
		if got, most := later[9].Sub(later[0]), 1500*time.Millisecond; got > most {
			t.Errorf("got 10 calls within %s, want %s at most", got, most)
		}
	})
}

func TestPauseAnswersTheWaitingThatItMakesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first atomic.Bool
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			time.Sleep(100 * time.Millisecond)
			if !first.Swap(true) {
				return reply(r, 429, tooFast, "Retry-After: 60")
			}
			return reply(r, 200, "{}")
		})
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			e := wantFault(t, callHeavy(within(t, 10*time.Second), c), apierror.RateLimited, "per-second")
			if e.RetryAt != start.Add(60*time.Second+100*time.Millisecond).Truncate(time.Second).Add(time.Second).UTC().Format(time.RFC3339) || e.Attempts != 1 {
				t.Errorf("%+v", e)
			}
		})
		synctest.Wait()
		wg.Go(func() { wantFault(t, callHeavy(within(t, 10*time.Second), c), apierror.RateLimited, "no turn") })
		wg.Go(func() {
			if err := callHeavy(within(t, 2*time.Minute), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		time.Sleep(101 * time.Millisecond)
		synctest.Wait()
		if n := c.Budget()[2].Waiting; n != 1 {
			t.Errorf("%d wait", n)
		}
		wg.Wait()
	})
}

// Two calls that are under way together can be told to wait for different times: the
// longer one holds, whichever comes last.
func TestAShorterPauseDoesNotEndALongerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var sent atomic.Int64
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			switch n := sent.Add(1); {
			case n == 1:
				time.Sleep(time.Second)
				return reply(r, 429, tooFast, "Retry-After: 20")
			case n == 2:
				time.Sleep(2 * time.Second)
				return reply(r, 429, tooFast, "Retry-After: 3")
			case time.Since(start) < 21*time.Second:
				t.Errorf("a request went after %s, want none before 21s", time.Since(start))
			}
			return reply(r, 200, "{}")
		})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := callMedium(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(4 * time.Second)
		if err := callMedium(t.Context(), c); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if sent.Load() != 5 {
			t.Errorf("sent %d requests, want 5", sent.Load())
		}
	})
}

func TestPlansAreNamed(t *testing.T) {
	for _, name := range []string{"pro", "business", "none"} {
		if p, err := zoom.PlanNamed(name); err != nil || p.Name != name {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, err := zoom.PlanNamed("Business"); err != nil || p.Name != "business" {
		t.Errorf("another letter case: %+v, %v", p, err)
	}
	if _, err := zoom.PlanNamed("platinum"); err == nil {
		t.Error("a plan that nobody sells")
	}
}

func TestCallThatWasCanceledBeforeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := callLight(ctx, c)
		if e := wantFault(t, err, apierror.Canceled, ""); !errors.Is(e, context.Canceled) || e.Attempts != 0 {
			t.Errorf("%+v", e)
		}
	})
}

func TestFileThatMayTakeLongerDoesNotWaitLongerForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "II*") })
		ctx := zoom.WithAnswerBy(t.Context(), time.Now().Add(10*time.Second))
		for range 5 {
			if err := callIntensive(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		wantFault(t, callIntensive(ctx, c), apierror.RateLimited, "5/min")
		if time.Since(start) > 0 {
			t.Errorf("waited %s", time.Since(start))
		}
		gone, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(context.DeadlineExceeded) })
		wantFault(t, callIntensive(gone, c), apierror.RateLimited, "no turn")
	})
}
