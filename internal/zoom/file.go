package zoom

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// File is a file on its way. The receiver reads and closes Body.
type File struct {
	Body io.ReadCloser
	// MediaType is the Content-Type without parameters, empty when Zoom gave none.
	MediaType string
	// Name is the file name that Content-Disposition or the signed address carry, or empty.
	Name string
	// Size of the whole file in bytes, -1 when unknown.
	Size int64
	// Offset is where in the file Body begins; only Reopen returns files where it
	// is not 0.
	Offset int64
	Meta

	client  *Client
	request *request // what asked for it; nil for an address that was given
	signed  *url.URL // where a redirect, or the given address, led; nil for nowhere
	part    part     // how to ask for a part of it; its offset is not used
	whole   bool     // parts of it cannot be asked for
}

// part is the rest of a file, from an offset on.
type part struct {
	offset    int64
	validator string // the file's version, for If-Range; empty when unknown
}

func (p part) set(h http.Header) {
	if p.offset <= 0 {
		return
	}
	h.Set("Range", "bytes="+strconv.FormatInt(p.offset, 10)+"-")
	if p.validator != "" {
		h.Set("If-Range", p.validator)
	}
}

// download calls an operation that answers with a file.
func download(ctx context.Context, c *Client, r *request) (*File, error) {
	r.file = true
	var f *File
	meta, err := c.do(ctx, r, "*/*", func(resp *http.Response) (e *apierror.Error) {
		f, e = c.file(ctx, resp, r)
		return e
	})
	if err != nil {
		return nil, err
	}
	f.request, f.Meta = r, meta
	if e := f.misplaced(r.part); e != nil {
		return nil, e
	}
	return f, nil
}

// misplaced refuses, and closes, a part of the file that was not asked for: of
// another place, or of another version where the one at hand has a name.
func (f *File) misplaced(asked part) *apierror.Error {
	if f.Offset == 0 && asked.offset == 0 {
		return nil
	}
	if f.Offset == 0 || asked.offset > 0 && (asked.validator == "" || f.part.validator == "" || f.part.validator == asked.validator) {
		return nil // the whole file, or the part
	}
	f.Body.Close()
	e := apierror.New(apierror.ZoomError, "Zoom answered with a part of a file that was not asked for")
	e.Hint, e.HTTPStatus = "Try again.", http.StatusPartialContent
	return e
}

// overlap is how much of a file is asked for once more where nothing but its bytes
// shows that it is still the same.
const overlap = 64 << 10

// sniffed is how much of a file is looked at before it is handed on.
const sniffed = 512

// maxRefusal is the size up to which a document is looked through for an error.
const maxRefusal = 8 << 10

// file takes a success as a file. It closes the body where it is none, or an error
// of Zoom's stands in the file's place.
func (c *Client) file(ctx context.Context, resp *http.Response, r *request) (*File, *apierror.Error) {
	body := bufio.NewReaderSize(resp.Body, maxRefusal+1)
	head, err := body.Peek(sniffed)
	if err != nil && err != io.EOF {
		resp.Body.Close()
		return nil, NetworkError(ctx, err)
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	f := &File{
		Body: struct {
			io.Reader
			io.Closer
		}{body, resp.Body},
		MediaType: media, Name: fileName(resp), Size: resp.ContentLength,
		client: c, whole: resp.Uncompressed, part: part{validator: validator(resp.Header)},
	}
	if resp.Request != nil && resp.Request.Response != nil {
		f.signed = resp.Request.URL
	}
	if resp.StatusCode == http.StatusPartialContent {
		if f.Offset, f.Size, err = contentRange(resp.Header.Get("Content-Range")); err != nil || media == "multipart/byteranges" {
			resp.Body.Close()
			e := apierror.New(apierror.ZoomError, "Zoom answered with a part of the file that nobody can place")
			e.Hint = "Try again."
			return nil, e
		}
		return f, nil // what the middle of a file looks like tells nothing
	}
	e := notAFile(resp, media, head)
	if text := bytes.TrimLeft(head, " \t\r\n\ufeff"); e == nil && len(text) > 0 && text[0] == '{' {
		if all, err := body.Peek(maxRefusal + 1); err == io.EOF {
			e = bodyError(resp, all, r)
		}
	}
	if e != nil {
		resp.Body.Close()
		return nil, e
	}
	return f, nil
}

// Reopen asks for the file again, from an offset on where the host allows it, or
// from a little before where the host names no versions: Offset of the new file
// says where its Body begins, and its Size differs where the file has been
// replaced. A signed address is asked first; that costs
// no call. Reopen can be called for as long as the file is wanted, and on the
// files that it returns.
func (f *File) Reopen(ctx context.Context, offset int64) (*File, error) {
	from := part{offset: offset, validator: f.part.validator}
	switch {
	case f.whole || f.Size < 0 && from.validator == "":
		from.offset = 0 // nothing would tell another version of the file
	case from.validator == "":
		from.offset = max(offset-overlap, 0)
	}
	if f.signed != nil {
		g, e := f.client.fetch(ctx, f.signed, from)
		if e != nil && unplaced(e) {
			g, e = f.client.fetch(ctx, f.signed, part{})
		}
		if e == nil {
			g.request = f.request
			return g, nil
		}
		if f.request == nil || ctx.Err() != nil {
			return nil, e
		}
	}
	r := *f.request
	r.part = from
	g, err := download(ctx, f.client, &r)
	if e := apierror.From(err); e != nil && unplaced(e) {
		r.part = part{}
		g, err = download(ctx, f.client, &r)
	}
	return g, err
}

// unplaced reports whether a part could not be had, while all of it may be.
func unplaced(e *apierror.Error) bool {
	return e.HTTPStatus == http.StatusRequestedRangeNotSatisfiable || e.HTTPStatus == http.StatusPartialContent
}

// Fetch gets a file from a signed address, one that ParseLink returned. The token is
// not sent.
func (c *Client) Fetch(ctx context.Context, address *url.URL) (*File, error) {
	if err := mayFollow(c.api.configured, address); err != nil {
		return nil, NetworkError(ctx, err)
	}
	start, delays := time.Now(), newDelays(0)
	for attempt := 1; ; attempt++ {
		f, e := c.fetch(ctx, address, part{})
		if e == nil {
			f.Attempts, f.Waited = attempt, time.Since(start)
			return f, nil
		}
		if e.HTTPStatus != 0 {
			e.Hint = "Signed addresses live for minutes. Call the method that gave this one again, and use the fresh one."
		}
		again := e.HTTPStatus >= 500 || (e.Kind == apierror.Network || e.Kind == apierror.Timeout) && passing(e.Err)
		if !again || attempt >= c.attempts || ctx.Err() != nil || !sleep(ctx, delays.NextBackOff()) {
			e.Attempts = attempt
			return nil, e
		}
	}
}

// fetch asks a signed address once, without a token.
func (c *Client) fetch(ctx context.Context, address *url.URL, from part) (*File, *apierror.Error) {
	resp, err := c.send(ctx, address.String(), "*/*", nil, from)
	if err != nil {
		return nil, NetworkError(ctx, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, linkError(resp)
	}
	f, e := c.file(ctx, resp, &request{file: true})
	if e != nil {
		e.HTTPStatus = resp.StatusCode
		return nil, e
	}
	if e := f.misplaced(from); e != nil {
		return nil, e
	}
	if f.signed == nil {
		f.signed = address
	}
	f.Meta = Meta{Status: resp.StatusCode, Attempts: 1}
	return f, nil
}

// validator returns what names the version of a file for sure: a strong ETag, or
// the time of its last change where that lies a second before the answer.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	changed, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil {
		return ""
	}
	if now, err := http.ParseTime(h.Get("Date")); err != nil || now.Sub(changed) < time.Second {
		return ""
	}
	return h.Get("Last-Modified")
}

// contentRange reads "bytes FIRST-LAST/SIZE" of a part that reaches to the end.
// The size is -1 for "*".
func contentRange(s string) (first, size int64, err error) {
	bad := errors.New("the Content-Range cannot be read")
	s, ok := strings.CutPrefix(s, "bytes ")
	span, total, ok2 := strings.Cut(s, "/")
	from, to, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return 0, 0, bad
	}
	first, err = strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return 0, 0, bad
	}
	last, err := strconv.ParseInt(to, 10, 64)
	if err != nil || last < first {
		return 0, 0, bad
	}
	if total == "*" {
		return first, -1, nil
	}
	if size, err = strconv.ParseInt(total, 10, 64); err != nil || size != last+1 {
		return 0, 0, bad
	}
	return first, size, nil
}
