package apierror

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Problem is one thing wrong with one parameter.
type Problem struct {
	// Param is the parameter's name; empty when the call as a whole is wrong.
	Param string `json:"param,omitempty"`
	// Message says what was wrong and what is allowed.
	Message string `json:"message"`
	// Nearest are parameter names or values close to what was given.
	Nearest []string `json:"nearest,omitempty"`
}

// Bounds of what an error shows of its problems, whatever a caller sent.
const (
	maxShown        = 20       // problems
	maxShownBytes   = 16 << 10 // of all messages and names together
	maxProblemBytes = 2 << 10  // of one message
	maxNameBytes    = 200      // of one name
)

// Problems are what is wrong with the parameters. In every form of an error only the
// first are shown, with the number of the others.
type Problems []Problem

// Shown returns the problems that an error shows. The last one says how many more there
// are, where there are any.
func (p Problems) Shown() []Problem {
	var out []Problem
	size := 0
	for i, one := range p {
		one.Param, one.Message = shorten(one.Param, maxNameBytes), shorten(one.Message, maxProblemBytes)
		size += len(one.Param) + len(one.Message)
		var nearest []string
		for _, name := range one.Nearest[:min(len(one.Nearest), maxShown)] {
			name = shorten(name, maxNameBytes)
			size += len(name)
			nearest = append(nearest, name)
		}
		one.Nearest = nearest
		if i > 0 && size > maxShownBytes || i == maxShown {
			return append(out, Problem{Message: fmt.Sprintf("and %d more; fix these first", len(p)-i)})
		}
		out = append(out, one)
	}
	return out
}

// MarshalJSON implements json.Marshaler.
func (p Problems) MarshalJSON() ([]byte, error) { return json.Marshal(p.Shown()) }

// shorten cuts a text to a number of bytes, between its characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "\u2026"
}
