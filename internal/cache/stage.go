package cache

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"sort"
	"time"

	"zoom-phone-mcp/internal/spool"
)

// chunkBytes is how long a chunk is, unless one record is longer.
const chunkBytes = 64 << 10

// errNoTime reports a record that cannot be put into a segment.
var errNoTime = errors.New("a record has no time")

// stage takes the records of a part of a list until it is complete. It sorts them
// into buckets by their time; without cuts there is one for all.
type stage struct {
	spool   *spool.Spool
	cuts    []int64 // Unix seconds: between them are the buckets
	buckets []bucket
	last    int // the bucket of the record before, which is most often that of the next
	records int
	// before and after are how many records came that lie outside the cuts.
	before, after int
	timeless      bool // there is one without a time
}

// bucket is records of a segment.
type bucket struct {
	buf     []byte
	chunks  []*spool.Chunk
	records int
	// What of it stays when Drop is called.
	keptChunks, keptRecords int
}

// newStage makes a stage for the stretches between cuts, or for a list that has none.
func newStage(s *spool.Spool, cuts []time.Time) *stage {
	st := &stage{spool: s, buckets: make([]bucket, max(len(cuts)-1, 1))}
	for _, cut := range cuts {
		st.cuts = append(st.cuts, cut.Unix())
	}
	return st
}

// Add takes a record.
func (s *stage) Add(record json.RawMessage, at time.Time) error {
	if s.cuts != nil {
		if at.IsZero() {
			return errNoTime
		}
		second := at.Unix()
		switch n := len(s.buckets); {
		case second < s.cuts[0]:
			s.before++
			return nil
		case second >= s.cuts[n]:
			s.after++
			return nil
		case second < s.cuts[s.last] || second >= s.cuts[s.last+1]:
			s.last = sort.Search(n, func(i int) bool { return s.cuts[i+1] > second })
		}
	}
	s.timeless = s.timeless || at.IsZero()
	b := &s.buckets[s.last]
	if len(b.buf) > 0 && len(b.buf)+len(record) > chunkBytes {
		if err := b.flush(s.spool); err != nil {
			return err
		}
	}
	b.buf = binary.AppendUvarint(b.buf, uint64(len(record)))
	b.buf = append(b.buf, record...)
	b.records++
	s.records++
	return nil
}

// flush puts the bytes of a bucket into a chunk.
func (b *bucket) flush(s *spool.Spool) error {
	if len(b.buf) == 0 {
		return nil
	}
	chunk, err := s.Put(b.buf)
	if err != nil {
		return err
	}
	b.chunks = append(b.chunks, chunk)
	b.buf = b.buf[:0]
	return nil
}

// flush puts everything into chunks.
func (s *stage) flush() error {
	for i := range s.buckets {
		if err := s.buckets[i].flush(s.spool); err != nil {
			return err
		}
		s.buckets[i].buf = nil
	}
	return nil
}

// Keep says that the records so far stay. Only lists without cuts have several
// windows, of which one can be dropped alone.
func (s *stage) Keep() {
	for i := range s.buckets {
		b := &s.buckets[i]
		if len(b.buf) > 0 && s.cuts == nil {
			_ = b.flush(s.spool) // what has no room fails with the next chunk
		}
		b.keptChunks, b.keptRecords = len(b.chunks), b.records
	}
}

// Drop takes back what came since Keep.
func (s *stage) Drop() {
	s.before, s.after, s.records = 0, 0, 0
	for i := range s.buckets {
		b := &s.buckets[i]
		for _, chunk := range b.chunks[b.keptChunks:] {
			chunk.Free()
		}
		b.chunks, b.records, b.buf = b.chunks[:b.keptChunks], b.keptRecords, b.buf[:0]
		s.records += b.records
	}
}

// free takes everything back.
func (s *stage) free() {
	for i := range s.buckets {
		b := &s.buckets[i]
		b.keptChunks, b.keptRecords = 0, 0
	}
	s.Drop()
}
