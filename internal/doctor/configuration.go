package doctor

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/zoom"
)

// ConfigurationFacts say which credential and which addresses are in use.
type ConfigurationFacts struct {
	Credential auth.Status `json:"credential"`
	// Variables are those set among the variables with credentials.
	Variables []string `json:"variables,omitempty"`
	APIURL    string   `json:"api_url,omitempty"`
	OAuthURL  string   `json:"oauth_url,omitempty"`
	Simulated bool     `json:"simulated,omitempty"`
}

// configuration checks what can be checked without the network.
func (x *examination) configuration(_ context.Context, c *Check) {
	facts := ConfigurationFacts{Variables: auth.SetVariables(x.o.Auth.Getenv), Simulated: x.o.Simulated}
	x.addresses(c, &facts)
	x.choose(c, &facts)
	c.Facts = facts
}

// addresses checks the base URLs.
func (x *examination) addresses(c *Check, facts *ConfigurationFacts) {
	parse := func(variable, text, path string) *url.URL {
		u, err := zoom.ParseBaseURL(text)
		if err != nil {
			c.fail(&apierror.Error{Message: variable + ": " + strings.TrimPrefix(err.Error(), "zoom: "), Hint: "Leave " + variable + " out, unless you were given another address."})
			return nil
		}
		if u.Path != path {
			c.warn(fmt.Sprintf("%s has the path %q, where Zoom's is %s", variable, u.Path, path), "Check "+variable+".")
		}
		return u
	}
	x.apiBase = parse("ZOOM_API_URL", x.o.APIURL, "/v2")
	x.oauthBase = parse("ZOOM_OAUTH_URL", x.o.Auth.OAuthURL, "/oauth")
	if x.apiBase != nil {
		x.bases = append(x.bases, base{x.apiBase, "API"})
		facts.APIURL = x.apiBase.String()
	}
	if x.oauthBase != nil {
		facts.OAuthURL = x.oauthBase.String()
		if x.apiBase != nil && x.apiBase.Host == x.oauthBase.Host && x.apiBase.Scheme == x.oauthBase.Scheme {
			x.bases[0].use = "API and OAuth"
		} else {
			x.bases = append(x.bases, base{x.oauthBase, "OAuth"})
		}
	}
	if x.apiBase == nil || x.oauthBase == nil {
		return
	}
	switch a, b := cloud(x.apiBase), cloud(x.oauthBase); {
	case a == b:
	case a != "" && b != "":
		c.fail(&apierror.Error{Message: x.places() + ", which are different clouds", Hint: sameCloud})
	default:
		c.warn(x.places()+", of which one is not Zoom's", sameCloud)
	}
}

const sameCloud = "ZOOM_API_URL and ZOOM_OAUTH_URL have to name the same cloud."

func (x *examination) places() string {
	return fmt.Sprintf("the API is at %s and tokens come from %s", x.apiBase.Host, x.oauthBase.Host)
}

// cloud returns the Zoom cloud to which an address belongs, empty for none.
func cloud(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	for _, name := range []string{"zoom.us", "zoomgov.com"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return name
		}
	}
	return ""
}

// choose finds the credential that calls would use.
func (x *examination) choose(c *Check, facts *ConfigurationFacts) {
	credential, err := auth.Source(x.o.Auth)
	if err != nil {
		facts.Credential.Kind = auth.KindNone
		return // the OAuth address, which has been named
	}
	st, err := credential.Status()
	facts.Credential = st
	if err != nil {
		c.fail(apierror.From(err))
		return
	}
	x.credential = credential
	c.found(x.describe(st, facts.Variables))
	if st.Kind == auth.KindAccessToken && len(facts.Variables) > 1 {
		c.warn(fmt.Sprintf("%s comes first: what the other variables name is not used", facts.Variables[0]), "Unset "+facts.Variables[0]+", unless it is the one to use.")
	}
}

func (x *examination) describe(st auth.Status, variables []string) string {
	var what string
	switch st.Kind {
	case auth.KindAccessToken:
		return "a ready access token, from " + variables[0]
	case auth.KindServerToServer:
		what = "a Server-to-Server OAuth app, from " + strings.Join(variables, ", ")
		if x.o.Simulated {
			what = "the Server-to-Server OAuth app of the simulated account"
		}
	case auth.KindLogin:
		what = "a user's login with the app " + st.ClientID
		if st.Store == auth.PlaceKeyring {
			what += ", kept in the system keyring"
		} else {
			what += ", kept in " + st.Path
		}
	}
	return what
}
