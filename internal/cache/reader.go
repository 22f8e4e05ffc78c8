package cache

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// Lookup returns the records of a list that are all kept.
func (c *Cache) Lookup(l List) (*Rows, bool) {
	c.mu.Lock()
	e := c.lists[l.Key]
	if e == nil {
		c.mu.Unlock()
		return nil, false
	}
	p := e.plan(l, c.now(), c.now(), time.Time{}, false, false)
	if !p.whole() {
		c.mu.Unlock()
		return nil, false
	}
	rows := c.rows(p.uses)
	c.mu.Unlock()
	if rows.count() != nil {
		rows.Close()
		return nil, false
	}
	return rows, true
}

// Read returns the records of a list, and fetches what is missing. With an error the
// rows are those that are there, for callers who accept a part; they are never nil.
// Every error is an *apierror.Error, or that of Spend.
//
// What is being fetched when a read ends before its time waits for the next one, for a
// while: nothing is fetched again.
func (c *Cache) Read(ctx context.Context, l List, o Read) (*Rows, error) {
	r := &reader{c: c, o: o, asked: c.now(), wake: make(chan struct{}, 1), slots: make(chan struct{}, pagesOfRead)}
	defer r.leave()
	for ctx.Err() == nil {
		rows, err, done := r.step(l)
		if done {
			return r.give(rows, err)
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
		}
	}
	c.mu.Lock()
	p := c.entry(l.Key).plan(l, c.now(), r.asked, o.Since, o.Anew, true)
	rows := c.rows(append(p.uses, r.parts...))
	c.tidy(l.Key)
	c.mu.Unlock()
	return r.give(rows, gaveUp(ctx))
}

// reader is a read under way.
type reader struct {
	c     *Cache
	o     Read
	asked time.Time
	wake  chan struct{} // something has changed
	slots chan struct{} // one for every page on its way

	mu   sync.Mutex // held while the caller's functions run
	gone bool

	// Guarded by the cache.
	pieces  []*piece // that it waits or waited for
	waits   []*piece
	pinned  []*item // that it needs
	parts   []use   // of what failed
	paid    int     // pages that are paid for and not asked for
	charged []*piece
	started int   // how often it began to fetch
	err     error // why it has to stop
	failure error // the first of what it waited for
}

// maxStarts bounds how often a read begins to fetch: what was fetched is there, unless
// the clock or the range does not fit what is asked for.
const maxStarts = 8

// step does what can be done now. It is done when there is nothing to wait for.
func (r *reader) step(l List) (rows *Rows, err error, done bool) {
	c := r.c
	c.mu.Lock()
	if c.closed && r.err == nil {
		r.err = errClosed
	}
	e := c.entry(l.Key)
	p := e.plan(l, c.now(), r.asked, r.o.Since, r.o.Anew, false)
	for _, u := range p.uses {
		r.pin(u.item)
	}
	err = r.err
	if err == nil && !p.whole() && len(r.waits) == 0 {
		if err = r.failure; err == nil && r.started >= maxStarts {
			err = apierror.New(apierror.Internal, "the list was fetched %d times and is not there", r.started)
		}
	}
	if err != nil || p.whole() {
		uses := p.uses
		if err != nil {
			uses = append(e.plan(l, c.now(), r.asked, r.o.Since, r.o.Anew, true).uses, r.parts...)
		}
		rows = c.rows(uses)
		c.tidy(l.Key)
		c.mu.Unlock()
		return rows, err, true
	}
	if r.failure != nil { // what else is under way is waited for, and nothing begun
		c.mu.Unlock()
		return nil, nil, false
	}
	begin := r.pieceList(l, e, p)
	cost := len(begin) - r.paid
	for _, o := range p.joins {
		if len(o.readers) == 0 && !slices.Contains(r.charged, o) {
			r.charged = append(r.charged, o)
			cost += o.granted
		}
	}
	if cost > 0 {
		c.mu.Unlock()
		if err := r.spend(cost); err != nil {
			c.mu.Lock()
			r.err = err
			c.mu.Unlock()
		}
		c.mu.Lock()
		r.paid = max(r.paid, len(begin))
		c.mu.Unlock()
		return r.step(l)
	}
	defer c.mu.Unlock()
	for _, o := range p.joins {
		o.attach(r, l)
	}
	if len(begin) > 0 {
		r.started++
		r.paid = 0
		for _, o := range begin {
			if err := c.begin(l.Key, o, r); err != nil {
				r.err = err
				r.notify()
				break
			}
		}
	}
	return nil, nil, false
}

// pieceList makes the pieces of a plan's gaps.
func (r *reader) pieceList(l List, e *entry, p plan) []*piece {
	var out []*piece
	for _, gap := range p.gaps {
		if !p.cut {
			o := newPiece(r, l, e)
			o.start, o.end, o.span = gap.start, gap.end, l.Query.Range
			o.from, o.to = ends(l.Query)
			out = append(out, o)
			continue
		}
		for _, w := range windows(l.Query, gap) {
			o := newPiece(r, l, e)
			o.cut, o.span = true, w
			o.start, o.end = w.Covered()
			out = append(out, o)
		}
	}
	return out
}

// give returns what a read has. Records of the same time may have to be counted.
func (r *reader) give(rows *Rows, err error) (*Rows, error) {
	if wrong := rows.count(); wrong != nil && err == nil {
		return &Rows{}, wrong
	}
	return rows, err
}

// errGone reports that a read has ended.
var errGone = errors.New("the read has ended")

// spend asks whether calls may be made.
func (r *reader) spend(calls int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.gone:
		return errGone
	case r.o.Spend == nil || calls <= 0:
		return nil
	}
	return r.o.Spend(calls)
}

// told says how far the read is.
func (r *reader) told() {
	if r.o.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return
	}
	r.c.mu.Lock()
	var p Progress
	known := true
	for _, o := range r.pieces {
		p.Calls += o.calls
		p.Of += o.calls + o.granted
		p.Records += o.records
		known = known && (o.known || o.done)
	}
	r.c.mu.Unlock()
	if !known {
		p.Of = 0
	}
	r.o.Progress(p)
}

// pin keeps an item until the read ends. The cache is locked, as with all that
// follows.
func (r *reader) pin(it *item) {
	if !slices.Contains(r.pinned, it) {
		r.c.pin(it)
		r.pinned = append(r.pinned, it)
	}
}

// notify has the read look again.
func (r *reader) notify() {
	select {
	case r.wake <- struct{}{}:
	default: // it will
	}
}

// stop ends the read with an error.
func (r *reader) stop(err error) {
	if r.err == nil && !errors.Is(err, errGone) {
		r.err = err
	}
	for _, o := range slices.Clone(r.waits) {
		o.detach(r)
	}
	r.notify()
}

// leave ends the read.
func (r *reader) leave() {
	r.mu.Lock()
	r.gone = true
	r.mu.Unlock()
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	for _, o := range slices.Clone(r.waits) {
		o.detach(r)
	}
	for _, it := range r.pinned {
		r.c.unpin(it)
	}
	r.pinned = nil
}
