package main

import (
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/restapi"
)

// views are the faces by the limits of their callers. All callers with the same
// limits share one.
type views struct {
	gateway *gateway.Gateway
	log     zerolog.Logger
	server  func(*gateway.Gateway) *mcpserver.Server
	rest    bool

	mu    sync.Mutex
	known map[string]*view
}

// view is what callers with certain limits see.
type view struct {
	mcp   *mcpserver.Server
	files *restapi.Files
	rest  *restapi.Handler // nil unless it is served
}

func newViews(g *gateway.Gateway, log zerolog.Logger, server func(*gateway.Gateway) *mcpserver.Server, rest bool) *views {
	return &views{gateway: g, log: log, server: server, rest: rest, known: map[string]*view{}}
}

func (v *views) of(f gateway.Filter) (*view, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := viewKey(f)
	if seen, ok := v.known[key]; ok {
		return seen, nil
	}
	g, err := v.gateway.View(f)
	if err != nil {
		return nil, err
	}
	seen := &view{mcp: v.server(g), files: restapi.NewFiles(g, v.log)}
	if v.rest {
		seen.rest = restapi.New(g, v.log)
	}
	v.known[key] = seen
	return seen, nil
}

// viewKey names a filter in a map. No pattern has a line break.
func viewKey(f gateway.Filter) string {
	return strings.Join(f.Allow, "\n") + "\n\n" + strings.Join(f.Deny, "\n")
}
