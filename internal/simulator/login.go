package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	codeLife    = 5 * time.Minute
	refreshLife = 90 * 24 * time.Hour
	// The simulator remembers this many codes, logins and revoked tokens; older
	// ones are forgotten and thereby dead.
	codesKept   = 256
	grantsKept  = 1024
	revokedKept = 4096
)

// logins are the users' logins and what is under way towards one.
type logins struct {
	mu      sync.Mutex
	serial  uint32 // of codes and grants
	codes   []authorizationCode
	grants  []*grant
	revoked []uint64 // serials of access tokens; the app's own ones only
}

// authorizationCode is what was agreed on at the authorization page.
type authorizationCode struct {
	code, redirect    string
	challenge, method string
	user              *user
	until             time.Time
}

// grant is one login of a user.
type grant struct {
	id   uint32
	user *user
	// turn is how often the refresh token was renewed: a token of another turn is dead.
	turn uint32
}

// serveAuthorize is GET /oauth/authorize, where a user allows the app to act for
// them. This one does so at once.
func (s *Simulator) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case !same(q.Get("client_id"), s.opts.ClientID):
		http.Error(w, "Invalid client_id: (4,702)", http.StatusBadRequest)
		return
	case err != nil || !s.allowsRedirect(redirect):
		// The browser must not be sent to an address that the app does not have.
		http.Error(w, "Invalid redirect url (4,700)", http.StatusBadRequest)
		return
	}
	u := s.company.admins[0]
	found := true
	if s.opts.LoginAs != "" {
		u, found = s.company.user(s.opts.LoginAs)
	}
	method := q.Get("code_challenge_method")
	switch {
	case s.opts.AppDisabled || !found:
		sendBack(w, redirect, q.Get("state"), "error", "access_denied")
	case q.Get("response_type") != "code" || !slices.Contains([]string{"", "plain", "S256"}, method):
		sendBack(w, redirect, q.Get("state"), "error", "invalid_request")
	default:
		code := s.newCode(authorizationCode{
			redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), method: method,
			user: u, until: visitOf(r).now.Add(codeLife),
		})
		sendBack(w, redirect, q.Get("state"), "code", code)
	}
}

// sendBack redirects the browser to the app with an outcome.
func sendBack(w http.ResponseWriter, to *url.URL, state, name, value string) {
	back := *to
	q := back.Query()
	q.Set(name, value)
	if state != "" {
		q.Set("state", state)
	}
	back.RawQuery = q.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

func (s *Simulator) allowsRedirect(u *url.URL) bool {
	if s.opts.RedirectURIs != nil {
		return slices.Contains(s.opts.RedirectURIs, u.String())
	}
	return (u.Scheme == "http" || u.Scheme == "https") && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (s *Simulator) newCode(c authorizationCode) string {
	l := s.logins
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serial++
	c.code = s.keys.seal("authorization code", binary.BigEndian.AppendUint32(nil, l.serial))
	l.codes = newest(append(l.codes, c), codesKept)
	return c.code
}

// redeemCode returns tokens for an authorization code. A code works once, even
// where it is refused.
func (s *Simulator) redeemCode(form url.Values, public bool, now time.Time) (access, refresh string, _ *oauthError) {
	l := s.logins
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.codes, func(c authorizationCode) bool { return same(c.code, form.Get("code")) })
	if i < 0 {
		return "", "", errDeadCode
	}
	c := l.codes[i]
	l.codes = slices.Delete(l.codes, i, i+1)
	switch {
	case now.After(c.until), !c.provenBy(form.Get("code_verifier"), public):
		return "", "", errDeadCode
	case form.Get("redirect_uri") != c.redirect:
		return "", "", errOtherRedirect
	}
	l.serial++
	g := &grant{id: l.serial, user: c.user}
	l.grants = newest(append(l.grants, g), grantsKept)
	return s.mint(now, g.id), s.refreshToken(g, now), nil
}

// provenBy reports whether the verifier belongs to the code (PKCE). A client with
// a secret may do without a challenge.
func (c *authorizationCode) provenBy(verifier string, public bool) bool {
	switch {
	case c.challenge == "":
		return !public && verifier == ""
	case c.method == "S256":
		sum := sha256.Sum256([]byte(verifier))
		return same(base64.RawURLEncoding.EncodeToString(sum[:]), c.challenge)
	}
	return same(verifier, c.challenge)
}

func (s *Simulator) refreshToken(g *grant, now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Add(refreshLife).Unix()))
	b = binary.BigEndian.AppendUint32(b, g.id)
	b = binary.BigEndian.AppendUint32(b, g.turn)
	return tokenHead + "." + s.keys.seal("refresh token", b)
}

// refresh returns new tokens for a refresh token, which dies by that.
func (s *Simulator) refresh(token string, now time.Time) (access, next string, _ *oauthError) {
	l := s.logins
	l.mu.Lock()
	defer l.mu.Unlock()
	g := s.grantOf(token, now)
	if g == nil {
		return "", "", errDeadRefresh
	}
	g.turn++
	return s.mint(now, g.id), s.refreshToken(g, now), nil
}

// grantOf finds the login of a refresh token that lives; nil for none.
func (s *Simulator) grantOf(token string, now time.Time) *grant {
	if len(token) < len(tokenHead)+1 || token[:len(tokenHead)+1] != tokenHead+"." {
		return nil
	}
	b, ok := s.keys.open("refresh token", token[len(tokenHead)+1:])
	if !ok || len(b) != 16 || now.Unix() >= int64(binary.BigEndian.Uint64(b)) {
		return nil
	}
	g := s.logins.grant(binary.BigEndian.Uint32(b[8:]))
	if g == nil || g.turn != binary.BigEndian.Uint32(b[12:]) {
		return nil
	}
	return g
}

// revoke ends the login of an access or refresh token, or the app's own token,
// and reports whether there was anything to end.
func (s *Simulator) revoke(token string, now time.Time) bool {
	l := s.logins
	l.mu.Lock()
	defer l.mu.Unlock()
	g := s.grantOf(token, now)
	if t, ok := s.readAccessToken(token); ok {
		if t.grant == 0 {
			l.revoked = newest(append(l.revoked, t.serial), revokedKept)
			return true
		}
		g = l.grant(t.grant)
	}
	if g == nil {
		return false
	}
	l.grants = slices.DeleteFunc(l.grants, func(other *grant) bool { return other == g })
	return true
}

// RevokeLogins ends every login of a user, with its access and refresh tokens.
func (s *Simulator) RevokeLogins() {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	s.logins.grants = nil
}

func (l *logins) grant(id uint32) *grant {
	for _, g := range l.grants {
		if g.id == id {
			return g
		}
	}
	return nil
}

// user returns who logged in; nil when the login has ended.
func (l *logins) user(id uint32) *user {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.grant(id); g != nil {
		return g.user
	}
	return nil
}

func (l *logins) isRevoked(serial uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.revoked, serial)
}

// newest keeps the last n elements.
func newest[T any](all []T, n int) []T {
	if len(all) > n {
		return slices.Delete(all, 0, len(all)-n)
	}
	return all
}
