package shape

import (
	"encoding/json"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/rawjson"
)

// Records gives the records of a body without decoding them: the elements of the
// array in its field items or, when items is empty, of the body itself. The
// records are parts of body, not copies. A field that is missing or null holds
// no records; an error, of kind invalid_params, says that the body has none to
// give.
func Records(body json.RawMessage, items string) ([]json.RawMessage, error) {
	list, found, whole := locate(body, items)
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

// locate finds the array of records in a body. Where the field is missing or
// null it is found and empty, of length 0; whole is false for malformed bodies.
func locate(d []byte, items string) (list rawjson.Span, found, whole bool) {
	i := rawjson.SkipSpace(d, 0)
	if i >= len(d) {
		return rawjson.Span{}, false, false
	}
	if d[i] == '[' {
		end := rawjson.SkipValue(d, i)
		return rawjson.Span{Start: i, End: end}, true, end >= 0
	}
	if d[i] != '{' || items == "" {
		return rawjson.Span{}, false, rawjson.SkipValue(d, i) >= 0
	}
	found = true
	whole = rawjson.EachMember(d, i, func(key, v rawjson.Span) bool {
		if !rawjson.IsKey(d, key, items) {
			return true
		}
		// As with every reader of JSON here, the last of equal keys counts.
		switch d[v.Start] {
		case '[':
			list, found = v, true
		case 'n':
			list, found = rawjson.Span{}, true
		default:
			list, found = rawjson.Span{}, false
		}
		return true
	}) >= 0
	return list, found, whole
}
