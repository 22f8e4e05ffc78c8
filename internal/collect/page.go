package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"time"

	"zoom-phone-mcp/internal/fault"
	"zoom-phone-mcp/internal/rawjson"
)

// page is one answer, taken apart.
type page struct {
	head    []Field
	dropped []string
	records []json.RawMessage
	next    string
	total   int   // -1 where Zoom does not say
	pages   int   // how many there are, 0 where Zoom does not say
	size    int64 // how many records a page has by Zoom's word, 0 for nothing
	// twin tells that the records came under the list's old name. Where neither
	// name was there, elsewhere is a list that stands in their place, if any.
	twin      bool
	both      bool // the list came under both names
	elsewhere string
	// stray is a token under another name than the method's.
	stray string
}

// full reports whether another page may follow by the number of records: asked is
// how many were asked for, 0 where nothing was said.
func (p *page) full(asked int64) bool {
	size := p.size
	if asked > 0 && (size <= 0 || asked < size) {
		size = asked
	}
	return size > 0 && int64(len(p.records)) >= size
}

// parse takes a body apart. Records keep their bytes. A list that is missing or
// null is empty: so Zoom answers at times when there is nothing.
func parse(body json.RawMessage, m Method) (*page, error) {
	p, err := read(bytes.TrimPrefix(body, []byte("\ufeff")), m)
	if err != nil {
		e := fault.New(fault.ZoomError, "Zoom's answer breaks off or is not a list: %s", err)
		e.Method, e.Hint, e.Err = m.Name, "Try again.", err
		return nil, e
	}
	return p, nil
}

// tokenName fits the names of fields that lead to a next page.
var tokenName = regexp.MustCompile(`(?i)token|cursor`)

func read(body []byte, m Method) (*page, error) {
	p := &page{total: -1}
	i := rawjson.SkipSpace(body, 0)
	if i >= len(body) || body[i] != '{' {
		return nil, errors.New("it is not an object")
	}
	var twin []json.RawMessage
	listed, twinned := false, false
	var wrong error
	list := func(at int, to *[]json.RawMessage) int {
		*to = nil
		return rawjson.EachElement(body, at, func(s rawjson.Span) bool {
			*to = append(*to, body[s.Start:s.End:s.End])
			return true
		})
	}
	end := rawjson.Walk(body, i, func(k rawjson.Span, at int) int {
		name := rawjson.Unquote(body[k.Start:k.End])
		if at < len(body) && body[at] == '[' {
			switch {
			case name == m.Items: // the last of equal names counts
				listed = true
				return list(at, &p.records)
			case m.Twin != "" && name == m.Twin:
				p.dropped, twinned = append(p.dropped, name), true
				return list(at, &twin)
			}
		}
		end := rawjson.SkipValue(body, at)
		if end < 0 {
			return end
		}
		v := body[at:end]
		switch {
		case name == m.Items && v[0] == 'n':
			listed, p.records = false, nil
			return end
		case name == m.Items:
			wrong = errors.New(name + " is not a list")
			return -1
		case name == m.Next:
			p.next = text(v) // anything but text is no token
			return end
		case v[0] == '[':
			if p.elsewhere == "" && bytes.HasPrefix(v[1:], []byte("{")) {
				p.elsewhere = name
			}
			p.dropped = append(p.dropped, name)
			return end
		}
		switch name {
		case "total_records":
			p.total = number64(v, -1)
		case "page_count":
			p.pages = number64(v, 0)
		case "page_size":
			p.size = int64(number64(v, 0))
		default:
			if v[0] == '"' && len(v) > 2 && tokenName.MatchString(name) {
				p.stray = name
			}
		}
		p.head = append(p.head, Field{name, v})
		return end
	})
	switch {
	case wrong != nil:
		return nil, wrong
	case end < 0:
		return nil, errors.New("unexpected end or character")
	case rawjson.SkipSpace(body, end) != len(body):
		return nil, errors.New("text follows the object")
	case !listed && twinned:
		p.records, p.twin = twin, true
	}
	p.both = listed && twinned
	if listed || p.twin {
		p.elsewhere = ""
	}
	return p, nil
}

// text reads a string, empty for anything else.
func text(v []byte) string {
	if v[0] != '"' {
		return ""
	}
	return rawjson.Unquote(v)
}

// number64 reads a whole number, or one in a string, since Zoom writes both.
func number64(v []byte, otherwise int) int {
	s := string(v)
	if v[0] == '"' {
		s = rawjson.Unquote(v)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}

// identity tells records apart.
type identity [12]byte

// identify returns a record's identity: that of its identifying fields, or, where
// there are none, of its bytes. ok reports that it is the first.
func (m Method) identify(record json.RawMessage) (id identity, ok bool) {
	if len(m.ID) > 0 {
		var fields [4][]byte // of an array, so that they need no memory
		values := fields[:0]
		for _, name := range m.ID {
			v := member(record, name)
			if len(v) == 0 || v[0] == 'n' || string(v) == `""` {
				break
			}
			values = append(values, v)
		}
		if ok = len(values) == len(m.ID); ok {
			if len(values) == 1 {
				return cut(sha256.Sum256(values[0])), true
			}
			return cut(sha256.Sum256(bytes.Join(values, []byte{0}))), true
		}
	}
	return cut(sha256.Sum256(record)), false
}

func cut(sum [sha256.Size]byte) identity { return identity(sum[:len(identity{})]) }

// member returns the value of a record's first member of a name, nil for none.
func member(record []byte, name string) []byte {
	var out []byte
	rawjson.EachMember(record, 0, func(k, v rawjson.Span) bool {
		if rawjson.IsKey(record, k, name) {
			out = record[v.Start:v.End]
		}
		return out == nil
	})
	return out
}

// outside reports whether all times of a record lie outside [start, end), where a
// zero end bounds nothing. A record without a time that can be read lies inside.
func (m Method) outside(record json.RawMessage, start, end time.Time) bool {
	if len(m.Times) == 0 || start.IsZero() && end.IsZero() {
		return false
	}
	found := false
	for _, name := range m.Times {
		v := member(record, name)
		if len(v) == 0 {
			continue
		}
		at, err := time.Parse(time.RFC3339, text(v))
		if err != nil {
			if text(v) == "" {
				continue // there is none
			}
			return false
		}
		if (start.IsZero() || !at.Before(start)) && (end.IsZero() || at.Before(end)) {
			return false
		}
		found = true
	}
	return found
}

// skipper leaves out the records that an earlier call has given.
type skipper struct {
	m      Method
	onPage int // records to leave out of one page, which a token leads to
	count  int // records to leave out from the window's start
	last   identity
	search bool // look for last, instead of counting
}

func newSkipper(m Method, from place) *skipper {
	s := &skipper{m: m, last: from.last}
	switch {
	case from.left > 0:
		s.count, s.search = from.left, len(m.ID) > 0
	default:
		s.onPage = from.skip
	}
	return s
}

// active tells that records are still to be left out.
func (s *skipper) active() bool { return s.onPage > 0 || s.count > 0 }

// page gives what is left of a page. It is not ok when the page is not the one
// that the earlier call has seen.
func (s *skipper) page(records []json.RawMessage) (rest []json.RawMessage, ok bool) {
	if n := s.onPage; n > 0 {
		s.onPage = 0
		if n > len(records) || !s.isLast(records[n-1]) {
			return nil, false
		}
		return records[n:], true
	}
	for i := 0; i < len(records) && s.count > 0; i++ {
		// The list may have grown or shrunk since, so where a record has an
		// identity that is looked for, and not its number.
		if s.search {
			if s.isLast(records[i]) {
				s.count = 0
			}
		} else if s.count--; s.count == 0 && !s.isLast(records[i]) {
			s.count, s.search = 1, true // further down, perhaps
		}
		if s.count == 0 {
			return records[i+1:], true
		}
	}
	if s.count > 0 {
		return nil, true
	}
	return records, true
}

func (s *skipper) isLast(record json.RawMessage) bool {
	id, _ := s.m.identify(record)
	return id == s.last
}
