package install_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/install"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func options(private bool) install.WriteOptions {
	return install.WriteOptions{Private: private, Label: "phone", Now: noon}
}

func read(t *testing.T, path string) *install.File {
	t.Helper()
	f, err := install.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != want {
		t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestANewFileIsPrivateAndItsFolderIsMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "mcp.json")
	f := read(t, path)
	if f.Exists() || f.Text != nil {
		t.Fatalf("%+v", f)
	}
	backup, err := f.Replace([]byte("x"), options(false))
	if err != nil || backup != "" || content(t, path) != "x" {
		t.Fatal(backup, err)
	}
	wantMode(t, path, 0o600)
	if runtime.GOOS != "windows" {
		wantMode(t, filepath.Dir(path), 0o700)
	}
}

func TestAFileKeepsItsModeUnlessItGetsASecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mcp.json")
	write(t, path, "old", 0o644)
	backup, err := read(t, path).Replace([]byte("new"), options(false))
	if err != nil || content(t, path) != "new" || content(t, backup) != "old" {
		t.Fatal(backup, err)
	}
	if want := path + ".phone-20260504T120000Z.bak"; backup != want {
		t.Errorf("the backup is %s, want %s", backup, want)
	}
	wantMode(t, path, 0o644)
	wantMode(t, backup, 0o600)
	if _, err := read(t, path).Replace([]byte("secret"), options(true)); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	write(t, path, "secret", 0o644)
	if changed, err := read(t, path).MakePrivate(); err != nil || changed != (runtime.GOOS != "windows") {
		t.Error(changed, err)
	}
	wantMode(t, path, 0o600)
	if changed, err := read(t, path).MakePrivate(); err != nil || changed {
		t.Error(changed, err)
	}
}

func TestSymbolicLinksStay(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "dotfiles", "mcp.json")
	if err := os.Mkdir(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"one": "two", "two": filepath.Join("dotfiles", "mcp.json"), "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err) // some Windows users may not
		}
	}
	for _, text := range []string{"first", "second"} { // the link dangles at first
		f := read(t, filepath.Join(dir, "one"))
		if f.Path != target {
			t.Fatalf("leads to %s", f.Path)
		}
		if _, err := f.Replace([]byte(text), options(false)); err != nil || content(t, target) != text {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "one")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("no link any more: %v, %v", info, err)
	}
	if _, err := install.Read(filepath.Join(dir, "loop")); err == nil {
		t.Error("a loop was read")
	}
}

func TestOnlySomeBackupsStay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mcp.json")
	write(t, path, "0", 0o600)
	others := []string{"mcp.json.bak", "mcp.json.other-20200101T000000Z.bak", "mcp.json.phone-20200101.bak"}
	for _, name := range others {
		write(t, filepath.Join(dir, name), "theirs", 0o600)
	}
	for i := 1; i <= 12; i++ {
		o := options(false)
		o.Now = noon.Add(time.Duration(i/3) * time.Hour) // some within the same second
		if _, err := read(t, path).Replace(fmt.Append(nil, i), o); err != nil {
			t.Fatal(err)
		}
	}
	var kept []string
	for _, name := range names(t, dir) {
		if strings.HasPrefix(name, "mcp.json.phone-2026") {
			kept = append(kept, content(t, filepath.Join(dir, name)))
		} else if name != "mcp.json" && !slices.Contains(others, name) {
			t.Errorf("%s is left", name)
		}
	}
	slices.Sort(kept)
	if want := []string{"10", "11", "7", "8", "9"}; !slices.Equal(kept, want) {
		t.Errorf("kept are %v, want %v", kept, want)
	}
	for _, name := range others {
		if content(t, filepath.Join(dir, name)) != "theirs" {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestAFileThatHasChangedIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mcp.json")
	absent := read(t, path)
	write(t, path, "old", 0o600)
	if _, err := absent.Replace([]byte("new"), options(false)); !errors.Is(err, install.ErrChanged) {
		t.Error(err)
	}
	f := read(t, path)
	write(t, path, "of the client", 0o600)
	if _, err := f.Replace([]byte("new"), options(false)); !errors.Is(err, install.ErrChanged) {
		t.Error(err)
	}
	if got := names(t, dir); content(t, path) != "of the client" || len(got) != 1 {
		t.Error(content(t, path), got)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := install.Read(dir); err == nil {
		t.Error("a folder was read")
	}
	large := filepath.Join(dir, "large")
	write(t, large, "", 0o600)
	if err := os.Truncate(large, 64<<20+1); err != nil {
		t.Fatal(err)
	}
	if _, err := install.Read(large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
}

func TestAFolderThatCannotBeWrittenLosesNothing(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("modes stop nobody here")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "mcp.json")
	write(t, path, "old", 0o600)
	f := read(t, path)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if _, err := f.Replace([]byte("new"), options(false)); err == nil || content(t, path) != "old" {
		t.Error(err, content(t, path))
	}
}
