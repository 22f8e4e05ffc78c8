package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// goodFor is how long an access token must still live to be handed out. It is
// longer than the minute for which zoom.Client wants a token to be good.
const goodFor = 90 * time.Second

// loginTokens returns the access tokens of the stored login and renews them.
//
// Zoom replaces the refresh token at every use, so a renewal is a step that must
// not be done twice and not be left half done: it happens under the store's
// lock, after another look at what is stored, and the answer is stored before it
// is used.
type loginTokens struct {
	store        *Store
	endpoint     *endpoint
	now          func() time.Time
	clientID     string // the only app whose login is wanted, or empty
	clientSecret string
	none         *apierror.Error // the answer where nobody has logged in

	mu       sync.Mutex
	given    string // the access token handed out last
	dead     string // a refresh token that Zoom no longer knows
	deadWhy  error
	unstored *login // a renewed login that could not be stored
	replaced string // the refresh token that made it

	renewing sync.Mutex // held from the request to the end of storing
	closed   bool
}

// Token returns the stored access token while it is good, else a new one. Being
// asked for a second time means that the one handed out was refused.
func (s *loginTokens) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.store.Exists() {
		return nil, s.none
	}
	unlock, err := s.store.lock(context.Background())
	if err != nil {
		return nil, err
	}
	defer unlock()
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	if !l.good(s.now()) || l.AccessToken == s.given {
		if l, err = s.renew(l); err != nil {
			return nil, err
		}
	}
	s.given = l.AccessToken
	return l.token(), nil
}

// load returns the login, with what could not be stored the last time, and checks
// that it is one that these settings mean.
func (s *loginTokens) load() (*login, error) {
	l, err := s.store.load()
	if errors.Is(err, errNoLogin) {
		return nil, s.none
	}
	if err != nil {
		return nil, err
	}
	if s.unstored != nil {
		if l.RefreshToken == s.replaced {
			if err := s.store.save(s.unstored); err != nil {
				return nil, err
			}
			l = s.unstored
		}
		s.unstored = nil // stored, or overtaken by a new login
	}
	return l, s.suits(l)
}

// suits reports whether the settings are about this login. Its tokens go to
// nobody but the host and the app that they came from.
func (s *loginTokens) suits(l *login) error {
	e := &apierror.Error{Kind: apierror.Auth, Hint: logInAgain}
	switch {
	case l.OAuthURL != s.endpoint.base:
		e.Message = fmt.Sprintf("the stored login is one at %s, and ZOOM_OAUTH_URL is %s", apierror.Plain(l.OAuthURL, maxSaid), s.endpoint.base)
	case s.clientID != "" && l.ClientID != s.clientID:
		e.Message = fmt.Sprintf("the stored login is one of the app %s, and %s is %s", shorten(l.ClientID), varClientID, shorten(s.clientID))
		e.Hint = "Log in with this app (zoom-phone-mcp auth login), unset the variable, or set the other variables of a Server-to-Server app: " + varAccountID + " and " + varClientSecret + "."
	case l.Confidential && s.clientSecret == "":
		e.Message = "the stored login was made by an app with a secret, and " + varClientSecret + " is not set"
		e.Hint = "Set " + varClientID + " and " + varClientSecret + " as they were for auth login."
		e.Missing = []string{varClientSecret}
	default:
		return nil
	}
	return e
}

// renew trades the refresh token for new tokens and stores them.
func (s *loginTokens) renew(l *login) (*login, error) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	switch {
	case s.closed:
		return nil, &apierror.Error{Kind: apierror.Canceled, Message: "the program is ending"}
	case l.RefreshToken == "":
		return nil, storeFault("the login has ended, and Zoom gave nothing to renew it with", logInAgain, nil)
	case l.RefreshToken == s.dead:
		return nil, s.deadWhy // asking again would only count as one more error
	}
	// A store that has become read-only must be found before the refresh token is spent.
	if err := s.store.save(l); err != nil {
		return nil, err
	}
	fresh, err := s.endpoint.refresh(context.Background(), l, s.clientSecret, s.now())
	if err != nil {
		if invalidGrant(err) {
			s.dead, s.deadWhy = l.RefreshToken, err
		}
		return nil, err
	}
	if err := s.store.save(fresh); err != nil {
		s.unstored, s.replaced = fresh, l.RefreshToken
		e := apierror.From(err)
		return nil, &apierror.Error{
			Kind: apierror.Auth, Err: err, Message: "the renewed login cannot be stored, so it is not used: " + e.Message,
			Hint: e.Hint + " This process keeps it and tries again at the next call; without it you have to log in again.",
		}
	}
	return fresh, nil
}

// close waits for a renewal and lets no other begin.
func (s *loginTokens) close() {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	s.closed = true
}

func (s *loginTokens) status() (Status, error) {
	if !s.store.Exists() {
		return Status{Kind: KindNone}, s.none
	}
	unlock, err := s.store.lock(context.Background())
	if err != nil {
		return Status{Kind: KindNone}, err
	}
	defer unlock()
	l, err := s.store.load()
	if errors.Is(err, errNoLogin) {
		err = s.none
	}
	if err == nil {
		err = s.suits(l)
	}
	if err != nil {
		return Status{Kind: KindNone}, err
	}
	return l.status(s.store), nil
}

func (l *login) status(s *Store) Status {
	st := Status{
		Kind: KindLogin, ClientID: shorten(l.ClientID), Store: l.Place,
		LoggedIn: l.LoggedIn, Renewed: l.Renewed, Expires: l.Expires, Scopes: l.Scopes,
	}
	if l.Place == PlaceFile {
		st.Path = s.path()
	}
	return st
}

// good reports whether the access token can be handed out.
func (l *login) good(now time.Time) bool {
	return l.AccessToken != "" && l.Expires.Add(-goodFor).After(now)
}

// token is the access token, with what the token endpoint said besides.
func (l *login) token() *oauth2.Token {
	t := &oauth2.Token{AccessToken: l.AccessToken, TokenType: "Bearer", Expiry: l.Expires}
	return t.WithExtra(map[string]any{"api_url": l.APIURL, "scope": joinScopes(l.Scopes)})
}

// refresh asks Zoom for new tokens.
func (e *endpoint) refresh(ctx context.Context, l *login, clientSecret string, now time.Time) (*login, error) {
	if !l.Confidential {
		clientSecret = ""
	}
	conf := e.config(l.ClientID, clientSecret, "")
	t, err := conf.TokenSource(e.context(ctx), &oauth2.Token{RefreshToken: l.RefreshToken}).Token()
	if err != nil {
		return nil, loginFault(err, "the login has ended: Zoom no longer knows its refresh token", logInAgain)
	}
	return l.with(t, now), nil
}

// with is the login with the tokens of an answer.
func (l *login) with(t *oauth2.Token, now time.Time) *login {
	n := *l
	n.Version, n.Renewed = loginVersion, now.UTC().Truncate(time.Second)
	n.AccessToken, n.RefreshToken = t.AccessToken, t.RefreshToken
	life := time.Duration(t.ExpiresIn) * time.Second
	if life <= 0 {
		life = time.Hour // Zoom's usual, where it does not say
	}
	n.Expires = now.Add(life).UTC().Truncate(time.Second)
	scope, _ := t.Extra("scope").(string)
	n.Scopes = scopeList(scope)
	n.APIURL, _ = t.Extra("api_url").(string)
	return &n
}
