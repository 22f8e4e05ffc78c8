package zoom_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/zoom"
)

// TestNoCallIsLostAgainstAnUpstreamThatEnforcesTheLimits: 200 calls at once, of
// every label with a rate per second, over real connections; the plan's seconds
// are a quarter of a second long here.
func TestNoCallIsLostAgainstAnUpstreamThatEnforcesTheLimits(t *testing.T) {
	const second = time.Second / 4
	plan := zoom.Pro()
	plan.Light.Per, plan.Medium.Per, plan.Heavy.Per = second, second, second
	limits := map[string]*window{
		"/phone/settings":     {calls: 20, per: second},
		"/phone/call_queues":  {calls: 10, per: second},
		"/phone/call_history": {calls: 5, per: second},
	}
	var requests, refused atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if !limits[r.URL.Path].take(time.Now()) {
			refused.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, tooFast)
			return
		}
		fmt.Fprint(w, `{}`)
	}))
	defer s.Close()
	c, err := zoom.New(zoom.Options{APIURL: s.URL, Plan: plan, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			call := callLight
			switch {
			case i%20 < 6:
				call = callMedium
			case i%20 < 9:
				call = callHeavy
			}
			if err := call(within(t, time.Minute), c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	t.Logf("%d requests, %d refused, in %s", requests.Load(), refused.Load(), time.Since(start))
	if refused.Load()*100 >= requests.Load() {
		t.Errorf("%d of %d requests refused", refused.Load(), requests.Load())
	}
}

func TestConnectionsAreReusedUnderLoad(t *testing.T) {
	var opened atomic.Int64
	var n atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 8 {
		case 0:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"code":1001,"message":"User does not exist."}`, strings.Repeat(" ", 20_000))
		case 1:
			fmt.Fprint(w, "<html>", strings.Repeat("<p>Sign in</p>", 1000))
		default:
			fmt.Fprint(w, `{"users":[`, strings.Repeat(" ", 50_000), `]}`)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c, err := zoom.New(zoom.Options{APIURL: s.URL, Plan: zoom.Unlimited(), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
	if err != nil {
		t.Fatal(err)
	}
	const workers, calls = 64, 3200
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range calls / workers {
				_ = callLight(t.Context(), c) // a quarter of them fails, as it should
			}
		})
	}
	wg.Wait()
	t.Logf("%d connections for %d calls", opened.Load(), n.Load())
	// A busy machine opens a few more than there are workers, never one for each call.
	if opened.Load() > workers*2 || n.Load() != calls {
		t.Errorf("%d connections for %d calls", opened.Load(), n.Load())
	}
}

func BenchmarkCall(b *testing.B) {
	for _, plan := range []zoom.Plan{zoom.Unlimited(), {Name: "wide", Light: zoom.Rate{Calls: 1e9, Per: time.Second}, Daily: 1e12}} {
		b.Run(plan.Name, func(b *testing.B) {
			c, err := zoom.New(zoom.Options{Plan: plan, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"}),
				HTTP: roundTrip(func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := callLight(b.Context(), c); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
