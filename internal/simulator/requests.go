package simulator

import (
	"maps"
	"net/http"
)

// Request is one request that was answered.
type Request struct {
	Method string
	// Path is the URL path as it was sent, percent-encoding included.
	Path string
	// Query is the raw query string.
	Query string
	// Route is the pattern that matched, such as "GET /v2/phone/users/{userId}";
	// empty where none did.
	Route string
	// Authorized reports whether an Authorization header came along.
	Authorized bool
	// Status is that of the answer; zero where a fault left the request without one.
	Status int
}

const (
	requestsKept = 4096 // newest requests remembered
	requestText  = 4096 // bytes of path and of query remembered
)

// requestLog remembers the newest requests and counts all of them.
type requestLog struct {
	ring   []Request
	next   int
	counts map[string]int
}

func (l *requestLog) add(q Request) {
	q.Path, q.Query = q.Path[:min(len(q.Path), requestText)], q.Query[:min(len(q.Query), requestText)]
	if l.counts == nil {
		l.counts = make(map[string]int)
	}
	l.counts[q.Route]++
	if len(l.ring) < requestsKept {
		l.ring = append(l.ring, q)
		return
	}
	l.ring[l.next] = q
	l.next = (l.next + 1) % requestsKept
}

// Requests returns the newest requests in the order of their answers, at most 4096.
func (s *Simulator) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, 0, len(s.log.ring))
	return append(append(out, s.log.ring[s.log.next:]...), s.log.ring[:s.log.next]...)
}

// RequestCounts returns the number of requests for each route pattern, such as
// "GET /v2/phone/users/{userId}"; those that matched none are under "".
func (s *Simulator) RequestCounts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.log.counts)
}

// ResetRequests forgets the requests seen so far.
func (s *Simulator) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = requestLog{}
}

func (s *Simulator) record(r *http.Request, status int) {
	q := Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Status: status,
		Authorized: r.Header.Get("Authorization") != "",
	}
	if r.Pattern != "/" {
		q.Route = r.Pattern
	}
	s.mu.Lock()
	s.log.add(q)
	s.mu.Unlock()
	if s.opts.OnRequest != nil {
		s.opts.OnRequest(q)
	}
}

// statusWriter notes the status that a handler writes, and has the last word on
// the header.
type statusWriter struct {
	http.ResponseWriter
	status   int
	override http.Header // replaces what the handler has set
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		for key, values := range w.override {
			w.Header()[http.CanonicalHeaderKey(key)] = values
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
