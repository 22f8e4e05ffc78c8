package mcpserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/safejson"
)

// failureResult is the result for a failed call: a text that says what to do
// next, and the error itself as structured content.
func failureResult(e *apierror.Error) *mcp.CallToolResult {
	body, err := safejson.Marshal(e)
	if err != nil {
		// Only the example can be broken; the rest always has an encoding.
		bare := *e
		bare.Example = nil
		if body, err = safejson.Marshal(&bare); err != nil {
			body = mcptransport.Document("{}")
		}
	}
	return &mcp.CallToolResult{
		IsError:           true,
		Content:           []mcp.Content{contentOf(e.Text())},
		StructuredContent: structured{body: body, member: "error"},
	}
}

// unknownTool is a hook: who calls a tool that does not exist is told of those that
// do. Most often a model took a method for a tool.
func unknownTool(ctx context.Context, _ any, _ mcp.MCPMethod, message any, err error) {
	if r, ok := message.(*mcp.CallToolRequest); ok && errors.Is(err, server.ErrToolNotFound) {
		_ = mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, fmt.Errorf("unknown tool %s: the tools are %s and %s; Zoom Phone methods are called through %s {method, params}",
			lenient.Quote(r.Params.Name), describeName, callName, callName)) // it is in the context
	}
}

// unread is the error for a resource that the gateway did not give.
func unread(ctx context.Context, err error) error {
	e := apierror.From(err)
	told := errors.New(e.Text())
	switch e.Kind {
	case apierror.UnknownMethod, apierror.NotFound:
		if mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
			return mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, told) // as 2026-07-28 has it
		}
		return mcptransport.Refuse(ctx, mcp.RESOURCE_NOT_FOUND, told)
	case apierror.InvalidParams:
		return mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, told)
	}
	return told
}
