package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/gateway"
)

type queryCommand struct {
	SQL string `arg:"" optional:"" name:"sql" help:"One SELECT over tables, which bear the names of the methods; read from standard input where it is left out."`

	Format   word    `enum:"table,csv,json," default:"" help:"table, csv or json: a table on a terminal, json in a pipe."`
	TimeZone string  `placeholder:"ZONE" help:"IANA zone that decides what a day of a period is, UTC by default."`
	MaxCalls count   `placeholder:"N" help:"Most calls of Zoom that the question may make, 300 by default."`
	DryRun   bool    `help:"Say what the question would cost, and do not answer it."`
	Partial  bool    `help:"Answer from the records that could be read."`
	MaxRows  count   `placeholder:"N" default:"100000" help:"Most rows of the answer."`
	Output   *string `short:"o" placeholder:"FILE" help:"Write the answer to a file, or into a folder; a name that ends with .csv has CSV."`
	Tables   bool    `help:"List the tables."`
	Columns  string  `placeholder:"METHOD" help:"List the columns of a table."`

	callFlags
}

const formTable = "table"

// Help gives an example.
func (*queryCommand) Help() string {
	return `A table takes its period and what it cannot do without as arguments, and a join makes the calls:
zoom-phone-mcp query --demo "SELECT q.name, count(*) AS members FROM list_call_queues AS q, list_call_queue_members(q.id) AS m GROUP BY 1"`
}

// Run answers a question, or lists what can be asked about.
func (c *queryCommand) Run(ctx context.Context, p *process, k *kong.Context) error {
	if c.Tables || c.Columns != "" {
		return c.list(p)
	}
	if err := c.read(p); err != nil {
		return err
	}
	format, err := c.form(p)
	if err != nil {
		return err
	}
	if !given(k, "timeout") {
		c.Timeout = math.MaxInt64 // somebody waits, who can end it
	}
	g, done, err := c.connect(ctx, p, gateway.Options{Log: c.logger(p, zerolog.Disabled), MaxResult: -1})
	if err != nil {
		return err
	}
	defer done()
	bar := newCallBar(p)
	r := gateway.QueryRequest{
		SQL: c.SQL, TimeZone: c.TimeZone, MaxCalls: int(c.MaxCalls), DryRun: c.DryRun, Partial: c.Partial,
		MaxRows: int(c.MaxRows), Exact: true, Progress: bar.told,
	}
	if format == gateway.FormatCSV {
		r.Format = format
	}
	a, err := g.Query(ctx, r)
	bar.end()
	if err != nil {
		return c.failed(ctx, bar, err)
	}
	if a.Incomplete != "" {
		fmt.Fprintln(p.stderr, "INCOMPLETE: "+questionFlags.Replace(a.Incomplete))
	}
	for _, note := range a.Notes {
		fmt.Fprintln(p.stderr, questionFlags.Replace(note))
	}
	if err := c.print(ctx, p, a, format); err != nil {
		return err
	}
	if a.Incomplete != "" {
		return errIncomplete
	}
	return nil
}

// read reads the question from standard input where the command line has none.
func (c *queryCommand) read(p *process) error {
	if c.SQL != "" && c.SQL != "-" {
		return nil
	}
	if isTerminal(p.stdin) {
		fmt.Fprintln(p.stderr, "Reading the question from standard input; end it with Ctrl-D.")
	}
	text, err := io.ReadAll(io.LimitReader(p.stdin, 1<<20))
	c.SQL = strings.TrimPrefix(string(text), "\ufeff")
	return err
}

// form is the form of the answer: what was asked for, or what suits its reader.
func (c *queryCommand) form(p *process) (string, error) {
	if c.Output != nil {
		*c.Output = auth.Path(*c.Output) // a shell leaves the ~ of --output=~/file
		if err := gateway.CheckPlace(*c.Output); err != nil {
			return "", err // before Zoom is asked
		}
	}
	switch {
	case c.Format != "":
		return string(c.Format), nil
	case c.Output != nil && strings.EqualFold(filepath.Ext(*c.Output), ".csv"):
		return gateway.FormatCSV, nil
	case c.Output == nil && isTerminal(p.stdout):
		return formTable, nil
	}
	return gateway.FormatJSON, nil
}

// given reports whether a flag stands on the command line.
func given(k *kong.Context, name string) bool {
	return slices.ContainsFunc(k.Path, func(part *kong.Path) bool { return part.Flag != nil && part.Flag.Name == name })
}

// questionFlags says the arguments of a question as this command has them. What calls
// brought is not kept when the program ends.
var questionFlags = strings.NewReplacer(
	"(max_calls)", "(--max-calls)", "max_calls: ", "--max-calls ", "partial: true", "--partial", "dry_run: true", "--dry-run",
	"one call was made and is kept", "one call was made", " calls were made and are kept", " calls were made", "; what they brought is kept", "",
	"Ask the same question again to go on: no call is made twice within 15 minutes (without fresh).", "Give it more time with --timeout.",
	"describe_method, columns: true", "query --columns METHOD",
)

// failed is the error of a question as this command says it.
func (c *queryCommand) failed(ctx context.Context, bar *callBar, err error) error {
	e := *apierror.From(err)
	if ctx.Err() != nil {
		made := "nothing was asked of Zoom yet"
		if bar.last.Pages > 0 {
			made = fmt.Sprintf("%d of %d calls were made, and what they brought is gone with this command; a server keeps it for 15 minutes", bar.last.Pages, bar.last.TotalPages)
		}
		return fmt.Errorf("interrupted: there is no answer; %s", made)
	}
	e.Message, e.Hint = questionFlags.Replace(e.Message), questionFlags.Replace(e.Hint)
	return &e
}

// print prints an answer, or writes it to a file.
func (c *queryCommand) print(ctx context.Context, p *process, a *gateway.Answer, format string) error {
	var foot string
	switch {
	case c.DryRun && c.Output == nil && format == formTable:
		return c.cost(p, a.JSON)
	case c.DryRun:
	case format == formTable:
		var b strings.Builder
		var err error
		if foot, err = table(&b, a.JSON, c.width(p)); err != nil {
			return err
		}
		a.Text, a.MediaType = b.String(), "text/plain"
	case a.Text != "" && isTerminal(p.stdout) && c.Output == nil:
		lines := strings.SplitAfter(a.Text, "\n")
		for i, line := range lines {
			if text, ok := strings.CutSuffix(line, "\n"); ok {
				lines[i] = printable(text) + "\n"
			}
		}
		foot = rests(a.Collected, rowsOf(a.Text))
		a.Text = strings.Join(lines, "")
	case a.Text != "":
		foot = rests(a.Collected, rowsOf(a.Text))
	}
	switch {
	case c.Output != nil:
		path, f, err := gateway.WriteAnswer(ctx, *c.Output, "query", a)
		if err == nil {
			tell(p, path, f)
		}
		return err
	case a.Text == "":
		return printJSON(p.stdout, a.JSON)
	}
	_, err := io.WriteString(p.stdout, a.Text)
	if err == nil && foot != "" {
		fmt.Fprintln(p.stderr, foot)
	}
	return err
}

// width is how wide a table may be, 0 for any width.
func (c *queryCommand) width(p *process) int {
	if c.Output != nil {
		return 0
	}
	return terminalWidth(p)
}

// terminalWidth is the width of the terminal, or what the environment says, 0 where
// neither is known.
func terminalWidth(p *process) int {
	if f, ok := p.stdout.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	width, err := strconv.Atoi(p.getenv("COLUMNS"))
	if err != nil || width < 1 {
		return 0
	}
	return width
}

// table prints the rows of an answer for people, and returns on what they rest.
func table(w io.Writer, doc json.RawMessage, width int) (foot string, err error) {
	var answer struct {
		Columns   []string            `json:"columns"`
		Rows      [][]json.RawMessage `json:"rows"`
		Collected json.RawMessage     `json:"collected"`
	}
	if err := json.Unmarshal(doc, &answer); err != nil {
		return "", err
	}
	g := grid{right: make([]bool, len(answer.Columns))}
	for _, name := range answer.Columns {
		g.head = append(g.head, printable(name))
	}
	numbers, texts := make([]bool, len(answer.Columns)), make([]bool, len(answer.Columns))
	for _, row := range answer.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			switch {
			case string(v) == "null":
			case len(v) > 0 && v[0] == '"':
				texts[i] = true
				if err := json.Unmarshal(v, &cells[i]); err != nil {
					return "", err
				}
			default:
				numbers[i], cells[i] = true, string(v)
			}
		}
		g.rows = append(g.rows, cells)
	}
	for i := range g.right {
		g.right[i] = numbers[i] && !texts[i]
	}
	return rests(answer.Collected, len(g.rows)), g.print(w, width)
}

// rests says on what rows rest.
func rests(collected json.RawMessage, rows int) string {
	var c struct {
		Records int    `json:"records"`
		Calls   int    `json:"calls"`
		Fetched string `json:"fetched"`
	}
	if json.Unmarshal(collected, &c) != nil {
		return ""
	}
	return fmt.Sprintf("%s from %s, %s of Zoom", counted(rows, "row"), counted(c.Records, "record"), counted(c.Calls, "call"))
}

// rowsOf is the number of rows of a table as CSV, without its head.
func rowsOf(text string) int {
	n := -1
	for r := csv.NewReader(strings.NewReader(text)); ; n++ {
		if _, err := r.Read(); err != nil {
			return max(n, 0)
		}
	}
}

// counted is a number of things.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// cost says for people what a question would cost.
func (c *queryCommand) cost(p *process, doc json.RawMessage) error {
	var cost struct {
		Says  string `json:"says"`
		Needs *struct {
			Calls int `json:"calls"`
		} `json:"needs"`
		Made     int `json:"calls_made"`
		MaxCalls int `json:"max_calls"`
	}
	if err := json.Unmarshal(doc, &cost); err != nil {
		return err
	}
	text := strings.Replace(cost.Says, "The question needs ", "The question would make ", 1) + "\n"
	if cost.Made > 0 {
		text += counted(cost.Made, "call") + " told that.\n"
	}
	if cost.Needs != nil {
		if need := cost.Made + cost.Needs.Calls; need > cost.MaxCalls {
			text += fmt.Sprintf("It may make %d; --max-calls %d allows it.\n", cost.MaxCalls, need)
		}
	}
	_, err := io.WriteString(p.stdout, text)
	return err
}

// list lists the tables, or the columns of one.
func (c *queryCommand) list(p *process) error {
	g, err := gateway.New(gateway.Options{}).View(c.limits())
	if err != nil {
		return err
	}
	if c.Columns != "" {
		return printColumns(p, g, c.Columns, c.width(p))
	}
	out := bufio.NewWriter(p.stdout)
	for _, t := range g.Tables() {
		var needed, also []string
		for _, name := range t.Arguments {
			if name, optional := strings.CutSuffix(name, "?"); optional {
				also = append(also, name)
			} else {
				needed = append(needed, name)
			}
		}
		name := t.Name
		if len(needed) > 0 {
			name += "(" + strings.Join(needed, ", ") + ")"
		}
		fmt.Fprintf(out, "%s: %s", name, t.Title)
		if len(also) > 0 {
			fmt.Fprintf(out, "; also takes %s", strings.Join(also, ", "))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// printColumns lists the columns of a table for people.
func printColumns(p *process, g *gateway.Gateway, name string, width int) error {
	t, err := g.Table(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s(%s): %s\n\nFor example:\n  %s\n\n", t.Name, strings.Join(t.Arguments, ", "), t.Title, t.Example)
	columns := grid{head: []string{"column", "type", "meaning"}, wrap: true}
	for _, column := range t.Columns {
		columns.rows = append(columns.rows, []string{column.Name, column.Type, column.Meaning})
	}
	return columns.print(p.stdout, width)
}

// callBar is a bar that counts calls, where somebody sees it.
type callBar struct {
	bar  *progressbar.ProgressBar
	last gateway.Progress
}

func newCallBar(p *process) *callBar {
	if !isTerminal(p.stderr) {
		return &callBar{}
	}
	return &callBar{bar: progressbar.NewOptions(1,
		progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30), progressbar.OptionSetDescription("calls of Zoom"), progressbar.OptionSetPredictTime(true))}
}

func (b *callBar) told(g gateway.Progress) {
	b.last = g
	if b.bar == nil {
		return
	}
	// A bar that is full ends: it is so only when the answer is there.
	b.bar.ChangeMax(cmp.Or(max(g.TotalPages, g.Pages+1), 1))
	_ = b.bar.Set(g.Pages) // a bar that fails is no failure
}

func (b *callBar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
