package mcpserver

import (
	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/fault"
)

// failureResult is the result for a failed call: a text that says what to do
// next, and the error itself as structured content.
func failureResult(e *fault.Error) *mcp.CallToolResult {
	body, err := marshal(e)
	if err != nil {
		// Only the example can be broken; the rest always has an encoding.
		bare := *e
		bare.Example = nil
		if body, err = marshal(&bare); err != nil {
			body = []byte("{}")
		}
	}
	return &mcp.CallToolResult{
		IsError:           true,
		Content:           []mcp.Content{textContent{text: validUTF8([]byte(e.Text()))}},
		StructuredContent: structured{body: validUTF8(body), member: "error"},
	}
}
