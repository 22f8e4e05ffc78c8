package main

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

// completeWord is the first argument of the scripts that completion prints, when
// they ask for candidates: __complete N -- WORDS…, where the first N words are
// complete and the one after them is being written. Some shells drop an empty
// argument; a word that is missing is an empty one.
const completeWord = "__complete"

//go:embed completion
var completionScripts embed.FS

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"The shell: ${enum}."`
}

// Help says how a script is used.
func (*completionCommand) Help() string {
	return `To try it: source <(zoom-phone-mcp completion bash); in fish: zoom-phone-mcp completion fish | source.
Packages install the scripts.`
}

// Run prints the script of a shell.
func (c *completionCommand) Run(p *process) error {
	script, err := completionScripts.ReadFile("completion/zoom-phone-mcp." + c.Shell)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(script)
	return err
}

// candidate is a word that may stand where the cursor is, and what it means.
type candidate struct{ word, help string }

// complete prints the candidates for the scripts, one a line, with a tab before
// the meaning. Where a file is expected it prints nothing: shells know files.
func complete(w io.Writer, app *kong.Application, args []string) error {
	if len(args) < 2 || args[1] != "--" {
		return fmt.Errorf("%s wants N -- WORDS", completeWord)
	}
	n, err := strconv.Atoi(args[0])
	words := args[2:]
	if err != nil || n < 0 || n > len(words) {
		return fmt.Errorf("%s: %q is not a number of the words", completeWord, args[0])
	}
	current := ""
	if n < len(words) {
		current = words[n]
	}
	out := bufio.NewWriter(w)
	for _, c := range candidates(app, words[:n], current) {
		if strings.HasPrefix(c.word, current) {
			fmt.Fprintf(out, "%s\t%s\n", c.word, c.help)
		}
	}
	return out.Flush()
}

// cursor is what stands before the word that is being written.
type cursor struct {
	node       *kong.Node
	positional []string            // arguments of node
	given      map[*kong.Flag]bool // flags that were given
	value      *kong.Flag          // the flag whose value comes next, or nil
	literal    bool                // -- was given: no flags follow
}

// candidates returns what may stand after the words; it may give too much, since
// the caller keeps what begins with current.
func candidates(app *kong.Application, words []string, current string) []candidate {
	at := cursor{node: app.Node, given: map[*kong.Flag]bool{}}
	for _, word := range words {
		at.pass(word)
	}
	switch name, _, assigned := strings.Cut(current, "="); {
	case at.value != nil:
		return valuesOf(at.value.Value, at.value.PlaceHolder)
	case !at.literal && strings.HasPrefix(current, "-") && assigned:
		if f := at.flag(name); f != nil {
			return prefixed(name+"=", valuesOf(f.Value, f.PlaceHolder))
		}
		return nil
	case !at.literal && strings.HasPrefix(current, "-"):
		return at.flags()
	case len(at.node.Children) > 0:
		return commands(at.node)
	}
	return at.argument(current)
}

// pass moves the cursor behind a word.
func (at *cursor) pass(word string) {
	switch {
	case at.value != nil:
		at.value = nil
	case at.literal:
		at.positional = append(at.positional, word)
	case word == "--":
		at.literal = true
	case strings.HasPrefix(word, "-"):
		name, _, assigned := strings.Cut(word, "=")
		if f := at.flag(name); f != nil {
			at.given[f] = true
			if !assigned && !f.IsBool() && !f.IsCounter() {
				at.value = f
			}
		}
	default:
		for _, child := range at.node.Children {
			if child.Name == word {
				at.node, at.positional = child, nil
				return
			}
		}
		at.positional = append(at.positional, word)
	}
}

// flag finds a flag by --name among those of the command and what it belongs to.
func (at *cursor) flag(name string) *kong.Flag {
	for n := at.node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

// flags are those that may still be given, the command's own first.
func (at *cursor) flags() (found []candidate) {
	for n := at.node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if !f.Hidden && (!at.given[f] || f.IsCumulative()) {
				found = append(found, candidate{"--" + f.Name, f.Help})
			}
		}
	}
	return found
}

func commands(n *kong.Node) (found []candidate) {
	for _, child := range n.Children {
		if !child.Hidden {
			found = append(found, candidate{child.Name, child.Help})
		}
	}
	return found
}

// argument returns the candidates for the command's next argument.
func (at *cursor) argument(current string) []candidate {
	args := at.node.Positional
	if len(args) == 0 {
		return nil
	}
	i := len(at.positional)
	if i >= len(args) {
		i = len(args) - 1
		if !args[i].IsCumulative() {
			return nil
		}
	}
	if args[i].Name == "name=value" {
		return pairs(at.positional, current)
	}
	return valuesOf(args[i], strings.ToUpper(args[i].Name))
}

// pairs returns the parameters of the method that is called, or the values of one.
func pairs(arguments []string, current string) (found []candidate) {
	m, known := catalog.Lookup(arguments[0])
	if !known {
		return nil
	}
	if name, _, assigned := strings.Cut(current, "="); assigned {
		p := m.Param(name)
		if p == nil {
			return nil
		}
		values := p.Enum
		if p.Type == "boolean" {
			values = []string{"true", "false"}
		}
		for _, v := range values {
			found = append(found, candidate{name + "=" + v, ""})
		}
		return found
	}
	for _, p := range m.Params {
		given := slices.ContainsFunc(arguments[1:], func(a string) bool { return strings.HasPrefix(a, p.Name+"=") })
		if given && p.Type != "array" {
			continue
		}
		help := p.Type
		if p.Required {
			help += ", required"
		}
		found = append(found, candidate{p.Name + "=", help})
	}
	return found
}

// valuesOf returns the values of a flag or an argument; placeholder is what its
// help calls it.
func valuesOf(v *kong.Value, placeholder string) (found []candidate) {
	if placeholder == "METHOD" {
		for m := range gateway.New(gateway.Options{}).Methods() {
			found = append(found, candidate{m.Name, m.Title})
		}
		return found
	}
	for value := range strings.SplitSeq(v.Enum, ",") {
		if value != "" {
			found = append(found, candidate{value, ""})
		}
	}
	return found
}

func prefixed(prefix string, all []candidate) []candidate {
	for i := range all {
		all[i].word = prefix + all[i].word
	}
	return all
}
