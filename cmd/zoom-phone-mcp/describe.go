package main

import (
	"context"
	"fmt"

	"zoom-phone-mcp/internal/gateway"
)

type describeCommand struct {
	Method  string `arg:"" optional:"" help:"The method; without it, the index of all methods."`
	Full    bool   `help:"Show every response field at every depth."`
	Columns bool   `help:"Show the columns of the table that it is."`
	methodFlags
}

// Run prints a description, or the index.
func (c *describeCommand) Run(ctx context.Context, p *process) error {
	g, err := gateway.New(gateway.Options{}).View(c.limits())
	if err != nil {
		return err
	}
	if c.Method == "" {
		_, err := fmt.Fprint(p.stdout, g.Titles())
		return err
	}
	if c.Columns && isTerminal(p.stdout) {
		return printColumns(p, g, c.Method, terminalWidth(p))
	}
	text, err := g.Describe(ctx, gateway.DescribeRequest{Method: c.Method, Full: c.Full, Columns: c.Columns})
	if err != nil {
		return err
	}
	return printJSON(p.stdout, text)
}
