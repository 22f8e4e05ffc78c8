package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

// settings are the flags that every command shares. Secrets are read from the
// environment only: a command line is visible to everybody on the machine.
type settings struct {
	Demo      bool          `help:"Use a simulated account inside this process; no credentials needed."`
	APIURL    string        `name:"api-url" env:"ZOOM_API_URL" default:"${apiURL}" placeholder:"URL" help:"Base of the API (${env})."`
	OAuthURL  string        `name:"oauth-url" env:"ZOOM_OAUTH_URL" default:"${oauthURL}" placeholder:"URL" help:"Base of the OAuth endpoints; the token is at /token (${env})."`
	LoginDir  string        `name:"login-dir" env:"ZOOM_LOGIN_DIR" type:"path" placeholder:"DIR" help:"Folder of the stored login (${env}); default zoom-phone-mcp in the user's configuration."`
	Plan      string        `name:"zoom-plan" env:"ZOOM_PLAN" enum:"pro,business,none,default" default:"default" help:"Plan whose rate limits are kept: pro, business, or none for no limiter (${env}); by default pro, and none with --demo."`
	MaxBody   int64         `name:"max-response-bytes" env:"ZOOM_MAX_RESPONSE_BYTES" default:"67108864" placeholder:"BYTES" help:"Largest JSON answer of Zoom that is accepted (${env}); ${default} by default."`
	Timeout   time.Duration `default:"2m" help:"Longest time for one call."`
	LogLevel  string        `enum:"trace,debug,info,warn,error,disabled,default" default:"default" help:"What to log to standard error: ${enum}; by default servers log info and commands nothing."`
	LogFormat string        `enum:"json,console" default:"json" help:"How to log: ${enum}."`
}

// logger writes to standard error, which hosts keep apart from the protocol.
// otherwise is the level when none was asked for.
func (s *settings) logger(p *process, otherwise zerolog.Level) zerolog.Logger {
	var w io.Writer = p.stderr
	if s.LogFormat == "console" {
		w = zerolog.ConsoleWriter{Out: p.stderr, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(s.LogLevel)
	if err != nil {
		level = otherwise
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// connect wires the gateway. It touches neither the network nor the keyring,
// except that --demo opens a loopback listener; the returned function closes
// that, and waits until a login that is being renewed is stored.
func (s *settings) connect(ctx context.Context, p *process, o gateway.Options) (*gateway.Gateway, func(), error) {
	closeAll := func() {}
	apiURL, credentials := s.APIURL, s.credentials(p, auth.PlaceAuto)
	if s.Demo {
		account, err := simulator.Start(ctx, "127.0.0.1:0", simulator.Options{})
		if err != nil {
			return nil, nil, fmt.Errorf("the simulated account does not start: %w", err)
		}
		closeAll = func() { _ = account.Close() } // nothing is left to save
		apiURL, credentials = account.URL+"/v2", demoCredentials(account.URL+"/oauth")
	}
	transport := zoom.NewTransport()
	tokens, err := auth.Source(credentials)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	client, err := zoom.New(zoom.Options{
		APIURL: apiURL, FollowAPIURL: apiURL == zoom.DefaultAPIURL,
		Tokens: tokens, HTTP: transport, UserAgent: "zoom-phone-mcp/" + version(),
		Plan: s.plan(), MaxBody: s.MaxBody, Log: o.Log,
	})
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	o.Client, o.Timeout = client, s.Timeout
	done := func() {
		tokens.Close()
		closeAll()
	}
	return gateway.New(o), done, nil
}

// plan has the rate limits to keep. The simulated account inside this process
// has no limits unless it is told to.
func (s *settings) plan() zoom.Plan {
	p, err := zoom.PlanNamed(s.Plan)
	switch {
	case err == nil: // the command line admits known names only
		return p
	case s.Demo:
		return zoom.Unlimited()
	}
	return zoom.Pro()
}

// credentials are what auth chooses from. place is where a new login would go.
func (s *settings) credentials(p *process, place auth.Place) auth.Settings {
	dir := s.LoginDir
	if dir == "" {
		if config, err := os.UserConfigDir(); err == nil { // without a home there is no login
			dir = filepath.Join(config, "zoom-phone-mcp")
		}
	}
	return auth.Settings{
		Getenv: p.getenv, OAuthURL: s.OAuthURL,
		Store: auth.NewStore(dir, auth.SystemKeyring(p.getenv), place),
	}
}

// demoCredentials are those of the simulated account, whatever the environment has.
func demoCredentials(oauthURL string) auth.Settings {
	variables := map[string]string{
		"ZOOM_ACCOUNT_ID": simulator.AccountID, "ZOOM_CLIENT_ID": simulator.ClientID, "ZOOM_CLIENT_SECRET": simulator.ClientSecret,
	}
	return auth.Settings{Getenv: func(name string) string { return variables[name] }, OAuthURL: oauthURL}
}
