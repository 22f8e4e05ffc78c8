package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestFaultScripts(t *testing.T) {
	got, err := simulator.ParseFaults([]byte(` [
		{"fault": "daily_limit", "path": "/v2/phone/call_history", "method": "GET", "retry_after": "seconds"},
		{"fault": "reset", "rate": 0.05, "seed": 7, "bytes": 100},
		{"status": 418, "body": "{}", "header": {"Retry-After": "3", "X-A": ["1", "2"]}, "delay": "250ms", "skip": 2, "count": 1},
		{"fault": "clock_skew", "skew": "-1h30m"}, {"fault": "scope_removed", "scopes": ["a"]}, {"fault": "redirect_host", "to": "http://localhost:1"}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []simulator.Fault{
		{Name: "daily_limit", Path: "/v2/phone/call_history", Method: "GET", RetryAfter: simulator.RetryAfterSeconds},
		{Name: "reset", Rate: 0.05, Seed: 7, Bytes: 100},
		{Status: 418, Body: "{}", Header: http.Header{"Retry-After": {"3"}, "X-A": {"1", "2"}}, Delay: 250 * time.Millisecond, Skip: 2, Count: 1},
		{Name: "clock_skew", Skew: -90 * time.Minute}, {Name: "scope_removed", Scopes: []string{"a"}}, {Name: "redirect_host", To: "http://localhost:1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	one, err := simulator.ParseFaults([]byte(`{"fault": "html"}`))
	if err != nil || len(one) != 1 || one[0].Name != "html" {
		t.Errorf("%+v, %v", one, err)
	}
}

func TestFaultScriptsThatAreWrongSayWhere(t *testing.T) {
	for script, want := range map[string]string{
		`[{"fault": "html"}, {"fault": "htm"}]`: `fault 2: no fault is called "htm"`,
		`{"fault": "html", "times": 3}`:         `unknown field "times"`,
		`{"fault": "html"} {"fault": "html"}`:   "something follows",
		`{"fault": "slow", "delay": 5}`:         "delay",
		`{"fault": "slow", "delay": "5 years"}`: "unknown unit",
		`{"rate": 2}`:                           "rate 2",
		`{"header": {"A": 1}}`:                  "header A",
		`[`:                                     "EOF",
		``:                                      "EOF",
		`null null`:                             "something follows",
	} {
		if _, err := simulator.ParseFaults([]byte(script)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
}

// control sends a request to /_faults from an address and for a host.
func (a *account) control(method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	a.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8787"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4242"
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	return rec
}

func TestFaultsComeAndGoByHTTP(t *testing.T) {
	a := newAccount(t, simulator.Options{FaultControl: true})
	a.ResetRequests()
	rec := a.control(http.MethodPost, "/_faults", `[{"fault": "unavailable"}, {"fault": "html", "delay": "0s", "skip": 1}]`, nil)
	if rec.Code != http.StatusCreated {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if got := a.do("/users", nil).Code; got != http.StatusServiceUnavailable {
		t.Errorf("status %d", got)
	}
	type state struct {
		Faults []struct {
			ID            int
			Fault         string
			Skip          int
			Seen, Applied int
		}
	}
	list := func() state {
		t.Helper()
		var got state
		if err := json.Unmarshal(a.control(http.MethodGet, "/_faults", "", nil).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := list()
	if len(got.Faults) != 2 || got.Faults[0].Fault != "unavailable" || got.Faults[0].Applied != 1 || got.Faults[1].Skip != 1 || got.Faults[1].Seen != 0 {
		t.Errorf("%+v", got)
	}
	if rec := a.control(http.MethodDelete, "/_faults/1", "", nil); rec.Code != http.StatusNoContent {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if rec := a.control(http.MethodDelete, "/_faults/1", "", nil); rec.Code != http.StatusNotFound {
		t.Errorf("a second time: %d", rec.Code)
	}
	if got := list(); len(got.Faults) != 1 || got.Faults[0].ID != 2 {
		t.Errorf("%+v", got)
	}
	if rec := a.control(http.MethodDelete, "/_faults", "", nil); rec.Code != http.StatusNoContent || len(list().Faults) != 0 {
		t.Errorf("%d, %+v left", rec.Code, list())
	}
	if got := a.Requests(); len(got) != 1 {
		t.Errorf("requests %+v", got)
	}
	if rec := a.control(http.MethodGet, "/_faults/names", "", nil); !strings.Contains(rec.Body.String(), `"fault":"missing_scope"`) {
		t.Errorf("%s", rec.Body)
	}
}

func TestFaultControlRefuses(t *testing.T) {
	good := `{"fault": "html"}`
	for name, c := range map[string]struct {
		method, path, body string
		change             func(*http.Request)
		want               int
	}{
		"other machines":      {http.MethodPost, "/_faults", good, func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }, http.StatusForbidden},
		"names for loopback":  {http.MethodGet, "/_faults", "", func(r *http.Request) { r.Host = "evil.example.com:8787" }, http.StatusForbidden},
		"pages in a browser":  {http.MethodPost, "/_faults", good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, http.StatusUnsupportedMediaType},
		"unknown faults":      {http.MethodPost, "/_faults", `{"fault": "x"}`, nil, http.StatusBadRequest},
		"large scripts":       {http.MethodPost, "/_faults", strings.Repeat(" ", 2<<20), nil, http.StatusRequestEntityTooLarge},
		"unknown paths below": {http.MethodGet, "/_faults/x/y", "", nil, http.StatusNotFound},
		"other verbs":         {http.MethodPut, "/_faults", good, nil, http.StatusMethodNotAllowed},
	} {
		a := newAccount(t, simulator.Options{FaultControl: true})
		if rec := a.control(c.method, c.path, c.body, c.change); rec.Code != c.want {
			t.Errorf("%s: %d %s, want %d", name, rec.Code, rec.Body, c.want)
		}
		if rec := a.do("/settings", nil); rec.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
			t.Errorf("%s: a fault was taken", name)
		}
	}
	a := newAccount(t, simulator.Options{FaultControl: true})
	if rec := a.control(http.MethodPost, "/_faults", "["+strings.Repeat(good+",", 1000)+good+"]", nil); rec.Code != http.StatusBadRequest {
		t.Errorf("1001 faults: %d", rec.Code)
	}
	off := newAccount(t, simulator.Options{})
	if rec := off.control(http.MethodPost, "/_faults", good, nil); rec.Code != http.StatusNotFound {
		t.Errorf("switched off: %d", rec.Code)
	}
}

// The table of docs/faults.md is made from the faults: UPDATE_GOLDEN=1 writes it.
func TestDocumentNamesEveryFault(t *testing.T) {
	const file, begin, end = "../../docs/faults.md", "<!-- faults -->\n", "<!-- end of faults -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("no place for the table")
	}
	var table strings.Builder
	group := ""
	for _, f := range simulator.FaultInfos() {
		if f.Group != group {
			group = f.Group
			table.WriteString("\n### " + group + "\n\n| fault | what happens |\n|---|---|\n")
		}
		table.WriteString("| `" + f.Name + "` | " + f.About + " |\n")
	}
	want := before + begin + table.String() + "\n" + end + after
	if string(text) == want {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		t.Fatal("docs/faults.md is stale; UPDATE_GOLDEN=1 writes it")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
