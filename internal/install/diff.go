package install

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// hidden stands for what is not shown.
const hidden = "…"

// maxLine is the longest line that a difference shows, in bytes.
const maxLine = 240

// Diff shows the change of a file as a unified difference. Of other entries, and of
// everything else in the file, it shows keys but neither values nor comments:
// nobody knows which of them are secrets. Of the entry it hides the variables and
// headers, apart from references and from the values that e has and that are no
// secrets. It is for people; it cannot be applied. e may be the zero Entry with
// nothing but the name.
func (c Client) Diff(path string, before, after []byte, e Entry) string {
	raw := diff.Diff(path, before, path, after)
	maskedBefore, maskedAfter := lines(c.mask(before, e)), lines(c.mask(after, e))
	var b strings.Builder
	var x, y int // lines that come next, from 0
	var minus, plus []string
	flush := func() {
		if len(minus) == 1 && len(plus) == 1 {
			minus[0], plus[0] = around(minus[0], plus[0])
		}
		for _, list := range [][]string{minus, plus} {
			for _, line := range list {
				b.WriteString(clip(line) + "\n")
			}
		}
		minus, plus = nil, nil
	}
	for i, line := range lines(raw) {
		switch {
		case i == 0: // a command line
		case i <= 2:
			b.WriteString(line + "\n")
		case strings.HasPrefix(line, "@@"):
			flush()
			b.WriteString(line + "\n")
			// Lines count from 1, except that none begin at 0.
			var n, m int
			_, _ = fmt.Sscanf(line, "@@ -%d,%d +%d,%d @@", &x, &n, &y, &m) // as diff writes it
			x, y = x-min(n, 1), y-min(m, 1)
		case strings.HasPrefix(line, "-"):
			minus = append(minus, "-"+at(maskedBefore, x))
			x++
		case strings.HasPrefix(line, "+"):
			plus = append(plus, "+"+at(maskedAfter, y))
			y++
		case strings.HasPrefix(line, " "):
			flush()
			b.WriteString(clip(" "+at(maskedBefore, x)) + "\n")
			x++
			y++
		}
	}
	flush()
	return b.String()
}

func lines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	list := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], "\r")
	}
	return list
}

func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return hidden // lines of the two texts are the same in number
	}
	return list[i]
}

// clip bounds a line.
func clip(line string) string {
	if len(line) <= maxLine {
		return line
	}
	return strings.ToValidUTF8(line[:maxLine], "") + hidden
}

// around shows of two long lines what differs.
func around(a, b string) (string, string) {
	if len(a) <= maxLine && len(b) <= maxLine {
		return a, b
	}
	const context = 40
	start := 1 // behind the sign
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	start, end = max(1, start-context), max(0, end-context)
	cut := func(s string) string {
		part := strings.ToValidUTF8(s[start:len(s)-end], "")
		if start > 1 {
			part = hidden + part
		}
		if end > 0 {
			part += hidden
		}
		return s[:1] + part
	}
	return cut(a), cut(b)
}
