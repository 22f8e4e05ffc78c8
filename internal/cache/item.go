package cache

import (
	"container/list"
	"time"

	"zoom-phone-mcp/internal/spool"
)

// item is what is kept and forgotten as one: a segment of a list, or a single answer.
type item struct {
	// start and end are the stretch of a list that it holds; zero where it is not of a
	// range. from and to are what was sent for it.
	start, end time.Time
	from, to   string
	timeless   bool // a record of it has no time

	fetched time.Time // when its fetching began
	final   bool      // it can no longer change
	failure error     // a lasting one, in place of records
	chunks  []*spool.Chunk
	records int

	// pending is the piece of which it is a part, until that has seen that its parts
	// are all: before that it can be given only as a part.
	pending *piece

	used time.Time
	pins int           // reads that need it
	elem *list.Element // nil when it is forgotten
	gone func()        // takes it out of where it is found
}

// counts reports whether an item can be given to who wants nothing from before since,
// except what is final unless it is wanted anew as well.
func (it *item) counts(now, since time.Time, anew bool) bool {
	return it.final && (!anew || !it.fetched.Before(since)) || now.Sub(it.fetched) < Life && !it.fetched.Before(since)
}

// keep adds an item; gone takes it out of where it is found. The cache is locked, as
// with all that follows.
func (c *Cache) keep(it *item, gone func()) {
	it.used, it.gone = c.now(), gone
	it.elem = c.recent.PushBack(it)
	if c.sweep == nil && !it.final {
		c.sweep = time.AfterFunc(Life, c.expire)
	}
}

// touch says that an item was used.
func (c *Cache) touch(it *item) {
	if it.elem != nil {
		it.used = c.now()
		c.recent.MoveToBack(it.elem)
	}
}

// pin keeps an item until unpin.
func (c *Cache) pin(it *item) {
	it.pins++
	c.touch(it)
}

func (c *Cache) unpin(it *item) {
	if it.pins--; it.pins == 0 && it.elem == nil {
		it.free()
	}
}

// drop forgets an item; its chunks go as soon as nobody needs them.
func (c *Cache) drop(it *item) {
	if it.elem != nil {
		c.recent.Remove(it.elem)
		it.elem = nil
		it.gone()
	}
	if it.pins == 0 {
		it.free()
	}
}

func (it *item) free() {
	for _, chunk := range it.chunks {
		chunk.Free()
	}
	it.chunks = nil
}

// expire forgets what is over its life, and comes again as long as there is anything
// that will be.
func (c *Cache) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	now, next := c.now(), time.Duration(0)
	for e := c.recent.Front(); e != nil; {
		it := e.Value.(*item)
		e = e.Next()
		if it.final {
			continue
		}
		if left := Life - now.Sub(it.fetched); left <= 0 {
			c.drop(it)
		} else if next == 0 || left < next {
			next = left
		}
	}
	c.sweep = nil
	if next > 0 {
		c.sweep = time.AfterFunc(max(next, time.Second), c.expire)
	}
}

// owner is a cache as its spool knows it.
type owner Cache

// Oldest returns when what can be forgotten was used last.
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
