package restapi

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/safejson"
)

// queryPath is where questions over tables are asked, and queryOperation the name of
// that in the OpenAPI document.
const (
	queryPath      = Prefix + "query"
	queryOperation = "query"
)

const (
	// maxQuestion bounds the body of a question, in bytes. A statement has 10,000 at
	// most.
	maxQuestion = 64 << 10
	// weight is how many calls a question counts as: with a hundred of the largest
	// answers under way at once the process takes 1.4 GB, with 32 0.5 GB.
	weight = 4
	// mostRows bounds the rows of an answer, as it does the records of a list.
	mostRows = 100_000
	// maxCollected bounds the header that says on what a table rests, in bytes: proxies
	// refuse an answer with large headers.
	maxCollected = 2 << 10
)

// methods are the HTTP methods of a path.
func methods(path string) []string {
	if path == queryPath {
		return []string{http.MethodGet, http.MethodPost}
	}
	return []string{http.MethodGet}
}

// query answers a question.
func (h *Handler) query(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	given, status, e := readQuestion(w, r)
	if e != nil {
		refuse(w, nil, status, e)
		return
	}
	question := gateway.QueryRequest{Exact: true, MaxRows: mostRows}
	if problems := question.Read(given); len(problems) > 0 {
		e := apierror.New(apierror.InvalidParams, "the arguments of the question are wrong")
		e.Problems, e.Hint = problems, Prefix+"openapi.json describes them; nothing was sent to Zoom."
		refuse(w, nil, http.StatusBadRequest, e)
		return
	}
	if question.Format == "" && wantsCSV(r.Header.Values("Accept")) {
		question.Format = gateway.FormatCSV
	}
	release, ok := admit(w, r, weight)
	if !ok {
		return
	}
	defer release()
	answer, err := h.gateway.Query(r.Context(), question)
	if err != nil {
		h.failed(w, nil, "", err)
		return
	}
	h.answer(w, answer)
}

// readQuestion returns the arguments of a question: those of the query and those of the
// body, or the status and the fault to refuse the request with.
func readQuestion(w http.ResponseWriter, r *http.Request) ([]lenient.Member, int, *apierror.Error) {
	given, e := arguments(r.URL.RawQuery)
	if e != nil || r.Method == http.MethodGet {
		return given, http.StatusBadRequest, e
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	// The body's time is not the answer's. Where a connection has no deadlines there is
	// none to lift.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	switch {
	case err != nil:
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, http.StatusRequestEntityTooLarge, apierror.New(apierror.InvalidParams, "the body is larger than %d bytes", maxQuestion)
		}
		return nil, http.StatusBadRequest, apierror.New(apierror.InvalidParams, "the body did not come whole")
	case r.Header.Get("Content-Encoding") != "" && !strings.EqualFold(r.Header.Get("Content-Encoding"), "identity"):
		return nil, http.StatusUnsupportedMediaType, apierror.New(apierror.InvalidParams, "the body may not be compressed")
	}
	var more []lenient.Member
	switch mediaType {
	case "application/json":
		if more, err = lenient.Object(body); err != nil {
			return nil, http.StatusBadRequest, apierror.New(apierror.InvalidParams, "the body is no JSON object with sql: %s", err)
		}
	case "application/sql", "text/plain":
		more = []lenient.Member{{Name: "sql", Value: safejson.Quote(string(body))}}
	case "application/x-www-form-urlencoded":
		if more, e = arguments(string(body)); e != nil {
			return nil, http.StatusBadRequest, e
		}
	default:
		w.Header().Set("Accept-Post", "application/json, application/sql, text/plain, application/x-www-form-urlencoded")
		return nil, http.StatusUnsupportedMediaType, apierror.New(apierror.InvalidParams,
			"the Content-Type has to be application/json (an object with sql), application/sql or text/plain (the statement), or application/x-www-form-urlencoded")
	}
	return append(given, more...), http.StatusBadRequest, nil
}

// arguments returns those of a query or a form. One without = is true where that can be.
func arguments(query string) ([]lenient.Member, *apierror.Error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, apierror.New(apierror.InvalidParams, "the query cannot be read: an escape or a semicolon in it is wrong")
	}
	var out []lenient.Member
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			value := safejson.Quote(v)
			if v == "" && gateway.IsQueryFlag(name) && alone(query, name) {
				value = json.RawMessage("true")
			}
			out = append(out, lenient.Member{Name: name, Value: value})
		}
	}
	return out, nil
}

// wantsCSV reports whether a client likes CSV better than JSON.
func wantsCSV(accept []string) bool {
	table, document, any := 0.0, -1.0, 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if given, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = given
		}
		switch mediaType {
		case "text/csv":
			table = q
		case "application/json":
			document = q
		case "*/*", "application/*":
			any = q
		}
	}
	if document < 0 {
		document = any
	}
	return table > document
}

// short leaves the list of failed calls out of what a table rests on where that is too
// long for a header; Zoom-Phone-Incomplete says how many there are.
func short(collected json.RawMessage) json.RawMessage {
	if len(collected) <= maxCollected {
		return collected
	}
	given, err := lenient.Object(collected)
	if err != nil {
		return nil
	}
	return lenient.Encode(slices.DeleteFunc(given, func(m lenient.Member) bool { return m.Name == "failed" }))
}
