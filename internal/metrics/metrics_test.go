package metrics_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/metrics"
)

func TestMetricsShowWhatWasCounted(t *testing.T) {
	m := metrics.New("1.2.3")
	m.Sessions(func() (int, int) { return 3, 4 })
	m.Called(gateway.Record{Method: "get_a_site", Label: "LIGHT", Outcome: "ok", Took: time.Second, Bytes: 100, Status: 200, Attempts: 3, Waited: 2 * time.Second})
	m.Called(gateway.Record{Method: "get_a_site", Label: "LIGHT", Outcome: "timeout", Took: time.Second, Attempts: 1})
	m.Called(gateway.Record{Method: "phone_setting", Outcome: "ok", Attempts: 1, Status: 200})
	m.Called(gateway.Record{Outcome: "unknown_method"})
	m.Admitted("ann", 2)
	m.Refused("origin")
	m.Refreshed(nil)
	m.Refreshed(nil)
	m.Refreshed(errors.New("no"))
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`zoom_phone_mcp_calls_total{method="get_a_site",outcome="ok"} 1`,
		`zoom_phone_mcp_calls_total{method="get_a_site",outcome="timeout"} 1`,
		`zoom_phone_mcp_calls_total{method="unknown",outcome="unknown_method"} 1`,
		`zoom_phone_mcp_call_duration_seconds_sum{method="get_a_site"} 2`,
		`zoom_phone_mcp_answer_bytes_total{method="get_a_site"} 100`,
		`zoom_phone_mcp_upstream_responses_total{label="LIGHT",status="0"} 1`,
		`zoom_phone_mcp_upstream_responses_total{label="LIGHT",status="200"} 1`,
		`zoom_phone_mcp_upstream_responses_total{label="none",status="200"} 1`,
		`zoom_phone_mcp_upstream_retries_total{label="LIGHT"} 2`,
		`zoom_phone_mcp_rate_wait_seconds_sum{label="LIGHT"} 2`,
		`zoom_phone_mcp_rate_wait_seconds_count{label="LIGHT"} 1`,
		`zoom_phone_mcp_sessions{transport="streamable"} 3`,
		`zoom_phone_mcp_sessions{transport="sse"} 4`,
		`zoom_phone_mcp_calls_by_key_total{key="ann"} 2`,
		`zoom_phone_mcp_http_refused_total{reason="origin"} 1`,
		`zoom_phone_mcp_token_refreshes_total{outcome="ok"} 2`,
		`zoom_phone_mcp_token_refreshes_total{outcome="error"} 1`,
		`zoom_phone_mcp_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("got metrics without %s, want it among\n%s", want, w.Body)
		}
	}
}

// Two programs in one process, such as two tests, have two registries.
func TestMetricsAreNotGlobal(t *testing.T) {
	metrics.New("1").Sessions(func() (int, int) { return 0, 0 })
	metrics.New("1").Sessions(func() (int, int) { return 0, 0 })
}
