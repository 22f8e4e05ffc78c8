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

// App is the sort of a Zoom app: it decides which scopes the app can have.
type App struct {
	// Known reports whether there were scopes to tell it by.
	Known bool
	// Classic is an app with classic scopes, which Zoom no longer makes.
	Classic bool
	// Users is an app that its users manage: it has no scope for administrators.
	Users bool
}

// AppWith returns the sort of the app that was granted scopes, of any of Zoom's
// products: an app has one sort for all of them.
func AppWith(granted []string) App {
	return App{
		Known:   len(granted) > 0,
		Classic: len(granted) > 0 && !slices.ContainsFunc(granted, isGranular),
		Users:   len(granted) > 0 && !slices.ContainsFunc(granted, isAdmin),
	}
}

// For returns the scopes of which an app can have each; there are none where only
// administrators may use a method and users manage the app.
func (s Scopes) For(app App) []string {
	kind := s.Granular
	if app.Classic {
		kind = s.Classic
	}
	return slices.DeleteFunc(slices.Clone(kind), func(scope string) bool { return isAdmin(scope) == app.Users })
}

// Needed returns the one scope that an app has to be given. Zoom names alternatives
// in its refusal: named are those, if any. An app of which nothing is known has the
// kind that they have. The granular scope for administrators comes first, because it
// opens least and works for every app that reads the account.
func (s Scopes) Needed(app App, named []string) string {
	among := func(scopes []string) []string {
		return slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return !slices.Contains(named, scope) })
	}
	all := slices.Concat(s.Granular, s.Classic)
	if newer := len(named) == 1 && len(among(all)) == 0; app.Known && !newer {
		fit := s.For(app)
		if len(fit) == 0 { // none does; tell it in the app's kind
			fit = s.For(App{Known: true, Classic: app.Classic})
		}
		if both := among(fit); len(both) > 0 {
			fit = both
		}
		return narrowest(fit)
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

func isAdmin(scope string) bool {
	return strings.HasSuffix(scope, ":admin") || strings.HasSuffix(scope, ":master")
}

// isGranular reports whether a scope names a thing behind the product and the act:
// phone:read:user, where the classic ones are phone:read and phone:read:admin.
func isGranular(scope string) bool {
	return strings.Count(strings.TrimSuffix(strings.TrimSuffix(scope, ":admin"), ":master"), ":") >= 2
}
