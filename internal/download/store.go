package download

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
)

// Defaults of StoreOptions.
const (
	DefaultLife     = 24 * time.Hour
	DefaultMaxBytes = 4 << 30
	DefaultMaxCount = 200
)

// StoreOptions configure a Store. The zero value of a field means its default.
type StoreOptions struct {
	// Dir is where the files are, each in a folder of its own; it has no default.
	// It is made when the first file comes, for its owner alone. Several processes
	// can share it, and other files in it are left alone.
	Dir string
	// Life is how long a file is kept, default DefaultLife. Reading does not
	// prolong it.
	Life time.Duration
	// MaxBytes and MaxCount bound what is kept, with the files of earlier and of
	// other processes, default DefaultMaxBytes and DefaultMaxCount. A file that is
	// larger than MaxBytes is refused.
	MaxBytes int64
	MaxCount int
	Limits
	// NewID returns an id that nobody can guess, default crypto/rand.Text.
	NewID func() string
}

// Store keeps files on disk for a while. When it is full it forgets the oldest of the
// caller who holds most.
// It is safe for concurrent use.
type Store struct {
	o      StoreOptions
	create func(root *os.Root, name string) (target, error)

	mu    sync.Mutex
	root  *os.Root // the folder of the store; nil until the first file
	dir   string   // its absolute path
	files map[string]*File
	busy  map[string]room // folders that are being filled, and the room kept for them

	sweeper  *time.Timer // removes what has aged, while there is something to age
	sweepDue time.Time
	closed   bool
	taking   atomic.Int32 // transfers under way
	large    atomic.Bool  // one of them has large buffers
}

// File is a file that the store keeps.
type File struct {
	// ID opens the file for its owner.
	ID string `json:"id"`
	Facts
	// Path is where the file is on this machine.
	Path string `json:"path"`
	// Saved is when it came, Expires when it is forgotten, at the latest.
	Saved   time.Time `json:"saved"`
	Expires time.Time `json:"expires"`

	folder string
	owner  any
	holder string // the caller who fetched it
}

// NewStore makes a store. It touches nothing on disk.
func NewStore(o StoreOptions) *Store {
	o.Life = cmp.Or(max(o.Life, 0), DefaultLife)
	o.MaxBytes = cmp.Or(max(o.MaxBytes, 0), DefaultMaxBytes)
	o.MaxCount = cmp.Or(max(o.MaxCount, 0), DefaultMaxCount)
	o.Limits = o.filled()
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	return &Store{o: o, create: createFile, files: map[string]*File{}, busy: map[string]room{}}
}

// createFile makes a file that was not there, for its owner alone.
func createFile(root *os.Root, name string) (target, error) {
	return root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// place is a folder that is being filled.
type place struct {
	root   *os.Root
	dir    string
	folder string
	holder string // the caller whose file it is going to be
}

// Save takes a file and keeps it. It closes the source's body. What fails leaves
// nothing behind; every error is a *apierror.Error.
func (s *Store) Save(ctx context.Context, src *Source, o Options) (*File, error) {
	s.taking.Add(1)
	defer s.taking.Add(-1)
	who, _ := caller.FromContext(ctx)
	p, e := s.begin(who.Name, src.Size)
	if e != nil {
		src.Body.Close()
		return nil, e
	}
	facts, e := s.fill(ctx, p, src, o)
	if e != nil {
		_ = p.root.RemoveAll(p.folder) // what cannot be removed now is when it has aged
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, p.folder)
	if e != nil {
		return nil, e
	}
	f := &File{
		ID: s.o.NewID(), Facts: facts, Path: filepath.Join(p.dir, p.folder, facts.Name),
		Saved: s.o.Now(), Expires: savedAt(p.folder).Add(s.o.Life), folder: p.folder, owner: o.Owner, holder: p.holder,
	}
	s.files[f.ID] = f
	s.sweepAt(f.Expires)
	c := *f
	return &c, nil
}

// fill takes a file into its folder. It has its name when it is complete.
func (s *Store) fill(ctx context.Context, p place, src *Source, o Options) (Facts, *apierror.Error) {
	aside := filepath.Join(p.folder, partName)
	to, err := s.create(p.root, aside)
	if err != nil {
		src.Body.Close()
		return Facts{}, diskFault(p.dir, err)
	}
	t := &transfer{
		Options: o, limits: s.o.Limits, src: src, to: to, dir: p.dir,
		reserve: func(size int64) *apierror.Error { return s.reserve(p, size) },
	}
	// Large buffers make one file faster; with many, the machine is busy anyway.
	if t.mayBeLarge = s.large.CompareAndSwap(false, true); t.mayBeLarge {
		defer s.large.Store(false)
	}
	facts, e := t.run(ctx)
	if err := to.Close(); e == nil && err != nil {
		e = diskFault(p.dir, err)
	}
	if e == nil {
		if err := p.root.Rename(aside, filepath.Join(p.folder, facts.Name)); err != nil {
			e = diskFault(p.dir, err)
		}
	}
	return facts, e
}

// begin opens the folder of the store and makes one in it for a file.
func (s *Store) begin(holder string, size int64) (place, *apierror.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		if _, err := os.Stat(s.dir); errors.Is(err, fs.ErrNotExist) {
			s.root = nil // somebody has removed it; transfers on their way may still use it
		}
	}
	if e := s.open(); e != nil {
		return place{}, e
	}
	p := place{s.root, s.dir, folderName(s.o.Now()), holder}
	if e := s.makeRoom(p, max(size, 0)); e != nil {
		return place{}, e
	}
	if err := p.root.Mkdir(p.folder, 0o700); err != nil {
		delete(s.busy, p.folder)
		return place{}, diskFault(p.dir, err)
	}
	return p, nil
}

// open makes the folder of the store, and refuses one where others can put files.
func (s *Store) open() *apierror.Error {
	if s.root != nil {
		return nil
	}
	if s.o.Dir == "" {
		return &apierror.Error{Kind: apierror.Storage, Message: "there is no folder for downloads", Hint: "Name one with --download-dir."}
	}
	dir, err := filepath.Abs(s.o.Dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return diskFault(s.o.Dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return diskFault(dir, err)
	}
	info, err := root.Stat(".") // of what is open, whatever the name leads to meanwhile
	if err != nil {
		root.Close()
		return diskFault(dir, err)
	}
	if why := strangers(info); why != "" {
		root.Close()
		return &apierror.Error{
			Kind: apierror.Storage, Message: fmt.Sprintf("the folder for downloads, %s, %s: what is in it could be replaced", dir, why),
			Hint: "Make it this user's alone (chmod 700), or name a folder in it with --download-dir: it is made when the first file comes.",
		}
	}
	s.root, s.dir = root, dir
	return nil
}

// Ready reports whether files can be taken, as far as that can be seen before.
func (s *Store) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.open(); e != nil {
		return e
	}
	return nil
}

// find returns what is kept under an id for its owner. One that is not known, or no
// longer, or that is somebody else's is an error of kind not_found.
func (s *Store) find(owner any, id string) (*File, *os.Root, *apierror.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[id]
	ok = ok && f.owner == owner
	if ok && !s.o.Now().Before(f.Expires) {
		s.expire()
		ok = false
	}
	if !ok {
		return nil, nil, s.unknown()
	}
	c := *f
	return &c, s.root, nil
}

func (s *Store) unknown() *apierror.Error {
	e := apierror.New(apierror.NotFound, "there is no such file, or no longer")
	e.Hint = "Links last " + life(s.o.Life) + " at most, and as long as the program runs; when there is no more room the oldest goes. Call the method again."
	return e
}

// life returns a duration in the unit that suits it.
func life(d time.Duration) string {
	switch {
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d.Round(time.Hour)/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d.Round(time.Minute)/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d.Round(time.Second)/time.Second)
}

// Open opens an owner's file for reading from any place. The caller closes it. A file
// that is forgotten meanwhile can be read to its end, except on Windows, where it is
// forgotten later.
func (s *Store) Open(owner any, id string) (*File, io.ReadSeekCloser, error) {
	f, root, e := s.find(owner, id)
	if e != nil {
		return nil, nil, e
	}
	r, err := root.Open(filepath.Join(f.folder, f.Name))
	if err == nil {
		if info, serr := r.Stat(); serr == nil && info.Mode().IsRegular() && info.Size() == f.Bytes {
			return f, r, nil
		}
		r.Close()
		err = fs.ErrNotExist // it was changed: it is not what was saved any more
	}
	if errors.Is(err, fs.ErrNotExist) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.files, id)
		return nil, nil, s.unknown()
	}
	return nil, nil, diskFault(s.o.Dir, err)
}

// Whole reads an owner's file that has at most limit bytes; a larger one is an error
// of kind too_large.
func (s *Store) Whole(owner any, id string, limit int64) (*File, []byte, error) {
	f, r, err := s.Open(owner, id)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	if f.Bytes > limit {
		e := apierror.New(apierror.TooLarge, "the file has %d bytes; at most %d are given in one answer", f.Bytes, limit)
		e.Hint = "Take it from its path, or over HTTP from its link."
		return nil, nil, e
	}
	b := make([]byte, f.Bytes)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, nil, diskFault(s.o.Dir, err)
	}
	return f, b, nil
}

// closing is how long Close waits for transfers that were cancelled.
const closing = 3 * time.Second

// Close closes the folder once transfers have cleaned up.
// The files stay until they have aged: the next program that uses the folder
// removes them.
func (s *Store) Close() error {
	late := time.Now().Add(closing)
	for s.taking.Load() > 0 && time.Now().Before(late) {
		time.Sleep(5 * time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	s.closed = true
	clear(s.files)
	if s.root == nil {
		return nil
	}
	err := s.root.Close()
	s.root = nil
	return err
}
