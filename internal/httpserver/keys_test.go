package httpserver_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/httpserver"
)

func sum(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key))) }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeysOfAFileAndTheirLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write(t, path, "# who may come in\n\nann "+sum("key of ann")+"\nben\t"+sum("key of ben")+" allow=list_*,get_a_site deny=list_phone_users\n")
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: "the one in the environment", File: path})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{Keys: keys})
	var came *caller.Caller
	f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
	for _, c := range []struct {
		key, name   string
		allow, deny []string
	}{
		{"key of ann", "key:ann", nil, nil},
		{"key of ben", "key:ben", []string{"list_*", "get_a_site"}, []string{"list_phone_users"}},
		{"the one in the environment", "key:default", nil, nil},
	} {
		if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+c.key); w.Code != http.StatusOK {
			t.Fatalf("%s: %d", c.name, w.Code)
		}
		if came.Name != c.name || !slices.Equal(came.Allow, c.allow) || !slices.Equal(came.Deny, c.deny) || came.Limited() != (c.allow != nil) {
			t.Errorf("%+v", came)
		}
	}
	// The hash is no key.
	if w := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+sum("key of ann")); w.Code != http.StatusUnauthorized {
		t.Errorf("the hash as a key: %d", w.Code)
	}
}

func TestFileOfKeysThatIsWrongSaysWhere(t *testing.T) {
	good := "ann " + sum("a") + "\n"
	for _, c := range []struct{ what, text, want string }{
		{"no hash", "ann", "line 1"},
		{"the key in place of its hash", good + "ben secret-key-of-ben", "line 2"},
		{"half a hash", "ann " + sum("a")[:32], "line 1"},
		{"a name with a slash", "a/b " + sum("a"), "line 1"},
		{"a name twice", good + "ann " + sum("b"), "line 2"},
		{"a hash twice", good + "\n\nben " + sum("a"), "line 4"},
		{"an unknown word", "ann " + sum("a") + " admin", "line 1"},
		{"an empty limit", "ann " + sum("a") + " allow=", "line 1"},
		{"limits that fit nothing", "ann " + sum("a") + " deny=nothing", "no such method"},
		{"a line without an end", "ann " + sum("a") + " allow=" + strings.Repeat("x", 20<<10), "line 1"},
		{"the name of the key in the environment", "default " + sum("a"), "default"},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			write(t, path, c.text)
			_, err := httpserver.LoadKeys(httpserver.KeyOptions{Single: "of the environment", File: path, Limits: func(_, deny []string) error {
				if slices.Contains(deny, "nothing") {
					return errors.New("no such method")
				}
				return nil
			}})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret-key-of-ben") {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := httpserver.LoadKeys(httpserver.KeyOptions{File: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a file that is not there")
	}
}

func TestReloadTakesKeysAwayAndKeepsThemWhenTheFileIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	ann, ben, cleo := "ann "+sum("a")+"\n", "ben "+sum("b")+"\n", "cleo "+sum("c")+"\n"
	write(t, path, ann+ben)
	var log bytes.Buffer
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path, Log: zerolog.New(&log)})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{Keys: keys})
	gone := map[string]<-chan struct{}{}
	f.serve = func(_ http.ResponseWriter, r *http.Request) { gone[callerOf(r).Name] = callerOf(r).Gone }
	status := func(key string) int {
		return ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+key).Code
	}
	closed := func(name string) bool {
		select {
		case <-gone[name]:
			return true
		default:
			return false
		}
	}
	if status("a") != 200 || status("b") != 200 || status("c") != 401 {
		t.Fatal("the first file")
	}
	write(t, path, ann+cleo+"broken")
	keys.Reload()
	if status("a") != 200 || status("b") != 200 || status("c") != 401 || closed("key:ben") {
		t.Error("a wrong file has changed the keys")
	}
	if !strings.Contains(log.String(), "line 3") {
		t.Errorf("the log does not tell: %s", log.String())
	}
	write(t, path, ann+cleo)
	keys.Reload()
	if status("a") != 200 || status("b") != 401 || status("c") != 200 {
		t.Error("the new file")
	}
	if closed("key:ann") || !closed("key:ben") {
		t.Error("streams: of the key that stays, or of the one that went")
	}
	write(t, path, "ann "+sum("a")+" deny=list_*\n")
	keys.Reload()
	if !closed("key:ann") {
		t.Error("streams of a key that is limited now")
	}
}

func TestAddedKeyIsGoodAndItsFilePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "keys")
	first, err := httpserver.AddKey(path, "ann", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := httpserver.AddKey(path, "ben", []string{"list_*"}, []string{"list_phone_users", "get_*"})
	if err != nil || first == second || len(first) < 40 {
		t.Fatalf("%q, %q, %v", first, second, err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), first) {
		t.Errorf("%s, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	keys, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path})
	if err != nil {
		t.Fatal(err)
	}
	s, f := start(t, httpserver.Options{Keys: keys})
	var came *caller.Caller
	f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
	ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+second)
	if came == nil || came.Name != "key:ben" || len(came.Allow) != 1 || len(came.Deny) != 2 {
		t.Errorf("%+v", came)
	}
	before, _ := os.ReadFile(path)
	for _, name := range []string{"ann", "", "two words", "a/b", "#"} {
		if _, err := httpserver.AddKey(path, name, nil, nil); err == nil {
			t.Errorf("the name %q", name)
		}
	}
	write(t, path, strings.TrimSuffix(string(before), "\n")) // edited by hand
	if _, err := httpserver.AddKey(path, "cleo", nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path}); err != nil {
		t.Error(err)
	}
}

// keyLine is a line of the file as its description has it, one blank between its words.
var keyLine = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]{0,63}) ([0-9A-Fa-f]{64})((?: (?:allow|deny)=\S+)*)$`)

// FuzzKeyFile holds that a file lets in who stands in it, with the limits of the
// line, and nobody else; and that the error of a wrong one shows nothing of what
// it has but a name. "{ann}" and "{ben}" stand for the hashes of two keys.
func FuzzKeyFile(f *testing.F) {
	for _, text := range []string{
		"ann {ann} allow=list_*\n# x\n", "ann", "\xef\xbb\xbfann {ANN} deny=a,b allow=c", "ann {ann}\nben {ben} deny=x\r\n", "#ann {ann}", "ann {ann} # mine",
		"ann {ann}\nann {ben}", "ann {ann}\nben {ann}", "a/b {ann}", "ann {ann} allow=", "ann {ann}\x00", "ann\u00a0{ann}\u2028ben {ben}", "\nann\t{ann}\vallow=a\fdeny=b", "ann{ann}", "ann {ann}{ben}", "ann the-secret-itself-1234",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secrets := []string{"the key of ann", "the key of ben"}
		text = strings.NewReplacer("{ann}", sum(secrets[0]), "{ben}", sum(secrets[1]), "{ANN}", strings.ToUpper(sum(secrets[0]))).Replace(text)
		path := filepath.Join(t.TempDir(), "keys")
		write(t, path, text)
		keys, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path})
		if err != nil {
			said := strings.ReplaceAll(err.Error(), path, "")
			if len(said) > 200 {
				t.Errorf("a long error: %v", err)
			}
			for word := range strings.FieldsSeq(text) {
				if len(word) > 20 && strings.Contains(said, word) {
					t.Errorf("the error shows %q: %v", word, err)
				}
			}
			return
		}
		s, f := start(t, httpserver.Options{Keys: keys})
		var came *caller.Caller
		f.serve = func(_ http.ResponseWriter, r *http.Request) { came = callerOf(r) }
		listed := map[string][]string{}
		for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
			if m := keyLine.FindStringSubmatch(strings.Join(strings.Fields(line), " ")); m != nil {
				listed[strings.ToLower(m[2])] = append([]string{m[1]}, strings.Fields(m[3])...)
			}
		}
		for _, secret := range append(secrets, "", sum(secrets[0]), text) {
			if strings.ContainsAny(secret, "\r\n\x00") {
				continue
			}
			came = nil
			status := ask(s, http.MethodPost, "/mcp", "Authorization", "Bearer "+secret).Code
			line, ok := listed[sum(secret)]
			if (status == http.StatusOK) != ok || (came != nil) != ok {
				t.Fatalf("%q of %q: %d", secret, text, status)
			}
			if !ok {
				continue
			}
			var allow, deny []string
			for _, limit := range line[1:] {
				if names, ok := strings.CutPrefix(limit, "allow="); ok {
					allow = append(allow, strings.Split(names, ",")...)
				} else {
					deny = append(deny, strings.Split(strings.TrimPrefix(limit, "deny="), ",")...)
				}
			}
			if came.Name != "key:"+line[0] || !slices.Equal(came.Allow, allow) || !slices.Equal(came.Deny, deny) {
				t.Errorf("%q: %+v", text, came)
			}
		}
	})
}
