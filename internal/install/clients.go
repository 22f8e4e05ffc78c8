package install

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Client is a program that uses MCP servers.
type Client struct {
	// ID is its name on command lines, Title its own name.
	ID, Title string
	// After is what somebody has to do to make the client see a change, and Shows
	// where it shows a server that is in its configuration.
	After, Shows string

	servers string // key of the table of servers
	toml    bool   // the file is TOML, else JSON with or without comments
	typed   bool   // entries say their transport
	urlKey  string // key of an address, "" if the file takes commands only
	remote  string // what to do instead, where urlKey is ""
	// reference returns the text that stands for a value that the client keeps;
	// nil where it keeps none. asks: by asking, with a list of questions.
	reference func(entry string, v Variable) string
	asks      bool
	// bare: servers get few variables of the environment, and Passed ones have to
	// be named.
	bare bool
	// file returns the user's configuration, project the one below a project's
	// folder; nil if there is none.
	file    func(Place) string
	project []string
}

// Clients are all clients that are known.
func Clients() []Client {
	return []Client{
		{
			ID: "claude-desktop", Title: "Claude Desktop", After: "Quit Claude Desktop (closing the window is not enough) and start it again.",
			Shows:   "Settings, Developer shows whether the server runs.",
			servers: "mcpServers", bare: true, file: claudeDesktop,
			remote: "in Claude Desktop a remote server is a connector: Settings, Connectors, Add custom connector",
		},
		{
			ID: "claude-code", Title: "Claude Code", After: "Start a new session.", Shows: "/mcp shows the server.",
			servers: "mcpServers", typed: true, urlKey: "url", file: claudeCode, project: []string{".mcp.json"},
			reference: func(_ string, v Variable) string { return "${" + v.Name + "}" },
		},
		{
			ID: "cursor", Title: "Cursor", After: "Cursor reads the file again by itself.", Shows: "The server is in its settings under MCP.",
			servers: "mcpServers", urlKey: "url", bare: true, project: []string{".cursor", "mcp.json"},
			file:      func(p Place) string { return p.join(p.Home, ".cursor", "mcp.json") },
			reference: envReference,
		},
		{
			ID: "vscode", Title: "VS Code", After: "VS Code reads the file again by itself.", Shows: `Start the server with "MCP: List Servers".`,
			servers: "servers", typed: true, urlKey: "url", asks: true, file: vscode, project: []string{".vscode", "mcp.json"},
			reference: func(entry string, v Variable) string { return "${input:" + inputID(entry, v.Name) + "}" },
		},
		{
			ID: "codex", Title: "Codex", After: "Start a new session.", Shows: "/mcp shows the server.",
			servers: "mcp_servers", toml: true, urlKey: "url", bare: true, file: codex, project: []string{".codex", "config.toml"},
			reference: func(_ string, v Variable) string { return v.Name },
		},
		{
			ID: "windsurf", Title: "Windsurf", After: "Press the refresh button of the MCP servers in Cascade's settings.",
			servers: "mcpServers", urlKey: "serverUrl", bare: true, reference: envReference,
			file: func(p Place) string { return p.join(p.Home, ".codeium", "windsurf", "mcp_config.json") },
		},
		{
			ID: "devin", Title: "Devin Desktop", After: "Restart Devin Desktop.",
			servers: "mcpServers", urlKey: "url", bare: true, file: devin, project: []string{".devin", "mcp_config.json"},
		},
	}
}

// envReference is how editors refer to a variable of their own environment.
func envReference(_ string, v Variable) string { return "${env:" + v.Name + "}" }

// ClientNamed finds a client by its ID.
func ClientNamed(id string) (Client, bool) {
	all := Clients()
	i := slices.IndexFunc(all, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return all[i], true
}

// entry returns the entry in the client's form, and the questions that it needs by
// their ids.
func (c Client) entry(e Entry) (want, questions map[string]any, err error) {
	questions = map[string]any{}
	kept := func(v Variable) (string, error) {
		if c.reference == nil {
			return "", fmt.Errorf("%s is not known to keep secrets for servers, nor to fill in variables", c.Title)
		}
		if c.asks {
			id := inputID(e.Name, v.Name)
			question := map[string]any{"type": "promptString", "id": id, "description": v.Title}
			if v.Secret {
				question["password"] = true
			}
			questions[id] = question
		}
		return c.reference(e.Name, v), nil
	}
	if e.URL != "" {
		want, err = c.remoteEntry(e, kept)
		return want, questions, err
	}
	args := make([]any, len(e.Args))
	for i, arg := range e.Args {
		args[i] = arg
	}
	want = map[string]any{"command": e.Command, "args": args}
	if c.typed {
		want["type"] = "stdio"
	}
	env := map[string]any{}
	var passed []any
	for _, v := range e.Env {
		switch {
		case v.Source == Written:
			env[v.Name] = v.Value
		case v.Source == Kept:
			text, err := kept(v)
			if err != nil {
				return nil, nil, err
			}
			if c.toml {
				passed = append(passed, text)
			} else {
				env[v.Name] = text
			}
		case c.bare && c.toml:
			passed = append(passed, v.Name)
		case c.bare && v.Value != "":
			env[v.Name] = v.Value
		}
	}
	if len(env) > 0 {
		want["env"] = env
	}
	if len(passed) > 0 {
		want["env_vars"] = passed
	}
	return want, questions, nil
}

// remoteEntry returns the form of a server that runs elsewhere.
func (c Client) remoteEntry(e Entry, kept func(Variable) (string, error)) (want map[string]any, err error) {
	if c.urlKey == "" {
		return nil, errors.New(c.remote)
	}
	want = map[string]any{c.urlKey: e.URL}
	if c.typed {
		want["type"] = "http"
	}
	if e.Bearer == nil {
		return want, nil
	}
	headers := "headers"
	if c.toml {
		headers = "http_headers"
	}
	value := e.Bearer.Value
	if e.Bearer.Source != Written {
		if value, err = kept(*e.Bearer); err != nil {
			return nil, err
		}
		if c.toml {
			want["bearer_token_env_var"] = value
			return want, nil
		}
	}
	want[headers] = map[string]any{"Authorization": "Bearer " + value}
	return want, nil
}

// Keeps reports whether the client has a place for secrets, or can refer to
// variables of its own environment.
func (c Client) Keeps() bool { return c.reference != nil }

// Asks reports whether the client asks for the values that it keeps.
func (c Client) Asks() bool { return c.asks }

// Place is a machine and a user, as far as files of clients depend on them.
type Place struct {
	// OS is a GOOS; all but windows and darwin are like linux.
	OS string
	// Home is the user's folder, Project the one of a project.
	Home, Project string
	Getenv        func(string) string
	// List returns the names in a folder, none if it cannot be read.
	List func(dir string) []string
}

// File is where a client's configuration is. With project it is the one that
// everyone who works in the folder Project shares.
func (c Client) File(p Place, project bool) (string, error) {
	if project {
		if c.project == nil {
			return "", fmt.Errorf("%s has no configuration for a project", c.Title)
		}
		return p.join(append([]string{p.Project}, c.project...)...), nil
	}
	if p.Home == "" {
		return "", errors.New("the user's folder is not known")
	}
	return c.file(p), nil
}

// join joins as the system does that the place is on, whatever this program runs on.
func (p Place) join(parts ...string) string {
	sep := "/"
	if p.OS == "windows" {
		sep = `\`
	}
	for i, part := range parts {
		if i < len(parts)-1 {
			parts[i] = strings.TrimRight(part, `/`+sep)
		}
	}
	return strings.Join(parts, sep)
}

// has reports whether a folder has a name in it.
func (p Place) has(dir, name string) bool { return slices.Contains(p.List(dir), name) }

// env is a variable, or a path where it is not set.
func (p Place) env(name string, otherwise ...string) string {
	if v := p.Getenv(name); v != "" {
		return v
	}
	return p.join(otherwise...)
}

// config is the folder in which programs keep their configuration.
func (p Place) config() string {
	switch p.OS {
	case "windows":
		return p.env("APPDATA", p.Home, "AppData", "Roaming")
	case "darwin":
		return p.join(p.Home, "Library", "Application Support")
	}
	return p.env("XDG_CONFIG_HOME", p.Home, ".config")
}

// claudeDesktop is one of three places on Windows: newer packages keep their data
// in Claude-Data, those before in the folder that Windows shows a package in place
// of the roaming one, and the unpackaged program in the roaming one itself.
func claudeDesktop(p Place) string {
	const file = "claude_desktop_config.json"
	if p.OS == "windows" {
		local := p.env("LOCALAPPDATA", p.Home, "AppData", "Local")
		var found []string
		data := p.join(local, "Claude-Data")
		for _, name := range p.List(data) {
			if lower := strings.ToLower(name); lower == "claude" || strings.HasPrefix(lower, "claude_") {
				found = append(found, p.join(data, name))
			}
		}
		packages := p.join(local, "Packages")
		for _, name := range p.List(packages) {
			roaming := p.join(packages, name, "LocalCache", "Roaming")
			if strings.HasPrefix(name, "Claude_") && p.has(roaming, "Claude") {
				found = append(found, p.join(roaming, "Claude"))
			}
		}
		for _, dir := range found {
			if p.has(dir, file) {
				return p.join(dir, file)
			}
		}
		if len(found) > 0 {
			return p.join(found[0], file)
		}
	}
	return p.join(p.config(), "Claude", file)
}

// claudeCode has kept an older name where it was used.
func claudeCode(p Place) string {
	if dir := p.env("CLAUDE_CONFIG_DIR", p.Home, ".claude"); p.has(dir, ".config.json") {
		return p.join(dir, ".config.json")
	}
	return p.join(p.env("CLAUDE_CONFIG_DIR", p.Home), ".claude.json")
}

func vscode(p Place) string {
	if portable := p.Getenv("VSCODE_PORTABLE"); portable != "" {
		return p.join(portable, "user-data", "User", "mcp.json")
	}
	return p.join(p.config(), "Code", "User", "mcp.json")
}

func codex(p Place) string {
	return p.join(p.env("CODEX_HOME", p.Home, ".codex"), "config.toml")
}

func devin(p Place) string {
	dir := p.join(p.Home, ".config")
	if p.OS == "windows" {
		dir = p.config()
	}
	return p.join(dir, "devin", "mcp_config.json")
}
