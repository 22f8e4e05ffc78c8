package simulator

import (
	"context"
	"net/http"
	"time"
)

// visit is what the simulator knows of a request besides the request itself.
type visit struct {
	// now is Zoom's clock for it.
	now time.Time
	// route is the path of the Phone API that was asked for; nil for others.
	route *route
	// login is who logged in for the token; nil for the app's own token.
	login *user
	// page is what goes wrong with pages.
	page pageTrick
	// ended is what becomes of the lists that Zoom ends in November 2026.
	ended endedLists
	// without are scopes that the app lacks for this request.
	without []string
	// downloads is the base URL that files are redirected to; empty where
	// nothing special was asked for.
	downloads string
}

// pageTrick is a way in which a list goes wrong.
type pageTrick int

const (
	pageExpired  pageTrick = iota + 1 // the page token that came along has ended
	pageRepeated                      // the token of the page is the one that came along
	pageEmpty                         // no records, and yet a token
)

// endedLists reports whether call_logs of the call histories and call_path of a
// call come: Zoom ends them in November 2026, and so they are left out. Faults
// bring them back.
type endedLists int

const (
	endedLeftOut endedLists = iota
	endedToo                // beside their successors, as before the end
	endedOnly               // in place of their successors, as integrations have seen
)

// put adds a list that has ended and its successor to an answer, or one of them.
func (e endedLists) put(o object, old string, ended []object, name string, list []object) {
	if e != endedOnly {
		o[name] = list
	}
	if e != endedLeftOut {
		o[old] = ended
	}
}

type visitKey struct{}

// visitOf returns the visit of a request that ServeHTTP has received.
func visitOf(r *http.Request) *visit { return r.Context().Value(visitKey{}).(*visit) }

func (s *Simulator) newVisit(r *http.Request) *visit {
	v := &visit{now: s.now()}
	if _, pattern := s.mux.Handler(r); pattern != "" {
		v.route = s.byPattern[pattern]
	}
	return v
}

func (v *visit) attach(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
}
