package simulator

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// oauthError is a refusal in the shape of the OAuth endpoints; its status is
// always 400.
type oauthError struct {
	Reason string `json:"reason"`
	Err    string `json:"error"`
}

func (e *oauthError) Error() string { return e.Err + ": " + e.Reason }

// What the OAuth endpoints refuse with.
var (
	errWrongPair     = &oauthError{"Invalid client_id or client_secret", "invalid_client"}
	errAppDisabled   = &oauthError{"The app has been disabled by the developer", "invalid_client"}
	errBadRequest    = &oauthError{"Bad Request", "invalid_request"} // also a wrong account id
	errGrantType     = &oauthError{"unsupported grant type", "unsupported_grant_type"}
	errDeadRefresh   = &oauthError{"Invalid Token!", "invalid_grant"}
	errDeadCode      = &oauthError{"Invalid authorization code", "invalid_grant"}
	errOtherRedirect = &oauthError{"Redirect URI mismatch.", "invalid_request"}
)

// oauthForm reads the form of a request to an OAuth endpoint and checks which
// app sends it. An app names itself with its secret, or as a public client by its
// id alone.
func (s *Simulator) oauthForm(w http.ResponseWriter, r *http.Request) (form url.Values, public bool, refusal *oauthError) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	// Only a form body counts: parameters in the query string are not read.
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isForm := err == nil && media == "application/x-www-form-urlencoded"
	if isForm {
		if err := r.ParseForm(); err != nil {
			return nil, false, errBadRequest
		}
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
		public = !r.PostForm.Has("client_secret")
	}
	switch {
	case !same(id, s.opts.ClientID) || !public && !same(secret, s.opts.ClientSecret):
		return nil, public, errWrongPair
	case s.opts.AppDisabled:
		return nil, public, errAppDisabled
	case !isForm:
		return nil, public, errGrantType
	}
	return r.PostForm, public, nil
}

// tokenAnswer is the answer of the token endpoint.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	RefreshToken string `json:"refresh_token,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	APIURL       string `json:"api_url,omitempty"`
}

// serveToken is POST /oauth/token: a token for the credentials of the app, for
// an authorization code, or for a refresh token.
func (s *Simulator) serveToken(w http.ResponseWriter, r *http.Request) {
	form, public, refusal := s.oauthForm(w, r)
	if refusal != nil {
		writeOAuthError(w, refusal)
		return
	}
	v := visitOf(r)
	answer := tokenAnswer{
		TokenType: "bearer", ExpiresIn: int(TokenLife / time.Second), Scope: strings.Join(s.granted(v), " "), APIURL: s.apiURL(r),
	}
	switch form.Get("grant_type") {
	case "account_credentials":
		switch {
		case public:
			refusal = errWrongPair
		case !same(form.Get("account_id"), s.opts.AccountID):
			refusal = errBadRequest
		default:
			answer.AccessToken = s.mint(v.now, 0)
		}
	case "authorization_code":
		answer.AccessToken, answer.RefreshToken, refusal = s.redeemCode(form, public, v.now)
	case "refresh_token":
		answer.AccessToken, answer.RefreshToken, refusal = s.refresh(form.Get("refresh_token"), v.now)
	default:
		refusal = errGrantType
	}
	if refusal != nil {
		writeOAuthError(w, refusal)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// serveRevoke is POST /oauth/revoke. It ends the login that a token came from,
// or the token itself where it is the app's own.
func (s *Simulator) serveRevoke(w http.ResponseWriter, r *http.Request) {
	form, _, refusal := s.oauthForm(w, r)
	if refusal == nil && !s.revoke(form.Get("token"), visitOf(r).now) {
		refusal = errDeadRefresh
	}
	if refusal != nil {
		writeOAuthError(w, refusal)
		return
	}
	writeJSON(w, http.StatusOK, object{"status": "success"})
}

func (s *Simulator) apiURL(r *http.Request) string {
	switch s.opts.APIURL {
	case "":
		return origin(r)
	case NoAPIURL:
		return ""
	}
	return s.opts.APIURL
}

func writeOAuthError(w http.ResponseWriter, e *oauthError) { writeJSON(w, http.StatusBadRequest, e) }
