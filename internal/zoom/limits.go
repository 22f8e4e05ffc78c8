package zoom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"zoom-phone-mcp/internal/fault"
)

// limits are the rate limits of an account, as far as one client keeps them.
type limits struct {
	plan   Plan
	labels []*labelLimits // in the order of light to resource-intensive
}

// labelLimits are the limits of one label: its pace, and a day's budget that it
// may share with others.
type labelLimits struct {
	label   string
	plan    string
	now     func() time.Time
	pace    *limiter
	day     *budget
	sharing []*labelLimits // the labels of the same budget, this one too
}

func newLimits(p Plan, now func() time.Time) *limits {
	l := &limits{plan: p}
	add := func(label string, r Rate, day *budget) *labelLimits {
		one := &labelLimits{label: label, plan: p.Name, now: now, pace: newLimiter(r), day: day}
		one.sharing = []*labelLimits{one}
		l.labels = append(l.labels, one)
		return one
	}
	// Zoom documents no day's budget for the first two; should it refuse them
	// for the day nevertheless, that is heeded.
	add(light, p.Light, newBudget(0, now))
	add(medium, p.Medium, newBudget(0, now))
	shared := newBudget(p.Daily, now)
	a, b := add(heavy, p.Heavy, shared), add(resourceIntensive, p.ResourceIntensive, shared)
	a.sharing = []*labelLimits{a, b}
	b.sharing = a.sharing
	return l
}

// of gives the limits of a label. A method to which Zoom gives no label, or one
// that is new here, counts as HEAVY: that pace is within every rate per second
// that Zoom could mean, and the methods it stands among are HEAVY too.
func (l *limits) of(label string) *labelLimits {
	for _, one := range l.labels {
		if one.label == label {
			return one
		}
	}
	return l.labels[2]
}

// permit lets one request go. It has to be settled once: by answered or unsent.
type permit struct {
	limits *labelLimits
	grant  grant
	since  time.Time // by the runtime's clock
}

// acquire waits for a permit, first come first served. Its faults are at once
// when waiting is in vain: the day's budget is used up, or the turn would come
// after the deadline.
func (l *labelLimits) acquire(ctx context.Context) (permit, *fault.Error) {
	if ctx.Err() != nil {
		return permit{}, contextError(ctx)
	}
	g, err := l.day.take(ctx)
	if err == nil {
		if err = l.pace.wait(ctx); err == nil {
			return permit{l, g, time.Now()}, nil
		}
		g.unsent(false)
	}
	return permit{}, l.refusal(ctx, err)
}

// refusal is the fault for a permit that was not given.
func (l *labelLimits) refusal(ctx context.Context, err error) *fault.Error {
	if late, ok := errors.AsType[*turnRefused](err); ok {
		e := fault.New(fault.RateLimited, "the rate limit of Zoom leaves this call no turn before its deadline")
		e.Hint = fmt.Sprintf("Nothing was sent: other calls of the label %s wait before it. Make fewer of them at a time, or call again at retry_at.", l.label)
		e.RetryAt, e.Budget, e.Err = l.wallClock(late.at), l.facts(), err
		return e
	}
	if end, ok := errors.AsType[*budgetUsedUp](err); ok {
		e := fault.New(fault.RateLimited, "the account's budget of %s calls for today is used up", l.names())
		e.Hint = "Nothing was sent. Call again at retry_at; methods of other labels still work."
		if end.own {
			e.Hint += fmt.Sprintf(" %d a day is the figure of the plan %s: if the account has a larger one, set ZOOM_PLAN.", l.facts().DailyLimit, l.plan)
		}
		e.RetryAt, e.Budget, e.Err = timestamp(end.until), l.facts(), err
		return e
	}
	return contextError(ctx)
}

// wallClock says a time of the runtime's clock by the client's.
func (l *labelLimits) wallClock(at time.Time) string {
	return timestamp(l.now().Add(time.Until(at)))
}

// names says which labels share the budget.
func (l *labelLimits) names() string {
	s := l.sharing[0].label
	for _, other := range l.sharing[1:] {
		s += " and " + other.label
	}
	return s
}

// facts is what is known of the limits.
func (l *labelLimits) facts() *fault.Budget {
	b := &fault.Budget{Label: l.label, Plan: l.plan, Limit: l.pace.figure, Waiting: l.pace.waiting()}
	if limit, remaining, resets := l.day.state(); limit > 0 {
		b.DailyLimit, b.DailyRemaining, b.DailyResetsAt = limit, &remaining, timestamp(resets)
	}
	return b
}

// answered settles a permit whose request Zoom took or refused for another
// reason than the limits.
func (p permit) answered(h http.Header) { p.grant.sent(readDailyCount(h)) }

// unsent settles a permit whose request got no answer; counted tells whether
// Zoom may have seen it.
func (p permit) unsent(counted bool) { p.grant.unsent(counted) }

// dayUsedUp settles a permit whose request Zoom refused for the day: no call of
// the budget is sent until a time, and those that wait are answered.
func (p permit) dayUsedUp(h http.Header, until time.Time) {
	p.grant.refused(until, readDailyCount(h))
	for _, other := range p.limits.sharing {
		other.pace.refuseAll(&budgetUsedUp{until: until})
	}
}

// crowded slows the label for everyone after a refusal for the second, and
// pauses it for a while.
func (p permit) crowded(pause time.Duration) {
	p.limits.pace.slow(p.since)
	p.limits.pace.pause(time.Now().Add(pause))
}

// nextDay is 00:00 UTC of the day after.
func nextDay(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// Budget is what is known of the rate limits at the moment, one for each label.
func (c *Client) Budget() []fault.Budget {
	var all []fault.Budget
	for _, l := range c.limits.labels {
		all = append(all, *l.facts())
	}
	return all
}

// BudgetOf is what is known at the moment of the rate limits for a label.
func (c *Client) BudgetOf(label string) fault.Budget { return *c.limits.of(label).facts() }
