// Package internal_test holds which package may import which.
package internal_test

import (
	"go/ast"
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

// mayImport lists, for every package, the packages that it may know.
var mayImport = map[string][]string{
	"apierror":    {},
	"lenient":     {"rawjson"},
	"safejson":    {},
	"zoom":        {"apierror", "rawjson"},
	"auth":        {"apierror", "zoom"},
	"daterange":   {"apierror"},
	"rawjson":     {},
	"paginate":    {"apierror", "daterange", "rawjson", "safejson"},
	"records":     {"apierror", "rawjson", "safejson"},
	"jmespath":    {"apierror", "rawjson", "safejson"},
	"truncate":    {"apierror", "rawjson"},
	"spool":       {"apierror"},
	"cache":       {"apierror", "daterange", "paginate", "spool"},
	"resultstore": {"apierror", "spool"},
	"sanitize":    {"rawjson", "safejson"},
	"download":    {"apierror"},
	"transcript":  {"apierror"},
	"catalog":     {"apierror", "zoom", "daterange", "lenient", "safejson"},
	"doctor":      {"apierror", "zoom", "auth", "catalog", "gateway"},
	"gateway":     {"apierror", "zoom", "catalog", "daterange", "paginate", "cache", "spool", "records", "jmespath", "truncate", "resultstore", "sanitize", "download", "transcript", "lenient", "rawjson", "safejson"},
	"caller":      {},
	"restapi":     {"apierror", "caller", "gateway", "catalog", "safejson"},
	"metrics":     {"gateway"},
	"httpserver":  {"caller", "safejson"},
	"install":     {},
	"simulator":   {},

	"mcptransport": {"caller", "lenient", "safejson"},
	"mcpserver":    {"apierror", "gateway", "lenient", "mcptransport", "safejson"},

	// For tests only.
	"e2e":      {},
	"upstream": {},
	"jsontest": {"apierror"},
	"mcptest":  {"gateway", "mcptransport"},
	"hermetic": {},
}

func TestPackagesImportOnlyWhatStandsBelowThem(t *testing.T) {
	packages, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, entry := range packages {
		if !entry.IsDir() {
			continue
		}
		dir, pkg := entry.Name(), entry.Name()
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("the package %s is not in mayImport; add it there and to docs/architecture.md", pkg)
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
					t.Errorf("%s imports %s: %s may know %v only", file, other, pkg, allowed)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// writers are the packages whose JSON leaves the program.
var writers = []string{"catalog", "paginate", "gateway", "httpserver", "mcpserver", "mcptransport", "restapi", "records", "jmespath", "sanitize", "truncate", "../cmd/zoom-phone-mcp"}

// notSent is JSON that is written by encoding/json since it does not leave: what
// comes in and is handed on, and what a cursor wraps.
var notSent = map[string]bool{
	"mcptransport/params.go": true, "gateway/links.go": true, "restapi/restapi.go": true, "paginate/cursor.go": true, "../cmd/zoom-phone-mcp/call.go": true,
}

// What safejson does not write may hold characters that break lines and readers.
func TestJSONThatLeavesIsWrittenBySafeJSON(t *testing.T) {
	for _, pkg := range writers {
		files, err := filepath.Glob(filepath.Join(pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || notSent[filepath.ToSlash(file)] {
				continue
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if from, ok := call.X.(*ast.Ident); ok && from.Name == "json" && (strings.HasPrefix(call.Sel.Name, "Marshal") || call.Sel.Name == "NewEncoder") {
					t.Errorf("%s: json.%s; use safejson", set.Position(n.Pos()), call.Sel.Name)
				}
				return true
			})
		}
	}
}
