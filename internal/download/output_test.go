package download_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
)

func TestFilesAreWrittenWhereTheCallerSays(t *testing.T) {
	dir, data := t.TempDir(), wav(5000)
	write := func(name string) (string, error) {
		path, facts, err := download.WriteFile(t.Context(), name, source(data, "../call.wav"), download.Options{Want: download.Sound}, download.Limits{})
		if err == nil {
			if got, rerr := os.ReadFile(path); rerr != nil || !bytes.Equal(got, data) || facts.SHA256 != sum(data) {
				t.Errorf("%s: %d bytes, %v, %+v", name, len(got), rerr, facts)
			}
		}
		return path, err
	}
	named := filepath.Join(dir, "mine.bin")
	for range 2 { // the second time it is replaced
		if path, err := write(named); err != nil || path != named {
			t.Errorf("%s %v", path, err)
		}
	}
	for _, want := range []string{"call.wav", "call (2).wav", "call (3).wav"} {
		if path, err := write(dir); err != nil || path != filepath.Join(dir, want) {
			t.Errorf("%s %v, want %s", path, err, want)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(named, link); err != nil {
		t.Fatal(err)
	}
	if path, err := write(link); err != nil || filepath.Base(path) != "mine.bin" {
		t.Errorf("%s %v", path, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	if _, err := write(os.DevNull); err == nil {
		t.Error("a device was taken for a file")
	} else {
		wantFault(t, err, apierror.InvalidParams, "not a file")
	}
	_, err := write(filepath.Join(dir, "none", "x.wav"))
	wantFault(t, err, apierror.Storage, "cannot be written")
	_, err = write(filepath.Join(dir, "none") + string(filepath.Separator))
	wantFault(t, err, apierror.Storage, "cannot be written")
	if left := files(t, dir); len(left) != 5 {
		t.Errorf("left %v", left)
	}
}

func TestAFailureLeavesTheOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "call.wav")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	src := source(wav(1000)[:900], "")
	src.Size = 1044
	_, _, err := download.WriteFile(t.Context(), name, src, download.Options{}, download.Limits{})
	wantFault(t, err, apierror.Network, "900 of 1044")
	if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
		t.Errorf("%q %v", got, err)
	}
	if left := files(t, filepath.Dir(name)); len(left) != 1 || strings.Contains(left[0], "part") {
		t.Errorf("left %v", left)
	}
}
