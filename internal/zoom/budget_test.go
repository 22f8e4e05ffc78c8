package zoom_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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
