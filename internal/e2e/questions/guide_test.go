package questions_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// guide are the questions of docs/answers.md: a statement, and the table that answers it.
var guide = regexp.MustCompile("(?s)```sql\n(.*?)\n```\n\n(\\|.*?)\n\n(?:[0-9]+ calls?[^\n]*\n\n)?")

// The ten questions of the guide have the answers that stand there. UPDATE_GOLDEN=1
// writes them.
func TestTheTenQuestionsOfTheGuide(t *testing.T) {
	const file = "../../../docs/answers.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), "<!-- ten questions -->\n")
	part, after, closed := strings.Cut(rest, "<!-- end of ten questions -->\n")
	if !found || !closed {
		t.Fatal("docs/answers.md has no questions")
	}
	a := open(t, 0)
	n := 0
	answered := guide.ReplaceAllStringFunc(part, func(block string) string {
		n++
		sql := guide.FindStringSubmatch(block)[1]
		columns, rows, calls := a.table(sql, "", 0)
		var b strings.Builder
		fmt.Fprintf(&b, "```sql\n%s\n```\n\n| %s |\n|%s\n", sql, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		for _, r := range rows {
			for _, v := range r {
				cell := ""
				switch v := v.(type) {
				case nil:
				case string:
					cell = v
				default:
					cell = word(v)
				}
				b.WriteString("| " + cell + " ")
			}
			b.WriteString("|\n")
		}
		fmt.Fprintf(&b, "\n%d calls of Zoom.\n\n", calls)
		return b.String()
	})
	if n != 10 {
		t.Errorf("%d questions", n)
	}
	if answered == part {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		t.Fatalf("docs/answers.md does not say what comes back (UPDATE_GOLDEN=1 writes it):\n%s", difference(strings.Split(answered, "\n"), strings.Split(part, "\n")))
	}
	if err := os.WriteFile(file, []byte(before+"<!-- ten questions -->\n"+answered+"<!-- end of ten questions -->\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
