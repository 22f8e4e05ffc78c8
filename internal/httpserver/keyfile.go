package httpserver

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The file of API keys has a line for each: a name, the SHA-256 of the key in
// hex, and, if the key is limited, allow= and deny= with names of methods or
// patterns, comma-separated. Lines that begin with # are comments.

// Bounds of the file, in bytes.
const (
	maxKeyFile = 1 << 20
	maxKeyLine = 16 << 10
)

var (
	keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	errName = errors.New("the name: want up to 64 letters, digits, dots, hyphens or underscores")
)

// parseKeys reads the file. Errors name the line and not what it has: people put
// the key itself where its hash belongs.
func parseKeys(r io.Reader, limits func(allow, deny []string) error) ([]*key, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("larger than %d bytes", maxKeyFile)
	}
	var keys []*key
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	lines.Buffer(make([]byte, 0, maxKeyLine), maxKeyLine)
	n := 0
	for lines.Scan() {
		n++
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		k, err := parseKey(fields)
		if err == nil && limits != nil {
			err = limits(k.allow, k.deny)
		}
		for _, other := range keys {
			if err == nil && (other.name == k.name || other.sum == k.sum) {
				err = errors.New("a second key with this name or hash")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		keys = append(keys, k)
	}
	if lines.Err() != nil {
		return nil, fmt.Errorf("line %d is longer than %d bytes", n+1, maxKeyLine)
	}
	return keys, nil
}

func parseKey(fields []string) (*key, error) {
	k := &key{name: fields[0], gone: make(chan struct{})}
	if !keyName.MatchString(k.name) {
		return nil, errName
	}
	if len(fields) < 2 {
		return nil, errors.New("the hash is missing")
	}
	sum, err := hex.DecodeString(fields[1])
	if err != nil || len(sum) != sha256.Size {
		return nil, errors.New("the hash: want the 64 hex digits of a SHA-256")
	}
	copy(k.sum[:], sum)
	for _, field := range fields[2:] {
		name, value, _ := strings.Cut(field, "=")
		var to *[]string
		switch name {
		case "allow":
			to = &k.allow
		case "deny":
			to = &k.deny
		default:
			return nil, errors.New("after the hash: want allow=… or deny=…")
		}
		for part := range strings.SplitSeq(value, ",") {
			if part == "" {
				return nil, fmt.Errorf("%s= has an empty element", name)
			}
			*to = append(*to, part)
		}
	}
	return k, nil
}

// keyBytes is the randomness of a key.
const keyBytes = 32

// AddKey makes a key and adds its hash to a file, which it makes where there is
// none. It is the only one who has seen the key.
func AddKey(path, name string, allow, deny []string) (secret string, err error) {
	if !keyName.MatchString(name) {
		return "", errName
	}
	random := make([]byte, keyBytes)
	_, _ = rand.Read(random) // never fails
	secret = "zpm_" + base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(secret))
	line := name + " " + hex.EncodeToString(sum[:])
	for _, l := range []struct {
		name   string
		values []string
	}{{"allow", allow}, {"deny", deny}} {
		if len(l.values) > 0 {
			line += " " + l.name + "=" + strings.Join(l.values, ",")
		}
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		line = "\n" + line
	}
	for l := range strings.Lines(string(old)) {
		if fields := strings.Fields(l); len(fields) > 0 && fields[0] == name {
			return "", fmt.Errorf("%s has a key of %s already: take its line out first, or choose another name", path, name)
		}
	}
	// What the server would refuse is not written.
	if _, err := parseKeys(io.MultiReader(bytes.NewReader(old), strings.NewReader(line+"\n")), nil); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(line + "\n")
	return secret, errors.Join(err, f.Close())
}
