package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/hermetic"
)

var binary string

// builtVariable has the path of the program for tests that run the tests.
const builtVariable = "ZOOM_PHONE_MCP_BUILT"

// original is the environment of whoever runs the tests.
var original []string

func TestMain(m *testing.M) {
	original = hermetic.Environment(loadVariable, worstVariable, clientsVariable, builtVariable)
	dir, err := os.MkdirTemp("", "zoom-phone-mcp")
	if err != nil {
		panic(err)
	}
	if binary = os.Getenv(builtVariable); binary == "" {
		binary = filepath.Join(dir, "zoom-phone-mcp")
		if runtime.GOOS == "windows" {
			binary += ".exe"
		}
		build := exec.Command("go", "build", "-o", binary, "../../cmd/zoom-phone-mcp")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			os.Exit(1)
		}
	}
	// Nothing comes from the home of whoever runs the tests, and nothing goes there.
	for name, value := range map[string]string{builtVariable: binary, "HOME": dir, "ZOOM_DOWNLOAD_DIR": filepath.Join(dir, "downloads")} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// environment is what a host gives the server.
func environment(u *upstream) []string {
	return []string{
		"ZOOM_ACCOUNT_ID=account", "ZOOM_CLIENT_ID=client", "ZOOM_CLIENT_SECRET=secret", "ZOOM_PLAN=none",
		"ZOOM_API_URL=" + u.URL + "/v2", "ZOOM_OAUTH_URL=" + u.URL + "/oauth",
	}
}

// connect starts the program and an MCP client on its standard input and output.
func connect(t *testing.T, u *upstream) *client.Client {
	t.Helper()
	return connectWith(t, environment(u), "stdio")
}

// connectWith is connect with an environment and a command line.
func connectWith(t *testing.T, environment []string, args ...string) *client.Client {
	t.Helper()
	c := client.NewClient(transport.NewStdio(binary, environment, args...))
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-06-18"
	hello.Params.ClientInfo = mcp.Implementation{Name: "e2e", Version: "1"}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return c
}

func call(ctx context.Context, c *client.Client, tool string, args map[string]any) (*mcp.CallToolResult, error) {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, args
	return c.CallTool(ctx, r)
}

func TestEveryMethodIsDescribedAndCalledWithFewAndWithAllParameters(t *testing.T) {
	ops := operations(t, loadSpec(t))
	u := newUpstream(t, ops)
	c := connect(t, u)
	described, called := 0, 0
	for _, op := range ops {
		t.Run(op.method, func(t *testing.T) {
			r, err := call(t.Context(), c, "describe_method", map[string]any{"service": "zoom-phone", "method": op.method})
			if err != nil || r.IsError {
				t.Fatalf("describe: %v %v", err, r)
			}
			described++
			for _, all := range []bool{false, true} {
				params := parameters(op, all)
				r, err := call(t.Context(), c, "call_zoom-phone", arguments(op, params))
				if err != nil {
					t.Fatal(err)
				}
				if r.IsError {
					t.Errorf("all=%v: %s", all, text(r))
					continue
				}
				asSent(t, op, params, u.take())
				whole(t, op, u.bodies[op.method], r)
				called++
			}
		})
	}
	t.Logf("%d of %d descriptions, %d of %d calls", described, len(ops), called, 2*len(ops))
	if n := u.tokens.Load(); n != 1 {
		t.Errorf("%d tokens for all calls", n)
	}
	for _, p := range u.problems {
		t.Error(p)
	}
}

// arguments are those of a call whose answer is Zoom's own body.
func arguments(op operation, params map[string]any) map[string]any {
	if op.answer == "transcript" {
		return map[string]any{"method": op.method, "params": params, "as": "json"}
	}
	return map[string]any{"method": op.method, "params": params}
}

// parameters makes values within every bound of the spec.
func parameters(op operation, all bool) map[string]any {
	out := map[string]any{}
	for _, ref := range op.op.Parameters {
		p := ref.Value
		if !p.Required && !all {
			continue
		}
		s := p.Schema.Value
		switch {
		case p.Name == "from":
			out[p.Name] = time.Now().UTC().AddDate(0, 0, -8).Format(time.DateOnly)
		case p.Name == "to":
			out[p.Name] = time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
		case s.Type.Is("array"):
			out[p.Name] = []any{scalar(p.Name+"1", s.Items.Value)}
			if len(s.Items.Value.Enum) > 1 {
				out[p.Name] = []any{s.Items.Value.Enum[0], s.Items.Value.Enum[1]}
			}
		default:
			out[p.Name] = scalar(p.Name, s)
		}
	}
	return out
}

func scalar(name string, s *openapi3.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[len(s.Enum)-1]
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer") && s.Max != nil:
		return int(*s.Max)
	case s.Type.Is("integer"):
		return 7
	case name == "userId":
		return "ada.lovelace+phone@example.com"
	}
	return "-" + name + " ü&=%2F"
}

// asSent holds that exactly the parameters arrived, and nothing else.
func asSent(t *testing.T, op operation, params map[string]any, requests []seen) {
	t.Helper()
	if len(requests) != 1 || requests[0].op.method != op.method {
		t.Errorf("want one request for %s, got %+v", op.method, requests)
		return
	}
	r := requests[0]
	wantPath, wantQuery := "/v2"+op.path, map[string][]string{}
	for _, ref := range op.op.Parameters {
		p := ref.Value
		v, given := params[p.Name]
		if !given {
			continue
		}
		if p.In == "path" {
			wantPath = strings.ReplaceAll(wantPath, "{"+p.Name+"}", strings.ReplaceAll(url.QueryEscape(fmt.Sprint(v)), "+", "%20"))
			continue
		}
		values, isList := v.([]any)
		if !isList {
			values = []any{v}
		}
		for _, v := range values {
			wantQuery[p.Name] = append(wantQuery[p.Name], fmt.Sprint(v))
		}
	}
	if r.path != wantPath {
		t.Errorf("path %s, want %s", r.path, wantPath)
	}
	if !reflect.DeepEqual(r.query, wantQuery) {
		t.Errorf("query %v, want %v", r.query, wantQuery)
	}
}

// whole holds that the answer has every byte that matters, in both forms.
func whole(t *testing.T, op operation, sent []byte, r *mcp.CallToolResult) {
	t.Helper()
	if op.answer == "binary" {
		link, ok := r.Content[0].(mcp.ResourceLink)
		if !ok {
			t.Fatalf("content %T", r.Content[0])
		}
		var facts struct {
			URI, Path, SHA256 string
			MediaType         string `json:"media_type"`
		}
		if err := json.Unmarshal(r.RawStructuredContent, &facts); err != nil {
			t.Fatal(err)
		}
		data, err := fetched(facts.Path, facts.URI)
		sum := sha256.Sum256(sent)
		if err != nil || !bytes.Equal(data, sent) || facts.MediaType != op.media() || facts.SHA256 != hex.EncodeToString(sum[:]) || link.URI != facts.URI || link.MIMEType != op.media() {
			t.Errorf("%q, %v, %s", data, err, r.RawStructuredContent)
		}
		return
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(safe.Replace(cleaned.Replace(string(sent))))); err != nil {
		t.Fatal(err)
	}
	want := op.current(t, compact.Bytes())
	if got := lacks.ReplaceAllString(text(r), "{"); got != string(want) {
		t.Errorf("the text differs:\ngot  %.300s\nwant %.300s", got, want)
	}
	if want[0] == '[' {
		want = slices.Concat([]byte(`{"items":`), want, []byte("}"))
	}
	var got bytes.Buffer
	if err := json.Compact(&got, r.RawStructuredContent); err != nil {
		t.Fatal(err)
	}
	if got := lacks.ReplaceAll(got.Bytes(), []byte("{")); !bytes.Equal(got, want) {
		t.Errorf("the structured content differs:\ngot  %.300s\nwant %.300s", got, want)
	}
}

// lacks is what an answer begins with that is one page of a longer list.
var lacks = regexp.MustCompile(`^\{"incomplete":"[^"]+",`)

// current is a body without the lists that another one has replaced: they repeat it.
func (op operation) current(t *testing.T, body []byte) []byte {
	t.Helper()
	for _, name := range op.replaced {
		i := bytes.Index(body, []byte(`"`+name+`":[`))
		if i < 0 {
			continue
		}
		var list json.RawMessage
		d := json.NewDecoder(bytes.NewReader(body[i+len(name)+3:]))
		if err := d.Decode(&list); err != nil {
			t.Fatal(err)
		}
		end := i + len(name) + 3 + int(d.InputOffset())
		if body[end] == ',' {
			end++
		} else {
			i-- // the comma in front
		}
		body = slices.Concat(body[:i], body[end:])
	}
	return body
}

func text(r *mcp.CallToolResult) string {
	if len(r.Content) == 0 {
		return ""
	}
	c, ok := r.Content[0].(mcp.TextContent)
	if !ok {
		return fmt.Sprintf("%T", r.Content[0])
	}
	return c.Text
}

// fetched reads a file by its path, or by its link where there is none.
func fetched(path, link string) ([]byte, error) {
	if path != "" {
		return os.ReadFile(path)
	}
	resp, err := http.Get(link)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// program is a command of the program, which ends with the test. Its environment is
// the test's own and more.
func program(t testing.TB, environment []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), environment...)
	return cmd
}

// addKey makes an API key in a file.
func addKey(t testing.TB, file, name string, args ...string) string {
	t.Helper()
	out, err := program(t, nil, append([]string{"keys", "add", name, "--file", file}, args...)...).Output()
	if err != nil {
		t.Fatalf("keys add %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}
