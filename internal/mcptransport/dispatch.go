package mcptransport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/lenient"
)

const (
	// maxBatch is how many messages one batch may have.
	maxBatch = 100
	// maxBatchAnswer bounds the answers of a batch together, in bytes. They go out at
	// once, and are in memory until the last one is there.
	maxBatchAnswer = 16 << 20
)

// reply takes the answer to what a client sent, nil where there is none. It is
// called exactly once.
type reply func(*answer)

// incoming is what a client sent at once: a message, or a batch of them as
// protocol version 2025-03-26 has it. Clients of other versions get an answer to
// a batch all the same.
type incoming struct {
	batch bool
	items []item
}

// item is a message or why there is none; with neither there is nothing to do.
type item struct {
	message  *message
	rejected *rejection
}

// parse reads what a client sent. The text is not empty; nothing of it is kept.
func parse(text []byte) (incoming, *rejection) {
	if text[0] == '[' {
		return parseBatch(text)
	}
	m, rejected := parseMessage(text)
	return incoming{items: []item{{m, rejected}}}, nil
}

func parseBatch(text []byte) (incoming, *rejection) {
	if !json.Valid(text) {
		return incoming{}, &rejection{code: mcp.PARSE_ERROR, text: "the batch is not valid JSON"}
	}
	in := incoming{batch: true}
	members := json.NewDecoder(bytes.NewReader(text))
	_, _ = members.Token() // the bracket
	for members.More() {
		if len(in.items) == maxBatch {
			return incoming{}, &rejection{code: mcp.INVALID_REQUEST, text: fmt.Sprintf("a batch may have %d messages at most", maxBatch)}
		}
		var member json.RawMessage
		if err := members.Decode(&member); err != nil {
			return incoming{}, &rejection{code: mcp.PARSE_ERROR, text: "the batch is not valid JSON"}
		}
		m, rejected := parseMessage(member)
		in.items = append(in.items, item{m, rejected})
	}
	if len(in.items) == 0 {
		return incoming{}, &rejection{code: mcp.INVALID_REQUEST, text: "a batch must not be empty"}
	}
	return in, nil
}

// calls counts the calls.
func (in *incoming) calls() int {
	n := 0
	for _, i := range in.items {
		if m := i.message; m != nil && m.id != nil && m.isCall() {
			n++
		}
	}
	return n
}

// dispatcher hands the messages of one client to mcp-go.
type dispatcher struct {
	mcp      *server.MCPServer
	log      zerolog.Logger
	session  *session
	requests *requests
	workers  workers
}

// dispatch serves what a client sent. ctx is that of the requests in it and has
// the session that mcp-go shall see.
func (d *dispatcher) dispatch(ctx context.Context, in incoming, reply reply) {
	if !in.batch {
		d.dispatchItem(ctx, in.items[0], reply)
		return
	}
	b := &batch{left: len(in.items), reply: reply}
	for _, i := range in.items {
		d.dispatchItem(ctx, i, b.add)
	}
}

func (d *dispatcher) dispatchItem(ctx context.Context, i item, reply reply) {
	switch m := i.message; {
	case i.rejected != nil:
		d.log.Debug().Int("code", i.rejected.code).Msg("message rejected")
		a := i.rejected.answer()
		reply(&a)
	case m == nil:
		reply(nil)
	case m.id == nil:
		d.notify(ctx, m)
		reply(nil)
	default:
		d.request(ctx, m, reply)
	}
}

// batch collects the answers to the messages of a batch.
type batch struct {
	mu      sync.Mutex
	bytes   int
	left    int
	answers []answer
	reply   reply
}

func (b *batch) add(a *answer) {
	size := 0
	if a != nil {
		size = a.size()
	}
	b.mu.Lock()
	b.left--
	if a != nil {
		if b.bytes+size > maxBatchAnswer {
			*a = errorAnswer(a.id, codeBusy, fmt.Sprintf("the answers of a batch may have %d bytes together, and this one is beyond that: send the request on its own", maxBatchAnswer))
		} else {
			b.bytes += size
		}
		b.answers = append(b.answers, *a)
	}
	last := b.left == 0
	b.mu.Unlock()
	switch {
	case !last:
	case len(b.answers) == 0:
		b.reply(nil)
	default:
		b.reply(&answer{batch: b.answers})
	}
}

// notify takes a notification. Cancellation is ours alone: mcp-go would look for
// the id it was given and still answer the call.
func (d *dispatcher) notify(ctx context.Context, m *message) {
	if m.method == string(mcp.MethodNotificationCancelled) {
		if key, ok := idKey(m.requestID); ok {
			d.requests.cancel(key)
		}
		return
	}
	d.guarded(m, func() mcp.JSONRPCMessage {
		return d.mcp.HandleMessage(ctx, m.encode(nil))
	})
}

// request takes a request up and has it answered.
func (d *dispatcher) request(ctx context.Context, m *message, reply reply) {
	r, problem := d.requests.begin(ctx, m)
	if problem != nil {
		d.log.Warn().Str("rpc", m.method).Int("code", problem.code).Msg("request refused")
		a := problem.answer()
		reply(&a)
		return
	}
	if m.method == string(mcp.MethodInitialize) {
		// What a client sends behind it without waiting comes after it.
		d.serve(r, reply)
		return
	}
	d.workers.run(func() { d.serve(r, reply) })
}

func (d *dispatcher) serve(r *request, reply reply) {
	defer d.requests.finish(r)
	start := time.Now()
	var response mcp.JSONRPCMessage
	if d.requests.admit(r) {
		response = d.guarded(r.message, func() mcp.JSONRPCMessage { return d.handle(r) })
	} else {
		response = rpcError(codeBusy, "the server is ending")
	}
	a := answerOf(r.id, response)
	if err := budget.Take(r.ctx, int64(len(a.body))); err != nil {
		a = errorAnswer(r.id, codeBusy, err.Error())
	}
	cancelled := d.requests.release(r)
	outcome := "ok"
	switch {
	case cancelled:
		outcome = "cancelled"
	case a.failed:
		outcome = "error"
	}
	if r.method == string(mcp.MethodInitialize) && !a.failed {
		client := d.session.GetClientInfo()
		d.log.Info().Str("client", lenient.Shorten(client.Name)).Str("version", lenient.Shorten(client.Version)).
			Str("protocol", d.session.ProtocolVersion()).Msg("client connected")
	}
	d.log.Debug().Str("rpc", r.method).Dur("duration", time.Since(start)).Str("outcome", outcome).Msg("request")
	if cancelled {
		reply(nil)
		return
	}
	reply(&a)
}

// handle lets mcp-go serve a request.
func (d *dispatcher) handle(r *request) mcp.JSONRPCMessage {
	id, ok := r.idForMCP()
	if !ok {
		return rpcError(mcp.INVALID_REQUEST, "the id of "+r.method+" must be a string or an integer up to 2^53")
	}
	if r.wrong != nil {
		return rpcError(mcp.INVALID_PARAMS, "the parameters of "+r.method+" are wrong: "+r.wrong.Error())
	}
	response := d.mcp.HandleMessage(context.WithValue(r.ctx, requestKey{}, r), r.encode(id))
	if e, ok := response.(mcp.JSONRPCError); ok && r.refused != nil {
		e.Error.Code, e.Error.Message = r.refused.code, r.refused.text
		return e
	}
	return response
}

// logPanic logs where a panic happened. Its value is logged only where the
// runtime made it, since any other one may hold what a caller sent.
func (d *dispatcher) logPanic(where string, value any) {
	event := d.log.Error().Str("where", where).Type("panic", value)
	if e, ok := value.(runtime.Error); ok {
		event = event.AnErr("error", e)
	}
	event.Bytes("stack", debug.Stack()).Msg("panic")
}

// guarded runs f, and makes an internal error of a panic.
func (d *dispatcher) guarded(m *message, f func() mcp.JSONRPCMessage) (response mcp.JSONRPCMessage) {
	defer func() {
		if v := recover(); v != nil {
			d.logPanic(m.method, v)
			response = rpcError(mcp.INTERNAL_ERROR, "internal error; the server's log has more")
		}
	}()
	return f()
}
