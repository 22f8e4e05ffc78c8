package gateway

import (
	"fmt"
	"math"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// overBudget ends a question that needs more calls than it may make.
type overBudget struct {
	table string
	calls int // that are known to be needed now
}

func (e *overBudget) Error() string { return fmt.Sprintf("%d more calls of %s", e.calls, e.table) }

// price is what calls cost.
type price struct {
	Table   string  `json:"table"`
	Calls   int     `json:"calls"`
	Label   string  `json:"label,omitempty"`
	Pace    string  `json:"pace,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Day     string  `json:"part_of_the_day,omitempty"`
}

// price works out what calls of a table cost.
func (a *asking) price(table string, calls int) price {
	m := a.g.method(table)
	p := price{Table: table, Calls: calls, Label: m.RateLimit}
	if a.g.client == nil {
		return p
	}
	b := a.g.client.BudgetOf(m.Name, m.RateLimit)
	p.Pace = b.Limit
	var most int
	var unit string
	if n, _ := fmt.Sscanf(b.Limit, "%d/%s", &most, &unit); n == 2 && most > 0 {
		p.Seconds = math.Ceil(float64(calls) / float64(most))
		if unit == "min" {
			p.Seconds *= 60
		}
	}
	if b.DailyLimit > 0 && b.DailyRemaining != nil {
		p.Day = fmt.Sprintf("%d of the %s calls that are left today", calls, thousands(*b.DailyRemaining))
	}
	return p
}

func (p price) String() string {
	s := fmt.Sprintf("%s more %s of %s", thousands(p.Calls), plural(p.Calls, "call"), p.Table)
	if p.Label != "" {
		s += " (" + p.Label + ")"
	}
	if p.Seconds > 0 {
		s += fmt.Sprintf(", about %s at the plan's pace of %s", time.Duration(p.Seconds*float64(time.Second)), p.Pace)
	}
	if p.Day != "" {
		s += ", " + p.Day
	}
	return s
}

// tooMany is the error of a question that needs more calls than it may make.
func (a *asking) tooMany(over *overBudget) *apierror.Error {
	p := a.price(over.table, over.calls)
	made := "nothing was sent"
	if a.sent() > 0 {
		made = thousands(a.sent()) + " calls were made and are kept"
		if a.sent() == 1 {
			made = "one call was made and is kept"
		}
	}
	e := apierror.New(apierror.TooLarge, "this question needs %s; it may make %s (max_calls), and %s", p, thousands(a.r.MaxCalls), made)
	need := a.spent + over.calls
	hint := fmt.Sprintf("Give max_calls: %d, or more if the join goes on from there", need)
	if need > mostCalls {
		hint = "That is more than one question may make"
	}
	e.Hint = hint + ". Or ask about fewer: a shorter period, a WHERE on the table before, or a subquery with a LIMIT in its place: FROM (SELECT … LIMIT 20) AS c, " + over.table + "(…)."
	e.Method = over.table
	return e
}

// cost answers what a question would cost.
func (a *asking) cost(over *overBudget) *Answer {
	out := struct {
		Says     string `json:"says"`
		Needs    *price `json:"needs,omitempty"`
		Made     int    `json:"calls_made"`
		MaxCalls int    `json:"max_calls"`
	}{Says: "All that the question needs is kept: it makes no call.", Made: a.sent(), MaxCalls: a.r.MaxCalls}
	if over != nil {
		p := a.price(over.table, over.calls)
		out.Needs, out.Says = &p, "The question needs "+p.String()+". Tables that are joined to it come on top: a call for each key."
	} else if a.sent() > 0 {
		out.Says = fmt.Sprintf("The question needs %s %s, which were made to know that and are kept.", thousands(a.sent()), plural(a.sent(), "call"))
	}
	return &Answer{JSON: encode(out)}
}
