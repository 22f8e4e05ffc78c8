//go:build unix

package download_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/hermetic"
)

func TestFilesArePrivate(t *testing.T) {
	s, dir := newStore(t, download.StoreOptions{Dir: filepath.Join(t.TempDir(), "a", "b")})
	var during os.FileMode
	s.OnCreate(func(to download.Target) download.Target {
		info, err := to.(*os.File).Stat()
		if err != nil {
			t.Fatal(err)
		}
		during = info.Mode().Perm()
		return to
	})
	f := save(t, s, wav(10))
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Dir(dir): 0o700, filepath.Dir(f.Path): 0o700, f.Path: 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %o", path, info.Mode(), err, want)
		}
	}
	if during != 0o600 {
		t.Errorf("mode %o while it comes", during)
	}
	if !filepath.IsAbs(f.Path) || strings.Contains(f.Path, f.ID) {
		t.Errorf("path %s, id %s", f.Path, f.ID)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o770); err != nil { // past the umask
		t.Fatal(err)
	}
	loose, _ := newStore(t, download.StoreOptions{Dir: open})
	_, err := loose.Save(t.Context(), source(wav(10), ""), download.Options{})
	wantFault(t, err, apierror.Storage, "can be written by others")
}

// role, when set, makes this process a child of a test that does something else.
const role = "DOWNLOAD_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		hermetic.Environment("DOWNLOAD_GIGABYTE")
		os.Exit(m.Run())
	case "small files":
		smallFiles()
	case "large file":
		largeFile()
	}
	os.Exit(0)
}

// child runs the test's program again in a role and gives what it printed.
func child(t testing.TB, as string, environment ...string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(environment, role+"="+as, "GOCOVERDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// smallFiles takes a file that is larger than the system allows.
func smallFiles() {
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return
	}
	s := download.NewStore(download.StoreOptions{Dir: os.Getenv("DIR")})
	data := wav(3 << 20)
	_, err := s.Save(context.Background(), source(data, ""), download.Options{})
	fmt.Println(apierror.From(err).Text())
}

func TestTheSystemsLimitOfASizeIsSaidSo(t *testing.T) {
	dir := t.TempDir()
	out := child(t, "small files", "DIR="+dir)
	if !strings.Contains(out, "larger than the system allows") || !strings.Contains(out, "Hint: ") {
		t.Error(out)
	}
	nothingLeft(t, dir)
}

// A folder that others can write is refused, a sticky one too: its owner may have made
// it beforehand.
func TestAFolderThatOthersCanWriteIsRefused(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o777 | os.ModeSticky: false, 0o777: false, 0o770: false, 0o702: false, 0o755: true, 0o700: true} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		s, _ := newStore(t, download.StoreOptions{Dir: dir})
		_, err := s.Save(t.Context(), source(wav(10), "a.wav"), download.Options{})
		if got := err == nil; got != want {
			t.Errorf("a folder of mode %v: got %v, want it used: %v", mode, err, want)
		}
	}
}

func TestAFolderOfAnotherUserIsRefused(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 65534, -1); err != nil {
			t.Fatal(err)
		}
	} else {
		dir = "/" // root's, and nobody else can write it
	}
	s, _ := newStore(t, download.StoreOptions{Dir: dir})
	wantFault(t, s.Ready(), apierror.Storage, "belongs to another user")
}
