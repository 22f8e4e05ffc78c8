package catalog

// Args are checked parameters: the values that a caller gave, typed. Only Check
// makes them.
type Args struct {
	values map[string]any // string, int64, bool, []string or []int64
}

// String gives a string parameter, empty when it was not given.
func (a Args) String(name string) string {
	s, _ := a.values[name].(string)
	return s
}

// Int gives an integer parameter, nil when it was not given.
func (a Args) Int(name string) *int64 {
	if v, ok := a.values[name].(int64); ok {
		return &v
	}
	return nil
}

// Bool gives a boolean parameter, nil when it was not given.
func (a Args) Bool(name string) *bool {
	if v, ok := a.values[name].(bool); ok {
		return &v
	}
	return nil
}

// Strings gives an array of strings, nil when it was not given.
func (a Args) Strings(name string) []string {
	v, _ := a.values[name].([]string)
	return v
}

// Ints gives an array of integers, nil when it was not given.
func (a Args) Ints(name string) []int64 {
	v, _ := a.values[name].([]int64)
	return v
}
