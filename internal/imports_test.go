// Package internal_test holds what docs/architecture.md says of the packages.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "zoom-phone-mcp/internal/"

// arrows reads which package imports which from docs/architecture.md, in its order:
// lines of a package, an arrow and the packages that it imports.
func arrows(t *testing.T) (order []string, imports map[string][]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "<!-- arrows -->\n```\n")
	block, _, ok2 := strings.Cut(block, "```")
	if !ok || !ok2 {
		t.Fatal("docs/architecture.md has no arrows")
	}
	imports = map[string][]string{}
	for line := range strings.Lines(block) {
		pkg, to, _ := strings.Cut(strings.TrimSpace(line), "→")
		if pkg = strings.TrimSpace(pkg); pkg == "" {
			if len(order) > 0 {
				imports[order[len(order)-1]] = append(imports[order[len(order)-1]], strings.Fields(to)...)
			}
			continue
		}
		order = append(order, pkg)
		imports[pkg] = append(imports[pkg], strings.Fields(to)...)
	}
	return order, imports
}

// imported are the packages below internal that the files of a folder import, tests
// left aside: they may import what they need.
func imported(t *testing.T, dir string) (packages []string, files int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		files++
		for _, imp := range parsed.Imports {
			path, _ := strconv.Unquote(imp.Path.Value) // the parser has read it as a string
			if other, ours := strings.CutPrefix(path, module); ours && !slices.Contains(packages, other) {
				packages = append(packages, other)
			}
		}
	}
	slices.Sort(packages)
	return packages, files
}

// docs/architecture.md has every package with what it imports, no more and no less,
// and each stands above what it imports.
func TestTheArchitectureDocumentHasTheImports(t *testing.T) {
	order, documented := arrows(t)
	dirs := map[string]string{"cmd/zoom-phone-mcp": "../cmd/zoom-phone-mcp"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			dirs[entry.Name()] = entry.Name()
		}
	}
	seen := 0
	for pkg, dir := range dirs {
		real, files := imported(t, dir)
		seen += files
		if !slices.Contains(order, pkg) {
			if files > 0 {
				t.Errorf("docs/architecture.md lacks the line: %s → %s", pkg, strings.Join(real, " "))
			}
			continue
		}
		for _, other := range real {
			if !slices.Contains(documented[pkg], other) {
				t.Errorf("%s imports %s: if that is meant, add it to the arrows of docs/architecture.md", pkg, other)
			}
		}
		for _, other := range documented[pkg] {
			if !slices.Contains(real, other) {
				t.Errorf("docs/architecture.md says that %s imports %s, which it does not", pkg, other)
			}
		}
	}
	for i, pkg := range order {
		if dirs[pkg] == "" {
			t.Errorf("docs/architecture.md has a package %s, which does not exist", pkg)
		}
		for _, other := range documented[pkg] {
			if slices.Index(order, other) <= i {
				t.Errorf("docs/architecture.md: %s has to stand above %s, which it imports", pkg, other)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// Every arrow of the picture at the head of docs/architecture.md is an import, and
// its tables have every package.
func TestTheArchitectureDocumentsPictureIsReal(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	order, imports := arrows(t)
	_, picture, _ := strings.Cut(string(text), "```\n")
	picture, _, _ = strings.Cut(picture, "```")
	found := 0
	for line := range strings.Lines(picture) {
		stations := regexp.MustCompile(`\s*([→←])\s*`).Split(strings.TrimSpace(line), -1)
		for i, arrow := range regexp.MustCompile(`[→←]`).FindAllString(line, -1) {
			from, to := stations[i], stations[i+1]
			if arrow == "←" {
				from, to = to, from
			}
			if !slices.Contains(order, from) || !slices.Contains(order, to) {
				continue // outside of the program
			}
			if found++; !slices.Contains(imports[from], to) {
				t.Errorf("the picture has %s → %s, which is no import", from, to)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d arrows in the picture", found)
	}
	for _, pkg := range order {
		if name := strings.TrimPrefix("internal/"+pkg, "internal/cmd/"); !strings.Contains(string(text), "| `"+name+"` |") && !strings.Contains(string(text), "| `"+pkg+"` |") {
			t.Errorf("docs/architecture.md does not say what %s is for", pkg)
		}
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
