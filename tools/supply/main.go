// Command supply reads the release's configuration as goreleaser reads it. It is a
// module of its own, so that what it needs is no part of the program's module.
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: supply FILE")
		os.Exit(2)
	}
	if err := checkRelease(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "supply:", err)
		os.Exit(1)
	}
}

// checkRelease reads the release's configuration as goreleaser reads it: unknown
// keys and wrong types are errors. goreleaser itself takes too long to build.
func checkRelease(path string) error {
	c, err := config.Load(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if c.Version != 2 {
		return fmt.Errorf("%s: version is %d and has to be 2", path, c.Version)
	}
	fmt.Println(path, "is valid")
	return nil
}
