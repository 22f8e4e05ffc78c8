package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/hermetic"
)

// process is the program with raw pipes.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan map[string]any
	ended chan error
}

const hello = `{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`

func start(t *testing.T, u *upstream) *process {
	t.Helper()
	p := &process{cmd: program(t, environment(u), "stdio"), lines: make(chan map[string]any, 4096), ended: make(chan error, 1)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		scanner := bufio.NewScanner(out)
		scanner.Buffer(nil, 64<<20)
		for scanner.Scan() {
			if text := scanner.Bytes(); len(text) > 0 && text[0] == '[' {
				p.lines <- map[string]any{"id": "batch", "jsonrpc": "2.0", "text": string(text)}
				continue
			}
			var line map[string]any
			if err := json.Unmarshal(scanner.Bytes(), &line); err != nil || line["jsonrpc"] != "2.0" {
				t.Errorf("not JSON-RPC on standard output: %.200s", scanner.Bytes())
				continue
			}
			p.lines <- line
		}
		close(p.lines)
		p.ended <- p.cmd.Wait()
	}()
	p.send(t, hello)
	p.await(t, "hello")
	return p
}

func (p *process) send(t *testing.T, lines ...string) {
	t.Helper()
	if _, err := io.WriteString(p.in, strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
}

// await returns the answer with an id, and drops what comes before it.
func (p *process) await(t *testing.T, id any) map[string]any {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("the program ended before it answered %v", id)
			}
			if fmt.Sprint(line["id"]) == fmt.Sprint(id) {
				return line
			}
		case <-deadline:
			t.Fatalf("no answer to %v", id)
		}
	}
}

func toolCall(id any, method, params string) string {
	text, _ := json.Marshal(id) // ids here are numbers and strings
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"call_zoom-phone","arguments":{"method":%q,"params":%s}}}`, text, method, params)
}

func TestSixtyFourCallsReachZoomAtOnceAndAPingOvertakesThem(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	u.gate = make(chan struct{})
	p := start(t, u)
	for i := range 64 {
		p.send(t, toolCall(i, "list_phone_users", `{}`))
	}
	deadline := time.Now().Add(20 * time.Second)
	for reached := 0; reached < 64; reached += len(u.take()) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls arrived", reached)
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.send(t, `{"jsonrpc":"2.0","id":"ping","method":"ping"}`)
	p.await(t, "ping") // while the gate is shut
	close(u.gate)
	answered := map[string]bool{}
	for len(answered) < 64 {
		line := <-p.lines
		if line == nil || line["result"] == nil {
			t.Fatalf("%v", line)
		}
		answered[fmt.Sprint(line["id"])] = true
	}
	if n := u.tokens.Load(); n != 1 {
		t.Errorf("%d tokens for calls that all came first", n)
	}
}

func TestCanceledCallStopsItsRequestAndIsNotAnswered(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	u.gate = make(chan struct{})
	p := start(t, u)
	p.send(t, toolCall(7, "list_phone_users", `{}`))
	for len(u.take()) == 0 {
		time.Sleep(time.Millisecond)
	}
	p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`)
	for deadline := time.Now().Add(10 * time.Second); u.abandoned.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the request goes on")
		}
	}
	_ = p.in.Close()
	for line := range p.lines {
		if fmt.Sprint(line["id"]) == "7" {
			t.Errorf("answered: %v", line)
		}
	}
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
}

func TestCallsUnderWayAreAnsweredWhenTheInputEnds(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	u.gate = make(chan struct{})
	p := start(t, u)
	for i := range 8 {
		p.send(t, toolCall(i, "phone_setting", `{}`))
	}
	_ = p.in.Close()
	time.AfterFunc(100*time.Millisecond, func() { close(u.gate) })
	answers := 0
	for line := range p.lines {
		if line["result"] != nil {
			answers++
		}
	}
	if err := <-p.ended; err != nil || answers != 8 {
		t.Errorf("%d answers, %v", answers, err)
	}
}

func TestBadInputIsAnsweredSendsNothingAndLeavesTheServerWell(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	p := start(t, u)
	for _, c := range []struct{ what, line, id, says string }{
		{"not JSON", `{"jsonrpc":`, "<nil>", "-32700"},
		{"a line over the bound", `"` + strings.Repeat("x", 5<<20) + `"`, "<nil>", "4194304"},
		{"an unknown tool", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"list_phone_users","arguments":{}}}`, "a", "call_zoom-phone"},
		{"an unknown method", toolCall("b", "list_users", `{}`), "b", "list_phone_users"},
		{"a wrong type", toolCall("c", "list_phone_users", `{"page_size":{}}`), "c", "whole number"},
		{"a missing parameter", toolCall("d", "phone_user", `{}`), "d", "userId: required"},
		{"a date that is none", toolCall("e", "account_call_history", `{"from":"NOT-A-DATE"}`), "e", "is not a date"},
		{"a climbing path", toolCall("f", "phone_user", `{"userId":"../../users"}`), "f", "cannot be an id"},
		{"a megabyte of parameters", toolCall("g", "list_phone_users", `{"keyword":"`+strings.Repeat("y", 1<<20)+`"}`), "g", "65536"},
		{"a batch of nonsense", `[1,"x",{}]`, "batch", "-32600"},
		{"a long id", toolCall(strings.Repeat("i", 100_000), "list_users", `{}`), strings.Repeat("i", 100_000), "unknown_method"},
	} {
		p.send(t, c.line)
		text, _ := json.Marshal(p.await(t, c.id)) // it was JSON a moment ago
		if got := string(text); !strings.Contains(got, c.says) {
			t.Errorf("%s: %.300s does not say %q", c.what, got, c.says)
		}
		if sent := u.take(); len(sent) != 0 {
			t.Errorf("%s: %d requests", c.what, len(sent))
		}
	}
	p.send(t, toolCall("good", "list_phone_users", `{}`))
	if p.await(t, "good")["result"] == nil || len(u.take()) != 1 {
		t.Error("the server is not well afterwards")
	}
}

func TestServerAnswersBeforeAnyNetworkTraffic(t *testing.T) {
	u := newUpstream(t, operations(t, loadSpec(t)))
	p := start(t, u)
	p.send(t, `{"jsonrpc":"2.0","id":"list","method":"tools/list"}`)
	text, _ := json.Marshal(p.await(t, "list")["result"]) // it was JSON a moment ago
	if len(text)/4 > 1500 {
		t.Errorf("the tool list costs %d tokens", len(text)/4)
	}
	if u.tokens.Load() != 0 || len(u.take()) != 0 {
		t.Error("the network was used")
	}
}

func TestTheEnvironmentOfOthersChangesNothing(t *testing.T) {
	hermetic.Check(t, "^(TestSixtyFourCallsReachZoomAtOnceAndAPingOvertakesThem|TestTextOfOutsidePartiesIsMarkedAndCleaned|TestLinksOfAServerAreBehindItsKeys)$")
}
