package cache

import (
	"context"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// job is a single answer that is being fetched, for all who wait for it.
type job struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{}
	it      *item // what came, pinned for those who wait; nil with an error
	err     error
}

// LookupOne returns a single answer that is kept, or the lasting failure that was its
// answer.
func (c *Cache) LookupOne(key string) (*Rows, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it := c.ones[key]; it != nil && it.counts(c.now(), time.Time{}, false) {
		return c.one(it), it.failure, true
	}
	return nil, nil, false
}

// ReadOne returns a single answer, the records of one call. Failures that last are
// kept like answers. The rows are never nil. Every error is an *apierror.Error, or
// that of Spend.
func (c *Cache) ReadOne(ctx context.Context, key string, o Read, fetch Fetch) (*Rows, error) {
	paid := false
	for {
		if ctx.Err() != nil {
			return &Rows{}, gaveUp(ctx)
		}
		c.mu.Lock()
		if it := c.ones[key]; it != nil && it.counts(c.now(), o.Since, o.Anew) {
			defer c.mu.Unlock()
			return c.one(it), it.failure
		}
		if c.closed {
			c.mu.Unlock()
			return &Rows{}, errClosed
		}
		j := c.jobs[key]
		if j == nil && !paid {
			c.mu.Unlock()
			if o.Spend != nil {
				if err := o.Spend(1); err != nil {
					return &Rows{}, err
				}
			}
			paid = true
			continue
		}
		if j == nil {
			j = c.start(key, fetch)
		}
		j.waiting++
		c.mu.Unlock()
		rows, err := c.wait(ctx, key, j)
		if o.Progress != nil && ctx.Err() == nil {
			o.Progress(Progress{Calls: 1, Of: 1, Records: rows.Len()})
		}
		return rows, err
	}
}

// start fetches a single answer.
func (c *Cache) start(key string, fetch Fetch) *job {
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{cancel: cancel, done: make(chan struct{})}
	c.jobs[key] = j
	go func() {
		defer cancel()
		it, err := c.fetchOne(ctx, fetch)
		c.mu.Lock()
		defer c.mu.Unlock()
		j.it, j.err = it, err
		if c.jobs[key] == j {
			delete(c.jobs, key)
		}
		if it != nil {
			if old := c.ones[key]; old != nil {
				c.drop(old)
			}
			if !c.closed {
				c.ones[key] = it
				c.keep(it, func() { delete(c.ones, key) })
			}
			it.pins += j.waiting
		}
		close(j.done)
	}()
	return j
}

func (c *Cache) fetchOne(ctx context.Context, fetch Fetch) (*item, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
	it := &item{fetched: c.now()}
	records, err := fetch(ctx)
	switch {
	case err != nil && lasting(err):
		it.failure = err
		return it, nil
	case err != nil:
		return nil, err
	}
	s := newStage(c.spool, nil)
	for _, record := range records {
		if err = s.Add(record, time.Time{}); err != nil {
			break
		}
	}
	if err == nil {
		err = s.flush()
	}
	if err != nil {
		s.free()
		return nil, apierror.From(err)
	}
	it.chunks, it.records = s.buckets[0].chunks, s.buckets[0].records
	return it, nil
}

// wait returns what a job brings. The job ends a little after nobody waits for it any
// more: a call that was sent is not lost.
func (c *Cache) wait(ctx context.Context, key string, j *job) (*Rows, error) {
	select {
	case <-j.done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	j.waiting--
	select {
	case <-j.done: // also where the caller's end came at the same time
		if j.it == nil {
			return &Rows{}, j.err
		}
		rows := c.one(j.it)
		c.unpin(j.it)
		return rows, j.it.failure
	default:
	}
	if j.waiting == 0 {
		time.AfterFunc(grace, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if j.waiting > 0 {
				return
			}
			j.cancel()
			if c.jobs[key] == j {
				delete(c.jobs, key)
			}
		})
	}
	return &Rows{}, gaveUp(ctx)
}

// one returns the rows of a single answer.
func (c *Cache) one(it *item) *Rows { return c.rows([]use{{item: it}}) }
