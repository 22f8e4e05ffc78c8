package rawjson_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/rawjson"
)

// members returns the members that a walk finds, or nil where it fails.
func members(doc string) (found []string, end int) {
	d := []byte(doc)
	end = rawjson.EachMember(d, rawjson.SkipSpace(d, 0), func(k, v rawjson.Span) bool {
		found = append(found, doc[k.Start:k.End]+"="+doc[v.Start:v.End])
		return true
	})
	return found, end
}

func elements(doc string) (found []string, end int) {
	d := []byte(doc)
	end = rawjson.EachElement(d, rawjson.SkipSpace(d, 0), func(v rawjson.Span) bool {
		found = append(found, doc[v.Start:v.End])
		return true
	})
	return found, end
}

func TestMembersAndElementsAreFoundAsTheyWereWritten(t *testing.T) {
	for _, c := range []struct {
		doc  string
		want []string
	}{
		{`{}`, nil},
		{" {\t\n} ", nil},
		{`{"a":1,"b":"x"}`, []string{`"a"=1`, `"b"="x"`}},
		{" { \"a\" : -1.5e3 ,\r\n\"b\" :\tnull } ", []string{`"a"=-1.5e3`, `"b"=null`}},
		{`{"a":{"b":[1,{"c":"]}"}]},"d":[[],[[]]]}`, []string{`"a"={"b":[1,{"c":"]}"}]}`, `"d"=[[],[[]]]`}},
		{`{"a\"b":"\\","c\\":"\\\"}","d":"\\\\"}`, []string{`"a\"b"="\\"`, `"c\\"="\\\"}"`, `"d"="\\\\"`}},
		{`{"a":1,"a":2,"":true}`, []string{`"a"=1`, `"a"=2`, `""=true`}},
		{`[]`, nil},
		{" [\n] ", nil},
		{`[1,"a" , [2,3], {"b":"]"},false]`, []string{`1`, `"a"`, `[2,3]`, `{"b":"]"}`, `false`}},
		{`["\\","\"",",","\\\\\""]`, []string{`"\\"`, `"\""`, `","`, `"\\\\\""`}},
	} {
		walk := members
		if bytes.ContainsRune([]byte(c.doc[:2]), '[') {
			walk = elements
		}
		got, end := walk(c.doc)
		if !slices.Equal(got, c.want) || rawjson.SkipSpace([]byte(c.doc), end) != len(c.doc) {
			t.Errorf("%s: got %q up to %d, want %q up to the end", c.doc, got, end, c.want)
		}
	}
}

func TestWhatIsMalformedIsReported(t *testing.T) {
	for _, doc := range []string{
		"", " ", `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a" 1}`, `{"a",1}`, `{a:1}`, `{1:2}`, `{"a":}`, `{"a":1 "b":2}`, `{"a":1;"b":2}`, `{"a":"x}`, `{"a":"x\"}`, `{"a":"\\\"}`, `{"a":[1}`, `{"a":{"b":1}`, `{,}`, `{"a":1]`, `[1]`, `1`,
	} {
		if found, end := members(doc); end != -1 {
			t.Errorf("%s: got the members %q up to %d, want -1", doc, found, end)
		}
	}
	for _, doc := range []string{"", `[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1:2]`, `["a]`, `["\"]`, `[{"a":1]`, `[1}`, `[1"a"]`, `[1{}]`, `[1[]]`, `{}`, `x`} {
		if found, end := elements(doc); end != -1 {
			t.Errorf("%s: got the elements %q up to %d, want -1", doc, found, end)
		}
	}
}

func TestWalkStopsWhereItIsTold(t *testing.T) {
	for _, c := range []struct {
		what string
		walk func(stop func() bool) int
	}{
		{"members", func(more func() bool) int {
			return rawjson.EachMember([]byte(`{"a":1,"b":2,"c":3}`), 0, func(_, _ rawjson.Span) bool { return more() })
		}},
		{"elements", func(more func() bool) int {
			return rawjson.EachElement([]byte(`[1,2,3]`), 0, func(rawjson.Span) bool { return more() })
		}},
	} {
		n := 0
		end := c.walk(func() bool { n++; return n < 2 })
		if n != 2 || end != -1 {
			t.Errorf("%s: got %d calls and the end %d, want 2 and -1", c.what, n, end)
		}
	}
}

func TestLastMemberOfANameCounts(t *testing.T) {
	for _, c := range []struct{ doc, name, want string }{
		{`{"a":1,"b":2,"a":[3]}`, "a", "[3]"},
		{`{"\u0061":1}`, "a", "1"},
		{`{"a":1,"\u0061":2,"aa":3}`, "a", "2"},
		{`{"a\\":1,"a":2}`, `a\`, "1"},
		{` { "b" : {"a":1} } `, "a", ""},
		{`{"ab":1}`, "a", ""},
		{`{"":1}`, "", "1"},
		{`{}`, "a", ""},
		{`[{"a":1}]`, "a", ""},
	} {
		if got := string(rawjson.Member([]byte(c.doc), c.name)); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.name, c.doc, got, c.want)
		}
	}
}

func TestStringsAreReadAsTheyAreMeant(t *testing.T) {
	for doc, want := range map[string]string{
		`"a"`: "a", `""`: "", `"é\u00e9\n\\"`: "éé\n\\", "\"a\xffb\"": "a\ufffdb", "\"\\u0061\xff\"": "a\ufffd", `"\ud800"`: "\ufffd", `"`: "", ``: "",
	} {
		if got := rawjson.Unquote([]byte(doc)); got != want {
			t.Errorf("%q: got %q, want %q", doc, got, want)
		}
	}
}

// FuzzWalk holds that a valid document is walked over as encoding/json reads it, and
// that nothing else panics.
func FuzzWalk(f *testing.F) {
	for _, doc := range []string{`{"a":[1,{"b":"\"]"}],"c":-1.5e3}`, `{"a":1,"\u0061":"\\"}`, `[{}]`, `{"a":`, `"`, "\xff", `{"a":"\\\"}"}`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got []string
		end := rawjson.EachMember(doc, rawjson.SkipSpace(doc, 0), func(k, v rawjson.Span) bool {
			got = append(got, rawjson.Unquote(doc[k.Start:k.End]))
			return true
		})
		var want map[string]json.RawMessage
		if json.Unmarshal(doc, &want) != nil || want == nil || !utf8.Valid(doc) {
			return
		}
		if rawjson.SkipSpace(doc, end) != len(doc) {
			t.Fatalf("%s: got the end %d, want that of the document", doc, end)
		}
		for name, value := range want {
			if !slices.Contains(got, name) {
				t.Errorf("%s: got the members %q, want %q among them", doc, got, name)
			}
			if v := rawjson.Member(doc, name); !bytes.Equal(v, bytes.TrimSpace(value)) {
				t.Errorf("%s: got %s for %q, want %s", doc, v, name, value)
			}
		}
	})
}
