package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker for released binaries.
var release string

// version is the release, or what the Go toolchain noted of the source.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "0.0.0-" + s.Value[:12]
		}
	}
	return "0.0.0-devel"
}

// userAgent names the program in requests.
func userAgent() string { return "zoom-phone-mcp/" + version() }

type versionCommand struct{}

// Run prints the version and what it was built with.
func (*versionCommand) Run(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "zoom-phone-mcp %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
