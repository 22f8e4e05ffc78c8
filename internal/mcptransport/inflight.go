package mcptransport

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// maxOthers is how many requests beside tool calls may be under way. They
	// are quick, so that only a client that does not read its answers gets there.
	maxOthers = 1024
	// heldLines is how many lines of the greatest length the requests under way
	// may take together.
	heldLines = 16
)

// requests are the requests of one session that are under way.
type requests struct {
	slots chan struct{} // one for every call that runs

	maxCalls int // running and waiting
	maxBytes int

	mu     sync.Mutex
	byKey  map[string]*request // those that can be cancelled
	last   uint64              // number of the newest request
	calls  int                 // tool calls that have not finished
	others int                 // other requests that have not finished
	bytes  int                 // their messages together
	ending bool
	idle   chan struct{} // closed when ending and nothing is left
}

// request is one request under way.
type request struct {
	*message
	number    uint64 // the id that mcp-go sees
	ctx       context.Context
	stop      context.CancelFunc
	slot      bool       // holds one of the slots
	cancelled bool       // by the client, which then waits for no answer
	refused   *rejection // by the server
}

func newRequests(o Options) *requests {
	return &requests{
		slots:    make(chan struct{}, o.MaxCalls),
		maxCalls: o.MaxCalls + o.MaxQueued,
		maxBytes: heldLines * o.MaxMessage,
		byKey:    map[string]*request{},
		idle:     make(chan struct{}),
	}
}

// isCall reports whether a message is a call, which may go to Zoom, take long or have a
// large answer: of a tool, a resource, a prompt or a completion.
func (m *message) isCall() bool {
	switch mcp.MCPMethod(m.method) {
	case mcp.MethodToolsCall, mcp.MethodResourcesRead, mcp.MethodPromptsGet, mcp.MethodCompletionComplete:
		return true
	}
	return false
}

// isStream reports whether a request stays open until someone ends it.
func (m *message) isStream() bool { return m.method == string(mcp.MethodSubscriptionsListen) }

// begin takes a request up, unless its id is in use or too much is under way.
// What begin gives has to be finished.
func (q *requests) begin(ctx context.Context, m *message) (*request, *rejection) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, taken := q.byKey[m.key]; taken {
		return nil, &rejection{id: m.id, code: mcp.INVALID_REQUEST, text: "a request with this id is under way"}
	}
	busy := q.others >= maxOthers
	if m.isCall() {
		busy = q.calls >= q.maxCalls
	}
	if q.bytes+m.size > q.maxBytes {
		busy = true
	}
	if busy {
		return nil, &rejection{id: m.id, code: codeBusy, text: fmt.Sprintf("busy: %d requests are under way; try again later", q.calls+q.others)}
	}
	q.last++
	r := &request{message: m, number: q.last}
	r.ctx, r.stop = context.WithCancel(ctx)
	q.byKey[m.key] = r
	q.count(r, 1)
	return r, nil
}

func (q *requests) count(r *request, n int) {
	if r.isCall() {
		q.calls += n
	} else {
		q.others += n
	}
	q.bytes += n * r.size
}

// admit waits until a call may run; other requests may at once. It gives false
// where the request was cancelled before.
func (q *requests) admit(r *request) bool {
	if !r.isCall() {
		return true
	}
	if r.ctx.Err() != nil {
		return false // select would choose at random
	}
	select {
	case q.slots <- struct{}{}:
		r.slot = true
		return true
	case <-r.ctx.Done():
		return false
	}
}

// cancel stops a request at the client's wish. An unknown one has finished, or
// never was.
func (q *requests) cancel(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r, ok := q.byKey[key]; ok {
		delete(q.byKey, key)
		r.cancelled = true
		r.stop()
	}
}

// release frees the id of a request that is about to be answered, and tells
// whether the client has cancelled it. The id has to be free before the answer
// is out, since a client may use it again then.
func (q *requests) release(r *request) (cancelled bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byKey[r.key] == r {
		delete(q.byKey, r.key)
	}
	return r.cancelled
}

// finish is called once a request's answer has been handed over. Until then the
// request keeps its slot, so that a client that does not read cannot make the
// answers pile up.
func (q *requests) finish(r *request) {
	r.stop()
	if r.slot {
		<-q.slots
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count(r, -1)
	q.closeIfIdle()
}

// end says that no further request comes, and gives a channel that is closed
// once the last one has finished. Streams are ended.
func (q *requests) end() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ending = true
	q.stopStreams()
	q.closeIfIdle()
	return q.idle
}

// endStreams ends the streams that are open.
func (q *requests) endStreams() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopStreams()
}

func (q *requests) stopStreams() {
	for _, r := range q.byKey {
		if r.isStream() {
			r.stop()
		}
	}
}

func (q *requests) closeIfIdle() {
	if !q.ending || q.calls+q.others > 0 {
		return
	}
	select {
	case <-q.idle:
	default:
		close(q.idle)
	}
}

// idForMCP returns the id under which mcp-go serves a request. Ids of clients are
// read into a float64 there: long ones would lose digits, meet others, or not be
// read at all. Only a stream's id comes back inside of messages.
func (r *request) idForMCP() (Document, bool) {
	if r.isStream() {
		return r.id, survivesFloat(r.id)
	}
	return Document(strconv.FormatUint(r.number, 10)), true
}
