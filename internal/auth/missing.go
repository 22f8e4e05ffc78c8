package auth

import (
	"strings"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// missingFault names the variables that are missing and where to get their values.
func missingFault(variables []string) *apierror.Error {
	e := apierror.New(apierror.Auth, "no Zoom credentials: %s not set", strings.Join(variables, ", "))
	e.Missing = variables
	e.Hint = "Create a Server-to-Server OAuth app at https://marketplace.zoom.us (Develop, Build App), add the phone scopes, activate it, " +
		"and set the variables to the values on its App Credentials page. Or log in as a user, with ZOOM_CLIENT_ID of a General app: zoom-phone-mcp auth login. " +
		"To try the program without an account, start it with --demo."
	return e
}

// noLogin says what is missing where nobody has logged in. The app that is set, if
// any, is one to log in with, or a Server-to-Server app that is named in part.
func noLogin(v variables) *apierror.Error {
	missing := v.missing()
	if v.clientID == "" {
		return missingFault(missing)
	}
	e := apierror.New(apierror.Auth, "nobody has logged in with the app of %s", varClientID)
	e.Hint = "Log in: zoom-phone-mcp auth login. If it is a Server-to-Server app, which needs no login, set " + strings.Join(missing, " and ") + " too."
	return e
}

// refusal is a token source that has only a reason why it has no token.
type refusal struct{ reason *apierror.Error }

func (r refusal) Token() (*oauth2.Token, error) { return nil, r.reason }
