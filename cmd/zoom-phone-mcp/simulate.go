package main

import (
	"context"
	"fmt"
	"os"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/simulator"
)

type simulateCommand struct {
	Addr   string         `default:"127.0.0.1:8787" help:"Address to listen on."`
	Seed   uint64         `help:"Which company to simulate; 0 is the one of --demo."`
	Plan   simulator.Plan `enum:"none,pro,business" default:"none" help:"Enforce the rate limits of this plan: ${enum}."`
	Faults string         `type:"existingfile" placeholder:"FILE" help:"Misbehave as this fault script says; docs/faults.md has the format."`
	logFlags
}

// Run serves the simulated account until a signal comes.
func (c *simulateCommand) Run(ctx context.Context, p *process) error {
	log := c.logger(p, zerolog.Disabled)
	sim := simulator.New(simulator.Options{
		Seed: c.Seed, Plan: c.Plan, FaultControl: true,
		OnRequest: func(r simulator.Request) { // without its query, which may hold names and numbers
			log.Info().Str("method", r.Method).Str("path", r.Path).Int("status", r.Status).Msg("request")
		},
	})
	if c.Faults != "" {
		script, err := os.ReadFile(c.Faults)
		if err != nil {
			return err
		}
		faults, err := simulator.ParseFaults(script)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Faults, err)
		}
		for _, f := range faults {
			sim.Inject(f)
		}
	}
	account, err := sim.Start(ctx, c.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, `A simulated Zoom account answers until you stop it. To use it:
export ZOOM_API_URL=%[1]s/v2 ZOOM_OAUTH_URL=%[1]s/oauth
export ZOOM_ACCOUNT_ID=%[2]s ZOOM_CLIENT_ID=%[3]s ZOOM_CLIENT_SECRET=%[4]s
Faults go to %[1]s/_faults, from this machine only.
`, account.URL, simulator.AccountID, simulator.ClientID, simulator.ClientSecret)
	<-ctx.Done()
	return account.Close()
}
