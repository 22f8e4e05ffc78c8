package zoom_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// music is a file that is long enough to be cut in two.
var music = "ID3 " + strings.Repeat("la la lo ", 20_000)

// half is where it is cut; where the host names no versions, a little of what is
// before comes again.
const half, before = 100_000, 100_000 - 64<<10

// readRest reads what a file brings and closes it.
func readRest(t *testing.T, f *zoom.File) string {
	t.Helper()
	defer f.Body.Close()
	b, err := io.ReadAll(f.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// serveMusic answers as a host of files does that knows ranges.
func serveMusic(w http.ResponseWriter, r *http.Request, tag string) {
	w.Header().Set("Content-Type", "audio/mpeg")
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(music))
}

func TestReopeningAsksTheSignedAddressWithoutTheToken(t *testing.T) {
	var log []string
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		log = append(log, fmt.Sprintf("%s %t %s %s", r.URL.Path, r.Header.Get("Authorization") != "", r.Header.Get("Range"), r.Header.Get("If-Range")))
		if r.URL.Path != "/signed" {
			http.Redirect(w, r, "/signed?filename=call.mp3", http.StatusFound)
			return
		}
		serveMusic(w, r, `"v1"`)
	})
	f, err := recordingFile(t.Context(), u.client(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Body.Close()
	rest, err := f.Reopen(t.Context(), half)
	if err != nil {
		t.Fatal(err)
	}
	if got := readRest(t, rest); rest.Offset != half || rest.Size != int64(len(music)) || got != music[half:] || rest.Name != "call.mp3" {
		t.Errorf("%+v %q", rest, got)
	}
	if rest, err = rest.Reopen(t.Context(), 20); err != nil || readRest(t, rest) != music[20:] {
		t.Errorf("reopened twice: %v", err)
	}
	want := []string{
		"/v2/phone/recording/download/f true  ", "/signed false  ",
		`/signed false bytes=100000- "v1"`, `/signed false bytes=20- "v1"`,
	}
	if strings.Join(log, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked:\n%s", strings.Join(log, "\n"))
	}
}

func TestReopeningWithoutASignedAddressIsACall(t *testing.T) {
	for _, c := range []struct {
		tag     string
		chunked bool
		offset  int64
	}{
		{`"v1"`, false, half},
		{``, false, before}, // the size tells another file, and what comes twice
		{`W/"v1"`, false, before},
		{``, true, 0}, // nothing does
		{`"v1"`, true, half},
	} {
		var asked []string
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Header.Get("Range"))
			if c.chunked && r.Header.Get("Range") == "" {
				if c.tag != "" {
					w.Header().Set("ETag", c.tag)
				}
				_ = http.NewResponseController(w).Flush()
				fmt.Fprint(w, music)
				return
			}
			serveMusic(w, r, c.tag)
		})
		f, err := recordingFile(t.Context(), u.client(t))
		if err != nil {
			t.Fatal(err)
		}
		f.Body.Close()
		rest, err := f.Reopen(t.Context(), half)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if c.offset > 0 {
			want = fmt.Sprintf("bytes=%d-", c.offset)
		}
		if got := readRest(t, rest); rest.Offset != c.offset || got != music[c.offset:] || asked[1] != want {
			t.Errorf("%+v: from %d, %d bytes, asked %q", c, rest.Offset, len(got), asked)
		}
	}
}

func TestReopeningWhenTheSignedAddressHasEnded(t *testing.T) {
	signed, calls := 0, 0
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/signed") {
			calls++
			http.Redirect(w, r, fmt.Sprintf("/signed%d", calls), http.StatusFound)
			return
		}
		if signed++; r.URL.Path != fmt.Sprintf("/signed%d", calls) || signed == 2 {
			http.Error(w, "the signature has expired", http.StatusForbidden)
			return
		}
		serveMusic(w, r, "")
	})
	f, err := recordingFile(t.Context(), u.client(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Body.Close()
	rest, err := f.Reopen(t.Context(), half)
	if err != nil {
		t.Fatal(err)
	}
	if got := readRest(t, rest); got != music[before:] || calls != 2 {
		t.Errorf("%d bytes after %d calls", len(got), calls)
	}
}

func TestAPlaceBehindTheEndIsAskedFromTheBeginning(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) { serveMusic(w, r, `"v1"`) })
	f, err := recordingFile(t.Context(), u.client(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Body.Close()
	rest, err := f.Reopen(t.Context(), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if got := readRest(t, rest); rest.Offset != 0 || got != music {
		t.Errorf("from %d %q", rest.Offset, got)
	}
}

// A host that ignores If-Range gives a part of another version.
func TestPartsOfAnotherVersionAreNotTaken(t *testing.T) {
	for _, signed := range []bool{true, false} {
		asked := 0
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if signed && r.URL.Path != "/signed" {
				http.Redirect(w, r, "/signed", http.StatusFound)
				return
			}
			r.Header.Del("If-Range")
			asked++
			serveMusic(w, r, fmt.Sprintf(`"v%d"`, min(asked, 2)))
		})
		f, err := recordingFile(t.Context(), u.client(t))
		if err != nil {
			t.Fatal(err)
		}
		f.Body.Close()
		rest, err := f.Reopen(t.Context(), half)
		if err != nil {
			t.Fatal(err)
		}
		if got := readRest(t, rest); rest.Offset != 0 || got != music {
			t.Errorf("signed %v: from %d, %d bytes", signed, rest.Offset, len(got))
		}
	}
}

func TestPartsThatNobodyAskedForAreRefused(t *testing.T) {
	for _, header := range []string{"", "bytes 3-9/*x", "bytes 5-2/20", "items 0-5/20", "bytes 0-5/20", "bytes -1-5/6", "bytes 3-5/6"} {
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set("Content-Range", header)
			}
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, "ID3")
		})
		_, err := recordingFile(t.Context(), u.client(t))
		wantFault(t, err, apierror.ZoomError, "a part of")
	}
}

func TestNamesOfFiles(t *testing.T) {
	for disposition, want := range map[string]string{
		`attachment; filename="call 1.mp3"`:                                      "call 1.mp3",
		`attachment; filename=call 1.mp3`:                                        "call 1.mp3",
		`attachment; filename*=UTF-8''Gespr%C3%A4ch.mp3`:                         "Gespräch.mp3",
		`attachment; filename*=utf-8'de'Gespr%C3%A4ch.mp3; filename="plain.mp3"`: "Gespräch.mp3",
		`attachment; filename="plain.mp3"; filename*=UTF-8''Gespr%C3%A4ch.mp3`:   "Gespräch.mp3",
		`attachment; filename*=iso-8859-1''Gespr%E4ch.mp3`:                       "Gespräch.mp3",
		`attachment; filename=a b.mp3; filename*=ISO-8859-1'en'%A3%20rates.mp3`:  "£ rates.mp3",
		`attachment; filename="../../etc/passwd"`:                                "passwd",
		`attachment; filename*=UTF-8''..%2F..%5Cevil%00.mp3`:                     "evil.mp3",
		`attachment; filename=..`:                                                "signed.mp3",
		`attachment; filename*=klingon''x.mp3`:                                   "signed.mp3",
		`attachment; filename*=UTF-8''%zz`:                                       "signed.mp3",
		`attachment`:                                                             "signed.mp3",
		``:                                                                       "signed.mp3",
		strings.Repeat(";", 10_000):                                              "signed.mp3",
	} {
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "api.zoom.us" {
				return reply(r, 302, "", "Location: https://file.zoom.us/x?filename=signed.mp3")
			}
			return reply(r, 200, "ID3", "Content-Disposition: "+disposition)
		})
		f, err := recordingFile(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		f.Body.Close()
		if f.Name != want {
			t.Errorf("%.80s: %q, want %q", disposition, f.Name, want)
		}
	}
}

func TestSignedAddressesAreFetchedWithoutTheToken(t *testing.T) {
	address, _ := url.Parse("https://file.zoom.us/file/x?jwt=abc")
	tries := 0
	c := connect(t, zoom.Options{Tokens: noTokens{t}}, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" || r.URL.String() != address.String() {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		if tries++; tries == 1 {
			return reply(r, 503, "busy")
		}
		return reply(r, 200, "\x89PNG\r\n\x1a\n", "Content-Type: image/png")
	})
	f, err := c.Fetch(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	f.Body.Close()
	if f.MediaType != "image/png" || f.Attempts != 2 || f.Status != 200 {
		t.Errorf("%+v", f)
	}
	for _, bad := range []string{"http://file.zoom.us/x", "https://10.0.0.1/x", "https://localhost/x"} {
		address, _ := url.Parse(bad)
		_, err := c.Fetch(t.Context(), address)
		wantFault(t, err, apierror.Network, "refused")
	}
	ended := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) { return reply(r, 403, "expired") })
	_, err = ended.Fetch(t.Context(), address)
	if e := wantFault(t, err, apierror.ZoomError, "answered 403"); !strings.Contains(e.Hint, "fresh one") || e.Attempts != 1 {
		t.Errorf("%+v", e)
	}
}

// noTokens is a source that nobody may ask.
type noTokens struct{ t *testing.T }

func (n noTokens) Token() (*oauth2.Token, error) {
	n.t.Error("a token was asked for")
	return nil, io.EOF
}

func TestATranscriptInProgressTellsWhenToAskAgain(t *testing.T) {
	now := time.Date(2026, 3, 18, 19, 0, 0, 0, time.UTC)
	for after, want := range map[string]string{"": "2026-03-18T19:03:00Z", "Retry-After: 600": "2026-03-18T19:10:00Z"} {
		c := connect(t, zoom.Options{Now: func() time.Time { return now }}, func(r *http.Request) (*http.Response, error) {
			header := []string{}
			if after != "" {
				header = append(header, after)
			}
			return reply(r, 400, `{"code":12002,"message":"in progress"}`, header...)
		})
		_, err := c.PhoneDownloadRecordingTranscript(context.Background(), zoom.PhoneDownloadRecordingTranscriptParams{RecordingID: "r"})
		if e := wantFault(t, err, apierror.NotReady, "few minutes"); e.RetryAt != want || e.Attempts != 1 {
			t.Errorf("%q: %+v", after, e)
		}
	}
}
