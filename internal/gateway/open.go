package gateway

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/download"
)

// Stream is a file on its way, of any size. The receiver closes Body.
type Stream struct {
	Name      string // empty when unknown
	MediaType string // empty when unknown
	Size      int64  // bytes, -1 when unknown
	Body      io.ReadCloser

	reopen  func(ctx context.Context, offset int64) (*download.Source, error)
	options download.Options
}

// WriteFile takes the file to a place of the caller's choice: a file that is
// written when it is complete, or a folder. It tells where the file is and what it
// is. A transfer that breaks goes on where it broke. progress is told of the bytes
// once a second; it may be nil.
func (s *Stream) WriteFile(ctx context.Context, name string, progress func(Progress)) (path string, f *File, err error) {
	o := s.options
	if progress != nil {
		o.Progress = func(done, total int64) { progress(Progress{Bytes: done, TotalBytes: max(total, 0)}) }
	}
	src := &download.Source{Body: s.Body, Name: s.Name, MediaType: s.MediaType, Size: s.Size, Reopen: s.reopen}
	path, facts, err := download.WriteFile(ctx, name, src, o, download.Limits{})
	if err != nil {
		return "", nil, err
	}
	return path, fileOf(facts), nil
}

// Open is Call for programs, which can take a file as it comes: a file is the
// stream, anything else the exact answer. The timeout of a call holds up to the file's
// first byte. Every error is a *apierror.Error.
func (g *Gateway) Open(ctx context.Context, r CallRequest) (*Answer, *Stream, error) {
	r.Exact = true
	if m, ok := catalog.Lookup(r.Method); !ok || m.Kind != "binary" {
		a, err := g.Call(ctx, r)
		return a, nil, err
	}
	p, e := g.plan(ctx, r)
	if e != nil {
		return nil, nil, e
	}
	start := g.now()
	f, done, err := g.open(ctx, p)
	var body *bufio.Reader
	if err == nil {
		body = bufio.NewReaderSize(f.Body, download.HeadBytes)
		head, _ := body.Peek(download.HeadBytes) // an error comes again when the body is read
		if _, e := p.fileOptions().Want.Check(head, f.MediaType); e != nil {
			f.Body.Close()
			done()
			e.HTTPStatus, e.TrackingID, e.Attempts = f.Status, f.TrackingID, f.Attempts
			err = e
		}
	}
	if err != nil {
		e := apierror.From(err)
		g.record(p.method, nil, e, g.now().Sub(start))
		return nil, nil, g.explain(p, e)
	}
	g.record(p.method, &Answer{File: &File{Bytes: max(f.Size, 0)}, Meta: meta(f.Meta)}, nil, g.now().Sub(start))
	return nil, &Stream{
		Name: f.Name, MediaType: f.MediaType, Size: f.Size, Body: &openBody{body, f.Body, done},
		reopen: source(f).Reopen, options: p.fileOptions(),
	}, nil
}

// CheckPlace reports whether something can be written at a place of the caller's
// choice, as far as that can be seen before.
func CheckPlace(name string) error { return download.CheckPlace(name) }

// WriteAnswer writes a document to a place of the caller's choice, as WriteFile
// does. In a folder it is called after the method.
func WriteAnswer(ctx context.Context, name, method string, a *Answer) (path string, f *File, err error) {
	body, mediaType := append(slices.Clip(a.JSON), '\n'), "application/json"
	if a.Text != "" {
		body, mediaType = []byte(a.Text), a.MediaType
	}
	s := &Stream{Name: cmp.Or(a.Name, method), MediaType: mediaType, Size: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}
	return s.WriteFile(ctx, name, nil)
}

// openBody ends the request with the body.
type openBody struct {
	io.Reader
	closer io.Closer
	done   func()
}

func (b *openBody) Close() error {
	err := b.closer.Close()
	b.done()
	return err
}
