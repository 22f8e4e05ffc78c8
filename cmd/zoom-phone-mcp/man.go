package main

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"
)

//go:embed man.tmpl
var manTemplate string

type manCommand struct{}

// Run prints the manual page, made of the same texts as --help. It has no date:
// the same program has the same page.
func (*manCommand) Run(p *process, k *kong.Context) error {
	page, err := template.New("man").Funcs(template.FuncMap{
		"flag": manFlag, "roff": roff, "upper": strings.ToUpper, "variables": variables, "version": version,
	}).Parse(manTemplate)
	if err != nil {
		return err
	}
	return page.Execute(p.stdout, k.Model)
}

// variables returns the variables that stand for a flag, each with the first
// flag that it stands for.
func variables(app *kong.Application) map[string]string {
	found := map[string]string{}
	for _, n := range append(app.Leaves(true), app.Node) {
		for _, f := range n.Flags {
			for _, name := range f.Envs {
				if found[name] == "" {
					found[name] = "--" + f.Name
				}
			}
		}
	}
	return found
}

// manFlag returns a flag in bold, with its value in italics.
func manFlag(f *kong.Flag) string {
	name, value, takesValue := strings.Cut(f.String(), "=")
	names := `\fB` + strings.ReplaceAll(roff(name), ", ", `\fR, \fB`) + `\fR`
	if !takesValue {
		return names
	}
	return names + `=\fI` + roff(value) + `\fR`
}

// roff returns text in which no character and no line is read as a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "'", `\(aq`, "…", `\&...`).Replace(strings.TrimSpace(text))
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, ".") {
			line = `\&` + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
