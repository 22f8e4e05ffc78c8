package zoom

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"zoom-phone-mcp/internal/fault"
)

// Meta tells how a call went.
type Meta struct {
	// Status is the HTTP status.
	Status int
	// TrackingID names the request towards Zoom's support (x-zm-trackingid).
	TrackingID string
	// Attempts is how many requests were sent.
	Attempts int
	// Waited is the time spent waiting for a turn and between attempts.
	Waited time.Duration
	// Budget is what was known of the rate limits afterwards.
	Budget fault.Budget
}

// Answer is a JSON answer: the bytes that Zoom sent, and a typed view of them.
type Answer[T any] struct {
	// Raw is the body as it came.
	Raw json.RawMessage
	Meta
}

// View decodes the body into its type. Fields that the type does not know stay
// in Raw only; an error means that Zoom answered another shape than documented.
func (a *Answer[T]) View() (T, error) {
	var v T
	if err := json.Unmarshal(a.Raw, &v); err != nil {
		return v, fmt.Errorf("zoom: the answer is not as documented: %w", err)
	}
	return v, nil
}

// File is a file on its way. The receiver reads and closes Body.
type File struct {
	Body io.ReadCloser
	// MediaType is the Content-Type without parameters, empty when Zoom gave none.
	MediaType string
	// Name is the file name that Content-Disposition or the signed address carry, or empty.
	Name string
	// Size in bytes, -1 when unknown.
	Size int64
	Meta
}

// get calls an operation that answers JSON.
func get[T any](ctx context.Context, c *Client, r *request) (*Answer[T], error) {
	var body []byte
	meta, err := c.do(ctx, r, "application/json", func(resp *http.Response) *fault.Error {
		defer resp.Body.Close()
		var e *fault.Error
		if body, e = readBody(ctx, resp, c.maxBody); e != nil {
			return e
		}
		return notJSON(resp, body)
	})
	if err != nil {
		return nil, err
	}
	return &Answer[T]{Raw: body, Meta: meta}, nil
}

// sniffed is how much of a file is looked at before it is handed on.
const sniffed = 512

// download calls an operation that answers with a file.
func download(ctx context.Context, c *Client, r *request) (*File, error) {
	r.file = true
	var f *File
	meta, err := c.do(ctx, r, "*/*", func(resp *http.Response) *fault.Error {
		body := bufio.NewReaderSize(resp.Body, 4<<10)
		head, err := body.Peek(sniffed)
		if err != nil && err != io.EOF {
			resp.Body.Close()
			return networkError(ctx, err)
		}
		media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil {
			media = ""
		}
		if e := notAFile(resp, media, head); e != nil {
			resp.Body.Close()
			return e
		}
		f = &File{
			Body: struct {
				io.Reader
				io.Closer
			}{body, resp.Body},
			MediaType: media, Name: fileName(resp), Size: resp.ContentLength,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.Meta = meta
	return f, nil
}

// readBody reads a whole JSON answer within a bound.
func readBody(ctx context.Context, resp *http.Response, limit int64) ([]byte, *fault.Error) {
	tooLarge := func() *fault.Error {
		e := fault.New(fault.TooLarge, "Zoom's answer is larger than %d bytes", limit)
		e.Hint = "Ask for less: a smaller page_size or a shorter range."
		return e
	}
	var b bytes.Buffer
	if n := resp.ContentLength; n > limit {
		return nil, tooLarge()
	} else if n > 0 {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, networkError(ctx, err)
	}
	if n > limit {
		return nil, tooLarge()
	}
	return b.Bytes(), nil
}

// notJSON is the fault of a success whose body is not JSON, or nil. It looks at
// the first character only; the gateway reads the whole.
func notJSON(resp *http.Response, body []byte) *fault.Error {
	text := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return nil
	}
	e := fault.New(fault.ZoomError, "Zoom answered %d with something that is not JSON: %s", resp.StatusCode, firstLine(body))
	if len(text) == 0 {
		e.Message = fmt.Sprintf("Zoom answered %d with an empty body", resp.StatusCode)
	}
	e.Hint = "A proxy or a wrong ZOOM_API_URL can be the cause; if neither is, try again in a moment."
	return e
}

// notAFile is the fault of a download that succeeds without a file: a web page,
// or nothing. It is nil for anything else.
func notAFile(resp *http.Response, media string, head []byte) *fault.Error {
	switch {
	case len(head) == 0:
		e := fault.New(fault.ZoomError, "Zoom answered %d with an empty file", resp.StatusCode)
		e.Hint = "Take the id from a fresh list and try again."
		return e
	case media == "text/html" || strings.HasPrefix(http.DetectContentType(head), "text/html"):
		e := fault.New(fault.ZoomError, "Zoom answered with a web page instead of the file: %s", firstLine(head))
		e.Hint = "The link or the file id is no longer valid, or the app may not read this file. Ask for the list again and use a fresh id."
		return e
	}
	return nil
}

// fileName takes a name from Content-Disposition or from the signed address.
func fileName(resp *http.Response) string {
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return cleanName(params["filename"])
	}
	if resp.Request != nil {
		if name := resp.Request.URL.Query().Get("filename"); name != "" {
			return cleanName(name)
		}
	}
	return ""
}

// cleanName keeps the last element of a name that somebody else chose.
func cleanName(s string) string {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if s == "." || s == ".." || s == "/" {
		return ""
	}
	return s
}
