package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"zoom-phone-mcp/tools/load"
)

// client calls for pages. It is as cheap as it can be: it reads every byte into
// a buffer that it has already, and decodes nothing.
type client interface {
	// one calls once.
	one(p *page) error
	// many keeps so many calls under way for a while and tells how many were
	// answered in which time.
	many(p *page, inFlight int, d time.Duration) (calls int, took time.Duration, err error)
	close()
}

// workers is many for clients of HTTP: each worker has a connection and a buffer.
func workers(inFlight int, d time.Duration, one func(buffer *[]byte) error) (calls int, took time.Duration, err error) {
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		start = time.Now()
		end   = start.Add(d)
	)
	for range inFlight {
		all.Go(func() {
			var buffer []byte
			n := 0
			var failed error
			for time.Now().Before(end) && failed == nil {
				failed = one(&buffer)
				n++
			}
			mu.Lock()
			defer mu.Unlock()
			calls += n
			err = errors.Join(err, failed)
		})
	}
	all.Wait()
	return calls, time.Since(start), err
}

// readAll reads r to its end into *buffer, which it makes larger where it has to.
func readAll(r io.Reader, buffer *[]byte) ([]byte, error) {
	b := *buffer
	if b == nil {
		b = make([]byte, 64<<10)
	}
	n := 0
	for {
		if n == len(b) {
			b = append(b, make([]byte, len(b))...)
		}
		k, err := r.Read(b[n:])
		if n += k; err != nil {
			*buffer = b
			if err == io.EOF {
				err = nil
			}
			return b[:n], err
		}
	}
}

// bare is the floor: the same GETs, and nothing in between. Its bodies come with
// io.ReadAll, as programs have them, or in a buffer that is used again and again.
type bare struct {
	http   *http.Client
	url    string
	bodies map[*page][]byte
	keeps  bool // the buffer
	buffer []byte
}

func newBare(b *bench, keeps bool) *bare {
	return &bare{http: load.HTTP(), url: b.url, bodies: b.bodies, keeps: keeps}
}

func (c *bare) get(p *page, buffer *[]byte) error {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, c.url+p.address(), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer token")
	resp, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var body []byte
	if c.keeps {
		body, err = readAll(resp.Body, buffer)
	} else {
		body, err = io.ReadAll(resp.Body)
	}
	if err == nil && (resp.StatusCode != http.StatusOK || len(body) != len(c.bodies[p])) {
		err = fmt.Errorf("%s with %d bytes", resp.Status, len(body))
	}
	return err
}

func (c *bare) one(p *page) error { return c.get(p, &c.buffer) }

func (c *bare) many(p *page, inFlight int, d time.Duration) (int, time.Duration, error) {
	return workers(inFlight, d, func(buffer *[]byte) error { return c.get(p, buffer) })
}

func (c *bare) close() { c.http.CloseIdleConnections() }

// server says how a program is started and called.
type server struct {
	Name      string
	transport string // stdio or http
	program   string
	args      func(addr string) []string
	call      func(p *page) string // params of tools/call
}

// start starts the program, and tells how long it took to the answer to initialize.
func (b *bench) start(s *server) (client, *load.Process, time.Duration, error) {
	addr := ""
	if s.transport == "http" {
		var err error
		if addr, err = load.FreeAddress(); err != nil {
			return nil, nil, 0, err
		}
	}
	begin := time.Now()
	p, err := load.Start(b.dir, b.environment(), s.program, s.args(addr)...)
	if err != nil {
		return nil, nil, 0, err
	}
	checked := answers{bodies: b.bodies, seen: map[*page]int{}}
	var c interface {
		client
		open() error
	}
	if s.transport == "stdio" {
		c = &lines{process: p, server: s, answers: checked, buffer: make([]byte, 1<<20), next: firstID}
	} else {
		c = &posts{http: load.HTTP(), base: "http://" + addr, server: s, answers: checked, ids: firstID}
	}
	if err := c.open(); err != nil {
		p.Stop()
		return nil, nil, 0, fmt.Errorf("%s: %w: %s", s.Name, err, p.Said())
	}
	return c, p, time.Since(begin), nil
}

// lines is a client on stdio.
type lines struct {
	process *load.Process
	server  *server
	answers answers
	next    int // id

	buffer     []byte
	from, upto int // what was read and not yet taken
	out        []byte
}

func (c *lines) open() error {
	if _, err := c.process.Stdin.Write(append(load.Message(strconv.Itoa(firstID), "initialize", load.Initialize), '\n')); err != nil {
		return err
	}
	line, err := c.line()
	if err == nil && !bytes.Contains(line, []byte(`"serverInfo"`)) {
		err = fmt.Errorf("%.300s", line)
	}
	if err != nil {
		return err
	}
	c.next++
	_, err = io.WriteString(c.process.Stdin, load.Initialized+"\n")
	return err
}

// line returns the next line; it is good until the following call.
func (c *lines) line() ([]byte, error) {
	searched := c.from
	for {
		if i := bytes.IndexByte(c.buffer[searched:c.upto], '\n'); i >= 0 {
			line := c.buffer[c.from : searched+i]
			c.from = searched + i + 1
			return line, nil
		}
		if c.from > 0 {
			copy(c.buffer, c.buffer[c.from:c.upto])
			c.from, c.upto = 0, c.upto-c.from
		}
		searched = c.upto
		if c.upto == len(c.buffer) {
			c.buffer = append(c.buffer, make([]byte, len(c.buffer))...)
		}
		n, err := c.process.Stdout.Read(c.buffer[c.upto:])
		if c.upto += n; err != nil {
			return nil, err
		}
	}
}

// send sends the next calls in one write.
func (c *lines) send(p *page, calls int) error {
	c.out = c.out[:0]
	for range calls {
		c.out = append(c.out, load.Message(strconv.Itoa(c.next), "tools/call", c.server.call(p))...)
		c.out = append(c.out, '\n')
		c.next++
	}
	_, err := c.process.Stdin.Write(c.out)
	return err
}

func (c *lines) one(p *page) error {
	if err := c.send(p, 1); err != nil {
		return err
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	if id, err := answerID(line); err != nil || id != c.next-1 {
		return fmt.Errorf("want an answer to %d: %.300s", c.next-1, line)
	}
	return c.answers.check(line, p)
}

func (c *lines) many(p *page, inFlight int, d time.Duration) (calls int, took time.Duration, err error) {
	start := time.Now()
	end := start.Add(d)
	first := c.next
	open := map[int]bool{}
	if err := c.send(p, inFlight); err != nil {
		return 0, 0, err
	}
	for id := first; id < c.next; id++ {
		open[id] = true
	}
	for len(open) > 0 {
		line, err := c.line()
		if err != nil {
			return 0, 0, err
		}
		id, err := answerID(line)
		if err != nil || !open[id] {
			return 0, 0, fmt.Errorf("an answer that nobody asked for: %.300s", line)
		}
		delete(open, id)
		calls++
		if err := c.answers.check(line, p); err != nil {
			return 0, 0, err
		}
		if time.Now().Before(end) {
			open[c.next] = true
			if err := c.send(p, 1); err != nil {
				return 0, 0, err
			}
		}
	}
	return calls, time.Since(start), nil
}

func (c *lines) close() {}

// posts is a client of Streamable HTTP with one session.
type posts struct {
	http    *http.Client
	base    string
	server  *server
	session *load.Session
	buffer  []byte

	mu      sync.Mutex // guards what follows
	answers answers
	ids     int
}

// open waits until the program listens, and initializes.
func (c *posts) open() (err error) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if c.session, err = load.Open(context.Background(), c.http, c.base); err == nil {
			return nil
		}
	}
	return err
}

func (c *posts) post(message []byte, buffer *[]byte) ([]byte, error) {
	resp, err := c.session.Post(context.Background(), message)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Body, buffer)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	return load.Data(body), err
}

func (c *posts) call(p *page, buffer *[]byte) error {
	c.mu.Lock()
	c.ids++
	want := c.ids
	c.mu.Unlock()
	body, err := c.post(load.Message(strconv.Itoa(want), "tools/call", c.server.call(p)), buffer)
	if err != nil {
		return err
	}
	if id, err := answerID(body); err != nil || id != want {
		return fmt.Errorf("want an answer to %d: %.300s", want, body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers.check(body, p)
}

func (c *posts) one(p *page) error { return c.call(p, &c.buffer) }

func (c *posts) many(p *page, inFlight int, d time.Duration) (int, time.Duration, error) {
	return workers(inFlight, d, func(buffer *[]byte) error { return c.call(p, buffer) })
}

func (c *posts) close() { c.http.CloseIdleConnections() }
