package mcpserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/fault"
	"zoom-phone-mcp/internal/gateway"
)

// maxExample bounds the example that an error builds from a call, in bytes.
const maxExample = 2 << 10

// rawArguments gives the arguments as they were sent: decoding and encoding
// them again would cost the last digits of long numbers.
func rawArguments(r mcp.CallToolRequest) (json.RawMessage, error) {
	if len(r.Params.RawArguments) > 0 {
		return r.Params.RawArguments, nil
	}
	if r.Params.Arguments == nil {
		return nil, nil
	}
	raw, err := json.Marshal(r.Params.Arguments)
	if err != nil {
		return nil, fault.New(fault.InvalidParams, "the arguments are not JSON: %v", err)
	}
	return raw, nil
}

// describeArguments reads the arguments of describe_method.
func describeArguments(raw json.RawMessage) (gateway.DescribeRequest, error) {
	var r gateway.DescribeRequest
	a, err := readArguments(describeName, raw)
	if err != nil {
		return r, err
	}
	r.Service = a.text("service", false)
	r.Method = a.text("method", true)
	r.Full = a.flag("full")
	r.Columns = a.flag("columns")
	for _, name := range a.rest() {
		a.problem(fault.Problem{
			Param:   shorten(name),
			Message: "is not an argument of " + describeName + ", which takes service, method, full and columns",
			Nearest: nearest(name, "method", "service", "full", "columns"),
		})
	}
	return r, a.err(func() json.RawMessage { return object{{"method", a.given["method"]}}.encode() })
}

// callArgumentNames are the arguments of call_zoom-phone.
var callArgumentNames = []string{"method", "params", "all_pages", "max_records", "cursor", "select", "sql", "format", "as", "inline", "time_zone"}

// callArguments reads the arguments of call_zoom-phone. The params stay as they
// are; the gateway reads them.
func callArguments(raw json.RawMessage) (gateway.CallRequest, error) {
	var r gateway.CallRequest
	a, err := readArguments(callName, raw)
	if err != nil {
		return r, err
	}
	r.Method = a.text("method", true)
	r.Params = a.take("params")
	r.AllPages = a.flag("all_pages")
	r.MaxRecords = a.number("max_records")
	r.Cursor = a.text("cursor", false)
	r.Select = a.text("select", false)
	r.SQL = a.text("sql", false)
	r.Format = a.text("format", false)
	r.As = a.text("as", false)
	r.Inline = a.flag("inline")
	r.TimeZone = a.text("time_zone", false)
	stray := a.rest()
	for _, name := range stray {
		p := fault.Problem{Param: shorten(name), Nearest: nearest(name, callArgumentNames...)}
		switch {
		case name == "service" || name == "full" || name == "columns":
			p.Message = "is an argument of " + describeName + ", not of " + callName + "; leave it out"
		case len(p.Nearest) > 0:
			p.Message = "is not an argument of " + callName + ", which takes " + strings.Join(callArgumentNames, ", ")
		default:
			p.Message = "is not an argument of " + callName + "; parameters of the method go into params"
		}
		a.problem(p)
	}
	// Alone, params of a wrong type are left to the gateway, which knows the
	// method's signature; with other problems they are told with those.
	if k := kindOf(r.Params); len(a.problems) > 0 && k != kindObject && k != kindString && k != kindNull {
		a.problem(fault.Problem{Param: "params", Message: "must be an object with the method's parameters by name, and is " + k})
	}
	return r, a.err(func() json.RawMessage { return a.mended(stray) })
}

// arguments are a tool's arguments while they are read. Everything wrong with
// them is collected, so that a model can mend its call at once.
type arguments struct {
	tool     string
	given    map[string]json.RawMessage
	read     []string
	problems []fault.Problem
}

func readArguments(tool string, raw json.RawMessage) (*arguments, error) {
	a := &arguments{tool: tool}
	switch k := kindOf(raw); k {
	case kindNull:
		return a, nil
	case kindObject:
		if err := json.Unmarshal(raw, &a.given); err != nil {
			return nil, fault.New(fault.InvalidParams, "the arguments of %s are not valid JSON: %v", tool, err)
		}
		return a, nil
	default:
		return nil, fault.New(fault.InvalidParams, "the arguments of %s must be an object, and are %s", tool, k)
	}
}

func (a *arguments) problem(p fault.Problem) { a.problems = append(a.problems, p) }

// take gives an argument as it was sent, nil where it is absent.
func (a *arguments) take(name string) json.RawMessage {
	a.read = append(a.read, name)
	return a.given[name]
}

// text reads a string; absent and null are the empty string.
func (a *arguments) text(name string, required bool) string {
	raw := a.take(name)
	var s string
	switch k := kindOf(raw); k {
	case kindString:
		// The document was valid, so a string in it is too.
		_ = json.Unmarshal(raw, &s)
		s = strings.TrimSpace(s)
	case kindNull:
	default:
		a.problem(fault.Problem{Param: name, Message: "must be a string, and is " + k})
		return ""
	}
	if s == "" && required {
		a.problem(fault.Problem{Param: name, Message: "is required: the name of a method, see the index in the description of " + callName})
	}
	return s
}

// flag reads a boolean, also where it comes as a string; absent and null are false.
func (a *arguments) flag(name string) bool {
	raw := a.take(name)
	switch string(raw) {
	case "true", `"true"`:
		return true
	case "", "null", "false", `"false"`:
		return false
	}
	a.problem(fault.Problem{Param: name, Message: "must be true or false, and is " + kindOf(raw)})
	return false
}

// number reads a whole number, also where it comes as a string; absent and null
// are 0.
func (a *arguments) number(name string) int {
	raw := a.take(name)
	if k := kindOf(raw); k == kindNull {
		return 0
	}
	n, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	if err != nil {
		a.problem(fault.Problem{Param: name, Message: "must be a whole number, and is " + kindOf(raw)})
	}
	return n
}

// rest names the arguments that nobody read, sorted.
func (a *arguments) rest() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a.given)), func(name string) bool {
		return slices.Contains(a.read, name)
	})
}

// err gives all problems as one error, nil where there are none. The example is
// added where the call names a method and is short.
func (a *arguments) err(example func() json.RawMessage) error {
	if len(a.problems) == 0 {
		return nil
	}
	e := fault.New(fault.InvalidParams, "the arguments of %s are wrong", a.tool)
	e.Problems = a.problems
	e.Hint = "Correct the arguments and call " + a.tool + " again; nothing was sent to Zoom."
	size := 0
	for name, raw := range a.given {
		size += len(name) + len(raw)
	}
	if kindOf(a.given["method"]) == kindString && size <= maxExample {
		e.Example = example()
	}
	return e
}

// mended builds the call that was probably meant: what stood beside method is
// put into params.
func (a *arguments) mended(stray []string) json.RawMessage {
	params := map[string]json.RawMessage{}
	merge := func(raw json.RawMessage) {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			raw = json.RawMessage(text)
		}
		var more map[string]json.RawMessage
		if json.Unmarshal(raw, &more) == nil {
			maps.Copy(params, more)
		}
	}
	merge(a.given["params"])
	for _, name := range stray {
		switch near := nearest(name, callArgumentNames...); {
		case name == "service" || name == "full" || name == "columns":
		case slices.Contains(near, "params"):
			merge(a.given[name])
		case len(near) > 0:
		default:
			params[name] = a.given[name]
		}
	}
	var inner object
	for _, name := range slices.Sorted(maps.Keys(params)) {
		inner = append(inner, member{name, params[name]})
	}
	return object{{"method", a.given["method"]}, {"params", inner.encode()}}.encode()
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

func (o object) encode() json.RawMessage {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, m.name)
		out = append(out, ':')
		out = append(out, m.value...)
	}
	return append(out, '}')
}

// Kinds of JSON values, as people call them.
const (
	kindObject  = "an object"
	kindArray   = "an array"
	kindString  = "a string"
	kindBoolean = "a boolean"
	kindNumber  = "a number"
	kindNull    = "null"
)

// kindOf names the kind of a valid JSON value; an absent one is null.
func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return kindNull
	}
	switch raw[0] {
	case '{':
		return kindObject
	case '[':
		return kindArray
	case '"':
		return kindString
	case 't', 'f':
		return kindBoolean
	case 'n':
		return kindNull
	default:
		return kindNumber
	}
}

// nearest gives the argument that a caller seems to have meant by name.
func nearest(name string, known ...string) []string {
	n := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(shorten(name)))
	meant := ""
	switch n {
	case "arguments", "args", "arg", "input", "inputs", "query", "body", "options", "parameters", "parameter":
		meant = "params"
	case "methodname", "name", "operation", "function", "tool":
		meant = "method"
	}
	for _, k := range known {
		if k == meant || distance(n, k) <= 2 {
			return []string{k}
		}
	}
	return nil
}

// distance is the Levenshtein distance of two short ASCII names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// maxShown bounds a caller's word in an error message, in bytes.
const maxShown = 64

// shorten bounds a word that a caller sent.
func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// quote shows a word that a caller sent.
func quote(s string) string { return strconv.Quote(shorten(s)) }
