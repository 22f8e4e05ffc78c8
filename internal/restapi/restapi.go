// Package restapi serves the gateway as REST: the methods at paths of their own, with Zoom's JSON or files as answers and problem documents (RFC 9457) as
// errors. Everything that differs from method to method comes from the catalog.
//
// It must not know MCP, nor who may come in.
package restapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

// Prefix stands before all paths.
const Prefix = "/api/zoom-phone/"

// Gateway is what the handlers stand on. Errors are *apierror.Error.
type Gateway interface {
	// Open calls a method; a file comes as a stream.
	Open(ctx context.Context, r gateway.CallRequest) (*gateway.Answer, *gateway.Stream, error)
	// Query answers a question over tables.
	Query(ctx context.Context, r gateway.QueryRequest) (*gateway.Answer, error)
	// Methods are those that there are; others are answered with 404.
	Methods() iter.Seq[*catalog.Method]
}

// writeTimeout is how long a client may not read.
const writeTimeout = 30 * time.Second

// Handler answers requests below Prefix.
type Handler struct {
	gateway Gateway
	log     zerolog.Logger
	mux     *http.ServeMux
	openAPI func() ([]byte, error) // made when it is first asked for
}

// route is a method at its path.
type route struct {
	method *catalog.Method
	// names are those in the path, and the parameters that they stand for.
	names, params []string
}

// New makes a handler.
func New(g Gateway, log zerolog.Logger) *Handler {
	h := &Handler{gateway: g, log: log, mux: http.NewServeMux()}
	visible := map[string]*catalog.Method{}
	ask := nothing
	for m := range g.Methods() {
		visible[m.Name] = m
		if m.Kind != "binary" { // it is a table
			visible[queryOperation], ask = m, h.query
		}
	}
	h.openAPI = sync.OnceValues(func() ([]byte, error) { return describe(visible) })
	for m := range catalog.All() {
		serve := nothing // its path does not become the id of another method's
		to := newRoute(m)
		if seen := visible[m.Name]; seen != nil {
			to = newRoute(seen)
			serve = func(w http.ResponseWriter, r *http.Request) { h.call(w, r, to) }
		}
		h.mux.HandleFunc(to.pattern(), serve)
	}
	h.mux.HandleFunc(queryPath, ask)
	h.mux.HandleFunc(Prefix+"openapi.json", h.describe)
	h.mux.HandleFunc("/", nothing)
	return h
}

func newRoute(m *catalog.Method) *route {
	r := &route{method: m}
	for segment := range strings.SplitSeq(m.REST, "/") {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			param := name
			if other, ok := m.RESTParams[name]; ok {
				param = other
			}
			r.names, r.params = append(r.names, name), append(r.params, param)
		}
	}
	return r
}

// pattern is the path as http.ServeMux has it.
func (r *route) pattern() string {
	segments := strings.Split(r.method.REST, "/")
	for i, s := range segments {
		if name, ok := strings.CutPrefix(s, ":"); ok {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.TrimSuffix(Prefix, "/") + strings.Join(segments, "/")
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	escaped := r.URL.EscapedPath()
	allowed := methods(r.URL.Path)
	switch {
	case !slices.Contains(allowed, r.Method):
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		refuse(w, nil, http.StatusMethodNotAllowed, &apierror.Error{Kind: apierror.InvalidParams, Message: "everything here is read with " + strings.Join(allowed, " or ")})
	case path.Clean(escaped) != strings.TrimSuffix(escaped, "/"):
		nothing(w, r) // the mux would redirect, to another record where an id is empty
	default:
		h.mux.ServeHTTP(w, r)
	}
}

// nothing answers requests to paths that there are not.
func nothing(w http.ResponseWriter, r *http.Request) {
	hint := Prefix + "openapi.json has all paths."
	if strings.HasSuffix(r.URL.Path, "/") {
		// To serve the path without the slash would make a list of a record
		// whose id is empty.
		hint = "No path ends with a slash; perhaps an id is empty. " + hint
	}
	refuse(w, nil, http.StatusNotFound, &apierror.Error{Kind: apierror.UnknownMethod, Message: "there is nothing at this path", Hint: hint})
}

// admit asks for room for a request that costs as much as so many calls, or for all
// the room where that is less, and refuses it where there is none.
func admit(w http.ResponseWriter, r *http.Request, weight int) (release func(), ok bool) {
	c, _ := caller.FromContext(r.Context())
	if c.Most > 0 {
		weight = min(weight, c.Most)
	}
	if release, ok = c.Admit(r.Context(), weight); !ok {
		w.Header().Set("Retry-After", "1")
		refuse(w, nil, http.StatusTooManyRequests, &apierror.Error{
			Kind: apierror.RateLimited, Message: "too many calls are under way here", Hint: "Try again in a second.",
		})
	}
	return release, ok
}

// maxKeys is how many names a query may have.
const maxKeys = 1000

// read returns the parameters of a request as JSON: first those in the path, then
// the query, where a key may be repeated for a list. A key without = is true where
// that can be.
func (to *route) read(r *http.Request) (json.RawMessage, *apierror.Error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, apierror.New(apierror.InvalidParams, "the query cannot be read: an escape or a semicolon in it is wrong")
	}
	if len(query) > maxKeys {
		return nil, apierror.New(apierror.InvalidParams, "the query may have %d names, and this one has %d", maxKeys, len(query))
	}
	var b bytes.Buffer
	add := func(name string, value any) {
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		text, _ := json.Marshal(name) // strings always have an encoding
		b.Write(text)
		b.WriteByte(':')
		text, _ = json.Marshal(value)
		b.Write(text)
	}
	for i, name := range to.names {
		if param := to.params[i]; param != "" {
			add(param, r.PathValue(name))
		}
	}
	keys := make([]string, 0, len(query))
	for key := range query {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		values, p := query[key], to.method.Param(key)
		switch {
		case len(values) > 1 && p != nil && p.Type == "array":
			add(key, values)
		case len(values) == 1 && alone(r.URL.RawQuery, key) && (p != nil && p.Type == "boolean" || p == nil && gateway.IsFlag(key)):
			add(key, true)
		default:
			for _, v := range values { // more than one is told of
				add(key, v)
			}
		}
	}
	if b.Len() == 0 {
		return nil, nil
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// alone reports whether a key stands in a query without =.
func alone(query, key string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if name, err := url.QueryUnescape(part); err == nil && name == key {
			return true
		}
	}
	return false
}

// call calls the method of a route.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, to *route) {
	params, e := to.read(r)
	if e != nil {
		refuse(w, to, http.StatusBadRequest, e)
		return
	}
	release, ok := admit(w, r, 1)
	if !ok {
		return
	}
	defer release()
	answer, stream, err := h.gateway.Open(r.Context(), gateway.CallRequest{Method: to.method.Name, Params: params})
	switch {
	case err != nil:
		h.failed(w, to, to.method.Name, err)
	case stream != nil:
		h.stream(w, stream)
	default:
		h.answer(w, answer)
	}
}

// failed answers with the fault of a call, or of a question, which has no route.
func (h *Handler) failed(w http.ResponseWriter, to *route, method string, err error) {
	e := apierror.From(err)
	if e.Kind == apierror.Internal {
		h.log.Error().Err(err).Str("method", method).Msg("internal error")
	}
	code := status(e.Kind)
	if to == nil && e.Kind == apierror.TooLarge && e.HTTPStatus == 0 {
		code = http.StatusUnprocessableEntity // the question is, and nothing of Zoom's
	}
	refuse(w, to, code, e)
}

// answer sends a document or a text. What it lacks stands in a header, since the body
// can be Zoom's bytes, or a table, which has no place for on what it rests either.
func (h *Handler) answer(w http.ResponseWriter, a *gateway.Answer) {
	if a.Incomplete != "" {
		w.Header().Set(incompleteHeader, headerText(a.Incomplete))
	}
	if len(a.Collected) > 0 && (a.Incomplete != "" || a.Text != "") {
		w.Header().Set(collectedHeader, headerText(string(short(a.Collected))))
	}
	if a.Text != "" {
		w.Header().Set("Content-Type", a.MediaType+"; charset=utf-8")
		write(w, []byte(a.Text))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, a.JSON)
}

// incompleteHeader says what an answer lacks: its body has Zoom's bytes.
const incompleteHeader = "Zoom-Phone-Incomplete"

// collectedHeader is what a table has no place for: on how much it rests, with the
// cursor.
const collectedHeader = "Zoom-Phone-Collected"

// headerText makes a sentence fit to stand in a header.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// describe answers with the OpenAPI document.
func (h *Handler) describe(w http.ResponseWriter, _ *http.Request) {
	text, err := h.openAPI()
	if err != nil {
		h.log.Error().Err(err).Msg("internal error")
		refuse(w, nil, http.StatusInternalServerError, apierror.New(apierror.Internal, "the description cannot be made"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, text)
}

// write writes a document. Its error is the client's, who is gone.
func write(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	out := patientWriter{w, http.NewResponseController(w)}
	defer out.done()
	_, _ = copyPieces(out, bytes.NewReader(body))
}

// stream hands a file on. A file that breaks off breaks the connection, since
// the client could take it for whole otherwise.
func (h *Handler) stream(w http.ResponseWriter, s *gateway.Stream) {
	defer s.Body.Close()
	head := w.Header()
	head.Set("Content-Type", "application/octet-stream")
	if s.MediaType != "" {
		head.Set("Content-Type", s.MediaType)
	}
	disposition := "attachment"
	if s.Name != "" {
		if with := mime.FormatMediaType(disposition, map[string]string{"filename": s.Name}); with != "" {
			disposition = with
		}
	}
	head.Set("Content-Disposition", disposition)
	if s.Size >= 0 {
		head.Set("Content-Length", strconv.FormatInt(s.Size, 10))
	}
	out := patientWriter{w, http.NewResponseController(w)}
	defer out.done()
	n, err := copyPieces(out, s.Body)
	if err == nil && s.Size >= 0 && n != s.Size {
		err = errors.New("the file is not as long as it was said to be")
	}
	if err != nil {
		h.log.Info().Int64("bytes", n).Msg("download broke off")
		panic(http.ErrAbortHandler)
	}
}

// copyPieces copies piece by piece, also where a reader would rather write it all.
func copyPieces(to io.Writer, from io.Reader) (int64, error) {
	return io.CopyBuffer(to, struct{ io.Reader }{from}, make([]byte, 64<<10))
}

// patientWriter gives the client time for each write, not for all of them.
type patientWriter struct {
	io.Writer
	control *http.ResponseController
}

// Write implements io.Writer. Where a connection has no deadlines, its end is
// the bound.
func (w patientWriter) Write(b []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	return w.Writer.Write(b)
}

// done leaves the connection to the next request.
func (w patientWriter) done() { _ = w.control.SetWriteDeadline(time.Time{}) }
