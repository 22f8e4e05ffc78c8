//go:build !unix

package download

import "io/fs"

// strangers says nothing: files have the rights of their folder.
func strangers(fs.FileInfo) string { return "" }
