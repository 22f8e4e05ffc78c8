package main

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// root is the repository, seen from here.
	root = "../.."
	// newMethodVariable makes TestNewMethodNeedsNoOtherFile run; make new-method sets it.
	newMethodVariable = "NEW_METHOD_TEST"
)

// withNewMethods returns the spec with the two operations of testdata/methods.yaml:
// a list with pages and a range of dates, and an object.
func withNewMethods(t *testing.T) []byte {
	t.Helper()
	spec, err := os.ReadFile(filepath.Join(root, specFile))
	if err != nil {
		t.Fatal(err)
	}
	added, err := os.ReadFile("testdata/methods.yaml")
	if err != nil {
		t.Fatal(err)
	}
	paths, rest, found := bytes.Cut(spec, []byte("\ncomponents:\n"))
	if !found {
		t.Fatal("the spec has no components")
	}
	const own = "\n  own: ["
	if !bytes.Contains(paths, []byte(own)) {
		t.Fatal("the spec does not say who writes the strings of answers")
	}
	paths = bytes.Replace(paths, []byte(own), []byte(own+`device_name, assignees.name, ".display_name", `), 1)
	return slices.Concat(paths, []byte("\n"), added, []byte("components:\n"), rest)
}

func TestNewMethodIsGenerated(t *testing.T) {
	spec, dir := withNewMethods(t), t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "spec"), os.DirFS(filepath.Join(root, "spec"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.WriteFile(specFile, spec, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := load(specFile)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, o := range outputs {
		text, err := o.print(m)
		if err != nil {
			t.Errorf("%s: %v", o.path, err)
			continue
		}
		if strings.HasSuffix(o.path, ".go") {
			if _, err := format.Source(text); err != nil {
				t.Errorf("%s: %v", o.path, err)
			}
		}
		named[o.path] = strings.Contains(string(text), "device_logs") && strings.Contains(string(text), "devices/")
	}
	for _, path := range []string{
		"internal/zoom/operations.gen.go", "internal/catalog/registry.gen.go", "internal/restapi/openapi.gen.json",
		"internal/simulator/routes.gen.go", "docs/methods.md",
	} {
		if !named[path] {
			t.Errorf("%s does not name the new methods", path)
		}
	}
}

// A string of an answer of which nobody knows who writes it would be neither marked nor
// known to be safe.
func TestEveryStringOfAnAnswerIsClassed(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join(root, specFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"  outside: [caller_name, ", "  outside: [", "account_call_history: x-texts does not say who writes call_history[].caller_name"},
		{"  own: [", "  own: [caller_name, ", "x-texts says two things of call_history[].caller_name"},
		{"  own: [", "  own: [nobody_has_it, ", "nobody_has_it decides about no field"},
		{"sms_sessions:\n", "sms_sessions:\n", ""},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "spec"), os.DirFS(filepath.Join(root, "spec"))); err != nil {
			t.Fatal(err)
		}
		changed := filepath.Join(dir, specFile)
		if err := os.WriteFile(changed, bytes.Replace(spec, []byte(c.old), []byte(c.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := load(changed)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s became %s: %v", c.old, c.new, err)
		}
	}
}

// What counts the methods would have to be changed with every new one.
func TestNothingWrittenByHandCountsTheMethods(t *testing.T) {
	m, err := load(filepath.Join(root, specFile))
	if err != nil {
		t.Fatal(err)
	}
	n := strconv.Itoa(len(m.Methods))
	counts := regexp.MustCompile(`\b` + n + ` (read )?(methods|descriptions|paths|operations)\b|(!=|==|<|>) ` + n + `\b|methods *= *` + n + `\b|want ` + n + `\b|of ` + n + `\b`)
	for path, text := range files(t, root) {
		if byMachine(path) || path == "CHANGELOG.md" || !slices.Contains([]string{".go", ".md", ".tmpl", ".txtar", ".yaml"}, filepath.Ext(path)) {
			continue
		}
		for i, line := range strings.Split(text, "\n") {
			if counts.MatchString(line) {
				t.Errorf("%s:%d counts the methods: %s", path, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// TestNewMethodNeedsNoOtherFile follows CONTRIBUTING in a copy of the repository: two
// operations, make generate, golden files, tests.
func TestNewMethodNeedsNoOtherFile(t *testing.T) {
	if os.Getenv(newMethodVariable) == "" {
		t.Skipf("make new-method runs this; it sets %s", newMethodVariable)
	}
	dir := t.TempDir()
	before := files(t, root)
	before[specFile] = string(withNewMethods(t))
	for path, text := range before {
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}

	goCommand(t, dir, nil, "run", "./tools/generate")
	goCommand(t, dir, nil, "run", "./tools/generate", "-check")
	goCommand(t, dir, nil, "build", "./...")
	for _, env := range [][]string{{"UPDATE_GOLDEN=1"}, nil} {
		goCommand(t, dir, env, "test", "./spec", "./internal/catalog", "./internal/gateway", "./internal/mcpserver", "./internal/restapi", "./internal/doctor", "./internal")
		goCommand(t, dir, env, "test", "-run", "Spec|Schema", "./internal/simulator")
	}
	goCommand(t, dir, nil, "test", "-run", "TestEveryMethod|TestMethodsCanBe|TestKeys", "./internal/e2e")
	goCommand(t, dir, nil, "test", "-run", "TestScripts/(doctor|describe|call)", "./cmd/...")

	var changed []string
	for path, text := range files(t, dir) {
		if text != before[path] && !byMachine(path) {
			changed = append(changed, path)
		}
	}
	if len(changed) > 0 {
		t.Errorf("neither generated nor golden, and changed: %v", changed)
	}
}

// goCommand runs the go command in a copy of the repository.
func goCommand(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	start := time.Now()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s go %s: %v", strings.Join(env, " "), strings.Join(args, " "), time.Since(start).Round(time.Second))
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// byMachine reports whether a file is written by the generator or is golden: what
// UPDATE_GOLDEN writes.
func byMachine(path string) bool {
	return path == "docs/tokens.md" || path == "docs/faults.md" || strings.Contains(path, "/testdata/") && filepath.Ext(path) != ".txtar" ||
		slices.ContainsFunc(outputs, func(o output) bool { return o.path == path })
}

// files returns the contents of the repository's files by their paths.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != dir && (slices.Contains([]string{".git", "bin", "dist", "node_modules"}, name)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", rel, err)
		}
		out[filepath.ToSlash(rel)] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
