package install_test

import (
	"path/filepath"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/install"
)

const othersJSON = `{
  // key-in-a-comment
  "userToken": "hunter2",
  "pin": 482913,
  "servers": {
    "a": {"command": "npx", "args": ["--api-key", "hunter3"], "env": {"KEY": "hunter4"}}, // hunter5
    "phone": {
      "command": "/old/phone", /* hunter6 */
      "args": ["stdio", "--header", "Bearer hunter11"],
      "env": {"PHONE_SECRET": "hunter7", "PHONE_ID": "id-1", "MINE": "hunter8"},
      "note": "hunter9"
    }
  },
  "inputs": [{"id": "other", "description": "hunter10"}]
}
`

const othersTOML = `# hunter2
token = "hunter3" # hunter4
list = [
  "hunter5", # hunter6
]
text = """
hunter7
"""
pin = 482913
[mcp_servers.phone]
command = "/old/phone" # hunter8
note = "hunter9"
args = ["stdio", "--key=hunter13"]
env = { PHONE_SECRET = "hunter10", PHONE_ID = "id-1", MINE = "hunter11" }
[[mcp_servers.a.list]]
x = 'hunter12'
`

// TestDifferencesShowNoSecrets shows what somebody sees before answering.
func TestDifferencesShowNoSecrets(t *testing.T) {
	var b strings.Builder
	for _, tt := range []struct{ client, config, entry string }{
		{"vscode", "", "kept"}, {"vscode", othersJSON, "clear"}, {"vscode", othersJSON, "kept"}, {"vscode", othersJSON, "remote-clear"},
		{"vscode", strings.ReplaceAll(othersJSON, "\n", "\r\n"), "plain"},
		{"cursor", `{"token":"hunter2","mcpServers":{"a":{"command":"hunter3","env":{"A":"` + strings.Repeat("hunter4", 60) + `"}}},"z":["` + strings.Repeat("hunter5 ", 60) + `"]}`, "clear"},
		{"cursor", "{\n\"mcpServers\": {\n\"x\": [" + strings.Repeat("1, ", 200) + "1],\n\"y\": 1\n}}\n", "plain"},
		{"codex", othersTOML, "clear"}, {"codex", othersTOML, "remote-kept"}, {"codex", "", "passed"}, {"codex", "a = 'no line end'", "plain"},
	} {
		c, e := client(t, tt.client), entries()[tt.entry]
		added, err := c.Add([]byte(tt.config), e)
		if err != nil {
			t.Fatal(err)
		}
		d := c.Diff("config", []byte(tt.config), added, e)
		b.WriteString("== " + tt.client + " " + tt.entry + "\n" + d)
		removed, err := c.Remove(added, e.Name, e.Owned)
		if err != nil {
			t.Fatal(err)
		}
		d += c.Diff("config", added, removed, install.Entry{Name: e.Name})
		for _, secret := range []string{"hunter", "s3cret", "482913", "key-in-a"} {
			if strings.Contains(d, secret) {
				t.Errorf("%s, %s: %s is shown:\n%s", tt.client, tt.entry, secret, d)
			}
		}
		for _, line := range strings.Split(d, "\n") {
			if len(line) > 400 {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
	}
	golden(t, filepath.Join("testdata", "diffs.golden"), b.String())
	c := client(t, "cursor")
	if d := c.Diff("config", []byte("{}"), []byte("{}"), install.Entry{Name: "phone"}); d != "" {
		t.Errorf("no change is shown as %s", d)
	}
	if d := c.Diff("config", []byte("{hunter"), []byte("{hunter2"), install.Entry{Name: "phone"}); strings.Contains(d, "hunter") {
		t.Errorf("what cannot be read is shown: %s", d)
	}
}

func TestADifferenceHidesWhatAnOldEntryMayHaveAsASecret(t *testing.T) {
	for _, tt := range []struct{ client, config, shows string }{
		{"cursor", `{"mcpServers": {"phone": {"command": "/old/phone", "args": ["--token", "hunter"]}}}`, `"args": ["--token", "…"]`},
		{"cursor", `{"mcpServers": {"phone": {"url": "https://ann:hunter@example.com/mcp"}}}`, `"url": "…"`},
		{"cursor", `{"mcpServers": {"phone": {"url": "https://example.com/mcp?key=hunter"}}}`, `"url": "…"`},
		{"cursor", `{"mcpServers": {"phone": {"url": "https://example.com/mcp", "headers": {"X-Key": ["hunter"]}}}}`, `"url": "https://example.com/mcp"`},
		{"cursor", `{"mcpServers": {"phone": {"command": ["hunter", 5]}}}`, `-      "command": ["…", "…"]`},
		{"cursor", `{"mcpServers": {"phone": "hunter"}}`, `-    "phone": "…"`},
		{"vscode", `{"servers": {}, "inputs": [{"id": "phone-phone-id", "default": "hunter", "description": "Id"}]}`, `"description": "Id"`},
		{"codex", "[[mcp_servers.phone]]\nkey = 'hunter'\n", "-[mcp_servers]\n-phone = \"…\"\n+[mcp_servers.phone]"},
		{"codex", "[mcp_servers.phone]\nkey = [['hunter'], [{ a = 'hunter' }]]\ntimeout = 2026-01-02\n", `key = [["…"], `},
	} {
		c, e := client(t, tt.client), entries()["plain"]
		added, err := c.Add([]byte(tt.config), e)
		if err != nil {
			t.Errorf("%s: %v", tt.config, err)
			continue
		}
		got := c.Diff("config", []byte(tt.config), added, e)
		if strings.Contains(got, "hunter") || !strings.Contains(got, tt.shows) {
			t.Errorf("%s:\n%s\nwant no secret, and %s", tt.config, got, tt.shows)
		}
	}
}

func TestADifferenceThatIsNothingButASecretIsShown(t *testing.T) {
	for _, id := range []string{"cursor", "codex"} {
		c, e := client(t, id), entries()["clear"]
		before, err := c.Snippet(e)
		if err != nil {
			t.Fatal(err)
		}
		after := []byte(strings.ReplaceAll(string(before), "s3cret", "an0ther"))
		got := c.Diff("config", before, after, e)
		if !strings.Contains(got, `"… (changed)"`) || strings.Contains(got, "an0ther") || strings.Contains(got, "s3cret") {
			t.Errorf("%s: got\n%s\nwant the change, without the secrets", id, got)
		}
	}
	// Of two entries with the same name only the last is shown.
	c := client(t, "cursor")
	if got := c.Diff("config", []byte(`{"mcpServers": {"phone": 1, "phone": 1}}`), []byte(`{"mcpServers": {"phone": 1}}`), install.Entry{Name: "phone"}); got == "" {
		t.Error("a change is not shown at all")
	}
}
