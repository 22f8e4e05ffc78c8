package zoom_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/hermetic"
	"zoom-phone-mcp/internal/zoom"
)

// childAPIURL, when set, makes this process the one that TestMain calls in.
const childAPIURL = "ZOOM_TEST_CHILD_API_URL"

// TestMain lets the test's program be started again with another environment:
// the environment's proxy and authorities are read once in a process.
func TestMain(m *testing.M) {
	address := os.Getenv(childAPIURL)
	if address == "" {
		hermetic.Environment()
		os.Exit(m.Run())
	}
	c, err := zoom.New(zoom.Options{APIURL: address, Attempts: 2, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	a, err := c.PhoneSetting(context.Background())
	if err != nil {
		fmt.Println(apierror.From(err).Text())
		os.Exit(1)
	}
	fmt.Printf("answer: %s", a.Raw)
	os.Exit(0)
}
