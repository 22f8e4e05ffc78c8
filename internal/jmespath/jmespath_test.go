package jmespath_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmespath-community/go-jmespath/pkg/functions"
	"github.com/jmespath-community/go-jmespath/pkg/interpreter"
	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jmespath"
	"zoom-phone-mcp/internal/jsontest"
)

const selectBody = `{"from":"2026-09-01","call_history":[` +
	`{"id":7081466125443483485001,"n":1.10,"caller_name":"A","z":null,"site":{"b":1,"a":2},"charge":"0.50"},` +
	`{"id":2,"n":3,"caller_name":"B","charge":"1.25","tags":["x","y"]}],"s":"x\u0041é","e":[],"o":{},"deep":[[1,[2]],[3]]}`

func choose(t testing.TB, expr, body string) (string, error) {
	t.Helper()
	s, err := jmespath.Compile(expr)
	if err != nil {
		return "", err
	}
	out, err := s.Select(context.Background(), []byte(body))
	if err == nil && !json.Valid(out) {
		t.Fatalf("%s: not JSON: %s", expr, out)
	}
	return string(out), err
}

func TestSelect(t *testing.T) {
	for expr, want := range map[string]string{
		// The common use: fields, in the order in which they are asked for.
		"call_history[].{z: id, a: caller_name, s: site}": `[{"z":7081466125443483485001,"a":"A","s":{"b":1,"a":2}},{"z":2,"a":"B","s":null}]`,
		"call_history[*].[caller_name, n]":                `[["A",1.10],["B",3]]`,
		"from":                                            `"2026-09-01"`,
		"s":                                               `"x\u0041é"`,
		"call_history[0].site":                            `{"b":1,"a":2}`,
		"call_history[-1].id":                             `2`,
		"call_history[5]":                                 `null`,
		"nosuch[].x":                                      `null`,
		"call_history[].z":                                `[]`,
		"call_history[?n > `1.5`].id":                     `[2]`,
		"call_history[?n == `1.1`].n":                     `[1.10]`,
		"call_history[?caller_name == 'B'] | [0].tags[1]":   `"y"`,
		"call_history[?caller_name != 'B' && site].id":      `[7081466125443483485001]`,
		"call_history[?!tags].caller_name":                  `["A"]`,
		"call_history[::-1].caller_name":                    `["B","A"]`,
		"deep[]":                                            `[1,[2],3]`,
		"deep[][]":                                          `[1,2,3]`,
		"call_history[].site.*":                             `[[1,2]]`,
		"*.b":                                               `[]`,
		"o.* ":                                              `[]`,
		"@.e || o || 'none'":                                `"none"`,
		"{n: length(call_history), k: keys(@)}":             `{"n":2,"k":["from","call_history","s","e","o","deep"]}`,
		"contains(call_history[].caller_name, 'A')":         `true`,
		"contains(from, '-09-')":                            `true`,
		"[starts_with(from, '2026'), ends_with(from, 'x')]": `[true,false]`,
		"length(s)":                                         `3`,
		"not_null(nosuch, from)":                            `"2026-09-01"`,
		"[type(n), type(@), type(e), type(from), type(`true`)]":                  `["null","object","array","string","boolean"]`,
		"[to_number('12'), to_number('x'), to_number('7081466125443483485001')]": `[12,null,7081466125443483485001]`,
		"call_history[0] == call_history[0]":                                     `true`,
		"`{\"a\":1,\"b\":2}` == `{\"b\":2,\"a\":1}`":                             `true`,
		"call_history[?id == `2`].n":                                             `[3]`,
		"\"from\"":                                                               `"2026-09-01"`,
	} {
		got, err := choose(t, expr, selectBody)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", expr, got, err, want)
		}
	}
}

func TestLongIntegersAreComparedExactly(t *testing.T) {
	body := `{"a":7081466125443483485,"b":7081466125443483486,"c":7081466125443483485,"d":-7081466125443483485,"e":-7081466125443483486,"l":[9007199254740993,9007199254740992]}`
	for expr, want := range map[string]string{
		"[a == b, a == c, a < b, a <= c, b > a, d > e, d == e]": `[false,true,true,true,true,true,false]`,
		"[l[0] > l[1], l[0] == l[1]]":                           `[true,false]`,
	} {
		if got, err := choose(t, expr, body); err != nil || got != want {
			t.Errorf("%s: %s, %v", expr, got, err)
		}
	}
}

func TestWrongExpressionIsRefusedWithItsPlace(t *testing.T) {
	for expr, texts := range map[string][]string{
		"":                               {"empty"},
		"call_history[":                  {"at the end"},
		"call_history[].{a caller_name}": {"expected :", "at character 19: caller_name}"},
		"call_history[].":                {"at the end"},
		"a b":                            {"at character 3: b"},
		"é.#":                            {"at character"},
		"lenght(a)":                      {"no function lenght", "at character 1", "nearest: length"},
		"a.b | nosuch(@)":                {"at character 7"},
		"length()":                       {"takes 1 arguments and got 0"},
		"contains(a)":                    {"takes 2 arguments and got 1"},
		"not_null()":                     {"1 argument or more"},
		"a[].[$.from, b]":                {"there is no $", "at character 6", "{from: from, calls: calls[].{…}}"},
		"{a: b, c: d, a: e}":             {"two fields named a"},
		"a[::0]":                         {"step"},
		"[?id == `7081466125443483485`]": {"ids are texts"},
		"`{`":                            {"a literal in `…`, or a name in quotes, is not JSON"},
		"a[99999999999999999999]":        {"the number 99999999999999999999 is out of range"},
		"`1e999`":                        {"the literal 1e999 is out of range"},
		"'x":                             {"unclosed"},
		"a[?b":                           {"at the end"},
		strings.Repeat("a", 5000):        {"longer than 4000"},
		strings.Repeat("!", 3999) + "a":  {"too many parts"},
		"a\xff":                          {"UTF-8"},
	} {
		_, err := jmespath.Compile(expr)
		jsontest.WantError(t, err, apierror.InvalidParams, append(texts, "calls[].{from: caller_name")...)
	}
}

func TestOrderAndSums(t *testing.T) {
	const body = `{"calls":[{"id":3,"at":"2026-10-02","n":2.5},{"id":1,"at":"2026-10-03","n":10},{"id":2,"at":"2026-10-01","n":-1}],"none":[],"mixed":[1,"a"],"words":["b","B","a"]}`
	for expr, want := range map[string]string{
		"sort_by(calls, &at)[].id":               "[2,3,1]",
		"sort_by(calls, &n)[].id":                "[2,3,1]",
		"reverse(sort_by(calls, &at))[0].id":     "1",
		"max_by(calls, &n).id":                   "1",
		"min_by(calls, &at).id":                  "2",
		"max(calls[].n)":                         "10",
		"min(words)":                             `"B"`,
		"sort(words)":                            `["B","a","b"]`,
		"sum(calls[].n)":                         "11.5",
		"avg(calls[].id)":                        "2",
		"[sum(none), avg(none), max(none)]":      "[0,null,null]",
		"sort_by(none, &at)[].id":                "[]",
		"sort_by(calls, &max_by([@], &n).id)[0]": `{"id":1,"at":"2026-10-03","n":10}`,
	} {
		if got, err := choose(t, expr, body); err != nil || got != want {
			t.Errorf("%s: got %s %v, want %s", expr, got, err, want)
		}
	}
	for expr, want := range map[string]string{
		"sort(mixed)": "all numbers or all texts", "sort_by(calls, &missing)": "is null: filter first", "sum(words)": "want numbers", "sort_by(calls, at)": "&start_time",
	} {
		if got, err := choose(t, expr, body); err == nil || !strings.Contains(err.Error()+apierror.From(err).Text(), want) {
			t.Errorf("%s: got %s %v, want %q", expr, got, err, want)
		}
	}
}

func TestWhatComputesIsRefusedWithTheSQLInstead(t *testing.T) {
	for expr, query := range map[string]string{
		"group_by(users, &status)":     "SELECT status, count(*) AS n FROM records GROUP BY status",
		"map(&name, users)":            "SELECT name FROM records",
		"join(', ', users[].name)":     "SELECT group_concat(name, ', ') FROM records",
		"users[].{n: upper(name)}":     "SELECT upper(name) FROM records",
		"users[?to_string(id) == '1']": "SELECT CAST(id AS TEXT) FROM records",
		"items(users[0])":              "SELECT key, value FROM records, json_each",
		"users[].{m: duration / `60`}": "SELECT duration + 1 FROM records",
		"-a":                           "SELECT a + 1 FROM records",
		"call-id":                      `double quotes: "a-b"`,
		"let $x = replace('aa','a','b') in length($x[::-1])": "WITH t AS",
		"$x":         "WITH t AS",
		"length(&a)": "ORDER BY a",
		"users[?contains(merge(@, {a: 'x'}), lower(name))].zip": "SELECT * FROM records",
	} {
		_, err := jmespath.Compile(expr)
		jsontest.WantError(t, err, apierror.InvalidParams, "select selects and reshapes, SQL computes", query)
		if !errors.Is(err, jmespath.ErrComputes) {
			t.Errorf("%s: %v is not ErrComputes", expr, err)
		}
	}
}

func TestWrongTypeIsSaid(t *testing.T) {
	for expr, texts := range map[string][]string{
		"length(`1`)":                      {"argument 1 of length", "number"},
		"starts_with(nosuch, 'a')":         {"argument 1 of starts_with", "a string and is null"},
		"keys(e)":                          {"an object", "array"},
		"from[:4]":                         {"slices are of lists", "substr("},
		"call_history[?charge > `0.6`]":    {"compare numbers", "string and number", "to_number(charge)"},
		"call_history[?caller_name<'B'].n": {"sql: SELECT * FROM records WHERE caller_name > '…'"},
	} {
		_, err := choose(t, expr, selectBody)
		jsontest.WantError(t, err, apierror.InvalidParams, texts...)
	}
}

func TestHostileExpressionsEndAndTakeLittleMemory(t *testing.T) {
	long := `"` + strings.Repeat("a", 1<<20) + `"`
	object := strings.Builder{}
	for i := range 1 << 20 {
		fmt.Fprintf(&object, `%c"k%d":%d`, ",{"[min(1, 1-min(1, i))], i, i)
	}
	object.WriteByte('}')
	for _, c := range []struct{ expr, body string }{
		{strings.Repeat("[@,@][]|", 100) + "@", `["a","b"]`},
		{strings.Repeat("[@,@]|", 100) + "@", `["a","b"]`},
		{strings.Repeat("[@,@]|", 100) + "@ == @", `["a","b"]`},
		{strings.Repeat("[@,@]|", 100) + "length(@)", `"a"`},
		{strings.Repeat("{a:@,b:@}|", 100) + "@", `{}`},
		{strings.Repeat("[@,@][]|", 18) + "[::-1]|[::-1]", `[1]`},
		{strings.Repeat("[*].[@,@,@,@]|", 20) + "@", `[1,2,3]`},
		{strings.Repeat("[@,@][?@]|", 40) + "@", `[1]`},
		{strings.Repeat("{a:@,b:@}.*|", 60) + "@", `[1]`},
		{strings.Repeat("[@,@]|", 300) + "@", long},
		{strings.Repeat("length(keys(@)) == `1` || ", 100) + "@.*", object.String()},
		{strings.Repeat("[@,@,@,@][]|", 7) + "[?contains(['x','y'], @)] | " + strings.Repeat("[?@][]|", 200) + "[0]", `["x","y"]`},
	} {
		name := c.expr[:min(len(c.expr), 40)]
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := choose(t, c.expr, c.body)
		runtime.ReadMemStats(&after)
		if err != nil && apierror.From(err).Kind != apierror.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
		// All that was ever made, most of which was garbage at once.
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 700 {
			t.Errorf("%s made %d MB, want at most 700", name, made)
		}
	}
	for _, expr := range []string{strings.Repeat("(", 1900) + "a" + strings.Repeat(")", 1900), strings.Repeat("a.", 900) + "a", strings.Repeat("!", 1500) + "a"} {
		if _, err := choose(t, expr, `{}`); err != nil {
			t.Errorf("%.10s: %v", expr, err)
		}
	}
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	if got, err := choose(t, "[@ == @, @]", deep); err != nil || got != "[true,"+deep+"]" {
		t.Errorf("%.40s, %v", got, err)
	}
}

func TestGivenUpSelectionEndsAtOnce(t *testing.T) {
	body := jsontest.CallBody(20_000)
	for _, expr := range []string{
		"length(call_history)", // one long list
		strings.Repeat("call_history[?!tags || contains(tags, 'x')][] || ", 40) + "call_history[].[@,@][].[@,@]",
		strings.Repeat("[@,@][]|", 100) + "@",
	} {
		s, err := jmespath.Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		start := time.Now()
		_, err = s.Select(ctx, body)
		took := time.Since(start)
		cancel()
		jsontest.WantError(t, err, apierror.Timeout)
		if took > time.Second { // 100 ms, but for a machine that has much to do
			t.Errorf("%.30s ended after %s, want 100 ms after its context at most", expr, took)
		}
	}
}

func TestSelectionCanBeStopped(t *testing.T) {
	s, err := jmespath.Compile("call_history[].[@,@,@][].[@,@,@][].call_id")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Select(ctx, jsontest.CallBody(2000))
	jsontest.WantError(t, err, apierror.Canceled)
	late, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	_, err = s.Select(late, jsontest.CallBody(2000))
	jsontest.WantError(t, err, apierror.Timeout)
}

// library evaluates an expression with the library's own interpreter.
func library(expr string, body []byte) (v any, err error, parsed bool) {
	defer func() {
		if recover() != nil {
			parsed = false
		}
	}()
	node, err := parsing.NewParser().Parse(expr)
	if err != nil {
		return nil, err, false
	}
	var data any
	if err := json.Unmarshal(body, &data); err != nil {
		return nil, err, false
	}
	v, err = interpreter.NewInterpreter(data, interpreter.NewFunctionCaller(functions.GetDefaultFunctions()...), nil).Execute(node, data)
	return v, err, true
}

// checkAgainstLibrary holds that our evaluation and the library's give the same,
// but for the order of members.
func checkAgainstLibrary(t *testing.T, expr string, body []byte) {
	t.Helper()
	s, err := jmespath.Compile(expr)
	if err != nil {
		return
	}
	out, err := s.Select(t.Context(), body)
	if err == nil && !json.Valid(out) {
		t.Fatalf("%s on %s: %s", expr, body, out)
	}
	want, wantErr, parsed := library(expr, body)
	if !parsed || err != nil && apierror.From(err).Kind != apierror.InvalidParams {
		return
	}
	if err != nil && wantErr == nil && strings.ContainsAny(expr, "[*<>") {
		return // the library takes errors before a projection, and texts that are compared, for null
	}
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("%s on %s: %s, %v; the library: %v, %v", expr, body, out, err, want, wantErr)
	}
	if err != nil {
		return
	}
	text, err := json.Marshal(want)
	if err != nil {
		return // infinite numbers, functions
	}
	var got, again any
	_ = json.Unmarshal(out, &got)
	_ = json.Unmarshal(text, &again)
	if !reflect.DeepEqual(got, again) {
		t.Fatalf("%s on %s: %s; the library: %s", expr, body, out, text)
	}
}

// randomExpression makes an expression that mostly parses. Nothing in it depends
// on the order of members, which the library does not keep.
func randomExpression(r *rand.Rand, depth int) string {
	name := []string{"a", "b", "id", "name", "call_history", "@"}[r.IntN(6)]
	if depth == 0 {
		return name
	}
	sub := func() string { return randomExpression(r, depth-1) }
	switch r.IntN(15) {
	case 0:
		return sub() + "[]"
	case 1:
		return sub() + "[*]." + []string{"a", "b", "id"}[r.IntN(3)]
	case 2:
		return sub() + " | " + sub()
	case 3:
		return "[" + sub() + ", " + sub() + "]"
	case 4:
		return "{a: " + sub() + ", b: " + sub() + "}"
	case 5:
		return name + "[?" + sub() + []string{" == ", " != ", " < ", " >= "}[r.IntN(4)] + sub() + "]"
	case 6:
		return sub() + " || " + sub()
	case 7:
		return sub() + " && !" + name
	case 8:
		return name + []string{"[0]", "[-1]", "[1:]", "[::-1]", "[:2:3]", "[-3:-1]", "[5::-2]"}[r.IntN(7)]
	case 9:
		return []string{"length", "type", "to_number", "not_null"}[r.IntN(4)] + "(" + sub() + ")"
	case 10:
		return "contains(" + sub() + ", " + sub() + ")"
	case 11:
		return "length(" + []string{"keys", "values"}[r.IntN(2)] + "(" + sub() + "))"
	case 12:
		return "(" + sub() + ")." + []string{"a", "b", "{a: @}", "[a, b]"}[r.IntN(4)]
	case 13:
		return []string{"ends_with", "starts_with"}[r.IntN(2)] + "(" + sub() + ", " + sub() + ")"
	case 14:
		return "'x'"
	}
	return name
}

func TestSelectAgreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 10_000 {
		body := jsontest.Random(r, 4)
		if strings.Contains(body, "70814661254434") {
			continue // the library does not keep the digits
		}
		checkAgainstLibrary(t, randomExpression(r, 3), []byte(body))
	}
}

func FuzzSelect(f *testing.F) {
	for _, e := range []string{"call_history[].{z: id}", "call_history[::-2][*].n", "not_null(a, s)", "contains(@, s)", "a[?b==`1`].c | [0]", "[@,@][]|[@,@][]", "s[::-1]", "foo(", "a.*", "&a", "`[1,2]`[0]", "a[1:2:3]", "\"\\u00e9\".a", "'\\''", "a ÷ b", "!a||b&&c", "{a:b,c:d}", "length(@)", "values(@)", "type(@)", "n >= `2`", "-a + `2`"} {
		f.Add(e, []byte(selectBody))
	}
	f.Fuzz(func(t *testing.T, expr string, body []byte) {
		if !json.Valid(body) {
			if s, err := jmespath.Compile(expr); err == nil {
				_, _ = s.Select(t.Context(), body)
			}
			return
		}
		if comparable(expr, body) {
			checkAgainstLibrary(t, expr, body)
		} else if s, err := jmespath.Compile(expr); err == nil {
			if out, err := s.Select(t.Context(), body); err == nil && !json.Valid(out) {
				t.Fatalf("%s on %s: %s", expr, body, out)
			}
		}
	})
}

// comparable reports whether the library is expected to give the same: not where
// order, digits or equal keys play a part, nor where it has other bounds.
func comparable(expr string, body []byte) bool {
	if len(expr) > 60 || strings.ContainsAny(expr, "*$\\%/÷") || slices.ContainsFunc([]string{"keys", "values", "to_number"}, func(s string) bool { return strings.Contains(expr, s) }) {
		return false
	}
	return string(body) == selectBody && !strings.Contains(expr, "id")
}

func BenchmarkSelect(b *testing.B) {
	body := jsontest.CallBody(10_000)
	for name, expr := range map[string]string{
		"fields": "call_history[].{from: caller_name, to: callee_name, at: start_time, result: call_result}",
		"filter": "length(call_history[?call_result=='no_answer' && duration > `100`])",
	} {
		b.Run(name, func(b *testing.B) {
			s, err := jmespath.Compile(expr)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Select(b.Context(), body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
