// Package httpserver is what stands around the handlers that are served over HTTP:
// listening, TLS, who may come in and from which pages, bounds, health, and an
// end in order.
//
// It must not know methods, MCP or what a handler does. A handler gets its requests
// when all of that is settled, with the caller in the context.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Options configure a Server. The zero value of a field means its default.
type Options struct {
	// Addr is host:port. Without authentication it has to be a loopback address.
	Addr string
	// Handlers are what is served, by path: as it is, and with a slash behind it; a
	// path that ends with a slash has all that is below. None is below another.
	Handlers map[string]http.Handler
	// Drain is called when the server ends: it ends streams, and returns when
	// nothing is under way or its context ends.
	Drain func(context.Context) error
	Log   zerolog.Logger
	// Observer counts; nil for nobody.
	Observer Observer

	// Keys are the API keys, nil for none.
	Keys *Keys
	// OAuth accepts access tokens of an issuer, nil for none.
	OAuth *OAuth
	// Insecure permits an address that is not loopback without authentication.
	Insecure bool

	// AllowedHosts are names, with or without a port, that requests may be
	// addressed to, beside those that Addr stands for.
	AllowedHosts []string
	// AllowedOrigins are the origins (scheme://host[:port]) of pages that may send
	// requests, beside pages of the server's own hosts.
	AllowedOrigins []string
	// Certificate makes it TLS; nil is plain HTTP.
	Certificate *Certificate

	// MaxCalls and MaxCallerCalls are how many calls may be under way, in all and
	// of one caller; 512 and 128 by default.
	MaxCalls, MaxCallerCalls int
	// MaxConnections and MaxAddressConnections are how many connections are open at
	// most, in all and of one address; 8192 and 1024 by default. Those that have not
	// shown a credential make room for further ones.
	MaxConnections, MaxAddressConnections int
	// BodyTimeout is how long a request's body may take to arrive, 30 s by default.
	// Handlers that read bodies may have a bound of their own.
	BodyTimeout time.Duration
	// Grace is how long calls under way may take at the end, 30 s by default.
	Grace time.Duration
}

// Observer is told what the handlers cannot see. It must be safe for concurrent use.
type Observer interface {
	// Refused is told why a request was not let in: host, origin, credential or busy.
	Refused(reason string)
	// Admitted is told how many calls a caller begins, by the label of Caller.
	Admitted(caller string, calls int)
}

// Server serves handlers over HTTP.
type Server struct {
	options Options
	hosts   hosts
	origins origins
	rooms   *rooms
	ready   atomic.Bool
	conns   atomic.Pointer[limitedListener]
}

// ErrUnprotected is the error for an address that anybody on the network could
// call without authentication.
var ErrUnprotected = errors.New("no authentication")

// New makes a server. It does no I/O.
func New(o Options) (*Server, error) {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: want host:port", o.Addr)
	}
	if o.Keys == nil && o.OAuth == nil && !o.Insecure && !isLoopback(host) {
		return nil, fmt.Errorf("%w: %s is not a loopback address, so whoever reaches it could read the account; "+
			"set ZOOM_PHONE_MCP_API_KEY, --api-keys or --oauth-issuer, or say --insecure if something in front authenticates",
			ErrUnprotected, o.Addr)
	}
	o.MaxCalls = orElse(o.MaxCalls, 512)
	o.MaxCallerCalls = min(orElse(o.MaxCallerCalls, 128), o.MaxCalls)
	o.MaxConnections = orElse(o.MaxConnections, 8192)
	o.MaxAddressConnections = min(orElse(o.MaxAddressConnections, 1024), o.MaxConnections)
	if o.BodyTimeout <= 0 {
		o.BodyTimeout = 30 * time.Second
	}
	if o.Grace <= 0 {
		o.Grace = 30 * time.Second
	}
	s := &Server{options: o, rooms: newRooms(o.MaxCalls, o.MaxCallerCalls)}
	if s.hosts, err = newHosts(host, o.AllowedHosts); err != nil {
		return nil, err
	}
	if s.origins, err = newOrigins(o.AllowedOrigins); err != nil {
		return nil, err
	}
	s.ready.Store(true)
	return s, nil
}

// Bound is a bound and what is in use of it.
type Bound struct {
	Name        string
	Limit, Used int
}

// Bounds returns what is bounded in all.
func (s *Server) Bounds() []Bound {
	open, strangers := 0, 0
	if l := s.conns.Load(); l != nil {
		open, strangers = l.use()
	}
	return []Bound{
		{"calls", s.options.MaxCalls, int(s.rooms.used.Load())},
		{"connections", s.options.MaxConnections, open},
		{"connections_without_credential", s.options.MaxConnections, strangers},
	}
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// isLoopback reports whether a host is this machine and only this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// Listen opens the address.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", s.options.Addr)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Serve serves until ctx ends. Then no new request is taken, calls under way are
// answered within the grace, and what is left is cut. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          serverLog(s.options.Log),
		ConnContext:       withConn,
		// No WriteTimeout: streams stay open. Handlers bound each write.
	}
	limited := limitListener(l, s.options.MaxConnections, s.options.MaxAddressConnections)
	s.conns.Store(limited)
	l = limited
	serve := func() error { return srv.Serve(l) }
	if c := s.options.Certificate; c != nil {
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
		serve = func() error { return srv.ServeTLS(l, "", "") }
	}
	served := make(chan error, 1)
	go func() { served <- serve() }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.options.Log.Info().Msg("ending")
	return s.shutdown(context.WithoutCancel(ctx), srv)
}

func (s *Server) shutdown(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Grace)
	defer cancel()
	drained := make(chan error, 1)
	go func() {
		if s.options.Drain == nil {
			drained <- nil
			return
		}
		drained <- s.options.Drain(ctx)
	}()
	err := errors.Join(srv.Shutdown(ctx), <-drained)
	if err != nil {
		s.options.Log.Warn().Dur("after", s.options.Grace).Msg("calls under way were cut")
		_ = srv.Close()
	}
	return nil
}
