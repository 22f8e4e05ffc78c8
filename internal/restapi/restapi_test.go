package restapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/restapi"
)

// fake is a gateway that remembers calls and answers as a test says.
type fake struct {
	calls   []gateway.CallRequest
	open    func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error)
	visible func(string) bool

	asked []gateway.QueryRequest
	query func(context.Context, gateway.QueryRequest) (*gateway.Answer, error)
}

func (f *fake) Query(ctx context.Context, r gateway.QueryRequest) (*gateway.Answer, error) {
	f.asked = append(f.asked, r)
	if f.query != nil {
		return f.query(ctx, r)
	}
	return &gateway.Answer{JSON: json.RawMessage(`{"columns":[],"rows":[]}`)}, nil
}

func (f *fake) Open(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
	f.calls = append(f.calls, r)
	if f.open != nil {
		return f.open(ctx, r)
	}
	return &gateway.Answer{JSON: json.RawMessage(`{"method":"` + r.Method + `"}`)}, nil, nil
}

func (f *fake) Methods() iter.Seq[*catalog.Method] {
	return func(yield func(*catalog.Method) bool) {
		for m := range catalog.All() {
			if (f.visible == nil || f.visible(m.Name)) && !yield(m) {
				return
			}
		}
	}
}

func serve(t testing.TB, f *fake) *restapi.Handler {
	t.Helper()
	return restapi.New(f, zerolog.Nop())
}

// requestOf is a GET request of a caller.
func requestOf(c *caller.Caller, target string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	return r.WithContext(caller.NewContext(r.Context(), c))
}

func noRoom(context.Context, int) (func(), bool) { return nil, false }

func get(h *restapi.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/api/zoom-phone"+path, nil))
	return w
}

// The whole contract: a request for every method, and the parameters that the
// method gets.
func TestEveryRouteReachesItsMethod(t *testing.T) {
	f := &fake{}
	h := serve(t, f)
	for m := range catalog.All() {
		t.Run(m.Name, func(t *testing.T) {
			f.calls = nil
			want := map[string]any{}
			path := ""
			for segment := range strings.SplitSeq(strings.TrimPrefix(m.REST, "/"), "/") {
				name, ok := strings.CutPrefix(segment, ":")
				if !ok {
					path += "/" + segment
					continue
				}
				path += "/in-" + name
				if other, ok := m.RESTParams[name]; ok {
					name = other
				}
				if name != "" {
					want[name] = "in-" + segment[1:]
				}
			}
			sep := "?"
			for _, p := range m.Params {
				if _, inPath := want[p.Name]; !inPath {
					path += sep + p.Name + "=v-" + p.Name
					sep = "&"
					want[p.Name] = "v-" + p.Name
				}
			}
			w := get(h, path)
			if w.Code != http.StatusOK || len(f.calls) != 1 || f.calls[0].Method != m.Name {
				t.Fatalf("%s: %d %s %v", path, w.Code, w.Body, f.calls)
			}
			got := map[string]any{}
			if len(f.calls[0].Params) > 0 {
				if err := json.Unmarshal(f.calls[0].Params, &got); err != nil {
					t.Fatal(err)
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: params %v, want %v", path, got, want)
			}
			for _, p := range m.Params {
				if _, ok := got[p.Name]; p.InPath && !ok {
					t.Errorf("the path parameter %s has no way in", p.Name)
				}
			}
		})
	}
}

func TestPathsThatNeedJudgement(t *testing.T) {
	f := &fake{}
	h := serve(t, f)
	for _, c := range []struct{ path, method, params string }{
		{"/sms/sessions/sync?sessionId=s", "sms_session_sync", `{"sessionId":"s"}`},
		{"/sms/sessions/s", "sms_session_details", `{"sessionId":"s"}`},
		{"/call-queues/analytics", "callqueueanalytics", ``},
		{"/call-queues/q", "get_a_call_queue", `{"callQueueId":"q"}`},
		{"/recordings/r/download", "phone_download_recording_file", `{"fileId":"r"}`},
		{"/call-logs/c/recordings", "get_phone_recordings_by_call_id_or_call_log_id", `{"id":"c"}`},
		{"/call-logs/c/voicemails?userId=u", "get_voicemail_details_by_call_id_or_call_log_id", `{"id":"c","userId":"u"}`},
		{"/users/u/sms/sessions/sync", "get_sms_sessions", `{"userId":"u"}`},
		{"/policy?policyType=allow_emergency_calls", "get_account_policy_details", `{"policyType":"allow_emergency_calls"}`},
		// Segments are decoded once, and stay one.
		{"/sites/a%2Fb%3D%3D", "get_a_site", `{"siteId":"a/b=="}`},
		{"/sites/a%20b+c", "get_a_site", `{"siteId":"a b+c"}`},
		// Lists: repeated keys, or commas for the gateway to split; nothing is dropped.
		{"/call-history?site_ids=a&site_ids=b&page_size=3", "account_call_history", `{"page_size":"3","site_ids":["a","b"]}`},
		{"/call-queues?department=a&department=b", "list_call_queues", `{"department":"a","department":"b"}`}, // which the gateway refuses
		{"/call-queues?department=a,b", "list_call_queues", `{"department":"a,b"}`},
		{"/call-queues?unknown=1&empty=", "list_call_queues", `{"empty":"","unknown":"1"}`},
		{"/sites/a?siteId=b", "get_a_site", `{"siteId":"a","siteId":"b"}`}, // which the gateway refuses
	} {
		f.calls = nil
		if w := get(h, c.path); len(f.calls) != 1 {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		} else if r := f.calls[0]; r.Method != c.method || string(r.Params) != c.params {
			t.Errorf("%s: %s %s", c.path, r.Method, r.Params)
		}
	}
}

// A name without a value turns on what can be on or off, and a name that comes
// twice makes a list of a list only.
func TestFormsOfAQuery(t *testing.T) {
	f := &fake{}
	h := serve(t, f)
	for query, want := range map[string]string{
		"all_pages": `{"all_pages":true}`, "partial&inline": `{"inline":true,"partial":true}`, "with_voicemail&page_size=1": `{"page_size":"1","with_voicemail":true}`, "all%5Fpages": `{"all_pages":true}`,
		"all_pages=": `{"all_pages":""}`, "keyword": `{"keyword":""}`, "keyword=": `{"keyword":""}`, "select": `{"select":""}`, "directions": `{"directions":""}`, "all_pages=false": `{"all_pages":"false"}`,
		"directions=inbound,,outbound": `{"directions":"inbound,,outbound"}`, "directions=inbound&directions=outbound": `{"directions":["inbound","outbound"]}`,
		"page_size=1&page_size=2": `{"page_size":"1","page_size":"2"}`, "select=a&select=b": `{"select":"a","select":"b"}`, "all_pages&all_pages=false": `{"all_pages":"","all_pages":"false"}`,
	} {
		f.calls = nil
		w := get(h, "/call-history?"+query)
		if len(f.calls) != 1 || string(f.calls[0].Params) != want {
			t.Errorf("%s: %d %s, params %+v, want %s", query, w.Code, w.Body, f.calls, want)
		}
	}
}

func TestPathsThatAreNotThere(t *testing.T) {
	f := &fake{visible: func(name string) bool { return name != "sms_session_sync" }}
	h := serve(t, f)
	for _, path := range []string{"/", "", "/nothing", "/sites/", "/sites//", "//sites", "/users//settings", "/sites/../settings", "/sites/./x", "/settings/account/more", "/sms/sessions/sync?sessionId=s", "/openapi.yaml"} {
		w := get(h, path)
		if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if strings.HasSuffix(path, "/") && !strings.Contains(w.Body.String(), "an id is empty") {
			t.Errorf("%s does not say what may be wrong: %s", path, w.Body)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/api/zoom-phone/settings", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("%v", f.calls)
	}
	if w := get(h, "/settings?a=%zz"); w.Code != http.StatusBadRequest {
		t.Errorf("a broken query: %d", w.Code)
	}
}

func TestAnswerIsZoomsJSON(t *testing.T) {
	body := `{"id":70814661254434834850001,"t":"<é>\u2028"}`
	h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
		return &gateway.Answer{JSON: json.RawMessage(body)}, nil, nil
	}})
	w := get(h, "/settings")
	if w.Body.String() != body || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s %s", w.Header(), w.Body)
	}
}

func TestFaultsAreProblemDocuments(t *testing.T) {
	at := time.Now().Add(90 * time.Second).UTC().Format(time.RFC3339)
	for _, c := range []struct {
		fault apierror.Error
		want  int
	}{
		{apierror.Error{Kind: apierror.InvalidParams, Problems: []apierror.Problem{{Param: "fileId", Message: "wrong"}}, Example: json.RawMessage(`{}`), Signature: "x()"}, 400},
		{apierror.Error{Kind: apierror.Auth, HTTPStatus: 401}, 502},
		{apierror.Error{Kind: apierror.MissingScope, Scopes: []string{"a:b"}}, 502},
		{apierror.Error{Kind: apierror.Forbidden, HTTPStatus: 403}, 403},
		{apierror.Error{Kind: apierror.NotFound, HTTPStatus: 404, ZoomCode: 300, TrackingID: "t"}, 404},
		{apierror.Error{Kind: apierror.UnknownMethod}, 404},
		{apierror.Error{Kind: apierror.NotReady}, 409},
		{apierror.Error{Kind: apierror.RateLimited, RetryAt: at}, 429},
		{apierror.Error{Kind: apierror.ZoomError, HTTPStatus: 500}, 502},
		{apierror.Error{Kind: apierror.Network}, 502},
		{apierror.Error{Kind: apierror.TooLarge}, 502},
		{apierror.Error{Kind: apierror.Timeout}, 504},
		{apierror.Error{Kind: apierror.Canceled}, 503},
		{apierror.Error{Kind: apierror.Internal}, 500},
	} {
		t.Run(string(c.fault.Kind), func(t *testing.T) {
			c.fault.Message, c.fault.Method, c.fault.Hint = "what happened", "phone_download_recording_file", "a hint"
			h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
				return nil, nil, &c.fault
			}})
			w := get(h, "/recordings/x/download")
			var p map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%v %s", w.Header(), w.Body)
			}
			if w.Code != c.want || p["status"] != float64(c.want) || p["kind"] != string(c.fault.Kind) || p["detail"] != "what happened" ||
				p["title"] != http.StatusText(c.want) || p["type"] != "about:blank" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			for _, name := range []string{"message", "example", "signature"} {
				if p[name] != nil {
					t.Errorf("%s is shown: %s", name, w.Body)
				}
			}
			if after := w.Header().Get("Retry-After"); (c.fault.RetryAt != "") != (len(after) == 2 && after > "60" && after < "92") {
				t.Errorf("Retry-After %q", after)
			}
			if c.fault.Kind == apierror.InvalidParams && !strings.Contains(w.Body.String(), `"param":"recordingId"`) {
				t.Errorf("the problem has not the path's name: %s", w.Body)
			}
		})
	}
}

type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestFilesStream(t *testing.T) {
	for _, c := range []struct {
		what   string
		stream gateway.Stream
		head   map[string]string
	}{
		{"all known", gateway.Stream{Name: "a.mp3", MediaType: "audio/mpeg", Size: 5},
			map[string]string{"Content-Type": "audio/mpeg", "Content-Length": "5", "Content-Disposition": "attachment; filename=a.mp3", "X-Content-Type-Options": "nosniff"}},
		{"nothing known", gateway.Stream{Size: -1},
			map[string]string{"Content-Type": "application/octet-stream", "Content-Length": "", "Content-Disposition": "attachment"}},
		{"a name with traps", gateway.Stream{Name: "a\"; b=\"é.mp3", Size: -1},
			map[string]string{"Content-Disposition": "attachment; filename*=utf-8''a%22%3B%20b%3D%22%C3%A9.mp3"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			b := &body{Reader: strings.NewReader("audio")}
			c.stream.Body = b
			h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
				return nil, &c.stream, nil
			}})
			w := get(h, "/recordings/x/download")
			if w.Body.String() != "audio" || !b.closed {
				t.Errorf("%s", w.Body)
			}
			for name, want := range c.head {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// A file that breaks off must not look whole.
func TestFileThatBreaksOffBreaksTheConnection(t *testing.T) {
	for _, size := range []int64{-1, 100} {
		h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
			broken := io.MultiReader(strings.NewReader("aud"), iotestErr{})
			return nil, &gateway.Stream{Size: size, Body: &body{Reader: broken}}, nil
		}})
		s := httptest.NewServer(h)
		resp, err := http.Get(s.URL + "/api/zoom-phone/recordings/x/download")
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("size %d: the client noticed nothing", size)
		}
		s.Close()
	}
}

// A file that is shorter than it was said to be ends its connection, whatever the
// server in front makes of the length.
func TestFileThatIsShorterThanSaidAborts(t *testing.T) {
	for size, want := range map[int64]any{-1: nil, 5: nil, 6: http.ErrAbortHandler} {
		h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
			return nil, &gateway.Stream{Size: size, Body: &body{Reader: strings.NewReader("audio")}}, nil
		}})
		got := func() (panicked any) {
			defer func() { panicked = recover() }()
			get(h, "/recordings/x/download")
			return nil
		}()
		if got != want {
			t.Errorf("5 bytes of %d: got the panic %v, want %v", size, got, want)
		}
	}
}

// timed is a connection that notes by when each write has to be done.
type timed struct {
	*httptest.ResponseRecorder
	deadline time.Time
	writes   []time.Duration // that each write had
}

func (w *timed) SetWriteDeadline(at time.Time) error { w.deadline = at; return nil }

func (w *timed) Write(b []byte) (int, error) {
	w.writes = append(w.writes, time.Until(w.deadline))
	return w.ResponseRecorder.Write(b)
}

// A client that does not read is cut, and the next request of its connection has
// all the time again.
func TestEveryWriteHasItsTimeAndTheNextRequestToo(t *testing.T) {
	large := strings.Repeat("0123456789", 20_000)
	answer := func(a *gateway.Answer, s *gateway.Stream) func(http.ResponseWriter, string) {
		h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) { return a, s, nil }})
		return func(w http.ResponseWriter, path string) {
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/zoom-phone"+path, nil))
		}
	}
	for what, serve := range map[string]func(http.ResponseWriter){
		"a document": func(w http.ResponseWriter) {
			answer(&gateway.Answer{JSON: json.RawMessage(`"` + large + `"`)}, nil)(w, "/settings")
		},
		"a file": func(w http.ResponseWriter) {
			answer(nil, &gateway.Stream{Size: -1, Body: &body{Reader: strings.NewReader(large)}})(w, "/recordings/x/download")
		},
		"a kept file": func(w http.ResponseWriter) {
			files := restapi.Files{Kept: kept{"K": {Name: "a.wav", MediaType: "audio/wav", SHA256: "ab", Data: []byte(large)}}}
			files.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/files/K/a.wav", nil))
		},
	} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		serve(w)
		if len(w.writes) == 0 {
			t.Errorf("%s: got no write, want some", what)
		}
		for _, got := range w.writes {
			if got < 10*time.Second || got > time.Minute {
				t.Errorf("%s: got a write with %s, want about half a minute", what, got)
			}
		}
		if !w.deadline.IsZero() {
			t.Errorf("%s: got a connection that ends at %s, want none", what, w.deadline)
		}
	}
}

// What an answer lacks is said in Zoom's words too, which may have any character.
func TestWhatAnAnswerLacksFitsIntoAHeader(t *testing.T) {
	h := serve(t, &fake{open: func(context.Context, gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error) {
		return &gateway.Answer{JSON: json.RawMessage(`{}`), Incomplete: "1 of 2: caf\u00e9\r\nSet-Cookie: a=b\u0000\u007f"}, nil, nil
	}})
	if got, want := get(h, "/settings").Header().Get("Zoom-Phone-Incomplete"), "1 of 2: caf???Set-Cookie: a=b??"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestCallsThatAreNotAdmittedComeBackLater(t *testing.T) {
	f := &fake{}
	h := serve(t, f)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, requestOf(&caller.Caller{Room: noRoom}, "/api/zoom-phone/settings"))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || len(f.calls) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	released := 0
	room := func(context.Context, int) (func(), bool) { return func() { released++ }, true }
	h.ServeHTTP(httptest.NewRecorder(), requestOf(&caller.Caller{Room: room}, "/api/zoom-phone/settings"))
	if released != 1 {
		t.Errorf("released %d times", released)
	}
}

func TestOpenAPIDescribesWhatIsServed(t *testing.T) {
	for _, c := range []struct {
		what    string
		visible func(string) bool
		methods int
	}{
		{"everything", nil, len(slices.Collect(catalog.All()))},
		{"a part", func(name string) bool { return strings.HasPrefix(name, "list_call_queue") || name == "get_a_site" }, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := &fake{visible: c.visible}
			w := get(serve(t, f), "/openapi.json")
			doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := map[string]*catalog.Method{}
			for m := range f.Methods() {
				want[m.Name] = m
			}
			if c.methods > 0 && len(want) != c.methods {
				t.Fatalf("%d methods", len(want))
			}
			for path, item := range doc.Paths.Map() {
				if path == "/query" {
					continue // which TestOpenAPIDescribesQuestions is about
				}
				m := want[item.Get.OperationID]
				if m == nil {
					t.Errorf("%s: %s is described and not served", path, item.Get.OperationID)
					continue
				}
				delete(want, m.Name)
				rest := strings.NewReplacer("{", ":", "}", "").Replace(path)
				if rest != m.REST {
					t.Errorf("%s: at %s, want %s", m.Name, path, m.REST)
				}
				var names []string
				shared := 0
				for _, p := range item.Get.Parameters {
					if p.Ref != "" {
						shared++ // what every list takes
						continue
					}
					name := p.Value.Name
					if other, ok := m.RESTParams[name]; ok && p.Value.In == "path" {
						name = other
					}
					if name != "" {
						names = append(names, name)
					}
				}
				for _, p := range m.Params {
					if !slices.Contains(names, p.Name) {
						t.Errorf("%s: %s is not described", m.Name, p.Name)
					}
				}
				extra := 0
				if m.Kind == "transcript" {
					extra = 1 // as
				}
				if (shared > 0) != (m.Pagination != nil) {
					t.Errorf("%s: %d parameters of lists", m.Name, shared)
				}
				if len(names) != len(m.Params)+extra {
					t.Errorf("%s: %v", m.Name, names)
				}
			}
			if len(want) != 0 {
				t.Errorf("not described: %v", slices.Collect(maps.Keys(want)))
			}
			if c.visible != nil && strings.Contains(w.Body.String(), `"Voicemails"`) {
				t.Error("the description names what is not there")
			}
		})
	}
}

func TestAQueryHasAThousandNamesAtMost(t *testing.T) {
	var query strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&query, "&k%d", i)
	}
	w := get(serve(t, &fake{}), "/call-history?"+query.String()[1:])
	if body := w.Body.String(); w.Code != http.StatusBadRequest || !strings.Contains(body, "1000 names, and this one has 5000") || len(body) > 2<<10 {
		t.Errorf("got %d %.300s", w.Code, body)
	}
}
