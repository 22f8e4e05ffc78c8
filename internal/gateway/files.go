package gateway

import (
	"context"
	"io"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/sanitize"
	"zoom-phone-mcp/internal/zoom"
)

// File is a file that a call fetched. The store keeps it for a while.
type File struct {
	// ID opens the file in the gateway that fetched it. FileURI makes an address of it.
	ID string `json:"-"`
	// Name is safe on every system, and its extension fits the type.
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"` // in hex
	// Text reports whether the file is text.
	Text bool `json:"-"`
	// Path is where the file is on this machine.
	Path string `json:"-"`
	// Expires is when the file is forgotten, at the latest.
	Expires time.Time `json:"-"`
	// Data is the file itself, where the call asked for that and it is small; of a text
	// without invisible characters.
	Data []byte `json:"-"`
	// Removed is how many of them were taken out.
	Removed int `json:"-"`
}

// maxTaking is how many files are taken to the store at once; more wait. Each costs
// about half a megabyte of memory.
const maxTaking = 16

// fileURI begins the address of a kept file, as a resource.
const fileURI = "zoom-phone://files/"

// FileURI is the address of a kept file, as a resource.
func FileURI(id string) string { return fileURI + id }

// fetch takes the file of a call to the store. The timeout of a call holds up to
// the file's first byte; after that the file may take its time, but not stand still.
func (g *Gateway) fetch(ctx context.Context, p *plan) (*Answer, error) {
	if g.files == nil {
		return nil, &apierror.Error{
			Kind: apierror.Storage, Method: p.method.Name, Message: "this program keeps no files",
			Hint: "Name a folder with --download-dir.",
		}
	}
	if err := g.files.Ready(); err != nil {
		return nil, err // before Zoom is asked
	}
	select {
	case g.taking <- struct{}{}:
		defer func() { <-g.taking }()
	case <-ctx.Done():
		return nil, apierror.From(zoom.ContextError(ctx))
	}
	f, done, err := g.open(ctx, p)
	if err != nil {
		return nil, err
	}
	defer done()
	o := p.fileOptions()
	o.Owner = g
	if tell := p.request.Progress; tell != nil {
		o.Progress = func(done, total int64) { tell(Progress{Bytes: done, TotalBytes: max(total, 0)}) }
	}
	kept, err := g.files.Save(ctx, source(f), o)
	if err != nil {
		e := *apierror.From(err)
		if e.HTTPStatus == 0 {
			e.HTTPStatus = f.Status
		}
		e.TrackingID, e.Attempts, e.WaitedMS = f.TrackingID, f.Attempts, f.Waited.Milliseconds()
		return nil, &e
	}
	a := &Answer{File: asFile(kept), Meta: meta(f.Meta)}
	if p.request.Inline {
		if kept.Bytes > g.maxFile {
			a.Notes = append(a.Notes, "The file is too large to be inline; the link leads to it.")
		} else if a.File, err = g.FileContent(ctx, kept.ID); err != nil {
			return nil, err
		} else if a.File.Text {
			a.Meta.Untrusted, a.Meta.Removed = wholeText, a.File.Removed
		}
	}
	return a, nil
}

func asFile(f *download.File) *File {
	kept := fileOf(f.Facts)
	kept.ID, kept.Path, kept.Expires = f.ID, f.Path, f.Expires
	return kept
}

func fileOf(f download.Facts) *File {
	return &File{Name: f.Name, MediaType: f.MediaType, Bytes: f.Bytes, SHA256: f.SHA256, Text: f.Text()}
}

// source is a file of the client as the store takes it.
func source(f *zoom.File) *download.Source {
	return &download.Source{
		Body: f.Body, Name: f.Name, MediaType: f.MediaType, Size: f.Size, Offset: f.Offset,
		Reopen: func(ctx context.Context, offset int64) (*download.Source, error) {
			again, err := f.Reopen(ctx, offset)
			if err != nil {
				return nil, err
			}
			return source(again), nil
		},
	}
}

// fileOptions say what the file of a call has to be, and how it is called if
// nobody says.
func (p *plan) fileOptions() download.Options {
	o := download.Options{Name: p.method.File.Name}
	switch p.method.File.Sort {
	case "sound":
		o.Want = download.Sound
	case "document":
		o.Want = download.Document
	}
	if p.link != nil {
		// A signed address names a file of any sort, such as a picture in a message.
		o.Want = download.Anything
		return o
	}
	o.Name += p.ids()
	return o
}

// ids is the last id of a call, as a part of a name.
func (p *plan) ids() (name string) {
	for _, q := range p.method.Params {
		if v, ok := p.args.Written()[q.Name].(string); q.InPath && ok {
			name = "_" + v
		}
	}
	return name
}

// KeptFile returns a file that a call fetched, to be read from any place. The caller
// closes it. Files of other views are not found.
func (g *Gateway) KeptFile(id string) (*File, io.ReadSeekCloser, error) {
	if g.files == nil {
		return nil, nil, noFile()
	}
	f, r, err := g.files.Open(g, id)
	if err != nil {
		return nil, nil, err
	}
	return asFile(f), r, nil
}

// fileCost is how often a file is in memory that is given as a resource: itself, and in
// base64 once in the result and once in the message.
const fileCost = 5

// FileContent returns a file that a call fetched, whole. One that is larger than the
// gateway's bound for that is an error of kind too_large.
func (g *Gateway) FileContent(ctx context.Context, id string) (*File, error) {
	if g.files == nil {
		return nil, noFile()
	}
	about, r, err := g.files.Open(g, id)
	if err != nil {
		return nil, err
	}
	_ = r.Close() // only its size was of interest
	if err := budget.Take(ctx, fileCost*min(about.Bytes, g.maxFile)); err != nil {
		return nil, err
	}
	f, data, err := g.files.Whole(g, id, g.maxFile)
	if err != nil {
		return nil, err
	}
	kept := asFile(f)
	if kept.Data = data; kept.Text {
		var text string
		text, kept.Removed = sanitize.Text(string(data))
		kept.Data = []byte(text)
	}
	return kept, nil
}

// noFile is what a program says that keeps none.
func noFile() error {
	return &apierror.Error{Kind: apierror.NotFound, Message: "there is no such file, or no longer", Hint: "Call the method again."}
}

// open asks for the file of a call. The timeout of a call holds up to its first
// byte. done ends the request; it comes after the end of the body.
func (g *Gateway) open(ctx context.Context, p *plan) (f *zoom.File, done func(), err error) {
	// A deadline would also end the body, which may take hours.
	ctx, cancel := context.WithCancelCause(ctx)
	ctx = zoom.WithAnswerBy(ctx, time.Now().Add(g.timeout)) // a turn that would come later is refused at once
	timer := time.AfterFunc(g.timeout, func() { cancel(context.DeadlineExceeded) })
	if p.link != nil {
		f, err = g.client.Fetch(ctx, p.link)
	} else {
		var out catalog.Outcome
		if out, err = p.method.Call(ctx, g.client, p.args); err == nil {
			f = out.File
		}
	}
	if timer.Stop(); err != nil {
		if context.Cause(ctx) == context.DeadlineExceeded {
			err = &apierror.Error{
				Kind: apierror.Timeout, Message: "Zoom did not answer before the deadline", Hint: "Try again.", Err: context.DeadlineExceeded,
			}
		}
		cancel(nil)
		return nil, nil, err
	}
	return f, func() { cancel(nil) }, nil
}

// isAddress reports whether a text was meant as an address and not as an id.
func isAddress(s string) bool { return strings.Contains(s, "://") }
