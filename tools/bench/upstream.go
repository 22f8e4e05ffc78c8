package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// page is one size of answers: a page of a list.
type page struct {
	Name    string
	Bytes   int // of the body that the upstream sends
	method  string
	records int
	path    string
}

// call is the arguments of call_zoom-phone that ask for the page.
func (p *page) call() string {
	return `{"method":"` + p.method + `","params":{"page_size":` + strconv.Itoa(p.records) + `}}`
}

// address is the page's path and query, the same for all who ask the upstream.
func (p *page) address() string { return p.path + "?page_size=" + strconv.Itoa(p.records) }

// The records of call history have more than a kilobyte each.
var pages = []*page{
	{Name: "1 KB", method: "list_phone_users", records: 1, path: "/v2/phone/users"},
	{Name: "40 KB", method: "account_call_history", records: 18, path: "/v2/phone/call_history"},
	{Name: "400 KB", method: "account_call_history", records: 178, path: "/v2/phone/call_history"},
}

// makeBodies takes the pages from the simulated account. The upstream then
// answers with them, and the clients compare.
func makeBodies(ctx context.Context) (map[*page][]byte, error) {
	account, err := simulator.Start(ctx, "", simulator.Options{})
	if err != nil {
		return nil, err
	}
	defer account.Close()
	token, err := accessToken(account.OAuthURL())
	if err != nil {
		return nil, err
	}
	month := "&from=" + time.Now().AddDate(0, 0, -29).Format(time.DateOnly) + "&to=" + time.Now().Format(time.DateOnly)
	out := map[*page][]byte{}
	for _, p := range pages {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, account.URL+p.address()+month, nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the simulated account: %s %v: %.200s", resp.Status, err, body)
		}
		body = whole(body, p.records)
		p.Bytes, out[p] = len(body), body
	}
	return out, nil
}

// pageFigures are those of a page that is one of many.
var pageFigures = regexp.MustCompile(`"(next_page_token|total_records|page_count)":("[^"]*"|[0-9]+)`)

// whole makes a page the only one of its list: an answer that is a part of one says
// so first, and would not be the body that the upstream sent.
func whole(body []byte, records int) []byte {
	return pageFigures.ReplaceAllFunc(body, func(f []byte) []byte {
		switch name, _, _ := strings.Cut(strings.TrimPrefix(string(f), `"`), `"`); name {
		case "total_records":
			return fmt.Appendf(nil, `"%s":%d`, name, records)
		case "page_count":
			return []byte(`"page_count":1`)
		default:
			return []byte(`"next_page_token":""`)
		}
	})
}

// serveUpstream is the process in Zoom's place: it does as little as it can, so
// that what is measured is the way and not its end. It prints its address, and
// ends with its standard input.
func serveUpstream(files []string) error {
	if len(files) != len(pages) {
		return errors.New("want a file for each page")
	}
	bodies := map[string][]byte{}
	for i, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		bodies[pages[i].address()] = body
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"token","token_type":"bearer","expires_in":3600}`)
	})
	mux.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.RequestURI]
		if !ok || r.Header.Get("Authorization") != "Bearer token" {
			http.Error(w, "not a request of the benchmark", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the benchmark has gone
		os.Exit(0)
	}()
	return http.Serve(l, mux)
}
