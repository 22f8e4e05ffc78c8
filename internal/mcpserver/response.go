package mcpserver

import (
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
)

// answer is one response, ready to be written.
type answer struct {
	id     document // nil is written as null
	batch  []answer // the answers of a batch; all else is empty then
	failed bool     // body is the error, not the result
	code   int      // of the error
	body   document
	result *mcp.CallToolResult // a result of our tools, instead of body
	meta   document            // its _meta, if any
}

func (r *rejection) answer() answer { return errorAnswer(r.id, r.code, r.text) }

func errorAnswer(id document, code int, text string) answer {
	return answerOf(id, rpcError(code, text))
}

func rpcError(code int, text string) mcp.JSONRPCError {
	return mcp.JSONRPCError{Error: mcp.JSONRPCErrorDetails{Code: code, Message: text}}
}

// answerOf prepares a response of mcp-go under the client's own id. Everything
// that can fail happens here and not while the answer is being written.
func answerOf(id document, response mcp.JSONRPCMessage) answer {
	var err error
	a := answer{id: id}
	switch r := response.(type) {
	case mcp.JSONRPCError:
		a.failed, a.code = true, r.Error.Code
		if a.body, err = marshal(r.Error); err == nil {
			return a
		}
	case mcp.JSONRPCResponse:
		result, ok := r.Result.(*mcp.CallToolResult)
		if ok && isOurs(result) {
			if result.Meta != nil {
				a.meta, err = marshal(result.Meta)
			}
			if a.result = result; err == nil {
				return a
			}
		} else if a.body, err = marshal(r.Result); err == nil {
			return a
		}
	default:
		err = fmt.Errorf("unexpected %T", response)
	}
	return errorAnswer(id, mcp.INTERNAL_ERROR, "the answer could not be encoded: "+err.Error())
}

// isOurs reports whether all parts of a result encode themselves.
func isOurs(r *mcp.CallToolResult) bool {
	if len(r.Content) == 0 || len(r.InputRequests) > 0 || r.RequestState != "" {
		return false
	}
	for _, c := range r.Content {
		if _, ok := c.(piece); !ok {
			return false
		}
	}
	_, ok := r.StructuredContent.(piece)
	return ok && len(r.RawStructuredContent) == 0
}

func (a *answer) encode(e *encoder) {
	if a.batch != nil {
		for i := range a.batch {
			e.literal(separator(i, "["))
			a.batch[i].encode(e)
		}
		e.literal("]")
		return
	}
	e.literal(`{"jsonrpc":"2.0","id":`)
	if a.id == nil {
		e.literal("null")
	} else {
		e.raw(a.id)
	}
	if a.failed {
		e.literal(`,"error":`)
	} else {
		e.literal(`,"result":`)
	}
	if a.result == nil {
		e.raw(a.body)
	} else {
		a.encodeResult(e)
	}
	e.literal("}")
}

func (a *answer) encodeResult(e *encoder) {
	e.literal("{")
	if a.meta != nil {
		e.literal(`"_meta":`)
		e.raw(a.meta)
		e.literal(",")
	}
	if a.result.ResultType != "" {
		e.literal(`"resultType":"` + string(a.result.ResultType) + `",`)
	}
	if a.result.IsError {
		e.literal(`"isError":true,`)
	}
	e.literal(`"content":`)
	for i, c := range a.result.Content {
		e.literal(separator(i, "["))
		c.(piece).encode(e)
	}
	e.literal(`],"structuredContent":`)
	a.result.StructuredContent.(piece).encode(e)
	e.literal("}")
}

func separator(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}
