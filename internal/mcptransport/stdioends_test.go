package mcptransport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func TestCallsUnderWayAreAnsweredAfterTheInputEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
			select {
			case <-time.After(29 * time.Second):
				return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		c := connect(t, g, mcptransport.Options{})
		for i := range 64 {
			c.Send(mcptest.Call(fmt.Sprint(i)))
		}
		c.In.Close()
		start := time.Now()
		lines, err := c.Rest()
		if err != nil || len(lines) != 64 || time.Since(start) != 29*time.Second {
			t.Errorf("%d answers after %v, %v", len(lines), time.Since(start), err)
		}
		for _, line := range lines {
			if got := mcptest.Parse(t, line); got.Result == nil || got.Result.IsError {
				t.Errorf("%+v", got)
			}
		}
		// synctest.Test fails when a goroutine is left.
	})
}

func TestCallsThatTakeTooLongAreCancelledAfterTheInputEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(nil, nil)}, mcptransport.Options{DrainTimeout: 5 * time.Second, MaxCalls: 1})
		c.Send(mcptest.Call("1"), mcptest.Call("2"))
		c.In.Close()
		start := time.Now()
		lines, err := c.Rest()
		if err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("returned %v after %v", err, time.Since(start))
		}
		if len(lines) != 2 {
			t.Fatalf("answers %v", lines)
		}
		for _, line := range lines {
			got := mcptest.Parse(t, line)
			if got.Error == nil && !got.Result.IsError {
				t.Errorf("%+v", got)
			}
		}
	})
}

func TestCallThatIgnoresItsContextDoesNotKeepTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := connect(t, mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			<-release
			return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
		}}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		c.In.Close()
		start := time.Now()
		lines, err := c.Rest()
		if took := time.Since(start); err != nil || len(lines) > 0 || took > 35*time.Second {
			t.Errorf("%v after %v, %v", lines, took, err)
		}
		close(release)
	})
}

func TestContextEndsTheServerAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		c := connect(t, mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
			<-ctx.Done()
			ended.Add(1)
			return nil, ctx.Err()
		}}, mcptransport.Options{})
		for i := range 64 {
			c.Send(mcptest.Call(fmt.Sprint(i)))
		}
		synctest.Wait()
		start := time.Now()
		c.Stop()
		lines, err := c.Rest()
		if !errors.Is(err, context.Canceled) || len(lines) > 0 || time.Since(start) != 0 || ended.Load() != 64 {
			t.Errorf("returned %v after %v with %d answers, %d calls ended", err, time.Since(start), len(lines), ended.Load())
		}
	})
}

func TestContextEndsADrainingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, mcptest.Gateway{OnCall: mcptest.BlockUntil(nil, nil)}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		c.In.Close()
		synctest.Wait()
		start := time.Now()
		c.Stop()
		if lines, err := c.Rest(); !errors.Is(err, context.Canceled) || len(lines) > 0 || time.Since(start) != 0 {
			t.Errorf("returned %v after %v with %v", err, time.Since(start), lines)
		}
	})
}

// readerOnly hides everything but Read, as a terminal that offers no deadline.
type readerOnly struct{ io.Reader }

func TestContextEndsTheServerWhileReadBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, inWrite := io.Pipe()
		defer inWrite.Close()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		s := newServer(mcptest.Gateway{})
		go func() { done <- mcptransport.ServeStdio(ctx, s, readerOnly{in}, io.Discard, mcptransport.Options{}) }()
		synctest.Wait()
		start := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("returned %v after %v", err, time.Since(start))
		}
	})
}

func TestContextStopsReadingAnOSPipe(t *testing.T) {
	in, inWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer inWrite.Close()
	defer in.Close()
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	s := newServer(mcptest.Gateway{})
	go func() { done <- mcptransport.ServeStdio(ctx, s, in, io.Discard, mcptransport.Options{}) }()
	if _, err := io.WriteString(inWrite, mcptest.Ping("1")+"\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("returned %v", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestBrokenOutputEndsTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		c := connect(t, mcptest.Gateway{OnCall: func(ctx context.Context, _ gateway.CallRequest) (*gateway.Answer, error) {
			<-ctx.Done()
			ended.Store(true)
			return nil, ctx.Err()
		}}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		synctest.Wait()
		c.Out.Close()
		c.Send(mcptest.Ping("2"))
		err := <-c.Done
		if err == nil || !errors.Is(err, io.ErrClosedPipe) || !ended.Load() {
			t.Errorf("returned %v, call ended: %t", err, ended.Load())
		}
	})
}

func TestBrokenInputEndsTheServerAfterTheAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
		c.Send(mcptest.Call("1"))
		broken := errors.New("cable")
		c.In.CloseWithError(broken)
		if lines, err := c.Rest(); !errors.Is(err, broken) || len(lines) != 1 {
			t.Errorf("returned %v with %v", err, lines)
		}
	})
}

func TestClientThatDoesNotReadDoesNotKeepTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, mcptest.Gateway{}, mcptransport.Options{})
		for i := range 20 {
			c.Send(mcptest.Call(fmt.Sprint(i)))
		}
		c.In.Close()
		start := time.Now()
		if err := <-c.Done; err != nil || time.Since(start) > 35*time.Second {
			t.Errorf("returned %v after %v", err, time.Since(start))
		}
	})
}
