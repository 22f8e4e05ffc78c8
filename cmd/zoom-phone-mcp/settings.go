package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/spool"
	"zoom-phone-mcp/internal/zoom"
)

// Flags stand on the commands that use them, in groups. Secrets are read from the
// environment only: a command line is visible to everybody on the machine.
type (
	// loginFlags lead to a login and its store.
	loginFlags struct {
		OAuthURL string `name:"oauth-url" env:"ZOOM_OAUTH_URL" default:"${oauthURL}" placeholder:"URL" help:"Base of the OAuth endpoints; the token is at /token (${env})."`
		LoginDir string `name:"login-dir" env:"ZOOM_LOGIN_DIR" type:"path" placeholder:"DIR" help:"Folder of the stored login (${env}); default zoom-phone-mcp in the user's configuration."`
	}

	// accountFlags lead to the account that is called.
	accountFlags struct {
		Demo   bool   `help:"Use a simulated account inside this process; no credentials needed."`
		APIURL string `name:"api-url" env:"ZOOM_API_URL" default:"${apiURL}" placeholder:"URL" help:"Base of the API (${env})."`
		loginFlags
		Plan    word          `name:"zoom-plan" env:"ZOOM_PLAN" enum:"pro,business,none,default" default:"default" help:"Plan whose rate limits are kept: pro, business, or none for no limiter (${env}); by default pro, and none with --demo."`
		Timeout time.Duration `default:"2m" help:"Longest time for one call; a question of query has no bound unless this is given."`
	}

	// methodFlags limit the methods that exist.
	methodFlags struct {
		Allow []string `aliases:"methods" placeholder:"METHOD" help:"Methods that exist, others do not: names, tags, or patterns such as list_*. Can be repeated."`
		Deny  []string `placeholder:"METHOD" help:"Methods that do not exist: names or patterns. Can be repeated."`
	}

	// logFlags say what is logged.
	logFlags struct {
		LogLevel  string `enum:"trace,debug,info,warn,error,disabled,default" default:"default" help:"What to log to standard error: ${enum}; by default servers log info and commands nothing."`
		LogFormat string `enum:"json,console" default:"json" help:"How to log: ${enum}."`
	}

	// callFlags are those of commands that call methods.
	callFlags struct {
		accountFlags
		MaxBody int64 `name:"max-response-bytes" env:"ZOOM_MAX_RESPONSE_BYTES" default:"67108864" placeholder:"BYTES" help:"Largest JSON answer of Zoom that is accepted (${env}); ${default} by default."`
		methodFlags
		logFlags
	}

	// serverFlags are those of servers.
	serverFlags struct {
		callFlags
		Downloads string        `name:"download-dir" env:"ZOOM_DOWNLOAD_DIR" type:"path" placeholder:"DIR" help:"Folder of downloaded files (${env}); default zoom-phone-mcp in the user's cache."`
		Quota     int64         `name:"download-quota" default:"4294967296" placeholder:"BYTES" help:"Most bytes of downloaded files; the oldest go. 4 GiB by default."`
		Keep      time.Duration `name:"download-life" default:"24h" help:"How long downloaded files are kept."`
		MaxResult int           `name:"max-result-bytes" default:"65536" placeholder:"BYTES" help:"Longest answer to a model; a longer one is cut between records and kept whole for 15 minutes; 0 for no bound."`
		MaxFile   int64         `name:"max-inline-bytes" default:"7340032" placeholder:"BYTES" help:"Largest file whose content is given in an answer; 7 MiB by default, because clients close a connection at 10 MiB of base64."`
		MaxMemory int64         `name:"max-memory" default:"536870912" placeholder:"BYTES" help:"Memory that the process may take, at least 256 MiB; calls that find none wait, or are told to come back. 512 MiB by default; GOMEMLIMIT takes precedence for Go's heap."`
		Payload   string        `name:"result" enum:"both,text,structured" default:"both" help:"Forms in which an answer is sent: ${enum}."`
		Expose    string        `enum:"gateway,direct,both" default:"gateway" help:"Tools to offer: the two of the gateway, one for each method (direct), or both."`
	}
)

// logger writes to standard error, which hosts keep apart from the protocol.
// otherwise is the level when none was asked for.
func (s *logFlags) logger(p *process, otherwise zerolog.Level) zerolog.Logger {
	var w io.Writer = p.stderr
	if s.LogFormat == "console" {
		w = zerolog.ConsoleWriter{Out: p.stderr, TimeFormat: time.TimeOnly, NoColor: !isTerminal(p.stderr)}
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
func (s *callFlags) connect(ctx context.Context, p *process, o gateway.Options) (*gateway.Gateway, func(), error) {
	apiURL, credentials, closeAll, err := s.account(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range auth.Readable(p.getenv, varAPIKey) {
		o.Log.Warn().Str("variable", name).Msg("every user of this machine can read the file with the secret; chmod 600 it")
	}
	transport := zoom.NewTransport()
	tokens, err := auth.Source(credentials)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	o.Client, err = zoom.New(zoom.Options{
		APIURL: apiURL, FollowAPIURL: apiURL == zoom.DefaultAPIURL,
		Tokens: observed(tokens, o.Observer), HTTP: transport, UserAgent: userAgent(),
		Plan: s.plan(), MaxBody: s.MaxBody, Log: o.Log,
	})
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	o.Timeout = s.Timeout
	o.Spool = spool.New(spool.Options{})
	done := func() {
		_ = o.Spool.Close() // its file has no name any more, where the system allows that
		tokens.Close()
		closeAll()
	}
	g, err := gateway.New(o).View(s.limits())
	if err != nil {
		done()
		return nil, nil, err
	}
	return g, done, nil
}

// connect wires the gateway of a server, which keeps files and cuts answers.
func (s *serverFlags) connect(ctx context.Context, p *process, o gateway.Options) (*gateway.Gateway, func(), error) {
	o.MaxFile, o.MaxResult = s.MaxFile, s.MaxResult
	if o.MaxResult <= 0 {
		o.MaxResult = -1
	}
	o.Files = download.NewStore(download.StoreOptions{Dir: s.downloads(), MaxBytes: s.Quota, Life: s.Keep})
	g, done, err := s.callFlags.connect(ctx, p, o)
	if err != nil {
		return nil, nil, err
	}
	// What programs that have ended left behind is no matter of the start.
	sweep := time.AfterFunc(10*time.Second, o.Files.Sweep)
	return g, func() {
		sweep.Stop()
		_ = o.Files.Close() // the files stay
		done()
	}, nil
}

// memory is the budget of the process, and the end of Go's heap where the environment
// has none.
func (s *serverFlags) memory(p *process) *budget.Budget {
	b := budget.New(s.MaxMemory)
	if p.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(b.HeapLimit())
	}
	return b
}

// downloads is the folder of downloaded files.
func (s *serverFlags) downloads() string {
	if s.Downloads != "" {
		return s.Downloads
	}
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "zoom-phone-mcp")
	}
	// Services and containers have no home.
	return filepath.Join(os.TempDir(), "zoom-phone-mcp-"+strconv.Itoa(os.Getuid()))
}

// limits are the methods that the command line limits the program to.
func (s *methodFlags) limits() gateway.Filter {
	return gateway.Filter{Allow: s.Allow, Deny: s.Deny}
}

// server makes an MCP server of what a gateway has.
func (s *serverFlags) server(g *gateway.Gateway, log zerolog.Logger) *server.MCPServer {
	o := mcpserver.Options{
		Version: version(), Index: g.Index(), Params: g.CommonParams(), Example: g.QueryExample(), Guide: g, Payload: mcpserver.Payload(s.Payload),
		OnlyDirect: s.Expose == "direct", Log: log,
	}
	if s.Expose != "gateway" {
		o.Direct = g.Tools()
	}
	return mcpserver.New(g, o)
}

// account returns the base of the API and what the credential is chosen from. With
// --demo they are those of a simulated account, which the function ends.
func (s *accountFlags) account(ctx context.Context, p *process) (apiURL string, credentials auth.Settings, end func(), err error) {
	if !s.Demo {
		return s.APIURL, s.credentials(p, auth.PlaceAuto), func() {}, nil
	}
	a, err := simulator.Start(ctx, "127.0.0.1:0", simulator.Options{})
	if err != nil {
		return "", auth.Settings{}, nil, fmt.Errorf("the simulated account does not start: %w", err)
	}
	end = func() { _ = a.Close() } // nothing is left to save
	return a.APIURL(), demoCredentials(a.OAuthURL()), end, nil
}

// plan has the rate limits to keep. The simulated account inside this process
// has no limits unless it is told to.
func (s *accountFlags) plan() zoom.Plan {
	p, err := zoom.PlanNamed(string(s.Plan))
	switch {
	case err == nil: // the command line admits known names only
		return p
	case s.Demo:
		return zoom.Unlimited()
	}
	return zoom.Pro()
}

// credentials are what auth chooses from. place is where a new login would go.
func (s *loginFlags) credentials(p *process, place auth.Place) auth.Settings {
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
