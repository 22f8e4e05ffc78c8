// Package jmespath selects parts of a JSON document, and reshapes them, by a JMESPath
// expression. It keeps the digits of numbers and the order of fields, can be stopped,
// and is bounded in work and memory. Computing is left to SQL.
//
// It must not know Zoom, methods, MCP or any transport.
package jmespath

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/safejson"
)

// Bounds of an expression and of what it may do.
const (
	maxExpression = 4000     // bytes
	maxNodes      = 2000     // of the parsed expression
	maxDepth      = 10_000   // of values that are compared
	maxWork       = 4 << 30  // bytes read and written; some seconds at most
	maxMade       = 64 << 20 // bytes of values on the way to the result
	maxSelected   = 64 << 20 // bytes of the result
	stepCost      = 128      // bytes that looking at a value stands for
	memberCost    = 128      // bytes that a member of an object takes in memory
)

// Expression is a compiled JMESPath expression. It is safe for concurrent use.
//
// It selects and reshapes: fields, indexes, slices, projections, filters, comparisons,
// [a, b] and {a: …, b: …}, and the functions in functions.go, none of which makes a text
// longer or takes more than linear time. What computes is refused with the SQL that does
// the same (sql.go).
//
// Evaluation is our own: it can be stopped, it is bounded, and it passes values on
// as they came. Numbers keep their digits (a 19-digit id is no float), objects the
// order of their fields, and {a: …, b: …} the order in which it is written.
type Expression struct{ root parsing.ASTNode }

// Compile reads an expression. An error, of kind invalid_params, tells what
// is wrong and where, and shows an expression that works.
func Compile(expr string) (_ *Expression, err error) {
	if strings.TrimSpace(expr) == "" {
		return nil, selectFault(expr, -1, "the expression is empty")
	}
	if len(expr) > maxExpression {
		return nil, selectFault("", -1, "the expression is longer than "+strconv.Itoa(maxExpression)+" bytes")
	}
	if !utf8.ValidString(expr) {
		return nil, selectFault("", -1, "the expression is not UTF-8")
	}
	// The parser looks beyond the last token of some incomplete expressions.
	defer func() {
		if recover() != nil {
			err = selectFault(expr, len(expr), "the expression is incomplete")
		}
	}()
	root, err := parsing.NewParser().Parse(expr)
	if err != nil {
		if e, ok := errors.AsType[parsing.SyntaxError](err); ok {
			return nil, selectFault(expr, e.Offset, readable(e.Error()))
		}
		return nil, selectFault(expr, -1, lexical(err))
	}
	nodes := 0
	if err := check(expr, &root, &nodes); err != nil {
		return nil, err
	}
	return &Expression{root}, nil
}

// tokens are the parser's names of what it expected or found.
var tokens = strings.NewReplacer(
	"SyntaxError: ", "", "TOKEOF", "the end", "TOKStar", "*", "TOKDot", ".", "TOKFilter", "[?", "TOKFlatten", "[]",
	"TOKLparen", "(", "TOKRparen", ")", "TOKLbracket", "[", "TOKRbracket", "]", "TOKLbrace", "{", "TOKRbrace", "}",
	"TOKOr", "||", "TOKPipe", "|", "TOKNumber", "a number", "TOKUnquotedIdentifier", "a name", "TOKQuotedIdentifier", "a quoted name",
	"tQuotedIdentifier", "a quoted name", "tUnquotedIdentifier", "a name", "tColon", ":", "tNumber", "a number",
	"lbracket", "[", "lbrace", "{", "identifier", "a name",
	"TOKComma", ",", "TOKColon", ":", "TOKPlus", "+", "TOKMinus", "-", "TOKMultiply", "×", "TOKDivide", "/", "TOKDiv", "//", "TOKModulo", "%",
	"TOKLTE", "<=", "TOKLT", "<", "TOKGTE", ">=", "TOKGT", ">", "TOKEQ", "==", "TOKNE", "!=",
	"TOKJSONLiteral", "a literal", "TOKStringLiteral", "a text", "TOKCurrent", "@", "TOKRoot", "$", "TOKExpref", "&",
	"TOKAnd", "&&", "TOKNot", "!", "TOKVarref", "a variable", "TOKAssign", "=",
)

func readable(message string) string {
	message = tokens.Replace(message)
	if message == "Error" {
		return "unexpected sign"
	}
	return strings.ToLower(message[:1]) + message[1:]
}

// lexical says what is wrong with a literal or an index. The parser hands on what
// the decoder of such a thing said, which means nothing to those who wrote it.
func lexical(err error) string {
	if e, ok := errors.AsType[*strconv.NumError](err); ok {
		return "the number " + e.Num + " is out of range"
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "the literal " + strings.TrimPrefix(e.Value, "number ") + " is out of range"
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "a literal in `…`, or a name in quotes, is not JSON"
	}
	return readable(err.Error())
}

// selectFault is a fault of the expression at an offset in bytes, -1 for none.
func selectFault(expr string, offset int, message string, nearest ...string) *apierror.Error {
	if offset >= 0 && expr != "" {
		offset = min(offset, len(expr))
		at := utf8.RuneCountInString(expr[:offset])
		rest := []rune(expr[offset:])
		if len(rest) == 0 {
			message += ", at the end"
		} else {
			message += fmt.Sprintf(", at character %d: %s", at+1, string(rest[:min(len(rest), 24)]))
		}
	}
	e := apierror.New(apierror.InvalidParams, "the expression is wrong")
	e.Problems = []apierror.Problem{{Param: "select", Message: message, Nearest: nearest}}
	e.Hint = "select is JMESPath on the whole answer. With a list named calls, for example: calls[].{from: caller_name, at: start_time}, " +
		"or calls[?result=='busy' && duration > `60`].caller_name. Texts stand in '…', numbers in `…`."
	return e
}

// check finds what the parser lets pass: functions that are unknown or compute, wrong
// numbers of arguments, literals that lost digits. It makes JSON of the literals.
func check(expr string, n *parsing.ASTNode, nodes *int) *apierror.Error {
	if *nodes++; *nodes > maxNodes {
		return selectFault("", -1, "the expression has too many parts")
	}
	switch n.NodeType {
	case parsing.ASTEmpty:
		return selectFault(expr, -1, "the expression is incomplete")
	case parsing.ASTRootNode:
		return selectFault(expr, strings.IndexByte(expr, '$'), "there is no $; what stands above a list goes beside it: {from: from, calls: calls[].{…}}")
	case parsing.ASTArithmeticExpression, parsing.ASTArithmeticUnaryExpression, parsing.ASTLetExpression, parsing.ASTVariable, parsing.ASTExpRef:
		return computes(*n)
	case parsing.ASTLiteral:
		if lostDigits(n.Value) {
			return selectFault(expr, -1, "a number of a literal is too long to be compared exactly; ids are texts: write '…'")
		}
		text, err := safejson.Marshal(n.Value)
		if err != nil {
			return selectFault(expr, -1, "a literal cannot be read")
		}
		n.Value = text
	case parsing.ASTSlice:
		if parts, ok := n.Value.([]*int); ok && parts[2] != nil && *parts[2] == 0 {
			return selectFault(expr, -1, "the step of a slice cannot be 0")
		}
	case parsing.ASTMultiSelectHash:
		for i, c := range n.Children {
			if slices.ContainsFunc(n.Children[:i], func(before parsing.ASTNode) bool { return before.Value == c.Value }) {
				return selectFault(expr, -1, fmt.Sprintf("an object has two fields named %v", c.Value))
			}
		}
	case parsing.ASTFunctionExpression:
		name, _ := n.Value.(string)
		at := strings.Index(expr, name)
		f, ok := functions()[name]
		switch count := len(n.Children); {
		case !ok && inSQL()[name] != "":
			return computes(*n)
		case !ok:
			return selectFault(expr, at, "there is no function "+name, apierror.Nearest(name, slices.Sorted(maps.Keys(functions())), 3)...)
		case f.variadic && count == 0:
			return selectFault(expr, at, name+" takes 1 argument or more and got none")
		case !f.variadic && count != len(f.takes):
			return selectFault(expr, at, fmt.Sprintf("%s takes %d arguments and got %d", name, len(f.takes), count))
		case f.by && n.Children[1].NodeType != parsing.ASTExpRef:
			return selectFault(expr, at, "the second argument of "+name+" is an expression on each element: &start_time")
		case f.by:
			if e := check(expr, &n.Children[0], nodes); e != nil {
				return e
			}
			return check(expr, &n.Children[1].Children[0], nodes)
		}
	}
	for i := range n.Children {
		if e := check(expr, &n.Children[i], nodes); e != nil {
			return e
		}
	}
	return nil
}

// lostDigits reports whether a literal has an integer that a float may not hold.
func lostDigits(v any) bool {
	switch v := v.(type) {
	case float64:
		return math.Abs(v) > 1<<53
	case []any:
		for _, e := range v {
			if lostDigits(e) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if lostDigits(e) {
				return true
			}
		}
	}
	return false
}

// Select evaluates the expression on a body. The result is JSON; null says that
// the expression matched nothing. Errors are of kind invalid_params (a function
// got a value of another type), too_large, timeout or canceled.
func (s *Expression) Select(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	root := bytes.TrimSpace(body)
	if len(root) == 0 {
		root = null() // nothing at all is no value
	}
	ev := &evaluation{ctx: ctx}
	err := ctx.Err()
	var out []byte
	if err == nil {
		out, err = ev.append(nil, s.root, root)
	}
	if err != nil {
		return nil, ev.fault(err)
	}
	return out, nil
}

// fault makes one of what an evaluation failed with.
func (ev *evaluation) fault(err error) *apierror.Error {
	if e, ok := errors.AsType[*apierror.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, errTooMuch):
		e := apierror.New(apierror.TooLarge, "the expression does too much work or makes too large a result")
		e.Hint = "Filter first, and build only the fields you need; count with sql."
		return e
	case errors.Is(err, context.Canceled):
		return &apierror.Error{Kind: apierror.Canceled, Message: "the selection was given up", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &apierror.Error{Kind: apierror.Timeout, Message: "the selection took too long", Err: err}
	}
	return selectFault("", -1, cmp.Or(err.Error(), "the expression failed"))
}

// Names reports whether the expression reads a field of this name.
func (s *Expression) Names(field string) bool { return names(s.root, field) }

func names(n parsing.ASTNode, field string) bool {
	return n.NodeType == parsing.ASTField && n.Value == field ||
		slices.ContainsFunc(n.Children, func(c parsing.ASTNode) bool { return names(c, field) })
}

// Aggregates reports whether the expression counts or searches a list of the answer as
// a whole: it calls such a function outside of what is done for each element.
func (s *Expression) Aggregates() bool { return aggregates(s.root) }

func aggregates(n parsing.ASTNode) bool {
	switch n.NodeType {
	case parsing.ASTFunctionExpression:
		if name, _ := n.Value.(string); functions()[name].overList {
			return true
		}
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection:
		return aggregates(n.Children[0]) // the others are for each element
	}
	return slices.ContainsFunc(n.Children, aggregates)
}
