package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"

	"zoom-phone-mcp/internal/gateway"
)

type queryCommand struct {
	callFlags

	SQL string `arg:"" optional:"" name:"sql" help:"One SELECT over tables, which bear the names of the methods; read from standard input where it is left out."`

	Format   word   `enum:"table,csv,json," default:"" help:"table, csv or json: a table on a terminal, json in a pipe."`
	TimeZone string `placeholder:"ZONE" help:"IANA zone that decides what a day of a period is, UTC by default."`
	MaxCalls count  `placeholder:"N" help:"Most calls of Zoom that the question may make, 300 by default."`
	DryRun   bool   `help:"Say what the question would cost, and do not answer it."`
	Partial  bool   `help:"Answer from the records that could be read."`
	MaxRows  count  `placeholder:"N" default:"100000" help:"Most rows of the answer."`
	Tables   bool   `help:"List the tables and their arguments."`
}

// Run answers a question.
func (c *queryCommand) Run(ctx context.Context, p *process) error {
	if !c.Tables && c.SQL == "" {
		if isTerminal(p.stdin) {
			fmt.Fprintln(p.stderr, "Reading the question from standard input; end it with Ctrl-D.")
		}
		text, err := io.ReadAll(io.LimitReader(p.stdin, 1<<20))
		if err != nil {
			return err
		}
		c.SQL = string(text)
	}
	g, done, err := c.connect(ctx, p, gateway.Options{Log: c.logger(p, zerolog.Disabled), MaxResult: -1})
	if err != nil {
		return err
	}
	defer done()
	if c.Tables {
		_, err := io.WriteString(p.stdout, g.TableIndex())
		return err
	}
	told, end := callsProgress(p)
	r := gateway.QueryRequest{
		SQL: c.SQL, TimeZone: c.TimeZone, MaxCalls: int(c.MaxCalls), DryRun: c.DryRun, Partial: c.Partial,
		MaxRows: int(c.MaxRows), Exact: true, Progress: told,
	}
	format := string(c.Format)
	if format == "" {
		format = "json"
		if isTerminal(p.stdout) {
			format = "table"
		}
	}
	if format == "csv" && !c.DryRun {
		r.Format = gateway.FormatCSV
	}
	a, err := g.Query(ctx, r)
	end()
	if err != nil {
		return err
	}
	if a.Incomplete != "" {
		fmt.Fprintln(p.stderr, "INCOMPLETE: "+flags.Replace(a.Incomplete))
	}
	for _, note := range a.Notes {
		fmt.Fprintln(p.stderr, flags.Replace(note))
	}
	switch {
	case a.Text != "":
		fmt.Fprintln(p.stderr, string(a.Collected))
		_, err = io.WriteString(p.stdout, a.Text)
	case format == "table" && !c.DryRun:
		err = printTable(p, a.JSON)
	default:
		err = printJSON(p.stdout, a.JSON)
	}
	if err == nil && a.Incomplete != "" {
		return errIncomplete
	}
	return err
}

// callsProgress draws a bar that counts calls, where somebody sees it.
func callsProgress(p *process) (told func(gateway.Progress), end func()) {
	if !isTerminal(p.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
		progressbar.OptionSetDescription("calls"), progressbar.OptionSetPredictTime(true))
	return func(g gateway.Progress) {
		if g.TotalPages > 0 {
			bar.ChangeMax(max(g.TotalPages, g.Pages))
		}
		_ = bar.Set(g.Pages) // a bar that fails is no failure
	}, func() { _ = bar.Finish() }
}

// widestCell is the length of the longest value that a table on a terminal shows.
const widestCell = 60

// printTable prints the rows of an answer for people, and what they rest on.
func printTable(p *process, doc json.RawMessage) error {
	var answer struct {
		Columns   []string            `json:"columns"`
		Rows      [][]json.RawMessage `json:"rows"`
		Collected struct {
			Records int    `json:"records"`
			Calls   int    `json:"calls"`
			Fetched string `json:"fetched"`
		} `json:"collected"`
	}
	if err := json.Unmarshal(doc, &answer); err != nil {
		return err
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(answer.Columns, "\t"))
	for i, c := range answer.Columns {
		answer.Columns[i] = strings.Repeat("─", len([]rune(c)))
	}
	fmt.Fprintln(w, strings.Join(answer.Columns, "\t"))
	for _, row := range answer.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := b.WriteTo(p.stdout); err != nil {
		return err
	}
	rows, calls := "rows", "calls"
	if len(answer.Rows) == 1 {
		rows = "row"
	}
	if answer.Collected.Calls == 1 {
		calls = "call"
	}
	fmt.Fprintf(p.stderr, "%d %s from %d records, %d %s of Zoom", len(answer.Rows), rows, answer.Collected.Records, answer.Collected.Calls, calls)
	if at := answer.Collected.Fetched; at != "" {
		fmt.Fprintf(p.stderr, ", the oldest of %s", at)
	}
	fmt.Fprintln(p.stderr)
	return nil
}

// cell is a value as a table shows it: one line, nothing that moves a terminal's
// cursor.
func cell(v json.RawMessage) string {
	text := string(v)
	switch {
	case text == "null":
		return ""
	case v[0] == '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return string(v)
		}
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
	if r := []rune(text); len(r) > widestCell {
		return string(r[:widestCell-1]) + "…"
	}
	return text
}
