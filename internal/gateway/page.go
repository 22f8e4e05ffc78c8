package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/safejson"
)

// page looks at one answer of Zoom's and says what it lacks. It gives the records
// of a list; nil where there are none by the method's description. Unless the
// answer is to have the bytes that Zoom sent, a list under its old name gets the
// new one, a list under both names comes once, and records outside the range are
// left out.
func (g *Gateway) page(p *plan, a *Answer) ([]json.RawMessage, error) {
	m, shaped, exact := p.method, p.shaped(), p.exactPage()
	if m.Kind == "array" {
		list, err := records.Split(a.JSON, "")
		if err != nil && shaped {
			return nil, err
		}
		if list == nil {
			list = []json.RawMessage{}
		}
		return list, nil
	}
	if m.Pagination == nil {
		if !exact {
			a.JSON = renamed(m, a.JSON)
		}
		return nil, p.unpaged(a)
	}
	look, err := paginate.LookAt(a.JSON, p.query())
	if err != nil {
		if shaped {
			return nil, err
		}
		return nil, nil // it is shown as it came
	}
	a.Notes = append(a.Notes, about(m, look.Twin, 0, look.Outside)...)
	if a.Page = exact && look.Next; p.span != nil && p.span.Cut {
		a.more("Only the range from " + p.span.From + " to " + p.span.To + " was asked for, the longest of one call; all_pages: true goes on until now.")
	}
	a.more(p.onePage(look, len(look.Records)))
	if !exact {
		if look.Twin || look.Both {
			a.JSON = renamed(m, a.JSON)
		}
		if look.Outside > 0 {
			a.JSON = withList(a.JSON, m.Pagination.Items, look.Records)
		}
	}
	if look.Records == nil {
		look.Records = []json.RawMessage{}
	}
	return look.Records, nil
}

// unpaged looks at an answer that is documented to come at once: a token or a total
// in it says that its one list did not.
func (p *plan) unpaged(a *Answer) error {
	const token, total = "next_page_token", "total_records"
	if len(rawjson.Member(a.JSON, token)) <= len(`""`) && rawjson.Member(a.JSON, total) == nil {
		return nil
	}
	list := ""
	for _, f := range p.method.Answer().Fields {
		if f.List && list != "" {
			return nil // which of them is not whole is not known
		} else if f.List {
			list = f.Name
		}
	}
	if list == "" {
		return nil
	}
	look, err := paginate.LookAt(a.JSON, paginate.Query{Method: paginate.Method{Name: p.method.Name, Items: list, Next: token}})
	if err != nil || !look.More && look.Doubt == "" {
		return nil
	}
	a.more(fmt.Sprintf("%s%s records are here, and this method has no way to ask for the rest.", thousands(len(look.Records)), of(look.Total)))
	if p.selection == nil || !p.selection.Aggregates() || p.request.Partial {
		return nil
	}
	return &apierror.Error{Kind: apierror.ZoomError, Method: p.method.Name, Message: "the question is about every record: " + a.Incomplete,
		Hint: "partial: true answers from what came, and says so first."}
}

// renamed gives the lists of an answer the names that they have now: one under its
// old name alone gets the new one, and one that came under both stays once.
func renamed(m *catalog.Method, body json.RawMessage) json.RawMessage {
	for _, d := range m.DeprecatedFields {
		if !bytes.Contains(body, []byte(`"`+d.Field+`"`)) {
			continue
		}
		old, now := rawjson.Member(body, d.Field), rawjson.Member(body, d.Instead)
		if len(old) == 0 || old[0] != '[' {
			continue // no list
		}
		alone := len(now) == 0 || now[0] != '[' || string(now) == "[]" && string(old) != "[]"
		out := json.RawMessage{'{'}
		rawjson.EachMember(body, rawjson.SkipSpace(body, 0), func(k, v rawjson.Span) bool {
			key := body[k.Start:k.End]
			switch {
			case rawjson.IsKey(body, k, d.Field) && alone:
				key = safejson.Quote(d.Instead)
			case rawjson.IsKey(body, k, d.Field), rawjson.IsKey(body, k, d.Instead) && alone:
				return true
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(out, key...), ':'), body[v.Start:v.End]...)
			return true
		})
		body = append(out, '}')
	}
	return body
}

// withList puts a list of records in the place of the one that a body has.
func withList(body json.RawMessage, name string, list []json.RawMessage) json.RawMessage {
	array := append(append(json.RawMessage{'['}, bytes.Join(asBytes(list), []byte{','})...), ']')
	out := json.RawMessage{'{'}
	rawjson.EachMember(body, rawjson.SkipSpace(body, 0), func(k, v rawjson.Span) bool {
		value := body[v.Start:v.End]
		if rawjson.IsKey(body, k, name) {
			value = array
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, body[k.Start:k.End]...), ':'), value...)
		return true
	})
	return append(out, '}')
}

func asBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, len(list))
	for i, r := range list {
		out[i] = r
	}
	return out
}

// fillLists adds the lists of its description that are missing or null to a body,
// empty: Zoom leaves out what has nothing in it, and a function over a list wants
// one.
func fillLists(body json.RawMessage, f catalog.Field) json.RawMessage {
	if i := rawjson.SkipSpace(body, 0); i >= len(body) || f.List != (body[i] == '[') {
		if f.List && (i >= len(body) || body[i] == 'n') {
			return json.RawMessage("[]")
		}
		return body
	}
	if f.List {
		element := f
		element.List = false
		if !lists(f.Fields) {
			return body
		}
		out := json.RawMessage{'['}
		rawjson.EachElement(body, rawjson.SkipSpace(body, 0), func(v rawjson.Span) bool {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, fillLists(body[v.Start:v.End:v.End], element)...)
			return true
		})
		return append(out, ']')
	}
	if !lists(f.Fields) || len(body) == 0 || body[rawjson.SkipSpace(body, 0)] != '{' {
		return body
	}
	there := map[string]bool{}
	out := json.RawMessage{'{'}
	add := func(name string, value []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(safejson.AppendString([]byte(out), name), ':'), value...)
	}
	rawjson.EachMember(body, rawjson.SkipSpace(body, 0), func(k, v rawjson.Span) bool {
		name, value := rawjson.Unquote(body[k.Start:k.End]), body[v.Start:v.End:v.End]
		there[name] = true
		for _, child := range f.Fields {
			if child.Name == name && (child.List || len(child.Fields) > 0) {
				value = fillLists(value, child)
			}
		}
		add(name, value)
		return true
	})
	for _, child := range f.Fields {
		if child.List && !there[child.Name] {
			add(child.Name, []byte("[]"))
		}
	}
	return append(out, '}')
}

// lists reports whether there is a list among fields, at any depth.
func lists(fields []catalog.Field) bool {
	for _, f := range fields {
		if f.List || lists(f.Fields) {
			return true
		}
	}
	return false
}
