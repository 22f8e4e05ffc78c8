package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// registry is the MCP registry's own module; its checksum is in the Go checksum
// database. It has the schemas, and the program that publishes.
const registry = "github.com/modelcontextprotocol/registry@v1.8.8"

type serverCommand struct {
	about
	Bundle string `type:"existingfile" required:"" help:"The MCPB bundle of the release, for its SHA-256."`
	Output string `short:"o" default:"bin/server.json" type:"path" help:"The file to write."`
}

// OwnerLower is the owner as names of container images have it.
func (s entry) OwnerLower() string { return strings.ToLower(s.Owner) }

type entry struct {
	about
	BundleSHA256 string
}

// Run writes the entry, and fails if the registry's schema does not accept it.
func (c *serverCommand) Run(ctx context.Context) error {
	if want := "zoom-phone-mcp-" + c.Version + ".mcpb"; filepath.Base(c.Bundle) != want {
		return fmt.Errorf("the bundle of version %s is called %s", c.Version, want)
	}
	sum, err := digest(c.Bundle)
	if err != nil {
		return err
	}
	if err := fill("server.json.tmpl", entry{c.about, sum}, c.Output); err != nil {
		return err
	}
	text, err := os.ReadFile(c.Output)
	if err != nil {
		return err
	}
	if err := validate(ctx, text); err != nil {
		return fmt.Errorf("%s: %w", c.Output, err)
	}
	fmt.Println(c.Output, "is valid")
	return nil
}

// validate checks an entry against the schema that it names, as the registry's
// module has it.
func validate(ctx context.Context, text []byte) error {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	object, ok := document.(map[string]any)
	if !ok {
		return fmt.Errorf("it is not an object")
	}
	name, _ := object["$schema"].(string)
	parts := strings.Split(name, "/")
	if len(parts) < 2 {
		return fmt.Errorf("it names no schema")
	}
	dir, err := moduleDir(ctx, registry)
	if err != nil {
		return err
	}
	schema, err := os.Open(filepath.Join(dir, "internal", "validators", "schemas", parts[len(parts)-2]+".json"))
	if err != nil {
		return fmt.Errorf("the registry does not know the schema %s: %w", name, err)
	}
	defer schema.Close()
	parsed, err := jsonschema.UnmarshalJSON(schema)
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, parsed); err != nil {
		return err
	}
	s, err := compiler.Compile(name)
	if err != nil {
		return err
	}
	return s.Validate(document)
}

// moduleDir downloads a module and gives its folder.
func moduleDir(ctx context.Context, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if jerr := json.Unmarshal(out, &m); jerr != nil && err == nil {
		err = jerr
	}
	if err != nil || m.Error != "" {
		return "", fmt.Errorf("downloading %s: %w %s", module, err, m.Error)
	}
	return m.Dir, nil
}
