// Package hermetic keeps the environment of whoever runs the tests away from the
// tests and from the processes that they start: credentials, proxies, folders,
// language, time zone. It is for tests only.
package hermetic

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// kept are the variables that a process needs to run at all. Those of the Go
// toolchain, which begin with GO or CGO_, stay too: tests build programs.
var kept = []string{
	"PATH", "HOME", "TMPDIR", "CC", "CXX",
	"SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA",
}

// Environment takes everything else out of the environment of this process, and
// returns what the environment was. TestMain calls it, before anything reads the
// environment. keep names variables that the tests themselves understand.
func Environment(keep ...string) (original []string) {
	original = os.Environ()
	os.Clearenv()
	for _, pair := range original {
		name, value, _ := strings.Cut(pair, "=")
		if stays(name) || slices.Contains(keep, name) {
			_ = os.Setenv(name, value) // it was there a moment ago
		}
	}
	return original
}

func stays(name string) bool {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name) // case does not matter there
	}
	return slices.Contains(kept, name) || strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "CGO_")
}

// Tests runs the tests of a package in a clean environment. It is for those whose
// TestMain belongs to somebody else.
type Tests struct{ *testing.M }

// Run takes the environment away and runs the tests.
func (t Tests) Run() int {
	Environment()
	return t.M.Run()
}

// hostile is an environment in which the program behaves differently in every respect
// in which the environment can make it.
var hostile = []string{
	"ZOOM_ACCESS_TOKEN=of-whoever-runs-the-tests", "ZOOM_ACCOUNT_ID=account-of-whoever", "ZOOM_CLIENT_ID=client-of-whoever", "ZOOM_CLIENT_SECRET=secret-of-whoever",
	"ZOOM_API_URL=https://127.0.0.1:9/v2", "ZOOM_OAUTH_URL=https://127.0.0.1:9/oauth", "ZOOM_PLAN=of-another-program", "ZOOM_MAX_RESPONSE_BYTES=10",
	"ZOOM_LOGIN_DIR=/nowhere/login", "ZOOM_DOWNLOAD_DIR=/nowhere/files", "ZOOM_PHONE_MCP_API_KEY=key-of-whoever", "ZOOM_PHONE_MCP_API_KEYS=/nowhere/keys",
	"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "ALL_PROXY=socks5://127.0.0.1:9", "NO_PROXY=",
	"https_proxy=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9", "all_proxy=socks5://127.0.0.1:9", "no_proxy=",
	"XDG_CONFIG_HOME=/nowhere/config", "XDG_CACHE_HOME=/nowhere/cache", "XDG_DATA_HOME=/nowhere/data", "XDG_RUNTIME_DIR=/nowhere/run",
	"DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus", "SSL_CERT_FILE=/nowhere/certificates", "BROWSER=/nowhere/browser",
	"APPDATA=/nowhere/appdata", "CODEX_HOME=/nowhere/codex", "CLAUDE_CONFIG_DIR=/nowhere/claude",
	"NO_COLOR=1", "FORCE_COLOR=1", "TERM=dumb", "TZ=Asia/Kathmandu", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "CI=true", "SOURCE_DATE_EPOCH=1",
}

// Check runs tests of this package once more, as somebody would whose environment
// is as hostile as can be. pattern names tests that depend on the environment where
// it reaches them.
func Check(t *testing.T, pattern string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run="+pattern)
	cmd.Env = slices.Concat(os.Environ(), hostile)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "no tests to run") {
		t.Errorf("with the environment of somebody else, %s: %v\n%s", pattern, err, out)
	}
}
