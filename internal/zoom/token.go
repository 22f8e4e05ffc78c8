package zoom

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"

	"zoom-phone-mcp/internal/fault"
)

// earlyRefresh is how long before its end a token is replaced, so that a call
// that starts now does not meet the end on its way.
const earlyRefresh = 60 * time.Second

// mintTimeout bounds one request to the token endpoint.
const mintTimeout = 30 * time.Second

// Credentials of a Server-to-Server OAuth app.
type Credentials struct {
	AccountID, ClientID, ClientSecret string
}

// ServerToServer gives a token source for a Server-to-Server app: a form body
// and HTTP Basic to oauthURL + "/token", as Zoom's documentation has it. Every
// Token call mints a new token; the Client keeps and shares it.
func ServerToServer(c Credentials, oauthURL string, rt http.RoundTripper) (oauth2.TokenSource, error) {
	if oauthURL == "" {
		oauthURL = DefaultOAuthURL
	}
	base, err := ParseBaseURL(oauthURL)
	if err != nil {
		return nil, err
	}
	if rt == nil {
		rt = NewTransport()
	}
	return &accountTokens{
		conf: clientcredentials.Config{
			ClientID:     c.ClientID,
			ClientSecret: c.ClientSecret,
			TokenURL:     base.String() + "/token",
			AuthStyle:    oauth2.AuthStyleInHeader,
			EndpointParams: url.Values{
				"grant_type": {"account_credentials"},
				"account_id": {c.AccountID},
			},
		},
		http: &http.Client{Transport: rt, Timeout: mintTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the credentials go to one address only
		}},
	}, nil
}

type accountTokens struct {
	conf clientcredentials.Config
	http *http.Client
}

// Token mints a token.
func (a *accountTokens) Token() (*oauth2.Token, error) {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, a.http)
	return a.conf.Token(ctx)
}

// MissingCredentials is a token source for a server that was started without
// credentials: it tells which variables are missing and where to get their values.
func MissingCredentials(variables ...string) oauth2.TokenSource { return missing(variables) }

type missing []string

func (m missing) Token() (*oauth2.Token, error) {
	e := fault.New(fault.Auth, "no Zoom credentials: %s not set", strings.Join(m, ", "))
	e.Missing = m
	e.Hint = "Create a Server-to-Server OAuth app at https://marketplace.zoom.us (Develop, Build App), add the phone scopes, activate it, " +
		"and set the variables to the values on its App Credentials page. To try the program without an account, start it with --demo."
	return nil, e
}

// tokenKeeper shares one token among all calls. However many calls wait, one
// request for a token is under way at a time, and a call that gives up waiting
// leaves without disturbing it.
type tokenKeeper struct {
	source oauth2.TokenSource
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	token *oauth2.Token
}

func newTokenKeeper(source oauth2.TokenSource, now func() time.Time) *tokenKeeper {
	return &tokenKeeper{source: source, now: now}
}

// get gives a token that is good for the next minute at least.
func (k *tokenKeeper) get(ctx context.Context) (*oauth2.Token, error) {
	if t := k.current(); t != nil {
		return t, nil
	}
	wait := k.flight.DoChan("token", func() (any, error) {
		// A flight that ended between the look above and this one has left a token.
		if t := k.current(); t != nil {
			return t, nil
		}
		t, err := k.source.Token()
		if err != nil {
			return nil, tokenError(err)
		}
		k.mu.Lock()
		k.token = t
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

// current is the kept token while it is good.
func (k *tokenKeeper) current() *oauth2.Token {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token == nil || k.token.AccessToken == "" {
		return nil
	}
	if !k.token.Expiry.IsZero() && k.token.Expiry.Add(-earlyRefresh).Before(k.now()) {
		return nil
	}
	return k.token
}

// reject drops a token that Zoom refused, unless another has taken its place.
func (k *tokenKeeper) reject(t *oauth2.Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token == t {
		k.token = nil
	}
}
