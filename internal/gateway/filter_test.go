package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

func view(t *testing.T, g *gateway.Gateway, allow, deny string) *gateway.Gateway {
	t.Helper()
	v, err := g.View(gateway.Filter{Allow: strings.Fields(allow), Deny: strings.Fields(deny)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func names(g *gateway.Gateway) []string {
	var out []string
	for m := range g.Methods() {
		out = append(out, m.Name)
	}
	return out
}

func TestViewHasWhatPassesTheFilter(t *testing.T) {
	g := gateway.New(gateway.Options{})
	all := len(slices.Collect(catalog.All()))
	for _, c := range []struct {
		allow, deny, outer string
		has, hasNot        []string
		n                  int
	}{
		{"", "", "", []string{"phone_setting", "list_phone_sites"}, nil, all},
		{"list_phone_sites phone_setting", "", "", []string{"phone_setting", "list_phone_sites"}, nil, 2},
		{"list_*", "list_phone_*", "", []string{"list_call_queues"}, []string{"list_phone_sites", "phone_setting"}, 0},
		{"", "*sms*", "", []string{"phone_setting"}, []string{"sms_session_sync", "get_sms_sessions"}, 0},
		{"phone_setting", "phone_s?tting list_*", "list_* phone_setting", nil, []string{"phone_setting"}, -1},
		{"phone_*", "", "list_* phone_setting", []string{"phone_setting"}, []string{"phone_user"}, 1},
	} {
		limited := view(t, g, c.outer, "")
		v, err := limited.View(gateway.Filter{Allow: strings.Fields(c.allow), Deny: strings.Fields(c.deny)})
		if c.n < 0 {
			if err == nil {
				t.Errorf("%+v: a view of nothing", c)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got := names(v)
		for _, name := range c.has {
			if !slices.Contains(got, name) {
				t.Errorf("%+v: %s is missing", c, name)
			}
		}
		for _, name := range c.hasNot {
			if slices.Contains(got, name) {
				t.Errorf("%+v: %s is there", c, name)
			}
		}
		if c.n > 0 && len(got) != c.n {
			t.Errorf("%+v: %v", c, got)
		}
		if n := strings.Count(v.Index(), "\n"); n != len(got) {
			t.Errorf("%+v: the index has %d lines", c, n)
		}
	}
	for _, f := range []gateway.Filter{
		{Deny: []string{"list_phone_usres"}}, {Allow: []string{"[a"}}, {Allow: []string{"list_*", ""}}, {Deny: []string{"*"}},
	} {
		if _, err := g.View(f); err == nil {
			t.Errorf("accepted: %+v", f)
		}
	}
	if _, err := g.View(gateway.Filter{Deny: []string{"list_phone_usres"}}); !strings.Contains(err.Error(), "list_phone_users") {
		t.Errorf("a slip without the right name: %v", err)
	}
}

func TestHiddenMethodsAreAsIfTheyWereNot(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":404,"message":"no"}`)
	})
	v := view(t, g, "get_a_site phone_setting", "")
	for _, name := range []string{"list_phone_sites", "list_phone_users"} {
		_, err := v.Call(t.Context(), gateway.CallRequest{Method: name})
		_, _, openErr := v.Open(t.Context(), gateway.CallRequest{Method: name})
		_, describeErr := v.Describe(t.Context(), gateway.DescribeRequest{Method: name})
		for _, err := range []error{err, openErr, describeErr} {
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.UnknownMethod || slices.Contains(e.Nearest, name) || strings.Contains(string(e.Example), name) {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
	if n := sent.Load(); n != 0 {
		t.Errorf("%d requests went to Zoom", n)
	}
	text, err := v.Describe(t.Context(), gateway.DescribeRequest{Method: "get_a_site"})
	var d struct {
		Related []string       `json:"related"`
		IDs     map[string]any `json:"ids_from"`
	}
	if err != nil || json.Unmarshal(text, &d) != nil || slices.Contains(d.Related, "list_phone_sites") || len(d.IDs) != 0 {
		t.Errorf("%s, %v", text, err)
	}
	_, err = v.Call(t.Context(), gateway.CallRequest{Method: "get_a_site", Params: json.RawMessage(`{"siteId":"x"}`)})
	if e := apierror.From(err); e.Kind != apierror.NotFound || strings.Contains(e.Hint, "list_phone_sites") {
		t.Errorf("%+v", e)
	}
}

// observed is an observer.
type observed struct {
	mu   sync.Mutex
	list []gateway.Record
}

func (r *observed) Called(record gateway.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, record)
}

func TestEveryCallIsObserved(t *testing.T) {
	seen := &observed{}
	g, _ := connect(t, gateway.Options{Observer: seen}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/phone/settings":
			fmt.Fprint(w, `{"a":1}`)
		case "/phone/recording/download/f":
			w.Header().Set("Content-Type", "audio/mpeg")
			io.WriteString(w, "ID3 a")
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"code":300,"message":"no"}`)
		}
	})
	ctx := t.Context()
	g.Call(ctx, gateway.CallRequest{Method: "phone_setting"})
	g.Call(ctx, gateway.CallRequest{Method: "get_a_site", Params: json.RawMessage(`{"siteId":"x"}`)})
	g.Call(ctx, gateway.CallRequest{Method: "get_a_site"})
	g.Call(ctx, gateway.CallRequest{Method: "a made-up name"})
	_, stream, err := g.Open(ctx, gateway.CallRequest{Method: "phone_download_recording_file", Params: json.RawMessage(`{"fileId":"f"}`)})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(stream.Body)
	if err != nil || string(body) != "ID3 a" || stream.Size != 5 || stream.MediaType != "audio/mpeg" {
		t.Errorf("%q, %+v, %v", body, stream, err)
	}
	stream.Body.Close()
	want := []gateway.Record{
		{Method: "phone_setting", Label: "LIGHT", Outcome: "ok", Bytes: 7, Status: 200, Attempts: 1},
		{Method: "get_a_site", Label: "LIGHT", Outcome: "not_found", Status: 404, Attempts: 1},
		{Method: "get_a_site", Label: "LIGHT", Outcome: "invalid_params"},
		{Outcome: "unknown_method"},
		{Method: "phone_download_recording_file", Label: "MEDIUM", Outcome: "ok", Bytes: 5, Status: 200, Attempts: 1},
	}
	for i := range seen.list {
		seen.list[i].Took, seen.list[i].Waited = 0, 0
	}
	if !slices.Equal(seen.list, want) {
		t.Errorf("got  %+v\nwant %+v", seen.list, want)
	}
}

// The timeout of a call must not cut a download that takes longer.
func TestDownloadMayTakeLongerThanACall(t *testing.T) {
	release := make(chan struct{})
	g, _ := connect(t, gateway.Options{Timeout: 100 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		io.WriteString(w, "ID3"+strings.Repeat("a", 4096))
		w.(http.Flusher).Flush()
		<-release
		io.WriteString(w, "the end")
	})
	_, stream, err := g.Open(t.Context(), gateway.CallRequest{Method: "phone_download_recording_file", Params: json.RawMessage(`{"fileId":"f"}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	time.AfterFunc(200*time.Millisecond, func() { close(release) })
	if body, err := io.ReadAll(stream.Body); err != nil || !strings.HasSuffix(string(body), "the end") {
		t.Errorf("%d bytes, %v", len(body), err)
	}

	slow, _ := connect(t, gateway.Options{Timeout: 50 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, _, err = slow.Open(t.Context(), gateway.CallRequest{Method: "phone_download_recording_file", Params: json.RawMessage(`{"fileId":"f"}`)})
	if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout {
		t.Errorf("%v", err)
	}
}

const forbidding = "a view without the method"

// viewsAround are views of a gateway that differ in what they let see of a method.
func viewsAround(t *testing.T, g *gateway.Gateway, method, tag string) map[string]*gateway.Gateway {
	return map[string]*gateway.Gateway{
		"the gateway":          g,
		"a view":               view(t, g, tag+" phone_setting", ""),
		"a view of one method": view(t, g, method, ""),
		"the same view again":  view(t, g, method, ""),
		"a view of a view":     view(t, view(t, g, tag, ""), method, ""),
		forbidding:             view(t, g, "", method),
	}
}

// A caller who learns the id of somebody else's kept answer must not read it.
func TestKeptResultsOfOneViewAreNotThoseOfAnother(t *testing.T) {
	g, _ := connect(t, gateway.Options{MaxResult: 4000}, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"sites":[`+strings.Repeat(`{"id":"s","name":"secret"},`, 500)+`{"id":"last"}]}`)
	})
	views := viewsAround(t, g, "list_phone_sites", "sites")
	for owner, own := range views {
		if owner == forbidding {
			continue
		}
		a, err := own.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites"})
		if err != nil {
			t.Fatal(err)
		}
		var kept struct{ Cut struct{ Whole string } }
		if err := json.Unmarshal(a.JSON, &kept); err != nil {
			t.Fatal(err)
		}
		id, found := strings.CutPrefix(kept.Cut.Whole, gateway.ResultURI(""))
		if !found {
			t.Fatalf("%s: got the address %q, want that of a kept result", owner, kept.Cut.Whole)
		}
		for reader, other := range views {
			page, err := other.Result(id, 1)
			if reader == owner {
				if err != nil || !strings.Contains(string(page.Data), "secret") {
					t.Errorf("%s reads its own result: got %v, want the page", owner, err)
				}
				continue
			}
			if e := apierror.From(err); e == nil || e.Kind != apierror.NotFound {
				t.Errorf("%s reads a result of %s: got %v, want %s", reader, owner, err, apierror.NotFound)
			}
		}
	}
}

// A cursor says where to go on; it is no leave to.
func TestACursorOfAnotherViewLeadsToNoHiddenRecord(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"next_page_token":"more","sites":[{"id":"secret`+r.URL.Query().Get("next_page_token")+`"}]}`)
	})
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites", AllPages: true, MaxRecords: 1})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Collected struct{ Cursor string } }
	if err := json.Unmarshal(a.JSON, &got); err != nil || got.Collected.Cursor == "" {
		t.Fatalf("got %s, %v, want a cursor", a.JSON, err)
	}
	views := viewsAround(t, g, "list_phone_sites", "sites")
	for name, v := range views {
		for _, method := range []string{"list_phone_sites", "phone_setting", "list_phone_users", "list_call_queues"} {
			before := sent.Load()
			a, err := v.Call(t.Context(), gateway.CallRequest{Method: method, Cursor: got.Collected.Cursor, MaxRecords: 1})
			if may := method == "list_phone_sites" && name != forbidding; may != (err == nil) || !may && sent.Load() != before {
				t.Errorf("%s, the cursor in %s: got %+v, %v after %d requests; may read: %v", name, method, a, err, sent.Load()-before, may)
			}
		}
	}
}

// What one view was offered can be what another may not ask for.
func TestNamesOfferedInOneViewAreNotOfferedInAnother(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"call_queues":[{"id":"q","name":"Board room"}]}`)
	})
	offered := func(g *gateway.Gateway) string {
		return strings.Join(g.JobValues(t.Context(), "missed_calls", "queue", ""), ",")
	}
	for range 2 {
		if got := offered(g); got != "Board room" || sent.Load() != 1 {
			t.Fatalf("got %q after %d requests, want Board room after 1", got, sent.Load())
		}
	}
	if got := offered(view(t, g, "", "sms")); got != "Board room" || sent.Load() != 2 {
		t.Errorf("in a view: got %q after %d requests, want Board room after 2", got, sent.Load())
	}
	hidden := view(t, g, "", "list_call_queues")
	if got := offered(hidden); got != "" || sent.Load() != 2 {
		t.Errorf("in a view without list_call_queues: got %q after %d requests, want nothing after 2", got, sent.Load())
	}
}

// A method alone in a view is described as if there were no other.
func TestDescriptionsInAViewNameNoHiddenMethod(t *testing.T) {
	g := gateway.New(gateway.Options{})
	for m := range g.Methods() {
		for _, full := range []bool{false, true} {
			text, err := view(t, g, m.Name, "").Describe(t.Context(), gateway.DescribeRequest{Method: m.Name, Full: full})
			if err != nil {
				t.Fatal(err)
			}
			var d struct {
				Related []string            `json:"related"`
				IDs     map[string][]string `json:"ids_from"`
			}
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			if len(d.Related) > 0 {
				t.Errorf("%s, full %v: got the related methods %q, want none", m.Name, full, d.Related)
			}
			for param, sources := range d.IDs {
				for _, s := range sources {
					if !strings.HasPrefix(s, m.Name+" ") {
						t.Errorf("%s, full %v: got %s from %q, want no hidden method", m.Name, full, param, s)
					}
				}
			}
		}
	}
}
