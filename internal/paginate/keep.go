package paginate

import (
	"encoding/json"
	"time"
)

// take keeps the records of a page, skipped of which came before them. With hash
// they are told from those of other pages also where nothing identifies them.
func (r *run) take(at *place, records []json.RawMessage, skipped int, hash bool) *stopped {
	for i, record := range records {
		if s := r.enough(*at); s != nil {
			s.at.skip = skipped + i
			return s
		}
		at.done++
		id, identified, repeated := r.keep(record, hash)
		if repeated {
			at.repeated++
		}
		// Where nothing identifies a record, its whole is hashed, but only where a
		// cursor may need it.
		if !identified && (i == len(records)-1 || len(r.res.Records) == r.MaxRecords || r.bytes >= r.MaxBytes) {
			id, _ = r.Method.identify(record)
			identified = true
		}
		if identified {
			at.last = id
		}
	}
	return nil
}

// keep adds a record to the result, unless it came before, is not one of the range,
// or belongs to another window. It returns the record's identity, if it is known,
// and whether it came before in this window.
//
// What nothing identifies may have come before when another page of the window had
// the same bytes: lists move while they are read. Unless those records are needed
// to reach Zoom's total, they are left out at the window's end.
func (r *run) keep(record json.RawMessage, hash bool) (id identity, identified, repeated bool) {
	now := seenAt{max(len(r.res.Windows), 1), r.pageNumber}
	if len(r.Method.ID) > 0 || hash {
		var own bool
		id, own = r.Method.identify(record)
		identified = own || hash
		switch at, ok := r.seen[id]; {
		case ok && own:
			r.res.Repeated++
			return id, true, at.window == now.window
		case ok && at.window == now.window && at.page != now.page:
			r.twice = append(r.twice, len(r.res.Records)) // the window's end decides
		}
	}
	switch {
	case r.Method.outside(record, r.Start, r.End):
		r.res.Outside++
	case r.elsewhere(record):
		r.moved++ // the other window has it
		return id, identified, false
	default:
		r.res.Records = append(r.res.Records, record)
		r.bytes += int64(len(record))
	}
	if identified {
		r.seen[id] = now
	}
	return id, identified, false
}

// seenAt is where a record was seen first.
type seenAt struct{ window, page int }

// elsewhere reports whether a record of a split range belongs to another window than
// the one that is being read, by the first of its times. What begins before the whole
// range belongs to its first window, and what ends after it to its last.
func (r *run) elsewhere(record json.RawMessage) bool {
	if !r.res.Split || len(r.Method.Times) == 0 {
		return false
	}
	times := r.Method.times(record)
	if len(times) == 0 {
		return false
	}
	at := times[0]
	if at.Before(r.res.Start) {
		at = r.res.Start
	}
	if !at.Before(r.res.End) {
		at = r.res.End.Add(-time.Second)
	}
	return !within(at, r.from, r.until)
}
