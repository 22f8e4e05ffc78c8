package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// fenced are the blocks of documents, with their kind.
var fenced = regexp.MustCompile("(?ms)^[ \t]*```([a-z]*)\n(.*?)^[ \t]*```$")

// spoken are the commands within sentences.
var spoken = regexp.MustCompile("`zoom-phone-mcp ([^`]*)`")

// TestCommandsInTheDocumentsAreUnderstood parses every command line of the program
// that stands in a document, as the program would.
func TestCommandsInTheDocumentsAreUnderstood(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, args := range commandsIn(string(text)) {
			found++
			if err := parse(args); err != nil {
				t.Errorf("%s: zoom-phone-mcp %s: %v", path, strings.Join(args, " "), err)
			}
		}
		return nil
	})
	if err != nil || found < 20 {
		t.Errorf("%d commands, %v", found, err)
	}
}

func commandsIn(text string) [][]string {
	var out [][]string
	add := func(line string) {
		for _, end := range []string{" | ", " && ", " > ", " # ", " 2>"} {
			line, _, _ = strings.Cut(line, end)
		}
		if args := words(line); len(args) > 0 {
			out = append(out, args)
		}
	}
	for _, f := range fenced.FindAllStringSubmatch(text, -1) {
		body := strings.ReplaceAll(f[2], "\\\n", " ")
		switch f[1] {
		case "sh", "ini", "console":
			for line := range strings.Lines(body) {
				line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
				for _, before := range []string{"go run ./cmd/zoom-phone-mcp ", "zoom-phone-mcp ", "./bin/zoom-phone-mcp ", "ExecStart=/usr/local/bin/zoom-phone-mcp "} {
					if rest, ok := strings.CutPrefix(line, before); ok {
						add(rest)
						break
					}
				}
			}
		case "json":
			var config struct {
				Servers map[string]struct {
					Command string
					Args    []string
				} `json:"mcpServers"`
			}
			if json.Unmarshal([]byte(body), &config) != nil {
				continue
			}
			for _, s := range config.Servers {
				if strings.HasSuffix(s.Command, "zoom-phone-mcp") {
					out = append(out, s.Args)
				}
			}
		}
	}
	for _, c := range spoken.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		add(c[1])
	}
	return out
}

// words splits a command line, quotes and all, and leaves what stands for
// something out: …, [options] and so on.
func words(line string) []string {
	var out []string
	for _, w := range regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`).FindAllString(line, -1) {
		w = strings.Trim(w, `'"`)
		if w == "…" || w == "..." || strings.HasPrefix(w, "[") || strings.HasPrefix(w, "<") {
			continue
		}
		if w == "CLIENT" { // the one word that stands for some
			w = "cursor"
		}
		out = append(out, w)
	}
	return out
}

// parse reads a command line without running it. --help alone is understood too.
func parse(args []string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exit); !ok {
				panic(r)
			}
		}
	}()
	var c commandLine
	parser, err := kong.New(&c, kong.Name("zoom-phone-mcp"), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.Writers(new(strings.Builder), new(strings.Builder)),
		kong.Vars{"apiURL": "https://api.zoom.us/v2", "oauthURL": "https://zoom.us/oauth"})
	if err != nil {
		return err
	}
	_, err = parser.Parse(pairsFirst(args))
	return err
}
