package restapi

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
)

// FilesPrefix stands before the addresses of files: /files/ID/NAME.
const FilesPrefix = "/files/"

// Kept has the files that calls fetched.
type Kept interface {
	// KeptFile returns one, to be read from any place. The caller closes it.
	KeptFile(id string) (*gateway.File, io.ReadSeekCloser, error)
}

// FileURL makes addresses of files on the server with a base, such as
// https://example.com.
func FileURL(base string) func(id, name string) string {
	return func(id, name string) string {
		return base + FilesPrefix + url.PathEscape(id) + "/" + url.PathEscape(name)
	}
}

// Files answers requests below FilesPrefix: the bytes of a file, whole or a range.
type Files struct{ Kept }

// ServeHTTP answers a request.
func (f Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		refuse(w, nil, http.StatusMethodNotAllowed, &apierror.Error{Kind: apierror.InvalidParams, Message: "files are read with GET"})
		return
	}
	// The id finds the file; the name is for people.
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, FilesPrefix), "/")
	release, ok := admit(w, r, 1)
	if !ok {
		return
	}
	defer release()
	file, content, err := f.KeptFile(id)
	if err != nil {
		e := apierror.From(err)
		refuse(w, nil, status(e.Kind), e)
		return
	}
	defer content.Close()
	head.Set("Content-Type", file.MediaType)
	if file.MediaType == "" {
		head.Set("Content-Type", "application/octet-stream")
	}
	// What came from elsewhere is to be saved and never run as a page of this server.
	head.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	head.Set("Content-Disposition", "attachment")
	if with := mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}); with != "" {
		head.Set("Content-Disposition", with)
	}
	head.Set("ETag", `"`+file.SHA256+`"`)
	out := patientResponse{w, patientWriter{w, http.NewResponseController(w)}}
	defer out.patient.done()
	http.ServeContent(out, r, "", time.Time{}, content)
}

// patientResponse gives the client time for each write.
type patientResponse struct {
	http.ResponseWriter
	patient patientWriter
}

func (p patientResponse) Write(b []byte) (int, error) { return p.patient.Write(b) }

// Unwrap lets http.ResponseController reach the connection.
func (p patientResponse) Unwrap() http.ResponseWriter { return p.ResponseWriter }
