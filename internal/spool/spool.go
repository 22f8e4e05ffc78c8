// Package spool keeps chunks of bytes: compressed, in memory up to one bound, and
// beyond it in one private temporary file, encrypted with a key that exists only
// in memory. When both are full, its owners forget what they used least recently.
//
// It must not know what the bytes are.
package spool

import (
	"container/list"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"zoom-phone-mcp/internal/apierror"
)

// Defaults of Options.
const (
	DefaultMemory = 64 << 20
	DefaultDisk   = 2 << 30
)

// Options configure a Spool. The zero value of a field means its default.
type Options struct {
	// Memory and Disk bound the chunks, compressed, in bytes; default DefaultMemory
	// and DefaultDisk. Less than 0 means none at all.
	Memory, Disk int64
	// Dir is the folder of the file, default os.TempDir.
	Dir string
}

// Owner is what keeps chunks in a spool and can do without some of them.
type Owner interface {
	// Oldest returns when what Forget would free was used last; false for nothing.
	Oldest() (time.Time, bool)
	// Forget frees what was used least recently, and reports whether there was any.
	Forget() bool
}

// Spool keeps chunks. It is safe for concurrent use.
type Spool struct {
	o Options

	mu     sync.Mutex
	memory *list.List // of *Chunk, the oldest first
	inside int64      // their bytes
	disk   *disk
	owners []Owner
	closed bool
	put    int         // bytes since memory was given back
	last   time.Time   // when some were put
	calm   *time.Timer // gives memory back
}

// Chunk is bytes that a spool keeps.
type Chunk struct {
	spool *Spool
	raw   int // its length, not compressed

	// Guarded by the spool.
	data  []byte        // compressed; nil when it is on disk
	at    *list.Element // in memory, nil on disk
	place extent        // on disk
	nonce uint64
	freed bool
}

// New makes an empty spool. It touches the disk when there is no room in memory.
func New(o Options) *Spool {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.Disk == 0 {
		o.Disk = DefaultDisk
	}
	return &Spool{o: o, memory: list.New(), disk: &disk{dir: o.Dir, limit: max(o.Disk, 0)}}
}

// Join makes o one of those that forget when there is no room, and Leave ends that.
func (s *Spool) Join(o Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners = append(s.owners, o)
}

// Leave undoes Join.
func (s *Spool) Leave(o Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners = slices.DeleteFunc(s.owners, func(other Owner) bool { return other == o })
}

// Scratch for compressing, of which only the result is kept.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// Put keeps data, of which it makes a copy. What has no room, even after all that can
// be forgotten is, is an error of kind too_large.
func (s *Spool) Put(data []byte) (*Chunk, error) {
	if len(data) > 1<<30 {
		return nil, apierror.New(apierror.TooLarge, "%d bytes are too many for one chunk", len(data))
	}
	buf := scratch.Get().(*[]byte)
	if n := s2.MaxEncodedLen(len(data)); cap(*buf) < n {
		*buf = make([]byte, n)
	}
	packed := slices.Clone(s2.Encode((*buf)[:cap(*buf)], data))
	scratch.Put(buf)
	c := &Chunk{spool: s, raw: len(data), data: packed}
	for last := false; ; {
		err := s.add(c)
		switch {
		case err == nil:
			return c, nil
		case !errors.Is(err, errFull):
			return nil, err
		case s.forget():
		case last:
			return nil, s.tooLarge(err)
		default:
			// What nobody has any more may not have been given back yet.
			last = true
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// errFull reports that there is no room for a chunk.
var errFull = errors.New("there is no room")

// errClosed reports that a spool has ended.
var errClosed = apierror.New(apierror.Canceled, "the server is stopping")

// add puts a chunk into memory, and the oldest ones there on disk where they are in
// the way.
func (s *Spool) add(c *Chunk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	size := int64(len(c.data))
	for s.inside+size > s.o.Memory {
		oldest := s.memory.Front()
		if oldest == nil { // too large for memory alone
			return s.spill(c)
		}
		if err := s.spill(oldest.Value.(*Chunk)); err != nil {
			return err
		}
	}
	c.at = s.memory.PushBack(c)
	s.inside += size
	s.busy(c.raw)
	return nil
}

// Large jobs leave much behind that the runtime would return to the system late.
const (
	large = 32 << 20
	rest  = 10 * time.Second
)

// busy notes bytes that were put, and gives memory back a while after many were.
func (s *Spool) busy(n int) {
	s.put += n
	s.last = time.Now()
	if s.put > large && s.calm == nil {
		s.calm = time.AfterFunc(rest, s.giveBack)
	}
}

func (s *Spool) giveBack() {
	s.mu.Lock()
	if since := time.Since(s.last); since < rest && !s.closed {
		s.calm.Reset(rest - since)
		s.mu.Unlock()
		return
	}
	s.put, s.calm = 0, nil
	s.mu.Unlock()
	debug.FreeOSMemory()
}

// spill moves a chunk to the disk.
func (s *Spool) spill(c *Chunk) error {
	place, nonce, err := s.disk.write(c.data)
	if err != nil {
		return err
	}
	if c.at != nil {
		s.memory.Remove(c.at)
		s.inside -= int64(len(c.data))
	}
	c.at, c.data, c.place, c.nonce = nil, nil, place, nonce
	return nil
}

// forget has the owner forget whose chunks were not used for longest.
func (s *Spool) forget() bool {
	s.mu.Lock()
	owners := slices.Clone(s.owners)
	s.mu.Unlock()
	for len(owners) > 0 {
		oldest, first := -1, time.Time{}
		for i, o := range owners {
			if at, ok := o.Oldest(); ok && (oldest < 0 || at.Before(first)) {
				oldest, first = i, at
			}
		}
		if oldest < 0 {
			return false
		}
		if owners[oldest].Forget() {
			return true
		}
		owners = slices.Delete(owners, oldest, oldest+1)
	}
	return false
}

func (s *Spool) tooLarge(cause error) error {
	e := apierror.New(apierror.TooLarge, "there is no room left for what Zoom answers: %d MiB in memory and %d MiB on disk are in use", max(s.o.Memory, 0)>>20, max(s.o.Disk, 0)>>20)
	e.Hint = "Ask for a shorter range or for fewer records, or wait until other calls are done."
	s.mu.Lock()
	defer s.mu.Unlock()
	if broken := s.disk.broken; broken != nil {
		e.Message = "there is no room left in memory for what Zoom answers, and the temporary file cannot be written: " + broken.Error()
		e.Hint += " Free space on the disk, or set TMPDIR to a folder that can be written to."
		cause = broken
	}
	e.Err = cause
	return e
}

// Len returns how many bytes Read gives.
func (c *Chunk) Len() int { return c.raw }

// Read returns the bytes, in buf where they fit.
func (c *Chunk) Read(buf []byte) ([]byte, error) {
	packed, err := c.packed()
	if err != nil {
		return nil, err
	}
	out, err := s2.Decode(buf[:cap(buf)], packed)
	if err != nil {
		return nil, &apierror.Error{Kind: apierror.Storage, Message: "what was kept cannot be read: " + err.Error(), Hint: "Ask again.", Err: err}
	}
	return out, nil
}

// packed returns the compressed bytes.
func (c *Chunk) packed() ([]byte, error) {
	s := c.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, errClosed
	case c.freed:
		return nil, apierror.New(apierror.Internal, "a chunk was read after it was freed")
	case c.data != nil:
		return c.data, nil
	}
	return s.disk.read(c.place, c.nonce)
}

// Free ends the chunk. It may be called several times.
func (c *Chunk) Free() {
	s := c.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.freed || s.closed:
	case c.at != nil:
		s.memory.Remove(c.at)
		s.inside -= int64(len(c.data))
	default:
		s.disk.free(c.place)
	}
	c.freed, c.data, c.at = true, nil, nil
}

// Size returns how many bytes are kept in memory and on disk.
func (s *Spool) Size() (memory, disk int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside, s.disk.used
}

// Close ends all chunks and removes the file.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.calm != nil {
		s.calm.Stop()
	}
	s.memory.Init()
	s.inside = 0
	return s.disk.close()
}
