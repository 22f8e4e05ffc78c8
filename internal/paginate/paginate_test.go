package paginate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/paginate"
)

func TestWindowsAndPages(t *testing.T) {
	u := newUpstream(t, every(200, 12*time.Hour, start.Add(-time.Hour))...)
	var progress []paginate.Progress
	q := u.query("2026-09-01", "2026-11-23", "", list(&month, 30, "id"))
	res, err := paginate.All(t.Context(), q, u.page, paginate.Options{Now: u.clock.Now, Progress: func(p paginate.Progress) { progress = append(progress, p) }})
	if err != nil {
		t.Fatal(err)
	}
	want := u.within(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), start)
	if !res.Complete || res.Cursor != "" || !slices.Equal(texts(res.Records), want) || res.Total != len(want) || !res.Split {
		t.Errorf("%d records of %d: %+v", len(res.Records), len(want), res)
	}
	if got := strings.Join(u.asked, " "); got != "2026-11-01T00:00:00Z|2026-11-23T18:42:47Z 2026-10-01T00:00:00Z|2026-10-31T23:59:59Z 2026-09-01T00:00:00Z|2026-09-30T23:59:59Z" {
		t.Errorf("asked %s", got)
	}
	sum := 0
	for _, w := range res.Windows {
		sum += w.Records
		if !w.Complete {
			t.Errorf("window %+v", w)
		}
	}
	if len(res.Windows) != 3 || sum != len(want) {
		t.Errorf("windows %+v", res.Windows)
	}
	if len(progress) != res.Pages || res.Pages != u.pages {
		t.Errorf("%d reports of %d pages", len(progress), res.Pages)
	}
	for i, p := range progress {
		if p.Pages != i+1 || p.Windows != 3 || p.Window < 1 || p.Window > 3 || p.Total != 0 && p.Total != len(want) {
			t.Errorf("report %+v", p)
		}
	}
	if last := progress[len(progress)-1]; last.Records != len(want) || last.Total != len(want) || last.Window != 3 {
		t.Errorf("last report %+v", last)
	}
	body := string(res.Body())
	if !strings.HasPrefix(body, fmt.Sprintf(`{"from":"2026-09-01","to":"2026-11-23","page_size":30,"total_records":%d,"items":[{"id":"r0",`, len(want))) ||
		!strings.HasSuffix(body, `],"next_page_token":""}`) || strings.Contains(body, "old_items") || !slices.Equal(res.Dropped, []string{"old_items"}) {
		t.Errorf("body %.300s … %s", body, body[len(body)-60:])
	}
}

// The fields beside the records are those of the first page, which has the range
// and the newest state.
func TestHeadIsThatOfTheFirstPage(t *testing.T) {
	page, _ := pages(`{"as_of":"first","old":[{}],"items":[{"id":"a"}],"next_page_token":"2"}`,
		`{"as_of":"second","more":1,"items":[{"id":"b"}],"next_page_token":"3"}`, `{"as_of":"third","later":[{}],"items":[{"id":"c"}],"next_page_token":""}`)
	res, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 1, "id")}, page, paginate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(res.Body()), `{"as_of":"first","items":[{"id":"a"},{"id":"b"},{"id":"c"}],"next_page_token":""}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := []string{"old"}; !slices.Equal(res.Dropped, want) {
		t.Errorf("got the lists %q left out, want %q", res.Dropped, want)
	}
}

func TestOneWindowIsSentAsItWasWritten(t *testing.T) {
	u := newUpstream(t, every(40, time.Hour, start)...)
	res := u.all(u.query("2026-11-20", "2026-11-23", "", list(&month, 30)))
	if len(u.asked) != 1 || u.asked[0] != "2026-11-20|2026-11-23" || !res.Complete || len(res.Records) != 40 {
		t.Errorf("asked %q: %+v", u.asked, res)
	}
	if body := string(res.Body()); !strings.HasPrefix(body, `{"from":"2026-11-20","to":"2026-11-23","page_size":30,"total_records":40,"page_count":2,"items":`) {
		t.Errorf("body %.200s", body)
	}
	u = newUpstream(t, every(40, time.Hour, start)...)
	res = u.all(u.query("", "", "", list(nil, 30)))
	if len(u.asked) != 1 || u.asked[0] != "<nil>|<nil>" || !res.Complete || len(res.Records) != 40 || len(res.Windows) != 1 {
		t.Errorf("without a range asked %q: %+v", u.asked, res)
	}
}

func TestPageSize(t *testing.T) {
	for _, c := range []struct {
		most  int64
		given any
		want  any
	}{{300, nil, int64(300)}, {300, float64(10), int64(300)}, {0, float64(10), int64(10)}, {0, json.Number("7"), int64(7)}, {0, int64(5), int64(5)}, {0, nil, nil}, {0, "x", nil}} {
		var got any
		q := paginate.Query{Method: list(nil, c.most), Params: map[string]any{"page_size": c.given}}
		_, err := paginate.All(t.Context(), q, func(_ context.Context, set map[string]any) (json.RawMessage, error) {
			got = set["page_size"]
			return json.RawMessage(`{}`), nil
		}, paginate.Options{})
		if err != nil || got != c.want {
			t.Errorf("largest %d, given %v: sent %v, want %v (%v)", c.most, c.given, got, c.want, err)
		}
	}
}

func TestMaxRecords(t *testing.T) {
	for _, c := range []struct {
		records, most int
		complete      bool
	}{{0, 1, true}, {1, 1, true}, {10, 10, true}, {9, 10, true}, {11, 10, false}, {30, 10, false}, {20, 20, true}, {20, 19, false}, {5, 1, false}} {
		u := newUpstream(t, every(c.records, time.Minute, start.Add(-time.Hour))...)
		q := u.query("today", "", "", list(&month, 10))
		q.MaxRecords = c.most
		res := u.all(q)
		if res.Complete != c.complete || len(res.Records) != min(c.records, c.most) || (res.Cursor == "") != c.complete {
			t.Errorf("%+v: %+v", c, res)
		}
		if !c.complete && (res.Stop != paginate.MaxRecords || !strings.Contains(res.Reason, fmt.Sprint(c.most)) || res.Windows[0].Complete || res.Total != c.records) {
			t.Errorf("%+v: %s %q %+v total %d", c, res.Stop, res.Reason, res.Windows, res.Total)
		}
	}
	for _, n := range []int{-1, paginate.MostRecords + 1} {
		_, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 10), MaxRecords: n}, nil, paginate.Options{})
		if apierror.From(err).Kind != apierror.InvalidParams {
			t.Errorf("max_records %d: %v", n, err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	u := newUpstream(t, every(100, time.Minute, start.Add(-time.Hour))...)
	q := u.query("today", "", "", list(&month, 10))
	q.MaxBytes = 1000
	res := u.all(q)
	if size := len(strings.Join(texts(res.Records), "")); res.Complete || res.Stop != paginate.MaxBytes || size < 1000 || size > 1100 {
		t.Errorf("%d bytes: %+v", size, res)
	}
}

// An ended token begins its window anew, and nothing comes twice.
func TestEndedTokens(t *testing.T) {
	for name, age := range map[string]time.Duration{"by the clock": 14 * time.Minute, "by Zoom's word": 0} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream(t, every(300, 6*time.Hour, start.Add(-time.Hour))...)
			times := 0
			u.between = func(page int) *apierror.Error {
				if page != 8 && page != 14 {
					return nil
				}
				times++
				u.clock.Advance(age)
				if age == 0 {
					return refused("The next page token is invalid or expired.")
				}
				return nil
			}
			q := u.query("2026-10-01", "2026-11-23", "", list(&month, 20))
			res := u.all(q)
			want := u.within(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), start)
			if times != 2 || res.Restarts != 2 || !res.Complete || !slices.Equal(texts(res.Records), want) || res.Total != len(want) {
				t.Errorf("%d times, %d restarts: %d of %d records, total %d, %v", times, res.Restarts, len(res.Records), len(want), res.Total, res.Windows)
			}
		})
	}
}

func TestTokensThatAlwaysEnd(t *testing.T) {
	u := newUpstream(t, every(30, time.Minute, start.Add(-time.Hour))...)
	u.between = func(page int) *apierror.Error {
		if page%2 == 0 {
			return &apierror.Error{Kind: apierror.ZoomError, ZoomCode: 400, Message: "Zoom answered 400", Problems: []apierror.Problem{{Param: "next_page_token", Message: "bad"}}}
		}
		return nil
	}
	res := u.all(u.query("today", "", "", list(&month, 10)))
	if res.Complete || res.Stop != paginate.Failed || len(res.Records) != 10 || res.Restarts != 3 || res.Cursor == "" || !strings.Contains(res.Reason, "tokens ended") {
		t.Errorf("%+v", res)
	}
}

func TestOtherRefusalsAreNoEndedTokens(t *testing.T) {
	for _, e := range []*apierror.Error{
		{Kind: apierror.ZoomError, ZoomCode: 300, Message: "Zoom answered 400 (code 300): Validation Failed"},
		{Kind: apierror.Auth, ZoomCode: 124, Message: "Invalid access token"},
		apierror.New(apierror.RateLimited, "slow down"),
		apierror.New(apierror.Network, "the connection broke"),
	} {
		u := newUpstream(t, every(30, time.Minute, start.Add(-time.Hour))...)
		u.between = func(page int) *apierror.Error {
			if page == 2 {
				return e
			}
			return nil
		}
		res := u.all(u.query("today", "", "", list(&month, 10)))
		if res.Complete || res.Restarts != 0 || len(res.Records) != 10 || res.Err != e || res.Cursor == "" || (res.Stop == paginate.RateLimited) != (e.Kind == apierror.RateLimited) {
			t.Errorf("%v: %+v", e, res)
		}
		u.between = func(int) *apierror.Error { return e }
		if _, err := paginate.All(t.Context(), u.query("today", "", "", list(&month, 10)), u.page, paginate.Options{Now: u.clock.Now}); !errors.Is(err, e) {
			t.Errorf("on the first page: %v", err)
		}
	}
}

// pages answers with bodies, one after the other, the last for ever.
func pages(bodies ...string) (paginate.Page, *[]map[string]any) {
	var asked []map[string]any
	return func(_ context.Context, set map[string]any) (json.RawMessage, error) {
		body := bodies[min(len(asked), len(bodies)-1)]
		asked = append(asked, set)
		return json.RawMessage(body), nil
	}, &asked
}

func TestTokensThatLeadNowhere(t *testing.T) {
	for _, c := range []struct {
		name     string
		bodies   []string
		records  int
		complete bool
		pages    int
	}{
		{"the same token", []string{`{"items":[1,2],"next_page_token":"a"}`, `{"items":[3],"next_page_token":"a"}`}, 3, false, 2},
		{"a circle", []string{`{"items":[1],"next_page_token":"a"}`, `{"items":[2],"next_page_token":"b"}`, `{"items":[3],"next_page_token":"a"}`}, 3, false, 3},
		{"the same token, but all are there", []string{`{"items":[1,2],"total_records":3,"next_page_token":"a"}`, `{"items":[3],"total_records":3,"next_page_token":"a"}`}, 3, true, 2},
		{"an empty page on the way", []string{`{"items":[1],"next_page_token":"a"}`, `{"items":[],"next_page_token":"b"}`, `{"next_page_token":"c"}`, `{"items":[2],"next_page_token":null}`}, 2, true, 4},
		{"empty pages without end", []string{`{"next_page_token":"a"}`, `{"next_page_token":"b"}`, `{"next_page_token":"c"}`, `{"next_page_token":"d"}`, `{"next_page_token":"e"}`, `{"next_page_token":"f"}`}, 0, false, 5},
		{"no list at all", []string{`{"total_records":0}`}, 0, true, 1},
		{"a list that is null", []string{"\ufeff" + `{"items":null,"next_page_token":""}` + "\n"}, 0, true, 1},
		{"a token that is a number", []string{`{"items":[1],"next_page_token":17}`, `{"items":[2],"next_page_token":0}`}, 2, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, asked := pages(c.bodies...)
			res, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 10)}, page, paginate.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if res.Complete != c.complete || len(res.Records) != c.records || len(*asked) != c.pages || !c.complete && (res.Stop != paginate.Looped || res.Cursor == "") {
				t.Errorf("%d pages: %+v", len(*asked), res)
			}
			if !json.Valid(res.Body()) {
				t.Errorf("body %s", res.Body())
			}
		})
	}
}

func TestBodiesThatAreNoLists(t *testing.T) {
	for _, body := range []string{``, `[]`, `"x"`, `{"items":{}}`, `{"items":"x"}`, `{"items":[1,]}`, `{"items":[1]`, `{"items":[1]}x`, `{"a":`, `<html>`} {
		page, _ := pages(body)
		_, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 10)}, page, paginate.Options{})
		if apierror.From(err).Kind != apierror.ZoomError {
			t.Errorf("%s: %v", body, err)
		}
		page, _ = pages(`{"items":[1],"next_page_token":"a"}`, body)
		res, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 10)}, page, paginate.Options{})
		if err != nil || res.Complete || len(res.Records) != 1 || res.Err == nil {
			t.Errorf("%s on the second page: %+v %v", body, res, err)
		}
	}
}

// Some lists answer a token and take none.
func TestDeadEnds(t *testing.T) {
	m := list(nil, 0)
	m.Dead, m.Size = true, ""
	page, asked := pages(`{"items":[1,2],"total_records":2,"next_page_token":"a"}`)
	if res, err := paginate.All(t.Context(), paginate.Query{Method: m}, page, paginate.Options{}); err != nil || !res.Complete || len(*asked) != 1 {
		t.Errorf("all are there: %+v %v", res, err)
	}
	page, asked = pages(`{"items":[1,2],"total_records":5,"next_page_token":"a"}`)
	if res, err := paginate.All(t.Context(), paginate.Query{Method: m}, page, paginate.Options{}); err != nil || res.Complete || res.Stop != paginate.DeadEnd || res.Cursor != "" ||
		!strings.Contains(res.Reason, "2 of 5") || len(*asked) != 1 {
		t.Errorf("some are missing: %+v %v", res, err)
	}
	m.Elsewhere = "get_all_items"
	page, _ = pages(`{"items":[1,2],"total_records":5,"next_page_token":"a"}`)
	if res, err := paginate.All(t.Context(), paginate.Query{Method: m}, page, paginate.Options{}); err != nil || res.Complete || !strings.Contains(res.Reason, "get_all_items, with the same parameters") {
		t.Errorf("another method has them: %+v %v", res, err)
	}
}

func TestTotalsAreNotPutTogether(t *testing.T) {
	m := list(&month, 10)
	m.Totals = true
	u := newUpstream(t, every(10, time.Hour, start)...)
	if res := u.all(u.query("last week", "", "", m)); !res.Complete {
		t.Errorf("%+v", res)
	}
	_, err := paginate.All(t.Context(), u.query("-2m", "", "", m), u.page, paginate.Options{Now: u.clock.Now})
	if e := apierror.From(err); e == nil || e.Kind != apierror.InvalidParams || e.Problems[0].Param != "from" {
		t.Errorf("%v", err)
	}
}

// A session belongs to every window in which it has a message; a query over the
// whole range lists it once.
func TestRecordsOfSeveralWindowsComeOnce(t *testing.T) {
	m := list(&month, 10, "id")
	u := newUpstream(t)
	q := u.query("2026-09-01", "2026-11-01", "", m)
	page, _ := pages(
		`{"items":[{"id":"x"}],"total_records":1}`,                                                                                            // November
		`{"items":[{"id":"a","n":1},{"id":"b"},{"n":7}],"next_page_token":"2","total_records":4}`, `{"items":[{"id":"c"}],"total_records":4}`, // October
		`{"items":[{"id":"b"},{"id":"d"},{"n":7},{"id":"a","n":2},{"id":"d"}],"total_records":4}`)
	res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	// What has no identity stays as Zoom sent it.
	if got := strings.Join(texts(res.Records), " "); got != `{"id":"x"} {"id":"a","n":1} {"id":"b"} {"n":7} {"id":"c"} {"id":"d"} {"n":7}` || res.Repeated != 3 || res.Total != 6 || !res.Complete {
		t.Errorf("%d repeated, got %s", res.Repeated, got)
	}
}

func TestTheDeadlineLeavesWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, every(100, time.Minute, start.Add(-time.Hour))...)
		slow := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			select {
			case <-time.After(3 * time.Second):
				return u.page(ctx, set)
			case <-ctx.Done():
				return nil, &apierror.Error{Kind: apierror.Timeout, Message: "too late", Err: ctx.Err()}
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		q := u.query("today", "", "", list(&month, 20))
		res, err := paginate.All(ctx, q, slow, paginate.Options{Now: u.clock.Now})
		if err != nil || res.Complete || res.Stop != paginate.Deadline || len(res.Records) != 60 || res.Err.Kind != apierror.Timeout {
			t.Fatalf("%+v %v", res, err)
		}
		q.Cursor = res.Cursor
		rest := u.all(q)
		if got := append(texts(res.Records), texts(rest.Records)...); !rest.Complete || !slices.Equal(got, u.within(start.AddDate(0, 0, -1), start)) || rest.Before != 60 || rest.Pages != 2 {
			t.Errorf("the rest: %+v", rest)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := paginate.All(ctx, u.query("today", "", "", list(&month, 20)), slow, paginate.Options{Now: u.clock.Now}); apierror.From(err).Kind != apierror.Timeout {
			t.Errorf("before the first page: %v", err)
		}
	})
}

func TestACallerWhoGivesUpGetsNothing(t *testing.T) {
	u := newUpstream(t, every(100, time.Minute, start.Add(-time.Hour))...)
	ctx, cancel := context.WithCancel(t.Context())
	u.between = func(page int) *apierror.Error {
		if page == 3 {
			cancel()
		}
		return nil
	}
	if _, err := paginate.All(ctx, u.query("today", "", "", list(&month, 20)), u.page, paginate.Options{Now: u.clock.Now}); apierror.From(err).Kind != apierror.Canceled {
		t.Errorf("%v", err)
	}
}

func TestExplain(t *testing.T) {
	hides := []paginate.Hides{{Unless: "session_type", Says: "Only sessions of users are listed: give session_type: all."}, {Says: "Spam is kept apart."}}
	asked := func(a daterange.Asked, l daterange.Limits) *daterange.Range {
		r, problems := daterange.Resolve(a, l, start)
		if problems != nil {
			t.Fatal(problems)
		}
		return r
	}
	for _, c := range []struct {
		name  string
		empty paginate.Empty
		want  []string
	}{
		{"no range", paginate.Empty{Default: "last 24 hours", Limits: &month, Hides: hides},
			[]string{"Without from and to Zoom looks at the last 24 hours only.", "Zoom keeps nothing from before 2025-10-23 here.", hides[0].Says, hides[1].Says, `Next, try from: "-7d".`}},
		{"last week", paginate.Empty{Range: asked(daterange.Asked{From: "yesterday", Zone: "Europe/Berlin"}, month), Limits: &month, Hides: hides, Given: []string{"from", "session_type", "site_id"}},
			[]string{"Nothing was found from 2026-11-22 00:00:00 +01:00 (Europe/Berlin) until 2026-11-23 00:00:00 +01:00 (Europe/Berlin); Zoom was sent from=2026-11-21T23:00:00Z and to=2026-11-22T22:59:59Z.",
				"Zoom keeps nothing from before 2025-10-23 here.", hides[1].Says, "The call filters by session_type, site_id: leave out one after the other to see which hides the records.", `Next, try from: "-7d".`}},
		{"UTC", paginate.Empty{Range: asked(daterange.Asked{From: "-8d"}, daterange.Limits{Longest: "P1M"}), Limits: &daterange.Limits{Longest: "P1M"}, Given: []string{"keyword"}},
			[]string{"Nothing was found from 2026-11-15 18:42:47 UTC until 2026-11-23 18:42:48 UTC; Zoom was sent from=2026-11-15T18:42:47Z and to=2026-11-23T18:42:47Z. Days are those of UTC: time_zone changes that.",
				"The call filters by keyword: check its value, or leave it out to see whether it hides the records.", `Next, try from: "-30d".`}},
		{"long ago", paginate.Empty{Range: asked(daterange.Asked{From: "2026-03"}, month), Limits: &month},
			[]string{"Nothing was found from 2026-03-01 00:00:00 UTC until 2026-04-01 00:00:00 UTC; Zoom was sent from=2026-03-01T00:00:00Z and to=2026-03-31T23:59:59Z. Days are those of UTC: time_zone changes that.",
				"Zoom keeps nothing from before 2025-10-23 here.", `Next, try from: "2026-02-22", to: "2026-04-08", all_pages: true.`}},
		{"all there is", paginate.Empty{Range: asked(daterange.Asked{From: "2025-10-23", Split: true}, month), Limits: &month},
			[]string{"Nothing was found from 2025-10-23 00:00:00 UTC until 2026-11-23 18:42:48 UTC; Zoom was sent from=2025-10-23 and to=2026-11-23. Days are those of UTC: time_zone changes that.",
				"Zoom keeps nothing from before 2025-10-23 here."}},
		{"an end alone", paginate.Empty{Range: asked(daterange.Asked{To: "2026-11-20"}, daterange.Limits{}), Limits: &daterange.Limits{}},
			[]string{"Nothing was found until 2026-11-21 00:00:00 UTC; Zoom chose the start, since from was not given.", `Next, try from: "-7d".`}},
		{"no dates at all", paginate.Empty{Given: []string{"page_size"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.empty.Now = start
			if got := paginate.Explain(c.empty); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
