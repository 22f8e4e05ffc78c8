package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"zoom-phone-mcp/tools/load"
)

const floorName = "bare GET"

// report is all figures of a run.
type report struct {
	Machine load.Machine
	Rounds  int
	Slice   string
	Starts  int
	Calls   int
	Pages   []*page
	StartUp []startUp
	Targets []*figures // the floor first
	Memory  []memory
}

// startUp is the median time from the start of a process to the answer to initialize.
type startUp struct {
	Name string
	Took time.Duration
}

// memory is what a process occupies in RAM, in bytes.
type memory struct {
	Name               string
	Fresh, After, Peak int64
}

// figures are those of one client, round by round: by size, then by load.
type figures struct {
	Name    string
	Latency [3][]time.Duration
	Rate    [3][3][]float64
	CPU     [3][3][]time.Duration
}

func (f *figures) add(size, inFlight int, m measurement) {
	f.Rate[size][inFlight] = append(f.Rate[size][inFlight], m.rate)
	f.CPU[size][inFlight] = append(f.CPU[size][inFlight], m.cpu)
	if atOnce[inFlight] == 1 {
		f.Latency[size] = append(f.Latency[size], m.latency)
	}
}

// latencyRatio is how many times the floor's median latency it is.
func (r *report) latencyRatio(f *figures, size int) float64 {
	var ratios []float64
	for i, l := range f.Latency[size] {
		ratios = append(ratios, float64(l)/float64(r.Targets[0].Latency[size][i]))
	}
	return median(ratios)
}

// rateRatio is which part of the floor's rate it is.
func (r *report) rateRatio(f *figures, size, inFlight int) float64 {
	var ratios []float64
	for i, n := range f.Rate[size][inFlight] {
		ratios = append(ratios, n/r.Targets[0].Rate[size][inFlight][i])
	}
	return median(ratios)
}

func (r *report) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d rounds of %s for each figure; bodies of", r.Machine, r.Rounds, r.Slice)
	for _, s := range r.Pages {
		fmt.Fprintf(&b, " %d", s.Bytes)
	}
	b.WriteString(" bytes\n")
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n%s\n", t.title)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, strings.Join(t.head, "\t"))
		for _, row := range t.rows {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		_ = w.Flush() // a strings.Builder takes everything
	}
	return b.String()
}

// table is a part of the report, for text and Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (r *report) tables() []table {
	latency := table{title: "Median latency, one call at a time, and how many times the bare GET's"}
	latency.head = []string{""}
	for _, s := range r.Pages {
		latency.head = append(latency.head, s.Name)
	}
	for _, f := range r.Targets {
		row := []string{f.Name}
		for i := range r.Pages {
			row = append(row, fmt.Sprintf("%.0f µs · %.2f", float64(median(f.Latency[i]))/1e3, r.latencyRatio(f, i)))
		}
		latency.rows = append(latency.rows, row)
	}
	out := []table{latency}
	for li, inFlight := range atOnce {
		rates := table{title: fmt.Sprintf("Answers a second with %d in flight, and which part of the bare GET's", inFlight), head: latency.head}
		for _, f := range r.Targets {
			row := []string{f.Name}
			for i := range r.Pages {
				row = append(row, fmt.Sprintf("%.0f · %.2f", median(f.Rate[i][li]), r.rateRatio(f, i, li)))
			}
			rates.rows = append(rates.rows, row)
		}
		out = append(out, rates)
	}
	cpu := table{title: "Processor time of the server for an answer, one call at a time and with 64 in flight", head: latency.head}
	for _, f := range r.Targets[2:] {
		row := []string{f.Name}
		for i := range r.Pages {
			row = append(row, fmt.Sprintf("%.0f µs · %.0f µs", float64(median(f.CPU[i][0]))/1e3, float64(median(f.CPU[i][len(atOnce)-1]))/1e3))
		}
		cpu.rows = append(cpu.rows, row)
	}
	out = append(out, cpu)
	rest := table{
		title: fmt.Sprintf("Start to the first answer (median of %d), and memory in RAM of a fresh process, after %d calls with 8 in flight, and at most", r.Starts, r.Calls),
		head:  []string{"", "start", "fresh", "after", "peak"},
	}
	for i, s := range r.StartUp {
		m := r.Memory[i]
		rest.rows = append(rest.rows, []string{s.Name, fmt.Sprintf("%.0f ms", s.Took.Seconds()*1e3), megabytes(m.Fresh), megabytes(m.After), megabytes(m.Peak)})
	}
	return append(out, rest)
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// The markers of the figures in a Markdown file.
const (
	docsBegin = "<!-- figures -->\n"
	docsEnd   = "<!-- end of figures -->\n"
)

func (r *report) intoDocs(file string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), docsBegin)
	_, after, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the markers of the figures", file)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s%s.\n", before, docsBegin, r.Machine)
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n%s:\n\n| %s |\n|%s\n", t.title, strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
		for _, row := range t.rows {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
	}
	b.WriteString(docsEnd + after)
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// absurd tells what is so far from the aims that no noise explains it.
func (r *report) absurd() error {
	var wrong []string
	bound := func(what string, is, most float64) {
		if is > most {
			wrong = append(wrong, fmt.Sprintf("%s is %.1f, at most %.1f is bearable", what, is, most))
		}
	}
	most := map[string][]float64{"zoom-phone-mcp, stdio": {25, 30, 40}, "zoom-phone-mcp, HTTP": {30, 35, 40}}
	for _, f := range r.Targets {
		for i, m := range most[f.Name] {
			bound(f.Name+": latency of "+r.Pages[i].Name+" as a multiple of the bare GET's", r.latencyRatio(f, i), m)
			bound(f.Name+": the bare GET's rate with 64 in flight of "+r.Pages[i].Name+" as a multiple", 1/r.rateRatio(f, i, len(atOnce)-1), m)
		}
	}
	for i, s := range r.StartUp {
		if most[s.Name] != nil {
			bound(s.Name+": start in ms", s.Took.Seconds()*1e3, 1000)
			bound(s.Name+": MB in RAM", float64(r.Memory[i].After)/1e6, 120)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return nil
}
