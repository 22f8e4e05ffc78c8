package install

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// maxFile is the largest configuration that is read, in bytes.
const maxFile = 64 << 20

// keptBackups is how many backups of a file stay.
const keptBackups = 5

// ErrChanged means that somebody else has written the file since it was read.
var ErrChanged = errors.New("the file has changed in the meantime; nothing is written")

// File is a configuration as it was read.
type File struct {
	// Path is the file itself, where a name leads to it over symbolic links.
	Path string
	// Text is its content, nil if it does not exist.
	Text []byte
	// Mode has its permissions.
	Mode fs.FileMode
	info fs.FileInfo
}

// Exists reports whether the file was there.
func (f *File) Exists() bool { return f.info != nil }

// Read reads a configuration; one that does not exist is no error.
func Read(path string) (*File, error) {
	path, err := follow(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if f.info, err = file.Stat(); err != nil {
		return nil, err
	}
	if !f.info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	f.Mode = f.info.Mode().Perm()
	if f.Text, err = io.ReadAll(io.LimitReader(file, maxFile+1)); err != nil {
		return nil, err
	}
	if len(f.Text) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return f, nil
}

// follow returns the file that a name leads to, even if it does not exist yet.
func follow(path string) (string, error) {
	const most = 40
	for range most {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// WriteOptions are how a file is replaced.
type WriteOptions struct {
	// Private makes a file with a secret its owner's alone.
	Private bool
	// Label is part of the names of backups.
	Label string
	// Now is the time for their names.
	Now time.Time
}

// Replace writes a new content at once: whoever reads the file finds the old one
// or the new one. The old one is kept beside it; backup is the path, empty if there
// was none. Of older backups with the same label a few stay.
func (f *File) Replace(text []byte, o WriteOptions) (backup string, err error) {
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := f.unchanged(); err != nil {
		return "", err
	}
	if f.Exists() {
		if backup, err = f.backup(o); err != nil {
			return "", fmt.Errorf("the backup cannot be written, so nothing is: %w", err)
		}
	}
	mode := fs.FileMode(0o600)
	if f.Exists() && !o.Private {
		mode = f.Mode
	}
	aside, err := os.CreateTemp(dir, "."+filepath.Base(f.Path)+".*.new")
	if err != nil {
		return backup, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(aside.Name()) // it may be gone already
		}
	}()
	_, err = aside.Write(text)
	if err == nil && f.Exists() {
		err = keepOwner(aside, f.info)
	}
	if err == nil {
		err = aside.Chmod(mode)
	}
	if err == nil {
		err = aside.Sync()
	}
	if cerr := aside.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.unchanged()
	}
	if err == nil {
		err = os.Rename(aside.Name(), f.Path)
	}
	return backup, err
}

// unchanged compares the file with what was read.
func (f *File) unchanged() error {
	now, err := Read(f.Path)
	if err != nil {
		return err
	}
	if now.Exists() != f.Exists() || !bytes.Equal(now.Text, f.Text) {
		return ErrChanged
	}
	return nil
}

// MakePrivate removes everyone else's permissions, and reports whether there
// were any.
func (f *File) MakePrivate() (changed bool, err error) {
	if !f.Exists() || !looser(f.Mode) {
		return false, nil
	}
	return true, os.Chmod(f.Path, 0o600)
}

// backup keeps the old content, for the owner alone.
func (f *File) backup(o WriteOptions) (string, error) {
	stem := f.Path + "." + o.Label + "-" + o.Now.UTC().Format("20060102T150405Z")
	var file *os.File
	var err error
	for i := range 100 {
		name := stem + ".bak"
		if i > 0 {
			name = fmt.Sprintf("%s-%02d.bak", stem, i)
		}
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", err
	}
	_, err = file.Write(f.Text)
	if err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	f.prune(o.Label)
	return file.Name(), nil
}

// prune removes the oldest backups. Failing does no harm.
func (f *File) prune(label string) {
	pattern := regexp.MustCompile("^" + regexp.QuoteMeta(filepath.Base(f.Path)+"."+label) + `-\d{8}T\d{6}Z(-\d\d)?\.bak$`)
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		return
	}
	var names []string
	for _, e := range entries {
		if pattern.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	// "Z-01" comes before "Z.bak" in bytes, but was made later.
	stem := func(name string) string { return name[:len(name)-len(".bak")] }
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare([]byte(stem(a)), []byte(stem(b))) })
	for _, name := range names[:max(0, len(names)-keptBackups)] {
		_ = os.Remove(filepath.Join(filepath.Dir(f.Path), name))
	}
}
