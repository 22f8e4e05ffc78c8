package download_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
)

func TestAFileComesWhole(t *testing.T) {
	for _, n := range []int{1, 470, 600, 128<<10 - 44, 128 << 10, 3<<20 + 7} {
		data := wav(n)
		s, dir := newStore(t, download.StoreOptions{})
		f, err := s.Save(t.Context(), newHost(t, data).source(t), download.Options{Want: download.Sound, Name: "recording"})
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, err := os.ReadFile(f.Path)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes: %d came, %v", n, len(got), err)
		}
		if f.SHA256 != sum(data) || f.Bytes != int64(len(data)) || f.MediaType != "audio/wav" || f.Name != "recording.wav" {
			t.Errorf("%+v", f)
		}
		if all := files(t, dir); len(all) != 1 || all[0] != f.Path {
			t.Errorf("files %v", all)
		}
	}
}

func TestKilledTransfersGoOnWhereTheyBroke(t *testing.T) {
	data := wav(3 << 20)
	h := newHost(t, data)
	h.breaks = []int{1 << 20, 100, 1<<20 + 5, -1}
	s, dir := newStore(t, download.StoreOptions{})
	f, err := s.Save(t.Context(), h.source(t), download.Options{Want: download.Sound})
	if err != nil {
		t.Fatal(err)
	}
	if f.SHA256 != sum(data) || f.Bytes != int64(len(data)) {
		t.Errorf("%+v", f)
	}
	if asked, served := h.requests(); len(asked) != 4 || asked[1] == "" || served > int64(len(data))+1<<20 {
		t.Errorf("asked for %q, %d bytes served", asked, served)
	}
	if all := files(t, dir); len(all) != 1 {
		t.Errorf("files %v", all)
	}
}

func TestWithoutRangeATransferStartsAgain(t *testing.T) {
	data := wav(1 << 20)
	h := newHost(t, data)
	h.ranges, h.breaks = false, []int{700 << 10, 10, 512 << 10, -1}
	s, _ := newStore(t, download.StoreOptions{})
	f, err := s.Save(t.Context(), h.source(t), download.Options{Want: download.Sound})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Path); err != nil || !bytes.Equal(got, data) || f.SHA256 != sum(data) {
		t.Errorf("%d bytes, %v, %+v", len(got), err, f)
	}
	if asked, _ := h.requests(); len(asked) != 4 {
		t.Errorf("asked for %q", asked)
	}
}

// A file that is replaced between two tries is not pieced together.
func TestAFileThatChangedIsTakenFromItsBeginning(t *testing.T) {
	old, fresh := wav(1<<20), bytes.Replace(wav(1<<20), []byte("data"), []byte("data"), 1)
	fresh[len(fresh)-1] ^= 1
	fresh[50] ^= 1
	for _, size := range []int{0, 4} {
		h := newHost(t, old)
		h.breaks = []int{500 << 10, -1}
		src := h.source(t)
		h.mu.Lock()
		h.data, h.tag = append(fresh, make([]byte, size)...), `"v2"`
		if size > 0 {
			h.tag = `"v1"` // a host that does not tell versions: the size does
		}
		h.mu.Unlock()
		s, _ := newStore(t, download.StoreOptions{})
		f, err := s.Save(t.Context(), src, download.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.SHA256 != sum(h.data) || f.Bytes != int64(len(h.data)) {
			asked, _ := h.requests()
			t.Errorf("size %d: %+v after %q", size, f, asked)
		}
	}
}

func TestTransfersThatBreakForeverEnd(t *testing.T) {
	for _, ranges := range []bool{true, false} {
		h := newHost(t, wav(1<<20))
		h.ranges, h.breaks = ranges, []int{1000}
		s, dir := newStore(t, download.StoreOptions{Limits: download.Limits{Tries: 3}})
		_, err := s.Save(t.Context(), h.source(t), download.Options{})
		wantFault(t, err, apierror.Network, "broke after")
		nothingLeft(t, dir)
		if asked, _ := h.requests(); len(asked) != 4 {
			t.Errorf("ranges %v: asked for %q", ranges, asked)
		}
	}
	// A host without Range that always brings a lot has a bound too.
	h := newHost(t, wav(3<<20))
	h.ranges, h.breaks = false, []int{2 << 20}
	s, dir := newStore(t, download.StoreOptions{Limits: download.Limits{Tries: 3}})
	_, err := s.Save(t.Context(), h.source(t), download.Options{})
	wantFault(t, err, apierror.Network, "broke after")
	nothingLeft(t, dir)
	if asked, _ := h.requests(); len(asked) > 6 {
		t.Errorf("asked %d times", len(asked))
	}
}

func TestWhatTheHostSaysOfASecondTryCounts(t *testing.T) {
	for _, c := range []struct {
		answer *apierror.Error
		tries  int
	}{
		{apierror.New(apierror.NotFound, "gone"), 1},
		{apierror.New(apierror.Auth, "no token"), 1},
		{apierror.New(apierror.Network, "no answer"), 3},
		{&apierror.Error{Kind: apierror.ZoomError, HTTPStatus: 503, Message: "busy"}, 3},
	} {
		tries := 0
		src := source(wav(1000), "")
		src.Body = io.NopCloser(io.MultiReader(bytes.NewReader(wav(1000)[:600]), iotest.ErrReader(errors.New("reset"))))
		src.Reopen = func(context.Context, int64) (*download.Source, error) {
			tries++
			return nil, c.answer
		}
		s, dir := newStore(t, download.StoreOptions{Limits: download.Limits{Tries: 3}})
		_, err := s.Save(t.Context(), src, download.Options{})
		if tries != c.tries {
			t.Errorf("%v: %d tries", c.answer, tries)
		}
		if c.tries == 1 {
			wantFault(t, err, c.answer.Kind, c.answer.Message)
		} else {
			wantFault(t, err, apierror.Network, "600 of 1044")
		}
		nothingLeft(t, dir)
	}
}

func TestLengthsThatLie(t *testing.T) {
	data := string(wav(2000))
	get := func(answer string) *download.Source {
		resp, err := http.Get(raw(t, answer))
		if err != nil {
			t.Fatal(err)
		}
		return &download.Source{Body: resp.Body, Size: resp.ContentLength}
	}
	t.Run("too long", func(t *testing.T) {
		s, dir := newStore(t, download.StoreOptions{})
		_, err := s.Save(t.Context(), get(fmt.Sprintf("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(data)+1, data)), download.Options{})
		wantFault(t, err, apierror.Network, "2044 of 2045")
		nothingLeft(t, dir)
	})
	t.Run("too short", func(t *testing.T) {
		// What stands behind the announced length is not part of the answer: it is
		// not read, and the sum is that of the announced bytes.
		s, _ := newStore(t, download.StoreOptions{})
		f, err := s.Save(t.Context(), get(fmt.Sprintf("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(data)-100, data)), download.Options{})
		if err != nil || f.Bytes != int64(len(data)-100) || f.SHA256 != sum([]byte(data[:len(data)-100])) {
			t.Errorf("%+v %v", f, err)
		}
	})
	t.Run("more than announced, without HTTP", func(t *testing.T) {
		for _, announced := range []int64{1, 1043} {
			s, dir := newStore(t, download.StoreOptions{})
			src := source(wav(1000), "")
			src.Size = announced
			_, err := s.Save(t.Context(), src, download.Options{})
			wantFault(t, err, apierror.ZoomError, "more bytes came")
			nothingLeft(t, dir)
		}
	})
	t.Run("less than announced, without HTTP", func(t *testing.T) {
		for _, n := range []int{0, 100, 1000} {
			s, dir := newStore(t, download.StoreOptions{})
			src := source(wav(1000)[:n], "")
			src.Size = 1044
			_, err := s.Save(t.Context(), src, download.Options{})
			wantFault(t, err, apierror.Network, "of 1044")
			nothingLeft(t, dir)
		}
	})
	t.Run("unknown, chunks that break off", func(t *testing.T) {
		s, dir := newStore(t, download.StoreOptions{})
		_, err := s.Save(t.Context(), get("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s", len(data)+10, data)), download.Options{})
		wantFault(t, err, apierror.Network, "broke after")
		nothingLeft(t, dir)
	})
}

func TestWhatIsNotTheFileIsRefused(t *testing.T) {
	pdf, webPage := []byte("%PDF-1.7\n…"), []byte("<!DOCTYPE html><title>Sign in</title>")
	message := []byte(`{"code":300,"message":"File does not exist."}`)
	for _, c := range []struct {
		name     string
		want     download.Want
		data     []byte
		declared string
		says     string // empty for what is taken
	}{
		{"a web page for sound", download.Sound, webPage, "audio/mpeg", "a web page came instead of sound"},
		{"a web page for anything", download.Anything, webPage, "", "a web page"},
		{"an error for sound", download.Sound, message, "audio/mpeg", "File does not exist"},
		{"an error for a fax", download.Document, message, "application/pdf", "File does not exist"},
		{"an error with white space in front", download.Document, append([]byte("\ufeff \n"), message...), "", "application/json came instead of"},
		{"a text for sound", download.Sound, []byte("Service unavailable\nreally"), "audio/wav", "Service unavailable"},
		{"XML for sound", download.Sound, []byte(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`), "", "AccessDenied"},
		{"a fax for sound", download.Sound, pdf, "", "application/pdf came instead of sound"},
		{"sound for a fax", download.Document, wav(100), "application/pdf", "audio/wav came instead of a PDF"},
		{"nothing", download.Sound, nil, "audio/mpeg", "empty"},
		{"a fax", download.Document, pdf, "application/octet-stream", ""},
		{"a scan", download.Document, []byte("II*\x00\x08\x00\x00\x00"), "", ""},
		{"sound of no known sort", download.Sound, []byte{0, 1, 2, 3, 0xfe}, "audio/x-gsm", ""},
		{"sound nobody names", download.Sound, []byte{0, 1, 2, 3, 0xfe}, "", ""},
		{"a message as an attachment", download.Anything, message, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := newStore(t, download.StoreOptions{})
			src := source(c.data, "")
			src.MediaType = c.declared
			f, err := s.Save(t.Context(), src, download.Options{Want: c.want})
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if e := wantFault(t, err, apierror.ZoomError, c.says); e.Hint == "" || f != nil {
				t.Errorf("%+v %v", e, f)
			}
			nothingLeft(t, dir)
		})
	}
}

// full is a file on a disk that takes some bytes and no more.
type full struct {
	download.Target
	left    int
	onClose error
}

func (f *full) Write(b []byte) (int, error) {
	if f.onClose != nil || len(b) <= f.left {
		f.left -= len(b)
		return f.Target.Write(b)
	}
	n, _ := f.Target.Write(b[:f.left])
	f.left = 0
	return n, &os.PathError{Op: "write", Path: ".part", Err: noSpace}
}

func (f *full) Close() error { return errors.Join(f.Target.Close(), f.onClose) }

func TestAFullDiskIsSaidSo(t *testing.T) {
	for name, f := range map[string]*full{
		"while writing": {left: 300 << 10},
		"at once":       {left: 0},
		"at the end":    {onClose: noShare},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := newStore(t, download.StoreOptions{})
			s.OnCreate(func(to download.Target) download.Target {
				f.Target = to
				return f
			})
			h := newHost(t, wav(1<<20))
			_, err := s.Save(t.Context(), h.source(t), download.Options{})
			if e := wantFault(t, err, apierror.Storage, "the disk is full"); !strings.Contains(e.Hint, dir) {
				t.Errorf("%+v", e)
			}
			nothingLeft(t, dir)
			if asked, _ := h.requests(); len(asked) != 1 {
				t.Errorf("asked %d times: room does not come from asking again", len(asked))
			}
		})
	}
}

func TestACanceledTransferLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		cause error
		kind  apierror.Kind
	}{{nil, apierror.Canceled}, {context.DeadlineExceeded, apierror.Timeout}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		data := wav(1 << 20)
		r, w := io.Pipe()
		go func() {
			_, _ = w.Write(data[:300<<10])
			cancel(c.cause)
			w.CloseWithError(errors.New("the request has ended"))
		}()
		s, dir := newStore(t, download.StoreOptions{})
		_, err := s.Save(ctx, &download.Source{Body: r, Size: int64(len(data)), Reopen: func(context.Context, int64) (*download.Source, error) {
			t.Error("asked again")
			return nil, errors.New("no")
		}}, download.Options{})
		wantFault(t, err, c.kind, "")
		nothingLeft(t, dir)
	}
	// Also between two tries.
	ctx, cancel := context.WithCancel(t.Context())
	src := source(nil, "")
	src.Size = 10
	src.Reopen = func(context.Context, int64) (*download.Source, error) {
		return nil, apierror.New(apierror.Network, "down")
	}
	s, dir := newStore(t, download.StoreOptions{Limits: download.Limits{Pause: time.Hour}})
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := s.Save(ctx, src, download.Options{})
	wantFault(t, err, apierror.Canceled, "")
	nothingLeft(t, dir)
}

func TestProgress(t *testing.T) {
	c := newClock()
	var told []int64
	data := wav(4 << 20)
	h := newHost(t, data)
	h.ranges, h.breaks = false, []int{3 << 20, -1}
	s, _ := newStore(t, download.StoreOptions{Limits: download.Limits{Now: func() time.Time {
		c.Advance(100 * time.Millisecond) // time passes with every piece
		return c.Now()
	}}})
	_, err := s.Save(t.Context(), h.source(t), download.Options{Progress: func(done, total int64) {
		if total != int64(len(data)) {
			t.Errorf("of %d", total)
		}
		told = append(told, done)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 2 || !slices.IsSorted(told) || len(slices.Compact(slices.Clone(told))) != len(told) || told[len(told)-1] != int64(len(data)) {
		t.Errorf("told %v", told)
	}
}

func TestBodiesAreClosed(t *testing.T) {
	for name, o := range map[string]download.StoreOptions{
		"well": {}, "too large": {MaxBytes: 10}, "no folder": {Dir: string([]byte{0})},
	} {
		closed := 0
		src := source(wav(100), "")
		src.Body = closing{src.Body, &closed}
		s, _ := newStore(t, o)
		_, err := s.Save(t.Context(), src, download.Options{})
		if closed == 0 || (err == nil) != (name == "well") {
			t.Errorf("%s: closed %d times, %v", name, closed, err)
		}
	}
}

type closing struct {
	io.ReadCloser
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return c.ReadCloser.Close()
}

// Where nothing names the version of a file, what comes twice tells it.
func TestWhatComesTwiceHasToBeTheSame(t *testing.T) {
	data, other := wav(300_000), wav(300_000)
	for i := 200_000; i < len(other); i++ {
		other[i] ^= 1
	}
	for name, c := range map[string]struct {
		next []byte
		want []byte
		from []int64
	}{
		"the same file": {data, data, []int64{150_000}},
		"another file":  {other, other, []int64{150_000, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			const cut, back = 250_000, 100_000
			var from []int64
			src := &download.Source{
				Body: io.NopCloser(io.MultiReader(bytes.NewReader(data[:cut]), iotest.ErrReader(io.ErrUnexpectedEOF))), Size: int64(len(data)),
				Reopen: func(_ context.Context, offset int64) (*download.Source, error) {
					offset = max(offset-back, 0)
					from = append(from, offset)
					return &download.Source{Body: io.NopCloser(bytes.NewReader(c.next[offset:])), Size: int64(len(data)), Offset: offset}, nil
				},
			}
			s, _ := newStore(t, download.StoreOptions{})
			f, err := s.Save(t.Context(), src, download.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.Path)
			if err != nil || !bytes.Equal(got, c.want) || f.SHA256 != sum(c.want) || !slices.Equal(from, c.from) {
				t.Errorf("%d bytes from %v, %v", len(got), from, err)
			}
		})
	}
}

// breaking is a body that gives its bytes and then breaks.
func breaking(data []byte) io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(data), iotest.ErrReader(io.ErrUnexpectedEOF)))
}

// Another version of a file can be shorter, of another type and name.
func TestNothingStaysOfAnEarlierVersion(t *testing.T) {
	s, _ := newStore(t, download.StoreOptions{})
	old, fresh := wav(600_000), append([]byte("%PDF-1.7\n"), make([]byte, 5_000)...)
	src := &download.Source{
		Body: breaking(old), Name: "old.wav", MediaType: "audio/wav", Size: int64(len(old)) + 10,
		Reopen: func(context.Context, int64) (*download.Source, error) {
			next := source(fresh, "new.pdf")
			next.MediaType = "application/pdf"
			return next, nil
		},
	}
	f, err := s.Save(t.Context(), src, download.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(got, fresh) || f.SHA256 != sum(fresh) || f.Bytes != int64(len(fresh)) {
		t.Errorf("got %d bytes (%v) said to be %d, want the %d of the new version", len(got), err, f.Bytes, len(fresh))
	}
	if f.Name != "new.pdf" || f.MediaType != "application/pdf" {
		t.Errorf("got %s of type %s, want new.pdf of application/pdf", f.Name, f.MediaType)
	}
}

// A large file may break often, as long as it gets on.
func TestATransferThatGetsOnMayBreakOften(t *testing.T) {
	s, _ := newStore(t, download.StoreOptions{Limits: download.Limits{Tries: 2}})
	data := wav(12 << 20)
	const step = 3 << 19 // more than a mebibyte
	part := func(offset int64) *download.Source {
		end := min(offset+step, int64(len(data)))
		src := &download.Source{Body: breaking(data[offset:end]), Name: "a.wav", Size: int64(len(data)), Offset: offset}
		if end == int64(len(data)) {
			src.Body = io.NopCloser(bytes.NewReader(data[offset:]))
		}
		return src
	}
	src := part(0)
	src.Reopen = func(_ context.Context, offset int64) (*download.Source, error) { return part(offset), nil }
	f, err := s.Save(t.Context(), src, download.Options{})
	if err != nil || f.SHA256 != sum(data) {
		t.Errorf("got %v, want the whole file after %d breaks", err, len(data)/step)
	}
}
