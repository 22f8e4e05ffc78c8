package jmespath

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/apierror"
)

// ErrComputes is why an expression is refused that computes, which SQL does.
var ErrComputes = errors.New("select selects and reshapes, SQL computes")

// inSQL has, for every function of JMESPath that computes, the SQL that does the same
// with a FIELD, made when first asked for.
var inSQL = sync.OnceValue(func() map[string]string {
	out := map[string]string{
		"group_by": "SELECT FIELD, count(*) AS n FROM records GROUP BY FIELD",
		"items":    "SELECT key, value FROM records, json_each(FIELD)",
	}
	for name, call := range map[string]string{
		"from_items": "FIELD", "map": "FIELD", "merge": "*", "to_array": "FIELD", "zip": "FIELD",
		"abs": "abs(FIELD)", "ceil": "ceil(FIELD)", "find_first": "instr(FIELD, '…')", "find_last": "instr(FIELD, '…')",
		"floor": "floor(FIELD)", "join": "group_concat(FIELD, ', ')", "lower": "lower(FIELD)",
		"pad_left": "printf('%20s', FIELD)", "pad_right": "printf('%-20s', FIELD)", "replace": "replace(FIELD, '…', '…')",
		"split": "substr(FIELD, 1, instr(FIELD, ',') - 1)", "to_string": "CAST(FIELD AS TEXT)", "trim": "trim(FIELD)",
		"trim_left": "ltrim(FIELD)", "trim_right": "rtrim(FIELD)", "upper": "upper(FIELD)",
	} {
		out[name] = "SELECT " + call + " FROM records"
	}
	return out
})

// computes is the error for a part of an expression that computes.
func computes(n parsing.ASTNode) *apierror.Error {
	what, query := "", ""
	switch n.NodeType {
	case parsing.ASTFunctionExpression:
		what, _ = n.Value.(string)
		query = inSQL()[what]
	case parsing.ASTExpRef:
		what, query = "&", "SELECT * FROM records ORDER BY FIELD"
	case parsing.ASTLetExpression, parsing.ASTVariable:
		what, query = "let", "WITH t AS (SELECT * FROM records) SELECT FIELD FROM t"
	default:
		what, query = "arithmetic", "SELECT FIELD + 1 FROM records"
	}
	e := apierror.New(apierror.InvalidParams, "%s", ErrComputes)
	e.Err = ErrComputes
	message := fmt.Sprintf("select has no %s: leave select out and write sql: %s", what, strings.ReplaceAll(query, "FIELD", cmp.Or(fieldOf(n), "field")))
	if n.NodeType == parsing.ASTArithmeticExpression && n.Value == parsing.TOKMinus {
		message += `; a name with a hyphen stands in double quotes: "a-b"`
	}
	e.Problems = []apierror.Problem{{Param: "select", Message: message}}
	return e
}

// fieldOf names the field that an expression is about, as the column of records has it;
// empty where it names none.
func fieldOf(n parsing.ASTNode) string {
	if name := lastName(n); name != "" {
		return name
	}
	parts := n.Children
	switch n.NodeType {
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection, parsing.ASTSubexpression, parsing.ASTIndexExpression, parsing.ASTPipe:
		parts = parts[1:2]
	case parsing.ASTFunctionExpression:
		if i := slices.IndexFunc(parts, func(c parsing.ASTNode) bool { return c.NodeType == parsing.ASTExpRef }); i >= 0 {
			parts = parts[i:]
		}
	}
	for _, c := range parts {
		if name := fieldOf(c); name != "" {
			return name
		}
	}
	return ""
}
