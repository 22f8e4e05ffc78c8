package download

import (
	"crypto/rand"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

const (
	// partName is the name of a file that is not complete.
	partName = ".part"
	// abandoned is how long nothing may have come to a part before it counts as
	// left by a process that is gone.
	abandoned = 30 * time.Minute

	folderTime = "20060102-150405.000000"
)

// folderName is the name of a file's folder: when it began, and something that no
// other process comes upon.
func folderName(now time.Time) string {
	return now.UTC().Format(folderTime) + "-" + strings.ToLower(rand.Text()[:8])
}

// savedAt is the time in a folder's name; zero for a folder of somebody else.
func savedAt(name string) time.Time {
	if len(name) != len(folderTime)+9 || name[len(folderTime)] != '-' ||
		strings.Trim(name[len(folderTime)+1:], "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return time.Time{}
	}
	t, err := time.Parse(folderTime, name[:len(folderTime)])
	if err != nil {
		return time.Time{}
	}
	return t
}

// held is a folder with a file, of this process or another one.
type held struct {
	name    string
	bytes   int64
	partial bool
	changed time.Time // the last change of anything in it
}

// scan lists the folders of files, the oldest first. What cannot be read counts
// as empty.
func (s *Store) scan() []held {
	files := s.root.FS()
	folders, _ := fs.ReadDir(files, ".") // sorted by name, and so by time
	var all []held
	for _, folder := range folders {
		if !folder.IsDir() || savedAt(folder.Name()).IsZero() {
			continue
		}
		h := held{name: folder.Name()}
		entries, _ := fs.ReadDir(files, h.name)
		for _, entry := range entries {
			h.partial = h.partial || entry.Name() == partName
			if info, err := fs.Stat(files, path.Join(h.name, entry.Name())); err == nil {
				h.bytes += info.Size()
				h.changed = later(h.changed, info.ModTime())
			}
		}
		if len(entries) == 0 {
			h.partial, h.changed = true, savedAt(h.name) // being made, or left empty
		}
		all = append(all, h)
	}
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// expire removes what has expired or was left by a process that is gone,
// and returns what is still there.
func (s *Store) expire() []held {
	if s.root == nil {
		return nil
	}
	now := s.o.Now()
	all := slices.DeleteFunc(s.scan(), func(h held) bool {
		if _, ours := s.busy[h.name]; ours {
			return false
		}
		old := !h.partial && !now.Before(savedAt(h.name).Add(s.o.Life))
		return (old || h.partial && now.Sub(h.changed) > abandoned) && s.remove(h)
	})
	for id, f := range s.files {
		if !slices.ContainsFunc(all, func(h held) bool { return h.name == f.folder }) {
			delete(s.files, id)
		}
	}
	return all
}

// Sweep removes what has expired. It makes no folder where there is none.
func (s *Store) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.root == nil {
		if _, err := os.Stat(s.o.Dir); err != nil || s.open() != nil {
			return
		}
	}
	for _, h := range s.expire() {
		if !h.partial {
			s.sweepAt(savedAt(h.name).Add(s.o.Life)) // the oldest comes first
			break
		}
	}
}

// sweepAt has Sweep run when a file ends, unless it is going to run before.
func (s *Store) sweepAt(end time.Time) {
	if s.closed || s.sweeper != nil && time.Now().Before(s.sweepDue) {
		return
	}
	after := max(end.Sub(s.o.Now()), 0) + time.Second
	s.sweepDue = time.Now().Add(after)
	s.sweeper = time.AfterFunc(after, s.Sweep)
}

func (s *Store) remove(h held) bool { return s.root.RemoveAll(h.name) == nil }

// reserve keeps room for a file that is being taken.
func (s *Store) reserve(p place, size int64) *apierror.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.makeRoom(p, size)
}

// makeRoom keeps room for a file of a size in a folder. Complete files go, as many as it
// takes: the oldest of whoever holds most, so that a caller who takes many drives out its
// own. Nobody loses a file to a caller who holds more.
func (s *Store) makeRoom(p place, size int64) *apierror.Error {
	if size > s.o.MaxBytes {
		e := apierror.New(apierror.TooLarge, "the file has %d bytes or more; the store for downloads holds %d", size, s.o.MaxBytes)
		e.Hint = "Raise the quota of the store, or write the file elsewhere: zoom-phone-mcp call … --output FILE."
		return e
	}
	all := s.expire()
	u := usage{}
	u.add(p.holder, 1, size)
	for name, b := range s.busy {
		if name != p.folder {
			u.add(b.holder, 1, b.bytes)
		}
	}
	// Files of earlier and other processes are nobody's here: they count for who asks.
	holders := map[string]string{}
	for _, f := range s.files {
		holders[f.folder] = f.holder
	}
	removable := map[string][]held{}
	for _, h := range all {
		if _, ours := s.busy[h.name]; ours || h.name == p.folder {
			continue
		}
		holder, known := holders[h.name]
		if !known {
			holder = p.holder
		}
		u.add(holder, 1, h.bytes)
		if !h.partial {
			removable[holder] = append(removable[holder], h)
		}
	}
	for {
		sum := u.sum()
		if sum.count <= s.o.MaxCount && sum.bytes <= s.o.MaxBytes {
			break
		}
		holder := u.most(p.holder, sum.count > s.o.MaxCount)
		if len(removable[holder]) == 0 {
			e := apierror.New(apierror.TooLarge, "the store for downloads is full of files that are still coming, or of other callers (%d files, %d bytes are allowed)", s.o.MaxCount, s.o.MaxBytes)
			e.Hint = "Wait until they have come and try again, or raise the quota of the store."
			return e
		}
		h := removable[holder][0]
		removable[holder] = removable[holder][1:]
		if !s.remove(h) {
			continue
		}
		u.add(holder, -1, -h.bytes)
		for id, f := range s.files {
			if f.folder == h.name {
				delete(s.files, id)
			}
		}
	}
	s.busy[p.folder] = room{p.holder, size}
	return nil
}

// room is kept for a file that is coming.
type room struct {
	holder string
	bytes  int64
}

// usage is what each caller holds.
type usage map[string]amount

type amount struct {
	count int
	bytes int64
}

func (u usage) add(holder string, count int, bytes int64) {
	a := u[holder]
	u[holder] = amount{a.count + count, a.bytes + bytes}
}

func (u usage) sum() (all amount) {
	for _, a := range u {
		all = amount{all.count + a.count, all.bytes + a.bytes}
	}
	return all
}

// most returns who holds most, in files or in bytes: who asks, where others hold as much.
func (u usage) most(asking string, files bool) string {
	found := asking
	for holder, a := range u {
		if more := a.bytes > u[found].bytes; files && a.count > u[found].count || !files && more {
			found = holder
		}
	}
	return found
}
