package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// texts is x-texts: who writes the strings of answers. The spec's head says how an entry
// fits a field.
type texts struct {
	Outside []string `json:"outside"`
	Own     []string `json:"own"`
}

// classify fills the untrusted fields of every method: the strings of its answer that
// outside parties write. A string that fits no entry, or entries of both kinds equally
// well, is an error, and so is an entry that no string fits.
func (m *model) classify(t texts) (errs []error) {
	used := map[string]bool{}
	for i := range m.Methods {
		me := &m.Methods[i]
		if me.Response == nil {
			continue
		}
		for _, field := range m.strings(me.Response, "") {
			outside, entries := t.outside(field)
			for _, e := range entries {
				used[e] = true
			}
			switch {
			case len(entries) == 0:
				errs = append(errs, fmt.Errorf("%s: x-texts does not say who writes %s", me.Name, field))
			case len(entries) > 1:
				errs = append(errs, fmt.Errorf("%s: x-texts says two things of %s: %s", me.Name, field, strings.Join(entries, ", ")))
			case outside:
				me.Untrusted = append(me.Untrusted, field)
			}
		}
	}
	for _, e := range slices.Concat(t.Outside, t.Own) {
		if !used[e] {
			errs = append(errs, fmt.Errorf("x-texts: %s decides about no field", e))
		}
	}
	return errs
}

// outside reports whether outside parties write a field, and returns the entries that
// decide it: one, if all is well.
func (t texts) outside(field string) (outside bool, entries []string) {
	best := 0
	for i, list := range [][]string{t.Own, t.Outside} {
		for _, e := range list {
			switch weight := fits(e, field); {
			case weight == 0 || weight < best:
			case weight > best:
				outside, entries, best = i == 1, []string{e}, weight
			default:
				entries = append(entries, e)
			}
		}
	}
	return outside, entries
}

// fits returns how well an entry fits a field, 0 where it does not.
func fits(entry, field string) int {
	want, have := strings.Split(entry, "."), strings.Split("."+strings.ReplaceAll(field, "[]", ""), ".")
	if len(want) > len(have) {
		return 0
	}
	for i, name := range have[len(have)-len(want):] {
		if ok, err := path.Match(want[i], name); !ok || err != nil {
			return 0
		}
	}
	weight := 2 * len(want)
	if !strings.Contains(entry, "*") {
		weight++
	}
	return weight
}

// strings are the paths of the strings of an answer whose values the schema does not
// bound.
func (m *model) strings(t *typ, at string) (out []string) {
	t = m.resolve(t)
	switch {
	case t.Kind == "array":
		return m.strings(t.Items, at+"[]")
	case m.isObject(t):
		for _, f := range m.flat(t) {
			out = append(out, m.strings(f.Type, strings.TrimPrefix(at+"."+f.Name, "."))...)
		}
	case (t.Kind == "string" || t.Kind == "") && len(t.Enum) == 0 && !strings.HasPrefix(t.Format, "date"):
		out = append(out, at)
	}
	return out
}
