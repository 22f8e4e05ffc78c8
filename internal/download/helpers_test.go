package download_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
)

// clock is a clock that only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newStore makes a store in a folder of its own that does not wait between tries.
func newStore(t *testing.T, o download.StoreOptions) (*download.Store, string) {
	t.Helper()
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "downloads")
	}
	if o.Pause == 0 {
		o.Pause = time.Microsecond
	}
	s := download.NewStore(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, o.Dir
}

// wav is sound of a length in bytes, with noise in it.
func wav(n int) []byte {
	b := make([]byte, 0, 44+n)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+n))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = append(b, "\x01\x00\x08\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	noise := rand.NewChaCha8([32]byte{1})
	b = b[:44+n]
	_, _ = noise.Read(b[44:]) // it gives everything
	return b
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// source is a file that comes from memory.
func source(data []byte, name string) *download.Source {
	return &download.Source{Body: io.NopCloser(bytes.NewReader(data)), Name: name, Size: int64(len(data))}
}

// host serves a file over HTTP and breaks the connection where a test wants it.
type host struct {
	*httptest.Server
	data   []byte
	ranges bool // understands Range
	tag    string
	// breaks tells after how many bytes of the answer to break, by request; the
	// last one holds for all that follow, negative for never.
	breaks []int

	mu     sync.Mutex
	asked  []string // the Range of every request
	served int64    // bytes
}

func newHost(t *testing.T, data []byte) *host {
	h := &host{data: data, ranges: true, tag: `"v1"`, breaks: []int{-1}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	n := len(h.asked)
	h.asked = append(h.asked, r.Header.Get("Range"))
	data, tag, after := h.data, h.tag, h.breaks[min(n, len(h.breaks)-1)]
	h.mu.Unlock()
	from := 0
	if s, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && h.ranges && (r.Header.Get("If-Range") == "" || r.Header.Get("If-Range") == tag) {
		from, _ = strconv.Atoi(strings.TrimSuffix(s, "-"))
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
	}
	body := data[from:]
	if after >= 0 && after < len(body) {
		body = body[:after]
	}
	h.mu.Lock()
	h.served += int64(len(body))
	h.mu.Unlock()
	_, _ = w.Write(body) // the test sees what came
	if len(body) < len(data)-from {
		_ = http.NewResponseController(w).Flush() // so that all of it is sent
		panic(http.ErrAbortHandler)
	}
}

// source asks the host as the program's client does.
func (h *host) source(t *testing.T) *download.Source {
	t.Helper()
	s, err := h.ask(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *host) ask(ctx context.Context, offset int64) (*download.Source, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return nil, err
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		req.Header.Set("If-Range", `"v1"`)
	}
	resp, err := h.Client().Do(req)
	if err != nil {
		return nil, &apierror.Error{Kind: apierror.Network, Message: "no answer", Err: err}
	}
	s := &download.Source{Body: resp.Body, MediaType: resp.Header.Get("Content-Type"), Size: resp.ContentLength, Reopen: h.ask}
	if resp.StatusCode == http.StatusPartialContent {
		var last int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &s.Offset, &last, &s.Size); err != nil {
			resp.Body.Close()
			return nil, err
		}
	}
	return s, nil
}

// requests returns the Range of every request, and how many bytes were served.
func (h *host) requests() ([]string, int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked), h.served
}

// raw is a server that answers every connection with the same bytes, whatever
// they say, and closes it.
func raw(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var b [4096]byte
			_, _ = c.Read(b[:]) // the request
			_, _ = io.WriteString(c, answer)
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			_, _ = io.Copy(io.Discard, c) // until the client has gone
			c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// wantFault fails the test unless err is a fault of a kind that says something.
func wantFault(t *testing.T, err error, kind apierror.Kind, says string) *apierror.Error {
	t.Helper()
	e, ok := errors.AsType[*apierror.Error](err)
	if !ok || e.Kind != kind || !strings.Contains(e.Text(), says) {
		t.Fatalf("got %v, want %s that says %q", err, kind, says)
	}
	return e
}

// files lists everything below a folder but folders.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

// nothingLeft fails the test if a folder has anything in it.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if all := files(t, dir); len(all)+len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, all)
	}
}
