package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// allScopes are the scopes of an app that may read everything: for each path the
// one for administrators.
func allScopes() []string {
	var all []string
	for _, rt := range routeTable {
		for _, scope := range rt.scopes {
			if strings.HasSuffix(scope, ":admin") && !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	slices.Sort(all)
	return all
}

// SetScopes replaces the scopes of the app, also for tokens already handed out;
// nil means every scope that the methods ask for.
func (s *Simulator) SetScopes(scopes []string) {
	if scopes == nil {
		scopes = allScopes()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = slices.Clone(scopes)
}

// granted returns the scopes that the app has for a request.
func (s *Simulator) granted(v *visit) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return selected(s.scopes, func(scope string) bool { return !slices.Contains(v.without, scope) })
}

// checkScopes refuses a request for which the app has no scope, classic or
// granular. The refusal names the alternatives in the kind that the app uses.
func (s *Simulator) checkScopes(v *visit) error {
	granted := s.granted(v)
	for _, scope := range granted {
		if slices.Contains(v.route.scopes, scope) || slices.Contains(v.route.classic, scope) {
			return nil
		}
	}
	lacking := v.route.scopes
	if slices.ContainsFunc(granted, isClassic) {
		lacking = v.route.classic
	}
	return missingScope(lacking)
}

func missingScope(alternatives []string) *apiError {
	return refuse(http.StatusBadRequest, 104, "Invalid access token, does not contain scopes:[%s].", strings.Join(alternatives, ", "))
}

func isClassic(scope string) bool {
	return slices.ContainsFunc(routeTable, func(rt route) bool { return slices.Contains(rt.classic, scope) })
}
