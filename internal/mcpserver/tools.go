package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/fault"
	"zoom-phone-mcp/internal/gateway"
)

// The names of the tools.
const (
	describeName = "describe_method"
	callName     = "call_zoom-phone"
)

// Every user pays for each word of these definitions in every conversation, and
// some model providers refuse a schema that is not a plain flat object.

func describeTool() mcp.Tool {
	t := mcp.NewToolWithRawSchema(describeName,
		"Describes one method of call_zoom-phone: its parameters as JSON Schema, response fields, paging, date limits, scopes, and an example to copy.",
		json.RawMessage(`{"type":"object","properties":{`+
			`"service":{"type":"string","enum":["zoom-phone"],"description":"May be left out."},`+
			`"method":{"type":"string","description":"A name from the index in call_zoom-phone."},`+
			`"full":{"type":"boolean","description":"List every response field at every depth; long."}},`+
			`"required":["method"],"additionalProperties":false}`))
	t.Annotations = readOnly("Describe a Zoom Phone method")
	return t
}

func callTool(index string) mcp.Tool {
	description := "Calls one read-only Zoom Phone method and returns Zoom's JSON, or the file. " +
		"Look parameters up with describe_method first; a wrong call sends nothing and says how to mend it."
	if index != "" {
		description += " Methods:\n" + index
	}
	t := mcp.NewToolWithRawSchema(callName, description,
		json.RawMessage(`{"type":"object","properties":{`+
			`"method":{"type":"string","description":"A method of the index."},`+
			`"params":{"type":"object","description":"The method's parameters by name."}},`+
			`"required":["method"],"additionalProperties":false}`))
	t.Annotations = readOnly("Call Zoom Phone")
	return t
}

func readOnly(title string) mcp.ToolAnnotation {
	return mcp.ToolAnnotation{
		Title:           title,
		ReadOnlyHint:    new(true),
		DestructiveHint: new(false),
		IdempotentHint:  new(true),
		OpenWorldHint:   new(true),
	}
}

// tools are the handlers of the two tools.
type tools struct {
	gateway Gateway
	log     zerolog.Logger
}

// run is one tool: it gives the result, and the method's name once the gateway
// has been asked about it.
type run func(ctx context.Context, arguments json.RawMessage) (result *mcp.CallToolResult, method string, err error)

// guard makes a handler of a tool: failures become results that a model can
// read, a panic becomes a protocol error and not the end of the process, and
// the outcome is logged.
func (t tools) guard(name string, f run) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		start := time.Now()
		var method string
		outcome := "panic"
		defer func() {
			if r := recover(); r != nil {
				logPanic(t.log, name, r)
				result, err = nil, errors.New("internal error in "+name+"; the server's log has more")
			}
			event := t.log.Debug().Str("tool", name) // the gateway logs what went to Zoom
			if isName(method) && outcome != string(fault.UnknownMethod) {
				event = event.Str("method", method)
			}
			event.Dur("duration", time.Since(start)).Str("outcome", outcome).Msg("call")
		}()

		arguments, err := rawArguments(request)
		if err == nil {
			result, method, err = f(ctx, arguments)
		}
		if err != nil {
			e := fault.From(err)
			if e.Kind == fault.Internal {
				t.log.Error().Str("tool", name).Err(err).Msg("internal error")
			}
			outcome = string(e.Kind)
			return failureResult(e), nil
		}
		outcome = "ok"
		return result, nil
	}
}

func (t tools) describe(ctx context.Context, arguments json.RawMessage) (*mcp.CallToolResult, string, error) {
	r, err := describeArguments(arguments)
	if err != nil {
		return nil, "", err
	}
	description, err := t.gateway.Describe(ctx, r)
	if err != nil {
		return nil, r.Method, err
	}
	result, err := documentResult(description)
	return result, r.Method, err
}

func (t tools) call(ctx context.Context, arguments json.RawMessage) (*mcp.CallToolResult, string, error) {
	r, err := callArguments(arguments)
	if err != nil {
		return nil, "", err
	}
	answer, err := t.gateway.Call(ctx, r)
	if err != nil {
		return nil, r.Method, err
	}
	result, err := answerResult(answer)
	return result, r.Method, err
}

func answerResult(a *gateway.Answer) (*mcp.CallToolResult, error) {
	switch {
	case a == nil:
		return nil, fault.New(fault.Internal, "the gateway gave no answer")
	case a.File != nil:
		return fileResult(a.File), nil
	default:
		return documentResult(a.JSON)
	}
}

// logPanic logs where a panic happened. Its value is logged only where the
// runtime made it, since any other one may hold what a caller sent.
func logPanic(log zerolog.Logger, where string, value any) {
	event := log.Error().Str("where", where).Type("panic", value)
	if e, ok := value.(runtime.Error); ok {
		event = event.AnErr("error", e)
	}
	event.Bytes("stack", debug.Stack()).Msg("panic")
}

// isName tells whether s has the form of a method's name; anything else came
// from a caller's imagination and stays out of the log.
func isName(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 80
}

// unknownTool is what a client is told that calls a tool which does not exist;
// most often a model took a method for a tool.
func unknownTool(name string) string {
	return fmt.Sprintf("unknown tool %s: the tools are %s and %s; Zoom Phone methods are called through %s {method, params}",
		quote(name), describeName, callName, callName)
}
