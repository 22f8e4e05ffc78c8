//go:build !windows

package download

import (
	"errors"
	"syscall"
)

// isFull reports whether an error says that there is no more room on a disk, or of
// its owner's share of one.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
