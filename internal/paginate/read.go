package paginate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
)

// Bounds of following tokens.
const (
	// tokenLife is how old a page token may be when it is sent: they live 15
	// minutes, and the request takes its time.
	tokenLife   = 14 * time.Minute
	maxRestarts = 3      // of one window
	maxEmpty    = 5      // pages without a record but with a token, in a row
	maxPages    = 10_000 // of one call
)

var sprintf = fmt.Sprintf

// place is where the next page begins.
type place struct {
	// token leads to the page, empty for a window's first; issued is when Zoom
	// gave it.
	token  string
	issued time.Time
	// skip is how many records of that page were given already, done how many of
	// the window, and last which one was the last.
	skip, done int
	last       identity
	lastRecord json.RawMessage // where this call has it; last is that of the call before
	// repeated is how many of the done came before in the window. total is what Zoom
	// said first of the window, one more than that so that 0 is nothing: what is new
	// since then is not missing.
	repeated, total int
	// left is how many records, from this page on, lie before that last one, with
	// it: they are left out when a window is read anew.
	left int
	// lastAt is when the last one was, zero where that is not known. A window that is
	// read anew begins there: it is narrowed. Then base is how many records of the
	// window lie before it, which Zoom's totals do not count.
	lastAt   time.Time
	narrowed bool
	base     int
	// kind is the sync_type to go on with.
	kind string
}

// anew is the place again, to be found from the window's first page on.
func (p place) anew() *place {
	return &place{
		done: p.done, last: p.last, lastRecord: p.lastRecord, lastAt: p.lastAt, left: p.done, repeated: p.repeated, total: p.total,
		narrowed: p.narrowed,
	}
}

// stopped is a collection that ended early.
type stopped struct {
	why    Stop
	reason string
	err    *apierror.Error
	// at is where to go on, in the window; nil when nothing can.
	at     *place
	window daterange.Window
	// expired reports that the token ended and the window may begin anew.
	expired bool
	// full reports that the last page was full and nothing says whether another one
	// follows: the window can be read once more in pages of another size.
	full bool
	// changed reports that a record is gone that the collection was to go on from.
	changed bool
	pages   int   // how many pages the window had then
	size    int64 // how many records a page may have
}

// all reads the windows.
func (r *run) all(ctx context.Context) *stopped {
	for i, w := range r.windows {
		p := place{}
		if i == 0 {
			p = r.begin
		}
		if s := r.enough(p); s != nil {
			s.window = w
			return s
		}
		r.res.Windows = append(r.res.Windows, Window{From: w.From, To: w.To})
		r.totals = append(r.totals, -1)
		doubts := len(r.doubts)
		if s := r.window(ctx, w, p); s != nil {
			return s
		}
		r.res.Windows[i].Complete = len(r.doubts) == doubts
	}
	return nil
}

// window reads one window, and begins it anew when its token has ended or its end
// is in doubt. Where it stops, it says in which window.
func (r *run) window(ctx context.Context, w daterange.Window, from place) *stopped {
	before := *r.res
	bytes, size, moved, doubts := r.bytes, r.size, r.moved, len(r.doubts)
	records := r.kept
	r.from, r.until, r.twice, r.held, r.copied = w.Start, w.End, nil, nil, false
	if r.Sink != nil {
		r.Sink.Keep()
	}
	p := from
	checked := false
	for restarts := 0; ; restarts++ {
		used := w
		if narrow, ok := r.narrow(w, p); ok {
			used, p.narrowed = narrow, true
		}
		s := r.pages(ctx, used, p)
		if s != nil {
			s.window = used
		}
		r.current().Records = r.kept - records
		if used != w && restarts < maxRestarts && (s == nil && len(r.doubts) > doubts || s != nil && s.changed) {
			// The list is not in the order of its times, or the record is gone.
			s, from.lastAt = &stopped{expired: true}, time.Time{}
		}
		switch {
		case s == nil || !s.full:
		case checked && s.pages > 1:
			s = nil // the list goes on with tokens, and ended here twice
		case checked || s.size < 2 || r.Method.Size == "":
			r.doubt(fullPage)
			s = nil
		}
		if s == nil || !s.full && (!s.expired || restarts == maxRestarts) {
			if s == nil {
				r.size = size
			}
			return s
		}
		if s.full {
			// Pages that are one shorter show whether this list goes on with tokens.
			checked = true
			r.size = s.size - 1
		} else {
			r.res.Restarts++
		}
		r.drop(records)
		r.res.Repeated, r.res.Outside = before.Repeated, before.Outside
		r.bytes, r.moved, r.doubts, r.twice, r.held, r.copied = bytes, moved, r.doubts[:doubts], nil, nil, false
		window := int32(len(r.res.Windows))
		maps.DeleteFunc(r.seen, func(_ uint64, at seenAt) bool { return at.window == window })
		p = *from.anew()
	}
}

// drop takes the records behind the first n back.
func (r *run) drop(n int) {
	r.kept = n
	if r.Sink != nil {
		r.Sink.Drop()
		return
	}
	clear(r.res.Records[n:]) // so that they can be freed
	r.res.Records = r.res.Records[:n]
}

func (r *run) current() *Window { return &r.res.Windows[len(r.res.Windows)-1] }

// pages reads a window from a place on.
func (r *run) pages(ctx context.Context, w daterange.Window, from place) *stopped {
	at := from
	skip := newSkipper(r.Method, from)
	skipped := 0
	tokens := map[string]bool{}
	most := 0 // pages, by Zoom's word
	for number, empty := 1, 0; ; number++ {
		if skip.onPage == 0 {
			at.skip = 0
		}
		at.left = skip.count
		here := at
		if s := r.enough(here); s != nil {
			return s
		}
		if at.token != "" && r.Now().Sub(at.issued) >= tokenLife {
			return r.expired(here, nil)
		}
		set := r.set(w)
		if at.token != "" {
			set[r.Method.Next] = at.token
		}
		asked := r.Now()
		p, s := r.fetch(ctx, set, here)
		if s != nil {
			return s
		}
		rest, ok := skip.page(p.records)
		if !ok {
			return r.expired(here, nil)
		}
		if skipped += len(p.records) - len(rest); from.narrowed && from.left > 0 {
			at.base = from.done - skipped
		}
		if p.total >= 0 {
			p.total += at.base
			r.totals[len(r.totals)-1] = p.total
			if at.total == 0 {
				at.total = p.total + 1
			}
		}
		most = max(most, p.pages)
		r.pageNumber = number
		if doubt := p.contradiction(r.Method); doubt != "" {
			r.doubt(doubt)
		}
		at.left = skip.count
		had, twice := r.kept+r.res.Outside+r.moved, len(r.twice)
		if s := r.take(&at, rest, len(p.records)-len(rest), p.next != "" || number > 1); s != nil {
			r.told()
			return s
		}
		r.told()
		copied := len(rest) > 1 && len(r.twice)-twice == len(rest) // the page is one that came before
		r.copied = r.copied || copied
		tokens[at.token] = true
		switch full := p.total >= 0 && at.done >= p.total; {
		case p.next == "" && skip.active():
			return r.changed()
		case p.next == "":
			return r.end(p, end{total: at.total - 1, done: at.done - at.repeated, pages: number, most: most, whole: from.token == "", narrowed: at.narrowed})
		case full && (r.Method.Dead || tokens[p.next]):
			return nil
		case r.Method.Dead:
			how := "Zoom documents no way to ask for the others"
			if r.Method.Elsewhere != "" {
				how = r.Method.Elsewhere + ", with the same parameters, has them all"
			}
			given := strconv.Itoa(at.done)
			if p.total >= 0 {
				given += " of " + strconv.Itoa(p.total)
			}
			return &stopped{why: DeadEnd, reason: given + " were given, and this list has no way to go on: " + how}
		case tokens[p.next]:
			return &stopped{why: Looped, reason: "Zoom gave the same page token again, which would lead to the same page for ever", at: at.anew()}
		}
		if empty++; !copied && r.kept+r.res.Outside+r.moved > had || len(rest) < len(p.records) {
			empty = 0
		}
		if empty >= maxEmpty {
			return &stopped{why: Looped, reason: sprintf("Zoom answered %d pages without a new record, each promising more", empty), at: at.anew()}
		}
		at.token, at.issued = p.next, asked
	}
}

// narrow returns what is left of a window whose records up to one are known, for a
// list that has all of them in the order of their time. Its total tells whether that
// is so.
func (r *run) narrow(w daterange.Window, p place) (daterange.Window, bool) {
	m := r.Method
	if p.token != "" || p.left == 0 || p.lastAt.IsZero() || p.total == 0 || len(m.ID) == 0 || len(m.Times) != 1 || m.Limits == nil || w.Start.IsZero() || w.End.IsZero() {
		return w, false
	}
	unit := time.Second
	if m.Limits.Dates {
		unit = 24 * time.Hour
	}
	start, end := w.Start, w.End
	if at := p.lastAt.Truncate(unit); r.OldestFirst {
		start = at
	} else {
		end = at.Add(unit)
	}
	if start.Before(w.Start) || end.After(w.End) || !start.Before(end) || start.Equal(w.Start) && end.Equal(w.End) {
		return w, false
	}
	return daterange.Split(start, end, *m.Limits)[0], true
}

// set are the parameters that a window takes over from the caller.
func (r *run) set(w daterange.Window) map[string]any {
	set := map[string]any{}
	if r.size > 0 && r.Method.Size != "" {
		set[r.Method.Size] = r.size
	}
	if w.From != "" {
		set["from"] = w.From
	}
	if w.To != "" {
		set["to"] = w.To
	}
	return set
}

// enough stops before a page for which there is no room.
func (r *run) enough(at place) *stopped {
	switch {
	case r.kept >= r.MaxRecords:
		return &stopped{why: MaxRecords, reason: sprintf("max_records (%d) is reached and there may be more", r.MaxRecords), at: &at}
	case r.bytes >= r.MaxBytes:
		return &stopped{why: MaxBytes, reason: sprintf("the records fill the %d bytes that one call may hold", r.MaxBytes), at: &at}
	case r.res.Pages >= maxPages:
		return &stopped{why: MaxPages, reason: sprintf("%d pages were read, as many as one call may", r.res.Pages), at: &at}
	}
	return nil
}

// told reports a page.
func (r *run) told() {
	p := Progress{Pages: r.res.Pages, Records: r.kept, Window: max(len(r.res.Windows), 1), Windows: max(r.number, 1)}
	if total := r.total(); total > 0 {
		p.Total = total
	}
	r.Progress(p)
}

// total is the sum of the windows' totals, -1 unless every one is known.
func (r *run) total() int {
	if r.Cursor != "" && r.res.Split || len(r.totals) < r.number || slices.Contains(r.totals, -1) {
		return -1
	}
	sum := 0
	for _, n := range r.totals {
		sum += n
	}
	return sum
}

// fetch reads one page; at is where it stands.
func (r *run) fetch(ctx context.Context, set map[string]any, at place) (*page, *stopped) {
	if ctx.Err() != nil {
		return nil, r.failed(ctx, ctx.Err(), at)
	}
	body, err := r.page(ctx, set)
	if err != nil {
		if set[r.Method.Next] != nil && tokenRefused(err) {
			return nil, r.expired(at, apierror.From(err))
		}
		return nil, r.failed(ctx, err, at)
	}
	p, err := parse(body, r.Method)
	if err != nil {
		return nil, r.failed(ctx, err, at)
	}
	if r.res.Pages++; r.res.Pages == 1 {
		r.res.Head, r.res.Dropped = p.head, p.dropped
	}
	r.res.Twin = r.res.Twin || p.twin
	return p, nil
}

// failed is the end by an error.
func (r *run) failed(ctx context.Context, err error, at place) *stopped {
	e := apierror.From(err)
	s := &stopped{why: Failed, err: e, at: &at}
	switch {
	case errors.Is(ctx.Err(), context.Canceled), e.Kind == apierror.Canceled, errors.Is(err, context.Canceled):
		s.err = &apierror.Error{Kind: apierror.Canceled, Message: "the caller gave up", Err: err}
		s.at = nil
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil, e.Kind == apierror.Timeout:
		s.why, s.reason = Deadline, "the time for one call was over"
		if e.Kind != apierror.Timeout {
			s.err = &apierror.Error{Kind: apierror.Timeout, Message: s.reason, Err: err, Hint: "Ask for a shorter range or for fewer records."}
		}
	case e.Kind == apierror.RateLimited:
		s.why, s.reason = RateLimited, "Zoom's rate limit was reached: "+e.Message
		if again, err := time.Parse(time.RFC3339, e.RetryAt); err == nil {
			s.reason += "; go on at " + e.RetryAt
			if at.token != "" && !r.Method.Sync && again.Sub(at.issued) >= tokenLife {
				s.at = at.anew()
				s.reason += ", from the first page of the window on, since the page token has ended by then"
			}
		}
	default:
		s.reason = "a page failed: " + e.Message
	}
	return s
}

// expired is the end by a token that is too old.
func (r *run) expired(at place, err *apierror.Error) *stopped {
	return &stopped{why: Failed, reason: sprintf("page tokens ended before their pages could be read, %d times", maxRestarts+1), err: err, expired: true,
		at: at.anew()}
}

// changed is the end of a collection whose cursor no longer fits.
func (r *run) changed() *stopped {
	e := apierror.New(apierror.ZoomError, "the list has changed since the cursor was made: the record where it stopped is gone")
	e.Method, e.Hint = r.Method.Name, "Call again without the cursor."
	return &stopped{why: Failed, reason: e.Message, err: e, changed: true}
}

var tokenText = regexp.MustCompile(`(?i)(?:page|sync)[_ ]?token`)

// tokenRefused recognizes Zoom's answer to a token that is too old or foreign:
// status 400 with code 300 or 400 and a text about the token.
func tokenRefused(err error) bool {
	e, ok := errors.AsType[*apierror.Error](err)
	if !ok || e.Kind != apierror.ZoomError || e.ZoomCode != 300 && e.ZoomCode != 400 {
		return false
	}
	return tokenText.MatchString(e.ZoomMessage) || tokenText.MatchString(e.Message) ||
		slices.ContainsFunc(e.Problems, func(p apierror.Problem) bool {
			return tokenText.MatchString(p.Param) || tokenText.MatchString(p.Message)
		})
}

// finish makes the result.
func (r *run) finish(ctx context.Context, s *stopped) (*Result, error) {
	r.res.Total = r.total()
	if r.res.Total >= 0 {
		r.res.Total -= r.moved + r.res.Outside
		if r.res.Split {
			r.res.Total -= r.res.Repeated
		}
	}
	if s == nil {
		if r.res.Complete = len(r.doubts) == 0; !r.res.Complete {
			r.res.Stop, r.res.Reason = Doubtful, r.reason("")
		}
		return r.res, nil
	}
	if s.err != nil && (r.res.Pages == 0 || s.err.Kind == apierror.Canceled || s.at == nil) {
		return nil, s.err
	}
	if s.err == nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil, &apierror.Error{Kind: apierror.Canceled, Message: "the caller gave up", Err: ctx.Err()}
	}
	r.res.Stop, r.res.Err = s.why, s.err
	r.res.Reason = r.reason(s.reason)
	if s.at != nil {
		r.res.Cursor = r.cursor(s.window, *s.at)
	}
	if r.res.Repeated > 0 && r.res.Cursor != "" {
		r.res.Reason += "; going on may repeat records, since those of newer windows are then not known"
	}
	return r.res, nil
}
