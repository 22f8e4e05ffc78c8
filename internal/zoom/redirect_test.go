package zoom_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

// hop answers Zoom's host with a redirect and every other with a file.
type hop struct {
	to    string
	asked []string // hosts
}

func (h *hop) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked = append(h.asked, r.URL.Host)
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader("ID3 music")), ContentLength: 9}
	if r.URL.Host == "api.zoom.us" {
		resp.StatusCode = http.StatusFound
		resp.Header.Set("Location", h.to)
	}
	return resp, nil
}

func TestRedirectsLeadOnlyToPublicAddressesOverTLS(t *testing.T) {
	for to, followed := range map[string]bool{
		"https://file.zoom.us/signed":        true,
		"https://203.0.113.7/signed":         true,
		"http://file.zoom.us/signed":         false,
		"https://127.0.0.1/signed":           false,
		"https://10.0.0.1/signed":            false,
		"https://192.168.1.1:8443/":          false,
		"https://169.254.169.254/latest":     false,
		"https://[::1]/":                     false,
		"https://[fe80::1%25eth0]/":          false,
		"https://[fd00::1]/":                 false,
		"https://[::ffff:127.0.0.1]/":        false,
		"https://0.0.0.0/":                   false,
		"http://127.0.0.1:9200/_search?q=id": false,
		"http://localhost:9200/_search?q=id": false,
	} {
		h := &hop{to: to}
		c, err := zoom.New(zoom.Options{HTTP: h, Attempts: 2, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.PhoneDownloadRecordingFile(t.Context(), zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
		if followed {
			if err != nil || len(h.asked) != 2 {
				t.Errorf("%s: %v, asked %v", to, err, h.asked)
				continue
			}
			_ = f.Body.Close()
			continue
		}
		if e := apierror.From(err); e == nil || e.Kind != apierror.Network || !strings.Contains(e.Message, "refused") || len(h.asked) != 1 {
			t.Errorf("%s: %v, asked %v", to, err, h.asked)
		}
	}
}
