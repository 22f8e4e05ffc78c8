package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// web is the program serving HTTP.
type web struct {
	cmd   *exec.Cmd
	url   string
	log   chan string
	ended chan error
}

// serveWeb starts the program on a free loopback port.
func serveWeb(t testing.TB, environment []string, args ...string) *web {
	t.Helper()
	s := &web{cmd: program(t, environment, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...), log: make(chan string, 1024), ended: make(chan error, 1)}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			select {
			case s.log <- lines.Text():
			default: // nobody waits for it
			}
		}
		s.ended <- s.cmd.Wait()
	}()
	var listening struct{ Addr string }
	if err := json.Unmarshal([]byte(s.await(t, `"listening"`)), &listening); err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + listening.Addr
	return s
}

// await returns the next line of the log with a text.
func (s *web) await(t testing.TB, text string) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case line := <-s.log:
			if strings.Contains(line, text) {
				return line
			}
		case err := <-s.ended:
			t.Fatalf("the program has ended: %v", err)
		case <-deadline:
			t.Fatalf("no %s in the log", text)
		}
	}
}

// get asks with an API key, unless it is empty.
func (s *web) get(t testing.TB, path, key string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// restRequest is the path and query for a method's parameters, by the names that
// the spec has for them.
func restRequest(t testing.TB, op operation, params map[string]any) string {
	t.Helper()
	var ext struct {
		REST       string             `json:"rest"`
		RESTParams map[string]*string `json:"rest_params"`
	}
	raw, _ := json.Marshal(op.op.Extensions["x-zoom-phone"])
	if err := json.Unmarshal(raw, &ext); err != nil {
		t.Fatal(err)
	}
	inPath, lacking := map[string]bool{}, []string{}
	for _, ref := range op.op.Parameters {
		if p := ref.Value; p.In == "path" && !strings.Contains(ext.REST+"/", ":"+p.Name+"/") {
			lacking = append(lacking, p.Name)
		}
	}
	segments := strings.Split(ext.REST, "/")
	for i, segment := range segments {
		name, ok := strings.CutPrefix(segment, ":")
		if !ok {
			continue
		}
		if _, own := params[name]; !own {
			to, told := ext.RESTParams[name]
			switch {
			case told && to == nil:
				segments[i] = "anything"
				continue
			case told:
				name = *to
			default:
				name = lacking[0]
			}
		}
		inPath[name] = true
		segments[i] = url.PathEscape(fmt.Sprint(params[name]))
	}
	query := url.Values{}
	for name, value := range params {
		if inPath[name] {
			continue
		}
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, v := range list {
			query.Add(name, fmt.Sprint(v))
		}
	}
	return "/api/zoom-phone" + strings.Join(segments, "/") + "?" + query.Encode()
}

func TestEveryRESTRouteAnswersAsItsMethodDoes(t *testing.T) {
	ops := operations(t, loadSpec(t))
	u := newUpstream(t, ops)
	s := serveWeb(t, environment(u), "--rest")
	for _, op := range ops {
		t.Run(op.method, func(t *testing.T) {
			for _, all := range []bool{false, true} {
				params := parameters(op, all)
				resp, body := s.get(t, restRequest(t, op, params), "")
				if resp.StatusCode != http.StatusOK {
					t.Errorf("all=%v: %s %s", all, resp.Status, body)
					continue
				}
				asSent(t, op, params, u.take())
				want, media := u.bodies[op.method], "application/json"
				if op.answer == "binary" {
					media = op.media()
				} else {
					var compact bytes.Buffer
					if err := json.Compact(&compact, []byte(safe.Replace(string(want)))); err != nil {
						t.Fatal(err)
					}
					want = compact.Bytes()
				}
				if !bytes.Equal(body, want) || resp.Header.Get("Content-Type") != media {
					t.Errorf("%s: %.200s, want %.200s", resp.Header.Get("Content-Type"), body, want)
				}
			}
		})
	}
	for _, p := range u.problems {
		t.Error(p)
	}
}

func TestBothTransportsServeTheTools(t *testing.T) {
	ops := operations(t, loadSpec(t))
	u := newUpstream(t, ops)
	s := serveWeb(t, environment(u))
	streamable, err := transport.NewStreamableHTTP(s.url + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	sse, err := transport.NewSSE(s.url + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*client.Client{"Streamable HTTP": client.NewClient(streamable), "SSE": client.NewClient(sse)} {
		t.Run(name, func(t *testing.T) {
			defer c.Close()
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			var hello mcp.InitializeRequest
			hello.Params.ProtocolVersion = "2025-06-18"
			if _, err := c.Initialize(t.Context(), hello); err != nil {
				t.Fatal(err)
			}
			for _, op := range ops {
				params := parameters(op, true)
				r, err := call(t.Context(), c, "call_zoom-phone", arguments(op, params))
				if err != nil || r.IsError {
					t.Errorf("%s: %v %v", op.method, err, r)
					continue
				}
				asSent(t, op, params, u.take())
				whole(t, op, u.bodies[op.method], r)
			}
		})
	}
}
