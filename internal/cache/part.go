package cache

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

const (
	// usualPages is how many pages of a stretch are read one after the other; what has
	// more is split by time.
	usualPages = 8
	// pagesOfPart is how many pages a part of a long stretch is to have, and fewest and
	// mostParts how many parts there are: each costs a page that is not full.
	pagesOfPart = 36
	fewestParts = 6
	mostParts   = 16
	maxDepth    = 4 // of parts of parts
)

// part is a stretch that is read by a query of its own.
type part struct {
	span  *daterange.Range
	most  int  // with how many pages it is read as it is; 0 for all
	share int  // how many pages each of its parts is to have, 0 for what suits it
	depth int  // of how many others it is a part
	hours bool // it was cut at an hour
	paid  bool // its pages are paid for
	// enough is how many records were read by its parts, when those were fewer than
	// Zoom said before; 0 otherwise.
	enough int
	parts  []*item
	// smaller reports that it is one of those in which another one is read again.
	smaller bool
}

// got is what the reading of a part brought.
type got struct {
	kept          int // records that belong to it
	before, after int // that lie outside it
	items         []*item
}

// Why a query ends after its first page.
var (
	errSplit     = errors.New("to be read in parts")
	errWholeDays = errors.New("answered for whole days")
	errEnough    = errors.New("the list has shrunk")
	errFewer     = errors.New("its parts have fewer records than the whole")
)

// query is that of a part.
func (p *piece) query(span *daterange.Range) paginate.Query {
	p.c.mu.Lock()
	q := p.list.Query
	p.c.mu.Unlock()
	q.Range, q.Cursor = span, ""
	if start, end := covered(q); p.cut {
		q.Start, q.End = time.Time{}, time.Time{} // the stage sorts them out
	} else if !end.IsZero() {
		q.Start, q.End = start, end
	}
	return q
}

// part reads a part, or its parts.
func (p *piece) part(ctx context.Context, o part) (got, error) {
	began := p.c.now()
	start, end := o.span.Covered()
	st := newStage(p.c.spool, p.cuts(start, end, began))
	q := p.query(o.span)
	var look *paginate.Look
	page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		raw, err := p.page(ctx, set)
		if err != nil || look != nil {
			return raw, err
		}
		inside := q
		inside.Start, inside.End = start, end
		if look, err = paginate.LookAt(raw, inside); err != nil {
			return raw, nil // paginate says what is wrong
		}
		return raw, p.first(ctx, o, look)
	}
	records := 0
	res, err := paginate.All(ctx, q, page, paginate.Options{Now: p.c.now, Sink: st, Progress: func(w paginate.Progress) {
		p.count(w.Records - records)
		records = w.Records
	}})
	switch {
	case errors.Is(err, errSplit):
		return p.split(ctx, o, look)
	case errors.Is(err, errEnough):
		return got{kept: o.enough, items: o.parts}, nil
	case err == nil && res.Complete:
		if err = st.flush(); err == nil {
			return p.commit(st, began), nil
		}
	case err == nil:
		if g, ok := p.smaller(ctx, o, res, look); ok {
			p.count(-records)
			st.free()
			return g, nil
		}
		err = p.incomplete(res)
		if !o.smaller { // else the larger one leaves what it has
			p.leave(st, began)
		}
	}
	p.count(-records)
	st.free()
	return got{}, err
}

// smaller reads a part in smaller ones because it ended before all that Zoom said there
// were: so some lists give the rest. It is tried once.
func (p *piece) smaller(ctx context.Context, o part, res *paginate.Result, look *paginate.Look) (got, bool) {
	if res.Stop != paginate.Doubtful || o.smaller || look == nil || look.Total < 0 || look.Doubt != "" || res.Pages < 2 {
		return got{}, false
	}
	o.smaller, o.share = true, (res.Pages+1)/2
	if len(p.divide(o.span, o.into(2*res.Pages))) == 0 {
		return got{}, false
	}
	g, err := p.split(ctx, o, look)
	if err != nil {
		p.revoke(g.items) // the larger one leaves what it has
	}
	return g, err == nil
}

// first decides after the first page of a part how it is read, and pays for the pages.
func (p *piece) first(ctx context.Context, o part, look *paginate.Look) error {
	if o.hours && look.Outside > 0 {
		return errWholeDays
	}
	if o.enough > 0 {
		if look.Total >= 0 && look.Total <= o.enough {
			return errEnough
		}
		p.revoke(o.parts)
	}
	size := len(look.Records) + look.Outside
	if look.Total < 0 || size == 0 || !look.Next {
		p.c.mu.Lock()
		p.known = p.known || !look.Next
		p.c.mu.Unlock()
		return nil
	}
	pages := (look.Total + size - 1) / size
	split := o.most > 0 && pages > o.most && o.depth < maxDepth && look.Doubt == "" && len(p.divide(o.span, o.into(pages))) > 0
	more := pages - 1
	if split {
		more = pages
	}
	if !o.paid {
		if err := p.spend(ctx, more); err != nil {
			return err
		}
		p.c.mu.Lock()
		p.known = true
		p.c.mu.Unlock()
	}
	if split {
		return errSplit
	}
	return nil
}

// into returns into how many parts so many pages are split.
func (o part) into(pages int) int {
	if o.share > 0 {
		return min((pages+o.share-1)/o.share, mostParts)
	}
	return min(max(pages/pagesOfPart, fewestParts), mostParts, (pages+3)/4)
}

// divide returns where a stretch is cut into about n parts, nothing where it cannot be:
// at midnights, or at full hours where it is short.
func (p *piece) divide(span *daterange.Range, n int) []time.Time {
	const day = 24 * time.Hour
	start, end := span.Covered()
	p.c.mu.Lock()
	dates, wholeDays := p.list.Query.Method.Limits.Dates, p.entry.wholeDays
	p.c.mu.Unlock()
	step := day
	if end.Sub(start) < 3*day && !dates && !wholeDays {
		step = time.Hour
	}
	var out []time.Time
	for i := 1; i < n; i++ {
		at := start.Add(end.Sub(start) * time.Duration(i) / time.Duration(n)).Round(step)
		if at.After(start) && at.Before(end) && (len(out) == 0 || at.After(out[len(out)-1])) {
			out = append(out, at)
		}
	}
	return out
}

// split reads a part in parts, side by side. Together they have to have as many records
// as Zoom said; else the part is read as it is.
func (p *piece) split(ctx context.Context, o part, look *paginate.Look) (got, error) {
	start, end := o.span.Covered()
	size := len(look.Records) + look.Outside
	pages := (look.Total + size - 1) / size
	ends := append(p.divide(o.span, o.into(pages)), end)
	limits := *p.query(o.span).Method.Limits
	whole := func(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }
	n := len(ends)
	share := max(usualPages, (pages+n-1)/n)
	all, errs := make([]got, n), make([]error, n)
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	p.work(n - 1)
	var group sync.WaitGroup
	from := start
	for i, until := range ends {
		child := part{
			span: daterange.Between(from, until, limits), most: share + share/3, share: share, depth: o.depth + 1, paid: true,
			hours: i > 0 && !whole(from) || i < n-1 && !whole(until), smaller: o.smaller,
		}
		from = until
		group.Go(func() {
			all[i], errs[i] = p.part(own, child)
			if errors.Is(errs[i], errWholeDays) {
				cancel()
			}
			p.work(-1)
		})
	}
	group.Wait()
	p.work(1)
	sum := got{before: all[0].before, after: all[n-1].after}
	for _, g := range all {
		sum.kept += g.kept
		sum.items = append(sum.items, g.items...)
	}
	again := part{span: o.span, depth: maxDepth, paid: true}
	if slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, errWholeDays) }) {
		p.c.mu.Lock()
		p.entry.wholeDays = true
		p.c.mu.Unlock()
		p.revoke(sum.items)
		return p.part(ctx, again)
	}
	for _, err := range errs {
		if err != nil {
			return sum, err
		}
	}
	if total := sum.kept + sum.before + sum.after; total < look.Total {
		if o.smaller {
			return sum, errFewer
		}
		again.enough, again.parts = max(total, 1), sum.items
		return p.part(ctx, again)
	}
	return sum, nil
}

// work notes that n goroutines more fetch for the piece.
func (p *piece) work(n int) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.leaves += n
	p.settle()
}

// count notes that n records more are there.
func (p *piece) count(n int) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.records += n
}

// cuts are the ends of the segments of a stretch: midnights, and the hour up to which
// it can no longer change.
func (p *piece) cuts(start, end, now time.Time) []time.Time {
	p.c.mu.Lock()
	dates := p.list.Query.Method.Limits.Dates
	p.c.mu.Unlock()
	out := []time.Time{start}
	last := now.Add(-settled).Truncate(time.Hour)
	for day := start.Truncate(24 * time.Hour); day.Before(end); day = day.AddDate(0, 0, 1) {
		next := day.AddDate(0, 0, 1)
		if day.After(start) {
			out = append(out, day)
		}
		if !dates && last.After(later(day, start)) && last.Before(earlier(next, end)) {
			out = append(out, last)
		}
	}
	return append(out, end)
}

// commit keeps the segments of a stage.
func (p *piece) commit(st *stage, began time.Time) got {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	g := got{kept: st.records, before: st.before, after: st.after}
	for i, b := range st.buckets {
		it := &item{
			start: time.Unix(st.cuts[i], 0).UTC(), end: time.Unix(st.cuts[i+1], 0).UTC(),
			fetched: began, chunks: b.chunks, records: b.records,
		}
		if !p.done {
			it.pending = p
			p.items = append(p.items, it)
		}
		it.final = p.list.Query.Method.Settles && !it.end.After(began.Add(-settled))
		g.items = append(g.items, it)
		p.keep(it)
	}
	return g
}

// keep puts an item into the entry, in place of those that it covers.
func (p *piece) keep(it *item) {
	e := p.c.entry(p.key) // the piece's own, unless that was empty and was forgotten
	for _, old := range slices.Clone(e.segments) {
		same := it.from == old.from && it.to == old.to && it.end.IsZero() == old.end.IsZero()
		if same && !old.start.Before(it.start) && !old.end.After(it.end) && !old.fetched.After(it.fetched) {
			p.c.drop(old)
		}
	}
	if p.c.closed {
		it.free()
		return
	}
	e.segments = append(e.segments, it)
	p.c.keep(it, func() {
		e.segments = slices.DeleteFunc(e.segments, func(o *item) bool { return o == it })
		p.c.tidy(p.key)
	})
	for _, r := range p.readers {
		r.pin(it)
	}
}

// revoke forgets items.
func (p *piece) revoke(items []*item) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for _, it := range items {
		p.c.drop(it)
	}
}

// leave gives what a stage has to those who wait, as a part of what they asked for.
func (p *piece) leave(st *stage, began time.Time) {
	if st.flush() != nil {
		return
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for i := range st.buckets {
		b := &st.buckets[i]
		it := &item{fetched: began, chunks: b.chunks, records: b.records}
		b.chunks, b.keptChunks = nil, 0
		for _, r := range p.readers {
			r.pin(it)
			r.parts = append(r.parts, use{item: it})
		}
		p.c.drop(it) // nobody else has it
	}
}

// incomplete is the error of a list of which Zoom does not give all.
func (p *piece) incomplete(res *paginate.Result) error {
	if res.Err != nil {
		return res.Err
	}
	e := apierror.New(apierror.ZoomError, "the list is not complete: %s", res.Reason)
	e.Method = res.Method.Name
	return e
}
