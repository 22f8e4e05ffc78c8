// Package paginate reads every page of a list: it cuts a long range into windows,
// follows page and sync tokens, begins a window anew when its token has ended,
// and stops where the caller's bounds say. What is missing is always said, with a
// cursor that goes on there. It also explains answers without records.
//
// Windows are read in the order in which Zoom lists: newest first, or oldest
// first where the call asks for that, so that the records stand as in one query
// over the whole range. They share no second, but a record may come twice all the
// same: where records belong to several moments (message sessions), or where a
// list moves while its pages are read. The fields that identify a record decide,
// and the first one stays. Records outside the range that was asked for are left
// out: Zoom answers some ranges for whole days.
//
// A page is held against what it says of itself. Where the records of a window are
// fewer than Zoom's total, or its last page may not be the last one, the collection
// is not complete.
//
// It must not know how a page is fetched, nor MCP. Methods are data to it.
package paginate

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
)

// Bounds of a collection.
const (
	DefaultRecords = 1000
	MostRecords    = 100_000
	// DefaultBytes bounds the records of one call in memory.
	DefaultBytes = 128 << 20
)

// Method is what has to be known of a list, all of it from the spec.
type Method struct {
	Name  string
	Items string // the field with the records
	// Twin is the field under which Zoom answered the records before it renamed
	// the list: it is read where Items is missing. Empty where there is none.
	Twin string
	Next string // the field, and the parameter, with the token
	// Size is the parameter with the page size, empty where there is none, and
	// MaxSize the largest that Zoom takes, 0 where that is not known.
	Size    string
	MaxSize int64
	// Sync marks a list that goes on with sync_token and sync_type.
	Sync bool
	// Dead marks a list that answers a token but takes none.
	Dead bool
	// Elsewhere is the method that has the records which such a list keeps back,
	// empty where there is none.
	Elsewhere string
	// Totals marks a list whose records are sums over the range: it cannot be cut
	// into windows.
	Totals bool
	// ID are the fields that identify a record, empty where nothing does.
	ID []string
	// Limits are those of the range; nil for a list without one.
	Limits *daterange.Limits
	// Times are the fields of a record that say when it was, in RFC 3339. A record
	// all of whose times lie outside the range is not one of it. TwinTime is that of
	// a record of Twin, read where it has none of Times.
	Times    []string
	TwinTime string
	// Settles reports that the records of a day no longer change once it is over.
	Settles bool
}

// Page fetches one page. The parameters in set, strings and int64s, take the
// place of the caller's of the same name. Errors are *apierror.Error.
type Page func(ctx context.Context, set map[string]any) (json.RawMessage, error)

// Query is one collection.
type Query struct {
	Method Method
	// Params are the caller's parameters as they were written, from and to
	// included, and Zone is the time zone that was given with them. A cursor is
	// bound to both.
	Params map[string]any
	Zone   string
	// Range is what from and to mean; nil or empty where none was given. With a
	// Cursor it is ignored: the range is that of the first call.
	Range *daterange.Range
	// Only is the window of a long Range that is to be read, nil for all. Records of
	// the others are left out.
	Only *daterange.Window
	// Start and End bound the records that are wanted, half-open, by their Times;
	// a zero one bounds nothing. With a Cursor they are ignored too.
	Start, End time.Time
	// OldestFirst reports that the call asks Zoom for the oldest records first.
	OldestFirst bool
	// MaxRecords is DefaultRecords when 0, at most MostRecords.
	MaxRecords int
	// MaxBytes is DefaultBytes when 0.
	MaxBytes int64
	// Cursor goes on where an earlier collection stopped.
	Cursor string
}

// Options are what a collection needs beside the query.
type Options struct {
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// Progress is told of every page; nil means nobody.
	Progress func(Progress)
	// Sink takes the records instead of Result.Records, so that they need not be in
	// memory all at once; MaxRecords and MaxBytes bound nothing then.
	Sink Sink
}

// Sink takes the records of a collection, page by page.
type Sink interface {
	// Add takes a record, with the first of its times, zero for none. The bytes are
	// the sink's until it returns.
	Add(record json.RawMessage, at time.Time) error
	// Keep says that the records so far stay. Drop takes those back that came since:
	// a window begins anew.
	Keep()
	Drop()
}

// Progress is how far a collection is. Pages never falls; Records may, when a
// window has to begin anew.
type Progress struct {
	Pages, Records  int
	Window, Windows int // the window being read, counted from 1, of how many
	// Total is how many records there are in all, 0 where that is not known.
	Total int
}

// Stop is why a collection is not complete.
type Stop string

// The reasons to stop early.
const (
	MaxRecords  Stop = "max_records"
	MaxBytes    Stop = "max_bytes"
	MaxPages    Stop = "max_pages"
	Deadline    Stop = "deadline"
	RateLimited Stop = "rate_limited"
	Failed      Stop = "failed"   // Result.Err says how
	Looped      Stop = "looped"   // Zoom's tokens lead nowhere
	DeadEnd     Stop = "no_more"  // Zoom has more and offers no way to it
	Doubtful    Stop = "doubtful" // the pages contradict what they say of themselves
)

// Result is what a collection brought.
type Result struct {
	Method Method
	// Head are the fields of the first page, in their order, without the records,
	// the token and other lists (Dropped), which repeat the records.
	Head    []Field
	Dropped []string
	Records []json.RawMessage
	// Complete reports that nothing is missing. Else Stop and Reason (a sentence)
	// say why, Err is the failure if there was one, and Cursor goes on; it is
	// empty where nothing can.
	Complete bool
	Stop     Stop
	Reason   string
	Err      *apierror.Error
	Cursor   string
	// Before is how many records the calls before this one gave, by its cursor.
	Before int
	Pages  int
	// Repeated is how many records were left out because they came before, Outside
	// how many because they lie outside the range that was asked for.
	Repeated, Outside int
	// Twin reports that the records came under the list's old name.
	Twin bool
	// Restarts is how often a window had to begin anew.
	Restarts int
	// Windows are those that were read, in that order.
	Windows []Window
	// Start and End are the range, half-open, and From and To what was sent, or
	// the ends of that. Split reports that the range needs several windows. All are
	// empty where no range was given.
	Start, End time.Time
	From, To   string
	Split      bool
	// Total is how many records Zoom says there are, -1 where it does not say.
	Total int
	// Token is the last sync token, with which a later call goes on.
	Token string
}

// Window is one stretch of the range as it was asked for.
type Window struct {
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Records int    `json:"records"`
	// Complete reports that all of the window's records were read, by this call or
	// with the calls before it.
	Complete bool `json:"complete"`
}

// Field is a field of an answer.
type Field struct {
	Name  string
	Value json.RawMessage
}

// All collects. It fails when nothing could be read or the caller gave up;
// whatever happens later leaves a result that is not complete. Every error is a
// *apierror.Error.
func All(ctx context.Context, q Query, page Page, o Options) (*Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	r, err := newRun(q, page, o)
	if err != nil {
		return nil, err
	}
	var s *stopped
	if q.Method.Sync {
		s = r.sync(ctx)
	} else {
		s = r.all(ctx)
	}
	return r.finish(ctx, s)
}

// run is one collection under way.
type run struct {
	Query
	Options
	page    Page
	res     *Result
	windows []daterange.Window // still to be read, in order
	begin   place              // where in the first of them
	number  int                // how many windows there are in this call
	size    int64              // of a page, 0 when it is not sent
	kept    int                // records of the result
	bytes   int64              // theirs, which are in memory
	seed    maphash.Seed
	seen    map[uint64]seenAt // by the hash of a record's identity
	twice   []int             // where records stand that may have come before in the window
	held    []json.RawMessage // with a sink, those themselves: a sink is given no record back
	copied  bool              // a whole page of it came before
	moved   int               // records that belong to another window than the one that had them
	// from and until bound the window being read, pageNumber counts its pages.
	from, until time.Time
	pageNumber  int
	totals      []int    // of each window, -1 where Zoom does not say
	doubts      []string // why windows that were read to their end may lack records
}

func newRun(q Query, page Page, o Options) (*run, *apierror.Error) {
	m := q.Method
	if q.MaxRecords == 0 {
		q.MaxRecords = DefaultRecords
	}
	if q.MaxBytes == 0 {
		q.MaxBytes = DefaultBytes
	}
	if q.MaxRecords < 1 || q.MaxRecords > MostRecords {
		return nil, invalid(m, "max_records", "want 1 to %d, got %d", MostRecords, q.MaxRecords)
	}
	if _, given := q.Params[m.Next]; given && !m.Sync {
		return nil, invalid(m, m.Next, "begins in the middle: leave it out to collect every page, or give the cursor of an earlier answer")
	}
	if o.Sink != nil {
		q.MaxRecords, q.MaxBytes = math.MaxInt, math.MaxInt64
	}
	r := &run{Query: q, Options: o, page: page, size: m.MaxSize,
		res: &Result{Method: m, Total: -1, Records: []json.RawMessage{}}}
	if given, ok := number(q.Params[m.Size]); ok && r.size == 0 {
		r.size = given
	}
	if q.Cursor != "" {
		if err := r.resume(); err != nil {
			return nil, err
		}
	} else {
		r.plan()
	}
	r.number = len(r.windows)
	if m.Totals && r.res.Split {
		e := invalid(m, "from", "every record is a sum over the range, so a range longer than one call's cannot be put together: ask once for each part of it, for example each year")
		return nil, e
	}
	r.seed, r.seen = maphash.MakeSeed(), map[uint64]seenAt{}
	return r, nil
}

// plan lays out the windows of a collection that begins.
func (r *run) plan() {
	r.windows = []daterange.Window{{}}
	if r.Range == nil {
		return
	}
	r.windows = r.Range.Windows()
	if r.Only != nil {
		r.windows = []daterange.Window{*r.Only}
	}
	r.res.Start, r.res.End = r.Range.Covered()
	r.res.From, r.res.To, r.res.Split = r.Range.From, r.Range.To, r.Range.Long
	r.order()
}

// order puts windows, oldest first, into the order of the list.
func (r *run) order() {
	if !r.OldestFirst {
		slices.Reverse(r.windows)
	}
}

// number reads a whole number from a parameter, as JSON or the catalog types it.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		return int64(v), v >= 1 && v <= 1<<31
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

func invalid(m Method, param, format string, args ...any) *apierror.Error {
	e := apierror.New(apierror.InvalidParams, "nothing was sent: 1 problem with the call of %s", m.Name)
	e.Method = m.Name
	e.Problems = []apierror.Problem{{Param: param, Message: sprintf(format, args...)}}
	return e
}
