package catalog

import (
	"slices"
	"strings"
)

// Scopes of which one, of either kind, is enough.
type Scopes struct {
	Classic  []string `json:"classic"`
	Granular []string `json:"granular"`
}

// Needed returns the one scope that an app has to be given. Zoom names alternatives
// in its refusal, in the kind that the app has: named are those, if any. The granular
// scope for administrators comes first, because it opens least and works for every
// app that reads the account.
func (s Scopes) Needed(named []string) string {
	among := func(scopes []string) []string {
		return slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return !slices.Contains(named, scope) })
	}
	switch granular, classic := among(s.Granular), among(s.Classic); {
	case len(granular) > 0:
		return narrowest(granular)
	case len(classic) > 0:
		return narrowest(classic)
	case len(named) == 1: // newer than the spec
		return named[0]
	}
	return narrowest(s.Granular)
}

// Others returns the scopes that take the place of a needed one in apps of other
// sorts: the granular one of an app that users manage, and the other kind's.
func (s Scopes) Others(needed string) (user, granular, classic string) {
	switch {
	case slices.Contains(s.Granular, needed):
		if i := slices.IndexFunc(s.Granular, func(scope string) bool { return !isAdmin(scope) }); i >= 0 && s.Granular[i] != needed {
			user = s.Granular[i]
		}
		classic = narrowest(s.Classic)
	case slices.Contains(s.Classic, needed):
		granular = narrowest(s.Granular)
	}
	return user, granular, classic
}

// narrowest returns the scope for administrators that opens least: the names of
// classic scopes that are for one thing are longer than that of the one for all.
func narrowest(scopes []string) string {
	best := ""
	for _, scope := range scopes {
		if better := isAdmin(scope) && !isAdmin(best); better || isAdmin(scope) == isAdmin(best) && len(scope) > len(best) {
			best = scope
		}
	}
	return best
}

func isAdmin(scope string) bool { return strings.HasSuffix(scope, ":admin") }
