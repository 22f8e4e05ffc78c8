package tables

import (
	"encoding/json"

	"zoom-phone-mcp/internal/records"
	"zoom-phone-mcp/internal/safejson"
)

// Result is what a query found.
type Result struct {
	Columns []string
	// Rows hold values of JSON: integers with all their digits, other numbers with
	// 15 significant ones, texts, null. A BLOB is its hexadecimal digits.
	Rows [][]json.RawMessage
	// More reports that there were more rows than the bounds allow.
	More bool
	// Notes are sentences about what the statement may not mean.
	Notes []string
}

// JSON is {"columns":[…],"rows":[[…],…]}: names stand once and not in every row,
// which is what an array of objects would cost.
func (r *Result) JSON() json.RawMessage {
	out := []byte(`{"columns":[`)
	for i, c := range r.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = safejson.AppendString(out, c)
	}
	out = append(out, `],"rows":[`...)
	for i, row := range r.Rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for j, v := range row {
			if j > 0 {
				out = append(out, ',')
			}
			out = append(out, v...)
		}
		out = append(out, ']')
	}
	return append(out, "]}"...)
}

// CSV returns the result as CSV, with the names of the columns first.
func (r *Result) CSV() []byte { return records.Lines(r.Columns, r.Rows) }
