package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/tools/load"
)

// reading is what the two servers occupy at one moment.
type reading struct {
	at       time.Duration // since the first
	stdio    usage
	web      usage
	sessions int
}

// usage is what one process occupies. Of stdio the threads are known and not the
// goroutines.
type usage struct {
	memory, goroutines, files int // bytes, count, count
}

func (r reading) String() string {
	return fmt.Sprintf("%6d s │ %5.0f MB %4d threads %4d files │ %5.0f MB %5d goroutines %4d files %4d sessions", int(r.at.Seconds()),
		float64(r.stdio.memory)/1e6, r.stdio.goroutines, r.stdio.files, float64(r.web.memory)/1e6, r.web.goroutines, r.web.files, r.sessions)
}

// gauges watch the servers.
type gauges struct {
	soak          *soak
	before, after reading

	mu       sync.Mutex
	start    time.Time
	readings []reading // one a second
}

var gauge = regexp.MustCompile(`(?m)^(go_goroutines|process_open_fds|process_resident_memory_bytes|zoom_phone_mcp_sessions)\S* (\S+)$`)

// look takes a reading.
func (g *gauges) look() (r reading) {
	g.mu.Lock()
	if g.start.IsZero() {
		g.start = time.Now()
	}
	r.at = time.Since(g.start)
	g.mu.Unlock()
	u := g.soak.stdio.Usage()
	r.stdio = usage{int(u.Memory), u.Threads, u.Files}
	resp, err := web.Get(g.soak.webURL + "/metrics")
	if err != nil {
		g.soak.tally.unexpected("http", "metrics", err)
		return r
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body) // what is missing is zero, and seen
	for _, m := range gauge.FindAllStringSubmatch(string(body), -1) {
		v, _ := strconv.ParseFloat(m[2], 64)
		switch m[1] {
		case "go_goroutines":
			r.web.goroutines = int(v)
		case "process_open_fds":
			r.web.files = int(v)
		case "process_resident_memory_bytes":
			r.web.memory = int(v)
		default:
			r.sessions += int(v)
		}
	}
	return r
}

func (g *gauges) note() {
	r := g.look()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.readings = append(g.readings, r)
}

// settle waits until everything has been given back, or for the longest time.
func (g *gauges) settle(ctx context.Context, longest time.Duration) {
	for deadline := time.Now().Add(longest); ; rest(ctx, time.Second) {
		web.CloseIdleConnections()
		g.after = g.look()
		if len(g.problems()) == 0 || time.Now().After(deadline) || ctx.Err() != nil {
			return
		}
	}
}

// problems are what has not been given back. The runtime gives memory back in
// its own time, and never all of it.
func (g *gauges) problems() []string {
	var out []string
	compare := func(what string, before, after, slack int) {
		if after > before+slack {
			out = append(out, fmt.Sprintf("%s: %d before, %d after", what, before, after))
		}
	}
	for _, p := range []struct {
		name          string
		before, after usage
	}{{"stdio", g.before.stdio, g.after.stdio}, {"serve", g.before.web, g.after.web}} {
		compare(p.name+": memory", p.before.memory, p.after.memory, p.before.memory/5+8<<20)
		compare(p.name+": goroutines or threads", p.before.goroutines, p.after.goroutines, 10)
		compare(p.name+": descriptors", p.before.files, p.after.files, 10)
	}
	compare("sessions", 0, g.after.sessions, 0)
	return out
}

// report is the text of a run.
func (s *soak) report(took time.Duration, g *gauges, problems []string) string {
	var b strings.Builder
	rows, total := s.tally.deeds()
	fmt.Fprintf(&b, "%s\n", load.ThisMachine())
	fmt.Fprintf(&b, "%d clients on each transport for %s, after %s without faults. Faults for 40 s of every minute, and a revoked token every 5 s of them.\n\n",
		s.actors, took.Round(time.Second), s.warmUp)
	fmt.Fprintf(&b, "What went as it should, %d in all\n%-10s%9s%9s%9s\n%s\n\n", total, "", "stdio", "HTTP", "SSE", strings.Join(rows, "\n"))
	fmt.Fprintf(&b, "Failures that the faults explain: %s\n\n", s.tally.failures())
	b.WriteString("  Time   │ stdio                              │ serve\n")
	g.mu.Lock()
	step := max(1, len(g.readings)/24)
	for i := 0; i < len(g.readings); i += step {
		fmt.Fprintln(&b, g.readings[i])
	}
	g.mu.Unlock()
	fmt.Fprintf(&b, "\nbefore %s\nafter  %s\n\n", g.before, g.after)
	if len(problems) == 0 {
		b.WriteString("No wrong answer, no error without a fault to explain it, and everything was given back.\n")
	} else {
		fmt.Fprintf(&b, "Problems:\n%s\n", strings.Join(problems, "\n"))
	}
	return b.String()
}
