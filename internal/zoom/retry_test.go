package zoom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

func refuseToConnect(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// breakingBody brings a little and then an error.
type breakingBody struct {
	text string
	err  error
}

func (b *breakingBody) Read(p []byte) (int, error) {
	if b.text == "" {
		return 0, b.err
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, nil
}

func (*breakingBody) Close() error { return nil }

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		what string
		fail roundTrip
	}{
		{"no connection", refuseToConnect},
		{"a reset", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}},
		{"a name service that is busy", func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Name: "api.zoom.us", IsTemporary: true}
		}},
		{"a cut connection", func(*http.Request) (*http.Response, error) { return nil, io.EOF }},
		{"a half-read body", func(r *http.Request) (*http.Response, error) {
			resp, err := reply(r, 200, "")
			resp.Body, resp.ContentLength = &breakingBody{`{"a":`, io.ErrUnexpectedEOF}, 100
			return resp, err
		}},
		{"trouble at Zoom", func(r *http.Request) (*http.Response, error) { return reply(r, 500, trouble) }},
		{"a gateway's page", func(r *http.Request) (*http.Response, error) { return reply(r, 502, "<html>Bad gateway</html>") }},
		{"too many a second", func(r *http.Request) (*http.Response, error) { return reply(r, 429, tooFast) }},
		{"too many, in older words", func(r *http.Request) (*http.Response, error) {
			return reply(r, 403, `{"code":403,"message":"the maximum number of api requests are already reached"}`)
		}},
		{"too many, in the body of a success", func(r *http.Request) (*http.Response, error) { return reply(r, 200, tooFast) }},
		{"too many, with another status", func(r *http.Request) (*http.Response, error) { return reply(r, 400, tooFast) }},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
					if sent.Add(1) < 4 {
						return c.fail(r)
					}
					return reply(r, 200, `{"ok":1}`)
				})
				a, err := client.PhoneSetting(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if a.Attempts != 4 || string(a.Raw) != `{"ok":1}` || a.Waited <= 0 || a.Waited > 10*time.Second {
					t.Errorf("%+v", a)
				}
				sent.Store(-100) // never again
				start := time.Now()
				e := apierror.From(callLight(t.Context(), client))
				if e == nil || e.Attempts != 4 || sent.Load() != -96 || e.WaitedMS != time.Since(start).Milliseconds() {
					t.Errorf("%d sent, %+v", sent.Load()+100, e)
				}
			})
		})
	}
}

func TestWhatStaysIsNotTriedAgain(t *testing.T) {
	for _, c := range []struct {
		what string
		fail roundTrip
	}{
		{"an invalid request", func(r *http.Request) (*http.Response, error) { return reply(r, 400, validity) }},
		{"a missing scope", func(r *http.Request) (*http.Response, error) {
			return reply(r, 400, `{"code":104,"message":"Invalid access token, does not contain scopes:[a]."}`)
		}},
		{"a forbidden thing", func(r *http.Request) (*http.Response, error) { return reply(r, 403, "") }},
		{"a thing that is not there", func(r *http.Request) (*http.Response, error) { return reply(r, 404, "") }},
		{"a page instead of JSON", func(r *http.Request) (*http.Response, error) { return reply(r, 200, "<html>") }},
		{"a token that is refused and has no successor", func(r *http.Request) (*http.Response, error) { return reply(r, 401, "") }},
		{"a name that does not exist", func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Name: "api.zoom.example", IsNotFound: true}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				client := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
					sent.Add(1)
					return c.fail(r)
				})
				start := time.Now()
				e := apierror.From(callLight(t.Context(), client))
				if e == nil || sent.Load() != 1 || e.Attempts != 1 || time.Since(start) > 0 {
					t.Errorf("%d sent in %s: %+v", sent.Load(), time.Since(start), e)
				}
			})
		})
	}
}

func TestNoWaitBeginsThatCannotEndBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			return reply(r, 503, trouble, "Retry-After: 30")
		})
		start := time.Now()
		e := wantFault(t, callLight(within(t, 10*time.Second), c), apierror.ZoomError, "503")
		if time.Since(start) > 0 || e.Attempts != 1 || e.RetryAt != "2000-01-01T00:00:30Z" {
			t.Errorf("after %s: %+v", time.Since(start), e)
		}
		time.Sleep(time.Second) // the next turn comes without a wait
		e = wantFault(t, callLight(within(t, 40*time.Second), c), apierror.ZoomError, "503")
		if e.Attempts != 2 || e.WaitedMS != 30_000 {
			t.Errorf("with time for one more: %+v", e)
		}
	})
}

func TestCancellationEndsTheWaitBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			return reply(r, 503, trouble, "Retry-After: 30")
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		wantFault(t, callLight(ctx, c), apierror.Canceled, "")
		if took := time.Since(start); took != time.Second {
			t.Errorf("ended after %s", took)
		}
	})
}

func TestRetryAfterIsReadInEveryWriting(t *testing.T) {
	for header, want := range map[string]string{
		"7":                             "2000-01-01T00:00:07Z",
		"1.5":                           "2000-01-01T00:00:02Z",
		"Sat, 01 Jan 2000 00:00:09 GMT": "2000-01-01T00:00:09Z",
		"2000-01-01T00:00:08Z":          "2000-01-01T00:00:08Z",
		"2000-01-01T01:00:08+01:00":     "2000-01-01T00:00:08Z",
		"2000-01-01T00:00:08.250Z":      "2000-01-01T00:00:09Z",
		"2000-01-01T00:00:08":           "2000-01-01T00:00:08Z",
		"2000-01-02":                    "2000-01-02T00:00:00Z",
		"99999999999999":                "2000-01-02T01:00:00Z", // as far as we go
	} {
		synctest.Test(t, func(t *testing.T) {
			c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
				return reply(r, 429, tooFast, "X-RateLimit-Type: QPS", "Retry-After: "+header)
			})
			e := wantFault(t, callLight(within(t, time.Second), c), apierror.RateLimited, "LIGHT, 20/s")
			if e.RetryAt != want || e.Attempts != 1 {
				t.Errorf("%s: got %s after %d attempts, want %s after 1", header, e.RetryAt, e.Attempts, want)
			}
			if strings.Contains(e.Text(), "today") {
				t.Errorf("%s: got %q, want the limit of a second that Zoom names", header, e.Text())
			}
		})
	}
	for _, header := range []string{"", "soon", "-1", "0", "NaN", "1999-12-31T00:00:00Z"} {
		synctest.Test(t, func(t *testing.T) {
			c := connect(t, zoom.Options{Attempts: 1}, func(r *http.Request) (*http.Response, error) {
				return reply(r, 429, tooFast, "Retry-After: "+header)
			})
			e := wantFault(t, callLight(t.Context(), c), apierror.RateLimited, "LIGHT, 20/s")
			at, err := time.Parse(time.RFC3339, e.RetryAt)
			if wait := time.Until(at); err != nil || wait < 0 || wait > 2*time.Second {
				t.Errorf("%q: %q", header, e.RetryAt)
			}
		})
	}
}

// mints is a token source of the test's making.
type mints func() (*oauth2.Token, error)

func (f mints) Token() (*oauth2.Token, error) { return f() }

func TestTokenEndpointIsAskedAgainForWhatMayPass(t *testing.T) {
	retrieve := func(status int, body string) error {
		return &oauth2.RetrieveError{Response: &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"60"}}}, Body: []byte(body)}
	}
	for _, c := range []struct {
		what  string
		err   error
		times int64
		kind  apierror.Kind
	}{
		{"no connection", &url.Error{Op: "Post", URL: "https://zoom.us/oauth/token", Err: syscall.ECONNREFUSED}, 3, apierror.Network},
		{"trouble at Zoom", retrieve(503, "<html>"), 3, apierror.ZoomError},
		{"too many tokens", retrieve(429, ""), 1, apierror.RateLimited},
		{"too many tokens, in older words", retrieve(403, `{"code":403,"message":"the maximum number of api requests are already reached"}`), 1, apierror.RateLimited},
		{"a refusal", retrieve(400, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`), 1, apierror.Auth},
		{"no token in it", errors.New("oauth2: server response missing access_token"), 1, apierror.ZoomError},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				source := mints(func() (*oauth2.Token, error) {
					asked.Add(1)
					return nil, c.err
				})
				client := connect(t, zoom.Options{Tokens: source}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
				start := time.Now()
				e := apierror.From(callLight(t.Context(), client))
				if e == nil || e.Kind != c.kind || asked.Load() != c.times || time.Since(start) > 5*time.Second {
					t.Errorf("asked %d times in %s: %+v", asked.Load(), time.Since(start), e)
				}
				if e.Kind == apierror.RateLimited && e.RetryAt != "2000-01-01T00:01:00Z" {
					t.Errorf("retry at %q", e.RetryAt)
				}
			})
		})
	}
}

func TestTokenThatHasNotQuiteEndedServesWhileNoOtherIsToBeHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		source := mints(func() (*oauth2.Token, error) {
			if down {
				return nil, &url.Error{Op: "Post", URL: "https://zoom.us/oauth/token", Err: syscall.ECONNREFUSED}
			}
			return &oauth2.Token{AccessToken: "x", Expiry: time.Now().Add(time.Hour)}, nil
		})
		c := connect(t, zoom.Options{Tokens: source}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		if err := callLight(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		down = true
		time.Sleep(59*time.Minute + 30*time.Second)
		if err := callLight(t.Context(), c); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		wantFault(t, callLight(t.Context(), c), apierror.Network, "no access token")
	})
}

func TestTokenWithoutAScopeIsNotKeptLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var minted atomic.Int64
		source := mints(func() (*oauth2.Token, error) {
			return &oauth2.Token{AccessToken: fmt.Sprint(minted.Add(1)), Expiry: time.Now().Add(time.Hour)}, nil
		})
		c := connect(t, zoom.Options{Tokens: source}, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer 1" {
				return reply(r, 400, `{"code":104,"message":"Invalid access token, does not contain scopes:[a]."}`)
			}
			return reply(r, 200, "{}")
		})
		for range 10 { // at once, another token would not differ
			wantFault(t, callLight(t.Context(), c), apierror.MissingScope, "activate")
		}
		if n := minted.Load(); n != 1 {
			t.Errorf("%d tokens", n)
		}
		time.Sleep(5 * time.Minute) // the scope is added
		wantFault(t, callLight(t.Context(), c), apierror.MissingScope, "activate")
		if err := callLight(t.Context(), c); err != nil || minted.Load() != 2 {
			t.Errorf("%v with %d tokens", err, minted.Load())
		}
	})
}
