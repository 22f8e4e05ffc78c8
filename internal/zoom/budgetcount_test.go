package zoom_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

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
