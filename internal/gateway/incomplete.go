package gateway

import (
	"encoding/json"
	"fmt"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
)

// more adds a sentence about what an answer lacks.
func (a *Answer) more(sentence string) {
	a.Incomplete = strings.TrimSpace(a.Incomplete + " " + sentence)
}

// first puts what an answer lacks in front of a document, where every reader finds
// it and no preview cuts it off.
func (a *Answer) first() {
	if a.Incomplete == "" || len(a.JSON) == 0 {
		return
	}
	text := encode(a.Incomplete)
	if a.JSON[0] != '{' {
		a.JSON, a.Array = withMember(json.RawMessage("{}"), "items", a.JSON), false
	}
	out := make(json.RawMessage, 0, len(a.JSON)+len(text)+16)
	out = append(append(out, `{"incomplete":`...), text...)
	if len(a.JSON) > 2 {
		out = append(out, ',')
	}
	a.JSON = append(out, a.JSON[1:]...)
}

// of says how many there are in all, nothing where that is not known.
func of(total int) string {
	if total < 0 {
		return ""
	}
	return fmt.Sprintf(" of %s", thousands(total))
}

// thousands writes a count with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short says what a collection lacks, empty for a complete one.
func (p *plan) short(res *paginate.Result) string {
	if res.Complete {
		if res.Before > 0 && p.question {
			return fmt.Sprintf("%s records of earlier calls are left out: leave cursor out to ask about all of them.", thousands(res.Before))
		}
		return ""
	}
	if res.Total < len(res.Records) {
		res.Total = -1 // it fell while the list was read
	}
	s := fmt.Sprintf("%s%s records: %s.", thousands(len(res.Records)), of(res.Total), strings.TrimSuffix(res.Reason, "."))
	if res.Before > 0 {
		s = fmt.Sprintf("%s records after the %s before%s: %s.", thousands(len(res.Records)), thousands(res.Before), of(res.Total), strings.TrimSuffix(res.Reason, "."))
	}
	switch {
	case p.question:
		return s + " The answer rests on these alone."
	case res.Cursor != "":
		return s + " The cursor in collected goes on from here."
	}
	return s
}

// unanswered is the error for a question whose records could not all be read.
func (g *Gateway) unanswered(p *plan, res *paginate.Result) *apierror.Error {
	e := &apierror.Error{Kind: apierror.ZoomError}
	if res.Total < len(res.Records) {
		res.Total = -1 // it fell while the list was read
	}
	if res.Err != nil {
		copied := *res.Err
		e = &copied
	}
	e.Method = p.method.Name
	e.Message = fmt.Sprintf("the question is about every record, and only %s%s could be read in %d pages: %s",
		thousands(len(res.Records)), of(res.Total), res.Pages, strings.TrimSuffix(res.Reason, "."))
	shorter := "Ask about a shorter range, or filter with the method's parameters, and add the answers up."
	if p.method.Window == nil {
		shorter = "Filter with the method's parameters."
	}
	var hint string
	switch res.Stop {
	case paginate.MaxRecords:
		e.Kind, hint = apierror.TooLarge, shorter
		if p.request.MaxRecords < paginate.MostRecords {
			hint = fmt.Sprintf("Leave max_records out: a question reads up to %s records.", thousands(paginate.MostRecords))
		}
	case paginate.MaxBytes, paginate.MaxPages:
		e.Kind, hint = apierror.TooLarge, shorter
	case paginate.Deadline:
		e.Kind = apierror.Timeout
		e.Message = fmt.Sprintf("the time for one call (%s) was over before every record was read: %s%s in %d pages",
			g.timeout, thousands(len(res.Records)), of(res.Total), res.Pages)
		hint = shorter + p.read(res)
	case paginate.RateLimited:
		e.Kind, hint = apierror.RateLimited, "Ask again when Zoom takes calls again, or about a shorter range."
	case paginate.Failed:
		hint = "Ask again; if it stays, ask about a shorter range."
	case paginate.DeadEnd:
		hint = strings.TrimSpace(p.elsewhere())
	default:
		if hint = shorter; p.instead != "" {
			hint = strings.TrimSpace(p.elsewhere())
		}
	}
	e.Hint = strings.TrimSpace(hint) + " partial: true answers from what can be read, and says so first."
	return e
}

// read says which part of a range was read to its end.
func (p *plan) read(res *paginate.Result) string {
	for i := len(res.Windows) - 1; i >= 0; i-- {
		if w := res.Windows[i]; w.Complete && w.From != "" {
			if p.query().OldestFirst {
				return fmt.Sprintf(" Up to %s everything was read in that time.", w.To)
			}
			return fmt.Sprintf(" From %s on everything was read in that time.", w.From)
		}
	}
	return ""
}

// elsewhere names the method that has the records which this one cannot give.
func (p *plan) elsewhere() string {
	if p.instead == "" {
		return ""
	}
	return " " + p.instead + " has all of them."
}

// onePage says what a page lacks of the list that it is a page of.
func (p *plan) onePage(l *paginate.Look, shown int) string {
	var s string
	switch {
	case l.More && l.Total >= 0 && l.Total != shown+l.Outside:
		s = fmt.Sprintf("%s of %s records are here", thousands(shown), thousands(l.Total))
	case l.More:
		s = fmt.Sprintf("%s records are here and there are more", thousands(shown))
	case l.Doubt != "":
		s = fmt.Sprintf("%s%s records are here: %s", thousands(shown), of(l.Total), l.Doubt)
		if p.method.Window != nil {
			return s + ". A shorter range can bring what is missing."
		}
		return s + "." + p.elsewhere()
	default:
		return ""
	}
	q := p.query().Method
	switch {
	case q.Dead:
		return s + ", and Zoom documents no way to ask for the rest." + p.elsewhere()
	case q.Sync:
		return s + "; all_pages: true reads the rest."
	case !l.Next:
		return s + ", the last page; all_pages: true reads all of them."
	}
	return s + "; all_pages: true reads the rest, " + q.Next + " the next page."
}
