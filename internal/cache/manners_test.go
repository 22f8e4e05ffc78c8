package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/spool"
)

// busy is an account whose last month takes a hundred pages.
func busy(t *testing.T) *account {
	now := today()
	a := &account{t: t, size: 300, totals: true, latency: 150 * time.Millisecond}
	a.fill(nil, 30_000, now.AddDate(0, -1, 0), now)
	return a
}

// read reads a list that has to be read well.
func read(t *testing.T, c *cache.Cache, l cache.List, o cache.Read) *cache.Rows {
	t.Helper()
	rows, err := c.Read(t.Context(), l, o)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Parts are taken for the whole only when they have as many records as Zoom said.
func TestPartsThatLackRecordsAreNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.shift = 5 * time.Hour // the account's days are others than those of UTC
		c := newCache(t)
		l := a.list("2000-05-20", "2000-06-10")
		// Read as it is, the list lacks what its days lack; parts would lack more.
		rows := read(t, c, l, cache.Read{})
		start, end := l.Query.Range.Start, l.Query.Range.End
		if want := len(a.within(start.Add(a.shift), end, time.Now())); rows.Len() != want {
			t.Errorf("%d records, want %d", rows.Len(), want)
		}
		whole := 0
		for _, q := range a.queries {
			if strings.HasPrefix(q, "2000-05-20|2000-06-10|") {
				whole++
			}
		}
		if whole < 2 {
			t.Errorf("the whole was not read in the end: %q", a.queries)
		}
	})
}

// A list that gets shorter while it is read is not doubtful, and not read again.
func TestAListMayShrinkWhileItsPartsAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.fail = func(n int, _, _ time.Time) *apierror.Error {
			if n == 2 { // the whole has been counted
				a.calls = slices.Delete(slices.Clone(a.calls), 15_000, 15_100)
			}
			return nil
		}
		c := newCache(t)
		l := a.list("-28d", "")
		check(t, a, l, read(t, c, l, cache.Read{}), 0)
		if a.count() > 110 {
			t.Errorf("%d calls", a.count())
		}
	})
}

func TestRangesOfHoursThatAreAnsweredForDaysAreNotSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.wholeDays = true
		a.fill(nil, 10_000, time.Now().Add(-30*time.Hour), time.Now())
		c := newCache(t)
		for _, from := range []string{"-20h", "-26h"} {
			l := a.list(from, "")
			check(t, a, l, read(t, c, l, cache.Read{}), 0)
		}
		// Twice the pages of two days, with the first pages of the parts that were tried.
		if a.count() > 100 {
			t.Errorf("%d calls", a.count())
		}
	})
}

// Records without a time cannot be sorted into days: the list is kept whole.
func TestAListWhoseRecordsLackATimeIsKeptWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.noTime = func(id int) bool { return id == 20_000 }
		c := newCache(t)
		l := a.list("2000-05-20", "2000-06-10")
		rows := read(t, c, l, cache.Read{})
		if want := len(a.within(l.Query.Range.Start, l.Query.Range.End, time.Now())); rows.Len() != want {
			t.Errorf("%d records, want %d", rows.Len(), want)
		}
		sent := a.count()
		read(t, c, l, cache.Read{})
		if a.count() != sent {
			t.Errorf("%d calls more", a.count()-sent)
		}
		time.Sleep(cache.Life)
		if _, ok := c.Lookup(l); ok {
			t.Error("kept longer than its life")
		}
	})
}

// What belongs to several times cannot be cut, but narrowed.
func TestAListWithSeveralTimesIsKeptWholeAndNarrowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.times = []string{"start_time", "end_time"}
		c := newCache(t)
		month, days := a.list("2000-05-20", "2000-06-10"), a.list("2000-05-25", "2000-05-27")
		check(t, a, month, read(t, c, month, cache.Read{}), 0)
		sent := a.count()
		check(t, a, days, read(t, c, days, cache.Read{}), 0)
		if a.count() != sent {
			t.Errorf("%d calls more", a.count()-sent)
		}
	})
}

// What Zoom says it has and does not give is missing: that is an error, with what there
// is for callers who accept it.
func TestAListThatIsNotCompleteIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, totals: true, more: 7}
		a.fill(nil, 1000, now.AddDate(0, 0, -20), now)
		c := newCache(t)
		l := a.list("2000-06-01", "2000-06-10")
		rows, err := c.Read(t.Context(), l, cache.Read{})
		jsontest.WantError(t, err, apierror.ZoomError, "not complete")
		if want := len(a.within(l.Query.Range.Start, l.Query.Range.End, now)); rows.Len() != want || len(all(t, rows)) != want {
			t.Errorf("%d records are there, want %d", rows.Len(), want)
		}
		if _, ok := c.Lookup(l); ok {
			t.Error("it is kept")
		}
	})
}

// Days that are over are not read again, unless a fresh read asks for them or their
// records change all the same.
func TestFinishedDaysAreFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c := newCache(t)
		l := a.list("-20d", "")
		read(t, c, l, cache.Read{})
		sent := a.count()
		time.Sleep(time.Minute)
		read(t, c, a.list("-20d", ""), cache.Read{})
		if a.count() != sent {
			t.Errorf("%d calls for the last minute", a.count()-sent)
		}
		rows := read(t, c, a.list("-20d", ""), cache.Read{Since: time.Now()})
		if n := a.count() - sent; n < 1 || n > 3 || time.Since(rows.Fetched()) > time.Second {
			t.Errorf("%d calls for a read of what can change, fetched %s", n, rows.Fetched())
		}
		sent = a.count()
		rows = read(t, c, a.list("-20d", ""), cache.Read{Since: time.Now(), Anew: true})
		if n := a.count() - sent; n < sent/2 || time.Since(rows.Fetched()) > time.Minute {
			t.Errorf("%d calls for a fresh read, fetched %s; want about %d", n, rows.Fetched(), sent)
		}
		sent = a.count()
		time.Sleep(100 * time.Hour)
		old := a.list("2000-05-28", "2000-06-14")
		check(t, a, old, read(t, c, old, cache.Read{}), 0)
		if a.count() != sent {
			t.Errorf("%d calls for days that were read", a.count()-sent)
		}

		b := busy(t)
		b.changing = true
		changing := newCache(t)
		read(t, changing, b.list("2000-05-28", "2000-06-14"), cache.Read{})
		sent = b.count()
		time.Sleep(cache.Life + time.Minute)
		read(t, changing, b.list("2000-05-28", "2000-06-14"), cache.Read{})
		if b.count() < 2*sent-8 {
			t.Errorf("%d calls for days whose records change, after their life; want about %d", b.count()-sent, sent)
		}
	})
}

// Other ranges of the same list, at the same time, fetch no stretch twice.
func TestRangesThatOverlapShareTheirFetching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c := newCache(t)
		var group sync.WaitGroup
		for _, r := range [][2]string{{"2000-05-20", "2000-06-05"}, {"2000-05-28", "2000-06-10"}, {"2000-05-25", "2000-05-30"}, {"2000-06-01", "2000-06-14"}} {
			group.Go(func() {
				l := a.list(r[0], r[1])
				check(t, a, l, read(t, c, l, cache.Read{}), 0)
			})
			time.Sleep(50 * time.Millisecond)
		}
		group.Wait()
		// 26 days of 3.2 pages, and for each of the three stretches those of its parts.
		if a.count() > 84+3*7 {
			t.Errorf("%d calls", a.count())
		}
	})
}

// Who may not spend is stopped alone: the others go on, at their own cost.
func TestWhoMayNotSpendStopsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c := newCache(t)
		poor := errors.New("enough")
		var group sync.WaitGroup
		group.Go(func() {
			_, err := c.Read(t.Context(), a.list("-20d", ""), cache.Read{Spend: func(n int) error {
				if n > 1 {
					return poor
				}
				return nil
			}})
			if !errors.Is(err, poor) {
				t.Error(err)
			}
		})
		spent := 0
		time.Sleep(10 * time.Millisecond)
		group.Go(func() {
			l := a.list("-20d", "")
			check(t, a, l, read(t, c, l, cache.Read{Spend: func(n int) error { spent += n; return nil }}), 0)
		})
		group.Wait()
		if spent < 60 || spent > a.count() {
			t.Errorf("the other spent %d of %d", spent, a.count())
		}
	})
}

func TestProgressSaysHowFarAReadIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c := newCache(t)
		var seen []cache.Progress
		rows := read(t, c, a.list("-20d", ""), cache.Read{Progress: func(p cache.Progress) { seen = append(seen, p) }})
		last := seen[len(seen)-1]
		if len(seen) != a.count() || last.Calls != a.count() || last.Of < last.Calls || last.Of > last.Calls+8 || last.Records < rows.Len()-600 || last.Records > rows.Len() {
			t.Errorf("%d times, at last %+v, of %d calls and %d records", len(seen), last, a.count(), rows.Len())
		}
		for i, p := range seen[1:] {
			if p.Calls < seen[i].Calls || p.Records < seen[i].Records || i > 3 && (p.Of < 60 || p.Of > 80) {
				t.Errorf("%+v after %+v", p, seen[i])
			}
		}
	})
}

// What was used least recently goes when there is no room, never what a read needs.
func TestWhatWasUsedLeastRecentlyIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c, s := spooled(t, 1<<30)
		week := func(n int) cache.List {
			from := time.Date(2000, 5, 20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 5*n)
			return a.list(from.Format(time.DateOnly), from.AddDate(0, 0, 4).Format(time.DateOnly))
		}
		rows := read(t, c, week(0), cache.Read{})
		size, _ := s.Size()
		rows.Close()
		c, s = spooled(t, size*3+size/2)
		for n := range 5 {
			rows := read(t, c, week(n), cache.Read{})
			check(t, a, week(n), rows, 0)
			rows.Close()
			if rows, ok := c.Lookup(week(0)); ok { // it is used
				rows.Close()
			} else {
				t.Error("what was just used is forgotten")
			}
		}
		if _, ok := c.Lookup(week(1)); ok {
			t.Error("nothing was forgotten")
		}
		memory, _ := s.Size()
		l := a.list("-28d", "")
		rows, err := c.Read(t.Context(), l, cache.Read{})
		rows.Close()
		if err == nil {
			t.Fatalf("there was room, although %d bytes were full", memory)
		}
		jsontest.WantError(t, err, apierror.TooLarge, "shorter range")
		check(t, a, week(2), read(t, c, week(2), cache.Read{}), 0)
	})
}

// spooled is a cache with room in memory alone.
func spooled(t *testing.T, memory int64) (*cache.Cache, *spool.Spool) {
	s := spool.New(spool.Options{Memory: memory, Disk: -1})
	c := cache.New(cache.Options{Spool: s})
	t.Cleanup(func() {
		c.Close()
		s.Close()
	})
	return c, s
}

// A failure that asking again does not change fails its part; the others are kept.
func TestAFailureThatLastsFailsItsOwnPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.fail = func(_ int, _, to time.Time) *apierror.Error {
			if to.Before(time.Now().AddDate(0, 0, -17)) {
				return apierror.New(apierror.Forbidden, "not that far back")
			}
			return nil
		}
		c := newCache(t)
		rows, err := c.Read(t.Context(), a.list("-28d", ""), cache.Read{})
		jsontest.WantError(t, err, apierror.Forbidden, "not that far")
		recent := a.list("-10d", "")
		sent := a.count()
		check(t, a, recent, read(t, c, recent, cache.Read{}), 0)
		if a.count() != sent || rows.Len() < 10_000 {
			t.Errorf("%d calls more, %d records were there", a.count()-sent, rows.Len())
		}
	})
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		s := spool.New(spool.Options{})
		c := cache.New(cache.Options{Spool: s})
		var group sync.WaitGroup
		group.Go(func() {
			_, err := c.Read(t.Context(), a.list("-28d", ""), cache.Read{})
			jsontest.WantError(t, err, apierror.Canceled, "stopping")
		})
		group.Go(func() {
			_, err := c.ReadOne(t.Context(), "x", cache.Read{}, func(ctx context.Context) ([]json.RawMessage, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			if err == nil {
				t.Error("no error")
			}
		})
		time.Sleep(time.Second)
		c.Close()
		group.Wait()
		synctest.Wait()
		if memory, disk := s.Size(); memory+disk != 0 {
			t.Errorf("%d bytes are left", memory+disk)
		}
		if _, err := c.Read(t.Context(), a.list("-28d", ""), cache.Read{}); err == nil {
			t.Error("it goes on")
		}
		s.Close()
	})
}

// What nobody came for in the life of an answer is given up, and leaves nothing.
func TestWhatRestsIsGivenUpAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		s := spool.New(spool.Options{})
		c := cache.New(cache.Options{Spool: s})
		ctx, cancel := contextFor(t, time.Second)
		defer cancel()
		if _, err := c.Read(ctx, a.list("2000-05-20", "2000-06-10"), cache.Read{}); err == nil {
			t.Fatal("no error")
		}
		time.Sleep(cache.Life + time.Minute)
		synctest.Wait()
		if memory, _ := s.Size(); memory != 0 {
			t.Errorf("%d bytes are left", memory)
		}
		c.Close()
		s.Close()
	})
}

// Many lists that rest do not add up.
func TestThereAreNotTooManyThatRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.latency = time.Hour
		c := newCache(t)
		for n := range 600 {
			ctx, cancel := contextFor(t, time.Millisecond)
			l := a.list("2000-05-20", "2000-06-10")
			l.Key = string(rune(n))
			_, err := c.Read(ctx, l, cache.Read{})
			cancel()
			if apierror.From(err).Kind != apierror.Timeout {
				t.Fatalf("read %d: %v", n, err)
			}
		}
	})
}

// The windows of a list that cannot be cut are read side by side too.
func TestWindowsOfAListWithSeveralTimesAreReadSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := today()
		a := &account{t: t, size: 300, totals: true, latency: 150 * time.Millisecond, times: []string{"start_time", "end_time"}}
		a.fill(nil, 6000, now.AddDate(0, -5, 0), now)
		c := newCache(t)
		began := time.Now()
		l := a.list("-5m", "")
		rows := read(t, c, l, cache.Read{})
		check(t, a, l, rows, 0)
		if took := time.Since(began); took > 6*150*time.Millisecond || a.at < 5 || a.count() > 30 {
			t.Errorf("%s, %d at a time, %d calls", took, a.at, a.count())
		}
		if got := all(t, rows); got[0] != a.calls[0].json() || got[len(got)-1] != a.calls[len(a.calls)-1].json() {
			t.Errorf("from %s to %s", got[0], got[len(got)-1])
		}
	})
}

// A question about a time until now makes no call for the minutes since it was asked
// first, also where its first asking ran out of time.
func TestTheLastMinutesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.pace = 500 * time.Millisecond
		c := newCache(t)
		ctx, cancel := contextFor(t, 10*time.Second)
		_, err := c.Read(ctx, a.list("-20d", ""), cache.Read{})
		cancel()
		if err == nil {
			t.Fatal("there was time")
		}
		time.Sleep(30 * time.Second)
		read(t, c, a.list("-20d", ""), cache.Read{})
		sent := a.count()
		if len(a.queries) > 7 { // the whole and its parts
			t.Errorf("asked %q", a.queries)
		}
		for range 4 {
			time.Sleep(time.Minute)
			rows := read(t, c, a.list("-20d", ""), cache.Read{})
			check(t, a, a.list("-20d", ""), rows, 0)
		}
		if a.count() != sent {
			t.Errorf("%d calls more", a.count()-sent)
		}
	})
}

// A list that ends before all that Zoom says there are gives the rest in smaller
// ranges.
func TestAListThatEndsTooEarlyIsReadInSmallerRanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		a.most = 3000
		c := newCache(t)
		l := a.list("-28d", "")
		check(t, a, l, read(t, c, l, cache.Read{}), 0)
		if a.count() > 220 {
			t.Errorf("%d calls", a.count())
		}
	})
}

// What rests goes on with the pages of the one who comes.
func TestWhatRestsGoesOnForTheOneWhoComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy(t)
		c := newCache(t)
		first, second := a.list("-20d", ""), a.list("-20d", "")
		calls := 0
		second.Page = func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			a.mu.Lock()
			calls++
			a.mu.Unlock()
			return a.page(ctx, set)
		}
		ctx, cancel := contextFor(t, time.Second)
		_, _ = c.Read(ctx, first, cache.Read{})
		cancel()
		time.Sleep(10 * time.Second)
		sent := a.count()
		check(t, a, second, read(t, c, second, cache.Read{}), 0)
		if calls == 0 || calls != a.count()-sent {
			t.Errorf("%d calls of %d", calls, a.count()-sent)
		}
	})
}
