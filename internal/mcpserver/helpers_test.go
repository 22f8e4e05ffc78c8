package mcpserver_test

import (
	"testing"

	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// connect starts a server and returns a client of it.
func connect(t testing.TB, g mcptest.Gateway, o mcpserver.Options) *mcptest.Client {
	t.Helper()
	return mcptest.Connect(t, mcpserver.New(g, o), mcptransport.Options{Log: o.Log})
}
