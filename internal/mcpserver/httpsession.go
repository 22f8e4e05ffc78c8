package mcpserver

import (
	"container/list"
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// httpSession is a client's session on HTTP.
type httpSession struct {
	dispatcher
	store *sessions
	peer  string          // the name of the peer that it belongs to
	sse   bool            // of the SSE transport
	ctx   context.Context // ends with the session
	stop  context.CancelFunc

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
	max, maxPeer int
	idleTimeout  time.Duration

	mu     sync.Mutex
	byID   map[string]*httpSession
	byPeer map[string]int
	sse    int
	idle   *list.List // of *httpSession, the longest idle first
}

func newSessions(o HTTPOptions) *sessions {
	return &sessions{
		max: o.MaxSessions, maxPeer: o.MaxPeerSessions, idleTimeout: o.IdleTimeout,
		byID: map[string]*httpSession{}, byPeer: map[string]int{}, idle: list.New(),
	}
}

// open makes a session that is in use. Where there is no room, the session of
// the same peer that has been idle for longest gives way, or of any peer: its
// client begins a new one when it comes back.
func (q *sessions) open(base context.Context, h *HTTP, p *Peer, sse bool) (*httpSession, error) {
	s := &httpSession{store: q, peer: p.Name, sse: sse, users: 1}
	s.server, s.run = p.Server, h.workers.run
	s.session = newSession(rand.Text(), maxSessionNotes)
	s.requests = newRequests(p.Server.options)
	s.log = h.options.Log.With().Str("caller", p.Name).Logger()
	if sse {
		s.answers = make(chan answer)
	}
	s.ctx, s.stop = context.WithCancel(p.Server.mcp.WithContext(withFileURL(base, p.FileURL), s.session))
	if err := q.add(s); err != nil {
		s.stop()
		return nil, err
	}
	if err := p.Server.mcp.RegisterSession(s.ctx, s.session); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (q *sessions) add(s *httpSession) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byPeer[s.peer] >= q.maxPeer && !q.evict(s.peer) {
		return errPeerSessions
	}
	if len(q.byID) >= q.max && !q.evict(s.peer) && !q.evict("") {
		return errAllSessions
	}
	q.byID[s.id()] = s
	q.byPeer[s.peer]++
	if s.sse {
		q.sse++
	}
	return nil
}

func (s *httpSession) id() string { return s.session.id }

// evict ends the longest idle session of a peer, or of all without a name.
func (q *sessions) evict(peer string) bool {
	for e := q.idle.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*httpSession); peer == "" || s.peer == peer {
			q.remove(s)
			return true
		}
	}
	return false
}

// use finds a peer's session and keeps it from becoming idle until leave.
func (q *sessions) use(id string, p *Peer, sse bool) (*httpSession, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s, ok := q.byID[id]
	if !ok || s.peer != p.Name || s.server != p.Server || s.sse != sse {
		return nil, false
	}
	if s.users++; s.users == 1 {
		q.idle.Remove(s.idle)
		s.idle = nil
		s.expiry.Stop()
	}
	return s, true
}

// leave returns back what use and open gave.
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
	if q.byPeer[s.peer]--; q.byPeer[s.peer] == 0 {
		delete(q.byPeer, s.peer)
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
	s.server.mcp.UnregisterSession(context.Background(), s.id())
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
