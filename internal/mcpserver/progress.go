package mcpserver

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/collect"
)

// progressKey finds the progress token of a request in its context.
type progressKey struct{}

// withProgressToken notes the token that a client sent with a request.
func withProgressToken(ctx context.Context, token any) context.Context {
	if token == nil {
		return ctx
	}
	return context.WithValue(ctx, progressKey{}, token)
}

// progress tells the client of every page, where it asked for that. What cannot
// be delivered is lost: no result depends on it.
func (t tools) progress(ctx context.Context) func(collect.Progress) {
	token := ctx.Value(progressKey{})
	mcpServer := server.ServerFromContext(ctx)
	if token == nil || mcpServer == nil {
		return nil
	}
	return func(p collect.Progress) {
		params := map[string]any{"progressToken": token, "progress": p.Pages, "message": fmt.Sprintf("%d records", p.Records)}
		if p.Windows > 1 {
			params["message"] = fmt.Sprintf("%d records, window %d of %d", p.Records, p.Window, p.Windows)
		}
		_ = mcpServer.SendNotificationToClient(ctx, "notifications/progress", params) // see above
	}
}
