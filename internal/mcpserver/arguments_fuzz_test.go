package mcpserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcpserver"
	"zoom-phone-mcp/internal/mcptest"
	"zoom-phone-mcp/internal/mcptransport"
)

// FuzzArguments holds that the gateway is asked exactly what a tool's arguments
// say, or not at all: then the model is told what was wrong, in a bounded text
// with, if anything, an example that is JSON.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{
		`{"method":"list_phone_users","params":{"page_size":70814661254434834850}}`, `{"method":" list_phone_users ","all_pages":"true","max_records":"100"}`,
		`{"method":7,"parms":{"a":1}}`, `{"method":"m","page_size":30,"params":"{\"keyword\":\"x\"}"}`, `{"method":"m","service":"zoom-phone","full":true}`, `[]`, `null`, `{}`,
		`{"method":"m","params":[1]}`, `{"method":"m","sql":"SELECT 1","select":null,"format":"csv","as":"vtt","inline":"true","time_zone":"Europe/Berlin","cursor":"c1."}`, `{"method":"m","max_records":1e3}`,
		`{"method":"m","max_records":"-5"}`, `{"service":"zoom-phone","method":"m","columns":"false"}`, `{"method":"m\u0000\u202e","x\u001b":1}`, `{"method":"a","method":"b"}`, `{"method":"\ud800","params":{"a":"\ud800"}}`,
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, arguments string, isCall bool) {
		if !json.Valid([]byte(arguments)) || strings.ContainsAny(arguments, "\r\n") || len(arguments) > 1<<14 {
			return // FuzzStdioLine has those
		}
		var called []gateway.CallRequest
		var described []gateway.DescribeRequest
		s := mcpserver.New(mcptest.Gateway{
			OnCall: func(_ context.Context, r gateway.CallRequest) (*gateway.Answer, error) {
				called = append(called, r)
				return &gateway.Answer{JSON: json.RawMessage(`{"ok":1}`)}, nil
			},
			OnDescribe: func(_ context.Context, r gateway.DescribeRequest) (json.RawMessage, error) {
				described = append(described, r)
				return json.RawMessage(`{"ok":1}`), nil
			},
		}, mcpserver.Options{})
		name := "describe_method"
		if isCall {
			name = "call_zoom-phone"
		}
		var out bytes.Buffer
		if err := mcptransport.ServeStdio(t.Context(), s, strings.NewReader(mcptest.Tool("1", name, arguments)), &out, mcptransport.Options{}); err != nil {
			t.Fatal(err)
		}
		answer := mcptest.Parse(t, out.String())
		if answer.Result == nil || len(answer.Result.Content) == 0 {
			t.Fatalf("%s: %s", arguments, out.String())
		}
		if answer.Result.IsError {
			text := answer.Result.Content[0].Text
			if len(called)+len(described) > 0 || !strings.HasPrefix(text, string(apierror.InvalidParams)) || len(text) > 8<<10+8*len(arguments) {
				t.Errorf("%s: asked %d times, %s", arguments, len(called)+len(described), text)
			}
			if _, example, ok := strings.Cut(text, "\nExample: "); ok {
				if example, _, _ = strings.Cut(example, "\n"); !json.Valid([]byte(example)) {
					t.Errorf("%s: the example %s", arguments, example)
				}
			}
			return
		}
		given := map[string]json.RawMessage{}
		asText := strings.TrimSpace(arguments)
		for len(asText) > 0 && asText[0] == '"' {
			if err := json.Unmarshal([]byte(asText), &asText); err != nil {
				t.Fatal(err)
			}
			asText = strings.TrimSpace(asText)
		}
		if asText != "" && json.Unmarshal([]byte(asText), &given) != nil {
			t.Fatalf("%s is an answer: %s", arguments, out.String())
		}
		text := func(name string) string {
			var v any
			_ = json.Unmarshal(given[name], &v) // else it is absent
			switch v := v.(type) {
			case string:
				return strings.TrimSpace(v)
			case float64:
				if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
					return strconv.FormatFloat(v, 'f', -1, 64)
				}
				return string(given[name])
			}
			return ""
		}
		flag := func(name string) bool {
			s := strings.ToLower(strings.Trim(string(given[name]), "\" \t"))
			return s == "true" || s == "1"
		}
		known := []string{"service", "method", "full", "columns"}
		if isCall {
			known = []string{"method", "params", "all_pages", "max_records", "cursor", "select", "sql", "format", "as", "inline", "time_zone"}
		}
		for name := range given {
			if !slices.Contains(known, name) {
				t.Errorf("%s: %q was taken", arguments, name)
			}
		}
		if !isCall {
			want := gateway.DescribeRequest{Service: text("service"), Method: text("method"), Full: flag("full"), Columns: flag("columns")}
			if len(called) != 0 || len(described) != 1 || described[0] != want || want.Method == "" {
				t.Errorf("%s: %+v, want %+v", arguments, described, want)
			}
			return
		}
		if len(called) != 1 || len(described) != 0 {
			t.Fatalf("%s: asked %+v, %+v", arguments, called, described)
		}
		got := called[0]
		got.Progress = nil
		most := 0
		if s := text("max_records"); s != "" {
			f, err := strconv.ParseFloat(s, 64)
			if err != nil || f != math.Trunc(f) {
				t.Fatalf("%s: max_records is %d", arguments, got.MaxRecords)
			}
			most = int(max(min(f, math.MaxInt32), math.MinInt32))
		}
		want := gateway.CallRequest{
			Method: text("method"), Params: given["params"], AllPages: flag("all_pages"), MaxRecords: most, Cursor: text("cursor"),
			Select: text("select"), SQL: text("sql"), Format: text("format"), As: text("as"), Inline: flag("inline"), TimeZone: text("time_zone"),
		}
		if !reflect.DeepEqual(got, want) || want.Method == "" {
			t.Errorf("%s: %+v, want %+v", arguments, got, want)
		}
	})
}
