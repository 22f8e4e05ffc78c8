package install_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"zoom-phone-mcp/internal/install"
)

// TestEdits takes configurations of clients as they are found. Each file in
// testdata/edits names a client and one of entries, and has what there was
// before, what is there after Add (written by UPDATE_GOLDEN=1), and what is left
// after Remove where that is not the first.
func TestEdits(t *testing.T) {
	files, err := filepath.Glob("testdata/edits/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range a.Files {
			parts[f.Name] = string(f.Data)
		}
		words := strings.Fields(string(a.Comment))
		c, e := client(t, words[0]), entries()[words[1]]
		if os.Getenv("UPDATE_GOLDEN") != "" {
			added, err := c.Add([]byte(parts["before"]), e)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var kept []txtar.File
			for _, f := range a.Files {
				if f.Name != "after" {
					kept = append(kept, f)
				}
				if f.Name == "before" {
					kept = append(kept, txtar.File{Name: "after", Data: added})
				}
			}
			a.Files = kept
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, form := range []struct {
			name string
			of   func(string) string
		}{
			{"as it is", func(s string) string { return s }},
			{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
			{"byte order mark", func(s string) string { return "\ufeff" + s }},
		} {
			before, after := form.of(parts["before"]), form.of(parts["after"])
			removed, ok := parts["removed"]
			if removed = form.of(removed); !ok {
				removed = before
			}
			t.Run(name+"/"+form.name, func(t *testing.T) {
				got, err := c.Add([]byte(before), e)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != after {
					t.Errorf("added:\n%s\nwant:\n%s", got, after)
				}
				again, err := c.Add(got, e)
				if err != nil || string(again) != string(got) {
					t.Errorf("the second time: %v\n%s", err, again)
				}
				got, err = c.Remove(got, e.Name, e.Owned)
				if err != nil {
					t.Fatal(err)
				}
				if want := emptied(removed, before, parts["before"]); string(got) != want {
					t.Errorf("removed:\n%s\nwant:\n%s", got, want)
				}
				if _, err := c.Remove(got, e.Name, e.Owned); !errors.Is(err, install.ErrNotThere) {
					t.Errorf("removed twice: %v", err)
				}
			})
		}
	}
}

// emptied returns what Remove leaves where Add made the table of servers: it stays,
// empty.
func emptied(removed, before, plain string) string {
	nl := "\n"
	if strings.Contains(before, "\r\n") {
		nl = "\r\n"
	}
	switch plain {
	case "{}\n":
		return strings.Replace(before, "{}", "{"+nl+`  "mcpServers": {}`+nl+"}", 1)
	case "{\n    \"numStartups\": 41,\n    \"userID\": \"x\"\n}\n":
		return strings.Replace(before, `"x"`, `"x",`+nl+`    "mcpServers": {}`, 1)
	}
	return removed
}

func TestConfigurationsThatCannotBeReadAreLeftAlone(t *testing.T) {
	for _, tt := range []struct{ client, config, says string }{
		{"cursor", "{\n  \"mcpServers\": {\n    \"a\" 1\n  }\n}", "line 3, column 9: invalid character '1' after object name"},
		{"cursor", "{", "line 1, column 2"},
		{"cursor", "{\"a\": \"\\xsecret\"}", "line 1, column 7: invalid literal"},
		{"cursor", "[]", "line 1, column 1: an object is expected"},
		{"cursor", "{} {}", "line 1, column 4"},
		{"cursor", "\"x\"", "line 1, column 1: an object is expected"},
		{"cursor", "\n{\"mcpServers\": [1]}", "line 2, column 16: mcpServers is not an object"},
		{"cursor", "{\"a\": \"\xff\"}", "line 1, column 8: the file is not UTF-8"},
		{"cursor", "\xff\xfe{\x00}\x00", "line 1, column 1: the file is not UTF-8"},
		{"cursor", "// nothing else", "line"},
		{"cursor", strings.Repeat("[", 100_000), "line 1, column 1001: more than 1000 brackets are open"},
		{"cursor", "{\"a\": /* open", "line 1, column 7"},
		{"vscode", `{"inputs": {}}`, "line 1, column 12: inputs is not an array"},
		{"codex", "a = 1\nb = \n", "line 2"},
		{"codex", "a = 1\na = 2\n", "line 2"},
		{"codex", "[a\n", "expected '.' or ']' to end table name"},
		{"codex", "key = \"secret\n", "line 1"},
		{"codex", "mcp_servers = 3\n", "line 1, column 1: mcp_servers is not a table"},
		{"codex", "\n[[mcp_servers]]\nx = 1\n", "line 2, column 1: mcp_servers is not a table"},
		{"codex", "mcp_servers = { a = { command = \"x\" } }\n", "line 1, column 1: mcp_servers is written on one line"},
		{"codex", "[mcp_servers]\nphone = { command = \"x\" }\n", "line 2, column 1: mcp_servers.phone is written on one line"},
		{"codex", "a = " + strings.Repeat("[", 100_000), "more than 1000 brackets are open"},
	} {
		e := entries()["kept"]
		got, err := client(t, tt.client).Add([]byte(tt.config), e)
		if err == nil || got != nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "defect") {
			t.Errorf("%.80q: %q, %v\nwant %s", tt.config, got, err, tt.says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the file: %v", err)
		}
	}
}

func TestAnEntryOnOneLineCanBeTakenOut(t *testing.T) {
	c, e := client(t, "codex"), entries()["plain"]
	got, err := c.Remove([]byte("[mcp_servers]\nphone = { command = \"x\" } # c\na = { command = \"y\" }\n"), "phone", e.Owned)
	if err != nil || string(got) != "[mcp_servers]\na = { command = \"y\" }\n" {
		t.Errorf("%s, %v", got, err)
	}
}
