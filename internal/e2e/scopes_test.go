package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/simulator"
)

// What docs/scopes.md says to leave out, so that something stays out, closes every
// method that opens it; and an app without those scopes is told which one it lacks.
func TestScopesThatAreLeftOutCloseWhatTheGuideSays(t *testing.T) {
	guide, err := os.ReadFile("../../docs/scopes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "## Keeping something out\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| ([^|]+) \\| (`[^|]+) \\|$").FindAllStringSubmatch(section, -1)
	if len(rows) != 10 {
		t.Fatalf("%d rows in\n%s", len(rows), section)
	}
	type method struct {
		operation
		scope string
		opens []any
	}
	var methods []method
	var all []string
	for _, op := range operations(t, loadSpec(t)) {
		x := op.op.Extensions["x-zoom-phone"].(map[string]any)
		m := method{operation: op}
		m.opens, _ = x["opens"].([]any)
		for _, s := range x["scopes"].(map[string]any)["granular"].([]any) {
			if s := s.(string); strings.HasSuffix(s, ":admin") {
				m.scope, all = s, append(all, s)
			}
		}
		methods = append(methods, m)
	}
	account, err := simulator.Start(t.Context(), "", simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	c := connectWith(t, []string{
		"ZOOM_ACCOUNT_ID=" + simulator.AccountID, "ZOOM_CLIENT_ID=" + simulator.ClientID, "ZOOM_CLIENT_SECRET=" + simulator.ClientSecret,
		"ZOOM_API_URL=" + account.APIURL(), "ZOOM_OAUTH_URL=" + account.OAuthURL(), "ZOOM_PLAN=none",
	}, "stdio")
	for _, row := range rows {
		t.Run(row[1], func(t *testing.T) {
			account.SetScopes(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.Contains(row[2], "`"+s+"`") }))
			closed := 0
			for _, m := range methods {
				r, err := call(t.Context(), c, "call_zoom-phone", arguments(m.operation, parameters(m.operation, false)))
				if err != nil {
					t.Fatal(err)
				}
				lacks := strings.HasPrefix(text(r), "missing_scope: the Zoom app lacks the scope "+m.scope+"\n")
				if left := strings.Contains(row[2], "`"+m.scope+"`"); lacks != left {
					t.Errorf("%s needs %s: %s", m.method, m.scope, text(r))
				}
				if slices.Contains(m.opens, any(row[1])) {
					closed++
					if !lacks {
						t.Errorf("%s is open", m.method)
					}
				}
			}
			if closed == 0 {
				t.Errorf("no method opens %s", row[1])
			}
		})
	}
}
