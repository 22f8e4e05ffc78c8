package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tests returns the names of the tests and fuzz targets of a file below the root
// of the repository.
func tests(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	var names []string
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && testName.MatchString(f.Name.Name) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// targets returns the targets of the Makefile.
func targets(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	return names
}

var (
	testName = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	quoted   = regexp.MustCompile("`([^`\n]+)`")
)

// Every claim of SECURITY.md is a list item with an item below it for each file
// of tests: `file`: `TestName`, `TestName`; or with targets of the Makefile.
func TestEveryClaimOfTheSecurityPolicyHasItsTests(t *testing.T) {
	text, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, claims, ok := strings.Cut(string(text), "<!-- claims -->\n")
	claims, _, ok2 := strings.Cut(claims, "<!-- end of claims -->\n")
	if !ok || !ok2 {
		t.Fatal("no claims")
	}
	claim, proved, n := "", true, 0
	end := func() {
		if !proved {
			t.Errorf("no test is named for: %s", claim)
		}
	}
	for line := range strings.Lines(claims) {
		line = strings.TrimRight(line, "\n")
		switch proof, isProof := strings.CutPrefix(line, "  - "); {
		case isProof:
			words := quoted.FindAllStringSubmatch(proof, -1)
			if len(words) == 0 {
				t.Errorf("names nothing: %s", line)
				continue
			}
			proved = true
			file := words[0][1]
			there := targets(t)
			if file != "Makefile" {
				there = tests(t, file)
			}
			if len(words) < 2 {
				t.Errorf("names no test: %s", line)
			}
			for _, name := range words[1:] {
				if !slices.Contains(there, name[1]) {
					t.Errorf("%s has no %s", file, name[1])
				}
			}
		case strings.HasPrefix(line, "- "):
			end()
			claim, proved = line, false
			n++
		}
	}
	end()
	if n < 30 {
		t.Errorf("%d claims", n)
	}
}

// docs/fuzzing.md names every fuzz target, and none that is not there.
func TestEveryFuzzTargetIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			for _, name := range tests(t, strings.TrimPrefix(filepath.ToSlash(path), "../")) {
				if strings.HasPrefix(name, "Fuzz") {
					there = append(there, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, word := range quoted.FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(word[1], "Fuzz") {
			named = append(named, word[1])
		}
	}
	for _, name := range there {
		if !slices.Contains(named, name) {
			t.Errorf("docs/fuzzing.md does not name %s", name)
		}
	}
	for _, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("docs/fuzzing.md names %s, which is not there", name)
		}
	}
}
