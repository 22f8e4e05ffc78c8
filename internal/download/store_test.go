package download_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/download"
)

func save(t *testing.T, s *download.Store, data []byte) *download.File {
	t.Helper()
	f, err := s.Save(t.Context(), source(data, "call.wav"), download.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func known(s *download.Store, f *download.File) bool {
	_, content, err := s.Open(nil, f.ID)
	if err != nil {
		return false
	}
	content.Close()
	return true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func TestNothingHappensBeforeTheFirstFile(t *testing.T) {
	s, dir := newStore(t, download.StoreOptions{})
	_, _, err := s.Open(nil, "x")
	wantFault(t, err, apierror.NotFound, "Call the method again")
	if exists(dir) {
		t.Error("the folder is there")
	}
}

func TestIdsCannotBeGuessed(t *testing.T) {
	s, _ := newStore(t, download.StoreOptions{})
	a, b := save(t, s, wav(10)), save(t, s, wav(10))
	if len(a.ID) < 26 || a.ID == b.ID || a.Path == b.Path {
		t.Errorf("%q %q", a.ID, b.ID)
	}
}

func TestFilesAreReadFromAnyPlace(t *testing.T) {
	data := wav(100_000)
	s, _ := newStore(t, download.StoreOptions{})
	f := save(t, s, data)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, content, err := s.Open(nil, strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer content.Close()
		w.Header().Set("Content-Type", f.MediaType)
		w.Header().Set("ETag", `"`+f.SHA256+`"`)
		http.ServeContent(w, r, f.Name, f.Saved, content)
	}))
	defer server.Close()
	req, _ := http.NewRequest(http.MethodGet, server.URL+"/"+f.ID, nil)
	req.Header.Set("Range", "bytes=50000-50099")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusPartialContent || !bytes.Equal(got, data[50000:50100]) || resp.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%s, %d bytes", resp.Status, len(got))
	}
	if _, all, err := s.Whole(nil, f.ID, f.Bytes); err != nil || !bytes.Equal(all, data) {
		t.Errorf("%d bytes, %v", len(all), err)
	}
	_, _, err = s.Whole(nil, f.ID, f.Bytes-1)
	wantFault(t, err, apierror.TooLarge, "100044")
}

func TestFilesAreReadByTheirOwnerAlone(t *testing.T) {
	s, _ := newStore(t, download.StoreOptions{})
	type owner struct{ name string }
	me, namesake := &owner{"me"}, &owner{"me"}
	f, err := s.Save(t.Context(), source(wav(10), "call.wav"), download.Options{Owner: me})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []any{nil, namesake, *me, "me"} {
		_, _, err := s.Open(other, f.ID)
		wantFault(t, err, apierror.NotFound, "no longer")
		_, _, err = s.Whole(other, f.ID, f.Bytes)
		wantFault(t, err, apierror.NotFound, "no longer")
	}
	if _, all, err := s.Whole(me, f.ID, f.Bytes); err != nil || int64(len(all)) != f.Bytes {
		t.Errorf("its owner reads %d bytes, %v; want %d", len(all), err, f.Bytes)
	}
}

func TestLinksEnd(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{Life: time.Hour, Limits: download.Limits{Now: c.Now}})
	f := save(t, s, wav(10))
	if want := c.Now().Add(time.Hour); !f.Expires.Equal(want) {
		t.Errorf("expires %s, want %s", f.Expires, want)
	}
	c.Advance(time.Hour - time.Second)
	if !known(s, f) {
		t.Error("forgotten too early")
	}
	c.Advance(time.Second)
	_, _, err := s.Open(nil, f.ID)
	wantFault(t, err, apierror.NotFound, "no longer")
	nothingLeft(t, dir)
}

func TestFilesAreRemovedWhenTheirTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, dir := newStore(t, download.StoreOptions{Life: time.Hour})
		first := save(t, s, wav(10))
		time.Sleep(30 * time.Minute)
		second := save(t, s, wav(10))
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if exists(first.Path) || !exists(second.Path) {
			t.Errorf("first %v, second %v", exists(first.Path), exists(second.Path))
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		nothingLeft(t, dir)

		// What another program left is removed, and no folder is made for that.
		left := save(t, s, wav(10))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if !exists(left.Path) {
			t.Error("a program that has ended removed a file")
		}
		next := download.NewStore(download.StoreOptions{Dir: dir, Life: time.Hour})
		defer next.Close()
		next.Sweep()
		nothingLeft(t, dir)
		nowhere := filepath.Join(dir, "nowhere")
		none := download.NewStore(download.StoreOptions{Dir: nowhere})
		defer none.Close()
		if none.Sweep(); exists(nowhere) {
			t.Error("a folder was made for nothing")
		}
	})
}

func TestOfTheSameSecondTheOldestGoesToo(t *testing.T) {
	for range 10 {
		c := newClock()
		s, _ := newStore(t, download.StoreOptions{MaxCount: 2, Limits: download.Limits{Now: c.Now}})
		var all []*download.File
		for range 4 {
			all = append(all, save(t, s, wav(10)))
			c.Advance(time.Millisecond)
		}
		for i, f := range all {
			if exists(f.Path) != (i > 1) {
				t.Errorf("file %d: there %v", i, exists(f.Path))
			}
		}
	}
}

func TestTheQuotaForgetsTheOldest(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{MaxBytes: 3000, Limits: download.Limits{Now: c.Now}})
	var all []*download.File
	for range 4 {
		all = append(all, save(t, s, wav(900))) // 944 bytes
		c.Advance(time.Second)
	}
	for i, f := range all {
		if known(s, f) != (i > 0) || exists(f.Path) != (i > 0) {
			t.Errorf("file %d: known %v, there %v", i, known(s, f), exists(f.Path))
		}
	}
	big := save(t, s, wav(2500))
	if left := files(t, dir); len(left) != 1 || left[0] != big.Path {
		t.Errorf("left %v", left)
	}
	_, err := s.Save(t.Context(), source(wav(3000), ""), download.Options{})
	wantFault(t, err, apierror.TooLarge, "holds 3000")
	if !known(s, big) {
		t.Error("a file that does not fit drove out one that does")
	}
	// Where the length is not announced, room is made as it comes.
	unknown := source(wav(2700), "")
	unknown.Size = -1
	_, err = s.Save(t.Context(), unknown, download.Options{})
	wantFault(t, err, apierror.TooLarge, "holds 3000") // in steps of a mebibyte
}

func TestTheCountForgetsTheOldest(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{MaxCount: 3, Limits: download.Limits{Now: c.Now}})
	var last []*download.File
	for range 10 {
		last = append(last, save(t, s, wav(10)))
		c.Advance(time.Second)
	}
	if left := files(t, dir); len(left) != 3 {
		t.Errorf("left %v", left)
	}
	for i, f := range last {
		if known(s, f) != (i >= 7) {
			t.Errorf("file %d known: %v", i, known(s, f))
		}
	}
}

// Who takes many files drives out its own, and not those of callers who took few.
func TestACallerDrivesOutItsOwnFiles(t *testing.T) {
	for what, o := range map[string]download.StoreOptions{"in files": {MaxCount: 5}, "in bytes": {MaxBytes: 5000}} {
		t.Run(what, func(t *testing.T) {
			c := newClock()
			o.Limits = download.Limits{Now: c.Now}
			s, _ := newStore(t, o)
			take := func(name string, size int) (*download.File, error) {
				c.Advance(time.Second)
				return s.Save(caller.NewContext(t.Context(), &caller.Caller{Name: name}), source(wav(size), ""), download.Options{})
			}
			anns, err := take("key:ann", 900) // 944 bytes
			if err != nil {
				t.Fatal(err)
			}
			var bens []*download.File
			for range 20 {
				f, err := take("key:ben", 900)
				if err != nil {
					t.Fatal(err)
				}
				bens = append(bens, f)
			}
			if !known(s, anns) || !known(s, bens[19]) || known(s, bens[15]) || !known(s, bens[16]) {
				t.Errorf("ann's %v, ben's %v %v", known(s, anns), known(s, bens[15]), known(s, bens[16]))
			}
			// A third caller takes its share from who has most.
			if f, err := take("key:cid", 900); err != nil || !known(s, f) || !known(s, anns) || known(s, bens[16]) || !known(s, bens[17]) {
				t.Error(err)
			}
			if what == "in bytes" {
				if _, err := take("key:ben", 4500); err == nil || !known(s, anns) {
					t.Errorf("a large file drove out those of others: %v", err)
				}
			}
		})
	}
}

func TestRoomIsMadeWhileAFileOfUnknownLengthComes(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{MaxBytes: 8 << 20, Limits: download.Limits{Now: c.Now}})
	old := save(t, s, wav(3<<20))
	c.Advance(time.Second)
	data := wav(5 << 20)
	src := source(data, "")
	src.Size = -1
	f, err := s.Save(t.Context(), src, download.Options{})
	if err != nil || f.SHA256 != sum(data) {
		t.Fatal(err)
	}
	if known(s, old) || !known(s, f) {
		t.Errorf("old %v, new %v", known(s, old), known(s, f))
	}
	src = source(wav(9<<20), "")
	src.Size = -1
	_, err = s.Save(t.Context(), src, download.Options{})
	wantFault(t, err, apierror.TooLarge, "8388608")
	if left := files(t, dir); len(left) > 1 {
		t.Errorf("left %v", left)
	}
}

func TestFilesThatAreComingAreNotForgotten(t *testing.T) {
	s, dir := newStore(t, download.StoreOptions{MaxBytes: 4000})
	r, w := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, err := s.Save(t.Context(), &download.Source{Body: r, Size: 2044}, download.Options{})
		first <- err
	}()
	data := wav(2000)
	_, _ = w.Write(data[:1000]) // it has begun
	_, err := s.Save(t.Context(), source(wav(2000), ""), download.Options{})
	wantFault(t, err, apierror.TooLarge, "still coming")
	_, _ = w.Write(data[1000:])
	w.Close()
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	save(t, s, wav(2000))
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

// TestProcessesShareAFolder: what an earlier process left counts, is forgotten in
// its turn, and nothing else in the folder is touched.
func TestProcessesShareAFolder(t *testing.T) {
	c := newClock()
	o := download.StoreOptions{MaxCount: 2, Life: time.Hour, Limits: download.Limits{Now: c.Now}}
	earlier, dir := newStore(t, o)
	o.Dir = dir
	left := save(t, earlier, wav(10))
	strangers := []string{"notes.txt", "20260318-190000.000000-aaaaaaaA/call.wav", "20260318-190000.000000-aaaaaaaa.txt", "holiday/20260318-190000.000000-aaaaaaaa"}
	for _, name := range strangers {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, wav(10), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.MkdirAll(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "20200101-000000-aaaaaaaa")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "x.wav"), wav(10), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Second)
	s, _ := newStore(t, o)
	if known(s, left) {
		t.Error("an id of another process is known")
	}
	a := save(t, s, wav(10))
	if !exists(left.Path) {
		t.Error("forgotten though there was room")
	}
	c.Advance(time.Second)
	b := save(t, s, wav(10))
	if exists(left.Path) || !known(s, a) || !known(s, b) {
		t.Error("the oldest is not that of the earlier process")
	}
	c.Advance(2 * time.Hour)
	last := save(t, s, wav(10))
	if exists(a.Path) || exists(b.Path) || !known(s, last) {
		t.Error("files have not aged")
	}
	for _, name := range append(strangers, filepath.Join(elsewhere, "x.wav")) {
		path := name
		if !filepath.IsAbs(name) {
			path = filepath.Join(dir, name)
		}
		if !exists(path) {
			t.Errorf("%s is gone", name)
		}
	}
	// Meanwhile the other process may remove ours.
	if err := os.RemoveAll(filepath.Dir(last.Path)); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Open(nil, last.ID)
	wantFault(t, err, apierror.NotFound, "no longer")
}

func TestPartsOfDeadProcessesAreRemoved(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{Limits: download.Limits{Now: c.Now}})
	part := func(name string, age time.Duration) string {
		path := filepath.Join(dir, c.Now().Add(-6*time.Hour).UTC().Format("20060102-150405.000000")+"-"+name, ".part")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, wav(10), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, c.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead, alive := part("aaaaaaaa", 31*time.Minute), part("bbbbbbbb", 29*time.Minute)
	save(t, s, wav(10))
	if exists(dead) || !exists(alive) {
		t.Errorf("dead %v, alive %v", exists(dead), exists(alive))
	}
}

func TestAFileThatWasChangedIsNotGiven(t *testing.T) {
	s, _ := newStore(t, download.StoreOptions{})
	f := save(t, s, wav(100))
	if err := os.WriteFile(f.Path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Open(nil, f.ID)
	wantFault(t, err, apierror.NotFound, "no longer")
	f = save(t, s, wav(100))
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", f.Path); err != nil {
		t.Fatal(err)
	}
	if _, _, err = s.Open(nil, f.ID); err == nil {
		t.Error("a link out of the folder was followed")
	}
}

func TestAFolderThatWasRemovedIsMadeAgain(t *testing.T) {
	s, dir := newStore(t, download.StoreOptions{})
	save(t, s, wav(10))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if f := save(t, s, wav(10)); !known(s, f) || !exists(f.Path) {
		t.Errorf("%+v", f)
	}
}

func TestAFolderThatCannotBeUsedIsSaidSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := newStore(t, download.StoreOptions{Dir: filepath.Join(file, "below")})
	_, err := s.Save(t.Context(), source(wav(10), ""), download.Options{})
	if e := wantFault(t, err, apierror.Storage, "cannot be written"); !strings.Contains(e.Hint, file) {
		t.Errorf("%+v", e)
	}
	_, err = download.NewStore(download.StoreOptions{}).Save(t.Context(), source(wav(10), ""), download.Options{})
	wantFault(t, err, apierror.Storage, "--download-dir")
}

func TestManyAtOnce(t *testing.T) {
	s, dir := newStore(t, download.StoreOptions{MaxCount: 8, MaxBytes: 20_000_000})
	h := newHost(t, wav(200_000))
	h.breaks = []int{1000, 100_000, -1}
	var mu sync.Mutex
	var all []*download.File
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				f, err := s.Save(t.Context(), h.source(t), download.Options{Want: download.Sound})
				if err != nil {
					t.Error(err)
					return
				}
				if _, data, err := s.Whole(nil, f.ID, 1<<20); err == nil && sum(data) != f.SHA256 {
					t.Error("another file")
				}
				mu.Lock()
				all = append(all, f)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	left := files(t, dir)
	alive := slices.DeleteFunc(all, func(f *download.File) bool { return !known(s, f) })
	if len(left) > 8 || len(left) != len(alive) {
		t.Errorf("%d files, %d known", len(left), len(alive))
	}
}

// What another process is taking at the moment is not removed to make room.
func TestPartsOfOtherProcessesDoNotMakeRoom(t *testing.T) {
	c := newClock()
	s, dir := newStore(t, download.StoreOptions{MaxCount: 2, Limits: download.Limits{Now: c.Now}})
	path := filepath.Join(dir, c.Now().Add(-time.Minute).UTC().Format("20060102-150405.000000")+"-aaaaaaaa", ".part")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, wav(10), 0o600); err != nil {
		t.Fatal(err)
	}
	first := save(t, s, wav(10))
	c.Advance(time.Second)
	second := save(t, s, wav(10))
	if got, want := [3]bool{exists(path), exists(first.Path), exists(second.Path)}, [3]bool{true, false, true}; got != want {
		t.Errorf("got the part, the first and the second file there: %v, want %v", got, want)
	}
}
