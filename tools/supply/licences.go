package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	licenseclassifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

const (
	program = "./cmd/zoom-phone-mcp"
	list    = "docs/licences.md"
)

// allowed are the licences that a linked module may have: those that ask for no
// more than their text and the notices beside the binary.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"}

// readByAPerson has licences that the classifier does not know, by the SHA-256 of
// their file.
var readByAPerson = map[string]string{
	"13219037ddf63dbbcf174bf59525d602df7a2e30083f63be566715c858fcb19e": "MIT-0", // github.com/ncruces/go-sqlite3-wasm
}

// systems are those that binaries are released for; they link different modules.
var systems = []string{"darwin", "linux", "windows"}

// module is one that is linked into a binary.
type module struct {
	Path, Version, Dir string

	packages []string          // folders of the linked packages
	licence  string            // SPDX, several joined by " AND "
	texts    map[string][]byte // licences and notices by path
}

// licences writes the list, or checks the one that is there.
func licences(args []string) error {
	flags := flag.NewFlagSet("licences", flag.ContinueOnError)
	check := flags.Bool("check", false, "fail if the list is not up to date")
	texts := flags.String("texts", "", "write the texts of all licences to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	modules, err := linked()
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	modules = append(modules, module{Path: "the Go standard library", Dir: strings.TrimSpace(string(root))})
	classifier, err := assets.DefaultClassifier()
	if err != nil {
		return err
	}
	var problems []error
	for i := range modules {
		problems = append(problems, modules[i].read(classifier))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if *texts != "" {
		if err := os.WriteFile(*texts, allTexts(modules), 0o644); err != nil {
			return err
		}
	}
	now := table(modules)
	if !*check {
		return os.WriteFile(list, now, 0o644)
	}
	before, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, now) {
		return fmt.Errorf("%s is not up to date: run make licences", list)
	}
	fmt.Printf("%d modules, all with allowed licences\n", len(modules))
	return nil
}

// linked lists the modules in the program on any system, by path.
func linked() ([]module, error) {
	all := map[string]*module{}
	for _, system := range systems {
		cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", program)
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		decoder := json.NewDecoder(bytes.NewReader(out))
		for {
			var p struct {
				Dir    string
				Module *struct {
					module
					Main    bool
					Replace *module
				}
			}
			if err := decoder.Decode(&p); err == io.EOF {
				break
			} else if err != nil {
				return nil, err
			}
			switch {
			case p.Module == nil || p.Module.Main:
			case p.Module.Replace != nil:
				return nil, fmt.Errorf("%s is replaced: its licence has to be looked at by a person", p.Module.Path)
			default:
				m, ok := all[p.Module.Path]
				if !ok {
					m = &p.Module.module
					all[m.Path] = m
				}
				m.packages = append(m.packages, p.Dir)
			}
		}
	}
	var modules []module
	for _, path := range slices.Sorted(maps.Keys(all)) {
		modules = append(modules, *all[path])
	}
	return modules, nil
}

// folders are those whose licences hold for what is linked of the module: the
// linked packages' own and the ones above them.
func (m *module) folders() []string {
	found := map[string]bool{m.Dir: true}
	for _, dir := range m.packages {
		for ; len(dir) > len(m.Dir); dir = filepath.Dir(dir) {
			found[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[sc]e|copying|unlicense)([.-].*)?$`)
	noticeFile  = regexp.MustCompile(`(?i)^(notice|patents|authors)([.-].*)?$`)
)

// read finds the module's licence. A file that is not surely one licence, or one
// that is not allowed, is an error.
func (m *module) read(classifier *licenseclassifier.Classifier) error {
	m.texts = map[string][]byte{}
	var names []string
	for _, dir := range m.folders() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		for _, e := range entries {
			isLicence, isNotice := licenceFile.MatchString(e.Name()), noticeFile.MatchString(e.Name())
			if e.IsDir() || !isLicence && !isNotice {
				continue
			}
			path := filepath.Join(dir, e.Name())
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			m.texts[path] = text
			if !isLicence {
				continue
			}
			found, err := identify(classifier, text)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", m.Path, e.Name(), err)
			}
			names = append(names, found...)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no licence", m.Path)
	}
	slices.Sort(names)
	m.licence = strings.Join(slices.Compact(names), " AND ")
	return nil
}

// identify names the licences in a file.
func identify(classifier *licenseclassifier.Classifier, text []byte) (names []string, err error) {
	if name, ok := readByAPerson[fmt.Sprintf("%x", sha256.Sum256(text))]; ok {
		return []string{name}, nil
	}
	for _, match := range classifier.Match(text).Matches {
		if match.MatchType != "License" || match.Confidence < 0.9 {
			continue
		}
		if !slices.Contains(allowed, match.Name) {
			return nil, fmt.Errorf("the licence %s is not among %v", match.Name, allowed)
		}
		names = append(names, match.Name)
	}
	if len(names) == 0 {
		return nil, errors.New("it is no licence that is known")
	}
	return names, nil
}

// table is the list for people.
func table(modules []module) []byte {
	var b bytes.Buffer
	b.WriteString(`# Licences

What the binaries contain besides this project's own code, which is under the [MIT licence](../LICENSE). Releases carry
the full texts in ` + "`third-party-licences.txt`" + `. Made by ` + "`make licences`" + `; CI fails when it is not up to date, and on any licence
besides `)
	b.WriteString(strings.Join(allowed, ", "))
	b.WriteString(".\n\n| module | version | licence |\n|---|---|---|\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Path, m.Version, m.licence)
	}
	return b.Bytes()
}

// allTexts are the licences and notices in full; equal texts stand once.
func allTexts(modules []module) []byte {
	type owned struct {
		text   string
		owners []string
	}
	var all []*owned
	for _, m := range modules {
		for _, name := range slices.Sorted(maps.Keys(m.texts)) {
			text := strings.TrimSpace(strings.ReplaceAll(string(m.texts[name]), "\r\n", "\n"))
			owner := strings.TrimSpace(m.Path + " " + m.Version)
			i := slices.IndexFunc(all, func(o *owned) bool { return o.text == text })
			if i < 0 {
				all = append(all, &owned{text, []string{owner}})
			} else {
				all[i].owners = append(all[i].owners, owner)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString("zoom-phone-mcp contains these works of others.\n")
	for _, o := range all {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 72), strings.Join(o.owners, "\n"), o.text)
	}
	return b.Bytes()
}
