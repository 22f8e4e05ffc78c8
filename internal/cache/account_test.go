package cache_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

// call is a record of the account.
type call struct {
	id int
	at int64 // Unix seconds
}

func (r call) json() string {
	return fmt.Sprintf(`{"id":"c%d","start_time":%q}`, r.id, time.Unix(r.at, 0).UTC().Format(time.RFC3339))
}

// account is a list with Zoom's manners: ends that belong to the range, to the second;
// a range over a month cut in silence; tokens of a query; no list where there is
// nothing; what lies after now is not there yet.
type account struct {
	changing  bool // records of days that are over change
	t         testing.TB
	calls     []call // the newest first
	size      int    // of a page
	oldest    bool
	totals    bool
	dates     bool          // takes days only
	wholeDays bool          // answers days, whatever is asked
	shift     time.Duration // of the days that it answers
	most      int           // records of a query, the others are left out in silence; 0 for all
	more      int           // that it says there are and does not give
	noTime    func(id int) bool
	times     []string // of a record, when there are several
	latency   time.Duration
	pace      time.Duration                                   // between two calls
	fail      func(n int, from, to time.Time) *apierror.Error // the nth call

	made      int
	mu        sync.Mutex
	sent      int
	queries   []string // of first pages
	pages     map[string]int
	turn      time.Time
	under, at int // calls on their way, and the most of them
}

var month = daterange.Limits{Longest: "P1M", Reach: "P6M"}

// list asks for a range of the account.
func (a *account) list(from, to string) cache.List {
	a.t.Helper()
	limits := month
	limits.Dates = a.dates
	m := paginate.Method{
		Name: "history", Items: "calls", Next: "next_page_token", Size: "page_size", MaxSize: int64(a.size),
		ID: []string{"id"}, Times: []string{"start_time"}, Settles: !a.changing, Limits: &limits,
	}
	if a.times != nil {
		m.Times = a.times
	}
	r, problems := daterange.Resolve(daterange.Asked{From: from, To: to, Split: true}, limits, time.Now())
	if problems != nil {
		a.t.Fatalf("%s to %s: %v", from, to, problems)
	}
	q := paginate.Query{Method: m, Params: map[string]any{"from": from, "to": to}, Range: r, Start: r.Start, OldestFirst: a.oldest}
	if to != "" {
		q.End = r.End
	}
	return cache.List{Key: "history", Query: q, Page: a.page}
}

// count returns how many calls were sent.
func (a *account) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent
}

// within returns the records in a range that were there at a time.
func (a *account) within(start, end, now time.Time) []string {
	var out []string
	for _, r := range a.calls {
		if r.at >= start.Unix() && r.at < end.Unix() && r.at <= now.Unix() {
			out = append(out, r.json())
		}
	}
	slices.Sort(out)
	return out
}

func (a *account) page(ctx context.Context, set map[string]any) (json.RawMessage, error) {
	a.mu.Lock()
	a.under++
	a.at = max(a.at, a.under)
	a.turn = time.Now().Add(max(0, time.Until(a.turn)))
	wait := time.Until(a.turn)
	a.turn = a.turn.Add(a.pace)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.under--
		a.mu.Unlock()
	}()
	if err := rest(ctx, wait); err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.sent++
	n := a.sent
	a.mu.Unlock()
	if err := rest(ctx, a.latency); err != nil {
		return nil, err
	}
	from, _ := a.moment(set["from"], false)
	to, days := a.moment(set["to"], true)
	if a.fail != nil {
		a.mu.Lock()
		err := a.fail(n, from, to)
		a.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
	if last := from.AddDate(0, 1, 1); to.After(last) {
		a.t.Errorf("a range of more than a month: %s to %s", from, to)
	}
	if !days && a.wholeDays {
		from, to = from.Truncate(24*time.Hour), to.Truncate(24*time.Hour).Add(24*time.Hour-time.Second)
	}
	from, to = from.Add(a.shift), to.Add(a.shift)
	if size := set["page_size"]; size != int64(a.size) && size != int64(a.size-1) {
		a.t.Errorf("pages of %v", size)
	}
	return a.answer(set, from, to), nil
}

func (a *account) answer(set map[string]any, from, to time.Time) json.RawMessage {
	size := int(set["page_size"].(int64))
	query := fmt.Sprintf("%v|%v|%d", set["from"], set["to"], size)
	found := a.find(from, to)
	offset := 0
	token, _ := set["next_page_token"].(string)
	if token != "" {
		belongs, at, _ := strings.Cut(token, "~")
		if belongs != query {
			a.t.Errorf("the token of %s came with %s", belongs, query)
		}
		fmt.Sscan(at, &offset)
	}
	a.mu.Lock()
	if token == "" {
		a.queries = append(a.queries, query)
	}
	if a.pages == nil {
		a.pages = map[string]int{}
	}
	a.pages[query+token]++
	a.mu.Unlock()
	end := min(offset+size, len(found))
	var b strings.Builder
	b.WriteString("{")
	if a.totals {
		fmt.Fprintf(&b, `"total_records":%d,`, len(found)+a.more)
	}
	if offset < end {
		b.WriteString(`"calls":[`)
		for i, r := range found[offset:end] {
			if i > 0 {
				b.WriteByte(',')
			}
			if a.noTime != nil && a.noTime(r.id) {
				fmt.Fprintf(&b, `{"id":"c%d"}`, r.id)
			} else {
				b.WriteString(r.json())
			}
		}
		b.WriteString(`],`)
	}
	next := ""
	if end < len(found) && (a.most == 0 || end < a.most) {
		next = fmt.Sprintf("%s~%d", query, end)
	}
	fmt.Fprintf(&b, `"next_page_token":%q}`, next)
	return json.RawMessage(b.String())
}

// find returns the records of a query in the order of the list. New ones must not move
// the pages of the newest first: such a list has tokens that hold their place.
func (a *account) find(from, to time.Time) []call {
	now := time.Now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	lo, _ := slices.BinarySearchFunc(a.calls, min(to.Unix(), now), func(r call, at int64) int { return cmp.Compare(at, r.at) })
	hi, _ := slices.BinarySearchFunc(a.calls, from.Unix()-1, func(r call, at int64) int { return cmp.Compare(at, r.at) })
	out := a.calls[lo:max(lo, hi)]
	if a.oldest {
		out = slices.Clone(out)
		slices.Reverse(out)
	}
	return out
}

func rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &apierror.Error{Kind: apierror.Canceled, Message: "canceled", Err: ctx.Err()}
	}
}

// moment reads what was sent; a bare date as an end is the whole day.
func (a *account) moment(v any, end bool) (t time.Time, day bool) {
	s, _ := v.(string)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			t = t.Add(24*time.Hour - time.Second)
		}
		return t, true
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil || a.dates {
		a.t.Errorf("was sent the time %q", s)
	}
	return t, false
}

// fill gives the account n calls between two times, evenly where r is nil.
func (a *account) fill(r *rand.Rand, n int, from, to time.Time) {
	length := to.Unix() - from.Unix()
	for i := range n {
		at := from.Unix() + length*int64(i)/int64(n)
		if r != nil {
			at = from.Unix() + r.Int64N(length)
			if r.IntN(4) == 0 {
				at = at / 86400 * 86400 // at midnight
			}
			if r.IntN(4) == 0 && i > 0 {
				at = a.calls[len(a.calls)-1].at // as another one
			}
		}
		a.calls = append(a.calls, call{a.made, at})
		a.made++
	}
	slices.SortStableFunc(a.calls, func(a, b call) int { return cmp.Compare(b.at, a.at) })
}
