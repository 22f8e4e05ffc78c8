package auth

import (
	"context"
	"errors"
	"time"
)

// Logout removes the stored login and asks Zoom to take its tokens back.
// unrevoked is the reason where Zoom did not. The login is removed all the same.
func Logout(ctx context.Context, s Settings) (found bool, unrevoked, err error) {
	if !s.Store.Exists() {
		return false, nil, nil
	}
	v, f := readVariables(s.Getenv)
	if f != nil {
		return true, nil, f
	}
	e, err := newEndpoint(s.OAuthURL, s.HTTP)
	if err != nil {
		return true, nil, err
	}
	unlock, err := s.Store.lock(ctx)
	if err != nil {
		return true, nil, err
	}
	defer unlock()
	l, err := s.Store.load()
	if errors.Is(err, errNoLogin) {
		return false, nil, nil
	}
	if err != nil {
		unrevoked = err
	} else {
		unrevoked = e.end(ctx, l, v, s.now()())
	}
	return true, unrevoked, s.Store.remove()
}

// end revokes a login. Zoom documents it for an access token that lives, so one
// is made where there is none.
func (e *endpoint) end(ctx context.Context, l *login, v variables, now time.Time) error {
	t := &loginTokens{endpoint: e, clientID: v.clientID, clientSecret: v.clientSecret}
	if err := t.suits(l); err != nil {
		return err
	}
	secret := v.clientSecret
	if !l.Confidential {
		secret = ""
	}
	if !l.good(now) {
		if l.RefreshToken == "" {
			return nil // it has ended by itself
		}
		fresh, err := e.refresh(ctx, l, secret, now)
		if err != nil {
			return networkOr(err)
		}
		l = fresh
	}
	return e.revoke(ctx, l.ClientID, secret, l.AccessToken)
}
