package main

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"zoom-phone-mcp/internal/hermetic"
)

func TestMain(m *testing.M) {
	testscript.Main(hermetic.Tests{M: m}, map[string]func(){"zoom-phone-mcp": main})
}

// TestScripts runs the command line as its users do; see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status}})
}

// status runs a command as exec does and wants its exit status: status 3 COMMAND…
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("the exit status is %d, want %s", got, want)
	}
}

func TestTheEnvironmentOfOthersChangesNothing(t *testing.T) {
	hermetic.Check(t, "^(TestCommandsInTheDocumentsAreUnderstood|TestScripts)$/^(auth|call|credentials|doctor|install)?$")
}
