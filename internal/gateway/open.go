package gateway

import (
	"context"
	"io"
	"time"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/fault"
	"zoom-phone-mcp/internal/zoom"
)

// Stream is a file on its way, of any size. The receiver reads and closes Body.
type Stream struct {
	Name      string // empty when unknown
	MediaType string // empty when unknown
	Size      int64  // bytes, -1 when unknown
	Body      io.ReadCloser
}

// Open is Call for programs, which can take a file as it comes: a file is the
// stream, anything else the exact answer. The timeout of a call holds up to the file's
// first byte. Every error is a *fault.Error.
func (g *Gateway) Open(ctx context.Context, r CallRequest) (*Answer, *Stream, error) {
	r.Exact = true
	if m, ok := catalog.Lookup(r.Method); !ok || m.Kind != "binary" {
		a, err := g.Call(ctx, r)
		return a, nil, err
	}
	m, args, e := g.check(r)
	if e != nil {
		return nil, nil, e
	}
	// A deadline would also end the body, which may take hours.
	ctx, cancel := context.WithCancelCause(ctx)
	ctx = zoom.WithAnswerBy(ctx, time.Now().Add(g.timeout)) // a turn that would come later is refused at once
	timer := time.AfterFunc(g.timeout, func() { cancel(context.DeadlineExceeded) })
	start := g.now()
	out, err := m.Call(ctx, g.client, args)
	timer.Stop()
	if err != nil {
		if context.Cause(ctx) == context.DeadlineExceeded {
			err = &fault.Error{
				Kind: fault.Timeout, Message: "Zoom did not answer before the deadline", Hint: "Try again.", Err: context.DeadlineExceeded,
			}
		}
		cancel(nil)
		e := fault.From(err)
		g.record(m, nil, e, g.now().Sub(start))
		return nil, nil, g.explain(m, e)
	}
	f := out.File
	g.record(m, &Answer{File: &File{Bytes: max(f.Size, 0)}, Meta: meta(out.Meta)}, nil, g.now().Sub(start))
	return nil, &Stream{Name: f.Name, MediaType: f.MediaType, Size: f.Size, Body: &openBody{f.Body, cancel}}, nil
}

// openBody ends the request with the body.
type openBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *openBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
