package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

// TokenFacts describe the access token.
type TokenFacts struct {
	// TookMS is the time it took to get, in milliseconds.
	TookMS int64 `json:"took_ms"`
	// Ends is its end, if known.
	Ends time.Time `json:"ends,omitzero"`
	// APIHost is the host of the API that came with it, if it is one of Zoom's;
	// Followed reports whether calls go there.
	APIHost  string `json:"api_host,omitempty"`
	Followed bool   `json:"followed,omitempty"`
}

// accessToken gets a token as a call would.
func (x *examination) accessToken(ctx context.Context, c *Check) {
	if x.credential == nil {
		c.skip("there is no usable credential")
		return
	}
	kind := x.credential.Kind()
	if kind == auth.KindServerToServer && !x.reached[x.oauthBase.Host] {
		c.skip(x.oauthBase.Host + " is not reached")
		return
	}
	start := time.Now()
	token, err := x.get(ctx)
	facts := TokenFacts{TookMS: time.Since(start).Milliseconds()}
	if err != nil {
		c.fail(err)
		c.Facts = err
		return
	}
	x.token = token
	x.granted = zoom.Granted(token)
	facts.Ends = token.Expiry.UTC()
	if kind == auth.KindAccessToken {
		st, _ := x.credential.Status() // it cannot fail where there was a token
		facts.Ends = st.Expires
		c.found("a ready token is never renewed; the call below shows whether Zoom takes it")
	} else {
		c.found("obtained")
	}
	switch left := facts.Ends.Sub(x.o.Now()).Round(time.Second); {
	case facts.Ends.IsZero():
		c.found("it does not tell its end")
	case kind == auth.KindAccessToken && left < 10*time.Minute:
		c.warn(fmt.Sprintf("it ends in %s", left), "Put a fresh one there, or use a credential that renews itself: a Server-to-Server app or a login.")
	default:
		c.found(fmt.Sprintf("it ends in %s", left))
	}
	if host, named := zoom.RegionalHost(token); host != "" && host != x.apiHost() {
		facts.APIHost, facts.Followed = host, x.followed()
		if facts.Followed {
			c.found("calls go to " + host + ", as Zoom said with it")
		}
	} else if named && host == "" && x.followed() {
		c.warn("it came with the address of an API that is not Zoom's, which is not followed", "Check ZOOM_OAUTH_URL: what answers there may not be Zoom.")
	}
	c.Facts = facts
}

// get asks the credential, which does not know contexts.
func (x *examination) get(ctx context.Context) (*oauth2.Token, *apierror.Error) {
	type result struct {
		token *oauth2.Token
		err   error
	}
	done := make(chan result, 1)
	go func() { // it ends by itself within the bounds of the token endpoint's client
		t, err := x.credential.Token()
		done <- result{t, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, zoom.TokenError(r.err, x.o.Now())
		}
		return r.token, nil
	case <-ctx.Done():
		return nil, &apierror.Error{Kind: apierror.Timeout, Message: "no token in time", Hint: "Try again with a longer --timeout."}
	}
}

// followed reports whether calls go where the token answer says.
func (x *examination) followed() bool { return x.o.APIURL == zoom.DefaultAPIURL }

func (x *examination) apiHost() string {
	if x.apiBase == nil {
		return ""
	}
	return x.apiBase.Host
}

// CallFacts say how the call went.
type CallFacts struct {
	Method     string          `json:"method"`
	TookMS     int64           `json:"took_ms"`
	TrackingID string          `json:"tracking_id,omitempty"`
	Error      *apierror.Error `json:"error,omitempty"`
}

// call makes one call that costs little and changes nothing.
func (x *examination) call(ctx context.Context, c *Check) {
	switch {
	case x.token == nil:
		c.skip("there is no token")
		return
	case x.apiBase == nil:
		c.skip(noAddress)
		return
	case !x.reached[x.apiBase.Host]:
		c.skip(x.apiBase.Host + " is not reached")
		return
	}
	m, params := x.harmless()
	if m == nil {
		c.skip("no method that the scopes allow can be called without knowing the account")
		return
	}
	tap := &limitsTap{to: x.o.HTTP}
	client, err := zoom.New(zoom.Options{
		APIURL: x.o.APIURL, FollowAPIURL: x.followed(), Tokens: &startingWith{first: x.token, rest: x.credential},
		HTTP: tap, UserAgent: x.o.UserAgent, Plan: x.o.Plan, Now: x.o.Now,
	})
	if err != nil {
		c.fail(apierror.From(err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	start := time.Now()
	answer, err := gateway.New(gateway.Options{Client: client, Now: x.o.Now}).Call(ctx, gateway.CallRequest{Method: m.Name, Params: params})
	x.label, x.limits = m.RateLimit, tap.seen()
	facts := CallFacts{Method: m.Name, TookMS: time.Since(start).Milliseconds(), Error: apierror.From(err)}
	if err != nil {
		c.Facts = facts
		x.explain(c, m, facts.Error)
		return
	}
	facts.TrackingID = answer.Meta.TrackingID
	c.Facts = facts
	c.found(fmt.Sprintf("%s answered in %d ms", m.Name, facts.TookMS))
}

// explain says what can be learned from a call that failed.
func (x *examination) explain(c *Check, m *catalog.Method, e *apierror.Error) {
	e.Message = m.Name + ": " + e.Message
	switch {
	case e.Kind == apierror.MissingScope && x.granted == nil:
		c.warn(e.Message, "Zoom takes the token, which has not the scope of this method; others may work. "+e.Hint)
		c.Paste = slices.Clone(e.Scopes)
	case e.Kind == apierror.MissingScope:
		c.fail(e)
		c.next("The token names the scope, and Zoom refuses it all the same: it can be too new to count.")
	case e.Kind == apierror.RateLimited:
		c.note(Warn, e)
		if e.RetryAt != "" {
			c.next("Try again after " + e.RetryAt + ".")
		}
	default:
		c.fail(e)
	}
	if e.TrackingID != "" {
		c.found("Zoom's tracking id is " + e.TrackingID)
	}
}

// harmless chooses the method that costs least among those that the scopes allow
// and that need no id.
func (x *examination) harmless() (*catalog.Method, json.RawMessage) {
	cost := []string{"LIGHT", "MEDIUM", "HEAVY"}
	var best *catalog.Method
	var params map[string]string
	for m := range catalog.All() {
		rank := slices.Index(cost, m.RateLimit)
		given, ok := x.parameters(m)
		if rank < 0 || !ok || m.Deprecated != nil || m.Kind != "object" || x.granted != nil && !allows(x.granted, m) {
			continue
		}
		if m.Name == "phone_setting" {
			best, params = m, given
			break
		}
		if best == nil || rank < slices.Index(cost, best.RateLimit) {
			best, params = m, given
		}
	}
	if best == nil {
		return nil, nil
	}
	text, _ := json.Marshal(params) // strings
	return best, text
}

// parameters returns what a method has to be called with, and false where that
// is not known. me is for people, whose credential is not an app's own.
func (x *examination) parameters(m *catalog.Method) (map[string]string, bool) {
	given := map[string]string{}
	for _, p := range m.Params {
		switch {
		case p.Name == "page_size":
			given[p.Name] = "1"
		case !p.Required:
		case p.Name == "userId" && x.credential.Kind() != auth.KindServerToServer:
			given[p.Name] = "me"
		default:
			return nil, false
		}
	}
	return given, true
}

// startingWith returns one token first; asked again, because Zoom refused it, it
// asks the source that the token came from.
type startingWith struct {
	rest oauth2.TokenSource

	mu    sync.Mutex
	first *oauth2.Token
}

func (s *startingWith) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	t := s.first
	s.first = nil
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	return s.rest.Token()
}

// limitsTap keeps what answers say of rate limits.
type limitsTap struct {
	to http.RoundTripper

	mu   sync.Mutex
	last http.Header
}

func (t *limitsTap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.to.RoundTrip(r)
	if err == nil {
		t.mu.Lock()
		t.last = resp.Header
		t.mu.Unlock()
	}
	return resp, err
}

func (t *limitsTap) seen() http.Header {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// PlanFacts describe the rate limits.
type PlanFacts struct {
	Plan string `json:"plan"`
	// Limits are the plan's figures by label, such as 20/s; missing without limits.
	Limits map[string]string `json:"limits,omitempty"`
	Daily  int               `json:"daily,omitempty"`
	// Category, Type, Limit and Remaining are what Zoom's answer said.
	Category  string `json:"zoom_category,omitempty"`
	Type      string `json:"zoom_type,omitempty"`
	Limit     int    `json:"zoom_limit,omitempty"`
	Remaining *int   `json:"zoom_remaining,omitempty"`
}

// plan compares the plan with what Zoom's answer said of the limits.
func (x *examination) plan(_ context.Context, c *Check) {
	p := x.o.Plan
	facts := PlanFacts{Plan: p.Name, Daily: p.Daily, Category: headerText(x.limits, "X-RateLimit-Category"), Type: headerText(x.limits, "X-RateLimit-Type")}
	if limit, err := strconv.Atoi(x.limits.Get("X-RateLimit-Limit")); err == nil && limit > 0 {
		facts.Limit = limit
	}
	if left, err := strconv.Atoi(x.limits.Get("X-RateLimit-Remaining")); err == nil && left >= 0 {
		facts.Remaining = &left
	}
	if p.Daily == 0 {
		c.found(p.Name + ": nothing is paced; what Zoom refuses is heeded")
	} else {
		facts.Limits = map[string]string{
			"LIGHT": p.Light.String(), "MEDIUM": p.Medium.String(), "HEAVY": p.Heavy.String(), "RESOURCE-INTENSIVE": p.ResourceIntensive.String(),
		}
		c.found(fmt.Sprintf("%s: LIGHT %s, MEDIUM %s, HEAVY %s, RESOURCE-INTENSIVE %s, and %d a day of the last two together",
			p.Name, p.Light, p.Medium, p.Heavy, p.ResourceIntensive, p.Daily))
	}
	c.Facts = facts
	daily := strings.Contains(strings.ToLower(facts.Type), "daily")
	switch {
	case facts.Limit > 0 && daily && p.Daily > 0 && facts.Limit != p.Daily:
		name := zoom.Pro().Name
		if facts.Limit >= zoom.Business().Daily {
			name = zoom.Business().Name
		}
		c.warn(fmt.Sprintf("Zoom says that the day's budget is %d", facts.Limit), "Set ZOOM_PLAN="+name+".")
	case facts.Category != "" && x.label != "" && !strings.EqualFold(facts.Category, x.label):
		c.warn(fmt.Sprintf("Zoom counts the call as %s, this program as %s", facts.Category, x.label), "Use a newer version of this program, if there is one.")
	case facts.Category != "":
		c.found("Zoom counts the call as " + facts.Category + ", as expected")
	case len(x.limits) > 0:
		c.found("Zoom's answer says nothing about it")
	}
}

// headerText is a header's value, cut to a readable length.
func headerText(h http.Header, name string) string {
	s := h.Get(name)
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(s, "")
}
