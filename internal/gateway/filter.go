package gateway

import (
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
)

// Filter limits the methods that a caller can see. Its elements are names or tags
// of methods, or patterns such as list_*, with *, ? and [classes].
type Filter struct {
	// Allow names what is there; empty means everything.
	Allow []string
	// Deny names what is not there in spite of Allow.
	Deny []string
}

// View returns a gateway with the methods that pass a filter, out of those that g
// has. In it the other methods do not exist, nor what g was answered. A filter is wrong that has
// an element which fits no method at all, since a slip in a prohibition would
// permit, or that leaves nothing.
func (g *Gateway) View(f Filter) (*Gateway, error) {
	if len(f.Allow)+len(f.Deny) == 0 {
		return g, nil
	}
	for _, pattern := range slices.Concat(f.Allow, f.Deny) {
		if err := fitsSomething(pattern); err != nil {
			return nil, err
		}
	}
	visible := map[string]bool{}
	for m := range g.Methods() {
		if (len(f.Allow) == 0 || fits(m, f.Allow)) && !fits(m, f.Deny) {
			visible[m.Name] = true
		}
	}
	if len(visible) == 0 {
		return nil, fmt.Errorf("the limits leave no method: allow %s, deny %s", strings.Join(f.Allow, " "), strings.Join(f.Deny, " "))
	}
	methods := map[string]*catalog.Method{}
	for m := range g.Methods() {
		if visible[m.Name] {
			methods[m.Name] = m.Among(func(name string) bool { return visible[name] })
		}
	}
	return newGateway(g.core, methods), nil
}

func fits(m *catalog.Method, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, m.Name)
		return ok && err == nil || strings.EqualFold(pattern, m.Tag)
	})
}

func fitsSomething(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%q is not a pattern of method names", cut(pattern))
	}
	for m := range catalog.All() {
		if fits(m, []string{pattern}) {
			return nil
		}
	}
	if near := catalog.Nearest(pattern, catalog.All()); len(pattern) <= maxName && len(near) > 0 {
		return fmt.Errorf("%q is no method and fits none; like it are %s", cut(pattern), strings.Join(near, ", "))
	}
	return fmt.Errorf("%q is no method and fits none", cut(pattern))
}

// Methods returns the methods that there are, in the order of the spec.
func (g *Gateway) Methods() iter.Seq[*catalog.Method] {
	return func(yield func(*catalog.Method) bool) {
		for m := range catalog.All() {
			if m = g.method(m.Name); m != nil && !yield(m) {
				return
			}
		}
	}
}

// method returns a method as it is seen here, nil where there is none.
func (g *Gateway) method(name string) *catalog.Method {
	if g.methods != nil {
		return g.methods[name]
	}
	m, _ := catalog.Lookup(name)
	return m
}

// has reports whether a method of the catalog is among those that there are.
func (g *Gateway) has(name string) bool { return g.methods == nil || g.methods[name] != nil }

// Index is the list of the methods that there are, as a model reads it first: a
// line each, with the parameters that must be given.
func (g *Gateway) Index() string { return index(g.Methods(), heading) }

// Titles is the same list with the title of every method, as people read it.
func (g *Gateway) Titles() string { return index(g.Methods(), fullTitle) }
