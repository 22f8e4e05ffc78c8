package httpserver

import (
	"errors"
	"fmt"
	stdlog "log"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/caller"
)

// ServeHTTP lets a request in or refuses it. The order is what makes it safe:
// where the request is addressed to, which page sent it, who sent it, and only
// then what it wants.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := &statusWriter{ResponseWriter: w}
	start := time.Now()
	where, who := "", ""
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.logPanic(where, v)
			if seen.status == 0 {
				refuse(seen, http.StatusInternalServerError, "internal error")
			}
		}
		// Paths and queries hold ids; where is a pattern.
		s.options.Log.Debug().Str("verb", verb(r.Method)).Str("path", where).Str("caller", who).
			Int("status", seen.status).Dur("duration", time.Since(start)).Msg("request")
	}()
	where, who = s.serve(seen, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) (where, who string) {
	if r.ContentLength != 0 {
		// Also for bodies that nobody reads: net/http waits for their end before it
		// lets go of the connection. Where there are no deadlines there is no wait.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.options.BodyTimeout))
	}
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	if !s.hosts.allow(r.Host) {
		s.refused("host")
		refuse(w, http.StatusForbidden, "requests to this host are not served here; see --allowed-host")
		return "", ""
	}
	origin := r.Header.Get("Origin")
	if origin == "" && fromAnotherPage(r) {
		s.refused("origin")
		refuse(w, http.StatusForbidden, "a browser says that another page sent this request: open the address by itself, or see --allowed-origin")
		return "", ""
	}
	if origin != "" {
		if !s.origins.allow(origin, r.Host) {
			s.refused("origin")
			refuse(w, http.StatusForbidden, "pages of this origin may not send requests here; see --allowed-origin")
			return "", ""
		}
		if s.origins.cors(w, r, origin) {
			return "", ""
		}
	}
	switch path := r.URL.Path; {
	case path == "/healthz":
		s.health(w, r, true)
		return path, ""
	case path == "/readyz":
		s.health(w, r, s.ready.Load())
		return path, ""
	case s.options.OAuth != nil && isMetadata(path):
		s.options.OAuth.serveMetadata(w, r)
		return metadataPath, ""
	case isWellKnown(path):
		// A client takes anything but 404 for a sign of an authorization server.
		refuse(w, http.StatusNotFound, "there is nothing at this path")
		return wellKnown, ""
	}
	c, denied := s.authenticate(r)
	if denied != nil {
		s.refused("credential")
		denied.write(w)
		return "", ""
	}
	known(r.Context())
	c.Room, c.Most = s.admits(c), min(s.options.MaxCalls, s.options.MaxCallerCalls)
	for at, handler := range s.options.Handlers {
		if serves(at, r.URL.Path) {
			handler.ServeHTTP(w, r.WithContext(caller.NewContext(r.Context(), c)))
			return at, c.Name
		}
	}
	refuse(w, http.StatusNotFound, "there is nothing at this path")
	return "", c.Name
}

// serves reports whether what is served at a path answers requests to another.
// Clients and gateways put a slash behind addresses, and lose the body or the
// credential where a redirect takes it away again, as http.ServeMux would.
func serves(at, path string) bool {
	if strings.HasSuffix(at, "/") {
		return strings.HasPrefix(path, at)
	}
	return strings.TrimSuffix(path, "/") == at
}

// wellKnown is where clients look for what a host says of itself (RFC 8615). Some
// look below the path of the endpoint too.
const wellKnown = "/.well-known/"

func isWellKnown(path string) bool { return strings.Contains(path+"/", wellKnown) }

// health answers probes. Ready ends with the beginning of the end.
func (s *Server) health(w http.ResponseWriter, r *http.Request, ok bool) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "use GET")
	case !ok:
		refuse(w, http.StatusServiceUnavailable, "ending")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintln(w, "ok") // the prober is gone otherwise
	}
}

func (s *Server) refused(reason string) {
	if s.options.Observer != nil {
		s.options.Observer.Refused(reason)
	}
}

// refuse answers with an error in plain text.
func refuse(w http.ResponseWriter, status int, text string) { http.Error(w, text, status) }

// retryAfter says when to come back.
func retryAfter(w http.ResponseWriter, after time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
}

// logPanic logs where a panic happened. Its value is logged only where the
// runtime made it, since any other may hold what a caller sent.
func (s *Server) logPanic(where string, value any) {
	event := s.options.Log.Error().Str("path", where).Type("panic", value)
	if e, ok := value.(runtime.Error); ok {
		event = event.AnErr("error", e)
	}
	event.Bytes("stack", debug.Stack()).Msg("panic")
}

// verb keeps what callers invent out of the log.
func verb(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodPatch:
		return method
	}
	return "other"
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// serverLog takes net/http's own complaints, which name addresses of clients.
func serverLog(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(logWriter{log}, "", 0)
}

type logWriter struct{ log zerolog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Debug().Str("http", strings.TrimSpace(string(b))).Msg("connection")
	return len(b), nil
}
