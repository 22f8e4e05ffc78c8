package mcptransport

import (
	"net/http"
	"net/url"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/caller"
)

// SSE returns the handler that opens the stream of the SSE transport, on which a
// client gets all answers. messages is the path to which it sends its messages; see
// Messages.
func (h *HTTP) SSE(s *server.MCPServer, messages string) http.Handler {
	e := endpoint{h, s}
	return h.handler(func(w http.ResponseWriter, r *http.Request) { e.events(w, r, messages) })
}

func (e endpoint) events(w http.ResponseWriter, r *http.Request, messages string) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "use GET", 0)
		return
	}
	if !accepts(r, eventStream) {
		refuse(w, http.StatusNotAcceptable, "the answer is "+eventStream, 0)
		return
	}
	s, err := e.open(r, true)
	if err != nil {
		refuseSession(w, err)
		return
	}
	defer s.end()
	x := e.exchange(w)
	defer x.finish()
	x.stream()
	x.endpoint(messages + "?sessionId=" + url.QueryEscape(s.id()))

	c, _ := caller.FromContext(r.Context())
	alive := newLifeline(e.options.KeepAlive, c.Until)
	defer alive.stop()
	ending := e.ending
	var idle <-chan struct{} // once ending: nothing is under way any more
	for x.err == nil {
		select {
		case n := <-s.session.notes:
			x.note(n)
		case a := <-s.answers:
			x.pending(s.session.notes) // what a call said comes before its answer
			x.event(&a)
		case <-alive.silence:
			x.comment()
		case <-ending:
			ending, idle = nil, s.requests.end()
		case <-idle:
			x.pending(s.session.notes)
			return
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-alive.until:
			return
		case <-c.Gone:
			return
		}
	}
}

// Messages returns the handler that takes the messages of the SSE transport. Their
// answers go out on the stream.
func (h *HTTP) Messages(s *server.MCPServer) http.Handler { return h.handler(endpoint{h, s}.message) }

func (e endpoint) message(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "use POST", 0)
		return
	}
	s, ok := e.use(r, r.URL.Query().Get("sessionId"), true)
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such session: open a new stream", 0)
		return
	}
	defer s.leave()
	in, ok := e.read(w, r)
	if !ok {
		return
	}
	c, _ := caller.FromContext(r.Context())
	release, ok := c.Admit(r.Context(), in.calls())
	if !ok {
		refuse(w, http.StatusTooManyRequests, "too many calls are under way", time.Second)
		return
	}
	// The client may wait for the end of this request before it reads its stream.
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
	_ = http.NewResponseController(w).Flush()
	// The request's own part ends with it, the stream's would not end with the call.
	ctx, done := e.options.Budget.Begin(s.ctx, c.Name)
	s.dispatch(ctx, in, func(a *answer) {
		defer release()
		defer done()
		if a == nil {
			return
		}
		select {
		case s.answers <- *a:
		case <-s.ctx.Done():
		}
	})
}
