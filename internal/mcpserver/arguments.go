package mcpserver

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/hbollon/go-edlib"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/safejson"
)

// maxExample bounds the example that an error builds from a call, in bytes.
const maxExample = 2 << 10

// describeArguments reads the arguments of describe_method.
func describeArguments(raw json.RawMessage) (gateway.DescribeRequest, error) {
	var r gateway.DescribeRequest
	a := readArguments(describeName, raw)
	for _, g := range a.given {
		var err error
		switch g.Name {
		case "service":
			r.Service, err = lenient.Word(g.Value)
		case "method":
			r.Method, err = lenient.Word(g.Value)
		case "full":
			r.Full, err = lenient.Bool(g.Value)
		case "columns":
			r.Columns, err = lenient.Bool(g.Value)
		default:
			a.problem(apierror.Problem{
				Param:   lenient.Shorten(g.Name),
				Message: "is not an argument of " + describeName + ", which takes service, method, full and columns",
				Nearest: nearest(g.Name, "method", "service", "full", "columns"),
			})
		}
		a.wrong(g.Name, err)
	}
	a.needsMethod(r.Method)
	return r, a.err(func() json.RawMessage {
		return lenient.Encode([]lenient.Member{{Name: "method", Value: safejson.Quote(r.Method)}})
	})
}

// callArguments reads the arguments of call_zoom-phone. The params stay as they
// are; the gateway reads them.
func callArguments(raw json.RawMessage) (gateway.CallRequest, error) {
	var r gateway.CallRequest
	a := readArguments(callName, raw)
	var stray []lenient.Member
	for _, g := range a.given {
		var err error
		switch g.Name {
		case "method":
			r.Method, err = lenient.Word(g.Value)
		case "params":
			r.Params = g.Value
		case "service":
			var service string
			if service, err = lenient.Word(g.Value); err == nil && !strings.EqualFold(service, gateway.Service) {
				err = errors.New("the only service is " + gateway.Service)
			}
		default:
			var known bool
			if known, err = r.Set(g.Name, g.Value); !known {
				stray = append(stray, g)
				a.problem(notOfCall(g.Name))
			}
		}
		a.wrong(g.Name, err)
	}
	a.needsMethod(r.Method)
	// Alone, params of a wrong type are left to the gateway, which knows the
	// method's signature; with other problems they are told with those.
	if len(a.problems) > 0 {
		_, err := lenient.Object(r.Params)
		a.wrong("params", err)
	}
	return r, a.err(func() json.RawMessage { return corrected(r, stray) })
}

// queryArguments reads the arguments of query_zoom-phone.
func queryArguments(raw json.RawMessage) (gateway.QueryRequest, error) {
	var r gateway.QueryRequest
	a := readArguments(queryName, raw)
	a.problems = append(a.problems, r.Read(a.given)...)
	return r, a.err(func() json.RawMessage { return nil })
}

// notOfCall is the problem of an argument that call_zoom-phone does not have.
func notOfCall(name string) apierror.Problem {
	known := append([]string{"method", "params"}, gateway.ArgumentNames()...)
	p := apierror.Problem{Param: lenient.Shorten(name), Nearest: nearest(name, known...)}
	switch {
	case ofDescribe(name):
		p.Message = "is an argument of " + describeName + ", not of " + callName + "; leave it out"
	case len(p.Nearest) > 0:
		p.Message = "is not an argument of " + callName + ", which takes " + strings.Join(known, ", ")
	default:
		p.Message = "is not an argument of " + callName + "; parameters of the method go into params"
	}
	return p
}

func ofDescribe(name string) bool { return name == "full" || name == "columns" }

// metaName is where a request of the protocol has what is not of its matter; some
// clients put it among the arguments, too.
const metaName = "_meta"

// withoutMeta returns the arguments without it.
func withoutMeta(raw json.RawMessage) json.RawMessage {
	given, err := lenient.Object(raw)
	kept := slices.DeleteFunc(slices.Clone(given), func(g lenient.Member) bool { return g.Name == metaName })
	if err != nil || len(kept) == len(given) {
		return raw
	}
	return lenient.Encode(kept)
}

// arguments are a tool's arguments while they are read. Everything wrong with
// them is collected, so that a model can correct its call at once.
type arguments struct {
	tool     string
	size     int
	given    []lenient.Member
	problems []apierror.Problem
}

func readArguments(tool string, raw json.RawMessage) *arguments {
	a := &arguments{tool: tool, size: len(raw)}
	var err error
	a.given, err = lenient.Object(raw)
	a.wrong("arguments", err)
	a.given = slices.DeleteFunc(a.given, func(g lenient.Member) bool { return lenient.Nothing(g.Value) || g.Name == metaName })
	seen := map[string]bool{}
	for _, g := range a.given {
		if seen[g.Name] {
			a.problem(apierror.Problem{Param: lenient.Shorten(g.Name), Message: "given twice"})
		}
		seen[g.Name] = true
	}
	return a
}

func (a *arguments) problem(p apierror.Problem) { a.problems = append(a.problems, p) }

// wrong notes what is wrong with an argument; nothing for a nil error.
func (a *arguments) wrong(name string, err error) {
	if err == nil {
		return
	}
	p := apierror.Problem{Param: lenient.Shorten(name), Message: err.Error()}
	if !slices.ContainsFunc(a.problems, func(q apierror.Problem) bool { return q.Param == p.Param && q.Message == p.Message }) {
		a.problem(p)
	}
}

func (a *arguments) needsMethod(method string) {
	told := slices.ContainsFunc(a.problems, func(p apierror.Problem) bool { return p.Param == "method" || p.Param == "arguments" })
	if method == "" && !told {
		a.problems = slices.Insert(a.problems, 0, apierror.Problem{Param: "method", Message: "is required: the name of a method, see the index in the description of " + callName})
	}
}

// err returns all problems as one error, nil where there are none. The example is
// added where the call names a method and is short.
func (a *arguments) err(example func() json.RawMessage) error {
	if len(a.problems) == 0 {
		return nil
	}
	e := apierror.New(apierror.InvalidParams, "the arguments of %s are wrong", a.tool)
	e.Problems = a.problems
	e.Hint = "Correct the arguments and call " + a.tool + " again; nothing was sent to Zoom."
	named := slices.ContainsFunc(a.given, func(g lenient.Member) bool { return g.Name == "method" && lenient.Kind(g.Value) == lenient.KindText })
	if named && a.size <= maxExample {
		e.Example = example()
	}
	return e
}

// corrected builds the call that was probably meant: what stood beside method is
// put into params.
func corrected(r gateway.CallRequest, stray []lenient.Member) json.RawMessage {
	params := map[string]json.RawMessage{}
	merge := func(raw json.RawMessage) {
		more, _ := lenient.Object(raw) // what is no object is told of
		for _, g := range more {
			params[g.Name] = g.Value
		}
	}
	merge(r.Params)
	for _, g := range stray {
		p := notOfCall(g.Name)
		switch {
		case ofDescribe(g.Name):
		case slices.Contains(p.Nearest, "params"):
			merge(g.Value)
		case len(p.Nearest) > 0:
		default:
			params[g.Name] = g.Value
		}
	}
	var inner []lenient.Member
	for _, name := range slices.Sorted(maps.Keys(params)) {
		inner = append(inner, lenient.Member{Name: name, Value: params[name]})
	}
	return lenient.Encode([]lenient.Member{{Name: "method", Value: safejson.Quote(r.Method)}, {Name: "params", Value: lenient.Encode(inner)}})
}

// nearest returns the argument that a caller seems to have meant by name.
func nearest(name string, known ...string) []string {
	n := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(lenient.Shorten(name)))
	meant := ""
	switch n {
	case "arguments", "args", "arg", "input", "inputs", "query", "body", "options", "parameters", "parameter":
		meant = "params"
	case "methodname", "name", "operation", "function", "tool":
		meant = "method"
	}
	for _, k := range known {
		if k == meant || edlib.LevenshteinDistance(n, k) <= min(2, len(k)/2) {
			return []string{k}
		}
	}
	return nil
}
