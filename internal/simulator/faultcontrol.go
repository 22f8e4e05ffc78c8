package simulator

import (
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

const (
	controlPath = "/_faults"
	maxScript   = 1 << 20 // bytes
	maxArmed    = 1000    // faults
)

// armedJSON is a fault as GET /_faults shows it.
type armedJSON struct {
	ID int `json:"id"`
	faultJSON
	Seen    int `json:"seen"`    // requests that fit
	Applied int `json:"applied"` // and were hit
}

// controls answers requests for /_faults, and reports whether this was one. No
// fault applies to them and they are not recorded. Only callers on this machine
// are heard, and no web page in their browser.
func (s *Simulator) controls(w http.ResponseWriter, r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, controlPath)
	if !ok || rest != "" && rest[0] != '/' {
		return false
	}
	if !isLocal(r) {
		http.Error(w, "only for callers on this machine, by a loopback address", http.StatusForbidden)
		return true
	}
	id, err := strconv.Atoi(strings.TrimPrefix(rest, "/"))
	one := err == nil
	switch {
	case rest == "/names" && r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, object{"names": FaultInfos()})
	case rest != "" && !one:
		http.NotFound(w, r)
	case r.Method == http.MethodGet && !one:
		writeJSON(w, http.StatusOK, object{"faults": s.armedFaults(0), "token_leaks": s.TokenLeaks()})
	case r.Method == http.MethodPost && !one:
		s.postFaults(w, r)
	case r.Method == http.MethodDelete && !one:
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete && s.disarm(id):
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		http.NotFound(w, r)
	default:
		http.Error(w, "GET, POST or DELETE "+controlPath, http.StatusMethodNotAllowed)
	}
	return true
}

func (s *Simulator) postFaults(w http.ResponseWriter, r *http.Request) {
	// A page in a browser can send other types without asking anybody.
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		http.Error(w, "send Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	}
	script, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxScript))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	faults, err := ParseFaults(script)
	if err == nil && len(faults)+len(s.armedFaults(0)) > maxArmed {
		err = fmt.Errorf("more than %d faults", maxArmed)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	}
	first := 0
	for _, f := range faults {
		if id := s.arm(f); first == 0 {
			first = id
		}
	}
	writeJSON(w, http.StatusCreated, object{"faults": s.armedFaults(first)})
}

// armedFaults shows the faults from an id on.
func (s *Simulator) armedFaults(from int) []armedJSON {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []armedJSON{}
	for _, a := range s.faults {
		if a.id >= from {
			out = append(out, armedJSON{a.id, writtenFault(&a.Fault), a.seen, a.applied})
		}
	}
	return out
}

// isLocal reports whether both ends of a request are this machine. The name in
// Host counts too: a name that was pointed at a loopback address is a trick.
func isLocal(r *http.Request) bool {
	caller, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !caller.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return isLoopback(strings.Trim(host, "[]"))
}
