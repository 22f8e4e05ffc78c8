package download_test

import "syscall"

// What Windows says of a full disk, while writing and at the end.
const (
	noSpace = syscall.Errno(112) // ERROR_DISK_FULL
	noShare = syscall.Errno(39)  // ERROR_HANDLE_DISK_FULL
)
