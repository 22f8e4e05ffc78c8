package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/httpserver"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/metrics"
	"zoom-phone-mcp/internal/restapi"
	"zoom-phone-mcp/internal/spool"
)

// varAPIKey is the variable with the one API key, where there is one only.
const varAPIKey = "ZOOM_PHONE_MCP_API_KEY"

type serveCommand struct {
	Addr string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on; one that is not loopback needs authentication."`
	REST bool   `name:"rest" help:"Serve the methods as REST too, below /api/zoom-phone/."`

	APIKeys       string   `name:"api-keys" env:"ZOOM_PHONE_MCP_API_KEYS" type:"path" placeholder:"FILE" help:"File of API keys, see keys add (${env}); a single key can be in ZOOM_PHONE_MCP_API_KEY. Read anew on SIGHUP."`
	OAuthIssuer   string   `name:"oauth-issuer" env:"ZOOM_PHONE_MCP_OAUTH_ISSUER" placeholder:"URL" help:"Authorization server whose access tokens (JWT) are accepted (${env})."`
	OAuthAudience string   `name:"oauth-audience" env:"ZOOM_PHONE_MCP_OAUTH_AUDIENCE" placeholder:"AUDIENCE" help:"Audience that tokens must have, best this server's URL (${env})."`
	OAuthAllow    []string `name:"oauth-allow" sep:"none" placeholder:"CLAIM=VALUE:METHODS" help:"Methods (names, tags or patterns, comma-separated) for tokens with a claim. Can be repeated; a token that fits none is refused."`
	PublicURL     string   `name:"public-url" placeholder:"URL" help:"This server's MCP endpoint as clients know it, where the audience is not that."`
	Insecure      bool     `help:"Listen on any address without authentication."`

	AllowedHosts   []string `name:"allowed-host" placeholder:"HOST" help:"Name that requests may be addressed to, such as that of a proxy in front. Can be repeated."`
	AllowedOrigins []string `name:"allowed-origin" placeholder:"ORIGIN" help:"Origin of pages that may send requests: scheme://host[:port]. Can be repeated."`
	TLSCert        string   `name:"tls-cert" type:"path" placeholder:"FILE" help:"Certificate chain, PEM. Read anew when it changes."`
	TLSKey         string   `name:"tls-key" type:"path" placeholder:"FILE" help:"Key of the certificate, PEM."`

	MaxCalls       int           `name:"max-calls" default:"512" help:"Calls under way at once, in all."`
	MaxCallerCalls int           `name:"max-calls-per-key" default:"128" help:"Calls under way at once, of one key."`
	MaxConnections int           `name:"max-connections" default:"8192" help:"Connections open at once, in all; those that have shown no credential make room for others."`
	MaxPerAddress  int           `name:"max-connections-per-address" default:"1024" help:"Connections open at once, of one address. Behind a proxy, all are of one."`
	MaxSessions    int           `name:"max-sessions" default:"4096" help:"MCP sessions open at once; one key can have half of them."`
	SessionIdle    time.Duration `name:"session-idle" default:"30m" help:"Time after which an unused session ends."`
	Grace          time.Duration `default:"30s" help:"Time for calls under way when the server ends."`

	serverFlags
}

// Run serves until a signal comes.
func (c *serveCommand) Run(ctx context.Context, p *process) error {
	log := c.logger(p, zerolog.InfoLevel)
	counters := metrics.New(version())
	g, done, err := c.connect(ctx, p, gateway.Options{Log: log, Observer: counters})
	if err != nil {
		return err
	}
	defer done()
	o := httpserver.Options{
		Addr: c.Addr, Log: log, Observer: counters, Insecure: c.Insecure,
		AllowedHosts: c.AllowedHosts, AllowedOrigins: c.AllowedOrigins,
		MaxCalls: c.MaxCalls, MaxCallerCalls: c.MaxCallerCalls, MaxConnections: c.MaxConnections, MaxAddressConnections: c.MaxPerAddress, Grace: c.Grace,
	}
	if err := c.protect(p, &o, g); err != nil {
		return err
	}
	memory := c.memory(p)
	counters.Memory(memory.Uses)
	transport := mcptransport.NewHTTP(mcptransport.Options{
		Log: log, Budget: memory, IdleTimeout: c.SessionIdle, MaxSessions: c.MaxSessions, MaxCallerSessions: (c.MaxSessions + 1) / 2,
	})
	counters.Sessions(transport.Sessions)
	o.Drain = transport.Shutdown
	o.Handlers = c.handlers(g, log, transport, memory)
	o.Handlers["/metrics"] = unlimited(counters.Handler())
	web, err := httpserver.New(o)
	if err != nil {
		return err
	}
	for i, bound := range web.Bounds() {
		counters.Bound(bound.Name, bound.Limit, func() int { return web.Bounds()[i].Used })
	}
	counters.Bound("sessions", c.MaxSessions, func() int { streamable, sse := transport.Sessions(); return streamable + sse })
	counters.Bound("kept_answer_bytes_in_memory", spool.DefaultMemory, func() int { inside, _ := g.Kept(); return int(inside) })
	counters.Bound("kept_answer_bytes_on_disk", spool.DefaultDisk, func() int { _, disk := g.Kept(); return int(disk) })
	listener, err := web.Listen(ctx)
	if err != nil {
		return err
	}
	stop := onHangup(func() {
		if o.Keys != nil {
			o.Keys.Reload()
		}
		if o.Certificate != nil {
			o.Certificate.Reload()
		}
	})
	defer stop()
	log.Info().Str("addr", listener.Addr().String()).Bool("tls", o.Certificate != nil).Bool("rest", c.REST).
		Bool("authentication", o.Keys != nil || o.OAuth != nil).Msg("listening")
	return web.Serve(ctx, listener)
}

// protect sets up who may come in, and TLS.
func (c *serveCommand) protect(p *process, o *httpserver.Options, g *gateway.Gateway) error {
	single, err := auth.Variable(p.getenv, varAPIKey)
	if err != nil {
		return err
	}
	if single != "" || c.APIKeys != "" {
		o.Keys, err = httpserver.LoadKeys(httpserver.KeyOptions{
			Single: single, File: c.APIKeys, Log: o.Log,
			Limits: func(allow, deny []string) error {
				_, err := g.View(gateway.Filter{Allow: allow, Deny: deny})
				return err
			},
		})
		if err != nil {
			return err
		}
	}
	switch {
	case c.OAuthIssuer != "":
		var rules []httpserver.OAuthRule
		for _, text := range c.OAuthAllow {
			rule, err := httpserver.ParseOAuthRule(text)
			if err == nil {
				_, err = g.View(gateway.Filter{Allow: rule.Methods})
			}
			if err != nil {
				return fmt.Errorf("--oauth-allow: %w", err)
			}
			rules = append(rules, rule)
		}
		o.OAuth, err = httpserver.NewOAuth(httpserver.OAuthOptions{Issuer: c.OAuthIssuer, Audience: c.OAuthAudience, Resource: c.PublicURL, Allow: rules})
		if err != nil {
			return err
		}
	case c.OAuthAudience != "" || len(c.OAuthAllow) > 0:
		return errors.New("--oauth-audience and --oauth-allow need --oauth-issuer")
	}
	switch {
	case c.TLSCert != "" && c.TLSKey != "":
		o.Certificate, err = httpserver.LoadCertificate(c.TLSCert, c.TLSKey, o.Log, nil)
	case c.TLSCert != "" || c.TLSKey != "":
		err = errors.New("--tls-cert and --tls-key belong together")
	}
	return err
}

// handlers are what is served to callers with limits of their own.
func (c *serveCommand) handlers(g *gateway.Gateway, log zerolog.Logger, transport *mcptransport.HTTP, memory *budget.Budget) map[string]http.Handler {
	const messages = "/message"
	paths := []string{"/mcp", "/sse", messages, restapi.FilesPrefix}
	if c.REST {
		paths = append(paths, restapi.Prefix)
	}
	v := newViews(g, log, func(g *gateway.Gateway) view {
		server := c.server(g, log)
		return view{
			"/mcp": c.withFileURLs(transport.Streamable(server)), "/sse": c.withFileURLs(transport.SSE(server, messages)), messages: transport.Messages(server),
			restapi.FilesPrefix: restapi.Files{Kept: g}, restapi.Prefix: within(memory, restapi.New(g, log)),
		}
	})
	out := map[string]http.Handler{}
	for _, path := range paths {
		out[path] = v.at(path)
	}
	return out
}

// within takes the memory of a handler's requests out of a budget.
func within(memory *budget.Budget, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := caller.FromContext(r.Context())
		ctx, done := memory.Begin(r.Context(), c.Name)
		defer done()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// withFileURLs has a handler answer with addresses of files on this server.
func (c *serveCommand) withFileURLs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(mcpserver.WithFileURL(r.Context(), restapi.FileURL(c.base(r)))))
	})
}

// unlimited refuses callers with limits what tells of all methods and all keys.
func unlimited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := caller.FromContext(r.Context()); !ok || c.Limited() {
			http.Error(w, "this key is limited to methods", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// base is this server's address as the sender of a request knows it, without the
// path of the endpoint. A proxy says with X-Forwarded-Proto that it ends TLS; a
// client that invents it gets links that do not work, and nobody else does.
func (c *serveCommand) base(r *http.Request) string {
	for _, known := range []string{c.PublicURL, c.OAuthAudience} {
		if u, err := url.Parse(known); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			return u.Scheme + "://" + u.Host + strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/mcp")
		}
	}
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// onHangup calls f whenever the process gets SIGHUP.
func onHangup(f func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				f()
			case <-ended:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(ended)
	}
}
