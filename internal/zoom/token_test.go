package zoom_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

const endedToken = `{"code":124,"message":"Invalid access token."}`

// oneToken is an account where a new token ends the one before.
type oneToken struct {
	way    time.Duration // of a request, and as long of its answer
	minted atomic.Int64
	sent   atomic.Int64
}

// Token makes an access token.
func (o *oneToken) Token() (*oauth2.Token, error) {
	o.travel()
	t := &oauth2.Token{AccessToken: fmt.Sprint(o.minted.Add(1)), Expiry: time.Now().Add(time.Hour)}
	o.travel()
	return t, nil
}

func (o *oneToken) answer(r *http.Request) (*http.Response, error) {
	o.sent.Add(1)
	o.travel()
	good := r.Header.Get("Authorization") == fmt.Sprint("Bearer ", o.minted.Load())
	o.travel()
	if !good {
		return reply(r, 401, endedToken)
	}
	return reply(r, 200, "{}")
}

// travel takes from half the way to all of it.
func (o *oneToken) travel() { time.Sleep(o.way/2 + rand.N(o.way/2+1)) }

func TestProgramsWhoseTokensEndEachOthersAllGetTheirAnswers(t *testing.T) {
	for _, c := range []struct {
		programs, calls int
		way             time.Duration
	}{{2, 4, 2 * time.Millisecond}, {3, 8, 2 * time.Millisecond}, {3, 8, 100 * time.Millisecond}, {5, 8, 20 * time.Millisecond}} {
		t.Run(fmt.Sprintf("%d programs, %d calls at once, %s", c.programs, c.calls, c.way), func(t *testing.T) {
			for range 10 {
				synctest.Test(t, func(t *testing.T) {
					account := &oneToken{way: c.way}
					const rounds = 10
					var programs sync.WaitGroup
					for range c.programs {
						client := connect(t, zoom.Options{Tokens: account, Plan: zoom.Unlimited()}, account.answer)
						programs.Go(func() {
							for range rounds {
								var calls sync.WaitGroup
								for range c.calls {
									calls.Go(func() {
										start := time.Now()
										if err := callLight(t.Context(), client); err != nil {
											t.Error(err)
										}
										if took := time.Since(start); took > 10*time.Second {
											t.Errorf("a call took %s", took)
										}
									})
								}
								calls.Wait()
							}
						})
					}
					programs.Wait()
					if most := int64(c.programs * rounds * 5); account.minted.Load() > most {
						t.Errorf("%d tokens, want %d at most", account.minted.Load(), most)
					}
				})
			}
		})
	}
}

func TestTokenThatIsRefusedInTheBodyOfASuccessIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := &oneToken{}
		c := connect(t, zoom.Options{Tokens: account}, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer 1" {
				return reply(r, 200, endedToken)
			}
			return reply(r, 200, "{}")
		})
		if err := callLight(t.Context(), c); err != nil || account.minted.Load() != 2 {
			t.Errorf("%v with %d tokens", err, account.minted.Load())
		}
	})
}

// Something on the way can repeat the token that it was sent, in any kind of answer.
func TestNoErrorHasTheToken(t *testing.T) {
	const token = "eyJhbGciOiJIUzUxMiJ9.secret-of-the-account"
	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 503} {
		synctest.Test(t, func(t *testing.T) {
			source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
			c := connect(t, zoom.Options{Tokens: source, Attempts: 1}, func(r *http.Request) (*http.Response, error) {
				return reply(r, status, `{"code":300,"message":"Refused: Bearer `+token+`","errors":[{"field":"`+token+`","message":"not `+token+`"}]}`, "X-Zm-Trackingid: "+token)
			})
			err := callLight(t.Context(), c)
			e := apierror.From(err)
			if e == nil {
				t.Fatalf("status %d: got no error, want one", status)
			}
			if strings.Contains(fmt.Sprintf("%s %v %+v", e.Text(), err, *e), "secret-of") {
				t.Errorf("status %d: got %s, want it without the token", status, e.Text())
			}
		})
	}
}

func TestRefusedTokenThatHasLivedIsReplacedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := &oneToken{}
		c := connect(t, zoom.Options{Tokens: account, Plan: zoom.Unlimited()}, account.answer)
		for i := range int64(5) {
			if err := callLight(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
			account.minted.Add(1) // another program's
			start := time.Now()
			if err := callLight(t.Context(), c); err != nil || time.Since(start) > 0 {
				t.Errorf("%v after %s", err, time.Since(start))
			}
			if n := account.minted.Load(); n != 2*i+3 {
				t.Errorf("%d tokens", n)
			}
		}
	})
}

func TestPausesBetweenTokensGrowAndAreDrawn(t *testing.T) {
	for _, drawn := range []float64{0, 0.5, 1} {
		synctest.Test(t, func(t *testing.T) {
			var at []time.Duration
			start := time.Now()
			source := mints(func() (*oauth2.Token, error) {
				at = append(at, time.Since(start))
				return &oauth2.Token{AccessToken: fmt.Sprint(len(at))}, nil
			})
			c := connect(t, zoom.Options{Tokens: source, Plan: zoom.Unlimited(), Random: func() float64 { return drawn }}, func(r *http.Request) (*http.Response, error) {
				return reply(r, 401, endedToken)
			})
			wantFault(t, callLight(t.Context(), c), apierror.Auth, "app of its own")
			var want []time.Duration
			sum := time.Duration(0)
			for _, bound := range []time.Duration{0, 0, 250, 500, 1000, 1000} {
				sum += time.Duration(float64(bound*time.Millisecond) / 2 * (1 + drawn))
				want = append(want, sum)
			}
			if !slices.Equal(at, want) {
				t.Fatalf("tokens at %v, want %v", at, want)
			}
		})
	}
}

// A credential whose tokens Zoom never takes is told soon, and brings no storm.
func TestTokensThatAreNeverTakenAreNotAskedForAgainAndAgain(t *testing.T) {
	for _, body := range []string{endedToken, `{"code":124,"message":"Access token is expired."}`, ""} {
		synctest.Test(t, func(t *testing.T) {
			account := &oneToken{}
			wrong := true
			c := connect(t, zoom.Options{Tokens: account, Plan: zoom.Unlimited()}, func(r *http.Request) (*http.Response, error) {
				if wrong {
					return reply(r, 401, body)
				}
				return account.answer(r)
			})
			start := time.Now()
			var calls sync.WaitGroup
			for range 50 {
				calls.Go(func() { wantFault(t, callLight(t.Context(), c), apierror.Auth, "app of its own") })
			}
			calls.Wait()
			if n := account.minted.Load(); n != 6 || time.Since(start) > 3*time.Second {
				t.Errorf("%d tokens in %s", n, time.Since(start))
			}
			for i := range int64(20) { // then one call a second looks
				time.Sleep(500 * time.Millisecond)
				start := time.Now()
				e := wantFault(t, callLight(t.Context(), c), apierror.Auth, "app of its own")
				if time.Since(start) > 0 || e.Attempts > 2 || account.minted.Load() != 6+(i+1)/2 {
					t.Errorf("call %d: %d tokens in %s, %+v", i, account.minted.Load(), time.Since(start), e)
				}
			}
			wrong = false
			time.Sleep(time.Second)
			if err := callLight(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCredentialThatZoomRefusesIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		good := true
		source := mints(func() (*oauth2.Token, error) {
			asked.Add(1)
			if !good {
				return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`)}
			}
			return &oauth2.Token{AccessToken: "a"}, nil
		})
		c := connect(t, zoom.Options{Tokens: source}, func(r *http.Request) (*http.Response, error) { return reply(r, 401, endedToken) })
		good = false
		start := time.Now()
		wantFault(t, callLight(t.Context(), c), apierror.Auth, "ZOOM_CLIENT_SECRET")
		if asked.Load() != 1 || time.Since(start) > 0 {
			t.Errorf("asked %d times in %s", asked.Load(), time.Since(start))
		}
	})
}

func TestDeadlineInAPauseBetweenTokensTellsWhyThereWasOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := &oneToken{}
		c := connect(t, zoom.Options{Tokens: account}, func(r *http.Request) (*http.Response, error) { return reply(r, 401, endedToken) })
		start := time.Now()
		e := wantFault(t, callLight(within(t, 300*time.Millisecond), c), apierror.Auth, "does not accept the access token")
		if took := time.Since(start); took > 300*time.Millisecond || e.HTTPStatus != 401 {
			t.Errorf("%+v after %s", e, took)
		}
		time.Sleep(time.Minute)
	})
}

// A call can wait longer for its turn than its token lives.
func TestTokenThatEndedWhileACallWaitedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var minted atomic.Int64
		source := mints(func() (*oauth2.Token, error) {
			return &oauth2.Token{AccessToken: fmt.Sprint(minted.Add(1)), Expiry: time.Now().Add(5 * time.Minute)}, nil
		})
		var used []string
		plan := zoom.Pro()
		plan.Light = zoom.Rate{Calls: 1, Per: 10 * time.Minute}
		c := connect(t, zoom.Options{Tokens: source, Plan: plan}, func(r *http.Request) (*http.Response, error) {
			used = append(used, r.Header.Get("Authorization"))
			return reply(r, 200, "{}")
		})
		for range 2 {
			if err := callLight(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"Bearer 1", "Bearer 2"}; !slices.Equal(used, want) {
			t.Errorf("got calls with %q, want %q", used, want)
		}
	})
}

// What a call was counted for and never sent does not count.
func TestCallThatGetsNoTokenAfterItsWaitIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bad atomic.Bool
		source := mints(func() (*oauth2.Token, error) {
			if bad.Load() {
				return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_client"}`)}
			}
			return &oauth2.Token{AccessToken: "a", Expiry: time.Now().Add(5 * time.Minute)}, nil
		})
		plan := zoom.Pro()
		plan.Heavy = zoom.Rate{Calls: 1, Per: 10 * time.Minute}
		c := connect(t, zoom.Options{Tokens: source, Plan: plan}, func(r *http.Request) (*http.Response, error) { return reply(r, 200, "{}") })
		if err := callHeavy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { bad.Store(true) })
		wantFault(t, callHeavy(t.Context(), c), apierror.Auth, "ZOOM_CLIENT_SECRET")
		if got, want := *c.Budget()[2].DailyRemaining, plan.Daily-1; got != want {
			t.Errorf("got %d calls left, want %d", got, want)
		}
	})
}

// One call of two that were refused can have brought a good token already when the
// other learns of its refusal.
func TestTokenThatAnotherCallBroughtIsTriedAfterManyRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := &oneToken{}
		wrong, late := true, atomic.Int64{}
		c := connect(t, zoom.Options{Tokens: account, Plan: zoom.Unlimited()}, func(r *http.Request) (*http.Response, error) {
			if wrong {
				return reply(r, 401, endedToken)
			}
			resp, err := account.answer(r)
			if resp.StatusCode == 401 {
				time.Sleep(time.Duration(late.Add(1)-1) * 100 * time.Millisecond)
			} else {
				time.Sleep(time.Second) // nobody knows yet that the new token is good
			}
			return resp, err
		})
		wantFault(t, callLight(t.Context(), c), apierror.Auth, "app of its own")
		time.Sleep(10 * time.Second)
		account.minted.Add(1) // the last token ends
		wrong = false
		var calls sync.WaitGroup
		for i := range 3 {
			calls.Go(func() {
				if err := callLight(t.Context(), c); err != nil {
					t.Errorf("call %d: got %v, want an answer with the new token", i, err)
				}
			})
		}
		calls.Wait()
	})
}

// Tokens that have ended do not use up the attempts of a call.
func TestNewTokensAreNoAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := connect(t, zoom.Options{Tokens: &oneToken{}, Attempts: 2}, func(r *http.Request) (*http.Response, error) {
			switch sent++; sent {
			case 1:
				return reply(r, 401, endedToken)
			case 2:
				return reply(r, 503, trouble)
			}
			return reply(r, 200, "{}")
		})
		if err := callLight(t.Context(), c); err != nil || sent != 3 {
			t.Errorf("got %v after %d requests, want an answer after 3", err, sent)
		}
	})
}
