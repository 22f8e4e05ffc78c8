// Command fuzz runs every fuzz target of the module, one after another, and
// stops at the first input that fails. At the end it prints a table of what ran.
// Flags: how long each target runs, which targets, how many workers.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 5*time.Minute, "how long each target runs")
	which := flag.String("run", "", "regular expression that a target's name has to match")
	parallel := flag.Int("parallel", 0, "workers of a target, 0 for one a processor")
	flag.Parse()
	if err := run(*each, *which, *parallel); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

// target is one fuzz target.
type target struct{ dir, name string }

func run(each time.Duration, which string, parallel int) error {
	pattern, err := regexp.Compile(which)
	if err != nil {
		return err
	}
	all, err := find(".")
	if err != nil {
		return err
	}
	var table strings.Builder
	defer func() { fmt.Printf("\n| target | time | executions |\n|---|---|---|\n%s", table.String()) }()
	for _, t := range all {
		if !pattern.MatchString(t.name) {
			continue
		}
		fmt.Printf("== %s in %s\n", t.name, t.dir)
		start := time.Now()
		executions, err := t.fuzz(each, parallel)
		fmt.Fprintf(&table, "| %s (%s) | %s | %d |\n", t.name, filepath.ToSlash(t.dir), time.Since(start).Round(time.Second), executions)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// find gives the fuzz targets below a folder.
func find(root string) ([]target, error) {
	var out []target
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				out = append(out, target{filepath.Dir(path), f.Name.Name})
			}
		}
		return nil
	})
	return out, err
}

var (
	executed = regexp.MustCompile(`^fuzz: elapsed: .*execs: (\d+)`)
	written  = regexp.MustCompile(`Failing input written to (\S+)`)
)

// fuzz runs a target. The fuzzer takes an input that needs more than ten seconds
// for one that hangs, also where the machine was asleep or the process was
// stopped: such an input is run again, and only one that fails then is a finding.
func (t target) fuzz(each time.Duration, parallel int) (executions int, err error) {
	for end := time.Now().Add(each); ; {
		n, output, err := t.part(time.Until(end), parallel)
		executions += n
		if err == nil {
			return executions, nil
		}
		input := written.FindStringSubmatch(output)
		if input == nil && time.Until(end) < time.Second && strings.Contains(output, "\n    context deadline exceeded\n") {
			return executions, nil // on a slow machine the fuzzer can take the end of its time for a failure
		}
		if input == nil || !strings.Contains(output, "hung or terminated unexpectedly") {
			return executions, err
		}
		if t.command("-timeout", "1m", "-run", "^"+t.name+"$/^"+filepath.Base(input[1])+"$").Run() != nil {
			return executions, fmt.Errorf("%w: %s", err, input[1])
		}
		if err := os.Remove(filepath.Join(t.dir, input[1])); err != nil {
			return executions, err
		}
		if time.Until(end) < time.Second {
			return executions, nil
		}
		fmt.Println("the input passes: the process was stopped or starved; going on")
	}
}

func (t target) command(args ...string) *exec.Cmd {
	return exec.Command("go", slices.Concat([]string{"test"}, args, []string{"./" + filepath.ToSlash(t.dir)})...)
}

// part runs the fuzzer once and gives what it printed besides its progress.
func (t target) part(long time.Duration, parallel int) (executions int, output string, err error) {
	// Without this bound, making inputs smaller takes most of the time.
	args := []string{"-run", "^$", "-fuzz", "^" + t.name + "$", "-fuzztime", long.Round(time.Second).String(), "-fuzzminimizetime", "10x"}
	if parallel > 0 {
		args = append(args, "-parallel", fmt.Sprint(parallel))
	}
	cmd := t.command(args...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 0, "", err
	}
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	var rest strings.Builder
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		fmt.Print(line)
		if m := executed.FindStringSubmatch(line); m != nil {
			_, _ = fmt.Sscan(m[1], &executions) // digits, as the pattern says
		} else {
			rest.WriteString(line)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return executions, rest.String(), err
		}
	}
	return executions, rest.String(), cmd.Wait()
}
