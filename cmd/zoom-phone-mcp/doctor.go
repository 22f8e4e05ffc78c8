package main

import (
	"context"

	"zoom-phone-mcp/internal/doctor"
	"zoom-phone-mcp/internal/safejson"
)

type doctorCommand struct {
	JSON bool `name:"json" help:"Print the facts as JSON."`
	accountFlags
}

// Run examines the settings and what they lead to, within --timeout as a whole.
// It fails if a check failed; a warning is not a failure.
func (c *doctorCommand) Run(ctx context.Context, p *process) error {
	apiURL, credentials, end, err := c.account(ctx, p)
	if err != nil {
		return err
	}
	defer end()
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	report := doctor.Run(limited, doctor.Options{
		Auth: credentials, APIURL: apiURL, Plan: c.plan(), Simulated: c.Demo, UserAgent: userAgent(),
	})
	if c.JSON {
		text, err := safejson.Marshal(struct {
			Version string `json:"version"`
			*doctor.Report
		}{version(), report})
		if err != nil {
			return err
		}
		if err := printJSON(p.stdout, text); err != nil {
			return err
		}
	} else if err := report.WriteTable(p.stdout); err != nil {
		return err
	}
	if report.Status == doctor.Fail {
		return errTold
	}
	return nil
}
