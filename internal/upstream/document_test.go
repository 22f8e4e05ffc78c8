package upstream_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/upstream.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// The document lists every need, and nothing else; the version that it speaks of is
// the one that is used, and the code that a test says can go exists.
func TestTheDocumentListsEveryNeed(t *testing.T) {
	text := document(t)
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`mark3labs/mcp-go v(\S+)`).FindSubmatch(mod)
	if version == nil || !strings.Contains(text, "mcp-go 1.2.1") || string(version[1]) != "1.2.1" {
		t.Errorf("docs/upstream.md speaks of mcp-go 1.2.1, go.mod has %s: look at every line again", version[1])
	}
	var own strings.Builder
	sources, err := filepath.Glob("../mcp*/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no transports of our own", err)
	}
	for _, file := range sources {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			own.Write(source)
		}
	}
	var needs []string
	for _, file := range []string{"stdio_test.go", "http_test.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			needs = append(needs, f.Name.Name)
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if name, isName := callee(call, ok); !isName || name != "fixed" {
					return true
				}
				code, err := strconv.Unquote(call.Args[2].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				name := code[strings.LastIndexByte(code, '.')+1:]
				if !regexp.MustCompile(`\b(?:func (?:\([^)]*\) )?|type )` + regexp.QuoteMeta(name) + `\b`).MatchString(own.String()) {
					t.Errorf("%s says that %s can go, which is not there", f.Name.Name, code)
				}
				return true
			})
		}
	}
	var listed []string
	for _, m := range regexp.MustCompile("`(Test\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(needs)
	slices.Sort(listed)
	if !slices.Equal(listed, needs) {
		t.Errorf("docs/upstream.md lists %q, want %q", listed, needs)
	}
}

func callee(call *ast.CallExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return "", false
	}
	return name.Name, true
}

// The program of the report prints what the report says.
func TestTheReportCanBeReproduced(t *testing.T) {
	text := document(t)
	block := func(mark, language string) string {
		_, rest, ok := strings.Cut(text, "<!-- "+mark+" -->\n```"+language+"\n")
		out, _, ok2 := strings.Cut(rest, "```")
		if !ok || !ok2 {
			t.Fatalf("no block %q", mark)
		}
		return out
	}
	program := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(program, []byte(block("reproduction", "go")), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("go", "run", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := block("actual", ""); string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
