// Package apierror is the one error type of the program: what kind of failure it
// was, a message for people and models, and the next step. It is made where the
// fact is known (the client, the catalog, the gateway) and rendered once, at the
// edge (MCP result, command line, REST problem).
//
// It must not know how errors are transported, and it never carries a secret.
package apierror

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kind is the sort of failure that an Error is. Kinds are part of the product's
// interface: hosts and models branch on them.
type Kind string

// The kinds of failure.
const (
	UnknownMethod Kind = "unknown_method" // no such method in the catalog
	InvalidParams Kind = "invalid_params" // refused before anything was sent
	Auth          Kind = "auth"           // no token, or Zoom refused the one we have
	MissingScope  Kind = "missing_scope"  // the token lacks a scope this method needs
	Forbidden     Kind = "forbidden"      // Zoom knows us and says no (licence, role, shared access)
	NotFound      Kind = "not_found"      // the thing asked for does not exist
	NotReady      Kind = "not_ready"      // it will exist later (a transcript in progress)
	RateLimited   Kind = "rate_limited"   // per-second or daily limit
	Busy          Kind = "busy"           // this program has too much under way
	ZoomError     Kind = "zoom_error"     // any other answer of Zoom that is not a success
	Network       Kind = "network"        // no answer at all, or a broken one
	Timeout       Kind = "timeout"        // the deadline passed first
	Canceled      Kind = "canceled"       // the caller gave up
	TooLarge      Kind = "too_large"      // the answer exceeds a configured bound
	Storage       Kind = "storage"        // the disk or the folder for downloads
	Internal      Kind = "internal"       // a defect of this program
)

// Error is a failure that says what to do next. Only Kind and Message are always set.
type Error struct {
	Kind    Kind   `json:"kind"`
	Message string `json:"message"`
	// Hint is the next step, as a sentence.
	Hint string `json:"hint,omitempty"`
	// Method is the catalog method that was called.
	Method string `json:"method,omitempty"`
	// Problems lists everything wrong with the parameters, not only the first.
	Problems Problems `json:"problems,omitempty"`
	// Nearest are names close to the unknown one.
	Nearest []string `json:"nearest,omitempty"`
	// Signature is the method with its parameters, one line.
	Signature string `json:"signature,omitempty"`
	// Example is a complete set of tool arguments that works.
	Example json.RawMessage `json:"example,omitempty"`
	// Scopes that have to be added to the Zoom app.
	Scopes []string `json:"scopes,omitempty"`
	// Missing are settings (environment variables) that are not set.
	Missing []string `json:"missing,omitempty"`
	// HTTPStatus, ZoomCode, ZoomMessage and TrackingID are what Zoom answered;
	// TrackingID (x-zm-trackingid) identifies the request to Zoom's support.
	HTTPStatus  int    `json:"http_status,omitempty"`
	ZoomCode    int    `json:"zoom_code,omitempty"`
	ZoomMessage string `json:"zoom_message,omitempty"`
	TrackingID  string `json:"tracking_id,omitempty"`
	// RetryAt is when a new attempt makes sense, RFC 3339 in UTC.
	RetryAt string `json:"retry_at,omitempty"`
	// Attempts is how many requests were sent, WaitedMS how many milliseconds the
	// call waited for its turn and between attempts.
	Attempts int   `json:"attempts,omitempty"`
	WaitedMS int64 `json:"waited_ms,omitempty"`
	// Budget is what is known of the rate limits, where they stood in the way.
	Budget *Budget `json:"budget,omitempty"`

	// Granted are the scopes of the token of a call that lacks one, where known: they
	// show which ones the app can have.
	Granted []string `json:"-"`
	// Err is the cause, for logs and errors.Is; it is not shown to callers.
	Err error `json:"-"`
}

// Budget is what is known of the rate limits that a call falls under. They hold
// for the account and are shared by every app on it, so what is left is at most that.
type Budget struct {
	// Label is Zoom's name for the class of the method.
	Label string `json:"label"`
	// Plan is the plan whose figures are used: pro, business or none.
	Plan string `json:"plan"`
	// Limit is how many calls Zoom takes: 20/s, 5/min; empty when not limited here.
	Limit string `json:"limit,omitempty"`
	// Waiting is how many calls of this program wait for their turn.
	Waiting int `json:"waiting,omitempty"`
	// DailyLimit, DailyRemaining and DailyResetsAt (RFC 3339, UTC) describe the
	// day's budget; they are missing for labels that have none.
	DailyLimit     int    `json:"daily_limit,omitempty"`
	DailyRemaining *int   `json:"daily_remaining,omitempty"`
	DailyResetsAt  string `json:"daily_resets_at,omitempty"`
}

// String returns the budget on one line.
func (b *Budget) String() string {
	s := b.Label
	if b.Limit != "" {
		s += ", " + b.Limit + " on the plan " + b.Plan
	}
	if b.Waiting > 0 {
		s += fmt.Sprintf(", %d waiting", b.Waiting)
	}
	if b.DailyRemaining != nil {
		s += fmt.Sprintf(", %d of %d left today, new ones at %s", *b.DailyRemaining, b.DailyLimit, b.DailyResetsAt)
	}
	return s
}

// New makes an error of a kind from a format.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Error is the message with its kind in front, and the problems behind it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	b.WriteString(": ")
	b.WriteString(e.Message)
	for i, p := range e.Problems.Shown() {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		if p.Param != "" {
			b.WriteString(p.Param)
			b.WriteString(": ")
		}
		b.WriteString(p.Message)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// From returns err as an *Error: itself where it is one, else a defect of this
// program of kind Internal. It returns nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Message: err.Error(), Err: err}
}
