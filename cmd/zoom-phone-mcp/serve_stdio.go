package main

import (
	"context"
	"errors"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/gateway"
)

type stdioCommand struct{}

// Run serves one host until its input ends or a signal comes.
func (*stdioCommand) Run(ctx context.Context, p *process, s *settings) error {
	log := s.logger(p, zerolog.InfoLevel)
	g, done, err := s.connect(ctx, p, gateway.Options{Log: log, MaxResult: s.maxResult()})
	if err != nil {
		return err
	}
	defer done()
	server := s.server(g, log)
	err = server.ServeStdio(ctx, p.stdin, p.stdout)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // a signal is how hosts end their servers
	}
	return err
}
