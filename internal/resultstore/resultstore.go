// Package resultstore keeps answers that were too long to be given at once, for a
// while, and gives them in pages.
//
// It must not know what they are.
package resultstore

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/spool"
)

// Defaults of Options.
const (
	DefaultLife       = 15 * time.Minute
	DefaultStoreCount = 100
	DefaultPageBytes  = 48 << 10
)

// Options configure a Store. The zero value of a field means its default.
type Options struct {
	// Life is how long a result stays, default DefaultLife. Reading does not
	// prolong it.
	Life time.Duration
	// Spool keeps the results, and bounds them; default one of the store's own.
	Spool *spool.Spool
	// MaxCount bounds how many results there are, default DefaultStoreCount.
	MaxCount int
	// PageBytes is the length of the longest page, default DefaultPageBytes.
	PageBytes int
	// Now is the clock, default time.Now.
	Now func() time.Time
	// NewID returns an id that nobody can guess, default crypto/rand.Text.
	NewID func() string
}

// Store keeps results for a while, to be read in pages. When it or its spool is full it
// forgets the oldest. It is safe for concurrent use.
type Store struct {
	o Options

	mu      sync.Mutex
	results map[string]*result
	order   []*result // the oldest first
}

type result struct {
	id, mediaType string
	pages         []*spool.Chunk
	bytes         int
	made, expires time.Time
}

// Page is a part of a result. All pages one after the other are the result, byte
// for byte.
type Page struct {
	Data      []byte
	MediaType string // of the whole
	// Number counts from 1 to Pages.
	Number, Pages int
	// Bytes is the length of the whole.
	Bytes int
	// Expires is when the result is forgotten, at the latest.
	Expires time.Time
}

// New makes an empty store.
func New(o Options) *Store {
	if o.Life <= 0 {
		o.Life = DefaultLife
	}
	if o.Spool == nil {
		o.Spool = spool.New(spool.Options{})
	}
	if o.MaxCount <= 0 {
		o.MaxCount = DefaultStoreCount
	}
	if o.PageBytes <= 0 {
		o.PageBytes = DefaultPageBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	s := &Store{o: o, results: map[string]*result{}}
	o.Spool.Join((*owner)(s))
	return s
}

// Put keeps data and gives its id. Data for which the spool has no room is an error of
// kind too_large.
func (s *Store) Put(data []byte, mediaType string) (string, error) {
	r := &result{id: s.o.NewID(), mediaType: mediaType, bytes: len(data)}
	start := 0
	for _, end := range pages(data, mediaType, s.o.PageBytes) {
		chunk, err := s.o.Spool.Put(data[start:end])
		if err != nil {
			r.free()
			return "", err
		}
		r.pages = append(r.pages, chunk)
		start = end
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.expire(now)
	if _, taken := s.results[r.id]; taken {
		r.free()
		return "", apierror.New(apierror.Internal, "an id came twice")
	}
	for len(s.order) >= s.o.MaxCount {
		s.forgetOldest()
	}
	r.made, r.expires = now, now.Add(s.o.Life)
	s.results[r.id] = r
	s.order = append(s.order, r)
	return r.id, nil
}

// Page returns a page of a result, counted from 1; 0 means the first. An id that is
// not known, or no longer, and a page that is not there are errors of kind not_found.
func (s *Store) Page(id string, number int) (*Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(s.o.Now())
	r, ok := s.results[id]
	if !ok {
		e := apierror.New(apierror.NotFound, "there is no such result, or no longer")
		e.Hint = "Results are kept for " + strconv.Itoa(int(s.o.Life.Round(time.Minute)/time.Minute)) + " minutes" + " and in this process only; call the method again."
		return nil, e
	}
	if number == 0 {
		number = 1
	}
	if number < 1 || number > len(r.pages) {
		e := apierror.New(apierror.NotFound, "the result has no page %d", number)
		e.Problems = []apierror.Problem{{Param: "page", Message: "pages go from 1 to " + strconv.Itoa(len(r.pages))}}
		return nil, e
	}
	data, err := r.pages[number-1].Read(nil)
	if err != nil {
		return nil, err
	}
	return &Page{
		Data: data, MediaType: r.mediaType, Number: number, Pages: len(r.pages),
		Bytes: r.bytes, Expires: r.expires,
	}, nil
}

// owner is a store as its spool knows it.
type owner Store

// Oldest returns when the oldest result was made.
func (o *owner) Oldest() (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.order) == 0 {
		return time.Time{}, false
	}
	return o.order[0].made, true
}

// Forget forgets the oldest result.
func (o *owner) Forget() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.order) == 0 {
		return false
	}
	(*Store)(o).forgetOldest()
	return true
}

// expire forgets what is over its time.
func (s *Store) expire(now time.Time) {
	for len(s.order) > 0 && !now.Before(s.order[0].expires) {
		s.forgetOldest()
	}
}

func (s *Store) forgetOldest() {
	r := s.order[0]
	s.order[0] = nil
	s.order = s.order[1:]
	delete(s.results, r.id)
	r.free()
}

func (r *result) free() {
	for _, chunk := range r.pages {
		chunk.Free()
	}
}

// pages returns the ends of the pages of data, each of at most size bytes and at
// least one. A page ends where it reads best: JSON between two elements or members
// that stand as high in the document as possible, other text behind a line, and
// anything else before a character.
func pages(d []byte, mediaType string, size int) []int {
	if len(d) <= size {
		return []int{len(d)}
	}
	var ends []int
	json := mediaType == "application/json"
	var inString bool
	for start := 0; len(d)-start > size; {
		window := d[start : start+size]
		end := 0
		if json {
			end = between(window, inString)
		} else if i := bytes.LastIndexByte(window, '\n'); i >= 0 {
			end = i + 1
		}
		if end == 0 {
			end = splitText(window)
		}
		if json {
			inString = endsInString(window[:end], inString)
		}
		start += end
		ends = append(ends, start)
	}
	return append(ends, len(d))
}

// between returns the place behind the best comma in the window, or 0: the last one
// of the highest level that there is in its second half, else in all of it.
func between(window []byte, inString bool) int {
	depth, best, bestDepth, half := 0, 0, 0, len(window)/2 // levels count from the window's first
	for i := 0; i < len(window); i++ {
		switch c := window[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if best <= half || depth <= bestDepth {
				best, bestDepth = i+1, depth
			}
		}
	}
	return best
}

// endsInString reports whether a text that begins in a string, or not, ends in one.
func endsInString(text []byte, inString bool) bool {
	for i := 0; i < len(text); i++ {
		switch {
		case inString && text[i] == '\\':
			i++
		case text[i] == '"':
			inString = !inString
		}
	}
	return inString
}

// splitText returns the last place in the window that splits neither a character
// nor an escape of JSON; the whole window where there is none.
func splitText(window []byte) int {
	end := len(window)
	for back := 1; back <= utf8.UTFMax && back < len(window); back++ {
		if i := len(window) - back; utf8.RuneStart(window[i]) {
			if !utf8.FullRune(window[i:]) {
				end = i
			}
			break
		}
	}
	// An escape has at most 12 characters, as a pair of surrogates.
	if i := bytes.LastIndexByte(window[max(0, end-12):end], '\\'); i >= 0 {
		i += max(0, end-12)
		for i > 0 && window[i-1] == '\\' {
			i--
		}
		if i > 0 {
			return i
		}
	}
	return end
}
