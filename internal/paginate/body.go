package paginate

import (
	"bytes"
	"encoding/json"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// Body writes a result in the shape of one page: the fields of the first page,
// then all records under their name, then the token, empty as on a last page
// (or the sync token to go on with). Where several windows were read, from and to
// are those of the whole range, total_records is the sum, left out where it is
// not known, and page_count is left out.
func (r *Result) Body() json.RawMessage {
	size := 256
	for _, f := range r.Head {
		size += len(f.Name) + len(f.Value) + 4
	}
	for _, record := range r.Records {
		size += len(record) + 1
	}
	var b bytes.Buffer
	b.Grow(size)
	b.WriteByte('{')
	for _, f := range r.Head {
		if r.Split {
			switch f.Name {
			case "from":
				f.Value = safejson.Quote(r.From)
			case "to":
				f.Value = safejson.Quote(r.To)
			case "total_records":
				if !r.Complete || r.Total < 0 {
					continue
				}
				f.Value = json.RawMessage(sprintf("%d", r.Total))
			case "page_count":
				continue
			}
		}
		b.Write(safejson.Quote(f.Name))
		b.WriteByte(':')
		write(&b, f.Value)
		b.WriteByte(',')
	}
	b.Write(safejson.Quote(r.Method.Items))
	b.WriteString(":[")
	for i, record := range r.Records {
		if i > 0 {
			b.WriteByte(',')
		}
		write(&b, record)
	}
	b.WriteString("],")
	b.Write(safejson.Quote(r.Method.Next))
	b.WriteByte(':')
	b.Write(safejson.Quote(r.Token))
	b.WriteByte('}')
	return b.Bytes()
}

// write adds JSON without the white space between its tokens.
func write(b *bytes.Buffer, v json.RawMessage) {
	compact, _, err := rawjson.Compact(v)
	if err != nil {
		panic(err) // it was read as JSON
	}
	b.Write(compact)
}
