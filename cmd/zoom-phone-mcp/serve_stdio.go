package main

import (
	"context"
	"errors"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptransport"
)

type stdioCommand struct{ serverFlags }

// Run serves one host until its input ends or a signal comes.
func (c *stdioCommand) Run(ctx context.Context, p *process) error {
	log := c.logger(p, zerolog.InfoLevel)
	g, done, err := c.connect(ctx, p, gateway.Options{Log: log})
	if err != nil {
		return err
	}
	defer done()
	err = mcptransport.ServeStdio(ctx, c.server(g, log), p.stdin, p.stdout, mcptransport.Options{Log: log, Budget: c.memory(p)})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // a signal is how hosts end their servers
	}
	return err
}
