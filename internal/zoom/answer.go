package zoom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/fault"
)

// Answer is a JSON answer: the bytes that Zoom sent, and a typed view of them.
type Answer[T any] struct {
	// Raw is the body as it came.
	Raw json.RawMessage
	// TrackingID names the request towards Zoom's support (x-zm-trackingid).
	TrackingID string
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
	// TrackingID names the request towards Zoom's support.
	TrackingID string
}

// get calls an operation that answers JSON.
func get[T any](ctx context.Context, c *Client, r *request) (*Answer[T], error) {
	resp, err := c.do(ctx, r, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := readBody(ctx, resp, c.maxBody, r.method)
	if err != nil {
		return nil, err
	}
	if e := notJSON(resp, body); e != nil {
		e.Method = r.method
		return nil, e
	}
	return &Answer[T]{Raw: body, TrackingID: resp.Header.Get(trackingHeader)}, nil
}

// download calls an operation that answers with a file.
func download(ctx context.Context, c *Client, r *request) (*File, error) {
	resp, err := c.do(ctx, r, "*/*")
	if err != nil {
		return nil, err
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	if media == "text/html" {
		defer resp.Body.Close()
		head, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		e := fault.New(fault.ZoomError, "Zoom answered with a web page instead of the file: %s", firstLine(head))
		e.Hint = "The link or the file id is no longer valid, or the app may not read this file. Ask for the list again and use a fresh id."
		e.Method, e.HTTPStatus, e.TrackingID = r.method, resp.StatusCode, resp.Header.Get(trackingHeader)
		return nil, e
	}
	return &File{
		Body: resp.Body, MediaType: media, Name: fileName(resp),
		Size: resp.ContentLength, TrackingID: resp.Header.Get(trackingHeader),
	}, nil
}

// do sends a request with the shared token and gives the answer if it is a
// success. A token that Zoom refuses is replaced once.
func (c *Client) do(ctx context.Context, r *request, accept string) (*http.Response, error) {
	address := r.url(c.base)
	for attempt := 0; ; attempt++ {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return nil, withMethod(err, r.method)
		}
		resp, err := c.send(ctx, address, accept, token)
		if err != nil {
			return nil, withMethod(networkError(ctx, err), r.method)
		}
		if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
			return resp, nil
		}
		e := answerError(resp)
		resp.Body.Close()
		if e.Kind == fault.Auth && attempt == 0 {
			c.tokens.reject(token)
			continue
		}
		return nil, withMethod(e, r.method)
	}
}

func (c *Client) send(ctx context.Context, address, accept string, token *oauth2.Token) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	req.Header.Set("Accept", accept)
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	return c.http.Do(req)
}

// readBody reads a whole JSON answer within a bound.
func readBody(ctx context.Context, resp *http.Response, limit int64, method string) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= limit {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, withMethod(networkError(ctx, err), method)
	}
	if n > limit {
		e := fault.New(fault.TooLarge, "Zoom's answer is larger than %d bytes", limit)
		e.Hint = "Ask for less: a smaller page_size or a shorter range."
		return nil, withMethod(e, method)
	}
	return b.Bytes(), nil
}

// withMethod notes the method on a fault that does not have one yet. Faults can
// be shared by several calls that waited for one token, hence the copy.
func withMethod(err error, method string) error {
	e := fault.From(err)
	if e.Method != "" {
		return e
	}
	c := *e
	c.Method = method
	return &c
}

// ContextError is the fault of a call whose context has ended.
func ContextError(ctx context.Context) *fault.Error { return contextError(ctx) }

// contextError turns the end of a context into a fault.
func contextError(ctx context.Context) *fault.Error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Kind: fault.Timeout, Message: "Zoom did not answer before the deadline", Hint: "Try again, or ask for less: a smaller page_size or a shorter range.", Err: err}
	}
	return &fault.Error{Kind: fault.Canceled, Message: "the call was canceled", Err: err}
}
