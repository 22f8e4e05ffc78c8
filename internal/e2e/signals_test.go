//go:build unix

package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Keys are made, limited, loaded anew and taken away while the server runs.
func TestKeysOverALife(t *testing.T) {
	ops := operations(t, loadSpec(t))
	u := newUpstream(t, ops)
	file := filepath.Join(t.TempDir(), "keys")
	ann := addKey(t, file, "ann")
	s := serveWeb(t, environment(u), "--rest", "--api-keys", file, "--deny", "list_calling_plans")
	ben := addKey(t, file, "ben", "--allow", "list_call_queues,phone_setting", "--deny", "phone_*")
	status := func(path, key string) int {
		resp, _ := s.get(t, path, key)
		return resp.StatusCode
	}
	const settings, queues, plans = "/api/zoom-phone/settings/account", "/api/zoom-phone/call-queues", "/api/zoom-phone/calling-plans"
	for _, path := range []string{settings, "/mcp", "/sse", "/message", "/metrics", "/api/zoom-phone/openapi.json"} {
		if a, b := status(path, ""), status(path, ben); a != 401 || b != 401 {
			t.Errorf("%s: %d without a key, %d with one that is not loaded", path, a, b)
		}
	}
	if n := len(u.take()); n != 0 {
		t.Errorf("%d requests reached Zoom", n)
	}
	if a, b := status(settings, ann), status(plans, ann); a != 200 || b != 404 {
		t.Errorf("ann: %d, and %d for what nobody may", a, b)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.await(t, "API keys loaded")
	if a, b, c := status(queues, ben), status(settings, ben), status("/metrics", ben); a != 200 || b != 404 || c != 403 {
		t.Errorf("ben, limited to one method: %d, %d, %d", a, b, c)
	}
	for key, n := range map[string]int{ann: len(ops) - 1, ben: 1} {
		_, body := s.get(t, "/api/zoom-phone/openapi.json", key)
		var doc struct{ Paths map[string]any }
		if err := json.Unmarshal(body, &doc); err != nil || len(doc.Paths) != n+1 {
			t.Errorf("%d paths for a key with %d methods and questions", len(doc.Paths), n)
		}
	}
	_, text := s.get(t, "/metrics", ann)
	for _, want := range []string{
		`zoom_phone_mcp_calls_total{method="phone_setting",outcome="ok"} 1`,
		`zoom_phone_mcp_calls_by_key_total{key="ann"} 1`, `zoom_phone_mcp_calls_by_key_total{key="ben"} 1`,
		`zoom_phone_mcp_http_refused_total{reason="credential"} 12`, `zoom_phone_mcp_token_refreshes_total{outcome="ok"} 1`,
		`zoom_phone_mcp_upstream_responses_total{label="LIGHT",status="200"} 1`, `zoom_phone_mcp_sessions{transport="sse"} 0`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if err := os.WriteFile(file, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	s.await(t, "stay as they were")
	if got := status(settings, ann); got != 200 {
		t.Errorf("ann, with a broken file: %d", got)
	}
}

func TestServerEndsInOrderOnASignal(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	u.gate = make(chan struct{})
	s := serveWeb(t, environment(u), "--rest")
	answered := make(chan int, 1)
	go func() {
		resp, err := http.Get(s.url + "/api/zoom-phone/settings/account")
		if err != nil {
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	for len(u.take()) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.await(t, `"ending"`)
	close(u.gate)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the call under way: %d", status)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the program goes on")
	}
}

func TestSignalEndsTheProgramWhileItsInputStaysOpen(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	p := start(t, u)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still running")
	}
}
