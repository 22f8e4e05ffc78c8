package catalog_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/zoom"
)

// sentBy calls a method and gives the query that Zoom was sent.
func sentBy(t *testing.T, m *catalog.Method, args catalog.Args) url.Values {
	t.Helper()
	var query url.Values
	client, err := zoom.New(zoom.Options{
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}), Plan: zoom.Unlimited(),
		HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			query = r.URL.Query()
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Call(t.Context(), client, args); err != nil {
		t.Fatal(err)
	}
	return query
}

// required are the parameters, besides the dates, that a call of a method needs.
func required(m *catalog.Method) map[string]any {
	given := map[string]any{}
	for _, p := range m.Params {
		if p.Required && p.Time == "" {
			given[p.Name] = "x"
		}
	}
	return given
}

func TestOnlyZoomsFormsOfDatesAreSent(t *testing.T) {
	const day, berlin = "2026-03-10", "Europe/Berlin"
	for _, c := range []struct{ text, zone, want string }{ // want where Zoom takes times
		{day, "", "2026-03-10T00:00:00Z"}, // beside a time
		{day, berlin, "2026-03-09T23:00:00Z"},
		{"2026-03-10T10:00:00Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00.000Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00.0Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00.999999Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00,5Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00.123456789012345678901Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00.000000+00:00", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T11:00:00.000+01:00", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T11:00:00+0100", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T11:00:00+01", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T05:30:00.5-04:30", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T11:00:00 01:00", "", "2026-03-10T10:00:00Z"}, // a plus that came as a space
		{"2026-03-10 11:00:00 +0100", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10 10:00:00 UTC", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10 10:00 gmt", berlin, "2026-03-10T10:00:00Z"},
		{"2026-03-10t10:00:00z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10t10:00:00.25z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10 10:00:00Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00Z", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10 10:00", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T10:00:00", "", "2026-03-10T10:00:00Z"},
		{"2026-03-10T11:00:00.750", berlin, "2026-03-10T10:00:00Z"},
		{" 2026-03-10T10:00:00.000Z ", "", "2026-03-10T10:00:00Z"},
		{"2026-W11", "", "2026-03-09T00:00:00Z"},
		{"2026-03", "", "2026-03-01T00:00:00Z"},
		{"yesterday", "", "2026-03-13T00:00:00Z"},
		{"-90min", "", "2026-03-14T10:30:00Z"},
	} {
		for m := range catalog.All() {
			if m.Window == nil {
				continue
			}
			given := required(m)
			given["from"], given["to"] = c.text, "2026-03-14T11:00:00.999Z"
			params, _ := json.Marshal(given)
			args, _, e := m.Check(params, catalog.Dates{Now: now, Zone: c.zone})
			if e != nil {
				t.Errorf("%s %q: %v", m.Name, c.text, e.Problems)
				continue
			}
			from, to := c.want, "2026-03-14T11:00:00Z"
			if m.Window.Precision == "date" {
				from, to = from[:len(day)], to[:len(day)]
			}
			query := sentBy(t, m, args)
			for name, want := range map[string]string{"from": from, "to": to} {
				if got := query[name]; len(got) != 1 || !daterange.Sendable(got[0]) || got[0] != want {
					t.Errorf("%s %q: %s is sent as %q, want %q", m.Name, c.text, name, got, want)
				}
			}
		}
	}
}

// A date beside a time is sent as the time at which its day begins or ends.
func TestBothEndsAreSentInOneForm(t *testing.T) {
	for _, c := range []struct{ from, to, zone, sentFrom, sentTo string }{
		{"2026-03-10", "2026-03-11", "", "2026-03-10", "2026-03-11"},
		{"2026-03-10", "2026-03-11T10:00:00Z", "", "2026-03-10T00:00:00Z", "2026-03-11T10:00:00Z"},
		{"2026-03-10T10:00:00Z", "2026-03-11", "", "2026-03-10T10:00:00Z", "2026-03-11T23:59:59Z"},
		{"2026-03-10T10:00:00.5Z", "2026-03-10", "", "2026-03-10T10:00:00Z", "2026-03-10T23:59:59Z"},
		{"2026-03-10", "2026-03-11T10:00:00+02:00", "", "2026-03-10T00:00:00Z", "2026-03-11T08:00:00Z"},
		{"2026-03-10", "2026-03-11T10:00:00Z", "Europe/Berlin", "2026-03-09T23:00:00Z", "2026-03-11T10:00:00Z"},
		{"2026-03-10T10:00:00Z", "2026-03-11", "Europe/Berlin", "2026-03-10T10:00:00Z", "2026-03-11T22:59:59Z"},
		{"yesterday", "2026-03-13", "", "2026-03-13T00:00:00Z", "2026-03-13T23:59:59Z"},
	} {
		for m := range catalog.All() {
			if m.Window == nil {
				continue
			}
			given := required(m)
			given["from"], given["to"] = c.from, c.to
			params, _ := json.Marshal(given)
			args, _, e := m.Check(params, catalog.Dates{Now: now, Zone: c.zone})
			if e != nil {
				t.Errorf("%s %v: %v", m.Name, c, e.Problems)
				continue
			}
			from, to := c.sentFrom, c.sentTo
			if m.Window.Precision == "date" {
				from, to = from[:len(time.DateOnly)], to[:len(time.DateOnly)]
			}
			if query := sentBy(t, m, args); query.Get("from") != from || query.Get("to") != to {
				t.Errorf("%s %v: sent %s", m.Name, c, query.Encode())
			}
		}
	}
}

func TestWhatIsNoDateIsRefusedWithTheForms(t *testing.T) {
	for m := range catalog.All() {
		if m.Window == nil {
			continue
		}
		for _, text := range []string{"soon", "2026-03-10T10:00:00.Z", "2026-03-10T10:00:00.5.5Z", "2026-03-10T10:00:00 CET", "10.03.2026", "1773136800", "2026-03-10T24:00:00Z", "2026-03-10T10:00:00Z2"} {
			given := required(m)
			given["from"], given["to"] = text, "2026-03-11"
			params, _ := json.Marshal(given)
			_, _, e := m.Check(params, catalog.Dates{Now: now})
			if e == nil || len(e.Problems) != 1 || e.Problems[0].Param != "from" || !strings.Contains(e.Problems[0].Message, "RFC 3339") {
				t.Errorf("%s %q: %+v", m.Name, text, e)
			}
		}
	}
}

// A parameter with a date that is neither from nor to, or of a method without a
// window, would be sent as the caller wrote it.
func TestEveryDateBelongsToARange(t *testing.T) {
	for m := range catalog.All() {
		dates := 0
		for _, p := range m.Params {
			if p.Time != "" {
				dates++
			}
			if isRange := p.Name == "from" || p.Name == "to"; isRange != (p.Time != "") {
				t.Errorf("%s: %s has x-time %q", m.Name, p.Name, p.Time)
			}
		}
		if want := m.Window != nil; want != (dates == 2) || dates == 1 {
			t.Errorf("%s: %d dates, window %+v", m.Name, dates, m.Window)
		}
	}
}
