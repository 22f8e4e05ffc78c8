package simulator

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"
)

// TokenLife is how long an access token lives.
const TokenLife = time.Hour

// tokenHead makes access tokens look like the real ones.
var tokenHead = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS512","v":"2.0","kid":"simulated"}`))

// accessToken is what an access token says. It is the token's whole state:
// tokens are not stored.
type accessToken struct {
	end        int64  // Unix time
	generation uint32 // tokens of older generations are dead
	serial     uint64
	grant      uint32 // the login it came from; zero for the app's own token
}

// mint makes an access token.
func (s *Simulator) mint(now time.Time, grant uint32) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Add(TokenLife).Unix()))
	b = binary.BigEndian.AppendUint32(b, s.generation.Load())
	b = binary.BigEndian.AppendUint64(b, uint64(s.minted.Add(1)))
	b = binary.BigEndian.AppendUint32(b, grant)
	return tokenHead + "." + s.keys.seal("access token", b)
}

func (s *Simulator) readAccessToken(token string) (t accessToken, ok bool) {
	head, sealed, ok := strings.Cut(token, ".")
	if !ok || head != tokenHead {
		return t, false
	}
	b, ok := s.keys.open("access token", sealed)
	if !ok || len(b) != 24 {
		return t, false
	}
	return accessToken{
		end: int64(binary.BigEndian.Uint64(b)), generation: binary.BigEndian.Uint32(b[8:]),
		serial: binary.BigEndian.Uint64(b[12:]), grant: binary.BigEndian.Uint32(b[20:]),
	}, true
}

var (
	errInvalidToken = &apiError{status: http.StatusUnauthorized, Code: 124, Message: "Invalid access token."}
	errExpiredToken = &apiError{status: http.StatusUnauthorized, Code: 124, Message: "Access token is expired."}
)

// authorize checks the bearer token of a request and notes whose it is.
func (s *Simulator) authorize(r *http.Request, v *visit) error {
	scheme, text, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return errInvalidToken
	}
	t, ok := s.readAccessToken(strings.TrimSpace(text))
	if !ok || t.generation != s.generation.Load() || s.logins.isRevoked(t.serial) {
		return errInvalidToken
	}
	if t.grant != 0 {
		if v.login = s.logins.user(t.grant); v.login == nil {
			return errInvalidToken
		}
	}
	if v.now.Unix() >= t.end {
		return errExpiredToken
	}
	return nil
}

// TokensMinted tells how many access tokens were handed out.
func (s *Simulator) TokensMinted() int { return int(s.minted.Load()) }

// RevokeTokens ends every access token handed out so far. Refresh tokens stay.
func (s *Simulator) RevokeTokens() { s.generation.Add(1) }

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
