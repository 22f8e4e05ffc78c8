// Package cache keeps what Zoom answered, so that nothing is fetched twice: the
// records of lists, and single answers. Equal reads join: one fetches, all have it.
//
// It must not know methods, SQL, nor who asks: keys say whose an answer is, and a
// list is a paginate.Query.
package cache

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/spool"
)

// Life is how long an answer counts that may be another one by now.
const Life = 15 * time.Minute

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
	// Page fetches one page: the parameters in set take the place of the caller's.
	Page paginate.Page
}

// Read is how a list or an answer is read.
type Read struct {
	// Since is when what counts was fetched at the earliest, except what can no longer
	// change; zero for the usual life.
	Since time.Time
	// Spend is asked before calls are sent, with how many more are known to be needed.
	// Its error stops the read, and is the read's. Nil allows all.
	Spend func(calls int) error
	// Progress is told how far the read is; nil means nobody. It is never called by two
	// goroutines at a time.
	Progress func(Progress)
}

// Progress is how far a read is.
type Progress struct {
	Calls   int // pages that were fetched
	Of      int // pages in all, as far as is known; 0 for not yet
	Records int
}

// Cache keeps answers. It is safe for concurrent use.
type Cache struct {
	spool *spool.Spool
	now   func() time.Time

	mu     sync.Mutex
	kept   map[string]*item
	recent *list.List // of *item, what was used least recently first
	jobs   map[string]*job
	closed bool
}

// New makes an empty cache.
func New(o Options) *Cache {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cache{spool: o.Spool, now: o.Now, kept: map[string]*item{}, recent: list.New(), jobs: map[string]*job{}}
	c.spool.Join((*owner)(c))
	return c
}

// Close ends all reads and forgets everything.
func (c *Cache) Close() {
	c.spool.Leave((*owner)(c))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, j := range c.jobs {
		j.cancel()
	}
	for _, it := range c.kept {
		c.drop(it)
	}
}

// item is an answer that is kept.
type item struct {
	key     string
	fetched time.Time
	used    time.Time
	failure error // a lasting one, in place of records
	chunks  []*spool.Chunk
	records int
	pins    int // rows that are being read
	place   *list.Element
}

// counts reports whether an item can be given.
func (c *Cache) counts(it *item, since time.Time) bool {
	return c.now().Sub(it.fetched) < Life && !it.fetched.Before(since)
}

// keep adds an item in place of the one with its key.
func (c *Cache) keep(it *item) {
	if old := c.kept[it.key]; old != nil {
		c.drop(old)
	}
	it.used = c.now()
	it.place = c.recent.PushBack(it)
	c.kept[it.key] = it
}

// drop forgets an item, as soon as nobody reads it.
func (c *Cache) drop(it *item) {
	if c.kept[it.key] == it {
		delete(c.kept, it.key)
	}
	if it.place != nil {
		c.recent.Remove(it.place)
		it.place = nil
	}
	if it.pins == 0 {
		for _, chunk := range it.chunks {
			chunk.Free()
		}
		it.chunks = nil
	}
}

// find returns what is kept under a key.
func (c *Cache) find(key string, since time.Time) *item {
	it := c.kept[key]
	if it == nil || !c.counts(it, since) {
		return nil
	}
	it.used = c.now()
	c.recent.MoveToBack(it.place)
	return it
}

// owner is a cache as its spool knows it.
type owner Cache

// Oldest is when what can be forgotten was used last.
func (o *owner) Oldest() (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it := o.oldest(); it != nil {
		return it.used, true
	}
	return time.Time{}, false
}

// Forget forgets what was used least recently.
func (o *owner) Forget() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.oldest()
	if it == nil {
		return false
	}
	(*Cache)(o).drop(it)
	return true
}

func (o *owner) oldest() *item {
	for e := o.recent.Front(); e != nil; e = e.Next() {
		if it := e.Value.(*item); it.pins == 0 && len(it.chunks) > 0 {
			return it
		}
	}
	return nil
}

// job is an answer that is being fetched, for all who wait for it.
type job struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{}
	it      *item // what came; nil with an error
	part    *item // what was read before the error, nil for nothing
	err     error
}

// share runs a fetch, or joins the one that is under way. The fetch ends when the
// last one who waits for it has gone.
func (c *Cache) share(ctx context.Context, key string, since time.Time, fetch func(context.Context) (it, part *item, err error)) (*Rows, error) {
	if ctx.Err() != nil {
		return &Rows{}, gaveUp(ctx)
	}
	c.mu.Lock()
	if it := c.find(key, since); it != nil {
		defer c.mu.Unlock()
		return c.rows(it), it.failure
	}
	if c.closed {
		c.mu.Unlock()
		return &Rows{}, apierror.New(apierror.Canceled, "the server is stopping")
	}
	j := c.jobs[key]
	if j == nil {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		j = &job{cancel: cancel, done: make(chan struct{})}
		c.jobs[key] = j
		go func() {
			defer cancel()
			it, part, err := fetch(own)
			c.mu.Lock()
			defer c.mu.Unlock()
			j.it, j.part, j.err = it, part, err
			if c.jobs[key] == j {
				delete(c.jobs, key)
			}
			if it != nil && !c.closed {
				c.keep(it)
			}
			close(j.done)
		}()
	}
	j.waiting++
	c.mu.Unlock()
	var gone error
	select {
	case <-j.done:
	case <-ctx.Done():
		gone = gaveUp(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	j.waiting--
	if j.waiting == 0 && gone != nil {
		j.cancel()
		if c.jobs[key] == j {
			delete(c.jobs, key)
		}
	}
	switch {
	case gone != nil:
		return &Rows{}, gone
	case j.it != nil:
		return c.rows(j.it), j.it.failure
	case j.part != nil:
		return c.rows(j.part), j.err
	}
	return &Rows{}, j.err
}

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

// fill puts records into chunks.
func (c *Cache) fill(key string, fetched time.Time, records []json.RawMessage) (*item, error) {
	it := &item{key: key, fetched: fetched, records: len(records)}
	var buf []byte
	flush := func() error {
		if len(buf) == 0 {
			return nil
		}
		chunk, err := c.spool.Put(buf)
		if err != nil {
			return err
		}
		it.chunks = append(it.chunks, chunk)
		buf = buf[:0]
		return nil
	}
	for _, record := range records {
		if len(buf) > 0 && len(buf)+len(record) > chunkBytes {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		buf = appendRecord(buf, record)
	}
	return it, flush()
}
