package auth_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

func TestDamagedLoginsAreNotShown(t *testing.T) {
	for what, text := range map[string]string{
		"cut":           `{"version":1,"refresh_token":"hidden`,
		"another":       `"hidden"`,
		"empty":         ``,
		"a newer one":   `{"version":2,"refresh_token":"hidden"}`,
		"keyring's own": `{"version":1,"store":"keyring"}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "login.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, ring := range []auth.Keyring{nil, &fakeRing{}} {
			_, err := source(t, auth.Settings{Getenv: environment(), Store: auth.NewStore(dir, ring, auth.PlaceAuto)}).Token()
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Hint, "auth login") || strings.Contains(e.Text(), "hidden") {
				t.Errorf("%s: %+v", what, e)
			}
		}
	}
}

// desktop is the environment of a session that has a keyring.
func desktop() auth.Keyring {
	return auth.SystemKeyring(environment("DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere"))
}

func TestLoginInTheKeyring(t *testing.T) {
	keyring.MockInit()
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, desktop(), auth.PlaceAuto), c)
	file := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "login.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if secretsIn(file()) || strings.Contains(file(), clientID) {
		t.Errorf("the file has more than the way to the keyring: %s", file())
	}
	c.advance(2 * time.Hour)
	got, err := source(t, set).Token()
	refresh, access, _, _ := s.state()
	if err != nil || got.AccessToken != access {
		t.Fatalf("%v, %v", got, err)
	}
	if kept, err := keyring.Get("zoom-phone-mcp", dir); err != nil || !strings.Contains(kept, refresh) {
		t.Errorf("the keyring has %q, %v", kept, err)
	}
	if st, err := source(t, set).Status(); err != nil || st.Store != auth.PlaceKeyring || st.Path != "" {
		t.Errorf("%+v, %v", st, err)
	}

	// A login into the file takes the place of that in the keyring.
	s.loggedIn(t, auth.NewStore(dir, desktop(), auth.PlaceFile), c)
	if _, err := keyring.Get("zoom-phone-mcp", dir); !errors.Is(err, auth.ErrNotInKeyring) {
		t.Errorf("the old login is still in the keyring: %v", err)
	}
	// And back.
	s.loggedIn(t, auth.NewStore(dir, desktop(), auth.PlaceKeyring), c)
	if secretsIn(file()) {
		t.Error("the old login is still in the file")
	}
	if err := keyring.Delete("zoom-phone-mcp", dir); err != nil {
		t.Fatal(err)
	}
	_, err = source(t, set).Token()
	if e := apierror.From(err); e == nil || !strings.Contains(e.Message, "no longer in the system keyring") {
		t.Errorf("%v", err)
	}
}

func TestWithoutAKeyringTheLoginGoesIntoAFile(t *testing.T) {
	bare := auth.SystemKeyring(environment())
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		keyring.MockInitWithError(errors.New("no keyring"))
		defer keyring.MockInit()
	}
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.settings(auth.NewStore(dir, bare, auth.PlaceAuto), c, "ZOOM_CLIENT_ID="+clientID)
	out := new(screen)
	st, err := auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: anyPort, Browser: s.browse, Out: out})
	if err != nil || st.Store != auth.PlaceFile || !strings.Contains(out.String(), "into a file (the system keyring: ") {
		t.Errorf("%+v, %v: %s", st, err, out)
	}
	set.Store = auth.NewStore(dir, bare, auth.PlaceKeyring)
	_, err = auth.Login(t.Context(), set, auth.LoginOptions{RedirectURL: anyPort, Out: out, Browser: func(string) error {
		t.Error("the browser is opened for a login that nothing can keep")
		return errors.New("no")
	}})
	if e := apierror.From(err); e == nil || !strings.Contains(e.Hint, "--store file") {
		t.Errorf("%+v", e)
	}
}

func TestALongLoginIsCutToWhatKeyringsTake(t *testing.T) {
	for _, c := range []struct {
		what     string
		token    int // bytes
		renewals int
	}{
		{"the scopes stay out", 900, 0},
		{"the access token too, and is made again", 3000, 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, now, dir := newOAuthServer(t), new(clock), t.TempDir()
			s.scopes, s.long = strings.Repeat("phone:read:list_call_logs:admin ", 100), strings.Repeat("x", c.token)
			ring := &fakeRing{}
			set := s.loggedIn(t, auth.NewStore(dir, ring, auth.PlaceKeyring), now)
			if n := len(ring.secrets["zoom-phone-mcp/"+dir]); n == 0 || n > 2500 {
				t.Errorf("%d bytes in the keyring", n)
			}
			got, err := source(t, set).Token()
			_, access, n, _ := s.state()
			if err != nil || got.AccessToken != access || n != c.renewals {
				t.Errorf("%v, %v, %d renewals", got, err, n)
			}
		})
	}
}

func TestAKeyringThatDoesNotAnswer(t *testing.T) {
	ring := &fakeRing{}
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, ring, auth.PlaceKeyring), c)
	never := make(chan struct{})
	defer close(never)
	ring.fail = func(string) error { <-never; return nil }
	set.Store = auth.NewStore(dir, auth.BoundedKeyring(ring, 5*time.Millisecond), auth.PlaceAuto)
	_, err := source(t, set).Token()
	if e := apierror.From(err); e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, "does not answer") || !strings.Contains(e.Hint, "Unlock") {
		t.Errorf("%+v", e)
	}
}

func TestAKeyringThatKeepsNothingIsNotTrusted(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	ring := forgetful{&fakeRing{}}
	st, err := auth.Login(t.Context(), s.settings(auth.NewStore(t.TempDir(), ring, auth.PlaceAuto), c, "ZOOM_CLIENT_ID="+clientID),
		auth.LoginOptions{RedirectURL: anyPort, Browser: s.browse, Out: new(screen)})
	if err != nil || st.Store != auth.PlaceFile {
		t.Errorf("%+v, %v", st, err)
	}
}

type forgetful struct{ auth.Keyring }

func (forgetful) Set(string, string, string) error { return nil }

func TestLogout(t *testing.T) {
	for _, c := range []struct {
		what    string
		secret  string
		ring    auth.Keyring
		ahead   time.Duration
		prepare func(*oauthServer, string)
		revoked bool
		because string
	}{
		{what: "a public client", revoked: true},
		{what: "a client with a secret", secret: clientSecret, revoked: true},
		{what: "in the keyring", ring: &fakeRing{}, revoked: true},
		{what: "with an access token that has ended", ahead: 2 * time.Hour, revoked: true},
		{what: "Zoom refuses", prepare: func(s *oauthServer, _ string) {
			s.answer = func(w http.ResponseWriter) bool { w.WriteHeader(500); return true }
		}, because: "answered 500"},
		{what: "no network", prepare: func(s *oauthServer, _ string) { s.Close() }, because: "no answer from Zoom"},
		{what: "a damaged login", prepare: func(_ *oauthServer, dir string) {
			_ = os.WriteFile(filepath.Join(dir, "login.json"), []byte("{"), 0o600)
		}, because: "damaged"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, now, dir := newOAuthServer(t), new(clock), t.TempDir()
			s.secret = c.secret
			place := auth.PlaceFile
			if c.ring != nil {
				place = auth.PlaceKeyring
			}
			set := s.loggedIn(t, auth.NewStore(dir, c.ring, place), now)
			now.advance(c.ahead)
			if c.prepare != nil {
				c.prepare(s, dir)
			}
			found, unrevoked, err := auth.Logout(t.Context(), set)
			if err != nil || !found || (unrevoked == nil) != c.revoked || (len(s.revoked) == 1) != c.revoked {
				t.Errorf("found %v, unrevoked %v, error %v; Zoom revoked %v", found, unrevoked, err, s.revoked)
			}
			if unrevoked != nil && !strings.Contains(unrevoked.Error(), c.because) {
				t.Errorf("%v does not say %q", unrevoked, c.because)
			}
			if _, err := os.Stat(filepath.Join(dir, "login.json")); err == nil {
				t.Error("the login is still there")
			}
			if r, ok := c.ring.(*fakeRing); ok && len(r.secrets) != 0 {
				t.Error("the login is still in the keyring")
			}
			found, _, err = auth.Logout(t.Context(), set)
			if found || err != nil {
				t.Errorf("a second time: %v, %v", found, err)
			}
		})
	}
}
