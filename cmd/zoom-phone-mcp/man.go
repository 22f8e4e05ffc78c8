package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type manCommand struct{}

// Run prints the manual page, made of the same texts as --help.
func (*manCommand) Run(p *process, k *kong.Context) error {
	_, err := p.stdout.Write(manual(k.Model))
	return err
}

// manual is the page in the man macros. It has no date: the same program has the
// same page.
func manual(app *kong.Application) []byte {
	m := &roff{}
	m.request(".TH", strings.ToUpper(app.Name), "1", "", app.Name+" "+version(), "User Commands")
	m.section("NAME")
	m.text(app.Name + " \\- lets language models read a company's Zoom Phone account")
	m.section("SYNOPSIS")
	m.raw(".B " + escape(app.Name))
	m.raw("\\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]")
	m.section("DESCRIPTION")
	m.prose(app.Help)

	m.section("COMMANDS")
	for _, n := range leaves(app.Node) {
		m.request(".SS", commandPath(n))
		m.prose(n.Help)
		if n.Detail != "" {
			m.raw(".PP")
			m.prose(n.Detail)
		}
		for _, arg := range n.Positional {
			m.item(bold(arg.Name), arg.Help)
		}
		m.flags(n.Flags)
	}
	m.section("OPTIONS OF ALL COMMANDS")
	m.flags(app.Flags)

	m.section("ENVIRONMENT")
	for _, v := range credentialVariables {
		m.item(bold(v.name), v.help)
	}
	for _, v := range variables(app.Node) {
		m.item(bold(v.name), v.help)
	}
	m.section("EXIT STATUS")
	m.item("0", "The command did what it was told.")
	m.item(fmt.Sprint(exitFailed), "The command failed, and standard error says why.")
	m.item(fmt.Sprint(exitUsage), "The command line or a parameter is wrong.")
	m.section("EXAMPLES")
	for _, e := range manExamples {
		m.item(bold(e.name), e.help)
	}
	return m.Bytes()
}

type named struct{ name, help string }

var credentialVariables = []named{
	{"ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET", "The Server-to-Server OAuth app. With _FILE behind it, each names a file that holds the value."},
	{"ZOOM_ACCESS_TOKEN", "A ready access token, used instead."},
	{"ZOOM_PHONE_MCP_API_KEY", "The key that clients of serve have to send."},
	{"HTTPS_PROXY, NO_PROXY", "The proxy to Zoom, and hosts that are reached without it."},
	{"SSL_CERT_FILE", "A PEM file with authorities, on systems other than macOS and Windows."},
}

var manExamples = []named{
	{"zoom-phone-mcp stdio --demo", "Serve a simulated account to an MCP host."},
	{"zoom-phone-mcp describe list_call_queues", "Show what a method takes and answers."},
	{"zoom-phone-mcp call list_call_queues page_size=10 --demo", "Call a method of the simulated account."},
	{"zoom-phone-mcp doctor", "Check configuration, network and scopes, and say what to do."},
}

// leaves are the commands that do something, in the order of --help.
func leaves(n *kong.Node) (found []*kong.Node) {
	if n.Leaf() {
		return []*kong.Node{n}
	}
	for _, child := range n.Children {
		if !child.Hidden {
			found = append(found, leaves(child)...)
		}
	}
	return found
}

// commandPath is how a command is called, with its arguments and without flags.
func commandPath(n *kong.Node) string {
	path := n.Name
	for p := n.Parent; p != nil && p.Parent != nil; p = p.Parent {
		path = p.Name + " " + path
	}
	for _, arg := range n.Positional {
		path += " " + arg.Summary()
	}
	return path
}

// variables are those that stand for a flag, of all commands, by name.
func variables(root *kong.Node) (found []named) {
	for _, n := range append(leaves(root), root) {
		for _, f := range n.Flags {
			for _, name := range f.Envs {
				found = append(found, named{name, "The same as --" + f.Name + "."})
			}
		}
	}
	slices.SortFunc(found, func(a, b named) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.help, b.help)) })
	return slices.CompactFunc(found, func(a, b named) bool { return a.name == b.name })
}

// roff writes a page in the man macros.
type roff struct{ bytes.Buffer }

func (m *roff) raw(line string) { fmt.Fprintln(m, line) }

// request writes a macro with quoted arguments.
func (m *roff) request(name string, args ...string) {
	m.WriteString(name)
	for _, a := range args {
		fmt.Fprintf(m, ` "%s"`, strings.ReplaceAll(escape(a), `"`, `\(dq`))
	}
	m.WriteByte('\n')
}

func (m *roff) section(title string) { m.request(".SH", title) }

// text writes a line that may contain roff.
func (m *roff) text(line string) { m.raw(line) }

// prose writes text, line by line, so that none is mistaken for a macro.
func (m *roff) prose(text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		m.raw(escape(strings.TrimSpace(line)))
	}
}

// item writes a tagged paragraph; the tag may contain roff.
func (m *roff) item(tag, text string) {
	m.raw(".TP")
	m.raw(tag)
	m.prose(text)
}

func (m *roff) flags(flags []*kong.Flag) {
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		tag := bold("--" + f.Name)
		if f.Short != 0 {
			tag = bold("-"+string(f.Short)) + ", " + tag
		}
		if !f.IsBool() && !f.IsCounter() {
			tag += "=\\fI" + escape(f.FormatPlaceHolder()) + "\\fR"
		}
		m.item(tag, f.Help)
	}
}

func bold(text string) string { return `\fB` + escape(text) + `\fR` }

// escape keeps a line of text from being read as roff.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "'", `\(aq`, "…", `\&...`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
