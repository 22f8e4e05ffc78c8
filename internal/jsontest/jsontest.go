// Package jsontest makes JSON documents for tests, and checks their errors.
package jsontest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// CallRecord is a record as call history has it, number i of many.
func CallRecord(i int) string {
	results := []string{"answered", "no_answer", "voicemail", "abandoned", "busy"}
	at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 97 * time.Second)
	return fmt.Sprintf(`{"call_history_uuid":"%s-%08x-0000-4000-8000-00000000%04x","call_id":"7081466125443%06d","direction":"%s","international":%t,`+
		`"start_time":"%s","answer_time":"%s","end_time":"%s","duration":%d,"connect_type":"external","sbc_id":"","sbc_name":"","sip_group_id":"","sip_group_name":"",`+
		`"call_type":"general","call_result":"%s","hide_caller_id":false,"end_to_end":false,"caller_ext_id":"","caller_did_number":"+1555%07d","caller_ext_number":"",`+
		`"caller_name":"Caller %d","caller_email":"","caller_ext_type":"","caller_number_type":"external_pstn","caller_device_type":"","caller_country_iso_code":"US",`+
		`"caller_country_code":"1","callee_ext_id":"ext%04d","callee_did_number":"+15550000%03d","callee_ext_number":"%d","callee_name":"Queue %d","callee_email":"",`+
		`"callee_ext_type":"call_queue","callee_number_type":"zoom_pstn","callee_device_type":"","callee_country_iso_code":"US","callee_country_code":"1",`+
		`"department":"Sales","cost_center":"CC-%d","site_id":"site%d","group_id":"","site_name":"Main","spam":"","recording_status":"non_recorded",`+
		`"site":{"id":"site%d","name":"Main"},"tags":["a","b%d"],"caller_account_code":"","callee_account_code":""}`,
		at.Format("20060102"), i, i%65536, i, []string{"inbound", "outbound"}[i%2], i%50 == 0,
		at.Format(time.RFC3339), at.Add(5*time.Second).Format(time.RFC3339), at.Add(time.Minute).Format(time.RFC3339), i%600,
		results[i%5], i, i%500, i%12, i%1000, 1000+i%40, i%12, i%7, i%3, i%3, i%4)
}

// CallBody is an answer with n call records.
func CallBody(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"from":"2026-09-01","to":"2026-09-30","page_size":300,"total_records":%d,"call_history":[`, n)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(CallRecord(i))
	}
	b.WriteString(`],"next_page_token":""}`)
	return b.Bytes()
}

// WantError checks kind and text of an error.
func WantError(t testing.TB, err error, kind apierror.Kind, texts ...string) {
	t.Helper()
	e := apierror.From(err)
	if e == nil {
		t.Fatalf("no error, want %s", kind)
	}
	if e.Kind != kind {
		t.Errorf("kind %s, want %s: %v", e.Kind, kind, err)
	}
	for _, text := range texts {
		if !strings.Contains(e.Text(), text) {
			t.Errorf("%q is not in:\n%s", text, e.Text())
		}
	}
}

// Random makes a document of some depth.
func Random(r *rand.Rand, depth int) string {
	words := []string{"a", "b", "call_history", "id", "name", "x y", "é", `q\"q`, `\u0041`, ""}
	switch k := r.IntN(9); {
	case depth > 0 && k < 3:
		var b strings.Builder
		b.WriteByte('{')
		n := 0
		for i, w := range words {
			if r.IntN(3) > 0 || i == 8 {
				continue
			}
			if n++; n > 1 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + w + `":` + Random(r, depth-1))
		}
		return b.String() + "}"
	case depth > 0 && k < 6:
		var b strings.Builder
		b.WriteByte('[')
		for i := range r.IntN(6) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(Random(r, depth-1))
		}
		return b.String() + "]"
	case k == 6:
		return []string{"0", "1", "-2.5", "1e3", "7081466125443483485", "70814661254434834850001", "1.10"}[r.IntN(7)]
	case k == 7:
		return []string{"true", "false", "null"}[r.IntN(3)]
	}
	return `"` + words[r.IntN(len(words))] + strings.Repeat("z", r.IntN(40)) + `"`
}
