package paginate

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
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
	// twin reports that the records came under the list's old name. Where neither
	// name was there, elsewhere is a list that stands in their place, if any.
	twin      bool
	both      bool // the list came under both names
	elsewhere string
	// stray is a field other than the method's token that promises more, and says an
	// error that stands beside the list.
	stray, says string
}

// full reports whether another page may follow by the number of records: asked is
// how many were asked for, 0 where nothing was said.
func (p *page) full(asked int64) bool {
	size := p.holds(asked)
	return size > 0 && int64(len(p.records)) >= size
}

// defaultSize is the page size of Zoom's lists where none was asked for.
const defaultSize = 30

// holds is how many records a page may have.
func (p *page) holds(asked int64) int64 {
	switch {
	case p.size > 0 && (asked <= 0 || p.size < asked):
		return p.size
	case asked > 0:
		return asked
	case len(p.records) == defaultSize:
		return defaultSize
	}
	return 0
}

// parse takes a body apart. Records keep their bytes. A list that is missing or
// null is empty: so Zoom answers at times when there is nothing.
func parse(body json.RawMessage, m Method) (*page, error) {
	p, err := read(bytes.TrimPrefix(body, []byte("\ufeff")), m)
	if err != nil {
		e := apierror.New(apierror.ZoomError, "Zoom's answer breaks off or is not a list: %s", err)
		e.Method, e.Hint, e.Err = m.Name, "Try again.", err
		return nil, e
	}
	return p, nil
}

// Names of fields that promise a next page, that hold figures of a page, and that
// hold an error.
var (
	leadsOn   = regexp.MustCompile(`(?i)^(?:(?:next|sync|page|paging|pagination|continuation|scroll)[_-]?)+(?:token|cursor|url|link)$|^(?:token|cursor|next|next[_-]?page|has[_-]?more|has[_-]?next(?:[_-]?page)?)$`)
	paging    = regexp.MustCompile(`(?i)^(?:page|paging|pagination|meta)$`)
	errorCode = regexp.MustCompile(`(?i)^(?:code|error[_-]?code)$`)
)

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
		v := body[at:end:end]
		switch {
		case name == m.Items && v[0] == 'n':
			listed, p.records = false, nil
			return end
		case name == m.Items:
			wrong = errors.New(name + " is not a list")
			return -1
		case name == m.Next:
			if p.next = text(v); v[0] > '0' && v[0] <= '9' {
				p.next = string(v)
			}
			return end
		case v[0] == '[':
			if p.elsewhere == "" && bytes.HasPrefix(v[1:], []byte("{")) {
				p.elsewhere = name
			}
			p.dropped = append(p.dropped, name)
			return end
		}
		p.figure(name, v)
		if v[0] == '{' && (paging.MatchString(name) || bytes.Contains(v, []byte(`"`+m.Items+`":[`))) {
			rawjson.EachMember(v, 0, func(k, inner rawjson.Span) bool {
				switch inName, in := rawjson.Unquote(v[k.Start:k.End]), v[inner.Start:inner.End]; {
				case inName == m.Items && len(in) > 2:
					p.elsewhere = name + "." + inName
				case paging.MatchString(name):
					p.figure(inName, in)
					if inName == m.Next && text(in) != "" {
						p.stray = name + "." + inName
					}
				}
				return true
			})
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
	case len(p.records) == 0 && len(twin) > 0, !listed && twinned:
		p.records, p.twin = twin, true
	}
	p.both = listed && twinned
	if listed || p.twin {
		p.elsewhere = ""
	}
	return p, nil
}

// figure takes what a field says of the page and of the list.
func (p *page) figure(name string, v []byte) {
	switch name {
	case "total_records", "totalRecords", "total_count", "total":
		if n := number64(v, -1); n >= 0 && (name == "total_records" || p.total < 0) {
			p.total = n
		}
	case "page_count":
		p.pages = number64(v, 0)
	case "page_size":
		p.size = int64(number64(v, 0))
	case "status", "success":
		if string(v) == "false" && p.says == "" {
			p.says = name + " false"
		}
	default:
		switch {
		case leadsOn.MatchString(name):
			if string(v) == "true" || v[0] == '"' && len(v) > 2 || v[0] > '0' && v[0] <= '9' {
				p.stray = name
			}
		case errorCode.MatchString(name):
			if n := number64(v, 0); n != 0 && n != 200 {
				p.says = fmt.Sprintf("%s %d", name, n)
			}
		}
	}
}

// text reads a string, empty for anything else.
func text(v []byte) string {
	if v[0] != '"' {
		return ""
	}
	return rawjson.Unquote(v)
}

// number64 reads a whole number in whatever way it is written, in a string too.
func number64(v []byte, otherwise int) int {
	s := string(v)
	if v[0] == '"' {
		s = strings.ReplaceAll(strings.TrimSpace(rawjson.Unquote(v)), ",", "")
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return otherwise
	}
	return int(n)
}

// identity tells records apart.
type identity [12]byte

// identify returns a record's identity, which stays the same in every process: that
// of its identifying fields, or, where there are none, of its bytes. ok reports that
// it is the first.
func (m Method) identify(record json.RawMessage) (id identity, ok bool) {
	var l facts
	m.look(record, &l)
	if l.identified(m) {
		return cut(sha256.Sum256(bytes.Join(l.id[:len(m.ID)], []byte{0}))), true
	}
	return cut(sha256.Sum256(record)), false
}

func cut(sum [sha256.Size]byte) identity { return identity(sum[:len(identity{})]) }

// facts are what tells records apart and says when they were. They are of arrays, so
// that they need no memory of their own.
type facts struct {
	id    [maxFields][]byte // in the order of the method's
	times [maxFields]time.Time
	n     int // how many times there are
}

// maxFields bounds how many fields of a kind are looked at.
const maxFields = 4

// look finds the facts of a record, most often in one walk over it.
func (m *Method) look(record []byte, l *facts) {
	ids, named := m.ID[:min(len(m.ID), maxFields)], m.Times[:min(len(m.Times), maxFields)]
	wanted := len(ids) + len(named)
	if wanted == 0 && m.TwinTime == "" {
		return
	}
	var times [maxFields][]byte
	var twin []byte
	walk := func(is func(key rawjson.Span, name string) bool) {
		rawjson.EachMember(record, 0, func(k, v rawjson.Span) bool {
			for i, name := range ids {
				if l.id[i] == nil && is(k, name) {
					l.id[i] = record[v.Start:v.End]
					wanted--
				}
			}
			for i, name := range named {
				if times[i] == nil && is(k, name) {
					times[i] = record[v.Start:v.End]
					wanted--
				}
			}
			if m.TwinTime != "" && twin == nil && is(k, m.TwinTime) {
				twin = record[v.Start:v.End]
			}
			return wanted > 0
		})
	}
	walk(func(k rawjson.Span, name string) bool { return string(record[k.Start+1:k.End-1]) == name })
	if wanted > 0 && bytes.IndexByte(record, '\\') >= 0 { // names can be written in another way
		walk(func(k rawjson.Span, name string) bool { return rawjson.IsKey(record, k, name) })
	}
	for _, v := range times {
		if at, ok := moment(v); ok {
			l.times[l.n] = at
			l.n++
		}
	}
	if at, ok := moment(twin); ok && l.n == 0 {
		l.times[0], l.n = at, 1
	}
}

// identified reports whether a record has all fields that identify it.
func (l *facts) identified(m Method) bool {
	if len(m.ID) == 0 || len(m.ID) > maxFields {
		return false
	}
	for _, v := range l.id[:len(m.ID)] {
		if len(v) == 0 || v[0] == 'n' || string(v) == `""` {
			return false
		}
	}
	return true
}

// Outside reports whether all times of a record lie outside [start, end), where a
// zero end bounds nothing. A record without a time that can be read lies inside.
func (m Method) Outside(record json.RawMessage, start, end time.Time) bool {
	if start.IsZero() && end.IsZero() {
		return false
	}
	var l facts
	m.look(record, &l)
	return l.n > 0 && outside(l.times[:l.n], start, end)
}

func outside(times []time.Time, start, end time.Time) bool {
	for _, at := range times {
		if within(at, start, end) {
			return false
		}
	}
	return true
}

func within(at, start, end time.Time) bool {
	return (start.IsZero() || !at.Before(start)) && (end.IsZero() || at.Before(end))
}

// time returns the first of a record's times, zero for none.
func (m Method) time(record json.RawMessage) time.Time {
	var l facts
	m.look(record, &l)
	return l.times[0]
}

// layouts are the forms of times, without a zone in UTC.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04Z07:00"}

// utc reads a time in the form that Zoom uses, with its quotes; any other is left to
// moment.
func utc(v []byte) (at time.Time, ok bool) {
	const form = `"0000-00-00T00:00:00Z"`
	if len(v) != len(form) {
		return at, false
	}
	var n [6]int
	field := 0
	for i := range v {
		switch c := v[i] - '0'; {
		case form[i] != '0' && v[i] == form[i]:
			if i > 0 {
				field++
			}
		case form[i] == '0' && c < 10:
			n[field] = 10*n[field] + int(c)
		default:
			return at, false
		}
	}
	at = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	// What is no date moves to another one.
	return at, at.Day() == n[2] && at.Month() == time.Month(n[1]) && n[3] < 24 && n[4] < 60 && n[5] < 60
}

// moment reads a time, also in seconds or milliseconds since 1970.
func moment(v []byte) (time.Time, bool) {
	if len(v) == 0 {
		return time.Time{}, false
	}
	if at, ok := utc(v); ok {
		return at, true
	}
	s := text(v)
	if v[0] != '"' {
		s = string(v)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		switch {
		case n > 1e8 && n < 1e11:
			return time.Unix(n, 0).UTC(), true
		case n > 1e11 && n < 1e14:
			return time.UnixMilli(n).UTC(), true
		}
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
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

// active reports that records are still to be left out.
func (s *skipper) active() bool { return s.onPage > 0 || s.count > 0 }

// page returns what is left of a page. It is not ok when the page is not the one
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
