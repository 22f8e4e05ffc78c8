package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
)

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
