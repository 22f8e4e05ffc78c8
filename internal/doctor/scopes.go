package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
)

// ScopeFacts say which methods the token's scopes allow.
type ScopeFacts struct {
	Granted []string `json:"granted"`
	Methods int      `json:"methods"`
	Allowed int      `json:"allowed"`
	// Missing are the methods that need another scope, each with its alternatives.
	Missing []MissingScopes `json:"missing,omitempty"`
	// Add are granular scopes, and AddClassic classic ones, that together allow
	// every method that an app of this sort can have. An app has one sort or the other.
	Add        []string `json:"add,omitempty"`
	AddClassic []string `json:"add_classic,omitempty"`
	// OnlyAdmin are the missing methods that an app which its users manage cannot have.
	OnlyAdmin []string `json:"only_admin,omitempty"`
}

// MissingScopes is a method that the token does not allow; one scope is enough.
type MissingScopes struct {
	Method string `json:"method"`
	catalog.Scopes
}

// scopes compares the token's scopes with those that the methods need.
func (x *examination) scopes(_ context.Context, c *Check) {
	switch {
	case x.token == nil:
		c.skip("there is no token")
		return
	case len(x.granted) == 0:
		x.granted = nil
		c.skip("the token does not tell its scopes; the call below tries one")
		return
	}
	f := ScopeFacts{Granted: x.granted}
	app := catalog.AppWith(x.granted)
	granular, classic := app, app
	granular.Classic, classic.Classic = false, true
	for m := range catalog.All() {
		f.Methods++
		if allows(x.granted, m) {
			f.Allowed++
			continue
		}
		f.Missing = append(f.Missing, MissingScopes{m.Name, m.Scopes})
		if len(m.Scopes.For(app)) == 0 {
			f.OnlyAdmin = append(f.OnlyAdmin, m.Name)
			continue
		}
		f.Add = addScope(f.Add, m.Scopes.For(granular))
		f.AddClassic = addScope(f.AddClassic, m.Scopes.For(classic))
	}
	slices.Sort(f.Add)
	slices.Sort(f.AddClassic)
	c.Facts = f
	if f.Allowed == f.Methods {
		c.found(fmt.Sprintf("they allow all %d methods", f.Methods))
		return
	}
	c.worse(Warn)
	if f.Allowed == 0 {
		c.worse(Fail)
	}
	c.found(fmt.Sprintf("they allow %d of %d methods", f.Allowed, f.Methods))
	// An app has scopes of one sort; Zoom decided which when it was made.
	if c.Paste = f.Add; app.Classic {
		c.Paste = f.AddClassic
	}
	if len(f.OnlyAdmin) > 0 {
		c.found(fmt.Sprintf("%d need an app that administrators manage: %s", len(f.OnlyAdmin), strings.Join(f.OnlyAdmin, ", ")))
	}
	if len(c.Paste) > 0 {
		c.next("Add these scopes to the app at https://marketplace.zoom.us (Scopes), for the methods that you want, and activate it again; a user logs in again:")
	}
}

// allows reports whether one of the scopes, of either sort, is enough for a method.
func allows(granted []string, m *catalog.Method) bool {
	return slices.ContainsFunc(granted, func(s string) bool {
		return slices.Contains(m.Scopes.Granular, s) || slices.Contains(m.Scopes.Classic, s)
	})
}

// addScope adds one of a method's alternatives, unless one is there already.
func addScope(list, alternatives []string) []string {
	if len(alternatives) == 0 || slices.ContainsFunc(alternatives, func(s string) bool { return slices.Contains(list, s) }) {
		return list
	}
	return append(list, alternatives[0])
}
