package mcptransport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// throughStdio returns the line that stdio answers a message with.
func throughStdio(t testing.TB, s *server.MCPServer, message string) []byte {
	t.Helper()
	var out strings.Builder
	if err := mcptransport.ServeStdio(t.Context(), s, strings.NewReader(message), &out, mcptransport.Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 1 || !strings.HasSuffix(out.String(), "\n") {
		t.Fatalf("not one line: %q", out.String())
	}
	return []byte(out.String())
}

// throughMarshal returns the answer as mcp-go's own transports would encode it.
func throughMarshal(t testing.TB, s *server.MCPServer, message string) []byte {
	t.Helper()
	b, err := json.Marshal(s.HandleMessage(t.Context(), json.RawMessage(message)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const modern = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}},"name":"call_zoom-phone","arguments":{"method":"m"}}}`

func TestStdioEncodesWhatMarshalWould(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	binary := make([]byte, 300_001)
	for i := range binary {
		binary[i] = byte(random.Uint32())
	}
	quoted, _ := json.Marshal(string(binary))
	ascii := make([]byte, 256)
	for i := range ascii {
		ascii[i] = byte(i)
	}
	everyByte, _ := json.Marshal(string(ascii))
	file := func(mediaType string, data []byte) *gateway.Answer {
		return &gateway.Answer{File: &gateway.File{Name: "f\xff", MediaType: mediaType, Data: data, Bytes: int64(len(data)), SHA256: "ab"}}
	}
	answers := map[string]*gateway.Answer{
		"object":          {JSON: json.RawMessage(`{"a":"b"}`)},
		"array":           {JSON: json.RawMessage(`[1,"\u0000"]`), Array: true},
		"every byte":      {JSON: everyByte},
		"long text":       {JSON: json.RawMessage(`{"a":` + string(quoted) + `}`)},
		"long characters": {JSON: json.RawMessage(`{"a":"` + strings.Repeat("ż😀\\n", 50_000) + `"}`)},
		"invalid UTF-8":   {JSON: json.RawMessage("{\"a\":\"\xf0\x9f\x98 \xc3\"}")},
		"audio":           file("audio/mpeg", binary),
		"image":           file("image/tiff\xff", binary[:100]),
		"text":            file("text/plain", binary),
		"blob":            file("application/pdf", binary[:3]),
		"failure":         nil,
	}
	for name, answer := range answers {
		for _, message := range []string{mcptest.Call("1"), modern} {
			t.Run(name, func(t *testing.T) {
				s := newServer(mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
					if answer == nil {
						return nil, apierror.New(apierror.ZoomError, "a\x00b\xff<>&\u2028")
					}
					return answer, nil
				}})
				mcptest.AssertSameJSON(t, throughStdio(t, s, message), throughMarshal(t, s, message))
			})
		}
	}
}

func FuzzStdioEncodesWhatMarshalWould(f *testing.F) {
	f.Add([]byte("plain"), uint8(0))
	f.Add([]byte("\"\\\n\r\t\b\f\x00\x1f\x7f<>&"), uint8(1))
	f.Add([]byte("\xff\xc3\x28\xe2\x80\xa8\xed\xa0\x80"), uint8(2))
	f.Add([]byte("1E1110"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		var answer *gateway.Answer
		var failure error
		switch text, _ := json.Marshal(string(data)); kind % 5 {
		case 0:
			answer = &gateway.Answer{JSON: fmt.Appendf(nil, `{"a":%s}`, text)}
		case 1:
			// As it is, where it happens to be JSON.
			answer = &gateway.Answer{JSON: data}
			if !json.Valid(data) {
				answer.JSON = text
			}
		case 2:
			answer = &gateway.Answer{File: &gateway.File{Name: string(data), MediaType: "text/plain", Data: data}}
		case 3:
			answer = &gateway.Answer{File: &gateway.File{MediaType: string(data), SHA256: string(data), Data: data}}
		case 4:
			failure = &apierror.Error{Kind: apierror.ZoomError, Message: string(data), Hint: string(data)}
		}
		s := newServer(mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			return answer, failure
		}})
		for _, message := range []string{mcptest.Call("1"), modern} {
			mcptest.AssertSameJSON(t, throughStdio(t, s, message), throughMarshal(t, s, message))
		}
	})
}

// FuzzStdioLine sends one line of anything: the server answers with lines of
// JSON-RPC, if at all, and still serves the next request.
func FuzzStdioLine(f *testing.F) {
	for _, c := range badLines {
		if len(c.line) < 1<<11 { // the fuzzer is slow with long ones
			f.Add([]byte(c.line))
		}
	}
	f.Add([]byte(mcptest.Call("1")))
	f.Add([]byte("[" + mcptest.Ping("1") + "," + mcptest.Cancelled("1") + "]"))
	f.Add([]byte(mcptest.Tool("1", "call_zoom-phone", "{\"method\":\"l\x7f\xff\"}")))
	f.Fuzz(func(t *testing.T, line []byte) {
		s := newServer(mcptest.Gateway{})
		var out strings.Builder
		in := io.MultiReader(strings.NewReader(string(line)), strings.NewReader("\n"+mcptest.Ping(`"last"`)+"\n"))
		if err := mcptransport.ServeStdio(t.Context(), s, in, &out, mcptransport.Options{MaxMessage: 1 << 12}); err != nil {
			t.Fatal(err)
		}
		served := false
		for line := range strings.Lines(out.String()) {
			var batch []json.RawMessage
			if json.Unmarshal([]byte(line), &batch) != nil {
				batch = []json.RawMessage{json.RawMessage(line)}
			}
			for _, member := range batch {
				r := mcptest.Parse(t, string(member))
				served = served || string(r.ID) == `"last"`
			}
		}
		if !served {
			t.Fatalf("the request behind the line was not served: %q", out.String())
		}
	})
}

func body(size int) json.RawMessage {
	record := `{"id":"20260115-1f0c2a34-77aa-4c1e-9d02-%012d","call_id":"7381640500%09d","direction":"inbound","caller_name":"Front Desk","caller_did_number":"+14085550100","callee_ext_number":"%d","start_time":"2026-01-15T09:30:00Z","duration":125,"recording_status":"recorded","call_elements":[{"node":1,"event":"incoming","result":"answered"}]}`
	var b strings.Builder
	b.WriteString(`{"next_page_token":"","call_history":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, record, i, i, 100+i)
	}
	b.WriteString("]}")
	return json.RawMessage(b.String())
}

// BenchmarkStdioAnswer is one call after the other, answered with a body of the
// size given: "stdio" is all of it, "handle" is only mcp-go's dispatch up to the
// result, and "marshal" is what mcp-go's encoder takes for the same result.
func BenchmarkStdioAnswer(b *testing.B) {
	for _, size := range []int{1 << 10, 41 << 10, 408 << 10} {
		doc := body(size)
		s := newServer(mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			return &gateway.Answer{JSON: doc}, nil
		}})
		b.Run(fmt.Sprintf("stdio/%dKB", size>>10), func(b *testing.B) {
			inRead, inWrite := io.Pipe()
			out := &lineCounter{lines: make(chan struct{}, 1)}
			done := make(chan error, 1)
			go func() { done <- mcptransport.ServeStdio(b.Context(), s, inRead, out, mcptransport.Options{}) }()
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			message := []byte(mcptest.Call("1") + "\n")
			for b.Loop() {
				if _, err := inWrite.Write(message); err != nil {
					b.Fatal(err)
				}
				<-out.lines
			}
			inWrite.Close()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("handle/%dKB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				s.HandleMessage(b.Context(), json.RawMessage(mcptest.Call("1")))
			}
		})
		b.Run(fmt.Sprintf("marshal/%dKB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			response := s.HandleMessage(b.Context(), json.RawMessage(mcptest.Call("1")))
			for b.Loop() {
				if _, err := json.Marshal(response); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// lineCounter takes output and tells of every line that has ended.
type lineCounter struct{ lines chan struct{} }

func (l *lineCounter) Write(p []byte) (int, error) {
	if len(p) > 0 && p[len(p)-1] == '\n' {
		l.lines <- struct{}{}
	}
	return len(p), nil
}

// A long answer must not cost memory beyond the gateway's own bytes.
func TestLongAnswersAreNotCopied(t *testing.T) {
	doc := body(408 << 10)
	s := newServer(mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
		return &gateway.Answer{JSON: doc}, nil
	}})
	r := testing.Benchmark(func(b *testing.B) {
		inRead, inWrite := io.Pipe()
		out := &lineCounter{lines: make(chan struct{}, 1)}
		go func() { _ = mcptransport.ServeStdio(t.Context(), s, inRead, out, mcptransport.Options{}) }()
		defer inWrite.Close()
		b.ReportAllocs()
		for b.Loop() {
			_, _ = io.WriteString(inWrite, mcptest.Call("1")+"\n")
			<-out.lines
		}
	})
	if got := r.AllocedBytesPerOp(); got > 32<<10 {
		t.Errorf("an answer of %d bytes allocates %d bytes", len(doc), got)
	}
}

func TestTextArrivesWhereverItsSpecialCharactersStand(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	signs := []string{`"`, `\`, "\n", "\r", "\t", "\x00", "\x1f", " ", "\x7f", "a", "b", "ż", "😀", "!", "#", "[", "]"}
	lengths := []int{8 << 10, 8<<10 + 1, 3 * 8 << 10}
	for n := range 200 {
		lengths = append(lengths, n/4)
	}
	for _, n := range lengths {
		var b strings.Builder
		for b.Len() <= n {
			// Specials stand alone and in crowds.
			b.WriteString(strings.Repeat(signs[random.IntN(len(signs))], 1+random.IntN(9)))
		}
		want := b.String()
		s := newServer(mcptest.Gateway{OnCall: func(context.Context, gateway.CallRequest) (*gateway.Answer, error) {
			return &gateway.Answer{Text: want}, nil
		}})
		var got struct {
			Result struct{ Content []struct{ Text string } }
		}
		line := throughStdio(t, s, mcptest.Tool("1", "call_zoom-phone", `{"method":"m"}`))
		if err := json.Unmarshal(line, &got); err != nil || got.Result.Content[0].Text != want {
			t.Fatalf("%v: %q became %q", err, want, line)
		}
	}
}
