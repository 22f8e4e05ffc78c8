//go:build !windows

package install

import (
	"io/fs"
	"os"
	"syscall"
)

// looser reports whether anybody but the owner has permissions.
func looser(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }

// keepOwner makes the owner of a file that of the one that it replaces, which matters
// where an administrator changes somebody else's.
func keepOwner(file *os.File, old fs.FileInfo) error {
	was, ok := old.Sys().(*syscall.Stat_t)
	if !ok || int(was.Uid) == os.Geteuid() && int(was.Gid) == os.Getegid() {
		return nil
	}
	if err := file.Chown(int(was.Uid), int(was.Gid)); err != nil && int(was.Uid) != os.Geteuid() {
		return err
	}
	return nil // another group of one's own may not be given away
}
