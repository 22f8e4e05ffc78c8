package main

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

const (
	gap = 2 // columns of a terminal between those of a grid
	// narrowest is what a column of a grid keeps where a terminal is too narrow. Where
	// that is not enough for all of them, each row becomes a block of lines.
	narrowest = 8
)

// grid is a table as people read it.
type grid struct {
	head  []string
	rows  [][]string
	right []bool // columns of numbers
	wrap  bool   // the last column goes on in the next line where it is too long
}

// print writes a grid that is as wide as a terminal at most, 0 for any width. What is
// cut off ends with an ellipsis.
func (g *grid) print(to io.Writer, width int) error {
	for _, row := range g.rows {
		for i := range row {
			row[i] = printable(row[i])
		}
	}
	out := bufio.NewWriter(to)
	widths := g.widths()
	switch {
	case width == 0:
	case g.wrap:
		g.fold(widths, width)
	case !fit(widths, width):
		g.blocks(out)
		return out.Flush()
	}
	lines := make([]string, len(widths))
	for i, w := range widths {
		lines[i] = strings.Repeat("─", w)
	}
	for _, row := range append([][]string{g.head, lines}, g.rows...) {
		var line strings.Builder
		for i, text := range row {
			text = cut(text, widths[i])
			space := strings.Repeat(" ", widths[i]-uniseg.StringWidth(text))
			if i > 0 {
				line.WriteString(strings.Repeat(" ", gap))
			}
			if g.right != nil && g.right[i] {
				line.WriteString(space + text)
			} else {
				line.WriteString(text + space)
			}
		}
		_, _ = out.WriteString(strings.TrimRight(line.String(), " ") + "\n") // Flush has the error
	}
	return out.Flush()
}

// widths are those that the columns of a grid would like to have.
func (g *grid) widths() []int {
	widths := make([]int, len(g.head))
	for i, text := range g.head {
		widths[i] = uniseg.StringWidth(text)
	}
	for _, row := range g.rows {
		for i, text := range row {
			widths[i] = max(widths[i], uniseg.StringWidth(text))
		}
	}
	return widths
}

// fit makes the widest columns narrower until all of them fit, and reports whether
// they do.
func fit(widths []int, width int) bool {
	room := width - gap*(len(widths)-1)
	least := 0
	for _, w := range widths {
		least += min(w, narrowest)
	}
	if least > room {
		return false
	}
	sum := func(most int) (n int) {
		for _, w := range widths {
			n += min(w, most)
		}
		return n
	}
	most := room
	for sum(most) > room {
		most--
	}
	spare := room - sum(most)
	for i, w := range widths {
		if w > most {
			widths[i] = most
			if spare > 0 {
				widths[i], spare = most+1, spare-1
			}
		}
	}
	return true
}

// fold makes the last column as narrow as it has to be, with more rows for what it has.
func (g *grid) fold(widths []int, width int) {
	last := len(widths) - 1
	room := width
	for _, w := range widths[:last] {
		room -= w + gap
	}
	if room >= widths[last] || room < 2*narrowest {
		return
	}
	widths[last] = room
	var rows [][]string
	for _, row := range g.rows {
		text := row[last]
		for first := true; first || text != ""; first = false {
			line := text
			if uniseg.StringWidth(line) > room {
				line = begin(text, room)
				if end := strings.LastIndexAny(line, " |"); end > 0 && text[len(line)] != ' ' {
					line = line[:end+1]
				}
			}
			text = strings.TrimLeft(text[len(line):], " ")
			next := make([]string, len(row))
			if first {
				copy(next, row)
			}
			next[last] = strings.TrimRight(line, " ")
			rows = append(rows, next)
		}
	}
	g.rows = rows
}

// blocks writes a row as a block of lines, one for each column that has something.
func (g *grid) blocks(out *bufio.Writer) {
	widest := 0
	for _, name := range g.head {
		widest = max(widest, uniseg.StringWidth(name))
	}
	for i, row := range g.rows {
		_, _ = out.WriteString("─── " + strconv.Itoa(i+1) + " ───\n")
		for j, text := range row {
			if text != "" {
				_, _ = out.WriteString(g.head[j] + strings.Repeat(" ", widest-uniseg.StringWidth(g.head[j])+gap) + text + "\n")
			}
		}
	}
}

// cut returns a text that a number of a terminal's columns has room for.
func cut(text string, width int) string {
	if uniseg.StringWidth(text) <= width {
		return text
	}
	return begin(text, width-1) + "…"
}

// begin returns as much of a text as a number of a terminal's columns has room for.
func begin(text string, width int) string {
	end, used := 0, 0
	for clusters := uniseg.NewGraphemes(text); clusters.Next(); {
		if used += clusters.Width(); used > width {
			break
		}
		_, end = clusters.Positions()
	}
	return text[:end]
}

// printable makes one line of a text, without characters that move a terminal's cursor
// or turn the direction of what follows.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d': // which joins emoji
			return -1
		}
		return r
	}, text)
}
