package catalog_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/zoom"
)

// Whatever a model calls, nothing changes: every method is one GET without a body.
func TestEveryMethodOnlyReads(t *testing.T) {
	called, all := 0, 0
	for m := range catalog.All() {
		all++
		params := map[string]any{}
		for _, p := range m.Params {
			if !p.Required {
				continue
			}
			switch {
			case p.Time != "":
				params[p.Name] = "2026-03-10"
			case len(p.Enum) > 0:
				params[p.Name] = p.Enum[0]
			default:
				params[p.Name] = "1"
			}
		}
		raw, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		args, _, e := m.Check(raw, catalog.Dates{Now: now})
		if e != nil {
			t.Errorf("%s: %v", m.Name, e)
			continue
		}
		client, err := zoom.New(zoom.Options{
			Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
			HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				called++
				if r.Method != http.MethodGet || r.Body != nil || r.ContentLength != 0 {
					t.Errorf("%s: %s %s with a body of %d bytes", m.Name, r.Method, r.URL, r.ContentLength)
				}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Call(t.Context(), client, args)
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		if out.File != nil {
			out.File.Body.Close()
		}
	}
	if called != all || all == 0 {
		t.Errorf("%d calls of %d methods", called, all)
	}
}
