package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"slices"
	"time"
)

// pageTokenLife is how long a page token may be used.
const pageTokenLife = 15 * time.Minute

// fingerprint tells queries apart: the path and every parameter except those
// that choose the page.
func (q *query) fingerprint() [8]byte {
	h := sha256.New()
	h.Write([]byte(q.r.URL.EscapedPath()))
	names := make([]string, 0, len(q.values))
	for name := range q.values {
		if name != "next_page_token" && name != "page_size" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range q.values[name] {
			h.Write([]byte{0})
			h.Write([]byte(name))
			h.Write([]byte{1})
			h.Write([]byte(v))
		}
	}
	return [8]byte(h.Sum(nil))
}

// pageToken is the token for the records from offset on.
func (s *Simulator) pageToken(q *query, offset int) string {
	sum := q.fingerprint()
	payload := binary.BigEndian.AppendUint64(nil, uint64(q.visit.now.Unix()))
	payload = binary.BigEndian.AppendUint64(payload, uint64(q.now.Unix()))
	payload = binary.BigEndian.AppendUint32(payload, uint32(offset))
	payload = append(payload, sum[:]...)
	if q.visit.page == pageEmpty {
		// However often it comes, no token is like another.
		payload = binary.BigEndian.AppendUint64(payload, s.served.Load())
	}
	return s.keys.seal("page token", payload)
}

// resume goes on where a page token says.
func (s *Simulator) resume(q *query, token string) error {
	code := q.route.tokenCode
	if code == 0 {
		code = 300
	}
	bad := refuse(http.StatusBadRequest, code, "The next page token is invalid or expired.")
	payload, ok := s.keys.open("page token", token)
	if !ok || len(payload) < 28 || [8]byte(payload[20:28]) != q.fingerprint() {
		return bad
	}
	issued := time.Unix(int64(binary.BigEndian.Uint64(payload)), 0)
	if q.visit.now.Sub(issued) > pageTokenLife || q.visit.page == pageExpired {
		return bad
	}
	q.now = time.Unix(int64(binary.BigEndian.Uint64(payload[8:])), 0).UTC()
	q.offset = int(binary.BigEndian.Uint32(payload[16:]))
	return nil
}

// paginate returns the page of all that q asks for, and the token for the next
// one, which is empty at the end.
func paginate[T any](s *Simulator, q *query, all []T) (page []T, next string) {
	from := min(q.offset, len(all))
	to := min(from+q.size, len(all))
	if to < len(all) {
		next = s.pageToken(q, to)
	}
	switch token := q.get("next_page_token"); {
	case q.visit.page == pageRepeated && token != "":
		next = token
	case q.visit.page == pageEmpty && from < to:
		to, next = from, s.pageToken(q, from) // the records come with a later page
	}
	return all[from:to], next
}

// list is an answer with a page of records: the collection under name, the
// token, the page size, and the total. An empty collection is left out.
func list[T any](s *Simulator, q *query, name string, all []T) object {
	page, next := paginate(s, q, all)
	answer := object{"next_page_token": next, "page_size": q.size, "total_records": len(all)}
	if len(page) > 0 {
		answer[name] = page
	}
	return answer
}

// mapped applies f to every element.
func mapped[T, U any](in []T, f func(T) U) []U {
	out := make([]U, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// selected keeps the elements for which keep holds.
func selected[T any](in []T, keep func(T) bool) []T {
	var out []T
	for _, v := range in {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
