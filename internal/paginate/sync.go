package paginate

import (
	"context"

	"zoom-phone-mcp/internal/apierror"
)

// The parameter with the way of synchronizing, and its values: anew with the
// newest records, on to newer ones, on to older ones.
const (
	syncType = "sync_type"
	syncFull = "FSync"
	syncNew  = "ISync"
	syncOld  = "BSync"
)

// after says how a synchronization goes on: what began anew goes on to older
// records until there are none.
var after = map[string]string{syncFull: syncOld, syncOld: syncOld, syncNew: syncNew}

// sync reads a list that goes on with sync tokens, until a page is empty or the
// token stays the same.
//
// The position lies in the token alone, so a page is never cut: one that does not
// fit is left for the cursor, and only the first may exceed MaxRecords.
func (r *run) sync(ctx context.Context) *stopped {
	first := r.begin
	if r.Cursor == "" {
		var e *apierror.Error
		if first, e = r.syncBegin(); e != nil {
			return &stopped{why: Failed, err: e}
		}
	}
	total := -1 // what Zoom said first
	for at := first; ; {
		if s := r.enough(at); s != nil {
			return s
		}
		set := map[string]any{syncType: at.kind}
		if at.token != "" {
			set[r.Method.Next] = at.token
		}
		size := r.syncSize(at.kind)
		if size > 0 {
			set[r.Method.Size] = size
		}
		p, s := r.fetch(ctx, set, at)
		switch {
		case s != nil && s.expired && first.token == "" && r.res.Restarts < maxRestarts:
			r.drop(0)
			clear(r.seen)
			r.bytes, at = 0, first
			r.res.Restarts++
			continue
		case s != nil && s.expired && r.res.Pages == 0: // the caller's own token
			return &stopped{why: Failed, err: s.err}
		case s != nil && s.expired:
			return &stopped{why: Failed, reason: "Zoom no longer takes the sync token: " + s.err.Message, err: s.err, at: &at}
		case s != nil:
			return s
		}
		if n := r.kept; n > 0 && n+len(p.records) > r.MaxRecords {
			return &stopped{why: MaxRecords, reason: sprintf("the next %d records do not fit into max_records (%d)", len(p.records), r.MaxRecords), at: &at}
		}
		if doubt := p.contradiction(r.Method); doubt != "" {
			r.doubts = append(r.doubts, doubt)
		}
		if p.total >= 0 && total < 0 {
			total = p.total
		}
		r.pageNumber = r.res.Pages
		for _, record := range p.records {
			if _, err := r.keep(record, true); err != nil {
				return &stopped{why: Failed, err: err}
			}
		}
		if p.next != "" {
			r.res.Token = p.next
		}
		r.told()
		last := end{total: -1}
		if r.Cursor == "" && first.token == "" {
			last = end{total: total, done: r.kept}
		}
		switch {
		case (p.next == "" || len(p.records) == 0 || p.next == at.token) && p.doubt(r.Method, last) != "":
			r.doubts = append(r.doubts, p.doubt(r.Method, last))
			return nil
		case p.next == "" && p.full(size):
			r.doubts = append(r.doubts, "the last page is full and has no token: Zoom may have more")
			return nil
		case len(p.records) == 0 || p.next == "" || p.next == at.token:
			return nil
		}
		at = place{token: p.next, kind: after[at.kind], done: r.kept}
	}
}

// syncBegin reads from the parameters where a synchronization begins.
func (r *run) syncBegin() (place, *apierror.Error) {
	kind, _ := r.Params[syncType].(string)
	token, _ := r.Params[r.Method.Next].(string)
	switch {
	case kind == "" && token != "":
		return place{}, invalid(r.Method, syncType, "required with %s: %s for newer records, %s for older ones", r.Method.Next, syncNew, syncOld)
	case kind == "":
		kind = syncFull
	case after[kind] == "":
		return place{}, invalid(r.Method, syncType, "want %s, %s or %s", syncFull, syncNew, syncOld)
	case kind == syncFull:
		token = "" // it begins anew whatever was before
	case token == "":
		return place{}, invalid(r.Method, r.Method.Next, "required with %s; begin with %s, which needs none", kind, syncFull)
	}
	return place{token: token, kind: kind}, nil
}

// syncSize is how many records to ask for: not more than there is room for, but
// for newer ones the most, since Zoom refuses when there are more of them.
func (r *run) syncSize(kind string) int64 {
	if r.Method.Size == "" || r.size <= 0 {
		return 0
	}
	if kind == syncNew {
		return r.size
	}
	return min(r.size, int64(r.MaxRecords-r.kept))
}
