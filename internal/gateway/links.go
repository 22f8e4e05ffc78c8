package gateway

import (
	"bytes"
	"encoding/json"
	"net/url"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/lenient"
)

// link puts the ids into the parameters that a link of Zoom's stands for, where a
// caller gave the link in the place of an id. Where it is a signed address, which
// has no ids, it gives that. Only methods that answer with a file take links.
func (g *Gateway) link(m *catalog.Method, raw json.RawMessage) (json.RawMessage, *url.URL, *apierror.Error) {
	if m.Kind != "binary" && m.Kind != "transcript" || !bytes.Contains(raw, []byte(":")) {
		return raw, nil, nil
	}
	given := map[string]json.RawMessage{}
	members, err := lenient.Object(raw)
	for _, g := range members {
		if lenient.Nothing(g.Value) {
			continue
		}
		if given[g.Name] != nil {
			return raw, nil, nil // the catalog says what is wrong
		}
		given[g.Name] = g.Value
	}
	if err != nil {
		return raw, nil, nil // as above
	}
	for _, p := range m.Params {
		address, err := line(given[p.Name])
		if !p.InPath || err != nil || !isAddress(address) {
			continue
		}
		wrong := func(message string) *apierror.Error {
			return m.Invalid(g.now(), []apierror.Problem{{Param: p.Name, Message: message}})
		}
		link, err := g.client.ParseLink(address)
		if err != nil {
			e := apierror.From(err)
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
			if other, _ := line(given[name]); name != p.Name && other != "" && other != id && other != address {
				return nil, nil, wrong("the link has another " + name + " than the one given")
			}
			given[name], _ = json.Marshal(id) // texts always have an encoding
		}
		out, _ := json.Marshal(given) // so do objects of JSON
		return out, nil, nil
	}
	return raw, nil, nil
}
