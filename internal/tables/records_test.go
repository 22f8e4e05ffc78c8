package tables_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/tables"
)

// over is the source of a table whose rows are there.
type over struct{ tables.Slice }

func (o over) Rows(context.Context, tables.Call) (tables.Rows, error) { return o.Slice, nil }
func (over) Fetch(context.Context, []tables.Call) error               { return nil }

// table is a table of records.
func table(recs []json.RawMessage, known ...records.Column) (tables.Table, error) {
	columns, err := records.Columns(recs, known)
	t := tables.Table{Name: "records"}
	for _, c := range columns {
		t.Columns = append(t.Columns, tables.Column{Name: c.Name, Type: c.Type, Path: c.Path})
	}
	return t, err
}

func query(ctx context.Context, sql string, recs []json.RawMessage, known []records.Column, o tables.Options) (*tables.Result, error) {
	t, err := table(recs, known...)
	if err != nil {
		return nil, err
	}
	return tables.Query(ctx, sql, []tables.Table{t}, over{recs}, o)
}

func split(t testing.TB, body []byte, items string) []json.RawMessage {
	t.Helper()
	r, err := records.Split(body, items)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(texts ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, s := range texts {
		out = append(out, json.RawMessage(s))
	}
	return out
}

// ask runs a query and returns its rows as JSON.
func ask(t testing.TB, sql string, recs []json.RawMessage, known ...records.Column) string {
	t.Helper()
	r, err := query(context.Background(), sql, recs, known, tables.Options{})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out := r.JSON()
	if !json.Valid(out) {
		t.Fatalf("%s: not JSON: %s", sql, out)
	}
	_, rows, _ := strings.Cut(string(out), `"rows":`)
	return strings.TrimSuffix(rows, "}")
}

func TestQueryAnswersOverRecords(t *testing.T) {
	calls := split(t, jsontest.CallBody(1000), "call_history")
	mixed := lines(
		`{"id":9223372036854775807,"big":1,"n":1,"x":1.5,"ok":true,"ext":1001,"charge":"0.50","tags":["a","b"],"site":{"id":"s1","in":{"deep":7}},"t":"2026-10-05T12:03:11Z","null":null}`,
		`{"id":1,"big":70814661254434834850001,"n":2,"x":2,"ok":false,"ext":"1002","charge":"1.25","tags":[],"site":{"id":"s2"},"t":"","new":"\u00e9\"q"}`,
		`{"ID2":1}`,
	)
	for _, c := range []struct {
		what string
		recs []json.RawMessage
		sql  string
		want string
	}{
		{"grouping", calls, "SELECT callee_name, count(*) AS missed FROM records WHERE call_result = 'no_answer' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2", `[["Queue 0",17],["Queue 1",17]]`},
		{"nothing", calls, "SELECT callee_name FROM records WHERE 0", `[]`},
		{"WITH", calls, "WITH c AS (SELECT duration d FROM records) SELECT count(*), max(d) FROM c", `[[1000,599]]`},
		{"VALUES", nil, "VALUES (1, 2.5, NULL, x'0Aff', 'a''b')", `[[1,2.5,null,"0aff","a'b"]]`},
		{"a recursion with an end", nil, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 5) SELECT sum(x) FROM c", `[[15]]`},
		{"a comment and a semicolon", nil, "-- how many\nSELECT 1; -- done", `[[1]]`},
		{"integers keep their digits", mixed, "SELECT id FROM records WHERE id > 1", `[[9223372036854775807]]`},
		{"longer integers are text", mixed, "SELECT big, typeof(big) FROM records LIMIT 2", `[["1","text"],["70814661254434834850001","text"]]`},
		{"numbers", mixed, "SELECT sum(x), avg(n), typeof(x) FROM records WHERE x < 1.9", `[[1.5,1,"real"]]`},
		{"true and false", mixed, "SELECT sum(ok), min(ok) FROM records WHERE ok IN (0, 1)", `[[1,0]]`},
		{"numbers and texts together compare as text", mixed, "SELECT count(*) FROM records WHERE ext = 1001 OR ext = '1002'", `[[2]]`},
		{"charges are text that adds up", mixed, "SELECT sum(charge), max(CAST(charge AS REAL)) FROM records", `[[1.75,1.25]]`},
		{"objects", mixed, "SELECT site_id, site_in_deep FROM records ORDER BY 1 DESC LIMIT 2", `[["s2",null],["s1",7]]`},
		{"arrays", mixed, "SELECT value, count(*) FROM records, json_each(tags) GROUP BY 1", `[["a",1],["b",1]]`},
		{"a field of one record", mixed, "SELECT new FROM records WHERE new IS NOT NULL", `[["é\"q"]]`},
		{"a field that is always null", mixed, "SELECT count(\"null\") FROM records", `[[0]]`},
		{"local time", mixed, "SELECT local(t, 'Europe/Berlin'), local(t, 'America/New_York'), local(t, '+05:30') FROM records ORDER BY t DESC LIMIT 1", `[["2026-10-05 14:03:11","2026-10-05 08:03:11","2026-10-05 17:33:11"]]`},
		{"local time of nothing", mixed, "SELECT count(local(t, 'UTC')), count(t) FROM records", `[[1,2]]`},
		{"weekday and hour of local time", nil, "SELECT strftime('%w %H %m', local('2026-01-31T23:30:00Z', 'Asia/Tokyo'))", `[["0 08 02"]]`},
		{"a regular expression", calls, "SELECT count(DISTINCT callee_name) FROM records WHERE callee_name REGEXP '^Queue 1[01]?$'", `[[3]]`},
		{"floats as people write them", nil, "SELECT 0.1 + 0.2, 1e300 * 1e300, 100.0, 1.0/3", `[[0.3,null,100,0.333333333333333]]`},
		{"functions of our own as SQLite has them", nil, "SELECT instr('añb', 'b'), instr('a', 'x'), replace('aXa', 'a', 'bb'), replace('a', '', 'x'), trim('--a-', '-'), ltrim('xya', 'yx'), rtrim('axy', 'yx'), instr(NULL, 'a'), replace('a', 'a', NULL)", `[[3,0,"bbXbb","a","a","a","a",null,null]]`},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := ask(t, c.sql, c.recs); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestLocalReadsTimesAsTheyAreWritten(t *testing.T) {
	for in, want := range map[string]string{
		`'2026-03-29T00:59:59Z'`:          "2026-03-29 01:59:59", // a second before summer time
		`'2026-03-29T01:00:00Z'`:          "2026-03-29 03:00:00",
		`'2026-07-01 10:00:00'`:           "2026-07-01 12:00:00",
		`'2026-07-01T10:00:00.123+02:00'`: "2026-07-01 10:00:00",
		`'2026-07-01'`:                    "2026-07-01 02:00:00",
		`1782900000`:                      "2026-07-01 12:00:00",
		`1782900000123`:                   "2026-07-01 12:00:00",
		`1782900000.7`:                    "2026-07-01 12:00:00",
		`'1782900000'`:                    "2026-07-01 12:00:00",
		`'yesterday'`:                     "",
		`''`:                              "",
		`NULL`:                            "",
		`x'00'`:                           "",
		`9e18`:                            "",
		`-9223372036854775808`:            "",
	} {
		want = `[["` + want + `"]]`
		if want == `[[""]]` {
			want = "[[null]]"
		}
		if got := ask(t, "SELECT local("+in+", 'Europe/Berlin')", nil); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestWrongZoneIsNamed(t *testing.T) {
	for _, zone := range []string{"Mars/Olympus", "", "Local", "../../etc/passwd", "/etc/localtime", "Europe/berlinn", strings.Repeat("x", 100)} {
		_, err := query(t.Context(), "SELECT local('2026-01-01', '"+zone+"')", nil, nil, tables.Options{})
		jsontest.WantError(t, err, apierror.InvalidParams, "time zone", "Europe/Berlin", zone[:min(len(zone), 60)])
	}
}

func TestQueryThatDoesMoreThanAskIsRefused(t *testing.T) {
	recs := lines(`{"a":1}`)
	dir := t.TempDir()
	for _, sql := range []string{
		"INSERT INTO records VALUES (1)", "DELETE FROM records", "UPDATE records SET a = 2", "DROP TABLE records", "CREATE TABLE x(a)",
		"CREATE TEMP TABLE x(a)", "CREATE VIEW v AS SELECT 1", "ALTER TABLE records ADD b", "REINDEX", "ANALYZE", "VACUUM",
		"VACUUM INTO '" + dir + "/x'", "ATTACH '" + dir + "/x' AS y", "DETACH main", "PRAGMA user_version", "PRAGMA temp_store = 1",
		"BEGIN", "COMMIT", "SAVEPOINT x", "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT 1", "/* x */ EXPLAIN SELECT 1",
		"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE records", "WITH c AS (SELECT 1) DELETE FROM records", "WITH c AS (SELECT 1) INSERT INTO records SELECT * FROM c",
		"SELECT load_extension('x')", "SELECT * FROM sqlite_schema", "SELECT count(*) FROM sqlite_master", "SELECT * FROM pragma_table_info('records')",
		"SELECT count(*) FROM pragma_database_list", "SELECT sqlite_version()", "SELECT readfile('/etc/passwd')", "SELECT randomblob(1000000000)",
		"SELECT zeroblob(1000000000)", "SELECT ?1", "SELECT :a", "", " ", ";", "-- nothing", "SELECT 1\x00", "SELECT " + strings.Repeat("1+", 6000) + "1",
		"SELECT * FROM temp.sqlite_temp_schema", "CREATE VIRTUAL TABLE t USING fts5(a)",
	} {
		r, err := query(t.Context(), sql, recs, nil, tables.Options{})
		if err == nil {
			t.Errorf("%.60q: %s", sql, r.JSON())
			continue
		}
		jsontest.WantError(t, err, apierror.InvalidParams, "SELECT", "Columns of records: a.")
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("files were made: %v", entries)
	}
}

func TestErrorsOfAQueryLeadOn(t *testing.T) {
	recs := split(t, jsontest.CallBody(5), "call_history")
	for _, c := range []struct {
		sql   string
		texts []string
	}{
		{"SELECT caller FROM records", []string{"no such column: caller", "at character 8", "nearest: caller_name", "call_result", "GROUP BY 1"}},
		{"SELECT r.queue_name FROM records r", []string{"no such column: r.queue_name", "callee_name"}},
		{"SELECT direction FROM call_history", []string{"no such table: call_history", "records"}},
		{`SELECT direction FROM records WHERE call_result = "no_answer"`, []string{"single-quotes"}},
		{"SELEC direction FROM records", []string{`near "SELEC": syntax error`, "at character 1"}},
		{"SELECT direction FROM records WHERE", []string{"incomplete input"}},
		{"SELECT missing(direction) FROM records", []string{"no such function: missing"}},
		{"SELECT json_extract(direction, '$.x') FROM records", []string{"malformed JSON"}},
		{"SELECT direction REGEXP '(' FROM records", []string{"regexp", "missing closing )"}},
		{"SELECT replace(hex(printf('%0500000d', 1)), '3', 'xxxxxxxx')", []string{"too big"}},
	} {
		_, err := query(t.Context(), c.sql, recs, nil, tables.Options{})
		jsontest.WantError(t, err, apierror.InvalidParams, c.texts...)
		if n := len(apierror.From(err).Text()); n > 2500 {
			t.Errorf("%s: the error has %d bytes", c.sql, n)
		}
	}
	_, err := query(t.Context(), "SELECT x FROM records", nil, nil, tables.Options{})
	jsontest.WantError(t, err, apierror.InvalidParams, "there are no records")
}

func TestColumnsAreThoseOfTheSpecAndOfTheRecords(t *testing.T) {
	known := []records.Column{{Name: "id", Type: "string"}, {Name: "site_id", Type: "string"}, {Name: "n", Type: "integer"}, {Name: "tags", Type: "array"}}
	recs := lines(`{"id":5,"extra":{"x":true},"site":{"ID":"s"}}`, `{"n":null,"more":[1],"m":1.5}`)
	got, err := records.Columns(recs, known)
	if err != nil {
		t.Fatal(err)
	}
	want := "[{id integer} {site_id string} {n integer} {tags array} {extra_x boolean} {more array} {m number}]"
	for i := range got {
		got[i].Path = nil
	}
	if said := strings.ReplaceAll(fmt.Sprint(got), " []}", "}"); said != want {
		t.Errorf("%s, want %s", said, want)
	}
	if got := ask(t, "SELECT *, typeof(tags) FROM records", recs, known...); got != `[[5,"s",null,null,1,null,null,"null"],[null,null,null,null,null,"[1]",1.5,"null"]]` {
		t.Error(got)
	}
	if got := ask(t, "SELECT count(*), count(n) FROM records", nil, known...); got != `[[0,0]]` {
		t.Error(got)
	}
}

func TestQueryIsCheckedBeforeThereAreRecords(t *testing.T) {
	records, err := table(nil, records.Column{Name: "direction", Type: "string"})
	if err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{"SELECT direction FROM records": "", "SELECT only_in_records FROM records": "only_in_records"} {
		err := tables.Check(t.Context(), sql, []tables.Table{records})
		unknown, _ := errors.AsType[*tables.UnknownColumn](err)
		if want == "" && err != nil || want != "" && (unknown == nil || unknown.Column != want) {
			t.Errorf("%s: got %v, want an unknown column %q", sql, err, want)
		}
	}
	for _, sql := range []string{"SELEC", "DELETE FROM records", "SELECT nosuch(direction) FROM records", "SELECT 1; SELECT 2"} {
		jsontest.WantError(t, tables.Check(t.Context(), sql, []tables.Table{records}), apierror.InvalidParams, "direction")
	}
}

func TestResultIsBounded(t *testing.T) {
	recs := split(t, jsontest.CallBody(1500), "call_history")
	r, err := query(t.Context(), "SELECT call_id FROM records", recs, nil, tables.Options{})
	if err != nil || len(r.Rows) != tables.DefaultRows || !r.More {
		t.Errorf("%d rows, more %t, %v", len(r.Rows), r.More, err)
	}
	r, err = query(t.Context(), "SELECT call_id FROM records LIMIT 7", recs, nil, tables.Options{MaxRows: 7})
	if err != nil || len(r.Rows) != 7 || r.More {
		t.Errorf("%d rows, more %t, %v", len(r.Rows), r.More, err)
	}
	r, err = query(t.Context(), "SELECT call_id FROM records", recs, nil, tables.Options{MaxBytes: 220})
	if err != nil || len(r.Rows) == 0 || len(r.Rows) > 10 || !r.More {
		t.Errorf("%d rows, more %t, %v", len(r.Rows), r.More, err)
	}
	if got := string(r.CSV()); !strings.HasPrefix(got, "call_id\r\n7081466125443000000\r\n") {
		t.Errorf("%q", got)
	}
}

func TestQueryIsBounded(t *testing.T) {
	recs := split(t, jsontest.CallBody(2000), "call_history")
	for _, c := range []struct {
		what, sql string
		kind      apierror.Kind
	}{
		{"no end", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c", apierror.Timeout},
		{"a product", "SELECT count(*) FROM records a, records b, records c WHERE a.duration+b.duration > c.duration", apierror.Timeout},
		{"memory", "WITH RECURSIVE c(x) AS (SELECT printf('%900000d', 1) UNION ALL SELECT x||'' FROM c LIMIT 100000) SELECT * FROM c ORDER BY x DESC", apierror.TooLarge},
		{"quadratic texts", "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c), h(x, y) AS (SELECT printf('%.*c', 500000, 'a'), printf('%.*c', 250000, 'a')||'b') SELECT count(*) FROM c, h WHERE instr(x||n, y) OR replace(x||n, y, '') = '' OR trim(x||n, y) = 'c'", apierror.Timeout},
	} {
		t.Run(c.what, func(t *testing.T) {
			start := time.Now()
			timeout := 200 * time.Millisecond
			if c.kind == apierror.TooLarge {
				timeout = time.Minute
			}
			_, err := query(t.Context(), c.sql, recs, nil, tables.Options{Timeout: timeout, MaxMemory: 32 << 20})
			jsontest.WantError(t, err, c.kind)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := query(ctx, "SELECT 1", recs, nil, tables.Options{})
	jsontest.WantError(t, err, apierror.Canceled)
	late, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	_, err = query(late, "SELECT 1", recs, nil, tables.Options{})
	jsontest.WantError(t, err, apierror.Timeout)
}

func TestQueriesAtOnceDoNotMeet(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				recs := lines(fmt.Sprintf(`{"a":%d}`, i), `{"a":0}`)
				r, err := query(t.Context(), "SELECT max(a) FROM records", recs, nil, tables.Options{})
				if err != nil || string(r.JSON()) != fmt.Sprintf(`{"columns":["max(a)"],"rows":[[%d]]}`, i) {
					t.Errorf("%v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCountsAreThoseOfAPlainLoop groups random records with SQL and by hand.
func TestCountsAreThoseOfAPlainLoop(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		want := map[string]int{}
		var recs []json.RawMessage
		for range r.IntN(300) {
			at := time.Unix(1_760_000_000+r.Int64N(40_000_000), 0).UTC()
			result := []string{"no_answer", "answered"}[r.IntN(2)]
			queue := fmt.Sprint("Q", r.IntN(3))
			recs = append(recs, json.RawMessage(fmt.Sprintf(`{"q":{"name":%q},"call_result":%q,"start_time":%q}`, queue, result, at.Format(time.RFC3339))))
			if result == "no_answer" {
				want[fmt.Sprintf("%s %d", queue, at.In(berlin).Weekday())]++
			}
		}
		res, err := query(t.Context(), "SELECT q_name || ' ' || strftime('%w', local(start_time, 'Europe/Berlin')), count(*) FROM records WHERE call_result = 'no_answer' GROUP BY 1", recs,
			[]records.Column{{Name: "q_name", Type: "string"}, {Name: "call_result", Type: "string"}, {Name: "start_time", Type: "string"}}, tables.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, row := range res.Rows {
			var k string
			var n int
			_ = json.Unmarshal(row[0], &k)
			_ = json.Unmarshal(row[1], &n)
			got[k] = n
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	recs := lines(`{"a":1,"b":"x","c":{"d":[1,2]}}`, `{"a":2,"e":1.5}`)
	for _, sql := range []string{"SELECT * FROM records", "SELECT local(b, 'UTC') FROM records", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 9) SELECT * FROM c",
		"SELECT value FROM records, json_each(c_d)", "ATTACH 'x' AS y", "SELECT a REGEXP '1' FROM records", "VALUES(x'00', 1e999)", "SELECT printf('%.*c', 100000, 'a')", "SELECT 1; --x", "SELECT sum(a) OVER (ORDER BY b) FROM records", "PRAGMA writable_schema=1"} {
		f.Add(sql, "k")
	}
	f.Add("0", "\x01,"+strings.Repeat("l", 5000))
	f.Add("SELECT "+strings.Repeat("l", 5000), strings.Repeat("l", 4000))
	files := func() (names []string) {
		entries, err := os.ReadDir(".")
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	there := files()
	f.Fuzz(func(t *testing.T, sql, key string) {
		name, _ := json.Marshal(key)
		all := append(recs[:len(recs):len(recs)], json.RawMessage(`{`+string(name)+`:{`+string(name)+`:7}}`))
		start := time.Now()
		r, err := query(t.Context(), sql, all, []records.Column{{Name: key, Type: "string"}}, tables.Options{Timeout: time.Second, MaxMemory: 32 << 20})
		if took := time.Since(start); took > 8*time.Second {
			t.Fatalf("%q took %s", sql, took)
		}
		if err != nil {
			if e := apierror.From(err); e.Kind != apierror.InvalidParams && e.Kind != apierror.Timeout && e.Kind != apierror.TooLarge || e.Message == "" || len(e.Text()) > 10<<10 {
				t.Fatalf("%q: %v, %v", sql, err, e.Err)
			}
			return
		}
		if now := files(); !slices.Equal(there, now) {
			t.Fatalf("%q made files: %q", sql, now)
		}
		var table struct {
			Columns []string
			Rows    [][]any
		}
		if err := json.Unmarshal(r.JSON(), &table); err != nil || len(table.Rows) > tables.DefaultRows || len(table.Rows) != len(r.Rows) {
			t.Fatalf("%q: %v, %s", sql, err, r.JSON())
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) {
				t.Fatalf("%q: %d columns, %d values", sql, len(table.Columns), len(row))
			}
		}
		if read, err := csv.NewReader(bytes.NewReader(r.CSV())).ReadAll(); err != nil && !errors.Is(err, csv.ErrQuote) || err == nil && len(read) > len(r.Rows)+1 {
			t.Fatalf("%q: %v, %d lines of CSV for %d rows", sql, err, len(read), len(r.Rows))
		}
		first := strings.ToLower(sql)
		if !strings.Contains(first, "select") && !strings.Contains(first, "values") {
			t.Fatalf("%q was run", sql)
		}
	})
}

func BenchmarkQueryGroup(b *testing.B) {
	body := jsontest.CallBody(10_000)
	recs := split(b, body, "call_history")
	b.ReportAllocs()
	for b.Loop() {
		ask(b, "SELECT callee_name, count(*) AS missed FROM records WHERE call_result = 'no_answer' GROUP BY 1 ORDER BY 2 DESC", recs)
	}
}

func BenchmarkQueryByLocalWeekday(b *testing.B) {
	recs := split(b, jsontest.CallBody(10_000), "call_history")
	b.ReportAllocs()
	for b.Loop() {
		ask(b, "SELECT callee_name, strftime('%w', local(start_time, 'Europe/Berlin')) AS day, count(*) FROM records WHERE call_result = 'no_answer' GROUP BY 1, 2", recs)
	}
}

func BenchmarkQueryAllColumns(b *testing.B) {
	recs := split(b, jsontest.CallBody(10_000), "call_history")
	b.ReportAllocs()
	for b.Loop() {
		ask(b, "SELECT * FROM records ORDER BY duration DESC LIMIT 20", recs)
	}
}

func BenchmarkQueryWithoutRecords(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ask(b, "SELECT 1", nil)
	}
}
