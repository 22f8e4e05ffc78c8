// Package budget is the one bound for the memory of the process: what is large and
// under way takes its part of it first, and who finds none waits in order for a while.
//
// It must not know what the memory is for.
package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"zoom-phone-mcp/internal/apierror"
)

// The parts of the memory of a process.
const (
	// Default is the memory of a process unless it is told otherwise, and Least what it
	// can do with.
	Default = 512 << 20
	Least   = 256 << 20
	// fixed is what is neither work nor database: the program, goroutines and their
	// stacks, connections, what is kept of answers (see spool) and garbage.
	fixed = 160 << 20
	// outside is the part of it that is not in Go's heap.
	outside = 32 << 20
	// ofSmall is for takes of at most small bytes alone, which thus never wait behind a
	// large one.
	ofSmall = 16 << 20
	small   = 256 << 10
	// ofDatabase is what a database may take that need not be large.
	ofDatabase = 32 << 20
)

// How long one waits who holds nothing yet, and who holds something already that others
// may wait for.
const (
	patience = 8 * time.Second
	hurry    = time.Second
)

// Budget is the memory of a process. It is safe for concurrent use.
type Budget struct {
	total                  int64
	work, small, databases *pool

	mu     sync.Mutex
	shares map[string]*share // by owner
}

// share is what one owner may have: three quarters of each part, so that nobody has all.
type share struct {
	work, databases *pool
	requests        int
}

func mostOf(limit int64) int64 { return limit / 4 * 3 }

// pool is a part of the memory.
type pool struct {
	places  *semaphore.Weighted
	limit   int64
	used    atomic.Int64
	waiting atomic.Int64
}

func newPool(limit int64) *pool { return &pool{places: semaphore.NewWeighted(limit), limit: limit} }

// New makes a budget of so many bytes for the process, at least Least.
func New(total int64) *Budget {
	total = max(total, Least)
	databases := total / 4
	return &Budget{
		total: total, databases: newPool(databases), small: newPool(ofSmall), shares: map[string]*share{},
		work: newPool(total - databases - fixed - ofSmall + ofSmall/2),
	}
}

// HeapLimit returns what is left for Go's heap, for debug.SetMemoryLimit.
func (b *Budget) HeapLimit() int64 { return b.total - b.databases.limit - outside }

// Use is what a part of the memory is used for.
type Use struct {
	Name                 string
	Limit, Used, Waiting int64
}

// Uses returns what is taken of each part.
func (b *Budget) Uses() []Use {
	var out []Use
	for _, p := range []struct {
		name string
		*pool
	}{{"work", b.work}, {"small", b.small}, {"databases", b.databases}} {
		out = append(out, Use{p.name, p.limit, p.used.Load(), p.waiting.Load()})
	}
	return out
}

// take waits for room.
func (p *pool) take(ctx context.Context, n int64, wait time.Duration) error {
	if n > p.limit {
		e := apierror.New(apierror.TooLarge, "this takes more memory than the server has for it")
		e.Hint = "Ask for less: fewer records, a shorter range, fewer columns. --max-memory is the bound of the server."
		return e
	}
	if !p.places.TryAcquire(n) {
		p.waiting.Add(1)
		limited, cancel := context.WithTimeout(ctx, wait)
		err := p.places.Acquire(limited, n)
		cancel()
		p.waiting.Add(-1)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			e := apierror.New(apierror.Busy, "the server's memory is in use by other calls")
			e.RetryAt = time.Now().Add(retry).UTC().Format(time.RFC3339)
			e.Hint = "Try again in a few seconds, or ask for less."
			return e
		}
	}
	p.used.Add(n)
	return nil
}

// retry is when to come back.
const retry = 5 * time.Second

func (p *pool) give(n int64) {
	p.used.Add(-n)
	p.places.Release(n)
}

// account is what was taken for one request.
type account struct {
	budget *Budget
	owner  string
	share  *share

	mu     sync.Mutex
	closed bool
	taken  map[*pool]int64
}

type contextKey struct{}

// Begin returns a context for which memory is taken, in the name of an owner, and a
// function that gives all of it back. A nil Budget has no bounds.
func (b *Budget) Begin(ctx context.Context, owner string) (context.Context, func()) {
	if b == nil {
		return ctx, func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shares[owner]
	if s == nil {
		s = &share{work: newPool(mostOf(b.work.limit)), databases: newPool(mostOf(b.databases.limit))}
		b.shares[owner] = s
	}
	s.requests++
	a := &account{budget: b, owner: owner, share: s, taken: map[*pool]int64{}}
	return context.WithValue(ctx, contextKey{}, a), sync.OnceFunc(a.close)
}

func (a *account) close() {
	a.mu.Lock()
	a.closed = true
	for p, n := range a.taken {
		p.give(n)
	}
	clear(a.taken)
	a.mu.Unlock()
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.share.requests--; a.share.requests == 0 {
		delete(b.shares, a.owner)
	}
}

// take takes of the owner's share first, and then of what there is for all.
func take(ctx context.Context, own, all *pool, n int64, wait time.Duration) error {
	if err := own.take(ctx, n, wait); err != nil {
		return err
	}
	err := all.take(ctx, n, wait)
	if err != nil {
		own.give(n)
	}
	return err
}

// Take takes memory for the request of a context until that ends. It waits where there
// is none; an error is of kind busy, or too_large for what there will never be.
func Take(ctx context.Context, n int64) error {
	a, ok := ctx.Value(contextKey{}).(*account)
	if !ok || n <= 0 {
		return nil
	}
	work, wait := a.budget.work, patience
	a.mu.Lock()
	if a.taken[work] > 0 {
		wait = hurry
	}
	a.mu.Unlock()
	from := []*pool{a.share.work, work}
	if n <= small && a.budget.small.places.TryAcquire(n) {
		a.budget.small.used.Add(n)
		from = []*pool{a.budget.small}
	} else if err := take(ctx, a.share.work, work, n, wait); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range from {
		if a.closed { // the request has ended in the meantime
			p.give(n)
		} else {
			a.taken[p] += n
		}
	}
	return nil
}

// Database takes memory for a database until release is called, and returns how much it
// may use: little, or as much as any may. most is the bound where there is no budget.
func Database(ctx context.Context, large bool, most int64) (bytes int64, release func(), err error) {
	a, ok := ctx.Value(contextKey{}).(*account)
	if !ok {
		return most, func() {}, nil
	}
	own, all := a.share.databases, a.budget.databases
	n := min(most, own.limit)
	if !large {
		n = min(n, ofDatabase)
	}
	if err := take(ctx, own, all, n, patience); err != nil {
		return 0, nil, err
	}
	return n, sync.OnceFunc(func() {
		all.give(n)
		own.give(n)
	}), nil
}

// Bounded reports whether memory is taken for a context.
func Bounded(ctx context.Context) bool {
	_, ok := ctx.Value(contextKey{}).(*account)
	return ok
}
