package mcpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/resultstore"
)

// fakeGuide has one job, and no results.
type fakeGuide struct{}

func (fakeGuide) Jobs() []gateway.Job {
	return []gateway.Job{{Name: "job", Arguments: []gateway.JobArgument{{Name: "period", Required: true}}}}
}

func (fakeGuide) JobValues(context.Context, string, string, string) []string { return nil }

func (fakeGuide) MethodNames(string) []string { return nil }

func (fakeGuide) FileContent(_ context.Context, id string) (*gateway.File, error) {
	if id != "K" {
		return nil, apierror.New(apierror.NotFound, "no such file")
	}
	return &gateway.File{Name: "a.mp3", MediaType: "audio/mpeg", Bytes: 3, Data: []byte("ID3")}, nil
}

func (fakeGuide) Result(string, int) (*resultstore.Page, error) {
	return nil, apierror.New(apierror.NotFound, "there is no such result")
}

// What a client asks for wrongly is its own error and not an internal one.
func TestErrorsOfResourcesAndPromptsSayWhoseTheyAre(t *testing.T) {
	g := mcptest.Gateway{OnDescribe: func(_ context.Context, r gateway.DescribeRequest) (json.RawMessage, error) {
		if r.Method == "broken" {
			return nil, apierror.New(apierror.Internal, "a defect")
		}
		return nil, apierror.New(apierror.UnknownMethod, "there is no method %q", r.Method)
	}}
	c := connect(t, g, mcpserver.Options{Guide: fakeGuide{}})
	const read, get = "resources/read", "prompts/get"
	for _, w := range []struct {
		method, param, value string
		code, modern         int
	}{
		{read, "uri", "zoom-phone://methods/nothing", mcp.RESOURCE_NOT_FOUND, mcp.INVALID_PARAMS},
		{read, "uri", "zoom-phone://methods/broken", mcp.INTERNAL_ERROR, mcp.INTERNAL_ERROR},
		{read, "uri", "zoom-phone://results/nothing", mcp.RESOURCE_NOT_FOUND, mcp.INVALID_PARAMS},
		{read, "uri", "zoom-phone://results/nothing?page=one", mcp.INVALID_PARAMS, mcp.INVALID_PARAMS},
		{get, "name", "job", mcp.INVALID_PARAMS, mcp.INVALID_PARAMS},
		{get, "name", "nothing", mcp.INVALID_PARAMS, mcp.INVALID_PARAMS},
	} {
		old := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%q:%q}}`, w.method, w.param, w.value)
		modern := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%q:%q,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`, w.method, w.param, w.value)
		for body, code := range map[string]int{old: w.code, modern: w.modern} {
			if got := c.Ask(body); got.Error == nil || got.Error.Code != code {
				t.Errorf("%s: got %+v, want the code %d", body, got.Error, code)
			}
		}
	}
}
