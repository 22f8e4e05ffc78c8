// Package zoom is a typed client of the Zoom Phone REST API, for the operations
// of spec/zoom-phone.yaml: requests, tokens, and Zoom's errors. The operations
// and their parameters are generated.
//
// It sends what the caller gave and nothing else: no documented default, no
// extra key. It returns the bytes that Zoom sent. It must not know MCP,
// models or tools.
package zoom

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"
)

// The public hosts of Zoom.
const (
	DefaultAPIURL   = "https://api.zoom.us/v2"
	DefaultOAuthURL = "https://zoom.us/oauth"
)

// Defaults of Options.
const (
	DefaultMaxBody  = 64 << 20
	DefaultAttempts = 4
)

// Options configure a Client. The zero value of a field means its default.
type Options struct {
	// APIURL is the base of all paths, default DefaultAPIURL. Plain http is
	// accepted for loopback hosts only.
	APIURL string
	// FollowAPIURL lets the api_url of a token answer take the place of APIURL,
	// where it names one of Zoom's own hosts. Set it when nobody configured APIURL.
	FollowAPIURL bool
	// Tokens returns the access tokens. It is called without a lock by one
	// goroutine at a time; the client keeps a token until shortly before its end.
	Tokens oauth2.TokenSource
	// HTTP does the requests, default NewTransport. Another one has to see by
	// itself that a redirect does not lead to a host with a private address.
	HTTP http.RoundTripper
	// UserAgent is sent with every request.
	UserAgent string
	// MaxBody bounds a JSON answer in bytes, default DefaultMaxBody.
	MaxBody int64
	// Plan has the rate limits to keep, default Pro.
	Plan Plan
	// Attempts bounds the requests of one call, default DefaultAttempts. Only
	// what may be gone the next time is tried again: connection errors, broken
	// bodies, 5xx, and limits for the second. When Zoom refuses the token, the
	// request is sent again with a new one, a few times.
	Attempts int
	// Stall is how long a body may deliver next to nothing, default DefaultStall.
	Stall time.Duration
	// Log gets what happens between the attempts, at debug level.
	Log zerolog.Logger
	// Now is the clock by which tokens expire and days begin, default time.Now.
	// Waiting goes by the runtime's clock, as deadlines do.
	Now func() time.Time
	// Random returns numbers from 0 to 1 that spread the pauses between tokens,
	// default rand.Float64.
	Random func() float64
}

// Client calls the Zoom Phone API. It is safe for concurrent use.
type Client struct {
	api       *apiBase
	http      *http.Client
	tokens    *tokenKeeper
	limits    *limits
	userAgent string
	maxBody   int64
	attempts  int
	stall     time.Duration
	log       zerolog.Logger
	now       func() time.Time
}

// New makes a client. It does not touch the network.
func New(o Options) (*Client, error) {
	if o.APIURL == "" {
		o.APIURL = DefaultAPIURL
	}
	base, err := ParseBaseURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		return nil, errors.New("zoom: no token source")
	}
	if o.HTTP == nil {
		o.HTTP = NewTransport()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Plan == (Plan{}) {
		o.Plan = Pro()
	}
	return &Client{
		api:       &apiBase{configured: base, follow: o.FollowAPIURL, log: o.Log},
		http:      &http.Client{Transport: marker{o.HTTP, base}, CheckRedirect: redirectPolicy(base)},
		tokens:    newTokenKeeper(o.Tokens, o.Now, o.Random),
		limits:    newLimits(o.Plan, o.Now),
		userAgent: o.UserAgent,
		maxBody:   cmp.Or(max(o.MaxBody, 0), DefaultMaxBody),
		attempts:  cmp.Or(max(o.Attempts, 0), DefaultAttempts),
		stall:     cmp.Or(max(o.Stall, 0), DefaultStall),
		log:       o.Log,
		now:       o.Now,
	}, nil
}
