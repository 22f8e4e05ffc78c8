// Command soak keeps zoom-phone-mcp under a mixed load for minutes, while the
// simulated account misbehaves: calls of every kind, collections, questions,
// downloads, cancellations and bad input, over stdio, SSE and Streamable HTTP at
// once, with sessions that come and go.
//
//	make soak
//	go run ./tools/soak -time 10m -out docs/soak.txt
//
// It fails where an answer is wrong, where an error has no fault to explain it,
// and where memory, goroutines or descriptors do not come back to where they were
// before. The account is a process of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/tools/load"
)

func main() {
	var s soak
	flag.StringVar(&s.program, "program", "bin/zoom-phone-mcp", "the program")
	flag.DurationVar(&s.length, "time", 10*time.Minute, "how long the load with faults lasts")
	flag.DurationVar(&s.warmUp, "warm-up", time.Minute, "how long the load before it lasts, without faults")
	flag.DurationVar(&s.calm, "calm", 4*time.Minute, "how long at most it may take afterwards until all has been given back")
	flag.IntVar(&s.actors, "actors", 12, "clients at work on each transport")
	flag.DurationVar(&s.pause, "pause", 20*time.Millisecond, "longest pause of a client between two calls")
	out := flag.String("out", "", "write the report to this file too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := s.run(ctx)
	fmt.Print(report)
	if *out != "" && report != "" {
		if e := os.WriteFile(*out, []byte(report), 0o644); e != nil && err == nil {
			err = e
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak is one run.
type soak struct {
	program              string
	length, warmUp, calm time.Duration
	actors               int
	pause                time.Duration

	dir        string // of this run
	account    *load.Process
	stdio, web *load.Process
	faultURL   string
	webURL     string
	line       *stream // the session on stdio, which all its clients share
	faults     faultTimes
	tally      tally
	truth      truth
}

func (s *soak) run(ctx context.Context) (report string, err error) {
	if s.dir, err = os.MkdirTemp("", "soak-"); err != nil {
		return "", err
	}
	defer os.RemoveAll(s.dir)
	if err := s.start(); err != nil {
		return "", err
	}
	defer s.stop()
	if err := s.truth.learn(ctx, s); err != nil {
		return "", err
	}
	gauges := &gauges{soak: s}
	phase := func(d time.Duration, faulty bool) {
		part, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		s.load(part, faulty, gauges)
	}
	phase(s.warmUp, false)
	rest(ctx, 20*time.Second)
	gauges.before = gauges.look()
	begin := time.Now()
	phase(s.length, true)
	took := time.Since(begin)
	gauges.settle(ctx, s.calm)
	problems := append(s.tally.problems(), gauges.problems()...)
	problems = append(problems, s.leftovers()...)
	report = s.report(took, gauges, problems)
	if ctx.Err() != nil {
		return report, ctx.Err()
	}
	if len(problems) > 0 {
		return report, fmt.Errorf("%d problems", len(problems))
	}
	return report, nil
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// load lets all clients work until the context ends, and looks at the gauges.
func (s *soak) load(ctx context.Context, faulty bool, g *gauges) {
	var all sync.WaitGroup
	if faulty {
		all.Go(func() { s.misbehave(ctx) })
	}
	all.Go(func() {
		for ctx.Err() == nil {
			g.note()
			rest(ctx, time.Second)
		}
	})
	for n := range s.actors {
		all.Go(func() { s.actor(ctx, "stdio", uint64(n)) })
		all.Go(func() { s.actor(ctx, "http", uint64(n)) })
		all.Go(func() { s.actor(ctx, "sse", uint64(n)) })
	}
	all.Wait()
	s.forgetFaults()
}

// leftovers are what must not be there in the end: errors in the logs, and parts
// of files among the downloads.
func (s *soak) leftovers() []string {
	var out []string
	for _, p := range []*load.Process{s.stdio, s.web} {
		if text := p.Said(); text != "" {
			out = append(out, "logged as an error: "+firstLines(text, 3))
		}
	}
	_ = filepath.WalkDir(filepath.Join(s.dir, "files"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), ".") && !strings.HasSuffix(d.Name(), ".lock") {
			out = append(out, "a part of a file is left: "+d.Name())
		}
		return nil
	})
	return out
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], " | ")
}
