// Package jmespath chooses parts of a JSON document by a JMESPath expression. It
// keeps the digits of numbers and the order of fields, can be stopped, and is
// bounded in steps and in the size of its result.
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
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/apierror"
)

// Bounds of an expression and of what it may do.
const (
	maxExpression = 4000       // bytes
	maxNodes      = 2000       // of the parsed expression
	maxSteps      = 20_000_000 // elements and members looked at; about a second
	maxSelected   = 64 << 20   // bytes of the result
)

// Expression is a compiled JMESPath expression. It is safe for concurrent use.
//
// The syntax is what the community's parser reads: JMESPath with let, arithmetic
// and string slices. The functions are those of the specification and group_by,
// items, from_items, zip, lower, upper, split, trim and replace.
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
	if err := check(expr, root, &nodes, nil, false); err != nil {
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

// check finds what the parser lets pass: unknown functions and variables, wrong
// numbers of arguments, literals that lost digits. asArgument is for the
// arguments of functions, the only place of &expressions.
func check(expr string, n parsing.ASTNode, nodes *int, variables []string, asArgument bool) *apierror.Error {
	if *nodes++; *nodes > maxNodes {
		return selectFault("", -1, "the expression has too many parts")
	}
	arguments := false
	switch n.NodeType {
	case parsing.ASTEmpty, parsing.ASTBinding, parsing.ASTBindings:
		return selectFault(expr, -1, "the expression is incomplete")
	case parsing.ASTExpRef:
		if !asArgument {
			return selectFault(expr, strings.IndexByte(expr, '&'), "&… stands in the arguments of functions only")
		}
	case parsing.ASTVariable:
		name, _ := n.Value.(string)
		for _, v := range variables {
			if v == name {
				return nil
			}
		}
		return selectFault(expr, strings.Index(expr, name), "there is no variable "+name)
	case parsing.ASTLiteral:
		if lostDigits(n.Value) {
			return selectFault(expr, -1, "a number of a literal is too long to be compared exactly; ids are texts: write '…'")
		}
	case parsing.ASTSlice:
		if parts, ok := n.Value.([]*int); ok && parts[2] != nil && *parts[2] == 0 {
			return selectFault(expr, -1, "the step of a slice cannot be 0")
		}
	case parsing.ASTLetExpression:
		bindings, body := n.Children[0], n.Children[1]
		inner := variables
		for _, b := range bindings.Children {
			if b.NodeType != parsing.ASTBinding || len(b.Children) != 2 || b.Children[0].NodeType != parsing.ASTVariable {
				return selectFault(expr, strings.Index(expr, "let"), "let binds variables: let $name = expression in expression")
			}
			name, _ := b.Children[0].Value.(string)
			if e := check(expr, b.Children[1], nodes, inner, false); e != nil {
				return e
			}
			inner = append(inner[:len(inner):len(inner)], name)
		}
		return check(expr, body, nodes, inner, false)
	case parsing.ASTFunctionExpression:
		arguments = true
		name, _ := n.Value.(string)
		at := strings.Index(expr, name)
		f, ok := selectFunctions()[name]
		if !ok {
			return selectFault(expr, at, "there is no function "+name, apierror.Nearest(name, functionNames(), 3)...)
		}
		least, most := f.arity()
		switch count := len(n.Children); {
		case count < least, most >= 0 && count > most:
			wants := strconv.Itoa(least)
			if most < 0 {
				wants += " or more"
			} else if most > least {
				wants += " to " + strconv.Itoa(most)
			}
			return selectFault(expr, at, fmt.Sprintf("%s takes %s arguments and got %d", name, wants, count))
		}
		for i, c := range n.Children {
			if want := f.args[min(i, len(f.args)-1)]; (want == isExpr) != (c.NodeType == parsing.ASTExpRef) {
				if want == isExpr {
					return selectFault(expr, at, fmt.Sprintf("argument %d of %s is an expression with & in front: &name", i+1, name))
				}
				return selectFault(expr, at, fmt.Sprintf("argument %d of %s is no &expression", i+1, name))
			}
		}
	}
	for _, c := range n.Children {
		if e := check(expr, c, nodes, variables, arguments); e != nil {
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
	root := raw(bytes.TrimSpace(body))
	if len(root) == 0 {
		root = raw("null") // nothing at all is no value
	}
	ev := &evaluation{ctx: ctx, root: root}
	v, err := ev.eval(s.root, root, nil)
	if err != nil {
		return nil, ev.fault(err)
	}
	out, err := ev.appendValue(nil, v, 0)
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
		e.Hint = "Filter first, and build only the fields you need."
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

// Aggregates reports whether the expression sums up, counts or sorts a list of the
// answer as a whole: it calls such a function outside of what is done for each element.
func (s *Expression) Aggregates() bool { return aggregates(s.root) }

// overLists are the functions whose result depends on every element of a list.
var overLists = []string{"length", "sum", "avg", "max", "min", "max_by", "min_by", "sort", "sort_by", "group_by", "join", "contains", "reverse"}

func aggregates(n parsing.ASTNode) bool {
	switch n.NodeType {
	case parsing.ASTFunctionExpression:
		if name, _ := n.Value.(string); slices.Contains(overLists, name) {
			return true
		}
	case parsing.ASTExpRef:
		return false
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection:
		return aggregates(n.Children[0]) // the others are for each element
	}
	return slices.ContainsFunc(n.Children, aggregates)
}
