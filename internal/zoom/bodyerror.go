package zoom

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/rawjson"
)

// bodyError returns the error for a success whose body is an error all the same, as
// integrators have seen: {"code":…,"message":…} or {"status":false,"errorCode":…}
// where an answer should stand. It is nil for anything else.
func bodyError(resp *http.Response, body []byte, r *request) *apierror.Error {
	if !saysError(body, r.fields) {
		return nil
	}
	refusal := *resp
	refusal.Body = io.NopCloser(bytes.NewReader(body))
	e, _ := answerError(&refusal, r)
	return e
}

// figures are fields of a page that an error may have too.
const figures = " next_page_token page_size page_count total_records from to "

// saysError reports whether a body is an error: it says so, and has none of the
// fields that the method documents. They are separated by spaces. A message alone
// says so where none is documented.
func saysError(body []byte, documented string) bool {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	documented = " " + documented + " "
	said, message, known := false, false, false
	end := rawjson.Walk(body, rawjson.SkipSpace(body, 0), func(key rawjson.Span, at int) int {
		name := rawjson.Unquote(body[key.Start:key.End])
		if strings.Contains(documented, " "+name+" ") && !strings.Contains(figures, " "+name+" ") && at < len(body) && body[at] != 'n' {
			if name != "message" && name != "status" {
				return -1 // an answer
			}
			known = true
		}
		end := rawjson.SkipValue(body, at)
		if end < 0 {
			return -1
		}
		value := strings.ToLower(strings.Trim(string(body[at:min(end, at+40)]), `"`))
		switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
		case "code", "errorcode", "statuscode":
			said = said || !slices.Contains([]string{"", "0", "200", "null", "ok", "success"}, value)
		case "status", "success", "result":
			said = said || slices.Contains([]string{"false", "error", "fail", "failed", "failure"}, value)
		case "error":
			said = said || !slices.Contains([]string{"", "null", "false", "0", "{}"}, value)
		case "message", "errormessage", "msg":
			message = message || value != "" && value != "null"
		}
		return end
	})
	return end >= 0 && (said || message && !known)
}
