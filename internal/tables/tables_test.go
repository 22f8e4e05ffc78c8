package tables_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/tables"
)

// account is a source of a few tables: users, settings of a user, calls of a period,
// and the path of a call.
type account struct {
	rows    map[string]tables.Slice
	made    map[string]bool
	fetched []string
	rounds  int
	fail    error
	chunked map[string]*chunked
}

func (a *account) name(c tables.Call) string {
	s := c.Table
	for _, p := range []string{"id", "q", "site"} {
		if v, ok := c.Params[p]; ok {
			s += " " + p + "=" + v
		}
	}
	for _, v := range []string{c.Period, c.From, c.To} {
		if v != "" {
			s += " " + v
		}
	}
	return s
}

func (a *account) Rows(_ context.Context, c tables.Call) (tables.Rows, error) {
	if !a.made[a.name(c)] {
		return nil, nil
	}
	if rows := a.chunked[a.name(c)]; rows != nil {
		return rows, nil
	}
	if rows := a.rows[a.name(c)]; rows != nil {
		return rows, nil
	}
	return tables.Slice{}, nil
}

func (a *account) Fetch(_ context.Context, calls []tables.Call) error {
	if len(calls) > 1000 {
		return fmt.Errorf("%d calls", len(calls))
	}
	a.rounds++
	for _, c := range calls {
		a.fetched = append(a.fetched, a.name(c))
		a.made[a.name(c)] = true
	}
	return a.fail
}

func newAccount() *account {
	a := &account{made: map[string]bool{}, rows: map[string]tables.Slice{}}
	for i := range 40 {
		a.rows["users"] = append(a.rows["users"], json.RawMessage(fmt.Sprintf(`{"id":"u%d","name":"User %d","extension_number":%d,"site":{"id":"s%d"}}`, i, i, 1000+i, i%3)))
		a.rows[fmt.Sprintf("settings id=u%d", i)] = tables.Slice{json.RawMessage(fmt.Sprintf(`{"recording":%v,"area_code":"4%d"}`, i%2 == 0, i%3))}
	}
	for i := range 100 {
		a.rows["calls 2026-10"] = append(a.rows["calls 2026-10"], json.RawMessage(fmt.Sprintf(
			`{"uuid":"c%d","ext":"%d","start_time":"2026-10-%02dT10:00:00Z","seconds":%d}`, i, 1000+i%50, 1+i%31, i)))
		for j := range i % 3 {
			key := fmt.Sprintf("path id=c%d", i)
			a.rows[key] = append(a.rows[key], json.RawMessage(fmt.Sprintf(`{"event":"ring","member":"m%d","n":%d}`, (i+j)%7, j)))
		}
	}
	a.rows["calls 2026-10-30 2026-11-01"] = a.rows["calls 2026-10"]
	return a
}

func column(name, typ string, path ...string) tables.Column {
	if path == nil {
		path = []string{name}
	}
	return tables.Column{Name: name, Type: typ, Path: path}
}

var schema = []tables.Table{
	{Name: "users", Columns: []tables.Column{column("id", "string"), column("name", "string"), column("extension_number", "integer"), column("site_id", "string", "site", "id")}, Params: []tables.Param{{Name: "q"}}},
	{Name: "settings", Columns: []tables.Column{column("recording", "boolean"), column("area_code", "string")}, Params: []tables.Param{{Name: "id", Required: true, From: []string{"users.id"}}}},
	{Name: "calls", Columns: []tables.Column{column("uuid", "string"), column("ext", "string"), column("start_time", "string"), column("seconds", "integer")}, Ranged: true, Time: "start_time"},
	{Name: "path", Columns: []tables.Column{column("event", "string"), column("member", "string"), column("n", "integer")}, Params: []tables.Param{{Name: "id", Required: true, From: []string{"calls.uuid"}}}},
}

func (a *account) ask(t *testing.T, sql string) string {
	t.Helper()
	r, err := tables.Query(t.Context(), sql, schema, a, tables.Options{})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	text, _ := json.Marshal(r.Rows)
	return string(text)
}

func TestJoinsMakeTheCallsTheyNeed(t *testing.T) {
	for _, c := range []struct {
		what, sql, want string
		rounds, calls   int
	}{
		{"a list", "SELECT count(*) FROM users", `[[40]]`, 1, 1},
		{"a join by a table's argument", "SELECT s.recording, count(*) FROM users u, settings(u.id) s GROUP BY 1 ORDER BY 1", `[[0,20],[1,20]]`, 2, 41},
		{"a join by a key column", "SELECT s.area_code, count(*) FROM users u JOIN settings s ON s.id = u.id GROUP BY 1 ORDER BY 1", `[["40",14],["41",13],["42",13]]`, 2, 41},
		{"a join written the wrong way round", "SELECT count(*) FROM settings s JOIN users u ON s.id = u.id", `[[40]]`, 2, 41},
		{"a left join keeps rows without", "SELECT count(*), count(p.n), count(DISTINCT c.uuid) FROM calls('2026-10') c LEFT JOIN path p ON p.id = c.uuid", `[[133,99,100]]`, 2, 101},
		{"a limit in a subquery", "SELECT count(*) FROM (SELECT uuid FROM calls('2026-10') WHERE seconds > 90 ORDER BY seconds LIMIT 5) c, path(c.uuid) p", `[[6]]`, 2, 6},
		{"in a list", "SELECT count(*) FROM path WHERE id IN ('c1', 'c2', 'c4')", `[[4]]`, 1, 3},
		{"in a subquery", "SELECT count(*) FROM path WHERE id IN (SELECT uuid FROM calls('2026-10') WHERE seconds < 3)", `[[3]]`, 2, 4},
		{"three levels", "SELECT u.name, p.member FROM calls('2026-10') c JOIN users u ON u.extension_number = c.ext JOIN path p ON p.id = c.uuid WHERE c.seconds = 5", `[["User 5","m5"],["User 5","m6"]]`, 3, 3},
		{"a range by comparisons", "SELECT count(*) FROM calls WHERE start_time >= '2026-10-30' AND start_time < '2026-11-01'", `[[6]]`, 1, 1},
		{"between", "SELECT count(*) FROM calls WHERE start_time BETWEEN '2026-10-30' AND '2026-11-01'", `[[6]]`, 1, 1},
		{"bounds in other forms of times", "SELECT count(*) FROM calls('2026-10') WHERE start_time >= '2026-10-30 10:00:01' AND start_time < datetime('2026-10-31', '+1 day')", `[[3]]`, 1, 1},
		{"bounds with an offset", "SELECT min(start_time), max(start_time) FROM calls('2026-10') WHERE start_time > '2026-10-30T11:59:00+02:00' AND start_time <= '2026-10-31T12:00:00+02:00'", `[["2026-10-30T10:00:00Z","2026-10-31T10:00:00Z"]]`, 1, 1},
		{"or between two keys", "SELECT count(*) FROM path WHERE (id = 'c2' AND n = 0) OR (id = 'c5' AND n >= 0)", `[[3]]`, 1, 2},
		{"or between two ranges", "SELECT count(*) FROM calls WHERE (start_time >= '2026-10-30' AND start_time < '2026-11-01' AND seconds > 50) OR (start_time >= '2026-10-30' AND start_time < '2026-11-01' AND seconds < 70)", `[[6]]`, 1, 1},
		{"an argument that is left out", "SELECT count(*) FROM users(NULL)", `[[40]]`, 1, 1},
		{"an anti-join waits for what it excludes", "SELECT u.id FROM users u, settings(u.id) s WHERE NOT EXISTS (SELECT 1 FROM calls('2026-10') c WHERE c.ext = u.extension_number AND c.ext > '1002') AND u.extension_number < 1005 ORDER BY 1", `[["u0"],["u1"],["u2"]]`, 3, 5},
		{"numbers and texts of numbers are found", "SELECT count(*) FROM users u JOIN calls('2026-10') c ON c.ext = u.extension_number", `[[80]]`, 2, 2},
		{"no key no call", "SELECT count(*) FROM path WHERE id = NULL", `[[0]]`, 0, 0},
		{"two periods", "SELECT (SELECT count(*) FROM calls('2026-10')), (SELECT count(*) FROM calls('2026-09'))", `[[100,0]]`, 1, 2},
		{"the key is readable", "SELECT id, count(*) FROM path WHERE id IN ('c2', 'c1') GROUP BY 1 ORDER BY 1", `[["c1",1],["c2",2]]`, 1, 2},
		{"the record itself", "SELECT record ->> '$.site.id' FROM users WHERE id = 'u4'", `[["s1"]]`, 1, 1},
		{"nothing of a table", "SELECT 1 WHERE EXISTS (SELECT * FROM users)", `[[1]]`, 1, 1},
		{"keywords and case", `SELECT count(*) AS "group" FROM USERS AS "select" WHERE "select"."Name" = 'User 3'`, `[[1]]`, 1, 1},
		{"with", "WITH long AS (SELECT uuid FROM calls('2026-10') WHERE seconds >= 98) SELECT count(*) FROM long JOIN path ON path.id = long.uuid", `[[2]]`, 2, 3},
		{"nocase", "SELECT count(*) FROM users WHERE name = 'USER 3' COLLATE NOCASE", `[[1]]`, 1, 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			a := newAccount()
			if got := a.ask(t, c.sql); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if a.rounds != c.rounds || len(a.fetched) != c.calls {
				t.Errorf("got %d calls in %d rounds, want %d in %d: %.300s", len(a.fetched), a.rounds, c.calls, c.rounds, a.fetched)
			}
			if got := a.ask(t, c.sql); got != c.want || len(a.fetched) != c.calls {
				t.Errorf("a second time: got %s with %d calls", got, len(a.fetched))
			}
		})
	}
}

// Numbers that are written as text compare as numbers.
func TestNumbersWrittenAsTextAreNumbers(t *testing.T) {
	rows := tables.Slice{}
	for _, v := range []string{`"10.00"`, `"9.5"`, `"-1"`, `""`, `"n/a"`, `null`, `2.25`, `"1e3"`} {
		rows = append(rows, json.RawMessage(`{"charge":`+v+`}`))
	}
	table := []tables.Table{{Name: "charges", Columns: []tables.Column{column("charge", "number")}}}
	r, err := tables.Query(t.Context(), "SELECT count(*), sum(charge), max(charge) FROM charges WHERE charge > 9 AND typeof(charge) <> 'text'", table, over{rows}, tables.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(r.Rows); string(got) != `[[2,19.5,10]]` {
		t.Errorf("got %s, want two of 19.5, at most 10", got)
	}
}

// Two cursors over one list read it side by side, also where its values are too many to
// be kept.
func TestCursorsOverOneListDoNotMeet(t *testing.T) {
	a := newAccount()
	long := strings.Repeat("x", 100<<10)
	var rows tables.Slice
	for i := range 900 {
		rows = append(rows, json.RawMessage(fmt.Sprintf(`{"id":"u%d","name":"%s%d","extension_number":%d}`, i, long, i, i)))
	}
	a.chunked = map[string]*chunked{"users": {rows: rows}}
	const sql = "SELECT count(*), sum(substr(x.name, -3) = substr(y.name, -3)) FROM users x, (SELECT name, extension_number FROM users WHERE extension_number >= 897) y WHERE y.extension_number = x.extension_number"
	if got, want := a.ask(t, sql), `[[3,3]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// chunked are rows whose pieces are valid until the next one is read, as those are that
// come from a store.
type chunked struct {
	rows tables.Slice
	buf  []byte
}

func (c *chunked) Len() int    { return len(c.rows) }
func (c *chunked) Chunks() int { return (len(c.rows) + 99) / 100 }
func (c *chunked) Chunk(i int) ([]json.RawMessage, error) {
	for i := range c.buf {
		c.buf[i] = '!'
	}
	c.buf = c.buf[:0]
	var out []json.RawMessage
	for _, r := range c.rows[100*i : min(100*i+100, len(c.rows))] {
		at := len(c.buf)
		c.buf = append(c.buf, r...)
		out = append(out, c.buf[at:len(c.buf):len(c.buf)])
	}
	return out, nil
}

func TestWrongStatementsSayHowToFixThem(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"SELECT * FROM settings", "settings needs a value for id, which comes from users.id|FROM users AS x, settings(x.id)"},
		{"SELECT * FROM calls", "calls needs a period: calls('last week')|start_time >= "},
		{"SELECT * FROM calls WHERE start_time < '2026-10-01'", "calls needs a period"},
		{"SELECT * FROM user", "users"},
		{"SELECT nam FROM users", "no such column: nam|name"},
		{"SELECT q FROM users", "q of users is a parameter of the call and not a field"},
		{"SELECT * FROM users WHERE q LIKE 'a%'", "q of users is a parameter of the call and not a field"},
		{"SELECT * FROM settings s JOIN path p ON s.id = p.id", "settings needs|no order of the tables"},
		{"SELECT * FROM users('a', 'b', 'c')", "too many arguments"},
		{"SELECT * FROM users; DELETE FROM users", "only one statement"},
		{"DELETE FROM users", "may not be modified|only reading"},
		{"CREATE TABLE x(y)", "only reading"},
		{"SELECT * FROM sqlite_schema", "only reading|prohibited"},
		{"PRAGMA table_info(users)", "only reading|only SELECT"},
		{"ATTACH ':memory:' AS x", "only reading|too many attached"},
		{"CREATE VIRTUAL TABLE x USING users", "only reading"},
		{"SELECT load_extension('x')", "load_extension"},
		{"SELECT * FROM pragma_table_list", "only reading|no such table|prohibited"},
		{"SELECT * FROM users('a', 'b')", "has fewer arguments than were given: users(q?)"},
		{"SELECT * FROM settings('u1') WHERE recording = 'true'", "recording is 1 or 0"},
		{"SELECT * FROM settings s RIGHT JOIN users u ON s.id = u.id", "RIGHT or FULL JOIN"},
		{"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n < 250000) SELECT count(*) FROM r, path('c' || r.n)", "30000 calls"},
		{"SELECT ?", "parameters"},
		{"", "no query"},
	} {
		_, err := tables.Query(t.Context(), c.sql, schema, newAccount(), tables.Options{})
		if err == nil {
			t.Errorf("%s: no error", c.sql)
			continue
		}
		text, _ := json.Marshal(err)
		said := err.Error() + string(text)
		ok := false
		for _, w := range strings.Split(c.want, "|") {
			ok = ok || strings.Contains(said, w)
		}
		if !ok {
			t.Errorf("%s: %s", c.sql, said)
		}
	}
}

func TestErrorsShowNoTableWhoseNameIsPartOfAnother(t *testing.T) {
	for sql, shown := range map[string]bool{"SELECT nam FROM users AS callsign": false, "SELECT nam FROM users, calls": true} {
		_, err := tables.Query(t.Context(), sql, schema, newAccount(), tables.Options{})
		hint := apierror.From(err).Hint
		if strings.Contains(hint, "Columns of calls") != shown || !strings.Contains(hint, "Columns of users") {
			t.Errorf("%s: %s", sql, hint)
		}
	}
}

func TestTruthValuesThatAreTextsCount(t *testing.T) {
	rows := lines(`{"on":true}`, `{"on":"true"}`, `{"on":"false"}`, `{"on":false}`, `{"on":null}`)
	known := tables.Table{Name: "switches", Columns: []tables.Column{{Name: "on", Type: "boolean", Path: []string{"on"}}}}
	found, err := tables.Query(t.Context(), `SELECT sum("on"), count("on"), (SELECT count(*) FROM switches WHERE "on") FROM switches`, []tables.Table{known}, over{tables.Slice(rows)}, tables.Options{})
	if err != nil || string(found.JSON()) != `{"columns":["sum(\"on\")","count(\"on\")","(SELECT count(*) FROM switches WHERE \"on\")"],"rows":[[2,4,2]]}` {
		t.Errorf("%v %s", err, found.JSON())
	}
}
