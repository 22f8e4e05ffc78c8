package paginate

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// take keeps the records of a page, skipped of which came before them. With hash
// they are told from those of other pages also where nothing identifies them.
func (r *run) take(at *place, records []json.RawMessage, skipped int, hash bool) *stopped {
	for i, record := range records {
		if r.kept >= r.MaxRecords || r.bytes >= r.MaxBytes {
			s := r.enough(*at)
			s.at.skip = skipped + i
			return s
		}
		repeated, err := r.keep(record, hash)
		if err != nil {
			return &stopped{why: Failed, err: err}
		}
		at.done++
		if repeated {
			at.repeated++
		}
		at.lastRecord = record
	}
	return nil
}

// keep adds a record to the result, unless it came before, is not one of the range,
// or belongs to another window. It reports whether the record came before in this
// window.
//
// What nothing identifies may have come before when another page of the window had
// the same bytes: lists move while they are read. Unless those records are needed
// to reach Zoom's total, they are left out at the window's end.
func (r *run) keep(record json.RawMessage, hash bool) (repeated bool, e *apierror.Error) {
	now := seenAt{int32(max(len(r.res.Windows), 1)), int32(r.pageNumber)}
	var l facts
	r.Method.look(record, &l)
	var id uint64
	own := l.identified(r.Method)
	if own {
		id = r.hash(l.id[:len(r.Method.ID)])
	} else if hash {
		id = maphash.Bytes(r.seed, record)
	}
	maybe := false
	if own || hash {
		switch at, ok := r.seen[id]; {
		case ok && own:
			r.res.Repeated++
			return at.window == now.window, nil
		case ok && at.window == now.window && at.page != now.page && !r.Method.Sync:
			maybe = true // the window's end decides
		}
	}
	times := l.times[:l.n]
	switch {
	case len(times) > 0 && outside(times, r.Start, r.End):
		r.res.Outside++
	case len(times) > 0 && r.elsewhere(times[0]):
		r.moved++ // the other window has it
		return false, nil
	default:
		if maybe {
			r.twice = append(r.twice, r.kept)
		}
		if e := r.add(record, times, maybe); e != nil {
			return false, e
		}
	}
	if own || hash {
		r.seen[id] = now
	}
	return false, nil
}

// add puts a record into the result. With a sink, one that may go again is held back.
func (r *run) add(record json.RawMessage, times []time.Time, maybe bool) *apierror.Error {
	r.kept++
	switch {
	case r.Sink == nil:
		r.res.Records = append(r.res.Records, record)
		r.bytes += int64(len(record))
	case maybe:
		r.held = append(r.held, bytes.Clone(record))
	default:
		var at time.Time
		if len(times) > 0 {
			at = times[0]
		}
		if err := r.Sink.Add(record, at); err != nil {
			return apierror.From(err)
		}
	}
	return nil
}

// hash is that of the fields that identify a record.
func (r *run) hash(fields [][]byte) uint64 {
	if len(fields) == 1 {
		return maphash.Bytes(r.seed, fields[0])
	}
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, field := range fields {
		h.Write(field)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// seenAt is where a record was seen first.
type seenAt struct{ window, page int32 }

// elsewhere reports whether a record of a split range, by the first of its times,
// belongs to another window than the one that is being read. What begins before the
// whole range belongs to its first window, and what ends after it to its last.
func (r *run) elsewhere(at time.Time) bool {
	if !r.res.Split {
		return false
	}
	if at.Before(r.res.Start) {
		at = r.res.Start
	}
	if !at.Before(r.res.End) {
		at = r.res.End.Add(-time.Second)
	}
	return !within(at, r.from, r.until)
}
