//go:build !windows

package download_test

import "syscall"

// What a system says of a full disk, and of an owner's share of one.
const (
	noSpace = syscall.ENOSPC
	noShare = syscall.EDQUOT
)
