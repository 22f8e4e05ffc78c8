package zoom_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/zoom"
)

func TestAddressOfTheTokenAnswerIsFollowedToZoomsOwnHostsOnly(t *testing.T) {
	const normal = "https://api.zoom.us/v2/phone/settings"
	for named, want := range map[string]string{
		"https://api-eu.zoom.us":           "https://api-eu.zoom.us/v2/phone/settings",
		"https://api-eu.zoom.us/":          "https://api-eu.zoom.us/v2/phone/settings",
		"https://API-EU.zoom.us:443/v2/":   "https://api-eu.zoom.us/v2/phone/settings",
		"https://api.zoomgov.com":          "https://api.zoomgov.com/v2/phone/settings",
		"":                                 normal,
		"http://api-eu.zoom.us":            normal,
		"https://api-eu.zoom.us:8443":      normal,
		"https://api-eu.zoom.us/v3":        normal,
		"https://api.zoom.us.evil.example": normal,
		"https://evil-zoom.us":             normal,
		"https://zoom.us":                  normal,
		"https://evil.example/.zoom.us":    normal,
		"https://evil.example?.zoom.us":    normal,
		"https://evil.example#.zoom.us":    normal,
		"https://api.zoom.us@evil.example": normal,
		"https://evil.example@api.zoom.us": normal,
		"https://evil.example\\.zoom.us":   normal,
		"https://evil.example%00.zoom.us":  normal,
		"api-eu.zoom.us":                   normal,
		"https://[::1].zoom.us":            normal,
		"https://evil_example,x.zoom.us":   normal,
	} {
		t.Run(named, func(t *testing.T) {
			token := (&oauth2.Token{AccessToken: "x"}).WithExtra(map[string]any{"api_url": named})
			for _, follow := range []bool{true, false} {
				if !follow {
					want = normal
				}
				var log bytes.Buffer
				c := connect(t, zoom.Options{FollowAPIURL: follow, Tokens: oauth2.StaticTokenSource(token), Log: zerolog.New(&log), Plan: zoom.Unlimited()},
					func(r *http.Request) (*http.Response, error) {
						if got := r.URL.String(); got != want {
							t.Errorf("follow %v: sent to %s, want %s", follow, got, want)
						}
						return reply(r, 200, "{}")
					})
				for range 3 {
					if err := callLight(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				lines := 0
				if follow && named != "" && want == normal {
					lines = 1
				}
				if n := strings.Count(log.String(), "\n"); n != lines || strings.Contains(log.String(), "evil") {
					t.Errorf("%d log lines, want %d: %s", n, lines, &log)
				}
			}
		})
	}
}

func TestTokenOfAnotherKindNamesNoAddress(t *testing.T) {
	c := connect(t, zoom.Options{FollowAPIURL: true}, func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "api.zoom.us" {
			t.Error(r.URL)
		}
		return reply(r, 200, "{}")
	})
	if err := callLight(t.Context(), c); err != nil {
		t.Error(err)
	}
}
