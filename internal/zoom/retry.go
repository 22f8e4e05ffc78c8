package zoom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// Bounds of the time between attempts. It is drawn evenly from nothing up to a
// bound that doubles, so that calls which failed together do not come together
// again.
const (
	firstDelay = 500 * time.Millisecond
	lastDelay  = 16 * time.Second
)

// newDelays returns the times between the attempts of a call; each is at least as
// spread as a rate's own step, where that is long.
func newDelays(step time.Duration) *backoff.ExponentialBackOff {
	first := max(firstDelay, step)
	// The library draws from the interval's middle to both sides.
	return &backoff.ExponentialBackOff{
		InitialInterval: first / 2, RandomizationFactor: 1, Multiplier: 2, MaxInterval: max(lastDelay, first) / 2,
	}
}

// notReadyTime is when it makes sense to ask again for what is being made.
const notReadyTime = 3 * time.Minute

// outcome is how one attempt failed.
type outcome struct {
	fault   *apierror.Error // nil for success
	again   bool            // it may go better the next time
	crowded bool            // Zoom refused it for the second
	after   time.Time       // not before that, by Zoom's word, on the client's clock
}

// do sends a request until it succeeds, fails for good, or its time is over. A
// success goes to take, which closes the body and can fail in its turn. Every
// attempt keeps the rate limits. Every error is a *apierror.Error.
func (c *Client) do(ctx context.Context, r *request, accept string, take func(*http.Response) *apierror.Error) (Meta, error) {
	var meta Meta
	l := c.limits.of(r.method, r.label)
	if e := c.try(ctx, r, accept, take, l, &meta); e != nil {
		f := *e // faults can be shared by calls that waited for one token
		f.Method = r.method
		f.Attempts, f.WaitedMS = meta.Attempts, meta.Waited.Milliseconds()
		if f.Kind == apierror.RateLimited && f.Budget == nil && meta.Attempts > 0 {
			f.Budget = l.facts(l.day(r.method))
		}
		return meta, &f
	}
	meta.Budget = *l.facts(l.day(r.method))
	return meta, nil
}

func (c *Client) try(ctx context.Context, r *request, accept string, take func(*http.Response) *apierror.Error, l *labelLimits, meta *Meta) *apierror.Error {
	var delays *backoff.ExponentialBackOff
	var last *apierror.Error
	renewed := 0
	for {
		token, e := c.tokens.get(ctx)
		if e != nil {
			return apierror.From(e)
		}
		p, waited, refused := l.acquireTimed(ctx, r.method)
		meta.Waited += waited
		if refused != nil {
			return settle(last, refused)
		}
		if waited > 0 { // meanwhile the token may have ended
			if token, e = c.tokens.get(ctx); e != nil {
				p.unsent(false)
				return apierror.From(e)
			}
		}
		meta.Attempts++
		o := c.attempt(ctx, r, accept, take, token, p, meta)
		if o.fault == nil {
			c.tokens.taken()
			return nil
		}
		last = o.fault
		if last.Kind == apierror.Auth {
			if !c.tokens.mayRenew(token, renewed) {
				return refusedAgain(last, c.tokens.refused())
			}
			fresh, e := c.tokens.renew(ctx, token)
			switch {
			case e != nil && ctx.Err() != nil:
				return settle(last, apierror.From(e))
			case e != nil:
				return apierror.From(e)
			case fresh.AccessToken == token.AccessToken:
				return last // the source has no other one
			}
			renewed++
			continue
		}
		if last.Kind == apierror.MissingScope {
			last.Granted = Granted(token)
			c.tokens.retire(token)
		}
		if !o.again {
			return last
		}
		if delays == nil {
			delays = newDelays(l.pace.step())
		}
		delay := delays.NextBackOff()
		if !o.after.IsZero() {
			delay = o.after.Sub(c.now())
		}
		if o.crowded {
			p.crowded(delay)
			last.RetryAt = timestamp(c.now().Add(delay))
		}
		if meta.Attempts-renewed >= c.attempts {
			return last
		}
		c.log.Debug().Str("method", r.method).Int("attempt", meta.Attempts).Str("kind", string(last.Kind)).
			Int("status", last.HTTPStatus).Dur("delay", delay).Msg("trying again")
		if o.crowded {
			continue // the label waits, and this call with it
		}
		start := time.Now()
		if !sleep(ctx, delay) {
			meta.Waited += time.Since(start)
			if !o.after.IsZero() {
				last.RetryAt = timestamp(o.after)
			}
			return settle(last, contextError(ctx))
		}
		meta.Waited += time.Since(start)
	}
}

// refusedAgain tells of a token that was refused like those before it.
func refusedAgain(e *apierror.Error, tokens int) *apierror.Error {
	if tokens > 1 {
		e.Hint = fmt.Sprintf("%d access tokens in a row were refused. Where a new token ends the one before, another program that uses the same app can be the cause: "+
			"give each program an app of its own. ", tokens) + e.Hint
	}
	return e
}

// settle returns the error for a call that had to stop between two attempts: why
// the last one failed is worth more than that there was no other, unless the
// caller has gone.
func settle(last, stopped *apierror.Error) *apierror.Error {
	if last == nil || stopped.Kind == apierror.Canceled {
		return stopped
	}
	if last.RetryAt == "" {
		last.RetryAt = stopped.RetryAt
	}
	return last
}

// sleep waits, and is false when the context ends before; at once where its
// deadline comes first.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline := deadlineOf(ctx); !deadline.IsZero() && time.Until(deadline) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// acquireTimed is acquire with the time it took, zero when there was no wait.
func (l *labelLimits) acquireTimed(ctx context.Context, method string) (permit, time.Duration, *apierror.Error) {
	start := time.Now()
	p, e := l.acquire(ctx, method)
	waited := time.Since(start)
	if waited < time.Millisecond {
		waited = 0
	}
	return p, waited, e
}

// attempt sends one request and settles its permit.
func (c *Client) attempt(ctx context.Context, r *request, accept string, take func(*http.Response) *apierror.Error,
	token *oauth2.Token, p permit, meta *Meta) outcome {
	base := c.api.of(token)
	resp, err := c.send(ctx, r.url(base), accept, token, r.part)
	if err != nil {
		p.unsent(!neverSent(err))
		return c.unanswered(ctx, NetworkError(ctx, err))
	}
	meta.Status, meta.TrackingID = resp.StatusCode, trackingID(resp)
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		e := take(resp)
		if e == nil {
			p.answered(resp.Header)
			return outcome{}
		}
		e.HTTPStatus, e.TrackingID = meta.Status, meta.TrackingID
		redact(e, token)
		if e.Kind == apierror.RateLimited { // it stood in the body of a success
			return c.limited(resp.Header, e, e.ZoomMessage, p)
		}
		p.answered(resp.Header)
		return c.unanswered(ctx, e)
	}
	defer resp.Body.Close()
	if resp.Request != nil && resp.Request.URL.Host != base.Host {
		p.answered(resp.Header)
		return outcome{fault: redact(linkError(resp), token), again: resp.StatusCode >= 500}
	}
	return c.refused(resp, r, token, p)
}

// unanswered is the outcome of an attempt that brought no usable answer.
func (c *Client) unanswered(ctx context.Context, e *apierror.Error) outcome {
	broken := e.Kind == apierror.Network || e.Kind == apierror.Timeout
	return outcome{fault: e, again: broken && ctx.Err() == nil && passing(e.Err)}
}

// refused is the outcome of an answer of Zoom that is not a success.
func (c *Client) refused(resp *http.Response, r *request, token *oauth2.Token, p permit) outcome {
	e, said := answerError(resp, r)
	redact(e, token)
	if e.Kind == apierror.RateLimited {
		return c.limited(resp.Header, e, said, p)
	}
	p.answered(resp.Header)
	now := c.now()
	after, known := retryAfter(resp.Header, now)
	if e.Kind == apierror.NotReady {
		e.RetryAt = timestamp(now.Add(notReadyTime))
		if known {
			e.RetryAt = timestamp(after)
		}
	}
	return outcome{fault: e, after: after, again: resp.StatusCode >= 500}
}

// limited is the outcome of an answer that says that a limit is reached.
func (c *Client) limited(h http.Header, e *apierror.Error, said string, p permit) outcome {
	now := c.now()
	after, known := retryAfter(h, now)
	if isDaily(h, said, now) {
		if !known || after.Sub(now) >= longestPause { // no day is as long as that
			after = nextDay(now)
		}
		p = p.dayUsedUp(h, after)
		e.Hint = fmt.Sprintf("The account's budget of %s calls for today is used up, by this and every other app on it. Call again at retry_at; %s still work.",
			p.grant.budget.whose, p.grant.budget.others)
		e.RetryAt, e.Budget = timestamp(after), p.facts()
		return outcome{fault: e, after: after}
	}
	p.answered(h)
	return outcome{fault: e, after: after, again: true, crowded: true}
}

// send sends one request, without a token where that is nil. The answer's body
// ends by itself when it stalls, and closing it ends the request.
func (c *Client) send(ctx context.Context, address, accept string, token *oauth2.Token, from part) (*http.Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	if token != nil {
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	}
	req.Header.Set("Accept", accept)
	from.set(req.Header)
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = newLiveBody(resp.Body, c.stall, cancel)
	return resp, nil
}

// ContextError is the error for a call whose context has ended.
func ContextError(ctx context.Context) *apierror.Error { return contextError(ctx) }

// contextError turns the end of a context into an error. A context that has not
// ended yet is one whose deadline leaves no time for what would come next.
func contextError(ctx context.Context) *apierror.Error {
	if ctx.Err() == nil || errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return &apierror.Error{
			Kind: apierror.Timeout, Message: "Zoom did not answer before the deadline",
			Hint: "Try again, or ask for less: a smaller page_size or a shorter range.", Err: context.DeadlineExceeded,
		}
	}
	return &apierror.Error{Kind: apierror.Canceled, Message: "the call was canceled", Err: ctx.Err()}
}

type answerBy struct{}

// WithAnswerBy returns a context whose calls do not wait past a time for their
// turn, nor between attempts, while the context itself can live on: the body of
// a file that is handed on as it comes may take longer.
func WithAnswerBy(ctx context.Context, deadline time.Time) context.Context {
	return context.WithValue(ctx, answerBy{}, deadline)
}

// deadlineOf is when a call's waiting has to be over; zero for never.
func deadlineOf(ctx context.Context) time.Time {
	by, _ := ctx.Value(answerBy{}).(time.Time)
	if deadline, ok := ctx.Deadline(); ok && (by.IsZero() || deadline.Before(by)) {
		return deadline
	}
	return by
}
