package paginate_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

// record is one record of the upstream.
type record struct {
	id string
	at int64
}

func (r record) json() string {
	return fmt.Sprintf(`{"id":%q,"time":%q}`, r.id, time.Unix(r.at, 0).UTC().Format(time.RFC3339))
}

// upstream is a list with Zoom's manners: ends that belong to the range, to the
// second; a range over a month cut in silence; tokens that belong to a query and
// live 15 minutes; no list where there is nothing.
type upstream struct {
	t       *testing.T
	clock   *clock
	records []record // in the order of the list
	most    int64    // largest page
	longest string   // P1M, or empty
	oldest  bool
	total   bool
	dates   bool
	between func(page int) *apierror.Error // called before each page
	pages   int
	asked   []string // from..to of each query
}

// clock only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fill puts records into the order of the list.
func (u *upstream) fill(records []record) {
	u.records = slices.Clone(records)
	slices.SortStableFunc(u.records, func(a, b record) int {
		if u.oldest {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Compare(b.at, a.at)
	})
}

// within is what one query over [start, end) would give.
func (u *upstream) within(start, end time.Time) []string {
	out := []string{}
	for _, r := range u.records {
		if r.at >= start.Unix() && r.at < end.Unix() {
			out = append(out, r.json())
		}
	}
	return out
}

func (u *upstream) page(ctx context.Context, set map[string]any) (json.RawMessage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u.pages++
	if u.between != nil {
		if err := u.between(u.pages); err != nil {
			return nil, err
		}
	}
	from, fromDay := u.time(set["from"])
	to, toDay := u.time(set["to"])
	if toDay {
		to = to.AddDate(0, 0, 1).Add(-time.Second)
	}
	limit := to
	if u.longest == "P1M" && !from.IsZero() {
		limit = from.AddDate(0, 1, 0)
		if limit.Day() != from.Day() {
			limit = limit.AddDate(0, 0, -limit.Day())
		}
		if toDay && fromDay {
			limit = limit.AddDate(0, 0, 1).Add(-time.Second)
		}
	}
	if to.After(limit) {
		to = limit
	}
	query := fmt.Sprintf("%v|%v", set["from"], set["to"])
	var found []string
	for _, r := range u.records {
		at := time.Unix(r.at, 0)
		if (set["from"] == nil || !at.Before(from)) && (set["to"] == nil || !at.After(to)) {
			found = append(found, r.json())
		}
	}
	size := int(min(set["page_size"].(int64), u.most))
	offset := 0
	if token, ok := set["next_page_token"].(string); ok {
		parts := strings.Split(token, "~")
		var issued int64
		if _, err := fmt.Sscan(parts[1], &offset); err != nil {
			u.t.Fatal(err)
		}
		if _, err := fmt.Sscan(parts[2], &issued); err != nil {
			u.t.Fatal(err)
		}
		if parts[0] != query || u.clock.now.Sub(time.Unix(issued, 0)) > 15*time.Minute {
			return nil, refused("The next page token is invalid or expired.")
		}
	} else {
		u.asked = append(u.asked, query)
	}
	end := min(offset+size, len(found))
	next := ""
	if end < len(found) {
		next = fmt.Sprintf("%s~%d~%d", query, end, u.clock.now.Unix())
	}
	b := fmt.Sprintf(`{"from":%q,"to":%q,"page_size":%d,`, fmt.Sprint(set["from"]), fmt.Sprint(set["to"]), size)
	if u.total {
		b += fmt.Sprintf(`"total_records":%d,"page_count":%d,`, len(found), (len(found)+size-1)/size)
	}
	if offset < end {
		b += `"old_items":[{"x":1}], "items": [` + strings.Join(found[offset:end], " , ") + `],`
	}
	return json.RawMessage(b + fmt.Sprintf(`"next_page_token":%q}`, next)), nil
}

func (u *upstream) time(v any) (t time.Time, day bool) {
	s, _ := v.(string)
	if s == "" {
		return t, false
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil || u.dates {
		u.t.Errorf("was sent the time %q", s)
	}
	return t, false
}

// refused is Zoom's answer to a bad token, as the client makes a fault of it.
func refused(text string) *apierror.Error {
	return &apierror.Error{Kind: apierror.ZoomError, HTTPStatus: 400, ZoomCode: 300, Message: "Zoom answered 400 (code 300): " + text, ZoomMessage: text}
}

var month = daterange.Limits{Longest: "P1M", Reach: "P13M"}

func list(l *daterange.Limits, most int64, id ...string) paginate.Method {
	return paginate.Method{Name: "list", Items: "items", Next: "next_page_token", Size: "page_size", MaxSize: most, Limits: l, ID: id}
}

// start is the clock of the tests.
var start = time.Date(2026, 11, 23, 18, 42, 47, 0, time.UTC)

func newUpstream(t *testing.T, records ...record) *upstream {
	u := &upstream{t: t, clock: &clock{now: start}, most: 300, longest: "P1M", total: true}
	u.fill(records)
	return u
}

// query asks for a range, split where it has to be.
func (u *upstream) query(from, to, zone string, m paginate.Method) paginate.Query {
	u.t.Helper()
	q := paginate.Query{Method: m, Params: map[string]any{"from": from, "to": to}, Zone: zone, OldestFirst: u.oldest}
	if m.Limits == nil {
		q.Params = map[string]any{}
		return q
	}
	r, problems := daterange.Resolve(daterange.Asked{From: from, To: to, Zone: zone, Split: true}, *m.Limits, u.clock.now)
	if problems != nil {
		u.t.Fatalf("%q to %q in %q: %v", from, to, zone, problems)
	}
	q.Range = r
	return q
}

func (u *upstream) all(q paginate.Query) *paginate.Result {
	u.t.Helper()
	r, err := paginate.All(u.t.Context(), q, u.page, paginate.Options{Now: u.clock.Now})
	if err != nil {
		u.t.Fatalf("%+v: %v", q, err)
	}
	return r
}

func texts(records []json.RawMessage) []string {
	out := []string{}
	for _, r := range records {
		out = append(out, string(r))
	}
	return out
}

// every makes n records, step apart, the newest at end.
func every(n int, step time.Duration, end time.Time) []record {
	var out []record
	for i := range n {
		out = append(out, record{fmt.Sprintf("r%d", i), end.Add(-time.Duration(i) * step).Unix()})
	}
	return out
}
