package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/httpserver"
)

type keysCommand struct {
	Add keysAddCommand `cmd:"" help:"Make an API key for serve; --allow and --deny limit its holder to methods."`
}

type keysAddCommand struct {
	Name string `arg:"" help:"Name of the key's holder, for logs and metrics."`
	File string `env:"ZOOM_PHONE_MCP_API_KEYS" type:"path" placeholder:"FILE" help:"File that gets the key's hash (${env}); default api-keys in the user's configuration."`
	methodFlags
}

// Run makes a key. It is shown once; the file has only its hash.
func (c *keysAddCommand) Run(p *process) error {
	// Limits that fit no method would be refused by the server.
	limits := c.limits()
	if _, err := gateway.New(gateway.Options{}).View(limits); err != nil {
		return err
	}
	file := c.File
	if file == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return errors.New("there is no folder for configuration: say --file")
		}
		file = filepath.Join(config, "zoom-phone-mcp", "api-keys")
	}
	key, err := httpserver.AddKey(file, c.Name, limits.Allow, limits.Deny)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "Added to %s. Start the server with --api-keys %[1]s; one that runs with it already reads it on SIGHUP. The key is shown this once:\n", file)
	_, err = fmt.Fprintln(p.stdout, key)
	return err
}
