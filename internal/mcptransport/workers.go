package mcptransport

import (
	"slices"
	"sync"
	"time"
)

// linger is how long a worker without work waits for more.
const linger = time.Second

// workers run functions in goroutines that they keep for a while. A call goes
// deep, through mcp-go, the gateway and net/http: a new goroutine has to make its
// stack larger several times on the way, which costs more than all else of it.
// There are as many goroutines as functions that run, and no bound.
type workers struct {
	mu    sync.Mutex
	idle  []*worker // the one that worked last comes next
	ended bool      // nobody waits for work any more
}

type worker struct {
	work chan func()
}

// run runs f in a goroutine other than the caller's.
func (q *workers) run(f func()) {
	q.mu.Lock()
	n := len(q.idle)
	if n == 0 {
		q.mu.Unlock()
		go (&worker{work: make(chan func(), 1)}).serve(q, f)
		return
	}
	w := q.idle[n-1]
	q.idle[n-1] = nil
	q.idle = q.idle[:n-1]
	q.mu.Unlock()
	w.work <- f
}

func (w *worker) serve(q *workers, f func()) {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		f()
		f = nil
		if !q.offer(w) {
			return
		}
		timer.Reset(linger)
		select {
		case f = <-w.work:
		case <-timer.C:
			if q.dismiss(w) {
				return
			}
			f = <-w.work // it was chosen at the last moment
		}
		if f == nil {
			return
		}
	}
}

// offer makes a worker one that waits for work, unless there will be none.
func (q *workers) offer(w *worker) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.idle = append(q.idle, w)
	}
	return !q.ended
}

// dismiss takes a worker out, unless it has been given work.
func (q *workers) dismiss(w *worker) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.idle, w)
	if i < 0 {
		return false
	}
	q.idle = slices.Delete(q.idle, i, i+1)
	return true
}

// end lets the goroutines go that wait for work. What runs goes on, and run still
// works.
func (q *workers) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	for _, w := range q.idle {
		w.work <- nil
	}
	q.idle = nil
}
