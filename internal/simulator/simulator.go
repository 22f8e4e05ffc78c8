// Package simulator is a Zoom Phone account that does not exist: one small
// company, made from a seed, behind the HTTP surface of the real service: the
// OAuth endpoints, the read paths under /v2/phone, and the downloads.
//
// Everything refers to everything else as in a real account: a call's callee is
// an extension of the company, a recording belongs to a call, a charge to a
// call, a message or a fax; phones ring within hours, at members who take calls,
// and nobody is in two calls at once. The tests audit that from outside. The same
// seed and the same clock give the same bytes.
// Days are made when they are first asked for, so New is quick.
//
// It also misbehaves on demand: see Fault, ParseFaults and docs/faults.md.
//
// It is a peer of Zoom, written from what Zoom documents and does, and must not
// know the client, the catalog or the gateway: a mistake shared by both sides
// would not be seen.
package simulator

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Credentials of the Server-to-Server app that a Simulator knows when Options
// name no others. They are public and open nothing but simulated accounts.
const (
	AccountID    = "SimulatedAccountAAAAAA"
	ClientID     = "SimulatedClientAAAAAAA"
	ClientSecret = "simulated-secret-for-demonstrations"
)

// DefaultSeed is the seed of the company that Options without a seed describe.
const DefaultSeed = 1843

// Options say which account is simulated and how it behaves. The zero value is
// the account of the demonstrations.
type Options struct {
	// Seed chooses the company; zero means DefaultSeed.
	Seed uint64
	// Branches are branch offices beside the three offices, at most eight: each brings
	// 24 users, call queues, menus, and as much work as the offices have.
	Branches int
	// Now is the clock; nil means time.Now. Histories end at this moment.
	Now func() time.Time
	// AccountID, ClientID and ClientSecret replace the exported defaults.
	AccountID, ClientID, ClientSecret string
	// Scopes are the scopes the app was given, granular or classic; nil means every
	// granular scope for administrators that the methods ask for.
	Scopes []string
	// Plan sets the rate limits; zero means none, so that demonstrations never stall.
	Plan Plan
	// DailyBudget replaces the plan's figure of HEAVY and RESOURCE-INTENSIVE
	// requests in a UTC day; zero means the plan's own.
	DailyBudget int
	// RetryAfter is how the refusals of these limits say when to come back.
	RetryAfter RetryAfter
	// APIURL is the api_url of token answers; empty means the host that was asked,
	// and NoAPIURL leaves it out.
	APIURL string
	// LoginAs is the id or the email address of the user who logs in at the
	// authorization page; empty means the first administrator.
	LoginAs string
	// RedirectURIs are where the authorization page may send the browser; nil
	// means every loopback address.
	RedirectURIs []string
	// AppDisabled makes the token endpoint answer as for an app that was never
	// activated.
	AppDisabled bool
	// PhoneDisabled makes every call answer as for an account without Zoom Phone.
	PhoneDisabled bool
	// Downloads says how files are handed out.
	Downloads DownloadMode
	// FilesURL is the base URL under which redirected downloads are found, for
	// example that of a second listener serving the same Simulator. Empty means
	// the host of the request. Where it is set, a bearer token that follows the
	// redirect is refused.
	FilesURL string
	// Sleep waits for the delay of a Fault; nil means a timer.
	Sleep func(context.Context, time.Duration) error
	// OnRequest is told of every request after it was answered; nil means nobody.
	OnRequest func(Request)
	// FaultControl lets callers on this machine inject faults by HTTP: GET, POST
	// and DELETE /_faults, as docs/faults.md says.
	FaultControl bool
}

// NoAPIURL as an APIURL leaves api_url out of token answers.
const NoAPIURL = "none"

// DownloadMode says how the download methods hand out files.
type DownloadMode int

// The ways of handing out files. Transcripts are redirected in all of them.
const (
	DownloadMixed    DownloadMode = iota // some directly, some redirected, always the same for one file
	DownloadDirect                       // with the answer itself
	DownloadRedirect                     // by a redirect to a signed URL
)

// Simulator is one simulated account. It is safe for concurrent use.
type Simulator struct {
	opts    Options
	keys    *keys
	company *company
	calls   *journal[*call]
	texts   *journal[*message]
	faxes   *journal[*fax]
	ops     *journal[operation]
	limits  *limiter
	logins  *logins

	mux       *http.ServeMux
	byPattern map[string]*route

	minted     atomic.Int64
	generation atomic.Uint32 // of tokens; older ones are dead
	served     atomic.Uint64
	leaks      atomic.Int64

	mu        sync.Mutex
	scopes    []string
	faults    []*armedFault
	lastFault int             // the number of the newest fault
	elsewhere map[string]bool // hosts that redirects led to and that must see no token
	log       requestLog
}

// New makes a simulated account.
func New(opts Options) *Simulator {
	if opts.Seed == 0 {
		opts.Seed = DefaultSeed
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	if opts.AccountID == "" {
		opts.AccountID = AccountID
	}
	if opts.ClientID == "" {
		opts.ClientID = ClientID
	}
	if opts.ClientSecret == "" {
		opts.ClientSecret = ClientSecret
	}
	s := &Simulator{
		opts: opts, keys: newKeys(opts.Seed), limits: newLimiter(opts.Plan, opts.DailyBudget), logins: &logins{},
		elsewhere: make(map[string]bool),
	}
	s.SetScopes(opts.Scopes)
	s.company = newCompany(s)
	s.calls = newJournal(s.callsOfDay)
	s.texts = newJournal(s.messagesOfDay)
	s.faxes = newJournal(s.faxesOfDay)
	s.ops = newJournal(s.operationsOfDay)
	s.buildRoutes(answers)
	return s
}

// offices is by how much more happens than in a company without branches.
func (s *Simulator) offices() int { return 1 + len(s.company.sites) - len(offices) }

// now is the simulated moment, in UTC and whole seconds.
func (s *Simulator) now() time.Time { return s.opts.Now().UTC().Truncate(time.Second) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
