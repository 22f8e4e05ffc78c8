package mcptransport_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

func TestPanicIsAnInternalErrorAndTheServerGoesOn(t *testing.T) {
	var log bytes.Buffer
	c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		panic("private: " + string(r.Params))
	}}, mcptransport.Options{Log: zerolog.New(&log)})
	got := c.Ask(mcptest.Tool("1", "call_zoom-phone", `{"method":"m","params":{"who":"Ada"}}`))
	if got.Error == nil || got.Error.Code != -32603 || strings.Contains(got.Error.Message, "Ada") {
		t.Errorf("%+v", got.Error)
	}
	if r := c.Ask(mcptest.Ping("2")); r.Error != nil {
		t.Errorf("ping after a panic: %+v", r.Error)
	}
	c.In.Close()
	<-c.Done
	if s := log.String(); !strings.Contains(s, "dispatch_test.go") || strings.Contains(s, "Ada") {
		t.Errorf("log:\n%s", s)
	}
}
