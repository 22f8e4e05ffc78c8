package restapi_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/restapi"
)

// Scopes, some of which are called like methods, are no part of the document.
func TestOpenAPIOfALimitedCallerNamesNoHiddenMethod(t *testing.T) {
	words := regexp.MustCompile(`[A-Za-z0-9_]+`)
	for m := range catalog.All() {
		g, err := gateway.New(gateway.Options{}).View(gateway.Filter{Allow: []string{m.Name}})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		restapi.New(g, zerolog.Nop()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, restapi.Prefix+"openapi.json", nil))
		found := words.FindAllString(w.Body.String(), -1)
		if w.Code != http.StatusOK || !slices.Contains(found, m.Name) {
			t.Fatalf("%s: %d %s", m.Name, w.Code, w.Body)
		}
		for _, word := range found {
			if _, isMethod := catalog.Lookup(word); isMethod && word != m.Name {
				t.Errorf("%s only: the document names %s", m.Name, word)
			}
		}
	}
}
