package rawjson

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// maxDepth bounds how deep a document may be nested, as encoding/json does.
const maxDepth = 10000

// Compact checks that a document is JSON and leaves out the white space between its
// tokens; everything else stays byte for byte. A document without such white space,
// which is what Zoom sends, is given back as it is: this is a few times faster than
// json.Compact, which copies every byte through a state machine. special reports that
// there may be characters beyond ASCII, or escapes of characters.
func Compact(doc []byte) (out []byte, special bool, err error) {
	s := scan{doc: doc}
	if err := s.run(); err != nil {
		return nil, false, fmt.Errorf("%w at byte %d", err, s.i)
	}
	out = doc[s.kept:s.end]
	if s.out != nil {
		out = append(s.out, out...)
	}
	return out, s.texts&top != 0 || s.escapes, nil
}

// scan walks over a document. What stands before kept is in out, or left out.
type scan struct {
	doc       []byte
	i         int
	out       []byte
	kept, end int
	open      []byte // the braces and brackets around the place

	texts   uint64 // all that was in texts, laid on each other
	escapes bool   // there are some of characters
}

var (
	errEnd  = errors.New("it ends too early")
	errWant = errors.New("unexpected character")
)

func (s *scan) run() error {
	s.space()
	s.out, s.kept = nil, s.i // white space in front is no reason to copy
	for {
		// A value is expected here.
		if s.i >= len(s.doc) {
			return errEnd
		}
		switch c := s.doc[s.i]; c {
		case '{', '[':
			if len(s.open) == maxDepth {
				return errors.New("it is nested too deep")
			}
			s.open = append(s.open, c)
			s.i++
			s.space()
			if s.i < len(s.doc) && s.doc[s.i] == c+2 { // } and ] come two behind { and [
				break
			}
			if c == '{' {
				if err := s.key(); err != nil {
					return err
				}
			}
			continue
		case '"':
			if err := s.text(); err != nil {
				return err
			}
		case 't':
			if err := s.word("true"); err != nil {
				return err
			}
		case 'f':
			if err := s.word("false"); err != nil {
				return err
			}
		case 'n':
			if err := s.word("null"); err != nil {
				return err
			}
		default:
			if err := s.number(); err != nil {
				return err
			}
		}
		done, err := s.after()
		if done || err != nil {
			return err
		}
	}
}

// after goes on behind a value: closes what ends there, and stands at the next
// value. It is done at the end of the document.
func (s *scan) after() (done bool, err error) {
	for {
		if len(s.open) == 0 {
			s.end = s.i
			for ; s.i < len(s.doc); s.i++ {
				if !isSpace(s.doc[s.i]) {
					return false, errors.New("text after the document")
				}
			}
			return true, nil
		}
		s.space()
		if s.i >= len(s.doc) {
			return false, errEnd
		}
		inside := s.open[len(s.open)-1]
		switch s.doc[s.i] {
		case inside + 2:
			s.i++
			s.open = s.open[:len(s.open)-1]
		case ',':
			s.i++
			s.space()
			if inside == '{' {
				return false, s.key()
			}
			return false, nil
		default:
			return false, errWant
		}
	}
}

// key reads a member's name and the colon behind it.
func (s *scan) key() error {
	if s.i >= len(s.doc) {
		return errEnd
	}
	if s.doc[s.i] != '"' {
		return errWant
	}
	if err := s.text(); err != nil {
		return err
	}
	if i := s.i; i+1 < len(s.doc) && s.doc[i] == ':' && s.doc[i+1] > ' ' {
		s.i++ // as it is most often
		return nil
	}
	s.space()
	if s.i >= len(s.doc) {
		return errEnd
	}
	if s.doc[s.i] != ':' {
		return errWant
	}
	s.i++
	s.space()
	return nil
}

// plain tells which bytes of a text need no second look.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

const (
	each = 0x0101010101010101
	top  = 0x80 * each
)

// run8 returns how many of eight bytes, from the first on, are plain.
func run8(w uint64) int {
	quote, slash := w^'"'*each, w^'\\'*each
	// Where nothing was borrowed, which is so up to the first byte that is found,
	// these have the highest bit of each byte that is not plain.
	return bits.TrailingZeros64(((w-' '*each)&^w|(quote-each)&^quote|(slash-each)&^slash)&top) >> 3
}

func (s *scan) text() error {
	doc, i := s.doc, s.i+1
	for {
		for i+8 <= len(doc) {
			w := binary.LittleEndian.Uint64(doc[i:])
			s.texts |= w
			n := run8(w)
			if i += n; n < 8 {
				break
			}
		}
		for i < len(doc) && plain[doc[i]] {
			s.texts |= uint64(doc[i]) // at the end of the document
			i++
		}
		if i >= len(doc) {
			s.i = len(doc)
			return errEnd
		}
		switch doc[i] {
		case '"':
			s.i = i + 1
			return nil
		case '\\':
			n, err := escape(doc[i:])
			if i += n; err != nil {
				s.i = i
				return err
			}
			s.escapes = s.escapes || n > 2
		default:
			s.i = i
			return errors.New("a control character in a text")
		}
	}
}

// escape reads the escape that doc begins with and gives its length, or where it
// goes wrong.
func escape(doc []byte) (int, error) {
	switch {
	case len(doc) < 2:
		return len(doc), errEnd
	case strings.IndexByte(`"\/bfnrt`, doc[1]) >= 0:
		return 2, nil
	case doc[1] != 'u':
		return 1, errWant
	}
	for i := 2; i < 6; i++ {
		if i >= len(doc) {
			return i, errEnd
		}
		if !isHex(doc[i]) {
			return i, errWant
		}
	}
	return 6, nil
}

func (s *scan) word(w string) error {
	if !strings.HasPrefix(string(s.doc[s.i:min(len(s.doc), s.i+len(w))]), w) {
		return errWant
	}
	s.i += len(w)
	return nil
}

func (s *scan) number() error {
	digits := func() bool {
		from := s.i
		for s.i < len(s.doc) && s.doc[s.i]-'0' < 10 {
			s.i++
		}
		return s.i > from
	}
	at := func(c byte) bool { return s.i < len(s.doc) && s.doc[s.i]|0x20 == c|0x20 }
	if at('-') && s.doc[s.i] == '-' {
		s.i++
	}
	zero := s.i < len(s.doc) && s.doc[s.i] == '0'
	from := s.i
	if !digits() || zero && s.i > from+1 {
		return errWant
	}
	if s.i < len(s.doc) && s.doc[s.i] == '.' {
		s.i++
		if !digits() {
			return errWant
		}
	}
	if at('e') {
		s.i++
		if s.i < len(s.doc) && (s.doc[s.i] == '+' || s.doc[s.i] == '-') {
			s.i++
		}
		if !digits() {
			return errWant
		}
	}
	return nil
}

// space steps over white space, and leaves it out.
func (s *scan) space() {
	if s.i >= len(s.doc) || s.doc[s.i] > ' ' {
		return
	}
	from := s.i
	for s.i < len(s.doc) && isSpace(s.doc[s.i]) {
		s.i++
	}
	if s.i == from {
		return
	}
	if s.out == nil {
		s.out = make([]byte, 0, len(s.doc))
	}
	s.out = append(s.out, s.doc[s.kept:from]...)
	s.kept = s.i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
