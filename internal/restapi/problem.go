package restapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/safejson"
)

// problem is a problem document: the members of RFC 9457, and those of the fault
// beside them.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	*apierror.Error
	// Message is detail already, the rest speaks of tools: hidden.
	Message   string          `json:"message,omitempty"`
	Signature string          `json:"signature,omitempty"`
	Example   json.RawMessage `json:"example,omitempty"`
	Nearest   []string        `json:"nearest,omitempty"`
}

// status returns the HTTP status for a kind of fault. What Zoom refuses to this
// server's credential is never 401: the caller's credential is good.
func status(kind apierror.Kind) int {
	switch kind {
	case apierror.InvalidParams:
		return http.StatusBadRequest
	case apierror.Forbidden:
		return http.StatusForbidden
	case apierror.NotFound, apierror.UnknownMethod:
		return http.StatusNotFound
	case apierror.NotReady:
		return http.StatusConflict
	case apierror.RateLimited:
		return http.StatusTooManyRequests
	case apierror.Auth, apierror.MissingScope, apierror.ZoomError, apierror.Network, apierror.TooLarge:
		return http.StatusBadGateway
	case apierror.Timeout:
		return http.StatusGatewayTimeout
	case apierror.Canceled, apierror.Busy:
		return http.StatusServiceUnavailable // by the server, or nobody reads this
	}
	return http.StatusInternalServerError
}

// refuse answers with a fault. to is the route, nil where there is none.
func refuse(w http.ResponseWriter, to *route, status int, e *apierror.Error) {
	shown := *e
	if shown.Kind == apierror.InvalidParams && to != nil {
		shown.Hint = "Fix the request; " + Prefix + "openapi.json describes the parameters."
		shown.Problems = to.named(e.Problems)
	}
	if at, err := time.Parse(time.RFC3339, e.RetryAt); err == nil && w.Header().Get("Retry-After") == "" {
		seconds := int(time.Until(at)/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(max(seconds, 1)))
	}
	body, err := safejson.Marshal(problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Error: &shown})
	if err != nil {
		body = []byte("{}") // a fault without its example always has an encoding
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone otherwise
}

// named returns problems with the names that the path has for parameters.
func (to *route) named(problems []apierror.Problem) []apierror.Problem {
	out := make([]apierror.Problem, len(problems))
	for i, p := range problems {
		for j, param := range to.params {
			if p.Param == param {
				p.Param = to.names[j]
			}
		}
		out[i] = p
	}
	return out
}
