package zoom

import (
	"context"
	"sync"
	"time"
)

// budget is a number of calls for a UTC day. It counts what this process sends;
// what Zoom says of the whole account corrects the count.
//
// Once Zoom has said that the day's budget is used up, every call is refused
// until the time that Zoom named. Then one call is let through as a probe, and the
// others wait for its outcome.
type budget struct {
	whose  string // calls, for people
	others string // what is not among them
	now    func() time.Time

	mu     sync.Mutex
	limit  int       // the plan's figure until Zoom says another; 0 for none
	said   bool      // limit is Zoom's word
	used   int       // today
	open   int       // calls that are counted and not settled
	done   int       // calls that are settled, of all days
	resets time.Time // when the day of used ends
	closed time.Time // refuse until then; zero while Zoom takes calls
	probe  chan struct{}
}

// budgetUsedUp reports that a day's budget has nothing left.
type budgetUsedUp struct {
	until time.Time
	own   bool // by our own count of a figure that Zoom did not confirm
}

func (*budgetUsedUp) Error() string { return "zoom: the daily budget is used up" }

func newBudget(calls int, whose, others string, now func() time.Time) *budget {
	return &budget{whose: whose, others: others, now: now, limit: calls}
}

// grant is one call's part of a budget. It has to be settled once.
type grant struct {
	budget *budget
	probes bool
	before int       // calls that were settled when it was given
	day    time.Time // when the day ends that it was counted for
}

// take counts a call, or fails with *budgetUsedUp or the context's error.
func (b *budget) take(ctx context.Context) (grant, error) {
	for {
		b.mu.Lock()
		now := b.now()
		b.turnDay(now)
		if b.closed.After(now) {
			until := b.closed
			b.mu.Unlock()
			return grant{}, &budgetUsedUp{until: until}
		}
		looking, probe := !b.closed.IsZero(), b.probe
		if looking && probe != nil {
			b.mu.Unlock()
			select {
			case <-probe:
				continue
			case <-ctx.Done():
				return grant{}, ctx.Err()
			}
		}
		if !looking && b.limit > 0 && b.used >= b.limit {
			until, own := b.resets, !b.said
			b.mu.Unlock()
			return grant{}, &budgetUsedUp{until: until, own: own}
		}
		if looking {
			b.probe = make(chan struct{})
		}
		g := b.grant(looking)
		b.mu.Unlock()
		return g, nil
	}
}

// count counts a call that was sent already.
func (b *budget) count() grant {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turnDay(b.now())
	return b.grant(false)
}

func (b *budget) grant(probes bool) grant {
	b.used++
	b.open++
	return grant{budget: b, probes: probes, before: b.done, day: b.resets}
}

// turnDay begins a new count at 00:00 UTC.
func (b *budget) turnDay(now time.Time) {
	if now.Before(b.resets) {
		return
	}
	b.resets = nextDay(now)
	b.used = b.open
}

// sent settles a call that Zoom took, with what it said of the day's budget.
func (g grant) sent(said dailyCount) {
	b := g.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turnDay(b.now())
	b.settle()
	if said.known && g.day.Equal(b.resets) { // yesterday's count is not today's
		// Answers overtake each other: the truth lies between what Zoom had
		// counted for this one and that with all calls that it may have counted
		// since, which are those that were not settled before this one was given.
		used := max(said.limit-said.remaining, 0)
		b.limit, b.said = said.limit, true
		since := b.done + b.open - g.before - 1
		b.used = min(max(b.used, used), used+since)
	}
	if g.probes {
		if !said.known {
			b.used = b.open // Zoom takes calls again, so our count was not the truth
		}
		b.closed = time.Time{}
		b.endProbe()
	}
}

// refused settles a call that Zoom refused since the day's budget is used up.
func (g grant) refused(until time.Time, said dailyCount) {
	b := g.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	if said.known {
		b.limit, b.said = said.limit, true
	}
	b.used = max(b.used, b.limit)
	b.closed = until
	if g.probes {
		b.endProbe()
	}
}

// unsent settles a call that Zoom gave no answer to; counted reports whether Zoom
// may have counted it nevertheless.
func (g grant) unsent(counted bool) {
	b := g.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	if !counted {
		b.used = max(b.used-1, 0)
	}
	if g.probes {
		b.endProbe() // the next call looks
	}
}

func (b *budget) settle() {
	b.open--
	b.done++
}

func (b *budget) endProbe() {
	close(b.probe)
	b.probe = nil
}

// state returns the day's limit, what is left of it, and when a new day begins or
// Zoom takes calls again.
func (b *budget) state() (limit, remaining int, resets time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.turnDay(now)
	limit, remaining, resets = b.limit, max(b.limit-b.used, 0), b.resets
	if b.closed.After(now) {
		remaining, resets = 0, b.closed
	}
	return limit, remaining, resets
}
