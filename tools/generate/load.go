package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// load reads the spec and checks what the printers rely on.
func load(path string) (*model, error) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true // to keep the document's order
	doc, err := loader.LoadFromFile(path)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	m := &model{}
	for _, name := range inOrder(doc.Components.Schemas, func(s *openapi3.SchemaRef) *openapi3.Origin { return s.Value.Origin }) {
		m.Types = append(m.Types, namedType{name, loadType(&openapi3.SchemaRef{Value: doc.Components.Schemas[name].Value})})
	}
	paths := doc.Paths.Map()
	for _, path := range inOrder(paths, func(p *openapi3.PathItem) *openapi3.Origin { return p.Origin }) {
		item := paths[path]
		if item.Get == nil || len(item.Operations()) != 1 {
			return nil, fmt.Errorf("%s: want exactly one operation, a GET", path)
		}
		me, err := loadMethod(path, item.Get)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m.Methods = append(m.Methods, me)
	}
	var t texts
	if err := strict(doc.Extensions["x-texts"], &t); err != nil {
		return nil, fmt.Errorf("x-texts: %w", err)
	}
	return m, errors.Join(append(m.classify(t), m.check())...)
}

func loadMethod(path string, op *openapi3.Operation) (method, error) {
	me := method{
		OperationID: op.OperationID, GoName: goName(op.OperationID), Path: path,
		Title: op.Summary, Description: oneLine(op.Description), Deprecated: op.Deprecated,
	}
	if len(op.Tags) != 1 {
		return me, errors.New("want exactly one tag")
	}
	me.Tag = op.Tags[0]
	if err := strict(op.Extensions["x-zoom-phone"], &me.Ext); err != nil {
		return me, fmt.Errorf("x-zoom-phone: %w", err)
	}
	me.Name = me.Ext.Method
	if me.Ext.Go != "" {
		me.GoName = me.Ext.Go
	}
	for _, ref := range op.Parameters {
		p := ref.Value
		out := param{
			Name: p.Name, GoName: goName(p.Name), In: p.In, Required: p.Required,
			Description: oneLine(p.Description), Schema: loadType(p.Schema),
		}
		if v, ok := p.Extensions["x-time"]; ok {
			if err := strict(v, &out.Time); err != nil {
				return me, fmt.Errorf("%s: x-time: %w", p.Name, err)
			}
		}
		if v, ok := p.Extensions["x-source"]; ok {
			if err := strict(v, &out.Sources); err != nil {
				return me, fmt.Errorf("%s: x-source: %w", p.Name, err)
			}
		}
		if v, ok := p.Extensions["x-not-found"]; ok {
			if err := strict(v, &out.NotFound); err != nil {
				return me, fmt.Errorf("%s: x-not-found: %w", p.Name, err)
			}
		}
		if v, ok := p.Extensions["x-meant"]; ok {
			if err := strict(v, &out.Meant); err != nil {
				return me, fmt.Errorf("%s: x-meant: %w", p.Name, err)
			}
		}
		if v, ok := p.Extensions["x-hide-default"]; ok {
			if err := strict(v, &out.HideDefault); err != nil {
				return me, fmt.Errorf("%s: x-hide-default: %w", p.Name, err)
			}
		}
		if slices.ContainsFunc(me.Params, func(other param) bool { return other.GoName == out.GoName }) {
			out.GoName += "Query" // siteId in the path and site_id in the query are two parameters
		}
		me.Params = append(me.Params, out)
	}
	var err error
	if me.RESTNames, err = restNames(&me); err != nil {
		return me, err
	}
	ok := op.Responses.Value("200")
	if ok == nil {
		return me, errors.New("no answer 200")
	}
	if media := ok.Value.Content.Get("application/json"); media != nil {
		me.Response = loadType(media.Schema)
	}
	return me, nil
}

func loadType(ref *openapi3.SchemaRef) *typ {
	s := ref.Value
	if ref.Ref != "" {
		return &typ{Ref: ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:], Description: oneLine(s.Description), Deprecated: s.Deprecated}
	}
	t := &typ{
		Description: oneLine(s.Description), Format: s.Format, Enum: s.Enum, Default: s.Default,
		Min: s.Min, Max: s.Max, MaxItems: s.MaxItems, Deprecated: s.Deprecated, Required: s.Required,
	}
	if s.Type != nil && len(*s.Type) > 0 {
		t.Kind = (*s.Type)[0]
	}
	for _, name := range inOrder(s.Properties, func(r *openapi3.SchemaRef) *openapi3.Origin {
		if r.Ref != "" {
			return r.Origin
		}
		return r.Value.Origin
	}) {
		t.Fields = append(t.Fields, field{name, loadType(s.Properties[name])})
	}
	if s.Items != nil {
		t.Items = loadType(s.Items)
	}
	for _, part := range s.AllOf {
		t.AllOf = append(t.AllOf, loadType(part))
	}
	for _, part := range s.OneOf {
		t.OneOf = append(t.OneOf, loadType(part))
	}
	return t
}

// inOrder returns a map's keys in the order in which the document has them.
func inOrder[V any](m map[string]V, origin func(V) *openapi3.Origin) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	at := func(k string) (int, int) {
		if o := origin(m[k]); o != nil && o.Key != nil {
			return o.Key.Line, o.Key.Column
		}
		return 0, 0
	}
	slices.SortFunc(keys, func(a, b string) int {
		al, ac := at(a)
		bl, bc := at(b)
		return cmp.Or(cmp.Compare(al, bl), cmp.Compare(ac, bc), cmp.Compare(a, b))
	})
	return keys
}

// strict decodes an extension's value and refuses keys that are not known.
func strict(v, to any) error {
	if v == nil {
		return errors.New("missing")
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// check holds what cannot be said in OpenAPI: names are unique and refer to
// something, pagination and sources point at real fields.
func (m *model) check() error {
	byName := map[string]*method{}
	goNames, restPaths := map[string]string{}, map[string]string{}
	var errs []error
	bad := func(me *method, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", me.Name, fmt.Sprintf(format, args...)))
	}
	for i := range m.Methods {
		me := &m.Methods[i]
		if byName[me.Name] != nil {
			bad(me, "a second method of this name")
		}
		byName[me.Name] = me
		if other, ok := goNames[me.GoName]; ok {
			bad(me, "Go name %s is also %s", me.GoName, other)
		}
		goNames[me.GoName] = me.Name
		if other, ok := restPaths[me.Ext.REST]; ok {
			bad(me, "the REST path %s is also that of %s", me.Ext.REST, other)
		}
		restPaths[me.Ext.REST] = me.Name
	}
	for i := range m.Methods {
		me := &m.Methods[i]
		switch me.Ext.Answer {
		case "object", "array", "unknown", "transcript":
			if me.Response == nil {
				bad(me, "answer %s without a JSON schema", me.Ext.Answer)
			}
		case "binary":
			if me.Response != nil {
				bad(me, "a binary answer with a JSON schema")
			}
			if f := me.Ext.File; f == nil || f.Sort != "sound" && f.Sort != "document" || f.Name == "" {
				bad(me, "a binary answer needs file, with its sort (sound or document) and name")
			}
		default:
			bad(me, "answer %q", me.Ext.Answer)
		}
		if me.Ext.File != nil && me.Ext.Answer != "binary" {
			bad(me, "file belongs to binary answers")
		}
		for _, p := range me.Params {
			switch kind := p.Schema.Kind; kind {
			case "string", "integer", "boolean":
			case "array":
				if k := p.Schema.Items.Kind; k != "string" && k != "integer" {
					bad(me, "%s: arrays of %s are not supported", p.Name, k)
				}
			default:
				bad(me, "%s: type %q is not supported", p.Name, kind)
			}
			if p.Schema.Ref != "" {
				bad(me, "%s: write the schema in place", p.Name)
			}
			if p.Schema.Min != nil && *p.Schema.Min < 1 || p.Schema.Max != nil && *p.Schema.Max < 1 {
				bad(me, "%s: bounds below 1 are not supported", p.Name)
			}
			if p.In == "path" && !strings.Contains(me.Path, "{"+p.Name+"}") {
				bad(me, "%s is not in the path", p.Name)
			}
			if n := p.NotFound; n != nil && (n.Says == "" || n.Instead != "" && byName[n.Instead] == nil) {
				bad(me, "%s: x-not-found says nothing, or names no method", p.Name)
			}
			for _, values := range p.Meant {
				for _, v := range values {
					if !me.hasValue(p, v) {
						bad(me, "%s: x-meant names no value %s", p.Name, v)
					}
				}
			}
			for _, s := range p.Sources {
				if other := byName[s.Method]; other == nil {
					bad(me, "%s: no method %s to take it from", p.Name, s.Method)
				} else if !m.hasField(other.Response, s.Field) {
					bad(me, "%s: %s has no field %s", p.Name, s.Method, s.Field)
				}
			}
		}
		for _, r := range me.Ext.Related {
			if byName[r] == nil {
				bad(me, "no related method %s", r)
			}
		}
		if p := me.Ext.Pagination; p != nil && (!m.hasField(me.Response, p.Items+"[]") || !m.hasField(me.Response, p.Next)) {
			bad(me, "pagination names fields that the answer lacks")
		}
		if p := me.Ext.Pagination; p != nil {
			for _, id := range p.ID {
				if !m.hasField(me.Response, p.Items+"[]."+id) {
					bad(me, "pagination names an id %s that the records lack", id)
				}
			}
			if p.Elsewhere != "" && byName[p.Elsewhere] == nil {
				bad(me, "elsewhere: no method %s", p.Elsewhere)
			}
			for _, l := range p.ElsewhereLists {
				if other := byName[p.Elsewhere]; other == nil || !m.hasField(other.Response, l.List+"[]") {
					bad(me, "elsewhere: no list %s", l.List)
				}
			}
			if len(p.OldestFirst) > 1 {
				bad(me, "oldest_first takes one parameter")
			}
		}
		if w := me.Ext.Window; w != nil {
			for _, f := range w.Times {
				if p := me.Ext.Pagination; p == nil || !m.hasField(me.Response, p.Items+"[]."+f) {
					bad(me, "window names a time %s that the records lack", f)
				}
			}
			if w.TimesBy != "" && !slices.ContainsFunc(me.Params, func(p param) bool { return p.Name == w.TimesBy }) {
				bad(me, "times_by: no parameter %s", w.TimesBy)
			}
		}
		if t := me.Ext.Table; t != nil {
			if t.Items != "" && !m.hasField(me.Response, t.Items+"[]") {
				bad(me, "table names a list %s that the answer lacks", t.Items)
			}
			rows := ""
			if p := me.Ext.Pagination; p != nil {
				rows = p.Items + "[]."
			}
			for field, name := range t.Filters {
				if !m.hasField(me.Response, rows+field) || me.param(name) == nil {
					bad(me, "table: no field %s or no parameter %s", field, name)
				}
			}
			for _, field := range t.Numbers {
				if !m.hasField(me.Response, rows+field) {
					bad(me, "table: no field %s", field)
				}
			}
			for name, value := range t.Send {
				if p := me.param(name); p == nil || p.Schema.Kind == "string" && len(p.Schema.Enum) > 0 && !me.hasValue(*p, value) {
					bad(me, "table: parameter %s does not take %s", name, value)
				}
			}
		}
		for _, f := range me.Ext.Matters {
			if !m.hasField(me.Response, f) {
				bad(me, "matters: field %s is not in the answer", f)
			}
		}
		for _, h := range me.Ext.Hides {
			if h.Unless != "" && !slices.ContainsFunc(me.Params, func(p param) bool { return p.Name == h.Unless }) {
				bad(me, "hides: no parameter %s", h.Unless)
			}
		}
		for _, d := range me.Ext.DeprecatedFields {
			if !m.hasField(me.Response, d.Field) {
				bad(me, "deprecated field %s is not in the answer", d.Field)
			}
		}
	}
	return errors.Join(errs...)
}

// param returns the parameter of a name, nil where there is none.
func (me *method) param(name string) *param {
	for i := range me.Params {
		if me.Params[i].Name == name {
			return &me.Params[i]
		}
	}
	return nil
}

// hasValue reports whether a value, or that of another parameter written "name: value",
// is in an enum.
func (me *method) hasValue(p param, value string) bool {
	if name, rest, other := strings.Cut(value, ": "); other {
		i := slices.IndexFunc(me.Params, func(p param) bool { return p.Name == name })
		return i >= 0 && me.hasValue(me.Params[i], rest)
	}
	s := p.Schema
	if s.Items != nil {
		s = s.Items
	}
	return slices.Contains(s.Enum, any(value))
}

// hasField reports whether a path such as "call_queues[].phone_numbers[].id"
// exists in an answer. An array answer starts with "[]".
func (m *model) hasField(t *typ, path string) bool {
	if t == nil {
		return false
	}
	if rest, ok := strings.CutPrefix(path, "[]"); ok {
		return m.hasField(m.resolve(t).Items, strings.TrimPrefix(rest, "."))
	}
	if path == "" {
		return true
	}
	name, rest := path, ""
	if i := strings.IndexAny(path, ".["); i >= 0 {
		name, rest = path[:i], strings.TrimPrefix(path[i:], ".")
	}
	for _, f := range m.flat(t) {
		if f.Name == name {
			return m.hasField(f.Type, rest)
		}
	}
	return false
}
