package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/install"
)

// variableOfKey has the key that clients send to a server elsewhere.
const variableOfKey = "ZOOM_PHONE_MCP_API_KEY"

// partsOfCredentials are what a credential consists of, in the order in which
// clients ask for it.
var partsOfCredentials = []install.Variable{
	{Name: "ZOOM_ACCOUNT_ID", Title: "Zoom: account ID of the Server-to-Server OAuth app"},
	{Name: "ZOOM_CLIENT_ID", Title: "Zoom: client ID of the app"},
	{Name: "ZOOM_CLIENT_SECRET", Title: "Zoom: client secret of the app", Secret: true},
	{Name: "ZOOM_ACCESS_TOKEN", Title: "Zoom: access token", Secret: true},
}

// sessionVariables lead to the keyring of a Linux desktop.
var sessionVariables = []string{"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}

// entry is what the command line asks for.
func (c *installCommand) entry(k *kong.Context, p *process, client install.Client) (install.Entry, error) {
	e := install.Entry{Name: c.Name, Owned: ownedVariables(k)}
	flags, variables := serverFlagsOf(k, p)
	flags = append(flags, c.Flags...)
	if c.Credentials == "clear" && c.Project {
		return e, errors.New("the configuration of a project is for everybody who works on it: --credentials clear would give them the secret")
	}
	if c.URL != "" {
		return c.remoteEntry(e, p, client, flags)
	}
	if err := checkStdioFlags(flags); err != nil {
		return e, err
	}
	command, err := executable(p)
	if err != nil {
		return e, err
	}
	e.Command, e.Args = command, append([]string{"stdio"}, flags...)
	if c.Demo {
		return e, nil
	}
	credentials, err := c.credentials(p, client)
	e.Env = slices.Concat(credentials, variables)
	return e, err
}

func (c *installCommand) remoteEntry(e install.Entry, p *process, client install.Client, flags []string) (install.Entry, error) {
	if len(flags) > 0 {
		return e, fmt.Errorf("%s: flags of the server are given where it runs, not with --url", strings.Join(flags, " "))
	}
	if !strings.HasPrefix(c.URL, "https://") && !strings.HasPrefix(c.URL, "http://") {
		return e, fmt.Errorf("%q is no address: it begins with https://", c.URL)
	}
	e.URL = c.URL
	if c.Credentials != "login" && inClear(c.URL) {
		return e, fmt.Errorf("the key would travel in clear to %s: use https://, or --credentials login", c.URL)
	}
	key := install.Variable{Name: variableOfKey, Title: "API key of " + c.URL, Secret: true, Source: install.Kept}
	switch c.Credentials {
	case "login": // the client logs in by OAuth, or nobody has to
		return e, nil
	case "file":
		return e, errors.New("clients do not read the key of a server from a file: --credentials client refers to a variable, or none is needed with OAuth")
	case "clear":
		value, err := auth.Variable(p.getenv, variableOfKey)
		if err != nil {
			return e, err
		}
		if value == "" {
			return e, fmt.Errorf("%s is not set", variableOfKey)
		}
		key.Value, key.Source = value, install.Written
	}
	e.Bearer = &key
	return e, nil
}

// inClear reports whether what is sent to an address can be read on the way: over http, to
// another machine than this one.
func inClear(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return err != nil
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !ip.IsLoopback())
}

// credentials are the variables with credentials that the entry has.
func (c *installCommand) credentials(p *process, client install.Client) ([]install.Variable, error) {
	var list []install.Variable
	switch c.Credentials {
	case "client":
		if !client.Keeps() {
			return nil, fmt.Errorf("%s is not known to keep secrets for servers, nor to fill in variables: use --credentials login, file or clear", client.Title)
		}
		set := map[string]string{}
		for _, v := range partsOfCredentials {
			if value := p.getenv(v.Name); value != "" {
				list, set[v.Name] = append(list, v), value
			}
		}
		// What is set tells which credential is meant, if it is one.
		if len(list) == 0 || usable(set) != nil {
			list = slices.Clone(partsOfCredentials[:3])
		}
		for i := range list {
			list[i].Source = install.Kept
		}
		return c.withLogin(list, p), nil
	case "file", "clear":
		set := map[string]string{}
		for _, v := range partsOfCredentials {
			name, value := v.Name, p.getenv(v.Name)
			if file := p.getenv(name + "_FILE"); c.Credentials == "file" && file != "" && value == "" {
				abs, err := filepath.Abs(file)
				if err != nil {
					return nil, err
				}
				v.Name, value, v.Secret = name+"_FILE", abs, false
			} else if c.Credentials == "file" && v.Secret && value != "" {
				return nil, fmt.Errorf("%s is set as it is: put it into a file that only you can read, and set %s_FILE to its path", name, name)
			} else if c.Credentials == "clear" {
				var err error
				if value, err = auth.Variable(p.getenv, name); err != nil {
					return nil, err
				}
			}
			if value != "" {
				v.Value = value
				list, set[v.Name] = append(list, v), value
			}
		}
		if e := apierror.From(usable(set)); e != nil {
			if c.Credentials == "file" {
				e.Message, e.Missing = inFile(e.Message), strings.Split(inFile(strings.Join(e.Missing, " ")), " ")
				e.Hint = "The secret is in a file that only you can read: set ZOOM_CLIENT_SECRET_FILE to its path. " + e.Hint
			}
			return nil, e
		}
		return c.withLogin(list, p), nil
	}
	return c.withLogin(nil, p), nil
}

// inFile names the variable of the secret's file in the place of the secret's own.
func inFile(text string) string {
	return strings.NewReplacer("ZOOM_CLIENT_SECRET_FILE", "ZOOM_CLIENT_SECRET_FILE", "ZOOM_CLIENT_SECRET", "ZOOM_CLIENT_SECRET_FILE").Replace(text)
}

// withLogin adds what leads to the stored login, if the variables are not a
// credential of another sort: its folder, and the way to the desktop's keyring.
func (c *installCommand) withLogin(list []install.Variable, p *process) []install.Variable {
	for _, v := range list {
		if strings.HasPrefix(v.Name, "ZOOM_ACCOUNT_ID") || strings.HasPrefix(v.Name, "ZOOM_ACCESS_TOKEN") {
			return list
		}
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return list
	}
	if dir := p.getenv("XDG_CONFIG_HOME"); dir != "" && c.LoginDir == "" {
		list = append(list, install.Variable{Name: "ZOOM_LOGIN_DIR", Value: filepath.Join(dir, "zoom-phone-mcp")})
	}
	for _, name := range sessionVariables {
		v := install.Variable{Name: name, Source: install.Passed}
		if name == "XDG_RUNTIME_DIR" { // the other one changes from session to session
			v.Value = p.getenv(name)
		}
		list = append(list, v)
	}
	return list
}

// usable reports whether variables make a credential.
func usable(set map[string]string) error {
	used, err := auth.Source(auth.Settings{Getenv: func(name string) string { return set[name] }})
	if err != nil {
		return err
	}
	if kind := used.Kind(); kind == auth.KindNone || kind == auth.KindLogin && len(set) == 0 {
		if _, err := used.Status(); err != nil {
			return apierror.From(err)
		}
	}
	return nil
}

// serverFlagsOf are the flags of stdio, as the command line or the environment has
// them. Clients start servers without the environment of a shell.
func serverFlagsOf(k *kong.Context, p *process) (flags []string, variables []install.Variable) {
	given := map[string]bool{}
	for _, step := range k.Path {
		if step.Flag != nil && !step.Resolved {
			given[step.Flag.Name] = true
		}
	}
	for _, f := range k.Selected().Flags {
		if !slices.ContainsFunc(stdioFlags(k), func(of *kong.Flag) bool { return of.Name == f.Name }) {
			continue
		}
		value := k.FlagValue(f)
		switch {
		case given[f.Name]:
			switch v := value.(type) {
			case bool:
				flags = append(flags, fmt.Sprintf("--%s=%v", f.Name, v))
				if v {
					flags[len(flags)-1] = "--" + f.Name
				}
			case []string:
				for _, one := range v {
					flags = append(flags, "--"+f.Name+"="+one)
				}
			default:
				flags = append(flags, fmt.Sprintf("--%s=%v", f.Name, v))
			}
		default:
			for _, name := range f.Envs {
				if p.getenv(name) != "" {
					variables = append(variables, install.Variable{Name: name, Value: fmt.Sprint(value)})
				}
			}
		}
	}
	return flags, variables
}

// stdioFlags are the flags of the server that clients start.
func stdioFlags(k *kong.Context) []*kong.Flag {
	for _, command := range k.Model.Children {
		if command.Name == "stdio" {
			return command.Flags
		}
	}
	return nil
}

// ownedVariables are all variables that an entry of this program may have.
func ownedVariables(k *kong.Context) []string {
	var names []string
	for _, v := range partsOfCredentials {
		names = append(names, v.Name, v.Name+"_FILE")
	}
	for _, f := range stdioFlags(k) {
		names = append(names, f.Envs...)
	}
	return slices.Concat(names, sessionVariables, []string{variableOfKey})
}

// checkStdioFlags refuses flags that the server would refuse, when nobody sees it.
func checkStdioFlags(flags []string) error {
	var c commandLine
	exited := false
	parser, err := kong.New(&c, kong.Name("zoom-phone-mcp"), kong.Writers(io.Discard, io.Discard),
		kong.Exit(func(int) { exited = true }), kong.Vars{"apiURL": "", "oauthURL": ""})
	if err != nil {
		return err
	}
	if _, err := parser.Parse(append([]string{"stdio"}, flags...)); err != nil {
		return fmt.Errorf("stdio would not start: %w", err)
	}
	if exited {
		return errors.New("stdio would not start: --help is no flag of a server")
	}
	return nil
}

// executable is the path of this program: the one that it was started by, which a
// package manager keeps across versions, if it leads here.
func executable(p *process) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(self); err == nil {
		self = resolved
	}
	if called, err := exec.LookPath(os.Args[0]); err == nil {
		if called, err = filepath.Abs(called); err == nil && sameFile(called, self) {
			self = called
		}
	}
	temporary := os.TempDir()
	if resolved, err := filepath.EvalSymlinks(temporary); err == nil {
		temporary = resolved
	}
	if strings.HasPrefix(self, temporary+string(filepath.Separator)) || strings.Contains(filepath.ToSlash(self), "/go-build") {
		fmt.Fprintf(p.stderr, "%s is in a temporary folder and may be gone tomorrow: build the program and run install from where it stays.\n", self)
	}
	return self, nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
