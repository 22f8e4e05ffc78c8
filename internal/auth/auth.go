// Package auth provides Zoom's access tokens as an oauth2.TokenSource: a ready
// token, a Server-to-Server app, or a user's own login, which it also makes,
// keeps, renews and ends.
//
// Choosing touches neither the network nor the system's keyring; the first call
// for a token does. It must not know the API, methods, or command lines.
package auth

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// The environment variables with credentials. Each may come from a file
// instead: the variable with _FILE behind it holds the path.
const (
	varAccessToken  = "ZOOM_ACCESS_TOKEN"
	varAccountID    = "ZOOM_ACCOUNT_ID"
	varClientID     = "ZOOM_CLIENT_ID"
	varClientSecret = "ZOOM_CLIENT_SECRET"
)

// Settings are what credentials are chosen from.
type Settings struct {
	// Getenv returns environment variables.
	Getenv func(string) string
	// OAuthURL is the base of Zoom's OAuth endpoints, default zoom.DefaultOAuthURL.
	OAuthURL string
	// HTTP does the requests to it, default zoom.NewTransport.
	HTTP http.RoundTripper
	// Store keeps the user's login; nil means that there is none.
	Store *Store
	// Now is the clock, default time.Now.
	Now func() time.Time
}

func (s *Settings) now() func() time.Time {
	if s.Now != nil {
		return s.Now
	}
	return time.Now
}

// Kind is a sort of credential.
type Kind string

// The sorts of credentials, in the order of their precedence.
const (
	KindAccessToken    Kind = "access_token"
	KindServerToServer Kind = "server_to_server"
	KindLogin          Kind = "login" // if one is stored; Status tells
	KindNone           Kind = "none"  // what is set cannot be used
)

// Credential is the credential in use. It is an oauth2.TokenSource that does not
// keep what it gave: a second call means that the first token has ended or was refused.
type Credential struct {
	kind   Kind
	source oauth2.TokenSource
	status func() (Status, error)
	close  func()
}

// Kind returns the sort of credential.
func (c *Credential) Kind() Kind { return c.kind }

// Token returns an access token; errors are errors or errors of the token endpoint.
func (c *Credential) Token() (*oauth2.Token, error) { return c.source.Token() }

// Close waits for a refresh that is under way, because a refresh token that was
// used and not replaced is lost. No other refresh starts afterwards.
func (c *Credential) Close() {
	if c.close != nil {
		c.close()
	}
}

// Source chooses the credential: a ready token in ZOOM_ACCESS_TOKEN, else a
// Server-to-Server app, else the stored login. Where the variables name a
// credential in part, another one is not taken instead. A credential that
// cannot be used is no error here: its Token says why. The error is about
// OAuthURL only.
func Source(s Settings) (*Credential, error) {
	e, err := newEndpoint(s.OAuthURL, s.HTTP)
	if err != nil {
		return nil, err
	}
	v, f := readVariables(s.Getenv)
	if f != nil {
		return unusable(f), nil
	}
	switch missing := v.missing(); {
	case v.accessToken != "":
		r := &readyToken{getenv: s.Getenv, now: s.now(), token: v.accessToken}
		return &Credential{kind: KindAccessToken, source: r, status: r.status}, nil
	case len(missing) == 0:
		return &Credential{
			kind:   KindServerToServer,
			source: &accountTokens{conf: accountConfig(v, e), endpoint: e},
			status: func() (Status, error) {
				return Status{Kind: KindServerToServer, AccountID: shorten(v.accountID), ClientID: shorten(v.clientID)}, nil
			},
		}, nil
	case v.accountID != "" || v.clientID == "" && v.clientSecret != "":
		return unusable(missingFault(missing)), nil
	default:
		// Nothing is set, or the app that a user logs in with.
		l := &loginTokens{
			store: s.Store, endpoint: e, now: s.now(),
			clientID: v.clientID, clientSecret: v.clientSecret, none: noLogin(v),
		}
		return &Credential{kind: KindLogin, source: l, status: l.status, close: l.close}, nil
	}
}

func unusable(f *apierror.Error) *Credential {
	return &Credential{kind: KindNone, source: refusal{f}, status: func() (Status, error) { return Status{Kind: KindNone}, f }}
}

// Status describes a credential without its secrets.
type Status struct {
	Kind Kind `json:"kind"`
	// AccountID and ClientID are shortened.
	AccountID string `json:"account_id,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	// Store is where a login is kept: PlaceKeyring or PlaceFile; Path is the file.
	Store Place  `json:"store,omitempty"`
	Path  string `json:"path,omitempty"`
	// LoggedIn and Renewed are when a login was made and last renewed.
	LoggedIn time.Time `json:"logged_in,omitzero"`
	Renewed  time.Time `json:"renewed,omitzero"`
	// Expires is the end of the access token, if there is one and its end is known.
	Expires time.Time `json:"expires,omitzero"`
	// Scopes of the access token, where known without asking Zoom.
	Scopes []string `json:"scopes,omitempty"`
}

// Status describes the credential. It asks the store, not Zoom. The error
// says why there is no usable credential.
func (c *Credential) Status() (Status, error) { return c.status() }

// shorten makes an identifier recognizable without showing it.
func shorten(id string) string {
	const ends = 4
	if len(id) < 3*ends {
		return id[:min(2, len(id))] + "…"
	}
	return id[:ends] + "…" + id[len(id)-2:]
}

// scopeList splits the scopes of a token answer.
func scopeList(s string) []string { return strings.Fields(s) }

func joinScopes(list []string) string { return strings.Join(list, " ") }
