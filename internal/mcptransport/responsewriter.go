package mcptransport

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/safejson"
)

// encoders are shared by all answers: one has a buffer of encoderSize, which an
// open stream does not need while it is silent.
var encoders = sync.Pool{New: func() any { return newEncoder(nil) }}

// exchange is the answer to one HTTP request while it is being written: a JSON
// document, or a stream of events.
type exchange struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	timeout   time.Duration // of one write
	streaming bool
	err       error // the first error of the client's connection
}

func (h *HTTP) exchange(w http.ResponseWriter) *exchange {
	return &exchange{w: w, control: http.NewResponseController(w), timeout: h.options.WriteTimeout}
}

// Write writes to the client, which has the timeout to take it.
func (x *exchange) Write(b []byte) (int, error) {
	x.extend()
	n, err := x.w.Write(b)
	if err != nil && x.err == nil {
		x.err = err
	}
	return n, err
}

// extend gives the client time for the next write. Where a connection has no
// deadlines, its end is the bound.
func (x *exchange) extend() { _ = x.control.SetWriteDeadline(time.Now().Add(x.timeout)) }

// finish leaves the connection to the next request.
func (x *exchange) finish() { _ = x.control.SetWriteDeadline(time.Time{}) }

// encode writes what f encodes.
func (x *exchange) encode(f func(*Encoder)) {
	e := encoders.Get().(*Encoder)
	e.out, e.err = x, nil
	f(e)
	e.flush()
	e.out = nil
	encoders.Put(e)
}

// flush brings what was written to the client.
func (x *exchange) flush() {
	x.extend()
	if err := x.control.Flush(); err != nil && x.err == nil {
		x.err = err
	}
}

// stream makes the answer a stream of events.
func (x *exchange) stream() {
	if x.streaming {
		return
	}
	x.streaming = true
	head := x.w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-cache, no-transform")
	head.Set("X-Accel-Buffering", "no") // nginx would collect events
	x.w.WriteHeader(http.StatusOK)
}

// comment is a sign of life, which clients ignore.
func (x *exchange) comment() {
	_, _ = x.Write([]byte(": keep-alive\n\n")) // x.err has the error
	x.flush()
}

// endpoint tells an SSE client where to send its messages.
func (x *exchange) endpoint(path string) {
	_, _ = x.Write([]byte("event: endpoint\ndata: " + path + "\n\n"))
	x.flush()
}

// Messages are JSON on one line, so that one data line holds each.
const (
	eventHead = "event: message\ndata: "
	eventEnd  = "\n\n"
)

// event writes an answer as an event.
func (x *exchange) event(a *answer) {
	x.encode(func(e *Encoder) {
		e.Literal(eventHead)
		a.encode(e)
		e.Literal(eventEnd)
	})
	x.flush()
}

// note writes a notification as an event.
func (x *exchange) note(n mcp.JSONRPCNotification) {
	body, err := safejson.Marshal(n)
	if err != nil {
		return // ours always have an encoding
	}
	x.encode(func(e *Encoder) {
		e.Literal(eventHead)
		e.Raw(body)
		e.Literal(eventEnd)
	})
	x.flush()
}

// pending writes the notifications that wait.
func (x *exchange) pending(notes <-chan mcp.JSONRPCNotification) {
	for {
		select {
		case n := <-notes:
			x.note(n)
		default:
			return
		}
	}
}

// json writes an answer as a document.
func (x *exchange) json(status int, a *answer) {
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(status)
	x.encode(a.encode)
}

// accepts reports whether a client takes a media type. One that does not say takes
// everything.
func accepts(r *http.Request, mediaType string) bool {
	values := r.Header.Values("Accept")
	if len(values) == 0 {
		return true
	}
	class, _, _ := strings.Cut(mediaType, "/")
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case mediaType, class + "/*", "*/*":
				return true
			}
		}
	}
	return false
}

const eventStream = "text/event-stream"

// readsEvents reports whether a client says that it reads streams of events.
func readsEvents(r *http.Request) bool {
	return r.Header.Get("Accept") != "" && accepts(r, eventStream)
}
