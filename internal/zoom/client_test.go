package zoom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/zoom"
)

// upstream is a small stand-in for Zoom that notes what it is asked.
type upstream struct {
	*httptest.Server
	tokens atomic.Int64

	mu       sync.Mutex
	requests []*http.Request
	answer   http.HandlerFunc
}

func newUpstream(t *testing.T, answer http.HandlerFunc) *upstream {
	u := &upstream{answer: answer}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		n := u.tokens.Add(1)
		id, secret, _ := r.BasicAuth()
		if id != "id" || secret != "s3cret_T" || r.PostFormValue("grant_type") != "account_credentials" || r.PostFormValue("account_id") != "acc" || r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"reason":"Bad Request","error":"invalid_request"}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"bearer","expires_in":3600,"scope":"a b","api_url":"https://api-eu.zoom.us"}`, n)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.requests = append(u.requests, r)
		u.mu.Unlock()
		u.answer(w, r)
	})
	u.Server = httptest.NewServer(mux)
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) last(t *testing.T) *http.Request {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.requests) == 0 {
		t.Fatal("nothing was sent")
	}
	return u.requests[len(u.requests)-1]
}

func (u *upstream) client(t *testing.T) *zoom.Client {
	t.Helper()
	c, err := zoom.New(zoom.Options{APIURL: u.URL + "/v2", Tokens: serverToServer(t, u.URL+"/oauth", "acc", "id", "s3cret_T"), UserAgent: "test/1", Plan: zoom.Unlimited(), Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serverToServer is the token source of an app.
func serverToServer(t *testing.T, oauthURL, account, id, secret string) oauth2.TokenSource {
	t.Helper()
	variables := map[string]string{"ZOOM_ACCOUNT_ID": account, "ZOOM_CLIENT_ID": id, "ZOOM_CLIENT_SECRET": secret}
	tokens, err := auth.Source(auth.Settings{Getenv: func(name string) string { return variables[name] }, OAuthURL: oauthURL})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func answerWith(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

func TestRequestsCarryWhatWasGivenAndNothingElse(t *testing.T) {
	size, yes := int64(50), true
	u := newUpstream(t, answerWith(`{}`))
	c := u.client(t)
	for _, tc := range []struct {
		what string
		call func(context.Context) error
		want string
	}{
		{"nothing", func(ctx context.Context) error {
			_, err := c.AccountCallHistory(ctx, zoom.AccountCallHistoryParams{})
			return err
		}, "/v2/phone/call_history"},
		{"lists as repeated keys", func(ctx context.Context) error {
			_, err := c.AccountCallHistory(ctx, zoom.AccountCallHistoryParams{PageSize: &size, Directions: []string{"inbound", "outbound"}, WithVoicemail: &yes})
			return err
		}, "/v2/phone/call_history?page_size=50&directions=inbound&directions=outbound&with_voicemail=true"},
		{"an address as id, encoded once", func(ctx context.Context) error {
			_, err := c.PhoneUser(ctx, zoom.PhoneUserParams{UserID: "ada.lovelace+phone@example.com"})
			return err
		}, "/v2/phone/users/ada.lovelace%2Bphone%40example.com"},
		{"an id with everything", func(ctx context.Context) error {
			_, err := c.PhoneUser(ctx, zoom.PhoneUserParams{UserID: "-a b/ü%2F?#"})
			return err
		}, "/v2/phone/users/-a%20b%2F%C3%BC%252F%3F%23"},
		{"a token with everything", func(ctx context.Context) error {
			_, err := c.ListCallQueues(ctx, zoom.ListCallQueuesParams{NextPageToken: "a+b/c=&d e"})
			return err
		}, "/v2/phone/call_queues?next_page_token=a%2Bb%2Fc%3D%26d+e"},
		{"two parameters of one name", func(ctx context.Context) error {
			_, err := c.ListUsersFromDirectoryBySite(ctx, zoom.ListUsersFromDirectoryBySiteParams{SiteID: "p", SiteIDQuery: "q"})
			return err
		}, "/v2/phone/sites/p/dial_by_name_directory/extensions?site_id=q"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if err := tc.call(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := u.last(t)
			if r.RequestURI != tc.want {
				t.Errorf("sent %s\nwant %s", r.RequestURI, tc.want)
			}
			if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer token-1" || r.Header.Get("User-Agent") != "test/1" {
				t.Errorf("%s with %v", r.Method, r.Header)
			}
		})
	}
}

func TestAnswerIsTheBytesThatZoomSent(t *testing.T) {
	body := `{ "total_records":1, "users":[{"id":"u1","extension_number":10018446744,"unknown":{"a":1e400}}], "extra":"\u2028" }`
	u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-zm-trackingid", "WEB_1")
		fmt.Fprint(w, body)
	})
	a, err := u.client(t).ListPhoneUsers(t.Context(), zoom.ListPhoneUsersParams{})
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Raw) != body || a.TrackingID != "WEB_1" {
		t.Errorf("got %s, %s", a.Raw, a.TrackingID)
	}
}

func TestHundredFirstCallsAskForOneToken(t *testing.T) {
	u := newUpstream(t, answerWith(`{}`))
	c := u.client(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := c.PhoneSetting(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := u.tokens.Load(); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

// tokenClock counts tokens that live an hour by the test's clock.
type tokenClock struct{ minted atomic.Int64 }

func (c *tokenClock) Token() (*oauth2.Token, error) {
	time.Sleep(time.Second) // a slow token endpoint, in the bubble's time
	return &oauth2.Token{AccessToken: fmt.Sprint(c.minted.Add(1)), Expiry: time.Now().Add(time.Hour)}, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTokenIsSharedAndReplacedBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := &tokenClock{}
		c, err := zoom.New(zoom.Options{Tokens: tokens, HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			after time.Duration
			want  int64
		}{{0, 1}, {time.Minute, 1}, {57 * time.Minute, 1}, {2 * time.Minute, 2}, {time.Hour, 3}} {
			time.Sleep(step.after)
			if _, err := c.PhoneSetting(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := tokens.minted.Load(); n != step.want {
				t.Errorf("after another %s: %d tokens, want %d", step.after, n, step.want)
			}
		}
	})
}

func TestCallThatGivesUpDoesNotDisturbTheTokenOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := &tokenClock{}
		c, err := zoom.New(zoom.Options{Tokens: tokens, HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.PhoneSetting(ctx)
			if e := apierror.From(err); e == nil || e.Kind != apierror.Timeout || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient call: %v", err)
			}
		})
		wg.Go(func() {
			if _, err := c.PhoneSetting(t.Context()); err != nil {
				t.Errorf("the patient call: %v", err)
			}
		})
		wg.Wait()
		if n := tokens.minted.Load(); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}

func TestBaseURLsThatWouldCarryTheTokenInClearAreRefused(t *testing.T) {
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})
	for address, ok := range map[string]bool{
		"https://api.zoom.us/v2": true, "https://api.zoomgov.com/v2/": true, "http://127.0.0.1:1/v2": true, "http://[::1]:1": true, "http://localhost:1": true,
		"http://api.zoom.us/v2": false, "http://127.0.0.1.example.com": false, "ftp://api.zoom.us": false, "api.zoom.us/v2": false,
		"https://user:secret@api.zoom.us": false, "https://api.zoom.us/v2?x=1": false, "": true,
	} {
		_, err := zoom.New(zoom.Options{APIURL: address, Tokens: tokens})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

func TestDownloadFollowsTheRedirectWithoutTheToken(t *testing.T) {
	var u *upstream
	u = newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/signed" {
			if a := r.Header.Get("Authorization"); a != "" {
				t.Errorf("the token went to the signed address: %s", a)
			}
			w.Header().Set("Content-Type", "audio/mpeg")
			fmt.Fprint(w, "ID3 music")
			return
		}
		http.Redirect(w, r, u.URL+"/signed?filename=..%2Fcall%0A.mp3", http.StatusFound)
	})
	f, err := u.client(t).PhoneDownloadRecordingFile(t.Context(), zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Body.Close()
	data, _ := io.ReadAll(f.Body)
	if string(data) != "ID3 music" || f.MediaType != "audio/mpeg" || f.Name != "call.mp3" || f.Size != 9 {
		t.Errorf("%q, %+v", data, f)
	}
}

func TestDownloadIsNotSentAroundInCircles(t *testing.T) {
	var hops atomic.Int64
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		hops.Add(1)
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	_, err := u.client(t).PhoneDownloadRecordingFile(t.Context(), zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
	if err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Error(err)
	}
	if n := hops.Load(); n > 7 {
		t.Errorf("%d hops", n)
	}
}
