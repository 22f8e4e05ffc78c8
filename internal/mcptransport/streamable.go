package mcptransport

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/caller"
)

// Streamable returns the endpoint of Streamable HTTP.
//
// A client that initializes gets a session; a client that sends requests without
// one is served all the same, each request by itself, as are all requests of
// protocol version 2026-07-28. An answer is a JSON document. It becomes a stream
// of events when there is something to say before it: a notification, or a sign
// of life because a call takes long.
func (h *HTTP) Streamable(s *server.MCPServer) http.Handler {
	e := endpoint{h, s}
	return h.handler(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			e.post(w, r)
		case http.MethodGet:
			e.listen(w, r)
		case http.MethodDelete:
			e.delete(w, r)
		default:
			w.Header().Set("Allow", "GET, POST, DELETE")
			refuse(w, http.StatusMethodNotAllowed, "use POST", 0)
		}
	})
}

// read takes the body of a request that has messages, or refuses it.
func (h *HTTP) read(w http.ResponseWriter, r *http.Request) (in incoming, ok bool) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "the Content-Type must be application/json", 0)
		return in, false
	}
	if r.ContentLength > int64(h.options.MaxMessage) {
		refuse(w, http.StatusRequestEntityTooLarge, "the message is too long", 0)
		return in, false
	}
	body, err := h.body(w, r)
	if err != nil {
		_, long := errors.AsType[*http.MaxBytesError](err)
		_, busy := errors.AsType[*apierror.Error](err)
		w.Header().Set("Connection", "close")
		switch {
		case long:
			refuse(w, http.StatusRequestEntityTooLarge, "the message is too long", 0)
		case busy:
			refuse(w, http.StatusServiceUnavailable, err.Error(), retryBusy)
		default:
			refuse(w, http.StatusRequestTimeout, "the message did not arrive", 0)
		}
		return in, false
	}

	rejected := &rejection{code: mcp.PARSE_ERROR, text: "the message is empty"}
	if body = bare(body); len(body) > 0 {
		if len(body) > longMessage {
			// Those who send short ones shall not wait for all who send long ones.
			h.parsing <- struct{}{}
			in, rejected = parse(body)
			<-h.parsing
		} else {
			in, rejected = parse(body)
		}
	}
	if rejected == nil && !in.batch {
		rejected = in.items[0].rejected
	}
	if rejected != nil {
		a := rejected.answer()
		h.exchange(w).json(http.StatusBadRequest, &a)
		return in, false
	}
	return in, true
}

const (
	// bodyStep is how much of a body is read before more memory is taken for it.
	bodyStep = 16 << 10
	// bodyCost is how often a message is in memory while it is read.
	bodyCost = 3
	// stall is how long a client may send nothing of a body.
	stall = 10 * time.Second
	// longMessage is from where a message is parsed one at a time, or few: it takes
	// milliseconds of a processor.
	longMessage = 128 << 10
	// retryBusy is when to come back where the memory is in use.
	retryBusy = 5 * time.Second
)

// body reads a body. What has come of it is what it takes of the memory: who announces
// much and sends little keeps nobody out.
func (h *HTTP) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	in := http.MaxBytesReader(w, r.Body, int64(h.options.MaxMessage))
	end := time.Now().Add(h.options.BodyTimeout)
	var body []byte
	for {
		if len(body) == cap(body) {
			step := max(bodyStep, cap(body))
			if err := budget.Take(r.Context(), bodyCost*int64(step)); err != nil {
				return nil, err
			}
			body = slices.Grow(body, step)
		}
		soon := time.Now().Add(stall)
		if end.Before(soon) {
			soon = end
		}
		_ = control.SetReadDeadline(soon)
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			_ = control.SetReadDeadline(time.Time{})
			return body, nil
		case err != nil:
			return nil, err
		}
	}
}

// initializes reports whether this is what a client begins with.
func (in *incoming) initializes() bool {
	m := in.items[0].message
	return !in.batch && m != nil && m.id != nil && m.method == string(mcp.MethodInitialize)
}

// post takes a message or a batch and answers it.
func (e endpoint) post(w http.ResponseWriter, r *http.Request) {
	in, ok := e.read(w, r)
	if !ok {
		return
	}
	x := e.exchange(w)
	defer x.finish()
	v := eraOf(r.Header, &in)
	if a := v.check(r.Header, &in); a != nil {
		x.json(http.StatusBadRequest, a)
		return
	}
	c, _ := caller.FromContext(r.Context())
	release, ok := c.Admit(r.Context(), in.calls())
	if !ok {
		refuse(w, http.StatusTooManyRequests, "too many calls are under way", time.Second)
		return
	}
	defer release()

	switch id := r.Header.Get(mcp.HeaderSessionID); {
	case !v.modern && in.initializes():
		s, err := e.open(r, false)
		if err != nil {
			refuseSession(w, err)
			return
		}
		defer s.leave()
		w.Header().Set(mcp.HeaderSessionID, s.id())
		if a := e.turn(x, r, &s.dispatcher, s.ctx, in, v); a == nil || a.failed {
			s.end()
		}
	case !v.modern && id != "":
		s, ok := e.use(r, id, false)
		if !ok {
			refuse(w, http.StatusNotFound, "there is no such session: initialize a new one", 0)
			return
		}
		defer s.leave()
		e.turn(x, r, &s.dispatcher, s.ctx, in, v)
	default:
		e.turn(x, r, e.single(), e.base, in, v)
	}
}

// single serves one request of a client without a session. Nothing of another
// request can be named in it: a cancellation finds nothing.
func (e endpoint) single() *dispatcher {
	return &dispatcher{
		mcp: e.mcp, log: e.options.Log, session: e.ephemeral(), requests: newRequests(e.options), workers: e.workers,
	}
}

// turn is a session as one POST sees it: the notifications that belong to its
// requests come to it, and not to the session's stream.
type turn struct {
	*session
	notes chan mcp.JSONRPCNotification
}

func (t turn) NotificationChannel() chan<- mcp.JSONRPCNotification { return t.notes }

// maxTurnNotes is how many notifications of one POST may wait.
const maxTurnNotes = 16

// turn serves what came with one POST and gives what was answered, nil where
// there was nothing to answer. It ends early with the client's connection and
// with lifetime: there is nobody left then who could take the answer.
func (h *HTTP) turn(x *exchange, r *http.Request, d *dispatcher, lifetime context.Context, in incoming, e era) *answer {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(lifetime, cancel)()
	t := turn{d.session, make(chan mcp.JSONRPCNotification, maxTurnNotes)}
	ctx = d.mcp.WithContext(ctx, t)
	streams := readsEvents(r)

	answers := make(chan *answer, 1)
	d.dispatch(ctx, in, func(a *answer) { answers <- a })
	a, answered := h.watch(ctx, x, answers, t.notes, streams, d.requests.endStreams)
	if !answered {
		cancel()
		<-answers // the caller keeps its room until the calls have ended
	}
	switch {
	case x.err != nil || r.Context().Err() != nil:
		return nil
	case ctx.Err() != nil:
		if !x.streaming {
			refuse(x.w, http.StatusServiceUnavailable, "the session or the server has ended", 0)
		}
		return nil
	}
	h.conclude(x, t, a, e, streams)
	return a
}

// watch says what there is to say before the answer, which it returns. It reports
// false when the context ends first or the client has gone. ending is called when the
// server ends.
func (h *HTTP) watch(ctx context.Context, x *exchange, answers <-chan *answer, notes <-chan mcp.JSONRPCNotification, streams bool, ending func()) (_ *answer, answered bool) {
	var silence <-chan time.Time
	if streams {
		ticker := time.NewTicker(h.options.KeepAlive)
		defer ticker.Stop()
		silence = ticker.C
	}
	end := h.ending
	for x.err == nil {
		select {
		case a := <-answers:
			return a, true
		case n := <-notes:
			if streams {
				x.stream()
				x.note(n)
			}
		case <-silence:
			x.stream()
			x.comment()
		case <-end:
			end = nil
			ending()
		case <-ctx.Done():
			return nil, false
		}
	}
	return nil, false
}

// conclude writes the last thing that a POST is answered with.
func (h *HTTP) conclude(x *exchange, t turn, a *answer, e era, streams bool) {
	if a == nil {
		// Nothing but notifications, or the client has cancelled what it asked.
		if !x.streaming {
			x.w.WriteHeader(http.StatusAccepted)
		}
		return
	}
	if len(t.notes) > 0 && streams {
		x.stream()
		x.pending(t.notes)
	}
	status := e.status(a)
	switch {
	case x.streaming:
		x.event(a)
	case status == http.StatusTooManyRequests:
		x.w.Header().Set("Retry-After", "1")
		fallthrough
	default:
		if a.failed {
			x.w.Header().Del(mcp.HeaderSessionID) // of an initialize that went wrong
		}
		x.json(status, a)
	}
}

// listen is the stream on which a session gets the notifications that belong to
// no request.
func (e endpoint) listen(w http.ResponseWriter, r *http.Request) {
	id, refused := refuseOld(w, r)
	if refused {
		return
	}
	if !accepts(r, eventStream) {
		refuse(w, http.StatusNotAcceptable, "the answer is "+eventStream, 0)
		return
	}
	s, ok := e.use(r, id, false)
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such session: initialize a new one", 0)
		return
	}
	defer s.leave()
	replaced := s.takeStream()
	x := e.exchange(w)
	defer x.finish()
	x.stream()
	x.comment()

	c, _ := caller.FromContext(r.Context())
	alive := newLifeline(e.options.KeepAlive, c.Until)
	defer alive.stop()
	for x.err == nil {
		select {
		case n := <-s.session.notes:
			x.note(n)
		case <-alive.silence:
			x.comment()
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-replaced:
			return
		case <-alive.until:
			return
		case <-c.Gone:
			return
		case <-e.ending:
			return
		}
	}
}

// delete ends a session.
func (e endpoint) delete(w http.ResponseWriter, r *http.Request) {
	id, refused := refuseOld(w, r)
	if refused {
		return
	}
	s, ok := e.use(r, id, false)
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such session", 0)
		return
	}
	s.end()
	s.leave()
	w.WriteHeader(http.StatusOK)
}

// lifeline says when a silent stream needs a sign of life, and when its client's
// credential ends.
type lifeline struct {
	ticker  *time.Ticker
	timer   *time.Timer
	silence <-chan time.Time
	until   <-chan time.Time // nil for never
}

func newLifeline(pause time.Duration, until time.Time) *lifeline {
	l := &lifeline{ticker: time.NewTicker(pause)}
	l.silence = l.ticker.C
	if !until.IsZero() {
		l.timer = time.NewTimer(time.Until(until))
		l.until = l.timer.C
	}
	return l
}

func (l *lifeline) stop() {
	l.ticker.Stop()
	if l.timer != nil {
		l.timer.Stop()
	}
}
