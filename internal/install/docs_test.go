package install_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/install"
)

// TestThePagesHaveTheEntriesThatAreWritten compares the entries of docs/clients,
// which people copy, with what is written for them.
func TestThePagesHaveTheEntriesThatAreWritten(t *testing.T) {
	stdio := install.Entry{Name: "zoom-phone", Command: "/usr/local/bin/zoom-phone-mcp", Args: []string{"stdio"}}
	with := func(env ...install.Variable) install.Entry {
		e := stdio
		e.Env = env
		return e
	}
	kinds := map[string]install.Entry{
		"login": stdio,
		"codex": with(install.Variable{Name: "XDG_RUNTIME_DIR", Source: install.Passed}, install.Variable{Name: "DBUS_SESSION_BUS_ADDRESS", Source: install.Passed}),
		"client": with(
			install.Variable{Name: "ZOOM_ACCOUNT_ID", Title: "Zoom: account ID of the Server-to-Server OAuth app", Source: install.Kept},
			install.Variable{Name: "ZOOM_CLIENT_ID", Title: "Zoom: client ID of the app", Source: install.Kept},
			install.Variable{Name: "ZOOM_CLIENT_SECRET", Title: "Zoom: client secret of the app", Source: install.Kept, Secret: true}),
		"file": with(
			install.Variable{Name: "ZOOM_ACCOUNT_ID", Value: "your account id"},
			install.Variable{Name: "ZOOM_CLIENT_ID", Value: "your client id"},
			install.Variable{Name: "ZOOM_CLIENT_SECRET_FILE", Value: "/home/you/.config/zoom-phone-mcp/secret"}),
		"remote": {Name: "zoom-phone", URL: "https://phone.example.com/mcp", Bearer: &install.Variable{
			Name: "ZOOM_PHONE_MCP_API_KEY", Title: "API key of https://phone.example.com/mcp", Source: install.Kept, Secret: true,
		}},
	}
	marked := regexp.MustCompile("(?s)<!-- entry: (\\S+) ?(\\S*) -->\n```(?:json|toml)\n(.*?)```")
	pages, err := filepath.Glob("../../docs/clients/*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range marked.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1) {
			id := m[2]
			if id == "" {
				id = strings.TrimSuffix(filepath.Base(page), ".md")
			}
			seen[id+" "+m[1]] = true
			want, err := client(t, id).Snippet(kinds[m[1]])
			if err != nil || string(want) != m[3] {
				t.Errorf("%s, %s: %v\n%s\nwant\n%s", page, m[1], err, m[3], want)
			}
		}
	}
	if len(seen) != 17 {
		t.Errorf("%d entries are on the pages: %v", len(seen), seen)
	}
}
