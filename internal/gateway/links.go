package gateway

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/fault"
)

// link puts the ids into the parameters that a link of Zoom's stands for, where a
// caller gave the link in the place of an id. Where it is a signed address, which
// has no ids, it gives that. Only methods that answer with a file take links.
func (g *Gateway) link(m *catalog.Method, raw json.RawMessage) (json.RawMessage, *url.URL, *fault.Error) {
	if m.Kind != "binary" && m.Kind != "transcript" || !bytes.Contains(raw, []byte(":")) {
		return raw, nil, nil
	}
	given := members(raw)
	for _, p := range m.Params {
		var address string
		if !p.InPath || json.Unmarshal(given[p.Name], &address) != nil || !isAddress(address) {
			continue
		}
		wrong := func(message string) *fault.Error {
			return m.Invalid(g.now(), []fault.Problem{{Param: p.Name, Message: message}})
		}
		link, err := g.client.ParseLink(address)
		if err != nil {
			e := fault.From(err)
			return nil, nil, wrong(e.Message + ". " + e.Hint)
		}
		if link.URL != nil {
			if m.Kind == "transcript" || len(given) > 1 {
				return nil, nil, wrong("this signed link has no id: give it alone, to a method that downloads a file")
			}
			return nil, link.URL, nil
		}
		if link.Method != m.Name {
			if !g.has(link.Method) {
				return nil, nil, wrong("this link is of another kind of file")
			}
			return nil, nil, wrong("this link is for " + link.Method)
		}
		for name, id := range link.Params {
			var other string
			if name != p.Name && json.Unmarshal(given[name], &other) == nil && other != "" && other != id && other != address {
				return nil, nil, wrong("the link has another " + name + " than the one given")
			}
			given[name], _ = json.Marshal(id) // texts always have an encoding
		}
		out, _ := json.Marshal(given) // so do objects of JSON
		return out, nil, nil
	}
	return raw, nil, nil
}

// members are those of an object, or of a text that holds one. What is neither has
// none; the catalog says what is wrong with it.
func members(raw json.RawMessage) map[string]json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(strings.TrimSpace(text))
	}
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return nil
	}
	return given
}

// lift takes the arguments of the call that a caller wrote among the parameters of
// the method: models do, and a tool of a method alone has no other place for them.
func lift(m *catalog.Method, r CallRequest) CallRequest {
	if m.Kind != "binary" && m.Kind != "transcript" {
		return r
	}
	given := members(r.Params)
	as, inline := given["as"], given["inline"]
	if m.Kind == "transcript" && len(as) > 0 && r.As == "" && json.Unmarshal(as, &r.As) == nil {
		delete(given, "as")
	}
	if m.Kind == "binary" && len(inline) > 0 && !r.Inline {
		switch strings.Trim(string(inline), `"`) {
		case "true":
			r.Inline = true
			delete(given, "inline")
		case "false", "null":
			delete(given, "inline")
		}
	}
	if len(as)+len(inline) > 0 {
		r.Params, _ = json.Marshal(given) // it was JSON before
	}
	return r
}
