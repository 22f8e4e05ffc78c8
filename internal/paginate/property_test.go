package paginate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

// Whatever the range, the pages and the interruptions: the records are those of
// one query over the whole range, in its order.
func TestCollectionEqualsOnePlainQuery(t *testing.T) {
	const cases = 400
	split := 0
	for seed := range uint64(cases) {
		r := rand.New(rand.NewPCG(seed, 7))
		u := newUpstream(t)
		u.clock.now = time.Date(2023+r.IntN(4), time.Month(1+r.IntN(12)), 1+r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
		u.most, u.oldest, u.total = int64(2+r.IntN(40)), r.IntN(3) == 0, r.IntN(2) == 0
		limits := month
		limits.Dates = r.IntN(4) == 0
		u.dates = limits.Dates
		var ids []string
		if r.IntN(2) == 0 {
			ids = []string{"id"}
		}
		m := list(&limits, u.most, ids...)
		if r.IntN(2) == 0 {
			m.Times = []string{"time"}
		}
		from, to, zone := randomRange(r, u.clock.now)
		q := u.query(from, to, zone, m)
		covered, end := q.Range.Covered()
		u.fill(randomRecords(r, covered, end))
		if q.Range.Long {
			split++
		}
		want := u.within(covered, end)
		q.MaxRecords = paginate.MostRecords
		if got := u.all(q); !got.Complete || !slices.Equal(texts(got.Records), want) || u.total && got.Total != len(want) {
			t.Fatalf("seed %d: %q to %q in %q, pages of %d:\n got %v (%+v)\nwant %v\nasked %q", seed, from, to, zone, u.most, texts(got.Records), got.Reason, want, u.asked)
		}
		sunk(t, u, q, rand.New(rand.NewPCG(seed, 8)), want, seed)
		interrupted(t, u, q, r, want, seed)
	}
	if split < cases/4 {
		t.Errorf("only %d of %d ranges were split", split, cases)
	}
}

// sink keeps records as a cache does.
type sink struct {
	records []string
	kept    int
}

func (s *sink) Add(record json.RawMessage, at time.Time) error {
	s.records = append(s.records, string(record))
	return nil
}
func (s *sink) Keep() { s.kept = len(s.records) }
func (s *sink) Drop() { s.records = s.records[:s.kept] }

// sunk collects the same into a sink, while tokens end.
func sunk(t *testing.T, u *upstream, q paginate.Query, r *rand.Rand, want []string, seed uint64) {
	t.Helper()
	rare := 12 + 4*len(want)/int(u.most)
	u.between = func(int) *apierror.Error {
		if r.IntN(rare) == 0 {
			u.clock.Advance(time.Duration(r.IntN(20)) * time.Minute) // the token may end
		}
		return nil
	}
	defer func() { u.between = nil }()
	q.MaxRecords = 1 // does not count
	s := &sink{}
	res, err := paginate.All(t.Context(), q, u.page, paginate.Options{Now: u.clock.Now, Sink: s})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if res.Complete && !slices.Equal(s.records, want) || len(res.Records) > 0 {
		t.Fatalf("seed %d: into a sink\n got %v (%+v)\nwant %v", seed, s.records, res, want)
	}
}

// interrupted collects the same in several calls, while pages fail, tokens end
// and bounds are reached.
func interrupted(t *testing.T, u *upstream, q paginate.Query, r *rand.Rand, want []string, seed uint64) {
	t.Helper()
	// One interruption in a few pages, of which small pages make many.
	rare := 12 + 4*len(want)/int(u.most)
	u.between = func(int) *apierror.Error {
		switch r.IntN(rare) {
		case 0:
			u.clock.Advance(time.Duration(r.IntN(20)) * time.Minute) // the token may end
		case 1:
			return apierror.New(apierror.RateLimited, "slow down")
		}
		return nil
	}
	got := []string{}
	for calls := 0; ; calls++ {
		if calls > 3000 {
			t.Fatalf("seed %d: never ends, %d of %d records", seed, len(got), len(want))
		}
		q.MaxRecords = 1 + r.IntN(60)
		res, err := paginate.All(t.Context(), q, u.page, paginate.Options{Now: u.clock.Now})
		if err != nil {
			if apierror.From(err).Kind != apierror.RateLimited {
				t.Fatalf("seed %d: %v", seed, err)
			}
			continue // nothing was read; the cursor still stands
		}
		if len(res.Records) > q.MaxRecords || res.Before != len(got) || res.Complete != (res.Cursor == "") || res.Complete != (res.Stop == "") {
			t.Fatalf("seed %d: %+v", seed, res)
		}
		got = append(got, texts(res.Records)...)
		if res.Complete {
			break
		}
		q.Cursor = res.Cursor
		if r.IntN(2) == 0 {
			u.clock.Advance(time.Duration(r.IntN(30)) * time.Minute)
			// What the expressions mean by now does not matter to a cursor.
			q.Range = nil
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("seed %d: in parts\n got %v\nwant %v", seed, got, want)
	}
}

func randomRange(r *rand.Rand, now time.Time) (from, to, zone string) {
	zone = []string{"", "", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"}[r.IntN(6)]
	if r.IntN(4) == 0 {
		return []string{"last week", "this month", "-3m", "last quarter", "last 40 days", "-90d", "last month", now.AddDate(0, -3, 0).Format("2006-01")}[r.IntN(8)], "", zone
	}
	end := now.Add(-time.Duration(r.IntN(60*86400)) * time.Second)
	begin := end.Add(-time.Duration(r.IntN(200*86400)) * time.Second)
	if r.IntN(5) == 0 { // ends of months
		begin = time.Date(begin.Year(), begin.Month()+1, 0, 0, 0, 0, 0, time.UTC)
		end = begin.AddDate(0, 2, r.IntN(3))
		if end.After(now) {
			end = now
		}
	}
	if end.Before(begin) {
		begin = end
	}
	layouts := []string{time.DateOnly, "2006-01-02T15:04:05Z", "2006-01-02T15:04:05+00:00"}
	layout := layouts[r.IntN(len(layouts))]
	return begin.Format(layout), end.Format(layout), zone
}

// randomRecords lie thick around the borders of windows, where records are lost.
func randomRecords(r *rand.Rand, from, to time.Time) []record {
	var times []int64
	for range r.IntN(150) {
		times = append(times, from.Unix()+r.Int64N(max(1, to.Unix()-from.Unix())))
	}
	borders := []time.Time{from, to}
	for at := from; at.Before(to); at = at.AddDate(0, 0, 1) {
		if r.IntN(5) == 0 {
			borders = append(borders, at)
		}
	}
	for _, w := range daterange.Split(from, to, month) {
		borders = append(borders, w.End, w.Start.AddDate(0, 0, 30))
	}
	for _, b := range borders {
		for range r.IntN(4) {
			times = append(times, b.Unix()+int64(r.IntN(5))-2)
		}
	}
	out := make([]record, len(times))
	for i, at := range times {
		out[i] = record{fmt.Sprintf("%04d", i), at}
	}
	return out
}

// The body has the shape of a page and is made of the records alone.
func TestBodyHoldsTheRecords(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		u := newUpstream(t)
		u.total = seed%2 == 0
		from, to, zone := randomRange(r, u.clock.now)
		q := u.query(from, to, zone, list(&month, 50))
		covered, end := q.Range.Covered()
		u.fill(randomRecords(r, covered, end))
		res := u.all(q)
		var body struct {
			From, To string
			Total    *int              `json:"total_records"`
			Items    []json.RawMessage `json:"items"`
			Next     *string           `json:"next_page_token"`
		}
		if err := json.Unmarshal(res.Body(), &body); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(texts(body.Items), texts(res.Records)) || body.Next == nil || *body.Next != "" || body.From != res.From || body.To != res.To ||
			u.total && (body.Total == nil || *body.Total != len(res.Records)) {
			t.Fatalf("seed %d: %s", seed, res.Body())
		}
	}
}
