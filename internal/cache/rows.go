package cache

import (
	"encoding/binary"
	"encoding/json"
	"runtime"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// chunkBytes is how long a chunk is, unless one record is longer.
const chunkBytes = 256 << 10

// appendRecord adds a record to a chunk: its length and its bytes.
func appendRecord(buf []byte, record json.RawMessage) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(record)))
	return append(buf, record...)
}

// Rows are the records of a read. They are for one goroutine at a time.
type Rows struct {
	items   []*item
	places  []place
	n       int
	fetched time.Time
	buf     []byte
	records []json.RawMessage
	close   func()
}

// place is a chunk of an item.
type place struct {
	item  *item
	chunk int
}

// rows pins an item for as long as its records are read.
func (c *Cache) rows(items ...*item) *Rows {
	r := &Rows{}
	for _, it := range items {
		it.pins++
		r.n += it.records
		if r.fetched.IsZero() || it.fetched.Before(r.fetched) {
			r.fetched = it.fetched
		}
		for i := range it.chunks {
			r.places = append(r.places, place{it, i})
		}
	}
	r.close = sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, it := range items {
			if it.pins--; it.place == nil {
				c.drop(it)
			}
		}
	})
	runtime.AddCleanup(r, func(done func()) { done() }, r.close)
	return r
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
		r.records = append(r.records, data[width:end:end])
		data = data[end:]
	}
	return r.records, nil
}

// Fetched returns when the oldest part was fetched.
func (r *Rows) Fetched() time.Time { return r.fetched }

// Close ends the rows, so that what they hold can be forgotten. Rows that nobody has
// any more end by themselves, later.
func (r *Rows) Close() {
	if r.close != nil {
		r.close()
	}
}
