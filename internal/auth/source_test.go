package auth_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/zoom"
)

func TestPrecedenceOfCredentials(t *testing.T) {
	const (
		token   = "ZOOM_ACCESS_TOKEN=ready-token"
		account = "ZOOM_ACCOUNT_ID=" + accountID
		id      = "ZOOM_CLIENT_ID=" + clientID
		secret  = "ZOOM_CLIENT_SECRET=" + clientSecret
		other   = "ZOOM_CLIENT_ID=other-client-0123456789"
	)
	for _, c := range []struct {
		what    string
		set     []string
		login   bool
		kind    auth.Kind
		token   string // empty: refused
		missing string
	}{
		{"nothing", nil, false, auth.KindLogin, "", "ZOOM_ACCOUNT_ID ZOOM_CLIENT_ID ZOOM_CLIENT_SECRET"},
		{"a login alone", nil, true, auth.KindLogin, "access-2-secret", ""},
		{"a ready token alone", []string{token}, false, auth.KindAccessToken, "ready-token", ""},
		{"a ready token before all", []string{token, account, id, secret}, true, auth.KindAccessToken, "ready-token", ""},
		{"an app", []string{account, id, secret}, false, auth.KindServerToServer, "account-token", ""},
		{"an app before a login", []string{account, id, secret}, true, auth.KindServerToServer, "account-token", ""},
		{"an app without secret", []string{account, id}, true, auth.KindNone, "", "ZOOM_CLIENT_SECRET"},
		{"an account alone", []string{account}, true, auth.KindNone, "", "ZOOM_CLIENT_ID ZOOM_CLIENT_SECRET"},
		{"a secret alone", []string{secret}, true, auth.KindNone, "", "ZOOM_ACCOUNT_ID ZOOM_CLIENT_ID"},
		{"the app of the login", []string{id}, true, auth.KindLogin, "access-2-secret", ""},
		{"the app of a login that is not there", []string{id, secret}, false, auth.KindLogin, "", ""},
		{"another app than that of the login", []string{other}, true, auth.KindLogin, "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, now := newOAuthServer(t), new(clock)
			store := auth.NewStore(t.TempDir(), nil, auth.PlaceFile)
			if c.login {
				s.loggedIn(t, store, now)
			}
			used := source(t, s.settings(store, now, c.set...))
			if used.Kind() != c.kind {
				t.Errorf("kind %s, want %s", used.Kind(), c.kind)
			}
			got, err := used.Token()
			st, serr := used.Status()
			if c.token != "" {
				if err != nil || got.AccessToken != c.token {
					t.Errorf("token %v, %v; want %s", got, err, c.token)
				}
				if serr != nil || st.Kind != c.kind {
					t.Errorf("status %+v, %v", st, serr)
				}
				return
			}
			for _, err := range []error{err, serr} {
				e := apierror.From(err)
				if e == nil || e.Kind != apierror.Auth || strings.Join(e.Missing, " ") != c.missing || !strings.Contains(e.Hint, "auth login") {
					t.Errorf("got %+v, want %q missing", e, c.missing)
				}
			}
			if st.Kind != auth.KindNone {
				t.Errorf("status %+v", st)
			}
		})
	}
}

func TestMissingCredentialsAreNamed(t *testing.T) {
	_, err := source(t, auth.Settings{Getenv: environment("ZOOM_ACCOUNT_ID=a"), OAuthURL: "https://127.0.0.1:1"}).Token()
	e := apierror.From(err)
	if e == nil || e.Kind != apierror.Auth || !slices.Equal(e.Missing, []string{"ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"}) || !strings.Contains(e.Hint, "marketplace.zoom.us") {
		t.Errorf("%+v", e)
	}
}

func TestChoosingTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	ring := &fakeRing{}
	used := source(t, auth.Settings{Getenv: environment(), OAuthURL: "https://127.0.0.1:1", Store: auth.NewStore(dir, ring, auth.PlaceAuto)})
	if _, err := used.Token(); err == nil {
		t.Error("a token out of nothing")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made for no login")
	}
	if ring.used != 0 {
		t.Error("the keyring was asked though nobody has logged in")
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		what, text, want string
	}{
		{"with a line end", "from-file\n", "from-file"},
		{"with the line end of Windows", "from-file\r\n", "from-file"},
		{"without one", "from-file", "from-file"},
		{"with spaces around", " \t from-file \n\n", "from-file"},
		{"with quotes around", "\"from-file\"\n", "from-file"},
		{"with a byte order mark", "\ufefffrom-file\r\n", "from-file"},
		{"in UTF-16, little end first", "\xff\xfef\x00r\x00o\x00m\x00-\x00f\x00i\x00l\x00e\x00\r\x00\n\x00", "from-file"},
		{"in UTF-16, big end first", "\xfe\xff\x00f\x00r\x00o\x00m\x00-\x00f\x00i\x00l\x00e\x00\n", "from-file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			used := source(t, auth.Settings{Getenv: environment("ZOOM_ACCESS_TOKEN_FILE=" + file("token", c.text))})
			if got, err := used.Token(); err != nil || got.AccessToken != c.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	t.Run("all of an app", func(t *testing.T) {
		s := newOAuthServer(t)
		used := source(t, s.settings(nil, new(clock), "ZOOM_ACCOUNT_ID_FILE="+file("account", accountID), "ZOOM_CLIENT_ID_FILE="+file("id", clientID), "ZOOM_CLIENT_SECRET_FILE="+file("secret", clientSecret)))
		if got, err := used.Token(); err != nil || got.AccessToken != "account-token" {
			t.Errorf("%v, %v", got, err)
		}
	})
	for _, c := range []struct {
		what, says string
		set        []string
	}{
		{"both", "ZOOM_CLIENT_SECRET and ZOOM_CLIENT_SECRET_FILE are both set", []string{"ZOOM_CLIENT_SECRET=hidden", "ZOOM_CLIENT_SECRET_FILE=" + file("hidden1", "hidden")}},
		{"no such file", "ZOOM_CLIENT_SECRET_FILE names cannot be read: ", []string{"ZOOM_CLIENT_SECRET_FILE=/hidden"}},
		{"a folder", "ZOOM_ACCOUNT_ID_FILE names cannot be read", []string{"ZOOM_ACCOUNT_ID_FILE=" + dir}},
		{"an empty file", "ZOOM_CLIENT_ID_FILE names is empty", []string{"ZOOM_CLIENT_ID_FILE=" + file("empty", "\n")}},
		{"a file of spaces", "ZOOM_CLIENT_ID_FILE names is empty", []string{"ZOOM_CLIENT_ID_FILE=" + file("blank", "\ufeff \"\" \r\n")}},
		{"a placeholder in a file", "ZOOM_CLIENT_SECRET_FILE names holds a placeholder (${…})", []string{"ZOOM_CLIENT_SECRET_FILE=" + file("left", "${hidden}\n")}},
		{"two lines", "ZOOM_CLIENT_SECRET has spaces", []string{"ZOOM_CLIENT_SECRET_FILE=" + file("two", "hidden1\nhidden2\n")}},
		{"half of the quotes", "ZOOM_CLIENT_SECRET has spaces, quotes", []string{"ZOOM_CLIENT_SECRET=\"hidden"}},
		{"a header for a token", "ZOOM_ACCESS_TOKEN has spaces", []string{"ZOOM_ACCESS_TOKEN=Bearer hidden"}},
		{"a hidden character inside", "ZOOM_ACCESS_TOKEN has spaces, quotes or other", []string{"ZOOM_ACCESS_TOKEN=hid\u200bden"}},
		{"a large file", "ZOOM_ACCESS_TOKEN_FILE names is larger", []string{"ZOOM_ACCESS_TOKEN_FILE=" + file("large", strings.Repeat("hidden", 20000))}},
	} {
		t.Run(c.what, func(t *testing.T) {
			used := source(t, auth.Settings{Getenv: environment(c.set...)})
			_, err := used.Token()
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, c.says) || e.Hint == "" {
				t.Fatalf("%+v does not say %q", e, c.says)
			}
			if strings.Contains(e.Text(), "hidden") {
				t.Errorf("the secret shows in %s", e.Text())
			}
		})
	}
}

func TestAReadyTokenIsNeverRenewed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := new(clock)
	used := source(t, auth.Settings{Getenv: environment("ZOOM_ACCESS_TOKEN_FILE=" + path), Now: c.now})
	_, err := used.Token()
	if err == nil {
		t.Error("a token out of no file")
	}

	write("first")
	used = source(t, auth.Settings{Getenv: environment("ZOOM_ACCESS_TOKEN_FILE=" + path), Now: c.now})
	if got, err := used.Token(); err != nil || got.AccessToken != "first" {
		t.Fatalf("%v, %v", got, err)
	}
	if got, err := used.Token(); err == nil {
		t.Errorf("got the token %q again although Zoom refused it and the file has no other, want an error", got.AccessToken)
	}
	if err := os.Remove(path); err != nil { // a pipe, for one, can be read only once
		t.Fatal(err)
	}
	_, err = used.Token() // the client asks again because Zoom refused it
	if e := apierror.From(err); e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, "refused the access token in ZOOM_ACCESS_TOKEN") || !strings.Contains(e.Hint, "never renewed") || strings.Contains(e.Text(), "first") {
		t.Errorf("%+v", e)
	}
	write("second\n")
	if got, err := used.Token(); err != nil || got.AccessToken != "second" {
		t.Errorf("the file has a new token: %v, %v", got, err)
	}

	end := c.now().Add(time.Hour)
	jwt := "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, end.Unix())) + ".sig"
	write(jwt)
	used = source(t, auth.Settings{Getenv: environment("ZOOM_ACCESS_TOKEN_FILE=" + path), Now: c.now})
	if st, err := used.Status(); err != nil || !st.Expires.Equal(end) {
		t.Errorf("%+v, %v", st, err)
	}
	c.advance(2 * time.Hour)
	_, err = used.Token()
	if e := apierror.From(err); e == nil || !strings.Contains(e.Message, "ended at 2026-05-04T13:00:00Z") {
		t.Errorf("%v", err)
	}
	write("third")
	if got, err := used.Token(); err != nil || got.AccessToken != "third" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestStatusShowsNoSecretsAndShortensIdentifiers(t *testing.T) {
	used := source(t, auth.Settings{Getenv: environment("ZOOM_ACCOUNT_ID="+accountID, "ZOOM_CLIENT_ID=short", "ZOOM_CLIENT_SECRET="+clientSecret)})
	st, err := used.Status()
	if err != nil || st.AccountID != "acco…89" || st.ClientID != "sh…" {
		t.Errorf("%+v, %v", st, err)
	}
	if text := fmt.Sprintf("%+v", st); strings.Contains(text, clientSecret) || strings.Contains(text, accountID) {
		t.Error(text)
	}
}

func TestABadOAuthURLIsRefused(t *testing.T) {
	if _, err := auth.Source(auth.Settings{Getenv: environment(), OAuthURL: "http://zoom.example.com/oauth"}); err == nil {
		t.Error("secrets would travel in clear")
	}
}

func TestAnswerThatBreaksOffIsTroubleOfTheNetwork(t *testing.T) {
	s := newOAuthServer(t)
	s.answer = func(w http.ResponseWriter) bool {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"access_token":`)
		return true
	}
	src := source(t, s.settings(nil, new(clock), "ZOOM_ACCOUNT_ID="+accountID, "ZOOM_CLIENT_ID="+clientID, "ZOOM_CLIENT_SECRET="+clientSecret))
	_, err := src.Token()
	if e := zoom.TokenError(err, time.Now()); err == nil || e.Kind != apierror.Network {
		t.Errorf("%+v", e)
	}
}
