// Package e2e_test runs the built program as a host would: through an MCP client
// that this project did not write, against an upstream that is made from the
// spec alone and shares no code with the client or the simulator.
package e2e_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

const specFile = "../../spec/zoom-phone.yaml"

func loadSpec(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(specFile)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// operation is one method of the spec.
type operation struct {
	method string
	path   string
	answer string
	sort   string // of the file, where the answer is one
	op     *openapi3.Operation
	// replaced are lists that Zoom has replaced by others.
	replaced []string
}

func operations(t testing.TB, doc *openapi3.T) []operation {
	t.Helper()
	var out []operation
	for path, item := range doc.Paths.Map() {
		x, ok := item.Get.Extensions["x-zoom-phone"].(map[string]any)
		if !ok {
			t.Fatalf("%s has no extension", path)
		}
		o := operation{method: x["method"].(string), path: path, answer: x["answer"].(string), op: item.Get}
		if file, ok := x["file"].(map[string]any); ok {
			o.sort = file["sort"].(string)
		}
		gone, _ := x["deprecated_fields"].([]any)
		for _, f := range gone {
			o.replaced = append(o.replaced, f.(map[string]any)["field"].(string))
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.method, b.method) })
	return out
}

// media is the type of the file.
func (o operation) media() string {
	if o.sort == "document" {
		return "application/pdf"
	}
	return "audio/mpeg"
}

// upstream answers every path of the spec with a made-up body, and keeps what it
// was asked and what it said.
type upstream struct {
	*httptest.Server
	tokens    atomic.Int64
	abandoned atomic.Int64  // requests whose client went away
	gate      chan struct{} // when set, calls wait here

	mu       sync.Mutex
	requests []seen
	bodies   map[string][]byte
	problems []string
}

type seen struct {
	uri   string
	query map[string][]string
	path  string
	op    *operation
}

func newUpstream(t testing.TB, ops []operation) *upstream {
	u := &upstream{bodies: map[string][]byte{}}
	for _, op := range ops {
		u.bodies[op.method] = made(op)
	}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			id, secret, ok := r.BasicAuth()
			if !ok || id != "client" || secret != "secret" || r.PostFormValue("grant_type") != "account_credentials" || r.PostFormValue("account_id") != "account" {
				u.complain("token request: %v %v", r.Header, r.PostForm)
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":3600}`, u.tokens.Add(1))
			return
		}
		op, ok := route(ops, r.URL.EscapedPath())
		if !ok {
			u.complain("no such path: %s", r.RequestURI)
			http.NotFound(w, r)
			return
		}
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer t") {
			u.complain("%s: no token", r.RequestURI)
		}
		u.mu.Lock()
		u.requests = append(u.requests, seen{uri: r.RequestURI, query: r.URL.Query(), path: r.URL.EscapedPath(), op: &op})
		gate := u.gate
		u.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-r.Context().Done():
				u.abandoned.Add(1)
				return
			}
		}
		if op.answer == "binary" {
			w.Header().Set("Content-Type", op.media())
		} else {
			w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		}
		_, _ = w.Write(u.bodies[op.method])
	}))
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) complain(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.problems = append(u.problems, fmt.Sprintf(format, args...))
}

// take returns the requests since the last call.
func (u *upstream) take() []seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := u.requests
	u.requests = nil
	return out
}

// route finds the operation of an escaped path; literal segments win.
func route(ops []operation, path string) (operation, bool) {
	path = strings.TrimPrefix(path, "/v2")
	got := strings.Split(path, "/")
	best, literal := operation{}, -1
	for _, op := range ops {
		want := strings.Split(op.path, "/")
		if len(want) != len(got) {
			continue
		}
		n := 0
		for i := range want {
			switch {
			case want[i] == got[i]:
				n++
			case strings.HasPrefix(want[i], "{") && got[i] != "":
			default:
				n = -1 << 20
			}
		}
		if n > literal {
			best, literal = op, n
		}
	}
	return best, literal >= 0
}

// made is a body for an operation: every field of the schema, values that are
// hard to carry, and fields that no document knows.
func made(op operation) []byte {
	switch op.sort {
	case "document":
		return []byte("%PDF-1.7 not really a fax \xff\xfe")
	case "sound":
		return []byte("ID3\x04\x00 not really music \xff\xfe")
	}
	h := fnv.New64a()
	h.Write([]byte(op.method))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	var b strings.Builder
	value(&b, r, op.op.Responses.Value("200").Value.Content.Get("application/json").Schema)
	return []byte(b.String())
}

var awkward = []string{
	`"plain"`, `"with \"quotes\" and \\ and \/"`, `"line\nbreak\ttab"`, `"\u2028\u2029"`, `"<b>&amp;</b>"`,
	"\"line\u2028ends\u2029of\u0085readers\"", `"half \ud83d of a character"`, `"\ud83d\ude00 😀"`, `"7081466125443483485"`, `""`, `"\u0000\u001f"`, `"+15550100"`, `"said \u200eby somebody"`,
}

// safe writes what is awkward in the form that is safe for every reader.
var safe = strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`, "\u0085", `\u0085`, `half \ud83d of`, "half \ufffd of")

// cleaned is what a model sees of what is awkward: nothing that people do not.
var cleaned = strings.NewReplacer(`\u0000\u001f`, "", "\u0085", "", `\u200e`, "")

func value(b *strings.Builder, r *rand.Rand, ref *openapi3.SchemaRef) {
	s := ref.Value
	fields := map[string]*openapi3.SchemaRef{}
	collect(ref, fields)
	switch {
	case len(fields) > 0:
		b.WriteString("{")
		names := make([]string, 0, len(fields))
		for name := range fields {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(b, "%q: ", name)
			value(b, r, fields[name])
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "\"not_in_any_document\": {\"n\": %d00000000000000000001, \"f\": 1.10, \"e\": 1E+40} }", 1+r.IntN(8))
	case s.Type.Is("array"):
		b.WriteString("[")
		for i := range 2 {
			if i > 0 {
				b.WriteString(",\n")
			}
			value(b, r, s.Items)
		}
		b.WriteString("]")
	case s.Type.Is("integer"):
		fmt.Fprint(b, r.Int64())
	case s.Type.Is("number"):
		b.WriteString("4.10")
	case s.Type.Is("boolean"):
		fmt.Fprint(b, r.IntN(2) == 0)
	case len(s.Enum) > 0 && r.IntN(4) > 0:
		text, _ := json.Marshal(s.Enum[r.IntN(len(s.Enum))]) // enums are scalars
		b.Write(text)
	case s.Type.Is("object"):
		b.WriteString("{}")
	default:
		b.WriteString(awkward[r.IntN(len(awkward))])
	}
}

func collect(ref *openapi3.SchemaRef, into map[string]*openapi3.SchemaRef) {
	for name, f := range ref.Value.Properties {
		into[name] = f
	}
	for _, part := range slices.Concat(ref.Value.AllOf, ref.Value.OneOf) {
		collect(part, into)
	}
}
