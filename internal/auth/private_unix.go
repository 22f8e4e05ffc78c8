//go:build !windows

package auth

import (
	"io/fs"
	"os"
)

// others are the permissions of everybody but the owner.
func others(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() & 0o077 }

// syncFolder makes a rename in the folder last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
