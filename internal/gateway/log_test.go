package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/gateway"
)

// lastLine decodes the last line of a log.
func lastLine(t *testing.T, log *bytes.Buffer) (line struct {
	Message    string
	Status     int
	TrackingID string `json:"tracking_id"`
}) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		t.Fatalf("log %q: %v", log, err)
	}
	return line
}

// A tracking id comes from outside: only what looks like one is logged.
func TestOnlyATrackingIDIsLoggedAsOne(t *testing.T) {
	for id, want := range map[string]string{
		"WEB_a0-" + strings.Repeat("f", 57): "WEB_a0-" + strings.Repeat("f", 57), // 64 characters
		strings.Repeat("f", 65):             "",
		"a b":                               "",
		"<script>":                          "",
		"":                                  "",
	} {
		for status, message := range map[int]string{http.StatusOK: "call", http.StatusNotFound: "call failed"} {
			var log bytes.Buffer
			g, _ := connect(t, gateway.Options{Log: zerolog.New(&log)}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-zm-trackingid", id)
				w.WriteHeader(status)
				fmt.Fprint(w, `{}`)
			})
			_, _ = g.Call(t.Context(), gateway.CallRequest{Method: "phone_setting"})
			if got := lastLine(t, &log); got.TrackingID != want || got.Message != message {
				t.Errorf("%d %q: got %+v, want %s with tracking id %q", status, id, got, message, want)
			}
		}
	}
}

// Zoom had answered when a file could not be kept, and the log says so; a refusal
// of a later request is told by its own status.
func TestAFileThatIsNotKeptIsLoggedWithZoomsStatus(t *testing.T) {
	refused := 0
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   apierror.Kind
		status int
	}{
		"larger than the store": {sendAudio, apierror.TooLarge, http.StatusOK},
		"refused after it broke off": {func(w http.ResponseWriter, _ *http.Request) {
			if refused++; refused > 1 {
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprint(w, `{"code":404,"message":"File does not exist."}`)
				return
			}
			w.Header().Set("Content-Length", "950")
			_, _ = w.Write(audio[:900])
		}, apierror.NotFound, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			store := download.NewStore(download.StoreOptions{Dir: t.TempDir(), MaxBytes: 1000, Limits: download.Limits{Tries: 2, Pause: time.Millisecond}})
			t.Cleanup(func() { store.Close() })
			g, _ := connect(t, gateway.Options{Log: zerolog.New(&log), Files: store}, c.answer)
			_, err := g.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"f"}`))
			e := apierror.From(err)
			if e == nil || e.Kind != c.kind || e.HTTPStatus != c.status {
				t.Fatalf("got %v, want %s with HTTP %d", err, c.kind, c.status)
			}
			if got := lastLine(t, &log); got.Status != c.status {
				t.Errorf("logged %+v, want status %d", got, c.status)
			}
		})
	}
}
