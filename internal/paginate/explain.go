package paginate

import (
	"strings"
	"time"

	"zoom-phone-mcp/internal/daterange"
)

// Hides is a default of Zoom's that leaves records out of an answer.
type Hides struct {
	// Unless is the parameter that changes the default: where it was given, Says
	// does not hold. Empty means that it always holds.
	Unless string `json:"unless,omitempty"`
	// Says is what is left out and what to do about it, a sentence.
	Says string `json:"says"`
}

// Empty is an answer without records, and what is known of the call.
type Empty struct {
	// Range is what was asked for, nil or empty where no range was given.
	Range *daterange.Range
	// Default is the range that Zoom looks at without one, in words, as "last 24
	// hours"; empty where the method has no range or nothing is known.
	Default string
	// Limits are those of the range, nil for a method without one.
	Limits *daterange.Limits
	Hides  []Hides
	// Given are the names of the parameters that the caller gave, without those
	// of the path.
	Given []string
	// Collected reports that every page was asked for.
	Collected bool
	Now       time.Time
}

// notFilters are parameters that do not narrow an answer.
var notFilters = map[string]bool{
	"from": true, "to": true, "time_zone": true, "page_size": true, "next_page_token": true,
	"count": true, "sync_type": true, "sync_token": true, "sort": true,
}

// Explain says in short sentences why an answer may be empty, the range first,
// and what to try next.
func Explain(e Empty) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, sprintf(format, args...)) }
	given := map[string]bool{}
	var filters []string
	for _, name := range e.Given {
		given[name] = true
		if !notFilters[name] {
			filters = append(filters, name)
		}
	}
	ranged := e.Range != nil && e.Range.String() != ""
	switch {
	case ranged && e.Range.Start.IsZero():
		say("Nothing was found %s; Zoom chose the start, since from was not given.", e.Range)
	case ranged && (e.Range.Zone == nil || e.Range.Zone == time.UTC):
		say("Nothing was found from %s; Zoom was sent from=%s and to=%s. Days are those of UTC: time_zone changes that.", e.Range, e.Range.From, e.Range.To)
	case ranged:
		say("Nothing was found from %s; Zoom was sent from=%s and to=%s.", e.Range, e.Range.From, e.Range.To)
	case e.Default != "":
		say("Without from and to Zoom looks at the %s only.", strings.TrimPrefix(e.Default, "the "))
	case e.Limits != nil:
		say("Without from and to Zoom does not say which range it looks at.")
	}
	if e.Limits != nil {
		if earliest := e.Limits.Earliest(e.Now); !earliest.IsZero() {
			say("Zoom keeps nothing from before %s here.", earliest.Format(time.DateOnly))
		}
	}
	for _, h := range e.Hides {
		if h.Unless == "" || !given[h.Unless] {
			out = append(out, h.Says)
		}
	}
	switch len(filters) {
	case 0:
	case 1:
		say("The call filters by %s: check its value, or leave it out to see whether it hides the records.", filters[0])
	default:
		say("The call filters by %s: leave out one after the other to see which hides the records.", strings.Join(filters, ", "))
	}
	if next := e.wider(ranged); next != "" {
		say("Next, try %s.", next)
	}
	return out
}

// wider proposes a longer range, empty where the longest was asked for.
func (e *Empty) wider(ranged bool) string {
	const day = 24 * time.Hour
	if e.Limits == nil {
		return ""
	}
	all := ", all_pages: true"
	if e.Collected {
		all = ""
	}
	var length time.Duration
	if ranged && !e.Range.Start.IsZero() {
		length = e.Range.End.Sub(e.Range.Start)
		if e.Now.Sub(e.Range.End) > day {
			// An old range is widened around itself, not moved to the present.
			from := e.Range.Start.AddDate(0, 0, -7)
			if earliest := e.Limits.Earliest(e.Now); from.Before(earliest) {
				from = earliest
			}
			to := e.Range.End.AddDate(0, 0, 7)
			if to.After(e.Now) {
				to = e.Now
			}
			if !from.Before(e.Range.Start) && !to.After(e.Range.End) {
				return ""
			}
			return sprintf(`from: "%s", to: "%s"`, from.Format(time.DateOnly), to.Format(time.DateOnly)) + all
		}
	}
	switch earliest := e.Limits.Earliest(e.Now); {
	case !ranged && strings.Contains(e.Default, "30 days"), length >= 30*day:
		if earliest.IsZero() {
			if length >= 365*day {
				return ""
			}
			return `from: "-1y"` + all
		}
		if ranged && !e.Range.Start.After(earliest.Add(day)) {
			return ""
		}
		return sprintf(`from: "%s"`, earliest.Format(time.DateOnly)) + all
	case length >= 7*day:
		return `from: "-30d"`
	}
	return `from: "-7d"`
}
