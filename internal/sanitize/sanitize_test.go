package sanitize_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/safejson"
	"zoom-phone-mcp/internal/sanitize"
)

func TestInvisibleCharactersAreRemoved(t *testing.T) {
	for _, c := range []struct {
		what, body, want string
		removed          int
	}{
		{"direction", `"a` + "\u202e" + `b` + "\u2066" + `c"`, `"abc"`, 2},
		{"direction as an escape", `"a\u202eb\u200Fc"`, `"abc"`, 2},
		{"control characters as escapes", `"a\u0000b\u001b[31mc\bd\fe\rf"`, `"ab[31mcdef"`, 5},
		{"line feed and tab stay", `"a\nb\tc\u000ad\u0009"`, `"a\nb\tc\u000ad\u0009"`, 0},
		{"delete and C1", "\"a\u007fb\u0085c\\u009b\"", `"abc"`, 3},
		{"tag characters", "\"a\U000e0041\U000e0042\\udb40\\udc43b\"", `"ab"`, 3},
		{"variation selectors that carry a message", "\"a\U000e0100\U000e0101\ufe00\ufe01\ufe02b\"", `"ab"`, 5},
		{"one variation selector behind every letter", "\"p\ufe01a\ufe0fy\ufe0e 1\ufe0f\ufe0f☎\ufe0f\ufe0e☎\ufe03\"", "\"pay 1☎\ufe0f☎\"", 7},
		{"byte order mark, zero-width space, word joiner, soft hyphen", "\"\ufeffa\u200bb\u2060c\u00add\"", `"abcd"`, 4},
		{"joiners between letters that do not join", "\"pass\u200dword\\u200cs\"", `"passwords"`, 2},
		{"joiners at the ends", "\"\u200da\u200c\"", `"a"`, 2},
		{"of two joiners one", "\"\u0915\u200d\u200d\u0937\"", "\"\u0915\u200d\u0937\"", 1},
		{"noncharacters", "\"a\ufffeb\ufdd0c\U0001fffed\"", `"abcd"`, 3},
		{"in a key", "{\"a\u200bb\":1}", `{"ab":1}`, 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, removed := sanitize.JSON([]byte(c.body))
			if string(got) != c.want || removed != c.removed {
				t.Errorf("%q, %d removed, want %q, %d", got, removed, c.want, c.removed)
			}
		})
	}
}

func TestWhatPeopleWriteStays(t *testing.T) {
	for _, body := range []string{
		`{"a":1,"b":[true,null,"x\\u202e","\\\\","\/","\u0041\u00e9"]}`,
		"{\"a\":\r\n\t1}",
		`"Grüße, Ελλάδα, Привет, שלום, مرحبا, 你好, こんにちは, 안녕"`,
		"\"👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f⃣ 🏳\ufe0f\u200d🌈 👍🏽\"", // families, hearts, keycaps, flags
		`"\ud83d\udc68\u200d\ud83d\udc69"`,
		"\"می\u200cخواهم क्\u200dष ക്\u200d\""[:len("\"می\u200cخواهم क्\u200dष ക")] + `"`, // Persian and Hindi need joiners
		"\"a\u2028b\ufffd\"",
		"\"☎\ufe0e ©\ufe0f 葛\ufe00 ∩\ufe00\"",
		`"+1 555 0100"`,
	} {
		in := []byte(body)
		got, removed := sanitize.JSON(in)
		if string(got) != body || removed != 0 {
			t.Errorf("%q became %q, %d removed", body, got, removed)
		}
		if len(got) > 0 && &got[0] != &in[0] {
			t.Errorf("%q was copied", body)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{`"a\u202eb"`, "\"\u200d\U000e0041\"", `"\udb40\u200b\udc41"`, "\"\xe2\u200b\x80\x8b\"", `"\\u202e\\\u202e"`, "\"\u0915\u200d\u0937\ufe0f\ufe0f\"", `"\ud83d\udc68\u200d\ud83d\udc69"`, `{"a":"\`, "\"\\\u200b\"", "\"\xe0\xa4\u200d\x8f\"", "1E1000"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		body = safejson.Document(body)
		got, removed := sanitize.JSON(body)
		if (removed == 0) != (string(got) == string(body)) || len(got) > len(body) {
			t.Fatalf("%q: %q, %d removed", body, got, removed)
		}
		if !json.Valid(body) {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q", body, got)
		}
		if again, more := sanitize.JSON(got); more != 0 {
			t.Fatalf("%q became %q and then %q", body, got, again)
		}
		// Read as JSON: nothing that hides is left, and nothing that shows is gone.
		before, after := json.NewDecoder(bytes.NewReader(body)), json.NewDecoder(bytes.NewReader(got))
		before.UseNumber()
		after.UseNumber()
		for {
			a, errA := before.Token()
			b, errB := after.Token()
			if errA != nil || errB != nil {
				if errA != io.EOF || errB != io.EOF {
					t.Fatalf("%q became %q: %v, %v", body, got, errA, errB)
				}
				return
			}
			x, isText := a.(string)
			if y, _ := b.(string); isText {
				if strings.ContainsFunc(y, neverSeen) {
					t.Fatalf("%q still hides something: %q", body, y)
				}
				if shown(x) != shown(y) {
					t.Fatalf("%q became %q", x, y)
				}
			} else if a != b {
				t.Fatalf("%q: %v became %v", body, a, b)
			}
		}
	})
}

// neverSeen tells of characters that have no business in an answer, wherever they stand.
func neverSeen(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\u200c', r == '\u200d': // joiners have their places
		return false
	case r >= 0x600 && r <= 0x605, r == 0x6dd, r == 0x70f, r == 0x890, r == 0x891, r == 0x8e2, r == 0x110bd, r == 0x110cd, r >= 0x13430 && r <= 0x1343f:
		return false // signs of scripts, which are seen
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// shown is a text without what may be taken out of it.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if neverSeen(r) || unicode.Is(unicode.Variation_Selector, r) || r == '\u200c' || r == '\u200d' || r == utf8.RuneError || r >= 0xe0000 && r <= 0xe0fff || r >= 0xfff0 && r <= 0xfffb {
			return -1
		}
		return r
	}, s)
}

func BenchmarkCleanNothingToRemove(b *testing.B) {
	body := jsontest.CallBody(10_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, n := sanitize.JSON(body); n != 0 {
			b.Fatal(n)
		}
	}
}

func BenchmarkCleanSomething(b *testing.B) {
	body := []byte(strings.ReplaceAll(string(jsontest.CallBody(10_000)), "Queue 3", "Qu\u200beue \\u202e3é"))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, n := sanitize.JSON(body); n == 0 {
			b.Fatal(n)
		}
	}
}
