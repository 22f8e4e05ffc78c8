package mcptransport

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/safejson"
)

// codeBusy is the JSON-RPC error for requests that come while too many are
// under way.
const codeBusy = -32000

// maxMethod bounds the name of a JSON-RPC method, in bytes.
const maxMethod = 128

// message is one JSON-RPC message of the client.
type message struct {
	id     Document // as it was sent; nil for a notification
	key    string   // the id in a form that can be compared
	method string
	params     // what is used of those that were sent
	size   int // of the whole message, bytes
}

// rejection is why a message cannot be served.
type rejection struct {
	id   Document // nil where the id is unknown
	code int
	text string
}

// parseMessage reads one message, or says why it cannot be served. It gives
// neither where there is nothing to do: we send no requests, so an answer to one
// is nobody's. The message keeps nothing of line.
func parseMessage(line []byte) (*message, *rejection) {
	var in struct {
		JSONRPC json.RawMessage `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  json.RawMessage `json:"method"`
		Params  json.RawMessage `json:"params"`
		Result  json.RawMessage `json:"result"`
		Error   json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, &rejection{code: mcp.INVALID_REQUEST, text: "a message must be a JSON object"}
		}
		return nil, &rejection{code: mcp.PARSE_ERROR, text: "the message is not valid JSON: " + lenient.Broken(line)}
	}

	m := &message{size: len(line)}
	nullID := string(in.ID) == "null"
	if len(in.ID) > 0 && !nullID {
		key, ok := idKey(in.ID)
		if !ok {
			return nil, &rejection{code: mcp.INVALID_REQUEST, text: "the id must be a string or a number"}
		}
		m.id, m.key = safejson.Document(in.ID), key
	}
	invalid := func(code int, text string) (*message, *rejection) {
		return nil, &rejection{id: m.id, code: code, text: text}
	}
	if string(in.JSONRPC) != `"2.0"` {
		return invalid(mcp.INVALID_REQUEST, `"jsonrpc" must be "2.0"`)
	}
	if in.Method == nil && (in.Result != nil || in.Error != nil) {
		return nil, nil
	}
	if in.Method == nil || json.Unmarshal(in.Method, &m.method) != nil || m.method == "" {
		return invalid(mcp.INVALID_REQUEST, `"method" must be a string`)
	}
	if len(m.method) > maxMethod {
		return invalid(mcp.METHOD_NOT_FOUND, "no such method: "+lenient.Quote(m.method))
	}
	if nullID && !m.isNotification() {
		return invalid(mcp.INVALID_REQUEST, "the id must be a string or a number")
	}
	m.params = readParams(m.method, in.Params)
	return m, nil
}

// isNotification reports whether the method's name is that of a notification.
func (m *message) isNotification() bool {
	const prefix = "notifications/"
	return len(m.method) > len(prefix) && m.method[:len(prefix)] == prefix
}

// encode writes the message anew for mcp-go, under another id; a notification
// has none.
func (m *message) encode(id Document) json.RawMessage {
	out := make([]byte, 0, len(m.method)+len(m.used)+len(id)+64)
	out = append(out, `{"jsonrpc":"2.0","method":`...)
	out = safejson.AppendString(out, m.method)
	if id != nil {
		out = append(append(out, `,"id":`...), id...)
	}
	if m.used != nil {
		out = append(append(out, `,"params":`...), m.used...)
	}
	return append(out, '}')
}

// idKey returns an id in a form that can be compared: numbers by their digits as
// sent, strings by what they mean.
func idKey(id json.RawMessage) (string, bool) {
	switch lenient.Kind(id) {
	case lenient.KindNumber:
		return "#" + string(id), true
	case lenient.KindText:
		var s string
		if json.Unmarshal(id, &s) != nil {
			return "", false
		}
		return `"` + s, true
	default:
		return "", false
	}
}

// survivesFloat reports whether an id means the same after mcp-go has read it
// into an any and written it again.
func survivesFloat(id Document) bool {
	var v any
	if json.Unmarshal(id, &v) != nil {
		return false
	}
	if _, ok := v.(string); ok {
		return true
	}
	again, err := safejson.Marshal(v)
	return err == nil && slices.Equal(again, id)
}
