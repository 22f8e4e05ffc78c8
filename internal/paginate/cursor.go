package paginate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
)

// cursorVersion stands in front of every cursor; another form gets another one.
const cursorVersion = "c2."

const (
	maxCursor      = 8 << 10
	maxCursorToken = 4 << 10 // a longer page token is left out: the window is read anew
	maxDoubts      = 3       // that a cursor and a reason carry
	checksum       = 8       // bytes
)

// bookmark is what a cursor holds: everything, so that it outlives the server.
// Its checksum finds damage. It protects nothing, and need not: whoever writes
// one can ask for no more than a call can.
type bookmark struct {
	Method string `json:"m"`
	Call   []byte `json:"p"` // hash of the call's parameters
	Before int    `json:"n,omitempty"`

	// The range, as sent and, in Unix seconds, half-open; no seconds for one that
	// Zoom chooses.
	From  string  `json:"f,omitempty"`
	To    string  `json:"t,omitempty"`
	Range []int64 `json:"r,omitempty"`
	Split bool    `json:"x,omitempty"`
	// The window to go on with.
	WindowFrom string  `json:"wf,omitempty"`
	WindowTo   string  `json:"wt,omitempty"`
	Window     []int64 `json:"w,omitempty"`

	// The place in it.
	Token  string `json:"k,omitempty"`
	Issued int64  `json:"i,omitempty"`
	Skip   int    `json:"s,omitempty"`
	Done   int    `json:"d,omitempty"`
	Left   int    `json:"o,omitempty"`
	Last   []byte `json:"l,omitempty"`
	Kind   string `json:"y,omitempty"`
	// Repeated is how many of the done came before in the window, Total what Zoom said
	// first of it, and one. Asked is the range that was asked for where records lie outside it, Doubts
	// what is doubtful of the windows that are done.
	Repeated int      `json:"u,omitempty"`
	Total    int      `json:"e,omitempty"`
	Asked    [2]int64 `json:"a,omitzero"`
	Doubts   []string `json:"q,omitempty"`
	Size     int64    `json:"z,omitempty"` // of the pages that the token belongs to
	// LastAt is when the last record was, in Unix seconds. Narrowed reports that the
	// window begins there, with Base records before it.
	LastAt   int64 `json:"v,omitempty"`
	Narrowed bool  `json:"h,omitempty"`
	Base     int   `json:"b,omitempty"`
}

// cursor writes where to go on.
func (r *run) cursor(w daterange.Window, at place) string {
	b := bookmark{
		Method: r.Method.Name, Call: r.fingerprint(), Before: r.res.Before + r.kept,
		From: r.res.From, To: r.res.To, Range: seconds(r.res.Start, r.res.End), Split: r.res.Split,
		WindowFrom: w.From, WindowTo: w.To, Window: seconds(w.Start, w.End),
		Done: at.done, Left: at.left, Skip: at.skip, Kind: at.kind, Repeated: at.repeated, Total: at.total,
		Asked: [2]int64{unix(r.Start), unix(r.End)}, Doubts: r.doubts,
	}
	if len(b.Doubts) > maxDoubts {
		b.Doubts = b.Doubts[:maxDoubts]
	}
	if at.lastRecord != nil {
		at.last, _ = r.Method.identify(at.lastRecord)
		at.lastAt = r.Method.time(at.lastRecord)
	}
	b.LastAt, b.Narrowed, b.Base = unix(at.lastAt), at.narrowed, at.base
	if at.done > 0 {
		b.Last = at.last[:]
	}
	switch {
	case len(at.token) > maxCursorToken:
		b.Left, b.Skip = at.done, 0
	case at.token != "":
		b.Token, b.Size = at.token, r.size
		if !r.Method.Sync {
			b.Issued = at.issued.Unix()
		}
	}
	payload, err := json.Marshal(b)
	if err != nil {
		panic(err) // numbers, text and bytes
	}
	sum := sha256.Sum256(payload)
	return cursorVersion + base64.RawURLEncoding.EncodeToString(append(sum[:checksum:checksum], payload...))
}

// resume goes on where the query's cursor says.
func (r *run) resume() *apierror.Error {
	b, problem := r.open(strings.TrimSpace(r.Cursor))
	if problem != "" {
		return invalid(r.Method, "cursor", "%s", problem)
	}
	start, end, _ := times(b.Range)
	w := daterange.Window{From: b.WindowFrom, To: b.WindowTo}
	w.Start, w.End, _ = times(b.Window)
	r.res.Before, r.res.From, r.res.To, r.res.Start, r.res.End, r.res.Split = b.Before, b.From, b.To, start, end, b.Split
	switch {
	case !b.Split:
		r.windows = []daterange.Window{w}
	case r.OldestFirst:
		r.windows = append([]daterange.Window{w}, daterange.Split(w.End, end, *r.Method.Limits)...)
	default:
		r.windows = append(daterange.Split(start, w.Start, *r.Method.Limits), w)
		slices.Reverse(r.windows)
	}
	r.Start, r.End, r.doubts = fromUnix(b.Asked[0]), fromUnix(b.Asked[1]), b.Doubts
	r.begin = place{token: b.Token, skip: b.Skip, done: b.Done, left: b.Left, kind: b.Kind, repeated: b.Repeated, total: b.Total,
		lastAt: fromUnix(b.LastAt), narrowed: b.Narrowed, base: b.Base}
	if b.Issued != 0 {
		r.begin.issued = time.Unix(b.Issued, 0)
	}
	copy(r.begin.last[:], b.Last)
	if b.Token != "" {
		r.size = b.Size // the token belongs to pages of this size
	}
	return nil
}

// open reads a cursor, or says what is wrong with it.
func (r *run) open(text string) (b bookmark, problem string) {
	const damaged = "is damaged: give it exactly as it was answered"
	if len(text) > maxCursor {
		return b, damaged
	}
	coded, ok := strings.CutPrefix(text, cursorVersion)
	if !ok {
		if len(text) > 2 && text[0] == 'c' && text[1] >= '0' && text[1] <= '9' {
			return b, "was made by another version of this server: call again without it"
		}
		return b, "is not a cursor: give the one of an answer that was not complete"
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(coded)
	if err != nil || len(raw) < checksum {
		return b, damaged
	}
	payload := raw[checksum:]
	if sum := sha256.Sum256(payload); !bytes.Equal(sum[:checksum], raw[:checksum]) || json.Unmarshal(payload, &b) != nil || !b.sound(r.Method) {
		return b, damaged
	}
	switch {
	case b.Method != r.Method.Name:
		return b, sprintf("belongs to a call of %s", b.Method)
	case !bytes.Equal(b.Call, r.fingerprint()):
		return b, "belongs to a call with other parameters: repeat them as they were (from, to and time_zone too); only max_records may differ"
	}
	return b, ""
}

// sound reports that a bookmark can be followed.
func (b *bookmark) sound(m Method) bool {
	start, end, ok := times(b.Range)
	from, to, okToo := times(b.Window)
	if !ok || !okToo || b.Skip < 0 || b.Done < b.Skip || b.Repeated < 0 || b.Repeated > b.Done || b.Total < 0 || b.Left < 0 || b.Done < b.Left || b.Before < 0 || b.Size < 0 || b.LastAt < 0 || b.Base > b.Done || -b.Base > mostGiven || len(b.Last) > len(identity{}) {
		return false
	}
	if max(b.Done, b.Before) > mostGiven || b.Method == m.Name && m.MaxSize > 0 && b.Size > m.MaxSize {
		return false
	}
	for _, at := range []string{b.From, b.To, b.WindowFrom, b.WindowTo} {
		if at != "" && !daterange.Sendable(at) {
			return false
		}
	}
	if b.Method == m.Name && m.Sync != (after[b.Kind] != "") {
		return false
	}
	if !b.Split {
		return true
	}
	return len(b.Range) == 2 && len(b.Window) == 2 && !from.Before(start) && !to.After(end) && (b.Method != m.Name || m.Limits != nil)
}

// mostGiven is more than all calls of a collection together can give.
const mostGiven = 1 << 40

// fingerprint is the hash of a call: of all that the caller gave, except what
// does not change which records there are.
func (r *run) fingerprint() []byte {
	params := map[string]any{}
	for name, v := range r.Params {
		if name != r.Method.Size && v != nil && v != "" {
			params[name] = v
		}
	}
	text, err := json.Marshal([]any{r.Zone, r.OldestFirst, params}) // keys are sorted
	if err != nil {
		text = []byte(sprintf("%v", params)) // no JSON came in that does not go out
	}
	sum := sha256.Sum256(text)
	return sum[:12]
}

// seconds writes an interval, or nothing for one without both ends.
func seconds(start, end time.Time) []int64 {
	if start.IsZero() || end.IsZero() {
		return nil
	}
	return []int64{start.Unix(), end.Unix()}
}

// unix writes a moment, 0 for none; fromUnix reads it.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromUnix(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// times reads an interval; it is not ok when no range can be like that.
func times(s []int64) (start, end time.Time, ok bool) {
	const latest = 7_300_000_000 // in the year 2201
	if len(s) == 0 {
		return start, end, true
	}
	if len(s) != 2 || s[0] < 0 || s[1] <= s[0] || s[1] > latest {
		return start, end, false
	}
	return time.Unix(s[0], 0).UTC(), time.Unix(s[1], 0).UTC(), true
}
