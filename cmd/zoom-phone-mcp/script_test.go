package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"zoom-phone-mcp/internal/hermetic"
)

func TestMain(m *testing.M) {
	testscript.Main(hermetic.Tests{M: m}, map[string]func(){"zoom-phone-mcp": main})
}

// TestScripts runs the command line as its users do; see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

func TestTheEnvironmentOfOthersChangesNothing(t *testing.T) {
	hermetic.Check(t, "^(TestCommandsInTheDocumentsAreUnderstood|TestScripts)$/^(auth|call|credentials|doctor|install)?$")
}
