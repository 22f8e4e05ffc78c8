package safejson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/safejson"
)

func TestDocumentsAreMadeSafe(t *testing.T) {
	for _, c := range []struct{ what, doc, want string }{
		{"line and paragraph separator, next line", "\"a\u2028b\u2029c\u0085d\"", `"a\u2028b\u2029c\u0085d"`},
		{"in a key", "{\"a\u2028\":{\"\u0085\":1}}", `{"a\u2028":{"\u0085":1}}`},
		{"side by side, among letters", "\"ż\u2028\u2028ó\u0085😀\u2029\"", `"ż\u2028\u2028ó\u0085😀\u2029"`},
		{"surrogates without a partner", `["\ud83d","\uDE00","a\ud83db","\ud83d\n","\uD83D\\uDE00"]`, `["�","�","a�b","�\n","�\\uDE00"]`},
		{"in the wrong order", `"\uDC00\uD800"`, `"��"`},
		{"one too many", `"\ud83d\ud83d\ude00\ude00"`, `"�😀�"`},
		{"in a key", `{"\ud83d":"\udead"}`, `{"�":"�"}`},
		{"behind letters of other scripts", `"ż\ud83dó"`, `"ż�ó"`},
		{"behind a backslash that is one", `"\\ud83d"`, `"\\ud83d"`},
		{"behind two", `"\\\ud83d"`, `"\\�"`},
		{"bytes that are no text", "\"a\xffb\xc3\"", `"a�b�"`},
		{"surrogates as bytes", "\"\xed\xa0\xbd\xed\xb8\x80\"", `"������"`},
		{"a character that breaks off", "\"\xe2\x80\"", `"��"`},
	} {
		t.Run(c.what, func(t *testing.T) {
			want := strings.ReplaceAll(c.want, "😀�", `\ud83d\ude00�`)
			if strings.Contains(c.doc, "😀") {
				want = c.want
			}
			if got := safejson.Document([]byte(c.doc)); string(got) != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestSafeDocumentsAreNotCopied(t *testing.T) {
	for _, doc := range []string{
		``, `{}`, `{"a":"\u2028\u0085\ud83d\ude00\uD83D\uDE00","\"\\\/\b\f\n\r\t":-1.5e+10}`,
		"\"Grüße, Ελλάδα, Привет, 你好, \u0800\uffff\ufffd\u2027\u202a\u00a0\u0084\u0086 😀\"",
	} {
		in := []byte(doc)
		got := safejson.Document(in)
		if string(got) != doc || len(got) > 0 && &got[0] != &in[0] {
			t.Errorf("%q became %q", doc, got)
		}
	}
}

func TestMarshalKeepsSignsOfHTML(t *testing.T) {
	got, err := safejson.Marshal(map[string]any{"<&>\u0085": json.RawMessage("[\"\u2028\", \"\\ud83d\"]")})
	if err != nil || string(got) != `{"<&>\u0085":["\u2028","�"]}` {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := safejson.Marshal(json.RawMessage("{")); err == nil {
		t.Error("what is not JSON was written")
	}
}

// assertSafe checks that a reader of lines finds one, and a strict reader valid text.
func assertSafe(t *testing.T, doc []byte) {
	t.Helper()
	if !utf8.Valid(doc) || bytes.ContainsAny(doc, "\u0085\u2028\u2029") || bytes.ContainsAny(doc, "\n\r") {
		t.Fatalf("%q is not safe", doc)
	}
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		var unit uint16
		if n, _ := fmt.Sscanf(string(doc[i:min(i+6, len(doc))]), `\u%04x`, &unit); n == 1 && unit>>11 == 0x1b {
			var low uint16
			if n, _ := fmt.Sscanf(string(doc[i+6:min(i+12, len(doc))]), `\u%04x`, &low); unit>>10 != 0x36 || n != 1 || low>>10 != 0x37 {
				t.Fatalf("%q has half a character", doc)
			}
			i += 10
		}
		i++
	}
}

func FuzzDocumentsMeanTheSame(f *testing.F) {
	for _, s := range []string{`{"a\ud83d":"\ude00\\ud83d"}`, "\"\u2028\xe2\x80\xa8\xff\"", `"\ud83d\ude00\ud83d"`, "[\"\u0085\\\u0085\"]", `"\u`, `"\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := safejson.Document(doc)
		if !json.Valid(doc) {
			return // it must not panic
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, got); err != nil {
			t.Fatalf("%q became %q: %v", doc, got, err)
		}
		assertSafe(t, compact.Bytes())
		if again := safejson.Document(got); !bytes.Equal(again, got) {
			t.Fatalf("%q became %q and then %q", doc, got, again)
		}
		var before, after any
		if json.Unmarshal(doc, &before) != nil {
			return // a number out of range
		}
		if err := json.Unmarshal(got, &after); err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Fatalf("%q became %q: %v", doc, got, err)
		}
	})
}

func FuzzTextsMeanTheSame(f *testing.F) {
	for _, s := range []string{"plain", "\"\\\n\r\t\b\f\x00\x1f\x7f<>&", "\xff\xc3\x28\xe2\x80\xa8\xed\xa0\x80", "ż\u2028ó\u0085😀\u2029", strings.Repeat("😀\u2028", 40)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := safejson.AppendString(nil, text)
		assertSafe(t, got)
		var back string
		want, _ := json.Marshal(string(text))
		var wanted string
		if err := json.Unmarshal(want, &wanted); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &back); err != nil || back != wanted {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if other := safejson.AppendString([]byte("x"), string(text)); string(other) != "x"+string(got) {
			t.Fatalf("%q became %q as a string and %q as bytes", text, other, got)
		}
	})
}

// Short texts are looked at eight bytes at a time, and what is left one by one.
func TestEveryCharacterIsEscapedWhereverItStands(t *testing.T) {
	for c := rune(0); c < 0x100; c++ {
		for at := range 20 {
			text := strings.Repeat("a", at) + string(c) + "b"
			got := safejson.AppendString(nil, text)
			var back string
			if err := json.Unmarshal(got, &back); err != nil || back != text {
				t.Fatalf("%q: got %s, which reads as %q (%v)", text, got, back, err)
			}
		}
	}
}

// A text may be written in pieces, as long as they are cut between characters.
func TestPiecesOfATextAreThoseOfTheWhole(t *testing.T) {
	text := []byte(strings.Repeat("aż你😀\u2028\xff\x80\x80\x80\x80\xe2\x80", 50))
	whole := safejson.AppendText(nil, text)
	for most := 4; most < 40; most++ {
		var got []byte
		for rest := text; len(rest) > 0; {
			n := safejson.Cut(rest, most)
			if n < 1 || n > most {
				t.Fatalf("a piece of %d bytes of at most %d", n, most)
			}
			got = safejson.AppendText(got, rest[:n])
			rest = rest[n:]
		}
		if !bytes.Equal(got, whole) {
			t.Fatalf("in pieces of %d: %q, want %q", most, got, whole)
		}
	}
}

func TestADocumentMayStandInADocument(t *testing.T) {
	doc := safejson.Document([]byte(strings.Repeat("[\"\u2028ż\\ud83d\\\"\",\n", 2000)))
	var got []byte
	for rest := doc; len(rest) > 0; rest = rest[min(len(rest), 7):] {
		got = safejson.AppendDocument(got, rest[:min(len(rest), 7)])
	}
	if want := safejson.AppendText(nil, doc); !bytes.Equal(got, want) || !bytes.Equal(safejson.AppendDocument(nil, doc), want) {
		t.Errorf("%.100q, want %.100q", got, want)
	}
}

// documents are those of benchmarks: plain ones are what is most common.
func documents() map[string][]byte {
	record := `{"id":"20260115-1f0c2a34-77aa-4c1e","call_id":"7381640500","caller_name":"%s","start_time":"2026-01-15T09:30:00Z","duration":125},`
	fill := func(name string) []byte {
		return []byte("[" + strings.Repeat(fmt.Sprintf(record, name), 3000) + "1]")
	}
	return map[string][]byte{"ascii": fill("Front Desk"), "names": fill("Renée Müller"), "cyrillic": fill(strings.Repeat("Привет мир ", 20)), "escapes": fill(`\"A\" \ud83d\ude00`)}
}

func BenchmarkDocument(b *testing.B) {
	for name, doc := range documents() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				safejson.Document(doc)
			}
		})
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, doc := range documents() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			var out []byte
			for b.Loop() {
				out = safejson.AppendString(out[:0], doc)
			}
		})
	}
}
