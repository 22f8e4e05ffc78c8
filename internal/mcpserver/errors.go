package mcpserver

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/apierror"
)

// failureResult is the result for a failed call: a text that says what to do
// next, and the error itself as structured content.
func failureResult(e *apierror.Error) *mcp.CallToolResult {
	body, err := marshal(e)
	if err != nil {
		// Only the example can be broken; the rest always has an encoding.
		bare := *e
		bare.Example = nil
		if body, err = marshal(&bare); err != nil {
			body = document("{}")
		}
	}
	return &mcp.CallToolResult{
		IsError:           true,
		Content:           []mcp.Content{contentOf(e.Text())},
		StructuredContent: structured{body: body, member: "error"},
	}
}

// codeKey is where a context has the code of the error that the request's handler
// chose. mcp-go itself makes an internal error of whatever a handler of a resource
// or a prompt gives.
type codeKey struct{}

// withCode returns a context in which a handler can choose a code; 0 for none.
func withCode(ctx context.Context) (_ context.Context, chosen *int) {
	chosen = new(int)
	return context.WithValue(ctx, codeKey{}, chosen), chosen
}

// refusedWith returns err, and has it sent with a code.
func refusedWith(ctx context.Context, code int, err error) error {
	if chosen, ok := ctx.Value(codeKey{}).(*int); ok {
		*chosen = code
	}
	return err
}

// unread is the error for a resource that the gateway did not give.
func unread(ctx context.Context, err error) error {
	e := apierror.From(err)
	told := errors.New(e.Text())
	switch e.Kind {
	case apierror.UnknownMethod, apierror.NotFound:
		if mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
			return refusedWith(ctx, mcp.INVALID_PARAMS, told) // as 2026-07-28 has it
		}
		return refusedWith(ctx, mcp.RESOURCE_NOT_FOUND, told)
	case apierror.InvalidParams:
		return refusedWith(ctx, mcp.INVALID_PARAMS, told)
	}
	return told
}
