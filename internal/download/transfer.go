package download

import (
	"context"
	"io"
	"slices"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

const (
	mebibyte = 1 << 20
	// bufferBytes is read and given to the digest at a time. Of a large file it is
	// more: it comes a third faster then, because goroutines wait less for another.
	bufferBytes      = 256 << 10
	largeBufferBytes = 4 << 20
	largeFile        = 64 << 20
	// writeBytes is written at a time. Larger writes make some file systems look
	// for larger pieces of memory, which takes longer than it saves.
	writeBytes = 32 << 10
)

// target is what a file is written to: an *os.File, in everything but tests.
type target interface {
	io.Writer
	io.ReaderAt
	io.Seeker
	io.Closer
	Truncate(size int64) error
}

// transfer takes one file from its source to its target.
type transfer struct {
	Options
	limits  Limits
	src     *Source
	to      target
	dir     string // for faults
	reserve func(size int64) *apierror.Error

	mayBeLarge bool // one of many has not to be
	digest     *digest
	piece      int64 // bytes of a buffer
	mediaType  string
	size       int64 // of the whole file, -1 when unknown
	done       int64
	reserved   int64

	failures int   // since solid
	solid    int64 // what had come when the transfer broke last
	restarts int

	told   int64
	toldAt time.Time
}

// run takes the file. Whatever happens, the source's body is closed afterwards.
func (t *transfer) run(ctx context.Context) (Facts, *apierror.Error) {
	body, size, mediaType, name := t.src.Body, t.src.Size, t.src.MediaType, t.src.Name
	defer func() { body.Close() }()
	t.piece = bufferBytes
	if size >= largeFile && t.mayBeLarge {
		t.piece = largeBufferBytes
	}
	t.digest = newDigest(t.piece)
	defer t.digest.stop()
	t.size, t.toldAt = size, t.limits.Now()
	if e := t.room(max(size, 0)); e != nil {
		return Facts{}, e
	}
	for {
		e, broke := t.copy(ctx, body, mediaType)
		if e != nil {
			return Facts{}, e
		}
		if broke == nil {
			break
		}
		body.Close()
		next, e := t.reopen(ctx, broke)
		if e != nil {
			return Facts{}, e
		}
		body = next.Body
		if t.done == 0 {
			mediaType, name = next.MediaType, next.Name
		}
	}
	if t.done == 0 {
		return Facts{}, emptyFault()
	}
	t.tell(true)
	f := Facts{MediaType: t.mediaType, Bytes: t.done, SHA256: t.digest.sum()}
	f.Name = fileName(name, t.Options.Name, f.MediaType)
	return f, nil
}

// copy takes bytes until the body ends. A break is what asking for the rest can
// fix.
func (t *transfer) copy(ctx context.Context, body io.Reader, declared string) (e *apierror.Error, broke error) {
	for {
		if ctx.Err() != nil {
			return contextFault(ctx), nil
		}
		b := t.digest.buffer()
		n, err := t.fill(b[:t.piece-t.done%t.piece], body)
		if err == io.EOF && t.size >= 0 && t.done+int64(n) < t.size {
			err = io.ErrUnexpectedEOF
		}
		if t.done == 0 && n < HeadBytes && err != nil && err != io.EOF {
			n = 0 // too little to be looked at; it comes again
		}
		if e := t.take(b[:n], declared); e != nil {
			return e, nil
		}
		switch {
		case err == io.EOF:
			return nil, nil
		case err != nil && ctx.Err() != nil:
			return contextFault(ctx), nil
		case err != nil:
			return nil, err
		}
	}
}

// fill reads until the buffer is full, because whole and aligned pieces are
// written fastest; but not for longer than progress can wait.
func (t *transfer) fill(b []byte, body io.Reader) (n int, err error) {
	for n < len(b) && err == nil {
		if n >= HeadBytes && t.limits.Now().Sub(t.toldAt) >= time.Second {
			break
		}
		var more int
		more, err = body.Read(b[n:])
		n += more
	}
	return n, err
}

// take looks at a piece, writes it, and hands it to the digest, which frees
// the buffer again.
func (t *transfer) take(b []byte, declared string) *apierror.Error {
	after := t.done + int64(len(b))
	if t.size >= 0 && after > t.size {
		return longerFault(t.size)
	}
	if t.done == 0 && len(b) > 0 {
		var e *apierror.Error
		if t.mediaType, e = t.Want.Check(b, declared); e != nil {
			return e
		}
	}
	if e := t.room(after); e != nil {
		return e
	}
	for piece := range slices.Chunk(b, writeBytes) {
		if _, err := t.to.Write(piece); err != nil {
			return diskFault(t.dir, err)
		}
	}
	t.done = after
	t.digest.add(b)
	t.tell(false)
	return nil
}

// room reserves room for a size, in steps that grow where the size is not known.
func (t *transfer) room(size int64) *apierror.Error {
	if size <= t.reserved {
		return nil
	}
	if size > t.size {
		size = max(size, min(2*t.reserved, t.reserved+64*mebibyte), mebibyte)
	}
	if e := t.reserve(size); e != nil {
		return e
	}
	t.reserved = size
	return nil
}

// reopen returns the rest of the file behind a break, or the whole where the rest
// cannot be had.
func (t *transfer) reopen(ctx context.Context, broke error) (*Source, *apierror.Error) {
	if t.done-t.solid >= mebibyte {
		t.failures = 0
	}
	t.solid = t.done
	for offset := t.done; ; {
		if t.failures++; t.src.Reopen == nil || t.failures > t.limits.Tries || t.restarts > t.limits.Tries {
			return nil, brokenFault(t.done, t.size, broke)
		}
		if e := t.pause(ctx); e != nil {
			return nil, e
		}
		next, err := t.src.Reopen(ctx, offset)
		if err != nil {
			if ctx.Err() != nil {
				return nil, contextFault(ctx)
			}
			if e := apierror.From(err); !passing(e) {
				return nil, e
			}
			broke = err
			continue
		}
		same := t.size < 0 || next.Size < 0 || next.Size == t.size
		if same && 0 < next.Offset && next.Offset < t.done {
			if same, err = t.again(next); err != nil {
				next.Body.Close()
				broke = err
				continue
			}
		}
		switch {
		case next.Offset == t.done && same:
			t.size = max(t.size, next.Size)
			return next, nil
		case next.Offset == 0:
			if e := t.restart(next.Size); e != nil {
				next.Body.Close()
				return nil, e
			}
			return next, nil
		}
		next.Body.Close() // another part than asked for, or of another file
		offset = 0
	}
}

// again compares what comes once more with what is there, and reports whether it is
// the same. The source then stands at the break.
func (t *transfer) again(next *Source) (same bool, err error) {
	var came, there [4 << 10]byte
	for next.Offset < t.done {
		n := min(int64(len(came)), t.done-next.Offset)
		if _, err := io.ReadFull(next.Body, came[:n]); err != nil {
			return false, err
		}
		if _, err := t.to.ReadAt(there[:n], next.Offset); err != nil {
			return false, err
		}
		if came != there {
			return false, nil
		}
		next.Offset += n
	}
	return true, nil
}

// restart forgets what has come.
func (t *transfer) restart(size int64) *apierror.Error {
	t.restarts++
	t.done, t.solid, t.size = 0, 0, size
	t.digest.reset()
	_, err := t.to.Seek(0, io.SeekStart)
	if err == nil {
		err = t.to.Truncate(0)
	}
	if err != nil {
		return diskFault(t.dir, err)
	}
	return t.room(max(size, 0))
}

// passing reports whether a failure to ask again may be gone the next time.
func passing(e *apierror.Error) bool {
	switch e.Kind {
	case apierror.Network, apierror.Timeout:
		return true
	}
	return e.HTTPStatus >= 500
}

func (t *transfer) pause(ctx context.Context) *apierror.Error {
	timer := time.NewTimer(t.limits.Pause << min(t.failures-1, 6))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextFault(ctx)
	}
}

// tell reports the progress, where there is news.
func (t *transfer) tell(end bool) {
	now := t.limits.Now()
	if !end && now.Sub(t.toldAt) < time.Second {
		return
	}
	t.toldAt = now
	if t.Progress != nil && t.done > t.told {
		t.told = t.done
		t.Progress(t.done, t.size)
	}
}
