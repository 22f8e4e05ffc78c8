//go:build unix

package httpserver_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/httpserver"
)

func TestAFileOfKeysThatOthersCanWriteIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := httpserver.AddKey(path, "ann", nil, nil); err != nil {
		t.Fatal(err)
	}
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o620: false, 0o602: false, 0o666: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := httpserver.LoadKeys(httpserver.KeyOptions{File: path})
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "others can write it") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

func TestAKeyOfTLSThatOthersCanReadIsWarnedAbout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o660: true, 0o602: true} {
		if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		_, _ = httpserver.LoadCertificate(path, path, zerolog.New(&log), nil) // it is no certificate
		if strings.Contains(log.String(), "others can read or write the key") != warned {
			t.Errorf("%o: %s", mode, log.String())
		}
	}
}
