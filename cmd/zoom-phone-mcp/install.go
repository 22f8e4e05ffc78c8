package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/auth"
	"zoom-phone-mcp/internal/install"
)

// installTarget is which entry of which configuration is meant.
type installTarget struct {
	Client  string `arg:"" enum:"claude-desktop,claude-code,cursor,vscode,codex,windsurf,devin" help:"The client: ${enum}."`
	Name    string `default:"zoom-phone" help:"Name of the entry."`
	File    string `type:"path" placeholder:"FILE" help:"Another configuration of the client, such as one of a profile."`
	Project bool   `help:"The configuration of the project in the current folder, not the user's."`
	Yes     bool   `short:"y" help:"Do not ask."`
}

type installCommand struct {
	installTarget
	Flags       []string `arg:"" optional:"" help:"Flags of stdio, behind --; they can stand before it too."`
	Credentials string   `enum:"login,client,file,clear" default:"login" help:"What the entry uses: login (of auth login), client (its own store of secrets or its environment), file (the files that the _FILE variables name), clear (the values of the variables, in the configuration itself)."`
	URL         string   `name:"url" placeholder:"URL" help:"A server that runs elsewhere, such as https://phone.example.com/mcp; --credentials client or clear sends the key of ZOOM_PHONE_MCP_API_KEY."`
	Print       bool     `help:"Print the entry and do nothing else."`

	serverFlags
}

type uninstallCommand struct {
	installTarget
	loginFlags
}

// Run shows the change that the entry makes, asks, and writes it.
func (c *installCommand) Run(ctx context.Context, k *kong.Context, p *process) error {
	client, _ := install.ClientNamed(c.Client) // kong admits known ones only
	entry, err := c.entry(k, p, client)
	if err != nil {
		return err
	}
	if c.Print {
		text, err := client.Snippet(entry)
		if err != nil {
			return err
		}
		_, err = p.stdout.Write(text)
		return err
	}
	written, err := c.change(ctx, p, client, entry, func(old []byte) ([]byte, error) { return client.Add(old, entry) })
	if err != nil || !written {
		return err
	}
	fmt.Fprintln(p.stdout, strings.TrimSpace(client.After+" "+client.Shows))
	if key := entry.Bearer; key != nil && key.Source == install.Kept && !client.Asks() && p.getenv(key.Name) == "" {
		fmt.Fprintf(p.stderr, "The entry has no key yet: %s takes %s from the environment that it is started in. In this one it is not set.\n", client.Title, key.Name)
	}
	if c.Demo || c.URL != "" {
		return nil
	}
	if set := auth.SetVariables(p.getenv); len(set) > 0 && c.Credentials == "login" {
		fmt.Fprintf(p.stderr, "The entry has nothing of %s: see --credentials.\n", strings.Join(set, ", "))
	}
	if problem := c.unusable(p, client, entry); problem != "" {
		fmt.Fprintln(p.stderr, problem)
		return nil
	}
	fmt.Fprintf(p.stdout, "%s shows that the program starts. Whether Zoom answers it: zoom-phone-mcp doctor.\n", client.Title)
	return nil
}

// unusable says why a server that is started by an entry would have no credential,
// and what to do; "" where it has one, or the client asks for it.
func (c *installCommand) unusable(p *process, client install.Client, entry install.Entry) string {
	if c.Credentials == "client" && client.Asks() {
		return ""
	}
	set := map[string]string{}
	var kept []string
	for _, v := range entry.Env {
		set[v.Name] = v.Value
		if v.Source == install.Kept {
			set[v.Name] = p.getenv(v.Name)
			kept = append(kept, v.Name)
		}
	}
	credentials := c.loginFlags.credentials(p, auth.PlaceAuto)
	credentials.Getenv = func(name string) string { return set[name] }
	used, err := auth.Source(credentials)
	if err == nil {
		_, err = used.Status()
	}
	other := "--credentials file"
	if client.Keeps() {
		other = "--credentials client"
	}
	const none = "The server has no credential yet"
	switch e := apierror.From(err); {
	case e == nil:
		return ""
	case len(kept) > 0:
		return fmt.Sprintf("%s: %s takes %s from the environment that it is started in. In this one: %s.", none, client.Title, strings.Join(kept, ", "), e.Message)
	case !credentials.Store.Exists() && set["ZOOM_CLIENT_ID"] == "":
		return fmt.Sprintf("%s: nobody has logged in. Log in with zoom-phone-mcp auth login, or, for a Server-to-Server app, install it with %s.", none, other)
	case c.Credentials == "login":
		return fmt.Sprintf("%s: %s. %s Variables come into the entry with %s.", none, e.Message, e.Hint, other)
	case c.Credentials == "file":
		return fmt.Sprintf("%s: %s. %s", none, inFile(e.Message), inFile(e.Hint))
	default:
		return fmt.Sprintf("%s: %s. %s", none, e.Message, e.Hint)
	}
}

// Run shows what taking the entry out changes, asks, and writes it.
func (c *uninstallCommand) Run(ctx context.Context, k *kong.Context, p *process) error {
	client, _ := install.ClientNamed(c.Client) // kong admits known ones only
	entry := install.Entry{Name: c.Name, Owned: ownedVariables(k)}
	written, err := c.change(ctx, p, client, entry, func(old []byte) ([]byte, error) { return client.Remove(old, c.Name, entry.Owned) })
	if err != nil || !written {
		return err
	}
	fmt.Fprintln(p.stdout, client.After)
	if c.credentials(p, auth.PlaceAuto).Store.Exists() {
		fmt.Fprintln(p.stdout, "The stored login stays; zoom-phone-mcp auth logout ends it.")
	}
	return nil
}

// change edits the client's file. It reports whether something was written; that
// there was nothing to do is no error.
func (t *installTarget) change(ctx context.Context, p *process, client install.Client, entry install.Entry, edit func([]byte) ([]byte, error)) (written bool, err error) {
	path, err := t.path(p, client)
	if err != nil {
		return false, err
	}
	shown := ""
	for range 3 {
		f, err := install.Read(path)
		if err != nil {
			return false, err
		}
		text, err := edit(f.Text)
		if errors.Is(err, install.ErrNotThere) {
			fmt.Fprintf(p.stdout, "There is no entry %s in %s.\n", t.Name, f.Path)
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w; nothing is written", f.Path, err)
		}
		if f.Exists() && bytes.Equal(text, f.Text) {
			fmt.Fprintf(p.stdout, "Already so: %s.\n", f.Path)
			if changed, err := entryPrivate(f, entry); err != nil || changed {
				fmt.Fprintln(p.stdout, "It was readable for others, with a secret in it; now it is not.")
				return false, err
			}
			return false, nil
		}
		if difference := client.Diff(f.Path, f.Text, text, entry); difference != shown {
			fmt.Fprint(p.stdout, difference)
			if shown != "" {
				fmt.Fprintln(p.stderr, "The file has changed in the meantime; this is the difference now.")
			} else if _, err := os.Stat(filepath.Dir(f.Path)); errors.Is(err, fs.ErrNotExist) {
				fmt.Fprintf(p.stderr, "There is no folder %s yet. Is %s installed?\n", filepath.Dir(f.Path), client.Title)
			}
			if err := t.confirm(ctx, p, f.Path); err != nil {
				return false, err
			}
			shown = difference
		}
		backup, err := f.Replace(text, install.WriteOptions{Private: entry.Private(), Label: "zoom-phone-mcp", Now: time.Now()})
		if errors.Is(err, install.ErrChanged) {
			continue // a client writes its file whenever it likes
		}
		if err != nil {
			return false, err
		}
		fmt.Fprintf(p.stdout, "Written: %s\n", f.Path)
		if backup != "" {
			fmt.Fprintf(p.stdout, "Before:  %s\n", backup)
		}
		return true, nil
	}
	return false, fmt.Errorf("%s: %w; close %s and try again", path, install.ErrChanged, client.Title)
}

// entryPrivate makes a file private that has a secret and was not.
func entryPrivate(f *install.File, entry install.Entry) (bool, error) {
	if !entry.Private() {
		return false, nil
	}
	return f.MakePrivate()
}

// path is the file to edit.
func (t *installTarget) path(p *process, client install.Client) (string, error) {
	if t.File != "" {
		if t.Project {
			return "", errors.New("say --file or --project, not both")
		}
		return t.File, nil
	}
	home, _ := os.UserHomeDir() // the place says so where it matters
	folder, err := os.Getwd()
	if err != nil && t.Project {
		return "", err
	}
	place := install.Place{OS: runtime.GOOS, Home: home, Project: folder, Getenv: p.getenv, List: namesIn}
	path, err := client.File(place, t.Project)
	if err != nil {
		return "", err
	}
	if client.ID == "windsurf" {
		if devin, ok := install.ClientNamed("devin"); ok {
			if other, err := devin.File(place, false); err == nil && len(namesIn(filepath.Dir(other))) > 0 {
				fmt.Fprintf(p.stderr, "Newer versions, named Devin Desktop, read %s: install devin.\n", other)
			}
		}
	}
	return path, nil
}

func namesIn(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// confirm asks a person. Where there is none, nothing is written unless the
// command line says so.
func (t *installTarget) confirm(ctx context.Context, p *process, path string) error {
	if t.Yes {
		return nil
	}
	in, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return errors.New("nothing is written: there is no terminal to ask on; --yes writes without asking")
	}
	fmt.Fprintf(p.stdout, "Write this to %s? [y/N] ", path)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(p.stdin).ReadString('\n') // no answer is no
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case a := <-answer:
		if a == "y" || a == "yes" {
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(p.stdout)
	}
	fmt.Fprintln(p.stderr, "Nothing is written.")
	return errTold
}
