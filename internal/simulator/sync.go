package simulator

import (
	"encoding/binary"
	"net/http"
	"strconv"
)

// The ways of synchronizing: full begins anew with the newest records, increase
// goes on after the end of what was seen, backward before its beginning.
const (
	syncFull     = "FSync"
	syncIncrease = "ISync"
	syncBackward = "BSync"
)

const (
	syncDefault = 100 // records when no count is given
	syncLargest = 250
)

// synchronization is one call of a sync method: a token names the stretch of
// time already seen, and from and to the stretch to look at now.
type synchronization struct {
	s        *Simulator
	purpose  string
	mode     string
	count    int
	now      int64
	from, to int64
	// seenFrom and seenTo are the stretch of the token.
	seenFrom, seenTo int64
}

// newSync reads the parameters; code is the error code for a bad token, and
// purpose keeps the tokens of different collections apart.
func (s *Simulator) newSync(q *query, purpose string, code int) (*synchronization, error) {
	if err := q.oneOf("sync_type", "", syncFull, syncIncrease, syncBackward); err != nil {
		return nil, err
	}
	y := &synchronization{s: s, purpose: "sync " + purpose, mode: q.get("sync_type"), count: syncDefault, now: q.now.Unix()}
	if y.mode == "" {
		y.mode = syncFull
	}
	if n, err := strconv.Atoi(q.get("count")); err == nil && n > 0 {
		y.count = min(n, syncLargest)
	}
	oldest := q.now.AddDate(0, -6, 0).Unix()
	y.from, y.to = oldest, y.now
	if y.mode == syncFull {
		y.seenTo = y.now
		return y, nil
	}
	payload, ok := s.keys.open(y.purpose, q.get("sync_token"))
	if !ok || len(payload) != 16 {
		return nil, refuse(http.StatusBadRequest, code, "The sync token is invalid or expired. Please resync with the `FSync` method.")
	}
	y.seenFrom, y.seenTo = int64(binary.BigEndian.Uint64(payload)), int64(binary.BigEndian.Uint64(payload[8:]))
	if y.mode == syncIncrease {
		y.from = y.seenTo + 1
	} else {
		y.to = y.seenFrom - 1
	}
	return y, nil
}

// cut tells how many of the records found, newest first, are handed out, and
// gives the token for what has been seen by then. at is the time of a record.
func (y *synchronization) cut(found int, at func(i int) int64) (n int, token string, err error) {
	from, to := y.from, y.seenTo
	n = found
	switch {
	case y.mode == syncIncrease && found > y.count:
		return 0, "", refuse(http.StatusBadRequest, 7035, "The number of new records exceeds the sync count. Please resync with the `FSync` method.")
	case y.mode == syncIncrease:
		from, to = y.seenFrom, y.now
	case found > y.count:
		// Records of one second stay together, or the rest of them would be lost.
		for n = y.count; n < found && at(n) == at(n-1); {
			n++
		}
		from = at(n - 1)
	}
	payload := binary.BigEndian.AppendUint64(nil, uint64(from))
	return n, y.s.keys.seal(y.purpose, binary.BigEndian.AppendUint64(payload, uint64(to))), nil
}
