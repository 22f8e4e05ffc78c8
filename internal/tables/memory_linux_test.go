package tables_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/tables"
)

// mapped returns the address space of this process in MiB.
func mapped(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(text)[0]))
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() >> 20
}

func TestAQuestionThatTakesTooMuchGivesItsMemoryBack(t *testing.T) {
	before := mapped(t)
	for range 20 {
		for _, sql := range []string{
			"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 300000) SELECT x, printf('%0800d',x) FROM c ORDER BY 2 DESC",
			"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 300) SELECT count(*) FROM (SELECT replace(printf('%.*c', 500000, 'a'), 'a', 'bb')||x AS y FROM c ORDER BY y)",
			"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 300000) SELECT json_group_array(y) FROM (SELECT DISTINCT printf('%0800d',x) AS y FROM c)",
		} {
			_, err := tables.Query(context.Background(), sql, nil, nil, tables.Options{MaxMemory: 32 << 20})
			if kind := kindOf(err); kind != apierror.TooLarge {
				t.Fatalf("%.100s: got %v, want an error of kind %s", sql, err, apierror.TooLarge)
			}
		}
	}
	if after := mapped(t); after > before+400 {
		t.Errorf("the process has %d MiB more than before", after-before)
	}
}
