package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
)

// TestNotFoundSpeaksOfWhatWasGiven: hints about parameters that were not given lead
// a model away from the one that is wrong, and a hint said twice is paid for twice.
func TestNotFoundSpeaksOfWhatWasGiven(t *testing.T) {
	var message string
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"code":300,"message":%q}`, message)
	})
	for _, c := range []struct {
		method, params, message string
		has, lacks              []string
	}{
		{"phone_user_call_history", `{"userId":"MZZu"}`, "User does not exist: MZZu.",
			[]string{"userId comes from list_phone_users (users[].id, users[].email).", "common area", "Ask account_call_history with its name"},
			[]string{"site_ids", "group_ids", "department", "cost_center"}},
		{"phone_user_call_history", `{"userId":"me2","site_ids":["S1"],"department":"Sales"}`, "Site S1 does not exist.",
			[]string{"site_ids comes from list_phone_sites"}, []string{"userId", "department"}},
		{"phone_user_call_history", `{"userId":"me2","site_ids":["S1"],"department":"Sales"}`, "",
			[]string{"userId comes from"}, []string{"site_ids", "department"}},
		{"list_call_queue_members", `{"callQueueId":"q"}`, "", []string{"callQueueId comes from list_call_queues (call_queues[].id).", "extension_id"}, nil},
		{"get_call_path", `{"callHistoryUuid":"7081466125443483485"}`, "", []string{"19-digit call_id", "Ask account_call_history with call_ids"}, nil},
	} {
		message = c.message
		_, err := g.Call(t.Context(), gateway.CallRequest{Method: c.method, Params: json.RawMessage(c.params)})
		e := apierror.From(err)
		if e == nil || e.Kind != apierror.NotFound {
			t.Fatalf("%s %s: %v", c.method, c.params, err)
		}
		for _, s := range c.has {
			if !strings.Contains(e.Hint, s) {
				t.Errorf("%s %s: %q lacks %q", c.method, c.params, e.Hint, s)
			}
		}
		for _, s := range c.lacks {
			if strings.Contains(e.Hint, s) {
				t.Errorf("%s %s: %q speaks of %s", c.method, c.params, e.Hint, s)
			}
		}
		sentences := map[string]bool{}
		for s := range strings.SplitSeq(e.Text(), ". ") {
			if sentences[s] {
				t.Errorf("%s: %q is said twice", c.method, s)
			}
			sentences[s] = true
		}
		if n := strings.Count(e.Hint, " comes from "); n > 1 {
			t.Errorf("%s: %d times where an id comes from: %q", c.method, n, e.Hint)
		}
	}
}

// TestNotFoundNamesNoHiddenMethod: what a caller may not see is not advised.
func TestNotFoundNamesNoHiddenMethod(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":300,"message":"User does not exist: u."}`)
	})
	v, err := g.View(gateway.Filter{Allow: []string{"phone_user_call_history"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Call(t.Context(), gateway.CallRequest{Method: "phone_user_call_history", Params: json.RawMessage(`{"userId":"u"}`)})
	if e := apierror.From(err); e == nil || strings.Contains(e.Hint, "account_call_history") || strings.Contains(e.Hint, "list_phone_users") {
		t.Errorf("%+v", e)
	}
}

// TestAListThatEndsEarlyNamesTheMethodThatHasTheRest: Zoom gives members of a queue
// a page token that it does not take back.
func TestAListThatEndsEarlyNamesTheMethodThatHasTheRest(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"call_queue_members":[{"id":"1"},{"id":"2"}],"total_records":5,"page_size":2,"next_page_token":"t"}`)
	})
	r := gateway.CallRequest{Method: "list_call_queue_members", Params: json.RawMessage(`{"callQueueId":"q"}`), AllPages: true}
	a, err := g.Call(t.Context(), r)
	if err != nil || !strings.Contains(string(a.JSON), "get_a_call_queue") {
		t.Errorf("%v: %+v", err, a)
	}
	v, err := g.View(gateway.Filter{Deny: []string{"get_a_call_queue"}})
	if err != nil {
		t.Fatal(err)
	}
	if a, err = v.Call(t.Context(), r); err != nil || strings.Contains(string(a.JSON), "get_a_call_queue") {
		t.Errorf("%v: %+v", err, a)
	}
}
