package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Initialize is the parameters of a session's first request, Initialized the
// notification that follows its answer.
const (
	Initialize  = `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"load","version":"1"}}`
	Initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

// Message returns a request.
func Message(id, method, params string) []byte {
	return []byte(`{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `","params":` + params + `}`)
}

// Answer is the answer to a request.
type Answer struct {
	ID     json.RawMessage
	Error  *struct{ Code int }
	Result struct {
		IsError    bool
		Content    []struct{ Type, Text string }
		Structured json.RawMessage `json:"structuredContent"`
	}
}

// HTTP returns a client with connections for as many calls at once as the tools make.
func HTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 128, DisableCompression: true}}
}

// Post sends a message to an address.
func Post(ctx context.Context, web *http.Client, url, session string, message []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	identify(r, session)
	return web.Do(r)
}

func identify(r *http.Request, session string) {
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
		r.Header.Set("Mcp-Protocol-Version", "2025-06-18")
	}
}

// Session is a session of Streamable HTTP.
type Session struct {
	web     *http.Client
	url, id string
}

// Open opens a session at the base address of a server.
func Open(ctx context.Context, web *http.Client, base string) (*Session, error) {
	s := &Session{web: web, url: base + "/mcp"}
	for _, m := range [][]byte{Message("0", "initialize", Initialize), []byte(Initialized)} {
		resp, err := s.Post(ctx, m)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted {
			return nil, fmt.Errorf("%s: %.300s", resp.Status, text)
		}
		if s.id == "" {
			s.id = resp.Header.Get("Mcp-Session-Id")
		}
	}
	return s, nil
}

// Post sends a message of the session.
func (s *Session) Post(ctx context.Context, message []byte) (*http.Response, error) {
	return Post(ctx, s.web, s.url, s.id, message)
}

// Close ends the session.
func (s *Session) Close(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, s.url, nil)
	if err != nil {
		return
	}
	identify(r, s.id)
	if resp, err := s.web.Do(r); err == nil {
		resp.Body.Close()
	}
}

// Data returns the message of an answer's body: of a stream, that of its last event.
func Data(body []byte) []byte {
	if !bytes.HasPrefix(body, []byte("{")) {
		if at := bytes.LastIndex(body, []byte("\ndata: ")); at >= 0 {
			body = body[at+len("\ndata: "):]
		}
	}
	return bytes.TrimRight(body, "\r\n")
}
