package mcptransport

import (
	"io"
	"os"
	"syscall"
)

const (
	setPipeSize = 1031 // F_SETPIPE_SZ of fcntl(2)
	pipeSize    = 1 << 20
)

// widen makes the pipe to the client hold a long answer, where the output is one
// and the system lets it: with the usual 64 KiB both sides stop and go for every
// piece of it.
func widen(out io.Writer) {
	file, ok := out.(*os.File)
	if !ok {
		return
	}
	if raw, err := file.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, pipeSize) // as it was will do
		})
	}
}
