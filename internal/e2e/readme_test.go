//go:build unix

package e2e_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/simulator"
)

// The README's way for a Server-to-Server app is followed as it is written, up to a
// call by the server that Claude Desktop would start.
func TestTheReadmesServerToServerAppWorksInClaudeDesktop(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "<!-- server-to-server -->\n```sh\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("the README has no such commands")
	}
	account, err := simulator.Start(t.Context(), "", simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()

	home := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("zoom-secret", simulator.ClientSecret+"\n", 0o600)
	// The program on the PATH; nobody is there to say yes.
	write("zoom-phone-mcp", "#!/bin/sh\ncase $1 in install) set -- \"$@\" --yes;; esac\nexec '"+binary+"' \"$@\"\n", 0o700)
	block = strings.NewReplacer("ZOOM_ACCOUNT_ID=…", "ZOOM_ACCOUNT_ID="+simulator.AccountID, "ZOOM_CLIENT_ID=…", "ZOOM_CLIENT_ID="+simulator.ClientID).Replace(block)
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", block)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "PATH="+home+":"+os.Getenv("PATH"), "ZOOM_API_URL="+account.APIURL(), "ZOOM_OAUTH_URL="+account.OAuthURL(), "ZOOM_DOWNLOAD_DIR=")
	out, err := cmd.CombinedOutput()
	if err != nil || !regexp.MustCompile(`they allow all \d+ methods`).Match(out) || strings.Contains(string(out), "no credential") || strings.Contains(string(out), simulator.ClientSecret) {
		t.Fatalf("%v\n%s", err, out)
	}

	var config struct {
		Servers map[string]struct {
			Command string
			Args    []string
			Env     map[string]string
		} `json:"mcpServers"`
	}
	err = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "claude_desktop_config.json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), simulator.ClientSecret) {
			t.Errorf("the secret is in %s", path)
		}
		return json.Unmarshal(text, &config)
	})
	server, found := config.Servers["zoom-phone"]
	if err != nil || !found || server.Command != binary {
		t.Fatalf("%v: %+v in\n%s", err, config, out)
	}
	var environment []string
	for name, value := range server.Env {
		environment = append(environment, name+"="+value)
	}
	c := connectWith(t, environment, server.Args...)
	r, err := call(t.Context(), c, "call_zoom-phone", map[string]any{"method": "list_call_queues"})
	if err != nil || r.IsError {
		t.Errorf("%v %s", err, text(r))
	}
}
