package simulator

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"mime"
	"net/http"
	"strings"
	"time"
)

// TokenLife is how long an access token lives.
const TokenLife = time.Hour

// tokenHead makes access tokens look like the real ones.
var tokenHead = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS512","v":"2.0","kid":"simulated"}`))

// serveToken is POST /oauth/token: Server-to-Server credentials for a token.
func (s *Simulator) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	refuse := func(reason, code string) {
		writeJSON(w, http.StatusBadRequest, map[string]string{"reason": reason, "error": code})
	}
	id, secret, ok := r.BasicAuth()
	if !ok || !same(id, s.opts.ClientID) || !same(secret, s.opts.ClientSecret) {
		refuse("Invalid client_id or client_secret", "invalid_client")
		return
	}
	if s.opts.AppDisabled {
		refuse("The app has been disabled by the developer", "invalid_client")
		return
	}
	// Only a form body counts: parameters in the query string are not read.
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		refuse("unsupported grant type", "unsupported_grant_type")
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse("Bad Request", "invalid_request")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "account_credentials":
	case "refresh_token":
		refuse("Invalid Token!", "invalid_grant")
		return
	default:
		refuse("unsupported grant type", "unsupported_grant_type")
		return
	}
	if !same(r.PostForm.Get("account_id"), s.opts.AccountID) {
		refuse("Bad Request", "invalid_request")
		return
	}
	s.mu.Lock()
	scope := strings.Join(s.scopes, " ")
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, object{
		"access_token": s.mint(),
		"token_type":   "bearer",
		"expires_in":   int(TokenLife / time.Second),
		"scope":        scope,
		"api_url":      origin(r),
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// mint makes an access token. Tokens carry their own end and are not stored.
func (s *Simulator) mint() string {
	payload := make([]byte, 20)
	binary.BigEndian.PutUint64(payload, uint64(s.now().Add(TokenLife).Unix()))
	binary.BigEndian.PutUint32(payload[8:], s.generation.Load())
	binary.BigEndian.PutUint64(payload[12:], uint64(s.minted.Add(1)))
	return tokenHead + "." + s.keys.seal("access token", payload)
}

// authorize checks the bearer token of a request.
func (s *Simulator) authorize(r *http.Request) error {
	invalid := &apiError{status: http.StatusUnauthorized, Code: 124, Message: "Invalid access token."}
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return invalid
	}
	head, sealed, ok := strings.Cut(strings.TrimSpace(token), ".")
	if !ok || head != tokenHead {
		return invalid
	}
	payload, ok := s.keys.open("access token", sealed)
	if !ok || len(payload) != 20 || binary.BigEndian.Uint32(payload[8:]) != s.generation.Load() {
		return invalid
	}
	if end := int64(binary.BigEndian.Uint64(payload)); s.now().Unix() >= end {
		return &apiError{status: http.StatusUnauthorized, Code: 124, Message: "Access token is expired."}
	}
	return nil
}

// TokensMinted tells how many access tokens were handed out.
func (s *Simulator) TokensMinted() int { return int(s.minted.Load()) }

// RevokeTokens ends every access token handed out so far.
func (s *Simulator) RevokeTokens() { s.generation.Add(1) }

// SetScopes replaces the scopes of the app, also for tokens already handed out;
// nil means every scope that the 56 methods ask for.
func (s *Simulator) SetScopes(scopes []string) {
	if scopes == nil {
		scopes = allScopes()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}
