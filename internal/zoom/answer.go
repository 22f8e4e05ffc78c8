package zoom

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// Meta describes how a call went.
type Meta struct {
	// Status is the HTTP status.
	Status int
	// TrackingID identifies the request to Zoom's support (x-zm-trackingid).
	TrackingID string
	// Attempts is how many requests were sent.
	Attempts int
	// Waited is the time spent waiting for a turn and between attempts.
	Waited time.Duration
	// Budget is what was known of the rate limits afterwards.
	Budget apierror.Budget
}

// Answer is a JSON answer: the bytes that Zoom sent.
type Answer struct {
	// Raw is the body as it came.
	Raw json.RawMessage
	Meta
}

// get calls an operation that answers JSON.
func get(ctx context.Context, c *Client, r *request) (*Answer, error) {
	var body []byte
	meta, err := c.do(ctx, r, "application/json", func(resp *http.Response) *apierror.Error {
		defer resp.Body.Close()
		var e *apierror.Error
		if body, e = readBody(ctx, resp, c.maxBody); e != nil {
			return e
		}
		if e := notJSON(resp, body); e != nil {
			return e
		}
		return bodyError(resp, body, r)
	})
	if err != nil {
		return nil, err
	}
	return &Answer{Raw: body, Meta: meta}, nil
}

// readBody reads a whole JSON answer within a bound.
func readBody(ctx context.Context, resp *http.Response, limit int64) ([]byte, *apierror.Error) {
	tooLarge := func() *apierror.Error {
		e := apierror.New(apierror.TooLarge, "Zoom's answer is larger than %d bytes", limit)
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
		return nil, NetworkError(ctx, err)
	}
	if n > limit {
		return nil, tooLarge()
	}
	return b.Bytes(), nil
}

// notJSON is the error for a success whose body is not JSON, or nil. It looks at
// the first character only; the gateway reads the whole.
func notJSON(resp *http.Response, body []byte) *apierror.Error {
	text := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return nil
	}
	e := apierror.New(apierror.ZoomError, "Zoom answered %d with something that is not JSON: %s", resp.StatusCode, firstLine(body))
	if len(text) == 0 {
		e.Message = fmt.Sprintf("Zoom answered %d with an empty body", resp.StatusCode)
	}
	e.Hint = "A proxy or a wrong ZOOM_API_URL can be the cause; if neither is, try again in a moment."
	return e
}

// notAFile is the error for a download that succeeds without a file: a web page,
// or nothing. It is nil for anything else.
func notAFile(resp *http.Response, media string, head []byte) *apierror.Error {
	switch {
	case len(head) == 0:
		e := apierror.New(apierror.ZoomError, "Zoom answered %d with an empty file", resp.StatusCode)
		e.Hint = "Take the id from a fresh list and try again."
		return e
	case media == "text/html" || strings.HasPrefix(http.DetectContentType(head), "text/html"):
		e := apierror.New(apierror.ZoomError, "Zoom answered with a web page instead of the file")
		e.Hint = "The link or the file id is no longer valid, or the app may not read this file. Ask for the list again and use a fresh id."
		return e
	}
	return nil
}
