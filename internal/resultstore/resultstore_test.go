package resultstore_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/resultstore"
	"zoom-phone-mcp/internal/spool"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func put(t *testing.T, s *resultstore.Store, data, media string) string {
	t.Helper()
	id, err := s.Put([]byte(data), media)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// whole reads all pages of a result.
func whole(t testing.TB, s *resultstore.Store, id string) (pages []string) {
	t.Helper()
	for n := 1; ; n++ {
		p, err := s.Page(id, n)
		if err != nil {
			t.Fatal(err)
		}
		if p.Number != n {
			t.Fatalf("page %d, want %d", p.Number, n)
		}
		pages = append(pages, string(p.Data))
		if n == p.Pages {
			return pages
		}
	}
}

func TestPagesEndAtSensiblePlaces(t *testing.T) {
	for _, c := range []struct {
		what, data, media string
		size              int
		want              []string
	}{
		{"records", `{"l":[{"a":1,"b":2},{"a":3,"b":4},{"a":5,"b":6}]}`, "application/json", 36, []string{`{"l":[{"a":1,"b":2},{"a":3,"b":4},`, `{"a":5,"b":6}]}`}},
		{"commas and brackets in texts", `[["a,]",1],["b\",[",2],["c",3]]`, "application/json", 24, []string{`[["a,]",1],["b\",[",2],`, `["c",3]]`}},
		{"lines", "a,b\r\n1,2\r\n3,4\r\n", "text/csv", 12, []string{"a,b\r\n1,2\r\n", "3,4\r\n"}},
		{"characters", "ééééé", "text/plain", 5, []string{"éé", "éé", "é"}},
		{"escapes", `"aaaa\u00e9bbbb"`, "application/json", 9, []string{`"aaaa`, `\u00e9bbb`, `b"`}},
		{"backslashes at a page's end", `"aaa\\bbbb"`, "application/json", 5, []string{`"aaa`, `\\bbb`, `b"`}},
		{"a text that goes on over pages", `{"a":"b,c,d,e","f":1}`, "application/json", 9, []string{`{"a":"b,c`, `,d,e",`, `"f":1}`}},
		{"short", "x", "text/plain", 5, []string{"x"}},
		{"empty", "", "text/plain", 5, []string{""}},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := resultstore.New(resultstore.Options{PageBytes: c.size})
			got := whole(t, s, put(t, s, c.data, c.media))
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestPagesTogetherAreTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		data := jsontest.Random(r, 4)
		media := []string{"application/json", "text/csv", "application/octet-stream"}[r.IntN(3)]
		size := 1 + r.IntN(60)
		s := resultstore.New(resultstore.Options{PageBytes: size})
		pages := whole(t, s, put(t, s, data, media))
		if got := strings.Join(pages, ""); got != data {
			t.Fatalf("%q came as %q", data, pages)
		}
		for _, p := range pages {
			if len(p) > size || size >= utf8.UTFMax && !utf8.ValidString(p) {
				t.Fatalf("page %q of %q at %d", p, data, size)
			}
		}
	}
	body := jsontest.CallBody(1000)
	s := resultstore.New(resultstore.Options{PageBytes: 20_000})
	for _, p := range whole(t, s, put(t, s, string(body), "application/json")) {
		// With the list's ends put back, every page is whole records.
		if _, rest, ok := strings.Cut(p, `"call_history":[`); ok {
			p = rest
		}
		p, _, _ = strings.Cut(p, `],"next_page_token"`)
		if !json.Valid([]byte("[" + strings.TrimSuffix(p, ",") + "]")) {
			t.Fatalf("a record is split: %.60q … %q", p, p[len(p)-60:])
		}
	}
}

func TestResultsAreForgotten(t *testing.T) {
	c := newClock()
	// Two results of 400 bytes find room, three do not.
	kept := spool.New(spool.Options{Memory: 1000, Disk: -1})
	s := resultstore.New(resultstore.Options{Spool: kept, MaxCount: 3, Now: c.now})
	r := rand.New(rand.NewPCG(7, 8))
	long := func(n int) string { // that cannot be compressed
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return string(b)
	}
	gone := func(id string) bool {
		_, err := s.Page(id, 1)
		if err == nil {
			return false
		}
		jsontest.WantError(t, err, apierror.NotFound, "15 minutes")
		return true
	}
	a := put(t, s, long(400), "text/plain")
	c.move(10 * time.Minute)
	b := put(t, s, long(400), "text/plain")
	if gone(a) || gone(b) {
		t.Fatal("forgotten too early")
	}
	c.move(5*time.Minute - 1)
	if gone(a) {
		t.Error("forgotten before its time")
	}
	c.move(1)
	if !gone(a) || gone(b) {
		t.Error("after 15 minutes")
	}
	d := put(t, s, long(700), "text/plain") // the oldest has to go
	if !gone(b) || gone(d) {
		t.Error("the oldest is to go for room")
	}
	e, f, g := put(t, s, "e", ""), put(t, s, "f", ""), put(t, s, "g", "")
	if !gone(d) || gone(e) || gone(f) || gone(g) {
		t.Error("the oldest is to go for the count")
	}
	_, err := s.Put([]byte(long(1100)), "")
	jsontest.WantError(t, err, apierror.TooLarge, "no room")
	c.move(time.Hour)
	gone(g)
	if memory, disk := kept.Size(); memory+disk != 0 {
		t.Errorf("%d bytes are left", memory+disk)
	}
}

func TestAStoreKeepsResultsForItsLife(t *testing.T) {
	c := newClock()
	s := resultstore.New(resultstore.Options{Life: 2 * time.Minute, Now: c.now})
	id := put(t, s, "x", "text/plain")
	c.move(2*time.Minute - 1)
	if p, err := s.Page(id, 1); err != nil || !p.Expires.Equal(c.now().Add(1)) {
		t.Errorf("got %+v %v, want the page until two minutes are over", p, err)
	}
	c.move(1)
	_, err := s.Page(id, 1)
	jsontest.WantError(t, err, apierror.NotFound, "kept for 2 minutes")
}

func TestPageThatIsNotThere(t *testing.T) {
	s := resultstore.New(resultstore.Options{PageBytes: 2})
	id := put(t, s, "abcde", "text/plain")
	for _, n := range []int{-1, 4, 1 << 30} {
		_, err := s.Page(id, n)
		jsontest.WantError(t, err, apierror.NotFound, "from 1 to 3")
	}
	if p, err := s.Page(id, 0); err != nil || string(p.Data) != "ab" || p.Bytes != 5 || p.MediaType != "text/plain" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.Page("", 1); err == nil {
		t.Error("an empty id")
	}
}

func TestIDsAreLongAndDifferent(t *testing.T) {
	s := resultstore.New(resultstore.Options{MaxCount: 1000})
	seen := map[string]bool{}
	for range 1000 {
		id := put(t, s, "x", "")
		if len(id) < 22 || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
	twice := resultstore.New(resultstore.Options{NewID: func() string { return "same" }})
	put(t, twice, "first", "")
	if _, err := twice.Put([]byte("second"), ""); err == nil {
		t.Error("an id was given twice")
	}
}

func TestStoreForManyAtOnce(t *testing.T) {
	c := newClock()
	s := resultstore.New(resultstore.Options{Spool: spool.New(spool.Options{Memory: 2000, Disk: -1}), MaxCount: 20, PageBytes: 30, Now: c.now})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				text := strings.Repeat(fmt.Sprintf("%d-%d ", i, j), 10)
				id, err := s.Put([]byte(text), "text/plain")
				if err != nil {
					t.Error(err)
					return
				}
				if p, err := s.Page(id, 1); err == nil && !strings.HasPrefix(text, string(p.Data)) {
					t.Errorf("%q is not of %q", p.Data, text)
				}
				c.move(time.Second)
			}
		})
	}
	wg.Wait()
}

func BenchmarkPut(b *testing.B) {
	body := jsontest.CallBody(10_000)
	s := resultstore.New(resultstore.Options{})
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := s.Put(body, "application/json"); err != nil {
			b.Fatal(err)
		}
	}
}
