package auth

import (
	"context"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// accountConfig is a form body and HTTP Basic to the token endpoint, as Zoom's documentation has it.
func accountConfig(v variables, e *endpoint) clientcredentials.Config {
	return clientcredentials.Config{
		ClientID:     v.clientID,
		ClientSecret: v.clientSecret,
		TokenURL:     e.base + "/token",
		AuthStyle:    oauth2.AuthStyleInHeader,
		EndpointParams: url.Values{
			"grant_type": {"account_credentials"},
			"account_id": {v.accountID},
		},
	}
}

// accountTokens mints a token for every call of Token; zoom.Client keeps and shares it.
type accountTokens struct {
	conf     clientcredentials.Config
	endpoint *endpoint
}

// Token mints a token.
func (a *accountTokens) Token() (*oauth2.Token, error) {
	return a.conf.Token(a.endpoint.context(context.Background()))
}
