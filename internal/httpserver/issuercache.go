package httpserver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxIssuerBody bounds what an issuer may answer, in bytes.
const maxIssuerBody = 1 << 20

// calmTransport does GET requests to the few URLs of an issuer, and gives the
// same answer again for a while. Otherwise everybody could make the server ask
// the issuer for keys, by tokens that name a key which does not exist.
type calmTransport struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	known map[string]*issuerAnswer
}

// issuerAnswer is an answer, or one that is on its way.
type issuerAnswer struct {
	there  chan struct{} // closed when it is
	at     time.Time
	status int
	header http.Header
	body   []byte
	err    error
}

// RoundTrip implements http.RoundTripper. An address that hangs keeps nobody from others.
func (t *calmTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	url := r.URL.String()
	t.mu.Lock()
	a := t.known[url]
	if a == nil || a.isThere() && t.now().Sub(a.at) >= retryIssuer {
		a = &issuerAnswer{there: make(chan struct{})}
		if t.known == nil {
			t.known = map[string]*issuerAnswer{}
		}
		t.known[url] = a
		t.mu.Unlock()
		t.fetch(r, a)
	} else {
		t.mu.Unlock()
		select {
		case <-a.there:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		StatusCode: a.status, Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}, nil
}

func (a *issuerAnswer) isThere() bool {
	select {
	case <-a.there:
		return true
	default:
		return false
	}
}

func (t *calmTransport) fetch(r *http.Request, a *issuerAnswer) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		defer resp.Body.Close()
		a.status, a.header = resp.StatusCode, resp.Header
		if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxIssuerBody+1)); err == nil && len(a.body) > maxIssuerBody {
			err = fmt.Errorf("the issuer's answer is larger than %d bytes", maxIssuerBody)
		}
	}
	a.err, a.at = err, t.now()
	close(a.there)
}
