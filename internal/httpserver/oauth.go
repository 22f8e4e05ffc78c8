package httpserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/safejson"
)

const (
	// retryIssuer is how long an answer of the issuer, good or bad, stands before
	// it is asked again for the same thing. Callers with made-up tokens cannot
	// make us ask more often.
	retryIssuer = 5 * time.Second
	// refreshIssuer is when the issuer's keys are taken anew although the old ones
	// still fit: it may have withdrawn some.
	refreshIssuer = time.Hour
	// issuerTimeout bounds one request to the issuer.
	issuerTimeout = 10 * time.Second
)

// OAuthOptions say whose access tokens are good here.
type OAuthOptions struct {
	// Issuer is the authorization server, as tokens name it; https, or http on a
	// loopback host.
	Issuer string
	// Audience is what tokens have to be made for: this server.
	Audience string
	// Resource is this server's URL as its clients know it. It may be left out
	// where Audience is that URL.
	Resource string
	// Allow limits callers to methods by a claim of their tokens. Where there are rules,
	// a token that fits none is refused.
	Allow []OAuthRule
	// HTTP does the requests to the issuer, default http.DefaultTransport.
	HTTP http.RoundTripper
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// OAuthRule gives the callers whose token has a claim with a value, or with it among its
// values, some methods: names, tags or patterns.
type OAuthRule struct {
	Claim, Value string
	Methods      []string
}

// ParseOAuthRule reads a rule: CLAIM=VALUE:METHODS, the methods comma-separated. The value
// may have colons in it.
func ParseOAuthRule(text string) (OAuthRule, error) {
	claim, rest, ok := strings.Cut(text, "=")
	i := strings.LastIndexByte(rest, ':')
	if !ok || claim == "" || i < 1 {
		return OAuthRule{}, fmt.Errorf("%q: want CLAIM=VALUE:METHODS, such as groups=support:list_call_queues,get_call_path", text)
	}
	rule := OAuthRule{Claim: claim, Value: rest[:i], Methods: strings.Split(rest[i+1:], ",")}
	if slices.Contains(rule.Methods, "") {
		return OAuthRule{}, fmt.Errorf("%q has an empty element among its methods", text)
	}
	return rule, nil
}

// fits reports whether a token has the rule's claim with its value. A text that is a list
// of words, as a scope is, has each of them as a value.
func (r OAuthRule) fits(claims map[string]any) bool {
	switch v := claims[r.Claim].(type) {
	case string:
		return v == r.Value || slices.Contains(strings.Fields(v), r.Value)
	case []any:
		return slices.Contains(v, any(r.Value))
	case bool:
		return fmt.Sprint(v) == r.Value
	}
	return false
}

// OAuth accepts access tokens of one issuer: JWTs, by RFC 9068 and OpenID Connect
// discovery. Nothing is asked of the issuer before the first token comes, so it
// need not be up when the server starts.
type OAuth struct {
	issuer, audience string
	metadata         []byte // RFC 9728
	metadataURL      string
	client           *http.Client
	now              func() time.Time
	rules            []OAuthRule

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	made     time.Time // when verifier was
	failed   time.Time // when it could not be made
	failure  error
	making   chan struct{} // closed when the one that is being made is there; nil for none
}

// NewOAuth makes it. It does no I/O.
func NewOAuth(o OAuthOptions) (*OAuth, error) {
	if err := checkURL(o.Issuer); err != nil {
		return nil, fmt.Errorf("OAuth issuer: %w", err)
	}
	if o.Audience == "" {
		return nil, errors.New("OAuth: without an audience, tokens for any other service would be good here")
	}
	if o.Resource == "" {
		o.Resource = o.Audience
	}
	if err := checkURL(o.Resource); err != nil {
		return nil, fmt.Errorf("OAuth: the audience is not this server's URL, so that URL has to be given: %w", err)
	}
	if o.HTTP == nil {
		o.HTTP = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &OAuth{issuer: o.Issuer, audience: o.Audience, now: o.Now, rules: o.Allow}
	a.client = &http.Client{Timeout: issuerTimeout, Transport: &calmTransport{next: o.HTTP, now: o.Now}}
	a.metadata, _ = safejson.Marshal(map[string]any{ // strings always have an encoding
		"resource":                 o.Resource,
		"authorization_servers":    []string{o.Issuer},
		"bearer_methods_supported": []string{"header"},
		"resource_name":            "zoom-phone-mcp",
	})
	u, _ := url.Parse(o.Resource) // checked
	a.metadataURL = u.Scheme + "://" + u.Host + metadataPath + strings.TrimSuffix(u.Path, "/")
	return a, nil
}

// checkURL accepts https, and http on a loopback host.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q: want https://host/path", s)
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: want https", s)
}

// signatures are the algorithms that are accepted. Issuers name those of their
// ID tokens, which need not be those of access tokens.
var signatures = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// errUnavailable is the error for an issuer that does not answer.
var errUnavailable = errors.New("the issuer does not answer")

func isUnavailable(err error) bool { return errors.Is(err, errUnavailable) }

// reason is the part of a token's error that has nothing of the token.
func reason(err error) string {
	if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return "expired"
	}
	return "issuer, audience, time or signature"
}

// errNoMethods is the error for a token that is good, and fits no rule.
var errNoMethods = errors.New("the token opens no method")

// verify checks a token and returns who sent it. Its name has a hash of the subject, which
// can be an email address: names stand in logs.
func (a *OAuth) verify(ctx context.Context, token string) (*caller.Caller, error) {
	v, err := a.current(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	var unreachable error
	t, err := v.Verify(context.WithValue(ctx, unreachableKey{}, &unreachable), token)
	switch {
	case unreachable != nil:
		return nil, fmt.Errorf("%w: %w", errUnavailable, unreachable)
	case err != nil:
		return nil, err
	case t.Subject == "":
		return nil, errors.New("the token has no subject")
	}
	sum := sha256.Sum256([]byte(a.issuer + "\x00" + t.Subject))
	c := &caller.Caller{Name: "oauth:" + hex.EncodeToString(sum[:])[:24], Label: "oauth", Until: t.Expiry}
	if len(a.rules) == 0 {
		return c, nil
	}
	var claims map[string]any
	if err := t.Claims(&claims); err != nil {
		return nil, err
	}
	for _, rule := range a.rules {
		if rule.fits(claims) {
			c.Allow = append(c.Allow, rule.Methods...)
		}
	}
	if len(c.Allow) == 0 {
		return nil, errNoMethods
	}
	slices.Sort(c.Allow)
	c.Allow = slices.Compact(c.Allow)
	return c, nil
}

// current returns the verifier. It is made when it is first needed, and anew every
// hour; meanwhile, and while the issuer is away, the old one stays in use.
func (a *OAuth) current(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	a.mu.Lock()
	now := a.now()
	old := a.verifier != nil && now.Sub(a.made) >= refreshIssuer
	if (a.verifier == nil || old) && a.making == nil && (a.failure == nil || now.Sub(a.failed) >= retryIssuer) {
		a.making = make(chan struct{})
		go a.renew()
	}
	v, making, failure := a.verifier, a.making, a.failure
	a.mu.Unlock()
	switch {
	case v != nil:
		return v, nil
	case making == nil:
		return nil, failure
	}
	select {
	case <-making:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.verifier != nil {
		return a.verifier, nil
	}
	return nil, a.failure
}

// renew makes a verifier and fetches its keys, so that nobody waits for them. It belongs
// to no caller: one that goes away must not end it for all.
func (a *OAuth) renew() {
	v, err := a.discover(context.Background())
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.verifier, a.made, a.failure = v, a.now(), nil
	} else {
		a.failed, a.failure = a.now(), err
	}
	close(a.making)
	a.making = nil
}

func (a *OAuth) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	ctx = oidc.ClientContext(ctx, a.client)
	provider, err := oidc.NewProvider(ctx, a.issuer)
	if err != nil {
		return nil, err
	}
	var claims struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := provider.Claims(&claims); err != nil {
		return nil, err
	}
	if err := checkURL(claims.JWKS); err != nil {
		return nil, fmt.Errorf("jwks_uri: %w", err)
	}
	keys := keySet{oidc.NewRemoteKeySet(ctx, claims.JWKS)}
	// A key that the set does not have makes it fetch all.
	var unreachable error
	_, _ = keys.VerifySignature(context.WithValue(ctx, unreachableKey{}, &unreachable), unsigned)
	if unreachable != nil {
		return nil, unreachable
	}
	return oidc.NewVerifier(a.issuer, keys, &oidc.Config{ClientID: a.audience, SupportedSigningAlgs: signatures, Now: a.now}), nil
}

// unsigned is a JWT that no key has signed.
const unsigned = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii0ifQ.e30.AA"

// unreachableKey is where a key set leaves the error of a request that failed,
// which otherwise cannot be told from a wrong signature.
type unreachableKey struct{}

type keySet struct{ remote *oidc.RemoteKeySet }

// VerifySignature implements oidc.KeySet.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		if to, ok := ctx.Value(unreachableKey{}).(*error); ok {
			*to = err
		}
	}
	return payload, err
}

// metadataPath is where RFC 9728 has the description of a protected resource;
// the resource's own path may follow.
const metadataPath = "/.well-known/oauth-protected-resource"

func isMetadata(path string) bool {
	rest, ok := strings.CutPrefix(path, metadataPath)
	return ok && (rest == "" || rest[0] == '/')
}

func (a *OAuth) serveMetadata(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "use GET")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(a.metadata) // the client is gone otherwise
}
