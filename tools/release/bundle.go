package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
	"time"
)

// packaging is where the templates of a release are.
const packaging = "packaging"

type bundleCommand struct {
	about
	Platforms []string `default:"darwin/amd64,darwin/arm64,linux/amd64,linux/arm64,windows/amd64" help:"Systems and processors that the bundle is for, or host. Windows on arm64 runs the amd64 binary."`
	Output    string   `short:"o" default:"bin/mcpb" type:"path" help:"Folder of the bundle."`
}

// Run leaves zoom-phone-mcp-VERSION.mcpb in the folder, and nothing else.
func (c *bundleCommand) Run(ctx context.Context) error {
	if err := os.RemoveAll(c.Output); err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "bundle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)

	for _, platform := range c.Platforms {
		if platform == "host" {
			platform = runtime.GOOS + "/" + runtime.GOARCH
		}
		if err := build(ctx, platform, c.Version, filepath.Join(stage, "server")); err != nil {
			return err
		}
	}
	if err := copyFile("packaging/mcpb/launch.sh", filepath.Join(stage, "server", "zoom-phone-mcp"), 0o755); err != nil {
		return err
	}
	if err := fill("mcpb/manifest.json.tmpl", c.about, filepath.Join(stage, "manifest.json")); err != nil {
		return err
	}
	for from, to := range map[string]string{
		"packaging/mcpb/icon.png": "icon.png", "LICENSE": "LICENSE", "bin/share/third-party-licences.txt": "third-party-licences.txt",
	} {
		if err := copyFile(from, filepath.Join(stage, to), 0o644); err != nil {
			return err
		}
	}
	tool, err := installTool(ctx)
	if err != nil {
		return err
	}
	if err := run(ctx, tool, "validate", filepath.Join(stage, "manifest.json")); err != nil {
		return err
	}
	packed := filepath.Join(stage, "packed.mcpb")
	if err := run(ctx, tool, "pack", stage, packed); err != nil {
		return err
	}
	bundle := filepath.Join(c.Output, "zoom-phone-mcp-"+c.Version+".mcpb")
	if err := retime(packed, bundle); err != nil {
		return err
	}
	sum, err := digest(bundle)
	if err != nil {
		return err
	}
	fmt.Printf("%s  %s\n", sum, bundle)
	return nil
}

// build makes the release's binary of a platform such as linux/arm64 in a folder.
func build(ctx context.Context, platform, version, dir string) error {
	system, processor, ok := strings.Cut(platform, "/")
	if !ok {
		return fmt.Errorf("%q is not a system and a processor", platform)
	}
	name := "zoom-phone-mcp-" + system + "-" + processor
	if system == "windows" {
		name = "zoom-phone-mcp.exe"
	}
	// These are the flags in .goreleaser.yaml and in the Makefile.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -X main.release="+version, "-o", filepath.Join(dir, name), "./cmd/zoom-phone-mcp")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building for %s: %w", platform, err)
	}
	return nil
}

// installTool installs the official tool as its lock file says, and gives its path.
func installTool(ctx context.Context) (string, error) {
	dir, err := filepath.Abs("bin/mcpb-tool")
	if err != nil {
		return "", err
	}
	tool := filepath.Join(dir, "node_modules", ".bin", "mcpb")
	wanted, err := os.ReadFile(filepath.Join(packaging, "mcpb", "package-lock.json"))
	if err != nil {
		return "", err
	}
	if there, err := os.ReadFile(filepath.Join(dir, "installed.json")); err == nil && bytes.Equal(there, wanted) {
		return tool, nil
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		if err := copyFile(filepath.Join(packaging, "mcpb", name), filepath.Join(dir, name), 0o644); err != nil {
			return "", err
		}
	}
	if err := run(ctx, "npm", "ci", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"); err != nil {
		return "", err
	}
	return tool, os.WriteFile(filepath.Join(dir, "installed.json"), wanted, 0o644)
}

// retime copies an archive and gives its entries the source's date: the official
// tool gives them the time of packing.
func retime(from, to string) (err error) {
	date, err := sourceDate()
	if err != nil {
		return err
	}
	in, err := zip.OpenReader(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := file.Close(); err == nil {
			err = cerr
		}
	}()
	out := zip.NewWriter(file)
	for _, entry := range in.File {
		h := entry.FileHeader
		h.Extra = nil
		h.Modified = date
		//lint:ignore SA1019 CreateRaw writes these fields and not Modified
		h.ModifiedDate, h.ModifiedTime = dosTime(date)
		w, err := out.CreateRaw(&h)
		if err != nil {
			return err
		}
		r, err := entry.OpenRaw()
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
	}
	return out.Close()
}

// dosTime is a time as zip archives have it, since 1980 and to two seconds; raw
// entries are written with it as it is.
func dosTime(t time.Time) (date, clock uint16) {
	return uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9), uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
}

// fill writes a template of the packaging folder.
func fill(name string, data any, to string) error {
	t, err := template.New(filepath.Base(name)).Option("missingkey=error").ParseFiles(filepath.Join(packaging, name))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	if err := t.Execute(file, data); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func copyFile(from, to string, mode os.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, mode)
}

// digest is the SHA-256 of a file, in hexadecimal.
func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// run runs a program; what it prints goes to standard error.
func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(program), args[0], err)
	}
	return nil
}
