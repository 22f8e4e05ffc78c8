package mcptransport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/safejson"
)

// grace is how long the end of a session waits for calls that were told to stop.
const grace = time.Second

// ServeStdio serves one client that writes JSON-RPC messages to in, one a line,
// and reads them from out. Nothing else is written to out.
//
// At the end of in, calls under way are answered within o.DrainTimeout;
// after that they are cancelled. ServeStdio then returns nil.
//
// When ctx ends, calls are cancelled, nothing more is answered, and ServeStdio
// returns the context's error at once. Reading is stopped through in's
// SetReadDeadline, or through Close, so in should not be used afterwards. A
// standard input that is a blocking pipe or terminal offers neither: then one
// goroutine stays in Read until the process ends. The same holds for a
// goroutine in a Write that nobody reads, which out's SetWriteDeadline ends
// where there is one.
//
// When out cannot be written to, calls are cancelled and the error is returned.
func ServeStdio(ctx context.Context, s *server.MCPServer, in io.Reader, out io.Writer, o Options) error {
	o = o.filled()
	client := newSession("stdio-"+rand.Text(), maxNotes)
	if err := s.RegisterSession(ctx, client); err != nil {
		return fmt.Errorf("register session: %w", err)
	}
	defer s.UnregisterSession(context.WithoutCancel(ctx), client.id)

	log := o.Log.With().Str("session", client.id).Logger()
	// Calls do not end with ctx but by abort, which first sees to it that what
	// they say then is not sent.
	calls, cancel := context.WithCancel(s.WithContext(context.WithoutCancel(ctx), client))
	defer cancel()
	c := &conn{
		dispatcher: dispatcher{mcp: s, log: log, session: client, requests: newRequests(o), workers: workers{make(chan func()), calls.Done()}},
		options:    o,
		calls:      calls,
		in:         newLineReader(in, o.MaxMessage),
		answers:    make(chan answer),
		finish:     make(chan struct{}),
		stop:       make(chan struct{}),
	}
	read, written := make(chan error, 1), make(chan error, 1)
	go func() { written <- c.write(newEncoder(out)) }()
	go func() { read <- c.read() }()

	select {
	case err := <-read:
		return c.drain(ctx, err, cancel, out, written)
	case <-ctx.Done():
		c.abort(cancel, in, read, out, written)
		return ctx.Err()
	case err := <-written:
		c.abort(cancel, in, read, out, nil)
		return writeError(err)
	}
}

func writeError(err error) error { return fmt.Errorf("write to client: %w", err) }

// conn is one client on stdio: a goroutine that reads, one that writes, and one for
// each request under way.
type conn struct {
	dispatcher
	options Options
	calls   context.Context // of all requests
	in      *lineReader
	answers chan answer   // to the writer
	finish  chan struct{} // closed when all answers have been handed over
	stop    chan struct{} // closed when nothing more shall be written
}

// drain ends a session whose input has ended.
func (c *conn) drain(ctx context.Context, readErr error, cancel context.CancelFunc, out io.Writer, written <-chan error) error {
	idle := c.requests.end()
	bound := time.NewTimer(c.options.DrainTimeout)
	defer bound.Stop()
	late := false
wait:
	for {
		select {
		case <-idle:
			break wait
		case <-bound.C:
			if late {
				c.log.Error().Msg("calls did not stop when they were told to")
				c.abort(cancel, nil, nil, out, written)
				return readErr
			}
			// Told to stop, calls still have the time to say so.
			late = true
			c.log.Warn().Dur("after", c.options.DrainTimeout).Msg("input has ended; cancelling calls under way")
			cancel()
			bound.Reset(grace)
		case <-ctx.Done():
			c.abort(cancel, nil, nil, out, written)
			return ctx.Err()
		case err := <-written:
			c.abort(cancel, nil, nil, out, nil)
			return writeError(err)
		}
	}
	close(c.finish)
	select {
	case err := <-written:
		if err != nil {
			return writeError(err)
		}
		return readErr
	case <-ctx.Done():
		readErr = ctx.Err()
	case <-bound.C:
	}
	c.abort(cancel, nil, nil, out, written)
	return readErr
}

// abort cancels all calls and waits for the goroutines that can be made to end:
// the reader where read is given, the writer where written is.
func (c *conn) abort(cancel context.CancelFunc, in io.Reader, read <-chan error, out io.Writer, written <-chan error) {
	close(c.stop)
	cancel()
	if !stopReading(in) {
		read = nil
	}
	if w, ok := out.(interface{ SetWriteDeadline(time.Time) error }); ok && written != nil {
		_ = w.SetWriteDeadline(time.Unix(1, 0))
	}
	bound := time.NewTimer(grace)
	defer bound.Stop()
	idle := c.requests.end()
	for idle != nil || read != nil || written != nil {
		select {
		case <-idle:
			idle = nil
		case <-read:
			read = nil
		case <-written:
			written = nil
		case <-bound.C:
			return
		}
	}
}

// stopReading ends a Read that is under way, and reports whether it could.
func stopReading(in io.Reader) bool {
	if r, ok := in.(interface{ SetReadDeadline(time.Time) error }); ok && r.SetReadDeadline(time.Unix(1, 0)) == nil {
		return true
	}
	if _, ok := in.(*os.File); ok {
		return false // Close does not end a Read of a blocking file
	}
	if r, ok := in.(io.Closer); ok {
		return r.Close() == nil
	}
	return false
}

// receive takes one line that is not empty.
func (c *conn) receive(line []byte) {
	in, rejected := parse(line)
	if rejected != nil {
		c.log.Debug().Int("code", rejected.code).Msg("batch rejected")
		c.send(rejected.answer())
		return
	}
	ctx, done := c.options.Budget.Begin(c.calls, c.session.id)
	c.dispatch(ctx, in, func(a *answer) {
		defer done()
		if a != nil {
			c.send(*a)
		}
	})
}

// send hands an answer to the writer, unless the session has been aborted.
func (c *conn) send(a answer) {
	select {
	case <-c.stop:
		return // select would choose at random
	default:
	}
	select {
	case c.answers <- a:
	case <-c.stop:
	}
}

// write writes answers and notifications until the session ends. That one goroutine
// does keeps lines whole, and keeps memory at one buffer however many and long the
// answers are. The notifications of a call come before its answer: they were queued
// before it.
func (c *conn) write(e *Encoder) error {
	for e.err == nil {
		select {
		case n := <-c.session.notes:
			c.writeNote(e, n)
			c.writeReady(e)
		case a := <-c.answers:
			c.writeNotes(e)
			writeAnswer(e, a)
			c.writeReady(e)
		case <-c.finish:
			c.writeNotes(e)
			e.flush()
			return e.err
		case <-c.stop:
			return nil
		}
		e.flush()
	}
	return e.err
}

// writeReady adds the answers that are waiting to the same write.
func (c *conn) writeReady(e *Encoder) {
	for e.err == nil && len(e.buf) < flushAt/2 {
		select {
		case a := <-c.answers:
			c.writeNotes(e)
			writeAnswer(e, a)
		default:
			return
		}
	}
}

func writeAnswer(e *Encoder, a answer) {
	a.encode(e)
	e.Literal("\n")
}

func (c *conn) writeNotes(e *Encoder) {
	for {
		select {
		case n := <-c.session.notes:
			c.writeNote(e, n)
		default:
			return
		}
	}
}

func (c *conn) writeNote(e *Encoder, n mcp.JSONRPCNotification) {
	body, err := safejson.Marshal(n)
	if err != nil {
		c.log.Error().Str("rpc", n.Method).Err(err).Msg("notification could not be encoded")
		return
	}
	e.Raw(body)
	e.Literal("\n")
}

// read reads messages until the input ends, which is not an error, or the session
// has been aborted.
func (c *conn) read() error {
	for {
		line, err := c.in.next()
		switch {
		case errors.Is(err, errLongLine):
			c.log.Warn().Int("max", c.in.max).Msg("skipped a line that is too long")
			c.send(errorAnswer(nil, mcp.INVALID_REQUEST, fmt.Sprintf("a message may have %d bytes at most", c.in.max)))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read from client: %w", err)
		case len(line) > 0:
			c.receive(line)
		}
		select {
		case <-c.stop:
			return nil
		default:
		}
	}
}
