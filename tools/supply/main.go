// Command supply checks what the project is made of and released with: the
// licences of the modules in the binaries, and the release's configuration. It is
// a module of its own, so that what it needs is no part of the program's module.
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

const usage = `usage: supply licences [-check] [-texts FILE]   in the repository's root
       supply goreleaser FILE`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "supply:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) > 0 && args[0] == "licences":
		return licences(args[1:])
	case len(args) == 2 && args[0] == "goreleaser":
		return checkRelease(args[1])
	}
	return fmt.Errorf("%s", usage)
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
