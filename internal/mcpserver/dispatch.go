package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// maxBatch is how many messages one batch may have.
const maxBatch = 100

// reply takes the answer to one message, nil where there is none. It is called
// exactly once.
type reply func(*answer)

// receive takes one line that is not empty.
func (c *conn) receive(line []byte) {
	if line[0] == '[' {
		c.receiveBatch(line)
		return
	}
	c.receiveMessage(line, func(a *answer) {
		if a != nil {
			c.send(*a)
		}
	})
}

func (c *conn) receiveMessage(line []byte, reply reply) {
	m, rejected := parseMessage(line)
	switch {
	case rejected != nil:
		c.log.Debug().Int("code", rejected.code).Msg("message rejected")
		a := rejected.answer()
		reply(&a)
	case m == nil:
		reply(nil)
	case m.id == nil:
		c.notify(m)
		reply(nil)
	default:
		c.request(m, reply)
	}
}

// receiveBatch takes an array of messages, as protocol version 2025-03-26 has
// it; clients of other versions get an answer all the same.
func (c *conn) receiveBatch(line []byte) {
	reject := func(code int, text string) { c.send(errorAnswer(nil, code, text)) }
	if !json.Valid(line) {
		reject(mcp.PARSE_ERROR, "the line is not valid JSON")
		return
	}
	var members []json.RawMessage
	in := json.NewDecoder(bytes.NewReader(line))
	_, _ = in.Token() // the bracket
	for in.More() && len(members) <= maxBatch {
		var m json.RawMessage
		if err := in.Decode(&m); err != nil {
			reject(mcp.PARSE_ERROR, "the line is not valid JSON")
			return
		}
		members = append(members, m)
	}
	switch {
	case len(members) == 0:
		reject(mcp.INVALID_REQUEST, "a batch must not be empty")
	case len(members) > maxBatch:
		reject(mcp.INVALID_REQUEST, fmt.Sprintf("a batch may have %d messages at most", maxBatch))
	default:
		b := &batch{left: len(members), done: c.send}
		for _, m := range members {
			c.receiveMessage(m, b.reply)
		}
	}
}

// batch collects the answers to the messages of a batch.
type batch struct {
	mu      sync.Mutex
	left    int
	answers []answer
	done    func(answer)
}

func (b *batch) reply(a *answer) {
	b.mu.Lock()
	b.left--
	if a != nil {
		b.answers = append(b.answers, *a)
	}
	last := b.left == 0
	b.mu.Unlock()
	if last && len(b.answers) > 0 {
		b.done(answer{batch: b.answers})
	}
}

// notify takes a notification. Cancellation is ours alone: mcp-go would look for
// the id it was given and still answer the call.
func (c *conn) notify(m *message) {
	if m.method == string(mcp.MethodNotificationCancelled) {
		var p struct {
			RequestID json.RawMessage `json:"requestId"`
		}
		if json.Unmarshal(m.params, &p) == nil {
			if key, ok := idKey(p.RequestID); ok {
				c.requests.cancel(key)
			}
		}
		return
	}
	c.guarded(m, func() mcp.JSONRPCMessage {
		return c.server.mcp.HandleMessage(c.requests.ctx, m.encode(nil))
	})
}

// request takes a request and answers it, from a goroutine of its own.
func (c *conn) request(m *message, reply reply) {
	r, problem := c.requests.begin(m)
	if problem != nil {
		c.log.Warn().Str("rpc", m.method).Int("code", problem.code).Msg("request refused")
		a := problem.answer()
		reply(&a)
		return
	}
	if m.method == string(mcp.MethodInitialize) {
		// What a client sends behind it without waiting comes after it.
		c.serve(r, reply)
		return
	}
	go c.serve(r, reply)
}

func (c *conn) serve(r *request, reply reply) {
	defer c.requests.finish(r)
	start := time.Now()
	var response mcp.JSONRPCMessage
	if c.requests.admit(r) {
		response = c.guarded(r.message, func() mcp.JSONRPCMessage { return c.handle(r) })
	} else {
		response = rpcError(codeBusy, "the server is ending")
	}
	a := answerOf(r.id, response)
	cancelled := c.requests.release(r)
	outcome := "ok"
	switch {
	case cancelled:
		outcome = "cancelled"
	case a.failed:
		outcome = "error"
	}
	if r.method == string(mcp.MethodInitialize) && !a.failed {
		client := c.session.GetClientInfo()
		c.log.Info().Str("client", shorten(client.Name)).Str("version", shorten(client.Version)).
			Str("protocol", c.session.ProtocolVersion()).Msg("client connected")
	}
	c.log.Debug().Str("rpc", r.method).Dur("duration", time.Since(start)).Str("outcome", outcome).Msg("request")
	if cancelled {
		reply(nil)
		return
	}
	reply(&a)
}

// handle lets mcp-go serve a request.
func (c *conn) handle(r *request) mcp.JSONRPCMessage {
	id, ok := r.idForMCP()
	if !ok {
		return rpcError(mcp.INVALID_REQUEST, "the id of "+r.method+" must be a string or an integer up to 2^53")
	}
	response := c.server.mcp.HandleMessage(r.ctx, r.encode(id))
	if e, ok := response.(mcp.JSONRPCError); ok && r.isCall() && e.Error.Code == mcp.INVALID_PARAMS {
		var p struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(r.params, &p) == nil && c.server.mcp.GetTool(p.Name) == nil {
			e.Error.Message = unknownTool(p.Name)
			return e
		}
	}
	return response
}

// guarded runs f, and makes an internal error of a panic.
func (c *conn) guarded(m *message, f func() mcp.JSONRPCMessage) (response mcp.JSONRPCMessage) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(c.log, m.method, v)
			response = rpcError(mcp.INTERNAL_ERROR, "internal error; the server's log has more")
		}
	}()
	return f()
}
