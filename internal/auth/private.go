package auth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLoginFile bounds a stored login, in bytes.
const maxLoginFile = 256 << 10

// readPrivate reads a file that nobody else may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, storeFault("the stored login cannot be read: "+err.Error(), logInAgain, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, storeFault("the stored login cannot be read: "+err.Error(), logInAgain, err)
	}
	if !info.Mode().IsRegular() {
		return nil, storeFault(path+" is not a file", "", nil)
	}
	if others(info) != 0 {
		return nil, storeFault(fmt.Sprintf("the stored login %s can be read by others (mode %04o)", path, info.Mode().Perm()),
			"Others may have seen it: log out and in again with zoom-phone-mcp auth logout and auth login. If nobody did, chmod 600 is enough.", nil)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLoginFile))
	if err != nil {
		return nil, storeFault("the stored login cannot be read: "+err.Error(), logInAgain, err)
	}
	return text, nil
}

// writePrivate replaces a file at once: whoever reads it, even after a crash, finds the old one or the new one. The caller holds the lock, so the
// name aside is nobody else's.
func writePrivate(path string, text []byte) (err error) {
	aside := path + ".new"
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // what a crash left
	}
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(aside, path)
	}
	if err != nil {
		_ = os.Remove(aside) // the next write tries again
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// checkFolder refuses a folder in which others can put files.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return storeFault("the folder of the login cannot be read: "+err.Error(), "", err)
	}
	if others(info)&0o022 != 0 {
		return storeFault(fmt.Sprintf("others can write in the folder of the login, %s (mode %04o)", dir, info.Mode().Perm()), "chmod 700 it, or set ZOOM_LOGIN_DIR to another folder.", nil)
	}
	return nil
}
