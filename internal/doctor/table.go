package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// width is that of the table, in characters.
const width = 100

// WriteTable writes the report for people: a paragraph for each check, what to
// do behind an arrow, and how many checks went how.
func (r *Report) WriteTable(w io.Writer) error {
	var b strings.Builder
	const indent = 24 // status and name
	space := strings.Repeat(" ", indent)
	count := map[Status]int{}
	for _, c := range r.Checks {
		count[c.Status]++
		lines := wrapped(strings.Join(c.Found, "; "), width-indent)
		for _, step := range c.Next {
			for i, line := range wrapped(step, width-indent-2) {
				if i == 0 {
					line = "> " + line
				} else {
					line = "  " + line
				}
				lines = append(lines, line)
			}
		}
		for _, item := range c.Paste {
			lines = append(lines, "    "+clean(item))
		}
		for i, line := range lines {
			if i == 0 {
				fmt.Fprintf(&b, "%-8s %-14s %s\n", c.Status, c.Name, line)
			} else {
				b.WriteString(space + line + "\n")
			}
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %s, %d failed, %d skipped\n", count[OK], counted(count[Warn], "warning", "warnings"), count[Fail], count[Skipped])
	_, err := io.WriteString(w, b.String())
	return err
}

// wrapped breaks a text into lines between words.
func wrapped(text string, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(clean(text)) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > most:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// clean keeps a terminal from obeying what somebody else wrote.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u202e' || r == '\u2066' || r == '\u2067' {
			return ' '
		}
		return r
	}, s)
}
