package zoom

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/fault"
)

const trackingHeader = "x-zm-trackingid"

// maxErrorBody bounds what is read of an answer that is not a success.
const maxErrorBody = 64 << 10

// zoomBody is the shape of Zoom's errors; every part of it can be missing.
type zoomBody struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Errors  []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// answerError turns an answer that is not a success into a fault. Zoom's code is
// independent of the HTTP status, so both are looked at, and the text decides
// where neither does.
func answerError(resp *http.Response) *fault.Error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what came before a break is still worth showing
	var z zoomBody
	_ = json.Unmarshal(text, &z) // an error body may be empty, HTML or broken
	e := &fault.Error{
		HTTPStatus: resp.StatusCode, ZoomCode: z.Code, ZoomMessage: z.Message,
		TrackingID: resp.Header.Get(trackingHeader),
	}
	for _, p := range z.Errors {
		e.Problems = append(e.Problems, fault.Problem{Param: p.Field, Message: p.Message})
	}
	said := z.Message
	if said == "" {
		said = firstLine(text)
	}
	if said == "" {
		said = http.StatusText(resp.StatusCode)
	}
	classify(e, said)
	if e.Kind == fault.RateLimited {
		e.RetryAt = resp.Header.Get("Retry-After")
	}
	return e
}

var scopeList = regexp.MustCompile(`does not contain scopes?:?\s*\[([^\]]*)\]`)

// classify sets kind, message and hint from status, code and text. The facts
// behind it are Zoom's documentation and reports of live accounts.
func classify(e *fault.Error, said string) {
	lower := strings.ToLower(said)
	set := func(kind fault.Kind, hint string) {
		e.Kind, e.Hint = kind, hint
		e.Message = fmt.Sprintf("Zoom answered %s: %s", status(e), strings.TrimSuffix(said, "."))
	}
	switch {
	case scopeList.MatchString(said), e.ZoomCode == 4711, e.ZoomCode == 4700, e.ZoomCode == 104 && strings.Contains(lower, "scope"):
		set(fault.MissingScope, "Add one of these scopes to the Zoom app at https://marketplace.zoom.us, then activate the app again; a new scope can take a while to count.")
		if m := scopeList.FindStringSubmatch(said); m != nil {
			for s := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				e.Scopes = append(e.Scopes, s)
			}
		}
	case e.HTTPStatus == http.StatusUnauthorized || e.ZoomCode == 124:
		set(fault.Auth, "Zoom does not accept the access token. Check that the app is activated and that the credentials belong to this account.")
	case e.HTTPStatus == http.StatusTooManyRequests || e.ZoomCode == 429:
		if strings.Contains(lower, "daily") {
			set(fault.RateLimited, "The account's budget for today is used up, by this and every other app on it. Try again when the day has turned (UTC).")
		} else {
			set(fault.RateLimited, "Too many requests a second on this account, by this and every other app on it. Wait a moment and call again, fewer at a time.")
		}
	case e.ZoomCode == 2031 || e.ZoomCode == 2013:
		set(fault.Forbidden, "Zoom Phone is not enabled for this account or user. Assign a Zoom Phone licence or ask for another user.")
	case e.ZoomCode == 12002:
		set(fault.NotReady, "The transcript is being made. Call again in a few minutes.")
	case e.ZoomCode == 12000 || e.ZoomCode == 12001 || e.ZoomCode == 12003:
		set(fault.NotFound, "There is no transcript of this recording and there will be none; the recording itself can still be downloaded.")
	case e.ZoomCode == 2300:
		set(fault.NotFound, "Zoom does not know this path. Check ZOOM_API_URL (it ends with /v2).")
	case e.ZoomCode == 40401 || e.ZoomCode == 40402 || e.ZoomCode == 404:
		set(fault.NotFound, "There is no such file. Take the id from a fresh list.")
	case e.HTTPStatus == http.StatusForbidden:
		set(fault.Forbidden, "The app's user has no right to see this: check its role, the licence, and shared access permissions.")
	case e.HTTPStatus == http.StatusNotFound:
		set(fault.NotFound, "Nothing has this id on the account. Take ids from the list methods; describe_method says which.")
	case e.ZoomCode == 300 || e.ZoomCode == 301 || e.ZoomCode == 400:
		set(fault.ZoomError, "Zoom found the request invalid. An expired or foreign next_page_token is a common cause: start again from the first page. Otherwise check ids and dates.")
	case e.HTTPStatus >= 500:
		set(fault.ZoomError, "Zoom has a problem of its own. Try again in a moment.")
	default:
		set(fault.ZoomError, "")
	}
}

// status says an HTTP status with Zoom's code behind it.
func status(e *fault.Error) string {
	if e.ZoomCode != 0 {
		return fmt.Sprintf("%d (code %d)", e.HTTPStatus, e.ZoomCode)
	}
	return fmt.Sprint(e.HTTPStatus)
}

// tokenError turns a failure of the token endpoint into a fault. Zoom says
// invalid_client both for a wrong pair and for an app that is not activated;
// only the reason tells them apart.
func tokenError(err error) *fault.Error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		e := networkError(context.Background(), err)
		e.Message = "no access token: " + e.Message
		return e
	}
	var body struct {
		Reason string `json:"reason"`
		Error  string `json:"error"`
	}
	_ = json.Unmarshal(re.Body, &body) // it may be HTML
	e := &fault.Error{Kind: fault.Auth, Err: err}
	if re.Response != nil {
		e.HTTPStatus = re.Response.StatusCode
		e.TrackingID = re.Response.Header.Get(trackingHeader)
	}
	e.ZoomMessage = body.Reason
	reason := strings.ToLower(body.Reason)
	switch {
	case strings.Contains(reason, "disabled"):
		e.Message = "the Zoom app is not activated"
		e.Hint = "Open the app at https://marketplace.zoom.us and activate it."
	case body.Error == "invalid_client":
		e.Message = "Zoom does not know this client id and secret"
		e.Hint = "Copy ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET again from the app's App Credentials page."
	case body.Error == "unsupported_grant_type":
		e.Message = "the app is not a Server-to-Server OAuth app"
		e.Hint = "Create an app of the type Server-to-Server OAuth and use its credentials."
	case body.Error == "invalid_grant":
		e.Message = "the login has ended"
		e.Hint = "Log in again."
	case body.Error == "invalid_request":
		e.Message = "Zoom does not know this account id"
		e.Hint = "Copy ZOOM_ACCOUNT_ID again from the app's App Credentials page."
	case e.HTTPStatus == http.StatusTooManyRequests:
		e.Kind = fault.RateLimited
		e.Message = "Zoom gives no more access tokens for the moment"
		e.Hint = "Wait a moment and call again."
	case e.HTTPStatus >= 500:
		e.Kind = fault.ZoomError
		e.Message = fmt.Sprintf("Zoom's token endpoint answered %d", e.HTTPStatus)
		e.Hint = "Zoom has a problem of its own. Try again in a moment."
	default:
		e.Message = fmt.Sprintf("Zoom's token endpoint answered %d: %s", e.HTTPStatus, firstLine(re.Body))
		e.Hint = "Check ZOOM_OAUTH_URL and the app's credentials."
	}
	return e
}

// networkError tells why there was no answer. The cause's text can hold the
// request's address and with it numbers and names, so only its root is shown.
func networkError(ctx context.Context, err error) *fault.Error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	root := err
	if ue, ok := errors.AsType[*url.Error](err); ok {
		root = ue.Err
	}
	e := &fault.Error{Kind: fault.Network, Message: "no answer from Zoom: " + root.Error(), Err: err}
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var timeout net.Error
	switch {
	case errors.As(root, &dns):
		e.Message = "the host " + dns.Name + " cannot be found"
		e.Hint = "Check the network, DNS and HTTPS_PROXY."
	case errors.As(root, &unknown):
		e.Hint = "A certificate of an unknown authority: behind a proxy that inspects TLS, set SSL_CERT_FILE to its CA."
	case errors.As(root, &timeout) && timeout.Timeout():
		e.Kind = fault.Timeout
		e.Hint = "Zoom was too slow to answer. Try again."
	case errors.Is(root, io.ErrUnexpectedEOF), errors.Is(root, io.EOF):
		e.Message = "the connection broke before Zoom's answer was complete"
		e.Hint = "Try again."
	default:
		e.Hint = "Check the network and HTTPS_PROXY, and try again."
	}
	return e
}

// notJSON is the fault of a success whose body is not JSON, or nil. It looks at
// the first character only; the gateway reads the whole.
func notJSON(resp *http.Response, body []byte) *fault.Error {
	text := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return nil
	}
	e := fault.New(fault.ZoomError, "Zoom answered %d with something that is not JSON: %s", resp.StatusCode, firstLine(body))
	if len(text) == 0 {
		e.Message = fmt.Sprintf("Zoom answered %d with an empty body", resp.StatusCode)
	}
	e.Hint = "A proxy or a wrong ZOOM_API_URL can be the cause; if neither is, try again in a moment."
	e.HTTPStatus, e.TrackingID = resp.StatusCode, resp.Header.Get(trackingHeader)
	return e
}

// firstLine is the first line of a text that has any, cut to a readable length.
func firstLine(b []byte) string {
	for line := range bytes.Lines(b) {
		s := strings.TrimSpace(strings.ToValidUTF8(string(line), "\ufffd"))
		if s == "" {
			continue
		}
		const most = 200
		if len(s) > most {
			cut := most
			for !utf8.RuneStart(s[cut]) {
				cut--
			}
			s = s[:cut] + "…"
		}
		return s
	}
	return ""
}

// fileName takes a name from Content-Disposition or from the signed address.
func fileName(resp *http.Response) string {
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return cleanName(params["filename"])
	}
	if resp.Request != nil {
		if name := resp.Request.URL.Query().Get("filename"); name != "" {
			return cleanName(name)
		}
	}
	return ""
}

// cleanName keeps the last element of a name that somebody else chose.
func cleanName(s string) string {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if s == "." || s == ".." || s == "/" {
		return ""
	}
	return s
}
