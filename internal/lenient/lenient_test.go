package lenient_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/lenient"
)

// value is what a reader gives: the value, or the error.
func value[T any](v T, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(v)
}

func TestFormsOfAWholeNumber(t *testing.T) {
	for raw, want := range map[string]string{
		`30`: "30", `30.0`: "30", `3e1`: "30", `1E+2`: "100", `1200e-2`: "12", `-5`: "-5", `-0`: "0", `-0.0`: "0", `0e9`: "0", `0.000e-7`: "0",
		`"30"`: "30", `" 30 "`: "30", `"30.0"`: "30", `"1e2"`: "100", `"+7"`: "7", `"007"`: "7",
		``: "0", `null`: "0", `""`: "0", `" "`: "0",
		`9007199254740993`: "9007199254740993", `9007199254740992.0`: "9007199254740992", `9.007199254740992e15`: "9007199254740992",
		`2.5`: "error: want a whole number, got the number 2.5", `1e-1`: "error: want a whole number, got the number 1e-1", `"many"`: `error: want a whole number, got the text "many"`,
		`"0x10"`: `error: want a whole number, got the text "0x10"`, `"1_000"`: `error: want a whole number, got the text "1_000"`, `"."`: `error: want a whole number, got the text "."`,
		`"NaN"`: `error: want a whole number, got the text "NaN"`, `"e5"`: `error: want a whole number, got the text "e5"`, `"0ex"`: `error: want a whole number, got the text "0ex"`,
		`true`: "error: want a whole number, got a boolean, true", `[1]`: "error: want a whole number, got a list", `{}`: "error: want a whole number, got an object",
		`99999999999999999999`: "error: 99999999999999999999 is too large for a whole number",
	} {
		if got := value(lenient.Int(json.RawMessage(raw))); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestNumbersThatHaveLostDigitsAreRefusedAndPointToStrings(t *testing.T) {
	for _, raw := range []string{
		`9007199254740993.0`, `9007199254740993e0`, `9.007199254740993e15`, `7.08e18`, `7081466125443483485.0`, `1e300`, `1e999`, `1e99999999999999999999`, `-7.08e18`,
	} {
		for _, got := range []string{value(lenient.Int(json.RawMessage(raw))), value(lenient.Text(json.RawMessage(raw)))} {
			if !strings.HasPrefix(got, "error: "+raw+" is above 2^53") || !strings.Contains(got, "ids are strings") {
				t.Errorf("%s: %s", raw, got)
			}
		}
	}
}

// A few bytes must not become many.
func TestLargeExponentsTakeNoMemory(t *testing.T) {
	const raw, most = `1e30000000`, 1 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := value(lenient.Int(json.RawMessage(raw)))
	runtime.ReadMemStats(&after)
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes > most || !strings.HasPrefix(got, "error: ") {
		t.Errorf("got %.100s with %d bytes, want an error with %d at most", got, bytes, most)
	}
}

func TestFormsOfATruthValue(t *testing.T) {
	for raw, want := range map[string]string{
		`true`: "true", `"true"`: "true", `"True"`: "true", `" true "`: "true", `"TRUE"`: "true", `false`: "false", `"False"`: "false", ` false `: "false",
		``: "false", `null`: "false", `""`: "false",
		`1`: "true", `"1"`: "true", `0`: "false", `"0"`: "false",
		`1.0`: "true", `"1.0"`: "true", ` 1e0 `: "true", `0.0`: "false", `" 0.0 "`: "false", `-0.0`: "false",
		`0.5`: "error: want true or false, got the number 0.5", `-1`: "error: want true or false, got the number -1",
		`2`: "error: want true or false, got the number 2", `"yes"`: `error: want true or false, got the text "yes"`, `[]`: "error: want true or false, got a list",
	} {
		if got := value(lenient.Bool(json.RawMessage(raw))); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

// A text is never taken for anything else: what looks like a list, an object or a
// number in it is what somebody wants to find.
func TestFormsOfAText(t *testing.T) {
	for raw, want := range map[string]string{
		`"a"`: "a", `" a "`: " a ", `"[]"`: "[]", `"{}"`: "{}", `"null"`: "null", `"30.0"`: "30.0", `"1e2"`: "1e2", `"true"`: "true", `"\u00e9\n"`: "é\n",
		``: "", `null`: "", `""`: "",
		`7081466125443483485`: "7081466125443483485", `123456789012345678901234567890`: "123456789012345678901234567890", `2104.0`: "2104", `1e3`: "1000", `0.50`: "0.50",
		`true`: "error: want a string, got a boolean, true", `[]`: "error: want a string, got a list", `{"a":1}`: "error: want a string, got an object",
	} {
		if got := value(lenient.Text(json.RawMessage(raw))); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestFormsOfAnID(t *testing.T) {
	const lost = "error: %s was a number on its way here and has lost digits: ids are strings"
	for raw, want := range map[string]string{
		`"a"`: "a", `" a\u00a0 "`: "a", `7081466125443483485`: "7081466125443483485", `"7081466125443483485"`: "7081466125443483485", ``: "", `null`: "", `" "`: "",
		`2104.0`: "2104", `"2104.0"`: "2104", `" 2104.00 "`: "2104", `"9007199254740992.0"`: "9007199254740992", `"0.50"`: "0.50",
		`"12e45a"`: "12e45a", `"34e12"`: "34e12", `"5e1234"`: "5e1234", `"1.2.3"`: "1.2.3", `"+4930.5"`: "+4930.5", `"e5"`: "e5", `"-Qx9"`: "-Qx9",
		`"7.7120272136501607e18"`: fmt.Sprintf(lost, "7.7120272136501607e18"), `"7.71E+18"`: fmt.Sprintf(lost, "7.71E+18"), `" 7e18 "`: fmt.Sprintf(lost, "7e18"), `"7.71203e+12"`: fmt.Sprintf(lost, "7.71203e+12"),
		`"7712027213650160808.0"`: "error: 7712027213650160808.0 is above 2^53", `7712027213650160808.0`: "error: 7712027213650160808.0 is above 2^53",
		`true`: "error: want a string, got a boolean, true",
	} {
		if got := value(lenient.ID(json.RawMessage(raw))); got != want && !(strings.HasPrefix(want, "error: ") && strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestFormsOfAnObject(t *testing.T) {
	for raw, want := range map[string]string{
		`{"a":1,"b":[{"c":"]}"}]}`: `a=1 b=[{"c":"]}"}]`, ` { "a" : "x, \"y\"" , "b" : null } `: `a="x, \"y\"" b=null`, `{"a":1,"a":2}`: "a=1 a=2", `{"\u0061":-1.5e3}`: "a=-1.5e3",
		`"{\"a\":1}"`: "a=1", `" {\"a\": \"b\"} "`: `a="b"`, `"\"{\\\"a\\\":1}\""`: "a=1", `{"id":7081466125443483485}`: "id=7081466125443483485",
		``: "", `null`: "", `{}`: "", `[]`: "", ` [ ] `: "", `""`: "", `" "`: "", `"{}"`: "", `"[]"`: "", `"null"`: "", `"\"\""`: "",
		`[1]`: "error: want an object, got a list", `"[1]"`: `error: want an object, got the text "[1]"`, `"x"`: `error: want an object, got the text "x"`, `5`: "error: want an object, got the number 5", `false`: "error: want an object, got a boolean, false",
		`{"a":`: "error: this is not JSON: it ends too early", `"{\"a\": 1"`: "error: this is not JSON: it ends too early", `{} {}`: "error: this is not JSON: there is more text after its end, at byte 4",
		`{'a': 1}`: `error: this is not JSON: '\'' does not fit at byte 2`, `"{a: 1}"`: `error: this is not JSON: 'a' does not fit at byte 2`, "{\"a\": \"\x01\"}": `error: this is not JSON: '\x01' does not fit at byte 8`,
		`"a`: "error: this is not JSON: it ends too early", `"`: "error: this is not JSON: it ends too early",
	} {
		members, err := lenient.Object(json.RawMessage(raw))
		var said []string
		for _, m := range members {
			said = append(said, m.Name+"="+string(m.Value))
		}
		if got := value(strings.Join(said, " "), err); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestFormsOfAList(t *testing.T) {
	for raw, want := range map[string][]string{
		`[1,"a" , [2,3], {"b":"]"}]`: {`1`, `"a"`, `[2,3]`, `{"b":"]"}`}, `[]`: {}, `"[]"`: {}, `"[\"a\"]"`: {`"a"`}, `" [1] "`: {`1`},
		`"a,b"`: nil, `"[a"`: nil, `5`: nil, `{}`: nil, ``: nil, `null`: nil,
	} {
		elements, ok := lenient.List(json.RawMessage(raw))
		got := []string{}
		for _, e := range elements {
			got = append(got, string(e))
		}
		if ok != (want != nil) || ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q %t, want %q", raw, got, ok, want)
		}
	}
}

// FuzzObject holds that an object is read as encoding/json reads it, whatever else
// comes without a panic, and that no error has a decoder's words.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"\"]"}],"c":-1.5e3}`, `"{\"a\":1}"`, `[]`, `{"a":1,"a":2}`, `{`, `"`, `[`, `{"a":}`, "\xff", `1e99`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		members, err := lenient.Object(raw)
		_, intErr := lenient.Int(raw)
		_, textErr := lenient.Text(raw)
		_, boolErr := lenient.Bool(raw)
		_, idErr := lenient.ID(raw)
		lenient.List(raw)
		for _, err := range []error{err, intErr, textErr, boolErr, idErr} {
			if err != nil && (strings.Contains(err.Error(), "json:") || strings.Contains(err.Error(), "strconv") || strings.Contains(err.Error(), "unmarshal")) && !strings.Contains(err.Error(), "got the text") {
				t.Errorf("%q: %v", raw, err)
			}
		}
		var want map[string]json.RawMessage
		if len(raw) == 0 || json.Unmarshal(raw, &want) != nil {
			return
		}
		got := map[string]json.RawMessage{}
		for _, m := range members {
			got[m.Name] = m.Value
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("%q: %v, %v", raw, got, err)
		}
		for name, v := range want {
			if string(got[name]) != string(v) {
				t.Errorf("%q: %s is %s, want %s", raw, name, got[name], v)
			}
		}
		if again, err := lenient.Object(lenient.Encode(members)); err != nil || len(again) != len(members) {
			t.Errorf("%q: encoded %s: %v", raw, lenient.Encode(members), err)
		}
	})
}

func TestAnObjectHasAThousandMembersAtMost(t *testing.T) {
	object := func(n int) json.RawMessage {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":1`, i)
		}
		return json.RawMessage("{" + b.String()[1:] + "}")
	}
	if got, err := lenient.Object(object(1000)); len(got) != 1000 || err != nil {
		t.Errorf("1000 members: got %d, %v", len(got), err)
	}
	if got, err := lenient.Object(object(280_000)); err == nil || !strings.Contains(err.Error(), "1000") || !strings.Contains(err.Error(), "280000") {
		t.Errorf("280000 members: got %d, %v, want an error with both numbers", len(got), err)
	}
}
