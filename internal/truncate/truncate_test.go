package truncate_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/truncate"
)

func TestCutStandsBetweenRecords(t *testing.T) {
	long := `"` + strings.Repeat("x", 60) + `"`
	for _, c := range []struct {
		what, body, items string
		limit             int
		want              string
		kept, leftOut     int
		lists             []truncate.List
	}{
		{"fits", `{"l":[1,2,3]}`, "l", 13, `{"l":[1,2,3]}`, 3, 0, nil},
		{"one byte short", `{"l":[1,2,3]}`, "l", 12, `{"l":[1,2]}`, 2, 1, []truncate.List{{"l", 2, 1}}},
		{"all else is whole", `{"a":"x","l":[ 10, 20, 30 ],"b":[7,8]}`, "l", 35, `{"a":"x","l":[ 10, 20 ],"b":[7,8]}`, 2, 1, []truncate.List{{"l", 2, 1}}},
		{"the body is the list", `[{"a":1},{"a":2},{"a":3}]`, "", 18, `[{"a":1},{"a":2}]`, 2, 1, []truncate.List{{"", 2, 1}}},
		{"a list beside it goes along", `{"call_logs":[11,12,13,14],"l":[{"a":1},{"a":2},{"a":3},{"a":4}],"n":[1,2]}`, "l", 60,
			`{"call_logs":[11,12],"l":[{"a":1},{"a":2}],"n":[1,2]}`, 2, 2, []truncate.List{{"l", 2, 2}, {"call_logs", 2, 2}}},
		{"no records: the largest list", `{"a":[1,2],"in":{"list":[` + long + `,` + long + `,` + long + `]}}`, "", 160,
			`{"a":[1,2],"in":{"list":[` + long + `,` + long + `]}}`, 0, 0, []truncate.List{{"in.list", 2, 1}}},
		{"a record above the limit: its own lists", `{"l":[{"id":1,"m":[` + long + `,` + long + `]},{"id":2}]}`, "l", 100,
			`{"l":[{"id":1,"m":[` + long + `]}]}`, 1, 1, []truncate.List{{"l.0.m", 1, 1}, {"l", 1, 1}}},
		{"a record above the limit without lists", `{"n":5,"l":[` + long + `,1,2]}`, "l", 30, `{"n":5,"l":[]}`, 0, 3, []truncate.List{{"l", 0, 3}}},
		{"fields that are missing", `{"n":[` + long + `,` + long + `]}`, "l", 80, `{"n":[` + long + `]}`, 0, 0, []truncate.List{{"n", 1, 1}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r, err := truncate.JSON([]byte(c.body), c.items, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Body) != c.want || r.Kept != c.kept || r.LeftOut != c.leftOut || !reflect.DeepEqual(r.Lists, c.lists) {
				t.Errorf("%s, %d kept, %d left out, %v", r.Body, r.Kept, r.LeftOut, r.Lists)
			}
		})
	}
}

func TestWhatCannotBeCutIsRefused(t *testing.T) {
	for _, body := range []string{`{"a":"` + strings.Repeat("x", 100) + `"}`, `"` + strings.Repeat("x", 100) + `"`, `{"l":[1],"a":"` + strings.Repeat("x", 100) + `"}`} {
		_, err := truncate.JSON([]byte(body), "l", 50)
		jsontest.WantError(t, err, apierror.TooLarge, "select")
	}
}

func TestCutListSaysWhatItIs(t *testing.T) {
	if s := (truncate.List{Field: "calls", Kept: 40, LeftOut: 260}).String(); s != "calls: 40 of 300" {
		t.Error(s)
	}
	if s := (truncate.List{Kept: 1, LeftOut: 1}).String(); s != "the list: 1 of 2" {
		t.Error(s)
	}
}

func compact(t *testing.T, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkCut holds what is true of every cut of a valid body.
func checkCut(t *testing.T, body []byte, items string, limit int) {
	t.Helper()
	r, err := truncate.JSON(body, items, limit)
	if err != nil {
		if apierror.From(err).Kind != apierror.TooLarge {
			t.Fatalf("%s: %v", body, err)
		}
		return
	}
	if !json.Valid(r.Body) {
		t.Fatalf("%s at %d: not JSON: %s", body, limit, r.Body)
	}
	if len(r.Body) > limit {
		t.Fatalf("%s at %d: %d bytes", body, limit, len(r.Body))
	}
	if (len(r.Lists) == 0) != (compact(t, r.Body) == compact(t, body)) {
		t.Fatalf("%s at %d: %s, %v", body, limit, r.Body, r.Lists)
	}
	before, errBefore := records.Split(body, items)
	after, errAfter := records.Split(r.Body, items)
	if errBefore != nil || errAfter != nil {
		return
	}
	if len(after) != r.Kept || len(before) != r.Kept+r.LeftOut {
		t.Fatalf("%s at %d: %d kept, %d left out; %d of %d records", body, limit, r.Kept, r.LeftOut, len(after), len(before))
	}
	for i := range after {
		if string(after[i]) != string(before[i]) && i > 0 {
			t.Fatalf("%s at %d: record %d became %s", body, limit, i, after[i])
		}
	}
}

func TestEveryCutIsValidAndFits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		body := []byte(jsontest.Random(r, 4))
		checkCut(t, body, []string{"", "a", "call_history"}[r.IntN(3)], r.IntN(len(body)+10))
	}
	body := jsontest.CallBody(50)
	for limit := 0; limit < len(body)+100; limit += 97 {
		checkCut(t, body, "call_history", limit)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"call_logs":[1,2],"l":[{"a":1},{"a":[1,2,3]}],"n":[1,2]}`), "l", 40)
	f.Add([]byte(`[[[[["x"]]]]]`), "", 4)
	f.Add([]byte(`{"a":{"b":[1,{"c":[2,3]}]}}`), "a", 12)
	f.Add([]byte(`{"a":[1,`), "a", 3)
	f.Add([]byte(`{"a":[1],"a":[2,3]}`), "a", 17)
	f.Fuzz(func(t *testing.T, body []byte, items string, limit int) {
		if !json.Valid(body) {
			_, _ = truncate.JSON(body, items, limit)
			_, _ = records.Split(body, items)
			return
		}
		checkCut(t, body, items, limit)
	})
}

func BenchmarkCut(b *testing.B) {
	body := jsontest.CallBody(10_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := truncate.JSON(body, "call_history", 64<<10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecords(b *testing.B) {
	body := jsontest.CallBody(10_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := records.Split(body, "call_history"); err != nil {
			b.Fatal(err)
		}
	}
}
