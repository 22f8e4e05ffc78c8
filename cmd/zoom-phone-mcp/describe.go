package main

import (
	"context"
	"fmt"

	"zoom-phone-mcp/internal/gateway"
)

type describeCommand struct {
	Method string `arg:"" optional:"" help:"The method; without it, the index of all methods."`
	Full   bool   `help:"Show every response field at every depth."`
}

// Run prints a description, or the index.
func (c *describeCommand) Run(ctx context.Context, p *process) error {
	if c.Method == "" {
		_, err := fmt.Fprint(p.stdout, gateway.Index())
		return err
	}
	text, err := gateway.New(gateway.Options{}).Describe(ctx, gateway.DescribeRequest{Method: c.Method, Full: c.Full})
	if err != nil {
		return err
	}
	return printJSON(p.stdout, text)
}
