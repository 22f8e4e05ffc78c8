package httpserver_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/httpserver"
)

func TestOnlyLoopbackAddressesGoWithoutAuthentication(t *testing.T) {
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: strings.Repeat("k", 40)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		addr    string
		options httpserver.Options
		fine    bool
	}{
		{"127.0.0.1:8080", httpserver.Options{}, true},
		{"127.8.9.1:8080", httpserver.Options{}, true},
		{"[::1]:8080", httpserver.Options{}, true},
		{"localhost:8080", httpserver.Options{}, true},
		{":8080", httpserver.Options{}, false},
		{"0.0.0.0:8080", httpserver.Options{}, false},
		{"[::]:8080", httpserver.Options{}, false},
		{"192.0.2.1:8080", httpserver.Options{}, false},
		{"phone.example.com:8080", httpserver.Options{}, false},
		{"0.0.0.0:8080", httpserver.Options{Insecure: true}, true},
		{"0.0.0.0:8080", httpserver.Options{Keys: keys}, true},
	} {
		c.options.Addr = c.addr
		_, err := httpserver.New(c.options)
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", c.addr, err)
		}
		if !c.fine && (!errors.Is(err, httpserver.ErrUnprotected) || !strings.Contains(err.Error(), "--api-keys") || !strings.Contains(err.Error(), "--insecure")) {
			t.Errorf("%s: the way out is not told: %v", c.addr, err)
		}
	}
	if _, err := httpserver.New(httpserver.Options{Addr: "localhost"}); err == nil {
		t.Error("an address without a port")
	}
}

// Authentication stands before everything but health and the metadata.
func TestEveryPathNeedsTheKey(t *testing.T) {
	secret := strings.Repeat("k", 40)
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: secret})
	if err != nil {
		t.Fatal(err)
	}
	counted := &counts{}
	s, f := start(t, httpserver.Options{Keys: keys, Observer: counted})
	everything := append([]string{"/", "/nothing", "/api/zoom-phone/openapi.json", "/mcp/", "/sse/", "/message/", "/metrics/", "/healthz/"}, paths...)
	wrong := [][]string{
		nil,
		{"Authorization", "Bearer wrong"},
		{"Authorization", "Bearer " + secret + "x"},
		{"Authorization", "Bearer " + strings.ToUpper(secret)},
		{"Authorization", "Bearer"},
		{"Authorization", "Bearer "},
		{"Authorization", secret},
		{"Authorization", "Basic " + secret},
		{"Authorization", "Bearer " + secret, "Authorization", "Bearer " + secret},
		{"X-Api-Key", secret},
	}
	for _, path := range everything {
		for _, headers := range wrong {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions} {
				w := ask(s, method, path, headers...)
				if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
					t.Errorf("%s %s %v: %d", method, path, headers, w.Code)
				}
			}
		}
		if w := ask(s, http.MethodGet, path+"?key="+secret+"&access_token="+secret); w.Code != http.StatusUnauthorized {
			t.Errorf("%s with the key in the query: %d", path, w.Code)
		}
	}
	if n := f.served.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
	if counted.refused["credential"] == 0 {
		t.Error("refusals are not counted")
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if w := ask(s, http.MethodGet, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, scheme := range []string{"Bearer", "bearer"} {
		if w := ask(s, http.MethodPost, "/mcp", "Authorization", scheme+" "+secret); w.Code != http.StatusOK || w.Body.String() != "key:default" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := ask(s, http.MethodGet, "/nothing", "Authorization", "Bearer "+secret); w.Code != http.StatusNotFound {
		t.Errorf("a path that is not there: %d", w.Code)
	}
}

// Clients take 401 for a sign that there is an authorization server to be found,
// and begin a login that cannot end well.
func TestAServerWithKeysHasNoMetadata(t *testing.T) {
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: strings.Repeat("k", 40)})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{Keys: keys})
	for _, path := range []string{
		"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server",
		"/.well-known/oauth-authorization-server/mcp", "/.well-known/openid-configuration", "/.well-known/", "/.well-known",
		"/mcp/.well-known/openid-configuration",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
			if w := ask(s, method, path); w.Code != http.StatusNotFound || w.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		if w := ask(s, http.MethodGet, path, "Host", "evil.example"); w.Code != http.StatusForbidden {
			t.Errorf("%s at a foreign host: %d", path, w.Code)
		}
	}
	if n := f.served.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestASlashBehindAPathChangesNothing(t *testing.T) {
	s, f := start(t, httpserver.Options{})
	for _, path := range []string{"/mcp", "/sse", "/message", "/metrics"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			for _, address := range []string{path, path + "/", path + "/?sessionId=1"} {
				if w := ask(s, method, address); w.Code != http.StatusOK || w.Body.String() != "anonymous" {
					t.Errorf("%s %s: %d %s", method, address, w.Code, w.Body)
				}
			}
		}
		served := f.served.Load()
		for _, c := range []struct {
			address string
			headers []string
			want    int
		}{
			{path + "/", []string{"Host", "evil.example"}, http.StatusForbidden},
			{path + "/", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
			{path + "//", nil, http.StatusNotFound},
			{path + "/below", nil, http.StatusNotFound},
			{path + "s/", nil, http.StatusNotFound},
		} {
			if w := ask(s, http.MethodPost, c.address, c.headers...); w.Code != c.want {
				t.Errorf("%s %v: %d, want %d", c.address, c.headers, w.Code, c.want)
			}
		}
		if n := f.served.Load(); n != served {
			t.Errorf("%s: %d requests came through", path, n-served)
		}
	}
}

// A page in a browser reaches this machine under a name of its own (DNS
// rebinding), or with an Origin of its own.
func TestForeignHostsAndOriginsAreRefusedEverywhere(t *testing.T) {
	for _, c := range []struct {
		what    string
		options httpserver.Options
		headers []string
		want    int
	}{
		{"its own address", httpserver.Options{}, []string{"Host", "127.0.0.1:8080"}, 200},
		{"localhost", httpserver.Options{}, []string{"Host", "localhost:8080"}, 200},
		{"localhost, in capitals", httpserver.Options{}, []string{"Host", "LOCALHOST"}, 200},
		{"IPv6 loopback", httpserver.Options{}, []string{"Host", "[::1]:8080"}, 200},
		{"a rebound name", httpserver.Options{}, []string{"Host", "evil.example:8080"}, 403},
		{"a name that begins well", httpserver.Options{}, []string{"Host", "127.0.0.1.evil.example"}, 403},
		{"localhost in front", httpserver.Options{}, []string{"Host", "localhost.evil.example"}, 403},
		{"another address", httpserver.Options{}, []string{"Host", "192.0.2.1:8080"}, 403},
		{"no host", httpserver.Options{}, []string{"Host", ""}, 403},
		{"an allowed name", httpserver.Options{AllowedHosts: []string{"phone.example.com"}}, []string{"Host", "Phone.Example.com:443"}, 200},
		{"an allowed name, final dot", httpserver.Options{AllowedHosts: []string{"phone.example.com"}}, []string{"Host", "phone.example.com."}, 200},
		{"an allowed name and port", httpserver.Options{AllowedHosts: []string{"phone.example.com:8443"}}, []string{"Host", "phone.example.com:8443"}, 200},
		{"another port", httpserver.Options{AllowedHosts: []string{"phone.example.com:8443"}}, []string{"Host", "phone.example.com:8080"}, 403},
		{"an address, where all are served", httpserver.Options{Addr: "0.0.0.0:8080", Insecure: true}, []string{"Host", "192.0.2.1:8080"}, 200},
		{"a name, where all addresses are served", httpserver.Options{Addr: "0.0.0.0:8080", Insecure: true}, []string{"Host", "evil.example"}, 403},

		{"its own page", httpserver.Options{}, []string{"Origin", "http://127.0.0.1:8080"}, 200},
		{"a page elsewhere", httpserver.Options{}, []string{"Origin", "https://evil.example"}, 403},
		{"a rebound page", httpserver.Options{}, []string{"Host", "evil.example:8080", "Origin", "http://evil.example:8080"}, 403},
		{"a local page on another port", httpserver.Options{}, []string{"Origin", "http://127.0.0.1:3000"}, 403},
		{"a page without an origin", httpserver.Options{}, []string{"Origin", "null"}, 403},
		{"an origin that is none", httpserver.Options{}, []string{"Origin", "127.0.0.1:8080"}, 403},
		{"an allowed page", httpserver.Options{AllowedOrigins: []string{"https://app.example.com"}}, []string{"Origin", "https://app.example.com"}, 200},
		{"the same without TLS", httpserver.Options{AllowedOrigins: []string{"https://app.example.com"}}, []string{"Origin", "http://app.example.com"}, 403},
		{"a page below it", httpserver.Options{AllowedOrigins: []string{"https://app.example.com"}}, []string{"Origin", "https://app.example.com.evil.example"}, 403},

		{"an image on a page elsewhere", httpserver.Options{}, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		{"a link on a page elsewhere", httpserver.Options{}, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"an image on a local page on another port", httpserver.Options{}, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"a relation that browsers may come to have", httpserver.Options{}, []string{"Sec-Fetch-Site", "Other-Site"}, 403},
		{"what a person typed", httpserver.Options{}, []string{"Sec-Fetch-Site", "none"}, 200},
		{"an image on its own page", httpserver.Options{}, []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"an allowed page, which is another site", httpserver.Options{AllowedOrigins: []string{"https://app.example.com"}}, []string{"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, f := start(t, c.options)
			for _, path := range append([]string{"/healthz", "/readyz"}, paths...) {
				w := ask(s, http.MethodGet, path, c.headers...)
				if w.Code != c.want {
					t.Errorf("%s: %d", path, w.Code)
				}
				for _, verb := range []string{http.MethodPost, http.MethodHead, http.MethodDelete, http.MethodOptions} {
					if w := ask(s, verb, path, c.headers...); (w.Code == 403) != (c.want == 403) {
						t.Errorf("%s %s: %d", verb, path, w.Code)
					}
				}
				if cors := w.Header().Get("Access-Control-Allow-Origin"); c.want == 403 && cors != "" || cors == "*" {
					t.Errorf("%s: CORS for %q", path, cors)
				}
			}
			if n := f.served.Load(); c.want == 403 && n != 0 {
				t.Errorf("%d requests came through", n)
			}
		})
	}
}

func TestAllowedPagesGetCORSAndOthersDoNot(t *testing.T) {
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: strings.Repeat("k", 40)})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{Keys: keys, AllowedOrigins: []string{"https://app.example.com"}})
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"}
	w := ask(s, http.MethodOptions, "/mcp", append(preflight, "Origin", "https://app.example.com")...)
	head := w.Header()
	if w.Code != http.StatusNoContent || head.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(head.Get("Access-Control-Allow-Headers"), "Authorization") || head.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", w.Code, head)
	}
	w = ask(s, http.MethodPost, "/mcp", "Origin", "https://app.example.com", "Authorization", "Bearer "+strings.Repeat("k", 40))
	if !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "Mcp-Session-Id") || w.Header().Get("Vary") != "Origin" {
		t.Errorf("%v", w.Header())
	}
	if w := ask(s, http.MethodOptions, "/mcp", append(preflight, "Origin", "https://evil.example")...); w.Code != http.StatusForbidden {
		t.Errorf("a preflight of another page: %d", w.Code)
	}
	if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+strings.Repeat("k", 40)); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS without an origin")
	}
	if n := f.served.Load(); n != 2 {
		t.Errorf("%d requests came through", n)
	}
	for _, o := range []httpserver.Options{
		{AllowedOrigins: []string{"app.example.com"}}, {AllowedOrigins: []string{"*"}}, {AllowedOrigins: []string{"https://a/b"}}, {AllowedOrigins: []string{"https://a?b"}}, {AllowedOrigins: []string{"https://u@a"}},
		{AllowedHosts: []string{"https://a"}}, {AllowedHosts: []string{""}}, {AllowedHosts: []string{"*.example.com"}},
	} {
		o.Addr = "127.0.0.1:0"
		if _, err := httpserver.New(o); err == nil {
			t.Errorf("got a server for hosts %q and origins %q, want an error", o.AllowedHosts, o.AllowedOrigins)
		}
	}
}

// counts is an observer.
type counts struct {
	refused  map[string]int
	admitted map[string]int
}

func (c *counts) Refused(reason string) {
	if c.refused == nil {
		c.refused = map[string]int{}
	}
	c.refused[reason]++
}

func (c *counts) Admitted(caller string, calls int) {
	if c.admitted == nil {
		c.admitted = map[string]int{}
	}
	c.admitted[caller] += calls
}
