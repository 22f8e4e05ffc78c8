package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/tables"
	"zoom-phone-mcp/internal/transcript"
)

// elsewhereKey marks records that come from another method than the list's own.
const elsewhereKey = "elsewhere\x00"

// elsewhere asks the method that has all records of a list which Zoom does not give
// whole.
func (a *asking) elsewhere(ctx context.Context, n *need) ([]json.RawMessage, error) {
	p := n.plan.method.Pagination
	c := tables.Call{Table: p.Elsewhere, Params: maps.Clone(n.call.Params)}
	other := a.g.newNeed(c, "")
	if other.failed != nil {
		return nil, other.failed
	}
	a.count()
	bodies, err := a.g.one(ctx, other.plan)
	if err != nil || len(bodies) == 0 {
		return nil, err
	}
	var out []json.RawMessage
	for _, l := range p.ElsewhereLists {
		body := bodies[0]
		for _, name := range l.Path {
			body = rawjson.Member(body, name)
		}
		if len(body) == 0 || body[0] != '[' {
			continue
		}
		list, err := records.Split(body, "")
		if err != nil {
			return nil, err
		}
		set := encode(l.Set)
		for _, record := range list {
			out = append(out, beside(set, "", []json.RawMessage{without(record, l.Set)})...)
		}
	}
	return out, nil
}

// without returns a record without some of its fields.
func without(record json.RawMessage, fields map[string]string) json.RawMessage {
	var out []lenient.Member
	rawjson.EachMember(record, rawjson.SkipSpace(record, 0), func(k, v rawjson.Span) bool {
		if name := rawjson.Unquote(record[k.Start:k.End]); fields[name] == "" {
			out = append(out, lenient.Member{Name: name, Value: record[v.Start:v.End]})
		}
		return true
	})
	return lenient.Encode(out)
}

// one makes a call that answers at once, and returns the rows of its answer.
func (g *Gateway) one(ctx context.Context, p *plan) ([]json.RawMessage, error) {
	m := p.method
	answer, err := g.call(ctx, m, p.args)
	if err != nil {
		return nil, err
	}
	answer.clean()
	if m.Kind == "transcript" {
		return spoken(answer)
	}
	body := renamed(m, answer.JSON)
	items, listed := m.Rows(), len(body) > 0 && body[0] == '['
	switch {
	case listed != m.Answer().List:
		e := apierror.New(apierror.ZoomError, "Zoom's answer is %s where the method answers with %s", shape(listed), shape(!listed))
		e.Method = m.Name
		return nil, e
	case listed:
		return records.Split(body, "")
	case items == "":
		return []json.RawMessage{body}, nil
	}
	list, err := records.Split(body, items)
	if err != nil {
		return nil, err
	}
	return beside(body, items, list), nil
}

func shape(list bool) string {
	if list {
		return "a list"
	}
	return "an object"
}

// beside puts the fields of an answer beside those of the elements of its list, except
// those that an element has itself.
func beside(body json.RawMessage, items string, list []json.RawMessage) []json.RawMessage {
	type member struct{ key, value []byte }
	var around []member
	rawjson.EachMember(body, rawjson.SkipSpace(body, 0), func(k, v rawjson.Span) bool {
		if !rawjson.IsKey(body, k, items) {
			around = append(around, member{body[k.Start:k.End], body[v.Start:v.End]})
		}
		return true
	})
	for i, element := range list {
		if len(element) < 2 || element[0] != '{' {
			continue
		}
		out := json.RawMessage{'{'}
		for _, a := range around {
			if rawjson.Member(element, rawjson.Unquote(a.key)) == nil {
				out = append(append(append(append(out, a.key...), ':'), a.value...), ',')
			}
		}
		if out = append(out, element[1:]...); string(element) == "{}" && len(out) > 2 {
			out = append(out[:len(out)-2], '}')
		}
		list[i] = out
	}
	return list
}

// spoken are the rows of a transcript, one for each sentence.
func spoken(a *Answer) ([]json.RawMessage, error) {
	if a.Text != "" {
		return []json.RawMessage{encode(map[string]any{"sentence": 1, "text": a.Text})}, nil
	}
	t, err := transcript.Parse(a.JSON)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for i, line := range t.Lines {
		out = append(out, encode(map[string]any{
			"sentence": i + 1, "speaker": line.Speaker, "starts": line.Start.Seconds(), "ends": line.End.Seconds(),
			"clock": clock(line.Start), "text": line.Text,
		}))
	}
	return out, nil
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}
