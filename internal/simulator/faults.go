package simulator

import (
	"net/http"
	"path"
	"time"
)

// Fault is one way of misbehaving. Faults are consulted for every request in
// the order in which they were injected; the first that fits is applied.
type Fault struct {
	// Method is the HTTP method it fits; empty fits all.
	Method string
	// Path is a pattern as of path.Match for the whole decoded URL path, for
	// example /v2/phone/users/*; empty fits all.
	Path string
	// Skip lets this many fitting requests through first.
	Skip int
	// Count is how many fitting requests it is applied to; zero means all.
	Count int

	// Delay is waited before anything is answered.
	Delay time.Duration
	// Status, when set, replaces the answer by this status and Body.
	Status int
	// Body is the body that goes with Status, as it is.
	Body string
	// Header is set on the answer, whichever it is. A body without a
	// Content-Type here is sent as JSON.
	Header http.Header
}

type armedFault struct {
	Fault
	seen int
}

// Inject adds a fault and gives the function that takes it away again.
func (s *Simulator) Inject(f Fault) (remove func()) {
	armed := &armedFault{Fault: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, armed)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.faults {
			if other == armed {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				return
			}
		}
	}
}

// fault gives the fault that applies to a request, nil for none.
func (s *Simulator) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != r.Method {
			continue
		}
		if f.Path != "" {
			if ok, err := path.Match(f.Path, r.URL.Path); err != nil || !ok {
				continue
			}
		}
		if f.Count > 0 && f.seen >= f.Skip+f.Count {
			continue
		}
		f.seen++
		if f.seen <= f.Skip {
			continue
		}
		return &f.Fault
	}
	return nil
}

// misbehave applies the fault for a request, if there is one, and reports
// whether the request is thereby answered.
func (s *Simulator) misbehave(w http.ResponseWriter, r *http.Request) bool {
	f := s.fault(r)
	if f == nil {
		return false
	}
	if f.Delay > 0 {
		if err := s.opts.Sleep(r.Context(), f.Delay); err != nil {
			return true // the caller has gone
		}
	}
	for key, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}
	if f.Status == 0 {
		return false
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
	return true
}
