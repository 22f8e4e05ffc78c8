package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/simulator"
)

type checkBundleCommand struct {
	Bundle string `arg:"" type:"existingfile" help:"The bundle."`
}

// manifest is what a host reads of a bundle to start its server.
type manifest struct {
	Version string `json:"version"`
	Server  struct {
		EntryPoint string `json:"entry_point"`
		Config     struct {
			launch
			Overrides map[string]launch `json:"platform_overrides"`
		} `json:"mcp_config"`
	} `json:"server"`
	Tools []struct {
		Name string `json:"name"`
	} `json:"tools"`
	UserConfig map[string]struct {
		Sensitive bool `json:"sensitive"`
		Required  bool `json:"required"`
	} `json:"user_config"`
}

// launch is how a server is started.
type launch struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
}

// Run does what a host does with a bundle, against a simulated account.
func (c *checkBundleCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "unpacked")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tool, err := installTool(ctx)
	if err != nil {
		return err
	}
	if err := run(ctx, tool, "unpack", c.Bundle, dir); err != nil {
		return err
	}
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	account, err := simulator.Start(ctx, "127.0.0.1:0", simulator.Options{})
	if err != nil {
		return err
	}
	defer account.Close()
	how := m.start(dir, map[string]string{
		"account_id": simulator.AccountID, "client_id": simulator.ClientID, "client_secret": simulator.ClientSecret,
	})
	env := []string{"ZOOM_API_URL=" + account.APIURL(), "ZOOM_OAUTH_URL=" + account.OAuthURL()}
	for name, value := range how.Env {
		env = append(env, name+"="+value)
	}
	return m.call(ctx, how, env)
}

func readManifest(dir string) (*manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, m.Server.EntryPoint)); err != nil {
		return nil, fmt.Errorf("the manifest's entry point: %w", err)
	}
	if s := m.UserConfig["client_secret"]; !s.Sensitive || !s.Required {
		return nil, fmt.Errorf("the client secret has to be sensitive and required")
	}
	return &m, nil
}

// start returns the command of this system, with the user's answers put in.
func (m *manifest) start(dir string, answers map[string]string) launch {
	system := runtime.GOOS
	if system == "windows" {
		system = "win32"
	}
	how := m.Server.Config.launch
	if o, ok := m.Server.Config.Overrides[system]; ok && o.Command != "" {
		how.Command = o.Command
	}
	pairs := []string{"${__dirname}", dir}
	for name, value := range answers {
		pairs = append(pairs, "${user_config."+name+"}", value)
	}
	put := strings.NewReplacer(pairs...)
	how.Command = put.Replace(how.Command)
	how.Args = slices.Clone(how.Args)
	for i := range how.Args {
		how.Args[i] = put.Replace(how.Args[i])
	}
	for name, value := range how.Env {
		how.Env[name] = put.Replace(value)
	}
	return how
}

// call starts the server and speaks with it.
func (m *manifest) call(ctx context.Context, how launch, env []string) error {
	c, err := client.NewStdioMCPClient(how.Command, env, how.Args...)
	if err != nil {
		return err
	}
	defer c.Close()
	hello, err := c.Initialize(ctx, mcp.InitializeRequest{Params: mcp.InitializeParams{
		ProtocolVersion: mcp.LATEST_PROTOCOL_VERSION, ClientInfo: mcp.Implementation{Name: "check-bundle", Version: "1"},
	}})
	if err != nil {
		return err
	}
	if hello.ServerInfo.Version != m.Version {
		return fmt.Errorf("the server says that it is version %s, the manifest %s", hello.ServerInfo.Version, m.Version)
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return err
	}
	var promised, found []string
	for _, t := range m.Tools {
		promised = append(promised, t.Name)
	}
	for _, t := range list.Tools {
		found = append(found, t.Name)
	}
	slices.Sort(promised)
	slices.Sort(found)
	if !slices.Equal(promised, found) {
		return fmt.Errorf("the manifest promises the tools %v, the server has %v", promised, found)
	}
	answer, err := c.CallTool(ctx, mcp.CallToolRequest{Params: mcp.CallToolParams{
		Name: "call_zoom-phone", Arguments: map[string]any{"method": "list_call_queues", "params": map[string]any{"page_size": 1}},
	}})
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	if answer.IsError || !strings.Contains(string(text), "call_queues") {
		return fmt.Errorf("the call answered %s", text)
	}
	fmt.Printf("the bundle's server %s started, has %v and answered\n", m.Version, found)
	return nil
}
