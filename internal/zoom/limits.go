package zoom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// limits are the rate limits of an account, as far as one client keeps them.
type limits struct {
	plan   Plan
	labels []*labelLimits // in the order of light to resource-intensive
	// unlabelled are those of methods to which Zoom gives no label, or one that is
	// new here. They go at the pace of HEAVY: it is within every rate per second
	// that Zoom could mean, and the methods they stand among are HEAVY too. Nothing
	// says that they share its day.
	unlabelled *labelLimits

	mu      sync.Mutex
	drifted map[string]*labelLimits // methods that Zoom counts under another label than ours
}

// labelLimits are the limits of one label: its pace, and the day's budgets of its
// methods.
type labelLimits struct {
	label string
	plan  string
	now   func() time.Time
	pace  *limiter
	all   *limits
	// shared is the day's budget of all methods, which other labels may have too;
	// nil where Zoom documents none. Should Zoom refuse such a method for the day
	// nevertheless, that applies to it alone: nothing says that others share it.
	shared *budget

	mu  sync.Mutex
	own map[string]*budget // by method, where there is no shared one
}

func newLimits(p Plan, now func() time.Time) *limits {
	l := &limits{plan: p, drifted: map[string]*labelLimits{}}
	limitsOf := func(label string, pace *limiter, shared *budget) *labelLimits {
		return &labelLimits{label: label, plan: p.Name, now: now, pace: pace, all: l, shared: shared, own: map[string]*budget{}}
	}
	add := func(label string, r Rate, shared *budget) {
		l.labels = append(l.labels, limitsOf(label, newLimiter(r), shared))
	}
	add(light, p.Light, nil)
	add(medium, p.Medium, nil)
	shared := newBudget(p.Daily, heavy+" and "+resourceIntensive, "methods of other labels", now)
	add(heavy, p.Heavy, shared)
	add(resourceIntensive, p.ResourceIntensive, shared)
	l.unlabelled = limitsOf(heavy, l.labels[2].pace, nil)
	return l
}

// of returns the limits of a method with a label.
func (l *limits) of(method, label string) *labelLimits {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other := l.drifted[method]; other != nil {
		return other
	}
	if named := l.named(label); named != nil {
		return named
	}
	return l.unlabelled
}

// named returns the limits of a label as we or Zoom write it, nil for none.
func (l *limits) named(label string) *labelLimits {
	for _, one := range l.labels {
		if strings.EqualFold(one.label, strings.ReplaceAll(label, " ", "-")) {
			return one
		}
	}
	return nil
}

// drift notes the label under which Zoom counted a method.
func (l *limits) drift(method string, to *labelLimits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drifted[method] = to
}

// day is the budget that a call of a method counts for.
func (l *labelLimits) day(method string) *budget {
	if l.shared != nil {
		return l.shared
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.own[method]
	if b == nil {
		b = newBudget(0, method, "other methods", l.now)
		l.own[method] = b
	}
	return b
}

// permit lets one request go. It has to be settled once: by answered or unsent.
type permit struct {
	limits *labelLimits
	method string
	grant  grant
	since  time.Time // by the runtime's clock
}

// acquire waits for a permit, first come first served. Its errors are at once
// when waiting is in vain: the day's budget is used up, or the turn would come
// after the deadline.
func (l *labelLimits) acquire(ctx context.Context, method string) (permit, *apierror.Error) {
	if ctx.Err() != nil {
		return permit{}, contextError(ctx)
	}
	day := l.day(method)
	g, err := day.take(ctx)
	if err == nil {
		if err = l.pace.wait(ctx, day); err == nil {
			return permit{l, method, g, time.Now()}, nil
		}
		g.unsent(false)
	}
	return permit{}, l.refusal(ctx, day, err)
}

// refusal is the error for a permit that was not given.
func (l *labelLimits) refusal(ctx context.Context, day *budget, err error) *apierror.Error {
	if late, ok := errors.AsType[*turnRefused](err); ok {
		e := apierror.New(apierror.RateLimited, "the rate limit of Zoom leaves this call no turn before its deadline")
		e.Hint = fmt.Sprintf("Nothing was sent: other calls of the label %s wait before it. Make fewer of them at a time, or call again at retry_at.", l.label)
		e.RetryAt, e.Budget, e.Err = l.wallClock(late.at), l.facts(day), err
		return e
	}
	if end, ok := errors.AsType[*budgetUsedUp](err); ok {
		e := apierror.New(apierror.RateLimited, "the account's budget of %s calls for today is used up", day.whose)
		e.Hint = fmt.Sprintf("Nothing was sent. Call again at retry_at; %s still work.", day.others)
		if end.own {
			e.Hint += fmt.Sprintf(" %d a day is the figure of the plan %s: if the account has a larger one, set ZOOM_PLAN.", l.facts(day).DailyLimit, l.plan)
		}
		e.RetryAt, e.Budget, e.Err = timestamp(end.until), l.facts(day), err
		return e
	}
	return contextError(ctx)
}

// wallClock says a time of the runtime's clock by the client's.
func (l *labelLimits) wallClock(at time.Time) string {
	return timestamp(l.now().Add(time.Until(at)))
}

// facts is what is known of the limits, those of a day among them where Zoom
// documents such.
func (l *labelLimits) facts(day *budget) *apierror.Budget {
	b := &apierror.Budget{Label: l.label, Plan: l.plan, Limit: l.pace.figure, Waiting: l.pace.waiting()}
	if day == nil || day != l.shared {
		return b
	}
	if limit, remaining, resets := day.state(); limit > 0 {
		b.DailyLimit, b.DailyRemaining, b.DailyResetsAt = limit, &remaining, timestamp(resets)
	}
	return b
}

// facts is what is known of the limits that a permit was given under.
func (p permit) facts() *apierror.Budget { return p.limits.facts(p.grant.budget) }

// answered settles a permit whose request Zoom took or refused for another
// reason than the limits.
func (p permit) answered(h http.Header) { p.grant.sent(readDailyCount(h)) }

// unsent settles a permit whose request got no answer; counted reports whether
// Zoom may have seen it.
func (p permit) unsent(counted bool) { p.grant.unsent(counted) }

// dayUsedUp settles a permit whose request Zoom refused for the day: no call of
// the budget is sent until a time, and those that wait are answered. The budget is
// that of the label which Zoom names: labels drift. It returns the permit as it
// should have been.
func (p permit) dayUsedUp(h http.Header, until time.Time) permit {
	all := p.limits.all
	if l := all.named(h.Get("X-RateLimit-Category")); l != nil && l != p.limits {
		all.drift(p.method, l)
		p.limits = l
	}
	if day := p.limits.day(p.method); day != p.grant.budget {
		p.grant.unsent(true)
		p.grant = day.count()
	}
	p.grant.refused(until, readDailyCount(h))
	for _, l := range all.labels {
		l.pace.refuseAll(p.grant.budget, &budgetUsedUp{until: until})
	}
	return p
}

// crowded slows the label for everyone after a refusal by the limit per second,
// and pauses it for a while.
func (p permit) crowded(pause time.Duration) {
	p.limits.pace.slow(p.since)
	p.limits.pace.pause(time.Now().Add(pause))
}

// nextDay is 00:00 UTC of the day after.
func nextDay(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// Budget is what is known of the rate limits at the moment, one for each label.
func (c *Client) Budget() []apierror.Budget {
	var all []apierror.Budget
	for _, l := range c.limits.labels {
		all = append(all, *l.facts(l.shared))
	}
	return all
}

// BudgetOf is what is known at the moment of the rate limits for a method with a
// label.
func (c *Client) BudgetOf(method, label string) apierror.Budget {
	l := c.limits.of(method, label)
	return *l.facts(l.day(method))
}
