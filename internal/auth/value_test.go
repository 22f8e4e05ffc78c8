package auth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

func TestWhatStandsAroundAValueIsTakenOff(t *testing.T) {
	for text, want := range map[string]string{
		"value": "value", "": "", " \t\r\n": "", `""`: "", "' '": "", "\ufeff": "",
		" value": "value", "value\r\n": "value", "value\n\n": "value", "\tvalue\u00a0": "value", "value\x00": "value",
		"\ufeffvalue": "value", "\u200bvalue\u2060": "value", "\u200e\u00advalue\u200f": "value", "\ufeff \u200b value": "value",
		`"value"`: "value", "'value'": "value", "`value`": "value", "“value”": "value", "„value“": "value", "‘value’": "value", "«value»": "value",
		` "value" `: "value", `" value "`: "value", `"'value'"`: "value", "\ufeff\"value\"\r\n": "value",
		`"value`: `"value`, `value"`: `value"`, `"value'`: `"value'`, `"`: `"`, `a "b" c`: `a "b" c`, "a b": "a b",
	} {
		if got := auth.Trim(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestPlaceholdersAreTold(t *testing.T) {
	for _, text := range []string{
		"${ZOOM_CLIENT_SECRET}", "${user_config.client_secret}", "${env:SECRET}", "${input:secret}", "${SECRET:-}", "${{ secrets.ZOOM }}", "a${b}c", "${HOME}/secret",
		"$ZOOM_CLIENT_SECRET", "$secret", "$env:SECRET", "$HOME/secret", "$(cat secret)", "%ZOOM_CLIENT_SECRET%", `%APPDATA%\zoom\secret`,
		"<your-client-secret>", "<CLIENT SECRET>", "{{client_secret}}", "{{ .Values.secret }}", "{secret}", "#{Secret}#", "__SECRET__", "your-client-secret", "YOUR_CLIENT_SECRET",
		"changeme", "CHANGE_ME", "op://vault/zoom/secret",
	} {
		if auth.Placeholder(text) == "" {
			t.Errorf("%s is taken for a value", text)
		}
	}
	for _, text := range []string{
		"", "abc", "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln", "Xy_-0123456789", "_x_", "a$b", "p%20q", "100%", "$", "$$", "%", "<", "a<b>c", "5{x", "/home/your-name/secret",
		"https://api.zoom.us/v2", "~/secret", `C:\Users\x\secret`, "pro",
	} {
		if form := auth.Placeholder(text); form != "" {
			t.Errorf("%s is taken for a placeholder %s", text, form)
		}
	}
}

func TestCredentialsAreTrimmed(t *testing.T) {
	s := newOAuthServer(t)
	used := source(t, s.settings(nil, new(clock), "ZOOM_ACCOUNT_ID= "+accountID+"\r\n", "ZOOM_CLIENT_ID=\ufeff\""+clientID+"\"", "ZOOM_CLIENT_SECRET='"+clientSecret+"\u200b'\n", "ZOOM_ACCESS_TOKEN=\"\""))
	if got, err := used.Token(); err != nil || got.AccessToken != "account-token" {
		t.Errorf("%v, %v", got, err)
	}
	if set := auth.SetVariables(environment("ZOOM_ACCESS_TOKEN=''", "ZOOM_CLIENT_ID= x")); !slices.Equal(set, []string{"ZOOM_CLIENT_ID"}) {
		t.Errorf("set are %v", set)
	}
	if key, err := auth.Variable(environment("KEY= \"a key\"\r\n"), "KEY"); err != nil || key != "a key" {
		t.Errorf("%q, %v", key, err)
	}
}

func TestPlaceholderOfATemplateIsNamedBeforeAnythingIsSent(t *testing.T) {
	for _, c := range []struct {
		set  []string
		says string
		left string
	}{
		{[]string{"ZOOM_ACCOUNT_ID=" + accountID, "ZOOM_CLIENT_ID=" + clientID, "ZOOM_CLIENT_SECRET=${hidden}"}, "ZOOM_CLIENT_SECRET (${…})", "ZOOM_CLIENT_SECRET"},
		{[]string{"ZOOM_ACCOUNT_ID=%hidden%", "ZOOM_CLIENT_ID=\"<your-hidden>\"", "ZOOM_CLIENT_SECRET= {{hidden}}\n"}, "ZOOM_ACCOUNT_ID (%NAME%), ZOOM_CLIENT_ID (<…>), ZOOM_CLIENT_SECRET ({{…}})",
			"ZOOM_ACCOUNT_ID ZOOM_CLIENT_ID ZOOM_CLIENT_SECRET"},
		{[]string{"ZOOM_ACCESS_TOKEN=$hidden"}, "ZOOM_ACCESS_TOKEN ($NAME)", "ZOOM_ACCESS_TOKEN"},
		{[]string{"ZOOM_ACCOUNT_ID=" + accountID, "ZOOM_CLIENT_ID=" + clientID, "ZOOM_CLIENT_SECRET_FILE=${hidden}/secret"}, "ZOOM_CLIENT_SECRET_FILE (${…})", "ZOOM_CLIENT_SECRET_FILE"},
	} {
		s := newOAuthServer(t)
		asked := false
		s.answer = func(http.ResponseWriter) bool {
			asked = true
			return false
		}
		used := source(t, s.settings(nil, new(clock), c.set...))
		_, err := used.Token()
		st, serr := used.Status()
		for _, err := range []error{err, serr} {
			e := apierror.From(err)
			if e == nil || e.Kind != apierror.Auth || !strings.Contains(e.Message, c.says) || strings.Join(e.Missing, " ") != c.left || !strings.Contains(e.Hint, "the value itself") {
				t.Errorf("%v: %+v", c.set, e)
			}
			if e != nil && strings.Contains(e.Text(), "hidden") {
				t.Errorf("the value shows in %s", e.Text())
			}
		}
		if asked || used.Kind() != auth.KindNone || st.Kind != auth.KindNone {
			t.Errorf("%v: asked %v, kind %s", c.set, asked, used.Kind())
		}
	}
	if _, err := auth.Variable(environment("KEY=${hidden}"), "KEY"); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("a key: %v", err)
	}
}

func TestHomeInThePathOfAFile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	if err := os.WriteFile(filepath.Join(home, "token"), []byte("from-home"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"~/token", "\"~/token\"\r\n", filepath.Join(home, "token")} {
		used := source(t, auth.Settings{Getenv: environment("ZOOM_ACCESS_TOKEN_FILE=" + path)})
		if got, err := used.Token(); err != nil || got.AccessToken != "from-home" {
			t.Errorf("%q: %v, %v", path, got, err)
		}
	}
	for path, want := range map[string]string{"~": home, "~/a/b": filepath.Join(home, "a", "b"), "~x/a": "~x/a", "a/~/b": "a/~/b", "": "", "/~": "/~"} {
		if got := auth.Path(path); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
