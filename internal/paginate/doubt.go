package paginate

import (
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
)

// doubt notes why the window that is being read may lack records.
func (r *run) doubt(text string) {
	if w := r.current(); r.res.Split && w.From != "" {
		text = sprintf("from %s to %s %s", w.From, w.To, text)
	}
	r.doubts = append(r.doubts, text)
}

// reason is why a collection stopped, if it did, and the first of its doubts.
func (r *run) reason(stopped string) string {
	var parts []string
	if stopped != "" {
		parts = append(parts, stopped)
	}
	parts = append(parts, r.doubts[:min(len(r.doubts), maxDoubts)]...)
	if more := len(r.doubts) - maxDoubts; more > 0 {
		parts = append(parts, sprintf("and %d more windows", more))
	}
	return strings.Join(parts, "; ")
}

const fullPage = "the last page is full and has neither a token nor a total: Zoom may have more"

// end is what is known of a window when its last page was read.
type end struct {
	total int // what Zoom said first, -1 for nothing
	done  int // how many different records came
	pages int
	most  int  // how many pages there are by Zoom's word, 0 for nothing
	whole bool // the pages were read from the first one on
	// narrowed reports that the pages do not count the records before them, so that
	// it does not show whether the list has shrunk.
	narrowed bool
}

// end holds a window's last page against what it says of itself. What is wrong is
// a doubt, with which the collection goes on in the next window.
func (r *run) end(p *page, e end) *stopped {
	if n := len(r.twice); n > 0 && (r.copied || e.done != e.total) {
		if r.Sink == nil {
			for _, i := range slices.Backward(r.twice) {
				r.res.Records = slices.Delete(r.res.Records, i, i+1)
			}
		}
		r.held = nil
		r.kept -= n
		e.done -= n
		r.res.Repeated += n
	}
	for _, record := range r.held {
		if err := r.Sink.Add(record, r.Method.time(record)); err != nil {
			return &stopped{why: Failed, err: apierror.From(err)}
		}
	}
	r.twice, r.held, r.copied = nil, nil, false
	if doubt := p.doubt(r.Method, e); doubt != "" {
		r.doubt(doubt)
	} else if e.total < 0 && p.full(r.size) {
		return &stopped{full: true, pages: e.pages, size: p.holds(r.size)}
	}
	return nil
}

// doubt says why a last page contradicts what it or others say of the list, empty
// where nothing does.
func (p *page) doubt(m Method, e end) string {
	switch {
	case e.total > e.done && (e.narrowed || p.total != e.done): // a list may shrink while it is read
		return sprintf("Zoom says that there are %d, gave %d, and no token for the rest", e.total, e.done)
	case e.whole && e.most > e.pages:
		return sprintf("Zoom says that there are %d pages, gave %d, and no token for the rest", e.most, e.pages)
	case p.stray != "" && e.total < 0:
		return sprintf("the last page has a field %s, which no documented parameter takes: Zoom may have more", p.stray)
	}
	return ""
}

// contradiction says why a page may not hold what it should, wherever it stands in
// the list; empty where nothing does.
func (p *page) contradiction(m Method) string {
	switch {
	case p.elsewhere != "":
		return sprintf("the list %s is missing and there is one named %s, which is not documented", m.Items, p.elsewhere)
	case p.says != "":
		return "Zoom says beside the list that something failed: " + p.says
	}
	return ""
}
