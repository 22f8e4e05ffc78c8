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
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/sanitize"
)

type callCommand struct {
	Method string   `arg:"" help:"The method."`
	Params []string `arg:"" optional:"" name:"name=value" help:"Parameters; repeat a name for a list. Write -- before one that starts with a hyphen."`
	JSON   string   `name:"params" placeholder:"JSON" help:"Parameters as one JSON object, instead of name=value."`

	AllPages   bool    `help:"Collect every page; a long range is split into windows."`
	MaxRecords count   `placeholder:"N" help:"Most records that --all-pages collects, 100000 by default and at most."`
	Partial    bool    `help:"Answer a question over records from those that could be read."`
	Cursor     string  `help:"Go on where an incomplete collection stopped."`
	Select     string  `placeholder:"JMESPATH" help:"Choose parts of the answer."`
	SQL        string  `name:"sql" placeholder:"SELECT" help:"Ask a question over all records, the table records."`
	Format     word    `enum:"json,csv" default:"json" help:"json or csv."`
	TimeZone   string  `placeholder:"ZONE" help:"IANA zone that decides what a day is, UTC by default."`
	As         word    `enum:"text,vtt,json," default:"" help:"Form of a transcript: text (default), vtt or json."`
	Output     *string `short:"o" placeholder:"FILE" help:"Write the answer to a file, or into a folder."`

	callFlags
}

// count is a number, in the forms in which an argument may have one.
type count int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *count) UnmarshalText(text []byte) error {
	quoted, err := json.Marshal(string(text))
	if err != nil {
		return err
	}
	n, err := lenient.Int(quoted)
	*c = count(n)
	return err
}

// word is one of some words in small letters, which a caller may write otherwise.
type word string

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *word) UnmarshalText(text []byte) error {
	*w = word(strings.ToLower(strings.TrimSpace(string(text))))
	return nil
}

// Run calls a method and prints the JSON, or writes the file.
func (c *callCommand) Run(ctx context.Context, p *process) error {
	params, err := c.params()
	if err != nil {
		return err
	}
	if c.Output != nil {
		*c.Output = auth.Path(*c.Output) // a shell leaves the ~ of --output=~/file
		if err := gateway.CheckPlace(*c.Output); err != nil {
			return err // before Zoom is asked
		}
	}
	g, done, err := c.connect(ctx, p, gateway.Options{Log: c.logger(p, zerolog.Disabled), MaxResult: -1})
	if err != nil {
		return err
	}
	defer done()
	r := gateway.CallRequest{
		Method: c.Method, Params: params, AllPages: c.AllPages, MaxRecords: int(c.MaxRecords), Cursor: c.Cursor,
		Select: c.Select, SQL: c.SQL, Format: string(c.Format), TimeZone: c.TimeZone, As: string(c.As), Partial: c.Partial, Exact: true,
	}
	if m, ok := catalog.Lookup(c.Method); ok && m.Kind == "transcript" && c.Select == "" && c.As == "" {
		r.As = gateway.AsText // people read here
	}
	a, file, err := g.Open(ctx, r)
	if err != nil {
		return err
	}
	if file != nil {
		return c.file(ctx, p, file)
	}
	if a.Incomplete != "" {
		fmt.Fprintln(p.stderr, "INCOMPLETE: "+flags.Replace(a.Incomplete))
	}
	for _, note := range a.Notes {
		fmt.Fprintln(p.stderr, flags.Replace(note))
	}
	if len(a.Collected) > 0 {
		fmt.Fprintln(p.stderr, string(a.Collected))
	}
	if err := c.document(ctx, p, a); err != nil {
		return err
	}
	if a.Incomplete != "" && !c.pages(a, params) {
		return errIncomplete
	}
	return nil
}

// flags says the arguments of a call as this command has them.
var flags = strings.NewReplacer(
	"all_pages: true", "--all-pages", "partial: true", "--partial", "max_records", "--max-records",
	"The cursor in collected goes on", "--cursor with the cursor in collected goes on",
)

// errIncomplete is the error of a command whose output lacks something and has
// said what.
var errIncomplete = errors.New("the output is incomplete")

// pages reports whether the caller goes from page to page: the answer is one as
// Zoom sent it, with the token of the next, and its size or token was given.
func (c *callCommand) pages(a *gateway.Answer, params json.RawMessage) bool {
	var given struct {
		Size  json.RawMessage `json:"page_size"`
		Token json.RawMessage `json:"next_page_token"`
	}
	return json.Unmarshal(params, &given) == nil && len(given.Size)+len(given.Token) > 0 && a.Page
}

// document prints an answer, or writes it to a file.
func (c *callCommand) document(ctx context.Context, p *process, a *gateway.Answer) error {
	switch {
	case c.Output != nil:
		path, f, err := gateway.WriteAnswer(ctx, *c.Output, c.Method, a)
		if err == nil {
			tell(p, path, f)
		}
		return err
	case a.Text != "":
		_, err := io.WriteString(p.stdout, a.Text)
		return err
	}
	return printJSON(p.stdout, a.JSON)
}

// file writes a file to where it was asked for, or to standard output as it comes.
func (c *callCommand) file(ctx context.Context, p *process, file *gateway.Stream) error {
	if c.Output != nil {
		told, end := progress(p, file.Size)
		path, f, err := file.WriteFile(ctx, *c.Output, told)
		end()
		if err == nil {
			tell(p, path, f)
		}
		return err
	}
	defer file.Body.Close()
	if isTerminal(p.stdout) {
		return fmt.Errorf("the answer is a file (%s): name a place for it with --output FILE", file.MediaType)
	}
	n, err := io.Copy(p.stdout, file.Body)
	if err == nil && file.Size >= 0 && n != file.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("the file broke off after %d bytes: %w; --output goes on where it breaks", n, err)
	}
	return nil
}

// tell says where a file is and what it is.
func tell(p *process, path string, f *gateway.File) {
	fmt.Fprintf(p.stderr, "%s: %s, %d bytes, SHA-256 %s\n", path, f.MediaType, f.Bytes, f.SHA256)
}

// progress draws a bar where somebody sees it.
func progress(p *process, size int64) (told func(gateway.Progress), end func()) {
	if !isTerminal(p.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionFullWidth(), progressbar.OptionUseIECUnits(true), progressbar.OptionSetPredictTime(true))
	return func(g gateway.Progress) { _ = bar.Set64(g.Bytes) }, func() { _ = bar.Finish() } // a bar that fails is no failure
}

// params returns what the command line says as a JSON object.
func (c *callCommand) params() (json.RawMessage, error) {
	if c.JSON != "" {
		if len(c.Params) > 0 {
			return nil, errors.New("give name=value or --params, not both")
		}
		return json.RawMessage(c.JSON), nil
	}
	var names []string
	given := map[string][]json.RawMessage{}
	for _, pair := range c.Params {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not of the form name=value", pair)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if given[name] == nil {
			names = append(names, name)
		}
		given[name] = append(given[name], text)
	}
	m, _ := catalog.Lookup(c.Method) // the gateway says that there is no such method
	var members []lenient.Member
	for _, name := range names {
		values := given[name]
		if m != nil && len(values) > 1 {
			if p := m.Param(name); p != nil && p.Type == "array" {
				list, err := json.Marshal(values)
				if err != nil {
					return nil, err
				}
				values = []json.RawMessage{list}
			}
		}
		for _, v := range values { // more than one is told of
			members = append(members, lenient.Member{Name: name, Value: v})
		}
	}
	return lenient.Encode(members), nil
}

// printJSON prints a document: as it is for programs, indented for people.
func printJSON(w io.Writer, text json.RawMessage) error {
	var b bytes.Buffer
	if isTerminal(w) {
		text, _ = sanitize.JSON(text) // a terminal may act on what nobody sees
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

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
