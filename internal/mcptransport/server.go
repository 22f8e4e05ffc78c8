package mcptransport

import (
	"context"
	"encoding/json"
)

// What a server and this package tell one another past mcp-go stands in the context
// of a request.

type requestKey struct{}

// RawCall returns the arguments of a tool call and the token for its progress, nil for
// none, as the client sent them: mcp-go's decoding costs the last digits of long
// numbers. It reports false where a call came another way.
func RawCall(ctx context.Context) (arguments, progressToken json.RawMessage, ok bool) {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return nil, nil, false
	}
	return r.arguments, r.token, true
}

// Refuse has a request answered with an error of a code. It returns err, for handlers:
// mcp-go makes an internal error of whatever they return.
func Refuse(ctx context.Context, code int, err error) error {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		r.refused = &rejection{code: code, text: err.Error()}
	}
	return err
}
