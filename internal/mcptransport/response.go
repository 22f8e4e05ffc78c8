package mcptransport

import (
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/safejson"
)

// answer is one response, ready to be written.
type answer struct {
	id     Document // nil is written as null
	batch  []answer // the answers of a batch; all else is empty then
	failed bool     // body is the error, not the result
	code   int      // of the error
	body   Document
	result *mcp.CallToolResult // a result whose parts encode themselves, instead of body
	meta   Document            // its _meta, if any
}

func (r *rejection) answer() answer { return errorAnswer(r.id, r.code, r.text) }

func errorAnswer(id Document, code int, text string) answer {
	return answerOf(id, rpcError(code, text))
}

func rpcError(code int, text string) mcp.JSONRPCError {
	return mcp.JSONRPCError{Error: mcp.JSONRPCErrorDetails{Code: code, Message: text}}
}

// answerOf prepares a response of mcp-go under the client's own id. Everything
// that can fail happens here and not while the answer is being written.
func answerOf(id Document, response mcp.JSONRPCMessage) answer {
	var err error
	a := answer{id: id}
	switch r := response.(type) {
	case mcp.JSONRPCError:
		a.failed, a.code = true, r.Error.Code
		if a.body, err = safejson.Marshal(r.Error); err == nil {
			return a
		}
	case mcp.JSONRPCResponse:
		result, ok := r.Result.(*mcp.CallToolResult)
		if ok && encodesItself(result) {
			if result.Meta != nil {
				a.meta, err = safejson.Marshal(result.Meta)
			}
			if a.result = result; err == nil {
				return a
			}
		} else if a.body, err = safejson.Marshal(r.Result); err == nil {
			return a
		}
	default:
		err = fmt.Errorf("unexpected %T", response)
	}
	return errorAnswer(id, mcp.INTERNAL_ERROR, "the answer could not be encoded: "+err.Error())
}

// encodesItself reports whether all parts of a result encode themselves.
func encodesItself(r *mcp.CallToolResult) bool {
	if len(r.Content) == 0 || len(r.InputRequests) > 0 || r.RequestState != "" {
		return false
	}
	for _, c := range r.Content {
		if _, ok := c.(Part); !ok {
			return false
		}
	}
	_, ok := r.StructuredContent.(Part)
	return ok && len(r.RawStructuredContent) == 0
}

// size returns how many bytes an answer has as it is written.
func (a *answer) size() int {
	n := counter(0)
	e := encoders.Get().(*Encoder)
	e.out, e.err = &n, nil
	a.encode(e)
	e.flush()
	e.out = nil
	encoders.Put(e)
	return int(n)
}

// counter counts the bytes that are written to it.
type counter int

func (n *counter) Write(b []byte) (int, error) {
	*n += counter(len(b))
	return len(b), nil
}

func (a *answer) encode(e *Encoder) {
	if a.batch != nil {
		for i := range a.batch {
			e.Literal(separator(i, "["))
			a.batch[i].encode(e)
		}
		e.Literal("]")
		return
	}
	e.Literal(`{"jsonrpc":"2.0","id":`)
	if a.id == nil {
		e.Literal("null")
	} else {
		e.Raw(a.id)
	}
	if a.failed {
		e.Literal(`,"error":`)
	} else {
		e.Literal(`,"result":`)
	}
	if a.result == nil {
		e.Raw(a.body)
	} else {
		a.encodeResult(e)
	}
	e.Literal("}")
}

func (a *answer) encodeResult(e *Encoder) {
	e.Literal("{")
	if a.meta != nil {
		e.Literal(`"_meta":`)
		e.Raw(a.meta)
		e.Literal(",")
	}
	if a.result.ResultType != "" {
		e.Literal(`"resultType":"` + string(a.result.ResultType) + `",`)
	}
	if a.result.IsError {
		e.Literal(`"isError":true,`)
	}
	e.Literal(`"content":`)
	for i, c := range a.result.Content {
		e.Literal(separator(i, "["))
		c.(Part).Encode(e)
	}
	e.Literal(`],"structuredContent":`)
	a.result.StructuredContent.(Part).Encode(e)
	e.Literal("}")
}

func separator(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}
