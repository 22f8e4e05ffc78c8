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
func (s *Store) reserve(folder string, size int64) *apierror.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.makeRoom(folder, size)
}

// makeRoom keeps room for a file of a size in a folder: it removes the oldest
// files that are complete, as many as it takes.
func (s *Store) makeRoom(folder string, size int64) *apierror.Error {
	if size > s.o.MaxBytes {
		e := apierror.New(apierror.TooLarge, "the file has %d bytes or more; the store for downloads holds %d", size, s.o.MaxBytes)
		e.Hint = "Raise the quota of the store, or write the file elsewhere: zoom-phone-mcp call … --output FILE."
		return e
	}
	all := s.expire()
	count, bytes := 1, size
	for name, kept := range s.busy {
		if name != folder {
			count, bytes = count+1, bytes+kept
		}
	}
	for _, h := range all {
		if _, ours := s.busy[h.name]; !ours && h.name != folder {
			count, bytes = count+1, bytes+h.bytes
		}
	}
	for _, h := range all {
		if count <= s.o.MaxCount && bytes <= s.o.MaxBytes {
			break
		}
		if _, ours := s.busy[h.name]; ours || h.partial || h.name == folder || !s.remove(h) {
			continue
		}
		count, bytes = count-1, bytes-h.bytes
		for id, f := range s.files {
			if f.folder == h.name {
				delete(s.files, id)
			}
		}
	}
	if count > s.o.MaxCount || bytes > s.o.MaxBytes {
		e := apierror.New(apierror.TooLarge, "the store for downloads is full of files that are still coming (%d files, %d bytes are allowed)", s.o.MaxCount, s.o.MaxBytes)
		e.Hint = "Wait until they have come and try again, or raise the quota of the store."
		return e
	}
	s.busy[folder] = size
	return nil
}
