package mcptransport

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/caller"
)

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
	options  Options
	sessions *sessions
	workers  workers
	parsing  chan struct{} // a place for every long message that is parsed
	requests atomic.Uint64 // those without a session so far, to name them
	ending   chan struct{} // closed when no new request is taken
	end      sync.Once
	base     context.Context // ends when what is under way has to stop
	stop     context.CancelFunc
	serving  sync.WaitGroup // handlers under way
	mu       sync.Mutex     // orders serving.Add before serving.Wait
}

// NewHTTP makes the transport. It does no I/O.
func NewHTTP(o Options) *HTTP {
	o = o.filled()
	h := &HTTP{options: o, sessions: newSessions(o), ending: make(chan struct{}), parsing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	h.base, h.stop = context.WithCancel(context.Background())
	h.workers = workers{make(chan func()), h.base.Done()}
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
	mcp *server.MCPServer
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
		c, _ := caller.FromContext(r.Context())
		ctx, done := h.options.Budget.Begin(r.Context(), c.Name)
		defer done() // when the answer has been written
		serve(w, r.WithContext(ctx))
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
