package gateway

import (
	"fmt"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/paginate"
)

// notes say what was decided without being asked.
func (g *Gateway) notes(p *plan, about *collected) []string {
	var out []string
	if p.span != nil {
		written := p.args.Written()
		if (written["from"] != nil || written["to"] != nil) && about == nil {
			if from, to := p.args.String("from"), p.args.String("to"); from != text(written["from"]) || to != text(written["to"]) {
				out = append(out, "Zoom was asked for from "+from+" to "+to+".")
			}
		}
		out = append(out, p.span.Notes...)
	}
	return out
}

// about says what was done with the records of a list: whether they came under its
// old name, how many came twice, and how many lie outside the range.
func about(m *catalog.Method, twin bool, repeated, outside int) []string {
	var out []string
	if twin {
		out = append(out, fmt.Sprintf("Zoom answered %s under its old name %s: its records can have other fields.", m.Pagination.Items, m.Twin()))
	}
	if repeated > 0 {
		out = append(out, fmt.Sprintf("Records that came twice were counted once: %s.", thousands(repeated)))
	}
	if outside > 0 {
		out = append(out, fmt.Sprintf("Records outside the range were left out: %s. Zoom answered with more than was asked for.", thousands(outside)))
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// whyEmpty explains an answer without records.
func (g *Gateway) whyEmpty(p *plan) []string {
	m := p.method
	e := paginate.Empty{Range: p.span, Now: g.now(), Collected: p.collect}
	for _, name := range p.args.Names() {
		if q := m.Param(name); q == nil || !q.InPath {
			e.Given = append(e.Given, name)
		}
	}
	if m.Window != nil {
		limits := m.Limits()
		e.Limits, e.Default = &limits, m.Window.Default
	}
	for _, h := range m.Hides {
		e.Hides = append(e.Hides, paginate.Hides{Unless: h.Unless, Says: h.Says})
	}
	return paginate.Explain(e)
}
