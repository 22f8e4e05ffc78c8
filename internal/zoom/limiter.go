package zoom

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// headroom is how much longer than Zoom's periods ours are. Requests that leave evenly
// do not arrive so: with the whole figure, a little jitter on the way puts one too many
// into somebody's second. This bears 70 ms of it, and leaves 93 % of the figure.
const headroom = 75 * time.Millisecond

const (
	// lateness is how much later than its turn a call may be without those behind it
	// being late too: a busy machine wakes nobody to the millisecond.
	lateness = 4 * time.Millisecond

	// slowest is how far refusals can reduce a label's speed.
	slowest = 1. / 8
	// recovery is how many of a rate's periods it takes from a refusal back to
	// full speed.
	recovery = 10
)

// turnRefused reports that a call's turn comes too late for it.
type turnRefused struct{ at time.Time } // when it would come

func (*turnRefused) Error() string { return "zoom: the rate limit leaves no turn before the deadline" }

// limiter lets the calls of one label go at Zoom's pace, first come first
// served. It measures time with the runtime's clock, as deadlines do.
//
// A rate per second is spread evenly, without bursts: Zoom does not say where
// its seconds begin. A rate of a few calls a minute would make every call wait
// that way; there, each of those few has a bucket of its own that fills once in
// the period, and together they never give more than the rate in any period.
type limiter struct {
	rate   Rate
	figure string // the rate for people

	mu      sync.Mutex
	slots   []*rate.Limiter // used in turn; none when there is no limit
	next    int             // the slot of the next turn
	full    rate.Limit      // a slot's undiminished speed
	speed   float64         // part of full that slots run at
	queue   []*waiter       // the first one watches the clock
	paused  time.Time       // no turn before it
	slowed  time.Time       // when the last refusal slowed the label; zero at full speed
	slowdTo float64         // the speed it was slowed to
}

// waiter is a call that waits for its turn.
type waiter struct {
	day      *budget       // that it counts for
	deadline time.Time     // zero for none
	wake     chan struct{} // something has changed: look again
	refused  error         // why there will be no turn
}

func newLimiter(r Rate) *limiter {
	l := &limiter{rate: r, figure: r.String(), speed: 1}
	if r.Calls <= 0 {
		return l
	}
	slots := 1
	if r.Per > time.Second {
		slots = r.Calls
	}
	period := r.Per + max(headroom, r.Per/60)
	l.full = rate.Limit(float64(r.Calls) / period.Seconds() / float64(slots))
	for range slots {
		l.slots = append(l.slots, rate.NewLimiter(l.full, 1))
	}
	return l
}

// wait returns a turn. It fails at once with *turnRefused when the turn cannot
// come before the context's deadline, and with the context's error when that
// ends without a deadline.
func (l *limiter) wait(ctx context.Context, day *budget) error {
	l.mu.Lock()
	now := time.Now()
	if len(l.queue) == 0 && l.takeTurn(now) {
		l.mu.Unlock()
		return nil
	}
	w := &waiter{day: day, wake: make(chan struct{}, 1), deadline: deadlineOf(ctx)}
	if at := l.turn(len(l.queue), now); !w.deadline.IsZero() && at.After(w.deadline) {
		l.mu.Unlock()
		return &turnRefused{at}
	}
	l.queue = append(l.queue, w)
	l.mu.Unlock()
	return l.stand(ctx, w)
}

// stand waits in the queue.
func (l *limiter) stand(ctx context.Context, w *waiter) error {
	for {
		var clock <-chan time.Time
		l.mu.Lock()
		if w.refused != nil {
			l.mu.Unlock()
			return w.refused
		}
		if l.queue[0] == w {
			now := time.Now()
			if l.takeTurn(now) {
				l.leave(w)
				l.mu.Unlock()
				return nil
			}
			clock = time.After(l.turn(0, now).Sub(now))
		}
		l.mu.Unlock()
		select {
		case <-clock:
		case <-w.wake:
		case <-ctx.Done():
			l.mu.Lock()
			at := l.turn(max(slices.Index(l.queue, w), 0), time.Now())
			l.leave(w)
			l.mu.Unlock()
			if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				return &turnRefused{at} // a pause or a slowdown came in between
			}
			return ctx.Err()
		}
	}
}

// leave removes a waiter from the queue and wakes the first of those that stay.
func (l *limiter) leave(w *waiter) {
	i := slices.Index(l.queue, w)
	if i < 0 {
		return // it was refused in the meantime
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	if i == 0 {
		l.wakeFirst()
	}
}

func (l *limiter) wakeFirst() {
	if len(l.queue) == 0 {
		l.queue = nil
		return
	}
	select {
	case l.queue[0].wake <- struct{}{}:
	default: // it has been told already
	}
}

// takeTurn takes the next turn if its time has come.
func (l *limiter) takeTurn(now time.Time) bool {
	if now.Before(l.paused) {
		return false
	}
	if len(l.slots) == 0 {
		return true
	}
	l.speedUp(now)
	slot := l.slots[l.next]
	at := now.Add(-lateness)
	for at.Before(now) && slot.TokensAt(at) < 1 {
		at = at.Add(time.Millisecond)
	}
	if !slot.AllowN(at, 1) {
		return false
	}
	l.next = (l.next + 1) % len(l.slots)
	return true
}

// turn is when the turn comes of a call that has some others before it.
func (l *limiter) turn(before int, now time.Time) time.Time {
	at := now
	if now.Before(l.paused) {
		at = l.paused
	}
	if n := len(l.slots); n > 0 {
		slot := l.slots[(l.next+before)%n]
		seconds := math.Max(0, 1-slot.TokensAt(at)) + float64(before/n)
		at = at.Add(time.Duration(math.Ceil(seconds / float64(slot.Limit()) * float64(time.Second))))
	}
	return at
}

// pause lets no call of the label go before a time.
func (l *limiter) pause(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.paused) {
		l.paused = until
	}
	l.refuseLate(time.Now())
}

// slow halves the label's speed for the refusal of a request that was sent at a
// time; the speed comes back by itself. The refusals of requests that left
// before the last slowdown are part of the same crowd and change nothing.
func (l *limiter) slow(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.slots) == 0 || sent.Before(l.slowed) {
		return
	}
	now := time.Now()
	l.speedUp(now)
	l.slowed, l.slowdTo = now, max(l.speed/2, slowest)
	l.setSpeed(now, l.slowdTo)
	l.refuseLate(now)
}

// speedUp brings a slowed label nearer to its full speed, in step with time.
func (l *limiter) speedUp(now time.Time) {
	if l.slowed.IsZero() {
		return
	}
	done := float64(now.Sub(l.slowed)) / float64(recovery*l.rate.Per)
	if done >= 1 {
		done, l.slowed = 1, time.Time{}
	}
	l.setSpeed(now, l.slowdTo+done*(1-l.slowdTo))
}

func (l *limiter) setSpeed(now time.Time, speed float64) {
	l.speed = speed
	for _, s := range l.slots {
		s.SetLimitAt(now, l.full*rate.Limit(speed))
	}
}

// refuseLate answers the waiting calls whose turn no longer comes in time.
func (l *limiter) refuseLate(now time.Time) {
	stay := l.queue[:0]
	for _, w := range l.queue {
		at := l.turn(len(stay), now)
		if w.deadline.IsZero() || !at.After(w.deadline) {
			stay = append(stay, w)
			continue
		}
		w.refuse(&turnRefused{at})
	}
	clear(l.queue[len(stay):])
	l.queue = stay
	l.wakeFirst()
}

// refuseAll answers the waiting calls of a budget that is used up with an error.
func (l *limiter) refuseAll(day *budget, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = slices.DeleteFunc(l.queue, func(w *waiter) bool {
		if w.day != day {
			return false
		}
		w.refuse(err)
		return true
	})
	l.wakeFirst()
}

func (w *waiter) refuse(err error) {
	w.refused = err
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// waiting is how many calls wait for their turn.
func (l *limiter) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// step is the time between two calls at full speed, zero without a limit.
func (l *limiter) step() time.Duration {
	if l.rate.Calls <= 0 {
		return 0
	}
	return l.rate.Per / time.Duration(l.rate.Calls)
}
