package simulator

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	endlessBytes  = 1 << 30 // of an endless body, unless the fault says otherwise
	trickleBytes  = 16      // at a time
	tricklePause  = time.Second
	slowTime      = 5 * time.Second
	hangTime      = 24 * time.Hour
	defaultSkew   = 10 * time.Minute
	defaultAPIURL = "https://api.zoom.example.com"
)

var bodyFaults = []faultKind{
	{name: "html", group: "Bodies", status: 200, media: "text/html;charset=UTF-8", body: htmlPage, about: "an HTML page with status 200"},
	{name: "html_error", group: "Bodies", status: 502, media: "text/html", body: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>", about: "an HTML page with status 502"},
	{name: "empty", group: "Bodies", status: 200, about: "no body with status 200"},
	{name: "empty_error", group: "Bodies", status: 400, about: "no body with status 400"},
	{name: "not_json", group: "Bodies", status: 400, body: `{"code":300,"message":"Validation Failed.",}`, about: "an error that is not valid JSON"},
	{name: "truncated", group: "Bodies", act: altered(truncate), about: "the connection ends after `bytes` of the body (default half of it), short of Content-Length"},
	{name: "cut_json", group: "Bodies", act: altered(cut), about: "only `bytes` of the body (default half of it) come, with a Content-Length to match"},
	{name: "endless", group: "Bodies", act: endless, about: "the body goes on and on, up to `bytes` (default 1 GiB)"},
	{name: "trickle", group: "Bodies", act: trickle, pauses: true, about: "the body comes `bytes` (default 16) at a time, with a pause of `delay` (default 1s) before each"},
	{name: "wrong_types", group: "Bodies", act: altered(wrongTypes), about: "numbers and booleans of the answer are strings, strings of digits are numbers"},
	{name: "wrong_shape", group: "Bodies", act: altered(wrongShape), about: "the answer comes inside an array, an array inside an object"},
	{name: "null", group: "Bodies", status: 200, body: "null", about: "the JSON null with status 200"},
}

const htmlPage = `<!DOCTYPE html><html><head><title>Zoom</title></head><body><h1>Sign in</h1><p>Your session has ended.</p></body></html>`

// captured is an answer that was not sent.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *captured) Header() http.Header { return c.header }

func (c *captured) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *captured) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// capture lets the account answer, and keeps the answer back.
func (s *Simulator) capture(w http.ResponseWriter, r *http.Request) *captured {
	c := &captured{header: w.Header().Clone()}
	s.answer(c, r)
	c.WriteHeader(http.StatusOK) // unless there is a status
	maps.Copy(w.Header(), c.header)
	return c
}

// altered sends the true answer with a changed body. The change may set a
// Content-Length of its own.
func altered(change func(h http.Header, body []byte, f *Fault) []byte) func(*Simulator, *statusWriter, *http.Request, *visit, *Fault) {
	return func(s *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
		c := s.capture(w, r)
		w.Header().Del("Content-Length")
		body := change(w.Header(), c.body.Bytes(), f)
		if f.Status != 0 {
			c.status = f.Status
		}
		w.WriteHeader(c.status)
		_, _ = w.Write(body)
	}
}

func head(body []byte, f *Fault) []byte {
	n := int64(len(body) / 2)
	if f.Bytes > 0 {
		n = f.Bytes
	}
	return body[:min(n, int64(len(body)))]
}

func truncate(h http.Header, body []byte, f *Fault) []byte {
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return head(body, f)
}

func cut(_ http.Header, body []byte, f *Fault) []byte { return head(body, f) }

func wrongShape(_ http.Header, body []byte, _ *Fault) []byte {
	if !json.Valid(body) {
		return body // a file stays as it is
	}
	if bytes.HasPrefix(body, []byte("[")) {
		return append(append([]byte(`{"items":`), body...), '}')
	}
	return append(append([]byte("["), body...), ']')
}

func wrongTypes(_ http.Header, body []byte, _ *Fault) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return body // a file stays as it is
	}
	out, err := json.Marshal(mistyped(v))
	if err != nil {
		return body
	}
	return out
}

func mistyped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			v[name] = mistyped(field)
		}
	case []any:
		for i, item := range v {
			v[i] = mistyped(item)
		}
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case string:
		if v != "" && strings.Trim(v, "0123456789") == "" && (v[0] != '0' || v == "0") {
			return json.Number(v)
		}
	}
	return v
}

// endless sends the beginning of an object whose only string does not end.
func endless(_ *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
	left := f.Bytes
	if left == 0 {
		left = endlessBytes
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	piece := append([]byte(`{"next_page_token":"`), bytes.Repeat([]byte("A"), 32<<10)...)
	for left > 0 && r.Context().Err() == nil {
		piece = piece[:min(left, int64(len(piece)))]
		n, err := w.Write(piece)
		if err != nil {
			return
		}
		left -= int64(n)
		piece = bytes.Repeat([]byte("A"), 32<<10)
	}
}

// trickle sends the true answer in small pieces.
func trickle(s *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
	c := s.capture(w, r)
	size, pause := f.Bytes, f.Delay
	if size == 0 {
		size = trickleBytes
	}
	if pause == 0 {
		pause = tricklePause
	}
	w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
	w.WriteHeader(c.status)
	flusher := http.NewResponseController(w)
	for c.body.Len() > 0 {
		_ = flusher.Flush() // a recorder needs none
		if err := s.opts.Sleep(r.Context(), pause); err != nil {
			return
		}
		if _, err := w.Write(c.body.Next(int(size))); err != nil {
			return
		}
	}
}

func foreignAPIURL(s *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
	c := s.capture(w, r)
	var answer map[string]any
	if c.status != http.StatusOK || json.Unmarshal(c.body.Bytes(), &answer) != nil {
		w.WriteHeader(c.status)
		_, _ = w.Write(c.body.Bytes())
		return
	}
	answer["api_url"] = defaultAPIURL
	if f.To != "" {
		answer["api_url"] = f.To
	}
	writeJSON(w, c.status, answer)
}

func denyLogin(s *Simulator, w *statusWriter, r *http.Request, _ *visit, _ *Fault) {
	c := s.capture(w, r)
	to, err := r.URL.Parse(c.header.Get("Location"))
	if c.status != http.StatusFound || err != nil {
		w.WriteHeader(c.status)
		_, _ = w.Write(c.body.Bytes())
		return
	}
	back := *to
	q := back.Query()
	q.Del("code")
	back.RawQuery = q.Encode()
	sendBack(w, &back, q.Get("state"), "error", "access_denied")
}

func revokeTokens(s *Simulator, w *statusWriter, r *http.Request, _ *visit, _ *Fault) {
	s.RevokeTokens()
	s.answer(w, r)
}

func removeScopes(s *Simulator, w *statusWriter, r *http.Request, v *visit, f *Fault) {
	v.without = f.Scopes
	if v.without == nil && v.route != nil {
		v.without = append(append(v.without, v.route.scopes...), v.route.classic...)
	}
	s.answer(w, r)
}

func refuseSecondFault(s *Simulator, w *statusWriter, _ *http.Request, v *visit, f *Fault) {
	w.Header().Set("Date", v.now.Format(http.TimeFormat))
	writeError(w, s.refuseSecond(w.Header(), v, f.RetryAfter))
}

func refuseDayFault(s *Simulator, w *statusWriter, _ *http.Request, v *visit, f *Fault) {
	w.Header().Set("Date", v.now.Format(http.TimeFormat))
	writeError(w, s.refuseDay(w.Header(), v, f.RetryAfter))
}

func pageFault(trick pageTrick) func(*Simulator, *statusWriter, *http.Request, *visit, *Fault) {
	return func(s *Simulator, w *statusWriter, r *http.Request, v *visit, _ *Fault) {
		v.page = trick
		s.answer(w, r)
	}
}

func skewClock(s *Simulator, w *statusWriter, r *http.Request, v *visit, f *Fault) {
	skew := f.Skew
	if skew == 0 {
		skew = defaultSkew
	}
	v.now = v.now.Add(skew)
	s.answer(w, r)
}
