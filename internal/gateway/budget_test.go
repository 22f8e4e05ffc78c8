package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

// roundTrip answers requests in place of a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A method without a daily budget has something to say of it while its calls wait.
func TestADescriptionTellsThatCallsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := zoom.New(zoom.Options{
			Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret-token"}),
			HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		g := gateway.New(gateway.Options{Client: client, Now: now})
		waiting := func(method string) int {
			text, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: method})
			if err != nil {
				t.Fatal(err)
			}
			var d struct{ Budget *apierror.Budget }
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			if d.Budget == nil {
				return 0
			}
			return d.Budget.Waiting
		}
		if n := waiting("list_call_queues"); n != 0 {
			t.Errorf("got %d waiting, want none before anything was called", n)
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_call_queues"}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if n := waiting("list_call_queues"); n != 4 {
			t.Errorf("got %d waiting, want 4 while one is under way", n)
		}
		if n := waiting("phone_setting"); n != 0 {
			t.Errorf("got %d waiting, want none of another label", n)
		}
		wg.Wait()
		if n := waiting("list_call_queues"); n != 0 {
			t.Errorf("got %d waiting, want none after all calls", n)
		}
	})
}

func TestWhatIsLeftOfTheDayCanBeSeen(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Type", "Daily-limit")
		w.Header().Set("X-RateLimit-Limit", "30000")
		w.Header().Set("X-RateLimit-Remaining", "29000")
		fmt.Fprint(w, `{}`)
	})
	described := func(method string) *apierror.Budget {
		text, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ Budget *apierror.Budget }
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		return d.Budget
	}
	if b := described("account_call_history"); b != nil {
		t.Errorf("before anything was used: %v", b)
	}
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "account_call_history"})
	if err != nil {
		t.Fatal(err)
	}
	all := g.Budget()
	for what, b := range map[string]*apierror.Budget{
		"the answer": a.Meta.Budget, "the description": described("account_call_history"), "that of a method of the same budget": described("downloadfaxfile"),
		"the gateway": &all[3],
	} {
		if b == nil || b.DailyLimit != 30_000 || *b.DailyRemaining != 29_000 {
			t.Errorf("%s says %v", what, b)
		}
	}
	if b := described("phone_setting"); b != nil {
		t.Errorf("a method of no daily budget: %v", b)
	}
}
