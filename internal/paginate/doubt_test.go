package paginate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/paginate"
)

// A last page that contradicts what it says of the list makes the collection
// incomplete, with the reason; one that does not leaves it complete.
func TestPagesAreHeldAgainstWhatTheySay(t *testing.T) {
	full := `{"items":[1,2,3]`
	for _, c := range []struct {
		name    string
		bodies  []string
		records int
		reason  string // empty for a complete list
		pages   int
	}{
		{"all that the total says", []string{full + `,"total_records":3}`}, 3, "", 1},
		{"fewer than the total", []string{full + `,"total_records":5}`}, 3, "there are 5, gave 3", 1},
		{"fewer than the total, on the last of two pages", []string{full + `,"total_records":"7","next_page_token":"a"}`, `{"items":[4,5,6],"total_records":7}`}, 6, "there are 7, gave 6", 2},
		{"a total that fell, with the records that are left", []string{full + `,"total_records":7,"next_page_token":"a"}`, `{"items":[4,5],"total_records":5}`}, 5, "", 2},
		{"a total that fell below what came", []string{full + `,"total_records":7,"next_page_token":"a"}`, `{"items":[4,5],"total_records":0}`}, 5, "there are 7, gave 5", 2},
		{"the same page again", []string{full + `,"total_records":6,"next_page_token":"a"}`, full + `,"total_records":6}`}, 3, "there are 6, gave 3", 2},
		{"a total in other forms", []string{full + `,"total_records":"1,009"}`}, 3, "there are 1009", 1},
		{"a total that is a float", []string{full + `,"total_records":9.0}`}, 3, "there are 9", 1},
		{"a total inside", []string{`{"items":[1],"pagination":{"total_records":5}}`}, 1, "there are 5", 1},
		{"a token inside", []string{`{"items":[1],"page":{"next_page_token":"a"}}`}, 1, "page.next_page_token", 1},
		{"more", []string{`{"items":[1],"has_more":true}`}, 1, "has_more", 1},
		{"no more", []string{`{"items":[1],"has_more":false,"access_token_type":"x"}`}, 1, "", 1},
		{"a list inside", []string{`{"data":{"items":[{"a":1}]}}`}, 0, "data.items", 1},
		{"another list on the way", []string{`{"items":[1],"next_page_token":"a"}`, `{"rows":[{"a":1}],"next_page_token":"b"}`, `{"items":[2]}`}, 2, "one named rows", 3},
		{"an error beside the list", []string{`{"items":[1],"code":300,"message":"partly"}`}, 1, "something failed: code 300", 1},
		{"pages by the first one's word", []string{`{"items":[1],"page_count":4,"next_page_token":"a"}`, `{"items":[2]}`}, 2, "there are 4 pages, gave 2", 2},
		{"another token, and all are there", []string{`{"items":[1],"sync_token":"s","total_records":1}`}, 1, "", 1},
		{"the old list where the new one is empty", []string{`{"old":[{"a":1}],"items":[]}`}, 1, "", 1},
		{"what nothing identifies, on two pages", []string{full + `,"next_page_token":"a"}`, `{"items":[3,4]}`}, 4, "", 2},
		{"what nothing identifies, on two pages, needed for the total", []string{full + `,"total_records":5,"next_page_token":"a"}`, `{"items":[3,4],"total_records":5}`}, 5, "", 2},
		{"what nothing identifies, on two pages, beyond the total", []string{full + `,"total_records":4,"next_page_token":"a"}`, `{"items":[3,4],"total_records":4}`}, 4, "", 2},
		{"what nothing identifies, on one page", []string{`{"items":[1,1]}`}, 2, "", 1},
		{"a page that is full by a smaller size", []string{`{"items":[1,2],"page_size":2}`, `{"items":[1],"next_page_token":"a"}`, `{"items":[2],"page_size":1}`}, 2, "", 3},
		{"a total without a list", []string{`{"total_records":2}`}, 0, "there are 2, gave 0", 1},
		{"a total that grew meanwhile", []string{full + `,"total_records":4,"next_page_token":"a"}`, `{"items":[4],"total_records":5}`}, 4, "", 2},
		{"more pages than were given", []string{`{"items":[1],"page_count":3}`}, 1, "there are 3 pages, gave 1", 1},
		{"the pages that were given", []string{`{"items":[1],"page_count":2,"next_page_token":"a"}`, `{"items":[2],"page_count":2}`}, 2, "", 2},
		{"another token", []string{`{"items":[1],"sync_token":"s"}`}, 1, "a field sync_token", 1},
		{"another empty token", []string{`{"items":[1],"sync_token":""}`}, 1, "", 1},
		{"a cursor", []string{`{"items":[1],"nextCursor":"s"}`}, 1, "a field nextCursor", 1},
		{"another list in its place", []string{`{"rows":[{"a":1}]}`}, 0, "items is missing and there is one named rows", 1},
		{"an empty list in its place", []string{`{"rows":[]}`}, 0, "", 1},
		{"the old list in its place", []string{`{"old":[{"a":1},{"a":2}]}`}, 2, "", 1},
		{"the old list beside it", []string{`{"old":[{"a":1},{"a":2}],"items":[1]}`}, 1, "", 1},
		{"null, and the old list", []string{`{"old":[{"a":1},{"a":2}],"items":null}`}, 2, "", 1},
		// A full page without a total is looked at again in shorter pages.
		{"a full page, and shorter pages go on", []string{full + `}`, `{"items":[1,2],"next_page_token":"a"}`, `{"items":[3]}`}, 3, "", 3},
		{"a full page, and shorter pages show more", []string{full + `}`, `{"items":[1,2],"next_page_token":"a"}`, `{"items":[3,4],"next_page_token":"b"}`, `{"items":[5]}`}, 5, "", 4},
		{"a full page, however long", []string{full + `}`, `{"items":[1,2]}`}, 2, "full and has neither", 2},
		{"a full page, whatever was asked for", []string{full + `}`}, 3, "full and has neither", 2},
		{"a page that Zoom calls full", []string{`{"items":[1,2],"page_size":2}`}, 2, "full and has neither", 2},
		{"a page that is not full", []string{`{"items":[1,2],"page_size":3}`}, 2, "", 1},
	} {
		m := list(nil, 3)
		m.Twin = "old"
		page, asked := pages(c.bodies...)
		res, err := paginate.All(t.Context(), paginate.Query{Method: m}, page, paginate.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(res.Records) != c.records || res.Complete != (c.reason == "") || !strings.Contains(res.Reason, c.reason) || len(*asked) != c.pages {
			t.Errorf("%s: got %d records on %d pages, complete %v (%s), want %d on %d, %q", c.name,
				len(res.Records), len(*asked), res.Complete, res.Reason, c.records, c.pages, c.reason)
		}
		if !res.Complete && res.Stop != paginate.Doubtful {
			t.Errorf("%s: stopped by %q, want %q", c.name, res.Stop, paginate.Doubtful)
		}
	}
}

// Pages that bring nothing new, each with a new token, are not followed for ever.
func TestPagesWithoutANewRecordEnd(t *testing.T) {
	for _, ids := range [][]string{nil, {"id"}} {
		calls := 0
		page := func(context.Context, map[string]any) (json.RawMessage, error) {
			calls++
			return json.RawMessage(fmt.Sprintf(`{"items":[{"id":"a"},{"id":"b"}],"next_page_token":"t%d"}`, calls)), nil
		}
		res, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 2, ids...)}, page, paginate.Options{})
		if err != nil || res.Complete || res.Stop != paginate.Looped || calls > 7 {
			t.Errorf("ids %v: got %+v %v after %d calls, want an end", ids, res, err, calls)
		}
	}
}

// The doubts about a window stay with the collection when it goes on elsewhere,
// later calls included.
func TestADoubtAboutOneWindowStays(t *testing.T) {
	u := newUpstream(t)
	q := u.query("2026-09-01", "2026-11-01", "", list(&month, 10))
	page, _ := pages(`{"items":[1],"total_records":1}`, `{"items":[2],"total_records":9}`, `{"items":[3],"total_records":1}`)
	q.MaxRecords = 2
	res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
	if err != nil || res.Complete || res.Cursor == "" || !strings.Contains(res.Reason, "there are 9, gave 1") || !strings.Contains(res.Reason, "max_records") {
		t.Fatalf("got %+v %v, want a cursor and both reasons", res, err)
	}
	q.Cursor = res.Cursor
	page, _ = pages(`{"items":[3],"total_records":1}`)
	res, err = paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
	if err != nil || res.Complete || res.Stop != paginate.Doubtful || !strings.Contains(res.Reason, "there are 9, gave 1") {
		t.Errorf("got %+v %v, want the doubt about a window before", res, err)
	}
}

func TestARecordThatComesOnTwoPagesCountsOnce(t *testing.T) {
	page, _ := pages(`{"items":[{"id":"a"},{"id":"b"}],"total_records":3,"next_page_token":"2"}`, `{"items":[{"id":"b"},{"id":"c"}],"total_records":3}`)
	res, err := paginate.All(t.Context(), paginate.Query{Method: list(nil, 2, "id")}, page, paginate.Options{})
	if err != nil || !res.Complete || strings.Join(texts(res.Records), " ") != `{"id":"a"} {"id":"b"} {"id":"c"}` || res.Repeated != 1 {
		t.Errorf("got %+v %v, want a, b and c", res, err)
	}
}

func TestRecordsOutsideTheRangeAreLeftOut(t *testing.T) {
	m := list(&month, 10, "id")
	m.Times = []string{"start", "end"}
	u := newUpstream(t)
	body := `{"items":[
		{"id":"before","start":"2026-11-20T09:00:00Z","end":"2026-11-20T09:59:59Z"},
		{"id":"into","start":"2026-11-20T09:59:00Z","end":"2026-11-20T10:01:00Z"},
		{"id":"first","start":"2026-11-20T10:00:00Z"},
		{"id":"elsewhere","start":"2026-11-20T12:30:00+02:00"},
		{"id":"unreadable","start":"yesterday"},
		{"id":"without"},
		{"id":"last","start":"2026-11-20T10:59:59.900Z","end":""},
		{"id":"after","start":"2026-11-20T11:00:00Z"}],"total_records":8}`
	ids := func(res *paginate.Result) string { return strings.Join(texts(res.Records), "") }
	for _, c := range []struct {
		name    string
		from    time.Time
		until   time.Time
		outside int
		lacks   []string
	}{
		{"both ends", time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC), 2, []string{"before", "after"}},
		{"no end", time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), time.Time{}, 1, []string{"before"}},
		{"none", time.Time{}, time.Time{}, 0, nil},
	} {
		q := u.query("2026-11-20", "2026-11-20", "", m)
		q.Start, q.End = c.from, c.until
		page, _ := pages(body)
		res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
		if err != nil || !res.Complete || res.Outside != c.outside || len(res.Records) != 8-c.outside {
			t.Errorf("%s: got %+v %v, want %d outside", c.name, res, err, c.outside)
			continue
		}
		for _, id := range c.lacks {
			if strings.Contains(ids(res), id) {
				t.Errorf("%s: %s is among the records", c.name, id)
			}
		}
		look, err := paginate.LookAt([]byte(body), q)
		if err != nil || look.Outside != c.outside || len(look.Records) != 8-c.outside || look.Doubt != "" || look.More {
			t.Errorf("%s: one page: got %+v %v, want %d outside", c.name, look, err, c.outside)
		}
	}
	// The bounds stay with a cursor.
	q := u.query("2026-11-20", "2026-11-20", "", m)
	q.Start, q.End, q.MaxRecords = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC), 3
	page, _ := pages(body)
	res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
	if err != nil || res.Cursor == "" {
		t.Fatalf("got %+v %v, want a cursor", res, err)
	}
	q.Cursor, q.Start, q.End, q.MaxRecords = res.Cursor, time.Time{}, time.Time{}, 100
	page, _ = pages(body)
	if res, err = paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now}); err != nil || strings.Contains(ids(res), "after") || len(res.Records) != 3 {
		t.Errorf("with the cursor: got %+v %v, want 3 records without the one after", res, err)
	}
}

// Zoom answers the days of a window whole, so that records at the seam of two
// windows come twice: each counts in the window that it belongs to, whether or not
// something identifies it.
func TestRecordsAtTheSeamOfTwoWindowsCountOnce(t *testing.T) {
	all := every(200, 11*time.Hour, start.Add(-time.Hour))
	for _, ids := range [][]string{nil, {"id"}} {
		m := list(&month, 300, ids...)
		m.Times = []string{"time"}
		u := newUpstream(t, all...)
		q := u.query("2026-09-01T10:00:00Z", "2026-11-20T15:00:00Z", "", m)
		q.Start, q.End = q.Range.Start, q.Range.End
		page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			for _, end := range []string{"from", "to"} {
				set[end] = set[end].(string)[:len(time.DateOnly)]
			}
			return u.page(ctx, set)
		}
		want := u.within(q.Start, q.End)
		res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
		if err != nil || !res.Complete || !slices.Equal(texts(res.Records), want) || res.Total != len(want) {
			t.Errorf("ids %v: got %d records of %d (%s) %v, want %d", ids, len(res.Records), res.Total, res.Reason, err, len(want))
		}
		// In several calls it is the same.
		var got []string
		for q.MaxRecords = 17; ; {
			res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, texts(res.Records)...)
			if q.Cursor = res.Cursor; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("ids %v, in several calls: got %d records, want %d", ids, len(got), len(want))
		}
	}
}

// Pages that an earlier call has read are not missing.
func TestACursorIntoAListDoesNotDoubtItsPages(t *testing.T) {
	q := paginate.Query{Method: list(nil, 1), MaxRecords: 1}
	page, _ := pages(`{"items":[1],"page_count":2,"next_page_token":"2"}`)
	res, err := paginate.All(t.Context(), q, page, paginate.Options{})
	if err != nil || res.Cursor == "" {
		t.Fatalf("got the cursor %q and %v, want a cursor", res.Cursor, err)
	}
	q.Cursor, q.MaxRecords = res.Cursor, 10
	page, _ = pages(`{"items":[2],"page_size":2,"page_count":2}`)
	res, err = paginate.All(t.Context(), q, page, paginate.Options{})
	if err != nil || strings.Contains(res.Reason, "pages") {
		t.Errorf("got %q and %v, want no doubt about pages", res.Reason, err)
	}
}
