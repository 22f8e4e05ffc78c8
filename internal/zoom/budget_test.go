package zoom_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// In a bubble it is 2000-01-01 00:00 UTC at first.

func TestDailyLimitIsAnAnswerAndNoWait(t *testing.T) {
	for _, c := range []struct {
		what, body string
		header     []string
		retryAt    string
	}{
		{"by text and an ISO date", tooMany, []string{"Retry-After: 2000-01-02T00:00:00Z"}, "2000-01-02T00:00:00Z"},
		{"by type and an HTTP date", "", []string{"X-RateLimit-Type: Daily-limit", "Retry-After: Sun, 02 Jan 2000 00:00:00 GMT"}, "2000-01-02T00:00:00Z"},
		{"by type and seconds", "<html>", []string{"X-RateLimit-Type: Daily-limit", "Retry-After: 3600"}, "2000-01-01T13:00:00Z"},
		{"by text alone", tooMany, nil, "2000-01-02T00:00:00Z"},
		{"by the date alone", "", []string{"Retry-After: 2000-01-02T00:00:00Z"}, "2000-01-02T00:00:00Z"},
		{"by a date that no day reaches", tooMany, []string{"Retry-After: 2000-01-11T00:00:00Z"}, "2000-01-02T00:00:00Z"},
		{"by seconds that no day has", tooMany, []string{"Retry-After: 864000"}, "2000-01-02T00:00:00Z"},
		{"by a clock two hours behind ours", tooMany, []string{"Retry-After: 2000-01-01T12:00:00Z", "Date: Sat, 01 Jan 2000 10:00:00 GMT"}, "2000-01-01T14:00:00Z"},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(12 * time.Hour)
				var sent atomic.Int64
				client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
					sent.Add(1)
					return reply(r, 429, c.body, c.header...)
				})
				start := time.Now()
				e := wantFault(t, callHeavy(t.Context(), client), apierror.RateLimited, "today")
				if e.RetryAt != c.retryAt || e.HTTPStatus != 429 || e.Attempts != 1 || *e.Budget.DailyRemaining != 0 {
					t.Errorf("%+v, budget %v", e, e.Budget)
				}
				// All of the budget is answered without asking Zoom.
				for _, call := range []string{"heavy", "intensive"} {
					err := callHeavy(t.Context(), client)
					if call == "intensive" {
						err = callIntensive(t.Context(), client)
					}
					if e := wantFault(t, err, apierror.RateLimited, "HEAVY and RESOURCE-INTENSIVE"); e.RetryAt != c.retryAt || e.Attempts != 0 {
						t.Errorf("%s: %+v", call, e)
					}
				}
				if time.Since(start) > 0 || sent.Load() != 1 {
					t.Errorf("%d sent in %s", sent.Load(), time.Since(start))
				}
			})
		})
	}
}

// Zoom documents no day's budget for LIGHT and MEDIUM.
func TestDailyLimitWithoutASharedBudgetClosesTheMethodAlone(t *testing.T) {
	another := map[string]func(context.Context, *zoom.Client) error{
		"light": func(ctx context.Context, c *zoom.Client) error {
			_, err := c.ListPhoneSites(ctx, zoom.ListPhoneSitesParams{})
			return err
		},
		"medium": func(ctx context.Context, c *zoom.Client) error {
			_, err := c.ListPhoneUsers(ctx, zoom.ListPhoneUsersParams{})
			return err
		},
	}
	for label, call := range map[string]func(context.Context, *zoom.Client) error{"light": callLight, "medium": callMedium} {
		for _, refusal := range []func(*http.Request) (*http.Response, error){
			func(r *http.Request) (*http.Response, error) { return reply(r, 429, tooMany) },
			func(r *http.Request) (*http.Response, error) { return reply(r, 200, tooMany) },
			func(r *http.Request) (*http.Response, error) {
				return reply(r, 429, "", "X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: 500", "X-RateLimit-Remaining: 0", "Retry-After: 2000-01-02T00:00:00Z")
			},
			func(r *http.Request) (*http.Response, error) {
				return reply(r, 403, `{"code":403,"message":"the maximum number of api requests are already reached"}`, "Retry-After: 2000-01-02T00:00:00Z")
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				var closed string
				sent := map[string]int{}
				var mu sync.Mutex
				c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					sent[r.URL.Path]++
					if closed == "" {
						closed = r.URL.Path
					}
					refuse := closed == r.URL.Path && time.Now().Before(time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC))
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					if refuse {
						return refusal(r)
					}
					return reply(r, 200, "{}")
				})
				e := wantFault(t, call(t.Context(), c), apierror.RateLimited, "other methods still work")
				if text := e.Text(); e.Budget.DailyRemaining != nil || e.Budget.DailyLimit != 0 || strings.Contains(text, "left today") || strings.Contains(text, "response header") {
					t.Errorf("%s: %s", label, text)
				}
				if e.RetryAt != "2000-01-02T00:00:00Z" || e.Attempts != 1 || !strings.Contains(e.Hint, e.Method) {
					t.Errorf("%s: %+v", label, e)
				}
				e = wantFault(t, call(t.Context(), c), apierror.RateLimited, "budget of "+e.Method+" calls for today")
				if e.RetryAt != "2000-01-02T00:00:00Z" || e.Attempts != 0 || !strings.Contains(e.Hint, "Nothing was sent") {
					t.Errorf("%s: %+v", label, e)
				}
				for what, open := range map[string]func(context.Context, *zoom.Client) error{
					"the same label": another[label], "light": callLight, "medium": callMedium, "heavy": callHeavy, "no label": callUnlabelled,
				} {
					if what == label {
						continue
					}
					if err := open(t.Context(), c); err != nil {
						t.Errorf("%s is closed, and %s too: %v", label, what, err)
					}
				}
				if err := callIntensive(t.Context(), c); err != nil {
					t.Errorf("%s is closed, and files too: %v", label, err)
				}
				if sent[closed] != 1 {
					t.Errorf("%s: sent %v", label, sent)
				}
				if left := *c.Budget()[2].DailyRemaining; left != 15_000-2 {
					t.Errorf("%s: %d HEAVY calls left", label, left)
				}
				time.Sleep(25 * time.Hour)
				if err := call(t.Context(), c); err != nil {
					t.Errorf("%s stays closed: %v", label, err)
				}
			})
		}
	}
}

// Nothing says that a method without a label has the day's budget of HEAVY.
func TestDailyLimitOfAMethodWithoutALabelIsItsOwn(t *testing.T) {
	for _, c := range []struct {
		what          string
		first, second func(context.Context, *zoom.Client) error
	}{{"without a label", callUnlabelled, callHeavy}, {"HEAVY", callHeavy, callUnlabelled}} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
				if sent++; sent == 1 {
					return reply(r, 429, tooMany)
				}
				return reply(r, 200, "{}")
			})
			wantFault(t, c.first(t.Context(), client), apierror.RateLimited, "today")
			if e := wantFault(t, c.first(t.Context(), client), apierror.RateLimited, "today"); e.Attempts != 0 {
				t.Errorf("%s: asked again", c.what)
			}
			if err := c.second(t.Context(), client); err != nil {
				t.Errorf("%s closes another budget: %v", c.what, err)
			}
		})
	}
}

// Labels drift: the one that Zoom names in its refusal decides what is closed.
func TestLabelThatZoomNamesDecidesWhatADailyLimitCloses(t *testing.T) {
	type call = func(context.Context, *zoom.Client) error
	for _, c := range []struct {
		category     string
		refused      call
		closed, open []call
		heavyLeft    int
	}{
		{category: "Heavy", refused: callMedium, closed: []call{callMedium, callHeavy, callIntensive}, open: []call{callLight, callUnlabelled}, heavyLeft: 0},
		{category: "Resource Intensive", refused: callLight, closed: []call{callLight, callHeavy, callIntensive}, open: []call{callMedium}, heavyLeft: 0},
		{category: "HEAVY", refused: callUnlabelled, closed: []call{callUnlabelled, callHeavy}, open: []call{callLight}, heavyLeft: 0},
		{category: "Medium", refused: callHeavy, closed: []call{callHeavy}, open: []call{callIntensive, callMedium, callLight}, heavyLeft: 15_000 - 2},
		{category: "resource-intensive", refused: callHeavy, closed: []call{callHeavy, callIntensive}, open: []call{callMedium}, heavyLeft: 0},
		{category: "Medium", refused: callMedium, closed: []call{callMedium}, open: []call{callHeavy, callLight}, heavyLeft: 15_000 - 1},
		{category: "new here", refused: callMedium, closed: []call{callMedium}, open: []call{callHeavy, callLight}, heavyLeft: 15_000 - 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
				if sent++; sent == 1 {
					return reply(r, 429, tooMany, "X-RateLimit-Type: Daily-limit", "X-RateLimit-Category: "+c.category)
				}
				return reply(r, 200, "{}")
			})
			wantFault(t, c.refused(t.Context(), client), apierror.RateLimited, "today")
			for i, call := range c.closed {
				if e := wantFault(t, call(t.Context(), client), apierror.RateLimited, "today"); e.Attempts != 0 {
					t.Errorf("%s: closed method %d was sent", c.category, i)
				}
			}
			for i, call := range c.open {
				if err := call(t.Context(), client); err != nil {
					t.Errorf("%s: open method %d: %v", c.category, i, err)
				}
			}
			if left := *client.Budget()[2].DailyRemaining; left != c.heavyLeft {
				t.Errorf("%s: %d HEAVY calls left, want %d", c.category, left, c.heavyLeft)
			}
			time.Sleep(25 * time.Hour)
			for i, call := range c.closed {
				if err := call(t.Context(), client); err != nil {
					t.Errorf("%s: method %d stays closed: %v", c.category, i, err)
				}
			}
		})
	}
}

func TestDailyLimitOfAMethodAnswersItsWaitingCallsAndNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/call_queues") {
				time.Sleep(10 * time.Millisecond)
				return reply(r, 429, tooMany)
			}
			return reply(r, 200, "{}")
		})
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 30 {
			if i%2 == 0 {
				wg.Go(func() {
					wantFault(t, callMedium(t.Context(), c), apierror.RateLimited, "today")
					if took := time.Since(start); took > 20*time.Millisecond {
						t.Errorf("answered after %s", took)
					}
				})
			} else {
				wg.Go(func() {
					if _, err := c.ListPhoneUsers(t.Context(), zoom.ListPhoneUsersParams{}); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
		}
		wg.Wait()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the other method took %s", took)
		}
	})
}

func TestOneBudgetIsSharedByHeavyAndIntensive(t *testing.T) {
	for what, call := range map[string]func(context.Context, *zoom.Client) error{"heavy": callHeavy, "intensive": callIntensive} {
		synctest.Test(t, func(t *testing.T) {
			refuse := true
			c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
				if refuse {
					return reply(r, 429, tooMany)
				}
				return reply(r, 200, "{}")
			})
			wantFault(t, call(t.Context(), c), apierror.RateLimited, "methods of other labels still work")
			refuse = false
			for _, closed := range []func(context.Context, *zoom.Client) error{callHeavy, callIntensive} {
				if e := wantFault(t, closed(t.Context(), c), apierror.RateLimited, "HEAVY and RESOURCE-INTENSIVE"); e.Attempts != 0 {
					t.Errorf("%s: %+v", what, e)
				}
			}
			for _, open := range []func(context.Context, *zoom.Client) error{callLight, callMedium} {
				if err := open(t.Context(), c); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestAfterADailyLimitOneCallLooksAndTheOthersWaitForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		var refuse atomic.Bool
		refuse.Store(true)
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			time.Sleep(time.Second)
			if refuse.Load() {
				return reply(r, 429, tooMany, fmt.Sprintf("Retry-After: %d", 600))
			}
			return reply(r, 200, "{}")
		})
		wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "today")
		time.Sleep(601 * time.Second)
		round := func(check func(error)) int64 {
			sent.Store(0)
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { check(callHeavy(t.Context(), c)) })
			}
			wg.Wait()
			return sent.Load()
		}
		if n := round(func(err error) { wantFault(t, err, apierror.RateLimited, "today") }); n != 1 {
			t.Errorf("%d asked while the budget is still used up", n)
		}
		time.Sleep(601 * time.Second)
		refuse.Store(false)
		if n := round(func(err error) {
			if err != nil {
				t.Error(err)
			}
		}); n != 10 {
			t.Errorf("%d of 10 sent once Zoom takes calls again", n)
		}
	})
}

func TestDailyLimitAnswersTheCallsThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			time.Sleep(10 * time.Millisecond)
			return reply(r, 429, tooMany)
		})
		start := time.Now()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "today") })
		}
		wg.Wait()
		if n := sent.Load(); n != 1 || time.Since(start) > 20*time.Millisecond {
			t.Errorf("%d sent in %s", n, time.Since(start))
		}
		if err := callLight(t.Context(), c); apierror.From(err).Attempts != 1 {
			t.Errorf("another budget: %v", err)
		}
	})
}

func TestOwnCountEndsTheDayAndMidnightBeginsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(23 * time.Hour)
		plan := zoom.Pro()
		plan.Daily = 4
		c := connect(t, zoom.Options{Plan: plan}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		for i, call := range []func() error{
			func() error { return callHeavy(t.Context(), c) },
			func() error { return callIntensive(t.Context(), c) },
			func() error { return callHeavy(t.Context(), c) },
			func() error { return callUnlabelled(t.Context(), c) },
			func() error { return callLight(t.Context(), c) },
			func() error { return callHeavy(t.Context(), c) },
		} {
			if err := call(); err != nil {
				t.Fatal(i, err)
			}
		}
		e := wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "ZOOM_PLAN")
		if e.RetryAt != "2000-01-02T00:00:00Z" || e.Attempts != 0 {
			t.Errorf("%+v", e)
		}
		time.Sleep(time.Hour)
		if err := callHeavy(t.Context(), c); err != nil {
			t.Error(err)
		}
	})
}

func TestCountOfZoomCorrectsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		headers := [][]string{
			{"X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: 30000", "X-RateLimit-Remaining: 12000"},
			{"X-RateLimit-Type: QPS", "X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 4"},
			{"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 4"},
			{"X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: many", "X-RateLimit-Remaining: -1"},
			{"X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: 30000", "X-RateLimit-Remaining: 11990"},
		}
		i := 0
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			i++
			return reply(r, 200, "{}", headers[i-1]...)
		})
		for n, want := range []int{12_000, 11_999, 11_998, 11_997, 11_990} {
			a, err := c.AccountCallHistory(t.Context(), zoom.AccountCallHistoryParams{})
			if err != nil {
				t.Fatal(err)
			}
			if b := a.Budget; b.DailyLimit != 30_000 || *b.DailyRemaining != want || b.DailyResetsAt != "2000-01-02T00:00:00Z" || b.Label != "HEAVY" {
				t.Errorf("after %d: %+v, %d remain, want %d", n+1, b, *b.DailyRemaining, want)
			}
		}
	})
}

func TestRequestsThatZoomMayHaveSeenAreCounted(t *testing.T) {
	for _, c := range []struct {
		what string
		err  error
		sent int // of two attempts
	}{
		{"no connection", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, 0},
		{"a connection that broke", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, 2},
		{"a connection that ended", io.ErrUnexpectedEOF, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := connect(t, zoom.Options{Attempts: 2}, func(*http.Request) (*http.Response, error) { return nil, c.err })
			wantFault(t, callHeavy(t.Context(), client), apierror.Network, "")
			if got, want := *client.Budget()[2].DailyRemaining, 15_000-c.sent; got != want {
				t.Errorf("%s: got %d calls left, want %d", c.what, got, want)
			}
		})
	}
}

func TestLastCallOfADayByZoomsCountIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, "{}", "X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: 15000", "X-RateLimit-Remaining: 0")
		})
		if err := callHeavy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if e := wantFault(t, callIntensive(t.Context(), c), apierror.RateLimited, "0 of 15000 left"); strings.Contains(e.Hint, "ZOOM_PLAN") || e.RetryAt != "2000-01-02T00:00:00Z" {
			t.Errorf("%+v", e)
		}
	})
}

// Calls that are under way together can be answered in any order. Zoom counts them
// in the order in which they come to it, and other apps' calls between them.
func TestAnswersThatOvertakeEachOtherDoNotChangeTheCount(t *testing.T) {
	for _, c := range []struct {
		what  string
		after []int // seconds until each answer, in the order in which Zoom counts the calls
	}{
		{"in order", []int{10, 11, 12, 13}}, {"backwards", []int{13, 12, 11, 10}}, {"the first last", []int{13, 10, 11, 12}}, {"the last first", []int{11, 12, 13, 10}},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const limit, others = 30_000, 12_000
				var mu sync.Mutex
				counted := 0
				client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					i := counted
					counted++
					mu.Unlock()
					if i < len(c.after) {
						time.Sleep(time.Duration(c.after[i]) * time.Second)
					}
					return reply(r, 200, "{}", "X-RateLimit-Type: Daily-limit", fmt.Sprintf("X-RateLimit-Limit: %d", limit), fmt.Sprintf("X-RateLimit-Remaining: %d", limit-others-i-1))
				})
				var calls sync.WaitGroup
				for range c.after {
					calls.Go(func() {
						if err := callHeavy(t.Context(), client); err != nil {
							t.Error(err)
						}
					})
				}
				calls.Wait()
				if got, want := *client.Budget()[2].DailyRemaining, limit-others-len(c.after); got != want {
					t.Errorf("got %d calls left, want %d", got, want)
				}
				// A count that was too high is corrected as soon as one call is alone.
				mu.Lock()
				counted = 100
				mu.Unlock()
				if err := callHeavy(t.Context(), client); err != nil {
					t.Error(err)
				}
				mu.Lock()
				counted = 50
				mu.Unlock()
				if err := callHeavy(t.Context(), client); err != nil {
					t.Error(err)
				}
				if got, want := *client.Budget()[2].DailyRemaining, limit-others-51; got != want {
					t.Errorf("got %d calls left after a correction, want %d", got, want)
				}
			})
		})
	}
}

// The last call of a day can be answered when the next has begun.
func TestCountOfYesterdayIsNotThatOfToday(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			if first {
				first = false
				time.Sleep(10 * time.Second)
				return reply(r, 200, "{}", "X-RateLimit-Type: Daily-limit", "X-RateLimit-Limit: 15000", "X-RateLimit-Remaining: 0")
			}
			return reply(r, 200, "{}")
		})
		time.Sleep(24*time.Hour - 5*time.Second)
		for range 2 {
			if err := callHeavy(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := *c.Budget()[2].DailyRemaining, 15_000-2; got != want {
			t.Errorf("got %d calls left, want %d", got, want)
		}
	})
}

// The call that looks whether Zoom takes calls again can fail to leave.
func TestLookThatNeverLeftLetsTheNextCallLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := connect(t, zoom.Options{Attempts: 1}, func(r *http.Request) (*http.Response, error) {
			switch sent++; sent {
			case 1:
				return reply(r, 429, tooMany, "Retry-After: 600")
			case 2:
				return refuseToConnect(r)
			}
			return reply(r, 200, "{}")
		})
		wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "today")
		time.Sleep(601 * time.Second)
		wantFault(t, callHeavy(t.Context(), c), apierror.Network, "connection refused")
		if err := callHeavy(within(t, time.Minute), c); err != nil || sent != 3 {
			t.Errorf("got %v after %d requests, want an answer after 3", err, sent)
		}
	})
}

// Nothing is known to be left until a call has shown it.
func TestNothingIsLeftOfAClosedDayUntilACallHasLooked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := true
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			if refuse {
				return reply(r, 429, tooMany, "Retry-After: 600")
			}
			return reply(r, 200, "{}")
		})
		wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "today")
		time.Sleep(601 * time.Second)
		if got := *c.Budget()[2].DailyRemaining; got != 0 {
			t.Errorf("before a call has looked: got %d calls left, want 0", got)
		}
		refuse = false
		if err := callHeavy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := *c.Budget()[2].DailyRemaining; got < 14_000 {
			t.Errorf("after a call that was taken: got %d calls left, want those of the plan", got)
		}
	})
}

// A call that failed for another reason and then has no turn says when there is one.
func TestFailureBeforeAClosedDaySaysWhenToCallAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *zoom.Client
		var other sync.WaitGroup
		sent := 0
		c = connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			if sent++; sent > 1 {
				return reply(r, 429, tooMany)
			}
			other.Go(func() { wantFault(t, callHeavy(t.Context(), c), apierror.RateLimited, "today") })
			synctest.Wait() // the other call waits for its turn
			return reply(r, 503, trouble)
		})
		e := wantFault(t, callHeavy(t.Context(), c), apierror.ZoomError, "503")
		if want := "2000-01-02T00:00:00Z"; e.RetryAt != want {
			t.Errorf("got retry_at %q, want %q", e.RetryAt, want)
		}
		other.Wait()
	})
}
