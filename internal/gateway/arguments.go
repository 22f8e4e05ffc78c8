package gateway

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/paginate"
)

// ArgumentNames are the arguments of a call that say how it is to be answered, as
// Set takes them.
func ArgumentNames() []string {
	return []string{"all_pages", "max_records", "cursor", "select", "sql", "format", "partial", "as", "inline", "time_zone"}
}

// Set reads one of the arguments in ArgumentNames, in any form that package lenient
// reads, and reports whether it is one. An argument that has said something else
// before is an error.
func (r *CallRequest) Set(name string, value json.RawMessage) (known bool, err error) {
	switch name {
	case "all_pages":
		err = set(&r.AllPages, lenient.Bool, value)
	case "max_records":
		err = set(&r.MaxRecords, number, value)
	case "cursor":
		err = set(&r.Cursor, line, value)
	case "select":
		err = set(&r.Select, line, value)
	case "sql":
		err = set(&r.SQL, line, value)
	case "format":
		err = set(&r.Format, fixed, value)
	case "partial":
		err = set(&r.Partial, lenient.Bool, value)
	case "as":
		err = set(&r.As, fixed, value)
	case "inline":
		err = set(&r.Inline, lenient.Bool, value)
	case "time_zone":
		err = set(&r.TimeZone, line, value)
	default:
		return false, nil
	}
	return true, err
}

// QueryArguments are the arguments of a question over tables, as Set takes them.
func QueryArguments() []string {
	return []string{"sql", "time_zone", "format", "max_calls", "dry_run", "partial", "fresh"}
}

// Set reads one of the arguments in QueryArguments, as CallRequest.Set does.
func (r *QueryRequest) Set(name string, value json.RawMessage) (known bool, err error) {
	switch name {
	case "sql":
		err = set(&r.SQL, line, value)
	case "time_zone":
		err = set(&r.TimeZone, line, value)
	case "format":
		err = set(&r.Format, fixed, value)
	case "max_calls":
		err = set(&r.MaxCalls, number, value)
	case "dry_run":
		err = set(&r.DryRun, lenient.Bool, value)
	case "partial":
		err = set(&r.Partial, lenient.Bool, value)
	case "fresh":
		err = set(&r.Fresh, lenient.Bool, value)
	default:
		return false, nil
	}
	return true, err
}

// Read reads the arguments of a question, and returns what is wrong with them.
func (r *QueryRequest) Read(given []lenient.Member) []apierror.Problem {
	var problems []apierror.Problem
	for _, g := range given {
		known, err := r.Set(g.Name, g.Value)
		p := apierror.Problem{Param: lenient.Shorten(g.Name)}
		switch {
		case !known:
			p.Message = "is not an argument of a question, which takes " + strings.Join(QueryArguments(), ", ")
			p.Nearest = apierror.Nearest(g.Name, QueryArguments(), 3)
		case err != nil:
			p.Message = err.Error()
		default:
			continue
		}
		problems = append(problems, p)
	}
	return problems
}

// IsQueryFlag reports whether an argument in QueryArguments is true or false.
func IsQueryFlag(name string) bool {
	var r QueryRequest
	_, _ = r.Set(name, json.RawMessage("true")) // others leave these as they are
	return r.DryRun || r.Partial || r.Fresh
}

// IsFlag reports whether an argument in ArgumentNames is true or false.
func IsFlag(name string) bool {
	var r CallRequest
	_, _ = r.Set(name, json.RawMessage("true")) // others leave these as they are
	return r.AllPages || r.Partial || r.Inline
}

func set[T comparable](to *T, read func(json.RawMessage) (T, error), value json.RawMessage) error {
	var nothing T
	v, err := read(value)
	switch {
	case err != nil:
		return err
	case v == nothing:
	case *to != nothing && *to != v:
		return errors.New("given twice")
	default:
		*to = v
	}
	return nil
}

func line(value json.RawMessage) (string, error) {
	text, err := lenient.Text(value)
	return strings.TrimSpace(text), err
}

// fixed reads one of some words, which are in small letters.
func fixed(value json.RawMessage) (string, error) {
	text, err := line(value)
	return strings.ToLower(text), err
}

// number reads a number of records; what is out of bounds stays so.
func number(value json.RawMessage) (int, error) {
	n, err := lenient.Int(value)
	return int(max(min(n, math.MaxInt32), math.MinInt32)), err
}

// lift takes the arguments of the call that a caller wrote among the parameters of
// the method: models do, and a tool or path of a method alone has no other place
// for them. Parameters that stand in an object of their own once more join the others.
func lift(m *catalog.Method, r CallRequest) (CallRequest, []apierror.Problem) {
	given, err := lenient.Object(r.Params)
	if err != nil {
		return r, nil // the catalog says what is wrong
	}
	var problems []apierror.Problem
	inner := func(g lenient.Member) bool { return g.Name == "params" && m.Param(g.Name) == nil }
	if i := slices.IndexFunc(given, inner); i >= 0 {
		more, err := lenient.Object(given[i].Value)
		if err != nil {
			problems = append(problems, apierror.Problem{Param: given[i].Name, Message: err.Error()})
		}
		given = slices.Replace(given, i, i+1, more...)
		r.Params = lenient.Encode(given)
	}
	kept := make([]lenient.Member, 0, len(given))
	for _, g := range given {
		if m.Param(g.Name) == nil {
			known, err := r.Set(g.Name, g.Value)
			if err != nil {
				problems = append(problems, apierror.Problem{Param: g.Name, Message: err.Error()})
			}
			if known {
				continue
			}
		}
		kept = append(kept, g)
	}
	if len(kept) < len(given) {
		r.Params = lenient.Encode(kept)
	}
	return r, problems
}

// plain takes the documented defaults out of a request: strict clients have models
// write every argument, and that means the same as leaving it out.
func (r *CallRequest) plain(m *catalog.Method) {
	// Programs get all there is by default, models a thousand.
	usual := r.MaxRecords == paginate.DefaultRecords && !r.Exact
	if usual || m.Pagination == nil && (r.MaxRecords == paginate.DefaultRecords || r.MaxRecords == paginate.MostRecords) {
		r.MaxRecords = 0
	}
	if r.As == AsText && (m.Kind != "transcript" || r.Select != "") {
		r.As = ""
	}
}
