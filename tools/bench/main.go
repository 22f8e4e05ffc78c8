// Command bench measures zoom-phone-mcp: how long it takes to start, to answer,
// how many answers it gives in a second, and how much memory it needs. All of it
// stands beside the same GETs by a bare net/http client, which is the floor, and
// beside a minimal server on mcp-go that only passes bodies on.
//
//	make bench
//	go run ./tools/bench -quick
//
// What is compared is measured in one run and in turns, round by round, so that
// whatever else the machine does hits all alike; a ratio is the median of the
// rounds' ratios. docs/performance.md has the method and the figures.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zoom-phone-mcp/tools/load"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "upstream" {
		exit(serveUpstream(os.Args[2:]))
	}
	if len(os.Args) == 4 && os.Args[1] == "month" {
		exit(serveMonth(os.Args[2:]))
	}
	b := &bench{}
	quick := flag.Bool("quick", false, "take a few seconds, and fail only where figures are absurd")
	flag.StringVar(&b.program, "program", "bin/zoom-phone-mcp", "the program to measure")
	flag.StringVar(&b.minimal, "minimal", "", "the minimal server of mcp-go; built when empty")
	flag.IntVar(&b.rounds, "rounds", 15, "rounds")
	flag.DurationVar(&b.slice, "slice", 200*time.Millisecond, "time of one measurement within a round")
	flag.IntVar(&b.starts, "starts", 25, "how often each program is started")
	flag.IntVar(&b.calls, "calls", 10_000, "calls before memory is looked at")
	flag.StringVar(&b.only, "only", "", "measure only servers with this in their names")
	flag.StringVar(&b.page, "page", "", "measure only the page of this name, and no start and memory")
	jsonFile := flag.String("json", "", "write the figures to this file as JSON")
	docs := flag.String("docs", "", "put the figures into this Markdown file, between its markers")
	collections := flag.Int("collections", 0, "measure questions over a month of so many calls, and nothing else")
	latency := flag.Duration("latency", 150*time.Millisecond, "how long a page of those takes")
	plan := flag.String("plan", "business", "the plan with -collections")
	flag.Parse()
	if *collections > 0 {
		exit(b.collections(*collections, *latency, *plan))
	}
	if *quick {
		b.rounds, b.slice, b.starts, b.calls = 2, 80*time.Millisecond, 5, 1000
	}
	exit(b.do(*quick, *jsonFile, *docs))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// bench is one run.
type bench struct {
	program, minimal      string
	only, page            string
	rounds, starts, calls int
	slice                 time.Duration

	dir      string // for files of this run
	bodies   map[*page][]byte
	upstream *load.Process
	url      string // of the upstream
}

func (b *bench) do(quick bool, jsonFile, docs string) (err error) {
	if b.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.minimal == "" {
		b.minimal = filepath.Join(b.dir, "minimal")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.minimal, "./tools/bench/minimal")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build the minimal server: %w", err)
		}
	}
	if err := b.makeBodies(); err != nil {
		return err
	}
	if err := b.startUpstream(); err != nil {
		return err
	}
	defer b.upstream.Stop()

	r := &report{Machine: load.ThisMachine(), Rounds: b.rounds, Slice: b.slice.String(), Calls: b.calls, Starts: b.starts, Pages: pages}
	if err := b.measure(r); err != nil {
		return err
	}
	fmt.Print(r.text())
	if jsonFile != "" {
		out, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(jsonFile, append(out, '\n'), 0o644); err != nil {
			return err
		}
	}
	if docs != "" {
		if err := r.intoDocs(docs); err != nil {
			return err
		}
	}
	if quick {
		return r.absurd()
	}
	return nil
}

// servers are what is measured beside the floor.
func (b *bench) servers() []*server {
	flags := []string{"--max-result-bytes", "0", "--zoom-plan", "none"}
	ours := func(p *page) string { return `{"name":"call_zoom-phone","arguments":` + p.call() + `}` }
	theirs := func(p *page) string { return `{"name":"get","arguments":{"address":"` + p.address() + `"}}` }
	all := []*server{
		{"zoom-phone-mcp, stdio", "stdio", b.program, func(string) []string { return append([]string{"stdio"}, flags...) }, ours},
		{"zoom-phone-mcp, HTTP", "http", b.program, func(a string) []string { return append([]string{"serve", "--addr", a}, flags...) }, ours},
		{"minimal mcp-go, stdio", "stdio", b.minimal, func(string) []string { return []string{"stdio"} }, theirs},
		{"minimal mcp-go, HTTP", "http", b.minimal, func(a string) []string { return []string{"http", a} }, theirs},
	}
	return slices.DeleteFunc(all, func(s *server) bool { return !strings.Contains(s.Name, b.only) })
}

// atOnce are how many calls are under way at once.
var atOnce = []int{1, 8, 64}

func (b *bench) measure(r *report) error {
	servers := b.servers()
	if b.page == "" {
		if err := b.startUps(r, servers); err != nil {
			return err
		}
	}
	names := []string{floorName, "bare GET, buffer kept"}
	clients := []client{newBare(b, false), newBare(b, true)}
	processes := []*load.Process{nil, nil}
	for _, s := range servers {
		c, p, _, err := b.start(s)
		if err != nil {
			return err
		}
		defer p.Stop()
		names, clients, processes = append(names, s.Name), append(clients, c), append(processes, p)
	}
	for _, name := range names {
		r.Targets = append(r.Targets, &figures{Name: name})
	}
	for _, p := range pages { // opens connections, gets the token
		for i, c := range clients {
			if _, _, err := c.many(p, 64, b.slice/2); err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
		}
	}
	for round := range b.rounds {
		for pi, p := range pages {
			if b.page != "" && p.Name != b.page {
				continue
			}
			for li, inFlight := range atOnce {
				for i := range clients {
					i = (i + round) % len(clients) // whoever is first one time is last another
					m, err := b.one(clients[i], processes[i], p, inFlight)
					if err != nil {
						return fmt.Errorf("%s, %s, %d in flight: %w", names[i], p.Name, inFlight, err)
					}
					r.Targets[i].add(pi, li, m)
				}
			}
		}
	}
	if b.page == "" {
		return b.memory(r, servers)
	}
	return nil
}

// measurement is what one slice of time showed.
type measurement struct {
	latency time.Duration // median, of one call at a time
	rate    float64       // answers a second
	cpu     time.Duration // of the server, for each answer
}

func (b *bench) one(c client, of *load.Process, p *page, inFlight int) (m measurement, err error) {
	before := time.Duration(0)
	if of != nil {
		before = of.Usage().CPU
	}
	calls, sum := 0, time.Duration(0)
	if inFlight > 1 {
		calls, sum, err = c.many(p, inFlight, b.slice)
	} else {
		var times []time.Duration
		for sum < b.slice && err == nil {
			start := time.Now()
			err = c.one(p)
			took := time.Since(start)
			times, sum = append(times, took), sum+took
		}
		calls, m.latency = len(times), median(times)
	}
	if err != nil {
		return m, err
	}
	m.rate = float64(calls) / sum.Seconds()
	if of != nil {
		m.cpu = (of.Usage().CPU - before) / time.Duration(calls)
	}
	return m, nil
}

// startUps measures the time from the start of a process to its first answer.
func (b *bench) startUps(r *report, servers []*server) error {
	times := make([][]time.Duration, len(servers))
	for range b.starts {
		for i, s := range servers {
			c, p, took, err := b.start(s)
			if err != nil {
				return err
			}
			c.close()
			p.Stop()
			times[i] = append(times[i], took)
		}
	}
	for i, s := range servers {
		r.StartUp = append(r.StartUp, startUp{s.Name, median(times[i])})
	}
	return nil
}

// memory measures what a fresh process occupies after so many calls, eight in
// flight, of all sizes in turn.
func (b *bench) memory(r *report, servers []*server) error {
	for _, s := range servers {
		c, p, _, err := b.start(s)
		if err != nil {
			return err
		}
		before := p.Usage()
		for done := 0; done < b.calls && err == nil; {
			for _, page := range pages {
				n := 0
				if n, _, err = c.many(page, 8, min(b.slice, 100*time.Millisecond)); err != nil {
					break
				}
				done += n
			}
		}
		after := p.Usage()
		c.close()
		p.Stop()
		if err != nil {
			return fmt.Errorf("%s: memory: %w", s.Name, err)
		}
		r.Memory = append(r.Memory, memory{s.Name, before.Memory, after.Memory, after.Peak})
	}
	return nil
}

func median[T time.Duration | float64](all []T) T {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
