package gateway

import (
	"encoding/json"
	"fmt"
	"strings"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/resultstore"
	"zoom-phone-mcp/internal/truncate"
)

// ResultURI is the address of a kept answer, as a resource.
func ResultURI(id string) string { return "zoom-phone://results/" + id }

// ResultPage is a part of a kept answer.
type ResultPage = resultstore.Page

// Result returns a page of an answer that was too long, counted from 1.
func (g *Gateway) Result(id string, page int) (*ResultPage, error) {
	return g.results.Page(id, page)
}

// cutOff says what was left out of an answer, and where the whole is.
type cutOff struct {
	Kept    int    `json:"kept"`
	LeftOut int    `json:"left_out"`
	Whole   string `json:"whole,omitempty"` // the resource with everything
	Hint    string `json:"hint"`
}

// reserve is kept free for what is said about a cut, in bytes.
const reserve = 1024

// cheaper tells how the rest is had for less, other than by what the call did.
func cheaper(r CallRequest) string {
	switch {
	case r.SQL != "":
		return "Ask for less instead: fewer columns, a WHERE, a GROUP BY."
	case r.Select != "":
		return "Ask for less instead: fewer fields in select, a shorter range, or sql for a question over all records."
	case r.Format == FormatCSV:
		return "Ask for less instead: sql chooses columns and answers questions over all records, or a shorter range."
	}
	return "Ask for less instead: select chooses fields, sql answers a question over all records, or a shorter range."
}

// fit cuts a document that is too long between its records, and keeps the whole.
func (g *Gateway) fit(p *plan, a *Answer, items string, about *collected) (*Answer, error) {
	limit := g.maxResult
	if limit <= 0 || p.request.Exact || len(a.JSON) <= limit {
		return a, nil
	}
	whole, note := g.keep(a.JSON, "application/json")
	cheaper := cheaper(p.request)
	cut, err := truncate.JSON(a.JSON, items, max(limit-reserve-len(a.Incomplete), limit/2))
	if err != nil {
		e := *apierror.From(err)
		e.Method = p.method.Name
		e.Hint = strings.TrimSpace(cheaper + " " + note)
		return nil, &e
	}
	off := &cutOff{Kept: cut.Kept, LeftOut: cut.LeftOut, Whole: whole, Hint: cheaper}
	a.JSON = cut.Body
	said := make([]string, 0, len(cut.Lists))
	for _, l := range cut.Lists {
		said = append(said, l.String())
	}
	a.more(fmt.Sprintf("This answer is not whole, it was cut between records (%s). %s %s", strings.Join(said, "; "), note, cheaper))
	switch {
	case a.Array:
	case about != nil:
		// What is said of the collection stands at the end already.
		about.Cut = off
		if i := strings.LastIndex(string(a.JSON), `,"collected":`); i >= 0 {
			a.JSON = withMember(append(append(json.RawMessage{}, a.JSON[:i]...), '}'), "collected", encode(about))
		}
	default:
		a.JSON = withMember(a.JSON, "cut", encode(off))
	}
	return a, nil
}

// fitText cuts a text that is too long between its lines, and keeps the whole.
func (g *Gateway) fitText(p *plan, a *Answer, mediaType string, about *collected) (*Answer, error) {
	a.MediaType = mediaType
	limit := g.maxResult
	if limit <= 0 || p.request.Exact || len(a.Text) <= limit {
		return a, nil
	}
	whole, note := g.keep([]byte(a.Text), mediaType)
	end := strings.LastIndexByte(a.Text[:limit], '\n') + 1
	what, less := "table", cheaper(p.request)
	if mediaType != "text/csv" {
		what, less = "text", "Read the rest there page by page."
	}
	if end == 0 {
		return nil, &apierror.Error{Kind: apierror.TooLarge, Message: fmt.Sprintf("one line of the %s has more than %d bytes", what, limit), Hint: strings.TrimSpace(note + " " + less)}
	}
	left := strings.Count(a.Text[end:], "\n")
	if about != nil {
		about.Cut = &cutOff{Kept: strings.Count(a.Text[:end], "\n") - 1, LeftOut: left, Whole: whole, Hint: less}
	}
	a.Text = a.Text[:end]
	a.more(fmt.Sprintf("This %s is not whole: %d lines were left out. %s %s", what, left, note, less))
	return a, nil
}

// keep puts an answer into the store and says where it is.
func (g *Gateway) keep(data []byte, mediaType string) (uri, note string) {
	id, err := g.results.Put(data, mediaType)
	if err != nil {
		return "", "It is too long to be kept."
	}
	uri = ResultURI(id)
	return uri, fmt.Sprintf("The whole is readable for %d minutes in pages as the resource %s.", int(resultstore.DefaultLife.Minutes()), uri)
}
