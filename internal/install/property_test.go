package install_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tailscale/hujson"

	"zoom-phone-mcp/internal/install"
)

// writer makes configurations up, with all the ways to write one that there are.
type writer struct {
	*rand.Rand
	b  strings.Builder
	nl string
}

func (w *writer) one(of ...string) string { return of[w.IntN(len(of))] }

// gap is white space, maybe with comments.
func (w *writer) gap() {
	for range w.IntN(3) {
		w.b.WriteString(w.one("", " ", "\t", w.nl, w.nl+"  ", "/* c */", "// \"phone\": {}"+w.nl, "/* a "+w.nl+" b */"))
	}
}

func (w *writer) list(open, end string, n int, item func(i int)) {
	w.b.WriteString(open)
	for i := range n {
		w.gap()
		item(i)
		w.gap()
		if i < n-1 || w.IntN(4) == 0 {
			w.b.WriteString(",")
		}
	}
	if n > 0 {
		w.gap()
	}
	w.b.WriteString(end)
}

func (w *writer) value(depth int) {
	switch w.IntN(7) {
	case 0:
		w.b.WriteString(w.one("1", "-0.5e10", "12345678901234567890", "true", "null"))
	case 1, 2:
		if depth > 0 {
			w.list("{", "}", w.IntN(4), func(i int) { w.member(fmt.Sprintf("k%d", i), depth-1) })
			return
		}
		fallthrough
	case 3:
		if depth > 0 {
			w.list("[", "]", w.IntN(4), func(int) { w.value(depth - 1) })
			return
		}
		fallthrough
	default:
		w.b.WriteString(w.one(`""`, `"a, } ] // b"`, `"\u00e4\\\""`, `"äöü /* "`, `"phone"`))
	}
}

func (w *writer) member(name string, depth int) {
	w.b.WriteString(`"` + name + `"`)
	w.gap()
	w.b.WriteString(":")
	w.gap()
	w.value(depth)
}

// json writes a document with servers and questions that are not empty.
func (w *writer) json() string {
	w.b.Reset()
	w.nl = w.one("\n", "\r\n")
	w.gap()
	keys := []string{"servers", "mcpServers", "inputs", "other", "more"}
	w.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	w.list("{", "}", len(keys), func(i int) {
		switch keys[i] {
		case "servers", "mcpServers":
			w.b.WriteString(`"` + keys[i] + `":`)
			w.gap()
			w.list("{", "}", 1+w.IntN(3), func(i int) { w.member(fmt.Sprintf("s%d", i), 2) })
		case "inputs":
			w.b.WriteString(`"inputs":`)
			w.gap()
			w.list("[", "]", 1+w.IntN(2), func(int) { w.value(1) })
		default:
			w.member(keys[i], 3)
		}
	})
	w.gap()
	return w.b.String()
}

// toml writes a document whose last line has an end.
func (w *writer) toml() string {
	w.b.Reset()
	w.nl = w.one("\n", "\r\n")
	values := []string{
		"1", "nan", "-inf", "1979-05-27 07:32:00Z", "07:32:00", `"a # b"`, `'c:\'`, "true", "[ 1, # x" + w.nl + " 2 ]",
		`"""` + w.nl + `[mcp_servers.phone] ""` + w.nl + `""" `, `'''` + w.nl + `''''`, `{ a = 1, "b.c" = [ { d = "}" } ] }`, `""""quoted"""""`, "[]", `"\"]"`,
	}
	extra := func() {
		for range w.IntN(3) {
			w.b.WriteString(w.one(w.nl, "  "+w.nl, "# comment ["+w.nl, "\t# \"\"\" ="+w.nl))
		}
	}
	assign := func() {
		for i := range w.IntN(4) {
			extra()
			w.b.WriteString(w.one("", "  ") + fmt.Sprintf(w.one("k%d", `"q ]%d"`, "'l=%d'", "d%d.e", `d%d . "f"`), i) + w.one("=", " = ") + w.one(values...) + w.one("", " # \"x", "  ") + w.nl)
		}
	}
	assign()
	for i := range w.IntN(5) {
		extra()
		w.b.WriteString(fmt.Sprintf(w.one("[t%d]", "[ t%d . \"a]b\" ]", "[mcp_servers.s%d]", "[[a%d]]", "[mcp_servers.s%d.env] # c"), i) + w.nl)
		assign()
	}
	extra()
	return w.b.String()
}

// TestWhatWasThereComesBack adds every entry to configurations that nobody has
// seen before, and takes it out again.
func TestWhatWasThereComesBack(t *testing.T) {
	const rounds = 60
	kinds, all := sortedEntries()
	for seed := range rounds {
		w := &writer{Rand: rand.New(rand.NewPCG(1, uint64(seed)))}
		js, tm := w.json(), w.toml()
		for i, id := range []string{"vscode", "claude-code", "windsurf", "codex"} {
			c, config := client(t, id), js
			if id == "codex" {
				config = tm
			}
			for _, name := range []string{kinds[(seed+i)%len(kinds)], "kept"} {
				e := all[name]
				added, err := c.Add([]byte(config), e)
				if err != nil {
					if strings.HasPrefix(err.Error(), "line") || strings.Contains(err.Error(), "defect") {
						t.Fatalf("seed %d, %s, %s: %v\n%s", seed, c.ID, name, err, config)
					}
					continue // not for this client
				}
				again, err := c.Add(added, e)
				if err != nil || !bytes.Equal(again, added) {
					t.Fatalf("seed %d, %s, %s: the second time: %v\n%s\nthen\n%s", seed, c.ID, name, err, added, again)
				}
				removed, err := c.Remove(added, e.Name, e.Owned)
				if err != nil || string(removed) != config {
					t.Fatalf("seed %d, %s, %s: %v\n%q\nwas\n%q\nwith it\n%s", seed, c.ID, name, err, removed, config, added)
				}
			}
		}
	}
}

var jsonTokens = regexp.MustCompile(`(?s)"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/`)

// comments returns the comments of JSON in their order.
func comments(text []byte) []string {
	var list []string
	for _, token := range jsonTokens.FindAllString(string(text), -1) {
		if token[0] == '/' {
			list = append(list, strings.TrimRight(token, "\r"))
		}
	}
	return list
}

// FuzzInstallJSON looks for a configuration that loses something.
func FuzzInstallJSON(f *testing.F) {
	for seed := range uint64(20) {
		w := &writer{Rand: rand.New(rand.NewPCG(2, seed))}
		f.Add([]byte(w.json()), uint8(seed))
	}
	f.Add([]byte(`{"servers":{"phone":{"command":"x","env":{"PHONE_ID":1}}/**/,},"inputs":[{"id":"phone-phone-id"},]}//`), uint8(1))
	names, all := sortedEntries()
	f.Fuzz(func(t *testing.T, config []byte, which uint8) {
		c := client(t, []string{"vscode", "cursor", "claude-code"}[int(which)%3])
		e := all[names[int(which/3)%len(names)]]
		added, removed := roundTrip(t, c, config, e)
		if added == nil {
			return
		}
		if !bytes.Contains(config, []byte("phone")) && !bytes.Contains(config, []byte(`\`)) && len(bytes.TrimSpace(bytes.TrimPrefix(config, []byte("\ufeff")))) > 0 {
			if want := comments(config); !slices.Equal(comments(added), want) || !slices.Equal(comments(removed), want) {
				t.Errorf("comments %q\nafterwards %q\nat last %q", want, comments(added), comments(removed))
			}
		}
		if v, err := hujson.Parse(append(bytes.TrimPrefix(added, []byte("\ufeff")), '\n')); err != nil {
			t.Errorf("%v: %s", err, v)
		}
	})
}

// FuzzInstallTOML does so for Codex.
func FuzzInstallTOML(f *testing.F) {
	for seed := range uint64(20) {
		w := &writer{Rand: rand.New(rand.NewPCG(3, seed))}
		f.Add([]byte(w.toml()), uint8(seed))
	}
	f.Add([]byte("[mcp_servers]\nphone.env.PHONE_ID = 'x'\n[mcp_servers.phone.tools.a]\n"), uint8(1))
	f.Add([]byte("mcp_servers.phone = {command = 'x', env = {A = 'b'}}"), uint8(1))
	names, all := sortedEntries()
	f.Fuzz(func(t *testing.T, config []byte, which uint8) {
		c := client(t, "codex")
		roundTrip(t, c, config, all[names[int(which)%len(names)]])
	})
}

func sortedEntries() ([]string, map[string]install.Entry) {
	all := entries()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, all
}

// roundTrip adds and removes. An error is that of a configuration that cannot be
// read, and never a defect.
func roundTrip(t *testing.T, c install.Client, config []byte, e install.Entry) (added, removed []byte) {
	added, err := c.Add(config, e)
	_ = c.Diff("config", config, added, e)
	if err != nil {
		var syntax *install.SyntaxError
		if !errors.As(err, &syntax) || strings.Contains(err.Error(), "defect") {
			t.Fatalf("added: %v", err)
		}
		if syntax.Line < 1 || syntax.Column < 1 || syntax.Line > 1+bytes.Count(config, []byte("\n")) {
			t.Fatalf("a place outside of the file: %v", err)
		}
		_, _ = c.Remove(config, e.Name, e.Owned)
		return nil, nil
	}
	again, err := c.Add(added, e)
	if err != nil || !bytes.Equal(again, added) {
		t.Fatalf("the second time: %v\n%q\nthen\n%q", err, added, again)
	}
	removed, err = c.Remove(added, e.Name, e.Owned)
	if err != nil {
		t.Fatalf("removed: %v", err)
	}
	if _, err := c.Remove(removed, e.Name, e.Owned); !errors.Is(err, install.ErrNotThere) {
		t.Fatalf("removed twice: %v", err)
	}
	return added, removed
}
