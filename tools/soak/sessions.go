package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/tools/load"
)

// session is one client's session with a server.
type session interface {
	// request sends a request and gives the answer. When the context ends the
	// request is cancelled.
	request(ctx context.Context, method, params string) (*load.Answer, error)
	// nonsense sends what is no message, and holds that it is refused.
	nonsense(ctx context.Context) error
	close(ctx context.Context)
}

// nobody is the key of answers to what had no id.
const nobody = "null"

// stream is a session whose answers come on one stream: stdio and SSE.
type stream struct {
	send func(ctx context.Context, message []byte) error

	mu      sync.Mutex
	last    int
	waiting map[string]chan *load.Answer
	gone    error // why there are no more answers
	silly   sync.Mutex
	stop    func()
}

func newStream(w io.Writer) *stream {
	s := &stream{waiting: map[string]chan *load.Answer{}, stop: func() {}}
	var pen sync.Mutex
	s.send = func(_ context.Context, message []byte) error {
		pen.Lock()
		defer pen.Unlock()
		_, err := w.Write(append(message, '\n'))
		return err
	}
	return s
}

func (s *stream) open() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := s.request(ctx, "initialize", load.Initialize); err != nil {
		return err
	}
	return s.send(ctx, []byte(load.Initialized))
}

func (s *stream) readLines(r io.Reader) {
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			s.end(err)
			return
		}
		s.take(line)
	}
}

// take hands an answer to whoever waits for it.
func (s *stream) take(line []byte) {
	a := &load.Answer{}
	if err := json.Unmarshal(line, a); err != nil {
		s.end(fmt.Errorf("not JSON: %w: %.200s", err, line))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(a.ID)
	if c, ok := s.waiting[key]; ok {
		delete(s.waiting, key)
		c <- a
	} // else it was cancelled, or is a notification
}

func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone == nil {
		s.gone = err
	}
	for _, c := range s.waiting {
		close(c)
	}
	s.waiting = map[string]chan *load.Answer{}
}

// expect makes room for the answer with an id; a new id where it is empty.
func (s *stream) expect(id string) (string, chan *load.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone != nil {
		return "", nil, s.gone
	}
	if id == "" {
		s.last++
		id = strconv.Itoa(s.last)
	}
	c := make(chan *load.Answer, 1)
	s.waiting[id] = c
	return id, c, nil
}

func (s *stream) request(ctx context.Context, method, params string) (*load.Answer, error) {
	id, c, err := s.expect("")
	if err != nil {
		return nil, err
	}
	if err := s.send(ctx, load.Message(id, method, params)); err != nil {
		return nil, err
	}
	select {
	case a, ok := <-c:
		if !ok {
			return nil, errors.New("the stream ended")
		}
		return a, nil
	case <-ctx.Done():
		s.mu.Lock()
		delete(s.waiting, id)
		s.mu.Unlock()
		_ = s.send(context.WithoutCancel(ctx), []byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+id+`}}`))
		return nil, ctx.Err()
	}
}

func (s *stream) nonsense(ctx context.Context) error {
	s.silly.Lock()
	defer s.silly.Unlock()
	_, c, err := s.expect(nobody)
	if err != nil {
		return err
	}
	if err := s.send(ctx, []byte(`{"jsonrpc":"2.0","id":`)); err != nil {
		s.mu.Lock()
		delete(s.waiting, nobody)
		s.mu.Unlock()
		if strings.HasPrefix(err.Error(), "400 ") {
			return nil // of a POST, at once
		}
		return err
	}
	select {
	case a, ok := <-c:
		if !ok || a.Error == nil {
			return errors.New("nonsense was not refused")
		}
		return nil
	case <-time.After(20 * time.Second):
		return errors.New("nonsense was not answered")
	}
}

func (s *stream) close(context.Context) { s.stop() }

// web is what the clients of HTTP share.
var web = load.HTTP()

// openSSE opens a session of SSE.
func openSSE(base string) (session, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/sse", nil)
	if err != nil {
		cancel()
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	resp, err := web.Do(r)
	if err != nil {
		cancel()
		return nil, err
	}
	in := bufio.NewReaderSize(resp.Body, 64<<10)
	path := ""
	for path == "" {
		line, err := in.ReadString('\n')
		if err != nil {
			cancel()
			return nil, fmt.Errorf("%s: %w", resp.Status, err)
		}
		path, _ = strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if !strings.HasPrefix(path, "/") {
			path = ""
		}
	}
	s := &stream{waiting: map[string]chan *load.Answer{}, stop: cancel}
	s.send = func(ctx context.Context, message []byte) error {
		resp, err := load.Post(ctx, web, base+path, "", message)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("%s: %.200s", resp.Status, text)
		}
		return err
	}
	go func() {
		defer resp.Body.Close()
		for {
			line, err := in.ReadBytes('\n')
			if err != nil {
				s.end(err)
				return
			}
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				s.take(data)
			}
		}
	}()
	if err := s.open(); err != nil {
		cancel()
		return nil, err
	}
	return s, nil
}

// streamable is a session of Streamable HTTP.
type streamable struct {
	*load.Session
	last int
}

func openStreamable(base string) (session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	s, err := load.Open(ctx, web, base)
	return &streamable{Session: s}, err
}

func (s *streamable) request(ctx context.Context, method, params string) (*load.Answer, error) {
	s.last++
	id := strconv.Itoa(s.last)
	resp, err := s.Post(ctx, load.Message(id, method, params))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %.200s", resp.Status, text)
	}
	a := &load.Answer{}
	if err := json.Unmarshal(load.Data(text), a); err != nil {
		return nil, fmt.Errorf("not JSON: %w: %.200s", err, text)
	}
	if string(a.ID) != id {
		return nil, fmt.Errorf("an answer to %s, want %s", a.ID, id)
	}
	return a, nil
}

func (s *streamable) nonsense(ctx context.Context) error {
	resp, err := s.Post(ctx, []byte(`{"jsonrpc":"2.0","id":`))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusBadRequest {
		err = fmt.Errorf("nonsense was answered with %s", resp.Status)
	}
	return err
}

func (s *streamable) close(ctx context.Context) { s.Close(context.WithoutCancel(ctx)) }
