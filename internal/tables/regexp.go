package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// Bounds of REGEXP. Go's time is the size of the pattern times the length of the text,
// and a match under way cannot be stopped.
const (
	maxPattern  = 1000 // bytes
	maxProgram  = 2000 // instructions, of which each may run for each character
	maxPatterns = 20   // compiled and kept by a question
	// quick is how many instructions take at most about 50 ms: what may take more is
	// matched in a way that can be stopped, which is slower.
	quick = 1 << 20
)

// pattern is a regular expression with the size of its program.
type pattern struct {
	re   *regexp.Regexp
	size int
}

func compile(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("regexp: the pattern is longer than %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("regexp: %w", err)
	}
	size := programSize(tree)
	if size > maxProgram {
		return nil, errors.New("regexp: the pattern takes too many steps: use fewer or smaller repeats, such as + or * for {1,1000}")
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("regexp: %w", err)
	}
	return &pattern{re, size}, nil
}

// programSize returns about how many instructions an expression takes, before memory is
// spent on them.
func programSize(e *syntax.Regexp) int {
	n := 0
	for _, sub := range e.Sub {
		n += programSize(sub)
	}
	switch e.Op {
	case syntax.OpLiteral:
		n = len(e.Rune)
	case syntax.OpCharClass:
		n = 1 + len(e.Rune)/100 // the ranges take memory, and hardly any time
	case syntax.OpConcat:
	case syntax.OpAlternate:
		n += len(e.Sub) - 1
	case syntax.OpCapture:
		n += 2
	case syntax.OpRepeat:
		n = n*max(e.Min, e.Max, 1) + max(e.Max-e.Min, 1)
	default: // of one instruction, such as ^ and *
		n++
	}
	return min(n, maxProgram+1)
}

// match reports whether a pattern is found in a text. It fails when the context has
// ended first.
func (p *pattern) match(ctx context.Context, text []byte) (bool, error) {
	if len(text) <= quick/max(p.size, 1) {
		return p.re.Match(text), nil
	}
	found := p.re.MatchReader(&stoppable{ctx: ctx, text: text})
	return found, ctx.Err()
}

// stoppable reads a text that ends when its context does.
type stoppable struct {
	ctx  context.Context
	text []byte
	read int
}

// ReadRune implements io.RuneReader.
func (s *stoppable) ReadRune() (rune, int, error) {
	if len(s.text) == 0 || s.read%128 == 0 && s.ctx.Err() != nil {
		return 0, 0, io.EOF
	}
	s.read++
	r, size := utf8.DecodeRune(s.text)
	s.text = s.text[size:]
	return r, size, nil
}
