package download

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// digestBuffers is how many pieces of a file are in memory at once.
const digestBuffers = 2

// digest computes a SHA-256 concurrently with reading and writing, on buffers that
// are reused.
type digest struct {
	size    int64 // bytes of a buffer
	hash    hash.Hash
	work    chan []byte
	free    chan []byte
	done    chan struct{}
	lent    []byte // the buffer that buffer gave and add has not taken
	stopped bool
}

func newDigest(size int64) *digest {
	d := &digest{size: size, hash: sha256.New(), work: make(chan []byte, digestBuffers), free: make(chan []byte, digestBuffers), done: make(chan struct{})}
	for range digestBuffers {
		d.free <- nil // made when it is needed: most files are small
	}
	go func() {
		defer close(d.done)
		for b := range d.work {
			d.hash.Write(b) // a hash takes everything
			d.free <- b[:cap(b)]
		}
	}()
	return d
}

// buffer returns a buffer to read into; the same one until add takes it.
func (d *digest) buffer() []byte {
	if d.lent == nil {
		if d.lent = <-d.free; d.lent == nil {
			d.lent = make([]byte, d.size)
		}
	}
	return d.lent
}

// add takes the beginning of the buffer.
func (d *digest) add(b []byte) {
	d.lent = nil
	d.work <- b[:len(b):d.size]
}

// reset waits for what was added and forgets it.
func (d *digest) reset() {
	var idle [][]byte
	for range digestBuffers {
		if d.lent != nil {
			idle, d.lent = append(idle, d.lent), nil
			continue
		}
		idle = append(idle, <-d.free)
	}
	d.hash.Reset()
	for _, b := range idle {
		d.free <- b
	}
}

// sum ends the digest and returns it in hex.
func (d *digest) sum() string {
	d.stop()
	return hex.EncodeToString(d.hash.Sum(nil))
}

// stop ends the digest; it can be called more than once.
func (d *digest) stop() {
	if !d.stopped {
		d.stopped = true
		close(d.work)
	}
	<-d.done
}
