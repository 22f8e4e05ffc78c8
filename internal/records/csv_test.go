package records_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/jmespath"
	"zoom-phone-mcp/internal/jsontest"
	"zoom-phone-mcp/internal/records"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		what    string
		records []json.RawMessage
		known   []records.Column
		want    string
	}{
		{"values", lines(`{"a":"x","n":1.10,"b":true,"z":null,"id":70814661254434834850001}`), nil, "a,n,b,z,id\nx,1.10,true,,70814661254434834850001\n"},
		{"fields that some records lack", lines(`{"a":1}`, `{"b":2}`, `{"b":3,"a":4}`), nil, "a,b\n1,\n,2\n4,3\n"},
		{"objects and arrays", lines(`{"site":{"id":"s","in":{"x":1}},"tags":["a","b"],"e":{}}`), nil, "site_id,site_in_x,tags\ns,1,\"[\"\"a\"\",\"\"b\"\"]\"\n"},
		{"an object that is missing", lines(`{"site":null}`, `{"site":{"id":1}}`), nil, "site_id\n\n1\n"},
		{"quotes, commas, line ends, spaces", lines(`{"a":"x,y","b":"q\"q","c":"l\nm","d":" s "}`), nil, "a,b,c,d\n\"x,y\",\"q\"\"q\",\"l\nm\",\" s \"\n"},
		{"line ends of some readers", lines("{\"a\":\"x\u2028y\",\"b\":\"\u0085\",\"c\":\"\u2027\u00a0\"}"), nil, "a,b,c\n\"x\u2028y\",\"\u0085\",\u2027\u00a0\n"},
		{"formulas", lines(`{"a":"=1+1","b":"@x","c":"+cmd|x","d":"-2+3","e":"+15550100","f":"-5","g":-5,"h":"+1 (555) 01-00"}`), nil,
			"a,b,c,d,e,f,g,h\n'=1+1,'@x,'+cmd|x,'-2+3,+15550100,-5,-5,+1 (555) 01-00\n"},
		{"records that are no objects", lines(`"x"`, `2`, `[1]`), nil, "value\nx\n2\n[1]\n"},
		{"lists are columns", lines(`["x",1]`, `["y",{"id":2}]`, `null`, `[]`, `["z",[3],4]`), nil,
			"column1,column2,column2_id,column3\nx,1,,\ny,,2,\n,,,\n,,,\nz,[3],,4\n"},
		{"lists with names for their places", lines(`["x",null,1]`), []records.Column{{Name: "a"}, {Name: "b"}}, "a,b,column3\nx,,1\n"},
		{"places of one name", lines(`[1,2]`), []records.Column{{Name: "a"}, {Name: "a"}}, "a,a_2\n1,2\n"},
		{"nothing but empty lists", lines(`[]`, `[]`), nil, "value\n[]\n[]\n"},
		{"names that meet", lines(`{"a_b":1,"a":{"b":2},"A_B":3}`), nil, "a_b,a_b_3,A_B_2\n1,2,3\n"},
		{"a key written in two ways", lines(`{"ab":1}`, `{"a\u0062":2}`), nil, "ab\n1\n2\n"},
		{"no records: the header of what is known", nil, []records.Column{{Name: "a"}, {Name: "b"}}, "a,b\n"},
		{"known columns without values are left out", lines(`{"b":1}`), []records.Column{{Name: "a"}, {Name: "b"}}, "b\n1\n"},
		{"one empty value is a line", lines(`{"a":""}`, `{"a":null}`), nil, "a\n\"\"\n\"\"\n"},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, err := records.CSV(c.records, c.known)
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if c.what == "an object that is missing" {
				want = "site_id\n\"\"\n1\n"
			}
			want = strings.ReplaceAll(strings.ReplaceAll(want, "\n", "\r\n"), "l\r\nm", "l\nm")
			if string(got) != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// TestCSVOfASelection is what a caller gets that takes select and format csv.
func TestCSVOfASelection(t *testing.T) {
	const body = `{"total":2,"none":[],"calls":[
		{"id":"7","by":{"name":"Ann","ext":11},"tags":["a"],"legs":[{"n":1},{"n":2}]},
		{"id":"8","by":{"name":"Bob, jr"},"tags":["b","c"],"legs":[]}]}`
	for _, c := range []struct{ expr, want string }{
		{"calls[].[id, by.name]", "id,by_name\n7,Ann\n8,\"Bob, jr\"\n"},
		{"calls[].[id, length(tags)]", "id,column2\n7,1\n8,2\n"},
		{"calls[].[id, tags]", "id,tags\n7,\"[\"\"a\"\"]\"\n8,\"[\"\"b\"\",\"\"c\"\"]\"\n"},
		{"calls[].[id, by]", "id,by_name,by_ext\n7,Ann,11\n8,\"Bob, jr\",\n"},
		{"calls[].[id, missing]", "id,missing\n7,\n8,\n"},
		{"calls[].[]", "value\n7\n"},
		{"calls[*].[id]", "id\n7\n8\n"},
		{"calls[?id=='8'].[id, by.name]", "id,by_name\n8,\"Bob, jr\"\n"},
		{"calls[?id=='9'].[id, by.name]", "id,by_name\n"},
		{"calls[?id=='9'].{call: id, name: by.name}", "call,name\n"},
		{"calls[].tags", "column1,column2\na,\nb,c\n"},
		{"calls[].legs[]", "n\n1\n2\n"},
		{"calls[].legs[].[n]", "n\n1\n2\n"},
		{"calls[].by.[name, ext]", "name,ext\nAnn,11\n\"Bob, jr\",\n"},
		{"calls[].[id, by.name] | [:1]", "id,by_name\n7,Ann\n"},
		{"calls[].[id, by.name] | [0]", "value\n7\nAnn\n"},
		{"calls[::-1].[id, by.name]", "id,by_name\n8,\"Bob, jr\"\n7,Ann\n"},
		{"calls[].[id, by.name] | [::-1]", "id,by_name\n8,\"Bob, jr\"\n7,Ann\n"},
		{"calls[].id", "value\n7\n8\n"},
		{"[calls[].id, calls[].by.name]", "column1,column2\n7,8\nAnn,\"Bob, jr\"\n"},
		{"{total: total, first: calls[0].by.name}", "total,first\n2,Ann\n"},
		{"total", "value\n2\n"},
		{"nothing", ""},
		{"none[].[a, b]", "a,b\n"},
	} {
		s, err := jmespath.Compile(c.expr)
		if c.expr == "calls[].[]" {
			if err == nil {
				t.Errorf("%s was taken", c.expr)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		chosen, err := s.Select(t.Context(), json.RawMessage(body))
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		rows, err := records.Rows(chosen)
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		var columns []records.Column
		for _, name := range s.Columns() {
			columns = append(columns, records.Column{Name: name})
		}
		got, err := records.CSV(rows, columns)
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		if text := strings.ReplaceAll(string(got), "\r\n", "\n"); text != c.want && (c.want != "" || strings.TrimSpace(text) != "") {
			t.Errorf("%s: %q, want %q", c.expr, text, c.want)
		}
	}
}

func TestTooManyFieldsAreNoTable(t *testing.T) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range 500 {
		fmt.Fprintf(&b, `"f%d":1,`, i)
	}
	_, err := records.CSV(lines(b.String()+`"z":1}`), nil)
	jsontest.WantError(t, err, apierror.InvalidParams, "400", "select")
	_, err = records.CSV(lines("["+strings.Repeat("1,", 500)+"1]"), nil)
	jsontest.WantError(t, err, apierror.InvalidParams, "400", "select")
}

// TestCSVReadsBack writes random flat records and reads them with another reader.
func TestCSVReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []rune("ab ,\"\n;é+-=1")
	for range 2000 {
		var recs []json.RawMessage
		var want [][]string
		for range 1 + r.IntN(4) {
			row := map[string]string{}
			line := make([]string, 3)
			for j, k := range []string{"a", "b", "c"} {
				s := make([]rune, r.IntN(6))
				for i := range s {
					s[i] = letters[r.IntN(len(letters))]
				}
				row[k], line[j] = string(s), string(s)
			}
			text, _ := json.Marshal(row)
			recs, want = append(recs, text), append(want, line)
		}
		out, err := records.CSV(recs, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		for i, line := range want {
			for j, s := range line {
				if g := got[i+1][j]; g != s && g != "'"+s {
					t.Fatalf("%q, want %q in %q", g, s, out)
				}
			}
		}
	}
}

func BenchmarkCSV(b *testing.B) {
	body := jsontest.CallBody(10_000)
	recs := split(b, body, "call_history")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := records.CSV(recs, nil); err != nil {
			b.Fatal(err)
		}
	}
}
