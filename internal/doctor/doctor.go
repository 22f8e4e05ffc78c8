// Package doctor checks whether the program can work here, from the settings to a
// first call: what it finds at each step, and what to do about problems.
//
// It works as calls do, with the same transport, credentials and
// client, and finds out by trying. It must not know command lines, and nothing
// that it finds holds a secret.
package doctor

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/zoom"
)

// Status is how a check went.
type Status string

// The outcomes of a check.
const (
	OK      Status = "ok"
	Warn    Status = "warn"    // calls work, or some of them, and something is worth a look
	Fail    Status = "fail"    // calls do not work
	Skipped Status = "skipped" // there is nothing to check, or an earlier check stands in the way
)

// Options say what is examined. The zero value of a field means its default.
type Options struct {
	// Auth is what the credential is chosen from, and the base of the OAuth
	// endpoints. Its HTTP and Now are replaced by those here.
	Auth auth.Settings
	// APIURL is the base of the API, default zoom.DefaultAPIURL.
	APIURL string
	// Plan has the rate limits that are kept, default zoom.Pro.
	Plan zoom.Plan
	// Simulated reports that the account is not a real one.
	Simulated bool
	// HTTP does all requests, default zoom.NewTransport.
	HTTP *http.Transport
	// LookupHost finds the addresses of a host, default net.DefaultResolver's.
	LookupHost func(context.Context, string) ([]string, error)
	// UserAgent is sent with requests to the API.
	UserAgent string
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// Report is what an examination found.
type Report struct {
	// Status is Fail if one check failed, else Warn if one warns, else OK.
	Status Status `json:"status"`
	// Checks in the order in which they were made.
	Checks []Check `json:"checks"`
}

// Check is one step of the examination.
type Check struct {
	Name   string `json:"check"`
	Status Status `json:"status"`
	// Found says what was found, a sentence each.
	Found []string `json:"found"`
	// Next is what to do about it.
	Next []string `json:"next,omitempty"`
	// Facts are what was found, for programs: ConfigurationFacts and so on.
	Facts any `json:"facts,omitempty"`
	// Paste is a list for people to copy, a line each.
	Paste []string `json:"-"`
}

// Bounds of single steps. The context bounds them all.
const (
	lookupTime  = 10 * time.Second
	connectTime = 20 * time.Second
	callTime    = 40 * time.Second
)

// Run makes every check. It ends when ctx does, except that a login which is
// being renewed is waited for, since it would be lost otherwise.
func Run(ctx context.Context, o Options) *Report {
	x := newExamination(o)
	defer x.close()
	report := &Report{Status: OK}
	for _, step := range []struct {
		name  string
		check func(context.Context, *Check)
	}{
		{"configuration", x.configuration},
		{"proxy", x.proxies},
		{"dns", x.names},
		{"tls", x.connections},
		{"clock", x.clock},
		{"token", x.accessToken},
		{"scopes", x.scopes},
		{"call", x.call},
		{"plan", x.plan},
	} {
		c := Check{Name: step.name, Status: OK}
		if ctx.Err() != nil {
			c.fail(&apierror.Error{Message: "not checked: the time for all checks is over", Hint: "Give a longer --timeout."})
		} else {
			step.check(ctx, &c)
		}
		report.Checks = append(report.Checks, c)
		if c.Status == Fail || c.Status == Warn && report.Status == OK {
			report.Status = c.Status
		}
	}
	return report
}

// examination is what the checks know of each other.
type examination struct {
	o         Options
	bases     []base // API first; one where both are at the same place
	apiBase   *url.URL
	oauthBase *url.URL
	reached   map[string]bool // hosts that answered
	unnamed   map[string]bool // hosts whose name, or that of their proxy, has no address
	clocks    []reading

	credential *auth.Credential // nil without a usable one
	token      *oauth2.Token    // nil without
	granted    []string         // nil when nobody told
	limits     http.Header      // what Zoom's answer said of rate limits
	label      string           // of the method that was called
}

// base is one place that requests go to.
type base struct {
	url *url.URL
	use string // API, OAuth, or both
}

func newExamination(o Options) *examination {
	if o.APIURL == "" {
		o.APIURL = zoom.DefaultAPIURL
	}
	if o.Auth.OAuthURL == "" {
		o.Auth.OAuthURL = zoom.DefaultOAuthURL
	}
	if o.Plan == (zoom.Plan{}) {
		o.Plan = zoom.Pro()
	}
	if o.HTTP == nil {
		o.HTTP = zoom.NewTransport()
	}
	if o.LookupHost == nil {
		o.LookupHost = net.DefaultResolver.LookupHost
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Auth.Getenv == nil {
		o.Auth.Getenv = func(string) string { return "" }
	}
	o.Auth.HTTP, o.Auth.Now = o.HTTP, o.Now
	return &examination{o: o, reached: map[string]bool{}, unnamed: map[string]bool{}}
}

func (x *examination) close() {
	if x.credential != nil {
		x.credential.Close()
	}
	x.o.HTTP.CloseIdleConnections()
}

// found adds a sentence.
func (c *Check) found(sentence string) { c.Found = append(c.Found, sentence) }

// worse raises the status; it is never lowered.
func (c *Check) worse(s Status) {
	if order := []Status{OK, Warn, Fail}; slices.Index(order, s) > slices.Index(order, c.Status) {
		c.Status = s
	}
}

// fail notes why calls do not work.
func (c *Check) fail(e *apierror.Error) { c.note(Fail, e) }

func (c *Check) note(s Status, e *apierror.Error) {
	c.worse(s)
	c.found(e.Message)
	c.next(e.Hint)
}

// warn notes something that is worth a look.
func (c *Check) warn(found, next string) {
	c.worse(Warn)
	c.found(found)
	c.next(next)
}

func (c *Check) next(step string) {
	if step != "" && !slices.Contains(c.Next, step) {
		c.Next = append(c.Next, step)
	}
}

// skip notes why there is nothing to check, or nothing beyond what was found before.
func (c *Check) skip(why string) {
	if c.Status == OK {
		c.Status = Skipped
	}
	c.found(why)
}
