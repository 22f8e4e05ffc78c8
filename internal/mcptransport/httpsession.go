package mcptransport

import (
	"container/list"
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"zoom-phone-mcp/internal/caller"
)

// httpSession is a client's session on HTTP.
type httpSession struct {
	dispatcher
	store *sessions
	owner string          // the name of the caller that it belongs to
	sse   bool            // of the SSE transport
	ctx   context.Context // ends with the session
	stop  func()

	answers chan answer // SSE: to the stream

	// Of Streamable HTTP; the store's lock guards what follows.
	users   int           // requests and streams under way
	idle    *list.Element // in the store's list while users is 0
	expiry  *time.Timer   // runs while users is 0
	replace chan struct{} // closed when another stream takes the place of the open one
	ended   bool
}

// sessions are all sessions on HTTP, bounded in number.
type sessions struct {
	max, maxCaller int
	idleTimeout    time.Duration

	mu       sync.Mutex
	byID     map[string]*httpSession
	byCaller map[string]int
	sse      int
	idle     *list.List // of *httpSession, the longest idle first
}

func newSessions(o Options) *sessions {
	return &sessions{
		max: o.MaxSessions, maxCaller: o.MaxCallerSessions, idleTimeout: o.IdleTimeout,
		byID: map[string]*httpSession{}, byCaller: map[string]int{}, idle: list.New(),
	}
}

// open makes a session that is in use, for the caller of a request. It has what the
// context of the request has, and ends with base. Where there is no room, the
// session of the same caller that has been idle for longest gives way, or of any
// caller: its client begins a new one when it comes back.
func (e endpoint) open(r *http.Request, sse bool) (*httpSession, error) {
	c, _ := caller.FromContext(r.Context())
	s := &httpSession{store: e.sessions, owner: c.Name, sse: sse, users: 1}
	s.mcp, s.workers = e.mcp, e.workers
	s.session = newSession(rand.Text(), maxSessionNotes)
	s.requests = newRequests(e.options)
	s.log = e.options.Log.With().Str("caller", c.Name).Logger()
	if sse {
		s.answers = make(chan answer)
	}
	ctx, cancel := context.WithCancel(e.mcp.WithContext(context.WithoutCancel(r.Context()), s.session))
	unlink := context.AfterFunc(e.base, cancel)
	s.ctx, s.stop = ctx, func() {
		unlink()
		cancel()
	}
	if err := e.sessions.add(s); err != nil {
		s.stop()
		return nil, err
	}
	if err := e.mcp.RegisterSession(s.ctx, s.session); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (q *sessions) add(s *httpSession) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byCaller[s.owner] >= q.maxCaller && !q.evict(s.owner) {
		return errCallerSessions
	}
	if len(q.byID) >= q.max && !q.evict(s.owner) && !q.evict("") {
		return errAllSessions
	}
	q.byID[s.id()] = s
	q.byCaller[s.owner]++
	if s.sse {
		q.sse++
	}
	return nil
}

func (s *httpSession) id() string { return s.session.id }

// evict ends the longest idle session of a caller, or of all without a name.
func (q *sessions) evict(owner string) bool {
	for e := q.idle.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*httpSession); owner == "" || s.owner == owner {
			q.remove(s)
			return true
		}
	}
	return false
}

// use finds the session of a request's caller and keeps it from becoming idle until
// leave.
func (e endpoint) use(r *http.Request, id string, sse bool) (*httpSession, bool) {
	c, _ := caller.FromContext(r.Context())
	q := e.sessions
	q.mu.Lock()
	defer q.mu.Unlock()
	s, ok := q.byID[id]
	if !ok || s.owner != c.Name || s.mcp != e.mcp || s.sse != sse {
		return nil, false
	}
	if s.users++; s.users == 1 {
		q.idle.Remove(s.idle)
		s.idle = nil
		s.expiry.Stop()
	}
	return s, true
}

// leave gives back what use and open returned.
func (s *httpSession) leave() {
	q := s.store
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.users--; s.users > 0 || s.ended {
		return
	}
	s.idle = q.idle.PushBack(s)
	if s.expiry == nil {
		s.expiry = time.AfterFunc(q.idleTimeout, s.expire)
	} else {
		s.expiry.Reset(q.idleTimeout)
	}
}

// expire ends the session unless it was taken up again in the meantime.
func (s *httpSession) expire() {
	q := s.store
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.users == 0 && !s.ended {
		s.log.Debug().Msg("idle session ended")
		q.remove(s)
	}
}

// end ends the session and all that is under way in it.
func (s *httpSession) end() {
	q := s.store
	q.mu.Lock()
	defer q.mu.Unlock()
	if !s.ended {
		q.remove(s)
	}
}

func (q *sessions) remove(s *httpSession) {
	s.ended = true
	delete(q.byID, s.id())
	if q.byCaller[s.owner]--; q.byCaller[s.owner] == 0 {
		delete(q.byCaller, s.owner)
	}
	if s.sse {
		q.sse--
	}
	if s.idle != nil {
		q.idle.Remove(s.idle)
		s.idle = nil
	}
	if s.expiry != nil {
		s.expiry.Stop()
	}
	s.stop()
	s.mcp.UnregisterSession(context.Background(), s.id())
}

func (q *sessions) endAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.byID {
		q.remove(s)
	}
}

// takeStream makes the caller's stream the session's only one. A stream that is
// open already most often has lost its client without either side noticing.
func (s *httpSession) takeStream() (replaced <-chan struct{}) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if s.replace != nil {
		close(s.replace)
	}
	s.replace = make(chan struct{})
	return s.replace
}

func (q *sessions) count() (streamable, sse int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.byID) - q.sse, q.sse
}
