package cache_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/daterange"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/paginate"
	"zoom-phone-mcp/internal/spool"
)

// From a page, as the gateway has it, into the spool.
func BenchmarkRead(b *testing.B) {
	const size, pages = 300, 100
	var bodies []json.RawMessage
	for page := range pages {
		var b bytes.Buffer
		b.WriteString(`{"call_history":[`)
		for i := range size {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(jsontest.CallRecord(page*size + i))
		}
		next := ""
		if page < pages-1 {
			next = fmt.Sprint(page + 1)
		}
		fmt.Fprintf(&b, `],"next_page_token":%q}`, next)
		bodies = append(bodies, b.Bytes())
	}
	b.Logf("%d bytes a record", len(bodies[0])/size)
	s := spool.New(spool.Options{Dir: b.TempDir()})
	defer s.Close()
	c := cache.New(cache.Options{Spool: s})
	defer c.Close()
	limits := daterange.Limits{}
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	l := cache.List{Query: paginate.Query{
		Method: paginate.Method{
			Name: "history", Items: "call_history", Twin: "call_logs", Next: "next_page_token", Limits: &limits,
			ID: []string{"call_history_uuid"}, Times: []string{"start_time"}, TwinTime: "date_time",
		},
		Range: daterange.Between(start, start.AddDate(0, 0, 40), limits),
	}}
	l.Page = func(_ context.Context, set map[string]any) (json.RawMessage, error) {
		n := 0
		if token, ok := set["next_page_token"].(string); ok {
			fmt.Sscan(token, &n)
		}
		return bodies[n], nil
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		l.Key = fmt.Sprint(i)
		rows, err := c.Read(context.Background(), l, cache.Read{})
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			memory, disk := s.Size()
			b.Logf("%d records in %d chunks, %d and %d bytes", rows.Len(), rows.Chunks(), memory, disk)
		}
		rows.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size*pages), "ns/record")
}
