package cache

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

// piece is a stretch of a list, or a whole one, that is being fetched for all who wait
// for it. While nobody does it rests, with everything that it has read, and goes on
// with the next page when somebody comes within the life of an answer.
type piece struct {
	c     *Cache
	key   string
	entry *entry
	began time.Time

	start, end time.Time // zero for a list without a range
	from, to   string    // of a list that is not cut
	span       *daterange.Range
	cut        bool
	slots      chan struct{} // those of the read that began it
	ctx        context.Context
	endAll     context.CancelFunc

	// Guarded by the cache.
	list     List // of the one who began it, or came when nobody waited any more
	readers  []*reader
	run      context.Context // of the pages on their way
	stop     context.CancelFunc
	changed  chan struct{} // closed when somebody comes
	leaves   int           // goroutines that fetch
	failed   int           // how many of them wait after a failure
	failure  error         // the first
	granted  int           // pages that may be fetched
	calls    int
	records  int
	known    bool // how many pages there are
	timeless bool // records lack a time, so that the piece can give nothing
	done     bool
	items    []*item // that its parts have kept
	resting  *time.Timer
}

func newPiece(r *reader, l List, e *entry) *piece {
	return &piece{c: r.c, key: l.Key, list: l, entry: e, slots: r.slots, granted: 1}
}

// begin starts a piece for a read. The cache is locked.
func (c *Cache) begin(key string, p *piece, r *reader) error {
	for c.pieces >= maxPieces {
		if !c.endResting() {
			e := apierror.New(apierror.TooLarge, "%d stretches of lists are being read at the same time, as many as there may be", c.pieces)
			e.Hint = "Try again when other calls are done."
			return e
		}
	}
	p.began = c.now()
	p.ctx, p.endAll = context.WithCancel(context.Background())
	p.run, p.stop = context.WithCancel(p.ctx)
	p.changed, p.leaves = make(chan struct{}), 1
	p.entry = c.entry(key)
	p.entry.pieces = append(p.entry.pieces, p)
	c.pieces++
	p.attach(r, p.list)
	go p.fetch()
	return nil
}

// endResting ends a piece that nobody waits for.
func (c *Cache) endResting() bool {
	var oldest *piece
	for _, e := range c.lists {
		for _, p := range e.pieces {
			if len(p.readers) == 0 && (oldest == nil || p.began.Before(oldest.began)) {
				oldest = p
			}
		}
	}
	if oldest == nil {
		return false
	}
	oldest.remove()
	oldest.endAll()
	return true
}

// attach has a read of a list wait for the piece.
func (p *piece) attach(r *reader, l List) {
	if slices.Contains(p.readers, r) || p.done {
		return
	}
	if len(p.readers) == 0 {
		p.list = l
	}
	p.readers = append(p.readers, r)
	r.waits = append(r.waits, p)
	if !slices.Contains(r.pieces, p) {
		r.pieces = append(r.pieces, p)
	}
	if p.resting != nil {
		p.resting.Stop()
		p.resting = nil
	}
	if p.run.Err() != nil {
		p.run, p.stop = context.WithCancel(p.ctx)
	}
	p.failed, p.failure = 0, nil
	close(p.changed)
	p.changed = make(chan struct{})
}

// detach has a read no longer wait for the piece, which rests when it was the last.
func (p *piece) detach(r *reader) {
	p.readers = slices.DeleteFunc(p.readers, func(o *reader) bool { return o == r })
	r.waits = slices.DeleteFunc(r.waits, func(o *piece) bool { return o == p })
	if len(p.readers) > 0 || p.done || p.resting != nil {
		return
	}
	p.resting = time.AfterFunc(grace, func() {
		p.c.mu.Lock()
		defer p.c.mu.Unlock()
		if len(p.readers) > 0 || p.done {
			return
		}
		p.stop()
		p.resting = time.AfterFunc(Life, p.endAll)
	})
}

// fetch reads the piece.
func (p *piece) fetch() {
	var err error
	if p.cut {
		_, err = p.part(p.ctx, part{span: p.span, most: usualPages})
	} else {
		err = p.wholeList()
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.finish(err)
}

// finish ends the piece. The cache is locked, as with all that follows.
func (p *piece) finish(err error) {
	if p.done {
		return
	}
	p.done, p.granted = true, 0
	for _, it := range p.items {
		it.pending = nil // each was read by a query of its own
	}
	p.items = nil
	if errors.Is(err, errNoTime) {
		p.timeless, p.entry.uncut, err = true, true, nil // it is read as a whole; the entry stays for that
		for _, it := range slices.Clone(p.entry.segments) {
			p.c.drop(it)
		}
	}
	p.remove()
	if p.resting != nil {
		p.resting.Stop()
	}
	for _, r := range slices.Clone(p.readers) {
		p.detach(r)
		r.fail(err)
	}
	p.stop()
	p.endAll()
}

// remove takes the piece out of where it is found.
func (p *piece) remove() {
	before := len(p.entry.pieces)
	p.entry.pieces = slices.DeleteFunc(p.entry.pieces, func(o *piece) bool { return o == p })
	p.c.pieces -= before - len(p.entry.pieces)
	p.c.tidy(p.key)
}

// fail tells a read that a piece ended, with an error or without.
func (r *reader) fail(err error) {
	if r.failure == nil {
		r.failure = err
	}
	r.notify()
}

// settle tells those who wait when nothing of the piece can go on.
func (p *piece) settle() {
	if p.failed == 0 || p.failed < p.leaves {
		return
	}
	err := p.failure
	for _, r := range slices.Clone(p.readers) {
		p.detach(r)
		r.fail(err)
	}
}

// page fetches a page for a goroutine of the piece. A failure that may be gone the next
// time is told to those who wait; the page is asked for again when somebody comes.
func (p *piece) page(ctx context.Context, set map[string]any) (json.RawMessage, error) {
	for {
		run, fetch, release, err := p.turn(ctx)
		if err != nil {
			return nil, err
		}
		raw, err := fetch(run, set)
		release()
		switch {
		case err == nil:
			p.c.mu.Lock()
			p.calls++
			readers := slices.Clone(p.readers)
			p.c.mu.Unlock()
			for _, r := range readers {
				r.told()
			}
			return raw, nil
		case ctx.Err() != nil:
			return nil, gaveUp(ctx)
		case run.Err() != nil: // nobody waited for it
			p.c.mu.Lock()
			p.granted++
			p.c.mu.Unlock()
		case !transient(err):
			return nil, err
		default:
			p.hold(ctx, err)
		}
	}
}

// turn waits until a page may be fetched: somebody wants it and pays for it, and there
// is room.
func (p *piece) turn(ctx context.Context) (run context.Context, fetch paginate.Page, release func(), err error) {
	for {
		if err := p.room(ctx); err != nil {
			return nil, nil, nil, err
		}
		release = func() {
			<-p.slots
			<-p.c.slots
		}
		p.c.mu.Lock()
		if len(p.readers) > 0 && p.granted > 0 {
			p.granted--
			run, fetch = p.run, p.list.Page
			p.c.mu.Unlock()
			return run, fetch, release, nil
		}
		wanted := len(p.readers) > 0
		changed := p.changed
		p.c.mu.Unlock()
		release()
		if wanted {
			if err := p.spend(ctx, 1); err != nil {
				return nil, nil, nil, err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil, nil, gaveUp(ctx)
		}
	}
}

// room waits for a place among the pages on their way.
func (p *piece) room(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return gaveUp(ctx)
	}
	select {
	case p.c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-p.slots
		return gaveUp(ctx)
	}
}

// spend has one of those who wait pay for pages. Who does not is stopped.
func (p *piece) spend(ctx context.Context, calls int) error {
	for {
		p.c.mu.Lock()
		if len(p.readers) == 0 {
			changed := p.changed
			p.c.mu.Unlock()
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return gaveUp(ctx)
			}
		}
		r := p.readers[0]
		p.c.mu.Unlock()
		err := r.spend(calls)
		p.c.mu.Lock()
		if err == nil {
			p.granted += calls
			p.c.mu.Unlock()
			return nil
		}
		p.detach(r)
		r.stop(err)
		p.c.mu.Unlock()
	}
}

// hold waits after a failure until somebody comes.
func (p *piece) hold(ctx context.Context, err error) {
	p.c.mu.Lock()
	p.failed++
	p.granted++
	if p.failure == nil {
		p.failure = err
	}
	p.settle()
	changed := p.changed
	p.c.mu.Unlock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
}
