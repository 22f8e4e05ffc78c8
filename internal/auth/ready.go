package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// readyToken returns the token of ZOOM_ACCESS_TOKEN, which is never renewed here.
// Whoever writes ZOOM_ACCESS_TOKEN_FILE can put a new one there: it is read again
// when the old one is over.
type readyToken struct {
	getenv func(string) string
	now    func() time.Time

	mu    sync.Mutex
	token string
	given bool
}

// Token returns a token once. Being asked again means that Zoom refused it, for it
// is given without an end; then only another token helps.
func (r *readyToken) Token() (*oauth2.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, over := r.over(); over || r.given {
		if fresh, f := readVariable(r.getenv, varAccessToken); f == nil && fresh != "" && fresh != r.token {
			r.token, r.given = fresh, false
		}
	}
	e := &apierror.Error{Kind: apierror.Auth, Hint: "A token in " + varAccessToken + " is used as it is and never renewed. Put a fresh one there" +
		" and start again, or use the variables of a Server-to-Server app, or log in: zoom-phone-mcp auth login."}
	if end, over := r.over(); over {
		e.Message = "the access token in " + varAccessToken + " ended at " + end.Format(time.RFC3339)
		return nil, e
	}
	if r.given {
		e.Message = "Zoom refused the access token in " + varAccessToken
		return nil, e
	}
	r.given = true
	return &oauth2.Token{AccessToken: r.token, TokenType: "Bearer"}, nil
}

// over reports whether the token has ended, as far as it says so itself.
func (r *readyToken) over() (end time.Time, over bool) {
	end, known := endOf(r.token)
	return end, known && !end.After(r.now())
}

func (r *readyToken) status() (Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end, _ := endOf(r.token)
	return Status{Kind: KindAccessToken, Expires: end}, nil
}

// endOf reads the end out of a token that is a JWT, as Zoom's are today. It is
// for messages: whether a token is good is Zoom's to say.
func endOf(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		End int64 `json:"exp"`
	}
	if json.Unmarshal(text, &claims) != nil || claims.End <= 0 {
		return time.Time{}, false
	}
	return time.Unix(claims.End, 0).UTC(), true
}
