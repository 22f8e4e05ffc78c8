// Package questions_test asks the program what people ask of a phone system: each
// question is one call of query_zoom-phone, and its answer is held against a count
// over the simulated account's raw HTTP surface, with nothing of the program.
//
// To add a question, append to the list of its subject: what is asked, the SQL, and
// a truth that counts. The account is a company of several offices on one afternoon;
// the same seed and clock give the same figures.
package questions_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/hermetic"
)

func TestMain(m *testing.M) {
	hermetic.Environment()
	os.Exit(m.Run())
}

// now is a Wednesday, afternoon in all offices.
var now = time.Date(2026, 11, 18, 20, 30, 0, 0, time.UTC)

// row is a row of an answer: texts, numbers, nil.
type row []any

type question struct {
	name string
	asks string // in the words of people
	sql  string
	zone string // time_zone of the call, UTC where empty
	// calls is the most calls to Zoom that are allowed; 0 leaves it to the program.
	calls int
	// ordered says that the order of the rows is a part of the answer.
	ordered bool
	truth   func(*account) []row
}

// subjects are the questions by what they are about.
var subjects = [][]question{aboutCalls, aboutQueues, aboutPeople, aboutTime, aboutMedia, aboutMoney, aboutPlaces, aboutForms}

func TestEveryQuestionIsOneCallAndAnsweredAsTheRawAccountCounts(t *testing.T) {
	a := open(t, branches)
	n, names := 0, map[string]bool{}
	for _, questions := range subjects {
		for _, q := range questions {
			n++
			if names[q.name] || q.asks == "" {
				t.Errorf("%s is asked twice or has no words", q.name)
			}
			names[q.name] = true
			t.Run(q.name, func(t *testing.T) {
				want := plain(q.truth(a.for_(t)))
				if len(want) == 0 {
					t.Fatal("the account has nothing to count")
				}
				got := a.ask(t, q.sql, q.zone, q.calls)
				if !q.ordered {
					slices.Sort(want)
					slices.Sort(got)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s\n%s\n%s", q.asks, q.sql, difference(got, want))
				}
			})
		}
	}
	if n < 36 {
		t.Errorf("only %d questions", n)
	}
}

// plain writes rows so that they can be compared: one JSON array each, truth values
// as 0 and 1, numbers with 12 digits.
func plain(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		words := make([]string, len(r))
		for j, v := range r {
			words[j] = word(v)
		}
		out[i] = strings.Join(words, " | ")
	}
	return out
}

func word(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "1"
		}
		return "0"
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', 12, 64)
	case string:
		var list any
		if strings.HasPrefix(v, "[") && json.Unmarshal([]byte(v), &list) == nil {
			return word(list) // a list in a column is JSON text
		}
		return strconv.Quote(v)
	}
	text, _ := json.Marshal(v) // values of JSON
	return string(text)
}

// difference lists what is in one answer alone.
func difference(got, want []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, want %d\n", len(got), len(want))
	shown := 0
	for _, side := range []struct {
		sign string
		a, b []string
	}{{"-", want, got}, {"+", got, want}} {
		for _, line := range side.a {
			if shown < 16 && !slices.Contains(side.b, line) {
				fmt.Fprintf(&b, "%s %s\n", side.sign, line)
				shown++
			}
		}
	}
	if shown == 0 {
		fmt.Fprintf(&b, "in another order, or how often differs:\n%s\nwant\n%s", strings.Join(got[:min(12, len(got))], "\n"), strings.Join(want[:min(12, len(want))], "\n"))
	}
	return b.String()
}
