package gateway

import "encoding/json"

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
}

// File is a downloaded file, whole and in memory, no larger than the gateway's bound.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
	Data      []byte `json:"-"`
}
