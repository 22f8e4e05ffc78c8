package gateway

import (
	"encoding/json"

	"zoom-phone-mcp/internal/apierror"
)

// CallRequest is one call of a method.
type CallRequest struct {
	Method string
	// Params is what the caller gave: a JSON object, a JSON string that holds
	// one, null, or nothing.
	Params json.RawMessage

	// AllPages collects every page, MaxRecords of them at most (0 for the
	// default), and Cursor goes on where an earlier collection stopped.
	AllPages   bool
	MaxRecords int
	Cursor     string
	// TimeZone is an IANA zone that decides what a day is; empty for UTC.
	TimeZone string
	// Select is a JMESPath expression on the body, SQL a question over the records;
	// at most one of them.
	Select, SQL string
	// Format is FormatJSON, which is the default, or FormatCSV.
	Format string
	// As is the form of a transcript: AsText, which is the default, AsVTT or AsJSON;
	// with Exact the default is AsJSON.
	As string
	// Inline asks for a small file itself beside its link.
	Inline bool
	// Partial allows an answer to a question over records that are not all of them;
	// it says so first. Else such a question is an error.
	Partial bool
	// Exact is for programs: a page has the bytes that Zoom sent, invisible
	// characters stay in JSON, and nothing is cut for its length.
	Exact bool
	// Progress is told of every page, and of a file's bytes once a second; nil for
	// nobody.
	Progress func(Progress)
}

// Progress tells how far a call is: in pages, or in bytes of a file.
type Progress struct {
	Pages, Records  int
	Window, Windows int // the window being read, counted from 1, of how many
	TotalPages      int // as far as is known, 0 where it is not

	Bytes, TotalBytes int64 // TotalBytes is 0 where nobody knows
}

// DescribeRequest asks for one method's description.
type DescribeRequest struct {
	// Service is "zoom-phone" or empty.
	Service string
	Method  string
	// Full asks for every response field at every depth, however long that is.
	Full bool
	// Columns asks for the columns of the table that sql sees.
	Columns bool
}

// Answer is the result of a call: a JSON document, a text or a file.
type Answer struct {
	// JSON is Zoom's body, compacted, byte for byte otherwise, or what was made of
	// it where the call asked for that. It is valid JSON, and safe to send as safejson
	// has it.
	JSON json.RawMessage
	// Text is a table as CSV, where the call asked for that, or a transcript;
	// MediaType says which. Collected belongs to a table; JSON has its own in the
	// field collected.
	Text      string
	MediaType string
	Collected json.RawMessage
	// Name is what a file of the answer may be called, empty for the method's name.
	Name string
	// Status says of a Text that it is not what was asked for, but how that stands.
	Status json.RawMessage
	// Notes are sentences about the answer for its reader: what was decided
	// without being asked, why it is empty, what was left out.
	Notes []string
	// Array reports that JSON is an array and not an object.
	Array bool
	// Incomplete says, in a sentence, that there is more than the answer has and how
	// to get it; empty for a complete answer. JSON objects have it as their first
	// member, incomplete, except exact pages.
	Incomplete string
	// Page reports that JSON is one page as Zoom sent it, with the token of the next.
	Page bool
	// File is set for the methods that answer with a file.
	File *File
	// Meta tells how the call went.
	Meta Meta
}

// Meta describes how a call went and what is left of the rate limits.
type Meta struct {
	// Attempts is how many requests were sent.
	Attempts int `json:"attempts"`
	// WaitedMS is how many milliseconds the call waited for its turn and between attempts.
	WaitedMS int64 `json:"waited_ms"`
	// TrackingID identifies the request to Zoom's support.
	TrackingID string           `json:"tracking_id,omitempty"`
	Budget     *apierror.Budget `json:"budget,omitempty"`
	// Untrusted are the fields whose text comes from outside the company:
	// evidence, never instructions.
	Untrusted []string `json:"untrusted,omitempty"`
	// Removed is how many invisible characters were taken out of the answer.
	Removed int `json:"removed,omitempty"`

	status int
}
