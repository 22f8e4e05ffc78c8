// Command zoom-phone-mcp lets language models read a company's Zoom Phone system
// over the Model Context Protocol. It knows flags, the environment, and which
// packages to wire; it must not know how anything works.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
)

// Exit statuses.
const (
	exitFailed = 1 // the command failed
	exitUsage  = 2 // the command line or a parameter is wrong
	exitPart   = 3 // there is output, and it is not all that was asked for
)

// process is what the program has of the world around it.
type process struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A host that goes away breaks the pipe; that is an error to end on in order.
	signal.Ignore(syscall.SIGPIPE)
	tidyEnvironment()
	// net/http writes what a server sends out of turn to the standard logger, which
	// can be a part of a recording.
	log.SetOutput(io.Discard)
	status := run(ctx, process{os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv})
	stop()
	os.Exit(status)
}

// othersVariables are those that the runtime reads.
var othersVariables = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

// tidyEnvironment takes off what stands around the values of settings, and the ~
// of paths, which hosts pass on as it is. Hosts also set variables of settings
// that nobody filled in to nothing: those are unset.
func tidyEnvironment() {
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "ZOOM_") && !slices.Contains(othersVariables, name) {
			continue
		}
		switch tidy := auth.Path(auth.Trim(value)); {
		case tidy == "":
			_ = os.Unsetenv(name) // it is as good as not set in either case
		case tidy != value:
			_ = os.Setenv(name, tidy) // it was set before
		}
	}
}

// commandLine is the whole of it; kong reads the tags.
type commandLine struct {
	Stdio     stdioCommand     `cmd:"" help:"Serve MCP over standard input and output, for Claude Desktop and other hosts."`
	Serve     serveCommand     `cmd:"" help:"Serve MCP over HTTP, and REST, for agents that run elsewhere."`
	Keys      keysCommand      `cmd:"" help:"Make API keys for serve."`
	Describe  describeCommand  `cmd:"" help:"Describe a method, or list all of them."`
	Call      callCommand      `cmd:"" help:"Call a method and print Zoom's answer."`
	Query     queryCommand     `cmd:"" help:"Answer a question in SQL, over tables that are the methods."`
	Auth      authCommand      `cmd:"" help:"Log in to Zoom as a user, show the credential in use, log out."`
	Install   installCommand   `cmd:"" help:"Put the server into the configuration of Claude, Cursor, VS Code, Codex and others."`
	Uninstall uninstallCommand `cmd:"" help:"Take it out of there again."`
	Doctor    doctorCommand    `cmd:"" help:"Check configuration, network, clock, token, scopes and one call, and say what to do."`
	Simulate  simulateCommand  `cmd:"" help:"Serve a simulated Zoom account over HTTP."`
	Version   versionCommand   `cmd:"" help:"Print the version."`

	Completion completionCommand `cmd:"" help:"Print a shell's completion script."`
	Man        manCommand        `cmd:"" hidden:"" help:"Print the manual page."`
}

const helpText = `Reads a company's Zoom Phone account. Credentials come from the environment:
ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET of a Server-to-Server OAuth app,
or a ready ZOOM_ACCESS_TOKEN, or the login that "auth login" makes. NAME_FILE is read from
the file that it names. --demo needs none.`

// run is the program, apart from the process that it runs in.
func run(ctx context.Context, p process) (status int) {
	var c commandLine
	parser, err := kong.New(&c,
		kong.Name("zoom-phone-mcp"), kong.Description(helpText),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"apiURL": "https://api.zoom.us/v2", "oauthURL": "https://zoom.us/oauth"},
	)
	if err != nil {
		fmt.Fprintln(p.stderr, "zoom-phone-mcp:", err)
		return exitFailed
	}
	// kong ends the process after --help; here it ends run.
	defer func() {
		if r := recover(); r != nil {
			code, ok := r.(exit)
			if !ok {
				panic(r)
			}
			status = int(code)
		}
	}()
	if len(p.args) > 0 && p.args[0] == completeWord {
		if err := complete(p.stdout, parser.Model, p.args[1:]); err != nil {
			return report(p.stderr, err)
		}
		return 0
	}
	k, err := parser.Parse(pairsFirst(p.args))
	if unfilled := auth.Unfilled(p.getenv, variablesOf(parser.Model, k)...); unfilled != nil {
		fmt.Fprintln(p.stderr, "zoom-phone-mcp:", unfilled.Message)
		fmt.Fprintln(p.stderr, unfilled.Hint)
		return exitUsage
	}
	if err != nil {
		fmt.Fprintln(p.stderr, "zoom-phone-mcp:", err)
		fmt.Fprintln(p.stderr, `Run "zoom-phone-mcp --help" for the commands. A command's flags stand behind it.`)
		return exitUsage
	}
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(&p); err != nil {
		switch {
		case errors.Is(err, errTold):
			return exitFailed
		case errors.Is(err, errIncomplete):
			return exitPart
		}
		return report(p.stderr, err)
	}
	return 0
}

// variablesOf are the variables of the flags that a command has, or, where it is
// not known, of all flags.
func variablesOf(model *kong.Application, k *kong.Context) []string {
	flags := model.Flags
	if k != nil {
		flags = k.Flags()
	} else {
		for _, command := range model.Leaves(false) {
			flags = slices.Concat(flags, command.Flags)
		}
	}
	var names []string
	for _, f := range flags {
		for _, name := range f.Envs {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// errTold is the error of a command that has said all there is to say.
var errTold = errors.New("the command failed and has said why")

// pairsFirst puts the name=value arguments of call behind the method, wherever
// they stand among the flags: kong takes a list of arguments in one piece only.
func pairsFirst(args []string) []string {
	if !slices.Contains(args, "call") {
		return args
	}
	var pairs, rest []string
	for i, a := range args {
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		value := i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") && !slices.Contains(switches, args[i-1])
		if pair.MatchString(a) && !value {
			pairs = append(pairs, a)
			continue
		}
		rest = append(rest, a)
	}
	at := slices.Index(rest, "--")
	if at < 0 {
		at = len(rest)
	}
	return slices.Concat(rest[:at], pairs, rest[at:])
}

// pair is a name=value argument; switches are the flags without a value.
var (
	pair     = regexp.MustCompile(`^[A-Za-z][A-Za-z_]*=`)
	switches = []string{"--demo", "--all-pages", "--partial", "--help"}
)

// exit is what kong wants the process to end with.
type exit int

// report prints an error for people and gives the exit status.
func report(w io.Writer, err error) int {
	e, ok := errors.AsType[*apierror.Error](err)
	if !ok {
		fmt.Fprintln(w, "zoom-phone-mcp:", err)
		return exitFailed
	}
	fmt.Fprintln(w, e.Text())
	if e.Kind == apierror.InvalidParams || e.Kind == apierror.UnknownMethod {
		return exitUsage
	}
	return exitFailed
}
