package main

// model is the spec as the printers need it: references resolved to names,
// everything in the order in which the spec has it.
type model struct {
	Methods []method
	Types   []namedType // components/schemas, in order
}

// method is one operation.
type method struct {
	Name        string // the product's name
	GoName      string
	OperationID string
	Title       string
	Description string
	Tag         string
	Path        string // Zoom's path, with {parameters}
	Ext         extension
	Params      []param
	// RESTNames are the parameters for the names in Ext.REST that are not their
	// own; empty where a name is without effect.
	RESTNames  map[string]string
	Response   *typ     // nil for files
	Untrusted  []string // strings of the answer that outside parties write
	Deprecated bool
}

// extension is x-zoom-phone of an operation; the spec's head documents it.
type extension struct {
	Method string `json:"method"`
	Go     string `json:"go"` // the Go name where the operation id gives an ugly one
	REST   string `json:"rest"`
	// RESTParams are parameters by the names in REST that stand for them, nil for
	// a name that stands for none.
	RESTParams map[string]*string `json:"rest_params"`
	RateLimit  *string            `json:"rate_limit"`
	Scopes     struct {
		Classic  []string `json:"classic"`
		Granular []string `json:"granular"`
	} `json:"scopes"`
	Opens      []string `json:"opens"`
	Answer     string   `json:"answer"`
	File       *file    `json:"file"`
	Pagination *struct {
		Style string `json:"style"`
		Items string `json:"items"`
		Next  string `json:"next"`
		Size  string `json:"size"`

		ID          []string          `json:"id"`
		MaxSize     int               `json:"max_size"`
		OldestFirst map[string]string `json:"oldest_first"`
		Elsewhere   string            `json:"elsewhere"`

		ElsewhereLists []struct {
			List string            `json:"list"`
			Set  map[string]string `json:"set"`
		} `json:"elsewhere_lists"`
	} `json:"pagination"`
	Window *struct {
		Longest   string `json:"longest"`
		Reach     string `json:"reach"`
		Default   string `json:"default"`
		Precision string `json:"precision"`
		Totals    bool   `json:"totals"`

		Times   []string `json:"times"`
		TimesBy string   `json:"times_by"`
		Settles bool     `json:"settles"`
	} `json:"window"`
	Table *struct {
		Items   string            `json:"items"`
		Send    map[string]string `json:"send"`
		Filters map[string]string `json:"filters"`
		Numbers []string          `json:"numbers"`
		Absent  bool              `json:"absent"`
	} `json:"table"`
	Matters []string `json:"matters"`
	Hides   []struct {
		Unless string `json:"unless"`
		Says   string `json:"says"`
	} `json:"hides"`
	Errors           map[string][]int  `json:"errors"`
	Related          []string          `json:"related"`
	Notes            []string          `json:"notes"`
	Deprecated       *deprecation      `json:"deprecated"`
	DeprecatedFields []deprecatedField `json:"deprecated_fields"`
}

// file says what a binary answer is.
type file struct {
	Sort string `json:"sort"`
	Name string `json:"name"`
}

type deprecation struct {
	Instead string `json:"instead"`
	Ends    string `json:"ends"`
}

type deprecatedField struct {
	Field string `json:"field"`
	deprecation
}

// param is one parameter of a method.
type param struct {
	Name        string
	GoName      string
	In          string // "path" or "query"
	Required    bool
	Description string
	Time        string // "", "date" or "date-time"
	Sources     []source
	NotFound    *notFound
	Meant       map[string][]string // the values that other words mean
	HideDefault bool                // the document's default is not shown
	Schema      *typ
}

// notFound says what a value may be that Zoom does not know, and which method to
// ask instead, and how.
type notFound struct {
	Says    string `json:"says"`
	Instead string `json:"instead"`
	How     string `json:"how"`
}

// source is another method whose answer holds values for a parameter.
type source struct {
	Method string `json:"method"`
	Field  string `json:"field"`
}

// namedType is a component schema.
type namedType struct {
	Name string
	Type *typ
}

// typ is a schema: a reference, a scalar, an array or an object. Alternatives
// (oneOf) and compositions (allOf) are kept as Parts beside the own fields.
type typ struct {
	Ref         string // name of a component; everything below but Description is then empty
	Kind        string // object, array, string, integer, number, boolean
	Description string
	Format      string
	Enum        []any
	Default     any
	Min, Max    *float64
	MaxItems    *uint64
	Deprecated  bool
	Required    []string
	Fields      []field
	Items       *typ
	AllOf       []*typ
	OneOf       []*typ
}

type field struct {
	Name string
	Type *typ
}

// flat returns the fields of an object with those of its parts, each name once.
func (m *model) flat(t *typ) []field {
	var out []field
	seen := map[string]bool{}
	var add func(*typ)
	add = func(t *typ) {
		t = m.resolve(t)
		for _, part := range t.AllOf {
			add(part)
		}
		for _, f := range t.Fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				out = append(out, f)
			}
		}
		for _, part := range t.OneOf {
			add(part)
		}
	}
	add(t)
	return out
}

// resolve follows a reference to its component.
func (m *model) resolve(t *typ) *typ {
	for t.Ref != "" {
		t = m.component(t.Ref)
	}
	return t
}

func (m *model) component(name string) *typ {
	for _, n := range m.Types {
		if n.Name == name {
			return n.Type
		}
	}
	panic("no component " + name) // the loader has resolved every reference
}

// isObject reports whether a schema has fields, its own or those of its parts.
func (m *model) isObject(t *typ) bool {
	t = m.resolve(t)
	return t.Kind == "object" || len(t.Fields)+len(t.AllOf)+len(t.OneOf) > 0
}
