package mcpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
)

var (
	truthForms   = []string{`true`, `"true"`, `"True"`, `" true "`, `1`, `1.0`, `"1.0"`}
	numberForms  = []string{`200`, `200.0`, `2e2`, `"200"`, `" 200 "`, `"200.0"`}
	textForms    = []string{`"x"`, `" x "`}
	fixedForms   = append([]string{`"X"`, `" X "`}, textForms...)
	nothingForms = []string{`null`, `""`, `" "`}
)

// callForms are the arguments of call_zoom-phone, the forms of a value for each,
// and what the gateway is asked then.
var callForms = []struct {
	name  string
	forms []string
	want  gateway.CallRequest
}{
	{"all_pages", truthForms, gateway.CallRequest{AllPages: true}},
	{"partial", truthForms, gateway.CallRequest{Partial: true}},
	{"inline", truthForms, gateway.CallRequest{Inline: true}},
	{"max_records", numberForms, gateway.CallRequest{MaxRecords: 200}},
	{"cursor", textForms, gateway.CallRequest{Cursor: "x"}},
	{"select", textForms, gateway.CallRequest{Select: "x"}},
	{"sql", textForms, gateway.CallRequest{SQL: "x"}},
	{"format", fixedForms, gateway.CallRequest{Format: "x"}},
	{"as", fixedForms, gateway.CallRequest{As: "x"}},
	{"time_zone", textForms, gateway.CallRequest{TimeZone: "x"}},
	{"select", []string{`"[]"`}, gateway.CallRequest{Select: "[]"}},
	{"select", []string{`"{}"`}, gateway.CallRequest{Select: "{}"}},
	{"sql", []string{`"null"`}, gateway.CallRequest{SQL: "null"}},
}

func TestArgumentsOfACallComeInEveryForm(t *testing.T) {
	var asked []gateway.CallRequest
	c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		r.Progress = nil
		asked = append(asked, r)
		return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
	}}, mcpserver.Options{})
	same := func(arguments string, want gateway.CallRequest) {
		t.Helper()
		want.Method = "m"
		asText := strconv.Quote(arguments)
		for _, form := range []string{arguments, asText} {
			asked = nil
			if got := c.Ask(mcptest.Tool("1", "call_zoom-phone", form)); got.Error != nil || got.Result.IsError || len(asked) != 1 || !reflect.DeepEqual(asked[0], want) {
				t.Errorf("%s: %+v %+v, asked %+v, want %+v", form, got.Error, got.Result, asked, want)
			}
		}
	}
	for _, beside := range []string{
		`"foo":null`, `"foo":""`, `"_meta":[]`, `"_meta":{"progressToken":1}`, `"params":null`, `"service":"zoom-phone"`, `"service":" ZOOM-PHONE "`, `"full":null`, `"service":null`,
	} {
		same(`{"method":"m",`+beside+`}`, gateway.CallRequest{})
	}
	names := map[string]bool{}
	for _, a := range callForms {
		names[a.name] = true
		for _, form := range a.forms {
			same(fmt.Sprintf(`{"method":"m",%q:%s}`, a.name, form), a.want)
			same(fmt.Sprintf(`{%q:null,"method":" m ",%q:%s}`, a.name, a.name, form), a.want)
		}
		for _, form := range nothingForms {
			same(fmt.Sprintf(`{"method":"m",%q:%s}`, a.name, form), gateway.CallRequest{})
		}
	}
	for _, name := range gateway.ArgumentNames() {
		if !names[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}

func TestArgumentsOfADescriptionComeInEveryForm(t *testing.T) {
	var asked []gateway.DescribeRequest
	c := connect(t, mcptest.Gateway{OnDescribe: func(_ context.Context, r gateway.DescribeRequest) (json.RawMessage, error) {
		asked = append(asked, r)
		return json.RawMessage("{}"), nil
	}}, mcpserver.Options{})
	for arguments, want := range map[string]gateway.DescribeRequest{
		`{"method":" m ","full":" True "}`:                                        {Method: "m", Full: true},
		`{"method":"m","columns":"TRUE","service":" zoom-phone "}`:                {Method: "m", Columns: true, Service: "zoom-phone"},
		`{"method":"m","full":false,"columns":null,"service":""}`:                 {Method: "m"},
		`"{\"method\":\"m\",\"full\":\"false\"}"`:                                 {Method: "m"},
		`"\"{\\\"method\\\":\\\"m\\\",\\\"full\\\":true}\""`:                      {Method: "m", Full: true},
		`{"method":"m","_meta":[],"foo":null,"bar":""}`:                           {Method: "m"},
		`{"method":null,"method":"m"}`:                                            {Method: "m"},
		`{"method":"m","full":"false","columns":"False","service":"zoom-phone" }`: {Method: "m", Service: "zoom-phone"},
	} {
		asked = nil
		if got := c.Ask(mcptest.Tool("1", "describe_method", arguments)); got.Result == nil || got.Result.IsError || len(asked) != 1 || asked[0] != want {
			t.Errorf("%s: %+v, asked %+v, want %+v", arguments, got, asked, want)
		}
	}
}

// What a client puts beside the parameters of a tool of its own is not among them.
func TestArgumentsOfAToolOfAMethodAreItsParameters(t *testing.T) {
	var asked json.RawMessage
	c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
		asked = r.Params
		return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
	}}, mcpserver.Options{Direct: []gateway.Tool{{Name: "m", Input: json.RawMessage(`{"type":"object"}`)}}})
	for arguments, want := range map[string]string{
		`{"a":1}`: `{"a":1}`, `{"a":1,"_meta":[]}`: `{"a":1}`, `{"_meta":{"progressToken":1},"a":1}`: `{"a":1}`, `{"_meta":null}`: `{}`, `"{\"_meta\":[],\"a\":1}"`: `{"a":1}`, `[1]`: `[1]`,
	} {
		if got := c.Ask(mcptest.Tool("1", "m", arguments)); got.Error != nil || got.Result.IsError || string(asked) != want {
			t.Errorf("%s: %+v, asked %s, want %s", arguments, got, asked, want)
		}
	}
}

// A token for progress comes back with every digit.
func TestProgressTokensComeBackAsTheyWere(t *testing.T) {
	for _, token := range []string{`9007199254740993`, `1.50`, `"a\u0062"`} {
		c := connect(t, mcptest.Gateway{OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
			r.Progress(gateway.Progress{Pages: 1, Records: 2})
			return &gateway.Answer{JSON: json.RawMessage("{}")}, nil
		}}, mcpserver.Options{})
		c.Ask(mcptest.Initialize)
		c.Send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":` + token + `},"name":"call_zoom-phone","arguments":{"method":"m"}}}`)
		if line := c.Line(); !strings.Contains(line, `"progressToken":`+token) {
			t.Errorf("%s came back as %s", token, line)
		}
	}
}
