package auth

import (
	"context"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Credentials of a Server-to-Server OAuth app.
type Credentials struct {
	AccountID, ClientID, ClientSecret string
}

// ServerToServer returns a token source for a Server-to-Server app: a form body
// and HTTP Basic to oauthURL + "/token", as Zoom's documentation has it. Every
// Token call mints a new token; zoom.Client keeps and shares it.
func ServerToServer(c Credentials, oauthURL string, rt http.RoundTripper) (oauth2.TokenSource, error) {
	e, err := newEndpoint(oauthURL, rt)
	if err != nil {
		return nil, err
	}
	return &accountTokens{conf: accountConfig(c, e), endpoint: e}, nil
}

func accountConfig(c Credentials, e *endpoint) clientcredentials.Config {
	return clientcredentials.Config{
		ClientID:     c.ClientID,
		ClientSecret: c.ClientSecret,
		TokenURL:     e.base + "/token",
		AuthStyle:    oauth2.AuthStyleInHeader,
		EndpointParams: url.Values{
			"grant_type": {"account_credentials"},
			"account_id": {c.AccountID},
		},
	}
}

type accountTokens struct {
	conf     clientcredentials.Config
	endpoint *endpoint
}

// Token mints a token.
func (a *accountTokens) Token() (*oauth2.Token, error) {
	return a.conf.Token(a.endpoint.context(context.Background()))
}
