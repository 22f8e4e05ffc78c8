package install_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/install"
)

// place is a machine that exists in the test only.
func place(system string, env map[string]string, folders map[string][]string) install.Place {
	p := install.Place{
		OS: system, Home: "/home/ann", Project: "/src/app",
		Getenv: func(name string) string { return env[name] },
		List:   func(dir string) []string { return folders[dir] },
	}
	switch system {
	case "darwin":
		p.Home = "/Users/ann"
	case "windows":
		p.Home, p.Project = `C:\Users\ann`, `D:\app`
	}
	return p
}

func client(t testing.TB, id string) install.Client {
	t.Helper()
	c, ok := install.ClientNamed(id)
	if !ok {
		t.Fatalf("no client %s", id)
	}
	return c
}

func TestFilesAreWhereTheClientsLookForThem(t *testing.T) {
	windows := map[string]string{"APPDATA": `C:\Users\ann\AppData\Roaming`, "LOCALAPPDATA": `C:\Users\ann\AppData\Local`}
	const local = `C:\Users\ann\AppData\Local`
	for _, tt := range []struct {
		client, system string
		env            map[string]string
		folders        map[string][]string
		want           string
	}{
		{"claude-desktop", "linux", nil, nil, "/home/ann/.config/Claude/claude_desktop_config.json"},
		{"claude-desktop", "linux", map[string]string{"XDG_CONFIG_HOME": "/cfg"}, nil, "/cfg/Claude/claude_desktop_config.json"},
		{"claude-desktop", "darwin", nil, nil, "/Users/ann/Library/Application Support/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", windows, nil, `C:\Users\ann\AppData\Roaming\Claude\claude_desktop_config.json`},
		{"claude-desktop", "windows", nil, nil, `C:\Users\ann\AppData\Roaming\Claude\claude_desktop_config.json`},
		{"claude-desktop", "windows", windows, map[string][]string{
			local + `\Packages`: {"Claude_abc", "Other_abc"}, local + `\Packages\Claude_abc\LocalCache\Roaming`: {"Claude"},
		}, local + `\Packages\Claude_abc\LocalCache\Roaming\Claude\claude_desktop_config.json`},
		{"claude-desktop", "windows", windows, map[string][]string{
			local + `\Packages`: {"Claude_abc"}, local + `\Packages\Claude_abc\LocalCache\Roaming`: {"Other"},
		}, `C:\Users\ann\AppData\Roaming\Claude\claude_desktop_config.json`},
		{"claude-desktop", "windows", windows, map[string][]string{
			local + `\Claude-Data`: {"crashes", "Claude_abc"}, local + `\Packages`: {"Claude_abc"}, local + `\Packages\Claude_abc\LocalCache\Roaming`: {"Claude"},
		}, local + `\Claude-Data\Claude_abc\claude_desktop_config.json`},
		{"claude-desktop", "windows", windows, map[string][]string{
			local + `\Claude-Data`: {"claude_a", "claude_b"}, local + `\Claude-Data\claude_b`: {"claude_desktop_config.json"},
		}, local + `\Claude-Data\claude_b\claude_desktop_config.json`},

		{"claude-code", "linux", nil, nil, "/home/ann/.claude.json"},
		{"claude-code", "darwin", nil, nil, "/Users/ann/.claude.json"},
		{"claude-code", "windows", windows, nil, `C:\Users\ann\.claude.json`},
		{"claude-code", "linux", map[string]string{"CLAUDE_CONFIG_DIR": "/cc/"}, nil, "/cc/.claude.json"},
		{"claude-code", "linux", nil, map[string][]string{"/home/ann/.claude": {".config.json"}}, "/home/ann/.claude/.config.json"},

		{"cursor", "linux", nil, nil, "/home/ann/.cursor/mcp.json"},
		{"cursor", "darwin", nil, nil, "/Users/ann/.cursor/mcp.json"},
		{"cursor", "windows", windows, nil, `C:\Users\ann\.cursor\mcp.json`},

		{"vscode", "linux", nil, nil, "/home/ann/.config/Code/User/mcp.json"},
		{"vscode", "darwin", nil, nil, "/Users/ann/Library/Application Support/Code/User/mcp.json"},
		{"vscode", "windows", windows, nil, `C:\Users\ann\AppData\Roaming\Code\User\mcp.json`},
		{"vscode", "linux", map[string]string{"VSCODE_PORTABLE": "/opt/code/data"}, nil, "/opt/code/data/user-data/User/mcp.json"},

		{"codex", "linux", nil, nil, "/home/ann/.codex/config.toml"},
		{"codex", "darwin", nil, nil, "/Users/ann/.codex/config.toml"},
		{"codex", "windows", windows, nil, `C:\Users\ann\.codex\config.toml`},
		{"codex", "linux", map[string]string{"CODEX_HOME": "/cx"}, nil, "/cx/config.toml"},

		{"windsurf", "linux", nil, nil, "/home/ann/.codeium/windsurf/mcp_config.json"},
		{"windsurf", "darwin", nil, nil, "/Users/ann/.codeium/windsurf/mcp_config.json"},
		{"windsurf", "windows", windows, nil, `C:\Users\ann\.codeium\windsurf\mcp_config.json`},

		{"devin", "linux", nil, nil, "/home/ann/.config/devin/mcp_config.json"},
		{"devin", "darwin", nil, nil, "/Users/ann/.config/devin/mcp_config.json"},
		{"devin", "windows", windows, nil, `C:\Users\ann\AppData\Roaming\devin\mcp_config.json`},
	} {
		got, err := client(t, tt.client).File(place(tt.system, tt.env, tt.folders), false)
		if err != nil || got != tt.want {
			t.Errorf("%s on %s with %v and %v:\n got %s, %v\nwant %s", tt.client, tt.system, tt.env, tt.folders, got, err, tt.want)
		}
	}
}

func TestProjectsHaveFilesOfTheirOwn(t *testing.T) {
	for id, want := range map[string]string{
		"claude-code": ".mcp.json", "cursor": ".cursor/mcp.json", "vscode": ".vscode/mcp.json", "codex": ".codex/config.toml",
		"devin": ".devin/mcp_config.json", "claude-desktop": "", "windsurf": "",
	} {
		for system, root := range map[string]string{"linux": "/src/app/", "windows": `D:\app\`} {
			got, err := client(t, id).File(place(system, nil, nil), true)
			if want == "" {
				if err == nil || !strings.Contains(err.Error(), "no configuration for a project") {
					t.Errorf("%s: %q, %v", id, got, err)
				}
				continue
			}
			full := root + want
			if system == "windows" {
				full = root + strings.ReplaceAll(want, "/", `\`)
			}
			if err != nil || got != full {
				t.Errorf("%s on %s: %q, %v; want %q", id, system, got, err, full)
			}
		}
	}
	if _, err := client(t, "cursor").File(install.Place{OS: "linux"}, false); err == nil {
		t.Error("a user without a folder has a file")
	}
}

// entries are what can be installed, by name.
func entries() map[string]install.Entry {
	owned := []string{"PHONE_ID", "PHONE_SECRET", "PHONE_KEY", "XDG_RUNTIME_DIR"}
	stdio := install.Entry{Name: "phone", Command: `/opt/phone server`, Args: []string{"stdio", "--plan", `a"b\c`}, Owned: owned}
	with := func(env ...install.Variable) install.Entry {
		e := stdio
		e.Env = env
		return e
	}
	remote := func(key *install.Variable) install.Entry {
		return install.Entry{Name: "phone", URL: "https://phone.example.com/mcp", Bearer: key, Owned: owned}
	}
	return map[string]install.Entry{
		"plain": stdio,
		"passed": with(
			install.Variable{Name: "PHONE_ID", Value: "id-1"},
			install.Variable{Name: "XDG_RUNTIME_DIR", Value: "/run/user/7", Source: install.Passed}),
		"kept": with(
			install.Variable{Name: "PHONE_ID", Source: install.Kept, Title: "Id of the phone"},
			install.Variable{Name: "PHONE_SECRET", Source: install.Kept, Secret: true, Title: "Secret of the phone"}),
		"clear":         with(install.Variable{Name: "PHONE_ID", Value: "id-1"}, install.Variable{Name: "PHONE_SECRET", Value: "s3cret-äöü", Secret: true}),
		"windows":       {Name: "phone", Command: `C:\Program Files\phone\phone.exe`, Args: []string{"stdio"}, Owned: owned},
		"remote":        remote(nil),
		"remote-kept":   remote(&install.Variable{Name: "PHONE_KEY", Source: install.Kept, Secret: true, Title: "Key"}),
		"remote-clear":  remote(&install.Variable{Name: "PHONE_KEY", Value: "s3cret", Secret: true}),
		"without-flags": {Name: "phone", Command: "/opt/phone", Args: []string{}, Owned: owned},
	}
}

func TestSnippetsHaveTheFormOfEachClient(t *testing.T) {
	all := entries()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, c := range install.Clients() {
		var b strings.Builder
		for _, name := range names {
			b.WriteString("== " + name + "\n")
			text, err := c.Snippet(all[name])
			if err != nil {
				b.WriteString("error: " + err.Error() + "\n")
				continue
			}
			b.Write(text)
			again, err := c.Add(text, all[name])
			if err != nil || string(again) != string(text) {
				t.Errorf("%s, %s: not as it was the second time: %v\n%s", c.ID, name, err, again)
			}
			empty, err := c.Remove(text, "phone", all[name].Owned)
			if err != nil {
				t.Errorf("%s, %s: %v", c.ID, name, err)
			}
			if strings.Contains(string(empty), "phone") {
				t.Errorf("%s, %s: something is left: %s", c.ID, name, empty)
			}
		}
		golden(t, filepath.Join("testdata", "snippets", c.ID+".golden"), b.String())
	}
}

// golden compares with a file that UPDATE_GOLDEN=1 writes.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; UPDATE_GOLDEN=1 writes it\ngot:\n%s", path, got)
	}
}

func TestOnlyWrittenSecretsMakeAnEntryPrivate(t *testing.T) {
	for name, want := range map[string]bool{"plain": false, "kept": false, "passed": false, "clear": true, "remote": false, "remote-kept": false, "remote-clear": true} {
		e := entries()[name]
		if got := e.Private(); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEntriesThatNoClientCouldReadAreRefused(t *testing.T) {
	for _, e := range []install.Entry{
		{Name: "", Command: "x"}, {Name: "a b", Command: "x"}, {Name: "a.b", Command: "x"}, {Name: strings.Repeat("a", 65), Command: "x"},
		{Name: "a"}, {Name: "a", Command: "x", URL: "https://x"},
	} {
		for _, c := range install.Clients() {
			if _, err := c.Add(nil, e); err == nil {
				t.Errorf("%s took %+v", c.ID, e)
			}
		}
	}
}
