package gateway_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

// personal are what nobody may find in a log.
var personal = []string{
	"access-token-7f3a", "client-secret-91bc", "+15550100", "15550100", "Ada Lovelace", "ada@example.com", "ada%40example.com", "the contract is signed", "page-token-55",
}

// everything is one text with all of it.
var everything = strings.Join(personal, " ")

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type tokens func() (*oauth2.Token, error)

func (f tokens) Token() (*oauth2.Token, error) { return f() }

func TestNothingPersonalIsLoggedHoweverACallFails(t *testing.T) {
	answer := func(status int, body string, header http.Header) transport {
		return func(r *http.Request) (*http.Response, error) {
			if header == nil {
				header = http.Header{}
			}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: r}, nil
		}
	}
	message := func(code int) string {
		text, _ := json.Marshal(everything)
		return fmt.Sprintf(`{"code":%d,"message":%s,"errors":[{"field":%[2]s,"message":%[2]s}]}`, code, text)
	}
	cases := map[string]transport{
		"success":         answer(200, `{"users":[`+message(0)+`]}`, nil),
		"a web page":      answer(200, "<html>"+everything, nil),
		"broken JSON":     answer(200, `{"`+everything, nil),
		"a tracking id":   answer(500, "", http.Header{"X-Zm-Trackingid": {everything}}),
		"rate headers":    answer(429, message(429), http.Header{"Retry-After": {everything}, "X-Ratelimit-Type": {everything}}),
		"a redirect":      answer(302, "", http.Header{"Location": {"http://elsewhere.example/?q=" + strings.ReplaceAll(everything, " ", "+")}}),
		"a network error": func(*http.Request) (*http.Response, error) { return nil, errors.New(everything) },
		"null":            answer(200, "null", nil),
	}
	for _, status := range []int{400, 401, 403, 404, 429, 500, 503} {
		for _, code := range []int{0, 104, 124, 300, 404, 2013, 2031, 2300, 4700, 4711, 12002, 40401} {
			cases[fmt.Sprintf("%d with code %d", status, code)] = answer(status, message(code), nil)
		}
		cases[fmt.Sprintf("%d with text", status)] = answer(status, everything, nil)
	}
	good := func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: personal[0]}, nil }
	sources := map[string]tokens{
		"good": good,
		"a refusal": func() (*oauth2.Token, error) {
			return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"reason":"` + everything + `"}`)}
		},
		"an error": func() (*oauth2.Token, error) { return nil, errors.New(everything) },
		"a fault":  func() (*oauth2.Token, error) { return nil, apierror.New(apierror.Auth, "%s", everything) },
		"an address": func() (*oauth2.Token, error) {
			return (&oauth2.Token{AccessToken: personal[0]}).WithExtra(map[string]any{"api_url": everything}), nil
		},
	}
	run := func(what string, source tokens, rt transport) {
		t.Run(what, func(t *testing.T) {
			var text bytes.Buffer
			log := zerolog.New(&text).Level(zerolog.DebugLevel)
			client, err := zoom.New(zoom.Options{Tokens: source, HTTP: rt, Plan: zoom.Unlimited(), Attempts: 1, FollowAPIURL: true, Log: log})
			if err != nil {
				t.Fatal(err)
			}
			g := gateway.New(gateway.Options{Client: client, Log: log})
			for method, params := range map[string]string{
				"list_phone_users":              `{"keyword":"Ada Lovelace","next_page_token":"page-token-55"}`,
				"phone_user":                    `{"userId":"ada@example.com"}`,
				"phone_download_recording_file": `{"fileId":"page-token-55"}`,
				"account_call_history":          `{"from":"+15550100"}`,
				"ada@example.com":               `{}`,
				"phone_setting":                 `{"Ada Lovelace":1}`,
			} {
				_, _ = g.Call(t.Context(), gateway.CallRequest{Method: method, Params: json.RawMessage(params)})
			}
			if !strings.Contains(text.String(), `"method":"phone_user"`) {
				t.Errorf("nothing is logged: %s", &text)
			}
			for _, secret := range personal {
				if strings.Contains(text.String(), secret) {
					t.Errorf("%q is in the log: %s", secret, &text)
				}
			}
		})
	}
	for what, rt := range cases {
		run("answer: "+what, good, rt)
	}
	for what, source := range sources {
		run("token: "+what, source, cases["success"])
	}
}

func TestLogLineHasTheFactsOfACall(t *testing.T) {
	var log bytes.Buffer
	g, _ := connect(t, gateway.Options{Log: zerolog.New(&log)}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-zm-trackingid", "WEB_5a")
		fmt.Fprint(w, `{"a": 1}`)
	})
	a, err := g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting"})
	if err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"level": "info", "method": "phone_setting", "status": 200., "bytes": 7., "attempts": 1., "waited": 0., "tracking_id": "WEB_5a"} {
		if line[field] != want {
			t.Errorf("%s is %v, want %v", field, line[field], want)
		}
	}
	if _, ok := line["duration"].(float64); !ok { // of a clock that stands still
		t.Errorf("duration %v", line["duration"])
	}
	if m := a.Meta; m.Attempts != 1 || m.TrackingID != "WEB_5a" || m.Budget.Label != "LIGHT" || m.Budget.Limit != "20/s" {
		t.Errorf("%+v", m)
	}
}

func TestMissingScopeNamesTheOneThatIsNeeded(t *testing.T) {
	for _, c := range []struct{ name, method, params, said, want, instead string }{
		{"one, as Phone says it", "list_phone_sites", `{}`, "phone:read:list_sites:admin", "phone:read:list_sites:admin", "phone:read:admin"},
		{"every alternative", "phone_user", `{"userId":"me"}`, "phone:read:admin, phone:read, phone:read:user, phone:read:user:admin, phone:master, phone:write", "phone:read:user:admin", "phone:read:user"},
		{"an app that its users manage", "phone_user", `{"userId":"me"}`, "phone:read:user", "phone:read:user", "phone:read:admin"},
		{"an app with classic scopes", "get_phone_recordings", `{}`, "phone:read:admin,phone_recording:read:admin", "phone_recording:read:admin", "phone:read:list_call_recordings:admin"},
		{"a user's app with classic scopes", "phone_user", `{"userId":"me"}`, "phone:read", "phone:read", "phone:read:user:admin"},
		{"none", "account_sms_session", `{}`, "", "phone:read:list_sms_sessions:admin", "phone_sms:read:admin"},
		{"one that is newer than the spec", "list_phone_sites", `{}`, "phone:read:new_sites:admin", "phone:read:new_sites:admin", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _ := connect(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"code":104,"message":"Invalid access token, does not contain scopes:[%s]."}`, c.said)
			})
			_, err := g.Call(t.Context(), gateway.CallRequest{Method: c.method, Params: json.RawMessage(c.params)})
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.MissingScope || !slices.Equal(e.Scopes, []string{c.want}) || !strings.HasSuffix(e.Message, c.want) {
				t.Fatalf("%+v", e)
			}
			for _, want := range []string{c.want, c.instead, "activate", "marketplace.zoom.us"} {
				if !strings.Contains(e.Hint, want) {
					t.Errorf("the hint does not say %s: %s", want, e.Hint)
				}
			}
			named := regexp.MustCompile(`phone[a-z_]*:[a-z_:]+`).FindAllString(e.Text(), -1)
			slices.Sort(named)
			if named = slices.Compact(named); len(named) > 3 {
				t.Errorf("names %v", named)
			}
		})
	}
}

func TestMissingScopeIsOneThatTheAppCanHave(t *testing.T) {
	const every = "phone:read:admin, phone:read, phone_call_log:read, phone:read:list_call_logs, phone:read:list_call_logs:admin"
	for _, c := range []struct{ name, granted, method, said, want, not string }{
		{"classic scopes", "phone_recording:read:admin user:read:admin", "phone_user_call_history", every, "phone:read:admin", "phone:read:list"},
		{"classic scopes, Zoom names granular ones only", "phone_recording:read:admin", "list_phone_sites", "phone:read:list_sites:admin", "phone:read:admin", "phone:read:list"},
		{"classic scopes of users", "phone:read,user:read", "phone_user_call_history", every, "phone_call_log:read", "phone:read:list"},
		{"scopes of users", "phone:read:user user:read:user", "phone_user_call_history", every, "phone:read:list_call_logs", ":admin"},
		{"scopes of users, Zoom names none", "phone:read:user", "phone_user_call_history", "", "phone:read:list_call_logs", ":admin"},
		{"no scope of users opens it", "phone:read:user", "list_phone_sites", "phone:read:list_sites:admin", "phone:read:list_sites:admin", "Add the scope"},
		{"scopes of administrators", "user:read:user:admin", "phone_user_call_history", every, "phone:read:list_call_logs:admin", "Instead"},
		{"newer than the spec", "phone:read:user", "phone_user_call_history", "phone:read:new", "phone:read:new", ":admin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"code":104,"message":"Invalid access token, does not contain scopes:[%s]."}`, c.said)
			}))
			defer s.Close()
			token := (&oauth2.Token{AccessToken: "secret-token"}).WithExtra(map[string]any{"scope": c.granted})
			client, err := zoom.New(zoom.Options{APIURL: s.URL, Tokens: oauth2.StaticTokenSource(token)})
			if err != nil {
				t.Fatal(err)
			}
			params := json.RawMessage(`{}`)
			if c.method == "phone_user_call_history" {
				params = json.RawMessage(`{"userId":"me"}`)
			}
			_, err = gateway.New(gateway.Options{Client: client, Now: now}).Call(t.Context(), gateway.CallRequest{Method: c.method, Params: params})
			e := apierror.From(err)
			if e == nil || !slices.Equal(e.Scopes, []string{c.want}) || !strings.HasSuffix(e.Message, c.want) || !strings.Contains(e.Hint, c.want) {
				t.Fatalf("%+v", e)
			}
			if strings.Contains(e.Hint, c.not) {
				t.Errorf("the hint says %s: %s", c.not, e.Hint)
			}
			if only := strings.Contains(e.Hint, "administrators manage"); only != (c.not == "Add the scope") {
				t.Errorf("about the sort of app: %s", e.Hint)
			}
		})
	}
}

// Once its first bytes are there, a transcript is handed on as a stream, which the
// client cannot ask for again; the gateway does, once.
func TestATranscriptThatBreaksOffIsAskedForOnceMore(t *testing.T) {
	long := strings.Replace(spoken, "Hello.", "Hello."+strings.Repeat(" Hello again.", 10_000), 1)
	for name, c := range map[string]struct {
		broken int // how many answers break off
		sent   int64
		kind   apierror.Kind
	}{
		"never":     {0, 1, ""},
		"once":      {1, 2, ""},
		"each time": {9, 2, apierror.Network},
	} {
		t.Run(name, func(t *testing.T) {
			answers := 0
			g, sent := connect(t, gateway.Options{MaxResult: -1}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Length", fmt.Sprint(len(long)))
				if answers++; answers <= c.broken {
					fmt.Fprint(w, long[:100_000])
					return
				}
				fmt.Fprint(w, long)
			})
			a, err := g.Call(t.Context(), request("phone_download_recording_transcript", `{"recordingId":"r"}`))
			if sent.Load() != c.sent {
				t.Errorf("sent %d requests, want %d", sent.Load(), c.sent)
			}
			switch {
			case c.kind != "":
				if e := apierror.From(err); e == nil || e.Kind != c.kind {
					t.Errorf("got %v, want %s", err, c.kind)
				}
			case err != nil || !strings.Contains(a.Text, "Hello."):
				t.Errorf("got %+v %v, want the transcript", a, err)
			}
		})
	}
}
