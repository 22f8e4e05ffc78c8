package zoom

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"zoom-phone-mcp/internal/apierror"
)

// earlyRefresh is how long before its end a token is replaced, so that a call
// that starts now does not meet the end on its way.
const earlyRefresh = 60 * time.Second

// tokenKeeper shares one token among all calls. However many calls wait, one
// request for a token is under way at a time, and a call that gives up waiting
// leaves without disturbing it.
//
// On some accounts a new token ends the one before, so that two programs with
// one app end each other's. Then every refusal must not bring a new token at
// once, or no token would live long enough to be used: the pauses before them
// grow, and are drawn, so that each program gets some time to itself.
type tokenKeeper struct {
	source oauth2.TokenSource
	now    func() time.Time
	random func() float64 // from 0 to 1
	flight singleflight.Group

	mu      sync.Mutex
	token   *oauth2.Token
	minted  time.Time
	early   int // how many tokens in a row were refused while they were young
	untaken int // how many tokens in a row were refused and served no call at all
}

func newTokenKeeper(source oauth2.TokenSource, now func() time.Time, random func() float64) *tokenKeeper {
	return &tokenKeeper{source: source, now: now, random: random}
}

// Bounds of replacing tokens that Zoom refuses.
const (
	// mostRenewals is how many new tokens one call asks for.
	mostRenewals = 5
	// youth is the age below which a refused token was ended by somebody else, if
	// it was ever good.
	youth = 10 * time.Second
	// firstPause and lastPause bound the pauses, which double.
	firstPause = 250 * time.Millisecond
	lastPause  = time.Second
)

// get returns a token: one that is good for the next minute at least, unless Zoom
// has trouble giving another.
func (k *tokenKeeper) get(ctx context.Context) (*oauth2.Token, error) {
	if t := k.current(); t != nil {
		return t, nil
	}
	wait := k.flight.DoChan("token", func() (any, error) {
		// A flight that ended between the look above and this one has left a token.
		if t := k.current(); t != nil {
			return t, nil
		}
		time.Sleep(k.pause())
		t, e := k.mint()
		if e != nil {
			if t := k.stale(); t != nil && passingToken(e) {
				return t, nil // the old one has not quite ended
			}
			return nil, e
		}
		k.mu.Lock()
		k.token, k.minted = t, k.now()
		k.mu.Unlock()
		return t, nil
	})
	select {
	case r := <-wait:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*oauth2.Token), nil
	case <-ctx.Done():
		return nil, contextError(ctx)
	}
}

// Bounds of the attempts to get one token.
const (
	mintAttempts = 3
	mintTime     = 30 * time.Second
)

// mint asks for a token, and again after what may pass: no connection, or a
// failure of Zoom's own. A refusal is final.
func (k *tokenKeeper) mint() (*oauth2.Token, *apierror.Error) {
	delays, start := newDelays(0), time.Now()
	for attempt := 1; ; attempt++ {
		t, err := k.source.Token()
		if err == nil {
			return t, nil
		}
		e := TokenError(err, k.now())
		delay := delays.NextBackOff()
		if !passingToken(e) || attempt == mintAttempts || time.Since(start)+delay > mintTime {
			return nil, e
		}
		time.Sleep(delay)
	}
}

// passingToken reports whether a failure to get a token may be gone the next time.
func passingToken(e *apierror.Error) bool {
	return e.HTTPStatus >= 500 || e.Kind == apierror.Network && e.Err != nil && passing(e.Err)
}

// current is the kept token while it is good.
func (k *tokenKeeper) current() *oauth2.Token { return k.goodFor(earlyRefresh) }

// stale is the kept token while it has not ended.
func (k *tokenKeeper) stale() *oauth2.Token { return k.goodFor(time.Second) }

func (k *tokenKeeper) goodFor(d time.Duration) *oauth2.Token {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token == nil || k.token.AccessToken == "" {
		return nil
	}
	if !k.token.Expiry.IsZero() && k.token.Expiry.Add(-d).Before(k.now()) {
		return nil
	}
	return k.token
}

// mayRenew reports whether a call that had some new tokens already may ask for one
// more in the place of a refused one. Where not a single one of several was
// taken, it is not another program that ends them: then a call looks once, and
// not all calls of a second do.
func (k *tokenKeeper) mayRenew(t *oauth2.Token, had int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.untaken < mostRenewals || k.token != t {
		return had < mostRenewals
	}
	return had == 0 && k.now().Sub(k.minted) >= lastPause
}

// renew returns another token in the place of one that Zoom refused.
func (k *tokenKeeper) renew(ctx context.Context, t *oauth2.Token) (*oauth2.Token, error) {
	k.reject(t)
	return k.get(ctx)
}

// reject drops a token that Zoom refused, unless another has taken its place.
func (k *tokenKeeper) reject(t *oauth2.Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token != t {
		return
	}
	k.token = nil
	k.untaken++
	if k.now().Sub(k.minted) < youth {
		k.early++
	} else {
		k.early = 0
	}
}

// pause is the time before the next token is asked for. The first one that is
// refused is replaced at once.
func (k *tokenKeeper) pause() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.early < 2 || k.untaken > mostRenewals {
		return 0
	}
	bound := lastPause
	if doublings := k.early - 2; doublings < 10 {
		bound = min(firstPause<<doublings, lastPause)
	}
	return bound/2 + time.Duration(k.random()*float64(bound/2))
}

// taken notes that Zoom took a token.
func (k *tokenKeeper) taken() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.untaken = 0
}

// refused is how many tokens in a row served no call, the last one included.
func (k *tokenKeeper) refused() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.untaken + 1
}

// Granted returns the scopes that came with a token, none where the answer did not
// name them.
func Granted(t *oauth2.Token) []string {
	scopes, _ := t.Extra("scope").(string)
	return strings.FieldsFunc(scopes, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// retire drops a token that lacks a scope, so that the next one has the scopes
// that the app was given meanwhile. A young token stays: another would not differ.
func (k *tokenKeeper) retire(t *oauth2.Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token == t && k.now().Sub(k.minted) >= time.Minute {
		k.token = nil
	}
}
