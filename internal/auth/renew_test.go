package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

// stored reads the refresh token that a folder has.
func stored(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "login.json"))
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		t.Fatal(err)
	}
	return l.RefreshToken
}

func TestTheStoredTokenIsUsedWhileItIsGood(t *testing.T) {
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
	for range 3 { // three processes, one after the other
		if got, err := source(t, set).Token(); err != nil || got.AccessToken != "access-2-secret" {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if _, _, n, _ := s.state(); n != 0 {
		t.Errorf("%d renewals of a good token", n)
	}

	c.advance(59 * time.Minute) // a minute left is not enough for a call
	got, err := source(t, set).Token()
	refresh, access, n, _ := s.state()
	if err != nil || got.AccessToken != access || n != 1 {
		t.Fatalf("%v, %v, %d renewals", got, err, n)
	}
	if stored(t, dir) != refresh {
		t.Error("the stored refresh token is not the one that counts")
	}
	if got.Expiry.Before(c.now().Add(59 * time.Minute)) {
		t.Errorf("ends at %s", got.Expiry)
	}
}

// The variables can name a secret that the app of the login does not have.
func TestALoginOfAPublicClientIsRenewedWithoutASecret(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	store := auth.NewStore(t.TempDir(), nil, auth.PlaceFile)
	s.loggedIn(t, store, c)
	c.advance(2 * time.Hour)
	got, err := source(t, s.settings(store, c, "ZOOM_CLIENT_ID="+clientID, "ZOOM_CLIENT_SECRET="+clientSecret)).Token()
	_, want, n, _ := s.state()
	if err != nil || got.AccessToken != want || n != 1 {
		t.Errorf("got %v, %v after %d renewals, want the token %s after 1", got, err, n, want)
	}
}

func TestARefusedTokenIsRenewedOrTakenFromAnotherProcess(t *testing.T) {
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
	one := source(t, set)
	set.Store = auth.NewStore(dir, nil, auth.PlaceFile)
	two := source(t, set)
	for _, src := range []*auth.Credential{one, two} {
		if _, err := src.Token(); err != nil {
			t.Fatal(err)
		}
	}
	// Zoom refuses the token of both; the first to ask renews it for both.
	first, err := one.Token()
	if err != nil {
		t.Fatal(err)
	}
	second, err := two.Token()
	if err != nil || second.AccessToken != first.AccessToken {
		t.Errorf("%v, %v; want %s", second, err, first.AccessToken)
	}
	if _, _, n, _ := s.state(); n != 1 {
		t.Errorf("%d renewals", n)
	}
}

// fakeRing is a keyring in memory that fails as told.
type fakeRing struct {
	mu      sync.Mutex
	secrets map[string]string
	used    int
	fail    func(operation string) error
}

func (r *fakeRing) do(operation string, f func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used++
	if r.fail != nil {
		if err := r.fail(operation); err != nil {
			return err
		}
	}
	if r.secrets == nil {
		r.secrets = map[string]string{}
	}
	return f()
}

func (r *fakeRing) Get(service, user string) (secret string, err error) {
	err = r.do("get", func() error {
		var ok bool
		if secret, ok = r.secrets[service+"/"+user]; !ok {
			return auth.ErrNotInKeyring
		}
		return nil
	})
	return secret, err
}

func (r *fakeRing) Set(service, user, secret string) error {
	return r.do("set", func() error { r.secrets[service+"/"+user] = secret; return nil })
}

func (r *fakeRing) Delete(service, user string) error {
	return r.do("delete", func() error { delete(r.secrets, service+"/"+user); return nil })
}

func TestATokenThatIsNotStoredIsNotHandedOut(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	ring := &fakeRing{}
	set := s.loggedIn(t, auth.NewStore(t.TempDir(), ring, auth.PlaceKeyring), c)
	c.advance(2 * time.Hour)
	src := source(t, set)

	ring.fail = func(op string) error {
		// The login as it was can be stored; what Zoom gave for it cannot.
		if _, _, n, _ := s.state(); op == "set" && n > 0 {
			return errors.New("disk full")
		}
		return nil
	}
	for range 2 {
		got, err := src.Token()
		if e := apierror.From(err); got != nil || e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, "disk full") || e.Hint == "" || secretsIn(e.Text()) {
			t.Fatalf("%v, %+v", got, e)
		}
	}
	ring.fail = nil
	got, err := src.Token()
	_, access, n, reused := s.state()
	if err != nil || got.AccessToken != access || n != 1 || reused {
		t.Errorf("%v, %v; %d renewals, reused %v", got, err, n, reused)
	}
	// What it kept is in the store now, for others too.
	if got, err := source(t, set).Token(); err != nil || got.AccessToken != access {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAStoreThatCannotBeWrittenCostsNoRefreshToken(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	ring := &fakeRing{}
	set := s.loggedIn(t, auth.NewStore(t.TempDir(), ring, auth.PlaceKeyring), c)
	c.advance(2 * time.Hour)
	ring.fail = func(op string) error {
		if op == "set" {
			return errors.New("read-only")
		}
		return nil
	}
	if got, err := source(t, set).Token(); err == nil {
		t.Errorf("got %v", got)
	}
	if _, _, n, _ := s.state(); n != 0 {
		t.Errorf("%d renewals", n)
	}
}

func TestANewLoginOvertakesWhatCouldNotBeStored(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	ring := &fakeRing{}
	store := auth.NewStore(t.TempDir(), ring, auth.PlaceKeyring)
	set := s.loggedIn(t, store, c)
	c.advance(2 * time.Hour)
	src := source(t, set)
	ring.fail = func(op string) error {
		if _, _, n, _ := s.state(); op == "set" && n > 0 {
			return errors.New("disk full")
		}
		return nil
	}
	if _, err := src.Token(); err == nil {
		t.Fatal("no error")
	}
	ring.fail = nil
	s.loggedIn(t, store, c)
	_, access, _, _ := s.state()
	if got, err := src.Token(); err != nil || got.AccessToken != access {
		t.Errorf("%v, %v; want %s", got, err, access)
	}
}

func TestADeadRefreshTokenAsksForANewLogin(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	store := auth.NewStore(t.TempDir(), nil, auth.PlaceFile)
	set := s.loggedIn(t, store, c)
	c.advance(100 * 24 * time.Hour)
	s.mu.Lock()
	s.refresh = "another"
	s.mu.Unlock()
	src := source(t, set)
	for range 3 {
		_, err := src.Token()
		e := apierror.From(err)
		if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, "login has ended") || !strings.Contains(e.Hint, "zoom-phone-mcp auth login") || secretsIn(e.Text()) {
			t.Fatalf("%+v", e)
		}
	}
	if _, _, n, _ := s.state(); n != 1 {
		t.Errorf("Zoom was asked %d times about a dead token", n)
	}
	s.loggedIn(t, store, c) // while the server runs
	if _, err := src.Token(); err != nil {
		t.Errorf("after a new login: %v", err)
	}
}

func TestTroubleOfZoomIsNoDeadLogin(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	set := s.loggedIn(t, auth.NewStore(t.TempDir(), nil, auth.PlaceFile), c)
	c.advance(2 * time.Hour)
	src := source(t, set)
	s.answer = func(w http.ResponseWriter) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<html>")
		return true
	}
	_, err := src.Token()
	if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError || e.HTTPStatus != 503 {
		t.Errorf("%+v", e)
	}
	s.answer = nil
	if _, err := src.Token(); err != nil {
		t.Error(err)
	}
}

func TestALoginGoesNowhereElse(t *testing.T) {
	s, c := newOAuthServer(t), new(clock)
	s.secret = clientSecret
	set := s.loggedIn(t, auth.NewStore(t.TempDir(), nil, auth.PlaceFile), c)
	c.advance(2 * time.Hour)
	foreign := set
	foreign.OAuthURL = newOAuthServer(t).URL + "/oauth"
	noSecret := set
	noSecret.Getenv = environment()
	for what, c := range map[string]struct {
		set  auth.Settings
		says string
	}{
		"another host":       {foreign, "ZOOM_OAUTH_URL"},
		"without the secret": {noSecret, "ZOOM_CLIENT_SECRET"},
	} {
		_, err := source(t, c.set).Token()
		if e := apierror.From(err); e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %+v", what, e)
		}
	}
	if _, _, n, _ := s.state(); n != 0 {
		t.Errorf("%d renewals", n)
	}
}

func TestTheProgramEndsWhenTheRenewedLoginIsStored(t *testing.T) {
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
	c.advance(2 * time.Hour)
	asked, goOn := make(chan struct{}), make(chan struct{})
	s.before = func() { close(asked); <-goOn }
	src := source(t, set)
	go func() { _, _ = src.Token() }() // nobody waits for it any more
	<-asked
	closed := make(chan string)
	go func() {
		src.Close()
		closed <- stored(t, dir)
	}()
	select {
	case <-closed:
		t.Error("it ended in the middle of a renewal")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	if got := <-closed; got == "" {
		t.Error("nothing is stored")
	} else if refresh, _, _, _ := s.state(); got != refresh {
		t.Errorf("stored %s, want %s", got, refresh)
	}
	s.before = nil
	c.advance(2 * time.Hour)
	if _, err := src.Token(); apierror.From(err) == nil || apierror.From(err).Kind != apierror.Canceled {
		t.Errorf("a renewal after the end: %v", err)
	}
}

func TestManyHandlesOfOneStoreNeverLoseTheLogin(t *testing.T) {
	s, c, dir := newOAuthServer(t), new(clock), t.TempDir()
	set := s.loggedIn(t, auth.NewStore(dir, nil, auth.PlaceFile), c)
	var group sync.WaitGroup
	for range 4 {
		own := set
		own.Store = auth.NewStore(dir, nil, auth.PlaceFile)
		src := source(t, own)
		group.Go(func() {
			for range 25 { // each says that the token it has was refused
				if _, err := src.Token(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	refresh, _, n, reused := s.state()
	if reused || stored(t, dir) != refresh || n < 24 {
		t.Errorf("reused %v, stored %s, counts %s, %d renewals", reused, stored(t, dir), refresh, n)
	}
}
