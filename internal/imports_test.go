// Package internal_test holds the direction of the road through the rooms.
package internal_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "zoom-phone-mcp/internal/"

// mayImport lists, for every room, the rooms that it may know.
var mayImport = map[string][]string{
	"fault":      {},
	"lenient":    {},
	"zoom":       {"fault"},
	"auth":       {"fault", "zoom"},
	"period":     {"fault"},
	"collect":    {"fault", "period"},
	"shape":      {"fault"},
	"download":   {"fault"},
	"transcript": {"fault"},
	"catalog":    {"fault", "zoom", "period", "lenient"},
	"doctor":     {"fault", "zoom", "auth", "catalog", "gateway"},
	"gateway":    {"fault", "zoom", "catalog", "period", "collect", "shape", "download", "transcript", "lenient"},
	"mcpserver":  {"fault", "gateway", "lenient"},
	"restapi":    {"fault", "gateway", "catalog"},
	"metrics":    {"gateway"},
	"httpserver": {},
	"install":    {},
	"simulator":  {},
	"e2e":        {}, // tests only
	"hermetic":   {}, // for tests only
}

func TestRoomsImportOnlyWhatStandsBelowThem(t *testing.T) {
	rooms, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, entry := range rooms {
		if !entry.IsDir() {
			continue
		}
		dir, room := entry.Name(), entry.Name()
		allowed, known := mayImport[room]
		if !known {
			t.Errorf("the room %s has no place on the road; add it to mayImport and to docs/architecture.md", room)
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue // tests may stand anywhere on the road
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			for _, imp := range parsed.Imports {
				path, _ := strconv.Unquote(imp.Path.Value) // the parser has read it as a string
				other, ours := strings.CutPrefix(path, module)
				if ours && !slices.Contains(allowed, other) {
					t.Errorf("%s imports %s: %s may know %v only", file, other, room, allowed)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were looked at", seen)
	}
}
