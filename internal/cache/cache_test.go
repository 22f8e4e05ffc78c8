package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/spool"
)

func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	s := spool.New(spool.Options{Dir: t.TempDir()})
	c := cache.New(cache.Options{Spool: s})
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// all returns the records of rows.
func all(t testing.TB, r *cache.Rows) []string {
	t.Helper()
	out := []string{}
	for i := range r.Chunks() {
		records, err := r.Chunk(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			out = append(out, string(record))
		}
	}
	if len(out) != r.Len() {
		t.Fatalf("%d records, and Len says %d", len(out), r.Len())
	}
	return out
}

// plain is a list without a range, of n records.
func plain(key string, n int, calls *int) cache.List {
	return cache.List{
		Key:   key,
		Query: paginate.Query{Method: paginate.Method{Name: "list", Items: "items", Next: "next_page_token", Size: "page_size", MaxSize: 10, ID: []string{"id"}}},
		Page: func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			*calls++
			from := 0
			if token, ok := set["next_page_token"].(string); ok {
				fmt.Sscan(token, &from)
			}
			items, next := "", ""
			for i := from; i < min(n, from+10); i++ {
				items += fmt.Sprintf(`,{"id":%d}`, i)
			}
			if from+10 < n {
				next = fmt.Sprint(from + 10)
			}
			return json.RawMessage(fmt.Sprintf(`{"items":[%s],"total_records":%d,"next_page_token":%q}`, items[min(1, len(items)):], n, next)), nil
		},
	}
}

func TestAListWithoutARangeIsReadOnceInItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t)
		calls := 0
		l := plain("users", 35, &calls)
		if _, ok := c.Lookup(l); ok {
			t.Error("found before it was read")
		}
		began := time.Now()
		read := func(o cache.Read) *cache.Rows {
			rows, err := c.Read(t.Context(), l, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := all(t, rows); len(got) != 35 || got[34] != `{"id":34}` {
				t.Fatalf("%d records: %v", len(got), got)
			}
			return rows
		}
		read(cache.Read{})
		time.Sleep(cache.Life - time.Second)
		if rows := read(cache.Read{}); calls != 4 || !rows.Fetched().Equal(began) {
			t.Errorf("%d calls, fetched %s", calls, rows.Fetched())
		}
		if rows, ok := c.Lookup(l); !ok || rows.Len() != 35 {
			t.Error("not found")
		}
		read(cache.Read{Since: time.Now()})
		if calls != 8 {
			t.Errorf("%d calls, the second read should be fresh", calls)
		}
		time.Sleep(cache.Life)
		if _, ok := c.Lookup(l); ok {
			t.Error("found after its life")
		}
	})
}

func TestEqualReadsJoinAndEveryCallerHasItsOwnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t)
		calls := 0
		l := plain("users", 95, &calls) // 10 pages, a second
		first, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			rows, err := c.Read(first, l, cache.Read{})
			if apierror.From(err).Kind != apierror.Canceled || rows == nil {
				t.Errorf("%v %v", rows, err)
			}
		})
		for range 3 {
			group.Go(func() {
				rows, err := c.Read(t.Context(), l, cache.Read{})
				if err != nil || len(all(t, rows)) != 95 {
					t.Errorf("%v %v", rows, err)
				}
			})
		}
		time.Sleep(450 * time.Millisecond)
		began := time.Now()
		cancel()
		group.Wait()
		if calls != 10 || time.Since(began) > 600*time.Millisecond {
			t.Errorf("%d calls for four reads, %s after the first had gone", calls, time.Since(began))
		}
	})
}

func TestSpendIsAskedBeforeCallsAreSentAndStopsTheRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t)
		calls, asked := 0, 0
		enough := errors.New("enough")
		l := plain("users", 95, &calls)
		rows, err := c.Read(t.Context(), l, cache.Read{Spend: func(n int) error {
			if asked += n; asked > 5 {
				return enough
			}
			return nil
		}})
		if !errors.Is(err, enough) || calls > 5 || rows == nil {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
}

func TestLastingFailuresAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t)
		calls := 0
		for _, one := range []struct {
			kind apierror.Kind
			want int
		}{{apierror.NotFound, 1}, {apierror.Network, 2}} {
			calls = 0
			fetch := func(context.Context) ([]json.RawMessage, error) {
				calls++
				return nil, apierror.New(one.kind, "no")
			}
			for range 2 {
				rows, err := c.ReadOne(t.Context(), string(one.kind), cache.Read{}, fetch)
				jsontest.WantError(t, err, one.kind, "no")
				if rows == nil {
					t.Error("rows are nil")
				}
			}
			_, err, ok := c.LookupOne(string(one.kind))
			if calls != one.want || ok != (one.want == 1) || ok && apierror.From(err).Kind != one.kind {
				t.Errorf("%s: %d calls, found %v %v", one.kind, calls, ok, err)
			}
		}
		rows, err := c.ReadOne(t.Context(), "user", cache.Read{}, func(context.Context) ([]json.RawMessage, error) {
			return []json.RawMessage{json.RawMessage(`{"id":1}`)}, nil
		})
		if err != nil || fmt.Sprint(all(t, rows)) != `[{"id":1}]` {
			t.Error(err)
		}
	})
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
