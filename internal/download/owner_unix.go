//go:build unix

package download

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// strangers says how another user can change what is in a folder, empty where none but
// root can. Who owns a folder can do so whatever its mode is, a sticky bit included.
func strangers(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (uid %d)", s.Uid)
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 {
		return fmt.Sprintf("can be written by others (mode %04o)", mode.Perm())
	}
	return ""
}
