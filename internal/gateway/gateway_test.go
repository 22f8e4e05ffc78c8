package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

var update = os.Getenv("UPDATE_GOLDEN") != ""

// now is the clock of every gateway here.
func now() time.Time { return time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) }

// connect makes a gateway on an upstream and counts what is sent to it.
func connect(t *testing.T, o gateway.Options, answer http.HandlerFunc) (*gateway.Gateway, *atomic.Int64) {
	t.Helper()
	sent := &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	client, err := zoom.New(zoom.Options{APIURL: s.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret-token"})})
	if err != nil {
		t.Fatal(err)
	}
	o.Client, o.Now = client, now
	return gateway.New(o), sent
}

func TestAnswerIsZoomsBodyCompactAndWhole(t *testing.T) {
	for _, c := range []struct{ what, sent, want string }{
		{"compact already", `{"a":1}`, `{"a":1}`},
		{"with white space", "{ \"a\" : [ 1, 2.50e10 ],\n\t\"b\": \"x  y\" }\n", `{"a":[1,2.50e10],"b":"x  y"}`},
		{"numbers keep their digits", `{"id":70814661254434834850001,"x":1.10}`, `{"id":70814661254434834850001,"x":1.10}`},
		{"text as it came", `{"t":"<a&b>\u2028é\/"}`, `{"t":"<a&b>\u2028é\/"}`},
		{"with a byte order mark", "\ufeff{}", `{}`},
	} {
		t.Run(c.what, func(t *testing.T) {
			g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.sent) })
			a, err := g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting"})
			if err != nil {
				t.Fatal(err)
			}
			if string(a.JSON) != c.want || a.Array || a.File != nil {
				t.Errorf("got %s", a.JSON)
			}
		})
	}
}

func TestArrayAnswerIsMarked(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, ` [ {"a":1} ]`) })
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "get_fax_log_details", Params: json.RawMessage(`{"faxLogId":"f"}`)})
	if err != nil || !a.Array || string(a.JSON) != `[{"a":1}]` {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestBodyThatIsNotJSONAllTheWayIsAnError(t *testing.T) {
	for _, body := range []string{`{"users":[{"id":1}`, `{"a":1}{"b":2}`, `{"a":nope}`} {
		g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		_, err := g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting"})
		if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNothingIsSentForACallThatIsWrong(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) })
	for _, c := range []struct {
		method, params string
		kind           apierror.Kind
	}{
		{"", `{}`, apierror.UnknownMethod},
		{"list_queues", `{}`, apierror.UnknownMethod},
		{strings.Repeat("x", 1000), `{}`, apierror.UnknownMethod},
		{"phone_user", `{"userId":"../../users"}`, apierror.InvalidParams},
		{"phone_user", `{}`, apierror.InvalidParams},
		{"account_call_history", `{"from":"NOT-A-DATE"}`, apierror.InvalidParams},
	} {
		_, err := g.Call(t.Context(), gateway.CallRequest{Method: c.method, Params: json.RawMessage(c.params)})
		if e := apierror.From(err); e == nil || e.Kind != c.kind || len(e.Text()) > 4000 {
			t.Errorf("%.20s %s: %v", c.method, c.params, err)
		}
	}
	if n := sent.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestUnknownMethodLeadsToTheRightOne(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, nil)
	_, err := g.Call(t.Context(), gateway.CallRequest{Method: "get_queue_members"})
	e := apierror.From(err)
	if e == nil || len(e.Nearest) == 0 || e.Nearest[0] != "list_call_queue_members" {
		t.Fatalf("%+v", e)
	}
	if e.Signature != "list_call_queue_members(callQueueId: string)" || string(e.Example) != `{"method":"list_call_queue_members","params":{"callQueueId":"<callQueueId>"}}` {
		t.Errorf("%s, %s", e.Signature, e.Example)
	}
}

func TestFaultsOfZoomGetWhatTheCatalogKnows(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "sites") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":4700,"message":"Token cannot be used."}`)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":13000,"message":"Call queue does not exist."}`)
	})
	_, err := g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_sites"})
	if e := apierror.From(err); e == nil || e.Kind != apierror.MissingScope || !slices.Equal(e.Scopes, []string{"phone:read:list_sites:admin"}) {
		t.Errorf("%+v", e)
	}
	_, err = g.Call(t.Context(), gateway.CallRequest{Method: "get_a_call_queue", Params: json.RawMessage(`{"callQueueId":"q"}`)})
	if e := apierror.From(err); e == nil || e.Kind != apierror.NotFound || !strings.Contains(e.Hint, "callQueueId comes from list_call_queues") {
		t.Errorf("%+v", e)
	}
}

func TestCallEndsAtItsTimeout(t *testing.T) {
	g, _ := connect(t, gateway.Options{Timeout: 30 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting"})
	if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout {
		t.Errorf("%v", err)
	}
}

func TestLogSaysHowACallWentAndNotWhatItCarried(t *testing.T) {
	var log bytes.Buffer
	g, _ := connect(t, gateway.Options{Log: zerolog.New(&log)}, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "%40example.com") || strings.Contains(r.URL.Path, "example.com") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"code":1001,"message":"User does not exist: ada@example.com."}`)
			return
		}
		fmt.Fprint(w, `{"users":[{"name":"Ada"}]}`)
	})
	_, _ = g.Call(t.Context(), gateway.CallRequest{Method: "list_phone_users", Params: json.RawMessage(`{"keyword":"Ada"}`)})
	_, _ = g.Call(t.Context(), gateway.CallRequest{Method: "phone_user", Params: json.RawMessage(`{"userId":"ada@example.com"}`)})
	text := log.String()
	for _, want := range []string{`"method":"list_phone_users"`, `"method":"phone_user"`, `"kind":"not_found"`, `"code":1001`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, secret := range []string{"Ada", "ada@", "secret-token"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log: %s", secret, text)
		}
	}
}

func TestDescribeRefusesAnotherService(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, nil)
	_, err := g.Describe(t.Context(), gateway.DescribeRequest{Service: "zoom-meetings", Method: "phone_user"})
	if e := apierror.From(err); e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), "zoom-phone") {
		t.Errorf("%v", err)
	}
	for _, service := range []string{"", "zoom-phone"} {
		if _, err := g.Describe(t.Context(), gateway.DescribeRequest{Service: service, Method: "phone_user"}); err != nil {
			t.Errorf("%q: %v", service, err)
		}
	}
}

// TestDescriptionsAreAsReviewed keeps every description as a file, so that a
// change of what models read is seen. UPDATE_GOLDEN=1 writes the files anew.
func TestDescriptionsAreAsReviewed(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, nil)
	for m := range catalog.All() {
		got, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: m.Name})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, m.Name+".json", got)
	}
}

func TestIndexIsAsReviewed(t *testing.T) {
	index := gateway.New(gateway.Options{}).Titles()
	all := len(slices.Collect(catalog.All()))
	if n := strings.Count(index, "\n"); n != all {
		t.Errorf("%d lines for %d methods", n, all)
	}
	path := filepath.Join("testdata", "index.txt")
	compare(t, path, []byte(index))
}

func golden(t *testing.T, name string, compact json.RawMessage) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", " "); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b.WriteByte('\n')
	compare(t, filepath.Join("testdata", "describe", name), b.Bytes())
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v; UPDATE_GOLDEN=1 writes it", err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; if that is wanted, write it with UPDATE_GOLDEN=1", path)
	}
}

func TestDescriptionHasEverythingAModelNeeds(t *testing.T) {
	g, _ := connect(t, gateway.Options{}, nil)
	for m := range catalog.All() {
		text, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: m.Name, Full: true})
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Service, Method, Title, Description string
			HTTP, REST                          struct{ Method, Path string }
			Params                              struct {
				Type       string
				Properties map[string]struct{ Type, Description string }
			}
			Response struct {
				Kind   string
				Fields json.RawMessage
			}
			Scopes  struct{ Classic, Granular []string }
			Example struct{ Method string }
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		if d.Service != "zoom-phone" || d.Method != m.Name || d.Title == "" || d.Description == "" || d.Example.Method != m.Name {
			t.Errorf("%s: %s", m.Name, text)
		}
		if d.HTTP.Method != "GET" || d.HTTP.Path != m.Path || d.REST.Path != m.REST || d.Params.Type != "object" || len(d.Params.Properties) != len(m.Params) {
			t.Errorf("%s: %+v %+v", m.Name, d.HTTP, d.REST)
		}
		if !slices.Contains([]string{"object", "array", "binary", "unknown"}, d.Response.Kind) || len(d.Scopes.Granular) == 0 {
			t.Errorf("%s: kind %s, scopes %v", m.Name, d.Response.Kind, d.Scopes)
		}
	}
}
