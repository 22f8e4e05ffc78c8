package spool

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	"zoom-phone-mcp/internal/apierror"
)

// disk is the file of a spool. It is made when it is needed, is readable by nobody
// else, loses its name at once where the system allows that, and holds nothing but
// what this process can decrypt. It is used under the spool's lock.
type disk struct {
	dir   string
	limit int64

	file   *os.File
	name   string // while it has one
	cipher cipher.AEAD
	writes uint64   // so far; the nonces
	gaps   []extent // gaps, by place, that do not touch
	end    int64    // of what is in use
	used   int64
	broken error // why it cannot be written
}

// extent is a stretch of the file.
type extent struct{ at, size int64 }

// write keeps bytes. It fails with errFull where there is no room or no file.
func (d *disk) write(data []byte) (extent, uint64, error) {
	if d.limit <= 0 {
		return extent{}, 0, errFull
	}
	if err := d.open(); err != nil {
		d.broken = err
		return extent{}, 0, errFull
	}
	e, ok := d.take(int64(len(data) + d.cipher.Overhead()))
	if !ok {
		return extent{}, 0, errFull
	}
	d.writes++ // a nonce is never used twice: the key is that of this file alone
	if _, err := d.file.WriteAt(d.cipher.Seal(nil, nonce(d.writes), data, nil), e.at); err != nil {
		d.free(e)
		d.broken = err
		return extent{}, 0, errFull
	}
	d.broken = nil
	return e, d.writes, nil
}

// read returns bytes that were written.
func (d *disk) read(e extent, number uint64) ([]byte, error) {
	sealed := make([]byte, e.size)
	_, err := d.file.ReadAt(sealed, e.at)
	if err == nil {
		var data []byte
		if data, err = d.cipher.Open(sealed[:0], nonce(number), sealed, nil); err == nil {
			return data, nil
		}
	}
	return nil, &apierror.Error{Kind: apierror.Storage, Message: "the temporary file cannot be read: " + err.Error(), Hint: "Ask again.", Err: err}
}

func nonce(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
}

// open makes the file.
func (d *disk) open() error {
	if d.file != nil {
		return nil
	}
	if d.cipher == nil {
		key := make([]byte, 32)
		rand.Read(key) // never fails
		block, err := aes.NewCipher(key)
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		if d.cipher, err = cipher.NewGCM(block); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	f, err := os.CreateTemp(d.dir, "zoom-phone-mcp-*.spool") // 0600
	if err != nil {
		return err
	}
	d.file, d.name = f, f.Name()
	if os.Remove(d.name) == nil {
		d.name = ""
	}
	return nil
}

// take finds room: the first gap that is large enough, else the end.
func (d *disk) take(size int64) (extent, bool) {
	if d.used+size > d.limit {
		return extent{}, false
	}
	for i, gap := range d.gaps {
		if gap.size < size {
			continue
		}
		if gap.size == size {
			d.gaps = slices.Delete(d.gaps, i, i+1)
		} else {
			d.gaps[i] = extent{gap.at + size, gap.size - size}
		}
		d.used += size
		return extent{gap.at, size}, true
	}
	if d.end+size > d.limit {
		return extent{}, false // what is free is in pieces
	}
	e := extent{d.end, size}
	d.end += size
	d.used += size
	return e, true
}

// free gives a stretch back, and to the system what is free at the end.
func (d *disk) free(e extent) {
	d.used -= e.size
	i, _ := slices.BinarySearchFunc(d.gaps, e.at, func(gap extent, at int64) int {
		if gap.at < at {
			return -1
		}
		return 1
	})
	if i < len(d.gaps) && d.gaps[i].at == e.at+e.size {
		e.size += d.gaps[i].size
		d.gaps = slices.Delete(d.gaps, i, i+1)
	}
	if i > 0 && d.gaps[i-1].at+d.gaps[i-1].size == e.at {
		i--
		e = extent{d.gaps[i].at, d.gaps[i].size + e.size}
		d.gaps = slices.Delete(d.gaps, i, i+1)
	}
	if e.at+e.size < d.end {
		d.gaps = slices.Insert(d.gaps, i, e)
		return
	}
	d.end = e.at
	_ = d.file.Truncate(d.end) // what stays is in use again sooner or later
}

// close removes the file.
func (d *disk) close() error {
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	if d.name != "" {
		err = os.Remove(d.name)
	}
	return err
}
