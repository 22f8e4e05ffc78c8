package questions_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

// account is a simulated account, read by plain HTTP, and the program on it, asked
// by JSON-RPC.
type account struct {
	t     *testing.T
	base  string
	token string
	seen  map[string][]byte // answers of the account by URL

	in    io.Writer
	lines *bufio.Reader
	id    *int
}

func open(t *testing.T, branches int) *account {
	t.Helper()
	clock := func() time.Time { return now }
	sim, err := simulator.Start(t.Context(), "", simulator.Options{Branches: branches, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	a := &account{t: t, base: sim.APIURL() + "/phone", seen: map[string][]byte{}, id: new(int)}
	a.login(sim.OAuthURL() + "/token")
	client, err := zoom.New(zoom.Options{
		APIURL: sim.APIURL(), Plan: zoom.Unlimited(), Now: clock,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: a.token}),
	})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Options{Client: client, Now: clock})
	server := mcpserver.New(gw, mcpserver.Options{Guide: gw})
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- mcptransport.ServeStdio(t.Context(), server, inRead, outWrite, mcptransport.Options{})
	}()
	t.Cleanup(func() {
		_ = inWrite.Close()
		if err := <-ended; err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	a.in, a.lines = inWrite, bufio.NewReader(outRead)
	a.request("initialize", map[string]any{
		"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "questions", "version": "1"},
	})
	return a
}

// for_ is the account for one test.
func (a *account) for_(t *testing.T) *account {
	b := *a
	b.t = t
	return &b
}

func (a *account) login(at string) {
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.send(r), &answer); err != nil {
		a.t.Fatal(err)
	}
	a.token = answer.AccessToken
}

func (a *account) send(r *http.Request) []byte {
	a.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	return body
}

// request sends one message to the program and returns the result that answers it.
func (a *account) request(method string, params any) json.RawMessage {
	a.t.Helper()
	*a.id++
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": *a.id, "method": method, "params": params})
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.in.Write(append(message, '\n')); err != nil {
		a.t.Fatal(err)
	}
	for {
		line, err := a.lines.ReadBytes('\n')
		if err != nil {
			a.t.Fatal(err)
		}
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			a.t.Fatalf("%v: %s", err, line)
		}
		if answer.ID != *a.id {
			continue // a notification
		}
		if answer.Error != nil {
			a.t.Fatalf("%s: %s", method, answer.Error)
		}
		return answer.Result
	}
}

// table asks one question with one call; made is how many calls of Zoom it took.
func (a *account) table(sql, zone string, calls int) (columns []string, rows []row, made int) {
	a.t.Helper()
	arguments := map[string]any{"sql": sql}
	if zone != "" {
		arguments["time_zone"] = zone
	}
	if calls != 0 {
		arguments["max_calls"] = calls
	}
	return a.answer("query_zoom-phone", arguments)
}

// answer calls a tool that answers with rows.
func (a *account) answer(tool string, arguments map[string]any) (columns []string, rows []row, made int) {
	a.t.Helper()
	var result struct {
		IsError bool `json:"isError"`
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
	}
	text := a.request("tools/call", map[string]any{"name": tool, "arguments": arguments})
	if err := json.Unmarshal(text, &result); err != nil || len(result.Content) == 0 {
		a.t.Fatalf("%v: %s", err, text)
	}
	var answer struct {
		Columns    []string        `json:"columns"`
		Rows       []row           `json:"rows"`
		Incomplete json.RawMessage `json:"incomplete"`
		Collected  struct {
			Calls int             `json:"calls"`
			Cut   json.RawMessage `json:"cut"`
		} `json:"collected"`
	}
	body := result.Content[0].Text
	if err := json.Unmarshal([]byte(body), &answer); err != nil || result.IsError || answer.Columns == nil || answer.Incomplete != nil || answer.Collected.Cut != nil {
		a.t.Fatalf("%v\n%v %.1500s", arguments["sql"], err, body)
	}
	return answer.Columns, answer.Rows, answer.Collected.Calls
}

func (a *account) ask(t *testing.T, sql, zone string, calls int) []string {
	t.Helper()
	_, rows, _ := a.for_(t).table(sql, zone, calls)
	return plain(rows)
}

// record is an object of an answer.
type record map[string]any

// get reads a path below /phone; nil where the account refuses.
func (a *account) get(path string, query ...string) record {
	a.t.Helper()
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Add(query[i], query[i+1])
	}
	target := a.base + path + "?" + values.Encode()
	body, ok := a.seen[target]
	if !ok {
		r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, target, nil)
		if err != nil {
			a.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+a.token)
		body = a.send(r)
		a.seen[target] = body
	}
	if body == nil {
		return nil
	}
	var out record
	if body[0] == '[' {
		body = fmt.Appendf(nil, `{"array":%s}`, body)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		a.t.Fatalf("%s: %v", target, err)
	}
	return out
}

// list reads every page of a list.
func (a *account) list(path, items string, query ...string) []record {
	a.t.Helper()
	var out []record
	query = append(slices.Clone(query), "page_size", "100")
	for page := query; ; {
		answer := a.get(path, page...)
		if answer == nil {
			a.t.Fatalf("%s %v is refused", path, page)
		}
		out = append(out, answer.records(items)...)
		next := answer.text("next_page_token")
		if next == "" {
			return out
		}
		page = append(slices.Clone(query), "next_page_token", next)
	}
}

// span are the days or moments between which something happened.
type span [2]string

var (
	september = span{"2026-09-01", "2026-09-30"}
	october   = span{"2026-10-01", "2026-10-31"}
	lastWeek  = span{"2026-11-09", "2026-11-15"}
	threeDays = span{"2026-10-05", "2026-10-07"}
)

func (a *account) within(s span, path, items string, query ...string) []record {
	a.t.Helper()
	return a.list(path, items, append([]string{"from", s[0], "to", s[1]}, query...)...)
}

func (a *account) calls(s ...span) []record {
	a.t.Helper()
	var out []record
	for _, s := range s {
		out = append(out, a.within(s, "/call_history", "call_history")...)
	}
	return out
}

// legs are the steps of a call's path.
func (a *account) legs(call record) []record {
	a.t.Helper()
	return a.get("/call_history/" + call.text("call_history_uuid")).records("call_elements")
}

func (a *account) users() []record { return a.list("/users", "users") }

// value follows names into objects; nil where there is nothing.
func (r record) value(names ...string) any {
	var v any = map[string]any(r)
	for _, name := range names {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

func (r record) text(names ...string) string {
	switch v := r.value(names...).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// number reads a number or a text of one.
func (r record) number(names ...string) float64 {
	n, _ := strconv.ParseFloat(r.text(names...), 64)
	return n
}

func (r record) records(names ...string) []record {
	list, _ := r.value(names...).([]any)
	out := make([]record, 0, len(list))
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func (r record) when(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, r.text(name))
	return t
}

// groups sums figures by keys.
type groups struct {
	keys map[string]row
	sums map[string][]float64
}

// add adds figures to those of a key.
func (g *groups) add(key row, figures ...float64) {
	if g.keys == nil {
		g.keys, g.sums = map[string]row{}, map[string][]float64{}
	}
	name := plain([]row{key})[0]
	g.keys[name] = key
	if g.sums[name] == nil {
		g.sums[name] = make([]float64, len(figures))
	}
	for i, n := range figures {
		g.sums[name][i] += n
	}
}

// rows are the keys with their figures; finish makes a row's figures of the sums,
// nil leaves them.
func (g *groups) rows(finish func(sums []float64) row) []row {
	var out []row
	for name, key := range g.keys {
		r := slices.Clone(key)
		if finish == nil {
			for _, n := range g.sums[name] {
				r = append(r, n)
			}
		} else if figures := finish(g.sums[name]); figures != nil {
			r = append(r, figures...)
		} else {
			continue
		}
		out = append(out, r)
	}
	return out
}

// top sorts rows by a figure, the highest first, then by the columns from the left,
// and keeps the first n.
func top(rows []row, by, n int) []row {
	slices.SortFunc(rows, func(a, b row) int {
		if x, y := number(a[by]), number(b[by]); x != y {
			return map[bool]int{true: -1, false: 1}[x > y]
		}
		return strings.Compare(plain([]row{a})[0], plain([]row{b})[0])
	})
	return rows[:min(n, len(rows))]
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

// is is 1 for what holds.
func is(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func oneOf(text string, texts ...string) bool { return slices.Contains(texts, text) }
