// Package docs_test holds that what the documents say can be followed: links lead
// somewhere, and snippets of configuration can be read.
package docs_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/BurntSushi/toml"
	"github.com/tailscale/hujson"
)

// documents are all Markdown files of the repository, by their path from its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "dist"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			text, err := os.ReadFile(path)
			rel, _ := filepath.Rel("..", path) // it begins with ..
			out[filepath.ToSlash(rel)] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d documents", len(out))
	}
	return out
}

var (
	fence   = regexp.MustCompile("(?ms)^[ \t]*```([a-z]*)\n(.*?)^[ \t]*```$")
	inline  = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// releases is the page of releases, seen from a file at the root of a repository on GitHub.
const releases = "../../releases"

func TestLinksLeadSomewhere(t *testing.T) {
	docs := documents(t)
	anchors := map[string]map[string]bool{}
	for path, text := range docs {
		anchors[path] = map[string]bool{}
		for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			anchors[path][slug(h[1])] = true
		}
	}
	links, released := 0, 0
	for path, text := range docs {
		for _, l := range link.FindAllStringSubmatch(inline.ReplaceAllString(fence.ReplaceAllString(text, ""), ""), -1) {
			target, anchor, _ := strings.Cut(l[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			links++
			if path == "README.md" && target == releases {
				released++
				continue
			}
			to := path
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(path), target))
				if _, err := os.Stat(filepath.Join("..", to)); err != nil {
					t.Errorf("%s: %s leads nowhere", path, l[1])
					continue
				}
			}
			if anchor != "" && !anchors[to][anchor] {
				t.Errorf("%s: %s has no heading %s", path, to, anchor)
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links were looked at", links)
	}
	if released == 0 {
		t.Error("the README does not lead to the releases")
	}
}

// slug is a heading as an anchor.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

func TestSnippetsOfConfigurationCanBeRead(t *testing.T) {
	read := map[string]int{}
	for path, text := range documents(t) {
		for _, f := range fence.FindAllStringSubmatch(text, -1) {
			var err error
			switch f[1] {
			case "json":
				var v any
				err = json.Unmarshal([]byte(f[2]), &v)
			case "jsonc":
				_, err = hujson.Parse([]byte(f[2]))
			case "toml":
				var v any
				_, err = toml.Decode(f[2], &v)
			default:
				continue
			}
			read[f[1]]++
			if err != nil {
				t.Errorf("%s: %v in\n%s", path, err, f[2])
			}
		}
	}
	if read["json"] < 3 {
		t.Errorf("%v", read)
	}
}

// A client says that a server is connected when it has started, with or without
// credentials that Zoom takes.
func TestGuidesOfClientsLeadToTheCheckOfZoom(t *testing.T) {
	guides := 0
	for path, text := range documents(t) {
		if _, section, found := strings.Cut(text, "## Does it work?\n"); found {
			guides++
			if section, _, _ = strings.Cut(section, "\n## "); !strings.Contains(section, "`zoom-phone-mcp doctor`") {
				t.Errorf("%s: %s", path, section)
			}
		}
	}
	if guides < 6 {
		t.Errorf("%d guides", guides)
	}
}
