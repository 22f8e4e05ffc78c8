package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/safejson"
)

// The names of the tools.
const (
	describeName = "describe_method"
	callName     = "call_zoom-phone"
	queryName    = "query_zoom-phone"
)

// Every user pays for each word of these definitions in every conversation, and
// some model providers refuse a schema that is not a plain flat object.

func describeTool() mcp.Tool {
	t := mcp.NewToolWithRawSchema(describeName,
		"Describes one method of call_zoom-phone: its parameters as JSON Schema, response fields (strings unless a type is given), paging, date limits, an example.",
		json.RawMessage(`{"type":"object","properties":{`+
			`"service":{"type":"string","enum":["zoom-phone"]},`+
			`"method":{"type":"string","description":"A name from the index in call_zoom-phone."},`+
			`"full":{"type":"boolean","description":"All fields with meanings, scopes, paths; long."},`+
			`"columns":{"type":"boolean","description":"Only the columns that sql sees."}},`+
			`"required":["method"],"additionalProperties":false}`))
	t.Annotations = readOnly("Describe a Zoom Phone method")
	return t
}

// callTool is call_zoom-phone. Some clients refuse an object without properties, so
// params names those that most methods have.
func callTool(index string, params json.RawMessage) mcp.Tool {
	description := "Calls one read-only Zoom Phone method and returns Zoom's JSON, or a link to the file it fetched. " +
		"Look parameters up with describe_method first; a wrong call sends nothing and says how to fix it."
	if index != "" {
		description += " Methods (* takes a period):\n" + index
	}
	t := mcp.NewToolWithRawSchema(callName, description,
		json.RawMessage(`{"type":"object","properties":{`+
			`"method":{"type":"string","description":"A method of the index."},`+
			`"params":{"type":"object","description":"The method's parameters, these or others.","properties":`+string(params)+`},`+
			`"all_pages":{"type":"boolean","description":"Every page; a long range is split."},`+
			`"max_records":{"type":"integer","description":"For all_pages: 1000, at most 100000."},`+
			`"cursor":{"type":"string","description":"Goes on where a collection stopped."},`+
			`"select":{"type":"string","description":"JMESPath to select and reshape: users[].{name: name, ext: extension_number}"},`+
			`"sql":{"type":"string","description":"SELECT over all records of this list, table records."},`+
			`"format":{"type":"string","enum":["json","csv"]},`+
			`"partial":{"type":"boolean","description":"Accept a part of the records."},`+
			`"as":{"type":"string","enum":["text","vtt","json"],"description":"For transcripts; default text."},`+
			`"inline":{"type":"boolean","description":"For small files: the content beside the link."},`+
			`"time_zone":{"type":"string","description":"IANA zone that decides days; default UTC."}},`+
			`"required":["method"],"additionalProperties":false}`))
	t.Annotations = readOnly("Call Zoom Phone")
	return t
}

// queryTool is query_zoom-phone, with an example over methods that there are.
func queryTool(example string) mcp.Tool {
	if example != "" {
		example = ": " + example
	}
	t := mcp.NewToolWithRawSchema(queryName,
		"Answers a question over Zoom Phone in one SQLite SELECT: best for counting and for anything across methods. "+
			"Each method is a table; its period (where *) and required parameters are arguments; a join makes the calls"+example+". "+
			"Columns: describe_method, columns: true. local(time, zone) gives local time.",
		json.RawMessage(`{"type":"object","properties":{`+
			`"sql":{"type":"string"},`+
			`"time_zone":{"type":"string","description":"IANA zone of days."},`+
			`"format":{"type":"string","enum":["json","csv"]},`+
			`"max_calls":{"type":"integer","description":"Default 300."},`+
			`"dry_run":{"type":"boolean","description":"Says the cost."},`+
			`"partial":{"type":"boolean"},`+
			`"fresh":{"type":"boolean"}},`+
			`"required":["sql"],"additionalProperties":false}`))
	t.Annotations = readOnly("Query Zoom Phone")
	return t
}

// directTool is a method as a tool of its own.
func directTool(d gateway.Tool) mcp.Tool {
	t := mcp.NewToolWithRawSchema(d.Name, d.Description, d.Input)
	t.RawOutputSchema = d.Output
	t.Annotations = readOnly(d.Title)
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

// tools are the handlers of the tools.
type tools struct {
	gateway Gateway
	log     zerolog.Logger
	payload Payload
}

// run is one tool: it gives the result, and the method's name once the gateway
// has been asked about it.
type run func(ctx context.Context, arguments json.RawMessage, progress func(gateway.Progress)) (result *mcp.CallToolResult, method string, err error)

// handler makes a handler of a tool: failures become results that a model can read,
// and the outcome is logged.
func (t tools) handler(name string, f run) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		start := time.Now()
		arguments, token, ok := mcptransport.RawCall(ctx)
		if !ok {
			arguments = request.Params.RawArguments
		}
		outcome := "ok"
		result, method, err := f(ctx, arguments, t.progress(ctx, token))
		if err != nil {
			e := apierror.From(err)
			if e.Kind == apierror.Internal {
				t.log.Error().Str("tool", name).Err(err).Msg("internal error")
			}
			result, outcome = failureResult(e), string(e.Kind)
		}
		event := t.log.Debug().Str("tool", name) // the gateway logs what went to Zoom
		if isName(method) && outcome != string(apierror.UnknownMethod) {
			event = event.Str("method", method)
		}
		event.Dur("duration", time.Since(start)).Str("outcome", outcome).Msg("call")
		return result, nil
	}
}

func (t tools) describe(ctx context.Context, arguments json.RawMessage, _ func(gateway.Progress)) (*mcp.CallToolResult, string, error) {
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

func (t tools) call(ctx context.Context, arguments json.RawMessage, progress func(gateway.Progress)) (*mcp.CallToolResult, string, error) {
	r, err := callArguments(arguments)
	if err != nil {
		return nil, "", err
	}
	r.Progress = progress
	answer, err := t.gateway.Call(ctx, r)
	if err != nil {
		return nil, r.Method, err
	}
	result, err := t.answer(ctx, answer)
	return result, r.Method, err
}

func (t tools) query(ctx context.Context, arguments json.RawMessage, progress func(gateway.Progress)) (*mcp.CallToolResult, string, error) {
	r, err := queryArguments(arguments)
	if err != nil {
		return nil, "", err
	}
	r.Progress = progress
	answer, err := t.gateway.Query(ctx, r)
	if err != nil {
		return nil, "", err
	}
	result, err := t.answer(ctx, answer)
	return result, "", err
}

// direct calls one method with the arguments as its parameters.
func (t tools) direct(method string) run {
	return func(ctx context.Context, arguments json.RawMessage, progress func(gateway.Progress)) (*mcp.CallToolResult, string, error) {
		answer, err := t.gateway.Call(ctx, gateway.CallRequest{Method: method, Params: withoutMeta(arguments), Progress: progress})
		if err != nil {
			return nil, method, err
		}
		result, err := t.answer(ctx, answer)
		return result, method, err
	}
}

// answer is the result for an answer: the document or file, then what the reader
// has to know of it as a text of its own.
func (t tools) answer(ctx context.Context, a *gateway.Answer) (result *mcp.CallToolResult, err error) {
	switch {
	case a == nil:
		return nil, apierror.New(apierror.Internal, "the gateway gave no answer")
	case a.File != nil:
		result = fileResult(ctx, a.File)
	case a.Status != nil:
		result = statusResult(a.Text, a.Status)
	case a.Text != "":
		result = tableResult(a)
	default:
		if result, err = documentResult(a.JSON); err != nil {
			return nil, err
		}
	}
	switch {
	case t.payload == PayloadText:
		result.StructuredContent = nil
	case t.payload == PayloadStructured && a.File != nil:
		// The facts stand twice; what is beside them does not.
		result.Content = slices.DeleteFunc(result.Content, func(c mcp.Content) bool {
			t, ok := c.(textContent)
			return ok && bytes.Equal(t.doc, result.StructuredContent.(structured).body)
		})
	case t.payload == PayloadStructured && result.StructuredContent != nil && a.Text == "":
		result.Content = []mcp.Content{}
	}
	if len(a.Notes) > 0 {
		result.Content = append(result.Content, contentOf("Note: "+strings.Join(a.Notes, " ")))
	}
	if told := metaFields(a.Meta); len(told) > 0 {
		result.Meta = mcp.NewMetaFromMap(told)
	}
	return result, nil
}

// metaFields are what a host may want to know of a call: the fields that outside parties
// wrote, and how it went if it did not go straight (it waited, was tried again, or
// a part of the day's budget is used).
func metaFields(m gateway.Meta) map[string]any {
	told := map[string]any{}
	if len(m.Untrusted) > 0 {
		told["untrusted"] = m.Untrusted
	}
	if m.Removed > 0 {
		told["invisible_characters_removed"] = m.Removed
	}
	strained := m.Budget != nil && m.Budget.DailyRemaining != nil && *m.Budget.DailyRemaining < m.Budget.DailyLimit
	if m.Attempts > 1 || m.WaitedMS > 0 || strained {
		m.Untrusted, m.Removed = nil, 0
		told["zoom"] = m
	}
	return told
}

// tableResult is the result for a table: the text, and on what it rests.
func tableResult(a *gateway.Answer) *mcp.CallToolResult {
	result := &mcp.CallToolResult{Content: []mcp.Content{contentOf(a.Text)}}
	if a.Incomplete != "" {
		result.Content = slices.Insert(result.Content, 0, mcp.Content(contentOf("INCOMPLETE: "+a.Incomplete)))
	}
	if len(a.Collected) > 0 {
		collected := safejson.Document(a.Collected)
		result.StructuredContent = structured{body: collected, member: "collected"}
		result.Content = append(result.Content, contentOf("Collected: "+string(collected)))
	}
	return result
}

// isName reports whether s has the form of a method's name; anything else came
// from a caller's imagination and stays out of the log.
func isName(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 80
}
