package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// DefaultRedirectURL is where the browser comes back to. Zoom wants it among the
// redirect URLs of the app, hence the fixed port.
const DefaultRedirectURL = "http://127.0.0.1:53682/callback"

// LoginOptions say how a user logs in.
type LoginOptions struct {
	// RedirectURL is the app's, default DefaultRedirectURL. A listener waits there
	// if it is plain http on a loopback address; port 0 is any port.
	RedirectURL string
	// Browser opens an address. Without it the user opens the address anywhere and
	// pastes the one that the browser ends on.
	Browser func(address string) error
	// In is where the user pastes.
	In io.Reader
	// Out is for the user to read.
	Out io.Writer
	// Timeout bounds the user's part, default five minutes.
	Timeout time.Duration
}

// Login lets a user log in with the app of ZOOM_CLIENT_ID, and of
// ZOOM_CLIENT_SECRET where it is not a public client, and stores the login in
// place of the one before. It is the authorization code flow with PKCE.
func Login(ctx context.Context, s Settings, o LoginOptions) (Status, error) {
	v, f := readVariables(s.Getenv)
	if f != nil {
		return Status{}, f
	}
	if o.RedirectURL == "" {
		o.RedirectURL = DefaultRedirectURL
	}
	if o.Timeout <= 0 {
		o.Timeout = codeLife
	}
	if v.clientID == "" {
		e := apierror.New(apierror.Auth, "no app to log in with: %s is not set", varClientID)
		e.Missing = []string{varClientID}
		e.Hint = "Create a General app at https://marketplace.zoom.us (Develop, Build App), add " + o.RedirectURL + " to its OAuth redirect URLs and the phone scopes, " +
			"and set " + varClientID + ", and " + varClientSecret + " unless it is a public client."
		return Status{}, e
	}
	e, err := newEndpoint(s.OAuthURL, s.HTTP)
	if err != nil {
		return Status{}, err
	}
	if err := s.Store.ready(ctx); err != nil {
		return Status{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	flow := &authorization{state: rand.Text(), verifier: oauth2.GenerateVerifier(), out: o.Out}
	flow.conf = e.config(v.clientID, v.clientSecret, o.RedirectURL)
	var code string
	if o.Browser != nil {
		code, err = flow.listen(waiting, o.Browser)
	} else {
		code, err = flow.paste(waiting, o.In)
	}
	if err != nil {
		return Status{}, err
	}
	t, err := flow.conf.Exchange(e.context(ctx), code, oauth2.VerifierOption(flow.verifier))
	if err != nil {
		return Status{}, networkOr(loginFault(err, "Zoom does not take the code", "A code lives five minutes and works once. Try again, and check that "+flow.conf.RedirectURL+" is among the app's redirect URLs."))
	}
	now := s.now()()
	l := (&login{OAuthURL: e.base, ClientID: v.clientID, Confidential: v.clientSecret != "", LoggedIn: now.UTC().Truncate(time.Second)}).with(t, now)
	return keep(ctx, s.Store, l, o.Out)
}

// keep stores a new login.
func keep(ctx context.Context, store *Store, l *login, out io.Writer) (Status, error) {
	unlock, err := store.lock(ctx)
	if err != nil {
		return Status{}, err
	}
	defer unlock()
	why, err := store.create(l)
	if err != nil {
		return Status{}, err
	}
	if why != nil {
		fmt.Fprintf(out, "The login goes into a file (%s).\n", apierror.From(why).Message)
	}
	return l.status(store), nil
}

// networkOr returns err as an *apierror.Error: itself where it is one, else one of kind network.
func networkOr(err error) error {
	if _, ok := errors.AsType[*apierror.Error](err); ok {
		return err
	}
	return networkFault(err)
}

// authorization is one attempt to log in.
type authorization struct {
	conf            *oauth2.Config
	state, verifier string
	out             io.Writer
}

func (a *authorization) address() string {
	return a.conf.AuthCodeURL(a.state, oauth2.S256ChallengeOption(a.verifier))
}

// errAnotherLogin is the error for an answer that belongs to another login.
var errAnotherLogin = loginRefused("the answer belongs to another login (its state is wrong)", "Start again, and use the address that is shown then.")

// mine reports whether an answer belongs to this attempt.
func (a *authorization) mine(q url.Values) bool {
	return subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.state)) == 1
}

// code takes the code out of what Zoom sent to the redirect URL.
func (a *authorization) code(q url.Values) (string, error) {
	if !a.mine(q) {
		return "", errAnotherLogin
	}
	if code := q.Get("error"); code != "" {
		hint := "Check the app at https://marketplace.zoom.us: activated, the redirect URL " + a.conf.RedirectURL + " among its own, and the phone scopes."
		if code == "access_denied" {
			return "", loginRefused("access was denied in the browser", "Log in again and allow it. If Zoom did not ask, an administrator has to approve the app for the account first.")
		}
		return "", loginRefused(fmt.Sprintf("Zoom answered %.60q: %.200q", code, q.Get("error_description")), hint)
	}
	if q.Get("code") == "" {
		return "", loginRefused("there is no code in the answer", "Start again.")
	}
	return q.Get("code"), nil
}

func loginRefused(message, hint string) *apierror.Error {
	return &apierror.Error{Kind: apierror.Auth, Message: "the login did not succeed: " + message, Hint: hint}
}

// ended is the error for a login that nobody finished.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e := loginRefused("nobody finished it in time", "Start again. Where the browser is on another machine, use --no-browser.")
		e.Kind = apierror.Timeout
		return e
	}
	return &apierror.Error{Kind: apierror.Canceled, Message: "the login was canceled"}
}

// maxPaste bounds what the user pastes, in bytes.
const maxPaste = 16 << 10

// paste shows the address and reads the one that the browser ended on, or the
// code alone. The code alone comes without state; PKCE keeps somebody else's
// code out, because it belongs to another verifier.
func (a *authorization) paste(ctx context.Context, in io.Reader) (string, error) {
	fmt.Fprintf(a.out, "Open this address in a browser, and log in:\n\n%s\n\n"+
		"The browser ends on an address that begins with %s; it need not show anything.\nPaste that address here, or the code in it: ", a.address(), a.conf.RedirectURL)
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() { // it stays behind if nobody pastes; the program is about to end then
		line, err := readLine(in)
		read <- result{line, err}
	}()
	var line string
	select {
	case <-ctx.Done():
		return "", ended(ctx)
	case r := <-read:
		if r.err != nil {
			return "", loginRefused("nothing was pasted: "+r.err.Error(), "Run it in a terminal.")
		}
		line = strings.Trim(strings.TrimSpace(r.line), `"'<>`)
	}
	if line == "" {
		return "", loginRefused("nothing was pasted", "Start again.")
	}
	if !strings.ContainsAny(line, "?=&/") {
		return line, nil
	}
	_, query, found := strings.Cut(line, "?")
	if !found {
		query = line
	}
	query, _, _ = strings.Cut(query, "#")
	q, err := url.ParseQuery(query)
	if err != nil {
		return "", loginRefused("what was pasted is not an address", "Copy the whole address from the browser.")
	}
	return a.code(q)
}

// readLine reads a line byte by byte, so that nothing behind it is taken.
func readLine(in io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < maxPaste; {
		n, err := in.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return string(line), nil
			}
			line = append(line, one[0])
		}
		if err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", errors.New("the line is too long")
}
