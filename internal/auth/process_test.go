package auth_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/hermetic"
)

// The variables that make the test binary a process of its own.
const (
	childTask = "AUTH_TEST_TASK"
	childDir  = "AUTH_TEST_DIR"
	childURL  = "AUTH_TEST_URL"
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		child(task)
	}
	hermetic.Environment()
	os.Exit(m.Run())
}

const crashed = 7

// child is another process with the same store; its tokens have all ended.
func child(task string) {
	c := new(clock)
	c.advance(2 * time.Hour)
	set := auth.Settings{
		Getenv: environment(), OAuthURL: os.Getenv(childURL), Now: c.now,
		Store: auth.NewStore(os.Getenv(childDir), nil, auth.PlaceFile),
	}
	times := 1
	switch task {
	case "renew":
		times = 50
	case "crash before":
		set.HTTP = crashing{before: true}
	case "crash after":
		set.HTTP = crashing{}
	}
	src, err := auth.Source(set)
	for i := 0; i < times && err == nil; i++ {
		_, err = src.Token()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// crashing is a network at which the process dies.
type crashing struct{ before bool }

func (c crashing) RoundTrip(r *http.Request) (*http.Response, error) {
	if !c.before {
		if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
	}
	os.Exit(crashed)
	return nil, nil
}

func start(t *testing.T, s *oauthServer, dir, task string) (wait func() (status int, stderr string)) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childTask+"="+task, childDir+"="+dir, childURL+"="+s.URL+"/oauth")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (int, string) {
		_ = cmd.Wait() // the status tells
		return cmd.ProcessState.ExitCode(), errs.String()
	}
}

func TestTwoProcessesNeverLoseTheLogin(t *testing.T) {
	s, dir := newOAuthServer(t), t.TempDir()
	s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), new(clock))
	one, two := start(t, s, dir, "renew"), start(t, s, dir, "renew")
	for i, wait := range []func() (int, string){one, two} {
		if status, text := wait(); status != 0 {
			t.Errorf("process %d ended with %d: %s", i+1, status, text)
		}
	}
	refresh, _, n, reused := s.state()
	if reused || stored(t, dir) != refresh {
		t.Errorf("reused %v; stored %s, counts %s", reused, stored(t, dir), refresh)
	}
	// Each process asks 50 times, and finds the other's new token at best every time.
	if n < 50 || n > 100 {
		t.Errorf("%d renewals", n)
	}
}

func TestCrashesLeaveALoginOrAClearAnswer(t *testing.T) {
	t.Run("before Zoom was asked", func(t *testing.T) {
		s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
		set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
		if status, text := start(t, s, dir, "crash before")(); status != crashed {
			t.Fatalf("ended with %d: %s", status, text)
		}
		c.advance(2 * time.Hour)
		if _, err := source(t, set).Token(); err != nil {
			t.Error(err)
		}
	})
	t.Run("between Zoom's answer and the store", func(t *testing.T) {
		s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
		set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
		if status, text := start(t, s, dir, "crash after")(); status != crashed {
			t.Fatalf("ended with %d: %s", status, text)
		}
		c.advance(2 * time.Hour)
		_, err := source(t, set).Token() // the lock has gone with the process
		if e := apierror.From(err); e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Hint, "auth login") {
			t.Errorf("%+v", e)
		}
	})
	t.Run("while writing", func(t *testing.T) {
		s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
		set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
		if err := os.WriteFile(filepath.Join(dir, "login.json.new"), []byte(`{"version":1,"refr`), 0o644); err != nil {
			t.Fatal(err)
		}
		c.advance(2 * time.Hour)
		if _, err := source(t, set).Token(); err != nil {
			t.Error(err)
		}
		if refresh, _, _, _ := s.state(); stored(t, dir) != refresh {
			t.Error("the new login is not stored")
		}
		if _, err := os.Stat(filepath.Join(dir, "login.json.new")); err == nil {
			t.Error("what the crash left is still there")
		}
	})
}
