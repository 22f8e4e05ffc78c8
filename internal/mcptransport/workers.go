package mcptransport

import "time"

// linger is how long a worker without work waits for more.
const linger = time.Second

// workers run functions in goroutines that they keep for a while: a call goes deep,
// and a new goroutine has to make its stack larger several times on the way. There are
// as many goroutines as functions that run, and no bound.
type workers struct {
	idle chan func()
	done <-chan struct{} // nobody waits for work any more
}

// run runs f in a goroutine other than the caller's.
func (w workers) run(f func()) {
	select {
	case w.idle <- f: // one was waiting
	default:
		go w.work(f)
	}
}

func (w workers) work(f func()) {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		f()
		timer.Reset(linger)
		select {
		case f = <-w.idle:
		case <-timer.C:
			return
		case <-w.done:
			return
		}
	}
}
