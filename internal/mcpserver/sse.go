package mcpserver

import (
	"net/http"
	"net/url"
	"time"
)

// ServeSSE opens the stream of the SSE transport, on which a client gets all
// answers. messages is the path to which it sends its messages; see ServeMessage.
func (h *HTTP) ServeSSE(w http.ResponseWriter, r *http.Request, p Peer, messages string) {
	leave, ok := h.enter(w)
	if !ok {
		return
	}
	defer leave()
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "use GET", 0)
		return
	}
	if !accepts(r, eventStream) {
		refuse(w, http.StatusNotAcceptable, "the answer is "+eventStream, 0)
		return
	}
	s, err := h.sessions.open(h.base, h, &p, true)
	if err != nil {
		refuseSession(w, err)
		return
	}
	defer s.end()
	x := h.exchange(w)
	defer x.finish()
	x.stream()
	x.endpoint(messages + "?sessionId=" + url.QueryEscape(s.id()))

	alive := newLifeline(h.options.KeepAlive, p.Until)
	defer alive.stop()
	ending := h.ending
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
		case <-p.Gone:
			return
		}
	}
}

// ServeMessage takes a message of the SSE transport. Its answer goes out on the
// stream.
func (h *HTTP) ServeMessage(w http.ResponseWriter, r *http.Request, p Peer) {
	leave, ok := h.enter(w)
	if !ok {
		return
	}
	defer leave()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "use POST", 0)
		return
	}
	s, ok := h.sessions.use(r.URL.Query().Get("sessionId"), &p, true)
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such session: open a new stream", 0)
		return
	}
	defer s.leave()
	in, ok := h.read(w, r)
	if !ok {
		return
	}
	release, ok := p.admit(r.Context(), in.calls())
	if !ok {
		refuse(w, http.StatusTooManyRequests, "too many calls are under way", time.Second)
		return
	}
	// The client may wait for the end of this request before it reads its stream.
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
	_ = http.NewResponseController(w).Flush()
	s.dispatch(s.ctx, in, func(a *answer) {
		defer release()
		if a == nil {
			return
		}
		select {
		case s.answers <- *a:
		case <-s.ctx.Done():
		}
	})
}
