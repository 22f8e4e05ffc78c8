package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a Simulator that listens.
type Server struct {
	*Simulator
	// URL is the root, for example http://127.0.0.1:40123.
	URL string

	http *http.Server
	done chan error
	stop func() bool
}

// Start makes a simulated account and listens on addr; an empty addr means a
// free port of the loopback interface. It ends when ctx does or by Close.
func Start(ctx context.Context, addr string, opts Options) (*Server, error) {
	return New(opts).Start(ctx, addr)
}

// Start listens on addr; an empty addr means a free port of the loopback
// interface. It ends when ctx does or by Close.
func (s *Simulator) Start(ctx context.Context, addr string) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("simulated account: %w", err)
	}
	srv := &Server{
		Simulator: s,
		URL:       "http://" + reachable(ln.Addr()),
		http: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
		},
		done: make(chan error, 1),
	}
	go func() { srv.done <- srv.http.Serve(ln) }()
	srv.stop = context.AfterFunc(ctx, func() { _ = srv.http.Close() })
	return srv, nil
}

// APIURL is the base of the Phone API, as ZOOM_API_URL wants it.
func (s *Server) APIURL() string { return s.URL + "/v2" }

// OAuthURL is the base of the token endpoint, as ZOOM_OAUTH_URL wants it.
func (s *Server) OAuthURL() string { return s.URL + "/oauth" }

// Wait blocks until the server has ended and gives the reason, nil when it was
// closed or its context ended.
func (s *Server) Wait() error {
	err := <-s.done
	s.done <- err // for the next who waits
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close stops listening, lets calls under way end for a moment, and waits until
// the server has ended.
func (s *Server) Close() error {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
	}
	return s.Wait()
}

// reachable is the address to dial for a listener that may listen everywhere.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}
