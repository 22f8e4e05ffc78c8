package shape

import (
	"bytes"
	"encoding/json"

	"zoom-phone-mcp/internal/fault"
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
		return nil, fault.New(fault.Internal, "the answer is not JSON all the way")
	case !found:
		e := fault.New(fault.InvalidParams, "this answer has no list of records")
		if items != "" {
			e.Message = "the field " + items + " of this answer is not a list of records"
		}
		e.Hint = "Leave sql out and take format json; select chooses parts of any answer."
		return nil, e
	case list.len() == 0:
		return nil, nil
	}
	var records []json.RawMessage
	if eachElement(body, list.start, func(v span) bool {
		records = append(records, body[v.start:v.end:v.end])
		return true
	}) < 0 {
		return nil, fault.New(fault.Internal, "the answer is not JSON all the way")
	}
	return records, nil
}

// HasRecords tells at a glance whether a body has records: a list of the name
// items, or the body itself where items is empty, that begins with an object. It
// knows only what is written without white space, as Zoom does; where it is false
// there may be records nevertheless.
func HasRecords(body json.RawMessage, items string) bool {
	if items == "" {
		return bytes.HasPrefix(body, []byte("[{"))
	}
	name := []byte(`"` + items + `":`)
	for at := 0; ; at++ { // brackets are rare
		n := bytes.IndexByte(body[at:], '[')
		if n < 0 {
			return false
		}
		at += n
		if bytes.HasPrefix(body[at+1:], []byte("{")) && bytes.HasSuffix(body[:at], name) {
			return true
		}
	}
}

// locate finds the array of records in a body. Where the field is missing or
// null it is found and empty, of length 0; whole is false for malformed bodies.
func locate(d []byte, items string) (list span, found, whole bool) {
	i := skipSpace(d, 0)
	if i >= len(d) {
		return span{}, false, false
	}
	if d[i] == '[' {
		end := skipValue(d, i)
		return span{i, end}, true, end >= 0
	}
	if d[i] != '{' || items == "" {
		return span{}, false, skipValue(d, i) >= 0
	}
	found = true
	whole = eachMember(d, i, func(key, v span) bool {
		if !isKey(d, key, items) {
			return true
		}
		// As with every reader of JSON here, the last of equal keys counts.
		switch d[v.start] {
		case '[':
			list, found = v, true
		case 'n':
			list, found = span{}, true
		default:
			list, found = span{}, false
		}
		return true
	}) >= 0
	return list, found, whole
}

// isKey tells whether the key, a string with its quotes, is name.
func isKey(d []byte, key span, name string) bool {
	text := d[key.start:key.end]
	return string(text[1:len(text)-1]) == name || len(text) > len(name)+2 && unquote(text) == name
}
