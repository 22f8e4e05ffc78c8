package download

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zoom-phone-mcp/internal/apierror"
)

// WriteFile takes a file to a place of the caller's choice, and returns that place
// and what is known of the file. A folder means a file in it that has the name of
// Facts, or one like it where that is taken; a file that is named is replaced when
// the new one is complete. It is for its owner alone. What fails leaves nothing
// behind. It closes the source's body; every error is a *apierror.Error.
func WriteFile(ctx context.Context, name string, src *Source, o Options, l Limits) (string, Facts, error) {
	dir, base, e := destination(name)
	if e != nil {
		src.Body.Close()
		return "", Facts{}, e
	}
	aside := filepath.Join(dir, ".zoom-phone-mcp-"+rand.Text()+partName)
	to, err := os.OpenFile(aside, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		src.Body.Close()
		return "", Facts{}, diskFault(dir, err)
	}
	t := &transfer{Options: o, limits: l.filled(), src: src, to: to, dir: dir, mayBeLarge: true, reserve: func(int64) *apierror.Error { return nil }}
	facts, e := t.run(ctx)
	if e == nil {
		err = to.Sync()
	}
	if cerr := to.Close(); err == nil {
		err = cerr
	}
	if e == nil && err == nil {
		if base == "" {
			base = free(dir, facts.Name)
		}
		err = os.Rename(aside, filepath.Join(dir, base))
	}
	if e == nil && err != nil {
		e = diskFault(dir, err)
	}
	if e != nil {
		_ = os.Remove(aside) // there is nothing more to do about it
		return "", Facts{}, e
	}
	return filepath.Join(dir, base), facts, nil
}

// CheckPlace reports whether WriteFile can begin with a place, as far as that can be
// seen before.
func CheckPlace(name string) error {
	if name == "" {
		return &apierror.Error{Kind: apierror.InvalidParams, Message: "there is no name for the file", Hint: "Name a file or a folder."}
	}
	dir, _, e := destination(name)
	if e != nil {
		return e
	}
	if _, err := os.Stat(dir); err != nil {
		return diskFault(dir, err)
	}
	return nil
}

// destination takes a path apart. The base is empty for a folder.
func destination(name string) (dir, base string, e *apierror.Error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name != "" && !os.IsPathSeparator(name[len(name)-1]):
		return filepath.Dir(name), filepath.Base(name), nil
	case err != nil:
		return "", "", diskFault(name, err)
	case info.IsDir():
		return name, "", nil
	case !info.Mode().IsRegular():
		e := apierror.New(apierror.InvalidParams, "%s is not a file", name)
		e.Hint = "Name a file or a folder."
		return "", "", e
	}
	if name, err = filepath.EvalSymlinks(name); err != nil { // a link stays one
		return "", "", diskFault(name, err)
	}
	return filepath.Dir(name), filepath.Base(name), nil
}

// free returns a name in a folder that is not taken.
func free(dir, name string) string {
	extension := filepath.Ext(name)
	stem, candidate := strings.TrimSuffix(name, extension), name
	for i := 2; ; i++ {
		if _, err := os.Lstat(filepath.Join(dir, candidate)); err != nil {
			return candidate
		}
		candidate = fmt.Sprintf("%s (%d)%s", stem, i, extension)
	}
}
