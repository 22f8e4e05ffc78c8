// Command release makes and checks what a release has besides the binaries: the
// MCPB bundle and the entry in the MCP registry. It knows
// the packaging folder, the build's flags and the tools of others; it must not
// know how the program works, except as a client of it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

type commandLine struct {
	Bundle      bundleCommand      `cmd:"" help:"Build the binaries and pack the MCPB bundle with the official tool."`
	CheckBundle checkBundleCommand `cmd:"" help:"Unpack a bundle, start the server as its manifest says, and call a method."`
	Server      serverCommand      `cmd:"" help:"Write server.json, the entry in the MCP registry, and validate it."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	k := kong.Parse(&commandLine{}, kong.Name("release"), kong.Description("Run it in the repository's root."))
	k.BindTo(ctx, (*context.Context)(nil))
	k.FatalIfErrorf(k.Run())
}

// about is what templates know of a release.
type about struct {
	Version string `default:"0.0.0" help:"Version, without a v before it."`
	Owner   string `env:"GITHUB_REPOSITORY_OWNER" default:"unreleased" help:"Owner of the repository on GitHub (${env})."`
}

// Repository is the address of the source.
func (a about) Repository() string {
	return "https://github.com/" + a.Owner + "/zoom-phone-mcp"
}

// sourceDate is the time that files get, so that the same source makes the same
// bytes: SOURCE_DATE_EPOCH, but not before the first time that a zip archive knows.
func sourceDate() (time.Time, error) {
	first := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return first, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	if t := time.Unix(seconds, 0).UTC(); t.After(first) {
		return t, nil
	}
	return first, nil
}
