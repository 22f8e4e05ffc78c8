package zoom_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// hangingBody brings some bytes and then nothing, or a byte now and then.
type hangingBody struct {
	ctx     context.Context
	trickle time.Duration
	text    string
}

func (b *hangingBody) Read(p []byte) (int, error) {
	if b.text != "" {
		n := copy(p, b.text)
		b.text = b.text[n:]
		return n, nil
	}
	var next <-chan time.Time
	if b.trickle > 0 {
		next = time.After(b.trickle)
	}
	select {
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	case <-next:
		return copy(p, " "), nil
	}
}

func (*hangingBody) Close() error { return nil }

func TestBodyThatStallsEnds(t *testing.T) {
	for what, trickle := range map[string]time.Duration{"hanging": 0, "trickling": time.Second} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := connect(t, zoom.Options{Attempts: 1, Stall: 20 * time.Second}, func(r *http.Request) (*http.Response, error) {
					resp, err := reply(r, 200, "")
					resp.Body, resp.ContentLength = &hangingBody{r.Context(), trickle, `{"users":[` + strings.Repeat(" ", 5000)}, -1
					return resp, err
				})
				start := time.Now()
				wantFault(t, callLight(t.Context(), c), apierror.Network, "stalled")
				if took := time.Since(start); took < 20*time.Second || took > 22*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestSlowReaderIsNotAStalledBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, zoom.Options{Stall: time.Second}, func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, strings.Repeat("II*", 10_000))
		})
		f, err := c.DownloadFaxFile(t.Context(), zoom.DownloadFaxFileParams{FaxLogID: "l", FileID: "f"})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Body.Close()
		total, p := 0, make([]byte, 1000)
		for err == nil {
			var n int
			n, err = f.Body.Read(p)
			total += n
			time.Sleep(time.Minute)
		}
		if total != 30_000 || err != io.EOF {
			t.Errorf("%d bytes, %v", total, err)
		}
	})
}
