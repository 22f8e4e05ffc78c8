package simulator

import "sync"

// journalDays bounds how many days a journal remembers: two years and a bit,
// the furthest that any method looks back.
const journalDays = 800

// journal is a history made day by day when it is first read. What happened on
// a day depends on the seed and the day alone, so a day may be forgotten and
// made again.
type journal[T any] struct {
	generate func(day int32) []T

	mu   sync.Mutex
	days map[int32][]T
}

func newJournal[T any](generate func(day int32) []T) *journal[T] {
	return &journal[T]{generate: generate, days: make(map[int32][]T)}
}

// day returns what happened on a day, oldest first. The slice must not be changed.
func (j *journal[T]) day(day int32) []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	items, ok := j.days[day]
	if !ok {
		items = j.generate(day)
		if len(j.days) >= journalDays {
			clear(j.days)
		}
		j.days[day] = items
	}
	return items
}

// back calls yield for everything from the day of to down to the day of from,
// newest first, until yield says false.
func (j *journal[T]) back(from, to int64, yield func(T) bool) {
	for day := dayOf(to); day >= dayOf(from); day-- {
		items := j.day(day)
		for i := len(items) - 1; i >= 0; i-- {
			if !yield(items[i]) {
				return
			}
		}
	}
}

// dayOf is the day of a Unix time, counted from 1970 in UTC.
func dayOf(unix int64) int32 {
	if unix < 0 {
		return 0
	}
	return int32(unix / 86400)
}
