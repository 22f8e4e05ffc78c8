package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
)

// object is a JSON object whose fields are few or vary.
type object = map[string]any

// apiError is a refusal in the shape of the Phone API.
type apiError struct {
	status  int
	Code    int          `json:"code"`
	Message string       `json:"message"`
	Errors  []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %d %s", e.status, e.Code, e.Message) }

// refuse makes an apiError. The code is independent of the status, as in Zoom.
func refuse(status, code int, format string, args ...any) *apiError {
	return &apiError{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalidField is the answer to a parameter of the wrong form.
func invalidField(field, message string) *apiError {
	return &apiError{
		status: http.StatusBadRequest, Code: 300, Message: "Validation Failed.",
		Errors: []fieldError{{Field: field, Message: message}},
	}
}

// download is an answer that is a file or a redirect to one.
type download struct {
	media    string
	name     string
	bytes    []byte
	location string
}

// ServeHTTP answers as Zoom does: OAuth, the Phone API and files; or as a fault says.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.FaultControl && s.controls(w, r) {
		return
	}
	sw := &statusWriter{ResponseWriter: w}
	v := s.newVisit(r)
	r = v.attach(r)
	n := s.served.Add(1)
	w.Header().Set("x-zm-trackingid", fmt.Sprintf("SIM_%016x", n*0x9e3779b97f4a7c15^s.opts.Seed))
	defer func() { s.record(r, sw.status) }()
	if f := s.fault(r, v); f != nil {
		s.misbehave(sw, r, v, f)
		return
	}
	s.answer(sw, r)
}

// answer returns the answer of an account that works.
func (s *Simulator) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", visitOf(r).now.Format(http.TimeFormat))
	if r.Header.Get("Authorization") != "" && s.isElsewhere(r.Host) {
		s.leaks.Add(1)
		http.Error(w, "only one way of authorization is allowed", http.StatusBadRequest)
		return
	}
	// The mux would redirect a path that is not clean; the service does not know it.
	if p := r.URL.EscapedPath(); p != "/" && path.Clean(p) != p {
		s.serveUnknown(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// buildRoutes makes the mux of the whole surface.
func (s *Simulator) buildRoutes(answers map[string]answer) {
	s.mux, s.byPattern = http.NewServeMux(), make(map[string]*route, len(routeTable))
	s.mux.HandleFunc("GET /oauth/authorize", s.serveAuthorize)
	s.mux.HandleFunc("POST /oauth/token", s.serveToken)
	s.mux.HandleFunc("POST /oauth/revoke", s.serveRevoke)
	s.mux.HandleFunc("GET /files/{kind}/{id}", s.serveFile)
	s.mux.HandleFunc("/", s.serveUnknown)
	for i := range routeTable {
		rt := &routeTable[i]
		pattern := "GET /v2" + rt.path
		s.byPattern[pattern] = rt
		answer := answers[rt.operation]
		if answer == nil {
			answer = (*Simulator).fromSchema
		}
		s.mux.Handle(pattern, s.endpoint(rt, answer))
	}
}

func (s *Simulator) serveUnknown(w http.ResponseWriter, _ *http.Request) {
	writeError(w, refuse(http.StatusNotFound, 2300, "This API endpoint is not recognized."))
}

// endpoint is one path of the Phone API: token, limits, scopes, page token, answer.
func (s *Simulator) endpoint(rt *route, answer answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.admit(w.Header(), r); err != nil {
			writeError(w, err)
			return
		}
		q, err := s.newQuery(rt, r)
		if err != nil {
			writeError(w, err)
			return
		}
		v, err := answer(s, q)
		if err != nil {
			writeError(w, err)
			return
		}
		if d, ok := v.(*download); ok {
			d.write(w)
			return
		}
		writeJSON(w, http.StatusOK, v)
	})
}

// admit lets a request in, or says why not; h takes the headers of the limits.
func (s *Simulator) admit(h http.Header, r *http.Request) error {
	v := visitOf(r)
	if err := s.authorize(r, v); err != nil {
		return err
	}
	if err := s.throttle(h, v); err != nil {
		return err
	}
	if s.opts.PhoneDisabled {
		return refuse(http.StatusForbidden, 2031, phoneDisabled)
	}
	return s.checkScopes(v)
}

const phoneDisabled = "Zoom Phone has not been enabled for this account."

func (d *download) write(w http.ResponseWriter) {
	if d.location != "" {
		w.Header().Set("Location", d.location)
		w.WriteHeader(http.StatusFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", d.media)
	h.Set("Content-Length", fmt.Sprint(len(d.bytes)))
	if d.name != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", d.name))
	}
	_, _ = w.Write(d.bytes)
}

func writeError(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		e = refuse(http.StatusInternalServerError, 500, "%v", err)
	}
	writeJSON(w, e.status, e)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(buf.Bytes(), "\n"))
}

// origin is scheme and host under which the caller reached the simulator.
func origin(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		u.Scheme = "https"
	}
	return u.String()
}
