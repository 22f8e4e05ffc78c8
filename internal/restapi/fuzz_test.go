package restapi_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/catalog"
)

// FuzzPaths holds that a request for a path asks the gateway for the method that
// has this path, once and with exactly the parameters of path and query, or is
// refused with a problem document.
func FuzzPaths(f *testing.F) {
	for _, target := range []string{
		"/users", "/users?page_size=10&keyword=a%26b", "/users/ada%40example.com", "/users/a%2Fb", "/users/..%2f..%2fx", "/users/%2e%2e", "/users//", "/users/a/../b",
		"/users?a=1&a=2&%00=%ff", "/users?page_size=%zz", "/users?a;b", "/users/\xff", "/call-history?from=last+week&directions=inbound&directions=outbound", "/openapi.json", "/", "",
		"/users/%00", "/users/a%20b/settings?x#y", "/USERS", "/users/a?userId=b",
	} {
		f.Add(target)
	}
	for m := range catalog.All() {
		f.Add(strings.ReplaceAll(m.REST, ":", "x-") + "?page_size=1")
	}
	remembered := &fake{}
	h := serve(f, remembered)
	f.Fuzz(func(t *testing.T, target string) {
		if strings.ContainsAny(target, " \r\n") {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET /api/zoom-phone" + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")))
		if err != nil {
			return // the HTTP server has refused it
		}
		remembered.calls = nil
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q: %v %q", target, w.Header(), w.Body)
		}
		if len(remembered.calls) == 0 {
			if w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest && !strings.HasSuffix(r.URL.Path, "/openapi.json") {
				t.Errorf("%q: %d %s", target, w.Code, w.Body)
			}
			if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q: %v", target, w.Header())
			}
			return
		}
		if w.Code != http.StatusOK || len(remembered.calls) != 1 {
			t.Fatalf("%q: %d, %+v", target, w.Code, remembered.calls)
		}
		asked := remembered.calls[0]
		m, ok := catalog.Lookup(asked.Method)
		if !ok {
			t.Fatalf("%q: %+v", target, asked)
		}
		want := map[string]any{}
		segments, template := strings.Split(r.URL.EscapedPath(), "/"), strings.Split("/api/zoom-phone"+m.REST, "/")
		if len(segments) != len(template) {
			t.Fatalf("%q reached %s", target, m.REST)
		}
		for i, segment := range segments {
			text, err := url.PathUnescape(segment)
			if err != nil {
				t.Fatal(err)
			}
			name, isParam := strings.CutPrefix(template[i], ":")
			if other, ok := m.RESTParams[name]; ok {
				name = other
			}
			switch {
			case isParam && name != "":
				want[name] = asJSON(t, text)
			case !isParam && text != template[i]:
				t.Fatalf("%q reached %s", target, m.REST)
			}
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			t.Fatalf("%q: %v", target, err)
		}
		method, _ := catalog.Lookup(asked.Method)
		twice := false
		for key, values := range query {
			name := asJSON(t, key).(string)
			if _, there := want[name]; there {
				twice = true // the catalog refuses it
				continue
			}
			switch p := method.Param(name); {
			case len(values) == 1:
				want[name] = asJSON(t, values[0])
			case p != nil && p.Type == "array":
				want[name] = asJSON(t, values)
			default:
				twice = true // as above
			}
		}
		got := map[string]any{}
		if len(asked.Params) > 0 {
			if err := json.Unmarshal(asked.Params, &got); err != nil {
				t.Fatalf("%q: %s: %v", target, asked.Params, err)
			}
		}
		for name, v := range got {
			if v == true && want[name] == "" {
				want[name] = true // a name without =
			}
		}
		if !twice && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", target, got, want)
		}
	})
}

// asJSON is a value as it is read from JSON, where text is always valid.
func asJSON(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
