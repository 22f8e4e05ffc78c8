//go:build !windows

package auth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

func TestTheFileIsPrivate(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	dir := filepath.Join(t.TempDir(), "a", "b")
	set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
	c.advance(2 * time.Hour)
	if _, err := source(t, set).Token(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, "login.json": 0o600, "login.lock": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode(), want)
		}
	}
	for _, loose := range []struct {
		name, says string
		mode, back os.FileMode
	}{
		{"login.json", "can be read by others (mode 0640)", 0o640, 0o600},
		{"login.json", "can be read by others (mode 0604)", 0o604, 0o600},
		{".", "others can write in the folder", 0o720, 0o700},
	} {
		path := filepath.Join(dir, loose.name)
		if err := os.Chmod(path, loose.mode); err != nil {
			t.Fatal(err)
		}
		_, err := source(t, set).Token()
		e := apierror.From(err)
		if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, loose.says) || e.Hint == "" {
			t.Errorf("%s with %o: %+v", loose.name, loose.mode, e)
		}
		if err := os.Chmod(path, loose.back); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := source(t, set).Token(); err != nil {
		t.Error(err)
	}
}

func TestFilesOfSecretsThatOthersCanWriteAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("from-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := environment("ZOOM_ACCESS_TOKEN_FILE=" + path)
	for mode, want := range map[os.FileMode]struct{ used, warned bool }{
		0o600: {true, false}, 0o440: {true, false}, 0o444: {true, true}, 0o644: {true, true}, 0o620: {false, false}, 0o666: {false, true},
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := auth.Variable(getenv, "ZOOM_ACCESS_TOKEN")
		if (err == nil) != want.used || err != nil && (!strings.Contains(err.Error(), "others can write") || strings.Contains(err.Error(), path)) {
			t.Errorf("%o: %v", mode, err)
		}
		if warned := len(auth.Readable(getenv)) > 0; warned != want.warned {
			t.Errorf("%o: warned %v", mode, warned)
		}
	}
}
