package gateway_test

import (
	"testing"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

// TestEveryDescriptionIsWithinItsTokens holds what a model pays for looking a
// method up: 1,200 tokens of four bytes. full: true has the rest.
func TestEveryDescriptionIsWithinItsTokens(t *testing.T) {
	g := gateway.New(gateway.Options{Now: now})
	for m := range catalog.All() {
		text, err := g.Describe(t.Context(), gateway.DescribeRequest{Method: m.Name})
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 4*1200 {
			t.Errorf("%s: %d tokens", m.Name, len(text)/4)
		}
	}
}
