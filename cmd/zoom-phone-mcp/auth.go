package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/safejson"
)

type authCommand struct {
	Login  loginCommand  `cmd:"" help:"Log in as a user, with the app of ZOOM_CLIENT_ID."`
	Status statusCommand `cmd:"" help:"Show which credential is in use."`
	Logout logoutCommand `cmd:"" help:"Remove the stored login and revoke it."`
}

type loginCommand struct {
	Port        uint16     `default:"53682" help:"Port of the redirect URL http://127.0.0.1:PORT/callback, which must be among the app's."`
	RedirectURL string     `name:"redirect-url" placeholder:"URL" help:"Another redirect URL of the app, instead of --port."`
	NoBrowser   bool       `name:"no-browser" help:"Show the address, and read the one that the browser ends on."`
	Store       auth.Place `enum:"auto,keyring,file" default:"auto" help:"Where the login is kept: ${enum}; auto is the system's keyring where there is one."`
	loginFlags
}

// Run logs a user in.
func (c *loginCommand) Run(ctx context.Context, p *process) error {
	o := auth.LoginOptions{RedirectURL: c.RedirectURL, In: p.stdin, Out: p.stderr}
	if o.RedirectURL == "" {
		o.RedirectURL = fmt.Sprintf("http://127.0.0.1:%d/callback", c.Port)
	}
	if !c.NoBrowser {
		o.Browser = auth.OpenBrowser
	}
	credentials := c.loginFlags.credentials(p, c.Store)
	used, err := auth.Source(credentials)
	if err != nil {
		return err
	}
	for _, name := range auth.SetVariables(p.getenv) {
		if used.Kind() != auth.KindLogin && !strings.HasPrefix(name, "ZOOM_CLIENT") {
			fmt.Fprintf(p.stderr, "%s is set: it comes first, and a login is not used until it is unset.\n", name)
		}
	}
	st, err := auth.Login(ctx, credentials, o)
	if err != nil {
		return err
	}
	fmt.Fprint(p.stdout, "Logged in.\n", statusText(st, time.Now()))
	return nil
}

type statusCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
	loginFlags
}

// Run prints the credential in use. It fails if there is none.
func (c *statusCommand) Run(p *process) error {
	used, err := auth.Source(c.loginFlags.credentials(p, auth.PlaceAuto))
	if err != nil {
		return err
	}
	st, err := used.Status()
	if !c.JSON {
		if err != nil {
			return err
		}
		_, err = io.WriteString(p.stdout, statusText(st, time.Now()))
		return err
	}
	text, jerr := safejson.Marshal(struct {
		auth.Status
		Error *apierror.Error `json:"error,omitempty"`
	}{st, apierror.From(err)})
	if jerr != nil {
		return jerr
	}
	if perr := printJSON(p.stdout, text); perr != nil {
		return perr
	}
	return err
}

// statusText is a status for people, a line for each thing known.
func statusText(st auth.Status, now time.Time) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, value)
		}
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	switch st.Kind {
	case auth.KindAccessToken:
		line("credential", "access token of ZOOM_ACCESS_TOKEN, never renewed")
	case auth.KindServerToServer:
		line("credential", "Server-to-Server OAuth app")
	case auth.KindLogin:
		line("credential", "login of a user")
	}
	line("account", st.AccountID)
	line("client", st.ClientID)
	switch st.Store {
	case auth.PlaceKeyring:
		line("kept in", "the system keyring")
	case auth.PlaceFile:
		line("kept in", st.Path)
	}
	line("logged in", moment(st.LoggedIn))
	line("renewed", moment(st.Renewed))
	if ends := moment(st.Expires); ends != "" {
		switch left := st.Expires.Sub(now).Round(time.Minute); {
		case left > 0:
			ends += fmt.Sprintf(" (in %s)", strings.TrimSuffix(left.String(), "0s"))
		case st.Kind == auth.KindLogin:
			ends += " (over; the next call renews it)"
		default:
			ends += " (over)"
		}
		line("token ends", ends)
	}
	line("scopes", strings.Join(st.Scopes, " "))
	return b.String()
}

type logoutCommand struct{ loginFlags }

// Run ends the login.
func (c *logoutCommand) Run(ctx context.Context, p *process) error {
	found, unrevoked, err := auth.Logout(ctx, c.loginFlags.credentials(p, auth.PlaceAuto))
	switch {
	case err != nil:
		return err
	case !found:
		fmt.Fprintln(p.stdout, "There was no stored login.")
	case unrevoked != nil:
		fmt.Fprintln(p.stdout, "The stored login is removed. Zoom did not take it back; it ends by itself within 90 days, or remove the app at https://marketplace.zoom.us/user/installed.")
		fmt.Fprintln(p.stderr, apierror.From(unrevoked).Text())
	default:
		fmt.Fprintln(p.stdout, "The stored login is removed, and Zoom has taken it back.")
	}
	return nil
}
