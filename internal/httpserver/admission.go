package httpserver

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// patience is how long a call waits for room before it is refused.
const patience = 250 * time.Millisecond

// rooms bound the calls under way: in all, and of each caller.
type rooms struct {
	all *semaphore.Weighted
	max int // of one caller

	used atomic.Int64 // of all

	mu      sync.Mutex
	callers map[string]*room
}

// room is that of one caller, kept while somebody is in it or waits for it.
type room struct {
	places *semaphore.Weighted
	users  int
}

func newRooms(all, each int) *rooms {
	return &rooms{all: semaphore.NewWeighted(int64(all)), max: each, callers: map[string]*room{}}
}

func (q *rooms) enter(ctx context.Context, caller string, n int) (release func(), ok bool) {
	if n > q.max {
		return nil, false
	}
	q.mu.Lock()
	r := q.callers[caller]
	if r == nil {
		r = &room{places: semaphore.NewWeighted(int64(q.max))}
		q.callers[caller] = r
	}
	r.users++
	q.mu.Unlock()
	leave := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if r.users--; r.users == 0 {
			delete(q.callers, caller)
		}
	}
	weight := int64(n)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Where there is room nobody waits, and no wait can be over: not even where the
	// processor is too busy to come here in time.
	if !r.places.TryAcquire(weight) && r.places.Acquire(ctx, weight) != nil {
		leave()
		return nil, false
	}
	if !q.all.TryAcquire(weight) && q.all.Acquire(ctx, weight) != nil {
		r.places.Release(weight)
		leave()
		return nil, false
	}
	q.used.Add(weight)
	return sync.OnceFunc(func() {
		q.used.Add(-weight)
		q.all.Release(weight)
		r.places.Release(weight)
		leave()
	}), true
}
