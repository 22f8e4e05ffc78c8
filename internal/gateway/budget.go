package gateway

import (
	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
)

// Budget is what is known of the account's rate limits, one for each label; nil
// for a gateway without a client.
func (g *Gateway) Budget() []apierror.Budget {
	if g.client == nil {
		return nil
	}
	return g.client.Budget()
}

// strained is the budget of a method while there is something to know before
// calling it: other calls wait, or a part of the day's budget is used.
func (g *Gateway) strained(m *catalog.Method) *apierror.Budget {
	if g.client == nil {
		return nil
	}
	b := g.client.BudgetOf(m.Name, m.RateLimit)
	if b.Waiting == 0 && (b.DailyRemaining == nil || *b.DailyRemaining == b.DailyLimit) {
		return nil
	}
	return &b
}
