package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/tools/load"
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

// makeBodies takes the pages from the simulated account of the program. The upstream
// then answers with them, and the clients compare.
func (b *bench) makeBodies() error {
	b.bodies = map[*page][]byte{}
	for _, p := range pages {
		args := []string{"call", p.method, "--demo", "page_size=" + strconv.Itoa(p.records)}
		if p.method == "account_call_history" {
			args = append(args, "from="+time.Now().AddDate(0, 0, -29).Format(time.DateOnly))
		}
		body, err := exec.Command(b.program, args...).Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || failed.ExitCode() != incomplete) {
			return fmt.Errorf("%s: %w: %.300s", p.method, err, body)
		}
		body = whole(bytes.TrimSpace(body), p.records)
		p.Bytes, b.bodies[p] = len(body), body
	}
	return nil
}

// incomplete is the program's exit status for an answer that is a part of a list.
const incomplete = 3

// startUpstream starts the upstream and waits for its address.
func (b *bench) startUpstream() error {
	args := []string{"upstream"}
	for i, p := range pages {
		file := filepath.Join(b.dir, "page-"+strconv.Itoa(i))
		if err := os.WriteFile(file, b.bodies[p], 0o600); err != nil {
			return err
		}
		args = append(args, file)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if b.upstream, err = load.Start(b.dir, nil, self, args...); err != nil {
		return err
	}
	line, err := bufio.NewReader(b.upstream.Stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the upstream does not start: %w: %s", err, b.upstream.Said())
	}
	b.url = strings.TrimSpace(line)
	return nil
}

// environment is what the program under test needs to know.
func (b *bench) environment() []string {
	return []string{
		"ZOOM_API_URL=" + b.url + "/v2", "ZOOM_OAUTH_URL=" + b.url + "/oauth", "ZOOM_ACCOUNT_ID=a", "ZOOM_CLIENT_ID=c", "ZOOM_CLIENT_SECRET=s",
		"UPSTREAM=" + b.url,
	}
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
