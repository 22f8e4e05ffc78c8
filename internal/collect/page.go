package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"zoom-phone-mcp/internal/fault"
)

// page is one answer, taken apart.
type page struct {
	head    []Field
	dropped []string
	records []json.RawMessage
	next    string
	total   int // -1 where Zoom does not say
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

func read(body []byte, m Method) (*page, error) {
	p := &page{total: -1}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("it is not an object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string) // the decoder yields string keys only
		if name == m.Items {
			if err := d.Decode(&p.records); err != nil {
				return nil, err
			}
			continue
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		switch {
		case name == m.Next:
			_ = json.Unmarshal(v, &p.next) // anything but text is no token
			continue
		case v[0] == '[':
			p.dropped = append(p.dropped, name)
			continue
		case name == "total_records":
			if n := -1; json.Unmarshal(v, &n) == nil && string(v) != "null" {
				p.total = n
			}
		}
		p.head = append(p.head, Field{name, v})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the object")
	}
	return p, nil
}

// identity tells records apart.
type identity [12]byte

// identify gives a record's identity: that of its identifying fields, or, where
// there are none, of its bytes. ok tells that it is the first.
func (m Method) identify(record json.RawMessage) (id identity, ok bool) {
	h := sha256.New()
	if len(m.ID) > 0 {
		var fields map[string]json.RawMessage
		if json.Unmarshal(record, &fields) == nil {
			ok = true
			for _, name := range m.ID {
				v := fields[name]
				ok = ok && len(v) > 0 && string(v) != "null" && string(v) != `""`
				h.Write(v)
				h.Write([]byte{0})
			}
		}
	}
	if !ok {
		h.Reset()
		h.Write(record)
	}
	return identity(h.Sum(nil)), ok
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
