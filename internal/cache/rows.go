package cache

import (
	"encoding/binary"
	"encoding/json"
	"runtime"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
)

// use is an item whose records belong to a read. Where from or until is set only
// those between them do.
type use struct {
	item        *item
	from, until time.Time
	method      *paginate.Method // which knows a record's time
}

// Rows are the records of a read. They are for one goroutine at a time.
type Rows struct {
	places  []place
	n       int
	fetched time.Time
	final   bool // nothing of them can change
	buf     []byte
	records []json.RawMessage
	close   func()
}

// place is a chunk of an item.
type place struct {
	use
	chunk int
}

// rows pins what it is made of for as long as it is read. The cache is locked; where
// something is to be filtered, count has to be called without the lock.
func (c *Cache) rows(uses []use) *Rows {
	r := &Rows{}
	items := make([]*item, len(uses))
	for i, u := range uses {
		items[i] = u.item
		c.pin(u.item)
		if at := u.item.fetched; r.fetched.IsZero() || r.final && !u.item.final || r.final == u.item.final && at.Before(r.fetched) {
			r.fetched, r.final = at, u.item.final
		}
		if u.method == nil {
			r.n += u.item.records
		}
		for n := range u.item.chunks {
			r.places = append(r.places, place{u, n})
		}
	}
	r.close = sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, it := range items {
			c.unpin(it)
		}
	})
	runtime.AddCleanup(r, func(done func()) { done() }, r.close)
	return r
}

// count counts the records of items that do not belong to the read as a whole.
func (r *Rows) count() error {
	for i, p := range r.places {
		if p.method == nil {
			continue
		}
		records, err := r.Chunk(i)
		if err != nil {
			return err
		}
		r.n += len(records)
	}
	return nil
}

// Len returns how many records there are.
func (r *Rows) Len() int { return r.n }

// Chunks returns how many chunks the records are in.
func (r *Rows) Chunks() int { return len(r.places) }

// Chunk returns the records of a chunk. They are valid until the next call.
func (r *Rows) Chunk(i int) ([]json.RawMessage, error) {
	p := r.places[i]
	data, err := p.item.chunks[p.chunk].Read(r.buf)
	if err != nil {
		return nil, err
	}
	r.buf, r.records = data, r.records[:0]
	for len(data) > 0 {
		n, width := binary.Uvarint(data)
		if width <= 0 || uint64(len(data)-width) < n {
			return nil, apierror.New(apierror.Internal, "a chunk of records is damaged")
		}
		end := width + int(n)
		record := json.RawMessage(data[width:end:end])
		data = data[end:]
		if p.method == nil || !p.method.Outside(record, p.from, p.until) {
			r.records = append(r.records, record)
		}
	}
	return r.records, nil
}

// Fetched returns when the oldest part was fetched, of those that can still change
// where there are any.
func (r *Rows) Fetched() time.Time { return r.fetched }

// Close ends the rows, so that what they hold can be forgotten. Rows that nobody has
// any more end by themselves, later.
func (r *Rows) Close() {
	if r.close != nil {
		r.close()
	}
}
