package restapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/restapi"
)

// ask sends a question: with POST where there is a type of its body.
func ask(h *restapi.Handler, query, mediaType, body string, head ...string) *httptest.ResponseRecorder {
	verb := http.MethodGet
	if mediaType != "" {
		verb = http.MethodPost
	}
	r := httptest.NewRequest(verb, "http://localhost/api/zoom-phone/query"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", mediaType)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFormsOfAQuestion(t *testing.T) {
	const form, sql, jsonType = "application/x-www-form-urlencoded", "application/sql", "application/json"
	of := func(r gateway.QueryRequest) gateway.QueryRequest {
		r.Exact, r.MaxRows = true, 100_000
		return r
	}
	for _, c := range []struct {
		query, mediaType, body string
		want                   gateway.QueryRequest
	}{
		{"?sql=SELECT+1%2B1", "", "", gateway.QueryRequest{SQL: "SELECT 1+1"}},
		{"?sql=SELECT+1&dry_run&partial=true&fresh=1&max_calls=1e3&time_zone=Europe%2FBerlin&format=CSV", "", "",
			gateway.QueryRequest{SQL: "SELECT 1", DryRun: true, Partial: true, Fresh: true, MaxCalls: 1000, TimeZone: "Europe/Berlin", Format: "csv"}},
		{"?sql=SELECT+1&dry_run=false&fresh=", "", "", gateway.QueryRequest{SQL: "SELECT 1"}},
		{"", jsonType, `{"sql":"SELECT 1","max_calls":"20","dry_run":true,"partial":null}`, gateway.QueryRequest{SQL: "SELECT 1", MaxCalls: 20, DryRun: true}},
		{"?max_calls=7", jsonType + "; charset=utf-8", `{"sql":"SELECT 1"}`, gateway.QueryRequest{SQL: "SELECT 1", MaxCalls: 7}},
		{"?fresh", sql, " SELECT 'a=b&c' \n", gateway.QueryRequest{SQL: "SELECT 'a=b&c'", Fresh: true}},
		{"", "text/plain; charset=utf-8", "SELECT 1", gateway.QueryRequest{SQL: "SELECT 1"}},
		{"", form, "sql=SELECT+1&partial", gateway.QueryRequest{SQL: "SELECT 1", Partial: true}},
		{"?sql=SELECT+1", jsonType, `{"sql":"SELECT 1"}`, gateway.QueryRequest{SQL: "SELECT 1"}},
	} {
		f := &fake{}
		w := ask(serve(t, f), c.query, c.mediaType, c.body)
		if w.Code != http.StatusOK || len(f.asked) != 1 || !reflect.DeepEqual(f.asked[0], of(c.want)) {
			t.Errorf("%s %s %q: got %d %s, asked %+v, want %+v", c.query, c.mediaType, c.body, w.Code, w.Body, f.asked, of(c.want))
		}
	}
}

func TestQuestionsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		query, mediaType, body, encoding string
		status                           int
		says                             string
	}{
		{"?sql=SELECT+1&sq=2", "", "", "", 400, `"param":"sq"`},
		{"?sql=SELECT+1&max_call=2", "", "", "", 400, `"nearest":["max_calls"]`},
		{"?sql=SELECT+1&max_calls=many", "", "", "", 400, `"param":"max_calls"`},
		{"?sql=SELECT+1&sql=SELECT+2", "", "", "", 400, "given twice"},
		{"?sql=SELECT+1", "application/json", `{"sql":"SELECT 2"}`, "", 400, "given twice"},
		{"?sql=%zz", "", "", "", 400, "escape"},
		{"", "application/json", `["SELECT 1"]`, "", 400, "no JSON object"},
		{"", "application/json", `{"sql":`, "", 400, "no JSON object"},
		{"", "application/sql", strings.Repeat("a", 64<<10+1), "", 413, "larger than 65536"},
		{"", "application/yaml", "sql: SELECT 1", "", 415, "application/json"},
		{"", ";", "SELECT 1", "", 415, "application/json"},
		{"", "application/sql", "\x1f\x8b", "gzip", 415, "compressed"},
	} {
		f := &fake{}
		w := ask(serve(t, f), c.query, c.mediaType, c.body, "Content-Encoding", c.encoding)
		if w.Code != c.status || len(f.asked) != 0 || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s %.40q: got %d %s, want %d with %s", c.query, c.mediaType, c.body, w.Code, w.Body, c.status, c.says)
		}
	}
	h := serve(t, &fake{})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/api/zoom-phone/query", nil))
	if got, want := w.Header().Get("Allow"), "GET, POST"; w.Code != http.StatusMethodNotAllowed || got != want {
		t.Errorf("DELETE: got %d with Allow %q, want 405 with %q", w.Code, got, want)
	}
}

func TestClientsThatLikeCSVBetterGetIt(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "*/*": "", "text/csv": "csv", "application/json, text/csv": "", "text/csv, application/json;q=0.5": "csv", "text/csv;q=0.4, application/json;q=0.5": "",
		"text/csv, */*;q=0.1": "csv", "text/csv;q=0": "", "text/html, text/csv": "csv", "text/csv;q=x": "csv", "text/*": "", "text/csv;q=0.1, */*": "",
	} {
		f := &fake{}
		w := ask(serve(t, f), "?sql=SELECT+1", "", "", "Accept", accept)
		if len(f.asked) != 1 || f.asked[0].Format != want || w.Header().Get("Vary") != "Accept" {
			t.Errorf("Accept: %s: got %+v, want the format %q", accept, f.asked, want)
		}
	}
	f := &fake{}
	ask(serve(t, f), "?sql=SELECT+1&format=json", "", "", "Accept", "text/csv")
	if f.asked[0].Format != "json" {
		t.Errorf("format=json with Accept: text/csv: got %q", f.asked[0].Format)
	}
}

func TestAnswersToQuestionsSayOnWhatTheyRest(t *testing.T) {
	const collected = `{"complete":false,"records":3,"failed":[{"table":"t"}]}`
	long := `{"complete":false,"failed":["` + strings.Repeat("x", 4000) + `"],"records":3}`
	for _, c := range []struct {
		what            string
		answer          gateway.Answer
		lacks, rests    string
		mediaType, body string
	}{
		{"JSON", gateway.Answer{JSON: json.RawMessage(`{"rows":[]}`)}, "", "", "application/json", `{"rows":[]}`},
		{"JSON over a part", gateway.Answer{JSON: json.RawMessage(`{"incomplete":"a"}`), Incomplete: "1 of 2 calls"}, "1 of 2 calls", "", "application/json", `{"incomplete":"a"}`},
		{"CSV", gateway.Answer{Text: "a\n1\n", MediaType: "text/csv", Collected: json.RawMessage(`{"complete":true}`)}, "", `{"complete":true}`, "text/csv; charset=utf-8", "a\n1\n"},
		{"CSV over a part", gateway.Answer{Text: "a\n", MediaType: "text/csv", Collected: json.RawMessage(collected), Incomplete: "some"}, "some", collected, "text/csv; charset=utf-8", "a\n"},
		{"CSV with many failures", gateway.Answer{Text: "a\n", MediaType: "text/csv", Collected: json.RawMessage(long), Incomplete: "some"}, "some", `{"complete":false,"records":3}`, "text/csv; charset=utf-8", "a\n"},
	} {
		h := serve(t, &fake{query: func(context.Context, gateway.QueryRequest) (*gateway.Answer, error) { return &c.answer, nil }})
		w := ask(h, "?sql=SELECT+1", "", "")
		head := w.Header()
		if head.Get("Zoom-Phone-Incomplete") != c.lacks || head.Get("Zoom-Phone-Collected") != c.rests || head.Get("Content-Type") != c.mediaType || w.Body.String() != c.body {
			t.Errorf("%s: got %v %s", c.what, head, w.Body)
		}
	}
}

func TestFaultsOfQuestionsAreProblemDocuments(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{&apierror.Error{Kind: apierror.InvalidParams, Problems: []apierror.Problem{{Param: "sql", Message: "no such column: a", Nearest: []string{"b"}}}}, 400},
		{&apierror.Error{Kind: apierror.TooLarge}, 422},                  // the question needs too many calls
		{&apierror.Error{Kind: apierror.TooLarge, HTTPStatus: 200}, 502}, // an answer of Zoom is too large
		{&apierror.Error{Kind: apierror.MissingScope}, 502},
		{&apierror.Error{Kind: apierror.RateLimited}, 429},
		{&apierror.Error{Kind: apierror.Timeout}, 504},
		{errors.New("something"), 500},
	} {
		h := serve(t, &fake{query: func(context.Context, gateway.QueryRequest) (*gateway.Answer, error) { return nil, c.err }})
		w := ask(h, "?sql=SELECT+1", "", "")
		var p struct {
			Status   int
			Problems []apierror.Problem
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.want || p.Status != c.want || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: got %d %s, want %d", c.err, w.Code, w.Body, c.want)
		}
		if c.want == 400 && (len(p.Problems) != 1 || !slices.Equal(p.Problems[0].Nearest, []string{"b"})) {
			t.Errorf("the nearest names are not there: %s", w.Body)
		}
	}
}

// A question weighs more than a call, and where there is room for less it takes all.
func TestQuestionsWeighMoreThanCalls(t *testing.T) {
	for most, want := range map[int]int{0: 4, 128: 4, 3: 3, 1: 1} {
		got := 0
		room := func(_ context.Context, calls int) (func(), bool) { got = calls; return func() {}, true }
		serve(t, &fake{}).ServeHTTP(httptest.NewRecorder(), requestOf(&caller.Caller{Room: room, Most: most}, "/api/zoom-phone/query?sql=SELECT+1"))
		if got != want {
			t.Errorf("room for %d: got a question of %d calls, want %d", most, got, want)
		}
	}
}

func TestQuestionsAreAdmitted(t *testing.T) {
	f := &fake{}
	w := httptest.NewRecorder()
	serve(t, f).ServeHTTP(w, requestOf(&caller.Caller{Room: noRoom}, "/api/zoom-phone/query?sql=SELECT+1"))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || len(f.asked) != 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// bodyTimed is a connection that notes until when its body may come.
type bodyTimed struct {
	*httptest.ResponseRecorder
	set      bool
	deadline time.Time
}

func (w *bodyTimed) SetReadDeadline(at time.Time) error { w.set, w.deadline = true, at; return nil }

// An answer may take longer than the body had time to come.
func TestTheTimeOfTheBodyIsNotThatOfTheAnswer(t *testing.T) {
	w := &bodyTimed{ResponseRecorder: httptest.NewRecorder()}
	h := serve(t, &fake{query: func(context.Context, gateway.QueryRequest) (*gateway.Answer, error) {
		if !w.set || !w.deadline.IsZero() {
			t.Errorf("the question is asked while the body has time until %s", w.deadline)
		}
		return &gateway.Answer{JSON: json.RawMessage(`{}`)}, nil
	}})
	r := httptest.NewRequest(http.MethodPost, "/api/zoom-phone/query", io.NopCloser(strings.NewReader("SELECT 1")))
	r.Header.Set("Content-Type", "application/sql")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestOpenAPIDescribesQuestions(t *testing.T) {
	for _, c := range []struct {
		what    string
		visible func(string) bool
		tables  bool
	}{
		{"everything", nil, true},
		{"one table", func(name string) bool { return name == "get_a_site" }, true},
		{"files only", func(name string) bool { return name == "phone_download_recording_file" }, false},
	} {
		f := &fake{visible: c.visible}
		h := serve(t, f)
		doc, err := openapi3.NewLoader().LoadFromData(get(h, "/openapi.json").Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		item := doc.Paths.Value("/query")
		if (item != nil) != c.tables || (doc.Tags.Get("Queries") != nil) != c.tables {
			t.Errorf("%s: got a description %v, want one %v", c.what, item != nil, c.tables)
		}
		if got := get(h, "/query?sql=SELECT+1").Code == http.StatusOK; got != c.tables {
			t.Errorf("%s: got an answer %v, want one %v", c.what, got, c.tables)
		}
		if item == nil {
			continue
		}
		var names []string
		for _, p := range item.Get.Parameters {
			names = append(names, p.Value.Name)
		}
		if want := gateway.QueryArguments(); !slices.Equal(names, want) {
			t.Errorf("%s: got the parameters %v, want %v", c.what, names, want)
		}
		object := item.Post.RequestBody.Value.Content["application/json"].Schema.Value
		for _, name := range gateway.QueryArguments() {
			if object.Properties[name] == nil {
				t.Errorf("%s: the body has no %s", c.what, name)
			}
		}
	}
}
