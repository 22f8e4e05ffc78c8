package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A load of many clients: two kinds of sessions, some of which call. In the
// normal run it is small and short; "make load" sets the variable to a duration
// and makes it 500 sessions of each kind with 64 callers.
const loadVariable = "ZOOM_PHONE_LOAD"

func TestManyClientsAtOnceLeaveNothingBehind(t *testing.T) {
	sessions, callers, duration := 50, 16, 2*time.Second
	if v := os.Getenv(loadVariable); v != "" {
		var err error
		if duration, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
		sessions, callers = 500, 64
	}
	u := newUpstream(t, operations(t, loadSpec(t)))
	u.gate = make(chan struct{})
	s := serveWeb(t, environment(u))
	l := &load{t: t, url: s.url, client: &http.Client{Transport: &http.Transport{MaxIdleConns: 2 * callers, MaxIdleConnsPerHost: 2 * callers}}}
	l.warmUp(u, callers)
	before := l.gauges()

	stop := make(chan struct{})
	var forgetting sync.WaitGroup
	forgetting.Go(func() { // the upstream remembers requests for tests that look at them
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				u.take()
			}
		}
	})
	var clients []*loadClient
	for range sessions {
		clients = append(clients, l.streamable(), l.sse())
	}
	open := l.gauges()
	var calling sync.WaitGroup
	end := time.Now().Add(duration)
	for _, c := range clients[:callers] {
		calling.Go(func() {
			for n := 1; time.Now().Before(end); n++ {
				start := time.Now()
				if err := c.call(n); err != nil {
					l.failures.Add(1)
					t.Errorf("%v", err)
					return
				}
				l.took(time.Since(start))
			}
		})
	}
	var peak gauges
	for time.Now().Before(end) {
		time.Sleep(min(time.Second, time.Until(end)))
		g := l.gauges()
		peak.goroutines, peak.memory = max(peak.goroutines, g.goroutines), max(peak.memory, g.memory)
	}
	calling.Wait()
	for _, c := range clients {
		c.leave()
	}
	l.client.CloseIdleConnections()
	close(stop)
	forgetting.Wait()

	after := l.gauges()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); after = l.gauges() {
		if after.sessions == 0 && after.goroutines <= before.goroutines+10 && after.files <= before.files+10 {
			break
		}
		time.Sleep(50 * time.Millisecond)
		l.client.CloseIdleConnections()
	}
	slices.Sort(l.times)
	t.Logf("%d+%d sessions, %d callers, %s: %d calls, %d failures, median %s, 99 %% %s",
		sessions, sessions, callers, duration, len(l.times), l.failures.Load(), l.times[len(l.times)/2], l.times[len(l.times)*99/100])
	t.Logf("before %v\nopen   %v\npeak   %v\nafter  %v", before, open, peak, after)
	if open.sessions != 2*sessions {
		t.Errorf("%d sessions were open", open.sessions)
	}
	if after.sessions != 0 || after.goroutines > before.goroutines+10 || after.files > before.files+10 {
		t.Errorf("something stays: %v, before %v", after, before)
	}
	// The runtime gives memory back slowly; that it does not grow with time is
	// what the peak shows.
	if limit := 40e6 + 150e3*float64(2*sessions); peak.memory > limit || after.memory > limit {
		t.Errorf("memory: peak %.0f, after %.0f, limit %.0f", peak.memory, after.memory, limit)
	}
}

type load struct {
	t        *testing.T
	url      string
	client   *http.Client
	failures atomic.Int64
	mu       sync.Mutex
	times    []time.Duration
}

func (l *load) took(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times = append(l.times, d)
}

// gauges are what the server says of itself.
type gauges struct {
	sessions, goroutines, files int
	memory                      float64 // bytes
}

func (g gauges) String() string {
	return fmt.Sprintf("%4d sessions, %5d goroutines, %4d files, %3.0f MB", g.sessions, g.goroutines, g.files, g.memory/1e6)
}

var gauge = regexp.MustCompile(`(?m)^(go_goroutines|process_open_fds|process_resident_memory_bytes|zoom_phone_mcp_sessions)\S* (\S+)$`)

func (l *load) gauges() (g gauges) {
	resp, err := l.client.Get(l.url + "/metrics")
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, m := range gauge.FindAllStringSubmatch(string(body), -1) {
		v, _ := strconv.ParseFloat(m[2], 64)
		switch m[1] {
		case "go_goroutines":
			g.goroutines = int(v)
		case "process_open_fds":
			g.files = int(v)
		case "process_resident_memory_bytes":
			g.memory = v
		default:
			g.sessions += int(v)
		}
	}
	return g
}

// post sends a message and gives the answer's headers and body.
func (l *load) post(path, body, session string) (http.Header, string, error) {
	r, err := http.NewRequest(http.MethodPost, l.url+path, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	resp, err := l.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted {
		return nil, "", fmt.Errorf("%s: %s", resp.Status, text)
	}
	return resp.Header, string(text), nil
}

// warmUp makes as many connections to the upstream as there will be callers, by
// as many calls at once. They stay in the server's pool.
func (l *load) warmUp(u *upstream, callers int) {
	var all sync.WaitGroup
	for range callers {
		all.Go(func() { _, _, _ = l.post("/mcp", toolCall(1, "phone_setting", `{}`), "") })
	}
	for reached := 0; reached < callers; reached += len(u.take()) {
		time.Sleep(time.Millisecond)
	}
	close(u.gate)
	all.Wait()
	l.client.CloseIdleConnections()
}

// loadClient is one client with its stream open.
type loadClient struct {
	call  func(n int) error
	leave func()
}

// open opens a stream and gives its events, which the caller has to read.
func (l *load) open(path, session string) (events <-chan string, leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, l.url+path, nil)
	r.Header.Set("Accept", "text/event-stream")
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	resp, err := l.client.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		l.t.Fatalf("%v %v", resp, err)
	}
	out := make(chan string, 16)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				out <- strings.TrimRight(data, "\n")
			}
		}
	}()
	return out, cancel
}

func (l *load) streamable() *loadClient {
	head, _, err := l.post("/mcp", hello, "")
	if err != nil {
		l.t.Fatal(err)
	}
	id := head.Get("Mcp-Session-Id")
	_, leave := l.open("/mcp", id)
	return &loadClient{
		call: func(n int) error {
			_, text, err := l.post("/mcp", toolCall(n, "list_call_queues", `{}`), id)
			return answered(text, n, err)
		},
		leave: func() {
			leave()
			r, _ := http.NewRequest(http.MethodDelete, l.url+"/mcp", nil)
			r.Header.Set("Mcp-Session-Id", id)
			if resp, err := l.client.Do(r); err == nil {
				resp.Body.Close()
			}
		},
	}
}

func (l *load) sse() *loadClient {
	events, leave := l.open("/sse", "")
	path := <-events
	if _, _, err := l.post(path, hello, ""); err != nil {
		l.t.Fatal(err)
	}
	<-events
	return &loadClient{
		call: func(n int) error {
			if _, _, err := l.post(path, toolCall(n, "list_call_queues", `{}`), ""); err != nil {
				return err
			}
			text, ok := <-events
			if !ok {
				return io.ErrUnexpectedEOF
			}
			return answered(text, n, nil)
		},
		leave: leave,
	}
}

// answered holds that a text is the good answer to a call.
func answered(text string, id int, err error) error {
	if err == nil && (!strings.HasPrefix(text, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":`, id)) || strings.Contains(text, `"isError"`)) {
		err = fmt.Errorf("the answer to %d: %.300s", id, text)
	}
	return err
}
