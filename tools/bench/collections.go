package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/tools/load"
)

// collections measures questions over a month of many calls: time, calls to Zoom, CPU
// a record, and memory, at work and a minute later. The upstream is a process of its
// own. Pace shows with a plan, memory and CPU without one:
//
//	go run ./tools/bench -collections 100000 -plan business -latency 400ms
//	go run ./tools/bench -collections 100000 -plan none
func (b *bench) collections(records int, latency time.Duration, plan string) (err error) {
	if b.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if b.upstream, err = load.Start(b.dir, nil, self, "month", strconv.Itoa(records), latency.String()); err != nil {
		return err
	}
	defer b.upstream.Stop()
	line, err := bufio.NewReader(b.upstream.Stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the upstream does not start: %w: %s", err, b.upstream.Said())
	}
	b.url = strings.TrimSpace(line)
	server, err := load.Start(b.dir, append(b.environment(), "ZOOM_PLAN="+plan), b.program, "stdio")
	if err != nil {
		return err
	}
	defer server.Stop()
	client := newLineClient(server)
	if _, err := client.ask("initialize", load.Initialize); err != nil {
		return fmt.Errorf("%w: %s", err, server.Said())
	}
	before := server.Usage()
	fmt.Printf("%d records, pages of 300 after %s, plan %s; %d MB at the start\n", records, latency, plan, before.Memory>>20)
	for i := range 2 {
		if err := b.question(server, records, fmt.Sprintf("question %d", i+1), func() error { return client.question("") }); err != nil {
			return err
		}
	}
	if plan != "none" {
		return nil // eight more would take minutes
	}
	err = b.question(server, 8*records, "eight others at once", func() error {
		errs := make([]error, 8)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = client.question("site" + strconv.Itoa(i)) })
		}
		group.Wait()
		return errors.Join(errs...)
	})
	if err != nil {
		return err
	}
	time.Sleep(time.Minute)
	fmt.Printf("a minute later: %d MB\n", server.Usage().Memory>>20)
	return nil
}

// question does something and prints what it took.
func (b *bench) question(server *load.Process, records int, name string, do func() error) error {
	var most atomic.Int64
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
				most.Store(max(most.Load(), server.Usage().Memory))
			}
		}
	}()
	calls, _, err := b.counted()
	if err != nil {
		return err
	}
	before, began := server.Usage(), time.Now()
	err = do()
	took, after := time.Since(began), server.Usage()
	close(done)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	now, refused, err := b.counted()
	fmt.Printf("%s: %.1f s, %d calls (%d too many for a second), %.2f µs CPU a record, at most %d MB\n", name, took.Seconds(), now-calls, refused,
		float64((after.CPU-before.CPU).Nanoseconds())/1000/float64(records), max(most.Load(), after.Memory)>>20)
	return err
}

// counted asks the upstream how many calls came, and how many too many.
func (b *bench) counted() (calls, refused int, err error) {
	resp, err := http.Get(b.url + "/count")
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	_, err = fmt.Fscan(resp.Body, &calls, &refused)
	return calls, refused, err
}

// lineClient asks a server over its standard input.
type lineClient struct {
	server  *load.Process
	mu      sync.Mutex
	next    int
	waiting map[string]chan []byte
}

func newLineClient(server *load.Process) *lineClient {
	c := &lineClient{server: server, waiting: map[string]chan []byte{}}
	go func() {
		lines := bufio.NewReaderSize(server.Stdout, 1<<20)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var head struct{ ID json.RawMessage }
			if json.Unmarshal(line, &head) != nil {
				continue
			}
			c.mu.Lock()
			if to := c.waiting[string(head.ID)]; to != nil {
				to <- line
			}
			c.mu.Unlock()
		}
	}()
	return c
}

func (c *lineClient) ask(method, params string) ([]byte, error) {
	c.mu.Lock()
	c.next++
	id := strconv.Itoa(c.next)
	answer := make(chan []byte, 1)
	c.waiting[id] = answer
	_, err := c.server.Stdin.Write(append(load.Message(id, method, params), '\n'))
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case line := <-answer:
		return line, nil
	case <-time.After(5 * time.Minute):
		return nil, errors.New("no answer in five minutes")
	}
}

// question asks for a count over the month, until it is there.
func (c *lineClient) question(site string) error {
	where := ""
	if site != "" {
		where = " WHERE keyword = '" + site + "'"
	}
	for tries := 1; ; tries++ {
		line, err := c.ask("tools/call", `{"name":"query_zoom-phone","arguments":{"max_calls":20000,"sql":"SELECT count(*), max(duration) FROM account_call_history('-31d')`+where+`"}}`)
		if err != nil {
			return err
		}
		var a load.Answer
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		if !a.Result.IsError && a.Error == nil {
			return nil
		}
		if !bytes.Contains(line, []byte("again to go on")) || tries > 30 {
			return fmt.Errorf("%.600s", line)
		}
	}
}

// serveMonth is a list of calls of the last 31 days, the newest first. It answers after
// a while, and counts the calls that a plan of ten a second would refuse.
func serveMonth(args []string) error {
	records, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	latency, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	m := &monthList{newest: time.Now().UTC().Truncate(time.Second), records: records, latency: latency}
	m.step = 31 * 24 * time.Hour / time.Duration(records)
	// Records differ in a few places; the others are those of one.
	sample := jsontest.CallRecord(7)
	_, rest, _ := strings.Cut(sample, `"end_time"`)
	m.rest = `,"end_time"` + rest
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"token","token_type":"bearer","expires_in":3600}`)
	})
	mux.HandleFunc("/count", func(w http.ResponseWriter, _ *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		fmt.Fprintln(w, m.calls, m.refused)
	})
	mux.HandleFunc("/v2/phone/call_history", m.page)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(l, mux)
}

type monthList struct {
	newest  time.Time
	step    time.Duration
	records int
	latency time.Duration
	rest    string

	mu             sync.Mutex
	recent         []time.Time
	calls, refused int
}

// count notes a call, and whether it is one too many for its second.
func (m *monthList) count() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	now := time.Now()
	for len(m.recent) > 0 && now.Sub(m.recent[0]) >= time.Second {
		m.recent = m.recent[1:]
	}
	if len(m.recent) >= 10 {
		m.refused++
		return
	}
	m.recent = append(m.recent, now)
}

func (m *monthList) page(w http.ResponseWriter, r *http.Request) {
	m.count()
	time.Sleep(m.latency)
	q := r.URL.Query()
	// Record i is i steps older than the newest.
	first, last := m.index(q.Get("to"), true), m.index(q.Get("from"), false)
	first, last = max(first, 0), min(last, m.records-1)
	size, _ := strconv.Atoi(q.Get("page_size"))
	offset, _ := strconv.Atoi(q.Get("next_page_token"))
	total := max(last-first+1, 0)
	end := min(offset+size, total)
	b := make([]byte, 0, 400<<10)
	b = fmt.Appendf(b, `{"page_size":%d,"total_records":%d,"call_history":[`, size, total)
	for i := first + offset; i < first+end; i++ {
		if i > first+offset {
			b = append(b, ',')
		}
		at := m.newest.Add(-time.Duration(i) * m.step)
		b = fmt.Appendf(b, `{"call_history_uuid":"%s-%08x-0000-4000-8000-00000000%04x","call_id":"7081466125443%06d","start_time":"%s","answer_time":"%s"`,
			at.Format("20060102"), i, i%65536, i, at.Format(time.RFC3339), at.Add(5*time.Second).Format(time.RFC3339))
		b = append(b, m.rest...)
	}
	next := ""
	if end < total {
		next = strconv.Itoa(end)
	}
	b = fmt.Appendf(b, `],"next_page_token":%q}`, next)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(b)
}

// index is the number of the first record that is not newer than a time, or of the last
// one that is not older.
func (m *monthList) index(text string, newest bool) int {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err != nil {
			return 0
		}
		if newest {
			at = at.Add(24*time.Hour - time.Second)
		}
	}
	if newest { // times are in whole seconds
		d := m.newest.Sub(at.Add(time.Second)) + 1
		return int((d + m.step - 1) / m.step)
	}
	return int(m.newest.Sub(at) / m.step)
}
