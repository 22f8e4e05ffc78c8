package simulator

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Fault is one way of misbehaving: which requests it is for, and what happens to
// them. Faults are consulted for every request in the order in which they were
// injected; the first that fits is applied.
type Fault struct {
	// Name is one of FaultNames. Empty means that the fields from Delay on say
	// all there is.
	Name string

	// Method is the HTTP method it fits; empty fits all.
	Method string
	// Path is a pattern as of path.Match for the whole decoded URL path, for
	// example /v2/phone/users/*; empty fits all. A pattern that ends in /** fits
	// everything below.
	Path string
	// Skip lets this many fitting requests through first.
	Skip int
	// Count is how many requests it is applied to; zero means all.
	Count int
	// Rate is the part of the fitting requests, by chance, that it is applied to,
	// from 0 to 1; zero means all.
	Rate float64
	// Seed makes that chance repeatable; zero means a seed made of the account's
	// and the number of the fault.
	Seed uint64

	// Delay is waited before anything is answered.
	Delay time.Duration
	// Status, when set, replaces the answer by this status and Body; with a Name
	// it replaces the status of that fault.
	Status int
	// Body is the body that goes with Status, as it is; with a Name it replaces
	// the body of that fault.
	Body string
	// Header is set on the answer, whichever it is. A body without a Content-Type
	// here is sent as JSON.
	Header http.Header

	// Bytes is how much of the body is sent before the answer breaks off, or at a
	// time, or in all; what it is for and its default are the named fault's.
	Bytes int64
	// Skew is how far Zoom's clock is off (clock_skew).
	Skew time.Duration
	// Scopes are the scopes taken away (scope_removed).
	Scopes []string
	// To is the address that a redirect or api_url leads to.
	To string
	// RetryAfter is how the refusals of rate limits say when to come back.
	RetryAfter RetryAfter
}

// armedFault is a fault that waits for its requests.
type armedFault struct {
	Fault
	kind    *faultKind
	id      int
	seen    int // requests that fit
	applied int
	chance  *rand.Rand
}

// check tells what is wrong with a fault.
func (f *Fault) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if f.Name != "" && kindOf(f.Name) == nil {
		wrong("no fault is called %q; there are %s", f.Name, strings.Join(FaultNames(), ", "))
	}
	if _, err := path.Match(f.Path, "/"); err != nil {
		wrong("path %q: %v", f.Path, err)
	}
	if f.Skip < 0 || f.Count < 0 || f.Bytes < 0 || f.Delay < 0 {
		wrong("skip, count, bytes and delay must not be negative")
	}
	if !(f.Rate >= 0 && f.Rate <= 1) {
		wrong("rate %v is not between 0 and 1", f.Rate)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		wrong("status %d is not between 200 and 599", f.Status)
	}
	if f.Name == "" && f.Body != "" && f.Status == 0 {
		wrong("a body needs a status or a name")
	}
	if !slices.Contains([]RetryAfter{RetryAfterDefault, RetryAfterSeconds, RetryAfterHTTPDate, RetryAfterISO, RetryAfterAbsent}, f.RetryAfter) {
		wrong("retry_after %q is not one of seconds, http-date, iso, absent", f.RetryAfter)
	}
	if u, err := url.Parse(f.To); f.To != "" && (err != nil || u.Host == "") {
		wrong("to %q is not an absolute URL", f.To)
	}
	return errors.Join(errs...)
}

// Inject adds a fault and gives the function that takes it away again. It
// panics when the fault makes no sense, such as a name that does not exist.
func (s *Simulator) Inject(f Fault) (remove func()) {
	if err := f.check(); err != nil {
		panic(fmt.Sprintf("simulator: %v", err))
	}
	id := s.arm(f)
	return func() { s.disarm(id) }
}

// ClearFaults takes every fault away.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Simulator) arm(f Fault) (id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastFault++
	a := &armedFault{Fault: f, id: s.lastFault, kind: kindOf(f.Name)}
	seed := f.Seed
	if seed == 0 {
		seed = s.opts.Seed<<16 ^ uint64(a.id)
	}
	a.chance = rand.New(rand.NewPCG(seed, 0))
	s.faults = append(s.faults, a)
	return a.id
}

func (s *Simulator) disarm(id int) (found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(a *armedFault) bool { return a.id == id })
	if i >= 0 {
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	return i >= 0
}

// fault returns the fault that applies to a request, nil for none.
func (s *Simulator) fault(r *http.Request, v *visit) *armedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		if a.Count > 0 && a.applied >= a.Count || !a.fits(r, v) {
			continue
		}
		a.seen++
		if a.seen <= a.Skip || a.Rate > 0 && a.chance.Float64() >= a.Rate {
			continue
		}
		a.applied++
		return a
	}
	return nil
}

func (a *armedFault) fits(r *http.Request, v *visit) bool {
	if a.Method != "" && a.Method != r.Method {
		return false
	}
	if below, ok := strings.CutSuffix(a.Path, "/**"); ok {
		if !strings.HasPrefix(r.URL.Path, below+"/") {
			return false
		}
	} else if a.Path != "" {
		if ok, err := path.Match(a.Path, r.URL.Path); err != nil || !ok {
			return false
		}
	}
	return a.kind == nil || a.kind.fits == nil || a.kind.fits(r, v)
}

// misbehave answers a request as a fault says.
func (s *Simulator) misbehave(w *statusWriter, r *http.Request, v *visit, a *armedFault) {
	if a.Delay > 0 && (a.kind == nil || !a.kind.pauses) {
		if err := s.opts.Sleep(r.Context(), a.Delay); err != nil {
			return // the caller has gone
		}
		v.now = s.now()
	}
	w.override = a.Header
	switch {
	case a.kind != nil && a.kind.act != nil:
		a.kind.act(s, w, r, v, &a.Fault)
	case a.kind != nil:
		s.refuseAs(w, v, a)
	case a.Status != 0:
		writeRaw(w, a.Status, "", a.Body)
	default:
		s.answer(w, r)
	}
}

// refuseAs answers with the status, header and body of a named fault.
func (s *Simulator) refuseAs(w http.ResponseWriter, v *visit, a *armedFault) {
	status, body := a.kind.status, a.kind.body
	if a.Status != 0 {
		status = a.Status
	}
	if a.Body != "" {
		body = a.Body
	}
	if strings.Contains(body, scopesMark) {
		body = strings.ReplaceAll(body, scopesMark, strings.Join(v.scopesWanted(), ", "))
	}
	w.Header().Set("Date", v.now.Format(http.TimeFormat))
	writeRaw(w, status, a.kind.media, body)
}

// scopesMark in a body stands for the scopes of the path.
const scopesMark = "{scopes}"

func (v *visit) scopesWanted() []string {
	if v.route == nil {
		return []string{"phone:read:admin"}
	}
	return v.route.scopes
}

// writeRaw answers with a body as it is; no media type means JSON.
func writeRaw(w http.ResponseWriter, status int, media, body string) {
	if media == "" {
		media = "application/json;charset=UTF-8"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
