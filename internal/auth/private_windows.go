package auth

import "io/fs"

// others is nothing here: Windows keeps others out of a user's folders by their
// access lists, which a mode does not show.
func others(fs.FileInfo) fs.FileMode { return 0 }

// syncFolder does nothing: Windows has no such thing, and its journal keeps renames.
func syncFolder(string) error { return nil }
