package gateway

import (
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// Observer is told how every call went, once it is over. It must be safe for
// concurrent use.
type Observer interface {
	Called(Record)
}

// OK is the outcome of a call that succeeded.
const OK = "ok"

// Record is what there is to count of a call: nothing of what it carried.
type Record struct {
	// Method is empty for a method that does not exist.
	Method string
	// Label is Zoom's rate-limit label, empty where there is none.
	Label string
	// Outcome is OK or the kind of the fault.
	Outcome string
	// Took is the time from the call to its answer. Files that are handed on as
	// they come are counted up to their first byte.
	Took time.Duration
	// Bytes of the answer; of a file its size, 0 where Zoom does not tell it.
	Bytes int64
	// Status is Zoom's last HTTP status, 0 where there was none.
	Status int
	// Attempts is how many requests went to Zoom.
	Attempts int
	// Waited is the time spent waiting for a turn and between attempts.
	Waited time.Duration
}

// observe hands a record to the observer, completed by the fault that the call
// ended with, if any.
func (g *Gateway) observe(r Record, e *apierror.Error) {
	if g.observer == nil {
		return
	}
	r.Outcome = OK
	if e != nil {
		r.Outcome = string(e.Kind)
		r.Status, r.Attempts = e.HTTPStatus, e.Attempts
		r.Waited = time.Duration(e.WaitedMS) * time.Millisecond
	}
	g.observer.Called(r)
}
