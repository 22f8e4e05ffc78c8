package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/fault"
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
	if e := fault.From(err); e == nil || e.Kind != fault.RateLimited || e.RetryAt == "" {
		t.Errorf("%+v", e)
	}
}
