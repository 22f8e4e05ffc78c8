package main

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

func TestGridsAreNoWiderThanTheTerminal(t *testing.T) {
	words := []string{"", "a", "several words of a sentence", "one|two|three|four|five", strings.Repeat("x", 100), strings.Repeat("日本", 30), "👩‍👩‍👧 and é"}
	for width := 20; width <= 130; width++ {
		for _, wrap := range []bool{false, true} {
			g := grid{head: []string{"name", "type", "what it is"}, wrap: wrap}
			for i, w := range words {
				g.rows = append(g.rows, []string{"a name", words[(i+2)%3][:min(len(words[(i+2)%3]), 7)], w})
			}
			var b strings.Builder
			if err := g.print(&b, width); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "───\na") {
				continue // blocks of lines, which the terminal folds
			}
			for line := range strings.SplitSeq(b.String(), "\n") {
				if got := uniseg.StringWidth(line); got > width && width >= 34 {
					t.Errorf("wrap %v: got a line of %d columns, want %d at most: %s", wrap, got, width, line)
				}
			}
			if !wrap {
				continue
			}
			text := strings.Join(strings.Fields(b.String()), "")
			for _, w := range words {
				if w := strings.Join(strings.Fields(w), ""); !strings.Contains(text, w) {
					t.Errorf("width %d: %q is not whole in\n%s", width, w, b.String())
				}
			}
		}
	}
}
