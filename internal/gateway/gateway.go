// Package gateway is the one door to the methods: it describes them, checks
// calls, dispatches them to the typed client, and makes one kind of answer and
// one kind of error of what comes back.
//
// It must not know JSON-RPC, MCP or HTTP servers.
package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/resultstore"
	"zoom-phone-mcp/internal/safejson"
	"zoom-phone-mcp/internal/spool"
	"zoom-phone-mcp/internal/zoom"
)

// Service is the name of the one service that the gateway serves.
const Service = "zoom-phone"

// Defaults of Options.
const (
	DefaultTimeout   = 2 * time.Minute
	DefaultQueryTime = 45 * time.Second
	// DefaultMaxFile as base64 stays below the 10 MiB that the official TypeScript
	// client takes in one message.
	DefaultMaxFile = 7 << 20
	// DefaultMaxResult is about 16,000 tokens; hosts cap a result at 25,000.
	DefaultMaxResult = 64 << 10
)

// Options configure a Gateway. The zero value of a field means its default.
type Options struct {
	Client *zoom.Client
	Log    zerolog.Logger
	// Timeout bounds one call, default DefaultTimeout.
	Timeout time.Duration
	// QueryTime bounds the answer to a question over tables or records, default
	// DefaultQueryTime: hosts give up on a tool after a minute, and what was read by
	// then is kept.
	QueryTime time.Duration
	// Spool keeps what Zoom answered; one with its defaults when nil.
	Spool *spool.Spool
	// Files keeps what calls fetch; without it, only Open gives files.
	Files *download.Store
	// MaxFile bounds a file that is given whole, in bytes, default DefaultMaxFile.
	MaxFile int64
	// MaxResult bounds an answer in bytes; what is longer is cut, and the whole
	// kept for a while. 0 means DefaultMaxResult, less means no bound.
	MaxResult int
	// Observer is told of every call; nil for nobody.
	Observer Observer
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// Gateway describes and calls methods, for callers with the same limits: the core
// that all share, and what is theirs alone. It is safe for concurrent use.
type Gateway struct {
	*core
	methods map[string]*catalog.Method // those that there are, as they are seen; nil for all
	results *resultstore.Store         // answers that were too long
	offers  *offers
	cache   *cache.Cache // what Zoom answered to questions
}

// core is what gateways with different limits share. What Zoom answered is kept
// outside of it, except files, which the store opens for their owner alone: the
// gateway whose call fetched them.
type core struct {
	client    *zoom.Client
	log       zerolog.Logger
	timeout   time.Duration
	queryTime time.Duration
	spool     *spool.Spool
	files     *download.Store
	taking    chan struct{} // a place for every file on its way
	maxFile   int64
	maxResult int // of one answer, in bytes; 0 or less for none
	observer  Observer
	now       func() time.Time
}

// New makes a gateway.
func New(o Options) *Gateway {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.QueryTime <= 0 {
		o.QueryTime = DefaultQueryTime
	}
	if o.Spool == nil {
		o.Spool = spool.New(spool.Options{})
	}
	if o.MaxFile <= 0 {
		o.MaxFile = DefaultMaxFile
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxResult == 0 {
		o.MaxResult = DefaultMaxResult
	}
	return newGateway(&core{
		client: o.Client, log: o.Log, timeout: o.Timeout, queryTime: o.QueryTime, spool: o.Spool, files: o.Files, taking: make(chan struct{}, maxTaking),
		maxFile: o.MaxFile, maxResult: o.MaxResult, observer: o.Observer, now: o.Now,
	}, nil)
}

// Kept returns how many bytes of answers are kept in memory and on disk.
func (g *Gateway) Kept() (memory, disk int64) { return g.spool.Size() }

// newGateway is the only way to make a Gateway: what it keeps is empty.
func newGateway(c *core, methods map[string]*catalog.Method) *Gateway {
	return &Gateway{core: c, methods: methods, results: resultstore.New(resultstore.Options{Spool: c.spool, Now: c.now}), offers: newOffers(),
		cache: cache.New(cache.Options{Spool: c.spool, Now: c.now})}
}

// Call checks the parameters, calls the method and gives its answer. Every error
// is a *apierror.Error.
func (g *Gateway) Call(ctx context.Context, r CallRequest) (*Answer, error) {
	p, e := g.plan(ctx, r)
	if e != nil {
		return nil, e
	}
	start := g.now()
	a, err := g.run(ctx, p)
	g.record(p.method, a, err, g.now().Sub(start))
	if err == nil {
		return a, nil
	}
	e = g.explain(p, apierror.From(err))
	if e.Kind == apierror.NotReady && !r.Exact {
		return g.notReady(e), nil
	}
	return nil, e
}

// fileTries is how often a transcript is asked for whose bytes break off on the way.
const fileTries = 2

func (g *Gateway) call(ctx context.Context, m *catalog.Method, args catalog.Args) (*Answer, error) {
	for try := 1; ; try++ {
		out, err := m.Call(ctx, g.client, args)
		if err != nil {
			return nil, err
		}
		var a *Answer
		if out.File != nil {
			a, err = g.readTranscript(ctx, m, out.File)
		} else {
			a, err = jsonAnswer(m, out.Body)
		}
		if err == nil {
			a.Meta = meta(out.Meta)
			return a, nil
		}
		e := apierror.From(err)
		if e.Kind == apierror.Network && try < fileTries {
			continue // the client cannot do this: it has handed the file on
		}
		e.HTTPStatus, e.TrackingID = out.Meta.Status, out.Meta.TrackingID
		e.Attempts, e.WaitedMS = out.Meta.Attempts, out.Meta.Waited.Milliseconds()
		return nil, e
	}
}

func meta(z zoom.Meta) Meta {
	return Meta{
		Attempts: z.Attempts, WaitedMS: z.Waited.Milliseconds(), TrackingID: z.TrackingID,
		Budget: &z.Budget, status: z.Status,
	}
}

// jsonAnswer compacts a body. Nothing but white space between tokens is left
// out; a body that is not JSON all the way is an error.
func jsonAnswer(m *catalog.Method, body []byte) (*Answer, error) {
	body, special, err := rawjson.Compact(bytes.TrimPrefix(body, []byte("\ufeff")))
	if err != nil {
		e := apierror.New(apierror.ZoomError, "Zoom's answer breaks off or is not JSON: %s", err)
		e.Hint = "Try again."
		e.Method = m.Name
		return nil, e
	}
	if special {
		body = safejson.Document(body)
	}
	return &Answer{JSON: body, Array: body[0] == '['}, nil
}

// maxName is the length, in bytes, up to which a name may resemble a method's.
const maxName = 200

// lookup finds a method, or names those like it.
func (g *Gateway) lookup(name string) (*catalog.Method, *apierror.Error) {
	if m := g.method(name); m != nil {
		return m, nil
	}
	e := apierror.New(apierror.UnknownMethod, "there is no method %q", cut(name))
	if name == "" {
		e.Message = "no method given"
	}
	e.Hint = "The index of all methods stands in the description of call_zoom-phone."
	if len(name) <= maxName {
		e.Nearest = catalog.Nearest(name, g.Methods())
	}
	for m := range g.Methods() {
		// Without a name that is like it, any method shows what a call looks like.
		if len(e.Nearest) == 0 || m.Name == e.Nearest[0] {
			e.Signature, e.Example = m.Signature(), m.Example(g.now())
			break
		}
	}
	return nil, e
}

// explain adds what the catalog knows to an error that came from Zoom.
func (g *Gateway) explain(p *plan, e *apierror.Error) *apierror.Error {
	m, c := p.method, *e
	if c.Method == "" {
		c.Method = m.Name
	}
	if c.Kind == apierror.MissingScope {
		explainScope(m.Scopes, &c)
	}
	if c.Kind == apierror.NotFound {
		c.Hint += g.whereFrom(p, c.ZoomMessage)
	}
	return &c
}

// whereFrom says where the ids come from that a call gave, and what else they may
// be: the ids that Zoom's message repeats or, where it repeats none, those that the
// method cannot do without.
func (g *Gateway) whereFrom(p *plan, message string) string {
	var required, repeated []catalog.Param
	for _, q := range p.method.Params {
		if q.Required {
			required = append(required, q)
		}
		for _, value := range append(p.args.Strings(q.Name), p.args.String(q.Name)) {
			if value != "" && strings.Contains(message, value) {
				repeated = append(repeated, q)
				break
			}
		}
	}
	if len(repeated) == 0 {
		repeated = required
	}
	var out strings.Builder
	for _, q := range repeated {
		last := ""
		for i, s := range q.Sources {
			switch {
			case i == 0:
				fmt.Fprintf(&out, " %s comes from %s (%s", q.Name, s.Method, s.Field)
			case s.Method == last:
				fmt.Fprintf(&out, ", %s", s.Field)
			default:
				fmt.Fprintf(&out, ") or %s (%s", s.Method, s.Field)
			}
			last = s.Method
		}
		if last != "" {
			out.WriteString(").")
		}
		if n := q.NotFound; n != nil {
			out.WriteString(" " + n.Says)
			if n.Instead != "" && g.has(n.Instead) {
				out.WriteString(" Ask " + n.Instead + " " + n.How + ".")
			}
		}
	}
	return out.String()
}

// explainScope names the one scope that is needed, where Zoom names every
// alternative or none. Which kind an app can have shows in the scopes that it has;
// where they are not known, the scopes of other kinds are told too.
func explainScope(s catalog.Scopes, e *apierror.Error) {
	app := catalog.AppWith(e.Granted)
	needed := s.Needed(app, e.Scopes)
	var others []string
	if !app.Known {
		user, granular, classic := s.Others(needed)
		for _, o := range []struct{ scope, app string }{
			{user, "an app that its users manage"}, {granular, "an app with granular scopes"}, {classic, "an app with classic scopes"},
		} {
			if o.scope != "" {
				others = append(others, o.app+" has "+o.scope)
			}
		}
	}
	if before, _, found := strings.Cut(e.ZoomMessage, "["); found && len(e.Scopes) > 1 {
		e.ZoomMessage = before + "…"
	}
	e.Scopes = []string{needed}
	e.Message = "the Zoom app lacks the scope " + needed
	e.Hint = "Add the scope " + needed + " to the app at https://marketplace.zoom.us (Scopes) and activate it again; a user logs in again. " +
		"It can take a while, at times hours, to count."
	if app.Users && len(s.For(app)) == 0 {
		e.Hint = "An app that its users manage cannot have the scope " + needed + ", and there is no other for this method: " +
			"it takes an app that administrators manage, from https://marketplace.zoom.us, with that scope, activated."
	}
	if len(others) > 0 {
		e.Hint += " Instead of it " + strings.Join(others, ", and ") + "."
	}
}

// record logs and counts a call: how it went, never what it carried.
func (g *Gateway) record(m *catalog.Method, a *Answer, err error, took time.Duration) {
	r := Record{Method: m.Name, Label: m.RateLimit, Took: took}
	if err != nil {
		e := apierror.From(err)
		g.observe(r, e)
		level := g.log.Warn()
		if errors.Is(err, context.Canceled) {
			level = g.log.Info()
		}
		level.Str("method", m.Name).Str("kind", string(e.Kind)).Int("status", e.HTTPStatus).Int("code", e.ZoomCode).
			Dur("duration", took).Int("attempts", e.Attempts).Int64("waited", e.WaitedMS).
			Str("tracking_id", loggable(e.TrackingID)).Msg("call failed")
		return
	}
	size := int64(len(a.JSON))
	if a.File != nil {
		size = a.File.Bytes
	}
	r.Bytes, r.Status, r.Attempts = size, a.Meta.status, a.Meta.Attempts
	r.Waited = time.Duration(a.Meta.WaitedMS) * time.Millisecond
	g.observe(r, nil)
	g.log.Info().Str("method", m.Name).Int("status", a.Meta.status).Dur("duration", took).Int64("bytes", size).
		Int("attempts", a.Meta.Attempts).Int64("waited", a.Meta.WaitedMS).
		Str("tracking_id", loggable(a.Meta.TrackingID)).Msg("call")
}

// loggable returns a tracking id if it has the form of one: it comes from outside.
func loggable(id string) string {
	for _, c := range []byte(id) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return ""
		}
	}
	if len(id) > 64 {
		return ""
	}
	return id
}

// cut shortens what a caller wrote to a length that can be shown.
func cut(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
