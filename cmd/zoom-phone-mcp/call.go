package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"zoom-phone-mcp/internal/gateway"
)

// maxFile bounds a file that the command line fetches, in bytes.
const maxFile = 1 << 30

type callCommand struct {
	Method string   `arg:"" help:"The method."`
	Params []string `arg:"" optional:"" name:"name=value" help:"Parameters; repeat a name for a list. Write -- before one that starts with a hyphen."`
	JSON   string   `name:"params" placeholder:"JSON" help:"Parameters as one JSON object, instead of name=value."`

	AllPages   bool   `help:"Collect every page; a long range is split into windows."`
	MaxRecords int    `placeholder:"N" help:"Most records that --all-pages collects, 1000 by default."`
	Cursor     string `help:"Go on where an incomplete collection stopped."`
	Select     string `placeholder:"JMESPATH" help:"Choose parts of the answer."`
	SQL        string `name:"sql" placeholder:"SELECT" help:"Ask a question over all records, the table records."`
	Format     string `enum:"json,csv" default:"json" help:"json or csv."`
	TimeZone   string `placeholder:"ZONE" help:"IANA zone that decides what a day is, UTC by default."`
}

// Run calls a method and prints the JSON, or writes the file, to standard output.
func (c *callCommand) Run(ctx context.Context, p *process, s *settings) error {
	params, err := c.params()
	if err != nil {
		return err
	}
	g, done, err := s.connect(ctx, p, gateway.Options{Log: s.logger(p, zerolog.Disabled), MaxFile: maxFile, MaxResult: -1})
	if err != nil {
		return err
	}
	defer done()
	a, err := g.Call(ctx, gateway.CallRequest{
		Method: c.Method, Params: params, AllPages: c.AllPages, MaxRecords: c.MaxRecords, Cursor: c.Cursor,
		Select: c.Select, SQL: c.SQL, Format: c.Format, TimeZone: c.TimeZone, Exact: true,
	})
	if err != nil {
		return err
	}
	for _, note := range a.Notes {
		fmt.Fprintln(p.stderr, note)
	}
	if a.Text != "" {
		if len(a.Collected) > 0 {
			fmt.Fprintln(p.stderr, string(a.Collected))
		}
		_, err := io.WriteString(p.stdout, a.Text)
		return err
	}
	if a.File == nil {
		return printJSON(p.stdout, a.JSON)
	}
	if isTerminal(p.stdout) {
		return fmt.Errorf("the answer is a file (%s, %d bytes): send it somewhere with > FILE", a.File.MediaType, a.File.Bytes)
	}
	_, err = p.stdout.Write(a.File.Data)
	return err
}

// params gives what the command line says as a JSON object.
func (c *callCommand) params() (json.RawMessage, error) {
	if c.JSON != "" {
		if len(c.Params) > 0 {
			return nil, errors.New("give name=value or --params, not both")
		}
		return json.RawMessage(c.JSON), nil
	}
	object := map[string]any{}
	for _, pair := range c.Params {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not of the form name=value", pair)
		}
		switch before := object[name].(type) {
		case nil:
			object[name] = value
		case string:
			object[name] = []string{before, value}
		case []string:
			object[name] = append(before, value)
		}
	}
	return json.Marshal(object)
}

// printJSON prints a document: as it is for programs, indented for people.
func printJSON(w io.Writer, text json.RawMessage) error {
	var b bytes.Buffer
	if isTerminal(w) {
		if err := json.Indent(&b, text, "", "  "); err != nil {
			return err
		}
	} else {
		b.Write(text)
	}
	b.WriteByte('\n')
	_, err := b.WriteTo(w)
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
