package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/gateway"
)

// progress tells the client of every page, or of a file's bytes, where it asked for
// that with a token. What cannot be delivered is lost: no result depends on it.
func (t tools) progress(ctx context.Context, token json.RawMessage) func(gateway.Progress) {
	mcpServer := server.ServerFromContext(ctx)
	if token == nil || mcpServer == nil {
		return nil
	}
	told := int64(-1)
	return func(p gateway.Progress) {
		params := map[string]any{"progressToken": token}
		switch {
		case p.Pages == 0:
			if p.Bytes <= told {
				return // progress has to grow
			}
			told = p.Bytes
			params["progress"], params["message"] = p.Bytes, fmt.Sprintf("%d bytes", p.Bytes)
			if p.TotalBytes > 0 {
				params["total"], params["message"] = p.TotalBytes, fmt.Sprintf("%d of %d bytes", p.Bytes, p.TotalBytes)
			}
		case p.TotalPages > 0:
			params["progress"], params["total"] = p.Pages, p.TotalPages
			params["message"] = fmt.Sprintf("%d of %d calls", p.Pages, p.TotalPages)
		case p.Windows > 1:
			params["progress"], params["message"] = p.Pages, fmt.Sprintf("%d records, window %d of %d", p.Records, p.Window, p.Windows)
		default:
			params["progress"], params["message"] = p.Pages, fmt.Sprintf("%d records", p.Records)
		}
		_ = mcpServer.SendNotificationToClient(ctx, "notifications/progress", params) // see above
	}
}
