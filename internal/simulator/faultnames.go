package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// faultKind is what a named fault does.
type faultKind struct {
	name, group, about string
	// fits narrows down the requests it is for; nil means all.
	fits func(*http.Request, *visit) bool
	// status, media and body are the whole answer of kinds without act.
	status      int
	media, body string
	// pauses reports that act uses Delay in its own way.
	pauses bool
	act    func(*Simulator, *statusWriter, *http.Request, *visit, *Fault)
}

// FaultInfo describes a named fault.
type FaultInfo struct {
	Name  string `json:"fault"`
	Group string `json:"group"`
	About string `json:"about"`
}

// FaultInfos describes every named fault.
func FaultInfos() []FaultInfo {
	return mapped(faultKinds(), func(k faultKind) FaultInfo { return FaultInfo{k.name, k.group, k.about} })
}

// FaultNames returns the names that a Fault may have.
func FaultNames() []string {
	return mapped(faultKinds(), func(k faultKind) string { return k.name })
}

// kindOf finds a named fault; nil for none.
func kindOf(name string) *faultKind {
	all := faultKinds()
	i := slices.IndexFunc(all, func(k faultKind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func faultKinds() []faultKind {
	return slices.Concat(oauthFaults, refusalFaults, limitFaults, pageFaults, listFaults, bodyFaults, connectionFaults, redirectFaults, clockFaults)
}

func atToken(r *http.Request, _ *visit) bool     { return r.URL.Path == "/oauth/token" }
func atAuthorize(r *http.Request, _ *visit) bool { return r.URL.Path == "/oauth/authorize" }
func atAPI(r *http.Request, _ *visit) bool       { return strings.HasPrefix(r.URL.Path, "/v2/") }
func withPageToken(r *http.Request, v *visit) bool {
	return v.route != nil && r.URL.Query().Get("next_page_token") != ""
}
func atList(_ *http.Request, v *visit) bool { return v.route != nil && v.route.maxPage > 0 }

var oauthFaults = []faultKind{
	{name: "wrong_credentials", group: "OAuth", fits: atToken, act: oauthRefusal(errWrongPair), about: "the client id and the secret do not belong together"},
	{name: "app_disabled", group: "OAuth", fits: atToken, act: oauthRefusal(errAppDisabled), about: "the app is not activated"},
	{name: "wrong_account", group: "OAuth", fits: atToken, act: oauthRefusal(errBadRequest), about: "the account id is wrong"},
	{name: "unsupported_grant", group: "OAuth", fits: atToken, act: oauthRefusal(errGrantType), about: "the app is of another type"},
	{name: "dead_refresh_token", group: "OAuth", fits: atToken, act: oauthRefusal(errDeadRefresh), about: "the refresh token has ended or was used"},
	{name: "dead_code", group: "OAuth", fits: atToken, act: oauthRefusal(errDeadCode), about: "the authorization code has ended, was used, or its verifier does not fit"},
	{name: "login_denied", group: "OAuth", fits: atAuthorize, act: denyLogin, about: "the user, or an administrator, does not allow the app"},
	{name: "foreign_api_url", group: "OAuth", fits: atToken, act: foreignAPIURL, about: "api_url of the token answer is `to`, by default a host that is not Zoom's"},
}

func oauthRefusal(e *oauthError) func(*Simulator, *statusWriter, *http.Request, *visit, *Fault) {
	return func(_ *Simulator, w *statusWriter, _ *http.Request, v *visit, f *Fault) {
		w.Header().Set("Date", v.now.Format(http.TimeFormat))
		status := http.StatusBadRequest
		if f.Status != 0 {
			status = f.Status
		}
		if f.Body != "" {
			writeRaw(w, status, "", f.Body)
			return
		}
		writeJSON(w, status, e)
	}
}

var refusalFaults = []faultKind{
	{name: "invalid_token", group: "Refusals", fits: atAPI, status: 401, body: `{"code":124,"message":"Invalid access token."}`, about: "the access token is not known"},
	{name: "expired_token", group: "Refusals", fits: atAPI, status: 401, body: `{"code":124,"message":"Access token is expired."}`, about: "the access token has ended"},
	{name: "token_revoked", group: "Refusals", fits: atAPI, act: revokeTokens, about: "every access token so far ends with this request; a new one works"},
	{name: "missing_scope", group: "Refusals", fits: atAPI, status: 400, body: `{"code":104,"message":"Invalid access token, does not contain scopes:[{scopes}]."}`, about: "the app lacks the scope of the path"},
	{name: "missing_scope_4711", group: "Refusals", fits: atAPI, status: 400, body: `{"code":4711,"message":"Invalid access token, does not contain scopes:[{scopes}]."}`, about: "the same with the code 4711"},
	{name: "missing_scope_4700", group: "Refusals", fits: atAPI, status: 401, body: `{"code":4700,"message":"Invalid access token, does not contain scopes:[{scopes}]"}`, about: "the same with the code 4700, as 401, without the dot"},
	{name: "scope_removed", group: "Refusals", act: removeScopes, about: "the app lacks `scopes`, by default those of the path, in answers of the API and of the token endpoint"},
	{name: "phone_not_enabled", group: "Refusals", fits: atAPI, status: 403, body: `{"code":2031,"message":"` + phoneDisabled + `"}`, about: "the account has no Zoom Phone"},
	{name: "phone_not_enabled_2013", group: "Refusals", fits: atAPI, status: 403, body: `{"code":2013,"message":"This user has not enabled Zoom Phone."}`, about: "the user has no Zoom Phone"},
	{name: "not_permitted", group: "Refusals", fits: atAPI, status: 403, body: `{"code":403,"message":"authenticated user has not permitted access to the targeted resource"}`, about: "shared access was not granted"},
	{name: "unknown_path", group: "Refusals", fits: atAPI, status: 404, body: `{"code":2300,"message":"This API endpoint is not recognized."}`, about: "the path does not exist"},
	{name: "validation_failed", group: "Refusals", fits: atAPI, status: 400, body: `{"code":300,"message":"Validation Failed.","errors":[{"field":"page_size","message":"Invalid field."}]}`, about: "a parameter is wrong"},
	{name: "not_found", group: "Refusals", fits: atAPI, status: 404, body: `{"code":404,"message":"The requested resource does not exist."}`, about: "what was asked for does not exist"},
	{name: "no_file", group: "Refusals", fits: atAPI, status: 400, body: `{"code":404,"message":"File does not exist."}`, about: "the recording or voicemail has no file"},
	{name: "transcript_unable", group: "Refusals", fits: atAPI, status: 400, body: `{"code":12000,"message":"Unable to transcribe this recording."}`, about: "the recording cannot be transcribed"},
	{name: "transcript_disabled", group: "Refusals", fits: atAPI, status: 400, body: `{"code":12001,"message":"Admin has disabled this transcription."}`, about: "transcription is switched off"},
	{name: "transcript_in_progress", group: "Refusals", fits: atAPI, status: 400, body: `{"code":12002,"message":"This recording is still in the process of being transcribed. Reopen this recording in a few minutes."}`, about: "the transcript is not ready yet"},
	{name: "transcript_failed", group: "Refusals", fits: atAPI, status: 400, body: `{"code":12003,"message":"Transcription of this recording failed."}`, about: "the transcription failed"},
	{name: "fax_not_found", group: "Refusals", fits: atAPI, status: 404, body: `{"code":40401,"message":"Fax log not found."}`, about: "the fax does not exist"},
	{name: "fax_file_not_found", group: "Refusals", fits: atAPI, status: 404, body: `{"code":40402,"message":"Fax file not found."}`, about: "the fax has no such file"},
	{name: "server_error", group: "Refusals", status: 500, body: `{"code":500,"message":"Internal server error."}`, about: "Zoom fails, in its own words"},
	{name: "unavailable", group: "Refusals", status: 503, media: "text/html", body: "<html><head><title>503 Service Temporarily Unavailable</title></head><body>503 Service Temporarily Unavailable</body></html>", about: "a gateway in front of Zoom has nobody to ask; HTML"},
}

var limitFaults = []faultKind{
	{name: "rate_limit", group: "Limits", fits: atAPI, act: refuseSecondFault, about: "too many requests in a second; Retry-After as `retry_after` says, by default absent"},
	{name: "rate_limit_bare", group: "Limits", fits: atAPI, status: 429, body: `{"code":429,"message":"` + tooManyInSecond + `"}`, about: "the same without any header"},
	{name: "daily_limit", group: "Limits", fits: atAPI, act: refuseDayFault, about: "the day's budget is used up until 00:00 UTC; Retry-After as `retry_after` says, by default an ISO date"},
	{name: "daily_limit_heavy", group: "Limits", fits: func(_ *http.Request, v *visit) bool { return v.label().daily() }, act: refuseDayFault, about: "the same for HEAVY and RESOURCE-INTENSIVE paths only, as on an account that reached it"},
	{name: "token_rate_limit", group: "Limits", fits: atToken, status: 429, body: `{"reason":"Too many requests","error":"rate_limit_exceeded"}`, about: "the token endpoint refuses too many requests"},
}

var pageFaults = []faultKind{
	{name: "bad_page_token", group: "Pages", fits: atAPI, status: 400, body: `{"code":300,"message":"The next page token is invalid or expired."}`, about: "the page token is bad, with the code 300"},
	{name: "bad_page_token_400", group: "Pages", fits: atAPI, status: 400, body: `{"code":400,"message":"The next page token is invalid or expired."}`, about: "the same with the code 400"},
	{name: "expired_page_token", group: "Pages", fits: withPageToken, act: pageFault(pageExpired), about: "the page token that came along has ended, in the words of the path"},
	{name: "repeated_page_token", group: "Pages", fits: withPageToken, act: pageFault(pageRepeated), about: "a page names as the next one itself, without end"},
	{name: "empty_page", group: "Pages", fits: atList, act: pageFault(pageEmpty), about: "a page has no records and yet a token, with which they come later"},
}

var listFaults = []faultKind{
	{name: "ended_lists", group: "Lists", fits: atHistory, act: endedFault(endedToo), about: "call_logs of the call histories and call_path of a call come beside call_history and call_elements, as before Zoom ends them in November 2026"},
	{name: "ended_lists_only", group: "Lists", fits: atHistory, act: endedFault(endedOnly), about: "they come in place of their successors"},
}

// atHistory fits the paths whose answers had a second list.
func atHistory(_ *http.Request, v *visit) bool {
	return v.route != nil && strings.Contains(v.route.path, "/call_history")
}

func endedFault(ended endedLists) func(*Simulator, *statusWriter, *http.Request, *visit, *Fault) {
	return func(s *Simulator, w *statusWriter, r *http.Request, v *visit, _ *Fault) {
		v.ended = ended
		s.answer(w, r)
	}
}

var clockFaults = []faultKind{
	{name: "clock_skew", group: "Clock", act: skewClock, about: "Zoom's clock is off by `skew` (default 10m): its Date header, the end of tokens, the dates of limits; on the token endpoint alone with a negative skew, tokens end earlier than they say"},
}
