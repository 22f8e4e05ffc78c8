// Package records works on the records of a list: it finds them in an answer, says
// which columns they have, and writes them as a table (CSV).
//
// Split are the bytes of JSON documents that are known to be valid; numbers keep
// their digits and fields their order. Malformed input never panics, but what comes
// of it is not defined further.
//
// It must not know Zoom, methods, MCP or any transport.
package records

import (
	"encoding/json"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/rawjson"
)

// Split returns the records of a body without decoding them: the elements of the
// array in its field items or, when items is empty, of the body itself. The
// records are parts of body, not copies. A field that is missing or null holds
// no records; an error, of kind invalid_params, says that the body has none to
// give.
func Split(body json.RawMessage, items string) ([]json.RawMessage, error) {
	list, found, whole := rawjson.Locate(body, items)
	switch {
	case !whole:
		return nil, apierror.New(apierror.Internal, "the answer is not JSON all the way")
	case !found:
		e := apierror.New(apierror.InvalidParams, "this answer has no list of records")
		if items != "" {
			e.Message = "the field " + items + " of this answer is not a list of records"
		}
		e.Hint = "Leave sql out and take format json; select chooses parts of any answer."
		return nil, e
	case list.Len() == 0:
		return nil, nil
	}
	var records []json.RawMessage
	if rawjson.EachElement(body, list.Start, func(v rawjson.Span) bool {
		records = append(records, body[v.Start:v.End:v.End])
		return true
	}) < 0 {
		return nil, apierror.New(apierror.Internal, "the answer is not JSON all the way")
	}
	return records, nil
}
