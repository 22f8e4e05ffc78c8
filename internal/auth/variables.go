package auth

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
)

// maxSecretFile bounds a file with a secret, in bytes.
const maxSecretFile = 64 << 10

// variables are the credentials of the environment.
type variables struct {
	accessToken, accountID, clientID, clientSecret string
}

func readVariables(getenv func(string) string) (v variables, f *apierror.Error) {
	if f = Unfilled(getenv, varAccessToken, varAccountID, varClientID, varClientSecret); f != nil {
		return variables{}, f
	}
	for _, x := range []struct {
		name string
		to   *string
	}{
		{varAccessToken, &v.accessToken}, {varAccountID, &v.accountID},
		{varClientID, &v.clientID}, {varClientSecret, &v.clientSecret},
	} {
		if *x.to, f = readVariable(getenv, x.name); f != nil {
			return variables{}, f
		}
		if strings.ContainsFunc(*x.to, foreign) {
			e := apierror.New(apierror.Auth, "%s has spaces, quotes or other characters that are in none of Zoom's credentials", x.name)
			e.Hint = "It holds one value and nothing else: no name before it, no second line. Copy the value again."
			return variables{}, e
		}
	}
	return v, nil
}

// foreign reports whether a character is in no credential of Zoom's.
func foreign(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'`", r) }

// Unfilled is the error for variables that hold what a template left, nil for none.
// It does not show the values: what looks like a placeholder may be a secret.
func Unfilled(getenv func(string) string, names ...string) *apierror.Error {
	var left, shown []string
	for _, name := range names {
		for _, form := range []string{name, name + "_FILE"} {
			if template := Placeholder(Trim(getenv(form))); template != "" {
				left, shown = append(left, form), append(shown, form+" ("+template+")")
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	e := apierror.New(apierror.Auth, "the configuration has a placeholder in the place of a value: %s", strings.Join(shown, ", "))
	e.Missing = left
	e.Hint = "A template or a host has left it there, and nothing was sent to Zoom. Put the value itself into the configuration of the program that starts this server, " +
		"or take the variable out if it is not needed."
	return e
}

// SetVariables lists the variables that are set among those with credentials,
// as they are named there: with _FILE where a file holds the value.
func SetVariables(getenv func(string) string) []string {
	var names []string
	for _, name := range []string{varAccessToken, varAccountID, varClientID, varClientSecret} {
		for _, form := range []string{name, name + "_FILE"} {
			if Trim(getenv(form)) != "" {
				names = append(names, form)
			}
		}
	}
	return names
}

// Readable lists the variables, out of those with secrets and the named ones, whose files
// every user of this machine can read. Files that a container is given are often like that.
func Readable(getenv func(string) string, names ...string) []string {
	var out []string
	for _, name := range append(slices.Clip(names), varAccessToken, varClientSecret) {
		path := Trim(getenv(name + "_FILE"))
		if path == "" {
			continue
		}
		if info, err := os.Stat(Path(path)); err == nil && others(info)&0o004 != 0 {
			out = append(out, name+"_FILE")
		}
	}
	return out
}

// missing lists the variables of a Server-to-Server app that are not set.
func (v variables) missing() []string {
	var names []string
	for _, x := range []struct{ name, value string }{
		{varAccountID, v.accountID}, {varClientID, v.clientID}, {varClientSecret, v.clientSecret},
	} {
		if x.value == "" {
			names = append(names, x.name)
		}
	}
	return names
}

// Variable returns an environment variable with a secret, or the content of the
// file that its _FILE twin names.
func Variable(getenv func(string) string, name string) (string, error) {
	value, f := readVariable(getenv, name)
	if f != nil {
		return "", f
	}
	return value, nil
}

// readVariable returns a variable, or the content of the file that its _FILE twin
// names, trimmed. Faults show neither content nor path: people put the secret
// itself where the path belongs.
func readVariable(getenv func(string) string, name string) (string, *apierror.Error) {
	if f := Unfilled(getenv, name); f != nil {
		return "", f
	}
	value, twin := Trim(getenv(name)), name+"_FILE"
	path := Trim(getenv(twin))
	if path == "" {
		return value, nil
	}
	fail := func(hint, format string, args ...any) (string, *apierror.Error) {
		e := apierror.New(apierror.Auth, format, args...)
		e.Hint = hint
		return "", e
	}
	if value != "" {
		return fail("Keep one of them.", "%s and %s are both set", name, twin)
	}
	f, err := os.Open(Path(path))
	var text []byte
	if err == nil {
		defer f.Close()
		if info, serr := f.Stat(); serr == nil && info.Mode().IsRegular() && others(info)&0o022 != 0 {
			return fail("chmod 600 it, and check what it has.", "others can write the file that %s names (mode %04o)", twin, info.Mode().Perm())
		}
		text, err = io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	}
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return fail("It holds the path of a file that this program can read.", "the file that %s names cannot be read: %v", twin, err)
	}
	if len(text) > maxSecretFile {
		return fail("It holds the path of a file with one value.", "the file that %s names is larger than %d bytes", twin, maxSecretFile)
	}
	value = Trim(decode(text))
	if value == "" {
		return fail("It holds the path of a file with one value.", "the file that %s names is empty", twin)
	}
	if template := Placeholder(value); template != "" {
		return fail("A template has left it there. Write the value itself into the file.", "the file that %s names holds a placeholder (%s) in the place of a value", twin, template)
	}
	return value, nil
}
