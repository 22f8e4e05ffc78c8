package paginate

import "encoding/json"

// Look is what one page says of the list that it is a page of.
type Look struct {
	// Records are those of the page that belong to the range; Outside is how many
	// do not.
	Records []json.RawMessage
	Outside int
	// Total is how many records Zoom says there are in all, -1 where it does not say.
	Total int
	// More reports that the list has more than this page, Next that a token leads on.
	// Doubt is why it may have more although no token says so.
	More, Next bool
	Doubt      string
	// Twin reports that the records came under the list's old name, Both that they
	// came under both names.
	Twin, Both bool
}

// LookAt takes one page apart. Of the query it needs the method, the parameters
// and the bounds of the range. An error, a *fault.Error, says that the body is not
// a page of this list.
func LookAt(body json.RawMessage, q Query) (*Look, error) {
	p, err := parse(body, q.Method)
	if err != nil {
		return nil, err
	}
	l := &Look{Total: p.total, More: p.next != "", Next: p.next != "", Twin: p.twin, Both: p.both, Records: p.records}
	// Records that came before are those of another page; here only the range counts.
	if len(q.Method.Times) > 0 && (!q.Start.IsZero() || !q.End.IsZero()) {
		for i, record := range p.records {
			if !q.Method.Outside(record, q.Start, q.End) {
				if l.Outside > 0 {
					l.Records = append(l.Records, record)
				}
				continue
			}
			if l.Outside == 0 {
				l.Records = append([]json.RawMessage{}, p.records[:i]...)
			}
			l.Outside++
		}
	}
	l.Doubt = p.contradiction(q.Method)
	asked, _ := number(q.Params[q.Method.Size])
	if token, _ := q.Params[q.Method.Next].(string); token != "" {
		// Which page this is is not known; with the first one it is one of several.
		l.More = l.More || !q.Method.Sync
		return l, nil
	}
	if !l.More && l.Doubt == "" {
		l.Doubt = p.doubt(q.Method, end{total: p.total, done: len(p.records), pages: 1, most: p.pages, whole: true})
		if l.Doubt == "" && p.total < 0 && p.full(asked) {
			l.Doubt = fullPage
		}
	}
	return l, nil
}
