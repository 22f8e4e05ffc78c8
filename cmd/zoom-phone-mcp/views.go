package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/caller"
	"zoom-phone-mcp/internal/gateway"
)

// views are what callers see, by their limits. All callers with the same limits
// share one.
type views struct {
	gateway *gateway.Gateway
	log     zerolog.Logger
	serve   func(*gateway.Gateway) view

	mu    sync.Mutex
	known map[string]view
}

// view has the handlers of callers with certain limits, by path.
type view map[string]http.Handler

func newViews(g *gateway.Gateway, log zerolog.Logger, serve func(*gateway.Gateway) view) *views {
	return &views{gateway: g, log: log, serve: serve, known: map[string]view{}}
}

func (v *views) of(f gateway.Filter) (view, error) {
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
	v.known[key] = v.serve(g)
	return v.known[key], nil
}

// at returns a handler that serves callers with that of their own view. A request
// whose caller is not known is served by none.
func (v *views) at(path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := caller.FromContext(r.Context())
		if !ok {
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		seen, err := v.of(gateway.Filter{Allow: c.Allow, Deny: c.Deny})
		if err != nil {
			v.log.Error().Err(err).Str("caller", c.Name).Msg("limits of a key")
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		seen[path].ServeHTTP(w, r)
	})
}

// viewKey names a filter in a map. No pattern has a line break.
func viewKey(f gateway.Filter) string {
	return strings.Join(f.Allow, "\n") + "\n\n" + strings.Join(f.Deny, "\n")
}
