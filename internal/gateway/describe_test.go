package gateway_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/gateway"
)

// described is a description as a model reads it.
func described(t *testing.T, r gateway.DescribeRequest) (text string, fields map[string]json.RawMessage) {
	t.Helper()
	raw, err := gateway.New(gateway.Options{Now: now}).Describe(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	return string(raw), fields
}

// TestAllDescriptionsTogether: before descriptions were shortened they had 159,878
// bytes, and those of the call histories showed no field of a record.
func TestAllDescriptionsTogether(t *testing.T) {
	sum, n := 0, 0
	for m := range catalog.All() {
		text, _ := described(t, gateway.DescribeRequest{Method: m.Name})
		sum += len(text)
		n++
	}
	t.Logf("%d bytes", sum)
	if most := 2_060 * n; sum > most {
		t.Errorf("%d bytes, want at most %d for %d methods", sum, most, n)
	}
}

// TestShortDescriptionsKeepWhatIsMisreadWithout: what a short description leaves out
// costs a second look; what is misread without it costs a wrong answer.
func TestShortDescriptionsKeepWhatIsMisreadWithout(t *testing.T) {
	for _, c := range []struct{ method, says string }{
		{"account_call_history", "callee_name: First stop"},
		{"account_call_history", "duration: integer; Seconds of the call"},
		{"account_call_history", "call_result: as parameter call_results"},
		{"account_call_history", "caller_ and callee_ each with: ext_id"},
		{"phone_user_call_history", "talk_time: integer; Seconds"},
		{"get_call_path", "ring_to_member|overflow|direct_transfer"},
		{"get_call_path", "waiting_time: integer; Seconds"},
		{"get_call_charges_usage_report", "duration: integer; Minutes"},
		{"list_call_queue_members", "total_records"},
		{"callqueueanalytics", "avg_in_queue_wait_time: integer; Seconds"},
		{"get_call_qo_s", "jitter: With unit ms"},
		{"list_cr_phone_numbers", "assigned|unassigned|returned"},
	} {
		text, _ := described(t, gateway.DescribeRequest{Method: c.method})
		if !strings.Contains(text, c.says) {
			t.Errorf("%s does not say %q: %s", c.method, c.says, text)
		}
	}
}

// TestEveryRecordFieldIsNamed: only the policies of account, site and user, some
// hundred fields each, are told by their names at the top.
func TestEveryRecordFieldIsNamed(t *testing.T) {
	for m := range catalog.All() {
		if m.Pagination == nil {
			continue
		}
		text, _ := described(t, gateway.DescribeRequest{Method: m.Name})
		for _, c := range m.Columns() {
			name := c.Path[strings.LastIndexByte(strings.TrimSuffix(c.Path, "[]"), '.')+1:]
			name = strings.TrimSuffix(name, "[]")
			for _, side := range []string{"caller_", "callee_"} {
				if !strings.Contains(text, name) {
					name = strings.TrimPrefix(name, side)
				}
			}
			if !strings.Contains(text, name) {
				t.Errorf("%s: nothing names %s", m.Name, c.Path)
			}
		}
	}
}

// TestFullDescriptionsHaveEverything: what a short one leaves out is there on request.
func TestFullDescriptionsHaveEverything(t *testing.T) {
	for m := range catalog.All() {
		_, short := described(t, gateway.DescribeRequest{Method: m.Name})
		text, full := described(t, gateway.DescribeRequest{Method: m.Name, Full: true})
		for name := range short {
			if _, ok := full[name]; !ok && name != "related" {
				t.Errorf("%s: full lacks %s", m.Name, name)
			}
		}
		for _, name := range []string{"service", "title", "http", "rest", "scopes"} {
			if _, ok := full[name]; !ok {
				t.Errorf("%s: full lacks %s", m.Name, name)
			}
		}
		if !strings.Contains(text, m.Scopes.Granular[0]) || m.Fields != "" && !strings.Contains(text, strings.Trim(m.Fields, "[]")) {
			t.Errorf("%s: full lacks scopes or fields", m.Name)
		}
	}
}

// TestColumnsAreOnlyTheTable: who asks for columns is about to write a statement.
func TestColumnsAreOnlyTheTable(t *testing.T) {
	g := demo(t, gateway.Options{})
	all, beyond := 0, 0
	for m := range catalog.All() {
		text, fields := described(t, gateway.DescribeRequest{Method: m.Name, Columns: true})
		if all++; len(text)/4 >= 400 {
			beyond++
		}
		for name := range fields {
			if !slices.Contains([]string{"table", "arguments", "columns", "note", "example"}, name) {
				t.Errorf("%s: %s is not about the table", m.Name, name)
			}
		}
		var columns []string
		_ = json.Unmarshal(fields["columns"], &columns)
		if m.Kind == "binary" {
			if !strings.Contains(string(fields["note"]), "no table") {
				t.Errorf("%s: %s", m.Name, text)
			}
			continue
		}
		table, err := g.Table(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		columns = expanded(columns)
		if len(columns) != len(table.Columns) {
			t.Errorf("%s: %d columns, want %d", m.Name, len(columns), len(table.Columns))
			continue
		}
		for i, c := range table.Columns {
			want := c.Name
			if c.Type != "string" {
				want += " " + c.Type
			}
			if name, _, _ := strings.Cut(columns[i], ":"); name != want {
				t.Errorf("%s: %q, want %s", m.Name, columns[i], want)
			}
		}
		var example string
		if err := json.Unmarshal(fields["example"], &example); err != nil || example == "" {
			t.Errorf("%s: %v %s", m.Name, err, fields["example"])
		}
		if _, err := g.Query(t.Context(), gateway.QueryRequest{SQL: example, MaxCalls: 3000}); err != nil {
			t.Errorf("%s: %s: %v", m.Name, example, err)
		}
	}
	if beyond > all/6 {
		t.Errorf("%d of %d are beyond 400 tokens", beyond, all)
	}
	text, _ := described(t, gateway.DescribeRequest{Method: "account_call_history", Columns: true})
	for _, s := range []string{"callee_name: First stop", "duration integer: Seconds of the call", "call_result: answered|accepted", "recording_status: recorded|non_recorded"} {
		if !strings.Contains(text, s) {
			t.Errorf("columns do not say %q: %s", s, text)
		}
	}
}

// expanded writes the names in braces out: a_{b, c integer} is a_b boolean and a_c
// integer.
func expanded(columns []string) []string {
	var out []string
	for _, c := range columns {
		of, ends, ok := strings.Cut(c, "_{")
		if !ok {
			out = append(out, c)
			continue
		}
		for end := range strings.SplitSeq(strings.TrimSuffix(ends, "}"), ", ") {
			switch name, typ, typed := strings.Cut(end, " "); {
			case !typed:
				end += " boolean"
			case typ == "string":
				end = name
			}
			out = append(out, of+"_"+end)
		}
	}
	return out
}

// TestValuesOfEveryEnumAreInTheCatalog: twelve values were the most that a field
// listed, so event had none.
func TestValuesOfEveryEnumAreInTheCatalog(t *testing.T) {
	event, result := "", ""
	var walk func(catalog.Field)
	walk = func(f catalog.Field) {
		switch head, _ := f.Said(); f.Name {
		case "event":
			event = head
		case "result", "call_result":
			if strings.Contains(head, "|") {
				result = head
			} else if len(f.Fields) == 0 {
				t.Errorf("%s has no values: %s", f.Name, f.Leaf)
			}
		}
		for _, c := range f.Fields {
			walk(c)
		}
	}
	for _, name := range []string{"get_call_path", "phone_user_call_history", "sync_user_call_history", "account_call_history"} {
		m, _ := catalog.Lookup(name)
		event = ""
		walk(m.Answer())
		if n := strings.Count(event, "|") + 1; n != 22 && name != "account_call_history" {
			t.Errorf("%s: event has %d values, want 22", name, n)
		}
		if n := strings.Count(result, "|") + 1; n != 20 {
			t.Errorf("%s: result has %d values, want 20", name, n)
		}
	}
}

// TestRecordingStatusIsNotSaidTwice: Zoom's document has a default that is not known
// to hold; a model is told what is known, and not the default beside it.
func TestRecordingStatusIsNotSaidTwice(t *testing.T) {
	for _, name := range []string{"account_call_history", "phone_user_call_history"} {
		_, fields := described(t, gateway.DescribeRequest{Method: name})
		var params struct {
			Properties map[string]map[string]any
		}
		if err := json.Unmarshal(fields["params"], &params); err != nil {
			t.Fatal(err)
		}
		p := params.Properties["recording_status"]
		if p["default"] != nil || strings.Contains(p["description"].(string), "Both when left out") {
			t.Errorf("%s: %v", name, p)
		}
	}
}
