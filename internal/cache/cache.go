// Package cache keeps what Zoom answered, so that nothing is fetched twice: the
// records of lists, and single answers. Equal reads join: one fetches, all have it.
// What is missing is fetched side by side.
//
// A list whose records have one time is kept in segments, cut at UTC midnights: a read
// takes those that there are and fetches the stretches between them. Where the records
// of a day settle (paginate.Method.Settles), days that ended six hours ago are final. All else lives for a while.
//
// It must not know methods, SQL, nor who asks: keys say whose an answer is, and a
// list is a paginate.Query.
package cache

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/spool"
)

const (
	// Life is how long an answer counts that may be another one by now.
	Life = 15 * time.Minute
	// settled is how long after its end a stretch of a list no longer changes.
	settled = 6 * time.Hour
	// pagesOfRead and pagesOfAll bound the pages on their way.
	pagesOfRead = 16
	pagesOfAll  = 64
	// maxPieces bounds what is being fetched or waits to go on, which is as many
	// goroutines at least.
	maxPieces = 512
	// grace is how long a page that was asked for may still take when nobody waits
	// for it any more: it was paid for, and the next read need not ask again.
	grace = 2 * time.Second
)

// Options configure a Cache.
type Options struct {
	// Spool keeps the records. It stays the caller's to close.
	Spool *spool.Spool
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// List is a list of records.
type List struct {
	// Key says whose and which list it is: the caller's limits, the method and the
	// parameters without the range.
	Key string
	// Query is the method, the parameters and the range. Its bounds and its cursor do
	// not count: a list is read whole.
	Query paginate.Query
	// Page fetches one page: the parameters in set take the place of the caller's. It
	// may outlive the read that it came with.
	Page paginate.Page
}

// Read is how a list or an answer is read.
type Read struct {
	// Since is when what counts was fetched at the earliest, except what can no longer
	// change; zero for the usual life.
	Since time.Time
	// Anew reports that Since holds for what can no longer change as well.
	Anew bool
	// Spend is asked before calls are sent, with how many more are known to be needed.
	// Its error stops the read, and is the read's. Nil allows all.
	Spend func(calls int) error
	// Progress is told how far the read is; nil means nobody. Neither is called by two
	// goroutines at a time, nor after the read.
	Progress func(Progress)
}

// Progress is how far a read is.
type Progress struct {
	Calls   int // pages that came
	Of      int // pages in all, as far as is known; 0 for not at all
	Records int
}

// Cache keeps answers. It is safe for concurrent use.
type Cache struct {
	spool *spool.Spool
	now   func() time.Time
	slots chan struct{} // one for every page on its way

	mu     sync.Mutex
	lists  map[string]*entry
	ones   map[string]*item
	jobs   map[string]*job
	recent *list.List // of *item, what was used least recently first
	pieces int
	sweep  *time.Timer
	closed bool
}

// New makes an empty cache.
func New(o Options) *Cache {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cache{
		spool: o.Spool, now: o.Now, slots: make(chan struct{}, pagesOfAll),
		lists: map[string]*entry{}, ones: map[string]*item{}, jobs: map[string]*job{}, recent: list.New(),
	}
	c.spool.Join((*owner)(c))
	return c
}

// Close ends all reads and forgets everything.
func (c *Cache) Close() {
	c.spool.Leave((*owner)(c))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.sweep != nil {
		c.sweep.Stop()
	}
	for _, j := range c.jobs {
		j.cancel()
	}
	for _, e := range c.lists {
		for _, p := range e.pieces {
			p.endAll()
			for _, r := range slices.Clone(p.readers) {
				r.stop(errClosed)
			}
		}
	}
	for e := c.recent.Front(); e != nil; e = c.recent.Front() {
		c.drop(e.Value.(*item))
	}
}

var errClosed = apierror.New(apierror.Canceled, "the server is stopping")

// gaveUp is the error of a caller whose context has ended.
func gaveUp(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return &apierror.Error{
			Kind: apierror.Timeout, Message: "the time for one call was over before all was read",
			Hint: "What was read is kept: ask again to go on.", Err: context.DeadlineExceeded,
		}
	}
	return &apierror.Error{Kind: apierror.Canceled, Message: "the caller gave up", Err: ctx.Err()}
}

// transient are the failures that may be gone when the same is asked again.
func transient(err error) bool {
	e := apierror.From(err)
	switch e.Kind {
	case apierror.RateLimited, apierror.Network, apierror.Timeout, apierror.Canceled, apierror.Auth:
		return true
	case apierror.ZoomError:
		return e.HTTPStatus >= 500
	}
	return false
}

// lasting reports whether a failure is the answer for a while.
func lasting(err error) bool {
	switch apierror.From(err).Kind {
	case apierror.UnknownMethod, apierror.InvalidParams, apierror.MissingScope, apierror.Forbidden, apierror.NotFound, apierror.NotReady:
		return true
	}
	return false
}

// Fetch is what brings a single answer: the records of one call.
type Fetch func(context.Context) ([]json.RawMessage, error)
