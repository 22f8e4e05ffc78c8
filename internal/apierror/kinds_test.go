package apierror_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"zoom-phone-mcp/internal/apierror"
)

func TestEveryKindIsExplained(t *testing.T) {
	var explained []string
	for _, k := range apierror.Kinds() {
		explained = append(explained, string(k.Kind))
		if k.Means == "" || len(k.Do) == 0 {
			t.Errorf("%s: no meaning, or nothing to do", k.Kind)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "apierror.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
			declared++
			kind, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if !slices.Contains(explained, kind) {
				t.Errorf("%s is not explained", kind)
			}
		}
		return true
	})
	if declared != len(explained) || declared == 0 {
		t.Errorf("%d kinds, %d explained", declared, len(explained))
	}
}
