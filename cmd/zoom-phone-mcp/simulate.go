package main

import (
	"context"
	"fmt"

	"zoom-phone-mcp/internal/simulator"
)

type simulateCommand struct {
	Addr string `default:"127.0.0.1:8787" help:"Address to listen on."`
	Seed uint64 `help:"Which company to simulate; 0 is the one of --demo."`
}

// Run serves the simulated account until a signal comes.
func (c *simulateCommand) Run(ctx context.Context, p *process) error {
	account, err := simulator.Start(ctx, c.Addr, simulator.Options{Seed: c.Seed})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, `A simulated Zoom account answers until you stop it. To use it:
export ZOOM_API_URL=%[1]s/v2 ZOOM_OAUTH_URL=%[1]s/oauth
export ZOOM_ACCOUNT_ID=%[2]s ZOOM_CLIENT_ID=%[3]s ZOOM_CLIENT_SECRET=%[4]s
`, account.URL(), simulator.AccountID, simulator.ClientID, simulator.ClientSecret)
	<-ctx.Done()
	return account.Close()
}
