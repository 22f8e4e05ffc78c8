package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

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
	Timeout   time.Duration `default:"2m" help:"Longest time for one call."`
	LogLevel  string        `enum:"trace,debug,info,warn,error,disabled" default:"info" help:"What to log to standard error: ${enum}."`
	LogFormat string        `enum:"json,console" default:"json" help:"How to log: ${enum}."`
}

// credentialVariables are the environment variables of a Server-to-Server app.
var credentialVariables = [...]string{"ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"}

// logger writes to standard error, which hosts keep apart from the protocol.
func (s *settings) logger(p *process) zerolog.Logger {
	var w io.Writer = p.stderr
	if s.LogFormat == "console" {
		w = zerolog.ConsoleWriter{Out: p.stderr, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(s.LogLevel)
	if err != nil {
		level = zerolog.InfoLevel // the command line admits known levels only
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// connect wires the gateway. It does not touch the network, except that --demo
// opens a loopback listener; the returned function closes that.
func (s *settings) connect(ctx context.Context, p *process, o gateway.Options) (*gateway.Gateway, func(), error) {
	closeAll := func() {}
	credentials := zoom.Credentials{
		AccountID:    p.getenv(credentialVariables[0]),
		ClientID:     p.getenv(credentialVariables[1]),
		ClientSecret: p.getenv(credentialVariables[2]),
	}
	apiURL, oauthURL := s.APIURL, s.OAuthURL
	if s.Demo {
		account, err := simulator.Start(ctx, "127.0.0.1:0", simulator.Options{})
		if err != nil {
			return nil, nil, fmt.Errorf("the simulated account does not start: %w", err)
		}
		closeAll = func() { _ = account.Close() } // nothing is left to save
		apiURL, oauthURL = account.URL()+"/v2", account.URL()+"/oauth"
		credentials = zoom.Credentials{AccountID: simulator.AccountID, ClientID: simulator.ClientID, ClientSecret: simulator.ClientSecret}
	}
	transport := zoom.NewTransport()
	tokens, err := tokenSource(p, s.Demo, credentials, oauthURL)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	client, err := zoom.New(zoom.Options{APIURL: apiURL, Tokens: tokens, HTTP: transport, UserAgent: "zoom-phone-mcp/" + version()})
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	o.Client, o.Timeout = client, s.Timeout
	return gateway.New(o), closeAll, nil
}

// tokenSource is made of the credentials, or tells which of them are missing
// when it is asked for a token.
func tokenSource(p *process, demo bool, c zoom.Credentials, oauthURL string) (oauth2.TokenSource, error) {
	var missing []string
	for _, name := range credentialVariables {
		if !demo && p.getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return zoom.MissingCredentials(missing...), nil
	}
	return zoom.ServerToServer(c, oauthURL, nil)
}
