package gateway

import "zoom-phone-mcp/internal/collect"

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

func text(v any) string {
	s, _ := v.(string)
	return s
}

// whyEmpty explains an answer without records.
func (g *Gateway) whyEmpty(p *plan) []string {
	m := p.method
	e := collect.Empty{Range: p.span, Now: g.now()}
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
		e.Hides = append(e.Hides, collect.Hides{Unless: h.Unless, Says: h.Says})
	}
	return collect.Explain(e)
}
