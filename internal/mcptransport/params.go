package mcptransport

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/safejson"
)

// params are the parameters of a message. mcp-go decodes all that a client sends,
// strictly, and answers with the decoder's words where something has another type
// than it knows, used or not. So it gets only what is used, in the types that it
// knows; the arguments of a tool do not go through it at all.
type params struct {
	used      json.RawMessage // an object for mcp-go, or nil
	wrong     error           // with what is used, for the client
	arguments json.RawMessage // of a tool, as they were sent
	token     json.RawMessage // for progress, as it was sent; nil for none
	version   string          // of the protocol, where the request says so itself
	requestID json.RawMessage // that is cancelled
}

// maxURI bounds the address of a resource, in bytes. mcp-go compares it with the
// templates of addresses, which takes microseconds for each byte.
const maxURI = 4 << 10

// readParams reads what is used of the parameters of a method.
func readParams(method string, raw json.RawMessage) params {
	var p params
	given, err := lenient.Object(raw)
	if err != nil && needsParams(method) {
		p.wrong = fmt.Errorf("params: %w", err)
	}
	var out []lenient.Member
	keep := func(name string, value json.RawMessage) { out = append(out, lenient.Member{Name: name, Value: value}) }
	for _, g := range given {
		var value json.RawMessage // for mcp-go; nil for what is not used
		var err error
		switch field := method + " " + g.Name; field {
		case "tools/call arguments":
			p.arguments = g.Value
			continue
		case "tools/call name", "prompts/get name":
			var name string
			name, err = lenient.Word(g.Value)
			value = safejson.Quote(name)
		case "prompts/get arguments":
			value, err = texts(g.Value)
		case "resources/read uri":
			if value, err = textOf(g.Value); len(value) > maxURI {
				value, err = nil, fmt.Errorf("want at most %d bytes, got %d", maxURI, len(value))
			}
		case "tools/list cursor", "prompts/list cursor", "resources/list cursor", "resources/templates/list cursor":
			if !lenient.Nothing(g.Value) {
				err = fmt.Errorf("there is no such page, since the list comes whole; got %s", lenient.Shown(g.Value))
			}
		case "completion/complete ref":
			value, err = pick(g.Value, "type", "name", "uri")
		case "completion/complete argument":
			value, err = pick(g.Value, "name", "value")
		case "subscriptions/listen notifications":
			value, err = subscriptions(g.Value)
		case "initialize protocolVersion":
			value, _ = textOf(g.Value) // without one, the oldest is agreed on
		case "initialize clientInfo":
			value, _ = pick(g.Value, "name", "version") // it is logged
		case "notifications/cancelled requestId":
			p.requestID = g.Value
			continue
		default:
			if g.Name == metaName {
				if meta := p.readMeta(g.Value); len(meta) > 0 {
					keep(metaName, lenient.Encode(meta))
				}
			}
			continue
		}
		if err != nil && p.wrong == nil {
			p.wrong = fmt.Errorf("%s: %w", g.Name, err)
		}
		if value != nil {
			keep(g.Name, value)
		}
	}
	if method == string(mcp.MethodCompletionComplete) && p.wrong == nil {
		p.wrong = checkReference(out)
	}
	if len(out) > 0 {
		p.used = lenient.Encode(out)
	}
	return p
}

// needsParams reports whether a request makes no sense without parameters.
func needsParams(method string) bool {
	switch mcp.MCPMethod(method) {
	case mcp.MethodToolsCall, mcp.MethodPromptsGet, mcp.MethodResourcesRead, mcp.MethodCompletionComplete, mcp.MethodSubscriptionsListen:
		return true
	}
	return false
}

// readMeta reads what is used of a request's _meta; what is not in order there is
// left out.
func (p *params) readMeta(raw json.RawMessage) []lenient.Member {
	given, _ := lenient.Object(raw)
	var out []lenient.Member
	for _, g := range given {
		value := json.RawMessage(nil)
		switch g.Name {
		case "progressToken":
			if kind := lenient.Kind(g.Value); kind == lenient.KindText || kind == lenient.KindNumber {
				p.token = g.Value
				if survivesFloat(Document(p.token)) {
					value = p.token
				}
			}
		case mcp.MetaKeyProtocolVersion:
			p.version, _ = lenient.Word(g.Value)
			value = safejson.Quote(p.version)
		case mcp.MetaKeyClientInfo:
			value, _ = pick(g.Value, "name", "version")
		case mcp.MetaKeyClientCapabilities:
			// None is used, but one of these protocols has to name them.
			if _, err := lenient.Object(g.Value); err == nil {
				value = json.RawMessage("{}")
			}
		}
		if value != nil {
			out = append(out, lenient.Member{Name: g.Name, Value: value})
		}
	}
	return out
}

// textOf returns a text as JSON, nil for nothing.
func textOf(raw json.RawMessage) (json.RawMessage, error) {
	text, err := lenient.Word(raw)
	if text == "" || err != nil {
		return nil, err
	}
	return safejson.Quote(text), nil
}

// texts returns an object whose members are texts; those that are nothing are left
// out.
func texts(raw json.RawMessage) (json.RawMessage, error) {
	given, err := lenient.Object(raw)
	var out []lenient.Member
	for _, g := range given {
		if lenient.Nothing(g.Value) {
			continue
		}
		text, wrong := lenient.Text(g.Value)
		if slices.ContainsFunc(out, func(before lenient.Member) bool { return before.Name == g.Name }) {
			wrong = errors.New("given twice")
		}
		if wrong != nil && err == nil {
			err = fmt.Errorf("%s: %w", lenient.Shorten(g.Name), wrong)
		}
		out = append(out, lenient.Member{Name: g.Name, Value: safejson.Quote(text)})
	}
	return lenient.Encode(out), err
}

// pick returns the named members of an object, which are texts.
func pick(raw json.RawMessage, names ...string) (json.RawMessage, error) {
	given, err := lenient.Object(raw)
	var out []lenient.Member
	for _, g := range given {
		for _, name := range names {
			if g.Name != name {
				continue
			}
			text, wrong := lenient.Text(g.Value)
			if wrong != nil && err == nil {
				err = fmt.Errorf("%s: %w", name, wrong)
			}
			out = append(out, lenient.Member{Name: name, Value: safejson.Quote(text)})
		}
	}
	return lenient.Encode(out), err
}

// subscriptions returns what a client wants to be told of.
func subscriptions(raw json.RawMessage) (json.RawMessage, error) {
	given, err := lenient.Object(raw)
	var out []lenient.Member
	for _, g := range given {
		var value any
		var wrong error
		switch g.Name {
		case "toolsListChanged", "promptsListChanged", "resourcesListChanged":
			value, wrong = lenient.Bool(g.Value)
		case "resourceSubscriptions":
			list, _ := lenient.List(g.Value)
			uris := make([]string, len(list))
			for i, e := range list {
				if uris[i], wrong = lenient.Word(e); wrong != nil {
					break
				}
			}
			value = uris
		default:
			continue
		}
		if wrong != nil && err == nil {
			err = fmt.Errorf("%s: %w", g.Name, wrong)
		}
		encoded, _ := json.Marshal(value) // all of these have an encoding
		out = append(out, lenient.Member{Name: g.Name, Value: encoded})
	}
	return lenient.Encode(out), err
}

// checkReference finds what is wrong with what a completion refers to.
func checkReference(given []lenient.Member) error {
	for _, g := range given {
		if g.Name != "ref" {
			continue
		}
		var ref struct{ Type string }
		_ = json.Unmarshal(g.Value, &ref) // pick has made it
		if ref.Type != "ref/prompt" && ref.Type != "ref/resource" {
			return fmt.Errorf("ref: want the type ref/prompt or ref/resource, got %s", lenient.Quote(ref.Type))
		}
		return nil
	}
	return errors.New("ref: is required, with the type ref/prompt or ref/resource")
}

// metaName is where a request has what is not of its matter.
const metaName = "_meta"
