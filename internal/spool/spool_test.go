package spool_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/spool"
)

// noise is bytes that cannot be compressed.
func noise(r *rand.Rand, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

func newSpool(t *testing.T, o spool.Options) *spool.Spool {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s := spool.New(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Whatever is put and freed in whatever order, every chunk has its bytes, and the
// bounds hold.
func TestChunksKeepTheirBytes(t *testing.T) {
	const memory, disk = 20_000, 200_000
	s := newSpool(t, spool.Options{Memory: memory, Disk: disk})
	type kept struct {
		chunk *spool.Chunk
		data  []byte
	}
	r := rand.New(rand.NewPCG(1, 2))
	var all []kept
	most := int64(0)
	for i := range 4000 {
		if len(all) > 0 && (r.IntN(5) < 2 || i > 3500) {
			n := r.IntN(len(all))
			all[n].chunk.Free()
			all[n].chunk.Free()
			all = append(all[:n], all[n+1:]...)
		} else {
			data := noise(r, r.IntN(1500))
			if r.IntN(2) == 0 {
				data = bytes.Repeat([]byte("abc"), r.IntN(1000))
			}
			c, err := s.Put(data)
			if err != nil {
				jsontest.WantError(t, err, apierror.TooLarge, "shorter range")
				continue
			}
			all = append(all, kept{c, bytes.Clone(data)})
			clear(data) // a copy was made
		}
		inMemory, onDisk := s.Size()
		if inMemory > memory || onDisk > disk {
			t.Fatalf("%d in memory and %d on disk", inMemory, onDisk)
		}
		most = max(most, onDisk)
		for range min(3, len(all)) {
			k := all[r.IntN(len(all))]
			if got, err := k.chunk.Read(nil); err != nil || !bytes.Equal(got, k.data) || k.chunk.Len() != len(k.data) {
				t.Fatalf("%d bytes came as %d: %v", len(k.data), len(got), err)
			}
		}
	}
	for _, k := range all {
		k.chunk.Free()
	}
	if inMemory, onDisk := s.Size(); inMemory != 0 || onDisk != 0 || most < disk/2 {
		t.Errorf("%d in memory and %d on disk are left, of %d", inMemory, onDisk, most)
	}
}

// owner forgets its chunks, the oldest first.
type owner struct {
	mu     sync.Mutex
	chunks []*spool.Chunk
	at     []time.Time
	gone   int
}

func (o *owner) add(t *testing.T, s *spool.Spool, size int, at time.Time) {
	t.Helper()
	c, err := s.Put(noise(rand.New(rand.NewPCG(uint64(at.Unix()), 1)), size))
	if err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.chunks, o.at = append(o.chunks, c), append(o.at, at)
}

func (o *owner) Oldest() (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.at) == 0 {
		return time.Time{}, false
	}
	return o.at[0], true
}

func (o *owner) Forget() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.at) == 0 {
		return false
	}
	o.chunks[0].Free()
	o.chunks, o.at = o.chunks[1:], o.at[1:]
	o.gone++
	return true
}

func TestOwnersForgetTheOldestBeforeAnythingFails(t *testing.T) {
	s := newSpool(t, spool.Options{Memory: 3100, Disk: 3100})
	a, b := &owner{}, &owner{}
	s.Join(a)
	s.Join(b)
	at := func(n int64) time.Time { return time.Unix(n, 0) }
	for n := range int64(3) { // a has 1, 3, 5; b has 2, 4, 6
		a.add(t, s, 1000, at(2*n+1))
		b.add(t, s, 1000, at(2*n+2))
	}
	a.add(t, s, 1000, at(7))
	a.add(t, s, 1000, at(8))
	if a.gone != 1 || b.gone != 1 {
		t.Errorf("%d and %d were forgotten, want the two oldest", a.gone, b.gone)
	}
	s.Leave(a)
	s.Leave(b)
	_, err := s.Put(noise(rand.New(rand.NewPCG(3, 4)), 1000))
	jsontest.WantError(t, err, apierror.TooLarge, "Ask for a shorter range")
}

func TestTheFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	s := spool.New(spool.Options{Memory: 10, Disk: 1 << 20, Dir: dir})
	secret := strings.Repeat("a caller's number ", 3)
	c, err := s.Put([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if _, onDisk := s.Size(); onDisk == 0 {
		t.Fatal("nothing is on disk")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || runtime.GOOS != "windows" && len(files) > 0 {
		t.Errorf("the file has a name: %v %v", files, err)
	}
	if runtime.GOOS == "linux" {
		data := openFile(t, dir)
		if len(data) < len(secret)/2 || bytes.Contains(data, []byte("number")) {
			t.Errorf("%d bytes can be read: %q", len(data), data)
		}
	}
	if got, err := c.Read(nil); err != nil || string(got) != secret {
		t.Errorf("%q %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(nil); err == nil {
		t.Error("a chunk outlives its spool")
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > 0 {
		t.Errorf("%v is left", files)
	}
}

// openFile returns the bytes of the one file in a folder that this process has open.
func openFile(t *testing.T, dir string) []byte {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, dir) {
			if info, err := os.Stat(fd); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v %v", info, err)
			}
			data, err := os.ReadFile(fd)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
	t.Fatal("no file is open")
	return nil
}

func TestADiskThatCannotBeWrittenIsSaid(t *testing.T) {
	s := spool.New(spool.Options{Memory: 10, Dir: filepath.Join(t.TempDir(), "missing")})
	defer s.Close()
	_, err := s.Put(noise(rand.New(rand.NewPCG(3, 4)), 100))
	jsontest.WantError(t, err, apierror.TooLarge, "TMPDIR")
}

func TestChunksOfManyAtOnce(t *testing.T) {
	s := newSpool(t, spool.Options{Memory: 10_000, Disk: 1 << 20})
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 2))
			for range 200 {
				data := noise(r, r.IntN(2000))
				c, err := s.Put(data)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Read(nil); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%v", err)
				}
				c.Free()
			}
		})
	}
	group.Wait()
	if memory, disk := s.Size(); memory != 0 || disk != 0 {
		t.Errorf("%d and %d bytes are left", memory, disk)
	}
}
