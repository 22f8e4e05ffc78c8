package restapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/restapi"
)

type kept map[string]*gateway.File

func (k kept) KeptFile(id string) (*gateway.File, io.ReadSeekCloser, error) {
	f, ok := k[id]
	if !ok {
		return nil, nil, apierror.New(apierror.NotFound, "there is no such file, or no longer")
	}
	return f, struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(f.Data), io.NopCloser(nil)}, nil
}

func TestKeptFilesAreServedWholeAndInParts(t *testing.T) {
	files := restapi.Files{Kept: kept{
		"K":    {Name: `a "b"é.wav`, MediaType: "audio/wav", SHA256: "ab12", Data: []byte("0123456789")},
		"page": {Name: "p.html", MediaType: "text/html", SHA256: "cd", Data: []byte("<script>1</script>")},
		"none": {Name: "n.bin", SHA256: "ef", Data: []byte("?")},
	}}
	for _, c := range []struct {
		what, method, path string
		send               map[string]string
		status             int
		body               string
		head               map[string]string
	}{
		{"whole", "GET", "/files/K/a.wav", nil, 200, "0123456789", map[string]string{
			"Content-Type": "audio/wav", "Content-Length": "10", "Accept-Ranges": "bytes", "Etag": `"ab12"`,
			"Content-Disposition": "attachment; filename*=utf-8''a%20%22b%22%C3%A9.wav", "X-Content-Type-Options": "nosniff",
		}},
		{"without a name", "GET", "/files/K", nil, 200, "0123456789", nil},
		{"head", "HEAD", "/files/K/a", nil, 200, "", map[string]string{"Content-Length": "10"}},
		{"a part", "GET", "/files/K/a", map[string]string{"Range": "bytes=2-4"}, 206, "234", map[string]string{"Content-Range": "bytes 2-4/10"}},
		{"the end", "GET", "/files/K/a", map[string]string{"Range": "bytes=-3"}, 206, "789", nil},
		{"a part of this version", "GET", "/files/K/a", map[string]string{"Range": "bytes=8-", "If-Range": `"ab12"`}, 206, "89", nil},
		{"a part of another version", "GET", "/files/K/a", map[string]string{"Range": "bytes=8-", "If-Range": `"zz"`}, 200, "0123456789", nil},
		{"behind the end", "GET", "/files/K/a", map[string]string{"Range": "bytes=99-"}, 416, "", nil},
		{"known already", "GET", "/files/K/a", map[string]string{"If-None-Match": `"ab12"`}, 304, "", nil},
		{"a page is not run", "GET", "/files/page/p.html", nil, 200, "<script>1</script>", map[string]string{"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "attachment; filename=p.html"}},
		{"of no type", "GET", "/files/none/n", nil, 200, "?", map[string]string{"Content-Type": "application/octet-stream"}},
		{"unknown", "GET", "/files/X/a", nil, 404, "", map[string]string{"Content-Type": "application/problem+json"}},
		{"no id", "GET", "/files/", nil, 404, "", nil},
		{"post", "POST", "/files/K/a", nil, 405, "", map[string]string{"Allow": "GET, HEAD"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, nil)
			for name, value := range c.send {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			files.ServeHTTP(w, r)
			if w.Code != c.status || c.body != "" && w.Body.String() != c.body {
				t.Errorf("%d %q", w.Code, w.Body)
			}
			for name, want := range c.head {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
	w := httptest.NewRecorder()
	files.ServeHTTP(w, requestOf(&caller.Caller{Room: noRoom}, "/files/K/a"))
	if w.Code != http.StatusTooManyRequests || strings.Contains(w.Body.String(), "0123") {
		t.Errorf("not admitted: %d %s", w.Code, w.Body)
	}
}

func TestFileURLsAreEscaped(t *testing.T) {
	if got := restapi.FileURL("https://example.com/x")("K", "a b/ü?.wav"); got != "https://example.com/x/files/K/a%20b%2F%C3%BC%3F.wav" {
		t.Error(got)
	}
}
