// Package catalog is the registry of the product's methods: what each is called,
// takes, answers and costs, and its binding to the typed client. The registry is
// generated from spec/zoom-phone.yaml; beside it stand the checks that every
// method's parameters go through before anything is sent.
//
// It must not know transports, nor how an answer is shown.
package catalog

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/hbollon/go-edlib"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/safejson"
	"zoom-phone-mcp/internal/zoom"
)

// Method is one method of the product.
type Method struct {
	Name, Title, Tag, Description string

	Path string // Zoom's path, with {parameters}
	REST string // the product's own path, with :names
	// RESTParams are the parameters for the names in REST that are not their own;
	// empty for a name whose value is without effect.
	RESTParams map[string]string
	// Kind of the answer: object, array, binary, transcript, or unknown (an
	// object whose fields the contract does not promise).
	Kind string
	// File says what a binary answer is; nil for others.
	File *File
	// RateLimit is Zoom's label, empty where Zoom gives none.
	RateLimit string
	Scopes    Scopes
	// Pagination is nil for methods that answer everything at once.
	Pagination *Pagination
	// Window is nil for methods without a date range.
	Window           *Window
	Table            *Table       // nil where a table has nothing of its own
	Deprecated       *Deprecation // nil while Zoom supports the method
	DeprecatedFields []DeprecatedField
	Hides            []Hides
	Untrusted        []string // fields whose text comes from outside the company
	Matters          []string // fields without whose meaning an answer is misread
	Related          []string // methods that come before or after
	Notes            []string // traps
	Params           []Param
	// Schema is the JSON Schema of the parameters, compact.
	Schema string
	// Fields is the answer's shape as JSON: objects are objects, arrays have one
	// element, a leaf is its type and meaning. Empty for files.
	Fields string

	// Call calls the method through the typed client.
	Call func(context.Context, *zoom.Client, Args) (Outcome, error)
}

// File says what sort of file a binary answer is, sound or document, and how the
// name of one without a name begins.
type File struct{ Sort, Name string }

// Pagination says how a method's answer goes on.
type Pagination struct {
	Style string `json:"style"` // page or sync
	Items string `json:"items"` // the field with the records
	Next  string `json:"next"`  // the field and parameter with the token
	Size  string `json:"size,omitempty"`

	MaxSize     int      `json:"-"` // the largest page, 0 where unknown
	ID          []string `json:"-"` // fields that tell records apart
	OldestFirst *Setting `json:"-"` // what turns the list round
	// Elsewhere is the method that has all records of a list which ends early; it
	// takes the same parameters. Empty where there is none.
	Elsewhere string `json:"elsewhere,omitempty"`
	// ElsewhereLists are where those records are in the other answer.
	ElsewhereLists []ElsewhereList `json:"-"`
}

// ElsewhereList is a list by the names on the way to it, and fields that its records
// are set to have.
type ElsewhereList struct {
	Path []string
	Set  map[string]string
}

// Twin returns the field under which Zoom answered the records before it renamed
// the list, empty where there is none.
func (m *Method) Twin() string {
	if m.Pagination == nil {
		return ""
	}
	for _, d := range m.DeprecatedFields {
		if d.Instead == m.Pagination.Items {
			return d.Field
		}
	}
	return ""
}

// Renamed are the lists and objects at the top of the answer that are about to go,
// with their new names.
func (m *Method) Renamed() []DeprecatedField {
	top := m.Answer().Fields
	return slices.DeleteFunc(slices.Clone(m.DeprecatedFields), func(d DeprecatedField) bool {
		return !slices.ContainsFunc(top, func(f Field) bool { return f.Name == d.Field && len(f.Fields) > 0 })
	})
}

// Table is what SQL sees of a method.
type Table struct {
	// Items is the list whose elements are the rows; empty for the method's list of
	// records or, where there is none, for one row.
	Items string
	// Send are parameters that are sent unless a statement gives them.
	Send map[string]string
	// Filters are the parameters, by field, that answer just the records with one value.
	Filters map[string]string
	// Numbers are fields that are numbers written as text: a table has them as numbers.
	Numbers []string
	// Absent reports that it is usual that Zoom has nothing for a key.
	Absent bool
}

// Setting is a parameter with a value.
type Setting struct{ Param, Value string }

// Hides is something that an empty answer may be hiding. It does not hold where
// the parameter Unless was given.
type Hides struct{ Unless, Says string }

// Window is the date range that a method takes. Periods are ISO 8601: P1M, P13M, P1Y.
type Window struct {
	Longest   string `json:"longest"`           // the longest range of one call
	Reach     string `json:"reach,omitempty"`   // how far back Zoom keeps data
	Default   string `json:"default,omitempty"` // what no range means
	Precision string `json:"precision"`         // date or date-time
	// Totals reports that the records are sums over the range, which cannot be
	// joined from several ranges.
	Totals bool `json:"totals,omitempty"`
	// Times are the fields of a record that say when it was; TimesBy is the
	// parameter that names the one of them which the range is of.
	Times   []string `json:"-"`
	TimesBy string   `json:"-"`
	// Settles reports that the records of a day no longer change once it is over.
	Settles bool `json:"-"`
}

// Deprecation says what to use instead, and when Zoom ends it (yyyy-mm).
type Deprecation struct {
	Instead string `json:"instead,omitempty"`
	Ends    string `json:"ends,omitempty"`
}

// DeprecatedField is a response field that Zoom is about to drop.
type DeprecatedField struct {
	Field   string `json:"field"`
	Instead string `json:"instead,omitempty"`
	Ends    string `json:"ends,omitempty"`
}

// Param is one parameter, as far as checks need it; Schema has the rest.
type Param struct {
	Name     string
	Type     string // string, integer, boolean or array
	Items    string // the type of an array's elements
	Time     string // date, date-time, or empty
	InPath   bool
	Required bool
	Enum     []string // allowed values, of the elements in an array
	Min, Max int64    // bounds of an integer, 0 for none
	MaxItems int
	Sources  []Source
	NotFound *NotFound // nil where nothing is known
	// Meant are words that are not in Enum and the values that they mean, also of
	// another parameter ("name: value").
	Meant map[string][]string
}

// NotFound says what a value may be that Zoom does not know, and which method to
// ask instead, if one, and how.
type NotFound struct{ Says, Instead, How string }

// Source is a method whose answer holds values for a parameter.
type Source struct {
	Method string `json:"method"`
	Field  string `json:"field"`
}

// Outcome is what a call brought: a JSON body or a file.
type Outcome struct {
	Body json.RawMessage
	File *zoom.File
	Meta zoom.Meta
}

func body(a *zoom.Answer, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Body: a.Raw, Meta: a.Meta}, nil
}

func file(f *zoom.File, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{File: f, Meta: f.Meta}, nil
}

// All returns every method, in the order of the spec.
func All() iter.Seq[*Method] {
	return func(yield func(*Method) bool) {
		for i := range methods {
			if !yield(&methods[i]) {
				return
			}
		}
	}
}

// Lookup finds a method by its name.
func Lookup(name string) (*Method, bool) {
	for i := range methods {
		if methods[i].Name == name {
			return &methods[i], true
		}
	}
	return nil, false
}

// Nearest returns the names of up to three of the methods, those most like name.
func Nearest(name string, among iter.Seq[*Method]) []string {
	names := make([]string, 0, len(methods))
	for m := range among {
		names = append(names, m.Name)
	}
	return apierror.Nearest(name, names, 3)
}

// misspelt returns the values of an enum of which s may be a misspelling. The first
// letters must agree, for a prefix can make the opposite: unanswered is not answered.
func misspelt(s string, values []string) []string {
	low := strings.ToLower(s)
	var out []string
	for _, v := range values {
		if l := strings.ToLower(v); low == "" || low[0] != l[0] || edlib.OSADamerauLevenshteinDistance(low, l) > max(1, len(l)/4) {
			continue
		}
		out = append(out, v)
	}
	return out
}

// Signature is the method with its parameters on one line; optional ones carry a
// question mark.
func (m *Method) Signature() string {
	var b strings.Builder
	b.WriteString(m.Name)
	b.WriteByte('(')
	for i, p := range m.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
		if !p.Required {
			b.WriteByte('?')
		}
		b.WriteString(": ")
		switch {
		case p.Time != "":
			b.WriteString(p.Time)
		case p.Type == "array":
			b.WriteString(p.Items + "[]")
		default:
			b.WriteString(p.Type)
		}
	}
	b.WriteByte(')')
	return b.String()
}

// Example is a complete set of tool arguments for the method, with its required
// parameters. Values that only the account knows are written <name>.
func (m *Method) Example(now time.Time) json.RawMessage {
	var b strings.Builder
	b.WriteString(`{"method":` + quote(m.Name) + `,"params":{`)
	first := true
	for _, p := range m.Params {
		if !p.Required {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(quote(p.Name) + ":" + p.example(now))
	}
	b.WriteString("}}")
	return json.RawMessage(b.String())
}

func (p *Param) example(now time.Time) string {
	switch {
	case p.Time != "" && p.Name == "from":
		return quote(now.UTC().AddDate(0, 0, -7).Format(time.DateOnly))
	case p.Time != "":
		return quote(now.UTC().Format(time.DateOnly))
	case len(p.Enum) > 0 && p.Type == "array":
		return "[" + quote(p.Enum[0]) + "]"
	case len(p.Enum) > 0:
		return quote(p.Enum[0])
	case p.Type == "integer" && p.Max > 0:
		return "100"
	case p.Type == "integer":
		return "30"
	case p.Type == "boolean":
		return "true"
	}
	return quote("<" + p.Name + ">")
}

// quote returns a JSON string, for examples.
func quote(s string) string {
	return string(safejson.Quote(s))
}
