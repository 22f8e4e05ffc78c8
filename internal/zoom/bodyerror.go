package zoom

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"zoom-phone-mcp/internal/fault"
)

// maxSmall is the size of a body, in bytes, up to which a success is looked
// through for an error. One with records in it is longer, or has them in a list.
const maxSmall = 8 << 10

// bodyError returns the fault of a success whose body is an error all the same, as
// integrators have seen: {"code":…,"message":…} or {"status":false,"errorCode":…}
// where an answer should stand. It is nil for anything else.
func bodyError(resp *http.Response, body []byte, r *request) *fault.Error {
	if len(body) > maxSmall || !saysError(body) {
		return nil
	}
	refusal := *resp
	refusal.Body = io.NopCloser(bytes.NewReader(body))
	e, _ := answerError(&refusal, r)
	return e
}

// saysError reports whether a body says of itself that it is an error and has no
// list or object besides. No answer of the methods has a field code, errorCode,
// error or success, nor a status that is not a text; a test of the spec holds that.
func saysError(body []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &members) != nil {
		return false
	}
	said := false
	for name, v := range members {
		value := strings.Trim(string(v), `"`)
		switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
		case "code", "errorcode":
			said = said || value != "" && value != "0" && value != "200" && value != "null"
		case "status", "success":
			said = said || value == "false"
		case "error":
			said = said || value != "" && value != "null" && value != "false"
		case "errors", "details":
		default:
			if (v[0] == '[' || v[0] == '{') && len(v) > 2 {
				return false
			}
		}
	}
	return said
}
