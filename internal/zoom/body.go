package zoom

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// DefaultStall is how long a body may deliver next to nothing.
const DefaultStall = 30 * time.Second

// stallBytes is how much a body has to deliver to count as alive.
const stallBytes = 1 << 10

// errStalled is the error of a body that hangs or trickles.
var errStalled = errors.New("the answer's body stalled")

// liveBody is an answer's body that ends with errStalled when reading it has
// taken longer than a limit without stallBytes coming. The time between reads
// does not count: that is the reader's.
type liveBody struct {
	io.ReadCloser
	cancel  context.CancelFunc // ends the request
	limit   time.Duration
	timer   *time.Timer
	stalled atomic.Bool

	got    int           // bytes since the last sign of life
	waited time.Duration // time in Read since then
}

func newLiveBody(body io.ReadCloser, limit time.Duration, cancel context.CancelFunc) *liveBody {
	return &liveBody{ReadCloser: body, limit: limit, cancel: cancel}
}

func (b *liveBody) Read(p []byte) (int, error) {
	start := time.Now()
	if b.timer == nil {
		b.timer = time.AfterFunc(b.limit, func() {
			b.stalled.Store(true)
			b.cancel()
		})
	} else {
		b.timer.Reset(b.limit - b.waited)
	}
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if b.got += n; b.got >= stallBytes {
		b.got, b.waited = 0, 0
	} else {
		b.waited += time.Since(start)
	}
	if err != nil && err != io.EOF && b.stalled.Load() {
		err = errStalled
	}
	return n, err
}

// Close ends the request.
func (b *liveBody) Close() error {
	if b.timer != nil {
		b.timer.Stop()
	}
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}
