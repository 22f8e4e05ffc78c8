package budget_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/budget"
)

const mib = 1 << 20

// work returns what is taken of the memory for work.
func work(b *budget.Budget) int64 { return b.Uses()[0].Used }

func kindOf(err error) apierror.Kind {
	if err == nil {
		return ""
	}
	return apierror.From(err).Kind
}

func TestMemoryIsTakenUntilTheRequestEnds(t *testing.T) {
	b := budget.New(budget.Default)
	ctx, done := b.Begin(t.Context(), "a")
	for range 3 {
		if err := budget.Take(ctx, 10*mib); err != nil {
			t.Fatal(err)
		}
	}
	if got := work(b); got != 30*mib {
		t.Errorf("taken: %d, want %d", got, 30*mib)
	}
	done()
	done()
	if got := work(b); got != 0 {
		t.Errorf("taken after the end: %d", got)
	}
	if err := budget.Take(ctx, mib); err != nil || work(b) != 0 {
		t.Errorf("a request that has ended took memory: %v, %d", err, work(b))
	}
}

func TestWhoFindsNoMemoryWaitsAndIsToldWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(budget.Default)
		begin := func(owner string) (context.Context, func()) { return b.Begin(t.Context(), owner) }
		limit := b.Uses()[0].Limit
		first, endFirst := begin("a")
		second, endSecond := begin("b")
		if budget.Take(first, limit*3/4) != nil || budget.Take(second, limit/4) != nil {
			t.Fatal("an empty budget has no room")
		}
		third, endThird := begin("c")
		defer endThird()
		start := time.Now()
		err := budget.Take(third, 10*mib)
		if e := apierror.From(err); e.Kind != apierror.Busy || e.RetryAt == "" {
			t.Errorf("got %v, want an error of kind %s with a time", err, apierror.Busy)
		}
		if waited := time.Since(start); waited < time.Second || waited > 10*time.Second {
			t.Errorf("waited %s", waited)
		}
		if err := budget.Take(third, 1000); err != nil {
			t.Errorf("a small take waits behind large ones: %v", err)
		}
		time.AfterFunc(2*time.Second, endSecond)
		if err := budget.Take(third, 10*mib); err != nil {
			t.Errorf("memory that was given back went to nobody: %v", err)
		}
		endFirst()
	})
}

func TestOneOwnerCannotHaveAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(budget.Default)
		taken := 0
		for range 1000 {
			ctx, done := b.Begin(t.Context(), "greedy")
			defer done()
			if budget.Take(ctx, mib) != nil {
				break
			}
			taken++
		}
		if taken > 500 {
			t.Fatalf("one owner took %d MiB", taken)
		}
		other, done := b.Begin(t.Context(), "modest")
		defer done()
		if err := budget.Take(other, 20*mib); err != nil {
			t.Errorf("there is nothing left for another: %v", err)
		}
	})
}

func TestWhatThereWillNeverBeIsTooLarge(t *testing.T) {
	ctx, done := budget.New(budget.Default).Begin(t.Context(), "a")
	defer done()
	if err := budget.Take(ctx, 1<<40); kindOf(err) != apierror.TooLarge {
		t.Errorf("got %v, want an error of kind %s", err, apierror.TooLarge)
	}
}

func TestDatabasesAreSmallUntilTheyHaveToBeLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(budget.Default)
		ctx, done := b.Begin(t.Context(), "a")
		defer done()
		little, release, err := budget.Database(ctx, false, 256*mib)
		if err != nil || little > 32*mib {
			t.Fatalf("got %d, %v", little, err)
		}
		release()
		much, release, err := budget.Database(ctx, true, 256*mib)
		if err != nil || much <= little || much > budget.Default/4 {
			t.Fatalf("got %d, %v", much, err)
		}
		if _, _, err := budget.Database(ctx, true, 256*mib); kindOf(err) != apierror.Busy {
			t.Errorf("two large databases at once: %v", err)
		}
		release()
		release()
		if _, _, err := budget.Database(ctx, true, 256*mib); err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutABudgetThereIsNoBound(t *testing.T) {
	var none *budget.Budget
	ctx, done := none.Begin(t.Context(), "a")
	defer done()
	if err := budget.Take(ctx, 1<<40); err != nil || budget.Bounded(ctx) {
		t.Error(err)
	}
	if got, _, err := budget.Database(ctx, false, 7); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}
