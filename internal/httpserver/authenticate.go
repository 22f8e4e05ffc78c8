package httpserver

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"zoom-phone-mcp/internal/caller"
)

const anonymous = "anonymous"

// admits returns a function that asks for room for a caller's calls. It waits a
// moment where there is none: a client that begins a call as soon as it has an
// answer can be ahead of the room that it leaves.
func (s *Server) admits(c *caller.Caller) func(context.Context, int) (func(), bool) {
	return func(ctx context.Context, calls int) (release func(), ok bool) {
		release, ok = s.rooms.enter(ctx, c.Name, calls)
		switch observer := s.options.Observer; {
		case observer == nil:
		case ok:
			observer.Admitted(c.Label, calls)
		default:
			observer.Refused("busy")
		}
		return release, ok
	}
}

// denial is why a request is not let in.
type denial struct {
	status    int
	text      string
	challenge string        // WWW-Authenticate
	after     time.Duration // Retry-After
}

func (d *denial) write(w http.ResponseWriter) {
	if d.challenge != "" {
		w.Header().Set("WWW-Authenticate", d.challenge)
	}
	if d.after > 0 {
		retryAfter(w, d.after)
	}
	refuse(w, d.status, d.text)
}

// maxToken bounds a credential, in bytes.
const maxToken = 16 << 10

// authenticate finds out who sent a request.
func (s *Server) authenticate(r *http.Request) (*caller.Caller, *denial) {
	keys, oauth := s.options.Keys, s.options.OAuth
	if keys == nil && oauth == nil {
		return &caller.Caller{Name: anonymous, Label: anonymous}, nil
	}
	token, ok := bearer(r.Header)
	if !ok {
		return nil, s.challenge(r, "")
	}
	if keys != nil {
		if k := keys.find(token); k != nil {
			return &caller.Caller{Name: "key:" + k.name, Label: k.name, Allow: k.allow, Deny: k.deny, Gone: k.gone}, nil
		}
	}
	if oauth == nil || strings.Count(token, ".") != 2 {
		return nil, s.challenge(r, "invalid_token")
	}
	c, err := oauth.verify(r.Context(), token)
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, errNoMethods):
		d := s.challenge(r, "insufficient_scope")
		d.status, d.text = http.StatusForbidden, "the bearer token opens no method here; see --oauth-allow"
		return nil, d
	case isUnavailable(err):
		s.options.Log.Warn().Err(err).Msg("tokens cannot be verified")
		return nil, &denial{status: http.StatusServiceUnavailable, text: "tokens cannot be verified at the moment", after: retryIssuer}
	default:
		s.options.Log.Debug().Str("reason", reason(err)).Msg("token refused")
		return nil, s.challenge(r, "invalid_token")
	}
}

// challenge is the denial of a request without a credential (no code), or with
// one that is not good.
func (s *Server) challenge(r *http.Request, code string) *denial {
	d := &denial{status: http.StatusUnauthorized, text: "a bearer token is needed", challenge: `Bearer realm="zoom-phone-mcp"`}
	if code != "" {
		d.text = "the bearer token is not good here"
		d.challenge += `, error="` + code + `"`
	}
	if s.options.OAuth != nil {
		d.challenge += `, resource_metadata="` + s.options.OAuth.metadataURL + `"`
	}
	return d
}

// bearer takes the token of the one Authorization header.
func bearer(head http.Header) (string, bool) {
	values := head.Values("Authorization")
	if len(values) != 1 || len(values[0]) > maxToken {
		return "", false
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != ""
}
