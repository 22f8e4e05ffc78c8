// Command minimal is what "make bench" measures beside zoom-phone-mcp: the least
// that one writes with mcp-go to pass a REST API's answer on, as text and as
// structured content. It checks nothing, keeps no rate limit, tries nothing again
// and explains no error.
//
//	minimal stdio
//	minimal http HOST:PORT
//
// UPSTREAM is the base of the addresses that it asks; the tool's argument is the rest.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	s := server.NewMCPServer("minimal", "1")
	s.AddTool(mcp.NewTool("get", mcp.WithString("address", mcp.Required())), get)
	switch {
	case len(args) == 1 && args[0] == "stdio":
		return server.ServeStdio(s)
	case len(args) == 2 && args[0] == "http":
		return server.NewStreamableHTTPServer(s).Start(args[1])
	}
	return fmt.Errorf("want stdio, or http and an address")
}

// client keeps as many connections as calls are under way in the benchmark; with
// the two of net/http's default, the rest would connect anew for every call.
var client = &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 128}}

func get(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	address, err := call.RequireString("address")
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("UPSTREAM")+address, nil)
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	r.Header.Set("Authorization", "Bearer token")
	resp, err := client.Do(r)
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	if resp.StatusCode != http.StatusOK {
		return mcp.NewToolResultError(resp.Status), nil
	}
	return mcp.NewToolResultStructured(json.RawMessage(body), string(body)), nil
}
