package cache_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/spool"
)

// A call that was sent when its caller's time ended is paid for: what it brings is kept,
// and who asks again does not send it again.
func TestACallThatWasSentIsNotLostWhenItsCallerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := spool.New(spool.Options{})
		c := cache.New(cache.Options{Spool: s})
		defer s.Close()
		defer c.Close()
		calls := 0
		fetch := func(ctx context.Context) ([]json.RawMessage, error) {
			calls++
			select {
			case <-time.After(300 * time.Millisecond):
				return []json.RawMessage{json.RawMessage(`{"id":1}`)}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		for _, end := range []func(context.Context) (context.Context, context.CancelFunc){
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 100*time.Millisecond)
			},
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(100*time.Millisecond, cancel)
				return ctx, cancel
			},
		} {
			calls = 0
			key := time.Now().String()
			ctx, cancel := end(t.Context())
			began := time.Now()
			if _, err := c.ReadOne(ctx, key, cache.Read{}, fetch); err == nil || time.Since(began) != 100*time.Millisecond {
				t.Errorf("got %v after %s, want an error at once", err, time.Since(began))
			}
			cancel()
			time.Sleep(time.Second)
			rows, err := c.ReadOne(t.Context(), key, cache.Read{}, fetch)
			if err != nil || rows.Len() != 1 || calls != 1 {
				t.Errorf("got %d rows in %d calls, %v; want the row of the first call", rows.Len(), calls, err)
			}
		}
		// One that takes for ever ends.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ended := make(chan struct{})
		_, _ = c.ReadOne(ctx, "ever", cache.Read{}, func(ctx context.Context) ([]json.RawMessage, error) {
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		})
		<-ended
	})
}
