package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/lenient"
)

// MaxParams bounds the JSON of one call's parameters, in bytes. The longest
// documented request, 300 queue ids, has about 8,000.
const MaxParams = 64 << 10

// maxValue bounds one string value, in bytes; maxArray one list without a
// documented bound. Zoom's gateway refuses longer addresses with an HTML page.
const (
	maxValue = 2048
	maxArray = 300
)

// maxShown is how much of what a caller wrote is shown back, in characters.
const maxShown = 80

// Dates say how from and to are to be read.
type Dates struct {
	Now time.Time
	// Zone is an IANA time zone that decides what a day is, empty for UTC.
	Zone string
	// Split allows a range that takes several calls. Totals reports that no range can
	// be put together from several calls.
	Split, Totals bool
}

// Check types the parameters of a call and reports everything that is wrong with
// them. raw is read as package lenient reads an object; beside the forms there, a
// list may be one value or comma-separated text. No value begins or ends with spaces. The range is what from and to
// mean; nil for a method without one.
func (m *Method) Check(raw json.RawMessage, d Dates) (Args, *daterange.Range, *apierror.Error) {
	now := d.Now
	given, err := lenient.Object(raw)
	if len(raw) > MaxParams {
		given, err = nil, fmt.Errorf("%d bytes long, the limit is %d", len(raw), MaxParams)
	}
	if err != nil {
		return Args{}, nil, m.Invalid(now, []apierror.Problem{{Param: "params", Message: err.Error()}})
	}
	args := Args{values: make(map[string]any, len(given)), written: map[string]string{}}
	var problems []apierror.Problem
	seen := make(map[string]bool, len(given))
	complain := func(name, format string, a ...any) {
		problems = append(problems, apierror.Problem{Param: name, Message: fmt.Sprintf(format, a...)})
	}
	for _, g := range given {
		if lenient.Nothing(g.Value) {
			continue
		}
		p := m.Param(g.Name)
		if p == nil {
			problems = append(problems, m.unknown(g.Name))
			continue
		}
		if seen[p.Name] {
			complain(p.Name, "given twice")
			continue
		}
		seen[p.Name] = true
		v, problem := p.check(g.Value)
		if problem != nil {
			problems = append(problems, *problem)
		} else if v != nil {
			args.values[p.Name] = v
		}
	}
	for _, p := range m.Params {
		if p.Time != "" && p.Name == "to" && args.String("from") != "" {
			continue // a lone from gets its to
		}
		if _, ok := args.values[p.Name]; p.Required && !ok && !mentioned(problems, p.Name) {
			complain(p.Name, "required%s", p.from())
		}
	}
	span, wrong := m.span(args, d)
	problems = append(problems, wrong...)
	if len(problems) > 0 {
		return Args{}, nil, m.Invalid(now, problems)
	}
	return args, span, nil
}

// span reads from and to. What Zoom is to be sent takes their place, unless the
// range is for several calls, each of which has its own.
func (m *Method) span(a Args, d Dates) (*daterange.Range, []apierror.Problem) {
	if m.Window == nil {
		if d.Zone != "" {
			if _, err := daterange.Zone(d.Zone); err != nil {
				return nil, []apierror.Problem{{Param: "time_zone", Message: err.Error()}}
			}
		}
		return nil, nil
	}
	from, to := a.String("from"), a.String("to")
	r, problems := daterange.Resolve(daterange.Asked{From: from, To: to, Zone: d.Zone, Split: d.Split, Totals: d.Totals}, m.Limits(), d.Now)
	if len(problems) > 0 {
		return nil, problems
	}
	a.replace("from", r.From)
	a.replace("to", r.To)
	return r, nil
}

// Limits are those of the method's date range.
func (m *Method) Limits() daterange.Limits {
	return daterange.Limits{Longest: m.Window.Longest, Reach: m.Window.Reach, Dates: m.Window.Precision == "date"}
}

// Invalid is the error for a call whose parameters are wrong.
func (m *Method) Invalid(now time.Time, problems []apierror.Problem) *apierror.Error {
	e := apierror.New(apierror.InvalidParams, "nothing was sent: %d problem", len(problems))
	if len(problems) > 1 {
		e.Message += "s"
	}
	e.Message += " with the parameters of " + m.Name
	e.Problems = problems
	e.Method = m.Name
	e.Signature = m.Signature()
	e.Example = m.Example(now)
	e.Hint = "Fix the parameters and call again; describe_method tells what each means."
	return e
}

// Param finds a parameter by its name, nil for none.
func (m *Method) Param(name string) *Param {
	for i := range m.Params {
		if m.Params[i].Name == name {
			return &m.Params[i]
		}
	}
	return nil
}

// unknown is the problem of a parameter that the method does not have.
func (m *Method) unknown(name string) apierror.Problem {
	var names []string
	for _, p := range m.Params {
		names = append(names, p.Name)
	}
	p := apierror.Problem{Param: lenient.Shorten(name), Message: "no such parameter"}
	if len(names) == 0 {
		p.Message = "no such parameter: the method takes none"
		return p
	}
	if len(name) <= maxShown {
		p.Nearest = apierror.Nearest(name, names, 3)
	}
	if len(p.Nearest) == 0 {
		p.Message = "no such parameter; there are " + strings.Join(names, ", ")
	}
	return p
}

// from returns where a value comes from, as the end of a sentence.
func (p *Param) from() string {
	if len(p.Sources) == 0 {
		return ""
	}
	var out []string
	for _, s := range p.Sources {
		out = append(out, s.Method+" ("+s.Field+")")
	}
	return "; take it from " + strings.Join(out, " or ")
}

func mentioned(problems []apierror.Problem, name string) bool {
	for _, p := range problems {
		if p.Param == name {
			return true
		}
	}
	return false
}
