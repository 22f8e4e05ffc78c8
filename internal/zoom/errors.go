package zoom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

const trackingHeader = "x-zm-trackingid"

// Bounds of what is taken from an answer that is not a success.
const (
	maxErrorBody = 64 << 10 // bytes that are read
	maxSaid      = 600      // bytes of one text of Zoom's
	maxFirstLine = 200      // bytes of an answer that is not Zoom's
	maxProblems  = 20       // and as many scopes
)

// zoomBody is the shape of Zoom's errors; every part of it can be missing.
type zoomBody struct {
	Code    zoomCode `json:"code"`
	Message string   `json:"message"`
	// ErrorCode and ErrorMessage stand in their place in answers with status false.
	ErrorCode    zoomCode `json:"errorCode"`
	ErrorMessage string   `json:"errorMessage"`
	Errors       []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// zoomCode is Zoom's number of an error, which sometimes comes as text.
type zoomCode int

// UnmarshalJSON reads a code; what is none is 0.
func (c *zoomCode) UnmarshalJSON(text []byte) error {
	n, _ := strconv.Atoi(strings.Trim(string(text), `"`))
	*c = zoomCode(n)
	return nil
}

// answerError turns an answer that is not a success into an error, and returns what
// Zoom said. Zoom's code is independent of the HTTP status, so both are looked
// at, and the text decides where neither does.
func answerError(resp *http.Response, r *request) (e *apierror.Error, said string) {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what came before a break is still worth showing
	var z zoomBody
	_ = json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &z) // an error body may be empty, HTML or broken
	z.Code, z.Message = cmp.Or(z.Code, z.ErrorCode), cmp.Or(z.Message, z.ErrorMessage)
	e = &apierror.Error{
		HTTPStatus: resp.StatusCode, ZoomCode: int(z.Code), ZoomMessage: apierror.Plain(headerText.ReplaceAllString(z.Message, ""), maxSaid),
		TrackingID: trackingID(resp),
	}
	for _, p := range z.Errors[:min(len(z.Errors), maxProblems)] {
		problem := apierror.Problem{Param: apierror.Plain(p.Field, maxFirstLine), Message: apierror.Plain(p.Message, maxSaid)}
		if problem.Message == "" {
			problem.Message = "not accepted"
		}
		e.Problems = append(e.Problems, problem)
	}
	shown := e.ZoomMessage
	if shown == "" {
		shown = firstLine(text)
	}
	if shown == "" {
		shown = http.StatusText(resp.StatusCode)
	}
	if said = apierror.Plain(z.Message, maxErrorBody); said == "" {
		said = shown
	}
	classify(e, r, said) // by the whole of it: scopes stand at the end
	e.Message = "Zoom answered " + status(e)
	if shown = strings.TrimSuffix(shown, "."); shown != "" {
		e.Message += ": " + shown
	}
	if strings.HasPrefix(http.DetectContentType(text), "text/html") {
		e.Hint += " The answer is a web page: a proxy or firewall on the way can be its author."
	}
	return e, said
}

var (
	scopeText = regexp.MustCompile(`(?i)does not contain scopes?`)
	scopeList = regexp.MustCompile(`(?i)scopes?:?\s*\[([^\]]*)\]`)
	noSuch    = regexp.MustCompile(`(?i)\b(?:(?:does|do) ?n[o']t|not) exist|\bnot found\b`)
	// headerText is advice that whoever sees the text cannot follow: what the header
	// says stands in the error.
	headerText = regexp.MustCompile(`(?i)\s*(?:please )?refer to the response header[^.]*\.?`)
	pageToken  = regexp.MustCompile(`(?i)next_?page_?token|page token`)
	// limitText recognizes a rate limit by its words, which over the years came
	// with other statuses and codes than 429. "Calls" alone are a matter of phones.
	limitText = regexp.MustCompile(`(?i)rate[- _]?limit|too many (?:requests|api calls)|\b(?:number|amount|quota|limit) of (?:\w+ ){0,2}(?:requests|api calls)\b|\b(?:api|request) (?:call |request |usage )?(?:limit|quota)\b`)
)

// classify sets kind and hint from status, code and text. The facts behind it
// are Zoom's documentation and reports of live accounts.
func classify(e *apierror.Error, r *request, said string) {
	lower := strings.ToLower(said)
	code, status := e.ZoomCode, e.HTTPStatus
	limited := limitText.MatchString(said) && (status < 300 || status == http.StatusBadRequest || status == http.StatusForbidden || status >= 500)
	set := func(kind apierror.Kind, hint string) { e.Kind, e.Hint = kind, hint }
	switch {
	case scopeText.MatchString(said), code == 4711, code == 4700, code == 104 && status != http.StatusUnauthorized:
		set(apierror.MissingScope, "Add one of these scopes to the Zoom app at https://marketplace.zoom.us and activate the app again. A new scope can take a while, at times hours, to count.")
		if m := scopeList.FindStringSubmatch(said); m != nil {
			for s := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				if len(e.Scopes) < maxProblems {
					e.Scopes = append(e.Scopes, apierror.Plain(s, maxFirstLine))
				}
			}
		}
	case status == http.StatusTooManyRequests, code == http.StatusTooManyRequests, strings.Contains(lower, "per-second") && limited:
		set(apierror.RateLimited, "Too many requests a second on this account, by this and every other app on it. Wait a moment and call again, fewer at a time.")
	case limited:
		set(apierror.RateLimited, "Zoom says that a limit is reached, and not which: too many requests at once, by this and every other app on the account, or for today. "+
			"Wait a moment and call again, fewer at a time. If it stays, call again after 00:00 UTC.")
	case (status == http.StatusUnauthorized || code == 124) && strings.Contains(lower, "expired"):
		set(apierror.Auth, "The access token has ended. One in ZOOM_ACCESS_TOKEN lives for an hour: put a fresh one there. With a login or an app's credentials, call again; if it stays, check this machine's clock.")
	case status == http.StatusUnauthorized || code == 124:
		set(apierror.Auth, "Zoom does not accept the access token. Check that the app is activated, that the credentials belong to this account, and that ZOOM_API_URL and ZOOM_OAUTH_URL name the same cloud.")
	case code == 2031 || code == 2013:
		set(apierror.Forbidden, "Zoom Phone is not enabled for this account or user. Assign a Zoom Phone licence or ask for another user.")
	case strings.Contains(lower, "has not permitted access"):
		set(apierror.Forbidden, "The user has not granted shared access to the app. They have to allow it when they add or authorize the app at https://marketplace.zoom.us; until then ask for another user.")
	case code == 12002:
		set(apierror.NotReady, "The transcript is being made. Call again in a few minutes.")
	case code == 12000:
		set(apierror.NotFound, "Zoom cannot transcribe this recording: there is no transcript and there will be none. The recording itself can still be downloaded.")
	case code == 12001:
		set(apierror.Forbidden, "An administrator has disabled transcripts. The recording itself can still be downloaded.")
	case code == 12003:
		set(apierror.NotFound, "Zoom failed to make or to deliver this transcript. Call again once; if it stays, there is no transcript. The recording itself can still be downloaded.")
	case code == 2300:
		set(apierror.NotFound, "Zoom does not know this path. Check ZOOM_API_URL (it ends with /v2).")
	case code == 40401:
		set(apierror.NotFound, "There is no such fax log. Take the id from a fresh list.")
	case code == 40402 || code == 404 && r.file:
		set(apierror.NotFound, "There is no such file: it was deleted, or the id is of another kind. Take the id from a fresh list.")
	case status == http.StatusForbidden:
		set(apierror.Forbidden, "The app's user has no right to see this: check its role, the licence, and shared access permissions.")
	case (code == 300 || code == 400) && (pageToken.MatchString(said) || aboutPageToken(e.Problems)):
		set(apierror.ZoomError, "The next_page_token has ended (they live 15 minutes) or belongs to another query: start again from the first page, with the same parameters on every page.")
	case status == http.StatusNotFound || status < 500 && noSuch.MatchString(said):
		set(apierror.NotFound, "Nothing has this id on the account: take ids from the list methods.")
	case (code == 300 || code == 301 || code == 400) && r.resumes():
		set(apierror.ZoomError, "Zoom found the request invalid. An expired or foreign next_page_token is a common cause: start again from the first page. Otherwise check ids and dates.")
	case code == 300 || code == 301 || code == 400:
		set(apierror.ZoomError, "Zoom found the request invalid: check ids, dates and values with describe_method.")
	case status >= 300 && status < 400:
		set(apierror.ZoomError, "A redirect that leads nowhere: check ZOOM_API_URL, and whether a proxy on the way is its author.")
	case status >= 500:
		set(apierror.ZoomError, "Zoom has a problem of its own. Try again in a moment.")
	default:
		set(apierror.ZoomError, "Check the parameters with describe_method; if they are right, Zoom's support can look the tracking id up.")
	}
	if r.me && (e.Kind == apierror.NotFound || e.Kind == apierror.Forbidden || e.Kind == apierror.ZoomError && status < 500) {
		e.Hint = "me stands for the person who has logged in, and a Server-to-Server app has nobody: give the user's id or e-mail address. " + e.Hint
	}
}

func aboutPageToken(problems []apierror.Problem) bool {
	for _, p := range problems {
		if pageToken.MatchString(p.Param) {
			return true
		}
	}
	return false
}

// linkError is the error for a download whose redirect led to a refusal. It is
// the file store that speaks there, not Zoom's API, and its texts say little.
func linkError(resp *http.Response) *apierror.Error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // read for the sake of the connection
	e := apierror.New(apierror.ZoomError, "the address to which Zoom sent the download answered %d: %s", resp.StatusCode, firstLine(text))
	e.HTTPStatus = resp.StatusCode
	e.Hint = "Call again: every call gets a fresh address. If it stays, take the id from a fresh list, and check that a proxy lets Zoom's file hosts through."
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		e.Kind = apierror.NotFound
	}
	return e
}

// status says an HTTP status with Zoom's code behind it.
func status(e *apierror.Error) string {
	if e.ZoomCode != 0 {
		return fmt.Sprintf("%d (code %d)", e.HTTPStatus, e.ZoomCode)
	}
	return fmt.Sprint(e.HTTPStatus)
}

// redact takes an access token out of what an answer said, should something on
// the way have echoed the request.
func redact(e *apierror.Error, token *oauth2.Token) *apierror.Error {
	hide := func(s *string) { *s = withoutToken(*s, token.AccessToken) }
	hide(&e.Message)
	hide(&e.ZoomMessage)
	hide(&e.TrackingID)
	for i := range e.Problems {
		hide(&e.Problems[i].Param)
		hide(&e.Problems[i].Message)
	}
	for i := range e.Scopes {
		hide(&e.Scopes[i])
	}
	return e
}

// tokenHead is how much of a token identifies it; a text that was cut may end with no more.
const tokenHead = 12

// withoutToken takes out a token, also one that was cut.
func withoutToken(s, token string) string {
	if token == "" {
		return s
	}
	head := token[:min(len(token), tokenHead)]
	var b strings.Builder
	for {
		i := strings.Index(s, head)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i] + "…")
		n := 0
		for s = s[i:]; n < len(token) && n < len(s) && s[n] == token[n]; n++ {
		}
		s = s[n:]
	}
}

// trackingID returns what identifies a request to Zoom's support.
func trackingID(resp *http.Response) string {
	return apierror.Plain(resp.Header.Get(trackingHeader), maxFirstLine)
}

// firstLine is the first line of a text that has any, cut to a readable length.
func firstLine(b []byte) string {
	for line := range bytes.Lines(b) {
		if s := apierror.Plain(string(line), maxFirstLine); s != "" {
			return s
		}
	}
	return ""
}
