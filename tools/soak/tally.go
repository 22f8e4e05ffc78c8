package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// tally counts what clients did and how it went.
type tally struct {
	mu      sync.Mutex
	ok      map[string]int // by transport and deed
	kinds   map[string]int // failures that faults explain, by their kind
	strange []string       // the first of those that nothing explains
	all     int            // how many of those there were
}

func (t *tally) count(transport, what string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ok == nil {
		t.ok, t.kinds = map[string]int{}, map[string]int{}
	}
	var f failure
	if errors.As(err, &f) {
		t.kinds[f.kind]++
		return
	}
	t.ok[transport+" "+what]++
}

func (t *tally) unexpected(transport, what string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all++; len(t.strange) < 20 {
		t.strange = append(t.strange, fmt.Sprintf("%s, %s: %v", transport, what, err))
	}
}

func (t *tally) problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := slices.Clone(t.strange)
	if more := t.all - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more of these", more))
	}
	return out
}

// deeds are a table of what was done: by deed, then by transport.
func (t *tally) deeds() (rows []string, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	deeds := map[string]bool{}
	for key := range t.ok {
		_, what, _ := strings.Cut(key, " ")
		deeds[what] = true
	}
	for _, what := range slices.Sorted(maps.Keys(deeds)) {
		row := fmt.Sprintf("%-10s", what)
		for _, transport := range []string{"stdio", "http", "sse"} {
			n := t.ok[transport+" "+what]
			total += n
			row += fmt.Sprintf("%9d", n)
		}
		rows = append(rows, row)
	}
	return rows, total
}

// failures are those that faults explain.
func (t *tally) failures() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(t.kinds)) {
		out = append(out, fmt.Sprintf("%s %d", kind, t.kinds[kind]))
	}
	return strings.Join(out, ", ")
}
