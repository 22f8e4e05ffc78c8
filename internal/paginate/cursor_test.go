package paginate_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
)

// half collects the newer half of some records and gives the query of the rest.
func half(t *testing.T, ids ...string) (*upstream, paginate.Query, []string) {
	t.Helper()
	u := newUpstream(t, every(100, time.Minute, start.Add(-time.Hour))...)
	q := u.query("today", "", "", list(&month, 20, ids...))
	q.MaxRecords = 50
	res := u.all(q)
	if res.Complete || len(res.Cursor) > 700 {
		t.Fatalf("cursor of %d bytes: %+v", len(res.Cursor), res)
	}
	q.Cursor, q.MaxRecords = res.Cursor, 1000
	return u, q, texts(res.Records)
}

func cursorProblem(t *testing.T, u *upstream, q paginate.Query) string {
	t.Helper()
	pages := u.pages
	_, err := paginate.All(t.Context(), q, u.page, paginate.Options{Now: u.clock.Now})
	e := apierror.From(err)
	if e == nil || e.Kind != apierror.InvalidParams || len(e.Problems) != 1 || e.Problems[0].Param != "cursor" || u.pages != pages {
		t.Fatalf("cursor %.60q: %v", q.Cursor, err)
	}
	return e.Problems[0].Message
}

// A page token lives 15 minutes, and a limit of the day lasts longer.
func TestALimitTellsWhenAndWhereToGoOn(t *testing.T) {
	for wait, says := range map[time.Duration]string{time.Minute: "", 9 * time.Hour: ", from the first page of the window on, since the page token has ended by then"} {
		u := newUpstream(t, every(30, time.Minute, start.Add(-time.Hour))...)
		retryAt := u.clock.Now().Add(wait).UTC().Format(time.RFC3339)
		u.between = func(page int) *apierror.Error {
			if page == 3 {
				return &apierror.Error{Kind: apierror.RateLimited, Message: "used up", RetryAt: retryAt}
			}
			return nil
		}
		q := u.query("today", "", "", list(&month, 10))
		res := u.all(q)
		if res.Stop != paginate.RateLimited || !strings.HasSuffix(res.Reason, "; go on at "+retryAt+says) || len(res.Records) != 20 {
			t.Errorf("%s: %+v", wait, res)
		}
		q.Cursor = res.Cursor
		u.between = nil
		u.clock.Advance(wait)
		rest := u.all(q)
		if !rest.Complete || len(rest.Records) != 10 || rest.Restarts != 0 {
			t.Errorf("%s: %+v", wait, rest)
		}
	}
}

func TestACursorGoesOn(t *testing.T) {
	for name, wait := range map[string]time.Duration{"with its token": time.Minute, "without": 20 * time.Minute, "a day later": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			u, q, first := half(t)
			u.clock.Advance(wait)
			asked := len(u.asked)
			q.Range = nil // the cursor knows the range
			res := u.all(q)
			if got := append(first, texts(res.Records)...); !res.Complete || res.Before != 50 || !slices.Equal(got, u.within(start.AddDate(0, 0, -1), start)) {
				t.Errorf("%d and %d records, complete %v", len(first), len(res.Records), res.Complete)
			}
			if anew := len(u.asked) > asked; anew != (wait > 14*time.Minute) {
				t.Errorf("the window was begun anew: %v", anew)
			}
		})
	}
}

func TestACursorBelongsToItsCall(t *testing.T) {
	u, q, _ := half(t)
	other := q
	other.Method.Name = "another_list"
	if m := cursorProblem(t, u, other); !strings.Contains(m, "belongs to a call of list") {
		t.Error(m)
	}
	for _, change := range []func(*paginate.Query){
		func(q *paginate.Query) { q.Zone = "Europe/Berlin" },
		func(q *paginate.Query) { q.OldestFirst = true },
		func(q *paginate.Query) { q.Params = map[string]any{"from": "yesterday", "to": ""} },
		func(q *paginate.Query) { q.Params = map[string]any{"from": "today", "keyword": "x"} },
		func(q *paginate.Query) { q.Params = nil },
	} {
		other := q
		change(&other)
		if m := cursorProblem(t, u, other); !strings.Contains(m, "other parameters") {
			t.Error(m)
		}
	}
	other = q
	other.Params = map[string]any{"page_size": 7, "from": "today", "to": nil}
	if res := u.all(other); !res.Complete {
		t.Errorf("what changes no record was held against the cursor: %+v", res)
	}
}

func TestDamagedCursors(t *testing.T) {
	u, q, _ := half(t, "id")
	whole := q.Cursor
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		b := []byte(whole)
		i := 3 + r.IntN(len(b)-3)
		for old := b[i]; b[i] == old; {
			b[i] = "ABCDEFGHabcdefgh0123456789-_"[r.IntN(28)]
		}
		q.Cursor = string(b)
		if m := cursorProblem(t, u, q); !strings.Contains(m, "damaged") {
			t.Fatalf("%s", m)
		}
	}
	forged, _ := base64.RawURLEncoding.DecodeString(whole[3:])
	for cursor, want := range map[string]string{
		whole[:len(whole)-4]:              "damaged",
		whole + "AAAA":                    "damaged",
		"c2.":                             "damaged",
		"c2.!!":                           "damaged",
		"c2." + strings.Repeat("A", 9000): "damaged",
		"c2." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(forged), `"n":50`, `"n":10`, 1))): "damaged",
		"c1." + whole[3:]: "another version",
		"page2":           "not a cursor",
		"{}":              "not a cursor",
	} {
		q.Cursor = cursor
		if m := cursorProblem(t, u, q); !strings.Contains(m, want) {
			t.Errorf("%.40q: %s, want %s", cursor, m, want)
		}
	}
	q.Cursor = " " + whole + "\n"
	if res := u.all(q); !res.Complete {
		t.Errorf("white space around it: %+v", res)
	}
}

// Cursors of earlier versions can hold a date that Zoom does not understand.
func TestACursorSendsNothingButZoomsFormsOfDates(t *testing.T) {
	u, q, _ := half(t)
	payload, err := base64.RawURLEncoding.DecodeString(q.Cursor[3:])
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`"(f|t|wf|wt)":"([^"]*)"`)
	for i := range whole.FindAllIndex(payload[8:], -1) {
		n := -1
		q.Cursor = signed(whole.ReplaceAllFunc(payload[8:], func(field []byte) []byte {
			if n++; n != i {
				return field
			}
			return whole.ReplaceAll(field, []byte(`"$1":"2026-10-05T10:00:00.000Z"`))
		}))
		if m := cursorProblem(t, u, q); !strings.Contains(m, "damaged") {
			t.Error(m)
		}
	}
}

// A list that changes between two calls: what was given is found again by its
// identity, so that nothing comes twice and nothing is lost.
func TestTheListMayChangeBetweenCalls(t *testing.T) {
	for name, c := range map[string]struct {
		ids    []string
		change func([]record) []record
		fails  bool
	}{
		"grown, with ids":           {[]string{"id"}, func(r []record) []record { return append(r, record{"late", start.Add(-61 * time.Minute).Unix()}) }, false},
		"grown, without":            {nil, func(r []record) []record { return append(r, record{"late", start.Add(-61 * time.Minute).Unix()}) }, false},
		"shrunk, with ids":          {[]string{"id"}, func(r []record) []record { return r[5:] }, false},
		"shrunk, without":           {nil, func(r []record) []record { return r[5:] }, true},
		"the last given is gone":    {[]string{"id"}, func(r []record) []record { return append(r[:49:49], r[50:]...) }, true},
		"everything is gone":        {[]string{"id"}, func(r []record) []record { return nil }, true},
		"everything, and no ids":    {nil, func(r []record) []record { return nil }, true},
		"the last given, no ids":    {nil, func(r []record) []record { return append(r[:49:49], r[50:]...) }, true},
		"what was not given is":     {[]string{"id"}, func(r []record) []record { return r[:50] }, false},
		"what was not given, noids": {nil, func(r []record) []record { return r[:50] }, false},
	} {
		changed := func(t *testing.T, wait time.Duration) {
			u, q, first := half(t, c.ids...)
			u.clock.Advance(wait)
			u.fill(c.change(slices.Clone(u.records)))
			res, err := paginate.All(t.Context(), q, u.page, paginate.Options{Now: u.clock.Now})
			if c.fails {
				if e := apierror.From(err); e == nil || !strings.Contains(e.Message, "has changed") || e.Hint == "" {
					t.Errorf("%+v %v", res, err)
				}
				return
			}
			if err != nil || !res.Complete {
				t.Fatalf("%+v %v", res, err)
			}
			at := slices.IndexFunc(u.records, func(r record) bool { return r.json() == first[49] })
			var want []string
			for _, r := range u.records[at+1:] {
				want = append(want, r.json())
			}
			if got := texts(res.Records); !slices.Equal(got, want) {
				t.Errorf("got %d records, want %d", len(got), len(want))
			}
		}
		t.Run(name, func(t *testing.T) { changed(t, time.Hour) })
		t.Run(name+", at once", func(t *testing.T) { changed(t, 0) })
	}
}

// As long as its token lives, a cursor leads to its page and into the midst of it.
func TestACursorLeadsIntoAPage(t *testing.T) {
	u := newUpstream(t, every(40, time.Minute, start.Add(-time.Hour))...)
	q := u.query("today", "", "", list(&month, 10))
	q.MaxRecords = 3
	for given := 0; given < 40; given += 3 {
		res := u.all(q)
		if res.Before != given || len(res.Records) != min(3, 40-given) || res.Restarts != 0 || res.Pages > 2 {
			t.Fatalf("after %d: %+v", given, res)
		}
		q.Cursor = res.Cursor
	}
}

// Pages of one query are of one size.
func TestACursorKeepsThePageSize(t *testing.T) {
	page, asked := pages(`{"items":[1,2],"next_page_token":"a"}`, `{"items":[3]}`)
	q := paginate.Query{Method: list(nil, 0), Params: map[string]any{"page_size": int64(2)}, MaxRecords: 2}
	res, err := paginate.All(t.Context(), q, page, paginate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q.Cursor, q.Params = res.Cursor, map[string]any{"page_size": int64(9)}
	if _, err := paginate.All(t.Context(), q, page, paginate.Options{}); err != nil || (*asked)[1]["page_size"] != int64(2) || (*asked)[1]["next_page_token"] != "a" {
		t.Errorf("asked %v, %v", *asked, err)
	}
}

// A record that was left out since a newer window had it counts as given.
func TestACursorAfterARepeatedRecord(t *testing.T) {
	u := newUpstream(t)
	q := u.query("2026-09-01", "2026-10-15", "", list(&month, 10, "id"))
	page, asked := pages(`{"items":[{"id":"a"}]}`, `{"items":[{"id":"b"},{"id":"a"}],"next_page_token":"2"}`)
	limited := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		if len(*asked) == 2 {
			return nil, apierror.New(apierror.RateLimited, "slow down")
		}
		return page(ctx, set)
	}
	res, err := paginate.All(t.Context(), q, limited, paginate.Options{Now: u.clock.Now})
	if err != nil || res.Repeated != 1 || len(res.Records) != 2 || res.Stop != paginate.RateLimited || !strings.Contains(res.Reason, "may repeat") {
		t.Fatalf("%+v %v", res, err)
	}
	q.Cursor = res.Cursor
	u.clock.Advance(time.Hour)
	page, _ = pages(`{"items":[{"id":"b"},{"id":"a"}],"next_page_token":"3"}`, `{"items":[{"id":"c"}]}`)
	res, err = paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
	if err != nil || !res.Complete || !slices.Equal(texts(res.Records), []string{`{"id":"c"}`}) {
		t.Errorf("%+v %v", res, err)
	}
}

// signed makes a cursor of what one holds, as if nothing had damaged it.
func signed(payload []byte) string {
	sum := sha256.Sum256(payload)
	return "c2." + base64.RawURLEncoding.EncodeToString(append(sum[:8:8], payload...))
}

// FuzzCursor holds that a cursor which somebody else wrote is refused, or asks
// for no more than a call can: pages of the method's list, dates as Zoom takes
// them, within the bounds of the call.
func FuzzCursor(f *testing.F) {
	u := newUpstream(&testing.T{}, every(100, 12*time.Hour, start.Add(-time.Hour))...)
	u.between = func(int) *apierror.Error { return nil }
	q := u.query("-3m", "", "", list(&month, 20))
	q.MaxRecords = 50
	res, err := paginate.All(f.Context(), q, u.page, paginate.Options{Now: u.clock.Now})
	if err != nil {
		f.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range u.records {
		known[r.json()] = true
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(res.Cursor, "c2."))
	if err != nil || signed(payload[8:]) != res.Cursor {
		f.Fatal("cursors are written in another way now")
	}
	f.Add(payload[8:], true)
	f.Add([]byte(res.Cursor), false)
	for _, change := range [][2]string{
		{`"wf":"`, `"wf":"x`}, {`"k":"`, `"k":"~~`}, {`"x":true`, `"x":false`}, {`"r":[`, `"r":[1,`}, {`"r":[1`, `"r":[`}, {`"n":50`, `"n":-1`}, {`"n":50`, `"n":9223372036854775807`}, {`"d":`, `"d":9`}, {`"z":20`, `"z":21`}, {`"z":20`, `"y":""`},
	} {
		f.Add([]byte(strings.Replace(string(payload[8:]), change[0], change[1], 1)), true)
	}
	f.Add([]byte("c2."), false)
	f.Add([]byte("c2.AAAAAAAAAAB7fQ"), false)
	f.Add([]byte(`{}`), true)
	f.Fuzz(func(t *testing.T, text []byte, sign bool) {
		u.t, u.pages, q.Cursor = t, 0, string(text)
		if sign {
			q.Cursor = signed(text)
		}
		page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			for name := range set {
				if !slices.Contains([]string{"from", "to", "page_size", "next_page_token"}, name) {
					t.Fatalf("%s is sent", name)
				}
			}
			if token, ok := set["next_page_token"].(string); ok && !regexp.MustCompile(`^[^~]*~\d{1,9}~\d{1,12}$`).MatchString(token) {
				return nil, refused("The next page token is invalid or expired.")
			}
			if size, ok := set["page_size"].(int64); ok && (size < 1 || size > 20) {
				t.Fatalf("a page of %d", size)
			} else if !ok {
				set["page_size"] = int64(10)
			}
			return u.page(ctx, set)
		}
		res, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now})
		if (res == nil) == (err == nil) {
			t.Fatalf("%+v %v", res, err)
		}
		if u.pages > 3000 {
			t.Errorf("%d pages", u.pages)
		}
		if err != nil {
			if e := apierror.From(err); e.Kind != apierror.InvalidParams && u.pages == 0 || e.Kind == apierror.Internal || len(e.Error()) > 1000 {
				t.Errorf("%+v after %d pages", e, u.pages)
			}
			return
		}
		if len(res.Records) > q.MaxRecords || res.Before < 0 || !res.Complete && res.Reason == "" {
			t.Errorf("%+v", res)
		}
		for _, r := range res.Records {
			if !known[string(r)] {
				t.Errorf("record %s", r)
			}
		}
		if res.Cursor != "" {
			q.Cursor = res.Cursor
			if _, err := paginate.All(t.Context(), q, page, paginate.Options{Now: u.clock.Now}); err != nil && apierror.From(err).Kind == apierror.InvalidParams {
				t.Errorf("its own cursor is refused: %v", err)
			}
		}
	})
}

// A cursor whose page token has ended goes on at the time of the last record, and not
// from the list's first page.
func TestACursorThatIsOldGoesOnAtItsLastRecord(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		u := newUpstream(t)
		u.oldest = oldest
		u.fill(every(3000, 13*time.Minute, start))
		m := list(&month, 30, "id")
		m.Times = []string{"time"}
		q := u.query("-27d", "", "", m)
		q.MaxRecords = 2700
		first := u.all(q)
		if first.Stop != paginate.MaxRecords || len(first.Records) != 2700 {
			t.Fatalf("%s %d", first.Stop, len(first.Records))
		}
		u.clock.Advance(time.Hour)
		before := u.pages
		q.Cursor, q.MaxRecords = first.Cursor, 100
		second := u.all(q)
		u.clock.Advance(time.Hour)
		q.Cursor, q.MaxRecords = second.Cursor, 1000
		third := u.all(q)
		var got []string
		for _, r := range []*paginate.Result{first, second, third} {
			got = append(got, texts(r.Records)...)
		}
		covered, end := first.Start, first.End
		if want := u.within(covered, end); !third.Complete || !slices.Equal(got, want) {
			t.Errorf("oldest first %v: %d records of %d, %s", oldest, len(got), len(want), third.Reason)
		}
		if n := u.pages - before; n > 14 {
			t.Errorf("oldest first %v: %d pages for the last ten", oldest, n)
		}
	}
}

// A list that is not in the order of its times is read from its first page on.
func TestAnOldCursorOfAListInAnotherOrderLosesNothing(t *testing.T) {
	u := newUpstream(t)
	u.fill(every(300, 13*time.Minute, start))
	slices.SortFunc(u.records, func(a, b record) int { return strings.Compare(a.id, b.id) })
	m := list(&month, 30, "id")
	m.Times = []string{"time"}
	q := u.query("-20d", "", "", m)
	q.MaxRecords = 150
	first := u.all(q)
	u.clock.Advance(time.Hour)
	q.Cursor, q.MaxRecords = first.Cursor, 1000
	second := u.all(q)
	if got := append(texts(first.Records), texts(second.Records)...); !second.Complete || !slices.Equal(got, u.within(first.Start, first.End)) {
		t.Errorf("%d records, %s", len(got), second.Reason)
	}
}
