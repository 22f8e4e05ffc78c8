package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// HTTPOptions say where the bounds of HTTP are. What is zero or less gets the
// default.
type HTTPOptions struct {
	// Log gets who connects and what goes wrong, never messages.
	Log zerolog.Logger
	// MaxBody is the longest message or batch in bytes, 4 MiB by default.
	MaxBody int64
	// BodyTimeout is how long a body may take to arrive, 30 s by default.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may not read, 30 s by default. There is
	// no bound on a whole answer: streams stay open.
	WriteTimeout time.Duration
	// KeepAlive is the pause between signs of life on a silent stream, 15 s by
	// default: proxies close what is silent for a minute.
	KeepAlive time.Duration
	// IdleTimeout is how long a session may go unused that has no stream open,
	// 30 min by default.
	IdleTimeout time.Duration
	// MaxSessions and MaxCallerSessions are how many sessions there may be, in all
	// and of one caller; 4096 and 2048 by default.
	MaxSessions, MaxCallerSessions int
}

// HTTP serves MCP over HTTP to many clients at once: Streamable HTTP for every
// revision of the protocol, and the SSE transport of the first one. Who may come
// in, from which pages and how often is decided before it: its handlers find the
// caller in the context of a request.
//
// mcp-go's own HTTP transports are not used, since they read bodies without a
// bound, accept sessions that have ended, run what comes in over SSE without a
// bound, let one stateless client cancel the call of another, and encode large
// answers slowly. What a message means is left to mcp-go here too.
type HTTP struct {
	options  HTTPOptions
	sessions *sessions
	workers  workers
	requests atomic.Uint64 // those without a session so far, to name them
	ending   chan struct{} // closed when no new request is taken
	end      sync.Once
	base     context.Context // ends when what is under way has to stop
	stop     context.CancelFunc
	serving  sync.WaitGroup // handlers under way
	mu       sync.Mutex     // orders serving.Add before serving.Wait
}

// NewHTTP makes the transport. It does no I/O.
func NewHTTP(o HTTPOptions) *HTTP {
	if o.MaxBody <= 0 {
		o.MaxBody = defaultMaxLine
	}
	o.BodyTimeout = positive(o.BodyTimeout, 30*time.Second)
	o.WriteTimeout = positive(o.WriteTimeout, 30*time.Second)
	o.KeepAlive = positive(o.KeepAlive, 15*time.Second)
	o.IdleTimeout = positive(o.IdleTimeout, 30*time.Minute)
	o.MaxSessions = positive(o.MaxSessions, 4096)
	o.MaxCallerSessions = positive(o.MaxCallerSessions, 2048)
	h := &HTTP{options: o, sessions: newSessions(o), ending: make(chan struct{})}
	h.base, h.stop = context.WithCancel(context.Background())
	return h
}

// Sessions tells how many sessions are open: of Streamable HTTP, and of SSE.
func (h *HTTP) Sessions() (streamable, sse int) { return h.sessions.count() }

// Shutdown takes no new requests, waits for the calls under way, and ends all
// streams and sessions. When ctx ends first, what is left is cancelled and the
// context's error returned; handlers then end as soon as their clients let them.
func (h *HTTP) Shutdown(ctx context.Context) error {
	h.end.Do(func() {
		h.mu.Lock()
		close(h.ending)
		h.mu.Unlock()
	})
	done := make(chan struct{})
	go func() {
		h.serving.Wait()
		close(done)
	}()
	defer h.workers.end()
	defer h.sessions.endAll()
	defer h.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// endpoint is where one server is reached.
type endpoint struct {
	*HTTP
	server *Server
}

// handler takes requests up, unless the transport is ending.
func (h *HTTP) handler(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		select {
		case <-h.ending:
			h.mu.Unlock()
			refuse(w, http.StatusServiceUnavailable, "the server is ending", time.Second)
			return
		default:
			h.serving.Add(1)
			h.mu.Unlock()
		}
		defer h.serving.Done()
		serve(w, r)
	})
}

// ephemeral makes a session for a client that has none, for one request.
func (h *HTTP) ephemeral() *session {
	return newSession("request-"+strconv.FormatUint(h.requests.Add(1), 10), maxSessionNotes)
}

// The errors of opening a session.
var (
	errCallerSessions = errors.New("too many sessions of this caller are open")
	errAllSessions    = errors.New("too many sessions are open")
)

// refuse answers with an error in plain text, and when to come back if that is
// of use.
func refuse(w http.ResponseWriter, status int, text string, after time.Duration) {
	if after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	}
	http.Error(w, text, status)
}

// refuseSession answers a request that would need one session too many.
func refuseSession(w http.ResponseWriter, err error) {
	status := http.StatusServiceUnavailable
	if errors.Is(err, errCallerSessions) {
		status = http.StatusTooManyRequests
	}
	refuse(w, status, err.Error(), 10*time.Second)
}
