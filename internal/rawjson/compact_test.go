package rawjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// It has to agree with encoding/json about every document, and to find every one that
// is not safe to send.
func FuzzCompactAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, ` { "a" : [ 1 , -0.5e+10 , "x\u00e9\n" , true , false , null ] } `, `"text"`, `0`, `-`, `01`, `1.`, `1e`, `.5`, `+1`,
		`{"a":1,}`, `[1,]`, `{"a"}`, `{"a":}`, `{a:1}`, `[1 2]`, `{"a":1}{"b":2}`, `"\x"`, `"\u12g4"`, `"` + "\x01" + `"`, `tru`, `nulll`, `[[[[]]]]`,
		`{"a":{"b":[{"c":"d"}]}}`, "\t\r\n", ``, `"open`, `"\`, `"\u1`, `{"a":1 , "b" :2}`, `[1,2`, `{"a":1`, `]`, `}`, `,`, `:`, "\"\xff\"", `[-]`, `1E+2`, `2e-3x`,
		`{"\ud83d":"\ude00"}`, "{ \"a\u2028\" : \"\u0085\xe2\x80\" }", "[\"\u2029\"]",
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001), strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var want bytes.Buffer
		wantErr := json.Compact(&want, doc)
		got, special, err := rawjson.Compact(doc)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: got %v, encoding/json has %v", doc, err, wantErr)
		}
		if err == nil && !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%q: got %q, want %q", doc, got, want.Bytes())
		}
		if safe := safejson.Document(want.Bytes()); err == nil && !special && !bytes.Equal(got, safe) {
			t.Fatalf("%q is not safe to send, which is not found", doc)
		}
	})
}

func BenchmarkCompact(b *testing.B) {
	record := `{"call_id":"7081466125443483485","caller_name":"Ada Lovelace","duration":125,"international":false,"start_time":"2026-10-05T14:03:11Z","site":{"id":"VLVgZFLwtQkkQrbH_i9ipQ","name":"Denver Headquarters"}}`
	doc := []byte(`{"call_history":[` + strings.Repeat(record+",", 2000) + record + `]}`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, _, err := rawjson.Compact(doc); err != nil {
			b.Fatal(err)
		}
	}
}
