package catalog

import (
	"maps"
	"slices"
)

// Args are checked parameters: the values that a caller gave, typed. Only Check
// makes them.
type Args struct {
	values map[string]any // string, int64, bool, []string or []int64
	// written are from and to as the caller wrote them, where values have what
	// Zoom is sent.
	written map[string]string
}

// String returns a string parameter, empty when it was not given.
func (a Args) String(name string) string {
	s, _ := a.values[name].(string)
	return s
}

// Int returns an integer parameter, nil when it was not given.
func (a Args) Int(name string) *int64 {
	if v, ok := a.values[name].(int64); ok {
		return &v
	}
	return nil
}

// Bool returns a boolean parameter, nil when it was not given.
func (a Args) Bool(name string) *bool {
	if v, ok := a.values[name].(bool); ok {
		return &v
	}
	return nil
}

// Strings returns an array of strings, nil when it was not given.
func (a Args) Strings(name string) []string {
	v, _ := a.values[name].([]string)
	return v
}

// Ints returns an array of integers, nil when it was not given.
func (a Args) Ints(name string) []int64 {
	v, _ := a.values[name].([]int64)
	return v
}

// With returns the arguments with some of them replaced: texts and int64s that the
// program itself has made, such as page tokens and the ends of a window.
func (a Args) With(set map[string]any) Args {
	values := maps.Clone(a.values)
	for name, v := range set {
		if _, isList := values[name].([]string); isList {
			continue // a page never changes what was asked for
		}
		values[name] = v
	}
	return Args{values, a.written}
}

// Names are the parameters that were given, sorted.
func (a Args) Names() []string { return slices.Sorted(maps.Keys(a.values)) }

// Written are the parameters by name, typed, with from and to as the caller
// wrote them.
func (a Args) Written() map[string]any {
	out := maps.Clone(a.values)
	for name, v := range a.written {
		if v == "" {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

// replace puts what Zoom is sent in the place of what the caller wrote.
func (a Args) replace(name, value string) {
	a.written[name] = a.String(name)
	a.set(name, value)
}

// set puts a text in place; an empty one takes the parameter away.
func (a Args) set(name, value string) {
	if value == "" {
		delete(a.values, name)
		return
	}
	a.values[name] = value
}
