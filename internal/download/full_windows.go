package download

import (
	"errors"
	"syscall"
)

// isFull reports whether an error says that there is no more room on a disk.
func isFull(err error) bool {
	const (
		handleDiskFull = syscall.Errno(39)
		diskFull       = syscall.Errno(112)
	)
	return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
}
