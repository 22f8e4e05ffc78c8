package gateway_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/zoom"
)

func TestFileWhoseTurnComesTooLateIsRefusedAtOnce(t *testing.T) {
	client, err := zoom.New(zoom.Options{
		Plan:   zoom.Plan{Name: "slow", Medium: zoom.Rate{Calls: 1, Per: time.Hour}},
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"}),
		HTTP: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ID3 music")), ContentLength: -1, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(gateway.Options{Client: client, Timeout: time.Minute})
	request := gateway.CallRequest{Method: "phone_download_recording_file", Params: []byte(`{"fileId":"f"}`)}
	_, file, err := g.Open(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file.Body)
	if cerr := file.Body.Close(); err != nil || cerr != nil || string(text) != "ID3 music" {
		t.Errorf("%q, %v, %v", text, err, cerr)
	}
	start := time.Now()
	_, _, err = g.Open(t.Context(), request)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("answered after %v", took)
	}
	if e := apierror.From(err); e == nil || e.Kind != apierror.RateLimited || e.RetryAt == "" {
		t.Errorf("%+v", e)
	}
}

func TestAnErrorInThePlaceOfAFileIsAnError(t *testing.T) {
	const beside = `{"code":300,"timeline":[{"text":"a","ts":"00:00:01"}]}`
	for _, c := range []struct {
		what, mediaType, body string
		code                  int    // 0 for a refusal of this program's
		says                  string // empty where it is a transcript
	}{
		{"status false", "application/json", `{"status":false,"errorCode":300,"errorMessage":"legal hold"}`, 300, "legal hold"},
		{"a code, called sound", "audio/mpeg", "\ufeff \n{\"code\":\"5001\",\n\"message\":\"legal hold\"}", 5001, "legal hold"},
		{"longer than what is looked at for the type", "", `{"code":300,"message":"` + strings.Repeat("no ", 400) + `"}`, 300, "no no"},
		{"WebVTT", "text/vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", 0, ""},
		{"plain text", "text/plain", "Ann: Hi\n", 0, ""},
		{"a transcript with a code beside", "application/json", beside, 0, ""},
	} {
		for _, m := range []string{"phone_download_recording_file", "phone_download_voicemail_file", "downloadfaxfile", "phone_download_recording_transcript"} {
			transcript := strings.HasSuffix(m, "transcript")
			if c.body == beside && !transcript {
				continue
			}
			g, dir := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.mediaType)
				_, _ = io.WriteString(w, c.body)
			})
			r := request(m, `{"fileId":"f"}`)
			switch m {
			case "downloadfaxfile":
				r.Params = []byte(`{"fileId":"f","faxLogId":"l"}`)
			case "phone_download_recording_transcript":
				r.Params = []byte(`{"recordingId":"f"}`)
			}
			asJSON := r
			asJSON.As = gateway.AsJSON
			if !transcript {
				asJSON = r
			}
			_, called := g.Call(t.Context(), r)
			_, exact := g.Call(t.Context(), asJSON)
			_, stream, opened := g.Open(t.Context(), r)
			if stream != nil {
				stream.Body.Close()
			}
			for face, err := range map[string]error{"called": called, "called for JSON": exact, "opened": opened} {
				e := apierror.From(err)
				switch {
				case transcript && c.says == "":
					if e != nil {
						t.Errorf("%s, %s, %s: %v", c.what, m, face, e)
					}
				case e == nil || e.ZoomCode != c.code || !strings.Contains(e.Message, c.says) || e.Method != m:
					t.Errorf("%s, %s, %s: %+v", c.what, m, face, e)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(left) > 0 {
				t.Errorf("%s, %s: left %v", c.what, m, left)
			}
		}
	}
}
