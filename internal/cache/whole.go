package cache

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

// wholeList reads a list that is not cut: its windows side by side, where the records'
// times tell to which of them one belongs.
func (p *piece) wholeList() error {
	began := p.c.now()
	q := p.query(p.span)
	m := q.Method
	if q.Range != nil && q.Range.Long && len(m.Times) > 0 && !m.Sync && !m.Totals {
		windows := q.Range.Windows()
		if !q.OldestFirst {
			slices.Reverse(windows)
		}
		stages, err := p.windows(q, windows)
		if err != nil || !slices.ContainsFunc(stages, func(st *stage) bool { return st.timeless }) {
			return p.keepWhole(stages, began, err)
		}
		for _, st := range stages { // what has no time may have come in several
			st.free()
		}
	}
	st, err := p.window(q)
	return p.keepWhole([]*stage{st}, began, err)
}

// windows reads windows of a list side by side.
func (p *piece) windows(q paginate.Query, windows []daterange.Window) ([]*stage, error) {
	n := len(windows)
	stages, errs := make([]*stage, n), make([]error, n)
	p.work(n - 1)
	var group sync.WaitGroup
	for i := range windows {
		q.Only = &windows[i]
		own := q
		group.Go(func() {
			stages[i], errs[i] = p.window(own)
			p.work(-1)
		})
	}
	group.Wait()
	p.work(1)
	for _, err := range errs {
		if err != nil {
			return stages, err
		}
	}
	return stages, nil
}

// window reads a list, or one window of it. The stage has what came, also with an error.
func (p *piece) window(q paginate.Query) (*stage, error) {
	st := newStage(p.c.spool, nil)
	looked := q.Range != nil && q.Range.Long && q.Only == nil // the first page does not count all
	page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		raw, err := p.page(ctx, set)
		if err != nil || looked {
			return raw, err
		}
		looked = true
		look, err := paginate.LookAt(raw, q)
		if err != nil {
			return raw, nil // paginate says what is wrong
		}
		return raw, p.first(ctx, part{}, look)
	}
	records := 0
	res, err := paginate.All(p.ctx, q, page, paginate.Options{Now: p.c.now, Sink: st, Progress: func(w paginate.Progress) {
		p.count(w.Records - records)
		records = w.Records
	}})
	if full := st.flush(); err == nil {
		err = full
	}
	if err == nil && !res.Complete {
		err = p.incomplete(res)
	}
	return st, err
}

// keepWhole keeps what stages have as one; with an error it is a part, of those who
// wait.
func (p *piece) keepWhole(stages []*stage, began time.Time, err error) error {
	it := &item{start: p.start, end: p.end, from: p.from, to: p.to, fetched: began}
	for _, st := range stages {
		if err != nil {
			p.leave(st, began)
			st.free()
			continue
		}
		it.chunks = append(it.chunks, st.buckets[0].chunks...)
		it.records += st.records
		it.timeless = it.timeless || st.timeless
	}
	if err != nil {
		return err
	}
	it.chunks = slices.Clip(it.chunks)
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.keep(it)
	return nil
}
