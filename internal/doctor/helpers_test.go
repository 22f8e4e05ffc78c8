package doctor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/doctor"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

// variables are an environment.
type variables map[string]string

func (v variables) get(name string) string { return v[name] }

// app is the environment of the simulated account's app, with some variables more.
func app(more ...string) variables {
	v := variables{"ZOOM_ACCOUNT_ID": simulator.AccountID, "ZOOM_CLIENT_ID": simulator.ClientID, "ZOOM_CLIENT_SECRET": simulator.ClientSecret}
	for _, pair := range more {
		name, value, _ := strings.Cut(pair, "=")
		v[name] = value
	}
	return v
}

// account starts a simulated account and gives the options to examine it with.
func account(t *testing.T, o simulator.Options, v variables) (*simulator.Server, doctor.Options) {
	t.Helper()
	s, err := simulator.Start(t.Context(), "", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, doctor.Options{
		APIURL: s.APIURL(), Auth: auth.Settings{Getenv: v.get, OAuthURL: s.OAuthURL()}, HTTP: direct(),
	}
}

// direct is a transport without the environment's proxy.
func direct() *http.Transport {
	t := zoom.NewTransport()
	t.Proxy = nil
	return t
}

// examine runs the doctor and looks at what no report may have.
func examine(t *testing.T, o doctor.Options) *doctor.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := doctor.Run(ctx, o)
	text := table(t, r) + facts(t, r)
	for _, secret := range []string{simulator.ClientSecret, simulator.AccountID, simulator.ClientID, "hidden", "Bearer"} {
		if strings.Contains(text, secret) {
			t.Errorf("the report shows %q:\n%s", secret, text)
		}
	}
	return r
}

func table(t *testing.T, r *doctor.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func facts(t *testing.T, r *doctor.Report) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// check returns a check by its name.
func check(t *testing.T, r *doctor.Report, name string) doctor.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no check %s", name)
	}
	return r.Checks[i]
}

// want holds a check's status, and words of what it found and says to do.
func want(t *testing.T, r *doctor.Report, name string, status doctor.Status, words ...string) {
	t.Helper()
	c := check(t, r, name)
	text := strings.Join(c.Found, "; ") + " > " + strings.Join(c.Next, " ")
	if c.Status != status {
		t.Errorf("%s: %s (%s), want %s", name, c.Status, text, status)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: %q does not say %q", name, text, w)
		}
	}
}

// statuses returns every check's status by name.
func statuses(r *doctor.Report) map[string]doctor.Status {
	m := map[string]doctor.Status{}
	for _, c := range r.Checks {
		m[c.Name] = c.Status
	}
	return m
}

var updating = os.Getenv("UPDATE_GOLDEN") != ""

// varying are what differs between runs.
var varying = []struct{ from, to string }{
	{`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"},
	{`in \d+ ms`, "in N ms"},
	{`SIM_[0-9a-f]+`, "SIM_ID"},
	{`59m5\ds`, "1h0m0s"},
}

// golden compares the table with a file.
func golden(t *testing.T, name string, r *doctor.Report) {
	t.Helper()
	text := table(t, r)
	for _, v := range varying {
		text = regexp.MustCompile(v.from).ReplaceAllString(text, v.to)
	}
	file := filepath.Join("testdata", name+".txt")
	if updating {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(expected) {
		t.Errorf("got\n%s\nwant\n%s", text, expected)
	}
}
