package cache_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
)

// today is the clock of synctest, at noon of a later day.
func today() time.Time {
	time.Sleep(time.Until(time.Date(2000, 6, 15, 18, 42, 47, 0, time.UTC)))
	return time.Now()
}

func sorted(rows []string) []string {
	slices.Sort(rows)
	return rows
}

// Whatever is asked in whatever order, the rows of a read are the records of the
// account in its range, each once; nothing older than the life of an answer is given.
func TestRowsAreTheRecordsOfTheRange(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			now := today()
			a := &account{
				t: t, size: 2 + r.IntN(20), oldest: r.IntN(4) == 0, totals: r.IntN(3) > 0, dates: r.IntN(5) == 0,
				wholeDays: r.IntN(4) == 0, latency: 100 * time.Millisecond,
			}
			a.fill(r, r.IntN(2000), now.AddDate(0, -r.IntN(5), -1-r.IntN(20)), now)
			a.fill(r, r.IntN(300), now, now.AddDate(0, 0, 2)) // to come
			if r.IntN(2) == 0 {
				fails := rand.New(rand.NewPCG(seed, 4))
				a.fail = func(int, time.Time, time.Time) *apierror.Error {
					if fails.IntN(15) == 0 {
						return apierror.New(apierror.Network, "broken")
					}
					return nil
				}
			}
			c := newCache(t)
			for range 12 {
				ask(t, r, a, c, seed)
				if r.IntN(2) == 0 {
					time.Sleep(time.Duration(r.IntN(1200)) * time.Second)
				}
				if r.IntN(6) == 0 {
					time.Sleep(time.Duration(r.IntN(20)) * time.Hour)
				}
			}
		})
	}
}

// ask reads a range, of two at the same time, until it succeeds.
func ask(t *testing.T, r *rand.Rand, a *account, c *cache.Cache, seed uint64) {
	t.Helper()
	now := time.Now()
	layouts := []string{time.DateOnly, "2006-01-02T15:04:05Z"}
	end := now.Add(-time.Duration(r.IntN(40*86400)) * time.Second)
	begin := end.Add(-time.Duration(r.IntN(60*86400)) * time.Second)
	from, to := begin.Format(layouts[r.IntN(2)]), end.Format(layouts[r.IntN(2)])
	switch r.IntN(5) {
	case 0:
		from, to = fmt.Sprintf("-%dd", 1+r.IntN(50)), ""
	case 1:
		from, to = now.AddDate(0, 0, -r.IntN(3)).Format(time.DateOnly), now.Format(time.DateOnly)
	case 2:
		from, to = fmt.Sprintf("-%dh", 1+r.IntN(50)), ""
	}
	if len(from) != len(to) && to != "" {
		to = end.Format(layouts[1])
		from = begin.Format(layouts[1])
	}
	l := a.list(from, to)
	var o cache.Read
	if r.IntN(6) == 0 {
		o.Since = now
	}
	other := a.list("-40d", "")
	var group sync.WaitGroup
	group.Go(func() {
		for tries := 0; ; tries++ {
			rows, err := c.Read(t.Context(), l, o)
			if err == nil {
				check(t, a, l, rows, seed)
				if looked, ok := c.Lookup(l); !ok || looked.Len() != rows.Len() {
					t.Errorf("seed %d: what was read is not found", seed)
				}
				return
			}
			if e := apierror.From(err); e.Kind != apierror.Network || tries > 100 {
				t.Errorf("seed %d: %v", seed, err)
				return
			}
		}
	})
	if r.IntN(3) == 0 {
		group.Go(func() {
			time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
			if rows, err := c.Read(t.Context(), other, cache.Read{}); err == nil {
				check(t, a, other, rows, seed)
			}
		})
	}
	group.Wait()
}

func check(t *testing.T, a *account, l cache.List, rows *cache.Rows, seed uint64) {
	t.Helper()
	start, end := l.Query.Range.Start, l.Query.Range.End
	got := sorted(all(t, rows))
	must, may := a.within(start, end, rows.Fetched()), a.within(start, end, time.Now())
	if len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Fatalf("seed %d: a record came twice", seed)
	}
	for _, record := range must {
		if _, ok := slices.BinarySearch(got, record); !ok {
			t.Fatalf("seed %d: %s to %s lacks %s, fetched %s: %d of %d; asked %q", seed, start, end, record, rows.Fetched(), len(got), len(must), a.queries)
		}
	}
	for _, record := range got {
		if _, ok := slices.BinarySearch(may, record); !ok {
			t.Fatalf("seed %d: %s to %s has %s", seed, start, end, record)
		}
	}
	if time.Since(rows.Fetched()) > cache.Life && isRecent(end) {
		t.Fatalf("seed %d: fetched %s ago", seed, time.Since(rows.Fetched()))
	}
}

func isRecent(end time.Time) bool { return time.Since(end) < 0 }

// The figures of a busy account: 100,000 calls in a month, at ten calls a second.
func TestAMonthOfManyCallsIsReadAtTheFullPaceAndOnce(t *testing.T) {
	for i, latency := range []time.Duration{150 * time.Millisecond, 400 * time.Millisecond, 400 * time.Millisecond} {
		weekends := i == 2 // have fewer calls
		synctest.Test(t, func(t *testing.T) {
			now := today()
			a := &account{t: t, size: 300, totals: true, latency: latency, pace: 105500 * time.Microsecond}
			a.fill(nil, 103_226, now.AddDate(0, 0, -31), now.AddDate(0, 0, 2))
			if weekends {
				a.calls = slices.DeleteFunc(a.calls, func(r call) bool { return time.Unix(r.at, 0).UTC().Weekday()%6 == 0 })
				a.fill(nil, 29_000, now.AddDate(0, 0, -31), now.AddDate(0, 0, 2))
			}
			c := newCache(t)
			began := time.Now()
			n := 0
			for i := range 5 {
				rows, err := c.Read(t.Context(), a.list("-30d", ""), cache.Read{})
				if err != nil {
					t.Fatal(err)
				}
				n = rows.Len()
				if i == 0 {
					t.Logf("%d records in %s with %d calls, at most %d at a time", n, time.Since(began), a.count(), a.at)
				}
				if took := time.Since(began) - time.Duration(i)*time.Second; took > 40*time.Second || a.at > 16 {
					t.Errorf("%s, %d at a time", took, a.at)
				}
				time.Sleep(time.Second)
			}
			if limit := (n+299)/300 + 7; a.count() > limit {
				t.Errorf("%d calls for %d records", a.count(), n)
			}
			time.Sleep(24 * time.Hour)
			sent := a.count()
			if _, err := c.Read(t.Context(), a.list("-30d", ""), cache.Read{}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d calls the next day", a.count()-sent)
			if a.count()-sent > 25 {
				t.Errorf("%d calls the next day", a.count()-sent)
			}
		})
	}
}

func TestSixMonthsAreReadSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, latency: 150 * time.Millisecond}
		a.fill(nil, 7*300*5, now.AddDate(0, -6, 0), now)
		c := newCache(t)
		began := time.Now()
		rows, err := c.Read(t.Context(), a.list("-6m", ""), cache.Read{})
		if err != nil {
			t.Fatal(err)
		}
		check(t, a, a.list("-6m", ""), rows, 0)
		if took := time.Since(began); took > 10*150*time.Millisecond || a.at < 6 {
			t.Errorf("%s, %d at a time", took, a.at)
		}
	})
}

// A read that ends before its time loses nothing: the next one goes on with the next
// page, and pays for what is left.
func TestNothingIsFetchedAgainAfterACallerHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, totals: true, latency: 150 * time.Millisecond, pace: 100 * time.Millisecond}
		a.fill(nil, 60_000, now.AddDate(0, -1, 0), now)
		c := newCache(t)
		l := a.list("-28d", "")
		spent := 0
		for tries := 1; ; tries++ {
			ctx, cancel := contextFor(t, 4*time.Second)
			rows, err := c.Read(ctx, l, cache.Read{Spend: func(n int) error { spent += n; return nil }})
			cancel()
			if err == nil {
				check(t, a, l, rows, 0)
				if tries < 5 {
					t.Errorf("only %d tries", tries)
				}
				break
			}
			if apierror.From(err).Kind != apierror.Timeout || tries > 12 {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			before := a.count()
			time.Sleep(20 * time.Second)
			if a.count() != before {
				t.Error("it goes on although nobody waits")
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		for page, n := range a.pages {
			if n > 1 {
				t.Errorf("%s was fetched %d times", page, n)
			}
		}
	})
}

func TestAFailedPageFailsItsOwnPartOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, totals: true, latency: 150 * time.Millisecond}
		a.fill(nil, 30_000, now.AddDate(0, -1, 0), now)
		broken := true
		a.fail = func(n int, from, to time.Time) *apierror.Error {
			if n == 40 && broken {
				broken = false
				return apierror.New(apierror.RateLimited, "the day's budget is used up")
			}
			return nil
		}
		c := newCache(t)
		l := a.list("-28d", "")
		rows, err := c.Read(t.Context(), l, cache.Read{})
		if err == nil || apierror.From(err).Kind != apierror.RateLimited || rows.Len() == 0 {
			t.Fatalf("%v, %d records", err, rows.Len())
		}
		sent := a.count()
		rows, err = c.Read(t.Context(), l, cache.Read{})
		if err != nil {
			t.Fatal(err)
		}
		check(t, a, l, rows, 0)
		if sent < 80 || a.count() > 108 {
			t.Errorf("%d calls before the error came, %d in all", sent, a.count())
		}
	})
}

func TestSpendKnowsHowManyPagesThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, totals: true, latency: 150 * time.Millisecond}
		a.fill(nil, 30_000, now.AddDate(0, -1, 0), now)
		c := newCache(t)
		enough := errors.New("enough")
		var asked []int
		_, err := c.Read(t.Context(), a.list("-28d", ""), cache.Read{Spend: func(n int) error {
			if asked = append(asked, n); n > 50 {
				return enough
			}
			return nil
		}})
		if !errors.Is(err, enough) || a.count() != 1 || len(asked) != 2 || asked[1] < 85 || asked[1] > 100 {
			t.Errorf("%v after %d calls, asked for %v", err, a.count(), asked)
		}
	})
}
