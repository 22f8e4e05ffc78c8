package zoom_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// TestThousandCallsThroughAnUnreliableNetwork: a fifth of the requests meets a
// reset, a 429, a 503, or an answer that takes its time. Every call has the
// right answer or a typed error, before its deadline.
func TestThousandCallsThroughAnUnreliableNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent, mishaps, refused atomic.Int64
		limit := window{calls: 20, per: time.Second}
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			time.Sleep(20*time.Millisecond + rand.N(60*time.Millisecond))
			if !limit.take(time.Now()) {
				refused.Add(1)
				return reply(r, 429, tooFast)
			}
			id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
			good := fmt.Sprintf(`{"id":%q}`, id)
			switch rand.N(20) {
			case 0:
				mishaps.Add(1)
				return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
			case 1:
				mishaps.Add(1)
				return reply(r, 429, tooFast, "X-RateLimit-Type: QPS", "Retry-After: 1")
			case 2:
				mishaps.Add(1)
				return reply(r, 503, "<html>Service unavailable</html>")
			case 3:
				mishaps.Add(1)
				select {
				case <-time.After(rand.N(40 * time.Second)):
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}
			return reply(r, 200, good)
		})
		var right, faults atomic.Int64
		var mu sync.Mutex
		kinds := map[apierror.Kind]int{}
		var wg sync.WaitGroup
		next := make(chan int)
		for range 32 {
			wg.Go(func() {
				for i := range next {
					id := fmt.Sprintf("user%d", i)
					const patience = 30 * time.Second
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					start := time.Now()
					a, err := c.PhoneUser(ctx, zoom.PhoneUserParams{UserID: id})
					took := time.Since(start)
					cancel()
					if took > patience {
						t.Errorf("call %d took %s", i, took)
					}
					if err == nil {
						if want := fmt.Sprintf(`{"id":%q}`, id); string(a.Raw) != want {
							t.Errorf("call %d: %s", i, a.Raw)
						}
						right.Add(1)
						continue
					}
					e, ok := errors.AsType[*apierror.Error](err)
					if !ok || e.Kind == apierror.Internal || e.Hint == "" || e.Kind == apierror.RateLimited && e.RetryAt == "" {
						t.Errorf("call %d: %+v", i, err)
					}
					faults.Add(1)
					mu.Lock()
					kinds[e.Kind]++
					mu.Unlock()
				}
			})
		}
		for i := range 1000 {
			next <- i
		}
		close(next)
		wg.Wait()
		t.Logf("%d right, %v; %d sent, %d mishaps, %d refused by the limit", right.Load(), kinds, sent.Load(), mishaps.Load(), refused.Load())
		if right.Load()+faults.Load() != 1000 || right.Load() < 950 {
			t.Errorf("%d right, %d faults", right.Load(), faults.Load())
		}
	})
}
