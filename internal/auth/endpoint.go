package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// mintTimeout bounds one request to an OAuth endpoint.
const mintTimeout = 30 * time.Second

// maxOAuthAnswer bounds what is read of an answer, in bytes.
const maxOAuthAnswer = 1 << 20

// codeLife is how long Zoom takes a code.
const codeLife = 5 * time.Minute

// endpoint is Zoom's OAuth service: its base address and the way to it.
type endpoint struct {
	base string
	http *http.Client
}

// newEndpoint does not touch the network.
func newEndpoint(oauthURL string, rt http.RoundTripper) (*endpoint, error) {
	if oauthURL == "" {
		oauthURL = zoom.DefaultOAuthURL
	}
	base, err := zoom.ParseBaseURL(oauthURL)
	if err != nil {
		return nil, err
	}
	if rt == nil {
		rt = zoom.NewTransport()
	}
	return &endpoint{
		base: base.String(),
		http: &http.Client{Transport: whole{rt}, Timeout: mintTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the credentials go to one address only
		}},
	}, nil
}

// whole reads answers to their end before it hands them on, so that one which
// breaks off is an error of the network, and not of what it says: the oauth2
// package does not tell them apart.
type whole struct{ to http.RoundTripper }

func (w whole) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.to.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxOAuthAnswer))
	_ = resp.Body.Close() // there is nothing more to read
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		// An error is shown. What answers may repeat what it was sent.
		redact := redaction(r)
		text = []byte(redact.Replace(string(text)))
		for _, values := range resp.Header {
			for i := range values {
				values[i] = redact.Replace(values[i])
			}
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// shortest is the length from which a value is taken out of an answer, in bytes.
const shortest = 4

// redaction replaces the secrets of a request, in the forms in which they were sent.
func redaction(r *http.Request) *strings.Replacer {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secrets := []string{credential}
	if _, secret, ok := r.BasicAuth(); ok {
		secrets = append(secrets, secret)
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			text, _ := io.ReadAll(io.LimitReader(body, maxOAuthAnswer)) // it is in memory
			form, _ := url.ParseQuery(string(text))
			for _, name := range []string{"client_secret", "refresh_token", "code", "code_verifier", "token"} {
				secrets = append(secrets, form[name]...)
			}
		}
	}
	var pairs []string
	for _, s := range secrets {
		plain, err := url.QueryUnescape(s)
		if err != nil {
			plain = s
		}
		forms := []string{s, plain, url.QueryEscape(plain), url.PathEscape(plain), html.EscapeString(plain), base64.StdEncoding.EncodeToString([]byte(plain))}
		if quoted, err := json.Marshal(plain); err == nil {
			forms = append(forms, strings.Trim(string(quoted), `"`))
		}
		for _, form := range forms {
			if len(form) >= shortest {
				pairs = append(pairs, form, "…")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// context makes the oauth2 package use the endpoint's HTTP client.
func (e *endpoint) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, e.http)
}

// config is the app that a user logs in with. An app without a secret names
// itself in the form.
func (e *endpoint) config(clientID, clientSecret, redirectURL string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if clientSecret == "" {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL,
		Endpoint: oauth2.Endpoint{AuthURL: e.base + "/authorize", TokenURL: e.base + "/token", AuthStyle: style},
	}
}

// revoke ends a token and everything that came with it. Zoom documents it for
// access tokens.
func (e *endpoint) revoke(ctx context.Context, clientID, clientSecret, token string) error {
	form := url.Values{"token": {token}}
	if clientSecret == "" {
		form.Set("client_id", clientID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.base+"/revoke", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if clientSecret != "" {
		req.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(clientSecret))
	}
	resp, err := e.http.Do(req)
	if err != nil {
		return networkFault(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body) // it is bounded
	if err != nil {
		return networkFault(err)
	}
	if resp.StatusCode != http.StatusOK {
		return answerFault(resp.StatusCode, text, "Zoom did not take the token back", "")
	}
	return nil
}

// loginFault turns a failure of the token endpoint into a fault. Other errors
// stay as they are. dead says what it means when Zoom does not know the code or
// the refresh token, and hint what to do then.
func loginFault(err error, dead, hint string) error {
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return err
	}
	status := 0
	if re.Response != nil {
		status = re.Response.StatusCode
	}
	e := answerFault(status, re.Body, dead, hint)
	e.Err = err
	if re.Response != nil {
		e.TrackingID = apierror.Plain(re.Response.Header.Get("x-zm-trackingid"), maxSaid)
	}
	return e
}

// errorBody is the shape of the errors of Zoom's OAuth service.
type errorBody struct {
	Reason string `json:"reason"`
	Error  string `json:"error"`
}

// maxSaid is how much of what Zoom says is shown, in bytes.
const maxSaid = 200

func parseError(text []byte) (b errorBody) {
	_ = json.Unmarshal(text, &b) // it may be HTML
	b.Reason, b.Error = apierror.Plain(b.Reason, maxSaid), apierror.Plain(b.Error, maxSaid)
	return b
}

// invalidGrant reports whether Zoom no longer knows the code or the refresh token.
func invalidGrant(err error) bool {
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && parseError(re.Body).Error == "invalid_grant"
}

func answerFault(status int, text []byte, dead, hint string) *apierror.Error {
	body := parseError(text)
	e := &apierror.Error{Kind: apierror.Auth, HTTPStatus: status, ZoomMessage: body.Reason}
	switch {
	case strings.Contains(strings.ToLower(body.Reason), "disabled"):
		e.Message = "the Zoom app is not activated"
		e.Hint = "Open the app at https://marketplace.zoom.us and activate it."
	case body.Error == "invalid_client":
		e.Message = "Zoom does not know this client id and secret"
		e.Hint = "Copy " + varClientID + " from the app's App Credentials page, and " + varClientSecret + " if the app has one: without a secret the app must be a public client."
	case status == http.StatusTooManyRequests:
		e.Kind = apierror.RateLimited
		e.Message = "Zoom's OAuth service takes no more requests for the moment"
		e.Hint = "Wait a moment and try again."
	case status >= 500 || status == 0:
		e.Kind = apierror.ZoomError
		e.Message = fmt.Sprintf("Zoom's OAuth service answered %d", status)
		e.Hint = "Zoom has a problem of its own. Try again in a moment."
	case body.Error == "invalid_grant":
		e.Message, e.Hint = dead, hint
	case body.Error == "invalid_request":
		e.Message = fmt.Sprintf("Zoom finds the request invalid: %s", body.Reason)
		e.Hint = hint
	case body.Error == "":
		e.Message = fmt.Sprintf("Zoom's OAuth service answered %d, not in its own words", status)
		e.Hint = "Check ZOOM_OAUTH_URL and HTTPS_PROXY."
	default:
		e.Message = fmt.Sprintf("Zoom's OAuth service answered %d: %s", status, body.Error)
		e.Hint = "Check ZOOM_OAUTH_URL and that the app is one for OAuth (a General app, not Server-to-Server)."
	}
	return e
}

// networkFault is for requests that people wait for at a terminal.
func networkFault(err error) error {
	if _, ok := errors.AsType[*apierror.Error](err); ok {
		return err
	}
	root := err
	if ue, ok := errors.AsType[*url.Error](err); ok {
		root = ue.Err // its text holds the address
	}
	e := apierror.New(apierror.Network, "no answer from Zoom's OAuth service: %v", root)
	e.Hint = "Check the network, DNS and HTTPS_PROXY, and try again."
	e.Err = err
	return e
}
