package gateway

import (
	"encoding/json"

	"zoom-phone-mcp/internal/fault"
)

// CallRequest is one call of a method.
type CallRequest struct {
	Method string
	// Params is what the caller gave: a JSON object, a JSON string that holds
	// one, null, or nothing.
	Params json.RawMessage
}

// DescribeRequest asks for one method's description.
type DescribeRequest struct {
	// Service is "zoom-phone" or empty.
	Service string
	Method  string
	// Full asks for every response field at every depth, however long that is.
	Full bool
}

// Answer is the result of a call: either a JSON document or a file, never both.
type Answer struct {
	// JSON is Zoom's body, compacted, byte for byte otherwise. It is valid JSON.
	JSON json.RawMessage
	// Array tells that JSON is an array and not an object.
	Array bool
	// File is set for the methods that answer with a file.
	File *File
	// Meta tells how the call went.
	Meta Meta
}

// Meta tells how a call went and what is left of the rate limits.
type Meta struct {
	// Attempts is how many requests were sent.
	Attempts int `json:"attempts"`
	// WaitedMS is how many milliseconds the call waited for its turn and between attempts.
	WaitedMS int64 `json:"waited_ms"`
	// TrackingID names the request towards Zoom's support.
	TrackingID string        `json:"tracking_id,omitempty"`
	Budget     *fault.Budget `json:"budget,omitempty"`

	status int
}

// File is a downloaded file, whole and in memory, no larger than the gateway's bound.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
	Data      []byte `json:"-"`
}
