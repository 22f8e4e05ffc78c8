package zoom_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// connect makes a client on a round tripper, for tests in a bubble's time.
func connect(t *testing.T, o zoom.Options, rt roundTrip) *zoom.Client {
	t.Helper()
	o.HTTP = rt
	if o.Tokens == nil {
		o.Tokens = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token-1"})
	}
	c, err := zoom.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reply is an answer, with header lines as "Name: value".
func reply(r *http.Request, status int, body string, header ...string) (*http.Response, error) {
	h := http.Header{}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

const (
	tooFast  = `{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}`
	tooMany  = `{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}`
	trouble  = `{"code":500,"message":"Internal error."}`
	validity = `{"code":300,"message":"Validation Failed."}`
)

// One call of each label.

func callLight(ctx context.Context, c *zoom.Client) error {
	_, err := c.PhoneSetting(ctx)
	return err
}

func callMedium(ctx context.Context, c *zoom.Client) error {
	_, err := c.ListCallQueues(ctx, zoom.ListCallQueuesParams{})
	return err
}

func callHeavy(ctx context.Context, c *zoom.Client) error {
	_, err := c.AccountCallHistory(ctx, zoom.AccountCallHistoryParams{})
	return err
}

func callIntensive(ctx context.Context, c *zoom.Client) error {
	f, err := c.DownloadFaxFile(ctx, zoom.DownloadFaxFileParams{FaxLogID: "l", FileID: "f"})
	if err == nil {
		err = f.Body.Close()
	}
	return err
}

func callUnlabelled(ctx context.Context, c *zoom.Client) error {
	_, err := c.GetCallLogMetricsDetails(ctx, zoom.GetCallLogMetricsDetailsParams{CallID: "1"})
	return err
}

// within returns a context that ends after a while.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// wantFault fails the test unless err is a fault of a kind that says something.
func wantFault(t *testing.T, err error, kind apierror.Kind, says string) *apierror.Error {
	t.Helper()
	e := apierror.From(err)
	if e == nil || e.Kind != kind || !strings.Contains(e.Text(), says) {
		t.Fatalf("got %v, want %s that says %q", err, kind, says)
	}
	return e
}
